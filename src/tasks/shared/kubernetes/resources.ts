/** Where objects of a kind live: asked of the API server once per group and version, and asked anew after CRDs were installed. */
import { failure } from '../../../core/failure.ts';
import { err, ok } from '../../../core/result.ts';
import type { ApiResult, Cluster } from './client.ts';
import { asApiFailure } from './errors.ts';
import { listAt, textAt, at, type KubeObject } from './objects.ts';

export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  /** The plural name of the path: `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** What its definition counts it among: `composite` for Crossplane’s, for one. */
  readonly categories: readonly string[];
}

export interface Resources {
  /** The resource of an object's kind; a failure of kind `missing` where the cluster does not know it. */
  of(object: Pick<KubeObject, 'apiVersion' | 'kind'>): Promise<ApiResult<Resource>>;
  /** Every resource of every group's preferred version. Groups that do not answer are left out. */
  all(): Promise<ApiResult<readonly Resource[]>>;
  /** Forgets what the server said, after CRDs were installed. */
  forget(): void;
}

export function resourcesOf(cluster: Cluster): Resources {
  const known = new Map<string, Promise<ApiResult<readonly Resource[]>>>();
  const inVersion = (apiVersion: string): Promise<ApiResult<readonly Resource[]>> => {
    const before = known.get(apiVersion);
    if (before !== undefined) return before;
    const asked = list(cluster, apiVersion);
    known.set(apiVersion, asked);
    return asked;
  };
  return {
    async of({ apiVersion, kind }) {
      const found = await inVersion(apiVersion);
      if (!found.ok && found.failure.status !== 404) return found;
      const resource = found.ok ? found.value.find((one) => one.kind === kind) : undefined;
      return resource === undefined ? err(unknownKind(apiVersion, kind, cluster)) : ok(resource);
    },
    async all() {
      const groups = await cluster.request('GET', '/apis');
      if (!groups.ok) return groups;
      const preferred = listAt(groups.value, 'groups').map(
        (group) => textAt(group, 'preferredVersion', 'groupVersion') ?? '',
      );
      const lists = await Promise.all(['v1', ...preferred.filter((version) => version !== '')].map(inVersion));
      return ok(lists.flatMap((one) => (one.ok ? one.value : [])));
    },
    forget: () => known.clear(),
  };
}

const rootOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

async function list(cluster: Cluster, apiVersion: string): Promise<ApiResult<readonly Resource[]>> {
  const answer = await cluster.request('GET', rootOf(apiVersion));
  if (!answer.ok) return answer;
  return ok(
    listAt(answer.value, 'resources')
      .map((raw) => ({
        apiVersion,
        kind: textAt(raw, 'kind') ?? '',
        plural: textAt(raw, 'name') ?? '',
        namespaced: at(raw, 'namespaced') === true,
        verbs: listAt(raw, 'verbs').map(String),
        categories: listAt(raw, 'categories').map(String),
      }))
      // `deployments/scale` and its like are parts of objects, not kinds of their own.
      .filter(({ plural }) => plural !== '' && !plural.includes('/')),
  );
}

function unknownKind(apiVersion: string, kind: string, { server }: Cluster): ReturnType<typeof asApiFailure> {
  const message = `The cluster at ${server} knows no ${kind} in ${apiVersion}.`;
  const next =
    'Install what brings it (a CRD, an operator) before or with these manifests, or check apiVersion and kind.';
  return { ...asApiFailure(failure('missing', message, { next })), status: 404, reason: 'UnknownKind' };
}

/** The path of a collection, or of one object in it. */
export function pathTo(resource: Resource, namespace: string | undefined, name?: string): string {
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  return `${rootOf(resource.apiVersion)}${scope}/${resource.plural}${object}`;
}
