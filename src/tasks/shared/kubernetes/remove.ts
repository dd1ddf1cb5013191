/** Deleting: a set in the reverse order of applying, and what an earlier apply left behind (prune). */
import { failure } from '../../../core/failure.ts';
import { err, ok } from '../../../core/result.ts';
import type { TaskResult } from '../../../core/task-type.ts';
import type { ApiResult, Cluster } from './client.ts';
import { concurrently } from './concurrently.ts';
import { appliedBy } from './fields.ts';
import { phases } from './manifests.ts';
import { isKubeObject, keyOf, listAt, nameOf, type KubeObject } from './objects.ts';
import { pathTo, type Resource, type Resources } from './resources.ts';
import { SET_LABEL, together } from './targets.ts';

export interface Doomed {
  readonly object: KubeObject;
  readonly resource: Resource;
  readonly path: string;
}

/** @returns those that were there; objects that are gone already are no failure */
export async function removeAll<T extends Doomed>(
  cluster: Cluster,
  doomed: readonly T[],
  log: (line: string) => void,
): Promise<TaskResult<T[]>> {
  const removed: T[] = [];
  for (const phase of phases(doomed).reverse()) {
    const answers = await concurrently(phase, 8, async (one) => {
      // Foreground: the object stays until what it owns is gone, so that waiting for it waits for its pods too.
      const answer = await cluster.request('DELETE', one.path, { query: { propagationPolicy: 'Foreground' } });
      if (answer.ok) log(`${nameOf(one.object)}: deleted`);
      return { one, answer };
    });
    removed.push(...answers.flatMap(({ one, answer }) => (answer.ok ? [one] : [])));
    const failures = answers.flatMap(({ one, answer }) =>
      answer.ok || answer.failure.status === 404
        ? []
        : [{ ...answer.failure, message: `${nameOf(one.object)}: ${answer.failure.message}` }],
    );
    const [first] = failures;
    if (first !== undefined) {
      const { message, detail, next } = together(failures);
      return err(failure(first.kind, message, { detail, ...(next === undefined ? {} : { next }) }));
    }
  }
  return ok(removed);
}

/** Kinds whose end takes more with it than they show: a person deletes these. */
const KEPT = new Set([
  ...['Namespace', 'CustomResourceDefinition', 'CompositeResourceDefinition'],
  ...['PersistentVolumeClaim', 'PersistentVolume'],
]);

export interface Leftovers {
  readonly prunable: readonly Doomed[];
  /** Left behind as well, but not for us to delete. */
  readonly kept: readonly KubeObject[];
}

/**
 * Objects that carry the set's label and our manager's mark, and are not in the set any more.
 * @param current keys of the objects of the set (`keyOf`)
 * @param namespaces where to look when the whole cluster may not be listed
 */
export async function leftovers(
  cluster: Cluster,
  resources: Resources,
  {
    set,
    manager,
    current,
    namespaces,
  }: { set: string; manager: string; current: ReadonlySet<string>; namespaces: readonly string[] },
): Promise<ApiResult<Leftovers>> {
  const all = await resources.all();
  if (!all.ok) return all;
  const candidates = all.value.filter(
    ({ verbs, kind }) => verbs.includes('list') && verbs.includes('delete') && kind !== 'Event',
  );
  const found = await concurrently(candidates, 8, async (resource) => {
    const objects = await labelled(cluster, resource, set, namespaces);
    return objects.map((object) => ({
      object,
      resource,
      path: pathTo(resource, object.metadata.namespace, object.metadata.name),
    }));
  });
  const left = new Map<string, Doomed>();
  for (const one of found.flat()) {
    const { object } = one;
    const ours = appliedBy(object, manager) !== undefined && object.metadata.ownerReferences === undefined;
    // One object may be served under two groups; its uid tells.
    if (ours && !current.has(keyOf(object)) && object.metadata.deletionTimestamp === undefined)
      left.set(object.metadata.uid ?? one.path, one);
  }
  const every = [...left.values()];
  return ok({
    prunable: every.filter(({ object }) => !KEPT.has(object.kind)),
    kept: every.filter(({ object }) => KEPT.has(object.kind)).map(({ object }) => object),
  });
}

/** What may not be listed holds nothing that we could have applied. */
async function labelled(
  cluster: Cluster,
  resource: Resource,
  set: string,
  namespaces: readonly string[],
): Promise<KubeObject[]> {
  const query = { labelSelector: `${SET_LABEL}=${set}` };
  const everywhere = await cluster.request('GET', pathTo(resource, undefined), { query });
  if (everywhere.ok) return typed(everywhere.value, resource);
  if (!resource.namespaced) return [];
  const each = await concurrently(namespaces, 4, (namespace) =>
    cluster.request('GET', pathTo(resource, namespace), { query }),
  );
  return each.flatMap((answer) => (answer.ok ? typed(answer.value, resource) : []));
}

const typed = (list: unknown, { apiVersion, kind }: Resource): KubeObject[] =>
  listAt(list, 'items')
    .map((item) => ({ ...(item as object), apiVersion, kind }))
    .filter(isKubeObject);
