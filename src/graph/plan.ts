/**
 * A plan is a workflow that is ready to run: types resolved, conventional defaults filled in, matrices expanded, stages lowered to edges,
 * then frozen and hashed. The supervisor needs nothing else; approval and resume are bound to its hash.
 */
import type { ResourceClass } from '../core/catalogue.ts';
import type { InputDefinition } from '../core/input.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { ApprovalPolicy, CachePolicy, OnAlive, OnUnknown, RetryPolicy, Schedule } from '../language/workflow.ts';

export type { OnAlive, OnUnknown };

export interface PlannedTask {
  /** Unique in the plan: the task's name, or `name[key=value,…]` for an instance of a matrix. */
  readonly id: string;
  /** The name in the file. */
  readonly name: string;
  /** Index into `Plan.stages`; `-1` for tasks of `finally`. */
  readonly stage: number;
  /** The canonical type. */
  readonly type: string;
  readonly description?: string;
  /** Ids of the tasks in its `depends_on` (matrix expanded), including those that the order of stages implies anyway. */
  readonly needs: readonly string[];
  /** With `schedule: graph` and `depends_on` given: it does not wait for the stage before its own. */
  readonly ignoresBarrier: boolean;
  readonly with: JsonObject;
  readonly env: Readonly<Record<string, string>>;
  /** Relative to the plan's root. */
  readonly cwd?: string;
  readonly when?: string;
  readonly timeoutMs?: number;
  readonly retry: RetryPolicy;
  /** The most that each stream of an attempt keeps in its log, in bytes; 0 for no limit. */
  readonly logLimit?: number;
  /** What to do after a crash about attempts whose outcome is unknown, and about those that are still running. */
  readonly onUnknown?: OnUnknown;
  readonly onAlive?: OnAlive;
  readonly allowFailure: boolean;
  readonly matrix?: Readonly<Record<string, Json>>;
  readonly class: ResourceClass;
  readonly locks: readonly string[];
  readonly cache?: CachePolicy;
  readonly outputs: Readonly<Record<string, string>>;
  readonly approval?: ApprovalPolicy;
  readonly rollback?: { readonly run: string } | false;
  /** Zero-based line of the task in the file. */
  readonly line: number;
  /** Hash of everything that determines what the task does (type, parameters, env, cwd, when): equal hashes mean the same task. */
  readonly hash: string;
}

export interface Plan {
  readonly v: 1;
  /** SHA-256 of the canonical JSON of everything else in the plan, hexadecimal. */
  readonly hash: string;
  readonly workflow: string;
  readonly description?: string;
  /** Absolute path of the workflow file. */
  readonly file: string;
  /** Absolute path of the folder that relative paths start from. */
  readonly root: string;
  readonly schedule: Schedule;
  readonly limits: { readonly io: number; readonly cpu: number };
  readonly inputs: Readonly<Record<string, Json>>;
  readonly inputDefinitions: Readonly<Record<string, InputDefinition>>;
  readonly env: Readonly<Record<string, string>>;
  /** Names only. */
  readonly secrets: readonly string[];
  readonly stages: readonly string[];
  readonly tasks: readonly PlannedTask[];
  /** Names of the workflow's tasks that this part of it leaves out; expressions may still read their status, which is `skipped`. */
  readonly leftOut?: readonly string[];
}
