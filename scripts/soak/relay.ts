/** The window's part of the soak: one relay for the whole hour, and what it tells about each run. */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import type { RunEvent } from '../../src/run/events.ts';
import { PROTOCOL_VERSION, type Method, type Params, type Results } from '../../src/run/protocol.ts';

type Listener = (events: readonly RunEvent[]) => void;

export class RelayClient {
  readonly child: ChildProcess;
  readonly #connection: MessageConnection;
  readonly #listeners = new Map<string, Listener>();
  #ended = false;

  constructor(engine: string, cwd: string, env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [engine, 'serve', '--stdio'], {
      cwd,
      env,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const { stdin, stdout } = this.child;
    if (stdin === null || stdout === null) throw new Error('The relay has no pipes.');
    this.#connection = createMessageConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    this.#connection.onNotification('runs/events', ({ runId, events }: { runId: string; events: RunEvent[] }) =>
      this.#listeners.get(runId)?.(events),
    );
    this.#connection.listen();
    this.child.once('exit', () => (this.#ended = true));
  }

  get ended(): boolean {
    return this.#ended;
  }

  hello(): Promise<Results['hello']> {
    return this.ask('hello', { protocol: PROTOCOL_VERSION, client: 'soak' });
  }

  ask<M extends Method>(method: M, params: Params<M>): Promise<Results[M]> {
    return this.#connection.sendRequest(method, params);
  }

  /** Every event from number `from` on, to `listener`, until `forget`. */
  async follow(workspace: string, runId: string, from: number, listener: Listener): Promise<void> {
    this.#listeners.set(runId, listener);
    await this.ask('runs/subscribe', { runId, workspace, fromSeq: from });
  }

  forget(runId: string): void {
    this.#listeners.delete(runId);
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin?.end();
    if (!this.#ended) await gone;
    this.#connection.dispose();
  }
}
