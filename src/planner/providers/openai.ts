/** Servers that speak the OpenAI-compatible chat API with `response_format`: LocalAI, llama.cpp, vLLM. */
import { failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { estimateTokens } from '../context/pack.ts';
import { apiFailure } from './claude.ts';
import { linesOf, send } from './http.ts';
import {
  jsonIn,
  type CompleteOptions,
  type Environment,
  type ModelAnswer,
  type ModelRequest,
  type Provider,
} from './provider.ts';

export function openai(environment: Environment, model?: string): Provider {
  const base = (
    environment['OPENAI_BASE_URL'] ??
    environment['LOCALAI_BASE_URL'] ??
    'http://127.0.0.1:8080/v1'
  ).replace(/\/$/, '');
  const key = environment['OPENAI_API_KEY'];
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const wanted = model ?? environment['CODE_ENGINE_OPENAI_MODEL'];
  let name = wanted ?? 'default';
  return {
    id: 'openai',
    get model() {
      return name;
    },
    // Servers of one's own decode by a grammar; the hosted ones refuse some of the bounds.
    capabilities: { schema: true, streaming: true, local: isLocal(base), bounds: isLocal(base) },
    health: async (signal) => {
      const healthy = await health(base, headers, wanted, signal);
      if (healthy.ok) name = healthy.value;
      return healthy;
    },
    countTokens: estimateTokens,
    complete: (request, options) => complete(request, options, base, headers, name),
  };
}

const isLocal = (base: string): boolean => /127\.0\.0\.1|localhost/.test(base);

/** @returns the model to ask for: the wanted one, else the server's only one */
async function health(
  base: string,
  headers: Readonly<Record<string, string>>,
  wanted: string | undefined,
  signal: AbortSignal,
): Promise<Result<string>> {
  const answer = await send(`${base}/models`, { headers, signal });
  if (!answer.ok) return answer;
  if (!answer.value.ok) return err(apiFailure(answer.value.status, ''));
  const list = (await answer.value.json().catch(() => undefined)) as { data?: { id?: string }[] } | undefined;
  const names = (Array.isArray(list?.data) ? list.data : []).flatMap(({ id }) => id ?? []);
  const [only] = names;
  // Servers of one model take any name, and some tell none.
  if (only === undefined) return ok(wanted ?? 'default');
  if (wanted !== undefined && names.some((one) => one === wanted || one === `${wanted}:latest`)) return ok(wanted);
  if (wanted === undefined && names.length === 1) return ok(only);
  const there = `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
  const message =
    wanted === undefined
      ? `The server at ${base} has several models: ${there}.`
      : `The server at ${base} has no model ${wanted}. It has ${there}.`;
  return err(failure('missing', message, { next: 'Name one with --model or CODE_ENGINE_OPENAI_MODEL.' }));
}

interface Chunk {
  readonly choices?: readonly {
    readonly delta?: { readonly content?: string | null; readonly refusal?: string | null };
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: { readonly prompt_tokens?: number; readonly completion_tokens?: number } | null;
  readonly error?: { readonly message?: string };
}

async function complete(
  request: ModelRequest,
  options: CompleteOptions,
  base: string,
  headers: Readonly<Record<string, string>>,
  model: string,
): Promise<Result<ModelAnswer>> {
  const body = JSON.stringify({
    model,
    stream: true,
    stream_options: { include_usage: true },
    temperature: 0,
    max_tokens: request.maxTokens,
    response_format: {
      type: 'json_schema',
      json_schema: { name: request.schemaName, strict: true, schema: request.schema },
    },
    messages: [
      { role: 'system', content: request.system },
      { role: 'user', content: request.user },
    ],
  });
  options.onRequest?.(body);
  const answer = await send(`${base}/chat/completions`, { method: 'POST', body, headers, signal: options.signal });
  if (!answer.ok) return answer;
  if (!answer.value.ok) return err(apiFailure(answer.value.status, await answer.value.text().catch(() => '')));
  let text = '';
  let finish: string | undefined;
  let usage = { inputTokens: estimateTokens(request.system + request.user), outputTokens: 0 };
  for await (const line of linesOf(answer.value, options.signal)) {
    const data = /^data:\s*(.*)$/.exec(line)?.[1];
    if (data === undefined || data === '[DONE]') continue;
    const chunk = jsonIn(data) as Chunk | undefined;
    if (chunk?.error !== undefined)
      return err(failure('tool', 'The model could not answer.', { detail: chunk.error.message ?? '' }));
    const choice = chunk?.choices?.[0];
    if (typeof choice?.delta?.refusal === 'string')
      return err(
        failure('tool', 'The model refused to plan this.', { next: 'Say it another way, or use --provider catalog.' }),
      );
    const piece = choice?.delta?.content ?? '';
    text += piece;
    if (piece !== '') options.onText?.(piece);
    finish = choice?.finish_reason ?? finish;
    if (chunk?.usage !== undefined && chunk.usage !== null)
      usage = {
        inputTokens: chunk.usage.prompt_tokens ?? usage.inputTokens,
        outputTokens: chunk.usage.completion_tokens ?? 0,
      };
  }
  if (options.signal.aborted) return err(failure('cancelled', 'Planning was cancelled.'));
  if (finish === 'length')
    return err(
      failure('tool', "The model's answer was cut off.", { next: 'Describe less at once, or use a larger model.' }),
    );
  if (finish === undefined) return err(failure('tool', 'The model stopped in the middle of its answer.'));
  return ok({ json: jsonIn(text), text, usage });
}
