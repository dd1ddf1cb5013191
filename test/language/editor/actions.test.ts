import assert from 'node:assert/strict';
import { actionsAt, type Action } from '../../../src/language/editor/actions.ts';
import { open } from '../support.ts';
import { applied, marked } from './support.ts';

function offered(source: string, wanted?: readonly string[]): { text: string; actions: Action[] } {
  const { document, at, text } = marked(source, {}, '§');
  return { text, actions: actionsAt(document, { start: at, end: at }, wanted) };
}

function taken(source: string, title: string | RegExp): string {
  const { text, actions } = offered(source);
  const action = actions.find((each) => (typeof title === 'string' ? each.title === title : title.test(each.title)));
  assert.ok(action, `${String(title)} is offered, of ${actions.map((each) => each.title).join('; ')}`);
  return applied(text, action.edits);
}

const codes = (text: string): string[] => open(text).diagnostics.map(({ code }) => code);

describe('mends', () => {
  it('are offered where their diagnostic is, and mend it', () => {
    const text = taken(
      'parallel_deployment:\n  a:\n    - task: t\n      type: she§l\n      with: { run: x }\n',
      'Change to shell',
    );
    assert.deepEqual(codes(text), []);
  });

  it('add the dependency that an output asks for', () => {
    const source =
      'parallel_deployment:\n  a:\n    - task: one\n      type: shell\n      with: { run: x }\n    - task: two\n      type: shell\n      with: { run: "${{ tasks.o§ne.outputs.stdout }}" }\n';
    assert.deepEqual(codes(taken(source, /depend/i)), []);
  });

  it('turn schedule: graph on where a barrier costs time', () => {
    const source =
      'parallel_deployment:\n  a:\n    - task: one\n      type: shell\n      timeout: 1s\n      with: { run: x }\n    - task: slow\n      type: shell\n      timeout: 10m\n      with: { run: x }\n  §b:\n    - task: two\n      type: shell\n      timeout: 10m\n      depends_on: one\n      with: { run: x }\n';
    assert.match(taken(source, 'Use schedule: graph'), /^schedule: graph\n/);
  });

  it('are all taken at once by source.fixAll', () => {
    const { text, actions } = offered(
      '§parallel_deployment:\n  a:\n    - task: t\n      type: shel\n      with: { run: x }\n    - task: u\n      typ: shell\n      with: { run: x }\n',
      ['source.fixAll'],
    );
    assert.equal(actions.length, 1);
    assert.deepEqual(codes(applied(text, actions[0]?.edits ?? [])), []);
  });
});

describe('ignoring a diagnostic here', () => {
  it('writes a comment at the end of the line', () => {
    const text = taken('parallel_deployment:\n  a:\n    - task: t\n      type: mine§\n', 'Ignore CODE012 here');
    assert.match(text, /type: mine {2}# code-ignore CODE012\n/);
    assert.deepEqual(codes(text), []);
  });

  it('adds the code to a comment of that kind', () => {
    const text = taken(
      'parallel_deployment:\n  a:\n    - task: t\n      type: mine§  # code-ignore CODE001\n',
      'Ignore CODE012 here',
    );
    assert.match(text, /# code-ignore CODE001, CODE012\n/);
    assert.deepEqual(codes(text), []);
  });

  it('writes it above where the line has another comment', () => {
    const text = taken('parallel_deployment:\n  a:\n    - task: t\n      type: mine§ # ours\n', 'Ignore CODE012 here');
    assert.match(text, / {6}# code-ignore CODE012\n {6}type: mine # ours\n/);
    assert.deepEqual(codes(text), []);
  });

  it('is not offered inside of a text, where a comment would be a part of it', () => {
    const { actions } = offered(
      'parallel_deployment:\n  a:\n    - task: t\n      type: shell\n      with:\n        run: |\n          echo ${{ inp§ut.x }}\n',
    );
    assert.deepEqual(
      actions.filter(({ title }) => title.startsWith('Ignore')),
      [],
    );
  });
});

describe('moving tasks', () => {
  const FILE =
    'parallel_deployment:\n  a:\n    - task: one\n      type: shell\n      with: { run: x }\n    - task: two\n      type: shell\n      with: { run: x }\n  b:\n    - task: three\n      type: shell\n      depends_on: one\n      with: { run: x }\n  c:\n    - task: four\n      type: shell\n      with: { run: x }\n';
  const on = (needle: string): string => FILE.replace(needle, `${needle}§`);

  it('is offered for the stages that the dependencies allow', () => {
    const titles = (needle: string): string[] =>
      offered(on(needle), ['refactor.move']).actions.map(({ title }) => title);
    assert.deepEqual(titles('task: one'), ['Move one to b']);
    assert.deepEqual(titles('task: two'), ['Move two to b', 'Move two to c']);
    assert.deepEqual(titles('task: three'), ['Move three to a', 'Move three to c']);
  });

  it('takes the whole task along', () => {
    const text = taken(on('task: two'), 'Move two to c');
    assert.match(
      text,
      /task: four\n {6}type: shell\n {6}with: \{ run: x \}\n {4}- task: two\n {6}type: shell\n {6}with: \{ run: x \}\n$/,
    );
    assert.equal(text.match(/task: two/g)?.length, 1);
    assert.deepEqual(
      codes(text).filter((code) => code !== 'CODE017'),
      [],
    );
  });

  it('sets the task’s columns to those of its new stage', () => {
    const source =
      'parallel_deployment:\n  a:\n    - task: one\n      type: shell\n      with: { run: x }\n    - task: t§wo\n      type: shell\n      with:\n        run: |\n          echo\n  b:\n  - task: three\n    type: shell\n    with: { run: x }\n';
    const text = taken(source, 'Move two to b');
    assert.match(text, / {2}- task: two\n {4}type: shell\n {4}with:\n {6}run: \|\n {8}echo\n$/);
    assert.deepEqual(codes(text), []);
  });

  it('extracts a task to a stage of its own, after the others or before what waits for it', () => {
    const text = taken(on('task: two'), 'Extract two to a stage of its own');
    assert.match(text, / {2}a_two:\n {4}- task: two\n/);
    assert.ok(text.indexOf('a_two') > text.indexOf('task: one') && text.indexOf('a_two') < text.indexOf('  b:'));
    assert.deepEqual(
      codes(text).filter((code) => code !== 'CODE017'),
      [],
    );
  });
});
