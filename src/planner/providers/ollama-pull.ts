/** Fetches a model through Ollama's own API, telling how far it has come. https://github.com/ollama/ollama/blob/main/docs/api.md#pull-a-model */
import { failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { apiFailure } from './claude.ts';
import { linesOf, send } from './http.ts';
import { jsonIn } from './provider.ts';

interface Progress {
  readonly status?: string;
  readonly error?: string;
  readonly digest?: string;
  readonly total?: number;
  readonly completed?: number;
}

/** @param tell is told in a few words, at most once for each per cent */
export async function pullModel(
  host: string,
  model: string,
  signal: AbortSignal,
  tell: (words: string) => void,
): Promise<Result<void>> {
  const body = JSON.stringify({ model, stream: true });
  const answer = await send(`${host}/api/pull`, { method: 'POST', body, signal });
  if (!answer.ok) return answer;
  if (!answer.value.ok) return err(apiFailure(answer.value.status, await answer.value.text().catch(() => '')));
  let said = '';
  for await (const line of linesOf(answer.value, signal)) {
    const part = jsonIn(line) as Progress | undefined;
    if (part?.error !== undefined)
      return err(
        failure('missing', `The model ${model} cannot be fetched.`, {
          next: 'Check its name in the library of Ollama, and the network.',
          detail: part.error,
        }),
      );
    if (part?.status === 'success') return ok(undefined);
    const words = wordsOf(part);
    if (words !== '' && words !== said) tell(words);
    said = words;
  }
  return err(
    signal.aborted
      ? failure('cancelled', 'Fetching the model was cancelled.')
      : failure('unreachable', `Ollama stopped while it fetched ${model}.`, {
          next: 'Try again: it goes on where it was.',
        }),
  );
}

function wordsOf(part: Progress | undefined): string {
  const { total, completed, status = '' } = part ?? {};
  if (total === undefined || total === 0) return status;
  const percent = Math.floor(((completed ?? 0) / total) * 100);
  return `${status.replace(/ [0-9a-f]{12,}$/, '')}: ${percent} % of ${Math.ceil(total / 1_048_576)} MiB`;
}
