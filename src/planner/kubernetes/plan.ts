/** From what was understood about a cluster to files, stages and an account of it. */
import type { WorkspaceFacts } from '../context/facts.ts';
import { environmentOf, extraComponents } from '../intent.ts';
import { emptyDraft, type PlanDraft, type PlannedFile, type StageDraft, type TaskDraft } from '../plan.ts';
import { readText, type Passage } from '../text.ts';
import type { ClusterOptions, ClusterPlan } from './builder.ts';
import { planCluster } from './cluster.ts';
import { extend, type Given } from './given.ts';
import type { K8sObject } from './model.ts';
import { plainly } from './phrases.ts';
import { fileFor, toYaml } from './yaml.ts';

export function registryOf(text: Passage): { registry: string; assumption: string | undefined } {
  const match =
    text.take(
      /\b(?:registry|push(?:ed|es)?(?: it| them| the images?)? to)\s+(?:the\s+)?(?:registry\s+)?(?:at\s+)?["'`]?((?:[a-z0-9-]+(?:\.[a-z0-9-]+)+|localhost)(?::\d+)?(?:\/[\w.-]+)*)/i,
    ) ??
    text.take(
      /(?<![\w.-])((?:ghcr\.io|quay\.io|docker\.io|[\w.-]*\.azurecr\.io|[\w.-]*\.amazonaws\.com|[\w.-]*\.pkg\.dev)\/[\w./-]*\w)(?!\S*:)/i,
    );
  if (match?.[1] !== undefined) return { registry: match[1].replace(/\/$/, ''), assumption: undefined };
  return {
    registry: 'localhost:5000',
    assumption: 'Images are pushed to the registry localhost:5000; name another one in the description.',
  };
}

/** @param given manifests of the description, which the words are about */
export function planKubernetes(
  text: Passage,
  facts: WorkspaceFacts,
  name: string,
  summary: string,
  given?: Given,
): PlanDraft {
  const registry = registryOf(text);
  const environment = environmentOf(text);
  const options = { facts, registry: registry.registry, environment, extra: extraComponents(text) };
  const described = planCluster(text, options);
  const extended = given === undefined ? undefined : extend(given, described.objects, alone(given, options));
  const plan = extended === undefined ? described : { ...described, objects: extended.objects };
  const files = clusterFiles(plan);
  const assumptions = [
    ...(given?.notes ?? []),
    ...plan.assumptions,
    ...(plan.builds.length > 0 && registry.assumption !== undefined ? [registry.assumption] : []),
    ...plan.expected.map((e) => `${e.kind} ${e.name} is there already.`),
  ];
  const production = environment !== undefined && /^prod/.test(environment);
  return emptyDraft(name, summary, {
    components: plan.components,
    files,
    stages: clusterStages(plan, files, production),
    inputs: Object.fromEntries(
      plan.expected.map((e) => [
        `${e.kind.toLowerCase()}_${e.name.replace(/[^a-z0-9]+/gi, '_')}`,
        { type: 'string' as const, default: e.name, description: `${e.kind} that must be there before this runs.` },
      ]),
    ),
    secrets: plan.variables,
    assumptions,
    questions: plan.questions,
    unplaced: extended?.unplaced ?? [],
    destructive: plan.operations.destructive,
  });
}

/** What the manifests alone would be planned as: what the words change is the difference. */
const alone = (given: Given, options: ClusterOptions): readonly K8sObject[] =>
  planCluster(plainly(readText(given.heads)), { ...options, environment: undefined, extra: [] }).objects;

/** One file for what must be first, then one per workload with its Service. */
export function clusterFiles(plan: ClusterPlan): PlannedFile[] {
  const files = new Map<string, unknown[]>();
  for (const object of plan.objects) {
    const own =
      object.kind === 'Service' || object.kind === 'HorizontalPodAutoscaler' || object.kind === 'PodDisruptionBudget'
        ? plan.objects.find(
            (o) =>
              o !== object &&
              o.metadata.name === object.metadata.name.replace(/-(?:headless|pdb|hpa)$/, '') &&
              ['Deployment', 'StatefulSet', 'DaemonSet', 'Pod'].includes(o.kind),
          )
        : undefined;
    const file = fileFor(object) || `40-${(own ?? object).metadata.name}.yaml`;
    files.set(file, [...(files.get(file) ?? []), object]);
  }
  const planned = [...files]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([file, objects]): PlannedFile => ({ path: `k8s/${file}`, text: toYaml(objects), origin: 'catalogue' }));
  for (const b of plan.builds)
    if (b.text !== undefined) planned.push({ path: b.file, text: b.text, origin: 'catalogue' });
  if (plan.operations.deletions.length > 0)
    planned.push({ path: 'k8s-delete/objects.yaml', text: toYaml(plan.operations.deletions), origin: 'catalogue' });
  return planned;
}

/** What stands before a change in production. */
export const APPROVAL: StageDraft = {
  stage: 'approve',
  tasks: [
    {
      task: 'approve_production',
      type: 'approval',
      description: 'A person agrees to the change in production.',
      with: { message: 'Apply this to production?' },
    },
  ],
};

/** The manifests of `k8s` are applied. @param secrets names that stand in them as `${NAME}` */
export function applyStage(secrets: readonly string[]): StageDraft {
  const variables = Object.fromEntries(secrets.map((v) => [v, `\${{ secrets.${v} }}`]));
  const apply: TaskDraft = {
    task: 'apply',
    type: 'kubernetes',
    description: 'Apply the manifests and wait until everything is ready.',
    timeout: '10m',
    with: { manifests: 'k8s', ...(secrets.length === 0 ? {} : { variables }) },
  };
  return { stage: 'deploy', tasks: [apply] };
}

function clusterStages(plan: ClusterPlan, files: readonly PlannedFile[], production: boolean): StageDraft[] {
  const stages: StageDraft[] = [];
  stages.push(...buildStages(plan), ...deletionStages(plan));
  const applies = files.some((f) => f.path.startsWith('k8s/'));
  if (production && files.length > 0) stages.push(APPROVAL);
  if (applies) stages.push(applyStage(plan.variables));
  if (plan.operations.tasks.length > 0) stages.push({ stage: 'change', tasks: [...plan.operations.tasks] });
  return stages;
}

/** Images of the workspace are built and pushed before anything refers to them. */
function buildStages(plan: ClusterPlan): StageDraft[] {
  const stages: StageDraft[] = [];
  if (plan.builds.length > 0) {
    stages.push({
      stage: 'build',
      tasks: plan.builds.map((b) => ({
        task: `build_${b.name.replace(/-/g, '_')}`,
        type: 'docker',
        description: `Build ${b.file}.`,
        timeout: '15m',
        with: { context: b.dir, file: b.file, image: b.image, tags: [b.tag] },
      })),
    });
    stages.push({
      stage: 'push',
      tasks: plan.builds.map((b) => ({
        task: `push_${b.name.replace(/-/g, '_')}`,
        type: 'registry',
        description: `Push ${b.image}.`,
        dependsOn: [`build_${b.name.replace(/-/g, '_')}`],
        timeout: '10m',
        with: { images: [`${b.image}:${b.tag}`] },
      })),
    });
  }
  return stages;
}

/** What is deleted is asked for first, and named in the question. */
function deletionStages(plan: ClusterPlan): StageDraft[] {
  const stages: StageDraft[] = [];
  if (plan.operations.deletions.length > 0) {
    const message = `Delete ${plan.operations.deletions.map((o) => `${o.kind} ${o.metadata.name}`).join(', ')}? This cannot be undone.`;
    stages.push({
      stage: 'confirm',
      tasks: [
        {
          task: 'confirm_deletion',
          type: 'approval',
          description: 'A person agrees to the deletion.',
          with: { message },
        },
      ],
    });
    stages.push({
      stage: 'delete',
      tasks: [
        {
          task: 'delete_objects',
          type: 'kubernetes',
          description: 'Delete exactly the objects that were named.',
          dependsOn: ['confirm_deletion'],
          approval: { message, required_for: 'destroy' },
          with: { manifests: 'k8s-delete', action: 'delete' },
        },
      ],
    });
  }
  return stages;
}
