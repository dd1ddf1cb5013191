/** Undoing what a run did: the tasks that succeeded, the last one first, each by the workflow's own `rollback` or by its type's. */
import type { PlannedTask } from '../graph/plan.ts';
import { topologicalOrder } from '../graph/shape.ts';
import { type AttemptRequest } from './attempt-request.ts';
import { runHosted, watch } from './attempt.ts';
import { startCommand } from './command.ts';
import type { Run } from './run.ts';
import { attemptRequest } from './task-life.ts';

/** Goes on after a failure: the more is undone the better, and each failure is told. @returns how many were undone, and how many could not be */
export async function rollBack(run: Run): Promise<{ readonly undone: number; readonly failed: number }> {
  const { plan, values } = run.setup;
  let undone = 0;
  let failed = 0;
  for (const index of topologicalOrder(run.board.shape).reverse()) {
    const task = plan.tasks[index];
    if (task === undefined || run.board.outcomes[index] !== 'succeeded' || !canUndo(run, task)) continue;
    if (run.force.signal.aborted) {
      run.append({ type: 'task.rolled_back', task: task.id, ok: false, reason: 'cancelled', durationMs: 0 });
      failed++;
      continue;
    }
    const rendered = values.render(task, index, run.soFar);
    // A crash in the middle must not leave it as done: what is half undone is not there.
    run.append({ type: 'task.rolling_back', task: task.id });
    if (!(await isWritten(run))) return { undone, failed: failed + 1 };
    const startedAt = performance.now();
    const problem = rendered.ok
      ? await undo(run, task, attemptRequest(run, task, 0, run.force.signal, rendered.value))
      : rendered.failure.message;
    const durationMs = Math.round(performance.now() - startedAt);
    const reason = problem === undefined ? {} : { reason: problem };
    run.append({ type: 'task.rolled_back', task: task.id, ok: problem === undefined, durationMs, ...reason });
    if (problem === undefined) undone++;
    else failed++;
  }
  return { undone, failed };
}

/** Where nothing can be written down any more, nothing is undone either. */
async function isWritten(run: Run): Promise<boolean> {
  try {
    await run.setup.journal.sync();
    return true;
  } catch {
    return false;
  }
}

function canUndo(run: Run, task: PlannedTask): boolean {
  if (task.rollback === false) return false;
  return task.rollback !== undefined || run.services.tasks.can(task.type, 'rollback');
}

/** @returns what went wrong, `undefined` where it is undone */
async function undo(run: Run, task: PlannedTask, request: AttemptRequest): Promise<string | undefined> {
  if (task.rollback !== undefined && task.rollback !== false) {
    const text = run.setup.values.text(task, task.rollback.run);
    if (!text.ok) return text.failure.message;
    const started = startCommand(run.services, request, { kind: 'script', text: text.value });
    const seen = await watch(run.services, request, started);
    if (seen.ended === 'stopped') return seen.result.reason ?? 'it was stopped';
    return seen.exit.exitCode === 0 ? undefined : `it exited with ${seen.exit.exitCode ?? 'a signal'}`;
  }
  const hosted = await runHosted(run.services, request, 'rollback', run.setup.values.outputsOf(task.id));
  if (hosted.ended === 'stopped') return hosted.result.reason ?? 'it was stopped';
  if (hosted.reply?.kind === 'done') return undefined;
  return hosted.reply?.kind === 'failed' ? hosted.reply.failure.message : 'it ended without an answer';
}
