import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Diagnostic } from '../../src/core/diagnostic.ts';
import { readWorkflow } from '../../src/language/read.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';
import { brief, diagnose, open } from './support.ts';

const folder = new URL('./corpus/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const read = (name: string): string => readFileSync(new URL(name, folder), 'utf8');

/** A line of an `.expected` file: `4:13 error CODE012 "kubernets"`, counted from one as editors show it. */
const line = (text: string, diagnostic: Diagnostic): string =>
  `${diagnostic.range.start.line + 1}:${diagnostic.range.start.character + 1} ${diagnostic.severity} ${brief(text, diagnostic)}`;

/** Generous, since test machines are shared; the point is that nothing takes seconds. */
const SOON_MS = 1500;

function timed<T>(work: () => T): { value: T; ms: number } {
  const before = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(before);
  return { value, ms: (user + system) / 1000 };
}

describe('the corpus of broken and odd workflows', () => {
  it('has at least sixty of them', () => assert.ok(names.length >= 60));

  for (const name of names) {
    it(`tells what is wrong with ${name.replace('.yaml', '')}, at the word`, () => {
      const text = read(name);
      const expected = read(name.replace('.yaml', '.expected')).split('\n').filter(Boolean);
      const { value, ms } = timed(() => diagnose(text, { target: { os: 'linux' } }));
      assert.deepEqual(
        value.map((diagnostic) => line(text, diagnostic)),
        expected,
      );
      assert.ok(ms < SOON_MS, `took ${ms} ms`);
    });
  }

  it('finds the seed’s own example without an error, letter for letter', async () => {
    const { workflow, diagnostics } = await readWorkflow(read('seed.yaml'), { path: 'seed.yaml', catalogue });
    assert.deepEqual(
      diagnostics.filter(({ severity }) => severity === 'error' || severity === 'warning'),
      [],
    );
    assert.deepEqual(
      workflow?.stages.map(({ name, tasks }) => [name.value, tasks.map((task) => task.name.value)]),
      [
        ['stage_1', ['provision_network', 'build_containers', 'prepare_configs']],
        ['stage_2', ['deploy_infrastructure', 'push_containers']],
        ['stage_3', ['deploy_services']],
      ],
    );
  });
});

describe('texts that are too much', () => {
  const large = (count: number): string => {
    const tasks = Array.from(
      { length: count },
      (_, i) =>
        `    - task: t${i}\n      type: shell\n      timeout: 30s\n      depends_on: [${i === 0 ? '' : `t${i - 1}`}]\n      with: { run: "echo ${i}" }\n`,
    );
    return `parallel_deployment:\n  one:\n${tasks.join('')}`;
  };

  it('reads ten thousand tasks in a chain, and says which one is wrong', () => {
    const text = large(10_000).replace('depends_on: [t4999]', 'depends_on: [t49999]');
    const { value, ms } = timed(() => diagnose(text));
    assert.deepEqual(
      value.map((diagnostic) => brief(text, diagnostic)),
      ['CODE013 "t49999"'],
    );
    assert.ok(ms < 4 * SOON_MS, `took ${ms} ms`);
  });

  it('names a circle of ten thousand and marks each member', () => {
    const text = large(10_000).replace('depends_on: []', 'depends_on: [t9999]');
    const found = diagnose(text);
    assert.equal(found.filter(({ code }) => code === 'CODE016').length, 10_000);
    assert.match(found[0]?.message ?? '', /t0 → t9999 → .*… \(9989 more\) → t0/);
  });

  for (const [what, text] of [
    ['brackets', 'a: ' + '['.repeat(100_000)],
    ['closed brackets', '['.repeat(50_000) + ']'.repeat(50_000)],
    ['braces', 'parallel_deployment: ' + '{a: '.repeat(50_000)],
    ['dashes', '- '.repeat(50_000) + 'a'],
    ['question marks', '? '.repeat(50_000) + 'a'],
    ['columns', Array.from({ length: 2000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    [
      'braces in a task',
      `parallel_deployment:\n  one:\n    - task: a\n      type: shell\n      with: ${'{a: '.repeat(20_000)}`,
    ],
  ] as const) {
    it(`refuses ${what} without end in no time`, () => {
      const { value, ms } = timed(() => diagnose(text));
      assert.ok(value.some(({ severity }) => severity === 'error'));
      assert.ok(value.length < 20);
      assert.ok(ms < SOON_MS, `took ${ms} ms`);
    });
  }

  it('takes one line of a megabyte, and a million line breaks, calmly', () => {
    for (const text of [
      'x'.repeat(1_000_000),
      ` ${'y '.repeat(500_000)}`,
      '\n'.repeat(1_000_000),
      `parallel_deployment:\n  a${' '.repeat(1_000_000)}b`,
      '${{'.repeat(200_000),
      `x-a: "${'\\'.repeat(500_000)}`,
    ]) {
      const { ms } = timed(() => diagnose(text));
      assert.ok(ms < 3 * SOON_MS, `${text.slice(0, 10)} took ${ms} ms`);
    }
  });
});

describe('any text at all', () => {
  const check = (text: string): void => {
    const { value, ms } = timed(() => {
      const document = open(text);
      return { diagnostics: document.diagnostics, workflow: document.workflow };
    });
    assert.ok(ms < SOON_MS, `took ${ms} ms`);
    const lines = text.replace(/^\uFEFF/, '').split('\n');
    for (const { range, message } of value.diagnostics) {
      assert.notEqual(message, '');
      const { start, end } = range;
      assert.ok(
        start.line < end.line || (start.line === end.line && start.character <= end.character),
        'a range runs forward',
      );
      assert.ok(end.line < lines.length && end.character <= (lines[end.line] ?? '').length, 'a range lies in the text');
    }
  };

  it('is answered, whatever its bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 200 }),
          fc.string({ unit: 'binary', maxLength: 200 }),
          fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
        ),
        check,
      ),
      { numRuns: 200 },
    );
  });

  it('is answered where a workflow was cut, doubled or shuffled', () => {
    const texts = names.map(read);
    const mutation = fc.tuple(
      fc.constantFrom(...texts),
      fc.nat(),
      fc.nat(40),
      fc.constantFrom(
        '',
        '\n',
        ':',
        '"',
        '[',
        '{',
        '- ',
        '  ',
        '&a ',
        '*a',
        '${{',
        '#',
        '\t',
        '\r',
        '|\n',
        '>-\n',
        '!!x ',
        '? ',
        '%',
      ),
    );
    fc.assert(
      fc.property(mutation, ([text, at, length, insert]) => {
        const from = at % (text.length + 1);
        check(text.slice(0, from) + insert + text.slice(from + length));
        check(text.slice(0, from));
      }),
      { numRuns: 200 },
    );
  });
});
