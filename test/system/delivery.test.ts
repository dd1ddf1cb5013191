import assert from 'node:assert/strict';
import { argocd } from '../../src/tasks/argocd.ts';
import { crossplane } from '../../src/tasks/crossplane.ts';
import { flux } from '../../src/tasks/flux.ts';
import { at, listAt, textAt, type KubeObject } from '../../src/tasks/shared/kubernetes/objects.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { freshName, kubeconfig, kubectl, needsCluster, previewOf, rollbackOf, writeFiles } from './cluster.ts';
import { operatorRuns } from './operators.ts';
import { controller, installKinds, type Kind, type Reaction } from './controllers.ts';

const APPLICATION: Kind = {
  group: 'argoproj.io',
  version: 'v1alpha1',
  kind: 'Application',
  plural: 'applications',
  subresource: false,
};
const KUSTOMIZATION: Kind = {
  group: 'kustomize.toolkit.fluxcd.io',
  version: 'v1',
  kind: 'Kustomization',
  plural: 'kustomizations',
  subresource: true,
};
const GIT: Kind = {
  group: 'source.toolkit.fluxcd.io',
  version: 'v1',
  kind: 'GitRepository',
  plural: 'gitrepositories',
  subresource: true,
};
const XRD: Kind = {
  group: 'apiextensions.crossplane.io',
  version: 'v1',
  kind: 'CompositeResourceDefinition',
  plural: 'compositeresourcedefinitions',
  scope: 'Cluster',
  subresource: true,
};
const BUCKET: Kind = {
  group: 'platform.example.org',
  version: 'v1',
  kind: 'Bucket',
  plural: 'buckets',
  subresource: true,
  // As the kinds have it that Crossplane makes of a definition.
  categories: ['claim'],
};

/** Where the test bed runs the real controllers, they would act beside ours: tests of their own go against those. */
describe('systems that are driven by objects of their own, on a real API server (their controllers are stand-ins)', function () {
  this.timeout(240_000);
  let bench: Workbench;
  let namespace: string;
  let stop: (() => Promise<void>)[] = [];
  const namespaces: string[] = [];
  let uninstall = (): void => undefined;

  before(function () {
    needsCluster.call(this);
    uninstall = installKinds([APPLICATION, KUSTOMIZATION, GIT, XRD, BUCKET]);
  });
  beforeEach(async () => {
    bench = await workbench({ env: { KUBECONFIG: kubeconfig } });
    namespace = freshName('delivery');
    namespaces.push(namespace);
    kubectl('create', 'namespace', namespace);
    stop = [];
  });
  afterEach(async () => {
    for (const one of stop) await one();
  });
  after(() => {
    for (const one of namespaces) kubectl('delete', 'namespace', one, '--ignore-not-found', '--wait=false');
    uninstall();
  });

  const acting = async (kind: Kind, react: Reaction): Promise<void> => {
    const peer = await controller(kind, namespace, react);
    stop.push(() => peer.stop());
  };
  const given = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    namespace,
    timeout: '120s',
    ...more,
  });
  const succeed = async (
    type: unknown,
    more?: Record<string, unknown>,
    where = bench,
  ): Promise<Record<string, unknown>> => {
    const result = await perform(type, given(more), where);
    assert.ok(result.ok, result.ok ? '' : `${result.failure.message}\n${bench.lines.join('\n')}`);
    return result.value;
  };
  const fail = async (
    type: unknown,
    more?: Record<string, unknown>,
  ): Promise<{ kind: string; message: string; next?: string }> => {
    const result = await perform(type, given(more), bench);
    assert.ok(!result.ok, 'it was expected to fail');
    return result.failure;
  };

  if (!operatorRuns('argocd'))
    describe('argocd', () => {
      const application = `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: { name: shop }
spec: { project: default, source: { repoURL: https://example.org/shop.git, path: ., targetRevision: main }, destination: { namespace: shop } }
`;
      /** As the application controller: takes the operation away, says that it runs, ends it, and keeps the history. */
      const syncs =
        (result: { phase: string; message: string; health: string }): Reaction =>
        (object: KubeObject) => {
          const { operation } = object;
          if (operation !== undefined)
            return {
              patch: {
                operation: null,
                status: { operationState: { phase: 'Running', message: 'applying', operation } },
              },
            };
          if (textAt(object, 'status', 'operationState', 'phase') !== 'Running') return undefined;
          const before = listAt(object, 'status', 'history');
          const revision =
            textAt(object, 'status', 'operationState', 'operation', 'sync', 'revision') ?? `head${before.length}`;
          const source = at(object, 'spec', 'source');
          const status = {
            sync: { status: result.phase === 'Succeeded' ? 'Synced' : 'OutOfSync', revision },
            health: { status: result.health },
            operationState: { phase: result.phase, message: result.message, syncResult: { revision } },
            ...(result.phase === 'Succeeded' ? { history: [...before, { id: before.length, revision, source }] } : {}),
          };
          return { patch: { status } };
        };

      it('creates an Application, syncs it, and waits until it is Synced and Healthy', async () => {
        await acting(APPLICATION, syncs({ phase: 'Succeeded', message: 'ok', health: 'Healthy' }));
        await writeFiles(bench.root, { 'argocd/shop.yaml': application });
        const result = await succeed(argocd, { manifests: 'argocd' });
        assert.deepEqual(result, { application: 'shop', revision: 'head0', sync: 'Synced', health: 'Healthy' });
        const again = await succeed(argocd, { application: 'shop', revision: 'v2' });
        assert.equal(again.revision, 'v2');
      });

      it('goes back to the deployment before, by action and by rollback', async () => {
        await acting(APPLICATION, syncs({ phase: 'Succeeded', message: 'ok', health: 'Healthy' }));
        await writeFiles(bench.root, { 'argocd/shop.yaml': application });
        await succeed(argocd, { manifests: 'argocd', revision: 'v1' });
        const later = await workbench({ root: bench.root, env: { KUBECONFIG: kubeconfig } });
        await succeed(argocd, { application: 'shop', revision: 'v2' }, later);
        const undone = await rollbackOf(argocd, given({ application: 'shop' }), later);
        assert.ok(undone.ok, undone.ok ? '' : undone.failure.message);
        assert.equal(
          kubectl('-n', namespace, 'get', 'applications.argoproj.io', 'shop', '-o', 'jsonpath={.status.sync.revision}'),
          'v1',
        );
        assert.equal((await succeed(argocd, { action: 'rollback', application: 'shop' })).revision, 'v2');
        kubectl(
          '-n',
          namespace,
          'patch',
          'applications.argoproj.io',
          'shop',
          '--type=merge',
          '-p',
          '{"spec":{"syncPolicy":{"automated":{}}}}',
        );
        assert.match((await fail(argocd, { action: 'rollback', application: 'shop' })).message, /syncs automatically/);
      });

      it('fails with the words of the sync', async () => {
        await acting(
          APPLICATION,
          syncs({ phase: 'Failed', message: 'one or more objects failed to apply', health: 'Missing' }),
        );
        await writeFiles(bench.root, { 'argocd/shop.yaml': application });
        assert.match(
          (await fail(argocd, { manifests: 'argocd' })).message,
          /Application.* shop|shop: the sync ended Failed: one or more objects failed to apply/,
        );
      });

      it('says at the timeout what it waits for', async () => {
        await acting(APPLICATION, syncs({ phase: 'Succeeded', message: 'ok', health: 'Degraded' }));
        await writeFiles(bench.root, { 'argocd/shop.yaml': application });
        const failure = await fail(argocd, { manifests: 'argocd', timeout: '10s' });
        assert.equal(failure.kind, 'timeout');
        assert.match(failure.message, /shop: it is Degraded/);
        assert.match(
          (await fail(argocd, { application: 'missing' })).message,
          /There is no Application "missing" in the namespace/,
        );
      });
    });

  if (!operatorRuns('flux'))
    describe('flux', () => {
      const manifests = `apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: { name: shop }
spec: { url: https://example.org/shop.git, interval: 1h }
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: { name: shop }
spec: { interval: 1h, path: ., prune: true, sourceRef: { kind: GitRepository, name: shop } }
`;
      /** As a Flux controller: answers a request once by repeating its time, with a condition and a revision. */
      const reconciles =
        (status: 'True' | 'False', revision: Record<string, unknown>): Reaction =>
        (object) => {
          const asked = object.metadata.annotations?.['reconcile.fluxcd.io/requestedAt'];
          if (asked === undefined || textAt(object, 'status', 'lastHandledReconcileAt') === asked) return undefined;
          const conditions = [
            {
              type: 'Ready',
              status,
              reason: status === 'True' ? 'ReconciliationSucceeded' : 'BuildFailed',
              message: 'kustomize build',
            },
          ];
          return {
            status: {
              lastHandledReconcileAt: asked,
              observedGeneration: object.metadata.generation,
              conditions,
              ...revision,
            },
          };
        };

      it('applies sources and kustomizations, reconciles them now, and reports the revisions', async () => {
        await acting(GIT, reconciles('True', { artifact: { revision: 'main@sha1:abc' } }));
        await acting(KUSTOMIZATION, reconciles('True', { lastAppliedRevision: 'main@sha1:abc' }));
        await writeFiles(bench.root, { 'flux/all.yaml': manifests });
        const shown = await previewOf(flux, given({ manifests: 'flux' }), bench);
        assert.ok(shown.ok);
        assert.equal(shown.value.changes.create, 2);
        const result = await succeed(flux, { manifests: 'flux' });
        assert.deepEqual({ revision: result.revision, ready: result.ready }, { revision: 'main@sha1:abc', ready: 2 });
        assert.equal((await succeed(flux, { name: 'shop' })).ready, 1, 'an older Ready is not taken for the answer');
      });

      it('tells why a kustomization is not ready', async () => {
        await acting(GIT, reconciles('True', {}));
        await acting(KUSTOMIZATION, reconciles('False', {}));
        await writeFiles(bench.root, { 'flux/all.yaml': manifests });
        assert.match(
          (await fail(flux, { manifests: 'flux', timeout: '10s' })).message,
          /Kustomization.*shop: BuildFailed: kustomize build/,
        );
      });

      it('suspends and resumes, and does not reconcile what is suspended', async () => {
        await writeFiles(bench.root, { 'flux/all.yaml': manifests });
        await succeed(flux, { manifests: 'flux', wait: false });
        await succeed(flux, { action: 'suspend', name: 'shop' });
        assert.equal(
          kubectl(
            '-n',
            namespace,
            'get',
            'kustomizations.kustomize.toolkit.fluxcd.io',
            'shop',
            '-o',
            'jsonpath={.spec.suspend}',
          ),
          'true',
        );
        assert.match((await fail(flux, { name: 'shop' })).message, /is suspended/);
        await succeed(flux, { action: 'resume', name: 'shop', wait: false });
        assert.equal(
          kubectl(
            '-n',
            namespace,
            'get',
            'kustomizations.kustomize.toolkit.fluxcd.io',
            'shop',
            '-o',
            'jsonpath={.spec.suspend}',
          ),
          'false',
        );
      });

      it('says before anything starts that a system is not installed', async () => {
        const nobody = await flux.preflight?.(flux.parameters.parse(given({ kind: 'Bucket', name: 'x' })), bench);
        assert.ok(nobody !== undefined && !nobody.ok);
        assert.equal(nobody.failure.kind, 'missing');
        assert.match(
          nobody.failure.message,
          /Flux is not installed in the cluster of the context "\w+": it knows no Bucket/,
        );
      });
    });

  describe('crossplane', () => {
    const bucket = `apiVersion: platform.example.org/v1
kind: Bucket
metadata: { name: data }
spec: { size: small, writeConnectionSecretToRef: { name: data-login } }
`;
    const ready = (type: string, status: string): unknown => ({
      type,
      status,
      reason: status === 'True' ? 'Available' : 'Creating',
      message: 'the bucket',
    });

    it('applies claims, waits until they are Synced and Ready, and deletes them', async function () {
      this.timeout(360_000);
      await acting(BUCKET, (object) =>
        object.status === undefined
          ? { status: { conditions: [ready('Synced', 'True'), ready('Ready', 'True')] } }
          : undefined,
      );
      await writeFiles(bench.root, { 'crossplane/bucket.yaml': bucket });
      const result = await succeed(crossplane, { manifests: 'crossplane' });
      assert.deepEqual(result.connection_secrets, {
        [`Bucket.platform.example.org ${namespace}/data`]: 'data-login',
      });
      assert.deepEqual(result.conditions, {
        [`Bucket.platform.example.org ${namespace}/data`]: { Synced: 'True', Ready: 'True' },
      });
      // The garbage collector, which ends a deletion in the foreground, looks for new kinds every 30 s, and later while one fails.
      await succeed(crossplane, { manifests: 'crossplane', action: 'delete', timeout: '150s' });
      assert.equal(kubectl('-n', namespace, 'get', 'buckets.platform.example.org', '-o', 'name'), '');
    });

    it('says which condition is missing', async () => {
      await acting(BUCKET, (object) =>
        object.status === undefined
          ? { status: { conditions: [ready('Synced', 'True'), ready('Ready', 'False')] } }
          : undefined,
      );
      await writeFiles(bench.root, { 'crossplane/bucket.yaml': bucket });
      const failure = await fail(crossplane, { manifests: 'crossplane', timeout: '10s' });
      assert.match(failure.message, /Ready is False: Creating: the bucket/);
      assert.match(failure.next ?? '', /give more time with `timeout`/);
    });
  });
});
