/** Kubernetes objects as they come over the wire, and how we name them to people. */
import { isObject } from '../../../core/json.ts';

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly uid: string;
    readonly controller?: boolean;
  }[];
  readonly managedFields?: readonly ManagedFields[];
}

/** Which fields one manager owns, in the `FieldsV1` notation of the API. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
  readonly subresource?: string;
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

/** Group, kind, namespace and name: what one object is, whatever version of its API it is written in. */
export interface Identity {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export const groupOf = (apiVersion: string): string =>
  apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';

export const identityOf = (object: KubeObject): Identity => ({
  group: groupOf(object.apiVersion),
  kind: object.kind,
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name,
});

/** A key that is equal for equal identities. */
export const keyOf = (object: KubeObject): string => {
  const { group, kind, namespace, name } = identityOf(object);
  return `${group}/${kind}/${namespace}/${name}`;
};

/** For people and outputs: `Deployment shop/web`, `Namespace shop`, `Certificate.cert-manager.io shop/tls`. */
export function nameOf(object: KubeObject): string {
  const { group, kind, namespace, name } = identityOf(object);
  const known = group === '' || group.endsWith('.k8s.io') || ['apps', 'batch', 'autoscaling', 'policy'].includes(group);
  return `${kind}${known ? '' : `.${group}`} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

export const isKubeObject = (value: unknown): value is KubeObject =>
  isObject(value) &&
  typeof value.apiVersion === 'string' &&
  typeof value.kind === 'string' &&
  isObject(value.metadata) &&
  typeof value.metadata.name === 'string';

export const isCrd = ({ apiVersion, kind }: KubeObject): boolean =>
  kind === 'CustomResourceDefinition' && groupOf(apiVersion) === 'apiextensions.k8s.io';

/** Crossplane's definition of a composite resource: it brings kinds, as a CRD does. */
export const isXrd = ({ apiVersion, kind }: KubeObject): boolean =>
  kind === 'CompositeResourceDefinition' && groupOf(apiVersion) === 'apiextensions.crossplane.io';

/** The value at a path of keys, `undefined` where it ends early. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let here = value;
  for (const key of path) {
    if (Array.isArray(here) && typeof key === 'number') here = (here as readonly unknown[])[key];
    else if (isObject(here)) here = here[key];
    else return undefined;
  }
  return here;
}

export const numberAt = (value: unknown, ...path: readonly (string | number)[]): number | undefined => {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
};

export const textAt = (value: unknown, ...path: readonly (string | number)[]): string | undefined => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
};

export const listAt = (value: unknown, ...path: readonly (string | number)[]): readonly unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as readonly unknown[]) : [];
};

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** The generation of the object that it was written for, where its controller says that. */
  readonly generation?: number;
}

/** `status.conditions`, with empty texts for what is absent. */
export const conditionsOf = (object: KubeObject): readonly Condition[] =>
  listAt(object, 'status', 'conditions').map((raw) => {
    const generation = numberAt(raw, 'observedGeneration');
    return {
      type: textAt(raw, 'type') ?? '',
      status: textAt(raw, 'status') ?? '',
      reason: textAt(raw, 'reason') ?? '',
      message: textAt(raw, 'message') ?? '',
      ...(generation === undefined ? {} : { generation }),
    };
  });
