/** The state of a run: the result of the fold over its events (`reduce.ts`), and what every view reads. */
import type { Changes } from '../core/changes.ts';
import type { JsonObject } from '../core/json.ts';
import {
  TASK_OUTCOMES,
  type PlanSummary,
  type ProcessIdentity,
  type RunStatus,
  type Stream,
  type TaskOutcome,
  type TaskStatus,
  type TaskSummary,
  type Waiting,
} from './events.ts';

/** What an attempt has printed so far: bytes in its two log files, and the stream that was written last. */
export interface LogState {
  readonly stdout: number;
  readonly stderr: number;
  readonly last?: Stream;
}

/** One try of a task. Times are milliseconds since 1970, by the engine's clock. */
export interface AttemptState {
  readonly attempt: number;
  readonly startedAt: number;
  readonly finishedAt?: number;
  /** `running` until it has ended. */
  readonly status: 'running' | TaskOutcome;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly reason?: string;
  readonly durationMs?: number;
  /** What it printed, once it has ended; until then see `RunState.logs`. */
  readonly log?: LogState;
  readonly process?: ProcessIdentity;
}

export interface PreviewState {
  readonly summary: string;
  readonly changes: Changes;
  readonly digest: string;
}

export interface ApprovalState {
  readonly approved: boolean;
  readonly by: string;
  readonly digest: string;
  readonly comment?: string;
  readonly at: number;
}

/** A task within a run. Immutable: the next event about it replaces it. */
export interface TaskState {
  readonly summary: TaskSummary;
  readonly status: TaskStatus;
  /** 0 before the first start. */
  readonly attempt: number;
  readonly attempts: readonly AttemptState[];
  /** What it waits for by the last event; `undefined` once it has started or ended. For stages and dependencies see `whyWaiting`. */
  readonly waiting: Waiting | undefined;
  /** Start of the latest attempt. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly durationMs?: number;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly reason?: string;
  readonly next?: string;
  readonly outputs: JsonObject;
  /** It failed and was allowed to. */
  readonly allowedToFail: boolean;
  readonly preview?: PreviewState;
  readonly approval?: ApprovalState;
  readonly rolledBack?: { readonly ok: boolean; readonly reason?: string; readonly durationMs: number };
  /** How many dependencies have not ended, or ended in a way that keeps it from starting. */
  readonly unmet: number;
}

export interface RunState {
  /** Empty before the first event. */
  readonly runId: string;
  readonly status: RunStatus;
  /** Number of the last event. */
  readonly seq: number;
  readonly plan?: PlanSummary;
  readonly tasks: ReadonlyMap<string, TaskState>;
  /** What the latest attempt of each started task has printed so far; apart from `tasks`, which output does not touch. */
  readonly logs: ReadonlyMap<string, LogState>;
  readonly counts: Readonly<Record<TaskStatus, number>>;
  readonly stages: readonly StageState[];
  readonly startedAt?: number;
  /** Start of the latest resume, else the start. */
  readonly resumedAt?: number;
  readonly finishedAt?: number;
  readonly durationMs?: number;
  readonly criticalPathMs?: number;
  readonly serialMs?: number;
  readonly reason?: string;
  readonly cancelling?: { readonly by: string; readonly force: boolean };
  readonly warnings: readonly { readonly message: string; readonly task?: string }[];
  /** 1, and one more for each resume. */
  readonly attempt: number;
  readonly supervisor?: ProcessIdentity;
  readonly parent?: string;
  /** How many events were of an unknown kind, or made no sense where they stood. They stay in the journal and are not shown. */
  readonly ignored: number;
}

/** A stage in the order of the file; `finally` is the last, where there is one. */
export interface StageState {
  readonly name: string;
  readonly tasks: readonly string[];
  /** Tasks that have not ended. */
  readonly left: number;
  /** A task of it ended in a way that stops the later stages. */
  readonly broken: boolean;
  /** Its tasks no longer wait for an earlier stage. */
  readonly open: boolean;
}

const OUTCOMES: ReadonlySet<TaskStatus> = new Set(TASK_OUTCOMES);

export const isOutcome = (status: TaskStatus): status is TaskOutcome => OUTCOMES.has(status);

/**
 * Whether the task's dependents may start: it succeeded, it failed and was allowed to, or its own condition skipped it. A task that
 * was skipped because of its dependencies passes the skip on.
 */
export const endedWell = (task: TaskState): boolean =>
  task.status === 'succeeded' ||
  task.status === 'cached' ||
  (task.status === 'skipped' && task.unmet === 0) ||
  (task.allowedToFail && isOutcome(task.status));

export const noCounts = (): Record<TaskStatus, number> => ({
  pending: 0,
  queued: 0,
  running: 0,
  awaiting_approval: 0,
  succeeded: 0,
  cached: 0,
  failed: 0,
  timed_out: 0,
  cancelled: 0,
  skipped: 0,
  interrupted: 0,
});
