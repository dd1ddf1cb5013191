import assert from 'node:assert/strict';
import { kubernetes } from '../../src/tasks/kubernetes.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import {
  deployment,
  freshName,
  isTestbed,
  kubeconfig,
  kubectl,
  limited,
  needsCluster,
  previewOf,
  rollbackOf,
  writeFiles,
} from './cluster.ts';

const configMap = (name: string, value: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: { name: ${name} }
data: { key: ${JSON.stringify(value)} }
`;

const crd = (group: string): string => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.${group} }
spec:
  group: ${group}
  scope: Namespaced
  names: { kind: Thing, plural: things, singular: thing }
  versions:
    - name: v1
      served: true
      storage: true
      subresources: { status: {} }
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;

describe('kubernetes on a real API server', function () {
  this.timeout(300_000);
  let bench: Workbench;
  let namespace: string;
  const cleanup: string[][] = [];

  before(needsCluster);
  beforeEach(async () => {
    bench = await workbench({ env: { KUBECONFIG: kubeconfig } });
    namespace = freshName('k8s');
    cleanup.push(['namespace', namespace]);
  });
  after(() => {
    for (const [kind = '', name = ''] of cleanup) kubectl('delete', kind, name, '--ignore-not-found', '--wait=false');
  });

  const given = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    manifests: 'k8s',
    namespace,
    wait_timeout: '180s',
    ...more,
  });
  const run = (more?: Record<string, unknown>): ReturnType<typeof perform> => perform(kubernetes, given(more), bench);
  const succeed = async (more?: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const result = await run(more);
    assert.ok(result.ok, result.ok ? '' : result.failure.message);
    return result.value;
  };
  const fail = async (
    more?: Record<string, unknown>,
  ): Promise<{ kind: string; message: string; next?: string; detail?: string }> => {
    const result = await run(more);
    assert.ok(!result.ok, 'it was expected to fail');
    return result.failure;
  };

  it('applies, waits until the pods serve, and says next time that nothing changed', async () => {
    await writeFiles(bench.root, {
      'k8s/web.yaml': deployment('web', { replicas: 2 }),
      'k8s/config.yml': configMap('settings', 'one'),
    });
    const first = await succeed();
    assert.deepEqual(
      { applied: first.applied, created: first.created, ready: first.ready },
      { applied: 3, created: 3, ready: 3 },
      'the namespace is made as well',
    );
    assert.equal(
      kubectl('-n', namespace, 'get', 'deployment', 'web', '-o', 'jsonpath={.status.availableReplicas}'),
      '2',
    );
    const second = await succeed();
    assert.deepEqual({ changed: second.changed, unchanged: second.unchanged }, { changed: 0, unchanged: 2 });
  });

  it('shows in a preview exactly what the apply then changes', async () => {
    await writeFiles(bench.root, { 'k8s/a.yaml': configMap('a', 'one'), 'k8s/b.yaml': configMap('b', 'one') });
    const fresh = await previewOf(kubernetes, given(), bench);
    assert.ok(fresh.ok);
    assert.deepEqual(fresh.value.changes, { create: 3, update: 0, replace: 0, destroy: 0 });
    assert.throws(() => kubectl('get', 'namespace', namespace), 'a preview changes nothing');
    await succeed();
    await writeFiles(bench.root, { 'k8s/b.yaml': configMap('b', 'two') });
    const changed = await previewOf(kubernetes, given(), bench);
    assert.ok(changed.ok);
    assert.equal(changed.value.summary, '0 to create, 1 to change, 0 to delete, 1 unchanged');
    assert.equal(changed.value.text, `~ ConfigMap ${namespace}/b\n  ~ data.key: "one" -> "two"`);
    const again = await previewOf(kubernetes, given(), bench);
    assert.ok(again.ok);
    assert.equal(again.value.digest, changed.value.digest);
    assert.notEqual(fresh.value.digest, changed.value.digest);
    const applied = await succeed();
    assert.deepEqual({ changed: applied.changed, unchanged: applied.unchanged }, { changed: 1, unchanged: 1 });
  });

  it('never shows the values of a Secret', async () => {
    const secret = (value: string): string =>
      `{apiVersion: v1, kind: Secret, metadata: {name: login}, stringData: {password: ${value}}}`;
    await writeFiles(bench.root, { 'k8s/secret.yaml': secret('hunter2-old') });
    const first = await previewOf(kubernetes, given(), bench);
    await succeed();
    await writeFiles(bench.root, { 'k8s/secret.yaml': secret('hunter2-new') });
    const second = await previewOf(kubernetes, given(), bench);
    await succeed();
    assert.ok(first.ok && second.ok);
    assert.equal(second.value.changes.update, 1);
    const everything = [first.value.text, second.value.text, ...bench.lines].join('\n');
    assert.ok(!everything.includes('hunter2'), everything);
    assert.ok(!everything.includes(Buffer.from('hunter2-new').toString('base64')), everything);
  });

  it('installs a CRD and waits for it before the objects of its kind', async () => {
    const group = `${freshName('crd')}.example.com`;
    cleanup.push(['crd', `things.${group}`]);
    await writeFiles(bench.root, {
      'k8s/0-thing.yaml': `{apiVersion: ${group}/v1, kind: Thing, metadata: {name: one}, spec: {size: 1}}`,
      'k8s/9-crd.yaml': crd(group),
    });
    const result = await succeed();
    assert.equal(result.created, 3);
    assert.equal(kubectl('-n', namespace, 'get', `things.${group}`, 'one', '-o', 'jsonpath={.spec.size}'), '1');
  });

  it('waits for a condition of an object that an operator writes', async () => {
    const group = `${freshName('wait')}.example.com`;
    cleanup.push(['crd', `things.${group}`]);
    await writeFiles(bench.root, {
      'k8s/crd.yaml': crd(group),
      'k8s/thing.yaml': `{apiVersion: ${group}/v1, kind: Thing, metadata: {name: one}, spec: {}}`,
    });
    const running = run({ wait_for: [{ kind: 'Thing', name: 'one', condition: 'Ready' }] });
    await until(() => bench.lines.some((line) => line.includes('the condition Ready is not there yet')));
    const status = {
      status: {
        conditions: [
          { type: 'Ready', status: 'True', reason: 'Done', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
        ],
      },
    };
    kubectl(
      '-n',
      namespace,
      'patch',
      `things.${group}`,
      'one',
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify(status),
    );
    assert.ok((await running).ok);
  });

  it('names who owns a field in a conflict, changes nothing, and takes it over by force', async () => {
    await writeFiles(bench.root, { 'k8s/a.yaml': configMap('a', 'ours') });
    kubectl('create', 'namespace', namespace);
    kubectl('-n', namespace, 'create', 'configmap', 'a', '--from-literal=key=theirs', '--field-manager=other-team');
    const preview = await previewOf(kubernetes, given(), bench);
    assert.ok(preview.ok);
    assert.match(preview.value.summary, /1 in conflict/);
    assert.match(preview.value.text, /data\.key is owned by other-team/);
    const failure = await fail();
    assert.equal(failure.kind, 'conflict');
    assert.match(failure.message, /^k8s\/a\.yaml:5:\d+: ConfigMap .*data\.key \(other-team\)/);
    assert.match(failure.next ?? '', /force: true/);
    assert.equal(kubectl('-n', namespace, 'get', 'configmap', 'a', '-o', 'jsonpath={.data.key}'), 'theirs');
    await succeed({ force: true });
    assert.equal(kubectl('-n', namespace, 'get', 'configmap', 'a', '-o', 'jsonpath={.data.key}'), 'ours');
  });

  it('prunes what it applied earlier, and nothing that others made', async () => {
    await writeFiles(bench.root, {
      'k8s/a.yaml': configMap('a', '1'),
      'k8s/b.yaml': configMap('b', '1'),
      'k8s/c.yaml': configMap('c', '1'),
    });
    const set = namespace;
    await succeed({ set });
    kubectl('-n', namespace, 'create', 'configmap', 'stranger', '--from-literal=key=1');
    kubectl('-n', namespace, 'label', 'configmap', 'stranger', `code-engine.dev/set=${set}`);
    await writeFiles(bench.root, { 'k8s/b.yaml': '', 'k8s/c.yaml': configMap('c2', '1') });
    const preview = await previewOf(kubernetes, given({ set, prune: true }), bench);
    assert.ok(preview.ok);
    assert.deepEqual(preview.value.changes, { create: 1, update: 0, replace: 0, destroy: 2 });
    const result = await succeed({ set, prune: true });
    assert.equal(result.deleted, 2);
    const left = kubectl('-n', namespace, 'get', 'configmaps', '-o', 'jsonpath={.items[*].metadata.name}').split(' ');
    assert.deepEqual(left.filter((name) => name !== 'kube-root-ca.crt').sort(), ['a', 'c2', 'stranger']);
    assert.ok((await rollbackOf(kubernetes, given({ set, prune: true }), bench)).ok);
  });

  it('rolls back: what was changed is as it was with its owners, what was made is gone, what was pruned is back', async () => {
    await writeFiles(bench.root, {
      'k8s/web.yaml': deployment('web'),
      'k8s/a.yaml': configMap('a', 'one'),
      'k8s/old.yaml': configMap('old', 'one'),
    });
    await succeed({ set: namespace, prune: true });
    kubectl(
      '-n',
      namespace,
      'create',
      'configmap',
      'shared',
      '--from-literal=key=theirs',
      '--field-manager=other-team',
    );
    const before = kubectl('-n', namespace, 'get', 'configmap', 'a', 'shared', '-o', 'jsonpath={.items[*].data}');
    const later = await workbench({ root: bench.root, env: { KUBECONFIG: kubeconfig } });
    await writeFiles(bench.root, {
      'k8s/web.yaml': deployment('web', { image: 'testbed.local/web:2', replicas: 2 }),
      'k8s/a.yaml': configMap('a', 'two'),
      'k8s/shared.yaml': configMap('shared', 'ours'),
      'k8s/new.yaml': configMap('new', 'two'),
      'k8s/old.yaml': '',
    });
    const parameters = given({ set: namespace, prune: true, force: true });
    const second = await perform(kubernetes, parameters, later);
    assert.ok(second.ok, second.ok ? '' : second.failure.message);
    assert.deepEqual(
      { created: second.value.created, changed: second.value.changed, deleted: second.value.deleted },
      { created: 1, changed: 5, deleted: 1 },
    );
    const undone = await rollbackOf(kubernetes, parameters, later);
    assert.ok(undone.ok, undone.ok ? '' : undone.failure.message);
    assert.equal(
      kubectl('-n', namespace, 'get', 'configmap', 'a', 'shared', '-o', 'jsonpath={.items[*].data}'),
      before,
    );
    assert.equal(
      kubectl(
        '-n',
        namespace,
        'get',
        'deployment',
        'web',
        '-o',
        'jsonpath={.spec.replicas} {.spec.template.spec.containers[0].image}',
      ),
      '1 testbed.local/web:1',
    );
    assert.equal(kubectl('-n', namespace, 'get', 'configmap', 'old', '-o', 'jsonpath={.data.key}'), 'one');
    assert.throws(() => kubectl('-n', namespace, 'get', 'configmap', 'new'));
    const owner = kubectl(
      '-n',
      namespace,
      'get',
      'configmap',
      'shared',
      '--show-managed-fields',
      '-o',
      'jsonpath={.metadata.managedFields[*].manager}',
    );
    assert.equal(owner, 'other-team');
  });

  it('deletes a set and waits until it is gone', async () => {
    await writeFiles(bench.root, { 'k8s/web.yaml': deployment('web') });
    await succeed();
    const result = await succeed({ action: 'delete' });
    assert.equal(result.deleted, 1);
    assert.equal(kubectl('-n', namespace, 'get', 'deployments,pods', '-o', 'name'), '');
    const again = await succeed({ action: 'delete' });
    assert.equal(again.deleted, 0, 'what is gone already is no failure');
  });

  it('builds a kustomization', async () => {
    await writeFiles(bench.root, {
      'deploy/base/kustomization.yaml': 'resources: [a.yaml]\n',
      'deploy/base/a.yaml': configMap('a', 'base'),
      'deploy/staging/kustomization.yaml': 'resources: [../base]\nnamePrefix: staging-\n',
    });
    const result = await succeed({ manifests: 'deploy/staging' });
    assert.ok((result.objects as string[]).includes(`ConfigMap ${namespace}/staging-a`));
  });

  it('tells in seconds that an image cannot be pulled, and ends early where it is asked to', async () => {
    await writeFiles(bench.root, { 'k8s/web.yaml': deployment('web', { image: 'testbed.local/missing:1' }) });
    const failure = await fail({ fail_early: true });
    assert.equal(failure.kind, 'tool', 'it does not wait for its time to be over');
    assert.match(
      failure.message,
      /will not become ready: Deployment .*ImagePullBackOff.*testbed\.local\/missing:1 cannot be pulled/,
    );
    assert.ok(bench.lines.some((line) => /ErrImagePull|ImagePullBackOff/.test(line)));
  });

  it('shows the last lines of a container that crashes', async () => {
    const command = `[sh, -c, 'echo the database is not there; exit 3']`;
    // Without a time that it has to stand, the moment before it ends would count as available.
    const web = deployment('web', { command }).replace('  replicas:', '  minReadySeconds: 30\n  replicas:');
    await writeFiles(bench.root, { 'k8s/web.yaml': web });
    const failure = await fail({ fail_early: true });
    assert.match(failure.message, /CrashLoopBackOff.*exit code 3/);
    assert.ok(
      bench.lines.some((line) => line.includes('the database is not there')),
      bench.lines.join('\n'),
    );
  });

  it('says why a pod finds no node, and names everything that is not ready at the timeout', async () => {
    const hungry = deployment('web').replace('image:', 'resources: { requests: { cpu: "500" } }\n          image:');
    await writeFiles(bench.root, { 'k8s/web.yaml': hungry });
    const failure = await fail({ wait_timeout: '15s' });
    assert.equal(failure.kind, 'timeout');
    assert.match(
      failure.message,
      /1 of 2 objects is not ready after 15\.0 s: Deployment .*Unschedulable.*Insufficient cpu/,
    );
  });

  it('says that a quota forbids the pods', async () => {
    const quota = '{apiVersion: v1, kind: ResourceQuota, metadata: {name: none}, spec: {hard: {pods: "0"}}}';
    await writeFiles(bench.root, { 'k8s/web.yaml': deployment('web'), 'k8s/quota.yaml': quota });
    const failure = await fail({ wait_timeout: '15s' });
    assert.match(failure.message, /exceeded quota: none/);
  });

  it('waits for a Job to complete, and fails with it', async () => {
    const task = (command: string): string => `
apiVersion: batch/v1
kind: Job
metadata: { name: migrate }
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: main, image: 'testbed.local/busybox:1', command: ${command} }]
`;
    await writeFiles(bench.root, { 'k8s/job.yaml': task(`[sh, -c, 'echo migrated']`) });
    assert.equal((await succeed()).ready, 2);
    await writeFiles(bench.root, {
      'k8s/job.yaml': task(`[sh, -c, 'echo no such table; exit 1']`).replace('migrate', 'broken'),
    });
    const failure = await fail();
    assert.match(failure.message, /^Failed: Job .*\/broken: BackoffLimitExceeded/);
  });

  it('points at the line of a field that the API does not know, and of a value that it refuses', async () => {
    await writeFiles(bench.root, { 'k8s/web.yaml': deployment('web').replace('replicas:', 'replica:') });
    const unknown = await fail();
    assert.equal(unknown.kind, 'invalid');
    assert.match(unknown.message, /^k8s\/web\.yaml:6:3: Deployment .*unknown|not declared/);
    await writeFiles(bench.root, {
      'k8s/web.yaml': deployment('web').replace('app: web } }\n  template', 'app: other } }\n  template'),
    });
    const refused = await fail();
    assert.match(refused.message, /^k8s\/web\.yaml:\d+:\d+: Deployment .*selector/);
  });

  it('names a kind that the cluster does not know, before anything is applied', async () => {
    await writeFiles(bench.root, {
      'k8s/a.yaml': configMap('a', '1'),
      'k8s/z.yaml': '{apiVersion: nobody.example.com/v1, kind: Thing, metadata: {name: x}}',
    });
    const failure = await fail();
    assert.match(failure.message, /^k8s\/z\.yaml:1:1: .*knows no Thing in nobody\.example\.com\/v1/);
    assert.throws(() => kubectl('get', 'namespace', namespace));
  });

  it('ends the wait when it is cancelled, and says what it waited for', async () => {
    await writeFiles(bench.root, { 'k8s/web.yaml': deployment('web', { image: 'testbed.local/missing:1' }) });
    const running = run();
    await until(() => bench.lines.some((line) => line.includes('0 of 1 replicas are available')));
    bench.cancel();
    const result = await running;
    assert.ok(!result.ok);
    assert.equal(result.failure.kind, 'cancelled');
    assert.match(result.failure.message, /Deployment .*web/);
  });

  it('names verb, resource and user where rights are missing', async function () {
    if (!isTestbed) return this.skip();
    const weak = await workbench({ root: bench.root, env: { KUBECONFIG: limited('nobody') } });
    await writeFiles(bench.root, { 'k8s/a.yaml': configMap('a', '1') });
    const result = await perform(kubernetes, given({ namespace: 'default' }), weak);
    assert.ok(!result.ok);
    assert.equal(result.failure.kind, 'denied');
    assert.match(result.failure.message, /The user "nobody" may not get configmaps in the namespace "default"/);
    assert.match(result.failure.next ?? '', /kubectl auth can-i get configmaps --namespace default/);
    assert.ok(![...weak.lines, JSON.stringify(result)].join('\n').includes('testbed-nobody-token'));
  });

  it('knows after a crash whether the apply took effect', async () => {
    await writeFiles(bench.root, { 'k8s/web.yaml': deployment('web') });
    const parameters = kubernetes.parameters.parse(given());
    assert.equal(await kubernetes.probe?.(parameters, bench), 'not-done');
    await succeed();
    assert.equal(await kubernetes.probe?.(parameters, bench), 'done');
    kubectl('-n', namespace, 'scale', 'deployment', 'web', '--replicas=0');
    assert.equal(await kubernetes.probe?.(parameters, bench), 'not-done');
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}
