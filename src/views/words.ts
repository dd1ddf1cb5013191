/** Sentences about a run that more than one view says. */
import { formatDuration } from '../core/duration.ts';
import { unreachable } from '../core/result.ts';
import type { RunState, TaskState } from '../run/state.ts';
import { isOutcome } from '../run/state.ts';
import { whyWaiting, type WaitReason } from '../run/waiting.ts';
import { lookOf, lookOfRun } from './status.ts';

/** Why a task waits, short enough for a row: `waits for stage_3`. */
export function waitingPhrase(reason: WaitReason, now: number): string {
  switch (reason.kind) {
    case 'stage':
      return `waits for ${reason.stage}`;
    case 'dependency':
      return reason.tasks.length === 1 ? `after ${reason.tasks[0] ?? ''}` : `after ${reason.tasks.length} tasks`;
    case 'pool':
      return 'waits for a free place';
    case 'lock':
      return `lock ${reason.lock}, ${ordinal(reason.position)} in line`;
    case 'retry':
      return `try ${reason.attempt} in ${formatDuration(Math.max(0, reason.untilMs - now))}`;
    case 'approval':
      return 'waits for you';
    default:
      return unreachable(reason);
  }
}

/** The same in full, for a tooltip or the panel beside the log. */
export function waitingSentence(reason: WaitReason, now: number): string {
  switch (reason.kind) {
    case 'stage':
      return `Stage ${reason.stage}: ${reason.left} ${reason.left === 1 ? 'task has' : 'tasks have'} not ended.`;
    case 'dependency':
      return `${reason.tasks.slice(0, 5).join(', ')}${reason.tasks.length > 5 ? ` and ${reason.tasks.length - 5} more` : ''}`;
    case 'pool':
      return 'A free place: as many tasks run as the limits allow.';
    case 'lock':
      return `Lock ${reason.lock}, held by ${reason.holder}; ${ordinal(reason.position)} in line.`;
    case 'retry':
      return `Try ${reason.attempt} begins in ${formatDuration(Math.max(0, reason.untilMs - now))}.`;
    case 'approval':
      return reason.message;
    default:
      return unreachable(reason);
  }
}

export function ordinal(n: number): string {
  const ten = n % 100;
  const suffix = ten >= 11 && ten <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${suffix}`;
}

/** How long a task took, or takes until now; over all its attempts. `undefined` before it began. */
export function durationOf(task: TaskState, now: number): number | undefined {
  if (task.durationMs !== undefined && task.attempts.length <= 1) return task.durationMs;
  const start = task.attempts[0]?.startedAt ?? task.startedAt;
  if (start === undefined) return task.durationMs;
  if (task.finishedAt !== undefined) return Math.max(0, task.finishedAt - start);
  return isOutcome(task.status) ? task.durationMs : Math.max(0, now - start);
}

/** The words at the right of a task's row: its duration and what is special about it, or why it waits. */
export function taskNote(state: RunState, task: TaskState, now: number): string {
  const parts: string[] = [];
  const duration = durationOf(task, now);
  switch (task.status) {
    case 'pending':
    case 'queued':
    case 'awaiting_approval': {
      const why = whyWaiting(state, task.summary.task);
      return why ? waitingPhrase(why, now) : lookOf(task.status).label;
    }
    case 'cached':
      return 'cached';
    case 'skipped':
      return task.reason ?? 'skipped';
    case 'running':
    case 'succeeded':
    case 'failed':
    case 'timed_out':
    case 'cancelled':
    case 'interrupted':
      if (duration !== undefined) parts.push(formatDuration(duration));
      if (task.attempts.length > 1) parts.push(`try ${task.attempt}`);
      if (task.allowedToFail && task.status !== 'succeeded') parts.push('allowed');
      if (task.status === 'timed_out') parts.push('timed out');
      if (task.rolledBack) parts.push(task.rolledBack.ok ? 'rolled back' : 'rollback failed');
      return parts.join(' · ') || lookOf(task.status).label;
    default:
      return unreachable(task.status);
  }
}

/** `running · stage 3 of 4`, `failed`, `waits for you`. */
export function runPhrase(state: RunState): string {
  const label = lookOfRun(state.status).label;
  if (state.status !== 'running') return label;
  if (state.cancelling) return state.cancelling.force ? 'ending by force' : 'cancelling';
  if (state.counts.awaiting_approval > 0 && state.counts.running === 0) return 'waits for you';
  const at = state.stages.findIndex((stage) => stage.left > 0);
  return at < 0 ? label : `${label} · stage ${at + 1} of ${state.stages.length}`;
}

/** `2 m 06 s` of a run that ended, or until now. */
export function runDuration(state: RunState, now: number): number | undefined {
  if (state.durationMs !== undefined) return state.durationMs;
  return state.startedAt === undefined ? undefined : Math.max(0, (state.finishedAt ?? now) - state.startedAt);
}
