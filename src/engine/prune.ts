/** Deleting old runs: by count, age and size; one that runs is never touched. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { failureFrom } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { layoutOf } from './place.ts';
import { isRunning, listRuns } from './client.ts';

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
  if (request.dryRun === true) return ok([...doomed]);
  for (const runId of doomed) {
    try {
      rmSync(layoutOf(workspace, runId).folder, { recursive: true, force: true });
    } catch (error) {
      return err(failureFrom(error, `delete the run ${runId}`));
    }
  }
  return ok([...doomed]);
}

function sizeOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    bytes += entry.isDirectory() ? sizeOf(path) : (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  }
  return bytes;
}
