/** The parts of a delivery over what a workspace already has: what each is called, and the tasks that it means. */
import type { JsonObject } from '../../core/json.ts';
import type { WorkspaceFacts } from '../context/facts.ts';
import { findNamespaces } from '../kubernetes/namespaces.ts';
import { registryOf } from '../kubernetes/plan.ts';
import type { InputDraft, TaskDraft } from '../plan.ts';
import type { Passage } from '../text.ts';

export type PartId =
  | 'lint'
  | 'test'
  | 'policy'
  | 'iac-scan'
  | 'build'
  | 'scan'
  | 'push'
  | 'infra-plan'
  | 'infra-apply'
  | 'infra-destroy'
  | 'cluster'
  | 'deploy'
  | 'smoke'
  | 'gate'
  | 'dast'
  | 'notify';

export interface Part {
  readonly id: PartId;
  /** Where the text first speaks of it. */
  readonly at: number;
  readonly tasks: readonly TaskDraft[];
}

export interface PartContext {
  readonly text: Passage;
  readonly facts: WorkspaceFacts;
  readonly inputs: Record<string, InputDraft>;
  readonly secrets: Set<string>;
  readonly assume: (text: string) => void;
  readonly ask: (text: string) => void;
}

interface Definition {
  readonly id: PartId;
  readonly words: RegExp;
  tasks(context: PartContext): TaskDraft[];
}

const slug = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase() || 'app';

/** How an image of the workspace is called. */
export function imageOf(context: PartContext, dir: string): { image: string; tag: string; id: string } {
  const base = dir === '.' ? context.facts.name : (dir.split('/').at(-1) ?? 'app');
  const { registry, assumption } = registryOf(context.text);
  if (assumption !== undefined) context.assume(assumption);
  const tag = /\b(?:tag(?:ged)?(?: as| with)?|version)\s+["'`]?v?(\d[\w.-]*)/i.exec(context.text.text)?.[1] ?? '1.0.0';
  const name = base.toLowerCase().replace(/[^a-z0-9._-]+/g, '-');
  return { image: registry.endsWith(`/${name}`) ? registry : `${registry}/${name}`, tag, id: slug(base) };
}

const run = (task: string, description: string, command: readonly string[], cwd?: string): TaskDraft => ({
  task,
  type: 'shell',
  description,
  timeout: '15m',
  with: { command: [...command], ...(cwd === undefined ? {} : {}) },
});

function testTasks({ facts, assume }: PartContext): TaskDraft[] {
  const tasks: TaskDraft[] = [];
  if (facts.languages.includes('node') && facts.files.includes('package.json'))
    tasks.push(run('test', 'Run the tests.', ['npm', 'test']));
  if (facts.languages.includes('python'))
    tasks.push(run(tasks.length === 0 ? 'test' : 'test_python', 'Run the tests.', ['python3', '-m', 'pytest']));
  if (facts.languages.includes('go'))
    tasks.push(run(tasks.length === 0 ? 'test' : 'test_go', 'Run the tests.', ['go', 'test', './...']));
  if (facts.languages.includes('rust'))
    tasks.push(run(tasks.length === 0 ? 'test' : 'test_rust', 'Run the tests.', ['cargo', 'test']));
  if (facts.languages.includes('java'))
    tasks.push(
      run(
        tasks.length === 0 ? 'test' : 'test_java',
        'Run the tests.',
        facts.files.some((f) => f.endsWith('pom.xml')) ? ['mvn', '--batch-mode', 'verify'] : ['gradle', 'check'],
      ),
    );
  if (tasks.length === 0) {
    tasks.push(run('test', 'Run the tests.', ['make', 'test']));
    assume('Tests are run by make test: nothing in the workspace says how.');
  }
  return tasks;
}

function lintTasks({ facts, assume }: PartContext): TaskDraft[] {
  const tasks: TaskDraft[] = facts.charts.map((chart) => ({
    task: `lint_${slug(chart)}`,
    type: 'helm',
    description: 'Lint the chart.',
    timeout: '2m',
    with: { chart, action: 'lint' },
  }));
  if (facts.files.includes('package.json')) tasks.push(run('lint', 'Lint the code.', ['npm', 'run', 'lint']));
  else if (facts.languages.includes('python'))
    tasks.push(run('lint', 'Lint the code.', ['python3', '-m', 'ruff', 'check', '.']));
  else if (facts.languages.includes('go')) tasks.push(run('lint', 'Lint the code.', ['go', 'vet', './...']));
  if (tasks.length === 0) {
    tasks.push(run('lint', 'Lint the code.', ['make', 'lint']));
    assume('Linting is done by make lint: nothing in the workspace says how.');
  }
  return tasks;
}

const buildTasks = (context: PartContext): TaskDraft[] => {
  const { facts, assume } = context;
  const engine = context.text.take(/\b(podman|buildah)\b/i)?.[1]?.toLowerCase();
  const builds = facts.builds.length > 0 ? facts.builds : [{ file: 'Dockerfile', dir: '.' }];
  if (facts.builds.length === 0) assume('There is no Dockerfile yet: one is expected in the root.');
  return builds.map((b) => {
    const { image, tag, id } = imageOf(context, b.dir);
    return {
      task: `build_${id}`,
      type: 'docker',
      description: `Build ${b.file}.`,
      timeout: '20m',
      with: { context: b.dir, file: b.file, image, tags: [tag], ...(engine === undefined ? {} : { engine }) },
    };
  });
};

const imagesOf = (context: PartContext): string[] => (context.facts.builds.length > 0 ? context.facts.builds : [{ dir: '.' }]).map((b) => { const { image, tag } = imageOf(context, b.dir); return `${image}:${tag}`; }); // prettier-ignore

function scanTasks(context: PartContext): TaskDraft[] {
  const level = /\b(critical|high|medium)\b/i.exec(context.text.text)?.[1]?.toLowerCase() ?? 'high';
  const builds =
    /\bbuil(?:d|t|ds)\b|\bimages?\b/i.test(context.text.text) &&
    (context.facts.builds.length > 0 || /\bbuild/i.test(context.text.text));
  return [
    {
      task: 'scan',
      type: 'trivy',
      description: 'Look for known vulnerabilities.',
      timeout: '15m',
      with: builds ? { images: imagesOf(context), fail_on: level } : { path: '.', fail_on: level },
    },
  ];
}

const pushTasks = (context: PartContext): TaskDraft[] => [
  {
    task: 'push',
    type: 'registry',
    description: 'Push the images.',
    timeout: '15m',
    with: { images: imagesOf(context) },
  },
];

const moduleDir = ({ facts, text }: PartContext): string => {
  const said = /\b(?:in|from|under|at|the)\s+["'`]?((?:[\w.-]+\/)+[\w.-]*|infra|terraform|tofu|iac)\b/i
    .exec(text.text)?.[1]
    ?.replace(/\/$/, '');
  return facts.modules.find((m) => m === said) ?? facts.modules[0] ?? said ?? 'infra';
};

const infraPlan = (context: PartContext): TaskDraft[] =>
  (context.facts.modules.length > 1 && !/\b(?:in|from)\s+\w+\//i.test(context.text.text)
    ? context.facts.modules
    : [moduleDir(context)]
  ).map((dir) => ({
    task: `plan_${slug(dir)}`,
    type: 'opentofu',
    description: 'Show what would change in the infrastructure.',
    timeout: '15m',
    with: { dir, action: 'plan' },
  }));

const infraApply = (context: PartContext): TaskDraft[] =>
  (context.facts.modules.length > 1 && !/\b(?:in|from)\s+\w+\//i.test(context.text.text)
    ? context.facts.modules
    : [moduleDir(context)]
  ).map((dir) => ({
    task: `apply_${slug(dir)}`,
    type: 'opentofu',
    description: 'Apply exactly the plan.',
    timeout: '45m',
    approval: { message: 'Something would be destroyed or replaced. Go on?', required_for: 'destroy' as const },
    with: { dir },
  }));

const infraDestroy = (context: PartContext): TaskDraft[] => [
  {
    task: `destroy_${slug(moduleDir(context))}`,
    type: 'opentofu',
    description: 'Remove everything that the module made.',
    timeout: '45m',
    approval: {
      message: `Destroy everything in ${moduleDir(context)}? This cannot be undone.`,
      required_for: 'always',
    },
    with: { dir: moduleDir(context), action: 'destroy' },
  },
];

/** The chart of the workspace, its release, the values for an environment and the image that was built. */
function chartParameters(context: PartContext, environment: string | undefined): JsonObject {
  const { text, facts } = context;
  const t = text.text;
  const chart = facts.charts.find((c) => t.includes(c)) ?? facts.charts[0] ?? 'chart';
  if (facts.charts.length === 0) context.assume('The chart is expected in chart/: there is none in the workspace yet.');
  const wanted =
    environment === undefined
      ? undefined
      : /^prod/.test(environment)
        ? /values[-.](?:prod|production)\.ya?ml$/
        : new RegExp(`values[-.]${environment.slice(0, 4)}\\w*\\.ya?ml$`);
  const values = wanted === undefined ? undefined : facts.files.find((f) => wanted.test(f));
  const set =
    facts.builds.length > 0
      ? {
          set: {
            'image.repository': imageOf(context, facts.builds[0]?.dir ?? '.').image,
            'image.tag': imageOf(context, facts.builds[0]?.dir ?? '.').tag,
          },
        }
      : {};
  return {
    chart,
    release:
      chart === '.' || chart === 'chart' ? slug(facts.name).replace(/_/g, '-') : (chart.split('/').at(-1) ?? 'app'),
    ...(values === undefined ? {} : { values: [values] }),
    ...(/\batomic|roll(?:s|ed)? ?back/i.test(t) ? { atomic: true } : {}),
    ...set,
  };
}

/** Where a deployment goes: one task per environment that the text names, else one. */
export function deployTask(context: PartContext, environment: string | undefined): TaskDraft {
  const { text, facts } = context;
  const t = text.text;
  const suffix = environment === undefined ? '' : `_${slug(environment)}`;
  const named = findNamespaces(text).map((n) => n.name);
  const both = /\bstaging\b/i.test(t) && /\bprod(?:uction)?\b/i.test(t);
  const namespace = both ? environment : (named[0] ?? environment);
  const space = namespace === undefined ? {} : { namespace };
  const task = `deploy${suffix}`;
  const description = environment === undefined ? 'Deploy.' : `Deploy to ${environment}.`;
  if (/\bargo ?cd\b/i.test(t)) return { task, type: 'argocd', description, timeout: '15m', with: {} };
  if (/\bflux\b/i.test(t)) return { task, type: 'flux', description, timeout: '15m', with: {} };
  if (/\bpulumi\b/i.test(t))
    return {
      task,
      type: 'pulumi',
      description,
      timeout: '45m',
      with: { dir: facts.files.find((f) => /(?:^|\/)Pulumi\.yaml$/.test(f))?.replace(/\/?Pulumi\.yaml$/, '') || '.' },
    };
  const helm = /\bhelm\b|\bcharts?\b/i.test(t);
  const kubectl = /\bkubectl\b|\bmanifests?\b|\bkustomiz\w+|\boverlays?\b|\bk8s\/|\bapply the\b/i.test(t);
  if (helm || (facts.charts.length > 0 && !kubectl))
    return {
      task,
      type: 'helm',
      description,
      timeout: '15m',
      with: { ...chartParameters(context, environment), ...space },
    };
  if (facts.manifests.length > 0 || kubectl || facts.composeFiles.length === 0) {
    const overlay =
      environment === undefined
        ? undefined
        : facts.files
            .map((f) => f.slice(0, Math.max(0, f.lastIndexOf('/'))))
            .find(
              (f) => f.includes(`overlays/${environment}`) || (/^prod/.test(environment) && /overlays\/prod/.test(f)),
            );
    const manifests = overlay ?? facts.manifests.find((f) => t.includes(f)) ?? facts.manifests[0] ?? 'k8s';
    if (facts.manifests.length === 0)
      context.assume('The manifests are expected in k8s/: there are none in the workspace yet.');
    return { task, type: 'kubernetes', description, timeout: '15m', with: { manifests, ...space } };
  }
  return { task, type: 'shell', description, timeout: '15m', with: { command: composeUp(facts.composeFiles[0]) } };
}

const composeUp = (file = 'compose.yaml'): string[] => [
  'docker',
  'compose',
  '--file',
  file,
  'up',
  '--detach',
  '--build',
  '--wait',
];

function smokeTasks(context: PartContext): TaskDraft[] {
  const { text, inputs } = context;
  const url = text.take(/\bhttps?:\/\/[^\s,;"'`)]+/i)?.[0].replace(/[.]$/, '');
  const path = /\s(\/[a-z][\w./-]*)/i.exec(text.text)?.[1];
  if (url === undefined) {
    inputs['url'] = {
      type: 'string',
      default: `http://localhost:8080${path ?? '/'}`,
      description: 'Address that must answer after the deployment.',
    };
    context.assume(`The smoke test asks http://localhost:8080${path ?? '/'}; it is the input url.`);
  }
  const status = /\b(2\d\d|3\d\d)\b/.exec(text.text)?.[1];
  return [
    {
      task: 'smoke_test',
      type: 'http',
      description: 'Check that it answers.',
      timeout: '3m',
      with: {
        url: url ?? '${{ inputs.url }}',
        for: '2m',
        interval: '5s',
        ...(status === undefined ? {} : { expect: { status: Number(status) } }),
      },
    },
  ];
}

function gateTasks(context: PartContext): TaskDraft[] {
  const { text, inputs } = context;
  const percent = text.take(/\b(\d+(?:\.\d+)?)\s?(?:%|percent)/i)?.[1];
  inputs['prometheus_url'] = {
    type: 'string',
    default: 'http://localhost:9090',
    description: 'Prometheus that is asked.',
  };
  return [
    {
      task: 'error_rate',
      type: 'prometheus',
      description: 'The error rate stays low.',
      timeout: '15m',
      with: {
        url: '${{ inputs.prometheus_url }}',
        query: 'sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))',
        expect: `< ${percent === undefined ? 0.01 : Number(percent) / 100}`,
        for: '5m',
      },
    },
  ];
}

function notifyTasks(context: PartContext): TaskDraft[] {
  const url = context.text.take(/\bhttps:\/\/hooks\.[^\s,;"'`]+/i);
  if (url !== undefined) context.assume('The address of the webhook is a secret: it is asked for as NOTIFY_URL.');
  context.secrets.add('NOTIFY_URL');
  return [
    {
      task: 'notify',
      type: 'notify',
      description: 'Tell people.',
      timeout: '1m',
      with: { url: '${{ secrets.NOTIFY_URL }}', title: 'Deployment', text: 'The deployment is done.' },
    },
  ];
}

const policyTasks = ({ facts }: PartContext): TaskDraft[] => [
  {
    task: 'policy',
    type: 'opa',
    description: 'Check the files against the policies.',
    timeout: '5m',
    with: {
      policy: facts.policies[0] ?? 'policy',
      files: facts.manifests.length > 0 ? facts.manifests.map((f) => `${f}/**/*.yaml`) : ['**/*.yaml'],
    },
  },
];

const clusterTasks = ({ facts }: PartContext): TaskDraft[] => [
  {
    task: 'cluster',
    type: 'kind',
    description: 'A local cluster.',
    timeout: '10m',
    with: { name: slug(facts.name).replace(/_/g, '-') },
  },
];

/** In the order in which a delivery does them where the text does not say. */
export const DEFINITIONS: readonly Definition[] = [
  { id: 'lint', words: /\blint(?:s|ed|ing)?\b/i, tasks: lintTasks },
  { id: 'test', words: /\b(?:(?:run|execute)s? (?:the |all |its )?(?:unit |integration )?tests?|unit tests?|integration tests?|(?<!smoke )tests? (?:first|pass|it|the code)|^tests?\b|, tests?\b|then tests?\b|(?<!smoke[ -])(?<!load )(?<!health )\btest(?=,| and| ->| then))/i, tasks: testTasks },
  { id: 'policy', words: /\b(?:opa|conftest|policy check|check (?:the )?polic|polic(?:y|ies))\b/i, tasks: policyTasks },
  { id: 'iac-scan', words: /\bcheckov\b|\bscan (?:the )?(?:iac|infrastructure|terraform|tofu|modules?)\b/i, tasks: (c) => [{ task: 'scan_iac', type: 'checkov', description: 'Look for insecure settings.', timeout: '10m', with: { path: moduleDir(c) } }] },
  { id: 'cluster', words: /\b(?:create|start|spin up|on|in) (?:an? )?(?:local )?kind(?: cluster)?\b/i, tasks: clusterTasks },
  { id: 'build', words: /\bbuil(?:d|ds|t|ding)\b|\bcontaineri[sz]e/i, tasks: buildTasks },
  { id: 'infra-plan', words: /\b(?:tofu|opentofu|terraform)\b|\binfrastructure\b|\binfra\b|\bprovision\w*/i, tasks: infraPlan },
  { id: 'scan', words: /\btrivy\b|\b(?:scan|check)(?:s|ned|ning)?\b[^.;,]{0,30}\b(?:images?|vulnerabilit\w+|cves?|it|them)\b|\bvulnerabilit\w+|\bscan\b(?! the (?:iac|infra|terraform))/i, tasks: scanTasks },
  { id: 'push', words: /\bpush(?:es|ed|ing)?\b|\bpublish(?:es|ed)? (?:the |it|them)?\s*(?:images?|to (?:the |a )?registry)/i, tasks: pushTasks },
  { id: 'infra-apply', words: /\bappl(?:y|ies|ied)\b(?! the manifests)|\bprovision\w*|\broll(?:s)? out (?:the )?infra/i, tasks: infraApply },
  { id: 'infra-destroy', words: /\b(?:tofu|terraform|opentofu) destroy\b|\b(?:destroy|tear down) (?:the )?(?:infra\w*|stack|environment|module)/i, tasks: infraDestroy },
  { id: 'deploy', words: /\bdeploy(?:s|ed|ing|ment)?\b|\bhelm\b|\bkubectl\b|\brelease\b|\binstall\b|\bargo ?cd\b|\bflux\b|\bpulumi\b|\bapply (?:the )?(?:manifests?|kustomization|k8s|overlays?)|\broll out\b|\bship\b|\bpromote\b/i, tasks: (c) => [deployTask(c, undefined)] },
  { id: 'smoke', words: /\bsmoke[- ]?tests?\b|\bhealth ?-?checks?\b|\b(?:check|verify|make sure|wait)[^.;]{0,30}\b(?:answers?|responds?|healthy|is up|200|returns|reachable)\b|\bverif(?:y|ies)\b/i, tasks: smokeTasks },
  { id: 'gate', words: /\berror rate\b|\bprometheus (?:gate|query|says)\b|\bgate on\b|\bslo\b/i, tasks: gateTasks },
  { id: 'dast', words: /\bzap\b|\bbaseline scan\b|\bdast\b/i, tasks: (c) => { c.inputs['url'] ??= { type: 'string', default: 'http://localhost:8080/', description: 'Address that is scanned.' }; return [{ task: 'zap', type: 'zap', description: 'Scan the running application.', timeout: '30m', with: { url: '${{ inputs.url }}' } }]; } },
  { id: 'notify', words: /\bnotif(?:y|ies|ication)\w*|\bslack\b|\btell (?:the )?(?:team|people)|\bwebhook\b/i, tasks: notifyTasks },
]; // prettier-ignore
