/** The answer to "why is this not running?", derived from a run's state. */
import type { RunState, TaskState } from './state.ts';
import { endedWell } from './state.ts';
import type { Waiting } from './events.ts';

export type WaitReason =
  | Waiting
  /** The stage before has tasks left (or, for `finally`, all stages); `stage` is the one waited for. */
  | { readonly kind: 'stage'; readonly stage: string; readonly left: number }
  | { readonly kind: 'dependency'; readonly tasks: readonly string[] }
  /** Everything is ready except for a free slot in its pool. */
  | { readonly kind: 'pool' };

/** @returns what the task waits for, or `undefined` where it runs, has ended, or is not in the run */
export function whyWaiting(state: RunState, name: string): WaitReason | undefined {
  const task = state.tasks.get(name);
  if (task === undefined || state.status !== 'running') return undefined;
  if (task.status === 'awaiting_approval') return task.waiting;
  if (task.status === 'queued') return task.waiting ?? { kind: 'pool' };
  if (task.status !== 'pending') return undefined;
  // The stage comes first: while it is shut, who in it waits for whom is no news.
  const stage = task.summary.ignoresBarrier === true ? undefined : blockingStage(state, task);
  if (stage !== undefined) return stage;
  return { kind: 'dependency', tasks: task.summary.dependsOn.filter((need) => isUnmet(state, need)) };
}

function isUnmet(state: RunState, name: string): boolean {
  const task = state.tasks.get(name);
  return task !== undefined && !endedWell(task);
}

function blockingStage(state: RunState, task: TaskState): WaitReason | undefined {
  const at = state.stages.findIndex((stage) => stage.name === task.summary.stage);
  const own = state.stages[at];
  if (own === undefined || own.open) return undefined;
  const before = state.stages.slice(0, at);
  const blocking = before.findLast((stage) => stage.left > 0 || stage.broken) ?? before.at(-1);
  if (blocking === undefined) return undefined;
  const left = task.summary.stage === 'finally' ? before.reduce((sum, stage) => sum + stage.left, 0) : blocking.left;
  return { kind: 'stage', stage: blocking.name, left };
}
