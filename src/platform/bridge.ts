/**
 * Starts the engine inside a distribution with one `wsl.exe` call and hands over its streams; from there on everything is Linux. The
 * caller speaks the engine's protocol over them. Ending `wsl.exe` does not end what runs inside, so `stop` closes the engine's
 * standard input first (it ends at that) and kills it from inside where that does not help.
 */
import type { ChildProcess } from 'node:child_process';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import type { Mount } from '../core/paths.ts';
import { err, ok, type Result } from '../core/result.ts';
import { BOOTSTRAP_SCRIPT, parseBootstrapLine, type BootstrapLine } from './bootstrap.ts';
import type { Bundle } from './bundle.ts';
import { parseMountinfo } from './mounts.ts';
import { decodeWslText } from './wsl-output.ts';
import { troubleIn, type WslTrouble } from './wsl-trouble.ts';
import { START_LIMIT_MS, type WslClient } from './wsl.ts';

export interface StartRequest {
  readonly client: WslClient;
  /** A name that `client.choose` gave. */
  readonly distro: string;
  readonly bundle: Bundle;
  /** Arguments of the engine, such as `['serve', '--stdio']`. */
  readonly args: readonly string[];
  /** `false`: the caller converts no paths, so none are told. */
  readonly wantMounts?: boolean;
  /** Absolute folder inside; checked. */
  readonly cwd?: string;
  /** Crosses by WSLENV. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** For people who wait: WSL is starting, the engine is being copied. */
  readonly onProgress?: (what: 'starting' | 'copying') => void;
}

export interface EngineInside {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Inside the distribution. */
  readonly pid: number;
  readonly node: string;
  readonly folder: string;
  readonly home: string;
  /** Of the distribution, in mount order: all that path conversion needs. Empty where they were not wanted. */
  readonly mounts: readonly Mount[];
  /** The engine was not there yet and has been copied. */
  readonly copied: boolean;
  /** Resolves when it has ended, with its exit code (`null`: wsl.exe was killed). */
  readonly ended: Promise<number | null>;
  /** Sends it a signal, by a call of its own. */
  signal(name: 'INT' | 'TERM' | 'KILL'): Promise<void>;
  /** Asks it to end, and makes it after the grace period. */
  stop(graceMs?: number): Promise<void>;
}

export async function startInDistro(request: StartRequest): Promise<Result<EngineInside, WslTrouble>> {
  const { client, distro, bundle, args } = request;
  const script = [
    '/bin/sh',
    '-c',
    BOOTSTRAP_SCRIPT,
    'sh',
    bundle.key,
    bundle.sha256,
    String(bundle.size),
    bundle.entry,
    request.wantMounts === false ? 'no-mounts' : 'mounts',
    ...args,
  ];
  const inside = {
    ...(request.cwd === undefined ? {} : { cwd: request.cwd }),
    ...(request.env === undefined ? {} : { env: request.env }),
  };
  const started = client.start(distro, script, 'pipe', inside);
  if (!started.ok) return started;
  const child = started.value;
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('the streams of wsl.exe are not pipes');
  request.onProgress?.('starting');
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  // A client that ends before it has read breaks the pipe; its exit is what counts.
  stdin.on('error', () => undefined);
  const shaken = await shake(request, child, stdin, stdout, stderr);
  if (!shaken.ok) {
    stdin.destroy();
    child.kill('SIGKILL');
    return shaken;
  }
  const { kind: _kind, ...ready } = shaken.value;
  const stop = (graceMs = 5000): Promise<void> =>
    stopInside({ client, distro, child, pid: ready.pid, ended, stdin, graceMs });
  const signal = async (name: string): Promise<void> => {
    await client.run(distro, ['/bin/kill', `-${name}`, String(ready.pid)]);
  };
  return ok({ stdin, ...ready, ended, signal, stop });
}

type Ready = Extract<BootstrapLine, { kind: 'ready' }> & {
  readonly copied: boolean;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly mounts: readonly Mount[];
};

/** Fresh streams, that nobody has read or paused: first what came after the last line of the bootstrap, then the rest. */
function handOver(stdout: Readable, stderr: Readable, heard: Buffer): { stdout: Readable; stderr: Readable } {
  const fresh = new PassThrough();
  if (heard.length > 0) fresh.write(heard);
  return { stdout: stdout.pipe(fresh), stderr: stderr.pipe(new PassThrough()) };
}

/** Waits for the bootstrap to be ready, or to say or show why it is not; what follows on the streams is left for the caller. */
function shake(
  request: StartRequest,
  child: ChildProcess,
  stdin: Writable,
  stdout: Readable,
  stderr: Readable,
): Promise<Result<Ready, WslTrouble>> {
  const { distro, bundle, timeoutMs = START_LIMIT_MS, signal } = request;
  const reader = bootstrapReader(() => {
    request.onProgress?.('copying');
    bundle.archive().then(
      (bytes) => stdin.write(bytes),
      (error: unknown) => stdin.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  return new Promise((resolve) => {
    let complaints = Buffer.alloc(0);
    const done = (result: Result<Ready, WslTrouble>): void => {
      clearTimeout(timer);
      stdout.off('data', onData);
      stderr.off('data', onComplaint);
      child.off('close', onClose);
      child.off('error', onError);
      signal?.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      const heard = reader.feed(chunk);
      if (heard.kind === 'failed') done(err(troubleOf(heard, distro)));
      if (heard.kind === 'ready') done(ok({ ...heard, ...handOver(stdout, stderr, reader.rest()) }));
    };
    const onComplaint = (chunk: Buffer): void =>
      void (complaints = Buffer.concat([complaints, chunk]).subarray(-65_536));
    const onAbort = (): void => done(err({ kind: 'other', detail: 'cancelled' }));
    const onError = (error: NodeJS.ErrnoException): void =>
      done(err(error.code === 'ENOENT' ? { kind: 'no-wsl' } : { kind: 'other', detail: error.message }));
    const onClose = (code: number | null): void => done(err(whyEnded(code, reader.rest(), complaints, request)));
    const timer = setTimeout(
      () => done(err({ kind: 'hangs', afterMs: timeoutMs, what: `the start of ${distro}` })),
      timeoutMs,
    );
    stdout.on('data', onData);
    stderr.on('data', onComplaint);
    child.once('close', onClose);
    child.once('error', onError);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

type Heard =
  | { readonly kind: 'more' }
  | Extract<BootstrapLine, { kind: 'failed' }>
  | (Extract<BootstrapLine, { kind: 'ready' }> & { readonly copied: boolean; readonly mounts: readonly Mount[] });

/** Takes the bootstrap's lines off the front of a stream. A line that is not ours (words of wsl.exe) stays in the rest. */
function bootstrapReader(onNeed: () => void): { feed: (chunk: Buffer) => Heard; rest: () => Buffer } {
  let bytes = Buffer.alloc(0);
  let copied = false;
  const mountinfo: string[] = [];
  const tags = new Map<string, string>();
  const mounts = (): Mount[] => parseMountinfo(mountinfo.join('\n'), (tag) => tags.get(tag));
  const feed = (chunk: Buffer): Heard => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      const line = parseBootstrapLine(bytes.subarray(0, end).toString('utf8'));
      if (line === undefined) break;
      bytes = bytes.subarray(end + 1);
      switch (line.kind) {
        case 'need':
          copied = true;
          onNeed();
          break;
        case 'mount':
          mountinfo.push(line.line);
          break;
        case 'tag':
          tags.set(line.name, line.target);
          break;
        case 'failed':
          return line;
        case 'ready':
          return { ...line, copied, mounts: mounts() };
      }
    }
    return { kind: 'more' };
  };
  return { feed, rest: () => bytes };
}

function troubleOf({ why, detail }: Extract<BootstrapLine, { kind: 'failed' }>, distro: string): WslTrouble {
  switch (why) {
    case 'no-node':
      return { kind: 'no-node', distro };
    case 'no-space':
      return { kind: 'disk-full', distro, folder: detail };
    case 'checksum':
      return { kind: 'other', detail: `the engine arrived damaged (${detail})` };
    default:
      return { kind: 'other', detail: `${why}: ${detail}` };
  }
}

function whyEnded(code: number | null, heard: Buffer, complaints: Buffer, { distro, cwd }: StartRequest): WslTrouble {
  const words = `${decodeWslText(heard)}\n${decodeWslText(complaints)}`;
  if (code === 97 && cwd !== undefined && words.includes('code-engine: no folder'))
    return { kind: 'no-folder', distro, folder: cwd };
  return troubleIn(words, distro) ?? { kind: 'connection-lost', distro, detail: words.trim().slice(0, 2000) };
}

interface Stopping {
  readonly client: WslClient;
  readonly distro: string;
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<number | null>;
  readonly stdin: Writable;
  readonly graceMs: number;
}

async function stopInside({ client, distro, child, pid, ended, stdin, graceMs }: Stopping): Promise<void> {
  stdin.end();
  if (await within(ended, graceMs)) return;
  await client.run(distro, ['/bin/kill', '-KILL', String(pid)]);
  if (await within(ended, graceMs)) return;
  child.kill('SIGKILL');
}

/** Whether it settles in time. */
async function within(what: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  const inTime = await Promise.race([what.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
