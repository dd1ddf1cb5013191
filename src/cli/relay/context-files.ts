/** `init` for a window: what it would write, and writing those of it that a person accepted. What is accepted is what was shown. */
import { failure, FailureError, must } from '../../core/failure.ts';
import { initChanges, type FileChange } from '../../claude/init.ts';
import { currentText, writeInside } from '../../planner/files.ts';
import type { Params, Results } from '../../run/protocol.ts';
import { analyseWorkspace } from '../commands/init.ts';

const changesOf = (workspace: string): FileChange[] =>
  initChanges(analyseWorkspace(workspace), (file) => currentText(workspace, file), { settings: false });

export function initForWindow(workspace: string): Results['init/plan'] {
  return {
    files: changesOf(workspace).map(({ path, action, before, after, why }) => ({
      path,
      action,
      text: after,
      ...(before === undefined ? {} : { before }),
      ...(why === undefined ? {} : { why }),
    })),
  };
}

/** Only files that init itself would write, with the text that it would write. */
export function writeInit({ workspace, files }: Params<'init/write'>): void {
  const now = new Map(changesOf(workspace).map((change) => [change.path, change]));
  for (const { path, text } of files) {
    if (now.get(path)?.after !== text)
      throw new FailureError(
        failure('conflict', `${path} changed since it was shown; nothing more was written.`, {
          next: 'Look at the difference again.',
        }),
      );
  }
  for (const { path, text } of files) must(writeInside(workspace, path, text));
}
