/**
 * What a command may touch of the world: where it prints, what it reads, the terminal's facts and signals. `main.ts` makes the real
 * one; tests make one in memory, so that a command is a function from arguments to output and an exit code.
 */
import type { Readable } from 'node:stream';
import type { PreparedSupervisor } from '../engine/prepare.ts';
import { failure, FailureError, failureFrom } from '../core/failure.ts';

/** Standard output or standard error. A reader that went away (EPIPE) sets `closed`; writing goes on being harmless. */
export interface Output {
  /** @returns `false` when the reader is slower than we are: await `drained()` before writing more */
  write(chunk: string | Uint8Array): boolean;
  /** Resolves when the reader has caught up, or is gone. */
  drained(): Promise<void>;
  readonly closed: boolean;
}

export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** A keyboard that can be read key by key. */
export interface Keyboard {
  setRawMode(on: boolean): void;
}

export interface Io {
  readonly out: Output;
  readonly err: Output;
  readonly stdin: Readable;
  /** There where standard input is a terminal. */
  readonly keyboard?: Keyboard;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard output is a terminal that understands cursor movement, and this is no CI. */
  readonly isTTY: boolean;
  readonly color: boolean;
  /** The locale is UTF-8, so that shapes beyond ASCII can be shown. */
  readonly unicode: boolean;
  /** The terminal's width and height now; 80 by 24 where there is none. */
  readonly columns: number;
  readonly rows: number;
  /** A supervisor that was started before the command was known in full, for the run that it may start. */
  readonly supervisor?: PreparedSupervisor;
  /** @returns a function that stops listening */
  onSignal(signal: Signal, handler: () => void): () => void;
  onResize(handler: () => void): () => void;
  /** Ctrl-Z and what brings the program back: the cursor is given back before it stops, and the picture comes again after. */
  onSuspend(before: () => void, after: () => void): () => void;
  /**
   * What a terminal does at Ctrl-Z, for when keys are read one by one and it does not: the whole job stops. Not there where nothing stops
   * jobs. @param after called when it goes on
   */
  suspend?(after: () => void): void;
  /** The process is about to end, however it came to that: the moment to give the cursor back. */
  onExit(handler: () => void): () => void;
}

/** Every command of the command line: arguments (without the command's own name) in, exit code out (CLI reference: docs/cli.md). */
export type CommandFunction = (args: readonly string[], io: Io) => Promise<number>;

export const EXIT = { held: 0, failed: 1, usage: 2, missing: 3, cancelled: 130 } as const;

/** The part of a Node stream that `outputTo` needs. */
interface NodeOutput {
  write(chunk: string | Uint8Array): boolean;
  once(event: string, listener: () => void): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** Wraps a Node stream; a broken pipe is silence. @param broken told of any other error, after which nothing is written any more */
export function outputTo(stream: NodeOutput, broken: (error: Error) => void): Output {
  let closed = false;
  let full = false;
  let waiting: (() => void)[] = [];
  const release = (): void => {
    full = false;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  stream.on('error', (error) => {
    if (!closed && error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') broken(error);
    closed = true;
    release();
  });
  return {
    write(chunk) {
      if (closed) return true;
      if (stream.write(chunk)) return true;
      if (!full) {
        full = true;
        stream.once('drain', release);
      }
      return false;
    },
    drained: () => (full && !closed ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
    get closed() {
      return closed;
    },
  };
}

const isSet = (value: string | undefined): boolean =>
  value !== undefined && value !== '' && value !== '0' && value !== 'false';

/** Whether to colour: NO_COLOR forbids, FORCE_COLOR asks, else a terminal that is not dumb and no CI. */
export function wantsColor(env: Io['env'], terminal: boolean): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (isSet(env.FORCE_COLOR)) return true;
  return terminal && env.TERM !== 'dumb' && !isSet(env.CI);
}

/** The locale's character set, from the variables in their order of precedence; Windows' terminals are UTF-8 without any. */
export function wantsUnicode(env: Io['env']): boolean {
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '');
  if (locale === undefined) return env.WT_SESSION !== undefined || env.TERM_PROGRAM === 'vscode';
  return /utf-?8/i.test(locale);
}

/** Results that cannot be written (a full disk behind `> file`) are a failure, whatever else went well. */
function notWritten(error: Error): void {
  process.stderr.write(`code-engine: ${failureFrom(error, 'write to standard output').message}\n`);
  process.once('exit', (code) => {
    if (code === EXIT.held) process.exitCode = EXIT.failed;
  });
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new FailureError(
      failure('usage', 'The current folder is not there any more.', { next: 'Go to another one (cd) and try again.' }),
    );
  }
}

/** The real thing, over this process. @throws FailureError where there is no current folder */
export function processIo(): Io {
  const { stdout, stderr, stdin, env } = process;
  const terminal = stdout.isTTY && env.TERM !== 'dumb' && !isSet(env.CI);
  return {
    out: outputTo(stdout, notWritten),
    err: outputTo(stderr, () => undefined),
    stdin,
    ...(stdin.isTTY ? { keyboard: { setRawMode: (on: boolean) => void stdin.setRawMode(on) } } : {}),
    cwd: currentFolder(),
    env,
    isTTY: terminal,
    color: wantsColor(env, stdout.isTTY),
    unicode: wantsUnicode(env),
    get columns() {
      return stdout.columns > 0 ? stdout.columns : 80;
    },
    get rows() {
      return stdout.rows > 0 ? stdout.rows : 24;
    },
    onSignal(signal, handler) {
      process.on(signal, handler);
      return () => void process.off(signal, handler);
    },
    onResize(handler) {
      stdout.on('resize', handler);
      return () => void stdout.off('resize', handler);
    },
    onSuspend(before, after) {
      const stop = (): void => {
        before();
        process.kill(process.pid, 'SIGSTOP');
      };
      process.on('SIGTSTP', stop).on('SIGCONT', after);
      return () => void process.off('SIGTSTP', stop).off('SIGCONT', after);
    },
    suspend(after) {
      const awake = setInterval(() => undefined, 60_000); // waiting for a signal alone keeps no program alive
      const goOn = (): void => {
        clearInterval(awake);
        after();
      };
      process.once('SIGCONT', goOn);
      try {
        process.kill(0, 'SIGTSTP');
      } catch {
        process.off('SIGCONT', goOn); // Windows has no such signal
        goOn();
      }
    },
    onExit(handler) {
      process.on('exit', handler);
      return () => void process.off('exit', handler);
    },
  };
}
