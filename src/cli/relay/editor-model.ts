/** A model of the editor (`vscode.lm`) as a provider: each question goes to the window, which asks the person for leave the first time. */
import { CancellationTokenSource, type MessageConnection } from 'vscode-jsonrpc/node';
import { errorMessage, failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { estimateTokens } from '../../planner/context/pack.ts';
import {
  jsonIn,
  type CompleteOptions,
  type ModelAnswer,
  type ModelRequest,
  type Provider,
} from '../../planner/providers/provider.ts';
import { readFailure } from '../../run/protocol.ts';
import { MODEL_ASK, readModelReply } from '../../run/window-requests.ts';

/** @param model the id that the window gave it */
export function editorModel(connection: MessageConnection, model: string): Provider {
  return {
    id: 'editor',
    model,
    capabilities: { schema: false, streaming: false, local: false },
    health: () => Promise.resolve(ok(model)),
    countTokens: estimateTokens,
    complete: (request, options) => ask(connection, model, request, options),
  };
}

async function ask(
  connection: MessageConnection,
  model: string,
  request: ModelRequest,
  options: CompleteOptions,
): Promise<Result<ModelAnswer>> {
  const { signal } = options;
  const { system, user, schema, maxTokens } = request;
  const question = { model, system, user, schema, maxTokens };
  options.onRequest?.(JSON.stringify(question));
  // The window is told: a model that nobody waits for any more would cost the person who asked.
  const source = new CancellationTokenSource();
  const cancel = (): void => source.cancel();
  if (signal.aborted) cancel();
  else signal.addEventListener('abort', cancel, { once: true });
  const given = new Promise<never>((_resolve, reject) =>
    source.token.onCancellationRequested(() => reject(new Error('cancelled'))),
  );
  try {
    const asked = connection.sendRequest<unknown>(MODEL_ASK, question, source.token);
    const reply = readModelReply(await Promise.race([asked, given]));
    if (!reply.ok)
      return err(failure('tool', `The editor's model gave an answer that makes no sense (${reply.failure}).`));
    const { text, inputTokens, outputTokens } = reply.value;
    return ok({ json: jsonIn(text), text, usage: { inputTokens, outputTokens } });
  } catch (error) {
    if (signal.aborted) return err(failure('cancelled', 'Given up.'));
    const data = typeof error === 'object' && error !== null && 'data' in error ? error.data : undefined;
    const detail = errorMessage(error);
    return err(readFailure(data) ?? failure('unreachable', "The editor's model did not answer.", { detail }));
  } finally {
    signal.removeEventListener('abort', cancel);
    source.dispose();
  }
}
