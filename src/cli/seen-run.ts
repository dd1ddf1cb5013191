/** A run that there is something to tell of. */
import { failure, FailureError, must } from '../core/failure.ts';
import { readRun } from '../engine/client.ts';
import { layoutOf } from '../engine/place.ts';
import type { RunEvent } from '../run/events.ts';

interface SeenRun {
  readonly events: RunEvent[];
  readonly alive: boolean;
  /** Lines of the journal that cannot be read. */
  readonly damaged: readonly number[];
}

/** Throws a `FailureError` where the journal is missing or holds nothing: an empty picture would look like a run. */
export function seenRun(workspace: string, runId: string): SeenRun {
  const read = must(readRun(workspace, runId));
  if (read.events.length > 0 || read.alive) return read;
  const { folder } = layoutOf(workspace, runId);
  throw new FailureError(
    failure('io', `The journal of the run ${runId} holds nothing that can be read: it never began, or was damaged.`, {
      next: `Start it again: code-engine runs resume ${runId}. Or delete its folder: ${folder}`,
    }),
  );
}
