/**
 * Everything that happens in a run, as facts in order. The journal holds these lines and nothing else; tree, monitor, terminal,
 * history and traces are folds over them (`reduce.ts`). An event is never changed once it has a number; new kinds are added, and
 * readers keep what they do not know.
 */
import type { Changes } from '../core/changes.ts';
import type { JsonObject } from '../core/json.ts';
import type { ProcessIdentity } from '../core/process.ts';

export type { ProcessIdentity };

export const JOURNAL_VERSION = 1;

export type TaskStatus =
  | 'pending'
  | 'queued'
  | 'running'
  | 'awaiting_approval'
  | 'succeeded'
  | 'cached'
  | 'failed'
  | 'timed_out'
  | 'cancelled'
  | 'skipped'
  | 'interrupted';

/** The statuses that a task ends in. */
export const TASK_OUTCOMES = [
  'succeeded',
  'cached',
  'failed',
  'timed_out',
  'cancelled',
  'skipped',
  'interrupted',
] as const satisfies readonly TaskStatus[];
export type TaskOutcome = (typeof TASK_OUTCOMES)[number];

export type RunStatus = 'running' | 'succeeded' | 'failed' | 'cancelled' | 'interrupted';

export interface TaskSummary {
  readonly task: string;
  /** The name in the file; differs from `task` for an instance of a matrix. */
  readonly name: string;
  readonly type: string;
  /** `finally` for tasks of that block. */
  readonly stage: string;
  readonly dependsOn: readonly string[];
  readonly line: number;
  /** As in the plan: equal hashes, same task. */
  readonly hash: string;
  readonly ignoresBarrier?: boolean;
  /** Milliseconds that earlier runs took (median), where there were any. */
  readonly expectedMs?: number;
}

export interface PlanSummary {
  readonly hash: string;
  readonly workflow: string;
  readonly file: string;
  readonly root: string;
  readonly schedule: 'stages' | 'graph';
  readonly limits: { readonly io: number; readonly cpu: number };
  readonly stages: readonly string[];
  readonly tasks: readonly TaskSummary[];
}

/** Why a task does not run yet. Waiting for a stage or a dependency follows from the graph, so neither is an event. */
export type Waiting =
  | { readonly kind: 'lock'; readonly lock: string; readonly position: number; readonly holder: string }
  | { readonly kind: 'retry'; readonly attempt: number; readonly untilMs: number }
  | { readonly kind: 'approval'; readonly message: string; readonly details?: string; readonly digest: string };

export type Stream = 'stdout' | 'stderr';

interface Envelope {
  readonly v: typeof JOURNAL_VERSION;
  /** Counts from 1, without gaps, over the whole life of the run, resumes included. */
  readonly seq: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly time: string;
  readonly runId: string;
}

export type EventBody =
  | {
      readonly type: 'run.started';
      readonly plan: PlanSummary;
      readonly supervisor: ProcessIdentity;
      readonly engine: string;
      readonly parent?: string;
    }
  | {
      readonly type: 'run.resumed';
      readonly plan: PlanSummary;
      readonly supervisor: ProcessIdentity;
      readonly engine: string;
      readonly attempt: number;
      readonly reset: readonly string[];
    }
  /** These tasks may start from now on. Synced before any of them does, so that a power cut cannot hide that one started. */
  | { readonly type: 'tasks.admitted'; readonly tasks: readonly string[] }
  | { readonly type: 'task.waiting'; readonly task: string; readonly on: Waiting }
  | { readonly type: 'task.started'; readonly task: string; readonly attempt: number }
  | {
      readonly type: 'task.process';
      readonly task: string;
      readonly attempt: number;
      readonly process: ProcessIdentity;
      readonly group: number;
      /** Its control group, if it has one, and the process in it that does not belong to the attempt (a warm shell). */
      readonly cgroup?: string;
      readonly spare?: number;
    }
  /** After a resume: the attempt is still running, or has recorded how it ended; the supervisor waits for its end. */
  | { readonly type: 'task.adopted'; readonly task: string; readonly attempt: number }
  | {
      readonly type: 'task.output';
      readonly task: string;
      readonly attempt: number;
      readonly stream: Stream;
      readonly offset: number;
      readonly length: number;
    }
  | {
      readonly type: 'task.preview';
      readonly task: string;
      readonly summary: string;
      readonly changes: Changes;
      readonly digest: string;
    }
  | {
      readonly type: 'task.approved';
      readonly task: string;
      readonly approved: boolean;
      readonly by: string;
      readonly digest: string;
      readonly comment?: string;
    }
  /** An attempt failed and another follows. */
  | {
      readonly type: 'task.retrying';
      readonly task: string;
      readonly attempt: number;
      readonly status: 'failed' | 'timed_out';
      readonly exitCode?: number;
      readonly signal?: string;
      readonly reason?: string;
      readonly durationMs: number;
      readonly delayMs: number;
    }
  /** The one terminal event of a task (until a resume resets it). */
  | {
      readonly type: 'task.finished';
      readonly task: string;
      readonly attempt: number;
      readonly status: TaskOutcome;
      readonly exitCode?: number;
      readonly signal?: string;
      readonly reason?: string;
      readonly next?: string;
      readonly durationMs: number;
      readonly outputs: JsonObject;
      readonly allowedToFail?: boolean;
    }
  /** The task is about to be undone. Until `task.rolled_back` it counts neither as done nor as undone. */
  | { readonly type: 'task.rolling_back'; readonly task: string }
  | {
      readonly type: 'task.rolled_back';
      readonly task: string;
      readonly ok: boolean;
      readonly reason?: string;
      readonly durationMs: number;
    }
  | { readonly type: 'run.warning'; readonly message: string; readonly task?: string }
  | { readonly type: 'run.cancelling'; readonly by: string; readonly force: boolean }
  | {
      readonly type: 'run.finished';
      readonly status: Exclude<RunStatus, 'running'>;
      readonly durationMs: number;
      readonly criticalPathMs: number;
      readonly serialMs: number;
      readonly reason?: string;
    };

export type RunEvent = Envelope & EventBody;
export type EventOf<T extends EventBody['type']> = Extract<RunEvent, { type: T }>;
