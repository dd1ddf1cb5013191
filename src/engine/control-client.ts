/** The other end of `control.ts`: requests with answers, and how far the journal may be read. */
import { connect, type Socket } from 'node:net';
import { failure, failureFrom, type Failure } from '../core/failure.ts';
import { isObject, parseJson, type Json } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { ControlRequest } from './control.ts';

export class ControlClient {
  readonly #socket: Socket;
  readonly #token: string | undefined;
  readonly #open = new Map<number, (answer: Result<Json>) => void>();
  readonly #listeners = new Set<() => void>();
  #nextId = 1;
  #durable = 0;
  #closed = false;

  private constructor(socket: Socket, token: string | undefined) {
    this.#socket = socket;
    this.#token = token;
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      rest += text;
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        this.#onLine(rest.slice(0, end));
        rest = rest.slice(end + 1);
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#closed = true;
      for (const answer of this.#open.values()) answer(err(failure('unreachable', 'The run’s supervisor is gone.')));
      this.#open.clear();
      this.#tell();
    });
  }

  /** Over a pipe that is there already. */
  static over(socket: Socket): ControlClient {
    return new ControlClient(socket, undefined);
  }

  static connect(address: string, token: string): Promise<Result<ControlClient>> {
    return new Promise((resolve) => {
      const socket = connect(address);
      socket.once('error', (error) => resolve(err(failureFrom(error, 'reach the run’s supervisor'))));
      socket.once('connect', () => resolve(ok(new ControlClient(socket, token))));
    });
  }

  get durable(): number {
    return this.#durable;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Calls back when `durable` grew or the connection closed. @returns a function that ends it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  request(method: ControlRequest['method'], params: ControlRequest['params'] = {}): Promise<Result<Json>> {
    if (this.#closed) return Promise.resolve(err(failure('unreachable', 'The run’s supervisor is gone.')));
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#open.set(id, resolve);
      const token = this.#token === undefined ? {} : { token: this.#token };
      this.#socket.write(`${JSON.stringify({ id, method, params, ...token })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #onLine(line: string): void {
    const reply = parseJson(line);
    if (!isObject(reply)) return;
    if (typeof reply['durable'] === 'number') {
      this.#durable = Math.max(this.#durable, reply['durable']);
      this.#tell();
      return;
    }
    const answer = this.#open.get(Number(reply['id']));
    this.#open.delete(Number(reply['id']));
    if ('failure' in reply)
      answer?.(err(reply['failure'] as Failure)); // our own supervisor's words
    else answer?.(ok(reply['ok'] as Json));
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
