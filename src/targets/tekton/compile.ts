/**
 * A plan as a Pipeline of Tekton and a run of it: shell texts become steps of their own, everything else is run by code-engine itself in
 * an image that has it and the tools. What a pipeline cannot do is told, and never left out in silence.
 * https://tekton.dev/docs/pipelines/pipelines/
 */
import type { JsonObject } from '../../core/json.ts';
import type { Plan, PlannedTask } from '../../graph/plan.ts';
import { shapeOf } from '../../graph/shape.ts';
import { conditionOf } from './condition.ts';
import {
  nameOf,
  secretName,
  type Context,
  type TektonLoss,
  type TektonPipeline,
  type TektonRequest,
} from './context.ts';
import { readsOf } from './reads.ts';
import { commandTask } from './step.ts';

export type { TektonPipeline, TektonRequest } from './context.ts';

export function compileTekton(request: TektonRequest): TektonPipeline {
  const { plan } = request;
  const losses: TektonLoss[] = [];
  const names = namesOf(plan);
  const reads = readsOf(plan);
  const context: Context = { request, names, reads, losses };
  const waits = waitsOf(plan, names);
  const tasks: JsonObject[] = request.git === undefined ? [] : [fetchTask(request.git)];
  const last: JsonObject[] = [];
  plan.tasks.forEach((task, i) => {
    const made = pipelineTasks(task, waits[i] ?? [], context);
    if (task.stage < 0) last.push(...made);
    else tasks.push(...made);
  });
  const whole = tellWhole(request);
  return { objects: objectsOf(request, tasks, last), losses: [...whole, ...losses] };
}

/** Names of a pipeline's tasks: lower case, digits and minus, at most 63 characters, each once. */
function namesOf(plan: Plan): Map<string, string> {
  const taken = new Set<string>([FETCH]);
  const names = new Map<string, string>();
  for (const { id } of plan.tasks) {
    const base = nameOf(id, 55);
    let name = base;
    for (let n = 2; taken.has(name) || taken.has(gateOf(name)); n++) name = `${base}-${n}`;
    taken.add(name);
    names.set(id, name);
  }
  return names;
}

const FETCH = 'fetch-source';
const gateOf = (name: string): string => `${name}-approval`;

/** What each task waits for, as names of the pipeline: its dependencies, and the stage before it where that holds it back. */
function waitsOf(plan: Plan, names: ReadonlyMap<string, string>): string[][] {
  const shape = shapeOf(plan);
  const nameAt = (i: number): string => names.get(plan.tasks[i]?.id ?? '') ?? '';
  return plan.tasks.map((task, i) => {
    if (task.stage < 0) return [];
    const needs = shape.needs[i] ?? [];
    const before =
      shape.barred[i] === 1 ? (shape.members.slice(0, task.stage).findLast((members) => members.length > 0) ?? []) : [];
    return [...new Set([...needs, ...before].map(nameAt))];
  });
}

/** The task, and the gate before it where a person has to agree. */
function pipelineTasks(task: PlannedTask, after: readonly string[], context: Context): JsonObject[] {
  const name = context.names.get(task.id) ?? '';
  const { request, losses } = context;
  const roots = request.git === undefined || task.stage < 0 ? [] : [FETCH];
  const waits = after.length === 0 ? roots : after;
  tell(task, losses);
  const when = task.when === undefined ? [] : conditionOf(task.when, task, context);
  if (task.type === 'approval') return [gate(name, messageOf(task), waits, when, context, task)];
  const { approval } = task;
  const message = approval?.message ?? `Run ${task.id}?`;
  const gates = approval === undefined ? [] : [gate(gateOf(name), message, waits, when, context, task)];
  const { spec, params } = commandTask(task, context);
  const retries = task.allowFailure ? 0 : task.retry.attempts - 1;
  return [
    ...gates,
    {
      name,
      ...(approval !== undefined ? { runAfter: [gateOf(name)] } : waits.length === 0 ? {} : { runAfter: [...waits] }),
      ...(when.length === 0 ? {} : { when }),
      ...(retries > 0 ? { retries } : {}),
      ...(task.timeoutMs === undefined ? {} : { timeout: `${task.timeoutMs / 1000}s` }),
      ...(task.allowFailure ? { onError: 'continue' } : {}),
      ...(params.length === 0 ? {} : { params }),
      workspaces: [{ name: 'source', workspace: 'source' }],
      taskSpec: spec,
    },
  ];
}

const messageOf = (task: PlannedTask): string =>
  typeof task.with['message'] === 'string' ? task.with['message'] : `Go on with ${task.id}?`;

/** A task of the manual approval gate, which a cluster must have: without it the pipeline waits, and does not go on by itself. */
function gate(
  name: string,
  message: string,
  waits: readonly string[],
  when: readonly JsonObject[],
  { request, losses }: Context,
  { id }: PlannedTask,
): JsonObject {
  losses.push({
    task: id,
    kind: 'changed',
    message: `A person is asked by the manual approval gate (openshift-pipelines/manual-approval-gate), which the cluster must have: ${request.approvers.join(', ')}.`,
  });
  return {
    name,
    ...(waits.length === 0 ? {} : { runAfter: [...waits] }),
    ...(when.length === 0 ? {} : { when: [...when] }),
    taskRef: { apiVersion: 'openshift-pipelines.org/v1alpha1', kind: 'ApprovalTask' },
    params: [
      { name: 'approvers', value: [...request.approvers] },
      { name: 'numberOfApprovalsRequired', value: '1' },
      { name: 'description', value: message },
    ],
  };
}

function tell(task: PlannedTask, losses: TektonLoss[]): void {
  const lost = (message: string): unknown => losses.push({ task: task.id, kind: 'lost', message });
  if (task.locks.length > 0)
    lost(`Nothing holds the lock ${task.locks.join(', ')}: two runs of the pipeline may meet.`);
  if (task.cache !== undefined) lost('It runs each time: a pipeline has no cache.');
  if (task.rollback !== undefined && task.rollback !== false) lost('Nothing undoes it when the run fails.');
  if (task.retry.attempts > 1 && task.allowFailure) lost('It is not tried again: a task that may fail has no retries.');
  else if (task.retry.attempts > 1 && task.retry.delayMs > 0) lost('It is tried again at once: retries have no delay.');
  if (task.stage < 0 && task.needs.length > 0) lost('Tasks of finally run side by side, without an order.');
}

function tellWhole({ plan, git, claim, inputs }: TektonRequest): TektonLoss[] {
  const losses: TektonLoss[] = [];
  if (plan.limits.io !== 10 || plan.limits.cpu !== 4)
    losses.push({ kind: 'lost', message: 'A pipeline has no limit to how many tasks run at once.' });
  if (git === undefined && claim === undefined)
    losses.push({
      kind: 'changed',
      message:
        inputs === undefined
          ? 'The workspace source must hold the files of this folder: bind a volume that does, or export with --git.'
          : 'No task has the files of this folder, nor those of another task: name a repository with --git, or a volume with --claim.',
    });
  if (plan.secrets.length > 0)
    losses.push({
      kind: 'changed',
      message: `Secrets are read from the Secret ${secretName(plan)}, keys ${plan.secrets.join(', ')}: create it before.`,
    });
  return losses;
}

function fetchTask({ url, revision, image }: NonNullable<TektonRequest['git']>): JsonObject {
  return {
    name: FETCH,
    workspaces: [{ name: 'source', workspace: 'source' }],
    params: [
      { name: 'url', value: url },
      { name: 'revision', value: revision ?? '' },
    ],
    taskSpec: {
      params: [{ name: 'url' }, { name: 'revision' }],
      workspaces: [{ name: 'source' }],
      steps: [
        {
          name: 'clone',
          image,
          workingDir: '$(workspaces.source.path)',
          env: [
            { name: 'URL', value: '$(params.url)' },
            { name: 'REVISION', value: '$(params.revision)' },
          ],
          script:
            '#!/bin/sh\nset -e\ngit init -q .\ngit fetch -q --depth 1 -- "$URL" "${REVISION:-HEAD}"\ngit checkout -q FETCH_HEAD\n',
        },
      ],
    },
  };
}

function objectsOf(request: TektonRequest, tasks: readonly JsonObject[], last: readonly JsonObject[]): JsonObject[] {
  const { plan, namespace } = request;
  const name = nameOf(plan.workflow, 50);
  const labels = { 'app.kubernetes.io/managed-by': 'code-engine' };
  const params = Object.entries(plan.inputDefinitions).map(([input, definition]) => ({
    name: input,
    type: 'string',
    ...(definition.description === undefined ? {} : { description: definition.description }),
    ...(definition.default === undefined ? {} : { default: String(definition.default as string | number | boolean) }),
    ...(definition.options === undefined ? {} : { enum: definition.options.map(String) }),
  }));
  const space = namespace === undefined ? {} : { namespace };
  const values = params.flatMap(({ name, ...param }) => {
    const given = request.inputs?.[name];
    if (given !== undefined) return [{ name, value: typeof given === 'string' ? given : JSON.stringify(given) }];
    return 'default' in param ? [] : [{ name, value: '' }];
  });
  return [
    {
      apiVersion: 'tekton.dev/v1',
      kind: 'Pipeline',
      metadata: { name, ...space, labels },
      spec: {
        ...(plan.description === undefined ? {} : { description: plan.description }),
        ...(params.length === 0 ? {} : { params }),
        workspaces: [{ name: 'source', description: 'The files of the workflow’s folder.' }],
        tasks: [...tasks],
        ...(last.length === 0 ? {} : { finally: [...last] }),
      },
    },
    {
      apiVersion: 'tekton.dev/v1',
      kind: 'PipelineRun',
      metadata: { generateName: `${name}-`, ...space, labels },
      spec: {
        pipelineRef: { name },
        ...(values.length === 0 ? {} : { params: values }),
        workspaces: [{ name: 'source', ...volumeOf(request) }],
      },
    },
  ];
}

function volumeOf({ claim, git, inputs }: TektonRequest): JsonObject {
  if (claim !== undefined) return { persistentVolumeClaim: { claimName: claim } };
  // A run that nobody brings files to needs no storage, which not every cluster has.
  if (git === undefined && inputs !== undefined) return { emptyDir: {} };
  return {
    volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
  };
}
