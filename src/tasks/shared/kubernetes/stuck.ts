/**
 * Why is it not ready? From the pods of a workload and the events about them, the reasons that waiting will hardly mend: an image that
 * cannot be pulled, no node to run on, a container that crashes, a quota. Pure functions; `diagnose.ts` asks the cluster.
 */
import { at, conditionsOf, isKubeObject, listAt, numberAt, textAt, type KubeObject } from './objects.ts';

export interface Trouble {
  /** What it is about: `pod web-5c-x7`, `container web of pod web-5c-x7`. */
  readonly about: string;
  readonly reason: string;
  readonly message: string;
  /** Set where the last lines of a container's log tell more. */
  readonly logs?: { readonly pod: string; readonly container: string; readonly previous: boolean };
}

const IMAGE = new Set([
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'ErrImageNeverPull',
  'RegistryUnavailable',
]);
const CONFIG = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

/** Everything that is wrong with one pod, by its status. */
export function troublesOfPod(pod: KubeObject): Trouble[] {
  const about = `pod ${pod.metadata.name}`;
  const troubles: Trouble[] = [];
  const scheduled = conditionsOf(pod).find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    troubles.push({ about, reason: 'Unschedulable', message: scheduled.message });
  }
  const statuses = [...listAt(pod, 'status', 'initContainerStatuses'), ...listAt(pod, 'status', 'containerStatuses')];
  for (const status of statuses) {
    const trouble = troubleOfContainer(pod, status);
    if (trouble !== undefined) troubles.push(trouble);
  }
  return troubles;
}

function troubleOfContainer(pod: KubeObject, status: unknown): Trouble | undefined {
  const container = textAt(status, 'name') ?? '';
  const about = `container ${container} of pod ${pod.metadata.name}`;
  const reason = textAt(status, 'state', 'waiting', 'reason') ?? '';
  const said = textAt(status, 'state', 'waiting', 'message') ?? '';
  if (IMAGE.has(reason)) {
    const image = textAt(status, 'image') ?? '';
    return { about, reason, message: `the image ${image} cannot be pulled: ${said || reason}` };
  }
  if (CONFIG.has(reason)) return { about, reason, message: said };
  const restarts = numberAt(status, 'restartCount') ?? 0;
  const logs = { pod: pod.metadata.name, container };
  if (reason === 'CrashLoopBackOff') {
    const ended = endOf(at(status, 'lastState', 'terminated'));
    return {
      about,
      reason,
      message: `it crashes again and again (${restarts} restarts); ${ended}`,
      logs: { ...logs, previous: true },
    };
  }
  const terminated = at(status, 'state', 'terminated');
  const exitCode = numberAt(terminated, 'exitCode') ?? 0;
  if (exitCode !== 0) {
    return {
      about,
      reason: textAt(terminated, 'reason') ?? 'Error',
      message: endOf(terminated),
      logs: { ...logs, previous: false },
    };
  }
  return undefined;
}

function endOf(terminated: unknown): string {
  const exitCode = numberAt(terminated, 'exitCode');
  if (textAt(terminated, 'reason') === 'OOMKilled') return 'it was killed because it needed more memory than its limit';
  return exitCode === undefined ? 'how it ended is not known' : `it ended with exit code ${exitCode}`;
}

export interface KubeEvent {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly about: { readonly kind: string; readonly name: string; readonly uid: string };
}

export const eventOf = (object: unknown): KubeEvent => ({
  type: textAt(object, 'type') ?? '',
  reason: textAt(object, 'reason') ?? '',
  message: textAt(object, 'message') ?? '',
  about: {
    kind: textAt(object, 'involvedObject', 'kind') ?? '',
    name: textAt(object, 'involvedObject', 'name') ?? '',
    uid: textAt(object, 'involvedObject', 'uid') ?? '',
  },
});

/** Reasons of events that say why something does not come up, and that no status of a pod says. */
const TELLING = new Set([
  ...[
    'FailedCreate',
    'FailedMount',
    'FailedAttachVolume',
    'ProvisioningFailed',
    'FailedBinding',
    'FailedCreatePodSandBox',
  ],
  ...[
    'Unhealthy',
    'FailedScheduling',
    'FailedToUpdateEndpoint',
    'BackoffLimitExceeded',
    'DeadlineExceeded',
    'FailedPostStartHook',
  ],
]);

/** The troubles that events tell about these objects (by uid), one per object and reason. */
export function troublesOfEvents(events: readonly KubeEvent[], uids: ReadonlySet<string>): Trouble[] {
  const found = new Map<string, Trouble>();
  for (const { type, reason, message, about } of events) {
    if (type !== 'Warning' || !TELLING.has(reason) || !uids.has(about.uid)) continue;
    found.set(`${about.uid}/${reason}`, { about: `${about.kind.toLowerCase()} ${about.name}`, reason, message });
  }
  return [...found.values()];
}

/** The pods that belong to `owner`, directly or through one controller in between (a ReplicaSet, a Job of a CronJob). */
export function podsOf(owner: KubeObject, objects: readonly unknown[]): KubeObject[] {
  const all = objects.filter(isKubeObject);
  if (owner.kind === 'Pod') return all.filter(({ metadata }) => metadata.uid === owner.metadata.uid);
  const owned = new Set([owner.metadata.uid]);
  const ownedBy = (object: KubeObject): boolean =>
    object.metadata.ownerReferences?.some(({ uid }) => owned.has(uid)) ?? false;
  for (const object of all) if (object.kind !== 'Pod' && ownedBy(object)) owned.add(object.metadata.uid);
  return all.filter((object) => object.kind === 'Pod' && ownedBy(object));
}

/** Troubles that end the wait where the user wants it to fail early: those that need a person, most times. */
export const isFatal = ({ reason }: Trouble): boolean =>
  reason === 'ImagePullBackOff' ||
  reason === 'CrashLoopBackOff' ||
  reason === 'Unschedulable' ||
  reason === 'InvalidImageName' ||
  CONFIG.has(reason);

export const troubleText = ({ about, reason, message }: Trouble): string => `${about}: ${reason}: ${message}`;
