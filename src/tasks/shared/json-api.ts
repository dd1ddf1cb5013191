/** A server that speaks JSON over HTTP: who asks, how its refusals are told, and how an answer is read. */
import type * as z from 'zod';
import { failure, type FailureKind } from '../../core/failure.ts';
import { isObject, parseJson } from '../../core/json.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { secret, text, type TaskContext, type TaskFailure } from '../../core/task-type.ts';
import { request, shown, type HttpResponse } from './request.ts';

/** How a task proves to a server who it is. */
export const credentials = {
  bearer: secret('Token for `Authorization: Bearer`.').optional(),
  user: text('User for basic authentication.').optional(),
  password: secret('Password for basic authentication.').optional(),
};

export interface Credentials {
  readonly bearer?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

export interface Api {
  /** What people call it: `Grafana`. */
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly context: Pick<TaskContext, 'signal' | 'env'>;
  /** For one exchange. Default: 30 s. */
  readonly timeoutMs?: number;
}

/** A server at `url`, with the credentials in a header: they travel in no address and no argument list. */
export function apiOf(
  name: string,
  p: Credentials & { readonly url: string },
  context: Pick<TaskContext, 'signal' | 'env'>,
  headers: Readonly<Record<string, string>> = {},
): Api {
  return { name, url: p.url.replace(/\/+$/, ''), headers: { ...authorization(p), ...headers }, context };
}

function authorization(p: Credentials): Record<string, string> {
  if (p.bearer !== undefined) return { authorization: `Bearer ${p.bearer}` };
  if (p.user === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${p.user}:${p.password ?? ''}`).toString('base64')}` };
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  /** Begins with `/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly json?: unknown;
  /** Called with each piece of the body of a good answer as it comes; nothing of it is kept then. */
  readonly onText?: (text: string) => void;
  readonly timeoutMs?: number;
}

/** @returns the answer whatever its status; a failure only where none came */
export function call(api: Api, { method, path, query, json, onText, timeoutMs }: Call): Promise<Result<HttpResponse>> {
  const body = json === undefined ? undefined : JSON.stringify(json);
  const parameters = new URLSearchParams(
    Object.entries(query ?? {}).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  ).toString();
  return request({
    url: `${api.url}${path}${parameters === '' ? '' : `?${parameters}`}`,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      'user-agent': 'code-engine',
      accept: 'application/json',
      ...(body === undefined
        ? { 'content-length': '0' }
        : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
      ...api.headers,
    },
    ...(body === undefined ? {} : { body }),
    ...(onText === undefined ? {} : { onText }),
    timeoutMs: timeoutMs ?? api.timeoutMs ?? 30_000,
    redirects: 3,
    maxBytes: 16_777_216,
    env: api.context.env,
    signal: api.context.signal,
  });
}

/** Calls, and reads a good answer by its schema. */
export async function fetched<T>(
  api: Api,
  wanted: Call,
  schema: z.ZodType<T>,
  what: string,
): Promise<Result<T, TaskFailure>> {
  const answer = await call(api, wanted);
  if (!answer.ok) return answer;
  if (answer.value.status >= 300) return refused(api, answer.value, what);
  const read = schema.safeParse(parseJson(answer.value.body));
  if (read.success) return ok(read.data);
  return err(
    failure('tool', `${shown(api.url)} did not answer as ${api.name} does.`, {
      next: 'Check `url`, and that the version of the server is a supported one.',
      detail: `${wanted.path}: ${read.error.issues[0]?.message ?? ''}`,
    }),
  );
}

/** The server's refusal in its own words. Trouble of the server may pass; a wrong request stays wrong. */
export function refused(api: Api, response: HttpResponse, what: string): Result<never, TaskFailure> {
  const { status } = response;
  const words = wordsOf(response.body);
  const kind = kindOf(status);
  const said = `${what}: ${shown(api.url)} answered ${status}${words === '' ? '' : `: ${words}`}`;
  return err({
    ...failure(kind, said.endsWith('.') ? said : `${said}.`, nextOf(api, kind, status)),
    ...(status >= 500 || status === 408 || status === 429 ? {} : { retriable: false }),
  });
}

function kindOf(status: number): FailureKind {
  switch (status) {
    case 400:
    case 422:
      return 'invalid';
    case 401:
    case 403:
      return 'denied';
    case 404:
      return 'missing';
    case 409:
    case 412:
      return 'conflict';
    case 502:
    case 503:
    case 504:
      return 'unreachable';
    default:
      return 'tool';
  }
}

function nextOf(api: Api, kind: FailureKind, status: number): { next: string } {
  if (status === 401)
    return { next: 'Give valid credentials: `bearer`, or `user` and `password`; they may have expired.' };
  if (kind === 'denied') return { next: `Those credentials may not do this: ask who runs ${api.name} for the right.` };
  if (kind === 'unreachable') return { next: `${api.name} is not ready: look at it, or try again later.` };
  return { next: `See what ${api.name} says about it, and check \`url\`.` };
}

/** Where servers put the sentence: `message`, `error`, `error.message`, or plain text. */
function wordsOf(body: string): string {
  const json = parseJson(body);
  const told = isObject(json)
    ? [json.message, json.error, isObject(json.error) ? json.error.message : undefined]
    : [body];
  const words = told.find((one) => typeof one === 'string' && one.trim() !== '');
  return typeof words === 'string' && !words.startsWith('<') ? words.trim().replace(/\s+/g, ' ').slice(0, 500) : '';
}
