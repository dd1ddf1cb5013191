import assert from 'node:assert/strict';
import { judge } from '../../src/tasks/crossplane.ts';
import { meets, readiness } from '../../src/tasks/shared/kubernetes/ready.ts';
import type { KubeObject } from '../../src/tasks/shared/kubernetes/objects.ts';
import { isFatal, podsOf, troublesOfEvents, troublesOfPod } from '../../src/tasks/shared/kubernetes/stuck.ts';

const object = (apiVersion: string, kind: string, more: Record<string, unknown>, generation = 1): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name: 'x', namespace: 'n', uid: 'u', generation },
  ...more,
});
const condition = (type: string, status: string, reason = '', message = ''): unknown => ({
  type,
  status,
  reason,
  message,
});

describe('readiness', () => {
  const cases: readonly (readonly [string, KubeObject, string, RegExp?])[] = [
    ['a deployment that nobody looked at', object('apps/v1', 'Deployment', { spec: {} }), 'waiting', /not seen it/],
    [
      'a deployment whose change nobody looked at',
      object(
        'apps/v1',
        'Deployment',
        { spec: {}, status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 } },
        2,
      ),
      'waiting',
      /not seen the change/,
    ],
    [
      'a deployment with old pods',
      object('apps/v1', 'Deployment', {
        spec: { replicas: 2 },
        status: { observedGeneration: 1, replicas: 3, updatedReplicas: 2, availableReplicas: 2 },
      }),
      'waiting',
      /1 old replicas/,
    ],
    [
      'a deployment past its deadline',
      object('apps/v1', 'Deployment', {
        spec: {},
        status: {
          observedGeneration: 1,
          conditions: [condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'too slow')],
        },
      }),
      'failed',
      /too slow/,
    ],
    [
      'a deployment of no replicas',
      object('apps/v1', 'Deployment', { spec: { replicas: 0 }, status: { observedGeneration: 1 } }),
      'ready',
    ],
    [
      'a stateful set whose partition holds back the update',
      object('apps/v1', 'StatefulSet', {
        spec: { replicas: 3, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
        status: { observedGeneration: 1, replicas: 3, readyReplicas: 3, updatedReplicas: 1 },
      }),
      'ready',
    ],
    [
      'a daemon set on one of two nodes',
      object('apps/v1', 'DaemonSet', {
        spec: {},
        status: { observedGeneration: 1, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 },
      }),
      'waiting',
      /1 of 2 pods are available/,
    ],
    [
      'a failed Job',
      object('batch/v1', 'Job', { status: { conditions: [condition('Failed', 'True', 'BackoffLimitExceeded')] } }),
      'failed',
      /BackoffLimit/,
    ],
    ['a complete Job', object('batch/v1', 'Job', { status: { conditions: [condition('Complete', 'True')] } }), 'ready'],
    ['an unbound claim', object('v1', 'PersistentVolumeClaim', { status: { phase: 'Pending' } }), 'waiting'],
    ['a lost claim', object('v1', 'PersistentVolumeClaim', { status: { phase: 'Lost' } }), 'failed'],
    ['a pod that ended well', object('v1', 'Pod', { status: { phase: 'Succeeded' } }), 'ready'],
    ['a custom object without conditions', object('a.b/v1', 'Thing', {}), 'ready'],
    [
      'a custom object that is not Ready',
      object('a.b/v1', 'Thing', { status: { conditions: [condition('Ready', 'False', 'Building', 'half way')] } }),
      'waiting',
      /half way/,
    ],
    [
      'a stalled custom object',
      object('a.b/v1', 'Thing', { status: { conditions: [condition('Stalled', 'True', 'Broken')] } }),
      'failed',
      /Broken/,
    ],
    [
      'a CRD whose names are taken',
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
        status: { conditions: [condition('NamesAccepted', 'False', 'PluralConflict')] },
      }),
      'failed',
      /PluralConflict/,
    ],
  ];
  for (const [what, subject, state, why] of cases) {
    it(`of ${what} is ${state}`, () => {
      const result = readiness(subject);
      assert.equal(result.state, state, JSON.stringify(result));
      if (why !== undefined && result.state !== 'ready') assert.match(result.why, why);
    });
  }

  it('of an object that is being deleted is waiting, whatever its status', () => {
    const going = {
      ...object('v1', 'ConfigMap', {}),
      metadata: { name: 'x', deletionTimestamp: '2026-01-01T00:00:00Z' },
    };
    assert.equal(readiness(going).state, 'waiting');
  });

  it('may be asked of one condition or one field', () => {
    const thing = object('a.b/v1', 'Thing', {
      status: { phase: 'Running', conditions: [condition('Synced', 'False')] },
    });
    assert.equal(meets(thing, { condition: 'Synced' }).state, 'waiting');
    assert.equal(meets(thing, { condition: 'Synced', status: 'False' }).state, 'ready');
    assert.equal(meets(thing, { field: ['status', 'phase'], equals: 'Running' }).state, 'ready');
    assert.equal(meets(thing, { field: ['status', 'address'] }).state, 'waiting');
  });
});

describe('readiness for Crossplane', () => {
  const reconciled = (generation: number): KubeObject => {
    const conditions = ['Synced', 'Ready'].map((type) => ({ type, status: 'True', observedGeneration: 1 }));
    return object('example.org/v1', 'Bucket', { status: { conditions } }, generation);
  };

  it('is of composites, claims and managed resources by Synced and Ready, of the state that was applied', () => {
    assert.equal(judge(reconciled(1), { categories: ['composite'] }).state, 'ready');
    assert.deepEqual(judge(reconciled(2), { categories: ['claim'] }), {
      state: 'waiting',
      why: 'Synced is not known yet of what was applied',
    });
    const bare = object('example.org/v1', 'Bucket', {});
    assert.equal(judge(bare, { categories: ['crossplane', 'managed', 'aws'] }).state, 'waiting');
  });

  it('is of all other kinds by their own rule: settings have no conditions at all', () => {
    const settings = object('apiextensions.crossplane.io/v1beta1', 'EnvironmentConfig', {});
    assert.equal(judge(settings, { categories: ['crossplane'] }).state, 'ready');
    const provider = object('pkg.crossplane.io/v1', 'Provider', {});
    assert.equal(judge(provider, { categories: ['crossplane', 'pkg'] }).state, 'waiting');
  });

  it('is of a definition with a claim once the claim is offered, too', () => {
    const definition = (...types: string[]): KubeObject =>
      object('apiextensions.crossplane.io/v1', 'CompositeResourceDefinition', {
        spec: { claimNames: { kind: 'Store' } },
        status: { conditions: types.map((type) => condition(type, 'True')) },
      });
    assert.equal(readiness(definition('Established')).state, 'waiting');
    assert.equal(readiness(definition('Established', 'Offered')).state, 'ready');
  });
});

describe('what is stuck', () => {
  const pod = (status: unknown, uid = 'p', owner = 'r'): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web-1', uid, ownerReferences: [{ kind: 'ReplicaSet', name: 'r', uid: owner }] },
    status,
  });

  it('is seen in a container that waits, that crashed, or that was killed for its memory', () => {
    const status = {
      containerStatuses: [
        { name: 'a', image: 'i:1', state: { waiting: { reason: 'ErrImagePull', message: 'not found' } } },
        {
          name: 'b',
          restartCount: 4,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
        },
        { name: 'c', state: { terminated: { reason: 'Error', exitCode: 2 } } },
        { name: 'd', state: { running: {} } },
      ],
    };
    const troubles = troublesOfPod(pod(status));
    assert.deepEqual(
      troubles.map(({ reason }) => reason),
      ['ErrImagePull', 'CrashLoopBackOff', 'Error'],
    );
    assert.match(troubles[1]?.message ?? '', /4 restarts.*more memory than its limit/);
    assert.deepEqual(troubles.map(isFatal), [false, true, false]);
  });

  it('is found through the replica set in between, and not in the pods of others', () => {
    const set: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'r', uid: 'r', ownerReferences: [{ kind: 'Deployment', name: 'x', uid: 'u' }] },
    };
    const owner = object('apps/v1', 'Deployment', {});
    assert.deepEqual(
      podsOf(owner, [set, pod({}), pod({}, 'q', 'other')]).map(({ metadata }) => metadata.uid),
      ['p'],
    );
  });

  it('is told once by events, and only by those about it', () => {
    const event = (reason: string, uid: string): Parameters<typeof troublesOfEvents>[0][number] => ({
      type: 'Warning',
      reason,
      message: 'm',
      about: { kind: 'ReplicaSet', name: 'r', uid },
    });
    const found = troublesOfEvents(
      [event('FailedCreate', 'r'), event('FailedCreate', 'r'), event('FailedCreate', 'z'), event('Other', 'r')],
      new Set(['r']),
    );
    assert.deepEqual(found, [{ about: 'replicaset r', reason: 'FailedCreate', message: 'm' }]);
  });
});
