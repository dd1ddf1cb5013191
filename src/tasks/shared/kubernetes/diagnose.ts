/** Asks the cluster why an object is not ready: its pods, the events about it and them, the last lines of what crashed. */
import type { Cluster } from './client.ts';
import { isKubeObject, listAt, type KubeObject } from './objects.ts';
import { eventOf, podsOf, troublesOfEvents, troublesOfPod, type Trouble } from './stuck.ts';

const LOG_LINES = 5;

export interface Diagnosis {
  /** By the object's uid. */
  readonly troubles: ReadonlyMap<string, readonly Trouble[]>;
  /** The uids of volume claims that get a volume only when a pod uses them: there is nothing to wait for. */
  readonly resting: ReadonlySet<string>;
}

/** The troubles of objects of one namespace. What may not be read is left out: it is only advice. */
export async function diagnose(
  cluster: Cluster,
  namespace: string,
  objects: readonly KubeObject[],
): Promise<Diagnosis> {
  const here = `/namespaces/${encodeURIComponent(namespace)}`;
  const [pods, sets, events] = await Promise.all([
    items(cluster, `/api/v1${here}/pods`, 'v1', 'Pod'),
    items(cluster, `/apis/apps/v1${here}/replicasets`, 'apps/v1', 'ReplicaSet'),
    items(cluster, `/api/v1${here}/events`, 'v1', 'Event'),
  ]);
  const told = events.map(eventOf);
  const found = new Map<string, readonly Trouble[]>();
  for (const object of objects) {
    const own = podsOf(object, [...sets, ...pods]).filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const through = sets.filter((set) => set.metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid));
    const uids = new Set([object, ...through, ...own].map(({ metadata }) => metadata.uid ?? ''));
    const troubles = own.flatMap(troublesOfPod);
    const known = new Set(troubles.map(({ reason }) => (reason === 'Unschedulable' ? 'FailedScheduling' : reason)));
    troubles.push(...troublesOfEvents(told, uids).filter(({ reason }) => !known.has(reason)));
    found.set(object.metadata.uid ?? '', troubles);
  }
  const resting = told.filter(({ reason }) => reason === 'WaitForFirstConsumer').map(({ about }) => about.uid);
  return { troubles: found, resting: new Set(resting) };
}

/** A list's items carry neither kind nor apiVersion; they are given them here. */
async function items(cluster: Cluster, path: string, apiVersion: string, kind: string): Promise<KubeObject[]> {
  const answer = await cluster.request('GET', path, { query: { limit: 1000 }, patienceMs: 0, timeoutMs: 5000 });
  if (!answer.ok) return [];
  return listAt(answer.value, 'items')
    .map((item) => ({ ...(item as object), apiVersion, kind }))
    .filter(isKubeObject);
}

/** The last lines that a container wrote, for a trouble that has any. */
export async function lastLines(cluster: Cluster, namespace: string, trouble: Trouble): Promise<readonly string[]> {
  if (trouble.logs === undefined) return [];
  const { pod, container, previous } = trouble.logs;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
  const ask = (fromPrevious: boolean): ReturnType<Cluster['text']> =>
    cluster.text(path, {
      container,
      tailLines: LOG_LINES,
      limitBytes: 4096,
      previous: fromPrevious ? 'true' : undefined,
    });
  let answer = await ask(previous);
  if (!answer.ok && previous) answer = await ask(false);
  return answer.ok ? answer.value.split('\n').filter((line) => line.trim() !== '') : [];
}
