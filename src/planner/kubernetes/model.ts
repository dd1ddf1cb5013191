/** What was understood about a cluster's objects, before it is rendered as manifests. */
import type { App } from '../catalogue/index.ts';
import type { Passage } from '../text.ts';
import type { KindInfo, WorkloadKind } from './kinds.ts';

/** A JSON value that is still being put together. */
export type Draft = null | boolean | number | string | Draft[] | { [key: string]: Draft | undefined };
export type DraftObject = { [key: string]: Draft | undefined };

export interface K8sObject extends DraftObject {
  apiVersion: string;
  kind: string;
  metadata: DraftObject & { name: string; namespace?: string };
}

export interface Port {
  readonly name: string;
  readonly port: number;
  /** On the node itself. */
  readonly hostPort?: number;
  readonly protocol?: 'TCP' | 'UDP';
}

export interface ContainerFacts {
  name: string;
  image: string;
  app?: App;
  /** Nobody named the image; it is built from the workspace. */
  build?: boolean;
  ports: Port[];
  /** Variables whose values are secrets. */
  secrets: string[];
  /** Everything else, as fields of the API's Container. */
  fields: DraftObject;
}

/** A wish for a Service in front of a workload. */
export interface ServiceWish {
  name?: string;
  type?: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  headless?: boolean;
  ports: {
    readonly port: number;
    readonly target?: number | string;
    readonly nodePort?: number;
    readonly protocol?: 'TCP' | 'UDP';
    readonly name?: string;
  }[];
  selector?: Record<string, string>;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Where it is in another namespace than its workload. */
  namespace?: string;
  sessionAffinity?: boolean;
  externalName?: string;
  /** Its endpoints are written by hand. */
  selectorless?: boolean;
  /** Other fields of the spec, by their own names. */
  fields?: DraftObject;
}

export interface Claim {
  readonly name: string;
  readonly path: string;
  readonly size: string;
  readonly storageClass?: string;
  readonly modes: readonly string[];
}

export interface Workload {
  kind: WorkloadKind;
  name: string;
  namespace?: string;
  app?: App;
  /** Named in so many words as an object; only what was asked for is rendered around it. */
  explicit: boolean;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  replicas?: number;
  containers: ContainerFacts[];
  initContainers: ContainerFacts[];
  volumes: DraftObject[];
  claims: Claim[];
  /** Fields of the PodSpec. */
  pod: DraftObject;
  /** Fields of the workload's own spec. */
  spec: DraftObject;
  services: ServiceWish[];
  /** It cannot be reached from outside the cluster, or from anything but its clients. */
  isolated?: boolean;
}

/** Something that the description names: a kind of object, a component, or an application of the workspace. */
export interface Entity {
  readonly id: number;
  kind: KindInfo | undefined;
  name: string | undefined;
  app: App | undefined;
  image: string | undefined;
  /** An application of the workspace, with the word that names it. */
  build: string | undefined;
  count: number | undefined;
  /** What is said about it, in the order of the text. */
  passages: Passage[];
  /** Text of all passages. */
  said: string;
  explicit: boolean;
  /** It is there already: referred to, never written. */
  exists: boolean;
  /** The workloads that a companion object belongs to. */
  owners: Entity[];
  /** A qualifier such as leader or replica. */
  qualifier: string | undefined;
}

/** A thing of which nothing but `more` was said. */
export const entityOf = (id: number, more: Partial<Omit<Entity, 'id'>>): Entity => ({
  id,
  kind: undefined,
  name: undefined,
  app: undefined,
  image: undefined,
  build: undefined,
  count: undefined,
  passages: [],
  said: '',
  explicit: false,
  exists: false,
  owners: [],
  qualifier: undefined,
  ...more,
});
