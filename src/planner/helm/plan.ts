/** Charts installed by name, charts of the workspace, and the values that the words ask for. */
import { stringify } from 'yaml';
import { SIZE, NUMBER, numberOf, sizeOf } from '../grammar/quantities.ts';
import type { WorkspaceFacts } from '../context/facts.ts';
import { environmentOf, extraComponents } from '../intent.ts';
import { readResources } from '../kubernetes/amounts.ts';
import { Said } from '../kubernetes/attributes.ts';
import { readStorage } from '../kubernetes/volumes.ts';
import { readHosts } from '../kubernetes/ingress.ts';
import { findNamespaces } from '../kubernetes/namespaces.ts';
import { emptyDraft, type PlanDraft, type PlannedFile, type TaskDraft } from '../plan.ts';
import type { JsonObject } from '../../core/json.ts';
import { escaped, type Passage } from '../text.ts';
import { deepMerge, type Tree } from '../values.ts';
import { readSettings, releaseWords } from './release.ts';
import { writeChart } from './write.ts';
import { CHARTS as WELL_KNOWN, type Chart, type ChartWishes } from './charts.ts';
import { MORE_CHARTS } from './charts-more.ts';
import { toggles } from './toggles.ts';
import { planExisting } from './existing.ts';

const CHARTS: readonly Chart[] = [...WELL_KNOWN, ...MORE_CHARTS];

interface Found {
  readonly chart: Chart;
  readonly said: Said;
  readonly start: number;
  readonly passage: Passage;
}

/** A chart of the workspace, by its folder. */
const localChart = (folder: string): Chart => ({
  id: folder.split('/').at(-1) ?? 'app',
  names: escaped(folder),
  chart: folder,
  values: (w) => ({ ...(w.replicas === undefined ? {} : { replicaCount: w.replicas }) }),
});

/** Charts named in the text with the words that belong to each. @param local folders of charts that there are */
export function findCharts(text: Passage, local: readonly string[] = []): Found[] {
  const marks: { chart: Chart; start: number; end: number }[] = [];
  for (const folder of local) {
    const at = new RegExp(`(?<![\\w-])(?:\\./)?${localChart(folder).names}(?![\\w-])`).exec(text.text);
    if (at !== null) marks.push({ chart: localChart(folder), start: at.index, end: at.index + at[0].length });
  }
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

/** Secrets, names and spans of time that the words give. */
const readNames = (
  said: Said,
): Pick<ChartWishes, 'ha' | 'retention' | 'existingSecret' | 'secretKey' | 'args' | 'database' | 'username'> => ({
  ha:
    said.take(
      /\bha(?: mode)?\b|\bhigh(?:ly)? availab\w+\b|\breplication architecture\b|\barchitecture(?: is|:)? replication\b/i,
    ) !== undefined,
  retention: said
    .take(
      /\bretention\s*(?:of|=|:|is)?\s*(\d+\s?(?:d|h|w|y)|\d+\s?(?:days?|hours?|weeks?))\b|\bkeeps?\b[^.;,]{0,24}?(\d+\s?(?:d|days?|weeks?))\b/i,
    )
    ?.slice(1)
    .find((v: string | undefined) => v !== undefined)
    ?.replace(/\s?(d|h|w|y)\w*/i, '$1'),
  existingSecret: said
    .take(
      /\b(?:existing |from (?:an? |the )?(?:existing )?|in (?:an? |the )?(?:existing )?|use (?:the )?(?:existing )?)(?:kubernetes )?secret\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)|\bsecret\s+(?:called |named )?["'`]?([a-z0-9]+(?:-[a-z0-9]+)+)/i,
    )
    ?.slice(1)
    .find((v: string | undefined) => v !== undefined),
  secretKey: said.take(
    /\b(?:with (?:the )?|under (?:the )?|its |in (?:the )?)?key\s+(?:called |named )?["'`]?([a-z][\w-]*)/i,
  )?.[1],
  args: said.takeAll(/(?<![\w-])(--(?!install\b|wait\b|atomic\b|namespace\b|create-namespace\b|set\b|values\b|version\b|timeout\b|dry-run\b|debug\b|repo\b)[a-z][\w-]*(?:=[^\s,;]+)?)/g).map((m) => m[1] ?? ''), // prettier-ignore
  database: said
    .take(/\bdatabase\s+(?:called |named |name )?["'`]?([a-z][\w-]*)(?=[\s,.;]|$)/i)
    ?.slice(1)
    .find(
      (d: string | undefined) =>
        d !== undefined &&
        !/^(?:with|and|in|on|for|is|that|user|password|size|storage|cluster|server|through|via|from)$/.test(d),
    ),
  username: said
    .take(/\b(?:user(?:name)?|owner)\s+(?:called |named )?["'`]?([a-z][\w-]*)(?=[\s,.;]|$)/i)
    ?.slice(1)
    .find((u: string | undefined) => u !== undefined && !/^(?:with|and|interface|is|in|for)$/.test(u)),
});

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
      `\\b(${NUMBER})\\s+(?:[a-z-]+\\s+)?(?:replicas?|secondar(?:y|ies)|nodes?|instances?|pods?|brokers?|members?)\\b|\\breplica ?set of (${NUMBER})|\\breplicas?(?: ?count)?\\s*(?:of|=|:|to|is)?\\s*(\\d+)`,
      'i',
    ),
  );
  const count = replicas?.[1] ?? replicas?.[2] ?? replicas?.[3];
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
    trafficPolicy:
      said.take(
        /\bexternal ?traffic ?policy\b\s*(?:is|of|=|:|to|set to)?\s*local\b|\b(?:keeps?|keeping|preserv\w+|retain\w*|sees?)\b[^.;,]{0,16}\b(?:client|source|caller|visitor)(?:'?s)?\b[^.;,]{0,10}\b(?:addresse?s?|ips?)\b/i,
      ) === undefined
        ? undefined
        : 'Local',
    distributed: said.take(/\bdistributed(?: mode)?\b/i) !== undefined,
    metrics: said.take(/\bmetrics\b|\bservice ?monitor\b|\bexporter\b/i) !== undefined,
    auth:
      said.take(/\b(?:no|without|disable[sd]?)\s+(?:auth\w*|password)/i) !== undefined
        ? false
        : said.take(/\bwith (?:auth\w*|a password)\b/i) !== undefined
          ? true
          : undefined,
    ...readNames(said),
    resources: readResources(said),
  };
}

function sizeIn(said: Said): string | undefined {
  const match = said.take(new RegExp(SIZE));
  return match?.[1] === undefined ? undefined : sizeOf(match[1], match[2] ?? 'Gi');
}

/** Settings that the words give by path, as a tree. */
function explicitValues(said: Said): Tree {
  const values: Tree = {};
  for (const [key, value] of Object.entries(readSettings(said))) {
    const path = key.split('.');
    let into = values;
    for (const part of path.slice(0, -1)) into = (into[part] ??= {}) as Tree;
    into[path.at(-1) ?? ''] = value;
  }
  return values;
}

/** "provider aws": words of the chart's own beside which a value stands. */
function keyed(said: Said, chart: Chart): Tree {
  let values: Tree = {};
  for (const [word, path] of Object.entries(chart.keys ?? {})) {
    const value = said.take(new RegExp(`(?<![\\w.-])${word}\\s*(?:is|=|:|to|of|set to)?\\s+["'\`]?([a-z][\\w-]*)["'\`]?(?=[\\s,.;)]|$)`, 'i'))?.[1]; // prettier-ignore
    if (value === undefined || /^(?:and|with|in|for|the|is|from|so|to|on|of|that)$/i.test(value)) continue;
    const made = path
      .split('.')
      .reduceRight<unknown>((inner, key) => ({ [key]: inner }), path === 'sources' ? [value] : value);
    values = deepMerge(values, made as Tree);
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
  const { values: given, release: named, ...words } = releaseWords(found.passage);
  const usual = deepMerge({ ...chart.values(readWishes(said)) }, keyed(said, chart));
  const values = deepMerge(deepMerge(usual, toggles(said, chart, usual)), explicitValues(said));
  // "metrics-server 3.12.2": three figures behind its name are the chart's own version.
  const beside = words['version'] === undefined && chart.names !== '' ? found.passage.take(new RegExp(`(?<![\\w./-])(?:${chart.names})(?: chart)?,?\\s+v?(\\d+\\.\\d+\\.\\d+)(?![\\w.]*\\/)`, 'i'))?.[1] : undefined; // prettier-ignore
  const version = words['version'] ?? beside;
  const name = release ?? (typeof named === 'string' ? named : chart.id);
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
    release: name,
    namespace: where,
    ...words,
    ...(beside === undefined ? {} : { version: beside }),
    ...(file === undefined && given === undefined
      ? {}
      : { values: [...((given as string[] | undefined) ?? []), ...(file === undefined ? [] : [file.path])] }),
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

function chartsIn(text: Passage, local: readonly string[]): ReturnType<typeof findCharts>[number][] {
  const found = [...findCharts(text, local)];
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
function helmStages(tasks: readonly ChartTask[], production: boolean, ordered: boolean): PlanDraft['stages'] {
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
    ...(ordered
      ? rest.map((t) => ({ stage: t.task.task, tasks: [t.task] }))
      : [{ stage: 'install', tasks: rest.map((t) => t.task) }]),
  ].filter((s) => s.tasks.length > 0);
}

/** "loki first", "grafana after loki": charts one after the other, in the order that the words mean. */
function inOrder(text: Passage, found: readonly Found[]): { found: readonly Found[]; ordered: boolean } {
  const first = text.take(/\b([a-z][\w-]*)\s+(?:goes |comes |must be |should be )?first\b|\bfirst\s+([a-z][\w-]*)/i);
  const word = first?.[1] ?? first?.[2];
  const lead = word === undefined ? undefined : found.find((f) => new RegExp(`^(?:${f.chart.names})$`, 'i').test(word));
  const after = text.take(/\b(?:then|afterwards|after that|before|in (?:this|that) order|one after (?:the )?(?:other|another)|in turn|finally|last|second(?:ly)?)\b/i) !== undefined; // prettier-ignore
  const swapped = /\bafter\s+(?!that)([a-z][\w-]*)/i.exec(text.text)?.[1];
  const later =
    swapped === undefined ? undefined : found.find((f) => new RegExp(`^(?:${f.chart.names})$`, 'i').test(swapped));
  const leading = lead ?? later;
  return {
    found: leading === undefined ? found : [leading, ...found.filter((f) => f !== leading)],
    ordered: found.length > 1 && (leading !== undefined || after),
  };
}

/** A folder of the workspace is no chart of a repository. */
const unlessFolder = (said: string | undefined, facts: WorkspaceFacts): string | undefined =>
  said !== undefined && facts.charts.some((c) => c === said || said.startsWith(`${c}/`)) ? undefined : said;

/** "oci://…", "the chart argo-cd from https://…", "bitnami/redis": where a chart is to be had. */
function referenceSaid(text: Passage, facts: WorkspaceFacts): Record<'given' | 'repository', string | undefined> {
  const named = text.take(/\bcharts?\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)["'`]?[^.;]{0,24}?\b(?:from|in|at)\s+(?:the\s+)?(?:helm\s+)?(?:repo(?:sitory)?\s+)?(?=https?:\/\/)/i)?.[1]; // prettier-ignore
  const given =
    text.take(/(oci:\/\/[^\s,;"'`]+)/)?.[1] ??
    (named !== undefined && !/^(?:is|comes?|taken|in|from)$/i.test(named) ? named : undefined) ??
    unlessFolder(text.take(/\bchart\s+["'`]?([a-z0-9-]+\/[a-z0-9-]+)/i)?.[1], facts);
  return { given, repository: text.take(/\b(https?:\/\/[^\s,;"'`]*[\w/])/)?.[1] };
}

export function planHelm(text: Passage, facts: WorkspaceFacts, name: string, summary: string): PlanDraft {
  const written = planExisting(text, name, summary) ?? writeChart(text, facts, name, summary, findCharts);
  if (written !== undefined) return written;
  text.take(/\bhelm(?: charts?)?\b|\bcharts?\b/i);
  const { found, ordered } = inOrder(text, chartsIn(text, facts.charts));
  const namespaces = findNamespaces(text);
  const environment = environmentOf(text);
  const release = text.take(
    /\brelease\s+(?:name\s+)?(?:called |named |is |=|:)?["'`]?([a-z0-9][a-z0-9-]*)|\bas (?:release )?["'`]?([a-z0-9]+-[a-z0-9-]+)/i,
  );
  const { given, repository } = referenceSaid(text, facts);
  const tasks: ChartTask[] = found.map((f, i) => {
    const system = /\bin(?:to)?\s+(?:the\s+)?([a-z]+-system)\b/i.exec(f.passage.text)?.[1];
    const own =
      system ??
      namespaces.find((n) => n.at >= f.passage.at && n.at < f.passage.at + f.passage.text.length)?.name ??
      (namespaces.length === 1 || found.length === 1 ? namespaces[0]?.name : undefined) ??
      environment;
    const chart: Chart =
      given === undefined && repository !== undefined && found.length === 1 && !/^oci:/.test(f.chart.chart)
        ? { ...f.chart, repository }
        : given !== undefined && i === 0
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
    stages: helmStages(tasks, environment !== undefined && /^prod/.test(environment), ordered),
  });
}
