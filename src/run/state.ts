/** How a run stands: what the fold over its events (`reduce.ts`) arrives at, and what every view reads. */
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

/** What an attempt has printed: bytes in its two log files, and the stream that spoke last. */
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
  /** `running` until it ended. */
  readonly status: 'running' | TaskOutcome;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly reason?: string;
  readonly durationMs?: number;
  /** What it printed, once it ended; until then `RunState.logs` says. */
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

/** A task within a run; replaced, never changed, by the next event about it. */
export interface TaskState {
  readonly summary: TaskSummary;
  readonly status: TaskStatus;
  /** 0 before the first start. */
  readonly attempt: number;
  readonly attempts: readonly AttemptState[];
  /** What it was last said to wait for; gone once it started, or ended. Stage and dependencies are read off the graph (`whyWaiting`). */
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
  /** Dependencies that have not ended, or ended so that it cannot start. */
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
  /** Events of kinds that this version does not know, or that made no sense where they stood: kept in the journal, not shown. */
  readonly ignored: number;
}

/** A stage in the order of the file; `finally` is the last, where there is one. */
export interface StageState {
  readonly name: string;
  readonly tasks: readonly string[];
  /** Tasks that have not ended. */
  readonly left: number;
  /** An ending that stops the stages after it. */
  readonly broken: boolean;
  /** Its tasks need wait for no stage any more. */
  readonly open: boolean;
}

const OUTCOMES: ReadonlySet<TaskStatus> = new Set(TASK_OUTCOMES);

export const isOutcome = (status: TaskStatus): status is TaskOutcome => OUTCOMES.has(status);

/**
 * Whether what depends on the task may start: it ended well, failed and was allowed to, or was skipped by its own condition. A task that
 * was skipped because of what it needs passes that on.
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
