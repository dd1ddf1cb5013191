/** While Helm waits it says nothing: this looks at what it waits for, and tells in seconds what is stuck. */
import { ok } from '../../../core/result.ts';
import type { ExecResult, StepContext } from '../../../core/task-type.ts';
import { connect, sleep, type ApiResult, type Cluster } from '../kubernetes/client.ts';
import { diagnose, lastLines } from '../kubernetes/diagnose.ts';
import { isKubeObject, listAt, nameOf, type KubeObject } from '../kubernetes/objects.ts';
import { readiness } from '../kubernetes/ready.ts';
import { isFatal, troubleText, type Trouble } from '../kubernetes/stuck.ts';
import type { HelmParameters } from './parameters.ts';

const FIRST_LOOK_MS = 1500;
const NEXT_LOOK_MS = 2000;
/** How long the server may take to answer a look. */
const LOOK_MS = 10_000;

/** Kinds that a chart's wait hangs on, most times. */
const WORKLOADS = [
  ['apps/v1', 'Deployment', 'deployments'],
  ['apps/v1', 'StatefulSet', 'statefulsets'],
  ['apps/v1', 'DaemonSet', 'daemonsets'],
  ['batch/v1', 'Job', 'jobs'],
] as const;

interface Watched {
  readonly result: ExecResult;
  /** What Helm was ended for. */
  readonly stuck: string | undefined;
  /** The API server did not answer when it was last asked. */
  readonly lost: boolean;
}

/**
 * Runs Helm, and meanwhile tells about the release's workloads that are stuck, and about a server that goes away, which Helm waits out without
 * a word; with `fail_early` Helm is ended at what only a person can mend. Other trouble of the watchdog's own is nobody's business.
 */
export async function watched(
  p: HelmParameters,
  release: string,
  context: StepContext,
  work: (early: AbortSignal) => Promise<ExecResult>,
): Promise<Watched> {
  const end = new AbortController();
  const early = new AbortController();
  const seen: Seen = { lost: false };
  const tell = (about: string, trouble: Trouble): void => {
    context.warn(`${about}: ${troubleText(trouble)}`);
    if (!p.fail_early || !isFatal(trouble) || seen.stuck !== undefined) return;
    seen.stuck = `${about}: ${troubleText(trouble)}`;
    early.abort();
  };
  const looking = look(p, release, context, { tell, seen, signal: end.signal }).catch(() => undefined);
  try {
    const result = await work(early.signal);
    return { result, stuck: seen.stuck, lost: seen.lost };
  } finally {
    end.abort();
    await looking;
  }
}

interface Seen {
  stuck?: string;
  lost: boolean;
}

interface Looking {
  readonly tell: (about: string, trouble: Trouble) => void;
  readonly seen: Seen;
  readonly signal: AbortSignal;
}

async function look(
  p: HelmParameters,
  release: string,
  context: StepContext,
  { tell, seen, signal }: Looking,
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
    const found = await workloads(cluster, namespace, release);
    const isLost = !found.ok && found.failure.transient;
    if (isLost && !seen.lost) context.warn(`${found.failure.message} Helm goes on waiting until its timeout.`);
    if (!isLost && seen.lost) context.warn(`The API server at ${cluster.server} answers again.`);
    seen.lost = isLost;
    if (!found.ok) continue;
    const open = found.value.filter((object) => readiness(object).state !== 'ready');
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

async function workloads(cluster: Cluster, namespace: string, release: string): Promise<ApiResult<KubeObject[]>> {
  const found: KubeObject[] = [];
  const lists = WORKLOADS.map(async ([apiVersion, kind, plural]) => {
    const path = `/apis/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
    const answer = await cluster.request('GET', path, { timeoutMs: LOOK_MS });
    if (!answer.ok) return answer;
    const objects = listAt(answer.value, 'items').map((item) => ({ ...(item as object), apiVersion, kind }));
    // Helm marks what it made; the objects of hooks it does not, but they bear the chart's usual label.
    const belongs = ({ metadata }: KubeObject): boolean =>
      metadata.annotations?.['meta.helm.sh/release-name'] === release ||
      metadata.labels?.['app.kubernetes.io/instance'] === release;
    found.push(...objects.filter((object) => isKubeObject(object)).filter(belongs));
    return ok(undefined);
  });
  // One kind that may not be read hides no other; a server that is away answers for none.
  const lost = (await Promise.all(lists)).find((answer) => !answer.ok && answer.failure.transient);
  return lost !== undefined && !lost.ok ? lost : ok(found);
}
