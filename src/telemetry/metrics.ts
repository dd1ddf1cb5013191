/**
 * A run as metrics in Prometheus' text form. They are about the last run of a workflow; what counts over runs (`code_runs_total`, the time of
 * the last success) is carried over from what was written before.
 */
import type { RunState } from '../run/state.ts';

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly samples: readonly Sample[];
}

/** A series for each task would be too much for a database beyond this; larger runs have them by type. */
const MOST_TASKS = 1000;

/** What earlier runs of the same workflow left. */
export interface CarriedOver {
  /** Runs so far, by status. */
  readonly runs: ReadonlyMap<string, number>;
  /** Seconds since 1970. */
  readonly lastSuccess?: number;
}

const STATUSES = ['succeeded', 'failed', 'cancelled', 'interrupted'] as const;

/**
 * The run, added to what was before.
 * @param labels of every series, such as the workspace
 * @param before `undefined` where nothing is kept, so that nothing can be counted over runs
 */
export function metricsOf(state: RunState, labels: Labels, before: CarriedOver | undefined): string {
  const workflow = { ...labels, workflow: state.plan?.workflow ?? '' };
  const finished = (state.finishedAt ?? state.startedAt ?? 0) / 1000;
  const lastSuccess = state.status === 'succeeded' ? finished : before?.lastSuccess;
  const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
    name,
    help,
    type: 'gauge',
    samples,
  });
  const one = (value: number | undefined): Sample[] => (value === undefined ? [] : [{ labels: workflow, value }]);
  const metrics: readonly Metric[] = [
    {
      name: 'code_runs_total',
      help: 'Runs of the workflow by how they ended.',
      type: 'counter',
      samples: (before === undefined ? [] : STATUSES).map((status) => ({
        labels: { ...workflow, status },
        value: (before?.runs.get(status) ?? 0) + (state.status === status ? 1 : 0),
      })),
    },
    gauge('code_run_succeeded', 'Whether the last run succeeded.', one(state.status === 'succeeded' ? 1 : 0)),
    gauge('code_run_finished_timestamp_seconds', 'When the last run ended.', one(finished)),
    gauge('code_run_last_success_timestamp_seconds', 'When a run last succeeded.', one(lastSuccess)),
    gauge('code_run_duration_seconds', 'How long the last run took.', one(seconds(state.durationMs))),
    gauge(
      'code_run_critical_path_seconds',
      'The longest path of the last run: with any number of places it could not be shorter.',
      one(seconds(state.criticalPathMs)),
    ),
    gauge(
      'code_run_serial_seconds',
      'What the tasks of the last run took one after the other.',
      one(seconds(state.serialMs)),
    ),
    gauge('code_run_retries', 'Attempts of the last run beyond the first of each task.', one(retriesOf(state))),
    gauge(
      'code_run_tasks',
      'Tasks of the last run by status.',
      Object.entries(state.counts).map(([status, value]) => ({ labels: { ...workflow, status }, value })),
    ),
    gauge(
      'code_task_duration_seconds',
      'How long each task of the last run took, all attempts together.',
      tasksOf(state, workflow),
    ),
  ];
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(textOf)
    .join('');
}

const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);

const retriesOf = (state: RunState): number =>
  [...state.tasks.values()].reduce((sum, { attempts }) => sum + Math.max(0, attempts.length - 1), 0);

function tasksOf(state: RunState, workflow: Labels): Sample[] {
  const ran = [...state.tasks.values()].filter(
    ({ attempts, durationMs }) => attempts.length > 0 && durationMs !== undefined,
  );
  if (ran.length <= MOST_TASKS) {
    return ran.map(({ summary, status, durationMs = 0 }) => ({
      labels: { ...workflow, stage: summary.stage, task: summary.task, type: summary.type, status },
      value: durationMs / 1000,
    }));
  }
  const byType = new Map<string, Sample>();
  for (const { summary, status, durationMs = 0 } of ran) {
    const labels = {
      ...workflow,
      stage: summary.stage,
      task: `all of type ${summary.type}`,
      type: summary.type,
      status,
    };
    const key = JSON.stringify(labels);
    byType.set(key, { labels, value: (byType.get(key)?.value ?? 0) + durationMs / 1000 });
  }
  return [...byType.values()];
}

/** https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format */
function textOf({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `${name}{${pairs.join(',')}} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** What a text that `metricsOf` wrote carries over to the next run; nothing of a text by anybody else. */
export function carriedOver(text: string): CarriedOver {
  const runs = new Map<string, number>();
  for (const [, status = '', value] of text.matchAll(/^code_runs_total\{.*status="(\w+)"\} (\d+)$/gm)) {
    runs.set(status, Number(value));
  }
  const success = /^code_run_last_success_timestamp_seconds\{.*\} ([\d.]+)$/m.exec(text)?.[1];
  return { runs, ...(success === undefined ? {} : { lastSuccess: Number(success) }) };
}
