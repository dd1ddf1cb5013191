/** What a workflow file says, once read: values with the places they came from, before any default, lowering or expansion. */
import type { Range } from '../core/diagnostic.ts';
import type { InputDefinition } from '../core/input.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { ResourceClass } from '../core/catalogue.ts';

/** A value and where it stands in the file. */
export interface Located<T> {
  readonly value: T;
  readonly range: Range;
}

export interface RetryPolicy {
  /** Counts the first. */
  readonly attempts: number;
  readonly delayMs: number;
  readonly backoff: number;
  readonly maxDelayMs: number;
}

/** After a crash, for an attempt whose end nobody saw. */
export type OnUnknown = 'ask' | 'rerun' | 'probe' | 'fail';

/** After a crash, for an attempt whose processes still live: its end is waited for, or they are ended. */
export type OnAlive = 'adopt' | 'end';

export interface CachePolicy {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface ApprovalPolicy {
  readonly message?: string;
  readonly requiredFor: 'always' | 'changes' | 'destroy';
}

export interface TaskNode {
  readonly name: Located<string>;
  /** As written: a type or an alias. */
  readonly type: Located<string>;
  readonly description?: string;
  readonly dependsOn: readonly Located<string>[];
  readonly timeoutMs?: number;
  readonly with: JsonObject;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The condition's expression, without `${{ }}`. */
  readonly when?: string;
  readonly retry?: RetryPolicy;
  /** The most that a log keeps, bytes; 0 for no limit. */
  readonly logLimit?: number;
  readonly onUnknown?: OnUnknown;
  readonly onAlive?: OnAlive;
  readonly allowFailure: boolean;
  readonly matrix?: Readonly<Record<string, readonly Json[]>>;
  readonly resources: { readonly class?: ResourceClass; readonly locks: readonly string[] };
  readonly cache?: CachePolicy;
  /** Output names and the expressions (strings with `${{ }}`) that give their values. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly approval?: ApprovalPolicy;
  /** A shell text of the user's own, or `false` for no rollback. */
  readonly rollback?: { readonly run: string } | false;
  /** The whole task's place in the file. */
  readonly range: Range;
}

/** What a task may say for itself, and a workflow for all of its tasks. */
export interface Defaults {
  readonly timeoutMs?: number;
  readonly retry?: RetryPolicy;
  readonly logLimit?: number;
  readonly onUnknown?: OnUnknown;
  readonly onAlive?: OnAlive;
}

export interface StageNode {
  readonly name: Located<string>;
  readonly tasks: readonly TaskNode[];
}

export type Schedule = 'stages' | 'graph';

export interface Workflow {
  readonly name: string;
  readonly description?: string;
  readonly inputs: Readonly<Record<string, InputDefinition>>;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly limits: { readonly io: number; readonly cpu: number };
  readonly schedule: Schedule;
  readonly stages: readonly StageNode[];
  readonly finally: readonly TaskNode[];
  /** From `defaults:`; a task's own wins. */
  readonly defaults: Defaults;
}
