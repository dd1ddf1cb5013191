/** One task from the moment it has a place to its one terminal event: condition, locks, cache, approval, attempts. */
import { resolve } from 'node:path';
import type { JsonObject } from '../core/json.ts';
import type { PlannedTask } from '../graph/plan.ts';
import type { TaskOutcome } from '../run/events.ts';
import { logFile, stateFolder } from '../run/layout.ts';
import { type AttemptRequest, type AttemptResult } from './attempt-request.ts';
import { awaitAdopted } from './adopt.ts';
import { previewTask, runAttempt } from './attempt.ts';
import type { CacheAnswer } from './guards.ts';
import type { Run } from './run.ts';
import type { Rendered } from './values.ts';

export interface TaskEnd {
  readonly status: TaskOutcome;
  readonly attempt: number;
  readonly durationMs: number;
  readonly outputs: JsonObject;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly reason?: string;
  readonly next?: string;
}

const without = (status: TaskOutcome, reason: string, next?: string): TaskEnd => ({
  status,
  attempt: 0,
  durationMs: 0,
  outputs: {},
  reason,
  ...(next === undefined ? {} : { next }),
});

/** Never rejects: what goes wrong is the task's end. */
export async function liveTask(run: Run, index: number, task: PlannedTask, cancel: AbortSignal): Promise<TaskEnd> {
  try {
    return await live(run, index, task, cancel);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return without(
      'failed',
      `the engine could not run it: ${text}`,
      'This is a fault of the engine: please report it.',
    );
  }
}

async function live(run: Run, index: number, task: PlannedTask, cancel: AbortSignal): Promise<TaskEnd> {
  const { values, guards } = run.setup;
  const due = values.when(task, run.soFar);
  if (!due.ok) return without('failed', due.failure.message, due.failure.next);
  if (!due.value) return without('skipped', 'its condition is false');
  const unseen = await settleUnseenAttempt(run, index, task, cancel);
  if (unseen !== undefined) return unseen;
  const rendered = values.render(task, index, run.soFar);
  if (!rendered.ok) return without('failed', rendered.failure.message, rendered.failure.next);
  const locking = guards.lock(task, cancel, (lock, position, holder) =>
    run.append({ type: 'task.waiting', task: task.id, on: { kind: 'lock', lock, position, holder } }),
  );
  if (locking === undefined) return locked(run, index, task, cancel, rendered.value);
  const lock = await run.withoutPlace(index, () => locking);
  if (!lock.ok) return without(cancel.aborted ? 'cancelled' : 'failed', lock.failure.message, lock.failure.next);
  try {
    return await locked(run, index, task, cancel, rendered.value);
  } finally {
    lock.value();
  }
}

/** After a resume: the end of this task's last attempt was not seen, and nothing could tell whether it took effect. */
async function settleUnseenAttempt(
  run: Run,
  index: number,
  task: PlannedTask,
  cancel: AbortSignal,
): Promise<TaskEnd | undefined> {
  const what = run.setup.unseen.get(task.id);
  return what === undefined ? undefined : interruptedEnd(run, index, task, cancel, what);
}

/** Nobody saw how an attempt ended. @returns nothing where it is to be done again */
async function interruptedEnd(
  run: Run,
  index: number,
  task: PlannedTask,
  cancel: AbortSignal,
  what: 'ask' | 'fail',
): Promise<TaskEnd | undefined> {
  const why = 'the end of its last attempt was not seen: the supervisor died while it ran';
  const next =
    'Look at what it did, then resume with --on-unknown rerun, or mark it by running from the task after it.';
  if (what === 'fail') return without('interrupted', why, next);
  const question = { message: `${task.id}: ${why}. Run it again?`, about: `unseen ${task.hash}` };
  const answer = await run.withoutPlace(index, () => run.approvals.ask(task.id, question, cancel));
  if (answer.approved) return undefined;
  return cancel.aborted ? without('cancelled', String(cancel.reason)) : without('interrupted', why, next);
}

async function locked(
  run: Run,
  index: number,
  task: PlannedTask,
  cancel: AbortSignal,
  rendered: Rendered,
): Promise<TaskEnd> {
  if (run.setup.adopted.has(task.id)) return attempts(run, index, task, cancel, rendered, undefined);
  if (cancel.aborted) return without('cancelled', String(cancel.reason));
  const cache = await run.setup.guards.cached(task, rendered, upstreamOutputs(run, index));
  if (cache?.hit !== undefined) return { ...without('cached', cache.reason), outputs: cache.hit.outputs };
  const refused = await approved(run, index, task, cancel, rendered);
  if (refused !== undefined) return refused;
  return attempts(run, index, task, cancel, rendered, cache);
}

function upstreamOutputs(run: Run, index: number): JsonObject {
  const { shape } = run.board;
  return Object.fromEntries(
    (shape.needs[index] ?? []).map((need) => {
      const id = run.setup.plan.tasks[need]?.id ?? '';
      return [id, run.setup.values.outputsOf(id)];
    }),
  );
}

/** Asks where the task wants a person's yes. @returns its end when it is refused */
async function approved(
  run: Run,
  index: number,
  task: PlannedTask,
  cancel: AbortSignal,
  rendered: Rendered,
): Promise<TaskEnd | undefined> {
  if (task.approval === undefined) return undefined;
  const { requiredFor, message = `Run ${task.id}?` } = task.approval;
  let details: string | undefined;
  let about = task.hash;
  if (run.services.tasks.can(task.type, 'preview')) {
    const preview = await previewTask(run.services, attemptRequest(run, task, 0, cancel, rendered));
    if (!preview.ok) return endOf(preview.failure, 0, 0);
    if (preview.value !== undefined) {
      const { summary, changes, digest, text } = preview.value;
      run.append({ type: 'task.preview', task: task.id, summary, changes, digest });
      if (!wantsPerson(requiredFor, changes)) return undefined;
      details = text === '' ? summary : `${summary}\n\n${text}`;
      about = digest;
    }
  }
  const answer = await run.withoutPlace(index, () =>
    run.approvals.ask(task.id, { message, about, ...(details === undefined ? {} : { details }) }, cancel),
  );
  if (answer.approved) return undefined;
  if (cancel.aborted) return without('cancelled', String(cancel.reason));
  const said = answer.comment === undefined || answer.comment === '' ? '' : `: ${answer.comment}`;
  return without('failed', `${answer.by} did not approve it${said}`);
}

function wantsPerson(
  requiredFor: 'always' | 'changes' | 'destroy',
  changes: { create: number; update: number; replace: number; destroy: number },
): boolean {
  switch (requiredFor) {
    case 'always':
      return true;
    case 'changes':
      return changes.create + changes.update + changes.replace + changes.destroy > 0;
    case 'destroy':
      return changes.replace + changes.destroy > 0;
  }
}

/** Asked anew: the compiler does not know that it changes while one waits. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

async function attempts(
  run: Run,
  index: number,
  task: PlannedTask,
  cancel: AbortSignal,
  rendered: Rendered,
  cache: CacheAnswer | undefined,
): Promise<TaskEnd> {
  const adopted = run.takeOver(task.id);
  const first = adopted?.attempt ?? (run.setup.attempts.get(task.id) ?? 0) + 1;
  const last = first + task.retry.attempts - 1;
  let spent = 0;
  if (cancel.aborted && adopted === undefined) return without('cancelled', String(cancel.reason));
  for (let attempt = first; ; attempt++) {
    const taken = attempt === adopted?.attempt ? adopted : undefined;
    run.append({ type: taken === undefined ? 'task.started' : 'task.adopted', task: task.id, attempt });
    // A first attempt was admitted durably, a retry was not; and no start may be missing in the file, should this process be killed.
    await (attempt > first ? run.setup.journal.sync() : run.setup.journal.written());
    if (isAborted(cancel) && taken === undefined) {
      return { ...without('cancelled', String(cancel.reason)), attempt, durationMs: spent };
    }
    const startedAt = performance.now();
    const request = attemptRequest(run, task, attempt, cancel, rendered);
    const result =
      taken === undefined ? await runAttempt(run.services, request) : await awaitAdopted(run.services, request, taken);
    const before = taken === undefined ? 0 : Math.max(0, run.setup.startedAt - taken.startedAt);
    const durationMs = Math.round(performance.now() - startedAt + before);
    spent += durationMs;
    if (result === undefined) {
      const end = await unseenEnd(run, index, task, cancel);
      if (end !== undefined) return { ...end, attempt, durationMs: spent };
      continue;
    }
    if (result.status === 'succeeded') return succeeded(run, index, task, attempt, spent, result, cache);
    if (result.status === 'cancelled' || !result.retriable || attempt >= last || isAborted(cancel)) {
      return endOf(result, attempt, spent);
    }
    const delayMs = delayBefore(task, attempt - first + 1);
    run.append({
      type: 'task.retrying',
      task: task.id,
      attempt,
      durationMs,
      delayMs,
      status: result.status,
      ...detailsOf(result),
    });
    await run.withoutPlace(index, () => pause(delayMs, cancel));
    if (isAborted(cancel)) {
      return endOf({ ...result, status: 'cancelled', reason: String(cancel.reason) }, attempt, spent);
    }
  }
}

/** An adopted attempt is over and left no word of how. @returns nothing where it is to be done again */
async function unseenEnd(
  run: Run,
  index: number,
  task: PlannedTask,
  cancel: AbortSignal,
): Promise<TaskEnd | undefined> {
  const what = await run.setup.settle(task.id);
  switch (what) {
    case 'done':
      return { ...without('succeeded', 'its end was not seen, but what it was to do is done') };
    case 'rerun':
      return undefined;
    case 'ask':
    case 'fail':
      return interruptedEnd(run, index, task, cancel, what);
  }
}

async function succeeded(
  run: Run,
  index: number,
  task: PlannedTask,
  attempt: number,
  spent: number,
  result: AttemptResult,
  cache: CacheAnswer | undefined,
): Promise<TaskEnd> {
  const declared = run.setup.values.declared(task, result.outputs);
  if (!declared.ok) return { ...without('failed', declared.failure.message), attempt, durationMs: spent };
  const outputs = { ...result.outputs, ...declared.value };
  if (cache !== undefined) {
    const saved = await cache.save(outputs, spent);
    if (!saved.ok) run.warn(`The result was not kept for later runs: ${saved.failure.message}`, task.id);
  }
  return {
    status: 'succeeded',
    attempt,
    durationMs: spent,
    exitCode: result.exitCode ?? 0,
    outputs: run.trimOutputs(index, outputs),
  };
}

/** Exponential, capped; `nth` counts the failed attempts. */
export function delayBefore(task: Pick<PlannedTask, 'retry'>, nth: number): number {
  const { delayMs, backoff, maxDelayMs } = task.retry;
  return Math.min(maxDelayMs, Math.round(delayMs * backoff ** (nth - 1)));
}

function endOf(result: AttemptResult, attempt: number, durationMs: number): TaskEnd {
  const status = result.status === 'succeeded' ? 'failed' : result.status;
  return {
    status,
    attempt,
    durationMs,
    outputs: result.outputs,
    ...detailsOf(result),
    ...(result.next === undefined ? {} : { next: result.next }),
  };
}

function detailsOf({ exitCode, signal, reason }: AttemptResult): {
  exitCode?: number;
  signal?: string;
  reason?: string;
} {
  return {
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(signal === undefined ? {} : { signal }),
    ...(reason === undefined ? {} : { reason }),
  };
}

/** Everything that an attempt is started with; attempt 0 is what happens outside attempts: previews, rollbacks. */
export function attemptRequest(
  run: Run,
  task: PlannedTask,
  attempt: number,
  cancel: AbortSignal,
  rendered: Rendered,
): AttemptRequest {
  const { setup } = run;
  const ownEnv = {
    ...setup.traceEnv?.(task.id, attempt),
    ...setup.values.env,
    ...rendered.env,
    CODE_TASK: task.id,
    CODE_ATTEMPT: String(attempt),
    CODE_OUTPUT: logFile(setup.layout, task.id, attempt, 'outputs'),
  };
  return {
    task,
    attempt,
    parameters: rendered.parameters,
    ownEnv,
    get env() {
      return { ...setup.baseEnv, ...ownEnv }; // a warm shell has the base already
    },
    cwd: rendered.cwd === undefined ? setup.plan.root : resolve(setup.plan.root, rendered.cwd),
    stateDir: stateFolder(setup.layout, task.id),
    cancel,
    force: run.force.signal,
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
