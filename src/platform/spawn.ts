/** Starting one program of an attempt, as the leader of a process group of its own, with its output going where it is told. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { failure, failureFrom, errnoOf, type Failure } from '../core/failure.ts';
import { findExecutable } from './executables.ts';
import { host } from './host.ts';
import { MARKER, type Tree } from './processes.ts';

/**
 * Where output goes. `files`: the child owns the files' descriptors, so a gigabyte costs this process nothing. `pipes`: through this
 * process, for runs whose secrets must be masked before anything reaches the disk.
 */
export type OutputSink =
  | { readonly kind: 'files'; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'pipes'; readonly onChunk: (stream: 'stdout' | 'stderr', chunk: Buffer) => void };

export interface LaunchRequest {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly stdin?: string;
  readonly output: OutputSink;
  /** Unique to the attempt; put into the environment. */
  readonly marker: string;
  /** A control group's folder that the program is started in. */
  readonly cgroup?: string;
  /** Text that the program finds on its descriptor 3: a script, which so never shows in an argument list. */
  readonly script?: string;
  /** Lines that the program writes to its descriptor 3. Not together with `script`. */
  readonly onChannelLine?: (line: string) => void;
}

export type Ended =
  | { readonly kind: 'exited'; readonly exitCode: number | null; readonly signal: string | null }
  | { readonly kind: 'not-started'; readonly failure: Failure };

export interface Running {
  readonly tree: Tree;
  /** The pid, once known; `undefined` when it could not be started. */
  readonly pid: Promise<number | undefined>;
  /** Resolves when the main process has ended and its output has been taken, whatever its descendants do. */
  readonly ended: Promise<Ended>;
}

/** Enters a control group, then becomes the program: the arguments stay a list. */
const ENTER_CGROUP = 'echo $$ >"$0/cgroup.procs"; exec "$@"';

export function launch(request: LaunchRequest): Running {
  const opened = openOutputs(request.output);
  if ('failure' in opened) return notStarted(request.marker, opened.failure);
  if (request.cgroup !== undefined && findExecutable([request.program], request.env, request.cwd) === undefined) {
    // The shell that enters the group would only say 127.
    for (const file of opened.close) closeSync(file);
    return notStarted(request.marker, notFound(request));
  }
  const [program, args] =
    request.cgroup === undefined
      ? [request.program, request.args]
      : ['/bin/sh', ['-c', ENTER_CGROUP, request.cgroup, request.program, ...request.args]];
  const stdio: StdioOptions = [request.stdin === undefined ? 'ignore' : 'pipe', ...opened.stdio];
  if (request.onChannelLine !== undefined || request.script !== undefined) stdio.push('pipe');
  let child: ChildProcess;
  try {
    child = spawn(program, [...args], {
      cwd: request.cwd,
      env: { ...request.env, [MARKER]: request.marker },
      stdio,
      detached: host().os !== 'windows', // a group and session of its own; on Windows that would open a console
      windowsHide: true,
    });
  } catch (error) {
    return notStarted(request.marker, whyNotStarted(error, request));
  } finally {
    for (const file of opened.close) closeSync(file);
  }
  return watch(child, request);
}

function watch(child: ChildProcess, request: LaunchRequest): Running {
  if (request.stdin !== undefined) {
    child.stdin?.on('error', () => undefined); // a program that does not read all of its input is not an error
    child.stdin?.end(request.stdin);
  }
  if (request.output.kind === 'pipes') {
    const { onChunk } = request.output;
    child.stdout?.on('data', (chunk: Buffer) => onChunk('stdout', chunk));
    child.stderr?.on('data', (chunk: Buffer) => onChunk('stderr', chunk));
  }
  if (request.script !== undefined) giveScript(child, request.script);
  if (request.onChannelLine !== undefined) readLines(child, request.onChannelLine);
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ kind: 'not-started', failure: whyNotStarted(error, request) });
    });
    child.once('exit', (exitCode, signal) => {
      const done = (): void => resolve({ kind: 'exited', exitCode, signal });
      void drained(child).then(done);
    });
  });
  const tree: Tree = {
    marker: request.marker,
    ...(child.pid === undefined ? {} : { group: child.pid }),
    ...(request.cgroup === undefined ? {} : { cgroup: request.cgroup }),
  };
  return { tree, pid: Promise.resolve(child.pid), ended };
}

/** How long output that is still in the pipes after the main process ended is waited for, when a descendant keeps them open. */
const DRAIN_MS = 200;

/** Resolves when the pipes are empty. A daemon that inherited them keeps them open for as long as it lives; nobody waits for it. */
function drained(child: ChildProcess): Promise<void> {
  const open = [child.stdout, child.stderr, child.stdio[3]].filter(
    (stream) => stream !== null && stream !== undefined && 'readable' in stream && stream.readable,
  );
  if (open.length === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, DRAIN_MS);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function giveScript(child: ChildProcess, script: string): void {
  const channel = child.stdio[3];
  if (channel === null || channel === undefined || !('end' in channel)) return;
  channel.on('error', () => undefined); // the shell ended before it read all
  channel.end(script);
}

function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  const channel = child.stdio[3];
  if (channel === null || channel === undefined || !('setEncoding' in channel)) return;
  let rest = '';
  channel.setEncoding('utf8').on('data', (text: string) => {
    rest += text;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      onLine(rest.slice(0, end));
      rest = rest.slice(end + 1);
    }
  });
}

function openOutputs(output: OutputSink): { stdio: ('pipe' | number)[]; close: number[] } | { failure: Failure } {
  if (output.kind === 'pipes') return { stdio: ['pipe', 'pipe'], close: [] };
  const close: number[] = [];
  try {
    for (const path of [output.stdout, output.stderr]) close.push(openSync(path, 'a', 0o600));
    return { stdio: close, close };
  } catch (error) {
    for (const file of close) closeSync(file);
    return { failure: failureFrom(error, `open the log ${output.stdout}`) };
  }
}

function notStarted(marker: string, why: Failure): Running {
  return {
    tree: { marker },
    pid: Promise.resolve(undefined),
    ended: Promise.resolve({ kind: 'not-started', failure: why }),
  };
}

function whyNotStarted(error: unknown, request: LaunchRequest): Failure {
  const code = errnoOf(error);
  if (code === 'ENOENT' && statSync(request.cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return failure('missing', `The working directory ${request.cwd} is not there.`, {
      next: 'Check `cwd` of the task.',
    });
  }
  if (code === 'ENOENT') return notFound(request);
  if (code === 'EACCES') {
    return failure('denied', `${request.program} may not be executed.`, { next: `Check its rights (chmod +x).` });
  }
  if (code === 'E2BIG') {
    return failure('invalid', `The arguments or the environment of ${request.program} are too long for the system.`, {
      next: 'Pass large data in a file.',
    });
  }
  if (code === 'ERR_INVALID_ARG_VALUE') {
    return failure(
      'invalid',
      `An argument or a variable of ${request.program} holds a NUL byte, which no program takes.`,
      {
        next: 'Pass such data in a file.',
      },
    );
  }
  return failureFrom(error, `start ${request.program}`);
}

/** A program that is not there, or is there and may not be executed. */
function notFound({ program, cwd, env }: LaunchRequest): Failure {
  if (statSync(cwd, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return failure('missing', `The working directory ${cwd} is not there.`, { next: 'Check `cwd` of the task.' });
  }
  const there = /[\\/]/.test(program) && statSync(resolve(cwd, program), { throwIfNoEntry: false })?.isFile() === true;
  if (there) return failure('denied', `${program} may not be executed.`, { next: 'Check its rights (chmod +x).' });
  return failure('missing', `The program ${program} was not found on the PATH (${env.PATH ?? env.Path ?? 'empty'}).`, {
    next: 'Install it, or give its full path; `code-engine doctor` says how.',
  });
}

/** bash reports a subshell that a signal ended as 128 + its number, the same as a text that exits so: both are told as the signal. */
export const SIGNALS: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  6: 'SIGABRT',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
};

export function endedFrom(status: number): Ended {
  return { kind: 'exited', exitCode: status, signal: SIGNALS[status - 128] ?? null };
}
