/** What a supervisor hands a run's events to where traces or metrics are wanted. Loaded only then. Nothing in here can fail or slow a run. */
import { readFileSync } from 'node:fs';
import { arch, hostname, type } from 'node:os';
import type { RunEvent } from '../run/events.ts';
import { decodeJournal } from '../run/journal-format.ts';
import type { RunLayout } from '../run/layout.ts';
import { RunFold } from '../run/reduce.ts';
import type { RunState } from '../run/state.ts';
import { writeAtomically } from '../platform/files.ts';
import { traceConfig, type Env, type TraceConfig } from './config.ts';
import { formatTraceparent, parseTraceparent, traceIdOf, type TraceParent } from './context.ts';
import { Exporter } from './exporter.ts';
import { pushMetrics, writeMetrics } from './metrics-out.ts';
import { attemptSpanId, RunSpans } from './spans.ts';

export interface ObserverOptions {
  readonly env: Env;
  readonly workspace: string;
  readonly runId: string;
  readonly layout: RunLayout;
  /** The version of this program. */
  readonly version: string;
  /** For a person: what was asked for and cannot be done. */
  readonly warn: (message: string) => void;
}

/** A run that is shorter than this is traced when it is over, and costs its tasks nothing. */
const FOLD_MS = 3000;

/** How long those who follow the run wait for its trace to be taken. */
const SETTLE_MS = 2000;

/** How long the last spans may take once the run has let go of everybody who follows it. */
const PATIENCE_MS = 10_000;

interface Tracing {
  readonly config: TraceConfig;
  readonly traceId: string;
  readonly parent: TraceParent | undefined;
  readonly spans: RunSpans;
  readonly exporter: Exporter;
}

export class RunObserver {
  readonly #options: ObserverOptions;
  readonly #tracing: Tracing | undefined;
  readonly #events: RunEvent[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @returns at once; whether the endpoint answers is told by `warn` */
  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#tracing = startTracing(options);
    void this.#tracing?.exporter.greet();
  }

  /** Only keeps it: the supervisor has tasks to start. */
  event(event: RunEvent): void {
    if (this.#tracing === undefined || event.type === 'task.output' || event.type === 'tasks.admitted') return;
    this.#events.push(event);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#fold();
    }, FOLD_MS).unref();
  }

  #fold(): void {
    const tracing = this.#tracing;
    const events = this.#events.splice(0);
    if (tracing !== undefined) tracing.exporter.add(events.flatMap((event) => tracing.spans.apply(event)));
  }

  /** The variables by which a task's own spans become children of its attempt. */
  envOf(task: string, attempt: number): Readonly<Record<string, string>> {
    if (this.#tracing === undefined) return {};
    const { traceId } = this.#tracing;
    return {
      TRACEPARENT: formatTraceparent({ traceId, spanId: attemptSpanId(traceId, task, attempt), sampled: true }),
    };
  }

  /** The run is over and its journal closed: resolves as soon as what is left to tell was told, or refused once. */
  async settle(): Promise<void> {
    clearTimeout(this.#timer);
    this.#fold();
    const { env, workspace, layout } = this.#options;
    const folder = env.CODE_METRICS_DIR ?? '';
    const gateway = env.CODE_PUSHGATEWAY ?? '';
    const state = folder === '' && gateway === '' ? undefined : stateOf(layout);
    const [...troubles] = await Promise.all([
      folder === '' || state === undefined ? undefined : writeMetrics(folder, workspace, state),
      gateway === '' || state === undefined ? undefined : pushMetrics(gateway, workspace, state),
      this.#tracing?.exporter.settle(AbortSignal.timeout(SETTLE_MS)),
    ]);
    this.#record(troubles.filter((why) => typeof why === 'string'));
  }

  /** The retries; the process has nothing else to do any more. */
  async finish(): Promise<void> {
    await this.#tracing?.exporter.finish(AbortSignal.timeout(PATIENCE_MS));
    this.#record([]);
  }

  /** `telemetry.json` in the run's folder says which trace it is, and what did not arrive. */
  #record(troubles: readonly string[]): void {
    const known = this.#tracing;
    const trace =
      known === undefined
        ? {}
        : {
            traceId: known.traceId,
            ...(known.parent === undefined ? {} : { parentSpanId: known.parent.spanId }),
            endpoint: withoutCredentials(known.config.url),
            sent: known.exporter.sent,
            lost: known.exporter.lost,
            ...(known.exporter.trouble === undefined ? {} : { trouble: known.exporter.trouble }),
          };
    if (troubles.length > 0) this.#troubles.push(...troubles);
    const record = { ...trace, ...(this.#troubles.length === 0 ? {} : { troubles: this.#troubles }) };
    writeAtomically(`${this.#options.layout.folder}/telemetry.json`, JSON.stringify(record));
  }

  readonly #troubles: string[] = [];
}

function startTracing({ env, workspace, runId, layout, version, warn }: ObserverOptions): Tracing | undefined {
  const read = traceConfig(env);
  if (!read.ok) {
    warn(`There will be no trace. ${read.failure.message} ${read.failure.next ?? ''}`.trim());
    return undefined;
  }
  const config = read.value;
  const parent = parseTraceparent(env.TRACEPARENT);
  // Who started us decided that this trace is not wanted; its own context reaches the tasks as it came.
  if (config === undefined || parent?.sampled === false) return undefined;
  const traceId = parent?.traceId ?? traceIdOf(`${workspace} ${runId}`);
  const resource = {
    'service.version': version,
    'host.name': hostname(),
    'host.arch': arch(),
    'os.type': type().toLowerCase(),
    'process.pid': process.pid,
    ...config.resource,
  };
  return {
    config,
    traceId,
    parent,
    spans: new RunSpans(traceId, parent, layout),
    exporter: new Exporter({
      config,
      about: { resource, version },
      onTrouble: (why) =>
        warn(`The trace cannot be sent to ${withoutCredentials(config.url)}: ${why}. The run goes on.`),
    }),
  };
}

function stateOf(layout: RunLayout): RunState | undefined {
  try {
    const fold = new RunFold();
    for (const event of decodeJournal(readFileSync(layout.journal)).events) fold.apply(event);
    return fold.state;
  } catch {
    return undefined;
  }
}

function withoutCredentials(text: string): string {
  const url = new URL(text);
  url.username = url.password = url.search = '';
  return url.href;
}
