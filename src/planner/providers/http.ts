/** The little that is needed of HTTP: a request that fails as a failure, and lines of a stream. */
import { failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';

export interface Sent {
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export async function send(url: string, { method = 'GET', body, headers, signal }: Sent): Promise<Result<Response>> {
  try {
    return ok(
      await fetch(url, {
        method,
        signal,
        ...(body === undefined ? {} : { body }),
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      }),
    );
  } catch (error) {
    if (signal.aborted) return err(failure('cancelled', 'Planning was cancelled.'));
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return err(
      failure('unreachable', `${new URL(url).origin} cannot be reached.`, {
        next: 'Check that it runs, or use --provider catalog.',
        detail: cause,
      }),
    );
  }
}

/** Lines as they come in; the end of the signal ends them. */
export async function* linesOf(response: Response, signal: AbortSignal): AsyncGenerator<string> {
  if (response.body === null) return;
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      rest += decoder.decode(chunk, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') yield line;
    }
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof TypeError)) throw error; // a connection that broke off ends the lines; the caller sees no end mark
    return;
  }
  if (rest.trim() !== '') yield rest;
}
