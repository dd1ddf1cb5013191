import assert from 'node:assert/strict';
import { argocd } from '../../src/tasks/argocd.ts';
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

describe('argocd with its real controller', function () {
  this.timeout(240_000);
  let bench: Workbench;
  let namespace: string;
  let git: GitServer;
  const namespaces: string[] = [];

  before(function () {
    needsCluster.call(this);
    needOperator(this, 'argocd');
  });
  beforeEach(async () => {
    bench = await workbench({ env: { KUBECONFIG: kubeconfig } });
    namespace = freshName('argocd');
    namespaces.push(namespace);
    kubectl('create', 'namespace', namespace);
    git = await startGit();
  });
  afterEach(() => {
    kubectl('-n', namespace, 'delete', 'applications.argoproj.io', '--all', '--wait=false');
    git.stop();
  });
  after(() => {
    for (const one of namespaces) kubectl('delete', 'namespace', one, '--ignore-not-found', '--wait=false');
  });

  const application = (): string => `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop }
spec:
  project: default
  source: { repoURL: "${git.url}", path: deploy, targetRevision: main }
  destination: { server: https://kubernetes.default.svc, namespace: ${namespace} }
`;
  const given = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    namespace,
    timeout: '120s',
    ...more,
  });
  const another = (): Promise<Workbench> => workbench({ root: bench.root, env: { KUBECONFIG: kubeconfig } });
  const succeed = async (more?: Record<string, unknown>, where = bench): Promise<Record<string, unknown>> => {
    const result = await perform(argocd, given(more), where);
    assert.ok(result.ok, result.ok ? '' : `${result.failure.message}\n${where.lines.join('\n')}`);
    return result.value;
  };
  const fail = async (more?: Record<string, unknown>): Promise<{ kind: string; message: string }> => {
    const result = await perform(argocd, given(more), bench);
    assert.ok(!result.ok, JSON.stringify(result));
    return result.failure;
  };
  const valueOf = (name: string): string =>
    kubectl('-n', namespace, 'get', 'configmap', name, '--ignore-not-found', '-o', 'jsonpath={.data.value}');

  it('deploys what lies in Git, waits for its health, and prunes where it is told to', async () => {
    const first = await git.commit({
      'deploy/a.yaml': configMap('a', 'one'),
      'deploy/b.yaml': configMap('b', 'one'),
      'deploy/web.yaml': deployment('web'),
    });
    await writeFiles(bench.root, { 'argocd/shop.yaml': application() });
    const result = await succeed({ manifests: 'argocd' });
    assert.deepEqual(result, { application: 'shop', revision: first, sync: 'Synced', health: 'Healthy' });
    assert.equal(kubectl('-n', namespace, 'get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}'), '1');

    const second = await git.commit({ 'deploy/a.yaml': configMap('a', 'two'), 'deploy/web.yaml': deployment('web') });
    const shown = await previewOf(argocd, given({ application: 'shop', prune: true }), bench);
    assert.ok(shown.ok, shown.ok ? '' : shown.failure.message);
    assert.deepEqual(shown.value.changes, { create: 0, update: 1, replace: 0, destroy: 1 });
    assert.match(shown.value.text, /~ ConfigMap a\n- ConfigMap b/);
    const again = await succeed({ application: 'shop', prune: true });
    assert.deepEqual([again.revision, again.sync, again.health], [second, 'Synced', 'Healthy']);
    assert.deepEqual([valueOf('a'), valueOf('b')], ['two', '']);
  });

  it('goes back to the deployment before, by action and by rollback', async () => {
    const first = await git.commit({ 'deploy/a.yaml': configMap('a', 'one') });
    await writeFiles(bench.root, { 'argocd/shop.yaml': application() });
    await succeed({ manifests: 'argocd' });
    const second = await git.commit({ 'deploy/a.yaml': configMap('a', 'two') });
    const later = await another();
    assert.equal((await succeed({ application: 'shop' }, later)).revision, second);
    const undone = await rollbackOf(argocd, given({ application: 'shop' }), later);
    assert.ok(undone.ok, undone.ok ? '' : undone.failure.message);
    assert.equal(valueOf('a'), 'one');
    assert.equal((await succeed({ action: 'rollback', application: 'shop' })).revision, second);
    assert.equal(valueOf('a'), 'two');
    assert.equal((await succeed({ application: 'shop', revision: first })).revision, first);
    assert.equal(valueOf('a'), 'one');
  });

  it('fails in the words of the sync where an object is refused, and where Git has no such path', async () => {
    await git.commit({
      'deploy/web.yaml': deployment('web').replace('matchLabels: { app: web }', 'matchLabels: { app: x }'),
    });
    await writeFiles(bench.root, { 'argocd/shop.yaml': application() });
    assert.match(
      (await fail({ manifests: 'argocd' })).message,
      /shop: the sync ended Failed: .*Deployment web: .*selector. does not match/,
    );
    await git.commit({ 'other/a.yaml': configMap('a', 'one') });
    assert.match((await fail({ application: 'shop' })).message, /shop: .*deploy: app path does not exist/);
  });

  it('says what it waits for, and stops waiting when it is cancelled', async () => {
    await git.commit({ 'deploy/web.yaml': deployment('web', { image: 'testbed.local/nothing:1' }) });
    await writeFiles(bench.root, { 'argocd/shop.yaml': application() });
    const failure = await fail({ manifests: 'argocd', timeout: '8s' });
    assert.equal(failure.kind, 'timeout');
    assert.match(failure.message, /shop: it is Progressing/);
    const there = await another();
    const running = perform(argocd, given({ application: 'shop' }), there);
    while (!there.lines.some((line) => line.includes('sync begun'))) await new Promise((next) => setImmediate(next));
    there.cancel();
    const ended = await running;
    assert.ok(!ended.ok, 'it was cancelled');
  });
});
