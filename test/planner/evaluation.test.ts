import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { catalogPlan } from '../../src/planner/catalog-result.ts';
import { factsFrom } from '../../src/planner/context/facts.ts';
import { evaluatePrompt, readPromptSet, summarise, type PromptScore } from '../../src/planner/evaluate/evaluate.ts';
import { checkManifest } from '../../src/planner/evaluate/strict.ts';
import { holds, publishedPorts, reach } from '../../src/planner/evaluate/where.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';

/** What the built-in planner reached on each set, in prompts; it must never fall below. */
const FLOORS: Readonly<Record<string, number>> = {
  'prompts.json': 23,
  'sets/first-tuned.json': 97,
  'sets/first-measured.json': 81,
  'sets/second-measured.json': 51,
  'sets/third-measured.json': 41,
  'sets/fourth-measured.json': 94,
  'sets/fourth-cluster.json': 58,
  'sets/fifth-cluster.json': 39,
  'sets/sixth-cluster.json': 15,
  'sets/fourth-systems.json': 68,
  'sets/fifth-systems.json': 43,
  'sets/sixth-systems.json': 34,
  'sets/seventh-cluster.json': 39,
  'sets/seventh-systems.json': 50,
  'sets/ninth-aws.json': 74,
  'sets/eighth-cluster.json': 39,
  'sets/ninth-cluster.json': 18,
  'sets/objects-own.json': 74,
  'sets/eighth-systems.json': 50,
  'sets/compose-own.json': 133,
  'sets/tenth-systems.json': 59,
  'sets/own-systems.json': 63,
};

for (const [file, floor] of Object.entries(FLOORS)) {
  describe(`the built-in planner on ${file}`, () => {
    const set = readPromptSet(JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')));
    assert.ok(set.ok);
    const tries: PromptScore[][] = [];

    it('passes at least as many prompts as before', async function () {
      this.timeout(240_000);
      for (const prompt of set.value) {
        tries.push([
          await evaluatePrompt(prompt, {
            catalogue,
            now: () => performance.now(),
            plan: (p, facts) => Promise.resolve({ result: catalogPlan(p.prompt, { facts }), requests: [] }),
          }),
        ]);
      }
      const failing = tries.flat().filter((s) => !s.passed);
      assert.ok(
        summarise(tries, new Set()).passed >= floor,
        JSON.stringify(failing.map((s) => [s.id, s.faults, s.checks.filter((c) => !c.ok)])),
      );
    });

    it('makes only workflows that are valid and manifests that the API knows', () => {
      const faulty = tries.flat().filter((s) => s.faults.some((f) => f !== 'there is no workflow'));
      assert.deepEqual(
        faulty.map((s) => [s.id, s.faults]),
        [],
      );
    });

    it('gives the same plan for the same words', function () {
      this.timeout(120_000);
      for (const { prompt, workspace } of set.value) {
        const facts = factsFrom('app', workspace ?? []);
        assert.deepEqual(catalogPlan(prompt, { facts }), catalogPlan(prompt, { facts }));
      }
    });
  });
}

describe('the check language', () => {
  const service = {
    spec: { ports: [{ port: 80 }, { port: 443 }], selector: { app: 'web' }, list: ['b', 'a'] },
    labels: { 'app.kubernetes.io/name': 'x' },
  };

  it('reaches values through lists, maps and keys with dots', () => {
    assert.deepEqual(reach(service, 'spec.ports.*.port'), [80, 443]);
    assert.deepEqual(reach(service, 'labels.app.kubernetes.io/name'), ['x']);
    assert.deepEqual(reach(service, ''), [service]);
  });

  it('holds when one value satisfies, and for the negative operators only when all do', () => {
    assert.ok(holds(service, ['spec.ports.*.port', 'eq', 443]));
    assert.ok(!holds(service, ['spec.ports.*.port', 'not_eq', 443]));
    assert.ok(!holds(service, ['spec.ports.*.port', 'none_in', [80]]));
    assert.ok(holds(service, ['spec.selector', 'keys_eq', ['app']]));
    assert.ok(holds(service, ['spec.list', 'sameset', ['a', 'b']]));
    assert.ok(holds(service, ['spec', 'json_regex', '"port":80']));
    assert.ok(holds(service, ['spec.nothing', 'empty']));
    assert.ok(!holds(service, ['spec.nothing', 'exists']));
  });

  it('knows the published side of every way to write a port of a Compose service', () => {
    assert.deepEqual(
      [
        publishedPorts('8080:80'),
        publishedPorts('127.0.0.1:53:53/udp'),
        publishedPorts({ published: '9000', target: 80 }),
        publishedPorts('3000-3001:80-81'),
        publishedPorts('${PORT:-80}:80'),
      ],
      [[8080], [53], [9000], [3000, 3001], [80]],
    );
  });

  it('refuses a manifest with an unknown, a missing or a mistyped field and a version that is gone', () => {
    const deployment = (spec: unknown): unknown => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec,
    });
    const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } };
    const selector = { matchLabels: { app: 'web' } };
    assert.deepEqual(checkManifest(deployment({ selector, template })), []);
    assert.match(
      checkManifest(deployment({ selector, template, replica: 2 }))[0]?.message ?? '',
      /unknown field \(did you mean replicas\?\)/,
    );
    assert.equal(checkManifest(deployment({ template }))[0]?.path, 'spec.selector');
    assert.match(
      checkManifest(deployment({ selector, template, replicas: '2' }))[0]?.message ?? '',
      /must be a number/,
    );
    assert.match(
      checkManifest({ apiVersion: 'extensions/v1beta1', kind: 'Ingress', metadata: { name: 'x' } })[0]?.message ?? '',
      /no longer served/,
    );
  });
});
