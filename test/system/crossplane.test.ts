import assert from 'node:assert/strict';
import { crossplane } from '../../src/tasks/crossplane.ts';
import { perform, workbench } from '../tasks/context.ts';
import { applyText, isTestbed, kubectl, limited, previewOf, rollbackOf, writeFiles } from './cluster.ts';
import { driven } from './driven.ts';

/** Of this process: what is defined is the whole cluster's. */
const GROUP = `t${process.pid}.example.org`;

interface Defined {
  readonly kind: string;
  readonly plural: string;
  /** A claim goes before it, as in Crossplane 1: the composite is the cluster's, and has a connection secret. */
  readonly claim?: { readonly kind: string; readonly plural: string };
}
const BUCKET: Defined = { kind: 'Bucket', plural: 'buckets' };
const DEPOT: Defined = { kind: 'Depot', plural: 'depots' };
const STORE: Defined = { kind: 'XStore', plural: 'xstores', claim: { kind: 'Store', plural: 'stores' } };

const definition = ({
  kind,
  plural,
  claim,
}: Defined): string => `apiVersion: apiextensions.crossplane.io/${claim === undefined ? 'v2' : 'v1'}
kind: CompositeResourceDefinition
metadata: { name: ${plural}.${GROUP} }
spec:
  group: ${GROUP}
  names: { kind: ${kind}, plural: ${plural} }
${claim === undefined ? '' : `  claimNames: { kind: ${claim.kind}, plural: ${claim.plural} }\n`}  versions:
    - name: v1
      served: true
      referenceable: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties: { value: { type: string }, fatal: { type: string }, neverReady: { type: boolean } }
`;

/** Each resource becomes a ConfigMap with its value. @param where the namespace of the object, where the composite has none */
const composition = (
  { kind, plural, claim }: Defined,
  where?: string,
): string => `apiVersion: apiextensions.crossplane.io/v1
kind: Composition
metadata: { name: ${plural}.${GROUP} }
spec:
  compositeTypeRef: { apiVersion: ${GROUP}/v1, kind: ${kind} }
  mode: Pipeline
${claim === undefined ? '' : '  writeConnectionSecretsToNamespace: crossplane-system\n'}  pipeline:
    - step: compose
      functionRef: { name: testbed-function }
      input:
        apiVersion: testbed.example.org/v1
        kind: Input
        object: { apiVersion: v1, kind: ConfigMap, metadata: { name: made${where === undefined ? '' : `, namespace: ${where}`} } }
${claim === undefined ? '' : '        connection: { password: from-the-function }\n'}`;

const resource = (kind: string, spec: string): string =>
  `apiVersion: ${GROUP}/v1\nkind: ${kind}\nmetadata: { name: data }\nspec: { ${spec} }\n`;

describe('crossplane with its real controllers', function () {
  this.timeout(240_000);
  const on = driven(crossplane, 'crossplane', [DEPOT.plural, 'stores'].map((one) => `${one}.${GROUP}`).join());

  before(() => {
    applyText([definition(DEPOT), composition(DEPOT), definition(STORE)].join('---\n'));
    const names = [DEPOT, STORE].map(({ plural }) => `xrd/${plural}.${GROUP}`);
    kubectl('wait', '--for=condition=Established', ...names, '--timeout=120s');
    kubectl('wait', '--for=condition=Offered', names[1] ?? '', '--timeout=120s');
  });
  after(() => {
    const names = [BUCKET, DEPOT, STORE].map(({ plural }) => `${plural}.${GROUP}`);
    for (const kind of ['xrd', 'compositions.apiextensions.crossplane.io'])
      kubectl('delete', kind, ...names, '--ignore-not-found', '--wait=false');
  });

  it('brings a definition, its composition and a resource of the new kind out of one folder', async () => {
    await writeFiles(on.bench.root, {
      'crossplane/a.yaml': resource('Bucket', 'value: one'),
      'crossplane/composition.yaml': composition(BUCKET),
      'crossplane/definition.yaml': definition(BUCKET),
    });
    const shown = await previewOf(crossplane, on.given({ manifests: 'crossplane' }), on.bench);
    assert.ok(shown.ok, shown.ok ? '' : shown.failure.message);
    assert.deepEqual(shown.value.changes, { create: 3, update: 0, replace: 0, destroy: 0 });
    const result = await on.succeed({ manifests: 'crossplane' });
    assert.equal(result.ready, 3);
    const conditions = result.conditions as Record<string, Record<string, string>>;
    const { Synced, Ready } = conditions[`Bucket.${GROUP} ${on.namespace}/data`] ?? {};
    assert.deepEqual([Synced, Ready], ['True', 'True']);
    assert.equal(on.valueOf('made'), 'one');
  });

  it('takes no earlier Ready for that of a change', async () => {
    for (const value of ['one', 'two', 'three']) {
      await writeFiles(on.bench.root, { 'crossplane/a.yaml': resource('Depot', `value: ${value}`) });
      await on.succeed({ manifests: 'crossplane' }, await on.another());
      assert.equal(on.valueOf('made'), value);
    }
  });

  it('waits for a claim, and names its connection secret', async () => {
    await writeFiles(on.bench.root, {
      'crossplane/store.yaml': resource('Store', 'value: one, writeConnectionSecretToRef: { name: login }'),
      'crossplane/composition.yaml': composition(STORE, on.namespace),
    });
    const result = await on.succeed({ manifests: 'crossplane' });
    assert.deepEqual(result.connection_secrets, { [`Store.${GROUP} ${on.namespace}/data`]: 'login' });
    const secret = kubectl('-n', on.namespace, 'get', 'secret', 'login', '-o', 'jsonpath={.data.password}');
    assert.equal(Buffer.from(secret, 'base64').toString(), 'from-the-function');
    assert.equal(on.valueOf('made'), 'one');
  });

  it('says in Crossplane’s words, while it waits, why a resource does not become Synced, or Ready', async () => {
    const cases = [
      ['fatal: there is no room left', /Synced is False: ReconcileError: .*there is no room left/],
      ['value: one, neverReady: true', /Ready is False: Creating: Unready resources: object/],
    ] as const;
    for (const [spec, words] of cases) {
      await writeFiles(on.bench.root, { 'crossplane/a.yaml': resource('Depot', spec) });
      const waiting = await on.another();
      const running = perform(crossplane, on.given({ manifests: 'crossplane' }), waiting);
      while (!waiting.lines.some((line) => words.test(line))) await new Promise((next) => setTimeout(next, 20));
      waiting.cancel();
      const ended = await running;
      assert.ok(!ended.ok, 'it was cancelled');
      assert.match(ended.failure.message, words);
    }
  });

  it('says which right is missing', async function () {
    if (!isTestbed) return this.skip();
    await writeFiles(on.bench.root, { 'crossplane/a.yaml': resource('Depot', 'value: one') });
    const nobody = await workbench({ root: on.bench.root, env: { KUBECONFIG: limited('nobody') } });
    const refused = await perform(crossplane, on.given({ manifests: 'crossplane' }), nobody);
    assert.ok(!refused.ok, 'nobody may do nothing');
    assert.equal(refused.failure.kind, 'denied');
    assert.match(
      refused.failure.message,
      new RegExp(`The user "nobody" may not \\w+ depots.${GROUP} in the namespace`),
    );
  });

  it('takes back by a rollback what it made, and deletes with a resource what was composed of it', async () => {
    await writeFiles(on.bench.root, { 'crossplane/a.yaml': resource('Depot', 'value: one') });
    await on.succeed({ manifests: 'crossplane' });
    const undone = await rollbackOf(crossplane, on.given({ manifests: 'crossplane' }), on.bench);
    assert.ok(undone.ok, undone.ok ? '' : undone.failure.message);
    kubectl(
      '-n',
      on.namespace,
      'wait',
      '--for=delete',
      `${DEPOT.plural}.${GROUP}/data`,
      'configmap/made',
      '--timeout=120s',
    );
    const later = await on.another();
    await on.succeed({ manifests: 'crossplane' }, later);
    await on.succeed({ manifests: 'crossplane', action: 'delete' }, later);
    assert.equal(kubectl('-n', on.namespace, 'get', `${DEPOT.plural}.${GROUP}`, '-o', 'name'), '');
    kubectl('-n', on.namespace, 'wait', '--for=delete', 'configmap/made', '--timeout=120s');
  });
});
