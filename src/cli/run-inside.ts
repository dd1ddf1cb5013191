/**
 * `run --on wsl[:DISTRO]`: the same command, inside the distribution, started by one `wsl.exe` call and its output passed on. The run
 * is detached in there as any other; Ctrl-C is passed on by a second call, since ending `wsl.exe` ends nothing inside.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failure, FailureError } from '../core/failure.ts';
import { sameDistro } from '../core/paths.ts';
import { err, type Result } from '../core/result.ts';
import { readBundle } from '../platform/bundle.ts';
import { userDirs } from '../platform/dirs.ts';
import { openDistroWindow, type DistroWindow } from '../platform/distro-window.ts';
import { host } from '../platform/host.ts';
import { ownDistro, wslHere } from '../platform/wsl-here.ts';
import { explainTrouble } from '../platform/wsl-trouble.ts';
import { fail } from './command.ts';
import { EXIT, type Io } from './io.ts';

export interface InsideRun {
  /** Undefined: the one that the file lies in, or the default one. */
  readonly distro: string | undefined;
  /** Absolute, as this side knows it. */
  readonly file: string;
  /** The other arguments of `run`, as typed, without `--on` and the file. */
  readonly flags: readonly string[];
}

/** What `--on` says: `wsl`, `wsl:Ubuntu`. @returns `undefined` for another target */
export function parseWslTarget(on: string): { readonly distro: string | undefined } | undefined {
  const [, named, distro] = /^wsl(:(.*))?$/.exec(on) ?? [undefined, undefined, undefined];
  if (!/^wsl(:|$)/.test(on)) return undefined;
  if (named !== undefined && distro === '')
    throw new FailureError(failure('usage', '--on wsl: names no distribution.'));
  return { distro };
}

/** Whether the target is the distribution that we are in already, so that nothing has to be crossed. */
export const isHere = (distro: string | undefined): boolean =>
  host().wsl !== undefined && (distro === undefined || sameDistro(distro, ownDistro() ?? ''));

/**
 * The arguments of `run` for the other side: without the file and `--on`, the file with secrets by its absolute name.
 * @param args as typed
 */
export function flagsFor(args: readonly string[], file: string, secretsFile: string | undefined): string[] {
  const flags: string[] = [];
  let rest = [...args];
  while (rest.length > 0) {
    const [word = '', value] = rest;
    const split = /^--(on|secrets-file)(=.*)?$/.exec(word);
    rest = rest.slice(split !== null && split[2] === undefined && value !== undefined ? 2 : 1);
    if (split?.[1] === 'secrets-file') flags.push('--secrets-file', secretsFile ?? '');
    else if (split === null && word !== '--') flags.push(word);
  }
  // The file is the first of its name that is no option's value; options that take one come before it or after it alike.
  const at = flags.findIndex(
    (word, index) => word === file && !/^--(?:input|only|from|jobs|log-limit)$/.test(flags[index - 1] ?? ''),
  );
  return at < 0 ? flags : flags.toSpliced(at, 1);
}

export interface EngineRequest {
  readonly distro: string | undefined;
  /** A path of this side that may lie in a distribution. */
  readonly folder: string;
  readonly args: readonly string[];
  /** `false`: no paths are converted on this side. */
  readonly wantMounts?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly onProgress?: (what: 'starting' | 'copying') => void;
}

/** Starts this program's own version inside a distribution. */
export async function engineInside(request: EngineRequest): Promise<Result<DistroWindow>> {
  const client = wslHere();
  if (!client.ok) return err(explainTrouble(client.failure));
  const bundle = await readBundle(bundleFolder(), join(userDirs().cache, 'bundle'));
  if (!bundle.ok) return bundle;
  const { distro, ...rest } = request;
  const named = distro === undefined ? {} : { distro };
  const opened = await openDistroWindow({ ...rest, ...named, client: client.value, bundle: bundle.value });
  return opened.ok ? opened : err(explainTrouble(opened.failure));
}

/** @returns the exit code of the command inside */
export async function runInside(request: InsideRun, io: Io): Promise<number> {
  // Paths of Windows go as they are: the engine inside converts them by the mounts that it sees itself (local-path.ts).
  const args = ['run', request.file, ...request.flags];
  const secrets = await secretsFor(request.file, io);
  return runCommandInside({ distro: request.distro, folder: request.file, args, env: secrets }, io);
}

/** Runs a command of this program inside and passes on what it prints. @returns its exit code */
export async function runCommandInside(request: EngineRequest, io: Io): Promise<number> {
  const opened = await engineInside({
    ...request,
    env: { ...terminalFacts(io), ...request.env },
    wantMounts: false,
    onProgress(what) {
      if (what === 'copying') {
        io.err.write('code-engine: bringing this version of the engine into the distribution (once)\n');
      }
    },
  });
  return opened.ok ? passOn(opened.value, io) : fail(io, opened.failure);
}

async function passOn({ engine, distro }: DistroWindow, io: Io): Promise<number> {
  // The engine inside takes an interrupt as a person's wish to cancel, a second one as insistence.
  const interrupt = (): void => void engine.signal('INT');
  const off = [io.onSignal('SIGINT', interrupt), io.onSignal('SIGTERM', interrupt)];
  const write = (output: Io['out'], stream: typeof engine.stdout): Promise<void> =>
    new Promise((resolve) => {
      stream.on('data', (chunk: Buffer) => {
        if (output.write(chunk)) return;
        stream.pause();
        void output.drained().then(() => stream.resume());
      });
      stream.once('end', resolve);
    });
  const printed = [write(io.out, engine.stdout), write(io.err, engine.stderr)];
  const code = await engine.ended;
  await Promise.all(printed);
  for (const stop of off) stop();
  if (code !== null && code >= 0 && code <= 255) return code;
  fail(io, explainTrouble({ kind: 'connection-lost', distro }));
  return EXIT.failed;
}

/** The values of the secrets that the workflow names, from this side's environment: they cross by WSLENV, never as arguments. */
async function secretsFor(file: string, io: Io): Promise<Record<string, string>> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined || !text.includes('secrets')) return {}; // An unreadable file is better said by the command inside.
  const [{ hasErrors, readWorkflow }, { catalogue }] = await Promise.all([
    import('../language/read.ts'),
    import('../tasks/catalogue.ts'),
  ]);
  const { workflow, diagnostics } = await readWorkflow(text, { path: file, catalogue });
  if (workflow === undefined || hasErrors(diagnostics)) return {};
  const values: Record<string, string> = {};
  for (const name of workflow.secrets) {
    const value = io.env[name];
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** What the engine cannot see inside, where its output is a pipe. */
function terminalFacts(io: Io): Record<string, string> {
  const locale = io.unicode ? { LC_ALL: 'C.UTF-8' } : {};
  const color = io.color ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' };
  return { ...locale, ...color, COLUMNS: String(io.columns), ...(io.env.CI === undefined ? {} : { CI: io.env.CI }) };
}

/** The folder of the running bundle: this file may be in one of its chunks. */
function bundleFolder(): string {
  let folder = import.meta.dirname;
  for (let depth = 0; depth < 4; depth += 1, folder = dirname(folder)) {
    for (const candidate of [folder, join(folder, 'dist')]) if (existsSync(join(candidate, 'cli.js'))) return candidate;
  }
  throw new FailureError(
    failure('missing', 'The built engine is not beside this program.', {
      next: 'Install CODE again, or run "npm run build".',
    }),
  );
}
