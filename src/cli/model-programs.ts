/** Programs that a model is asked through: an installed Claude Code, a Python with LangChain or Transformers. Never a shell. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { definedOnly } from '../core/env.ts';
import { failure } from '../core/failure.ts';
import { isObject, parseJson } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { findExecutable } from '../platform/executables.ts';
import type { ProgramAnswer, RunProgram } from '../planner/providers/program.ts';
import type { Io } from './io.ts';
import { findWorkspace } from './workspace.ts';

/** The most that a program's answer may have. */
const MOST_BYTES = 4 * 1_048_576;

/**
 * Claude Code as it is installed. It is started in an empty folder of its own: `claude -p` runs the hooks and servers of the
 * repository that it is started in without asking, so it is not started in one.
 */
export const runClaude = (io: Io): RunProgram => runner(io, [io.env['CODE_ENGINE_CLAUDE'] ?? 'claude']);

export const runPython = (io: Io): RunProgram =>
  runner(io, io.env['CODE_ENGINE_PYTHON'] === undefined ? ['python3', 'python'] : [io.env['CODE_ENGINE_PYTHON']]);

/** Whether Claude Code is here and somebody has told it, in this very folder, that they trust it. */
export function claudeTrusts(io: Io): boolean {
  if (findExecutable([io.env['CODE_ENGINE_CLAUDE'] ?? 'claude'], definedOnly(io.env), io.cwd) === undefined)
    return false;
  const home = io.env['HOME'] ?? homedir();
  try {
    const config = parseJson(readFileSync(path.join(io.env['CLAUDE_CONFIG_DIR'] ?? home, '.claude.json'), 'utf8'));
    const projects = isObject(config) ? config['projects'] : undefined;
    const project = isObject(projects) ? projects[realpathSync(findWorkspace(io.cwd))] : undefined;
    return isObject(project) && project['hasTrustDialogAccepted'] === true;
  } catch {
    return false; // it was never started here
  }
}

function runner(io: Io, programs: readonly string[]): RunProgram {
  return async (args, stdin, signal) => {
    const env = definedOnly(io.env);
    const program = findExecutable(programs, env, io.cwd);
    if (program === undefined)
      return err(
        failure('missing', `${programs[0] ?? ''} is not installed.`, {
          next: 'Install it, or use --provider catalog.',
        }),
      );
    const folder = mkdtempSync(path.join(tmpdir(), 'code-model-'));
    try {
      return await run(program, args, stdin, { env, cwd: folder, signal });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

function run(
  program: string,
  args: readonly string[],
  stdin: string,
  { env, cwd, signal }: { readonly env: Record<string, string>; readonly cwd: string; readonly signal: AbortSignal },
): Promise<Result<ProgramAnswer>> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], { cwd, env, signal, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        if (said[name].length < MOST_BYTES) said[name] += text;
      });
    child.on('error', (error) =>
      resolve(
        err(
          signal.aborted
            ? failure('cancelled', 'Planning was cancelled.')
            : failure('tool', `${path.basename(program)} could not be started.`, { detail: error.message }),
        ),
      ),
    );
    child.on('close', (code) => resolve(ok({ exitCode: code, ...said })));
    child.stdin.on('error', () => undefined); // it ended without reading all: its exit code says more
    child.stdin.end(stdin);
  });
}
