/**
 * The line to the engine: one relay process for the window, started when something is first asked of it, started again when it ends
 * before its time. Every answer is checked; what is refused comes back as a `Failure`.
 */
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc/node';
import { errorMessage, failure, type Failure } from '../../core/failure.ts';
import { err, type Result } from '../../core/result.ts';
import type { Method, Notifications, Params, Results } from '../../run/protocol.ts';
import type { ModelQuestion, ModelReply } from '../../run/window-requests.ts';
import { Emitter, type Disposable } from '../emitter.ts';
import { nextTurn } from '../host.ts';

export interface EngineOptions {
  readonly launch: () => ChildProcessWithoutNullStreams;
  /** A line for the log channel. */
  readonly log: (line: string) => void;
  readonly client: string;
  /** Answers a question of the relay to a model of the editor. */
  readonly askModel?: (question: ModelQuestion, token: CancellationToken) => Promise<Result<ModelReply>>;
}

type Emitters = { readonly [N in keyof Notifications]: Emitter<Notifications[N]> };

/** Wait before starting again, by how often it ended in a row; after the last one only a request starts it. */
const RESTART_MS = [500, 2000, 8000];
/** A relay that held this long counts as one that works. */
const STEADY_MS = 60_000;

interface Line {
  readonly connection: MessageConnection;
  readonly child: ChildProcessWithoutNullStreams;
  readonly startedAt: number;
}

export class EngineClient {
  readonly #options: EngineOptions;
  readonly #emitters: Emitters = {
    'runs/events': new Emitter(),
    'runs/changed': new Emitter(),
    'findings/found': new Emitter(),
    'workflow/planned': new Emitter(),
    'workflow/previewed': new Emitter(),
    'deploy/progress': new Emitter(),
  };
  readonly #connections = new Emitter<boolean>();
  #line: Promise<Result<Line>> | undefined;
  #falls = 0;
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;
  /** Version of the engine, once it said so. */
  version: string | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Listens to what the engine says unasked. */
  on<N extends keyof Notifications>(name: N, listener: (value: Notifications[N]) => void): Disposable {
    const emitter: Emitter<Notifications[N]> = this.#emitters[name];
    return emitter.on(listener);
  }

  /** `true` when a relay answers (the first time and after each restart: subscriptions are to be made anew), `false` when it is gone. */
  onConnection(listener: (up: boolean) => void): Disposable {
    return this.#connections.on(listener);
  }

  /** @param signal gives up the request: what the engine does for it ends, and it fails as cancelled */
  async request<M extends Method>(method: M, params: Params<M>, signal?: AbortSignal): Promise<Result<Results[M]>> {
    const line = await this.#connect();
    if (!line.ok) return line;
    if (!signal) return ask(line.value.connection, method, params);
    const { CancellationTokenSource } = await import('./line.ts');
    const isAborted = (): boolean => signal.aborted;
    if (isAborted()) return err(GIVEN_UP);
    const source = new CancellationTokenSource();
    const cancel = (): void => source.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    const answer = await ask(line.value.connection, method, params, source.token);
    signal.removeEventListener('abort', cancel);
    source.dispose();
    return isAborted() ? err(GIVEN_UP) : answer;
  }

  /** Starts the relay where it does not run. */
  async connect(): Promise<Result<void>> {
    const line = await this.#connect();
    return line.ok ? { ok: true, value: undefined } : line;
  }

  async #connect(): Promise<Result<Line>> {
    if (this.#disposed) return err(failure('cancelled', 'The window is closing.'));
    const starting = (this.#line ??= this.#start());
    const line = await starting;
    if (!line.ok && this.#line === starting) this.#line = undefined;
    return line;
  }

  async #start(): Promise<Result<Line>> {
    clearTimeout(this.#timer);
    await nextTurn(); // later versions of Node load at once, and hold up what activates
    const { createMessageConnection, paced, ResponseError, StreamMessageReader, StreamMessageWriter, ...checks } =
      await import('./line.ts');
    const { MODEL_ASK, PROTOCOL_VERSION, REFUSED, readModelQuestion } = checks;
    const child = this.#options.launch();
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-2000);
      this.#options.log(chunk.toString().trimEnd());
    });
    const connection = createMessageConnection(
      new StreamMessageReader(paced(child.stdout)),
      new StreamMessageWriter(child.stdin),
    );
    for (const name of Object.keys(this.#emitters) as (keyof Notifications)[])
      connection.onNotification(name, (params: unknown) => this.#publish(name, checks.readNotification(name, params)));
    const refusal = (why: Failure): Error => new ResponseError(REFUSED, why.message, why);
    connection.onRequest(MODEL_ASK, async (params: unknown, token: CancellationToken) => {
      const question = readModelQuestion(params);
      if (!question.ok || !this.#options.askModel) return refusal(failure('invalid', 'There is no model to ask.'));
      const reply = await this.#options.askModel(question.value, token);
      return reply.ok ? reply.value : refusal(reply.failure);
    });
    connection.onError(([error]) => this.#options.log(`engine: ${error.message}`));
    const line: Line = { connection, child, startedAt: Date.now() };
    const gone = new Promise<Failure>((resolve) => {
      child.once('error', (error) => resolve(notStarted(error.message)));
      child.once('exit', (code, signal) =>
        resolve(notStarted(said.trim() || `it ended with ${signal ?? `code ${code ?? 'unknown'}`}`)),
      );
    });
    connection.listen();
    const hello = await Promise.race([
      ask(connection, 'hello', { protocol: PROTOCOL_VERSION, client: this.#options.client }),
      gone.then((why) => err(why)),
    ]);
    if (!hello.ok) return this.#refuse(line, hello.failure);
    if (hello.value.protocol !== PROTOCOL_VERSION) {
      return this.#refuse(
        line,
        failure('invalid', `The engine speaks protocol ${hello.value.protocol}, this extension ${PROTOCOL_VERSION}.`, {
          next: 'Install the same version of both.',
        }),
      );
    }
    this.version = hello.value.engine;
    void gone.then((why) => this.#fell(line, why));
    this.#connections.fire(true);
    return { ok: true, value: line };
  }

  #refuse(line: Line, why: Failure): Result<Line> {
    line.connection.dispose();
    line.child.kill();
    return err(why);
  }

  #fell(line: Line, why: Failure): void {
    line.connection.dispose();
    this.#line = undefined;
    if (this.#disposed) return;
    this.#options.log(`The engine's relay ended: ${why.detail ?? why.message}`);
    this.#connections.fire(false);
    this.#falls = Date.now() - line.startedAt > STEADY_MS ? 0 : this.#falls + 1;
    const wait = RESTART_MS[Math.max(0, this.#falls - 1)];
    if (wait !== undefined) this.#timer = setTimeout(() => void this.#connect(), wait);
  }

  #publish(name: keyof Notifications, read: Result<unknown, string>): void {
    // The check of a name gives the type of that name, which a union of names cannot say.
    if (read.ok) (this.#emitters[name] as Emitter<unknown>).fire(read.value);
    else this.#options.log(`engine: a message that makes no sense (${read.failure})`);
  }

  /** Ends the relay at once, as a crash would: what `Restart Engine` does. It is started again by itself. */
  killRelay(): void {
    void this.#line?.then((line) => line.ok && line.value.child.kill('SIGKILL'));
  }

  /** Ends the relay; runs go on, they belong to supervisors of their own. */
  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
    void this.#line?.then((line) => {
      if (!line.ok) return;
      line.value.connection.end();
      line.value.child.stdin.end();
    });
  }
}

async function ask<M extends Method>(
  connection: MessageConnection,
  method: M,
  params: Params<M>,
  token?: CancellationToken,
): Promise<Result<Results[M]>> {
  const { readFailure, readResult } = await import('./line.ts');
  try {
    const rest = token ? [token] : [];
    const result = readResult(method, await connection.sendRequest<unknown>(method, params, ...rest));
    return result.ok
      ? result
      : err(
          failure('invalid', `The engine's answer makes no sense (${result.failure}).`, {
            next: 'Install the same version of extension and engine.',
          }),
        );
  } catch (error) {
    const data = typeof error === 'object' && error !== null && 'data' in error ? error.data : undefined;
    return err(
      readFailure(data) ??
        failure('unreachable', `The engine did not answer ${method}.`, { detail: errorMessage(error) }),
    );
  }
}

const GIVEN_UP = failure('cancelled', 'Given up.');

const notStarted = (detail: string): Failure =>
  failure('unreachable', 'The engine could not be started.', {
    next: 'The log says more. The setting "code.engine.node" can name another Node (20.19 or later).',
    detail,
  });
