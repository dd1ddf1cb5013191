/** Shows what the steps of a run print, while they run: one stream per container, each line with its task and step. */
import type { StepContext } from '../../../core/task-type.ts';
import { sleep } from '../kubernetes/client.ts';
import type { Driven } from '../kubernetes/driven.ts';
import { isKubeObject, listAt, textAt, at, type KubeObject } from '../kubernetes/objects.ts';

const LOOK_MS = 500;

/** Follows until `signal`, then reads to the end of what was opened; trouble with a log is no trouble of the run. */
export async function showLogs(
  on: Driven,
  run: KubeObject,
  context: Pick<StepContext, 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const opened = new Set<string>();
  const streams: Promise<void>[] = [];
  const label = run.kind === 'TaskRun' ? 'tekton.dev/taskRun' : 'tekton.dev/pipelineRun';
  const namespace = encodeURIComponent(run.metadata.namespace ?? on.namespace);
  const look = async (): Promise<void> => {
    const query = { labelSelector: `${label}=${run.metadata.name}` };
    const pods = await on.cluster.request('GET', `/api/v1/namespaces/${namespace}/pods`, { query, patienceMs: 0 });
    for (const raw of pods.ok ? listAt(pods.value, 'items') : []) {
      const pod = { apiVersion: 'v1', kind: 'Pod', ...(raw as object) };
      if (!isKubeObject(pod)) continue;
      for (const step of startedSteps(pod)) {
        const key = `${pod.metadata.name}/${step}`;
        if (opened.has(key)) continue;
        opened.add(key);
        const title = `${pod.metadata.labels?.['tekton.dev/pipelineTask'] ?? pod.metadata.labels?.['tekton.dev/task'] ?? pod.metadata.name}/${step.replace(/^step-/, '')}`;
        streams.push(show(on, `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}/log`, step, title, context));
      }
    }
  };
  do await look();
  while (await sleep(LOOK_MS, signal));
  await look();
  await Promise.all(streams);
}

const startedSteps = (pod: KubeObject): string[] =>
  listAt(pod, 'status', 'containerStatuses').flatMap((status) => {
    const name = textAt(status, 'name') ?? '';
    const started = at(status, 'state', 'running') !== undefined || at(status, 'state', 'terminated') !== undefined;
    return name.startsWith('step-') && started ? [name] : [];
  });

/** The longest that a stream of a container that has ended may take. */
const STREAM_MS = 3_600_000;

async function show(
  on: Driven,
  path: string,
  container: string,
  title: string,
  context: Pick<StepContext, 'log'>,
): Promise<void> {
  const lines = await on.cluster.lines(path, { container, follow: 'true' }, AbortSignal.timeout(STREAM_MS));
  if (!lines.ok) return;
  try {
    for await (const line of lines.value) context.log(`[${title}] ${line}`);
  } catch {
    // The connection broke: the run's own end is what counts.
  }
}
