import assert from 'node:assert/strict';
import { argocd } from '../../src/tasks/argocd.ts';
import { perform } from '../tasks/context.ts';
import { deployment, kubectl, previewOf, rollbackOf, writeFiles } from './cluster.ts';
import { configMap, driven, repository } from './driven.ts';

describe('argocd with its real controller', function () {
  this.timeout(240_000);
  const on = driven(argocd, 'argocd', 'applications.argoproj.io');
  const git = repository();

  const application = (): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop }
spec:
  project: default
  source: { repoURL: "${git.url}", path: deploy, targetRevision: main }
  destination: { server: https://kubernetes.default.svc, namespace: ${on.namespace} }
`;

  it('deploys what lies in Git, waits for its health, and prunes where it is told to', async () => {
    const first = await git.commit({
      'deploy/a.yaml': configMap('a', 'one'),
      'deploy/b.yaml': configMap('b', 'one'),
      'deploy/web.yaml': deployment('web'),
    });
    await writeFiles(on.bench.root, { 'argocd/shop.yaml': application() });
    const result = await on.succeed({ manifests: 'argocd' });
    assert.deepEqual(result, { application: 'shop', revision: first, sync: 'Synced', health: 'Healthy' });
    assert.equal(
      kubectl('-n', on.namespace, 'get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}'),
      '1',
    );

    const second = await git.commit({ 'deploy/a.yaml': configMap('a', 'two'), 'deploy/web.yaml': deployment('web') });
    const shown = await previewOf(argocd, on.given({ application: 'shop', prune: true }), on.bench);
    assert.ok(shown.ok, shown.ok ? '' : shown.failure.message);
    assert.deepEqual(shown.value.changes, { create: 0, update: 1, replace: 0, destroy: 1 });
    assert.match(shown.value.text, /~ ConfigMap a\n- ConfigMap b/);
    const again = await on.succeed({ application: 'shop', prune: true });
    assert.deepEqual([again.revision, again.sync, again.health], [second, 'Synced', 'Healthy']);
    assert.deepEqual([on.valueOf('a'), on.valueOf('b')], ['two', '']);
  });

  it('goes back to the deployment before, by action and by rollback', async () => {
    const first = await git.commit({ 'deploy/a.yaml': configMap('a', 'one') });
    await writeFiles(on.bench.root, { 'argocd/shop.yaml': application() });
    await on.succeed({ manifests: 'argocd' });
    const second = await git.commit({ 'deploy/a.yaml': configMap('a', 'two') });
    const later = await on.another();
    assert.equal((await on.succeed({ application: 'shop' }, later)).revision, second);
    const undone = await rollbackOf(argocd, on.given({ application: 'shop' }), later);
    assert.ok(undone.ok, undone.ok ? '' : undone.failure.message);
    assert.equal(on.valueOf('a'), 'one');
    assert.equal((await on.succeed({ action: 'rollback', application: 'shop' })).revision, second);
    assert.equal(on.valueOf('a'), 'two');
    assert.equal((await on.succeed({ application: 'shop', revision: first })).revision, first);
    assert.equal(on.valueOf('a'), 'one');
  });

  it('fails in the words of the sync where an object is refused, and where Git has no such path', async () => {
    await git.commit({
      'deploy/web.yaml': deployment('web').replace('matchLabels: { app: web }', 'matchLabels: { app: x }'),
    });
    await writeFiles(on.bench.root, { 'argocd/shop.yaml': application() });
    assert.match(
      (await on.fail({ manifests: 'argocd' })).message,
      /shop: the sync ended Failed: .*Deployment web: .*selector. does not match/,
    );
    await git.commit({ 'other/a.yaml': configMap('a', 'one') });
    assert.match((await on.fail({ application: 'shop' })).message, /shop: .*deploy: app path does not exist/);
  });

  it('says what it waits for, and stops waiting when it is cancelled', async () => {
    await git.commit({ 'deploy/web.yaml': deployment('web', { image: 'testbed.local/nothing:1' }) });
    await writeFiles(on.bench.root, { 'argocd/shop.yaml': application() });
    const failure = await on.fail({ manifests: 'argocd', timeout: '8s' });
    assert.equal(failure.kind, 'timeout');
    assert.match(failure.message, /shop: it is Progressing/);
    const there = await on.another();
    const running = perform(argocd, on.given({ application: 'shop' }), there);
    while (!there.lines.some((line) => line.includes('sync begun'))) await new Promise((next) => setImmediate(next));
    there.cancel();
    const ended = await running;
    assert.ok(!ended.ok, 'it was cancelled');
  });
});
