/** Deleting old runs: by count, age and size; one that runs is never touched. */
import { lstatSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { failureFrom } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { identityOf, isAlive } from '../platform/processes.ts';
import { claimRun } from './claim.ts';
import { isRunning, listRuns } from './client.ts';
import { layoutOf, runsFolder } from './place.ts';

export interface PruneRequest {
  /** So many of the newest stay. */
  readonly keep?: number;
  /** Only what began longer ago. */
  readonly olderThanMs?: number;
  /** The oldest go until the rest is no larger. */
  readonly maxBytes?: number;
  readonly dryRun?: boolean;
}

/** @returns the ids of the runs that went (or would), the oldest last */
export function pruneRuns(workspace: string, request: PruneRequest, now = Date.now()): Result<string[]> {
  const runs = listRuns(workspace);
  const doomed = new Set<string>();
  let kept = 0;
  let bytes = 0;
  for (const { runId, startedAt, status } of runs) {
    if (status === 'running' || isRunning(workspace, runId)) continue;
    const tooMany = request.keep !== undefined && kept >= request.keep;
    const tooOld = request.olderThanMs !== undefined && now - Date.parse(startedAt) > request.olderThanMs;
    const size = request.maxBytes === undefined ? 0 : sizeOf(layoutOf(workspace, runId).folder);
    const tooLarge = request.maxBytes !== undefined && bytes + size > request.maxBytes;
    if (tooMany || tooOld || tooLarge) doomed.add(runId);
    else {
      kept++;
      bytes += size;
    }
  }
  if (request.dryRun === true || doomed.size === 0) return ok([...doomed]);
  sweep(runsFolder(workspace));
  const gone: string[] = [];
  for (const runId of doomed) {
    const removed = remove(workspace, runId);
    if (!removed.ok) return removed;
    if (removed.value) gone.push(runId);
  }
  return ok(gone);
}

const GOING = '.going-';

/**
 * Takes the run for this process first, as a supervisor would, so that none can begin on it; then puts its folder out of the way in one
 * step, so that nobody ever sees half of a run.
 * @returns false where a supervisor was quicker
 */
function remove(workspace: string, runId: string): Result<boolean> {
  const layout = layoutOf(workspace, runId);
  const claimed = claimRun(layout, identityOf(process.pid), isAlive);
  if (!claimed.ok) return claimed.failure.kind === 'conflict' ? ok(false) : claimed;
  const away = join(layout.folder, '..', `${GOING}${runId}`);
  try {
    renameSync(layout.folder, away);
    rmSync(away, { recursive: true, force: true });
    return ok(true);
  } catch (error) {
    return err(failureFrom(error, `delete the run ${runId}`));
  }
}

/** What an earlier deletion that was interrupted left. */
function sweep(runs: string): void {
  for (const name of readdirSync(runs)) {
    if (name.startsWith(GOING)) rmSync(join(runs, name), { recursive: true, force: true });
  }
}

/** What it takes on the disk: a log that reached its limit has a hole, which takes nothing. Links count as themselves. */
function sizeOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      bytes += sizeOf(path);
      continue;
    }
    const stat = lstatSync(path, { throwIfNoEntry: false });
    bytes += stat === undefined ? 0 : Math.min(stat.size, stat.blocks * 512);
  }
  return bytes;
}
