import { err, ok } from '../core/result.ts';
import { defineTask, type Preview, type StepContext, type TaskResult } from '../core/task-type.ts';
import { connect } from './shared/kubernetes/client.ts';
import { driven, drivenPreview, drivenRollback, hasKinds, settle, type Driven } from './shared/kubernetes/driven.ts';
import { readSet } from './shared/kubernetes/manifests.ts';
import { isKubeObject, listAt, nameOf, textAt, type KubeObject } from './shared/kubernetes/objects.ts';
import { condition, failed, READY, told, waiting, type Readiness } from './shared/kubernetes/ready.ts';
import { showLogs } from './shared/tekton/logs.ts';
import {
  RUN_LABEL,
  TEKTON,
  tektonOutputs,
  tektonParameters,
  type TektonOutputs,
  type TektonParameters,
} from './shared/tekton/parameters.ts';
import { isRun, labelFor, startRun, type Started } from './shared/tekton/runs.ts';
import { refuse } from './shared/tool.ts';

/** Tekton Pipelines, by its own objects; `tkn` is not needed. https://tekton.dev/docs/pipelines/pipelineruns/ */
export const tekton = defineTask({
  type: 'tekton',
  aliases: ['tkn'],
  category: 'delivery',
  systems: ['Tekton'],
  summary: 'Start a Pipeline or Task, follow its logs, and wait for its results.',
  docs: 'https://tekton.dev/docs/pipelines/pipelineruns/',
  licence: 'Apache-2.0',
  class: 'io',
  parameters: tektonParameters,
  outputs: tektonOutputs,
  conventions: [{ parameter: 'manifests', from: 'files', globs: ['tekton/**/*.{yaml,yml}'], take: 'base' }],
  examples: [
    { title: 'Run the pipeline of this repository', with: {} },
    {
      title: 'Run a pipeline of the cluster',
      with: { pipeline: 'release', namespace: 'ci', params: { revision: 'main' } },
    },
  ],
  preflight: (p, context) =>
    hasKinds(p, context, {
      name: 'Tekton',
      apiVersion: TEKTON,
      kind: 'PipelineRun',
      install: 'Install it: https://tekton.dev/docs/installation/pipelines/',
    }),
  execution: { kind: 'steps', run },
  preview,
  rollback: (p, _outputs, context) => drivenRollback(p, context),
  probe,
});

/** Without manifests it is the start of a run that there is to say; what the run does lies in the cluster. */
function preview(p: TektonParameters, context: StepContext): Promise<TaskResult<Preview>> {
  if (p.manifests !== undefined) return drivenPreview(p, context);
  const [kind, name] = p.pipeline === undefined ? ['Task', p.task] : ['Pipeline', p.pipeline];
  const next = 'Name one with `pipeline` or `task`, or put manifests under tekton/.';
  if (name === undefined) return Promise.resolve(refuse('invalid', 'There is nothing to start.', { next }));
  const text = `+ a run of the ${kind} ${name}${p.namespace === undefined ? '' : ` in ${p.namespace}`}`;
  const changes = { create: 1, update: 0, replace: 0, destroy: 0 };
  return Promise.resolve(ok({ summary: '1 run to start', changes, text, digest: JSON.stringify([text, p.params]) }));
}

async function run(p: TektonParameters, context: StepContext): Promise<TaskResult<TektonOutputs>> {
  // A run among the manifests is a pattern for new ones: applied as it is, it would run once and never again.
  const named: KubeObject[] = [];
  if (p.manifests !== undefined) {
    const set = await readSet({ manifests: p.manifests }, { ...context, warn: () => undefined });
    if (!set.ok) return set;
    named.push(...set.value.manifests.map(({ object }) => object).filter(({ kind }) => isRun(kind)));
  }
  return driven(
    p,
    context,
    (on) => follow(p, on, named, context),
    ({ object }) => !isRun(object.kind),
  );
}

async function follow(
  p: TektonParameters,
  on: Driven,
  named: readonly KubeObject[],
  context: StepContext,
): Promise<TaskResult<TektonOutputs>> {
  const started = await startRun(p, on, named, context);
  if (!started.ok) return started;
  const { object } = started.value;
  context.log(`${nameOf(object)}: started`);
  if (!p.wait) return ok(outputsOf(object));
  const logsEnd = new AbortController();
  const logs = p.logs ? showLogs(on, object, context, logsEnd.signal) : Promise.resolve();
  const settled = await settle(on, [{ ...started.value, expected: { judge } }], context);
  logsEnd.abort();
  if (context.signal.aborted) {
    await cancel(p, started.value, context);
    return settled.ok ? ok(outputsOf(object)) : settled;
  }
  await logs;
  if (settled.ok) return ok(outputsOf(settled.value[0] ?? object));
  if (settled.failure.kind !== 'tool') {
    await cancel(p, started.value, context);
    return settled;
  }
  return err({ ...settled.failure, message: `${settled.failure.message}${await whichTask(on, object)}` });
}

/** `Succeeded` is a run's one condition: true, false, or not known while it runs. */
export function judge(object: KubeObject): Readiness {
  const succeeded = condition(object, 'Succeeded');
  if (succeeded?.status === 'True') return READY;
  if (succeeded?.status === 'False') return failed(told(succeeded));
  return waiting(succeeded === undefined ? 'its controller has not seen it yet' : told(succeeded));
}

/** Who ends the task ends the run in the cluster too; the task's own connection is of no use any more. */
async function cancel(p: TektonParameters, { object, path }: Started, context: StepContext): Promise<void> {
  const signal = AbortSignal.timeout(5000);
  const connected = await connect(
    { kubeconfig: p.kubeconfig, context: p.context, patienceMs: 2000 },
    { ...context, signal },
  );
  if (!connected.ok) return;
  const status = object.kind === 'TaskRun' ? 'TaskRunCancelled' : 'CancelledRunFinally';
  const done = await connected.value.request('PATCH', path, {
    body: { spec: { status } },
    contentType: 'application/merge-patch+json',
  });
  context.warn(
    done.ok ? `${nameOf(object)}: cancelled` : `${nameOf(object)} could not be cancelled: ${done.failure.message}`,
  );
  connected.value.close();
}

/** The tasks of a pipeline that failed, with their own words. */
async function whichTask(on: Driven, run: KubeObject): Promise<string> {
  if (run.kind === 'TaskRun') return '';
  const namespace = encodeURIComponent(run.metadata.namespace ?? on.namespace);
  const query = { labelSelector: `tekton.dev/pipelineRun=${run.metadata.name}` };
  const answer = await on.cluster.request('GET', `/apis/${TEKTON}/namespaces/${namespace}/taskruns`, { query });
  const runs = answer.ok
    ? listAt(answer.value, 'items').map((item) => ({ apiVersion: TEKTON, kind: 'TaskRun', ...(item as object) }))
    : [];
  const broken = runs.filter(isKubeObject).flatMap((one) => {
    const succeeded = condition(one, 'Succeeded');
    return succeeded?.status === 'False'
      ? [`${one.metadata.labels?.['tekton.dev/pipelineTask'] ?? one.metadata.name}: ${told(succeeded)}`]
      : [];
  });
  return broken.length === 0 ? '' : ` ${broken.join('; ')}`;
}

function outputsOf(object: KubeObject): TektonOutputs {
  const results = listAt(object, 'status', 'results').flatMap((result) => {
    const name = textAt(result, 'name');
    const value = (result as { value?: unknown }).value;
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  return tektonOutputs.parse({
    pipelineRun: object.metadata.name,
    status: condition(object, 'Succeeded')?.reason ?? 'Started',
    results: Object.fromEntries(results),
  });
}

/** The run that the attempt started, found again by its label. */
async function probe(p: TektonParameters, context: StepContext): Promise<'done' | 'not-done' | 'unknown'> {
  const connected = await connect(p, context);
  if (!connected.ok) return 'unknown';
  const cluster = connected.value;
  try {
    const namespace = encodeURIComponent(p.namespace ?? cluster.namespace);
    const query = { labelSelector: `${RUN_LABEL}=${labelFor(context)}` };
    for (const plural of ['pipelineruns', 'taskruns']) {
      const answer = await cluster.request('GET', `/apis/${TEKTON}/namespaces/${namespace}/${plural}`, { query });
      if (!answer.ok) return answer.failure.status === 404 ? 'not-done' : 'unknown';
      const [found] = listAt(answer.value, 'items')
        .map((item) => ({ apiVersion: TEKTON, kind: 'Run', ...(item as object) }))
        .filter(isKubeObject);
      if (found === undefined) continue;
      const state = judge(found).state;
      return state === 'ready' ? 'done' : state === 'failed' ? 'not-done' : 'unknown';
    }
    return 'not-done';
  } finally {
    cluster.close();
  }
}
