import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { phases, readManifests } from '../../src/tasks/shared/kubernetes/manifests.ts';
import { parseManifests, pathOf } from '../../src/tasks/shared/kubernetes/parse.ts';
import { setName } from '../../src/tasks/shared/kubernetes/targets.ts';
import { processorMs } from '../processor-time.ts';
import { workbench } from './context.ts';

const pod = (name: string): string => `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name} }\n`;

describe('manifests', () => {
  it('are read as kubectl reads them: octal modes, port mappings and dates as texts', () => {
    const { manifests } = parseManifests(
      `${pod('a')}spec: { mode: 0644, ports: 22:22, day: 2001-01-01, hex: 0x1F, path: ., share: .5, one: 1. }\n`,
      'a.yaml',
    );
    assert.deepEqual(manifests[0]?.object.spec, {
      mode: 420,
      ports: '22:22',
      day: '2001-01-01',
      hex: 31,
      path: '.',
      share: 0.5,
      one: 1,
    });
  });

  it('take named values for ${NAME} after they were read, so that a value can never change what a manifest is', async () => {
    const context = await workbench();
    await writeFile(
      join(context.root, 'a.yaml'),
      `${pod('a')}spec: { image: "\${IMAGE}", args: ["-x=\${X}", "\${HOME}"] }\n`,
    );
    const variables = { IMAGE: 'web@sha256:0', X: 'a: {b: c}\nkind: Secret' };
    const read = await readManifests({ manifests: 'a.yaml', variables }, context);
    assert.ok(read.ok);
    const [only] = read.value;
    assert.deepEqual(only?.object.spec, { image: 'web@sha256:0', args: ['-x=a: {b: c}\nkind: Secret', '${HOME}'] });
    assert.equal(only.object.kind, 'Pod');
  });

  it('tell a word that is read as a boolean, with its place', () => {
    const { warnings } = parseManifests(`${pod('a')}spec: { command: [yes, "no", on] }\n`, 'a.yaml');
    assert.deepEqual(
      warnings.map(({ place, message }) => [place.line, place.column, message.split(':')[0]]),
      [
        [4, 19, '"yes" is read as true'],
        [4, 30, '"on" is read as true'],
      ],
    );
  });

  it('tell where the YAML is broken, and keep the other documents of the file', () => {
    const { manifests, problems } = parseManifests(`${pod('a')}---\nkind: [Pod\n---\n${pod('b')}`, 'x/a.yaml');
    assert.equal(problems.length > 0, true);
    assert.equal(problems[0]?.place.file, 'x/a.yaml');
    assert.ok(problems[0].place.line >= 5);
    assert.equal(manifests[0]?.object.metadata.name, 'a');
  });

  const broken: readonly (readonly [string, string, RegExp, number])[] = [
    ['no metadata', 'apiVersion: v1\nkind: Pod\n', /Pod has no metadata/, 1],
    ['no name', 'apiVersion: v1\nkind: Pod\nmetadata: { labels: {} }\n', /Pod has no metadata\.name/, 3],
    ['a number for a name', 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: 12\n', /metadata\.name is read as 12/, 4],
    [
      'a boolean for a label',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n  labels:\n    on-call: yes\n',
      /labels\.on-call is read as true/,
      6,
    ],
    ['no kind', 'apiVersion: v1\nmetadata: { name: a }\n', /kind is missing/, 1],
    [
      'a bad namespace',
      'apiVersion: v1\nkind: Pod\nmetadata: { name: a, namespace: "My Space" }\n',
      /no name for a namespace/,
      3,
    ],
  ];
  for (const [what, text, message, line] of broken) {
    it(`tell ${what}`, () => {
      const { problems } = parseManifests(text, 'a.yaml');
      assert.equal(problems.length, 1);
      assert.match(problems[0]?.message ?? '', message);
      assert.equal(problems[0]?.place.line, line);
    });
  }

  it('read lists, JSON, a byte-order mark and CRLF', () => {
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
        { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b' } },
      ],
    };
    const { manifests } = parseManifests(`\uFEFF${JSON.stringify(list, null, 2).replaceAll('\n', '\r\n')}`, 'a.json');
    assert.deepEqual(
      manifests.map(({ object }) => object.metadata.name),
      ['a', 'b'],
    );
  });

  it('refuse a bomb of aliases in a moment', () => {
    const bomb = [
      'a: &a0 [x]',
      ...Array.from(
        { length: 20 },
        (_, i) => `b${i}: &a${i + 1} [${Array.from({ length: 10 }, () => `*a${i}`).join(',')}]`,
      ),
    ];
    const took = processorMs(() => {
      const { problems } = parseManifests(`${pod('a')}${bomb.join('\n')}\n`, 'a.yaml');
      assert.match(problems[0]?.message ?? '', /alias/);
    });
    assert.ok(took < 10_000, `${took} ms`);
  });

  it('know where a field is written', () => {
    const { manifests } = parseManifests(`${pod('a')}spec:\n  containers:\n    - name: x\n      image: y\n`, 'a.yaml');
    const [manifest] = manifests;
    assert.ok(manifest !== undefined);
    assert.equal(manifest.locate('spec.containers[0].image').line, 7);
    assert.equal(manifest.locate('spec.containers[0].ports').line, 6, 'the nearest that is there');
    assert.deepEqual(pathOf('metadata.annotations[a.b/c].x[2]'), ['metadata', 'annotations', 'a.b/c', 'x', 2]);
  });

  it('of a folder leave out what is no object, and tell the same object given twice', async () => {
    const bench = await workbench();
    await mkdir(join(bench.root, 'k8s/sub'), { recursive: true });
    await writeFile(join(bench.root, 'k8s/values.yaml'), 'replicas: 2\n');
    await writeFile(join(bench.root, 'k8s/deploy.code.yaml'), 'parallel_deployment: {}\n');
    await writeFile(join(bench.root, 'k8s/a.yaml'), pod('a'));
    await writeFile(join(bench.root, 'k8s/sub/b.yaml'), pod('b'));
    const read = await readManifests({ manifests: 'k8s' }, bench);
    assert.ok(read.ok);
    assert.deepEqual(
      read.value.map(({ object }) => object.metadata.name),
      ['a', 'b'],
    );
    assert.deepEqual(bench.lines, [
      'k8s/values.yaml:1:1: no Kubernetes object (neither apiVersion nor kind); left out',
    ]);
    const twice = await readManifests({ manifests: ['k8s', 'k8s/**/b.yaml'] }, bench);
    assert.ok(!twice.ok);
    assert.match(
      twice.failure.message,
      /^k8s\/sub\/b\.yaml:1:1: Pod b is here a second time; the first is at k8s\/sub\/b\.yaml:1:1/,
    );
  });

  it('whose names the server makes cannot be applied', async () => {
    const bench = await workbench();
    await writeFile(join(bench.root, 'run.yaml'), 'apiVersion: v1\nkind: Pod\nmetadata:\n  generateName: x-\n');
    const read = await readManifests({ manifests: 'run.yaml' }, bench);
    assert.ok(!read.ok);
    assert.match(read.failure.message, /^run\.yaml:4:3: generateName makes a new object each time/);
  });

  it('that are not there are told with the place that was looked in', async () => {
    const bench = await workbench();
    const read = await readManifests({ manifests: 'k8s' }, bench);
    assert.ok(!read.ok);
    assert.equal(read.failure.kind, 'missing');
    assert.ok(read.failure.message.includes(bench.root));
  });

  it('are applied in an order that works', () => {
    const kinds = [
      'Ingress',
      'Deployment',
      'Thing',
      'ConfigMap',
      'CustomResourceDefinition',
      'Namespace',
      'ValidatingWebhookConfiguration',
    ];
    const objects = kinds.map((kind) => ({ object: { apiVersion: 'v1', kind, metadata: { name: 'a' } } }));
    assert.deepEqual(
      phases(objects).map((phase) => phase.map(({ object }) => object.kind).join()),
      [
        'Namespace',
        'CustomResourceDefinition',
        'ConfigMap',
        'Deployment',
        'Thing',
        'Ingress',
        'ValidatingWebhookConfiguration',
      ],
    );
  });

  it('get a label for any name of a workflow, different for different names', () => {
    assert.equal(setName('shop.deploy'), 'shop.deploy');
    const long = setName(`${'a'.repeat(80)}.x`);
    assert.ok(long.length <= 63);
    assert.notEqual(long, setName(`${'a'.repeat(80)}.y`));
    assert.match(setName('Größe und Form!'), /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/);
  });
});
