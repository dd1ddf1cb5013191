/** What goes into an attempt and what comes out of it. */
import type { JsonObject } from '../core/json.ts';
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { AnyTaskType, TaskFailure } from '../core/task-type.ts';
import type { PlannedTask } from '../graph/plan.ts';
import type { Tree } from '../platform/processes.ts';
import type { Ended } from '../platform/spawn.ts';
import type { Stream } from '../run/events.ts';

/** What an attempt is started with: everything rendered, nothing left to look up. */
export interface AttemptRequest {
  readonly task: PlannedTask;
  readonly attempt: number;
  readonly parameters: JsonObject;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What `env` adds to the environment that the engine itself has. */
  readonly ownEnv: Readonly<Record<string, string>>;
  /** Absolute. */
  readonly cwd: string;
  /** A folder of the task's own; not made yet. */
  readonly stateDir: string;
  /** Aborted when the attempt is to be cancelled; the reason is told. */
  readonly cancel: AbortSignal;
  /** Aborted when the grace period is to be cut short. */
  readonly force: AbortSignal;
  /** Of an attempt that was begun before: bytes of its logs that were told of, and what is left of its timeout. */
  readonly told?: Readonly<Record<Stream, number>>;
  readonly timeoutLeftMs?: number;
}

export interface AttemptResult {
  readonly status: 'succeeded' | 'failed' | 'timed_out' | 'cancelled';
  readonly exitCode?: number;
  readonly signal?: string;
  readonly reason?: string;
  readonly next?: string;
  readonly retriable: boolean;
  readonly outputs: JsonObject;
}

/** A started thing that can be waited for and ended. */
export interface Started {
  readonly ended: Promise<Ended>;
  readonly tree: Tree;
  readonly pid: Promise<number | undefined>;
}

/** The parameters as the type's schema has them; what does not fit is the workflow's fault. */
export function parse(
  type: AnyTaskType,
  request: AttemptRequest,
): Result<never, TaskFailure> | { ok: true; value: never } {
  const parsed = type.parameters.safeParse(request.parameters);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? 'with' : `with.${issue.path.join('.')}`;
  return err(failure('invalid', `${where}: ${issue?.message ?? 'does not fit'}`));
}

/** A failure as a result; what a scanner found although it said no is kept. */
export function failedWith(why: TaskFailure, retriable = why.retriable ?? true): AttemptResult {
  return {
    status: why.kind === 'cancelled' ? 'cancelled' : why.kind === 'timeout' ? 'timed_out' : 'failed',
    ...(why.exitCode === undefined ? {} : { exitCode: why.exitCode }),
    reason: why.message,
    ...(why.next === undefined ? {} : { next: why.next }),
    retriable,
    outputs: why.outputs ?? {},
  };
}
