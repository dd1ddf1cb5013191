import assert from 'node:assert/strict';
import { format } from '../../../src/language/editor/format.ts';
import { folds, outline, type OutlineItem } from '../../../src/language/editor/symbols.ts';
import { tokens } from '../../../src/language/editor/tokens.ts';
import { open, under } from '../support.ts';
import { applied } from './support.ts';

const FILE = `# The shop.
# Two stages.
name: shop
inputs:
  replicas: { type: number }
parallel_deployment:
  stage_1:
    - task: build
      type: shell
      with:
        run: |
          make
          make check
  stage_2:
    - task: deploy
      type: shell
      when: inputs.replicas > 1 && target.os == 'linux'
      with: { run: "echo \${{ tasks.build.outputs.stdout }} \${{ lower(run.id) }}" } # \${{ no }}
finally:
  - task: notify
    type: shell
    with: { run: echo done }
`;

describe('the outline', () => {
  it('shows sections, stages and tasks, each in its own range', () => {
    const show = (items: readonly OutlineItem[], depth = 0): string[] =>
      items.flatMap((item) => [`${'  '.repeat(depth)}${item.kind} ${item.name}`, ...show(item.children, depth + 1)]);
    assert.deepEqual(show(outline(open(FILE))), [
      'section name',
      'section inputs',
      '  name replicas',
      'section parallel_deployment',
      '  stage stage_1',
      '    task build',
      '  stage stage_2',
      '    task deploy',
      'section finally',
      '  task notify',
    ]);
  });

  it('holds every selection and every child inside its range', () => {
    const inside = (outer: OutlineItem['range'], inner: OutlineItem['range']): boolean =>
      (inner.start.line > outer.start.line ||
        (inner.start.line === outer.start.line && inner.start.character >= outer.start.character)) &&
      (inner.end.line < outer.end.line ||
        (inner.end.line === outer.end.line && inner.end.character <= outer.end.character));
    const check = (item: OutlineItem): void => {
      assert.ok(inside(item.range, item.selection), item.name);
      for (const child of item.children) {
        assert.ok(inside(item.range, child.range), child.name);
        check(child);
      }
    };
    for (const text of [
      FILE,
      'parallel_deployment:\n  a:\n    -\n    - task:\n',
      'parallel_deployment:\n  a: [{task: x, type: shell}]\n',
    ])
      outline(open(text)).forEach(check);
  });

  it('shows the stages alone where there are more tasks than one looks through', () => {
    const tasks = Array.from({ length: 1001 }, (_, i) => `    - { task: t${i}, type: shell, with: { run: a } }\n`);
    const text = (count: number): string => `parallel_deployment:\n  a:\n${tasks.slice(0, count).join('')}`;
    const stageOf = (count: number): OutlineItem | undefined => outline(open(text(count)))[0]?.children[0];
    assert.equal(stageOf(1000)?.children.length, 1000);
    const large = stageOf(1001);
    assert.deepEqual([large?.detail, large?.children, large?.range.end.line], ['1001 tasks', [], 1002]);
  });
});

describe('folding', () => {
  it('folds comments, sections, stages, tasks and texts', () => {
    const shown = folds(open(FILE)).map(
      ({ startLine, endLine, comment }) => `${startLine}-${endLine}${comment === true ? ' comment' : ''}`,
    );
    assert.deepEqual(shown, [
      '0-1 comment',
      '3-4',
      '5-17',
      '6-12',
      '7-12',
      '9-12',
      '10-12',
      '13-17',
      '14-17',
      '18-21',
      '19-21',
    ]);
  });
});

describe('colours in expressions', () => {
  it('tell roots, members, functions, texts and numbers apart', () => {
    const found = tokens(open(FILE)).map(({ line, character, length, type }) => {
      const word = under(FILE, { start: { line, character }, end: { line, character: character + length } });
      return `${word} ${type}`;
    });
    assert.deepEqual(found, [
      'inputs namespace',
      'replicas property',
      '> operator',
      '1 number',
      '&& operator',
      'target namespace',
      'os property',
      '== operator',
      "'linux' string",
      'tasks namespace',
      'build property',
      'outputs property',
      'stdout property',
      'lower function',
      'run namespace',
      'id property',
    ]);
  });

  it('come for the lines that are asked for', () => {
    assert.deepEqual(tokens(open(FILE), { start: { line: 0, character: 0 }, end: { line: 12, character: 0 } }), []);
  });
});

describe('formatting', () => {
  const formatted = (text: string): string => applied(text, format(open(text), { tabSize: 2 }));

  it('sets the columns right and keeps comments, blank lines and quotes', () => {
    const messy = `# head\nparallel_deployment:\n    a:\n     - task:   build   # why\n       type: shell\n\n       with: {run: "x",   args: [ 'a',b ]}\n`;
    assert.equal(
      formatted(messy),
      `# head\nparallel_deployment:\n  a:\n    - task: build # why\n      type: shell\n\n      with: { run: "x", args: [ 'a', b ] }\n`,
    );
  });

  it('leaves a file alone that is as it should be, and does the same twice', () => {
    assert.deepEqual(format(open(FILE), { tabSize: 2 }), []);
    const once = formatted('parallel_deployment:\n    a:\n    - task: x\n      type: shell\n');
    assert.deepEqual(format(open(once), { tabSize: 2 }), []);
  });

  it('leaves a file alone that cannot be read', () => {
    assert.deepEqual(format(open('parallel_deployment:\n  a: [\n'), { tabSize: 2 }), []);
  });

  it('keeps anchors, merges, numbers as written, and Windows line ends', () => {
    const text =
      'x-base: &base\r\n    timeout: 5m\r\nparallel_deployment:\r\n    a:\r\n        - <<: *base\r\n          task: x\r\n          type: shell\r\n          env: { V: 1.10 }\r\n';
    const after = formatted(text);
    assert.match(after, /^x-base: &base\r\n {2}timeout: 5m\r\nparallel_deployment:\r\n {2}a:\r\n {4}- <<: \*base\r\n/);
    assert.match(after, /1\.10/);
    assert.ok(!/[^\r]\n/.test(after));
  });
});
