/** Going on with a workflow that was edited since its run: what changed, and whose results stay valid. */
import { FailureError } from '../core/failure.ts';
import { planOf } from '../engine/client.ts';
import type { Plan } from '../graph/plan.ts';
import type { Io } from './io.ts';
import { loadPlan } from './load.ts';

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
  const before = planOf(workspace, runId);
  if (!before.ok) throw new FailureError(before.failure);
  const after = await loadPlan(before.value.file, io, { inputs: before.value.inputs, only: [] });
  if (after === undefined) return undefined;
  io.err.write(`${changeText(planChange(before.value, after))}\n`);
  return after;
}

export function changeText({ changed, added, gone, same }: PlanChange): string {
  const parts = [
    ...(changed.length === 0 ? [] : [`changed: ${listed(changed)}`]),
    ...(added.length === 0 ? [] : [`new: ${listed(added)}`]),
    ...(gone.length === 0 ? [] : [`gone: ${listed(gone)}`]),
  ];
  if (parts.length === 0) return 'No task of the workflow has changed since.';
  return `Since then ${parts.join('; ')}. As before: ${same.length === 0 ? 'none' : listed(same)}.`;
}

const listed = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');
