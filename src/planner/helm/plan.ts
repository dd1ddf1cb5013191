/** Charts installed by name, charts of the workspace, and the values that the words ask for. */
import { stringify } from 'yaml';
import { SIZE, NUMBER, numberOf, sizeOf } from '../grammar/quantities.ts';
import type { WorkspaceFacts } from '../context/facts.ts';
import { environmentOf, extraComponents } from '../intent.ts';
import { Said, readResources } from '../kubernetes/attributes.ts';
import { readStorage } from '../kubernetes/volumes.ts';
import { readHosts } from '../kubernetes/companions.ts';
import { findNamespaces } from '../kubernetes/namespaces.ts';
import { emptyDraft, type PlanDraft, type PlannedFile, type TaskDraft } from '../plan.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Passage } from '../text.ts';
import { deepMerge } from '../values.ts';
import { CHARTS, type Chart, type ChartWishes } from './charts.ts';

interface Found {
  readonly chart: Chart;
  readonly said: Said;
  readonly start: number;
  readonly passage: Passage;
}

/** Charts named in the text with the words that belong to each. */
export function findCharts(text: Passage): Found[] {
  const marks: { chart: Chart; start: number; end: number }[] = [];
  for (const chart of [...CHARTS].sort((a, b) => b.names.length - a.names.length)) {
    const match = new RegExp(`(?<![\\w./-])(?:${chart.names})(?![\\w-])`, 'i').exec(text.text);
    if (match === null || marks.some((m) => match.index < m.end && m.start < match.index + match[0].length)) continue;
    marks.push({ chart, start: match.index, end: match.index + match[0].length });
    text.ledger.use(text.at + match.index, text.at + match.index + match[0].length);
  }
  // Parts of the stack are settings of it, not charts of their own.
  const stack = marks.find((m) => m.chart.id === 'kube-prometheus-stack');
  if (stack !== undefined) {
    for (const part of marks.filter((m) => m.chart.id === 'grafana' || m.chart.id === 'prometheus'))
      marks.splice(marks.indexOf(part), 1);
  }
  marks.sort((a, b) => a.start - b.start);
  return marks.map((m, i) => {
    const from = i === 0 ? 0 : Math.max(marks[i - 1]?.end ?? 0, text.text.slice(0, m.start).search(/[^,;.]*$/));
    const passage = text.slice(from, marks[i + 1]?.start);
    return { chart: m.chart, said: new Said([passage]), start: m.start, passage };
  });
}

export function readWishes(said: Said): ChartWishes {
  const off =
    said.take(
      /\b(?:no|without|disable[sd]?|off)\s+persisten\w+|\bpersisten\w+\s+(?:is\s+)?(?:off|disabled)|\bephemeral\b/i,
    ) !== undefined;
  const on =
    !off &&
    said.take(
      /\bpersisten\w+(?:\s+(?:is\s+)?(?:on|enabled))?|\bkeeps? (?:its|their|the) data\b|\bdurable\b|\bwith (?:a )?(?:volume|storage|disk)\b/i,
    ) !== undefined;
  const storage = readStorage(said);
  const bare = storage.size ?? (/\b(?:memory|ram)\b/i.test(said.text) ? undefined : sizeIn(said));
  const replicas = said.take(
    new RegExp(
      `\\b(${NUMBER})\\s+(?:[a-z-]+\\s+)?(?:replicas?|nodes?|instances?|pods?|brokers?|members?)\\b|\\breplicas?(?: ?count)?\\s*(?:of|=|:|to|is)?\\s*(\\d+)`,
      'i',
    ),
  );
  const count = replicas?.[1] ?? replicas?.[2];
  return {
    replicas: count === undefined ? undefined : numberOf(count),
    persistence: off ? false : on || bare !== undefined ? true : undefined,
    size: bare,
    storageClass: storage.storageClass,
    host: readHosts(said)[0],
    tls: said.take(/\btls\b|\bhttps\b|\bcertificate\b/i) !== undefined,
    serviceType:
      said.take(/\bload ?-?balancer\b/i) !== undefined
        ? 'LoadBalancer'
        : said.take(/\bnode ?-?port\b/i) !== undefined
          ? 'NodePort'
          : said.take(/\bcluster ?-?ip\b/i) !== undefined
            ? 'ClusterIP'
            : undefined,
    metrics: said.take(/\bmetrics\b|\bservice ?monitor\b|\bexporter\b/i) !== undefined,
    auth:
      said.take(/\b(?:no|without|disable[sd]?)\s+(?:auth\w*|password)/i) !== undefined
        ? false
        : said.take(/\bwith (?:auth\w*|a password)\b/i) !== undefined
          ? true
          : undefined,
    resources: readResources(said),
  };
}

function sizeIn(said: Said): string | undefined {
  const match = said.take(new RegExp(SIZE));
  return match?.[1] === undefined ? undefined : sizeOf(match[1], match[2] ?? 'Gi');
}

/** `key=value` and `key: value` settings with dots, taken over as they are. */
function explicitValues(said: Said): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const m of said.takeAll(
    /(?<![\w./-])([a-zA-Z][\w]*(?:\.[\w]+)+|[a-z]+[A-Z]\w*)\s*(?:=|:|set to|to be)\s*["'`]?([^\s,;"'`]+)/g,
  )) {
    const path = (m[1] ?? '').split('.');
    const raw = (m[2] ?? '').replace(/[.,]$/, '');
    const value: unknown = /^\d+$/.test(raw) ? Number(raw) : raw === 'true' || raw === 'false' ? raw === 'true' : raw;
    let into = values;
    for (const key of path.slice(0, -1)) into = (into[key] ??= {}) as Record<string, unknown>;
    into[path.at(-1) ?? ''] = value;
  }
  return values;
}

export interface ChartTask {
  readonly task: TaskDraft;
  readonly file: PlannedFile | undefined;
  readonly assumption: string | undefined;
}

/** The task that installs a chart, with its values file. */
export function chartTask(found: Found, namespace: string | undefined, release: string | undefined): ChartTask {
  const { chart, said } = found;
  const values = deepMerge({ ...chart.values(readWishes(said)) }, explicitValues(said));
  const version = said.take(/\b(?:chart )?version\s+v?(\d+\.\d+(?:\.\d+)?)/i)?.[1];
  const name = release ?? chart.id;
  const file: PlannedFile | undefined =
    Object.keys(values).length === 0
      ? undefined
      : {
          path: `helm/${name}.values.yaml`,
          text: stringify(values, { lineWidth: 0, aliasDuplicateObjects: false }),
          origin: 'catalogue',
        };
  const where = namespace ?? chart.namespace ?? 'default';
  const parameters: JsonObject = {
    chart: chart.chart,
    ...(chart.repository === undefined ? {} : { repo: chart.repository }),
    ...(version === undefined ? {} : { version }),
    release: name,
    namespace: where,
    ...(file === undefined ? {} : { values: [file.path] }),
  };
  return {
    task: {
      task: `install_${name.replace(/-/g, '_')}`,
      type: 'helm',
      description: `Install ${chart.id} and wait until it is ready.`,
      timeout: '15m',
      with: parameters,
    },
    file,
    assumption:
      version === undefined
        ? `The newest version of the chart ${chart.chart} is installed; pin one with "version X".`
        : undefined,
  };
}

function chartsIn(text: Passage): ReturnType<typeof findCharts>[number][] {
  const found = [...findCharts(text)];
  for (const id of extraComponents(text)) {
    const chart = CHARTS.find((c) => c.id === (id === 'prometheus' ? 'kube-prometheus-stack' : id));
    if (
      chart !== undefined &&
      !found.some((f) => f.chart === chart) &&
      !(id === 'grafana' && found.some((f) => f.chart.id === 'kube-prometheus-stack'))
    )
      found.push({ chart, said: new Said([]), start: text.text.length, passage: text.slice(text.text.length) });
  }
  return found;
}

/** What brings definitions that others need goes first; production is asked about before anything. */
function helmStages(tasks: readonly ChartTask[], production: boolean): PlanDraft['stages'] {
  const crds = tasks.filter((t) =>
    /cert-manager|prometheus-stack|external-secrets|keda/.test(t.task.task.replace(/_/g, '-')),
  );
  const rest = tasks.filter((t) => !crds.includes(t));
  const ask = {
    task: 'approve_production',
    type: 'approval',
    description: 'A person agrees to the change in production.',
    with: { message: 'Install into production?' },
  };
  return [
    ...(production ? [{ stage: 'approve', tasks: [ask] }] : []),
    { stage: rest.length === 0 ? 'install' : 'platform', tasks: crds.map((t) => t.task) },
    { stage: 'install', tasks: rest.map((t) => t.task) },
  ].filter((s) => s.tasks.length > 0);
}

export function planHelm(text: Passage, facts: WorkspaceFacts, name: string, summary: string): PlanDraft {
  text.take(/\bhelm(?: charts?)?\b|\bcharts?\b/i);
  const found = chartsIn(text);
  const namespaces = findNamespaces(text);
  const environment = environmentOf(text);
  const release = text.take(
    /\brelease\s+(?:name\s+)?(?:called |named |is |=|:)?["'`]?([a-z0-9][a-z0-9-]*)|\bas (?:release )?["'`]?([a-z0-9]+-[a-z0-9-]+)/i,
  );
  const given = text.take(/(oci:\/\/[^\s,;"'`]+)/)?.[1] ?? text.take(/\bchart\s+["'`]?([a-z0-9-]+\/[a-z0-9-]+)/i)?.[1];
  const repository = text.take(/\b(https?:\/\/[^\s,;"'`]+)/)?.[1];
  const tasks: ChartTask[] = found.map((f, i) => {
    const own =
      namespaces.find((n) => n.at >= f.passage.at && n.at < f.passage.at + f.passage.text.length)?.name ??
      (namespaces.length === 1 || found.length === 1 ? namespaces[0]?.name : undefined) ??
      environment;
    const chart: Chart =
      given !== undefined && i === 0
        ? { ...f.chart, chart: given, ...(repository === undefined ? {} : { repository }) }
        : f.chart;
    return chartTask({ ...f, chart }, own, found.length === 1 ? (release?.[1] ?? release?.[2]) : undefined);
  });
  if (tasks.length === 0) {
    const local = facts.charts[0];
    if (local === undefined && given === undefined)
      return emptyDraft(name, summary, {
        questions: ['Which chart should be installed? Name it, give an oci:// reference, or add one under charts/.'],
      });
    const chart: Chart = {
      id: (given ?? local ?? 'app').split('/').at(-1)?.replace(/:.*$/, '') ?? 'app',
      names: '',
      chart: given ?? local ?? '',
      ...(repository === undefined ? {} : { repository }),
      values: (w) => ({ ...(w.replicas === undefined ? {} : { replicaCount: w.replicas }) }),
    };
    tasks.push(
      chartTask(
        { chart, said: new Said([text]), start: 0, passage: text },
        namespaces[0]?.name ?? environment,
        release?.[1] ?? release?.[2],
      ),
    );
  }
  return emptyDraft(name, summary, {
    components: found.map((f) => f.chart.id),
    files: tasks.flatMap((t) => (t.file === undefined ? [] : [t.file])),
    assumptions: tasks.flatMap((t) => (t.assumption === undefined ? [] : [t.assumption])),
    stages: helmStages(tasks, environment !== undefined && /^prod/.test(environment)),
  });
}
