/** Why tasks failed, for a window: by known failures, and by a model only where the person asked for one. */
import type { MessageConnection } from 'vscode-jsonrpc/node';
import { must } from '../../core/failure.ts';
import type { TaskExplanation } from '../../run/answers.ts';
import type { Params } from '../../run/protocol.ts';
import { chooseProvider } from '../choose-provider.ts';
import { withModel } from '../commands/runs-explain.ts';
import { explainRun, failedTasks } from '../explain.ts';
import type { Io } from '../io.ts';
import { withKeys } from './deployment.ts';
import { editorModel } from './editor-model.ts';

export async function explainForWindow(
  { workspace, runId, task, provider: name, model, keys, editorModel: editor }: Params<'explain'>,
  io: Io,
  connection: MessageConnection,
  signal: AbortSignal,
): Promise<readonly TaskExplanation[]> {
  const known = explainRun(workspace, runId, task);
  if (name === undefined) return known;
  const ours = { ...io, cwd: workspace, env: withKeys(io.env, keys) };
  const asked = editor === undefined ? undefined : editorModel(connection, editor);
  const { provider } = must(await chooseProvider(name, model, ours, asked));
  if (provider === undefined) return known;
  const words: TaskExplanation[] = [];
  for (const one of failedTasks(workspace, runId, task))
    words.push(
      await withModel(
        one,
        known.find((k) => k.task === one.task),
        provider,
        signal,
      ),
    );
  return words;
}
