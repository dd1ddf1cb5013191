/** Sentences about a run that more than one view says. */
import { t } from '../core/words.ts';
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
      return t('waits for {0}', reason.stage);
    case 'dependency':
      return reason.tasks.length === 1
        ? t('after {0}', reason.tasks[0] ?? '')
        : t('after {0} tasks', reason.tasks.length);
    case 'pool':
      return t('waits for a free place');
    case 'lock':
      return t('lock {0}, place {1} in line', reason.lock, reason.position);
    case 'retry':
      return t('try {0} in {1}', reason.attempt, formatDuration(Math.max(0, reason.untilMs - now)));
    case 'approval':
      return t('waits for you');
    default:
      return unreachable(reason);
  }
}

/** The same in full, for a tooltip or the panel beside the log. */
export function waitingSentence(reason: WaitReason, now: number): string {
  switch (reason.kind) {
    case 'stage':
      return reason.left === 1
        ? t('Stage {0}: 1 task has not ended.', reason.stage)
        : t('Stage {0}: {1} tasks have not ended.', reason.stage, reason.left);
    case 'dependency':
      return listed(reason.tasks, 5);
    case 'pool':
      return t('A free place: as many tasks run as the limits allow.');
    case 'lock':
      return t('Lock {0}, held by {1}; place {2} in line.', reason.lock, reason.holder, reason.position);
    case 'retry':
      return t('Try {0} begins in {1}.', reason.attempt, formatDuration(Math.max(0, reason.untilMs - now)));
    case 'approval':
      return reason.message;
    default:
      return unreachable(reason);
  }
}

/** Names as far as there is room for them: `a, b and 7 more`. */
export const listed = (names: readonly string[], most: number): string =>
  names.length > most ? t('{0} and {1} more', names.slice(0, most).join(', '), names.length - most) : names.join(', ');

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
      return lookOf(task.status).label;
    case 'skipped':
      return task.reason ?? lookOf(task.status).label;
    case 'running':
    case 'succeeded':
    case 'failed':
    case 'timed_out':
    case 'cancelled':
    case 'interrupted':
      // What never began took no time: its status says all.
      if (duration !== undefined && task.attempt > 0) parts.push(formatDuration(duration));
      if (task.attempts.length > 1) parts.push(t('try {0}', task.attempt));
      if (task.allowedToFail && task.status !== 'succeeded') parts.push(t('allowed'));
      if (task.status === 'timed_out') parts.push(t('timed out'));
      if (task.rolledBack) parts.push(task.rolledBack.ok ? t('rolled back') : t('rollback failed'));
      return parts.join(' · ') || lookOf(task.status).label;
    default:
      return unreachable(task.status);
  }
}

/** `running · stage 3 of 4`, `failed`, `waits for you`. */
export function runPhrase(state: RunState): string {
  const label = lookOfRun(state.status).label;
  if (state.status !== 'running') return label;
  if (state.cancelling) return state.cancelling.force ? t('ending by force') : t('cancelling');
  if (state.counts.awaiting_approval > 0 && state.counts.running === 0) return t('waits for you');
  const at = state.stages.findIndex((stage) => stage.left > 0);
  return at < 0 ? label : t('{0} · stage {1} of {2}', label, at + 1, state.stages.length);
}

/** `2 m 06 s` of a run that ended, or until now. */
export function runDuration(state: RunState, now: number): number | undefined {
  if (state.durationMs !== undefined) return state.durationMs;
  return state.startedAt === undefined ? undefined : Math.max(0, (state.finishedAt ?? now) - state.startedAt);
}
