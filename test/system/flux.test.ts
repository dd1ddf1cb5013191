import assert from 'node:assert/strict';
import { flux } from '../../src/tasks/flux.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import {
  deployment,
  freshName,
  kubeconfig,
  kubectl,
  needsCluster,
  previewOf,
  rollbackOf,
  writeFiles,
} from './cluster.ts';
import { startGit, type GitServer } from './git-server.ts';
import { needOperator } from './operators.ts';

const configMap = (name: string, value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: { value: ${value} }\n`;
const CHART = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.2.3\n',
  'chart/templates/config.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "{{ .Release.Name }}-config" }\ndata: { value: "{{ .Values.value }}" }\n',
  'chart/values.yaml': 'value: first\n',
};

describe('flux with its real controllers', function () {
  this.timeout(240_000);
  let bench: Workbench;
  let namespace: string;
  let git: GitServer;
  const namespaces: string[] = [];

  before(function () {
    needsCluster.call(this);
    needOperator(this, 'flux');
  });
  beforeEach(async () => {
    bench = await workbench({ env: { KUBECONFIG: kubeconfig } });
    namespace = freshName('flux');
    namespaces.push(namespace);
    kubectl('create', 'namespace', namespace);
    git = await startGit();
  });
  afterEach(() => {
    // Without them its controllers would ask a server that is gone, and hold the namespace back.
    kubectl('-n', namespace, 'delete', 'kustomizations,helmreleases,gitrepositories', '--all', '--wait=false');
    git.stop();
  });
  after(() => {
    for (const one of namespaces) kubectl('delete', 'namespace', one, '--ignore-not-found', '--wait=false');
  });

  const manifests = (more = 'timeout: 60s', url = git.url): string => `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: shop }
spec: { url: "${url}", interval: 1h, timeout: 20s, ref: { branch: main } }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: shop }
spec: { interval: 1h, path: ./deploy, prune: true, targetNamespace: ${namespace}, sourceRef: { kind: GitRepository, name: shop }, ${more} }
`;
  const given = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    namespace,
    timeout: '120s',
    ...more,
  });
  const succeed = async (more?: Record<string, unknown>, where = bench): Promise<Record<string, unknown>> => {
    const result = await perform(flux, given(more), where);
    assert.ok(result.ok, result.ok ? '' : `${result.failure.message}\n${where.lines.join('\n')}`);
    return result.value;
  };
  const fail = async (more?: Record<string, unknown>): Promise<{ kind: string; message: string }> => {
    const result = await perform(flux, given(more), bench);
    assert.ok(!result.ok, JSON.stringify(result));
    return result.failure;
  };
  const valueOf = (name: string): string =>
    kubectl('-n', namespace, 'get', 'configmap', name, '--ignore-not-found', '-o', 'jsonpath={.data.value}');

  it('applies what lies in Git, and what is pushed later once it is asked to; what is gone there is pruned', async () => {
    const first = await git.commit({ 'deploy/a.yaml': configMap('a', 'one'), 'deploy/b.yaml': configMap('b', 'one') });
    await writeFiles(bench.root, { 'flux/all.yaml': manifests() });
    const shown = await previewOf(flux, given({ manifests: 'flux' }), bench);
    assert.equal(shown.ok && shown.value.changes.create, 2);
    const result = await succeed({ manifests: 'flux' });
    assert.deepEqual([result.revision, result.ready], [`main@sha1:${first}`, 2]);
    assert.deepEqual([valueOf('a'), valueOf('b')], ['one', 'one']);

    const second = await git.commit({ 'deploy/a.yaml': configMap('a', 'two') });
    const before = await previewOf(flux, given({ name: 'shop' }), bench);
    assert.match(
      before.ok ? before.value.text : before.failure.message,
      new RegExp(`reconcile .*shop \\(main@sha1:${first}\\)`),
    );
    const again = await succeed({ name: 'shop' });
    assert.deepEqual([again.revision, again.ready], [`main@sha1:${second}`, 1], 'the source is fetched first');
    assert.deepEqual([valueOf('a'), valueOf('b')], ['two', '']);
  });

  it('leaves the source as it is where it is told to, and what is suspended alone', async () => {
    const first = await git.commit({ 'deploy/a.yaml': configMap('a', 'one') });
    await writeFiles(bench.root, { 'flux/all.yaml': manifests() });
    await succeed({ manifests: 'flux' });
    const second = await git.commit({ 'deploy/a.yaml': configMap('a', 'two') });
    assert.equal((await succeed({ name: 'shop', with_source: false })).revision, `main@sha1:${first}`);
    await succeed({ action: 'suspend', name: 'shop' });
    assert.match((await fail({ name: 'shop' })).message, /is suspended/);
    assert.equal(valueOf('a'), 'one');
    assert.equal((await succeed({ action: 'resume', name: 'shop' })).revision, `main@sha1:${second}`);
    assert.equal(valueOf('a'), 'two');
  });

  it('fails at once, in the controller’s words, where manifests cannot be built or Git cannot be reached', async () => {
    await git.commit({ 'deploy/kustomization.yaml': 'resources: [missing.yaml]\n' });
    await writeFiles(bench.root, { 'flux/all.yaml': manifests() });
    assert.match((await fail({ manifests: 'flux' })).message, /Kustomization.*shop.*BuildFailed: .*missing\.yaml/);
    await writeFiles(bench.root, {
      'flux/all.yaml': manifests('timeout: 60s', git.url.replace('shop.git', 'none.git')),
    });
    assert.match((await fail({ manifests: 'flux' })).message, /GitRepository.*shop.*GitOperationFailed: /);
  });

  it('waits for the health of what was applied, and says what is not well', async () => {
    await git.commit({ 'deploy/web.yaml': deployment('web') });
    await writeFiles(bench.root, { 'flux/all.yaml': manifests('wait: true, timeout: 60s') });
    await succeed({ manifests: 'flux' });
    assert.equal(kubectl('-n', namespace, 'get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}'), '1');
    // Its own deadline: the controller ends its waiting early for what has failed, and else after half a minute at the earliest.
    const stuck = deployment('web', { image: 'testbed.local/nothing:1' }).replace(
      'replicas:',
      'progressDeadlineSeconds: 2\n  replicas:',
    );
    await git.commit({ 'deploy/web.yaml': stuck });
    assert.match((await fail({ name: 'shop' })).message, /HealthCheckFailed: .*Deployment\/.*\/web/);
  });

  it('ends its waiting when it is cancelled, and takes back by a rollback what it applied', async () => {
    await git.commit({ 'deploy/web.yaml': deployment('web', { image: 'testbed.local/nothing:1' }) });
    await writeFiles(bench.root, { 'flux/all.yaml': manifests('wait: true, timeout: 30s') });
    const running = perform(flux, given({ manifests: 'flux' }), bench);
    const applied = (): boolean =>
      kubectl('-n', namespace, 'get', 'deployment', 'web', '--ignore-not-found', '-o', 'name') !== '';
    while (!applied()) await new Promise((resolve) => setImmediate(resolve));
    bench.cancel();
    const ended = await running;
    assert.ok(!ended.ok, 'it was cancelled');
    const undoing = { ...bench, signal: new AbortController().signal };
    const undone = await rollbackOf(flux, given({ manifests: 'flux' }), undoing);
    assert.ok(undone.ok, undone.ok ? '' : undone.failure.message);
  });

  it('installs a chart out of Git, and upgrades it by name', async () => {
    await git.commit(CHART);
    const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: shop }
spec:
  interval: 1h
  chart: { spec: { chart: ./chart, reconcileStrategy: Revision, sourceRef: { kind: GitRepository, name: shop } } }
`;
    const [source = ''] = manifests().split('---\n');
    await writeFiles(bench.root, { 'flux/source.yaml': source, 'flux/release.yaml': release });
    const result = await succeed({ manifests: 'flux' });
    assert.match(String(result.revision), /^1\.2\.3/);
    assert.equal(valueOf('shop-config'), 'first');
    await git.commit({ ...CHART, 'chart/values.yaml': 'value: second\n' });
    await succeed({ kind: 'HelmRelease', name: 'shop' });
    assert.equal(valueOf('shop-config'), 'second');
    await git.commit({ ...CHART, 'chart/templates/config.yaml': '{{ .Values.nothing.at.all }}' });
    assert.match(
      (await fail({ kind: 'HelmRelease', name: 'shop' })).message,
      /HelmRelease.*shop.*UpgradeFailed: [^]*nil pointer/,
    );
  });
});
