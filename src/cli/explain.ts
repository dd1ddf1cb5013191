/** Why the failed tasks of a run failed: what the journal and the logs know, held against known failures. */
import { failure, FailureError, must } from '../core/failure.ts';
import { readRun } from '../engine/client.ts';
import { explainTask } from '../explain/explain.ts';
import type { Explanation, FailedTask } from '../explain/rule.ts';
import { layoutOf } from '../engine/place.ts';
import { interrupted, reduceAll, type TaskState } from '../run/reduce.ts';
import { LogFiles } from './logs.ts';
import { meantAmong } from './meant.ts';
import { printable } from './render/style.ts';
import { isFailure } from './render/summary.ts';

const LINES = 200;
const LONGEST_LINE = 2000;

/** What is known of a task that ended badly; its log without control codes. */
export function failedTaskOf(task: TaskState, logs: LogFiles): FailedTask {
  const attempt = task.attempts.at(-1)?.attempt ?? task.attempt;
  const tail = (stream: 'stdout' | 'stderr'): string[] =>
    logs
      .tail({ task: task.summary.task, attempt, stream }, LINES)
      .map((line) => printable(line).slice(0, LONGEST_LINE));
  return {
    task: task.summary.task,
    type: task.summary.type,
    status: task.status,
    ...(task.exitCode === undefined ? {} : { exitCode: task.exitCode }),
    ...(task.signal === undefined ? {} : { signal: task.signal }),
    ...(task.reason === undefined ? {} : { reason: task.reason }),
    ...(task.next === undefined ? {} : { next: task.next }),
    // Errors go to standard error, mostly: it comes last, which is where the rules look first.
    lines: [...tail('stdout'), ...tail('stderr')],
  };
}

/**
 * @param task only this one; every failed task where it is left out
 * @throws FailureError where there is no such run or task, or the task did not fail
 */
export function failedTasks(workspace: string, runId: string, task?: string): FailedTask[] {
  const read = must(readRun(workspace, runId));
  const folded = reduceAll(read.events);
  const all = [...(read.alive ? folded : interrupted(folded)).tasks.values()];
  const named = task === undefined ? undefined : all.find((t) => t.summary.task === task);
  if (task !== undefined && named === undefined)
    throw new FailureError(
      failure('usage', `Run ${runId} has no task ${task}.`, {
        next: meantAmong(
          task,
          all.map((t) => t.summary.task),
        ),
      }),
    );
  if (named !== undefined && !isFailure(named))
    throw new FailureError(
      failure('usage', `${named.summary.task} did not fail: it is ${named.status.replace('_', ' ')}.`, {
        next: 'Without a task, all that failed are explained.',
      }),
    );
  const logs = new LogFiles(layoutOf(workspace, runId));
  try {
    return (named === undefined ? all.filter(isFailure) : [named]).map((one) => ({
      runId,
      ...failedTaskOf(one, logs),
    }));
  } finally {
    logs.close();
  }
}

/** By rules alone: no model is asked and nothing leaves this machine. */
export const explainRun = (workspace: string, runId: string, task?: string): Explanation[] =>
  failedTasks(workspace, runId, task).map((one) => explainTask(one));
