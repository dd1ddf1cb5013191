/**
 * What a window and the relay (`code-engine serve --stdio`) say to each other: JSON-RPC 2.0 with the framing of the Language Server
 * Protocol (`Content-Length`), over the relay's standard input and output. Plain types, and checks for both ends.
 *
 * A refused request is a JSON-RPC error with code `REFUSED` whose `data` is a `Failure`; a request whose parameters do not pass
 * their check is refused with kind `usage`. Paths are absolute, in the style of the machine that the relay runs on.
 */
import type { Diagnostic } from '../core/diagnostic.ts';
import { FAILURE_KINDS, type Failure } from '../core/failure.ts';
import type { InputDefinition } from '../core/input.ts';
import { isObject, type Json } from '../core/json.ts';
import {
  anything,
  type Check,
  checked,
  count,
  flag,
  listOf,
  oneOf,
  optional,
  recordOf,
  shape,
  type Shaped,
  text,
} from '../core/check.ts';
import type { Result } from '../core/result.ts';
import {
  analysis,
  contextReport,
  conversionLoss,
  deploymentPlan,
  diagnostic,
  inputDefinition,
  plan,
  previewed,
  type ContextReport,
  type ConversionLoss,
  type DeploymentPlan,
  type PreviewedTask,
  type WorkflowAnalysis,
  taskExplanation,
  taskSummary,
  type TaskExplanation,
} from './answers.ts';
import { JOURNAL_VERSION, type PlanSummary, type RunStatus, type TaskSummary } from './events.ts';
import { FINDING_SEVERITIES, findingCheck, scannerCheck, type RunFinding, type ScannerInfo } from './findings.ts';
import type { SentEvent } from './plan-parts.ts';

/** Raised when an older partner could misread a message; new methods and new optional fields do not raise it. */
export const PROTOCOL_VERSION = 1;

/** The JSON-RPC error code of a request that was understood and not done; `data` says why. */
export const REFUSED = -32050;

/** Events are sent in batches of at most this many. */
export const EVENT_BATCH = 250;

/** The most bytes that one `logs/read` answers. */
export const LOG_PAGE_BYTES = 262_144;

/** A run as a list shows it, without its tasks. */
export interface RunSummary {
  readonly runId: string;
  readonly workflow: string;
  /** The workflow file. */
  readonly file: string;
  readonly status: RunStatus;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Of an ended run. */
  readonly durationMs?: number;
  /** The last event's number: `runs/changed` with the same number says nothing new. */
  readonly seq?: number;
}

export interface LogPage {
  /** Decoded; begins and ends between two characters. */
  readonly text: string;
  /** How many bytes of the file the text stands for: the next page begins at `offset + bytes`. */
  readonly bytes: number;
  /** Where the page begins; at most 3 bytes before what was asked for, so that no character is cut. */
  readonly offset: number;
  /** Bytes in the file now. */
  readonly size: number;
}

export interface DoctorCheck {
  readonly id: string;
  readonly status: 'ok' | 'missing' | 'outdated' | 'broken';
  readonly version?: string;
  readonly hint?: string;
  /** Which part of the environment it belongs to: `tool`, `cluster`, `model`, `wsl`, `target`. */
  readonly group?: string;
}

const runId = { runId: text };
const inputs = optional(recordOf(anything as Check<Json>));

/** The parameters of every request, as checks. */
export const REQUESTS = {
  /** First of all: who is there. `client` is a name and version for the log. */
  hello: { protocol: count, client: text },
  /** The runs of a workspace, newest first. */
  'runs/list': { workspace: text, limit: optional(count) },
  /** Starts a supervisor that outlives the window. `only` and `from` are task names. Values of secrets never travel here. */
  'runs/start': {
    file: text,
    workspace: optional(text),
    inputs,
    only: optional(text),
    from: optional(text),
    failFast: optional(flag),
  },
  /**
   * Answers at once; then `runs/events` from number `fromSeq` (1 for all), and each further event as it happens. A second subscription
   * to the same run takes the place of the first.
   */
  'runs/subscribe': { ...runId, workspace: text, fromSeq: count },
  'runs/unsubscribe': runId,
  'runs/cancel': { ...runId, workspace: text, force: optional(flag) },
  /** `digest` is that of the waiting event: what the person saw is what is approved. */
  'runs/approve': { ...runId, workspace: text, task: text, approved: flag, digest: text, comment: optional(text) },
  /** Takes an ended or interrupted run up again. With `tasks`, those and what depends on them run anew. */
  'runs/resume': { ...runId, workspace: text, tasks: optional(listOf(text)) },
  /** Undoes what an ended run did, the last task first; the run's own events tell how that goes. */
  'runs/rollback': { ...runId, workspace: text },
  'logs/read': {
    ...runId,
    workspace: text,
    task: text,
    attempt: count,
    stream: oneOf('stdout', 'stderr'),
    offset: count,
    length: count,
  },
  /**
   * What the scanners of a run found so far, on the user's own files; with `tasks`, of these. Findings of a task stand from its
   * `task.finished` on and take the place of those that the same task of the same file had before. Answered from files, also for
   * runs that ended long ago.
   */
  'findings/read': { ...runId, workspace: text, tasks: optional(listOf(text)) },
  /**
   * Starts what `code-engine secure FOLDER` runs: every scanner that fits the folder and is here, side by side, as an ordinary run
   * (subscribe, show, cancel it like any other). The run fails where something of the threshold or worse was found. Findings come
   * with `findings/found` to whoever subscribes, and by `findings/read`.
   */
  'secure/start': {
    folder: text,
    workspace: optional(text),
    threshold: optional(oneOf(...FINDING_SEVERITIES, 'never')),
  },
  /** Without `text`, the file is read. */
  'workflow/validate': { file: text, text: optional(text) },
  /** What it asks of the person who runs it. Without `text`, the file is read. */
  'workflow/inputs': { file: text, text: optional(text) },
  /**
   * The plan as it would run, with what earlier runs took. Without `text`, the file is read. With `id`, the tasks of a large plan come
   * before the answer, by `workflow/planned`.
   */
  'workflow/plan': { id: optional(count), file: text, text: optional(text), workspace: optional(text), inputs },
  /**
   * What a run would change; `workflow/previewed` tells of each task as soon as it is known. Changes nothing. With `brief` the answer
   * holds no tasks, for who was told of each.
   */
  'workflow/preview': { id: count, file: text, workspace: optional(text), inputs, brief: optional(flag) },
  /** Where the time of a run goes, by what earlier runs took. */
  'workflow/analyze': { file: text, text: optional(text), workspace: optional(text), inputs },
  /**
   * From a description to files and a workflow, as text; nothing is written. `keys` are variables of the environment (such as
   * `ANTHROPIC_API_KEY`) from the editor's secret storage, `editorModel` names a model of the editor that may be asked by `model/ask`.
   */
  'deploy/plan': {
    id: count,
    workspace: text,
    description: text,
    provider: optional(text),
    model: optional(text),
    keys: optional(recordOf(text)),
    editorModel: optional(text),
  },
  /** Writes the files of a plan that a person accepted; a path that leads out of the workspace is refused. */
  'deploy/write': { workspace: text, files: listOf(shape({ path: text, text })) },
  /** Another tool's file as a workflow; nothing is written. */
  'workflow/import': { file: text },
  /** A workflow as a pipeline of Tekton; nothing is written. */
  'workflow/export': { file: text },
  /** What `code-engine init` would write, with the whole new texts; nothing is written. */
  'init/plan': { workspace: text },
  /** Writes those of it that a person accepted; refused where a text is not what it would be now. */
  'init/write': { workspace: text, files: listOf(shape({ path: text, text })) },
  /** What a model would be sent for a description, to the byte; nothing is sent. */
  'deploy/context': { workspace: text, description: text },
  /**
   * Why the tasks of a run failed (`task`: this one only): known failures, from files, nothing is sent anywhere. Only with `provider` a
   * model is asked too; `keys` and `editorModel` as for `deploy/plan`.
   */
  explain: {
    ...runId,
    workspace: text,
    task: optional(text),
    provider: optional(text),
    model: optional(text),
    keys: optional(recordOf(text)),
    editorModel: optional(text),
  },
  doctor: { workspace: optional(text) },
} as const;

export type Method = keyof typeof REQUESTS;
export type Params<M extends Method> = Shaped<(typeof REQUESTS)[M]>;

/** An answer that only says that it was done: `{}`. */
type Nothing = Readonly<Record<string, never>>;

export interface Results {
  hello: { readonly protocol: number; readonly engine: string };
  'runs/list': { readonly runs: readonly RunSummary[] };
  'runs/start': { readonly runId: string };
  /** `seq` is the last number that was there when the subscription began; `0` for none. */
  'runs/subscribe': { readonly seq: number };
  'runs/unsubscribe': Nothing;
  'runs/cancel': Nothing;
  'runs/approve': Nothing;
  'runs/resume': { readonly runId: string };
  'runs/rollback': { readonly runId: string };
  'logs/read': LogPage;
  'findings/read': { readonly findings: readonly RunFinding[] };
  'secure/start': { readonly runId: string; readonly scanners: readonly ScannerInfo[] };
  'workflow/validate': { readonly diagnostics: readonly Diagnostic[] };
  'workflow/inputs': { readonly inputs: Readonly<Record<string, InputDefinition>> };
  /** `parted` is how many tasks went before it; the plan itself has none then. */
  'workflow/plan': { readonly plan: PlanSummary; readonly parted?: number };
  'workflow/preview': { readonly tasks: readonly PreviewedTask[] };
  'workflow/analyze': WorkflowAnalysis;
  'workflow/import': { readonly from: string; readonly text: string; readonly losses: readonly ConversionLoss[] };
  'workflow/export': { readonly text: string; readonly losses: readonly ConversionLoss[] };
  'deploy/plan': DeploymentPlan;
  'deploy/write': Nothing;
  'init/plan': {
    readonly files: readonly {
      readonly path: string;
      readonly action: 'create' | 'update' | 'same' | 'kept';
      readonly text: string;
      readonly before?: string;
      /** Why it is kept as it is. */
      readonly why?: string;
    }[];
  };
  'init/write': Nothing;
  'deploy/context': ContextReport;
  explain: { readonly explanations: readonly TaskExplanation[] };
  doctor: { readonly checks: readonly DoctorCheck[] };
}

/** What the relay says unasked. */
export interface Notifications {
  'runs/events': { readonly runId: string; readonly events: readonly SentEvent[] };
  /** A run of a workspace that was listed began, moved on (at most twice a second) or ended. */
  'runs/changed': { readonly workspace: string; readonly run: RunSummary };
  /** Of a run that is subscribed to: a scanner's task ended, and this is all that it found (nothing, where all was well). */
  'findings/found': {
    readonly workspace: string;
    readonly runId: string;
    readonly task: string;
    readonly findings: readonly RunFinding[];
  };
  /** Some tasks of a plan; `at` is the place of the first of them. */
  'workflow/planned': { readonly id: number; readonly at: number; readonly tasks: readonly TaskSummary[] };
  'workflow/previewed': { readonly id: number; readonly task: PreviewedTask };
  /** How far a plan has come, in a few words, with the components that are chosen by now; none named says nothing of them. */
  'deploy/progress': { readonly id: number; readonly phase: string; readonly components?: readonly string[] };
}

const STATUS = oneOf('running', 'succeeded', 'failed', 'cancelled', 'interrupted');
const summary: Check<RunSummary> = shape({
  ...runId,
  workflow: text,
  file: text,
  status: STATUS,
  startedAt: text,
  durationMs: optional(count),
  seq: optional(count),
});

const tasks = listOf(taskSummary);

const envelope = shape({ v: version, seq: count, time: text, runId: text, type: text });
const part = shape({ at: count, tasks });
/** The envelope alone, and parts of plans: an event of a kind that is not known here is kept. */
export const event = ((value: unknown, at: string) =>
  envelope(value, at) ??
  (isObject(value) && value['type'] === 'plan.part' ? part(value, at) : undefined)) as Check<SentEvent>;

function version(value: unknown, at: string): string | undefined {
  return value === JOURNAL_VERSION
    ? undefined
    : `${at}: a journal of version ${String(value)}, this reads ${JOURNAL_VERSION}`;
}

const failureShape: Check<Failure> = shape({
  kind: oneOf(...FAILURE_KINDS),
  message: text,
  next: optional(text),
  detail: optional(text),
});
const nothing = shape({}) as Check<Nothing>;

const RESULTS: { readonly [M in Method]: Check<Results[M]> } = {
  hello: shape({ protocol: count, engine: text }),
  'runs/list': shape({ runs: listOf(summary) }),
  'runs/start': shape(runId),
  'runs/subscribe': shape({ seq: count }),
  'runs/unsubscribe': nothing,
  'runs/cancel': nothing,
  'runs/approve': nothing,
  'runs/resume': shape(runId),
  'runs/rollback': shape(runId),
  'logs/read': shape({ text, bytes: count, offset: count, size: count }),
  'findings/read': shape({ findings: listOf(findingCheck) }),
  'secure/start': shape({ ...runId, scanners: listOf(scannerCheck) }),
  'workflow/validate': shape({ diagnostics: listOf(diagnostic) }),
  'workflow/inputs': shape({ inputs: recordOf(inputDefinition) }),
  'workflow/plan': shape({ plan, parted: optional(count) }),
  'workflow/preview': shape({ tasks: listOf(previewed) }),
  'workflow/analyze': analysis,
  'workflow/import': shape({ from: text, text, losses: listOf(conversionLoss) }),
  'workflow/export': shape({ text, losses: listOf(conversionLoss) }),
  'deploy/plan': deploymentPlan,
  'deploy/write': nothing,
  'init/plan': shape({
    files: listOf(
      shape({
        path: text,
        action: oneOf('create', 'update', 'same', 'kept'),
        text,
        before: optional(text),
        why: optional(text),
      }),
    ),
  }),
  'init/write': nothing,
  'deploy/context': contextReport,
  explain: shape({ explanations: listOf(taskExplanation) }),
  doctor: shape({
    checks: listOf(
      shape({
        id: text,
        status: oneOf('ok', 'missing', 'outdated', 'broken'),
        version: optional(text),
        hint: optional(text),
        group: optional(text),
      }),
    ),
  }),
};

const NOTIFICATIONS: { readonly [N in keyof Notifications]: Check<Notifications[N]> } = {
  'runs/events': shape({ ...runId, events: listOf(event) }),
  'runs/changed': shape({ workspace: text, run: summary }),
  'findings/found': shape({ workspace: text, ...runId, task: text, findings: listOf(findingCheck) }),
  'workflow/planned': shape({ id: count, at: count, tasks }),
  'workflow/previewed': shape({ id: count, task: previewed }),
  'deploy/progress': shape({ id: count, phase: text, components: optional(listOf(text)) }),
};

/** For the relay: the parameters of a request, or what is wrong with them. */
export function readParams<M extends Method>(method: M, params: unknown): Result<Params<M>, string> {
  return checked(params, shape(REQUESTS[method]) as unknown as Check<Params<M>>, method);
}

/** For the window: the result of a request, or what is wrong with it. */
export function readResult<M extends Method>(method: M, result: unknown): Result<Results[M], string> {
  return checked(result, RESULTS[method] as Check<Results[M]>, method);
}

export function readNotification<N extends keyof Notifications>(
  name: N,
  params: unknown,
): Result<Notifications[N], string> {
  return checked(params, NOTIFICATIONS[name] as Check<Notifications[N]>, name);
}

/** The reason of a refused request, where the error carries one. */
export function readFailure(data: unknown): Failure | undefined {
  const result = checked(data, failureShape, 'error');
  return result.ok ? result.value : undefined;
}
