import assert from 'node:assert/strict';
import { flux } from '../../src/tasks/flux.ts';
import { perform } from '../tasks/context.ts';
import { deployment, kubectl, previewOf, rollbackOf, writeFiles } from './cluster.ts';
import { configMap, driven, repository } from './driven.ts';

const CHART = {
  'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.2.3\n',
  'chart/templates/config.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: "{{ .Release.Name }}-config" }\ndata: { value: "{{ .Values.value }}" }\n',
  'chart/values.yaml': 'value: first\n',
};

describe('flux with its real controllers', function () {
  this.timeout(240_000);
  const on = driven(flux, 'flux', 'kustomizations,helmreleases,gitrepositories');
  const git = repository();

  const manifests = (more = 'timeout: 60s', url = git.url): string => `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: shop }
spec: { url: "${url}", interval: 1h, timeout: 20s, ref: { branch: main } }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: shop }
spec: { interval: 1h, path: ./deploy, prune: true, targetNamespace: ${on.namespace}, sourceRef: { kind: GitRepository, name: shop }, ${more} }
`;

  it('applies what lies in Git, and what is pushed later once it is asked to; what is gone there is pruned', async () => {
    const first = await git.commit({ 'deploy/a.yaml': configMap('a', 'one'), 'deploy/b.yaml': configMap('b', 'one') });
    await writeFiles(on.bench.root, { 'flux/all.yaml': manifests() });
    const shown = await previewOf(flux, on.given({ manifests: 'flux' }), on.bench);
    assert.equal(shown.ok && shown.value.changes.create, 2);
    const result = await on.succeed({ manifests: 'flux' });
    assert.deepEqual([result.revision, result.ready], [`main@sha1:${first}`, 2]);
    assert.deepEqual([on.valueOf('a'), on.valueOf('b')], ['one', 'one']);

    const second = await git.commit({ 'deploy/a.yaml': configMap('a', 'two') });
    const before = await previewOf(flux, on.given({ name: 'shop' }), on.bench);
    assert.match(
      before.ok ? before.value.text : before.failure.message,
      new RegExp(`reconcile .*shop \\(main@sha1:${first}\\)`),
    );
    const again = await on.succeed({ name: 'shop' });
    assert.deepEqual([again.revision, again.ready], [`main@sha1:${second}`, 1], 'the source is fetched first');
    assert.deepEqual([on.valueOf('a'), on.valueOf('b')], ['two', '']);
  });

  it('leaves the source as it is where it is told to, and what is suspended alone', async () => {
    const first = await git.commit({ 'deploy/a.yaml': configMap('a', 'one') });
    await writeFiles(on.bench.root, { 'flux/all.yaml': manifests() });
    await on.succeed({ manifests: 'flux' });
    const second = await git.commit({ 'deploy/a.yaml': configMap('a', 'two') });
    assert.equal((await on.succeed({ name: 'shop', with_source: false })).revision, `main@sha1:${first}`);
    await on.succeed({ action: 'suspend', name: 'shop' });
    assert.match((await on.fail({ name: 'shop' })).message, /is suspended/);
    assert.equal(on.valueOf('a'), 'one');
    assert.equal((await on.succeed({ action: 'resume', name: 'shop' })).revision, `main@sha1:${second}`);
    assert.equal(on.valueOf('a'), 'two');
  });

  it('fails at once, in the controller’s words, where manifests cannot be built or Git cannot be reached', async () => {
    await git.commit({ 'deploy/kustomization.yaml': 'resources: [missing.yaml]\n' });
    await writeFiles(on.bench.root, { 'flux/all.yaml': manifests() });
    assert.match((await on.fail({ manifests: 'flux' })).message, /Kustomization.*shop.*BuildFailed: .*missing\.yaml/);
    await writeFiles(on.bench.root, {
      'flux/all.yaml': manifests('timeout: 60s', git.url.replace('shop.git', 'none.git')),
    });
    assert.match((await on.fail({ manifests: 'flux' })).message, /GitRepository.*shop.*GitOperationFailed: /);
  });

  it('waits for the health of what was applied, and says what is not well', async () => {
    await git.commit({ 'deploy/web.yaml': deployment('web') });
    await writeFiles(on.bench.root, { 'flux/all.yaml': manifests('wait: true, timeout: 60s') });
    await on.succeed({ manifests: 'flux' });
    assert.equal(
      kubectl('-n', on.namespace, 'get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}'),
      '1',
    );
    // Its own deadline: the controller ends its waiting early for what has failed, and else after half a minute at the earliest.
    const stuck = deployment('web', { image: 'testbed.local/nothing:1' }).replace(
      'replicas:',
      'progressDeadlineSeconds: 2\n  replicas:',
    );
    await git.commit({ 'deploy/web.yaml': stuck });
    assert.match((await on.fail({ name: 'shop' })).message, /HealthCheckFailed: .*Deployment\/.*\/web/);
  });

  it('ends its waiting when it is cancelled, and takes back by a rollback what it applied', async () => {
    await git.commit({ 'deploy/web.yaml': deployment('web', { image: 'testbed.local/nothing:1' }) });
    await writeFiles(on.bench.root, { 'flux/all.yaml': manifests('wait: true, timeout: 30s') });
    const running = perform(flux, on.given({ manifests: 'flux' }), on.bench);
    const applied = (): boolean =>
      kubectl('-n', on.namespace, 'get', 'deployment', 'web', '--ignore-not-found', '-o', 'name') !== '';
    while (!applied()) await new Promise((resolve) => setImmediate(resolve));
    on.bench.cancel();
    const ended = await running;
    assert.ok(!ended.ok, 'it was cancelled');
    const undoing = { ...on.bench, signal: new AbortController().signal };
    const undone = await rollbackOf(flux, on.given({ manifests: 'flux' }), undoing);
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
    await writeFiles(on.bench.root, { 'flux/source.yaml': source, 'flux/release.yaml': release });
    const result = await on.succeed({ manifests: 'flux' });
    assert.match(String(result.revision), /^1\.2\.3/);
    assert.equal(on.valueOf('shop-config'), 'first');
    await git.commit({ ...CHART, 'chart/values.yaml': 'value: second\n' });
    await on.succeed({ kind: 'HelmRelease', name: 'shop' });
    assert.equal(on.valueOf('shop-config'), 'second');
    await git.commit({ ...CHART, 'chart/templates/config.yaml': '{{ .Values.nothing.at.all }}' });
    assert.match(
      (await on.fail({ kind: 'HelmRelease', name: 'shop' })).message,
      /HelmRelease.*shop.*UpgradeFailed: [^]*nil pointer/,
    );
  });
});
