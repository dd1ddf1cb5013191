/** Where a deployment goes, and with which tool. */
import type { JsonObject } from '../../core/json.ts';
import { NUMBER, numberOf } from '../grammar/quantities.ts';
import { readSettings, releaseWords } from '../helm/release.ts';
import { findNamespaces } from '../kubernetes/namespaces.ts';
import type { TaskDraft } from '../plan.ts';
import { imageOf } from './images.ts';
import { folderSaid, shell, slug, type PartContext } from './parts.ts';

const ENVIRONMENTS = /\b(dev(?:elopment)?|test(?:ing)?|staging|stage|qa|uat|pre-?prod|prod(?:uction)?)\b/gi;

/** Files that are called after another environment. */
const OTHERS = (environment: string): RegExp =>
  new RegExp(`values[-.](?!${environment.slice(0, 4)})(?:dev|test|stag|qa|uat|prod)`, 'i');

/** The words about one of several environments: from where it is named to where the next is. */
function clauseOf(text: string, environment: string, several: boolean): string {
  if (!several) return '';
  const names = [...text.matchAll(ENVIRONMENTS)].filter((m) => !/[\w.-]$/.test(text.slice(0, m.index)));
  const at = names.findIndex((m) => (m[1] ?? '').toLowerCase().startsWith(environment.slice(0, 4)));
  const own = names[at];
  if (own === undefined) return '';
  const next = names.slice(at + 1).find((m) => !(m[1] ?? '').toLowerCase().startsWith(environment.slice(0, 4)));
  return text.slice(own.index, next?.index);
}

function replicasIn(clause: string): number | undefined {
  const match = new RegExp(`\\b(${NUMBER}) (?:replicas|pods|instances|copies)\\b|\\breplicas?\\s*(?:=|:|of|to)?\\s*(\\d+)`, 'i').exec(clause); // prettier-ignore
  const count = match?.[1] ?? match?.[2];
  return count === undefined ? undefined : numberOf(count);
}

/** The project and the stack that the words name. */
export function pulumiWith({ text, facts }: PartContext, environment?: string): JsonObject {
  const project = facts.files.find((f) => /(?:^|\/)Pulumi\.yaml$/.test(f))?.replace(/\/?Pulumi\.yaml$/, '') ?? '';
  const stack = text.take(/\bstack\s+(?:called |named )?["'`]?([a-z][\w./-]*\w)/i)?.[1] ?? environment;
  return { dir: project === '' ? '.' : project, ...(stack === undefined ? {} : { stack }) };
}

/** The chart of the workspace, its release, the values for an environment, what the words set and the image that was built. */
function chartParameters(context: PartContext, environment: string | undefined, several: boolean): JsonObject {
  const { text, facts } = context;
  const chart = folderSaid(text.text, facts.charts) ?? facts.charts[0] ?? 'chart';
  if (facts.charts.length === 0) context.assume('The chart is expected in chart/: there is none in the workspace yet.');
  const words = releaseWords(text);
  const wanted =
    environment === undefined
      ? undefined
      : /^prod/.test(environment)
        ? /values[-.](?:prod|production)\.ya?ml$/
        : new RegExp(`values[-.]${environment.slice(0, 4)}\\w*\\.ya?ml$`);
  const own = wanted === undefined ? undefined : facts.files.find((f) => wanted.test(f));
  // "values-prod.yaml" is the file of that name, wherever it lies.
  const said = (words['values'] as string[] | undefined)?.map(
    (f) => facts.files.find((have) => have === f || have.endsWith(`/${f}`)) ?? f,
  );
  const mine = several && environment !== undefined ? said?.filter((f) => !OTHERS(environment).test(f)) : said;
  const values = mine ?? (own === undefined ? undefined : [own]);
  const built =
    facts.builds[0] !== undefined && /\b(?:buil[dt]|image|push)/i.test(text.text)
      ? imageOf(context, facts.builds[0].dir)
      : undefined;
  const replicas = environment === undefined ? undefined : replicasIn(clauseOf(text.text, environment, several));
  const tag = text.take(
    /\b(?:image|docker) tag\s+(?:is |to |of |= ?|: ?)?["'`]?v?(\d[\w.-]*\w|latest|stable|edge)\b/i,
  )?.[1];
  const set = {
    ...(replicas === undefined ? {} : { replicaCount: replicas }),
    ...(built === undefined ? {} : { 'image.repository': built.image, 'image.tag': built.tags[0] ?? '1.0.0' }),
    ...(tag === undefined ? {} : { 'image.tag': tag }),
    ...readSettings(text),
  };
  return {
    chart,
    release:
      chart === '.' || /^(?:helm|charts?)$/.test(chart)
        ? slug(facts.name).replace(/_/g, '-')
        : (chart.split('/').at(-1) ?? 'app'),
    ...words,
    ...(values === undefined ? {} : { values }),
    ...(/\broll(?:s|ed)? ?back/i.test(text.text) ? { atomic: true } : {}),
    ...(Object.keys(set).length === 0 ? {} : { set }),
  };
}

/** The templates of the workspace's charts made into manifests, which nobody applies. */
export const renderTasks = ({ text, facts }: PartContext): TaskDraft[] => {
  const said = folderSaid(text.text, facts.charts);
  return (said === undefined ? facts.charts : [said]).map((chart) =>
    shell(`render_${slug(chart)}`, 'Check that the chart renders.', ['helm', 'template', chart], { timeout: '2m' }),
  );
};

/** A deployment to an environment, or to the only place there is: of several charts that the words name, one for each. */
export function deployTasks(context: PartContext, environment: string | undefined, several = false): TaskDraft[] {
  const { charts } = context.facts;
  const t = context.text.text;
  const named = charts.filter((c) => folderSaid(t, [c]) !== undefined);
  const every = /\b(?:both|all|two|three|every|each)\b[^.;,]{0,16}\bcharts?\b/i.test(t) ? charts : [];
  const wanted = named.length > 1 ? named : named.length === 0 ? every : [];
  const task = deployTask(context, environment, several);
  if (wanted.length < 2 || task.type !== 'helm') return [task];
  return wanted.map((chart) => {
    const name = chart.split('/').at(-1) ?? 'app';
    return { ...task, task: `${task.task}_${slug(name)}`, with: { ...task.with, chart, release: name } };
  });
}

function deployTask(context: PartContext, environment: string | undefined, several: boolean): TaskDraft {
  const { text, facts } = context;
  const t = text.text;
  const suffix = environment === undefined ? '' : `_${slug(environment)}`;
  const named = findNamespaces(text).map((n) => n.name);
  // Of several environments each is its own namespace, unless one of that name is spoken of.
  const namespace = several
    ? (named.find((n) => environment !== undefined && n.startsWith(environment.slice(0, 4))) ?? environment)
    : (named[0] ?? environment);
  const space = namespace === undefined ? {} : { namespace };
  const task = `deploy${suffix}`;
  const description = environment === undefined ? 'Deploy.' : `Deploy to ${environment}.`;
  const gitOps = gitOpsTask(context, task, named[0]);
  if (gitOps !== undefined) return gitOps;
  if (/\bpulumi\b/i.test(t))
    return {
      task: 'up',
      type: 'pulumi',
      description,
      timeout: '45m',
      with: pulumiWith(context, environment),
    };
  const helm = /\bhelm\b|\bcharts?\b/i.test(t);
  const kubectl = /\bkubectl\b|\bmanifests?\b|\bkustomiz\w+|\boverlays?\b|\bk8s\/|\bapply the\b/i.test(t);
  if (helm || (facts.charts.length > 0 && !kubectl))
    return {
      task,
      type: 'helm',
      description,
      timeout: '15m',
      with: { ...chartParameters(context, environment, several), ...space },
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
    const manifests = overlay ?? folderSaid(t, facts.manifests) ?? facts.manifests[0] ?? 'k8s';
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

/** What a controller in the cluster is told to fetch and apply. */
function gitOpsTask({ text }: PartContext, task: string, namespace: string | undefined): TaskDraft | undefined {
  if (text.has(/\bargo ?cd\b/i) && !text.has(/\binstall(?:s|ed)? argo/i)) {
    const application = text.take(
      /\b(?:argo ?cd )?(?:application|app)\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)|["'`]?([a-z0-9]+(?:-[a-z0-9]+)+)["'`]?\s+(?:argo ?cd )?application\b/i,
    );
    const name = [application?.[1], application?.[2]].find(
      (n) => n !== undefined && !/^(?:and|with|in|to|until|is|the|that)$/.test(n),
    );
    const prune = text.take(/\bprun(?:e|ing)\b/i) === undefined ? {} : { prune: true };
    text.take(/\bsync(?:s|hroni[sz]e|ing)?\b/i);
    return {
      task,
      type: 'argocd',
      description: 'Bring the cluster to the state in Git.',
      timeout: '15m',
      with: { ...(name === undefined ? {} : { application: name }), ...prune },
    };
  }
  if (!text.has(/\bflux\b/i)) return undefined;
  const object = text.take(
    /\b(kustomization|helm ?release|git ?repository)\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)/i,
  );
  const kind = /^helm/i.test(object?.[1] ?? '')
    ? 'HelmRelease'
    : /^git/i.test(object?.[1] ?? '')
      ? 'GitRepository'
      : 'Kustomization';
  const name =
    object?.[2] !== undefined && !/^(?:and|with|in|to|until|is|the)$/.test(object[2]) ? object[2] : undefined;
  text.take(/\breconcil(?:e|es|ing|iation)\b/i);
  return {
    task,
    type: 'flux',
    description: 'Fetch and apply now.',
    timeout: '15m',
    with: { ...(name === undefined ? {} : { kind, name }), ...(namespace === undefined ? {} : { namespace }) },
  };
}
