/** Ollama by its own chat API: the schema as `format`, the context window set from a count. https://github.com/ollama/ollama/blob/main/docs/api.md */
import { failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { estimateTokens } from '../context/pack.ts';
import { apiFailure } from './claude.ts';
import { linesOf, send } from './http.ts';
import { pullModel } from './ollama-pull.ts';
import {
  jsonIn,
  type CompleteOptions,
  type Environment,
  type ModelAnswer,
  type ModelRequest,
  type Provider,
} from './provider.ts';

const MOST_CONTEXT = 32_768;

const needed = (request: ModelRequest): number =>
  estimateTokens(request.system) + estimateTokens(request.user) + request.maxTokens + 256;

/**
 * The window for a request: what it holds plus the answer, in steps, so that the model is not loaded anew for each.
 * @param most what the model was made for; Ollama cuts the beginning of a longer prompt away and says so only in its log
 */
export const contextFor = (request: ModelRequest, most = MOST_CONTEXT): number =>
  Math.min(most, Math.ceil(needed(request) / 4096) * 4096);

export function hostOf(environment: Environment): string {
  const host = environment['OLLAMA_HOST'] ?? '127.0.0.1:11434';
  return (/^https?:\/\//.test(host) ? host : `http://${host}`).replace(/\/$/, '').replace('//0.0.0.0', '//127.0.0.1');
}

export function ollama(environment: Environment, model?: string): Provider {
  const host = hostOf(environment);
  const name = model ?? environment['CODE_ENGINE_OLLAMA_MODEL'] ?? 'qwen2.5-coder:7b';
  let window: number | undefined;
  return {
    id: 'ollama',
    model: name,
    capabilities: { schema: true, streaming: true, local: /127\.0\.0\.1|localhost/.test(host), bounds: true },
    health: async (signal) => {
      const healthy = await health(host, name, signal);
      if (healthy.ok) window = await windowOf(host, name, signal);
      return healthy;
    },
    countTokens: estimateTokens,
    window: () => window,
    obtain: (signal, tell) => pullModel(host, name, signal, tell),
    complete: (request, options) =>
      complete(request, options, { host, model: name, threads: threadsOf(environment) }, window),
  };
}

async function health(host: string, model: string, signal: AbortSignal): Promise<Result<string>> {
  const answer = await send(`${host}/api/tags`, { signal });
  if (!answer.ok)
    return err(
      failure('unreachable', `Ollama does not answer at ${host}.`, {
        next: 'Start it with `ollama serve`, or set OLLAMA_HOST.',
        ...(answer.failure.detail === undefined ? {} : { detail: answer.failure.detail }),
      }),
    );
  const tags = (await answer.value.json().catch(() => undefined)) as { models?: { name?: string }[] } | undefined;
  const names = (tags?.models ?? []).map((m) => m.name ?? '');
  if (names.some((n) => n === model || n === `${model}:latest`)) return ok(model);
  return err(
    failure('missing', `The model ${model} is not pulled.`, {
      next: `Get it with --pull, or \`ollama pull ${model}\`${names.length === 0 ? '' : `, or use --model with one of ${names.slice(0, 5).join(', ')}`}.`,
    }),
  );
}

/** The context that the model was made for, which is also the most that it can take. */
async function windowOf(host: string, model: string, signal: AbortSignal): Promise<number | undefined> {
  const answer = await send(`${host}/api/show`, { method: 'POST', body: JSON.stringify({ model }), signal });
  if (!answer.ok || !answer.value.ok) return undefined;
  const shown = (await answer.value.json().catch(() => undefined)) as
    { model_info?: Record<string, unknown> } | undefined;
  const length = Object.entries(shown?.model_info ?? {}).find(([key]) => key.endsWith('.context_length'))?.[1];
  return typeof length === 'number' ? Math.min(length, MOST_CONTEXT) : undefined;
}

interface Target {
  readonly host: string;
  readonly model: string;
  readonly threads: number | undefined;
}

/** `CODE_ENGINE_OLLAMA_THREADS`: how many threads the model may take. Default: what Ollama thinks best. */
function threadsOf(environment: Environment): number | undefined {
  const threads = Number(environment['CODE_ENGINE_OLLAMA_THREADS']);
  return Number.isInteger(threads) && threads > 0 ? threads : undefined;
}

const chatBody = (request: ModelRequest, { model, threads }: Target, window: number): string =>
  JSON.stringify({
    model,
    stream: true,
    format: request.schema,
    options: {
      num_ctx: window,
      num_predict: request.maxTokens,
      temperature: 0,
      // On a busy machine its threads wait for each other; one alone may be many times faster.
      ...(threads === undefined ? {} : { num_thread: threads }),
    },
    messages: [
      { role: 'system', content: request.system },
      { role: 'user', content: request.user },
    ],
  });

async function complete(
  request: ModelRequest,
  options: CompleteOptions,
  target: Target,
  most = MOST_CONTEXT,
): Promise<Result<ModelAnswer>> {
  const { host, model } = target;
  const window = contextFor(request, most);
  if (needed(request) > window)
    return err(
      failure('invalid', `The request does not fit into the ${most} tokens that ${model} takes.`, {
        next: 'Describe less at once, or use a model with a larger context.',
      }),
    );
  const body = chatBody(request, target, window);
  options.onRequest?.(body);
  const answer = await send(`${host}/api/chat`, { method: 'POST', body, signal: options.signal });
  if (!answer.ok) return answer;
  if (!answer.value.ok) return err(apiFailure(answer.value.status, await answer.value.text().catch(() => '')));
  let text = '';
  for await (const line of linesOf(answer.value, options.signal)) {
    const part = jsonIn(line) as
      | {
          message?: { content?: string };
          done?: boolean;
          done_reason?: string;
          error?: string;
          prompt_eval_count?: number;
          eval_count?: number;
        }
      | undefined;
    if (part?.error !== undefined) return err(failure('tool', 'Ollama could not answer.', { detail: part.error }));
    const piece = part?.message?.content ?? '';
    text += piece;
    if (piece !== '') options.onText?.(piece);
    if (part?.done !== true) continue;
    if (part.done_reason === 'length')
      return err(
        failure('tool', "The model's answer was cut off.", { next: 'Describe less at once, or use a larger model.' }),
      );
    return ok({
      json: jsonIn(text),
      text,
      usage: { inputTokens: part.prompt_eval_count ?? 0, outputTokens: part.eval_count ?? 0 },
    });
  }
  if (options.signal.aborted) return err(failure('cancelled', 'Planning was cancelled.'));
  return err(
    failure('tool', 'Ollama stopped in the middle of its answer.', {
      next: 'See its log; the model may not fit into memory.',
    }),
  );
}
