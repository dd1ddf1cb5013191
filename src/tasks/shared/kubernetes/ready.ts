/** Is an object as its author wanted it? Pure functions of one object, by the rules of its kind; unknown kinds by their conditions. */
import { canonical } from '../../../core/json.ts';
import { at, conditionsOf, groupOf, numberAt, textAt, type Condition, type KubeObject } from './objects.ts';

export type Readiness =
  | { readonly state: 'ready' }
  | { readonly state: 'waiting'; readonly why: string }
  /** It will not become ready by waiting. */
  | { readonly state: 'failed'; readonly why: string };

export const READY: Readiness = { state: 'ready' };
export const waiting = (why: string): Readiness => ({ state: 'waiting', why });
export const failed = (why: string): Readiness => ({ state: 'failed', why });

export function readiness(object: KubeObject): Readiness {
  if (object.metadata.deletionTimestamp !== undefined) return waiting('it is being deleted');
  const observed = numberAt(object, 'status', 'observedGeneration');
  if (observed !== undefined && observed < (object.metadata.generation ?? 0))
    return waiting('its controller has not seen the change yet');
  const rule = rules[`${groupOf(object.apiVersion)}/${object.kind}`] ?? custom;
  return rule(object);
}

const rules: Readonly<Record<string, (object: KubeObject) => Readiness>> = {
  'apps/Deployment': deployment,
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'apps/ReplicaSet': replicaSet,
  '/ReplicationController': replicaSet,
  'batch/Job': finished,
  'batch/CronJob': () => READY,
  '/Pod': pod,
  '/PersistentVolumeClaim': volumeClaim,
  '/PersistentVolume': () => READY,
  '/Namespace': (object) =>
    textAt(object, 'status', 'phase') === 'Terminating' ? waiting('it is being deleted') : READY,
  '/Service': () => READY,
  'apiextensions.k8s.io/CustomResourceDefinition': crd,
  'apiextensions.crossplane.io/CompositeResourceDefinition': xrd,
  'apiregistration.k8s.io/APIService': (object) => byCondition(object, 'Available'),
  // Conditions of these say how the moment is, not whether they were set up.
  'policy/PodDisruptionBudget': () => READY,
  'autoscaling/HorizontalPodAutoscaler': () => READY,
};

export const condition = (object: KubeObject, type: string): Condition | undefined =>
  conditionsOf(object).find((one) => one.type === type);

export const told = ({ reason, message }: Condition): string =>
  [reason, message].filter((part) => part !== '').join(': ');

/** A controller that has never looked at the object has written no generation yet. */
const unseen = (object: KubeObject): boolean => numberAt(object, 'status', 'observedGeneration') === undefined;

function deployment(object: KubeObject): Readiness {
  if (unseen(object)) return waiting('its controller has not seen it yet');
  const progressing = condition(object, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') return failed(told(progressing));
  if (at(object, 'spec', 'paused') === true) return READY;
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  const count = (field: string): number => numberAt(object, 'status', field) ?? 0;
  const [updated, all, available] = [count('updatedReplicas'), count('replicas'), count('availableReplicas')];
  if (updated < wanted) {
    const broken = condition(object, 'ReplicaFailure');
    return waiting(broken?.status === 'True' ? told(broken) : `${updated} of ${wanted} replicas are updated`);
  }
  if (all > updated) return waiting(`${all - updated} old replicas are still there`);
  if (available < wanted) return waiting(`${available} of ${wanted} replicas are available`);
  return READY;
}

function statefulSet(object: KubeObject): Readiness {
  if (unseen(object)) return waiting('its controller has not seen it yet');
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  const count = (field: string): number => numberAt(object, 'status', field) ?? 0;
  const readyPods = count('readyReplicas');
  if (textAt(object, 'spec', 'updateStrategy', 'type') !== 'OnDelete') {
    const partition = numberAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0;
    const toUpdate = Math.max(wanted - partition, 0);
    if (count('updatedReplicas') < toUpdate)
      return waiting(`${count('updatedReplicas')} of ${toUpdate} replicas are updated`);
  }
  if (readyPods < wanted) return waiting(`${readyPods} of ${wanted} replicas are ready`);
  if (count('replicas') > wanted) return waiting(`${count('replicas') - wanted} replicas too many are still there`);
  return READY;
}

function daemonSet(object: KubeObject): Readiness {
  if (unseen(object)) return waiting('its controller has not seen it yet');
  const count = (field: string): number => numberAt(object, 'status', field) ?? 0;
  const wanted = count('desiredNumberScheduled');
  const onDelete = textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete';
  if (!onDelete && count('updatedNumberScheduled') < wanted) {
    return waiting(`${count('updatedNumberScheduled')} of ${wanted} pods are updated`);
  }
  return count('numberAvailable') < wanted
    ? waiting(`${count('numberAvailable')} of ${wanted} pods are available`)
    : READY;
}

function replicaSet(object: KubeObject): Readiness {
  const wanted = numberAt(object, 'spec', 'replicas') ?? 1;
  const available = numberAt(object, 'status', 'availableReplicas') ?? 0;
  return available < wanted ? waiting(`${available} of ${wanted} replicas are available`) : READY;
}

function finished(object: KubeObject): Readiness {
  const broken = condition(object, 'Failed');
  if (broken?.status === 'True') return failed(told(broken));
  if (condition(object, 'Complete')?.status === 'True') return READY;
  if (at(object, 'spec', 'suspend') === true) return READY;
  const wanted = numberAt(object, 'spec', 'completions') ?? 1;
  const failures = numberAt(object, 'status', 'failed') ?? 0;
  const tail = failures === 0 ? '' : `, ${failures} failed`;
  return waiting(`${numberAt(object, 'status', 'succeeded') ?? 0} of ${wanted} pods have completed${tail}`);
}

function pod(object: KubeObject): Readiness {
  const phase = textAt(object, 'status', 'phase') ?? 'Pending';
  if (phase === 'Succeeded') return READY;
  if (phase === 'Failed')
    return failed(textAt(object, 'status', 'message') ?? textAt(object, 'status', 'reason') ?? 'its containers failed');
  const now = condition(object, 'Ready');
  return now?.status === 'True'
    ? READY
    : waiting(now === undefined || told(now) === '' ? `it is ${phase.toLowerCase()}` : told(now));
}

function volumeClaim(object: KubeObject): Readiness {
  const phase = textAt(object, 'status', 'phase') ?? 'Pending';
  if (phase === 'Lost') return failed('the volume that it was bound to is gone');
  return phase === 'Bound' ? READY : waiting('no volume is bound to it yet');
}

function crd(object: KubeObject): Readiness {
  const names = condition(object, 'NamesAccepted');
  if (names?.status === 'False') return failed(told(names));
  return byCondition(object, 'Established');
}

/** Its kinds are served; a claim's a moment after the composite's. */
function xrd(object: KubeObject): Readiness {
  const established = byCondition(object, 'Established');
  const claims = textAt(object, 'spec', 'claimNames', 'kind') !== undefined;
  return established.state === 'ready' && claims ? byCondition(object, 'Offered') : established;
}

function byCondition(object: KubeObject, type: string): Readiness {
  const found = condition(object, type);
  if (found?.status === 'True') return READY;
  return waiting(
    found === undefined ? `the condition ${type} is not there yet` : `${type} is ${found.status}: ${told(found)}`,
  );
}

/** Kinds that we do not know: by the conditions that operators agree on. An object without any is ready. */
function custom(object: KubeObject): Readiness {
  const stalled = condition(object, 'Stalled');
  if (stalled?.status === 'True') return failed(told(stalled));
  const reconciling = condition(object, 'Reconciling');
  if (reconciling?.status === 'True') return waiting(told(reconciling) || 'it is being reconciled');
  return condition(object, 'Ready') === undefined ? READY : byCondition(object, 'Ready');
}

/** What a user waits for beyond the kind's own rule: a condition, or a field with a value. */
export type Expectation =
  | { readonly condition: string; readonly status?: string | undefined }
  | { readonly field: readonly (string | number)[]; readonly equals?: string | number | boolean | undefined }
  /** The rule of a kind that a task type knows: a sync that has ended, a run that has succeeded. */
  | { readonly judge: (object: KubeObject) => Readiness };

export function meets(object: KubeObject, expected: Expectation): Readiness {
  if ('judge' in expected) return expected.judge(object);
  const seen = numberAt(object, 'status', 'observedGeneration') ?? object.metadata.generation ?? 0;
  if (seen < (object.metadata.generation ?? 0)) return waiting('its controller has not seen the change yet');
  if ('condition' in expected) {
    const found = condition(object, expected.condition);
    if (found?.status === (expected.status ?? 'True')) return READY;
    return waiting(
      found === undefined
        ? `the condition ${expected.condition} is not there yet`
        : `${expected.condition} is ${found.status}: ${told(found)}`,
    );
  }
  const value = at(object, ...expected.field);
  const name = expected.field.join('.');
  if (expected.equals === undefined) return value === undefined ? waiting(`${name} is not there yet`) : READY;
  return canonical(value) === canonical(expected.equals) ? READY : waiting(`${name} is ${canonical(value)}`);
}
