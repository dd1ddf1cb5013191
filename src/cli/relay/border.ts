/**
 * The relay of a window on Windows whose engine works in a WSL distribution: it passes every message on to the relay inside (started by
 * one `wsl.exe` call) and converts the paths in both, so that each side sees its own. Which fields hold paths is told by
 * `src/run/protocol.ts`: `file`, `folder` and `workspace` of requests; `file`, `workspace` and a plan's `file` and `root` of answers.
 */
import {
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type CancellationToken,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { failure, type Failure } from '../../core/failure.ts';
import { isObject } from '../../core/json.ts';
import { looksLikeWindowsPath, type PathError } from '../../core/paths.ts';
import { ok, type Result } from '../../core/result.ts';
import type { DistroWindow } from '../../platform/distro-window.ts';
import { explainTrouble } from '../../platform/wsl-trouble.ts';
import { REFUSED } from '../../run/protocol.ts';

type Convert = (path: string) => Result<string, PathError>;

/** Opens the distribution, or says why it cannot be. */
export type Open = () => Promise<Result<DistroWindow>>;

interface Inner {
  readonly connection: MessageConnection;
  readonly window: DistroWindow;
}

export class Border {
  readonly #outer: MessageConnection;
  readonly #open: Open;
  readonly #onLost: () => void;
  #inner: Promise<Result<Inner>> | undefined;
  #disposed = false;

  /**
   * @param outer the window's connection
   * @param onLost the relay inside ended unasked: time to end too, so that the window starts another and subscribes anew
   */
  constructor(outer: MessageConnection, open: Open, onLost: () => void) {
    this.#outer = outer;
    this.#open = open;
    this.#onLost = onLost;
  }

  /** Answers a request of the window; a distribution that could not be opened is tried again at the next one. */
  async serve(method: string, params: unknown, token?: CancellationToken): Promise<unknown> {
    const inner = await this.#connect();
    if (!inner.ok) return refused(inner.failure);
    const { connection, window } = inner.value;
    const inside = convertPaths(params, window.toLinux);
    if (!inside.ok) {
      return refused(
        failure('usage', inside.failure.message, { next: 'Open a folder that the distribution can reach.' }),
      );
    }
    try {
      return outward(await connection.sendRequest(method, inside.value, ...(token ? [token] : [])), window.toWindows);
    } catch (error) {
      if (error instanceof ResponseError) return error;
      return refused(explainTrouble({ kind: 'connection-lost', distro: window.distro, detail: String(error) }));
    }
  }

  /** Ends the relay inside; runs go on there. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    const inner = await this.#inner;
    if (inner?.ok !== true) return;
    inner.value.connection.dispose();
    await inner.value.window.engine.stop();
  }

  async #connect(): Promise<Result<Inner>> {
    const starting = (this.#inner ??= this.#start());
    const inner = await starting;
    if (!inner.ok && this.#inner === starting) this.#inner = undefined;
    return inner;
  }

  async #start(): Promise<Result<Inner>> {
    const opened = await this.#open();
    if (!opened.ok) return opened;
    const window = opened.value;
    const { stdin, stdout, stderr, ended } = window.engine;
    stderr.resume();
    const connection = createMessageConnection(new StreamMessageReader(stdout), new StreamMessageWriter(stdin));
    connection.onNotification((method, params) => {
      void this.#outer.sendNotification(method, outward(params, window.toWindows));
    });
    // The way back: what the relay inside asks of the window, such as a question to a model of the editor.
    connection.onRequest((method, params, asked) =>
      this.#outer.sendRequest(method, outward(params, window.toWindows), asked),
    );
    connection.onError(() => undefined); // what ends the connection ends the relay inside, which is told below
    connection.listen();
    void ended.then(() => {
      connection.dispose();
      if (!this.#disposed) this.#onLost();
    });
    return ok({ connection, window });
  }
}

const refused = (cause: Failure): ResponseError<Failure> => new ResponseError(REFUSED, cause.message, cause);

/** Converts the paths of a request; one that the distribution cannot reach is the request's failure. */
export function convertPaths(params: unknown, toLinux: Convert): Result<unknown, PathError> {
  if (!isObject(params)) return ok(params);
  const converted: Record<string, unknown> = { ...params };
  for (const field of ['file', 'folder', 'workspace']) {
    const value = params[field];
    if (typeof value !== 'string' || !looksLikeWindowsPath(value)) continue;
    const path = toLinux(value);
    if (!path.ok) return path;
    converted[field] = path.value;
  }
  return ok(converted);
}

/** Fields whose items hold paths. */
const LISTS: ReadonlySet<string> = new Set(['runs', 'events', 'findings']);

/** Converts the paths of an answer as far as they can be; a path that Windows cannot open stays as it is. */
export function outward(value: unknown, toWindows: Convert): unknown {
  if (!isObject(value)) return value;
  const converted: Record<string, unknown> = { ...value };
  for (const [field, inner] of Object.entries(value)) {
    if (typeof inner === 'string') {
      if ((field === 'file' || field === 'workspace' || field === 'root') && inner.startsWith('/')) {
        const path = toWindows(inner);
        if (path.ok) converted[field] = path.value;
      }
    } else if (field === 'run' || field === 'plan') converted[field] = outward(inner, toWindows);
    else if (LISTS.has(field) && Array.isArray(inner)) {
      converted[field] = inner.map((item) => outward(item, toWindows));
    }
  }
  return converted;
}
