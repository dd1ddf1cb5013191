/** Where a workspace's runs lie: in its `.code/runs`, or on the Linux side where it is on a drive of Windows (`platform/data-folder.ts`). */
import { existsSync } from 'node:fs';
import { ok, type Result } from '../core/result.ts';
import { dataFolder } from '../platform/data-folder.ts';
import { makeFolder, makePrivateFolder, makeRealFolder, writeAtomically } from '../platform/files.ts';
import { ELSEWHERE, layoutIn, runsIn, type RunLayout } from '../run/layout.ts';

/** @param workspace absolute */
export const runsFolder = (workspace: string): string => runsIn(dataFolder(workspace));

export const layoutOf = (workspace: string, runId: string): RunLayout => layoutIn(dataFolder(workspace), runId);

/** Whether the workspace's runs do not lie in it. */
export const isElsewhere = (workspace: string): boolean => dataFolder(workspace) !== `${workspace}/.code`;

/** The word in a workspace whose runs lie elsewhere; not there before its first run. */
const wordOf = (workspace: string): string => `${workspace}/.code/runs/${ELSEWHERE}`;

/** Where the runs will lie, where that is not in the workspace and nobody was told so far. */
export const toBeTold = (workspace: string): string | undefined =>
  isElsewhere(workspace) && !existsSync(wordOf(workspace)) ? dataFolder(workspace) : undefined;

/**
 * Makes the folder of all runs. `.code` itself is an ordinary folder of the workspace; below it, runs are private. A link in the place
 * of either is refused: a workspace may come from anybody.
 */
export function makeRunsFolder(workspace: string): Result<void> {
  const data = dataFolder(workspace);
  const made = isElsewhere(workspace) ? makePrivateFolder(data) : makeRealFolder(data);
  if (!made.ok) return made;
  const runs = makePrivateFolder(runsIn(data));
  if (runs.ok && isElsewhere(workspace)) leaveWord(workspace, data);
  return runs;
}

/** Makes `.code/state` in the workspace itself, or a folder in it, for what is written for a person to read. Links are refused as above. */
export function makeStateFolder(workspace: string, ...below: readonly string[]): Result<string> {
  let folder = `${workspace}/.code`;
  const made = makeRealFolder(folder);
  if (!made.ok) return made;
  for (const name of ['state', ...below]) {
    folder = `${folder}/${name}`;
    const next = makePrivateFolder(folder);
    if (!next.ok) return next;
  }
  return ok(folder);
}

/** In the workspace, for people who look there and for the editor, which looks whether there were runs; and beside the runs, whose they are. */
function leaveWord(workspace: string, data: string): void {
  const word = wordOf(workspace);
  if (existsSync(word)) return;
  const why =
    'This folder is on a drive of Windows, which is slow from Linux, so its runs are kept on the Linux side:\n';
  // A drive that may not be written keeps no word; the runs are found without it.
  writeAtomically(`${data}/workspace.txt`, `${workspace}\n`);
  if (makeFolder(`${workspace}/.code/runs`).ok) writeAtomically(word, `${why}${data}\n`, 0o644);
}
