/** Ollama's HTTP API, as far as it is needed. https://docs.ollama.com/api */
import * as z from 'zod';
import { failure } from '../../core/failure.ts';
import { isObject, parseJson, type JsonObject } from '../../core/json.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { TaskFailure } from '../../core/task-type.ts';
import { call, fetched, refused, type Api } from './json-api.ts';

export interface Model {
  readonly name: string;
  readonly digest: string;
}

/** `smollm2` is short for `smollm2:latest`. */
const whole = (name: string): string => (/:[^/]+$/.test(name) ? name : `${name}:latest`);

export const sameName = (a: string, b: string): boolean => whole(a) === whole(b);

/** The models that the server has. */
export async function listModels(api: Api): Promise<Result<Model[], TaskFailure>> {
  const tags = z.looseObject({ models: z.array(z.looseObject({ name: z.string(), digest: z.string() })).nullable() });
  const got = await fetched(api, { path: '/api/tags' }, tags, 'The models cannot be listed');
  return got.ok ? ok((got.value.models ?? []).map(({ name, digest }) => ({ name, digest }))) : got;
}

export async function versionOf(api: Api): Promise<Result<string, TaskFailure>> {
  const got = await fetched(
    api,
    { path: '/api/version' },
    z.looseObject({ version: z.string() }),
    'Ollama cannot be asked',
  );
  return got.ok ? ok(got.value.version) : got;
}

/** Fetches a model. Each new phase, and each tenth of a download, is one line. */
export async function pull(api: Api, name: string, log: (line: string) => void): Promise<Result<void, TaskFailure>> {
  let said = '';
  const got = await lines(api, '/api/pull', { model: name, stream: true }, `${name} cannot be pulled`, (line) => {
    const { status, completed, total } = line;
    if (typeof status !== 'string') return;
    const tenth =
      typeof completed === 'number' && typeof total === 'number' && total > 0
        ? Math.floor((completed / total) * 10)
        : -1;
    const now = tenth < 0 ? status : `${status}: ${tenth * 10} %`;
    if (now !== said) log(now);
    said = now;
  });
  if (got.ok || !/file does not exist|not found/i.test(got.failure.message)) return got;
  return err({ ...got.failure, kind: 'missing', next: 'Check the name: https://ollama.com/library', retriable: false });
}

export async function removeModel(api: Api, name: string): Promise<Result<void, TaskFailure>> {
  const answer = await call(api, { path: '/api/delete', method: 'DELETE', json: { model: name } });
  if (!answer.ok) return answer;
  if (answer.value.status < 300 || answer.value.status === 404) return ok(undefined);
  return refused(api, answer.value, `${name} cannot be removed`);
}

export interface Generated {
  readonly response: string;
  readonly tokens: { readonly prompt: number; readonly response: number };
  /** Why it ended: `stop`, or `length` where it was cut. */
  readonly reason: string;
}

/** Asks, handing on each piece of the answer as it comes. Without a prompt the model is only loaded. */
export async function generate(
  api: Api,
  body: JsonObject,
  timeoutMs: number,
  onPiece: (text: string) => void,
): Promise<Result<Generated, TaskFailure>> {
  let response = '';
  let end: Record<string, unknown> = {};
  const asked = await lines(
    api,
    '/api/generate',
    { ...body, stream: true },
    'The model did not answer',
    (line) => {
      if (typeof line.response === 'string' && line.response !== '') {
        response += line.response;
        onPiece(line.response);
      }
      if (line.done === true) end = line;
    },
    timeoutMs,
  );
  if (!asked.ok) return asked;
  if (end.done !== true) {
    return err(
      failure('tool', 'The answer broke off before its end.', { next: 'Look into the log of Ollama, then try again.' }),
    );
  }
  const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
  return ok({
    response,
    tokens: { prompt: count(end.prompt_eval_count), response: count(end.eval_count) },
    reason: typeof end.done_reason === 'string' ? end.done_reason : 'stop',
  });
}

/** A call that answers with JSON lines; one with `error` ends it. */
async function lines(
  api: Api,
  path: string,
  json: JsonObject,
  what: string,
  onLine: (line: Record<string, unknown>) => void,
  /** A pull takes as long as it takes. */
  timeoutMs = 2_147_483_647,
): Promise<Result<void, TaskFailure>> {
  let open = '';
  let error: string | undefined;
  const take = (text: string): void => {
    const line = parseJson(text);
    if (!isObject(line)) return;
    if (typeof line.error === 'string') error ??= line.error;
    else onLine(line);
  };
  const answer = await call(api, {
    path,
    json,
    timeoutMs,
    onText: (text) => {
      const all = (open + text).split('\n');
      open = all.pop() ?? '';
      all.forEach(take);
    },
  });
  if (!answer.ok) return answer;
  if (answer.value.status >= 300) return refused(api, answer.value, what);
  take(open);
  return error === undefined
    ? ok(undefined)
    : err(failure('tool', `${what}: ${error}.`, { next: 'See what Ollama says about it in its log.' }));
}
