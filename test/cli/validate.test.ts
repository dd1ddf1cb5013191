import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { graph } from '../../src/cli/commands/graph.ts';
import { types } from '../../src/cli/commands/types.ts';
import { validate } from '../../src/cli/commands/validate.ts';
import { FirstLook } from '../../src/cli/lazy-files.ts';
import { loadPlan } from '../../src/cli/load.ts';
import { workspaceFiles } from '../../src/platform/workspace-files.ts';
import { memoryIo, type MemoryIo } from './memory-io.ts';

const good =
  'parallel_deployment:\n  one:\n    - { task: a, type: shell, with: { run: "true" } }\n  two:\n    - { task: b, type: sh, depends_on: [a], with: { run: "true" } }\nfinally:\n  - { task: z, type: shell, with: { run: "true" } }\n';
const bad =
  'parallel_deployment:\n  one:\n    - task: a\n      type: kubernets\n    - task: b\n      type: shell\n      timeout: 5\n      with: { run: "true" }\n';

interface Report {
  readonly files: readonly {
    readonly file: string;
    readonly diagnostics: readonly {
      readonly code: string;
      readonly range: unknown;
      readonly fixes: readonly { readonly title: string }[];
    }[];
  }[];
}

describe('validate', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'code-validate-'));
    writeFileSync(path.join(folder, 'good.code.yaml'), good);
    writeFileSync(path.join(folder, 'bad.code.yaml'), bad);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = async (
    args: readonly string[],
    more: Partial<MemoryIo> = {},
  ): Promise<{ code: number; out: string; err: string }> => {
    const io = memoryIo(more.stdin, { cwd: folder, ...more });
    const code = await validate(args, io);
    return { code, ...io.printed };
  };
  const json = (text: string): Report => JSON.parse(text) as Report;

  it('ends with 0 and a line for a file that is valid', async () => {
    const { code, out, err } = await run(['good.code.yaml']);
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /good\.code\.yaml is valid: 3 tasks in 2 stages/);
  });

  it('ends with 2 and shows the word, its line and the mend', async () => {
    const { code, out } = await run(['bad.code.yaml']);
    assert.equal(code, 2);
    assert.match(
      out,
      /bad\.code\.yaml:4:13 error CODE012 .*did you mean kubernetes\?\n.*\n 4 │ {7}type: kubernets\n {3}│ {13}\^{9}\n {3}fix: Change to kubernetes\n/,
    );
    assert.match(out, /bad\.code\.yaml is not valid: 1 error, 1 hint/);
    assert.ok(!out.includes('\u001b'));
  });

  it('colours on a terminal, and says errors only with --quiet', async () => {
    assert.ok((await run(['bad.code.yaml'], { color: true })).out.includes('\u001b[31m'));
    assert.doesNotMatch((await run(['bad.code.yaml', '--quiet'])).out, /CODE031/);
    assert.equal((await run(['good.code.yaml', '--quiet'])).out, '');
  });

  it('prints the agreed shape with --json, one entry a file', async () => {
    const { code, out } = await run(['good.code.yaml', 'bad.code.yaml', '--json']);
    const { files } = json(out);
    assert.equal(code, 2);
    assert.deepEqual(
      files.map(({ file }) => file),
      ['good.code.yaml', 'bad.code.yaml'],
    );
    const found = (files[1]?.diagnostics ?? []).map(({ range, fixes }) => ({ range, fixes }));
    assert.deepEqual(found[0], {
      range: { start: { line: 3, character: 12 }, end: { line: 3, character: 21 } },
      fixes: [{ title: 'Change to kubernetes' }],
    });
  });

  it('says of a file that is not there, a folder and standard input what they are', async () => {
    mkdirSync(path.join(folder, 'sub.code.yaml'));
    const none = await run(['none.code.yaml', 'good.code.yaml']);
    assert.deepEqual(
      [none.code, none.err.includes('none.code.yaml: no such file'), none.out.includes('good.code.yaml is valid')],
      [2, true, true],
    );
    assert.match((await run(['sub.code.yaml'])).err, /is a folder/);
    assert.match((await run(['-'], { stdin: Readable.from([Buffer.from(good)]) })).out, /standard input is valid/);
  });

  it('reads UTF-16 with a byte-order mark, and tells bytes that are no text', async () => {
    writeFileSync(
      path.join(folder, 'wide.code.yaml'),
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(good, 'utf16le')]),
    );
    writeFileSync(
      path.join(folder, 'bytes.code.yaml'),
      Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff, 0xfe, 0x80]),
    );
    assert.equal((await run(['wide.code.yaml'])).code, 0);
    // What is valid can be run, too.
    const plan = await loadPlan(path.join(folder, 'wide.code.yaml'), memoryIo(), {
      inputs: {},
      only: [],
    });
    assert.deepEqual(
      plan?.tasks.map(({ id }) => id),
      ['a', 'b', 'z'],
    );
    const bytes = await run(['bytes.code.yaml', '--json']);
    assert.deepEqual([bytes.code, json(bytes.out).files[0]?.diagnostics.map(({ code }) => code)], [2, ['CODE073']]);
  });

  it('warns of folders that are not there, which makes no file invalid', async () => {
    writeFileSync(
      path.join(folder, 'bare.code.yaml'),
      'parallel_deployment:\n  one:\n    - { task: a, type: shell, cwd: nowhere, with: { script: run.sh } }\n',
    );
    const { code, out } = await run(['bare.code.yaml', '--json']);
    assert.deepEqual(
      [code, json(out).files[0]?.diagnostics.map(({ code: name }) => name)],
      [0, ['CODE060', 'CODE060']],
    );
  });

  it('draws a graph as Mermaid, Graphviz and data', async () => {
    const draw = async (...args: readonly string[]): Promise<[number, string]> => {
      const io = memoryIo(undefined, { cwd: folder });
      return [await graph(args, io), io.printed.out];
    };
    assert.deepEqual(await draw('good.code.yaml'), [
      0,
      'flowchart LR\n  subgraph s0["one"]\n    t0["a (shell)"]\n  end\n  subgraph s1["two"]\n    t1["b (shell)"]\n  end\n  subgraph s2["finally"]\n    t2["z (shell)"]\n  end\n  t0 --> t1\n  s0 -.-> s1\n  s1 -.-> s2\n',
    ]);
    assert.match((await draw('good.code.yaml', '--format', 'dot'))[1], /^digraph "good" \{[^]*t0 -> t1;/);
    const data = JSON.parse((await draw('good.code.yaml', '--format', 'json'))[1]) as {
      tasks: unknown[];
      stages: string[];
    };
    assert.deepEqual(data.stages, ['one', 'two']);
    assert.deepEqual(data.tasks[1], { task: 'b', stage: 'two', type: 'shell', dependsOn: ['a'] });
    assert.equal((await draw('good.code.yaml', '--format', 'png'))[0], 2);
    assert.equal((await draw('bad.code.yaml'))[0], 2);
  });

  it('prints examples of every type that are tasks without an error as they stand', async () => {
    const listed = memoryIo();
    await types(['--json'], listed);
    const wrong: string[] = [];
    for (const { type } of JSON.parse(listed.printed.out) as { type: string }[]) {
      const page = memoryIo();
      await types([type], page);
      const examples = page.printed.out.matchAll(/((?:^secrets: .*\n)?)(^ {2}- task: .*\n(?:^ {4}.*\n)+)/gm);
      const texts = [...examples].map(
        ([, secrets, task]) => `${secrets ?? ''}parallel_deployment:\n  one:\n${task ?? ''}`,
      );
      assert.ok(texts.length > 0, type);
      for (const [index, text] of texts.entries()) {
        const file = `${type}-${index}.code.yaml`;
        writeFileSync(path.join(folder, file), text);
        const { code, out } = await run([file]);
        if (code !== 0) wrong.push(out);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it('lists the task types, shows one, and knows aliases', async () => {
    const list = async (...args: readonly string[]): Promise<[number, string, string]> => {
      const io = memoryIo(undefined, { cwd: folder });
      return [await types(args, io), io.printed.out, io.printed.err];
    };
    assert.match((await list())[1], /^Glue\n {2}shell /);
    assert.match((await list('sh'))[1], /^shell {2}Run a shell text[^]*Parameters\n {2}run /);
    const data = JSON.parse((await list('--json'))[1]) as { type: string; parameters: object }[];
    assert.ok(data.some(({ type, parameters }) => type === 'shell' && 'properties' in parameters));
    assert.deepEqual((await list('shel')).slice(0, 3), [
      2,
      '',
      'code-engine: There is no task type shel.\n  Did you mean shell?\n',
    ]);
  });
});

describe('a first look at the folder around a workflow', () => {
  it('finds what the glob library finds, or passes the question on', () => {
    const root = mkdtempSync(path.join(tmpdir(), 'code-look-'));
    try {
      for (const file of [
        'a.tf',
        'b.txt',
        '.hidden.tf',
        'charts/web/Chart.yaml',
        'charts/Chart.yaml',
        'node_modules/x/Chart.yaml',
        'k8s/deep/er/x.yml',
      ]) {
        mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
        writeFileSync(path.join(root, file), '');
      }
      const look = new FirstLook(root);
      const full = workspaceFiles(root);
      for (const pattern of [
        '*.tf',
        '*/Chart.yaml',
        'charts/*/Chart.yaml',
        '{charts,chart}/Chart.yaml',
        '{charts/*,chart}/Chart.yaml',
        '?.t?t',
        'none/*',
        '*.{tf,txt}',
        'charts/*',
        './*.tf',
        'k8s/**/*.{yaml,yml}',
        '**/Chart.yaml',
        '**/*.tf',
        'k8s/**',
      ]) {
        assert.deepEqual(look.glob(pattern), full.glob(pattern), pattern);
      }
      assert.equal(look.askedForMore, false);
      look.glob('!(a).yml');
      assert.equal(look.askedForMore, true);
      assert.deepEqual(
        [look.kind('charts'), look.kind('a.tf'), look.kind('none'), look.kind('a.tf/x')],
        ['folder', 'file', undefined, undefined],
      );
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
