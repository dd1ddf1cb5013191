/**
 * What real tools say of a plan's files before anybody sees them: `tofu validate`, `helm template`, and the cluster's own dry run where a
 * person asked for it. In a folder of its own; a tool that is not here, or cannot work offline, says nothing.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { definedOnly } from '../core/env.ts';
import { isObject, parseJson } from '../core/json.ts';
import { findExecutable } from '../platform/executables.ts';
import { writePlanned } from '../planner/files.ts';
import type { PlanResult } from '../planner/plan.ts';
import type { Io } from './io.ts';

export interface PlanFault {
  readonly message: string;
  /** The planned file that it is about, where the tool names one. */
  readonly path?: string;
}

/** The longest that a tool may take. */
const PATIENCE_MS = 60_000;

/** @param server also the cluster of the current context is asked; it changes nothing */
export const planChecks =
  (io: Io, server: boolean) =>
  async (plan: PlanResult, signal: AbortSignal): Promise<PlanFault | undefined> => {
    const folder = mkdtempSync(path.join(tmpdir(), 'code-plan-'));
    try {
      for (const file of plan.draft.files) writePlanned(folder, file.path, file.text);
      const call: Call = (programs, args, cwd = folder) => run(io, programs, args, { cwd, signal });
      return (
        (await tofu(plan, folder, call)) ??
        (await helm(plan, folder, call)) ??
        (server ? await cluster(plan, folder, call, io) : undefined)
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}
/** @returns nothing where the program is not here */
type Call = (programs: readonly string[], args: readonly string[], cwd?: string) => Promise<Said | undefined>;

const foldersOf = (plan: PlanResult, pattern: RegExp): string[] => [
  ...new Set(plan.draft.files.filter((f) => pattern.test(f.path)).map((f) => path.posix.dirname(f.path))),
];

/** Said where providers or modules could not be fetched: about this machine, not about the plan. */
const NOT_FETCHED =
  /required provider|not installed|Could not load|lock file|Missing provider|initialization required/i;

async function tofu(plan: PlanResult, folder: string, call: Call): Promise<PlanFault | undefined> {
  for (const dir of foldersOf(plan, /\.tf$/)) {
    const at = path.join(folder, dir);
    await call(['tofu', 'terraform'], ['init', '-backend=false', '-input=false', '-no-color'], at);
    const said = await call(['tofu', 'terraform'], ['validate', '-json', '-no-color'], at);
    // Behind warnings about its own configuration, which it prints to standard output too.
    const json = parseJson(/^\{[\s\S]*/m.exec(said?.stdout ?? '')?.[0] ?? '');
    const diagnostics = isObject(json) && Array.isArray(json['diagnostics']) ? (json['diagnostics'] as unknown[]) : [];
    const fault = diagnostics.find(
      (d) => isObject(d) && d['severity'] === 'error' && !NOT_FETCHED.test(String(d['summary'])),
    );
    if (!isObject(fault)) continue;
    const range = isObject(fault['range']) ? fault['range'] : {};
    const file = typeof range['filename'] === 'string' ? path.posix.join(dir, range['filename']) : dir;
    const words = [fault['summary'], fault['detail']].filter((w): w is string => typeof w === 'string' && w !== '');
    return { message: `tofu validate: ${file}: ${words.join(' ').slice(0, 600)}`, path: file };
  }
  return undefined;
}

async function helm(plan: PlanResult, folder: string, call: Call): Promise<PlanFault | undefined> {
  for (const dir of foldersOf(plan, /(?:^|\/)Chart\.yaml$/)) {
    const said = await call(['helm'], ['template', 'planned', path.join(folder, dir)]);
    if (said !== undefined && said.code !== 0)
      return { message: `helm template: ${errorWords(said.stderr)}`, path: `${dir}/Chart.yaml` };
  }
  return undefined;
}

/** About this machine and its login, not about the plan. */
const NOT_ASKED =
  /connection refused|was refused|unable to connect|unauthorized|must be logged in|i\/o timeout|timed out|deadline exceeded|context .*does not exist|x509|no such host|service unavailable|provide credentials|failed to download openapi/i;

/** Namespaces that the plan itself makes are not there yet; what is missing for that reason alone is no fault. */
async function cluster(plan: PlanResult, folder: string, call: Call, io: Io): Promise<PlanFault | undefined> {
  for (const file of plan.draft.files.filter((f) => f.path.startsWith('k8s/') && f.path.endsWith('.yaml'))) {
    const said = await call(
      ['kubectl'],
      [
        'apply',
        '--server-side',
        '--dry-run=server',
        '--request-timeout=10s',
        '--filename',
        path.join(folder, file.path),
      ],
    );
    if (said === undefined) return undefined;
    if (said.code === 0) continue;
    const lines = said.stderr.split('\n').filter((line) => line.trim() !== '');
    const away = lines.find((line) => NOT_ASKED.test(line));
    if (away !== undefined) {
      io.err.write(`code-engine: the cluster did not check the plan: ${away.trim().slice(0, 300)}\n`);
      return undefined;
    }
    const faults = lines
      .filter((line) => /error|invalid|forbidden|denied/i.test(line))
      .filter((line) => !/namespaces? "[^"]+" not found|no matches for kind/i.test(line));
    if (faults[0] !== undefined)
      return { message: `the cluster refuses ${file.path}: ${faults[0].slice(0, 600)}`, path: file.path };
  }
  return undefined;
}

/** From the word Error on, in one line. */
const errorWords = (text: string): string =>
  (/Error:[\s\S]*/.exec(text)?.[0] ?? text)
    .replace(/\n\nUse --debug[\s\S]*/, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 600);

function run(
  io: Io,
  programs: readonly string[],
  args: readonly string[],
  { cwd, signal }: { readonly cwd: string; readonly signal: AbortSignal },
): Promise<Said | undefined> {
  const env = definedOnly(io.env);
  const program = findExecutable(programs, env, cwd);
  if (program === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      cwd,
      env,
      signal,
      timeout: PATIENCE_MS,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        if (said[name].length < 1_048_576) said[name] += text;
      });
    child.on('error', () => resolve(undefined));
    child.on('close', (code) => resolve({ code, ...said }));
  });
}
