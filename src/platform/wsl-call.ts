/** One call of `wsl.exe`: its arguments, its environment, its end, and whether it or the program inside it failed. */
import type { ChildProcess } from 'node:child_process';
import { errorMessage } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { decodeWslText } from './wsl-output.ts';
import { troubleIn, type WslTrouble } from './wsl-trouble.ts';

/** `-1` of a Windows program as Node shows it: wsl.exe itself failed. Through interop only the low byte arrives: 255. */
const CLIENT_FAILED = 4_294_967_295;
const OUTPUT_LIMIT = 16 * 1024 * 1024;

export interface InsideOptions {
  /** Absolute folder in the distribution; without it the user's home. */
  readonly cwd?: string;
  /** Crosses by WSLENV and so is in no argument list. */
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: string;
}

export interface RunOptions extends InsideOptions {
  readonly input?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface InsideResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Enters the folder, or says so and exits with 97; then becomes the program. */
const ENTER = 'cd -- "$1" 2>/dev/null || { echo "code-engine: no folder" >&2; exit 97; }; shift; exec "$@"';

/** The arguments of wsl.exe that run a program inside. */
export function insideArguments(distro: string, program: readonly string[], options: InsideOptions = {}): string[] {
  const user = options.user === undefined ? [] : ['-u', options.user];
  const start = ['-d', distro, ...user, '--cd', options.cwd === undefined ? '~' : '/', '-e'];
  return options.cwd === undefined
    ? [...start, ...program]
    : [...start, '/bin/sh', '-c', ENTER, 'sh', options.cwd, ...program];
}

/**
 * The environment of wsl.exe: ours, UTF-8 asked for, and the given variables with their names appended to the user's WSLENV. `/u`:
 * from Windows to Linux only.
 */
export function insideEnvironment(
  base: Readonly<Record<string, string | undefined>>,
  added: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const names = Object.keys(added).filter((name) => /^[A-Za-z_]\w*$/.test(name) && name !== 'WSLENV');
  const wslenv = [base['WSLENV'], ...names.map((name) => `${name}/u`)].filter(
    (part) => part !== undefined && part !== '',
  );
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) if (value !== undefined) env[name] = value;
  for (const name of names) env[name] = added[name] ?? '';
  return { ...env, WSL_UTF8: '1', ...(wslenv.length > 0 ? { WSLENV: wslenv.join(':') } : {}) };
}

/** Most that keeps a program from being started is told later; what is not is thrown, and no fault of ours either. */
export function attempted(open: () => ChildProcess): Result<ChildProcess, WslTrouble> {
  try {
    return ok(open());
  } catch (error) {
    return err({ kind: 'other', detail: errorMessage(error) });
  }
}

/** Waits for the end with all output, or for the limit. Killing wsl.exe leaves what runs inside alive: callers only do short things. */
export function finished(
  open: () => ChildProcess,
  limitMs: number,
  args: readonly string[],
  more: RunOptions,
): Promise<Result<Finished, WslTrouble>> {
  return new Promise((resolve) => {
    const opened = attempted(open);
    if (!opened.ok) {
      resolve(opened);
      return;
    }
    const child = opened.value;
    const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    let size = 0;
    const end = (result: Result<Finished, WslTrouble>): void => {
      clearTimeout(timer);
      more.signal?.removeEventListener('abort', cancel);
      resolve(result);
    };
    const give = (trouble: WslTrouble): void => {
      end(err(trouble));
      child.kill('SIGKILL');
    };
    const cancel = (): void => give({ kind: 'other', detail: 'cancelled' });
    const timer = setTimeout(
      () => give({ kind: 'hangs', afterMs: limitMs, what: args.slice(0, 4).join(' ') }),
      limitMs,
    );
    more.signal?.addEventListener('abort', cancel, { once: true });
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= OUTPUT_LIMIT) chunks[name].push(chunk);
      });
    }
    child.once('error', (error: NodeJS.ErrnoException) => {
      end(err(error.code === 'ENOENT' ? { kind: 'no-wsl' } : { kind: 'other', detail: error.message }));
    });
    child.once('close', (code) =>
      end(ok({ code, stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr) })),
    );
    // A client that ends without reading breaks the pipe; its exit code says more.
    child.stdin?.on('error', () => undefined);
    if (more.input !== undefined) child.stdin?.end(more.input);
  });
}

export function inside(
  { code, stdout, stderr }: Finished,
  distro: string,
  cwd: string | undefined,
): Result<InsideResult, WslTrouble> {
  if (code === CLIENT_FAILED || code === -1 || code === 255) {
    const text = `${decodeWslText(stdout)}\n${decodeWslText(stderr)}`;
    // Programs exit with 255 too (ssh does), so there the client's own error code must be in what it printed.
    const trouble = code !== 255 || /\bWsl\/\w|WSL_E_/.test(text) ? troubleIn(text, distro) : undefined;
    if (trouble !== undefined) return err(trouble);
    if (code !== 255) return err({ kind: 'connection-lost', distro, detail: text.trim() });
  }
  const words = stderr.toString('utf8');
  if (code === 97 && cwd !== undefined && words.includes('code-engine: no folder'))
    return err({ kind: 'no-folder', distro, folder: cwd });
  return ok({ exitCode: code ?? -1, stdout: stdout.toString('utf8'), stderr: words });
}
