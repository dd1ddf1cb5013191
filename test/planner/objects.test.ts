import assert from 'node:assert/strict';
import { readResources } from '../../src/planner/kubernetes/amounts.ts';
import { Said } from '../../src/planner/kubernetes/attributes.ts';
import { boundIn, boundsSaid } from '../../src/planner/kubernetes/bounds.ts';
import { readText } from '../../src/planner/text.ts';
import { objects, plan, value } from './support.ts';

const amounts = (words: string): unknown => readResources(new Said([readText(words)]));

describe('amounts of a container', () => {
  for (const [words, requests, limits] of [
    ['cpu 80m guaranteed, half a core at most; memory 64Mi requested / 128Mi max', { cpu: '80m', memory: '64Mi' }, { cpu: '500m', memory: '128Mi' }],
    ['asks for 2 cores and 3Gi, up to 4 cores and 6Gi', { cpu: '2', memory: '3Gi' }, { cpu: '4', memory: '6Gi' }],
    ['one core and 2Gi each, requests equal to limits', { cpu: '1', memory: '2Gi' }, { cpu: '1', memory: '2Gi' }],
    ['200m CPU and 256Mi memory requested, limits twice that', { cpu: '200m', memory: '256Mi' }, { cpu: '400m', memory: '512Mi' }],
    ['memory limit 1Gi, request half of it', { memory: '512Mi' }, { memory: '1Gi' }],
    ['QoS class Guaranteed with 300m CPU and 128Mi', { cpu: '300m', memory: '128Mi' }, { cpu: '300m', memory: '128Mi' }],
    ['requests 100m CPU and 200Mi, memory limit 200Mi', { cpu: '100m', memory: '200Mi' }, { memory: '200Mi' }],
  ] as const)
    it(words, () => assert.deepEqual(amounts(words), { requests, limits })); // prettier-ignore

  it('takes the size of a disk for no memory', () =>
    assert.deepEqual(amounts('requests 100m CPU, 5Gi of disk for each'), { requests: { cpu: '100m' }, limits: {} }));
});

describe('how many pods stay or go', () => {
  for (const [words, field, bound] of [
    ['never drop below four ready pods', 'minAvailable', '4'],
    ['evictions may take at most 25 % of the pods', 'maxUnavailable', '25%'],
    ['of the five three always have to survive', 'minAvailable', '3'],
    ['no pod may be missing', 'maxUnavailable', '0'],
    ['one at a time', 'maxUnavailable', '1'],
  ] as const)
    it(words, () => assert.deepEqual(boundIn(words), { field, value: bound }));

  it('reckons what a rollout may take away from how many there are', () =>
    assert.match(boundsSaid('six replicas. During an update at least four of them stay up.'), /maxUnavailable 2/));

  it('leaves sentences alone that are about other things', () => {
    const words = 'Deployment web with image acme/web:2 and 3 replicas; the new version listens on 8080.';
    assert.equal(boundsSaid(words), words);
  });
});

describe('descriptions of objects', () => {
  it('take no verb behind each pod for a name', () => {
    const result = plan('Job split, image acme/split:3, 4 tasks, 2 at once, each pod knowing its own index.');
    assert.equal(value(result, 'Job', 'spec.completionMode'), 'Indexed');
    assert.deepEqual(objects(result, 'Pod'), []);
  });

  it('hand files over from an init container on a volume of the pod', () => {
    const result = plan('pod doc: init container get (acme/get:1) copies /src to /out, then web (nginx:1.27) serves it from /srv. They share an emptyDir named handover.'); // prettier-ignore
    assert.equal(value(result, 'Pod', 'spec.initContainers.*.volumeMounts.*.mountPath'), '/out');
    assert.equal(value(result, 'Pod', 'spec.containers.*.volumeMounts.*.mountPath'), '/srv');
    assert.equal(value(result, 'Pod', 'spec.volumes.*.name'), 'handover');
  });

  it('make an init container of what must be there first', () => {
    const result = plan('Deployment wiki (httpd:2.4). Before the server starts, /var/www/seed.txt must contain ready.');
    assert.match(JSON.stringify(value(result, 'Deployment', 'spec.template.spec.initContainers')), /echo ready > \/var\/www\/seed.txt/); // prettier-ignore
  });
});

describe('changes to what runs', () => {
  const commands = (words: string): string => JSON.stringify(plan(words).draft.stages);

  it('reckon copies from the number that is said', () => {
    assert.match(commands('Double the replicas of deployment mail in namespace post; it has 3 now.'), /replicas=6/);
    assert.match(commands('Bring the deployment mail in namespace post down to zero pods.'), /replicas=0/);
  });

  it('ask for the number that nobody said', () =>
    assert.match(plan('Twice as many replicas for deployment mail, please.').draft.questions.join(), /How many replicas/)); // prettier-ignore

  it('cordon, drain and taint nodes', () => {
    assert.match(commands('Drain node worker-4.'), /"drain","worker-4"/);
    assert.match(commands('Mark node worker-4 as unschedulable.'), /"cordon","worker-4"/);
    assert.match(commands('Taint node worker-4 with gpu=yes:NoSchedule.'), /"taint","node","worker-4","gpu=yes:NoSchedule"/); // prettier-ignore
  });
});
