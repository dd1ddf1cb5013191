import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { WorkspaceFiles } from '../../src/core/catalogue.ts';
import { Block } from '../../src/language/block.ts';
import { divide } from '../../src/language/divide.ts';
import type { ReadOptions } from '../../src/language/document.ts';
import { librariesFor } from '../../src/language/libraries.ts';
import { quickTree } from '../../src/language/quick-tree.ts';
import { readWorkflow, type Target, type Tools } from '../../src/language/read.ts';
import { Report } from '../../src/language/report.ts';
import { parse } from '../../src/language/yaml-tree.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';
import { open } from './support.ts';

const folder = new URL('./corpus/', import.meta.url);
const corpus = readdirSync(folder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));

const PIECES = [
  'a',
  ' ',
  '\n',
  ':',
  '-',
  '- ',
  '  ',
  '#',
  '"',
  "'",
  '[',
  ']',
  '{',
  '}',
  ',',
  '|',
  '&x ',
  '*x',
  '<<: *x',
  '\t',
  '\r\n',
  '${{ ',
  ' }}',
  'task: t9\n',
  '    - task: z\n      type: shell\n',
  '  stage_9:\n',
  'depends_on: [a, b]\n',
  'finally:\n',
  'env: { A: b }\n',
  '---\n',
  'x-y: &x { a: 1 }\n',
  'when: false\n',
  '🚀',
  '\0',
];

const positionAt = (text: string, offset: number): { line: number; character: number } => {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, character: (before.at(-1) ?? '').length };
};

describe('a file of fifty megabytes', () => {
  it('is divided like any other: no list of its tasks is handed on as arguments', () => {
    const tasks = 200_000;
    const text = `parallel_deployment:\n  one:\n${'    - task: a\n      type: shell\n'.repeat(tasks)}finally:\n${'  - task: b\n'.repeat(tasks)}`;
    assert.equal(divide(text).filter(({ kind }) => kind === 'task').length, 2 * tasks);
  });
});

describe('a document that is edited', () => {
  it('says the same as one that is read afresh, after any edits', () => {
    const edits = fc.array(
      fc.record({
        at: fc.nat(1_000_000),
        remove: fc.oneof(fc.constant(0), fc.nat(8), fc.nat(120)),
        insert: fc.oneof(fc.constantFrom(...PIECES), fc.constant(''), fc.string({ maxLength: 6 })),
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...corpus), edits, (start, list) => {
        let text = start.replace(/^\uFEFF/, '');
        const document = open(text);
        document.diagnostics;
        for (const edit of list) {
          const from = text.length === 0 ? 0 : edit.at % (text.length + 1);
          const to = Math.min(text.length, from + edit.remove);
          // An editor never cuts a line break of two characters in half, nor begins a text with a byte-order mark.
          if (
            /^\uFEFF/.test(edit.insert) ||
            text.slice(from - 1, from + 1) === '\r\n' ||
            text.slice(to - 1, to + 1) === '\r\n'
          )
            continue;
          document.update([{ range: { start: positionAt(text, from), end: positionAt(text, to) }, text: edit.insert }]);
          text = text.slice(0, from) + edit.insert + text.slice(to);
          if (text.startsWith('\uFEFF')) return;
          assert.equal(document.text, text);
          const fresh = open(text);
          assert.deepEqual(document.diagnostics, fresh.diagnostics);
          assert.deepEqual(document.workflow, fresh.workflow);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('takes several edits at once, each on the text that the one before left', () => {
    const document = open('parallel_deployment:\n  a:\n    - { task: b, type: shell, with: { run: x } }\n');
    document.update([
      { range: { start: { line: 1, character: 2 }, end: { line: 1, character: 3 } }, text: 'stage' },
      { range: { start: { line: 1, character: 7 }, end: { line: 1, character: 7 } }, text: '_1' },
    ]);
    assert.equal(document.workflow?.stages[0]?.name.value, 'stage_1');
  });
});

describe('a document that is read in parts', () => {
  const parts = fc.array(fc.nat(4), { maxLength: 6 });

  it('tells first what it tells in the end, and in the end the same as one that is read at once', () => {
    fc.assert(
      fc.property(fc.constantFrom(...corpus), parts, (text, sizes) => {
        const document = open(text);
        for (const size of sizes) document.readSome(size);
        const first = document.firstDiagnostics;
        const all = document.diagnostics;
        for (const each of first)
          assert.ok(
            all.some((other) => isDeepStrictEqual(each, other)),
            each.message,
          );
        assert.deepEqual(all, open(text).diagnostics);
        assert.ok(document.readSome(0));
      }),
      { numRuns: 200 },
    );
  });

  it('reads no more than it is told to, and is done when all is read', () => {
    const tasks = Array.from({ length: 20 }, (_, i) => `    - { task: t${i}, type: shell, with: { run: x } }\n`);
    const document = open(`parallel_deployment:\n  a:\n${tasks.join('')}`);
    assert.deepEqual(
      [10, 10, 1, 1].map((most) => document.readSome(most)),
      [false, false, false, true],
    );
  });
});

describe('a document whose surroundings change', () => {
  const files = (there: readonly string[]): WorkspaceFiles => ({
    kind: (path) => (there.includes(path) ? 'file' : undefined),
    glob: (pattern) => there.filter((path) => pattern.endsWith(path.slice(path.lastIndexOf('.')))),
  });
  const around = fc.record({
    files: fc.option(fc.constantFrom(files([]), files(['a.sh', 'Chart.yaml', 'main.tf']), files(['values.yaml'])), {
      nil: undefined,
    }),
    tools: fc.option(
      fc.constantFrom<Tools>(
        new Map(),
        new Map([['helm', null]]),
        new Map([
          ['helm', { version: '3.14.0' }],
          ['terraform', { version: '1.9.0' }],
          ['kubectl', null],
        ]),
      ),
      { nil: undefined },
    ),
    target: fc.constantFrom<Target>(
      { os: 'linux' },
      { os: 'windows' },
      { os: 'linux', wsl: true, convert: (path) => `/drives/${path.slice(3)}` },
    ),
    root: fc.constantFrom('/work', '/mnt/c/work'),
  });
  // (An option that is left away is one that stays as it was, so all are given.)
  type Facts = Pick<ReadOptions, 'files' | 'tools' | 'target' | 'root'>;

  it('says the same as one that is read afresh among them', () => {
    fc.assert(
      fc.property(fc.constantFrom(...corpus), around, around, (text, before, after) => {
        const document = open(text, before as Facts);
        document.diagnostics;
        document.refresh(after as Facts);
        assert.deepEqual(document.diagnostics, open(text, after as Facts).diagnostics);
      }),
      { numRuns: 300 },
    );
  });

  it('reads again only what asked for them', () => {
    const document = open(
      'parallel_deployment:\n  a:\n    - { task: b, type: shell, with: { run: x } }\n    - { task: c, type: helm }\n',
    );
    const before = document.blocks.map(({ reading }) => reading);
    document.refresh({ tools: new Map([['helm', null]]) });
    const again = document.blocks.filter(({ reading }, i) => reading !== before[i]);
    assert.deepEqual(
      again.map(({ text }) => text.trim()),
      ['- { task: c, type: helm }'],
    );
  });
});

describe('a text that is read once', () => {
  it('says the same with the libraries that it needs as with all', async () => {
    for (const text of corpus) {
      const read = await readWorkflow(text, { path: 'test.code.yaml', catalogue });
      const document = open(text);
      assert.deepEqual(read.diagnostics, document.diagnostics);
      assert.deepEqual(read.workflow, document.workflow);
    }
  });

  it('waits for no library that it does not need', async () => {
    const plain = 'name: x\nparallel_deployment:\n  a:\n    - { task: b, type: shell, with: { run: x } }\n';
    assert.deepEqual(await librariesFor(plain), { expressions: undefined, yaml: undefined });
    assert.notEqual((await librariesFor(`${plain}env: { A: '\${{ inputs.a }}' }\n`)).expressions, undefined);
    assert.notEqual((await librariesFor(`${plain}env: &env { A: b }\n`)).yaml, undefined);
  });
});

describe('the quick reader of plain tasks', () => {
  const word = fc.constantFrom(
    'a',
    'task',
    'type',
    'shell',
    'b-c',
    '300s',
    '10',
    '-5',
    '007',
    '1.5',
    'true',
    'null',
    'yes',
    'Null',
    'x/y.z',
    '~',
    '.5',
    '1e3',
    '0x1F',
    'a b',
    'a: b',
    'http://x',
    "it's",
    'a#b',
    'a #b',
    '"q"',
    "'q'",
    '"a\\n"',
    "'it''s'",
    '[a, b]',
    '[]',
    '{}',
    '{ a: b }',
    '{a: 1, b: [c, "d"]}',
    '[a,b]',
    '[ a , b ]',
    '{ a: "x: y", c: d }',
    '*x',
    '&y z',
    '!t u',
    '|',
    '> ',
    '@a',
    '`b`',
    '%c',
    '- d',
    '? e',
    '',
  );
  const line = fc.tuple(
    fc.constantFrom('', '  ', '    ', '      ', '        '),
    fc.constantFrom('', '- ', '-  '),
    fc.option(fc.constantFrom('task', 'type', 'with', 'a', 'true', 'no-key', 'k1')),
    word,
    fc.constantFrom('', ' # note', ' ', '#x'),
  );
  const block = fc
    .array(line, { minLength: 1, maxLength: 6 })
    .map((lines) =>
      lines
        .map(([indent, dash, key, value, tail]) => `${indent}${dash}${key === null ? '' : `${key}: `}${value}${tail}`)
        .join('\n'),
    );

  const plainWord = fc.constantFrom(
    'a',
    'shell',
    '300s',
    '10',
    'true',
    'x/y.z',
    '"q: # x"',
    "'q'",
    '[a, b]',
    '[]',
    '{ a: b, c: 4 }',
    'http://x',
    'two words',
    '{ run: "echo hi" }',
    '007',
    'no',
    '1.5',
  );
  const literal = fc
    .tuple(
      fc.constantFrom('|', '|', '|-', '|+', '>', '|2', '| # note'),
      fc.array(
        fc.constantFrom('one', '  two', '# three', '', '', ' four', '- five: 6', '   ', 'seven  ', '${{ inputs.x }}'),
        { minLength: 1, maxLength: 5 },
      ),
      fc.constantFrom('        ', '        ', '       ', '      '),
    )
    .map(([header, lines, indent]) => ({
      literal: [header, ...lines.map((line) => line && indent + line)].join('\n'),
    }));
  const head = fc
    .array(
      fc.tuple(
        fc.constantFrom(
          'parallel_deployment:',
          '  stage_1:',
          'name: x',
          'inputs:',
          '  a: { type: number }',
          'env:',
          '  A: b',
        ),
        fc.constantFrom('', ' # note', '  ', '\n', '\n# alone', '\n   # alone'),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((lines) => lines.map(([line, tail]) => line + tail).join('\n'));
  const plain = fc
    .array(
      fc.tuple(
        fc.constantFrom('type', 'when', 'env', 'x'),
        fc.oneof(
          plainWord,
          fc.array(plainWord, { minLength: 1, maxLength: 3 }),
          fc.array(plainWord, { minLength: 1, maxLength: 3 }).map((list) => ({ list })),
          literal,
        ),
        fc.constantFrom('', ' # note', '\n', '\n      # alone'),
      ),
      { maxLength: 4 },
    )
    .map((entries) =>
      [
        '    - task: a',
        ...entries.map(([key, value, tail]) => {
          if (typeof value === 'string') return `      ${key}: ${value}${tail}`;
          if (Array.isArray(value))
            return `      ${key}:\n${value.map((inner, i) => `        k${i}: ${inner}`).join('\n')}`;
          if ('literal' in value) return `      ${key}: ${value.literal}${tail.startsWith(' ') ? '' : tail}`;
          return `      ${key}:${tail}\n${value.list.map((inner) => `        - ${inner}`).join('\n')}`;
        }),
      ].join('\n'),
    );

  it('answers as the full parser does, or not at all', () => {
    let answered = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          plain,
          plain.map((text) => `${text}\n`),
          head,
          head.map((text) => `${text}\n`),
          block,
          block.map((text) => `    - task: a\n${text}`),
          block.map((text) => `    - task: a\n      ${text.trim()}\n`),
        ),
        (text) => {
          const quick = quickTree(text);
          if (quick === undefined) return;
          answered++;
          const report = new Report(new Block('task', text, text.split('\n').length));
          const full = parse(report, text);
          assert.deepEqual(
            report.findings.map(({ message }) => message),
            [],
            text,
          );
          assert.deepEqual(quick, full, text);
        },
      ),
      { numRuns: 3000 },
    );
    assert.ok(answered > 100, `only ${answered} texts were plain enough`);
  });

  for (const text of [
    'parallel_deployment:\n',
    '  stage_1: # first\n',
    'inputs:\n  replicas: { type: number, default: 2 }\n',
    '    - task: a\n      with:\n        run: x\n',
    '    - task: a\n      with:\n        run: |\n          # all of it\n          make\n\n          make install\n      when: b\n',
  ])
    it(`answers for ${JSON.stringify(text)}`, () => assert.notEqual(quickTree(text), undefined));
});
