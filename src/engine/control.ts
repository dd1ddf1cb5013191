/**
 * How others talk to a living supervisor: JSON lines over a socket that only this user can reach (0600 in a 0700 folder; a named pipe
 * on Windows), each request with the token that stands in the run's private `control.json`. No TCP port is opened. The parent that
 * started the supervisor has a pipe to it already and needs no token.
 */
import { timingSafeEqual } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { failure, failureFrom, type Failure } from '../core/failure.ts';
import { isObject, parseJson, type Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';

export interface ControlRequest {
  readonly id: number;
  readonly token?: string;
  readonly method: 'watch' | 'cancel' | 'approve' | 'ping';
  readonly params: { readonly [key: string]: Json };
}

export type ControlReply =
  | { readonly id: number; readonly ok: Json }
  | { readonly id: number; readonly failure: Failure }
  /** How many bytes of the journal are durable, to those who watch. */
  | { readonly durable: number };

export type Handler = (method: ControlRequest['method'], params: ControlRequest['params']) => Result<Json>;

/** Watchers are told at most so often: a frame's time for a person, and fifty wake-ups a second instead of thousands. */
const TELL_MS = 20;

/** A line longer than this is no request of ours. */
const MOST_LINE = 1024 * 1024;

export class Control {
  readonly #handler: Handler;
  readonly #token: string;
  readonly #watchers = new Set<Socket>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #durable = 0;
  #queued = false;

  constructor(handler: Handler, token: string) {
    this.#handler = handler;
    this.#token = token;
  }

  /** Opens the socket. A failure is not the end of a run: it is only harder to reach. */
  listen(address: string): Promise<Result<void>> {
    return new Promise((resolve) => {
      if (!address.startsWith('\\\\')) rmSync(address, { force: true });
      const server = createServer((socket) => this.accept(socket, false));
      server.once('error', (error) => resolve(err(failureFrom(error, `open the control socket ${address}`))));
      const before = process.umask(0o177); // the socket is made 0600, not made and then changed
      server.listen(address, () => {
        this.#server = server;
        resolve(ok(undefined));
      });
      process.umask(before);
    });
  }

  /** Serves one connection. */
  accept(socket: Socket, trusted: boolean): void {
    let rest = '';
    this.#sockets.add(socket);
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#watchers.delete(socket);
      this.#sockets.delete(socket);
    });
    socket.on('data', (text: string) => {
      rest += text;
      if (rest.length > MOST_LINE) return socket.destroy();
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        this.#serve(socket, rest.slice(0, end), trusted);
        rest = rest.slice(end + 1);
      }
    });
  }

  /** Tells the watchers how far the journal may be read; several tellings in one turn are one. */
  durable(bytes: number): void {
    this.#durable = bytes;
    if (this.#queued || this.#watchers.size === 0) return;
    this.#queued = true;
    setTimeout(() => {
      this.#queued = false;
      for (const socket of this.#watchers) if (socket.writableLength < 65_536) send(socket, { durable: this.#durable });
    }, TELL_MS);
  }

  /** Tells the last durable length, then hangs up. */
  async close(): Promise<void> {
    const ends = [...this.#sockets].map(
      (socket) =>
        new Promise<void>((resolve) => {
          if (this.#watchers.has(socket)) send(socket, { durable: this.#durable });
          socket.end(() => resolve());
          setTimeout(resolve, 500).unref(); // a reader that does not read is not waited for
        }),
    );
    this.#server?.close();
    await Promise.all(ends);
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket, line: string, trusted: boolean): void {
    const request = parseJson(line);
    if (!isRequest(request)) return void socket.destroy();
    if (!trusted && !sameToken(request.token, this.#token)) {
      send(socket, { id: request.id, failure: failure('denied', 'Wrong token.') });
      return void socket.end();
    }
    if (request.method === 'watch') {
      this.#watchers.add(socket);
      send(socket, { durable: this.#durable });
    }
    const answer = this.#handler(request.method, request.params);
    send(socket, answer.ok ? { id: request.id, ok: answer.value } : { id: request.id, failure: answer.failure });
  }
}

function send(socket: Socket, reply: ControlReply): void {
  if (socket.writable) socket.write(`${JSON.stringify(reply)}\n`);
}

const METHODS: readonly unknown[] = ['watch', 'cancel', 'approve', 'ping'] satisfies ControlRequest['method'][];
const isMethod = (value: unknown): boolean => METHODS.includes(value);

function isRequest(value: unknown): value is ControlRequest {
  return isObject(value) && typeof value.id === 'number' && isMethod(value.method) && isObject(value.params);
}

function sameToken(given: string | undefined, token: string): boolean {
  const a = Buffer.from(given ?? '');
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}
