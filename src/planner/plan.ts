/**
 * What a planner makes of a description: files, a workflow of stages, and an honest account of what it understood. Nothing here can
 * be executed; a plan becomes a run only after a person accepted its files and the workflow went through the language like any other.
 */
import type { Json, JsonObject } from '../core/json.ts';

export type FileOrigin = 'catalogue' | 'model';

/** A file that a plan would write. */
export interface PlannedFile {
  /** Relative to the workflow's root, with `/`; never absolute, never with `..`. */
  readonly path: string;
  readonly text: string;
  readonly origin: FileOrigin;
}

/** One task of the workflow to be written; the fields are those of the language. */
export interface TaskDraft {
  readonly task: string;
  readonly type: string;
  readonly description?: string;
  readonly with: JsonObject;
  readonly dependsOn?: readonly string[];
  readonly timeout?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folder that it runs in, relative to the root. */
  readonly cwd?: string;
  /** One instance for each combination. */
  readonly matrix?: Readonly<Record<string, readonly (string | number)[]>>;
  /** A condition, such as `failure()` in what is done at the end. */
  readonly when?: string;
  readonly retry?: { readonly attempts: number; readonly delay?: string };
  /** What undoes it, where its type does not know. */
  readonly rollback?: string;
  readonly approval?: { readonly message: string; readonly required_for: 'always' | 'changes' | 'destroy' };
  readonly allowFailure?: boolean;
  /** Tasks that name one lock never overlap. */
  readonly lock?: string;
}

export interface StageDraft {
  readonly stage: string;
  readonly tasks: readonly TaskDraft[];
}

export interface InputDraft {
  readonly type: 'string' | 'number' | 'boolean';
  readonly default?: Json;
  readonly description: string;
}

/** The plan as data, before it is written as YAML. */
export interface PlanDraft {
  readonly name: string;
  readonly description: string;
  /** Catalogue ids, in the order in which they were recognised. */
  readonly components: readonly string[];
  readonly files: readonly PlannedFile[];
  readonly stages: readonly StageDraft[];
  /** Done at the end however the run went. */
  readonly finally?: readonly TaskDraft[];
  readonly inputs: Readonly<Record<string, InputDraft>>;
  /** Names of secrets whose values a person supplies at run time. */
  readonly secrets: readonly string[];
  readonly assumptions: readonly string[];
  /** Parts of the description that found no place in the plan. */
  readonly unplaced: readonly string[];
  /** Questions whose answers the plan cannot do without. Not empty means: no plan. */
  readonly questions: readonly string[];
  /** Something would be deleted, replaced or overwritten. */
  readonly destructive: boolean;
}

export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens?: number;
}

/** What every provider answers with, and what `deploy --json` prints. */
export interface PlanResult {
  /** The provider that made it, such as `catalog` or `claude (sonnet)`. */
  readonly provider: string;
  /** Why this provider was chosen. */
  readonly reason?: string;
  readonly draft: PlanDraft;
  /** The workflow as YAML text; empty where there is no plan. */
  readonly workflow: string;
  readonly usage?: Usage;
  readonly costUsd?: number;
  /** How many times a model was asked to mend its answer. */
  readonly repairs: number;
}

export const emptyDraft = (name: string, description: string, more: Partial<PlanDraft> = {}): PlanDraft => ({
  name,
  description,
  components: [],
  files: [],
  stages: [],
  inputs: {},
  secrets: [],
  assumptions: [],
  unplaced: [],
  questions: [],
  destructive: false,
  ...more,
});
