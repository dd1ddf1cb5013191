/** Which run a person means: by its whole id, the beginning of one, or `last`. */
import { existsSync, readdirSync } from 'node:fs';
import { errnoOf, failure, failureFrom, must } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { isRunId } from '../run/layout.ts';
import { layoutOf, runsFolder } from '../engine/place.ts';
import type { Io } from './io.ts';
import { findWorkspace } from './workspace.ts';

/** @param text an id, the unique beginning or end of one, or `last` (also when left out) */
export function resolveRun(workspace: string, text: string | undefined): Result<string> {
  const folder = runsFolder(workspace);
  let ids: string[];
  try {
    ids = readdirSync(folder).filter(isRunId).sort();
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') return err(failureFrom(error, `read the runs in ${folder}`));
    ids = [];
  }
  // A run that could not be begun (a full disk) leaves a folder without a journal.
  const last = ids.findLast((id) => existsSync(layoutOf(workspace, id).journal));
  if (last === undefined)
    return err(failure('usage', `There are no runs in ${folder}.`, { next: 'Start one: code-engine run FILE' }));
  if (text === undefined || text === 'last') return ok(last);
  const exact = ids.filter((id) => id === text);
  const found = exact.length > 0 ? exact : ids.filter((id) => id.startsWith(text) || id.endsWith(text));
  const [only] = found;
  if (only === undefined) {
    return err(
      failure('usage', `There is no run ${text} in ${folder}.`, { next: 'See what there is: code-engine runs list' }),
    );
  }
  if (found.length > 1) {
    const shown = found.slice(-5).join(', ');
    return err(
      failure('usage', `${text} is the beginning of ${found.length} runs: ${shown}.`, {
        next: 'Type a few more characters.',
      }),
    );
  }
  return ok(only);
}

/** The workspace here and the run that is meant. Throws a `FailureError` where there is none: `runAction` reports it. */
export function runMeant(io: Io, text: string | undefined): { workspace: string; runId: string } {
  const workspace = findWorkspace(io.cwd);
  return { workspace, runId: must(resolveRun(workspace, text)) };
}
