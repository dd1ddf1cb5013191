/** Going on with a workflow that was edited since its run: what changed, and whose results stay valid. */
import { must } from '../core/failure.ts';
import { planOf } from '../engine/client.ts';
import type { Plan } from '../graph/plan.ts';
import { listed } from '../views/words.ts';
import type { Io } from './io.ts';
import { loadPlan } from './load.ts';

/** Tasks that are named; of more there is the number. */
const MOST_NAMED = 8;

export interface PlanChange {
  readonly changed: readonly string[];
  readonly added: readonly string[];
  readonly gone: readonly string[];
  /** Equal in all that decides what they do, so their results stay. */
  readonly same: readonly string[];
}

/** By the hashes of the tasks, which cover type, parameters, environment, folder and condition. */
export function planChange(before: Plan, after: Plan): PlanChange {
  const known = new Map(before.tasks.map(({ id, hash }) => [id, hash]));
  const kept = new Set(after.tasks.map(({ id }) => id));
  const idsWhere = (holds: (id: string, hash: string) => boolean): string[] =>
    after.tasks.filter(({ id, hash }) => holds(id, hash)).map(({ id }) => id);
  return {
    changed: idsWhere((id, hash) => known.has(id) && known.get(id) !== hash),
    added: idsWhere((id) => !known.has(id)),
    gone: before.tasks.map(({ id }) => id).filter((id) => !kept.has(id)),
    same: idsWhere((id, hash) => known.get(id) === hash),
  };
}

/** The plan of the run's workflow file as it is now, with the inputs of the run; says what is different. */
export async function editedPlan(workspace: string, runId: string, io: Io): Promise<Plan | undefined> {
  const before = must(planOf(workspace, runId));
  const after = await loadPlan(before.file, io, { inputs: before.inputs, only: [] });
  if (after === undefined) return undefined;
  io.err.write(`${changeText(planChange(before, after))}\n`);
  return after;
}

export function changeText({ changed, added, gone, same }: PlanChange): string {
  const parts = [
    ...(changed.length === 0 ? [] : [`changed: ${listed(changed, MOST_NAMED)}`]),
    ...(added.length === 0 ? [] : [`new: ${listed(added, MOST_NAMED)}`]),
    ...(gone.length === 0 ? [] : [`gone: ${listed(gone, MOST_NAMED)}`]),
  ];
  if (parts.length === 0) return 'No task of the workflow has changed since.';
  return `Since then ${parts.join('; ')}. As before: ${same.length === 0 ? 'none' : listed(same, MOST_NAMED)}.`;
}
