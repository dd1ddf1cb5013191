/**
 * The Grafana dashboard over what `src/telemetry/metrics.ts` writes. Here are titles, queries and units; the rest of a panel's JSON is the
 * same for all. https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 */

interface Query {
  readonly expr: string;
  readonly legend?: string;
  /** The value now, for tables and single figures. */
  readonly instant?: true;
}

interface Panel {
  readonly title: string;
  readonly description: string;
  readonly kind: 'stat' | 'timeseries' | 'table' | 'bargauge';
  readonly unit: 's' | 'percentunit' | 'short' | 'dateTimeFromNow';
  readonly width: number;
  readonly height: number;
  readonly queries: readonly Query[];
  /** Value to words and colour. */
  readonly words?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
}

/** The variables of the dashboard narrow every query. */
const OF = '{workspace=~"$workspace",workflow=~"$workflow"}';
const of = (more: string): string => OF.replace('}', `,${more}}`);

const PANELS: readonly Panel[] = [
  {
    title: 'Last run',
    description: 'How the last run of each workflow ended.',
    kind: 'stat',
    unit: 'short',
    width: 6,
    height: 5,
    queries: [{ expr: `code_run_succeeded${OF}`, legend: '{{workflow}}', instant: true }],
    words: { '1': { text: 'succeeded', color: 'green' }, '0': { text: 'failed', color: 'red' } },
  },
  {
    title: 'Last success',
    description: 'How long ago a run last succeeded.',
    kind: 'stat',
    unit: 'dateTimeFromNow',
    width: 6,
    height: 5,
    queries: [{ expr: `code_run_last_success_timestamp_seconds${OF} * 1000`, legend: '{{workflow}}', instant: true }],
  },
  {
    title: 'Runs that succeed',
    description: 'Of the runs in the chosen time.',
    kind: 'stat',
    unit: 'percentunit',
    width: 6,
    height: 5,
    queries: [
      {
        expr: `sum by (workflow) (increase(code_runs_total${of('status="succeeded"')}[$__range])) / sum by (workflow) (increase(code_runs_total${OF}[$__range]))`,
        legend: '{{workflow}}',
        instant: true,
      },
    ],
  },
  {
    title: 'Saved by running side by side',
    description: 'What the last run took, against all its tasks one after the other.',
    kind: 'stat',
    unit: 'percentunit',
    width: 6,
    height: 5,
    queries: [
      {
        expr: `1 - code_run_duration_seconds${OF} / (code_run_serial_seconds${OF} > 0)`,
        legend: '{{workflow}}',
        instant: true,
      },
    ],
  },
  {
    title: 'Duration and critical path',
    description: 'The gap between them is what more places, or fewer barriers, could still save.',
    kind: 'timeseries',
    unit: 's',
    width: 12,
    height: 9,
    queries: [
      { expr: `code_run_duration_seconds${OF}`, legend: '{{workflow}}' },
      { expr: `code_run_critical_path_seconds${OF}`, legend: '{{workflow}}: critical path' },
    ],
  },
  {
    title: 'Runs by how they ended',
    description: 'An hour at a time.',
    kind: 'timeseries',
    unit: 'short',
    width: 12,
    height: 9,
    queries: [
      { expr: `sum by (workflow, status) (increase(code_runs_total${OF}[1h]))`, legend: '{{workflow}} {{status}}' },
    ],
  },
  {
    title: 'Longest tasks of the last run',
    description: 'Where the time went.',
    kind: 'bargauge',
    unit: 's',
    width: 12,
    height: 10,
    queries: [{ expr: `topk(15, code_task_duration_seconds${OF})`, legend: '{{workflow}} {{task}}', instant: true }],
  },
  {
    title: 'Time by stage of the last run',
    description: 'All tasks of a stage together: how much there is to run side by side.',
    kind: 'bargauge',
    unit: 's',
    width: 12,
    height: 10,
    queries: [
      {
        expr: `sum by (workflow, stage) (code_task_duration_seconds${OF})`,
        legend: '{{workflow}} {{stage}}',
        instant: true,
      },
    ],
  },
  {
    title: 'Tasks that failed in the last run',
    description: 'Their logs: code-engine runs logs --task NAME.',
    kind: 'table',
    unit: 's',
    width: 12,
    height: 8,
    queries: [{ expr: `code_task_duration_seconds${of('status=~"failed|timed_out"')}`, instant: true }],
  },
  {
    title: 'Attempts beyond the first',
    description: 'Tasks that only work when they are tried again.',
    kind: 'timeseries',
    unit: 'short',
    width: 12,
    height: 8,
    queries: [{ expr: `code_run_retries${OF}`, legend: '{{workflow}}' }],
  },
];

const SOURCE = { type: 'prometheus', uid: '${datasource}' };

/** The dashboard as Grafana imports it. */
export function dashboard(): string {
  let x = 0;
  let y = 0;
  const panels = PANELS.map((panel, at) => {
    if (x + panel.width > 24) {
      x = 0;
      y += PANELS[at - 1]?.height ?? 0;
    }
    const gridPos = { x, y, w: panel.width, h: panel.height };
    x += panel.width;
    return panelOf(panel, at + 1, gridPos);
  });
  return `${JSON.stringify(
    {
      uid: 'code-engine-runs',
      title: 'CODE: runs',
      description: 'Runs of deployment workflows, from the metrics that CODE_METRICS_DIR or CODE_PUSHGATEWAY receive.',
      tags: ['code-engine', 'deployments'],
      schemaVersion: 39,
      version: 1,
      editable: true,
      refresh: '1m',
      time: { from: 'now-7d', to: 'now' },
      timezone: 'browser',
      templating: { list: [sourceVariable(), labelVariable('workspace'), labelVariable('workflow')] },
      annotations: { list: [failures()] },
      links: [],
      panels,
    },
    null,
    1,
  )}\n`;
}

function panelOf(panel: Panel, id: number, gridPos: object): object {
  const { title, description, kind, unit, queries, words } = panel;
  const mappings =
    words === undefined
      ? []
      : [
          {
            type: 'value',
            options: Object.fromEntries(
              Object.entries(words).map(([value, look], index) => [value, { ...look, index }]),
            ),
          },
        ];
  return {
    id,
    title,
    description,
    type: kind,
    gridPos,
    datasource: SOURCE,
    fieldConfig: {
      defaults: { unit, mappings, color: { mode: kind === 'stat' ? 'thresholds' : 'palette-classic' } },
      overrides: [],
    },
    options:
      kind === 'stat' || kind === 'bargauge'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, orientation: kind === 'bargauge' ? 'horizontal' : 'auto' }
        : {},
    targets: queries.map(({ expr, legend, instant }, at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: SOURCE,
      expr,
      ...(legend === undefined ? {} : { legendFormat: legend }),
      ...(instant === true ? { instant: true, range: false } : {}),
      ...(kind === 'table' ? { format: 'table' } : {}),
    })),
  };
}

const sourceVariable = (): object => ({
  name: 'datasource',
  label: 'Prometheus',
  type: 'datasource',
  query: 'prometheus',
});

const labelVariable = (label: string): object => ({
  name: label,
  label,
  type: 'query',
  datasource: SOURCE,
  query: { query: `label_values(code_run_duration_seconds, ${label})`, refId: label },
  definition: `label_values(code_run_duration_seconds, ${label})`,
  refresh: 2,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
});

const failures = (): object => ({
  name: 'Failed runs',
  datasource: SOURCE,
  enable: true,
  iconColor: 'red',
  expr: `increase(code_runs_total${of('status="failed"')}[$__interval]) > 0`,
  titleFormat: '{{workflow}} failed',
});
