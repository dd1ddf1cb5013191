/**
 * A run as spans: the run, its stages, their tasks, and each task's attempts. A fold over the journal's events like every other view; a
 * span comes out once it has ended. Names and attributes are those of the conventions for pipelines
 * (https://opentelemetry.io/docs/specs/semconv/cicd/cicd-spans/); what those do not know begins with `code.`.
 */
import type { EventOf, PlanSummary, RunEvent, TaskOutcome, TaskSummary } from '../run/events.ts';
import { logFile, type RunLayout } from '../run/layout.ts';
import { spanIdOf, type TraceParent } from './context.ts';

export type AttributeValue = string | number | boolean;
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface SpanEvent {
  readonly name: string;
  readonly timeMs: number;
  readonly attributes: Attributes;
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: 'internal' | 'server';
  /** Milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** `undefined` where nobody judged: skipped and cancelled work is neither good nor bad. */
  readonly status?: 'ok' | 'error';
  readonly message?: string;
}

interface Open {
  readonly startMs: number;
  readonly attributes: Record<string, AttributeValue>;
  readonly events: SpanEvent[];
}

interface OpenStage extends Open {
  left: number;
  failed: boolean;
  lastMs: number;
}

const open = (startMs: number): Open => ({ startMs, attributes: {}, events: [] });

/** The span that a task's attempt is, known before it starts: what its `TRACEPARENT` names. */
export const attemptSpanId = (traceId: string, task: string, attempt: number): string =>
  spanIdOf(traceId, 'attempt', task, attempt);

export class RunSpans {
  readonly #trace: { readonly traceId: string; readonly parent: TraceParent | undefined };
  readonly #layout: RunLayout;
  #run: (Open & { readonly id: string; readonly plan: PlanSummary }) | undefined;
  readonly #summaries = new Map<string, TaskSummary>();
  readonly #stages = new Map<string, OpenStage>();
  readonly #tasks = new Map<string, Open>();
  readonly #attempts = new Map<string, Open>();
  readonly #ids = new Map<string, string>();

  /** @param parent whoever started the run within a trace of its own */
  constructor(traceId: string, parent: TraceParent | undefined, layout: RunLayout) {
    this.#trace = { traceId, parent };
    this.#layout = layout;
  }

  /** @returns the spans that this event ended, the inner ones first */
  apply(event: RunEvent): Span[] {
    const at = Date.parse(event.time);
    switch (event.type) {
      case 'run.started':
      case 'run.resumed':
        this.#begin(event, at);
        return [];
      case 'task.started':
        this.#task(event.task, at);
        this.#attempts.set(event.task, open(at));
        return [];
      case 'task.adopted': // its start was told to a supervisor that is dead, and is not known here
        this.#task(event.task, at);
        this.#attempts.set(event.task, { ...open(at), attributes: { 'code.adopted': true } });
        return [];
      case 'task.process':
        Object.assign(this.#attempts.get(event.task)?.attributes ?? {}, { 'process.pid': event.process.pid });
        return [];
      case 'task.waiting':
        this.#note(
          event.task,
          at,
          `waiting for ${event.on.kind}`,
          event.on.kind === 'lock' ? { 'code.lock': event.on.lock } : {},
        );
        return [];
      case 'task.preview':
        this.#note(event.task, at, 'previewed', { 'code.preview': event.summary });
        return [];
      case 'task.approved':
        this.#note(event.task, at, event.approved ? 'approved' : 'refused', { 'enduser.id': event.by });
        return [];
      case 'task.retrying':
        return this.#endAttempt(event, at);
      case 'task.finished':
        return [...this.#endAttempt(event, at), ...this.#endTask(event, at)];
      case 'task.rolled_back':
        this.#run?.events.push({
          name: 'rolled back',
          timeMs: at,
          attributes: { 'cicd.pipeline.task.name': event.task, 'code.ok': event.ok },
        });
        return [];
      case 'run.cancelling':
        this.#run?.events.push({ name: 'cancelling', timeMs: at, attributes: { 'enduser.id': event.by } });
        return [];
      case 'run.finished':
        return this.#end(event, at);
      case 'tasks.admitted':
      case 'task.rolling_back':
      case 'task.output':
      case 'run.warning':
        return [];
    }
  }

  #begin(event: EventOf<'run.started'> | EventOf<'run.resumed'>, at: number): void {
    const { plan } = event;
    const attempt = event.type === 'run.resumed' ? event.attempt : 1;
    this.#run = { ...open(at), plan, id: spanIdOf(this.#trace.traceId, 'run', event.runId, attempt) };
    Object.assign(this.#run.attributes, {
      'cicd.pipeline.name': plan.workflow,
      'cicd.pipeline.run.id': event.runId,
      'cicd.pipeline.action.name': 'RUN',
      'code.file.path': plan.file,
      'code.schedule': plan.schedule,
      'code.tasks': plan.tasks.length,
      'code.run.attempt': attempt,
    });
    const again = event.type === 'run.resumed' ? new Set(event.reset) : undefined;
    for (const task of plan.tasks) {
      this.#summaries.set(task.task, task);
      if (again?.has(task.task) === false) continue;
      const stage = this.#stages.get(task.stage);
      if (stage === undefined) this.#stages.set(task.stage, { ...open(NaN), left: 1, failed: false, lastMs: at });
      else stage.left++;
    }
  }

  #task(task: string, at: number): Open {
    let known = this.#tasks.get(task);
    if (known === undefined) this.#tasks.set(task, (known = open(at)));
    const stage = this.#summaries.get(task)?.stage ?? '';
    const opened = this.#stages.get(stage);
    if (opened !== undefined && Number.isNaN(opened.startMs)) this.#stages.set(stage, { ...opened, startMs: at });
    return known;
  }

  #note(task: string, at: number, name: string, attributes: Attributes): void {
    this.#task(task, at).events.push({ name, timeMs: at, attributes });
  }

  #endAttempt(event: EventOf<'task.retrying'> | EventOf<'task.finished'>, at: number): Span[] {
    const known = this.#attempts.get(event.task);
    if (known === undefined) return [];
    this.#attempts.delete(event.task);
    const { task, attempt, status } = event;
    const { traceId } = this.#trace;
    return [
      {
        traceId,
        spanId: attemptSpanId(traceId, task, attempt),
        parentSpanId: this.#taskId(task),
        name: `${task} attempt ${attempt}`,
        kind: 'internal',
        startMs: known.startMs,
        endMs: at,
        attributes: {
          ...known.attributes,
          ...this.#about(task),
          'code.attempt': attempt,
          'cicd.pipeline.task.run.result': RESULTS[status],
          // The logs lie beside the journal, under these names, for as long as the run is kept.
          'log.file.path': logFile(this.#layout, task, attempt, 'stdout'),
          'code.log.stderr': logFile(this.#layout, task, attempt, 'stderr'),
          ...endOf(event),
        },
        events: known.events,
        ...judged(status, event.reason),
      },
    ];
  }

  #endTask(event: EventOf<'task.finished'>, at: number): Span[] {
    const { task, status } = event;
    const { traceId } = this.#trace;
    const stage = this.#summaries.get(task)?.stage ?? '';
    const known = this.#task(task, at);
    this.#tasks.delete(task);
    const span: Span = {
      traceId,
      spanId: this.#taskId(task),
      parentSpanId: this.#stageId(stage),
      name: task,
      kind: 'internal',
      startMs: known.startMs,
      endMs: at,
      attributes: {
        ...this.#about(task),
        'cicd.pipeline.task.run.result': RESULTS[status],
        'code.status': status,
        'code.attempts': event.attempt,
        ...(event.allowedToFail === true ? { 'code.allowed_to_fail': true } : {}),
        ...endOf(event),
      },
      events: known.events,
      ...(event.allowedToFail === true ? {} : judged(status, event.reason)),
    };
    return [span, ...this.#taskLeft(stage, at, span.status === 'error')];
  }

  #taskLeft(name: string, at: number, failed: boolean): Span[] {
    const stage = this.#stages.get(name);
    if (stage === undefined) return [];
    stage.left--;
    stage.failed ||= failed;
    stage.lastMs = at;
    if (stage.left > 0) return [];
    this.#stages.delete(name);
    return [this.#stageSpan(name, stage)];
  }

  #stageSpan(name: string, stage: OpenStage): Span {
    const { traceId } = this.#trace;
    return {
      traceId,
      spanId: this.#stageId(name),
      ...(this.#run === undefined ? {} : { parentSpanId: this.#run.id }),
      name: `stage ${name}`,
      kind: 'internal',
      startMs: Number.isNaN(stage.startMs) ? stage.lastMs : stage.startMs,
      endMs: stage.lastMs,
      attributes: { 'cicd.pipeline.name': this.#run?.plan.workflow ?? '', 'code.stage': name },
      events: [],
      ...(stage.failed ? { status: 'error' as const } : { status: 'ok' as const }),
    };
  }

  #end(event: EventOf<'run.finished'>, at: number): Span[] {
    const run = this.#run;
    if (run === undefined) return [];
    const left = [...this.#stages].map(([name, stage]) => this.#stageSpan(name, stage));
    const { parent, traceId } = this.#trace;
    return [
      ...left,
      {
        traceId,
        spanId: run.id,
        ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
        name: `RUN ${run.plan.workflow}`,
        kind: 'server',
        startMs: run.startMs,
        endMs: at,
        attributes: {
          ...run.attributes,
          'cicd.pipeline.result': RESULTS[event.status],
          'code.critical_path_ms': event.criticalPathMs,
          'code.serial_ms': event.serialMs,
          ...(event.status === 'failed' ? { 'error.type': 'failure' } : {}),
        },
        events: run.events,
        ...judged(event.status, event.reason),
      },
    ];
  }

  #stageId(stage: string): string {
    return this.#idOf('stage', stage);
  }

  #taskId(task: string): string {
    return this.#idOf('task', task);
  }

  #idOf(kind: 'stage' | 'task', name: string): string {
    const key = `${kind} ${name}`;
    let id = this.#ids.get(key);
    if (id === undefined) this.#ids.set(key, (id = spanIdOf(this.#trace.traceId, kind, name, this.#run?.id ?? '')));
    return id;
  }

  #about(task: string): Attributes {
    const summary = this.#summaries.get(task);
    return {
      'cicd.pipeline.name': this.#run?.plan.workflow ?? '',
      'cicd.pipeline.task.name': summary?.name ?? task,
      'cicd.pipeline.task.run.id': task,
      'code.task.type': summary?.type ?? '',
      'code.stage': summary?.stage ?? '',
    };
  }
}

/** The results that the conventions know. */
const RESULTS: Readonly<Record<TaskOutcome, string>> = {
  succeeded: 'success',
  cached: 'success',
  failed: 'failure',
  timed_out: 'timeout',
  cancelled: 'cancellation',
  interrupted: 'error',
  skipped: 'skip',
};

function judged(status: TaskOutcome, reason: string | undefined): Pick<Span, 'status' | 'message'> {
  switch (status) {
    case 'succeeded':
    case 'cached':
      return { status: 'ok' };
    case 'failed':
    case 'timed_out':
    case 'interrupted':
      return { status: 'error', ...(reason === undefined ? {} : { message: reason }) };
    case 'cancelled':
    case 'skipped':
      return {};
  }
}

function endOf(event: EventOf<'task.retrying'> | EventOf<'task.finished'>): Attributes {
  const bad = event.status === 'failed' || event.status === 'timed_out';
  return {
    ...(event.exitCode === undefined ? {} : { 'process.exit.code': event.exitCode }),
    ...(event.signal === undefined ? {} : { 'code.signal': event.signal }),
    ...(bad ? { 'error.type': event.status } : {}),
  };
}
