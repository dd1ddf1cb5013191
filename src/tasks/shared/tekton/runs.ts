/** The object that starts a run: from a template among the manifests, or made for a Pipeline or Task. */
import { isObject } from '../../../core/json.ts';
import { ok } from '../../../core/result.ts';
import type { StepContext, TaskResult } from '../../../core/task-type.ts';
import type { Driven } from '../kubernetes/driven.ts';
import { isKubeObject, listAt, textAt, type KubeObject } from '../kubernetes/objects.ts';
import { pathTo, type Resource } from '../kubernetes/resources.ts';
import { setName } from '../kubernetes/targets.ts';
import { refuse } from '../tool.ts';
import { RUN_LABEL, TEKTON, type TektonParameters } from './parameters.ts';

export const isRun = (kind: string): boolean => kind === 'PipelineRun' || kind === 'TaskRun';

export interface Started {
  readonly object: KubeObject;
  readonly resource: Resource;
  readonly path: string;
}

export const labelFor = ({ runId, task, attempt }: Pick<StepContext, 'runId' | 'task' | 'attempt'>): string =>
  setName(`${runId}.${task}.${attempt}`);

/** @param named runs with a name of their own among the manifests: they serve as templates as well */
export async function startRun(
  p: TektonParameters,
  on: Driven,
  named: readonly KubeObject[],
  context: StepContext,
): Promise<TaskResult<Started>> {
  const chosen = chooseRun(p, on, named);
  if (!chosen.ok) return chosen;
  const { kind, generateName, spec, namespace } = chosen.value;
  const resource = await on.resources.of({ apiVersion: TEKTON, kind });
  if (!resource.ok) return resource;
  const place = namespace ?? on.namespace;
  const labels = { [RUN_LABEL]: labelFor(context) };
  const body = {
    apiVersion: TEKTON,
    kind,
    metadata: { generateName, namespace: place, labels },
    spec: merged(spec, p, kind),
  };
  const made = await on.cluster.request('POST', pathTo(resource.value, place), {
    body,
    query: { fieldManager: 'code-engine' },
  });
  if (!made.ok) return made;
  const object = made.value;
  if (!isKubeObject(object))
    return refuse('tool', `The API server answered to the new ${kind} with something other than an object.`);
  return ok({ object, resource: resource.value, path: pathTo(resource.value, place, object.metadata.name) });
}

interface Chosen {
  readonly kind: 'PipelineRun' | 'TaskRun';
  readonly generateName: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly namespace?: string | undefined;
}

function chooseRun(p: TektonParameters, on: Driven, named: readonly KubeObject[]): TaskResult<Chosen> {
  if (p.pipeline !== undefined)
    return ok({ kind: 'PipelineRun', generateName: `${p.pipeline}-`, spec: { pipelineRef: { name: p.pipeline } } });
  if (p.task !== undefined)
    return ok({ kind: 'TaskRun', generateName: `${p.task}-`, spec: { taskRef: { name: p.task } } });
  const templates = [
    ...on.templates.map(({ object }) => ({ object, prefix: object.metadata.generateName })),
    ...named.map((object) => ({ object, prefix: `${object.metadata.name}-` })),
  ].filter(({ object }) => isRun(object.kind));
  const [template] = templates;
  if (templates.length === 1 && template !== undefined) {
    const { object, prefix: generateName } = template;
    const spec = isObject(object.spec) ? object.spec : {};
    const kind = object.kind === 'TaskRun' ? 'TaskRun' : 'PipelineRun';
    return ok({ kind, generateName, spec, namespace: textAt(object, 'metadata', 'namespace') });
  }
  if (templates.length > 1) return unclear(`There are ${templates.length} runs among the manifests.`);
  const of = (kind: string): string[] =>
    on.applied.filter(({ after }) => after.kind === kind).map(({ after }) => after.metadata.name);
  const [pipelines, tasks] = [of('Pipeline'), of('Task')];
  const [pipeline] = pipelines;
  if (pipelines.length === 1 && pipeline !== undefined)
    return ok({ kind: 'PipelineRun', generateName: `${pipeline}-`, spec: { pipelineRef: { name: pipeline } } });
  const [task] = tasks;
  if (pipelines.length === 0 && tasks.length === 1 && task !== undefined)
    return ok({ kind: 'TaskRun', generateName: `${task}-`, spec: { taskRef: { name: task } } });
  const found = [...pipelines.map((name) => `Pipeline ${name}`), ...tasks.map((name) => `Task ${name}`)];
  return unclear(
    found.length === 0
      ? 'There is no Pipeline, Task or run among the manifests.'
      : `Among the manifests are ${found.join(', ')}.`,
  );
}

const unclear = (what: string): TaskResult<never> =>
  refuse('invalid', `What is to be run? ${what}`, { next: 'Name it with `pipeline` or `task`.' });

/** The task's own parameters win over the template's. */
function merged(
  spec: Readonly<Record<string, unknown>>,
  p: TektonParameters,
  kind: Chosen['kind'],
): Record<string, unknown> {
  const given = Object.entries(p.params).map(([name, value]) => ({ name, value }));
  const kept = listAt(spec, 'params').filter((param) => !Object.hasOwn(p.params, textAt(param, 'name') ?? ''));
  const names = new Set(p.workspaces.map((workspace) => workspace.name));
  const workspaces = [
    ...listAt(spec, 'workspaces').filter((one) => !names.has(textAt(one, 'name') ?? '')),
    ...p.workspaces,
  ];
  const template = isObject(spec.taskRunTemplate) ? spec.taskRunTemplate : {};
  const account = p.service_account;
  return {
    ...spec,
    ...(kept.length + given.length === 0 ? {} : { params: [...kept, ...given] }),
    ...(workspaces.length === 0 ? {} : { workspaces }),
    ...(account === undefined
      ? {}
      : kind === 'TaskRun'
        ? { serviceAccountName: account }
        : { taskRunTemplate: { ...template, serviceAccountName: account } }),
  };
}
