import assert from 'node:assert/strict';
import { complete, type Completion } from '../../../src/language/editor/complete.ts';
import { applied, marked } from './support.ts';

const list = (source: string, mark = '|'): readonly Completion[] => {
  const { document, at } = marked(source, {}, mark);
  return complete(document, at).items;
};
const labels = (source: string): string[] => list(source).map(({ label }) => label);

/** The text after taking an entry, its placeholders left away. */
function take(source: string, label: string): string {
  const { text, document, at } = marked(source);
  const item = complete(document, at).items.find((each) => each.label === label);
  assert.ok(item, `${label} is offered`);
  const indent = /^ */.exec(text.split('\n')[item.range.start.line] ?? '')?.[0] ?? '';
  const newText = item.insert
    .replaceAll('\n', `\n${indent}`)
    .replace(/\$\{\d+:((?:[^}\\]|\\.)*)\}|\$\d/g, '$1')
    .replace(/\\([$}\\])/g, '$1');
  return applied(text, [{ range: item.range, newText }]);
}

const HEAD = `name: shop
inputs:
  replicas: { type: number, default: 2, description: Pods per service }
env: { REGION: eu-west-1 }
secrets: [DB_PASSWORD]
parallel_deployment:
  stage_1:
    - task: provision
      type: opentofu
    - task: build-image
      type: docker
  stage_2:
`;

describe('completion of keys', () => {
  it('offers the keys of the language in an empty file, and a whole workflow first', () => {
    const offered = labels('|');
    assert.equal(offered[0], 'workflow');
    assert.ok(offered.includes('inputs') && offered.includes('finally'));
    assert.ok(!offered.includes('task'));
  });

  it('offers top-level keys that are not there yet', () => {
    const offered = labels(`name: x\n|\nparallel_deployment:\n  a:\n    - task: t\n      type: shell\n`);
    assert.ok(offered.includes('schedule'));
    assert.ok(!offered.includes('name') && !offered.includes('parallel_deployment'));
  });

  it('offers the keys of a task that it does not have, above or below', () => {
    const offered = labels(`${HEAD}    - task: deploy\n      |\n      type: helm\n`);
    assert.ok(offered.includes('depends_on') && offered.includes('with'));
    assert.ok(!offered.includes('task') && !offered.includes('type'));
  });

  it('goes on from the first letters, and takes their place', () => {
    assert.equal(take(`${HEAD}    - task: deploy\n      ti|\n`, 'timeout').split('\n').at(-2), '      timeout: ');
  });

  it('leaves the colon that is there', () => {
    assert.match(take(`${HEAD}    - task: deploy\n      ty|: helm\n`, 'type'), / {6}type: helm\n/);
  });

  it('offers the parameters of the task’s type, wherever the type stands', () => {
    const offered = labels(`${HEAD}    - task: deploy\n      with:\n        chart: x\n        |\n      type: helm\n`);
    assert.ok(offered.includes('namespace') && offered.includes('values'));
    assert.ok(!offered.includes('chart') && !offered.includes('task'));
  });

  it('offers parameters in brackets, too', () => {
    const offered = labels(`${HEAD}    - task: deploy\n      type: helm\n      with: { chart: x, | }\n`);
    assert.ok(offered.includes('namespace'));
    assert.ok(!offered.includes('chart'));
  });

  it('offers keys below a key of the language: retry, inputs, limits', () => {
    assert.deepEqual(labels(`limits:\n  |\n`).sort(), ['cpu', 'io']);
    assert.ok(labels(`${HEAD}    - task: a\n      type: shell\n      retry:\n        |\n`).includes('attempts'));
    assert.ok(labels(`inputs:\n  region:\n    |\n`).includes('options'));
  });

  it('offers a task of each type where a task may begin, with its dash where that is missing', () => {
    const text = take(`${HEAD}    |\n`, 'task helm');
    assert.match(text, / {4}- task: helm\n {6}type: helm\n/);
    assert.match(take(`${HEAD}    - |\n`, 'task helm'), / {4}- task: helm\n {6}type: helm/);
  });

  it('offers nothing behind a value, in a comment, or in the text of a script', () => {
    assert.deepEqual(labels(`${HEAD}    - task: a # |\n`), []);
    assert.deepEqual(
      list(`${HEAD}    - task: a\n      type: shell\n      with:\n        run: |\n          ec§\n`, '§'),
      [],
    );
    assert.deepEqual(labels(`${HEAD}    - task: a\n        |\n`), []);
  });
});

describe('completion of values', () => {
  it('offers task types with what they do, and their aliases', () => {
    const items = list(`${HEAD}    - task: deploy\n      type: he|\n`);
    const helm = items.find(({ label }) => label === 'helm');
    assert.match(helm?.detail ?? '', /chart/);
    assert.match(helm?.docs ?? '', /Licence Apache-2.0/);
    assert.match(take(`${HEAD}    - task: deploy\n      type: |\n`, 'podman'), /type: podman/);
  });

  it('offers tasks to depend on: of this stage and earlier ones, not itself, not those named already', () => {
    const offered = labels(
      `${HEAD}    - task: other\n      type: shell\n    - task: deploy\n      type: helm\n      depends_on: [provision, |]\n  stage_3:\n    - task: late\n      type: shell\n`,
    );
    assert.deepEqual(offered, ['other', 'build-image']);
    assert.ok(
      labels(`${HEAD}    - task: deploy\n      type: helm\n      depends_on:\n        - |\n`).includes('provision'),
    );
  });

  it('offers the words of an enumeration, of a parameter and of the language, and durations', () => {
    assert.ok(labels(`${HEAD}    - task: d\n      type: helm\n      with:\n        action: |\n`).includes('uninstall'));
    assert.deepEqual(labels(`schedule: |\n`), ['stages', 'graph']);
    assert.deepEqual(labels(`${HEAD}    - task: d\n      type: helm\n      allow_failure: |\n`), ['true', 'false']);
    assert.ok(labels(`defaults: { timeout: | }\n`).includes('5m'));
  });

  it('offers the folders and files that a path may go on with, seen from the working directory', () => {
    const asked: string[] = [];
    const { document, at } = marked(
      `${HEAD}    - task: d\n      type: helm\n      cwd: infra\n      with:\n        values: deploy/p|\n`,
    );
    const { items } = complete(document, at, {
      list: (folder) => {
        asked.push(folder);
        return [
          { name: 'prod.yaml', kind: 'file' },
          { name: 'parts', kind: 'folder' },
        ];
      },
    });
    assert.deepEqual(new Set(asked), new Set(['infra/deploy']));
    assert.deepEqual(new Set(items.map(({ insert }) => insert)), new Set(['prod.yaml', 'parts/']));
  });
});

describe('completion in expressions', () => {
  const inRun = (expression: string): string =>
    `${HEAD}    - task: deploy\n      type: shell\n      env: { MINE: x }\n      matrix: { tier: [web, api] }\n      with:\n        run: "echo \${{ ${expression} }}"\n`;

  it('begins with the roots and the functions', () => {
    const offered = labels(inRun('|'));
    for (const name of ['inputs', 'env', 'secrets', 'matrix', 'tasks', 'run', 'target', 'format', 'success'])
      assert.ok(offered.includes(name), name);
  });

  it('knows what the file declares', () => {
    assert.deepEqual(labels(inRun('inputs.|')), ['replicas']);
    assert.deepEqual(labels(inRun('env.|')).sort(), ['MINE', 'REGION']);
    assert.deepEqual(labels(inRun('secrets.|')), ['DB_PASSWORD']);
    assert.deepEqual(labels(inRun('matrix.|')), ['tier']);
    assert.deepEqual(labels(inRun('target.|')).sort(), ['distro', 'os', 'wsl']);
  });

  it('knows tasks, their members and their outputs', () => {
    assert.ok(labels(inRun('tasks.|')).includes('provision'));
    assert.deepEqual(labels(inRun('tasks.provision.|')).sort(), ['outputs', 'status']);
    assert.ok(labels(inRun('tasks["build-image"].outputs.|')).includes('digest'));
  });

  it('writes brackets for a name that needs them', () => {
    assert.match(take(inRun('tasks.|'), 'build-image'), /\$\{\{ tasks\["build-image"\] \}\}/);
    assert.match(take(inRun('tasks["bu|"]'), 'build-image'), /\$\{\{ tasks\["build-image"\] \}\}/);
  });

  it('puts tasks that are not upstream last, and says so', () => {
    const items = list(`${inRun('tasks.|')}    - task: beside\n      type: shell\n`);
    assert.match(items.at(-1)?.detail ?? '', /not upstream/);
    assert.equal(items.at(-1)?.label, 'beside');
  });

  it('works before the braces are closed, and in a condition without any', () => {
    assert.deepEqual(
      labels(`${HEAD}    - task: d\n      type: shell\n      with:\n        run: echo \${{ inputs.re|\n`),
      ['replicas'],
    );
    assert.deepEqual(labels(`${HEAD}    - task: d\n      type: shell\n      when: inputs.|\n`), ['replicas']);
    assert.ok(
      labels(
        `${HEAD}    - task: d\n      type: shell\n      when: tasks.provision.status == 'failed' && ta|\n`,
      ).includes('target'),
    );
  });

  it('says nothing inside of a text', () => {
    assert.deepEqual(labels(`${HEAD}    - task: d\n      type: shell\n      when: target.os == 'li|\n`), []);
  });
});
