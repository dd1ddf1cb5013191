/** What every action of the type begins with: the manifests read, the cluster connected, every object's resource known. */
import { failure } from '../../../core/failure.ts';
import { err, ok } from '../../../core/result.ts';
import type { StepContext, TaskResult } from '../../../core/task-type.ts';
import { connect, type Cluster } from './client.ts';
import { readManifests } from './manifests.ts';
import type { KubernetesParameters } from './parameters.ts';
import { pathOf } from './parse.ts';
import { resourcesOf, type Resources } from './resources.ts';
import { setName, targetsOf, type Target } from './targets.ts';
import type { Awaited } from './wait.ts';

export interface Session {
  readonly cluster: Cluster;
  readonly resources: Resources;
  readonly targets: readonly Target[];
  /** For objects that name none. */
  readonly namespace: string;
  readonly set: string;
}

export async function openSession(p: KubernetesParameters, context: StepContext): Promise<TaskResult<Session>> {
  // Faults of the files are told before anyone asks for a cluster.
  const manifests = await readManifests(p, context);
  if (!manifests.ok) return manifests;
  const connected = await connect(p, context);
  if (!connected.ok) return connected;
  const cluster = connected.value;
  const resources = resourcesOf(cluster);
  const namespace = p.namespace ?? cluster.namespace;
  const set = setName(p.set ?? `${context.workflow}.${context.task}`);
  const targets = await targetsOf(manifests.value, resources, { namespace, set, known: p.action === 'delete' });
  if (!targets.ok) return targets;
  const missing = p.action === 'apply' ? await missingNamespace(cluster, targets.value, p, set) : ok([]);
  return missing.ok
    ? ok({ cluster, resources, targets: [...missing.value, ...targets.value], namespace, set })
    : missing;
}

/** The namespace that the task was told to use, as one more object, where it is not there and the manifests do not bring it. */
async function missingNamespace(
  cluster: Cluster,
  targets: readonly Target[],
  p: KubernetesParameters,
  set: string,
): Promise<TaskResult<Target[]>> {
  const { namespace } = p;
  const brought = targets.some(({ object }) => object.kind === 'Namespace' && object.metadata.name === namespace);
  const used = targets.some(({ object }) => object.metadata.namespace === namespace);
  if (namespace === undefined || brought || !used) return ok([]);
  const place = { file: 'with.namespace', line: 1, column: 1 };
  const locate = (): typeof place => place;
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  const answer = await cluster.request('GET', `/api/v1/namespaces/${encodeURIComponent(namespace)}`);
  if (answer.ok) return ok([]);
  if (answer.failure.status === 404) {
    const resource = {
      ...{ apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
      ...{ verbs: [], categories: [] },
    };
    const targets = await targetsOf(
      [{ object, place, locate }],
      { ...fixed(resource), forget: () => undefined },
      { namespace, set },
    );
    return targets;
  }
  // Who may not look at namespaces may still work in one; the apply itself shows whether it is there.
  return answer.failure.status === 403 ? ok([]) : answer;
}

const fixed = (resource: Target['resource']): Pick<Resources, 'of' | 'all'> => ({
  of: () => Promise.resolve(ok(resource)),
  all: () => Promise.resolve(ok([resource])),
});

/** What is waited for by name: objects of the set, or others that the cluster knows the kind of. */
export async function expectations(
  p: KubernetesParameters,
  { targets, resources, namespace }: Session,
): Promise<TaskResult<Awaited[]>> {
  const awaited: Awaited[] = [];
  for (const one of p.wait_for) {
    const target = targets.find(({ object }) => object.kind === one.kind && object.metadata.name === one.name);
    const apiVersion = one.api_version ?? target?.object.apiVersion;
    if (apiVersion === undefined) {
      const message = `wait_for: there is no ${one.kind} ${one.name} among the objects.`;
      return err({
        ...failure('invalid', message, { next: 'Mend the name, or give `api_version` for an object of others.' }),
        retriable: false,
      });
    }
    const resource = target === undefined ? await resources.of({ apiVersion, kind: one.kind }) : ok(target.resource);
    if (!resource.ok) return resource;
    const place = resource.value.namespaced
      ? { namespace: one.namespace ?? target?.object.metadata.namespace ?? namespace }
      : {};
    const object = target?.object ?? { apiVersion, kind: one.kind, metadata: { name: one.name, ...place } };
    const expected =
      one.field === undefined
        ? { condition: one.condition ?? 'Ready', status: one.status }
        : { field: pathOf(one.field), equals: one.equals };
    awaited.push({ object, resource: resource.value, expected });
  }
  return ok(awaited);
}
