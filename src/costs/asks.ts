/** What objects ask a cluster for: requests of pods times how many there are, volumes that are claimed, load balancers. */
import { isObject } from '../core/json.ts';
import type { Amounts } from '../run/costs.ts';
import { GIBIBYTE, quantity } from './quantity.ts';

export const NOTHING: Amounts = { cpu: 0, memoryGib: 0, storageGib: 0, gpu: 0, loadBalancers: 0 };

export interface Ask {
  /** `Deployment shop/web`. */
  readonly what: string;
  /** Pods; 0 for what is none. */
  readonly replicas: number;
  readonly amounts: Amounts;
  /** With as many replicas as its autoscaler may make. */
  readonly most?: Amounts;
  /** Containers that ask for no CPU or no memory: what they use is not counted. */
  readonly silent: readonly string[];
  /** Runs to an end, so it is told and not counted. */
  readonly temporary?: true;
}

type Object_ = Readonly<Record<string, unknown>>;

/** @param nodes how many nodes a DaemonSet runs on */
export function asksOf(objects: readonly Object_[], nodes: number): Ask[] {
  const all = objects.flatMap((one) => (at(one, 'kind') === 'List' ? items(one) : [one]));
  const scalers = new Map(all.flatMap((one) => scalerOf(one)));
  return all.flatMap((one) => askOf(one, nodes, scalers) ?? []);
}

const items = (list: Object_): Object_[] => listAt(list, 'items');

interface Scaler {
  readonly least: number;
  readonly most: number;
}

function scalerOf(one: Object_): [string, Scaler][] {
  if (at(one, 'kind') !== 'HorizontalPodAutoscaler') return [];
  const target = `${textAt(one, 'spec', 'scaleTargetRef', 'kind')} ${placeOf(one, textAt(one, 'spec', 'scaleTargetRef', 'name'))}`;
  const least = countAt(one, 1, 'spec', 'minReplicas');
  return [[target, { least, most: countAt(one, least, 'spec', 'maxReplicas') }]];
}

const placeOf = (one: Object_, name: string): string => {
  const namespace = textAt(one, 'metadata', 'namespace');
  return namespace === '' ? name : `${namespace}/${name}`;
};

function askOf(one: Object_, nodes: number, scalers: ReadonlyMap<string, Scaler>): Ask | undefined {
  const kind = textAt(one, 'kind');
  const what = `${kind} ${placeOf(one, textAt(one, 'metadata', 'name'))}`;
  const workload = (replicas: number, spec: unknown, more: Partial<Ask> = {}): Ask => {
    const pod = podOf(spec);
    const scaler = scalers.get(what);
    const count = scaler?.least ?? replicas;
    const claims =
      kind === 'StatefulSet'
        ? listAt(one, 'spec', 'volumeClaimTemplates')
            .map(storageOf)
            .reduce((a, b) => a + b, 0)
        : 0;
    const each = { ...pod.amounts, storageGib: claims };
    return {
      what,
      replicas: count,
      amounts: times(each, count),
      ...(scaler === undefined || scaler.most === count ? {} : { most: times(each, scaler.most) }),
      silent: pod.silent,
      ...more,
    };
  };
  const single = (amounts: Partial<Amounts>): Ask => ({
    what,
    replicas: 0,
    amounts: { ...NOTHING, ...amounts },
    silent: [],
  });
  switch (kind) {
    case 'Pod':
      return workload(1, at(one, 'spec'));
    case 'Deployment':
    case 'StatefulSet':
    case 'ReplicaSet':
    case 'ReplicationController':
    case 'Rollout':
      return workload(countAt(one, 1, 'spec', 'replicas'), at(one, 'spec', 'template', 'spec'));
    case 'DaemonSet':
      return workload(nodes, at(one, 'spec', 'template', 'spec'));
    case 'Job':
      return workload(countAt(one, 1, 'spec', 'parallelism'), at(one, 'spec', 'template', 'spec'), { temporary: true });
    case 'CronJob':
      return workload(1, at(one, 'spec', 'jobTemplate', 'spec', 'template', 'spec'), { temporary: true });
    case 'PersistentVolumeClaim':
      return single({ storageGib: storageOf(one) });
    case 'Service':
      return textAt(one, 'spec', 'type') === 'LoadBalancer' ? single({ loadBalancers: 1 }) : undefined;
    default:
      return undefined;
  }
}

const storageOf = (claim: Object_): number =>
  (quantity(at(claim, 'spec', 'resources', 'requests', 'storage')) ?? 0) / GIBIBYTE;

/**
 * As the scheduler counts a pod: its containers together with sidecars (init containers that go on), or the largest of its other init
 * containers where that is more. https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
 */
function podOf(spec: unknown): { amounts: Amounts; silent: string[] } {
  const containers = listAt(spec, 'containers');
  const first = listAt(spec, 'initContainers');
  const sidecars = first.filter((one) => at(one, 'restartPolicy') === 'Always');
  const running = [...containers, ...sidecars].map(containerOf).reduce(plus, NOTHING);
  const starting = first.filter((one) => !sidecars.includes(one)).map(containerOf);
  return {
    amounts: starting.reduce(larger, running),
    silent: [...containers, ...sidecars]
      .filter((one) => requested(one, 'cpu') === undefined || requested(one, 'memory') === undefined)
      .map((one) => textAt(one, 'name')),
  };
}

function containerOf(container: Object_): Amounts {
  const names = Object.keys(recordAt(container, 'resources', 'limits'));
  const gpus = names.filter((name) => /(?:^|\/)gpu$|^gpu\./.test(name)).map((name) => requested(container, name) ?? 0);
  return {
    ...NOTHING,
    cpu: requested(container, 'cpu') ?? 0,
    memoryGib: (requested(container, 'memory') ?? 0) / GIBIBYTE,
    gpu: gpus.reduce((a, b) => a + b, 0),
  };
}

/** A limit without a request is the request, too. */
const requested = (container: Object_, name: string): number | undefined =>
  quantity(recordAt(container, 'resources', 'requests')[name]) ??
  quantity(recordAt(container, 'resources', 'limits')[name]);

export const plus = (a: Amounts, b: Amounts): Amounts => merge(a, b, (x, y) => x + y);
const larger = (a: Amounts, b: Amounts): Amounts => merge(a, b, Math.max);
const times = (a: Amounts, n: number): Amounts => merge(a, a, (x) => x * n);

const merge = (a: Amounts, b: Amounts, how: (x: number, y: number) => number): Amounts => ({
  cpu: how(a.cpu, b.cpu),
  memoryGib: how(a.memoryGib, b.memoryGib),
  storageGib: how(a.storageGib, b.storageGib),
  gpu: how(a.gpu, b.gpu),
  loadBalancers: how(a.loadBalancers, b.loadBalancers),
});

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) found = isObject(found) ? found[name] : undefined;
  return found;
}

const textAt = (value: unknown, ...path: readonly string[]): string => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
};

const recordAt = (value: unknown, ...path: readonly string[]): Object_ => {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
};

const listAt = (value: unknown, ...path: readonly string[]): Object_[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
};

const countAt = (value: unknown, otherwise: number, ...path: readonly string[]): number => {
  const found = at(value, ...path);
  return typeof found === 'number' && Number.isInteger(found) && found >= 0 ? found : otherwise;
};
