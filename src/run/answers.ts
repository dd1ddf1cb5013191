/** What the relay answers about workflows and plans that do not run yet: their types, and checks for the window's end. */
import type { Changes } from '../core/changes.ts';
import {
  anything,
  count,
  discriminatedUnion,
  finite,
  flag,
  listOf,
  oneOf,
  optional,
  range,
  shape,
  text,
  type Check,
} from '../core/check.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { InputDefinition } from '../core/input.ts';
import type { Json } from '../core/json.ts';
import type { Preview } from '../core/task-type.ts';
import { costsCheck, type Costs } from './costs.ts';
import type { PlanSummary, TaskSummary } from './events.ts';

/** How a task of a preview would change things, or why that cannot be told. */
export type PreviewedTask =
  | { readonly task: string; readonly kind: 'preview'; readonly preview: Preview }
  | { readonly task: string; readonly kind: 'cannot' }
  | { readonly task: string; readonly kind: 'later'; readonly reason: string }
  | { readonly task: string; readonly kind: 'failed'; readonly reason: string; readonly next?: string };

/** What `workflow/analyze` finds; times are milliseconds. */
export interface WorkflowAnalysis {
  readonly workflow: string;
  /** How many tasks earlier runs have timed; the others count as long as the median of these. */
  readonly timedTasks: number;
  readonly criticalPath: readonly string[];
  readonly criticalPathMs: number;
  readonly serialMs: number;
  /** With `schedule: graph`. */
  readonly graphMs: number;
  readonly barriers: readonly {
    readonly stage: string;
    readonly after: string;
    readonly waitMs: number;
    readonly heldBy: string;
  }[];
  readonly openSource: { readonly open: number; readonly all: number; readonly others: readonly string[] };
  readonly tasks: readonly {
    readonly task: string;
    readonly expectedMs: number;
    readonly startMs: number;
    readonly slackMs: number;
  }[];
  /** Of what it deploys; not there where nothing of that has a price. */
  readonly costs?: Costs;
}

/** A plan that was made from a description. */
export interface DeploymentPlan {
  readonly provider: string;
  /** Why this provider was chosen, or why its answer was not taken. */
  readonly reason?: string;
  /** The workflow's path among `files`; empty where there is no plan. */
  readonly workflow: string;
  /** Relative paths with `/`; `before` is the text that is there now. */
  readonly files: readonly {
    readonly path: string;
    readonly text: string;
    readonly before?: string;
    readonly origin: string;
  }[];
  readonly components: readonly string[];
  readonly inputs: readonly { readonly name: string; readonly description: string; readonly value: string }[];
  readonly secrets: readonly string[];
  readonly assumptions: readonly string[];
  readonly unplaced: readonly string[];
  readonly questions: readonly string[];
  readonly destructive: boolean;
  readonly repairs: number;
  readonly usage?: { readonly inputTokens: number; readonly outputTokens: number; readonly cachedTokens?: number };
  readonly costUsd?: number;
  /** What stops the plan from being used: a fault of ours or of a model. */
  readonly error?: string;
  /** The plan as it would run. */
  readonly graph?: PlanSummary;
}

/** Why a task failed, in words for a person. */
export interface TaskExplanation {
  readonly task: string;
  readonly type: string;
  readonly status: string;
  /** A known failure; nothing that is known; or a model that was asked. */
  readonly source: 'rule' | 'unknown' | 'model';
  readonly what: string;
  readonly cause: string;
  /** What to do, the best first. */
  readonly next: readonly string[];
  /** The line of its output that shows it. */
  readonly evidence?: string;
  readonly rule?: string;
  /** Other known failures that its words speak of. */
  readonly also: readonly {
    readonly rule: string;
    readonly what: string;
    readonly cause: string;
    readonly next: readonly string[];
    readonly evidence?: string;
  }[];
}

/** What a model would be sent. */
export interface ContextReport {
  readonly tokens: number;
  readonly budget: number;
  /** The kind of secret for which it would not be sent. */
  readonly blocked?: string;
  readonly files: readonly {
    readonly path: string;
    readonly sent: boolean;
    readonly tokens: number;
    readonly redactions: readonly string[];
    readonly why?: string;
  }[];
  readonly text: string;
}

export const diagnostic: Check<Diagnostic> = shape({
  code: text,
  severity: oneOf('error', 'warning', 'information', 'hint'),
  message: text,
  range,
  fixes: listOf(
    shape({
      title: text,
      edits: listOf(shape({ range, newText: text })),
      command: optional(shape({ id: text, arguments: listOf(text) })),
      preferred: optional(flag),
    }),
  ),
  related: optional(listOf(shape({ range, message: text }))),
});

export const inputDefinition: Check<InputDefinition> = shape({
  type: oneOf('string', 'number', 'boolean'),
  default: optional(anything as Check<Json>),
  description: optional(text),
  options: optional(listOf(anything as Check<Json>)),
});

export const taskSummary: Check<TaskSummary> = shape({
  task: text,
  name: text,
  type: text,
  stage: text,
  dependsOn: listOf(text),
  line: count,
  hash: text,
  ignoresBarrier: optional(flag),
  expectedMs: optional(finite),
});

/** As the event that begins a run holds it. */
export const plan: Check<PlanSummary> = shape({
  hash: text,
  workflow: text,
  file: text,
  root: text,
  schedule: oneOf('stages', 'graph'),
  limits: shape({ io: finite, cpu: finite }),
  stages: listOf(text),
  tasks: listOf(taskSummary),
});

const changes: Check<Changes> = shape({ create: count, update: count, replace: count, destroy: count });
export const previewed: Check<PreviewedTask> = discriminatedUnion('kind', {
  preview: { task: text, preview: shape({ summary: text, changes, text, digest: text }) },
  cannot: { task: text },
  later: { task: text, reason: text },
  failed: { task: text, reason: text, next: optional(text) },
});

export const analysis: Check<WorkflowAnalysis> = shape({
  workflow: text,
  timedTasks: count,
  criticalPath: listOf(text),
  criticalPathMs: finite,
  serialMs: finite,
  graphMs: finite,
  barriers: listOf(shape({ stage: text, after: text, waitMs: finite, heldBy: text })),
  openSource: shape({ open: count, all: count, others: listOf(text) }),
  tasks: listOf(shape({ task: text, expectedMs: finite, startMs: finite, slackMs: finite })),
  costs: optional(costsCheck),
});

/** What a plan says beside its files, on its way from the engine and again on its way to the page that reviews it. */
export const planWords = {
  provider: text,
  reason: optional(text),
  workflow: text,
  components: listOf(text),
  inputs: listOf(shape({ name: text, description: text, value: text })),
  secrets: listOf(text),
  assumptions: listOf(text),
  unplaced: listOf(text),
  questions: listOf(text),
  destructive: flag,
  repairs: count,
  costUsd: optional(finite),
  error: optional(text),
  graph: optional(plan),
} as const;

export const deploymentPlan: Check<DeploymentPlan> = shape({
  ...planWords,
  files: listOf(shape({ path: text, text, before: optional(text), origin: text })),
  usage: optional(shape({ inputTokens: finite, outputTokens: finite, cachedTokens: optional(finite) })),
});

export const contextReport: Check<ContextReport> = shape({
  tokens: count,
  budget: count,
  blocked: optional(text),
  files: listOf(shape({ path: text, sent: flag, tokens: count, redactions: listOf(text), why: optional(text) })),
  text,
});

export const taskExplanation: Check<TaskExplanation> = shape({
  task: text,
  type: text,
  status: text,
  source: oneOf('rule', 'unknown', 'model'),
  what: text,
  cause: text,
  next: listOf(text),
  evidence: optional(text),
  rule: optional(text),
  also: listOf(shape({ rule: text, what: text, cause: text, next: listOf(text), evidence: optional(text) })),
});

/** What a conversion could not carry over as it was. */
export interface ConversionLoss {
  readonly kind: 'lost' | 'changed' | 'dropped';
  /** One-based line of the file that was read; none where it concerns the whole. */
  readonly line?: number;
  /** The part of it: `jobs.build.container`, a task's name; empty for the whole. */
  readonly what: string;
  readonly message: string;
}

export const conversionLoss: Check<ConversionLoss> = shape({
  kind: oneOf('lost', 'changed', 'dropped'),
  line: optional(count),
  what: text,
  message: text,
});
