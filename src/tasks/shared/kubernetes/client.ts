/**
 * Requests to a Kubernetes API server. The client library reads kubeconfigs and knows the ways to log in; the requests themselves are
 * plain HTTP, so that a body is streamed, a request is ended by a signal, and trouble is told as it is.
 */
import { setMaxListeners } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { failure } from '../../../core/failure.ts';
import { parseJson } from '../../../core/json.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { TaskContext, TaskResult } from '../../../core/task-type.ts';
import { loadConfig, type ClusterChoice, type ClusterConfig } from './config.ts';
import { asApiFailure, cancelled, refused, unanswered, type ApiFailure } from './errors.ts';

export type ApiResult<T = unknown> = Result<T, ApiFailure>;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface RequestOptions {
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default: `application/json`. */
  readonly contentType?: string;
  /** How long one attempt may take. Default: 30 s. */
  readonly timeoutMs?: number;
  /** How long transient trouble (no connection, a server that is starting) is waited out. Default: the cluster's. */
  readonly patienceMs?: number;
}

export interface Cluster extends ClusterConfig {
  /** The parsed JSON of an answer below 400. */
  request(method: string, path: string, options?: RequestOptions): Promise<ApiResult>;
  /** The body as text: logs of a container. */
  text(path: string, query?: Query): Promise<ApiResult<string>>;
  /** The lines of an answer that goes on: a watch. Ends when the server ends it, throws where the connection breaks. */
  lines(path: string, query: Query, signal: AbortSignal): Promise<ApiResult<AsyncIterable<string>>>;
  /** Ends the idle connections. */
  close(): void;
}

interface Place extends Pick<TaskContext, 'cwd' | 'env' | 'signal'> {
  warn(line: string): void;
}

export interface ConnectOptions extends ClusterChoice {
  /** How long transient trouble is waited out, each time. Default: 30 s. */
  readonly patienceMs?: number;
}

/** Reads the kubeconfig; the first request shows whether the cluster is there. */
export async function connect(options: ConnectOptions, place: Place): Promise<TaskResult<Cluster>> {
  // Every request under way listens to it.
  setMaxListeners(0, place.signal);
  const loaded = await loadConfig(options, place);
  return loaded.ok ? ok(clusterOf(loaded.value, options, place)) : loaded;
}

function clusterOf(config: ClusterConfig, options: ConnectOptions, place: Place): Cluster {
  const login = logins(config);
  const patienceMs = options.patienceMs ?? 30_000;
  const once = (method: string, path: string, more: RequestOptions): Promise<ApiResult<string>> =>
    attempt(config, login, { method, path, ...more }, place.signal);
  const patiently = (method: string, path: string, more: RequestOptions = {}): Promise<ApiResult<string>> =>
    withPatience(() => once(method, path, more), more.patienceMs ?? patienceMs, config, place);
  return {
    ...config,
    async request(method, path, more) {
      const answer = await patiently(method, path, more);
      return answer.ok ? ok(parseJson(answer.value)) : answer;
    },
    text: (path, query = {}) => patiently('GET', path, { query }),
    lines: (path, query, signal) => openLines(config, login, { method: 'GET', path, query }, signal),
    close: () => login.forget(),
  };
}

/** Asks again while the trouble is transient, with growing pauses; says once that it does. */
async function withPatience<T>(
  ask: () => Promise<ApiResult<T>>,
  patienceMs: number,
  { server }: ClusterConfig,
  place: Place,
): Promise<ApiResult<T>> {
  const until = Date.now() + patienceMs;
  let delayMs = 250;
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (answer.ok || !answer.failure.transient || Date.now() + delayMs >= until) {
      if (tries > 1 && answer.ok) place.warn(`The API server at ${server} answers again.`);
      return answer;
    }
    if (tries === 1) place.warn(`${answer.failure.message} Trying again for ${Math.round(patienceMs / 1000)} s.`);
    if (!(await sleep(answer.failure.retryAfterMs ?? delayMs, place.signal))) return err(cancelled());
    delayMs = Math.min(delayMs * 2, 5000);
  }
}

/** False where the signal came first. */
export async function sleep(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await pause(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

interface Login {
  readonly headers: http.OutgoingHttpHeaders;
  readonly agent: http.Agent;
}

interface Logins {
  current(): Promise<ApiResult<Login>>;
  forget(): void;
}

/** How long what a credentials plugin said is taken again without asking it. A refusal (401) asks at once. */
const LOGIN_MS = 60_000;

function logins({ config, anew, server, user, source }: ClusterConfig): Logins {
  let asked = config;
  let held: { login: Login; until: number } | undefined;
  const make = async (): Promise<Login> => {
    const options: https.RequestOptions = {};
    await asked.applyToHTTPSOptions(options);
    const auth = options.auth ?? undefined;
    const basic = auth === undefined ? {} : { authorization: `Basic ${Buffer.from(auth).toString('base64')}` };
    const headers = { ...(options.headers as http.OutgoingHttpHeaders | undefined), ...basic };
    return { headers, agent: agentFor(server, options, config.getCurrentCluster()?.proxyUrl !== undefined) };
  };
  return {
    async current() {
      if (held !== undefined && held.until > Date.now()) return ok(held.login);
      try {
        const login = await make();
        held?.login.agent.destroy();
        held = { login, until: Date.now() + LOGIN_MS };
        return ok(login);
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        const last = detail.trim().split('\n').at(-1) ?? '';
        const message = `The credentials of the user "${user}" in ${source} cannot be had: ${last}`;
        return err(
          asApiFailure(
            failure('denied', message, {
              next: 'Log in with the tool that the kubeconfig names, or choose another context.',
            }),
          ),
        );
      }
    },
    forget() {
      held?.login.agent.destroy();
      held = undefined;
      asked = anew();
    },
  };
}

/** Connections are kept between requests, save through a proxy, whose agent is the library's own. */
function agentFor(server: string, made: https.RequestOptions, proxied: boolean): http.Agent {
  if (proxied && typeof made.agent === 'object') return made.agent;
  if (!server.startsWith('https:')) return new http.Agent({ keepAlive: true, maxSockets: 16 });
  const { ca, cert, key, servername, rejectUnauthorized } = made;
  // What is not set is null, whatever the declaration says.
  const all: [string, unknown][] = Object.entries({ ca, cert, key, servername, rejectUnauthorized });
  const given = all.filter(([, value]) => value !== undefined && value !== null);
  return new https.Agent({ keepAlive: true, maxSockets: 16, ...(Object.fromEntries(given) as https.AgentOptions) });
}

interface OneRequest extends RequestOptions {
  readonly method: string;
  readonly path: string;
}

async function attempt(
  config: ClusterConfig,
  login: Logins,
  request: OneRequest,
  signal: AbortSignal,
): Promise<ApiResult<string>> {
  const answer = await send(config, login, request, signal);
  if (!answer.ok || answer.value.statusCode !== 401) return answer.ok ? finish(config, request, answer.value) : answer;
  // What was taken again may have expired early: log in anew, once.
  await bodyOf(answer.value);
  login.forget();
  const again = await send(config, login, request, signal);
  return again.ok ? finish(config, request, again.value) : again;
}

async function finish(
  config: ClusterConfig,
  request: OneRequest,
  response: http.IncomingMessage,
): Promise<ApiResult<string>> {
  const { server, user, source } = config;
  try {
    const body = await bodyOf(response);
    const status = response.statusCode ?? 0;
    if (status < 400) return ok(body);
    const said = parseJson(body) ?? { message: body.slice(0, 500).trim() };
    return err(refused(status, said, { server, user, source, method: request.method, path: request.path }));
  } catch (error) {
    return err(unanswered(error, { server, source }));
  }
}

async function bodyOf(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function send(
  { server, source }: ClusterConfig,
  login: Logins,
  { method, path, query = {}, body, contentType = 'application/json', timeoutMs = 30_000 }: OneRequest,
  signal: AbortSignal,
): Promise<ApiResult<http.IncomingMessage>> {
  if (signal.aborted) return err(cancelled());
  const current = await login.current();
  if (!current.ok) return current;
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const url = urlOf(server, path, query);
  const headers = {
    accept: 'application/json',
    'user-agent': 'code-engine',
    ...(payload === undefined ? {} : { 'content-type': contentType, 'content-length': Buffer.byteLength(payload) }),
    ...current.value.headers,
  };
  const transport = url.protocol === 'http:' ? http : https;
  return new Promise((resolve) => {
    const request = transport.request(url, { method, headers, agent: current.value.agent, signal });
    const timer = setTimeout(
      () => request.destroy(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'ETIMEDOUT' })),
      timeoutMs,
    );
    request.on('response', (response) => {
      response.once('close', () => clearTimeout(timer));
      // A broken body is told by whoever reads it.
      response.on('error', () => undefined);
      resolve(ok(response));
    });
    request.on('error', (error) => {
      clearTimeout(timer);
      resolve(err(signal.aborted ? cancelled() : unanswered(error, { server, source })));
    });
    request.end(payload);
  });
}

/** The server's address may have a path of its own (Rancher's has). */
function urlOf(server: string, path: string, query: Query): URL {
  const url = new URL(server.replace(/\/+$/, '') + path);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

/** One attempt to open an answer that goes on; the timeout is the server's (`timeoutSeconds` in the query). */
async function openLines(
  config: ClusterConfig,
  login: Logins,
  request: OneRequest,
  signal: AbortSignal,
): Promise<ApiResult<AsyncIterable<string>>> {
  const answer = await send(config, login, { ...request, timeoutMs: 600_000 }, signal);
  if (!answer.ok) return answer;
  if ((answer.value.statusCode ?? 0) >= 400) {
    const refusal = await finish(config, request, answer.value);
    return refusal.ok ? err(cancelled()) : refusal;
  }
  return ok(linesOf(answer.value));
}

async function* linesOf(response: http.IncomingMessage): AsyncGenerator<string> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const chunk of response) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
  }
  if (rest !== '') yield rest;
}
