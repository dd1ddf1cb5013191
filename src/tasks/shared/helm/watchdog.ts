/** While Helm waits it says nothing: this looks at what it waits for, and tells in seconds what is stuck. */
import type { ExecResult, StepContext } from '../../../core/task-type.ts';
import { connect, sleep, type Cluster } from '../kubernetes/client.ts';
import { diagnose, lastLines } from '../kubernetes/diagnose.ts';
import { isKubeObject, listAt, nameOf, type KubeObject } from '../kubernetes/objects.ts';
import { readiness } from '../kubernetes/ready.ts';
import { isFatal, troubleText, type Trouble } from '../kubernetes/stuck.ts';
import type { HelmParameters } from './parameters.ts';

const FIRST_LOOK_MS = 1500;
const NEXT_LOOK_MS = 2000;

/** Kinds that a chart's wait hangs on, most times. */
const WORKLOADS = [
  ['apps/v1', 'Deployment', 'deployments'],
  ['apps/v1', 'StatefulSet', 'statefulsets'],
  ['apps/v1', 'DaemonSet', 'daemonsets'],
  ['batch/v1', 'Job', 'jobs'],
] as const;

/**
 * Runs Helm, and meanwhile tells about the release's workloads that are stuck; with `fail_early` Helm is ended at what only a person can
 * mend. Trouble of the watchdog's own is nobody's business.
 * @returns how Helm ended, and what it was ended for
 */
export async function watched(
  p: HelmParameters,
  release: string,
  context: StepContext,
  work: (early: AbortSignal) => Promise<ExecResult>,
): Promise<{ readonly result: ExecResult; readonly stuck: string | undefined }> {
  const end = new AbortController();
  const early = new AbortController();
  const seen: { stuck?: string } = {};
  const tell = (about: string, trouble: Trouble): void => {
    context.warn(`${about}: ${troubleText(trouble)}`);
    if (!p.fail_early || !isFatal(trouble) || seen.stuck !== undefined) return;
    seen.stuck = `${about}: ${troubleText(trouble)}`;
    early.abort();
  };
  const looking = look(p, release, context, tell, end.signal).catch(() => undefined);
  try {
    const result = await work(early.signal);
    return { result, stuck: seen.stuck };
  } finally {
    end.abort();
    await looking;
  }
}

async function look(
  p: HelmParameters,
  release: string,
  context: StepContext,
  tell: (about: string, trouble: Trouble) => void,
  signal: AbortSignal,
): Promise<void> {
  const quiet = { cwd: context.cwd, env: context.env, signal, warn: () => undefined };
  const connected = await connect({ kubeconfig: p.kubeconfig, context: p.context, patienceMs: 0 }, quiet);
  if (!connected.ok) return;
  const cluster = connected.value;
  const namespace = p.namespace ?? cluster.namespace;
  const told = new Set<string>();
  let delayMs = FIRST_LOOK_MS;
  while (await sleep(delayMs, signal)) {
    delayMs = NEXT_LOOK_MS;
    const open = (await workloads(cluster, namespace, release)).filter((object) => readiness(object).state !== 'ready');
    const { troubles } = await diagnose(cluster, namespace, open);
    for (const object of open) {
      for (const trouble of troubles.get(object.metadata.uid ?? '') ?? []) {
        const key = `${trouble.about}/${trouble.reason}`;
        if (told.has(key)) continue;
        told.add(key);
        tell(nameOf(object), trouble);
        for (const line of await lastLines(cluster, namespace, trouble)) context.warn(`    ${line}`);
      }
    }
  }
  cluster.close();
}

async function workloads(cluster: Cluster, namespace: string, release: string): Promise<KubeObject[]> {
  const lists = await Promise.all(
    WORKLOADS.map(async ([apiVersion, kind, plural]) => {
      const answer = await cluster.request(
        'GET',
        `/apis/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${plural}`,
      );
      return answer.ok ? listAt(answer.value, 'items').map((item) => ({ ...(item as object), apiVersion, kind })) : [];
    }),
  );
  // Helm marks what it made; the objects of hooks it does not, but they bear the chart's usual label.
  return lists
    .flat()
    .filter(
      (object): object is KubeObject & typeof object =>
        isKubeObject(object) &&
        (object.metadata.annotations?.['meta.helm.sh/release-name'] === release ||
          object.metadata.labels?.['app.kubernetes.io/instance'] === release),
    );
}
