/**
 * Which of the programs that task types need are there, and in which version. Programs are asked side by side, none longer than two
 * seconds unless the caller says otherwise; a program is asked once per process, a slow one once a day.
 */
import { execFile } from 'node:child_process';
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import satisfies from 'semver/functions/satisfies.js';
import coerce from 'semver/functions/coerce.js';
import type { ToolRequirement } from '../core/catalogue.ts';
import { definedOnly } from '../core/env.ts';
import { userDirs } from './dirs.ts';
import { executableNames } from './executables.ts';
import { host } from './host.ts';
import { remembered } from './remembered.ts';
import { versionByFile } from './version-file.ts';

const PROBE_MS = 2000;
/** For programs that start slowly even when all is well: on a busy machine a Python program of a second took over twenty. */
const SLOW_PROBE_MS = 60_000;

export type ToolStatus =
  | { readonly status: 'ok'; readonly program: string; readonly path: string; readonly version?: string }
  | { readonly status: 'missing'; readonly wanted: readonly string[]; readonly hint: string }
  | {
      readonly status: 'outdated';
      readonly program: string;
      readonly path: string;
      readonly version: string;
      readonly hint: string;
    }
  | { readonly status: 'broken'; readonly program: string; readonly path: string; readonly hint: string };

/** Where to look and what for; tests hand in a PATH of their own. */
export interface ToolSearch {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
  /** Where answers of slow programs are kept. Default: the user's cache. */
  readonly remembered?: string;
}

/**
 * Looks for the first program of the requirement that is there and good enough. When none is good enough, the first that is there
 * says what is wrong with it.
 */
export async function findTool(tool: ToolRequirement, search: ToolSearch): Promise<ToolStatus> {
  let first: ToolStatus | undefined;
  for (const program of tool.anyOf) {
    const found = await which(program, search.env);
    if (found === undefined) continue;
    const status = await judge(tool, program, found, search);
    if (status.status === 'ok') return status;
    first ??= status;
  }
  return first ?? { status: 'missing', wanted: tool.anyOf, hint: installHint(tool) };
}

/** All of them at once, in the order given. */
export const findTools = (tools: readonly ToolRequirement[], search: ToolSearch): Promise<ToolStatus[]> =>
  Promise.all(tools.map((tool) => findTool(tool, search)));

/**
 * The path of a program, as the shell would find it: the first on the PATH that may be executed. Unlike `findExecutable` it holds up
 * nobody: on the PATH of a distribution are folders of Windows, and dozens of programs are looked for at once.
 */
export async function which(program: string, env: ToolSearch['env']): Promise<string | undefined> {
  const variables = definedOnly(env);
  const folders = (env.PATH ?? env.Path ?? '').split(path.delimiter).filter((folder) => folder !== '');
  for (const folder of folders) {
    for (const file of executableNames(path.join(folder, program), variables))
      if (await isExecutable(file)) return file;
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

async function judge(tool: ToolRequirement, program: string, found: string, search: ToolSearch): Promise<ToolStatus> {
  const args = tool.probes?.[program] ?? tool.probe;
  if (args.length === 0) return { status: 'ok', program, path: found };
  const written = tool.versionFile === undefined ? undefined : await versionByFile(found, tool.versionFile);
  if (written !== undefined) return ofVersion(tool, program, found, written);
  const answer = await (tool.slow === true ? askSlow(found, args, search) : ask(found, args, search));
  // Started and slow is not broken: a busy machine can take its time, and what hangs the task's own timeout ends.
  if (answer.kind === 'silent' && answer.late && tool.slow === true) return { status: 'ok', program, path: found };
  if (answer.kind === 'silent') {
    return { status: 'broken', program, path: found, hint: `${found} ${args.join(' ')} ${answer.why}` };
  }
  const version = versionIn(answer.text, tool.versionPattern);
  if (version !== undefined) return ofVersion(tool, program, found, version);
  // It answered, only not with a number: good enough where no version is asked for.
  if (!answer.failed) return { status: 'ok', program, path: found };
  const hint = `${found} ${args.join(' ')} failed: ${firstLine(answer.text)}`;
  return { status: 'broken', program, path: found, hint };
}

function ofVersion(tool: ToolRequirement, program: string, found: string, version: string): ToolStatus {
  const number = coerce(version, { includePrerelease: false });
  const wanted = tool.versions?.[program] ?? tool.version;
  if (wanted === undefined || number === null || satisfies(number, wanted))
    return { status: 'ok', program, path: found, version };
  return { status: 'outdated', program, path: found, version, hint: `${wanted} is needed. ${installHint(tool)}` };
}

type Probe =
  | { readonly kind: 'answered'; readonly text: string; readonly failed: boolean }
  | {
      readonly kind: 'silent';
      readonly why: string;
      /** It was started, and did not answer in time. */ readonly late: boolean;
    };

const asked = new Map<string, Promise<Probe>>();

function ask(file: string, args: readonly string[], search: ToolSearch): Promise<Probe> {
  const key = JSON.stringify([file, args, search.timeoutMs]);
  let answer = asked.get(key);
  if (answer === undefined) {
    answer = probe(file, args, search);
    asked.set(key, answer);
  }
  return answer;
}

/** What is kept of an earlier answer, else the answer. */
async function askSlow(file: string, args: readonly string[], search: ToolSearch): Promise<Probe> {
  let answer: Probe | undefined;
  const folder = search.remembered ?? path.join(userDirs().cache, 'tools');
  const text = await remembered(folder, { file, args }, async () => {
    answer = await ask(file, args, { ...search, timeoutMs: search.timeoutMs ?? SLOW_PROBE_MS });
    return answer.kind === 'answered' && !answer.failed ? answer.text : undefined;
  });
  return answer ?? { kind: 'answered', text: text ?? '', failed: false };
}

function probe(file: string, args: readonly string[], search: ToolSearch): Promise<Probe> {
  const timeout = search.timeoutMs ?? PROBE_MS;
  return new Promise((resolve) => {
    const options = {
      timeout,
      killSignal: 'SIGKILL',
      windowsHide: true,
      maxBuffer: 1_048_576,
      env: search.env,
      encoding: 'utf8',
    } as const;
    const child = execFile(file, [...args], options, (error, stdout, stderr) => {
      if (error?.killed === true)
        resolve({ kind: 'silent', why: `did not answer within ${timeout / 1000} s`, late: true });
      else if (error !== null && typeof error.code === 'string')
        resolve({ kind: 'silent', why: `cannot be started (${error.code})`, late: false });
      else resolve({ kind: 'answered', text: `${stdout}\n${stderr}`.trim(), failed: error !== null });
    });
    child.stdin?.end();
  });
}

/** The version in what a program printed: by its own pattern, else the first dotted number. */
export function versionIn(text: string, pattern?: string): string | undefined {
  const match = (
    pattern === undefined ? /(\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)/ : new RegExp(pattern)
  ).exec(text);
  return match?.[1] ?? match?.[0];
}

const firstLine = (text: string): string => text.split('\n', 1)[0]?.slice(0, 200) ?? '';

/** How to get the program here. */
export function installHint(tool: ToolRequirement): string {
  const { install } = tool;
  const { os } = host();
  const own = os === 'macos' ? install.macos : os === 'windows' ? install.windows : install.debian;
  return own ?? install.any ?? `Install one of: ${tool.anyOf.join(', ')}.`;
}

/** The versions of these tools as one text, for a cache's key: another version is another result. Missing ones are `none`. */
export async function toolVersions(tools: readonly ToolRequirement[], env: ToolSearch['env']): Promise<string> {
  const found = await findTools(tools, { env });
  const names = found.map((tool) =>
    tool.status === 'ok' ? `${tool.program} ${tool.version ?? 'of no version'}` : 'none',
  );
  return names.join(', ');
}
