/** How one task moves from state to state, event by event: the part of the fold that knows nothing of other tasks. */
import type { EventOf, RunEvent, TaskSummary, Waiting } from './events.ts';
import type { AttemptState, LogState, TaskState } from './state.ts';

export type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** What is said about one task, but for its output, which is counted apart. */
export type TaskEvent = Exclude<Extract<RunEvent, { task: string; type: `task.${string}` }>, EventOf<'task.output'>>;

/** A task after an event that does not end it. */
export function moved(
  task: TaskState,
  event: Exclude<TaskEvent, EventOf<'task.finished'>>,
  log: { log?: LogState },
): TaskState {
  switch (event.type) {
    case 'task.started':
      return started(task, event);
    case 'task.waiting':
      return { ...task, status: event.on.kind === 'approval' ? 'awaiting_approval' : task.status, waiting: event.on };
    case 'task.process':
      return { ...task, attempts: lastAttempt(task, { process: event.process }) };
    case 'task.adopted':
      return adopted(task, event);
    case 'task.preview': {
      const { summary, changes, digest } = event;
      return { ...task, preview: { summary, changes, digest } };
    }
    case 'task.approved':
      return approved(task, event);
    case 'task.retrying':
      return retrying(task, event, log);
    case 'task.rolling_back':
      return { ...task, rolledBack: { ok: false, reason: 'its undoing has not come to its end', durationMs: 0 } };
    case 'task.rolled_back': {
      const { ok, durationMs, reason } = event;
      return { ...task, rolledBack: { ok, durationMs, ...(reason === undefined ? {} : { reason }) } };
    }
  }
}

/** A task that has not run in this attempt of the run; what earlier attempts did stays on record. */
export function fresh(summary: TaskSummary, unmet: number, before: TaskState | undefined): TaskState {
  const attempts = (before?.attempts ?? []).map(asInterrupted);
  return {
    summary,
    status: 'pending',
    waiting: undefined,
    attempt: before?.attempt ?? 0,
    attempts,
    outputs: {},
    allowedToFail: false,
    unmet,
  };
}

function lastAttempt(task: TaskState, change: Partial<AttemptState>): AttemptState[] {
  const last = task.attempts.at(-1);
  if (last === undefined) return [];
  const changed = { ...last, ...change };
  return task.attempts.length === 1 ? [changed] : [...task.attempts.slice(0, -1), changed]; // most have one
}

const asInterrupted = (attempt: AttemptState): AttemptState =>
  attempt.status === 'running' ? { ...attempt, status: 'interrupted' } : attempt;

function started(task: TaskState, event: EventOf<'task.started'>): TaskState {
  const startedAt = Date.parse(event.time);
  const attempt: AttemptState = { attempt: event.attempt, startedAt, status: 'running' };
  return {
    ...task,
    waiting: undefined,
    status: 'running',
    attempt: event.attempt,
    // One that was taken over and whose end nobody could tell is still open then.
    attempts: task.attempts.length === 0 ? [attempt] : [...task.attempts.map(asInterrupted), attempt],
    startedAt,
  };
}

/** The attempt goes on that the resume had set aside. */
function adopted(task: TaskState, event: EventOf<'task.adopted'>): TaskState {
  const last = task.attempts.at(-1);
  if (last?.attempt !== event.attempt) return task;
  const attempts = lastAttempt(task, { status: 'running' });
  return {
    ...task,
    waiting: undefined,
    status: 'running',
    attempt: event.attempt,
    attempts,
    startedAt: last.startedAt,
  };
}

function approved(task: TaskState, event: EventOf<'task.approved'>): TaskState {
  const { by, digest, comment } = event;
  const approval = {
    approved: event.approved,
    by,
    digest,
    at: Date.parse(event.time),
    ...(comment === undefined ? {} : { comment }),
  };
  const status = task.status !== 'awaiting_approval' ? task.status : isUnderWay(task) ? 'running' : 'queued';
  return { ...task, waiting: undefined, status, approval };
}

/** An attempt has begun and not ended: a task may ask for approval before it starts, or from within. */
const isUnderWay = (task: TaskState): boolean => task.attempts.at(-1)?.status === 'running';

/** What both ways of ending say about an attempt, without what they leave out. */
function ending(
  event: EventOf<'task.retrying'> | EventOf<'task.finished'>,
): Pick<AttemptState, 'exitCode' | 'signal' | 'reason'> {
  const how: Draft<Pick<AttemptState, 'exitCode' | 'signal' | 'reason'>> = {};
  if (event.exitCode !== undefined) how.exitCode = event.exitCode;
  if (event.signal !== undefined) how.signal = event.signal;
  if (event.reason !== undefined) how.reason = event.reason;
  return how;
}

function retrying(task: TaskState, event: EventOf<'task.retrying'>, log: { log?: LogState }): TaskState {
  const at = Date.parse(event.time);
  const { status, durationMs } = event;
  const waiting: Waiting = { kind: 'retry', attempt: event.attempt + 1, untilMs: at + event.delayMs };
  const attempts = isUnderWay(task)
    ? lastAttempt(task, { ...ending(event), status, durationMs, finishedAt: at, ...log })
    : task.attempts;
  return { ...task, status: 'queued', attempts, waiting };
}

export function finished(task: TaskState, event: EventOf<'task.finished'>, log: { log?: LogState }): TaskState {
  const finishedAt = Date.parse(event.time);
  const { status, durationMs, outputs } = event;
  const how = ending(event);
  const attempts = isUnderWay(task)
    ? lastAttempt(task, { ...how, status, durationMs, finishedAt, ...log })
    : task.attempts;
  const allowedToFail = event.allowedToFail === true;
  const next = event.next === undefined ? undefined : { next: event.next };
  return {
    ...task,
    waiting: undefined,
    status,
    attempts,
    finishedAt,
    durationMs,
    outputs,
    allowedToFail,
    ...how,
    ...next,
  };
}
