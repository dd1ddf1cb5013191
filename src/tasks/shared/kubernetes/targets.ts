/** Objects made ready to be sent: the resource they belong to, their namespace, and the label that says which set they are part of. */
import { sha256 } from '../../../core/hash.ts';
import { isObject } from '../../../core/json.ts';
import { err, ok } from '../../../core/result.ts';
import type { TaskResult } from '../../../core/task-type.ts';
import { isCrd, isXrd, listAt, nameOf, textAt, type KubeObject } from './objects.ts';
import { placeText, type Manifest, type Place } from './parse.ts';
import { pathTo, type Resource, type Resources } from './resources.ts';

export interface Target {
  readonly object: KubeObject;
  readonly resource: Resource;
  /** The object's path at the API server. */
  readonly path: string;
  readonly place: Place;
  /** The kind comes with a definition of this very set, and may not be known to the cluster yet. */
  readonly ownKind: boolean;
  locate(field: string): Place;
}

/** Objects with this label were applied by us; its value names the set. */
export const SET_LABEL = 'code-engine.dev/set';

/** A label's value from any name: at most 63 of the letters that are allowed, still different for different names. */
export function setName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  if (plain === name && name.length <= 63) return name;
  return `${plain.slice(0, 50).replace(/[^A-Za-z0-9]+$/, '')}-${sha256(name).slice(0, 8)}`;
}

export interface TargetOptions {
  readonly namespace: string;
  readonly set: string;
  /** Leave out objects of kinds that the cluster does not know: for deleting, they cannot be there. */
  readonly known?: boolean;
}

/** Finds every object's resource; a kind that neither the cluster nor the set knows is told with its place. */
export async function targetsOf(
  manifests: readonly Manifest[],
  resources: Resources,
  options: TargetOptions,
): Promise<TaskResult<Target[]>> {
  const own = kindsOfSet(manifests);
  const targets: Target[] = [];
  for (const manifest of manifests) {
    const { apiVersion, kind } = manifest.object;
    const ownKind = own.get(`${apiVersion}/${kind}`);
    const found = ownKind === undefined ? await resources.of(manifest.object) : ok(ownKind);
    if (!found.ok) {
      if (options.known === true && found.failure.reason === 'UnknownKind') continue;
      const at = `${placeText(manifest.place)}: ${nameOf(manifest.object)}: ${found.failure.message}`;
      return err({ ...found.failure, message: at, retriable: found.failure.transient });
    }
    targets.push(targetOf(manifest, found.value, ownKind !== undefined, options));
  }
  return ok(targets);
}

function targetOf(manifest: Manifest, resource: Resource, ownKind: boolean, { namespace, set }: TargetOptions): Target {
  const object = prepared(manifest.object, resource, namespace, set);
  const path = pathTo(resource, object.metadata.namespace, object.metadata.name);
  return { object, resource, path, place: manifest.place, ownKind, locate: (field) => manifest.locate(field) };
}

/** What was read from a cluster and is the server's own is left out; it would be refused, or wrongly hold the object to a version. */
function prepared(object: KubeObject, resource: Resource, namespace: string, set: string): KubeObject {
  const { status: _status, ...rest } = object;
  const {
    managedFields: _fields,
    resourceVersion: _version,
    uid: _uid,
    generation: _generation,
    creationTimestamp: _created,
    namespace: own,
    ...metadata
  } = object.metadata;
  const place = resource.namespaced ? { namespace: own ?? namespace } : {};
  return {
    ...rest,
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { ...metadata, ...place, labels: { ...metadata.labels, [SET_LABEL]: set } },
  };
}

/** The kinds that definitions of the set bring, by `apiVersion/kind`. */
function kindsOfSet(manifests: readonly Manifest[]): Map<string, Resource> {
  const kinds = new Map<string, Resource>();
  for (const { object } of manifests) {
    for (const { names, namespaced, categories } of definedBy(object)) {
      const kind = textAt(object, 'spec', names, 'kind') ?? '';
      const plural = textAt(object, 'spec', names, 'plural') ?? '';
      const group = textAt(object, 'spec', 'group') ?? '';
      for (const version of listAt(object, 'spec', 'versions')) {
        if (!isObject(version) || typeof version.name !== 'string') continue;
        const apiVersion = `${group}/${version.name}`;
        const verbs = ['list', 'delete'];
        kinds.set(`${apiVersion}/${kind}`, { apiVersion, kind, plural, namespaced, verbs, categories });
      }
    }
  }
  return kinds;
}

interface Defined {
  /** Where in `spec` its names stand. */
  readonly names: 'names' | 'claimNames';
  readonly namespaced: boolean;
  readonly categories: readonly string[];
}

/** A CRD brings one kind; a definition of Crossplane's a composite and, in its older form, a claim for it. */
function definedBy(object: KubeObject): Defined[] {
  const scope = textAt(object, 'spec', 'scope');
  if (isCrd(object)) return [{ names: 'names', namespaced: scope === 'Namespaced', categories: [] }];
  if (!isXrd(object)) return [];
  const usual = object.apiVersion.endsWith('/v1') ? 'LegacyCluster' : 'Namespaced';
  const composite: Defined = {
    names: 'names',
    namespaced: (scope ?? usual) === 'Namespaced',
    categories: ['composite'],
  };
  const claim: Defined = { names: 'claimNames', namespaced: true, categories: ['claim'] };
  return textAt(object, 'spec', 'claimNames', 'kind') === undefined ? [composite] : [composite, claim];
}

/** A failure that several objects share in one text, the first in the message and all of them in `detail`. */
export function together(failures: readonly { readonly message: string; readonly next?: string }[]): {
  message: string;
  detail: string;
  next?: string;
} {
  const messages = failures.map(({ message }) => message);
  const more = messages.length === 1 ? '' : ` (and ${messages.length - 1} more)`;
  const next = failures.find((one) => one.next !== undefined)?.next;
  return {
    message: `${messages[0] ?? ''}${more}`,
    detail: messages.join('\n'),
    ...(next === undefined ? {} : { next }),
  };
}
