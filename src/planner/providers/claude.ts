/** Claude by Anthropic's own SDK: structured output, a cached prefix, streaming. */
import { failure, type Failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { estimateTokens } from '../context/pack.ts';
import {
  jsonIn,
  type CompleteOptions,
  type Environment,
  type ModelAnswer,
  type ModelRequest,
  type Provider,
} from './provider.ts';

/** Aliases that people use, and what they stand for today. */
const ALIASES: Readonly<Record<string, string>> = {
  sonnet: 'claude-sonnet-5-5',
  opus: 'claude-opus-5-5',
  haiku: 'claude-haiku-5-5',
};

const KEY_HELP = 'Set ANTHROPIC_API_KEY, or use --provider ollama or --provider catalog.';

export function claude(environment: Environment, model = 'sonnet'): Provider {
  const id = ALIASES[model] ?? model;
  return {
    id: 'claude',
    model: id,
    capabilities: { schema: true, streaming: true, local: false },
    health: () =>
      Promise.resolve(
        environment['ANTHROPIC_API_KEY'] === undefined && environment['ANTHROPIC_AUTH_TOKEN'] === undefined
          ? err(failure('missing', 'There is no key for Claude.', { next: KEY_HELP }))
          : ok(id),
      ),
    countTokens: estimateTokens,
    complete: (request, options) => complete(request, options, id, environment),
  };
}

async function complete(
  request: ModelRequest,
  options: CompleteOptions,
  model: string,
  environment: Environment,
): Promise<Result<ModelAnswer>> {
  const { default: Anthropic, APIError, APIConnectionError, APIUserAbortError } = await import('@anthropic-ai/sdk');
  const client = new Anthropic({
    apiKey: environment['ANTHROPIC_API_KEY'] ?? null,
    authToken: environment['ANTHROPIC_AUTH_TOKEN'] ?? null,
    baseURL: environment['ANTHROPIC_BASE_URL'] ?? null,
    maxRetries: 2,
    timeout: 120_000,
  });
  const body = {
    model,
    max_tokens: request.maxTokens,
    system: [{ type: 'text' as const, text: request.system, cache_control: { type: 'ephemeral' as const } }],
    messages: [{ role: 'user' as const, content: request.user }],
    output_config: { format: { type: 'json_schema' as const, schema: request.schema as { [key: string]: unknown } } },
  };
  options.onRequest?.(JSON.stringify(body));
  try {
    const stream = client.messages.stream(body, { signal: options.signal });
    if (options.onText !== undefined) stream.on('text', (text) => options.onText?.(text));
    const message = await stream.finalMessage();
    const text = message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
    const stopped = stopFailure(message.stop_reason);
    if (stopped !== undefined) return err(stopped);
    const { usage } = message;
    return ok({
      json: jsonIn(text),
      text,
      usage: {
        inputTokens:
          usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0),
        outputTokens: usage.output_tokens,
        cachedTokens: usage.cache_read_input_tokens ?? 0,
      },
    });
  } catch (error) {
    if (options.signal.aborted || error instanceof APIUserAbortError)
      return err(failure('cancelled', 'Planning was cancelled.'));
    if (error instanceof APIConnectionError)
      return err(
        failure('unreachable', 'Claude cannot be reached.', {
          next: 'Check the network, or use --provider catalog.',
          detail: error.message,
        }),
      );
    if (error instanceof APIError) return err(apiFailure(error.status as number | undefined, error.message));
    return err(
      failure('tool', 'Claude gave no usable answer.', {
        detail: error instanceof Error ? error.message : String(error),
      }),
    );
  }
}

function stopFailure(reason: string | null): Failure | undefined {
  if (reason === 'refusal')
    return failure('tool', 'Claude refused to plan this.', { next: 'Say it another way, or use --provider catalog.' });
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded')
    return failure('tool', "Claude's answer was cut off.", { next: 'Describe less at once.' });
  return undefined;
}

/** @param status of the HTTP answer; nothing where it came inside a stream */
export function apiFailure(status: number | undefined, message: string): Failure {
  if (status === 401 || status === 403)
    return failure('denied', 'The key for the model was not accepted.', { next: KEY_HELP, detail: message });
  if (status === 429)
    return failure('unreachable', 'The model answers too many requests at the moment (429).', {
      next: 'Wait a little and try again, or use --provider catalog.',
      detail: message,
    });
  if (status === 529 || status === 503 || /overloaded/i.test(message))
    return failure('unreachable', 'The model is overloaded (529).', {
      next: 'Wait a little and try again, or use --provider catalog.',
      detail: message,
    });
  if (status === 404)
    return failure('missing', 'The model is not known there.', {
      next: 'Name another one with --model.',
      detail: message,
    });
  return failure('tool', `The model answered with an error${status === undefined ? '' : ` (${status})`}.`, {
    detail: message,
  });
}
