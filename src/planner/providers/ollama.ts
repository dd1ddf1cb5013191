/** Ollama by its own chat API: the schema as `format`, the context window set from a count. https://github.com/ollama/ollama/blob/main/docs/api.md */
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

const MOST_CONTEXT = 32_768;

/** The window for a request: what it holds plus the answer, in steps, so that the model is not loaded anew for each. */
export function contextFor(request: ModelRequest): number {
  const needed = estimateTokens(request.system) + estimateTokens(request.user) + request.maxTokens + 256;
  return Math.min(MOST_CONTEXT, Math.ceil(needed / 4096) * 4096);
}

export function hostOf(environment: Environment): string {
  const host = environment['OLLAMA_HOST'] ?? '127.0.0.1:11434';
  return (/^https?:\/\//.test(host) ? host : `http://${host}`).replace(/\/$/, '').replace('//0.0.0.0', '//127.0.0.1');
}

export function ollama(environment: Environment, model?: string): Provider {
  const host = hostOf(environment);
  const name = model ?? environment['CODE_ENGINE_OLLAMA_MODEL'] ?? 'qwen2.5-coder:7b';
  return {
    id: 'ollama',
    model: name,
    capabilities: { schema: true, streaming: true, local: /127\.0\.0\.1|localhost/.test(host) },
    health: (signal) => health(host, name, signal),
    countTokens: estimateTokens,
    complete: (request, options) => complete(request, options, host, name),
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
      next: `Get it with \`ollama pull ${model}\`${names.length === 0 ? '' : `, or use --model with one of ${names.slice(0, 5).join(', ')}`}.`,
    }),
  );
}

async function complete(
  request: ModelRequest,
  options: CompleteOptions,
  host: string,
  model: string,
): Promise<Result<ModelAnswer>> {
  const window = contextFor(request);
  if (estimateTokens(request.system) + estimateTokens(request.user) + request.maxTokens > window)
    return err(
      failure('invalid', `The request does not fit into ${MOST_CONTEXT} tokens.`, { next: 'Describe less at once.' }),
    );
  const body = JSON.stringify({
    model,
    stream: true,
    format: request.schema,
    options: { num_ctx: window, num_predict: request.maxTokens, temperature: 0 },
    messages: [
      { role: 'system', content: request.system },
      { role: 'user', content: request.user },
    ],
  });
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
