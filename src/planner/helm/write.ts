/** A chart of one's own: written where the words ask for one, with everything that people set in values. */
import { stringify } from 'yaml';
import type { BuildFact, WorkspaceFacts } from '../context/facts.ts';
import { NUMBER, numberOf } from '../grammar/quantities.ts';
import { readResources } from '../kubernetes/amounts.ts';
import { Said, readPorts } from '../kubernetes/attributes.ts';
import { environmentOf } from '../intent.ts';
import { findNamespaces } from '../kubernetes/namespaces.ts';
import { findImages } from '../kubernetes/images.ts';
import { dnsName } from '../kubernetes/names.ts';
import { imageOf } from '../pipeline/images.ts';
import { emptyDraft, type PlanDraft, type PlannedFile, type StageDraft } from '../plan.ts';
import type { Passage } from '../text.ts';
import type { Chart } from './charts.ts';
import { TEMPLATES } from './templates.ts';

const WANTED =
  /\b(?:write|create|make|generate|build|need|want|give me|set up|scaffold)\b[^.;]{0,24}\b(?:a |an |my |our |new |own |small |simple |basic )*(?:helm |umbrella |parent )*chart\b(?! (?:repo|museum))|\bumbrella chart\b/i;

/** @returns nothing where no chart is to be written */
export function writeChart(
  text: Passage,
  facts: WorkspaceFacts,
  workflow: string,
  summary: string,
  chartsIn: (text: Passage) => readonly { readonly chart: Chart }[],
): PlanDraft | undefined {
  if (!WANTED.test(text.text)) return undefined;
  text.take(WANTED);
  const called =
    text.take(/\bcharts?\s+(?:is |be )?(?:called|named)\s+["'`]?([a-z0-9][a-z0-9-]*)/i)?.[1] ??
    text.take(/\bchart\s+["'`]?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?=\s+(?:for|with|that|which|depend\w*)\b|[,.;])/)?.[1];
  const dependencies = dependenciesOf(text, chartsIn);
  const name = dnsName(called ?? facts.name) || 'app';
  const said = new Said([text]);
  const image = findImages(text.text)[0]?.image;
  const build = image === undefined ? facts.builds[0] : undefined;
  const named =
    build === undefined
      ? undefined
      : imageOf(
          { text, facts, inputs: {}, secrets: new Set(), finally: [], assume: () => undefined, ask: () => undefined },
          build.dir,
        );
  const repository = (image ?? named?.image ?? `localhost:5000/${name}`).replace(/:[^/:]*$/, '');
  const tag = /:([^/:]+)$/.exec(image ?? '')?.[1] ?? named?.tags[0] ?? '1.0.0';
  const values = valuesOf(said, repository, tag, facts);
  const folder = `charts/${name}`;
  const files: PlannedFile[] = [
    {
      path: `${folder}/Chart.yaml`,
      text: stringify({
        apiVersion: 'v2',
        name,
        description: 'Made from a description.',
        type: 'application',
        version: '0.1.0',
        appVersion: tag,
        ...(dependencies.length === 0 ? {} : { dependencies: dependencies.map((d) => d.entry) }),
      }),
    },
    {
      path: `${folder}/values.yaml`,
      text: stringify(
        { ...values, ...Object.fromEntries(dependencies.map((d) => [d.entry.alias ?? d.entry.name, d.values])) },
        { lineWidth: 0 },
      ),
    },
    ...Object.entries(TEMPLATES).map(([file, template]) => ({ path: `${folder}/templates/${file}`, text: template })),
  ].map((f) => ({ ...f, origin: 'catalogue' as const }));
  const namespace = findNamespaces(text)[0]?.name ?? environmentOf(text);
  const stages = stagesOf(folder, name, namespace, build, `${repository}:${tag}`, dependencies.length > 0);
  return emptyDraft(workflow, summary, {
    components: ['chart'],
    files,
    stages,
    assumptions: [`The image is ${repository}:${tag}; it is a value of the chart.`],
  });
}

interface Dependency {
  readonly entry: {
    readonly name: string;
    readonly version: string;
    readonly repository: string;
    readonly condition: string;
    readonly alias?: string;
  };
  readonly values: Record<string, unknown>;
}

/** Charts that the words make parts of the chart: each can be switched off by a value of its own. */
function dependenciesOf(
  text: Passage,
  chartsIn: (text: Passage) => readonly { readonly chart: Chart }[],
): Dependency[] {
  if (!text.has(/\bdependenc(?:y|ies)\b|\bsub-?charts?\b|\bumbrella\b|\bdepend(?:s|ing)? on\b/i)) return [];
  text.takeAll(/\bdependenc(?:y|ies)\b|\bsub-?charts?\b|\bumbrella\b|\bdepend(?:s|ing)? on\b|\bbitnami\b/gi);
  return chartsIn(text).map(({ chart }) => {
    const at = chart.chart.lastIndexOf('/');
    const name = chart.chart.slice(at + 1);
    const version = text.take(new RegExp(`\\b(?:${chart.names})\\s+(?:chart\\s+)?(?:version\\s+)?v?(\\d+(?:\\.[\\dx]+){1,2})`, 'i'))?.[1]; // prettier-ignore
    const condition = text.take(new RegExp(`\\b(${name}\\.enabled)\\b`))?.[1] ?? `${name}.enabled`;
    const off = text.has(new RegExp(`\\b(?:${chart.names})\\b[^.;,]{0,24}\\b(?:off|disabled)\\b`, 'i'));
    return {
      entry: { name, version: version ?? '*', repository: chart.repository ?? chart.chart.slice(0, at), condition },
      values: { enabled: !off },
    };
  });
}

/** Checked, its image built where there is something to build, then installed. */
function stagesOf(
  folder: string,
  name: string,
  namespace: string | undefined,
  build: BuildFact | undefined,
  image: string,
  dependencies: boolean,
): StageDraft[] {
  return [
    {
      stage: 'check',
      tasks: [
        {
          task: 'lint_chart',
          type: 'helm',
          description: 'Lint the chart.',
          timeout: '2m',
          with: { chart: folder, action: 'lint', ...(dependencies ? { dependency_update: true } : {}) },
        },
      ],
    },
    ...(build === undefined ? [] : builtFirst(build, image)),
    {
      stage: 'install',
      tasks: [
        {
          task: `install_${name.replace(/-/g, '_')}`,
          type: 'helm',
          description: 'Install the chart and wait until it is ready.',
          timeout: '15m',
          with: {
            chart: folder,
            release: name,
            ...(namespace === undefined ? {} : { namespace }),
            ...(dependencies ? { dependency_update: true } : {}),
          },
        },
      ],
    },
  ];
}

/** The image is built and pushed before the chart refers to it. */
function builtFirst(build: BuildFact, image: string): StageDraft[] {
  const [, repository = image, tag = '1.0.0'] = /^(.*):([^:/]+)$/.exec(image) ?? [];
  return [
    {
      stage: 'build',
      tasks: [
        {
          task: 'build',
          type: 'docker',
          description: `Build ${build.file}.`,
          timeout: '20m',
          with: { context: build.dir, file: build.file, image: repository, tags: [tag] },
        },
      ],
    },
    {
      stage: 'push',
      tasks: [
        {
          task: 'push',
          type: 'registry',
          description: 'Push the image.',
          timeout: '15m',
          with: { images: [image] },
        },
      ],
    },
  ];
}

/** "autoscaling from 2 up to 10 pods at 70 % CPU". */
function scaling(said: Said): Record<string, number> {
  const between = said.take(new RegExp(`\\b(?:between|from|min(?:imum)?(?: of)?)\\s+(${NUMBER})\\s+(?:and|to|up to|,?\\s*max(?:imum)?(?: of)?)\\s+(${NUMBER})\\b`, 'i')); // prettier-ignore
  const most = said.take(new RegExp(`\\b(?:up to|at most|max(?:imum)?(?: of)?)\\s+(${NUMBER})\\b`, 'i'))?.[1];
  const cpu = said.take(/\b(\d{1,3})\s?(?:%|percent)/i)?.[1];
  return {
    minReplicas: between?.[1] === undefined ? 2 : numberOf(between[1]),
    maxReplicas: numberOf(between?.[2] ?? most ?? '5'),
    cpu: Number(cpu ?? 80),
  };
}

function valuesOf(said: Said, repository: string, tag: string, facts: WorkspaceFacts): Record<string, unknown> {
  const replicas = said.take(
    new RegExp(`\\breplicas?(?: ?count)?\\b[^.;,\\d]{0,16}(${NUMBER})|\\b(${NUMBER}) replicas?\\b`, 'i'),
  );
  const port = readPorts(said)[0]?.port ?? facts.builds[0]?.port ?? (facts.languages.includes('node') ? 3000 : 8080);
  const asked = readResources(said);
  const on = (part: RegExp): boolean =>
    said.has(part) &&
    !new RegExp(
      `${part.source}[^.;,]{0,12}\\b(?:off|disabled|optional)|\\b(?:no|without|optional|disabled)\\s+(?:an?\\s+)?${part.source}`,
      'i',
    ).test(said.text);
  const host = said.take(/\b(?:host|domain|at|for)\s+["'`]?([a-z0-9-]+(?:\.[a-z0-9-]+)+)\b/i)?.[1] ?? 'app.example.com';
  const type = said
    .take(/\b(load ?balancer|node ?port|cluster ?ip)\b/i)?.[1]
    ?.toLowerCase()
    .replace(/\s/g, '');
  said.takeAll(
    /\b(?:configurable|optional|off by default|on by default|(?:is |are )?(?:values?|configurable)|ingress|autoscal\w*|hpa|resources?|service account|probes?|default(?:s to)?)\b/gi,
  );
  return {
    replicaCount: numberOf(replicas?.[1] ?? replicas?.[2] ?? '1'),
    image: { repository, tag, pullPolicy: 'IfNotPresent' },
    imagePullSecrets: [],
    service: { type: type === 'loadbalancer' ? 'LoadBalancer' : type === 'nodeport' ? 'NodePort' : 'ClusterIP', port },
    containerPort: port,
    env: {},
    resources: {
      requests: { cpu: '100m', memory: '128Mi', ...asked.requests },
      limits: { memory: '256Mi', ...asked.limits },
    },
    probes: { path: said.take(/\s(\/(?:health\w*|ready\w*|live\w*|status|ping))\b/i)?.[1] ?? '/' },
    ingress: { enabled: on(/\bingress/i), className: 'nginx', host, tls: said.has(/\btls\b|\bhttps\b/i) },
    autoscaling: { enabled: on(/\b(?:auto-?scal\w*|hpa)/i), ...scaling(said) },
    serviceAccount: { create: true },
  };
}
