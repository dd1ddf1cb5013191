import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { istio } from '../../src/tasks/istio.ts';
import { jenkinsX } from '../../src/tasks/jenkins-x.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { recorded } from '../tasks/recorded.ts';
import { freshName, kubeconfig, kubectl, needsCluster, previewOf, rollbackOf, writeFiles } from './cluster.ts';
import { installKinds, type Kind } from './controllers.ts';

const VIRTUAL_SERVICE: Kind = {
  group: 'networking.istio.io',
  version: 'v1',
  kind: 'VirtualService',
  plural: 'virtualservices',
  subresource: false,
};
const ACTIVITY: Kind = {
  group: 'jenkins.io',
  version: 'v1',
  kind: 'PipelineActivity',
  plural: 'pipelineactivities',
  subresource: false,
};

describe('traffic and pipelines on a real API server (jx is recorded)', function () {
  this.timeout(240_000);
  let bench: Workbench;
  let namespace: string;
  let uninstall = (): void => undefined;
  const namespaces: string[] = [];

  before(function () {
    needsCluster.call(this);
    uninstall = installKinds([VIRTUAL_SERVICE, ACTIVITY]);
  });
  beforeEach(async () => {
    bench = await workbench({ env: { KUBECONFIG: kubeconfig } });
    namespace = freshName('mesh');
    namespaces.push(namespace);
    kubectl('create', 'namespace', namespace);
  });
  after(() => {
    for (const one of namespaces) kubectl('delete', 'namespace', one, '--ignore-not-found', '--wait=false');
    uninstall();
  });

  const given = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    namespace,
    timeout: '120s',
    ...more,
  });
  const succeed = async (type: unknown, more?: Record<string, unknown>): Promise<Record<string, unknown>> => {
    const result = await perform(type, given(more), bench);
    assert.ok(result.ok, result.ok ? '' : `${result.failure.message}\n${bench.lines.join('\n')}`);
    return result.value;
  };
  const fail = async (type: unknown, more?: Record<string, unknown>): Promise<{ message: string }> => {
    const result = await perform(type, given(more), bench);
    assert.ok(!result.ok, 'it was expected to fail');
    return result.failure;
  };

  describe('istio', () => {
    const service = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop }
spec:
  hosts: [shop]
  http:
    - route:
        - { destination: { host: shop, subset: v1 }, weight: 100 }
        - { destination: { host: shop, subset: v2 }, weight: 0 }
`;
    const weights = (): string =>
      kubectl(
        '-n',
        namespace,
        'get',
        'virtualservices.networking.istio.io',
        'shop',
        '-o',
        'jsonpath={.spec.http[0].route[*].weight}',
      );

    it('shifts traffic as the preview shows, and back', async () => {
      await writeFiles(bench.root, { 'vs.yaml': service });
      kubectl('-n', namespace, 'create', '-f', `${bench.root}/vs.yaml`);
      const shift = { action: 'shift', virtual_service: 'shop', weights: { v1: 90, v2: 10 } };
      const shown = await previewOf(istio, given(shift), bench);
      assert.ok(shown.ok, shown.ok ? '' : shown.failure.message);
      assert.match(shown.value.text, /~ v1: 100 % -> 90 %\n {2}~ v2: 0 % -> 10 %/);
      assert.equal(weights(), '100 0');
      await succeed(istio, shift);
      assert.equal(weights(), '90 10');
      assert.ok((await rollbackOf(istio, given(shift), bench)).ok);
      assert.equal(weights(), '100 0');
      assert.match((await fail(istio, { ...shift, weights: { v1: 90 } })).message, /come to 90, not to 100/);
      assert.match(
        (await fail(istio, { ...shift, weights: { v9: 100 } })).message,
        /No route of VirtualService.* has all of v9/,
      );
    });
  });

  describe('istio, its control plane', () => {
    const istiod = `apiVersion: apps/v1
kind: Deployment
metadata: { name: istiod }
spec:
  selector: { matchLabels: { app: istiod } }
  template:
    metadata: { labels: { app: istiod } }
    spec: { containers: [{ name: discovery, image: 'testbed.local/web:1' }] }
`;
    it('is verified when it is ready, by its objects and without a tool', async () => {
      assert.match(
        (await fail(istio, { action: 'verify' })).message,
        /There is no Deployment "istiod" in the namespace/,
      );
      await writeFiles(bench.root, { 'istiod.yaml': istiod });
      kubectl('-n', namespace, 'create', '-f', `${bench.root}/istiod.yaml`);
      assert.equal((await succeed(istio, { action: 'verify' })).version, '1');
    });
  });

  describe('jenkins-x', () => {
    it('starts a pipeline, finds its build, and waits for its end', async () => {
      const activity = {
        apiVersion: 'jenkins.io/v1',
        kind: 'PipelineActivity',
        metadata: { name: 'acme-shop-main-1', namespace },
        spec: { pipeline: 'acme/shop/main', build: '1', status: 'Running' },
      };
      const file = join(bench.root, 'activity.json');
      const tool = await recorded('jx', [
        { when: ['pipeline', 'start', 'acme/shop/main'], writes: { file, text: JSON.stringify(activity) } },
      ]);
      const jx = await workbench({ root: bench.root, env: { KUBECONFIG: kubeconfig, PATH: tool.path } });
      const running = perform(jenkinsX, given({ pipeline: 'acme/shop/main' }), jx);
      const until = Date.now() + 120_000;
      while (!existsSync(file) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
      kubectl('create', '-f', file);
      kubectl(
        '-n',
        namespace,
        'patch',
        'pipelineactivities.jenkins.io',
        'acme-shop-main-1',
        '--type=merge',
        '-p',
        '{"spec":{"status":"Succeeded","version":"1.4.2"}}',
      );
      assert.deepEqual(await running, { ok: true, value: { build: '1', status: 'Succeeded', version: '1.4.2' } });
    });
  });
});
