/** The API that OpenAI published and that many servers speak: LocalAI, llama.cpp, vLLM, Ollama. https://platform.openai.com/docs/api-reference/chat */
import * as z from 'zod';
import { failure } from '../../core/failure.ts';
import { isObject, parseJson, type JsonObject } from '../../core/json.ts';
import { pause } from '../../core/pause.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { StepContext, TaskFailure } from '../../core/task-type.ts';
import { call, fetched, refused, type Api } from './json-api.ts';

/** The models that the server offers. */
export async function listModels(api: Api): Promise<Result<string[], TaskFailure>> {
  const list = z.looseObject({ data: z.array(z.looseObject({ id: z.string() })).nullable() });
  const got = await fetched(api, { path: '/models' }, list, 'The models cannot be listed');
  return got.ok ? ok((got.value.data ?? []).map((one) => one.id)) : got;
}

export interface Completed {
  readonly response: string;
  readonly tokens: { readonly prompt: number; readonly response: number };
  /** `length` where the answer was cut. */
  readonly reason: string;
}

const usage = z.looseObject({ prompt_tokens: z.int().default(0), completion_tokens: z.int().default(0) });

/** Asks, handing on each piece of the answer as it comes (server-sent events). */
export async function complete(
  api: Api,
  body: JsonObject,
  timeoutMs: number,
  onPiece: (text: string) => void,
): Promise<Result<Completed, TaskFailure>> {
  const state = {
    response: '',
    reason: '',
    error: undefined as string | undefined,
    tokens: { prompt: 0, response: 0 },
    whole: false,
  };
  const take = (line: string): void => {
    if (!line.startsWith('data:')) return;
    const data = line.slice(5).trim();
    if (data === '[DONE]') state.whole = true;
    const event = parseJson(data);
    if (!isObject(event)) return;
    if (event.error !== undefined && event.error !== null)
      state.error ??= isObject(event.error) ? String(event.error.message) : JSON.stringify(event.error);
    const counted = usage.safeParse(event.usage);
    if (counted.success)
      state.tokens = { prompt: counted.data.prompt_tokens, response: counted.data.completion_tokens };
    const choice: unknown = Array.isArray(event.choices) ? event.choices[0] : undefined;
    if (!isObject(choice)) return;
    if (typeof choice.finish_reason === 'string') state.reason = choice.finish_reason;
    const piece = isObject(choice.delta) ? choice.delta.content : undefined;
    if (typeof piece !== 'string' || piece === '') return;
    state.response += piece;
    onPiece(piece);
  };
  let open = '';
  const answer = await call(api, {
    path: '/chat/completions',
    json: { ...body, stream: true, stream_options: { include_usage: true } },
    timeoutMs,
    onText: (text) => {
      const all = (open + text).split(/\r?\n/);
      open = all.pop() ?? '';
      all.forEach(take);
    },
  });
  if (!answer.ok) return answer;
  if (answer.value.status >= 300) return refused(api, answer.value, 'The model did not answer');
  take(open);
  if (state.error !== undefined) return err(failure('tool', `The model did not answer: ${state.error}.`));
  if (!state.whole && state.reason === '') {
    return err(
      failure('tool', 'The answer broke off before its end.', {
        next: `Look into the log of ${api.name}, then try again.`,
      }),
    );
  }
  return ok({ response: state.response, tokens: state.tokens, reason: state.reason });
}

const INSTALL_PAUSE_MS = 1000;

/** Has LocalAI install a model of its gallery, and waits for it. https://localai.io/models/#api */
export async function installModel(api: Api, id: string, context: StepContext): Promise<Result<void, TaskFailure>> {
  const begun = await fetched(
    api,
    { path: '/models/apply', json: { id } },
    z.looseObject({ uuid: z.string() }),
    `The server cannot install ${id}`,
  );
  if (!begun.ok) return begun;
  const progress = z.looseObject({
    processed: z.boolean(),
    message: z.string().default(''),
    progress: z.number().default(0),
    error: z.unknown().optional(),
  });
  for (let said = ''; ;) {
    const now = await fetched(api, { path: `/models/jobs/${begun.value.uuid}` }, progress, `${id} cannot be followed`);
    if (!now.ok) return now;
    const { processed, message, error } = now.value;
    if (error !== undefined && error !== null && error !== '')
      return err(failure('tool', `${id} cannot be installed: ${typeof error === 'string' ? error : message}.`));
    if (processed) return ok(undefined);
    const line = `${message} ${Math.floor(now.value.progress / 10) * 10} %`;
    if (line !== said) context.log(line);
    said = line;
    await pause(INSTALL_PAUSE_MS, context.signal);
    if (context.signal.aborted) return err(failure('cancelled', 'The installation was ended.'));
  }
}
