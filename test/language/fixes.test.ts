import assert from 'node:assert/strict';
import type { WorkspaceFiles } from '../../src/core/catalogue.ts';
import { applyFix, diagnose } from './support.ts';

const stage = (tasks: string, head = ''): string => `${head}parallel_deployment:\n  one:\n${tasks}`;
const task = (name: string, more = ''): string =>
  `    - task: ${name}\n      type: shell\n${more}      with: { run: "true" }\n`;

/** Mends the first diagnostic of that code. */
function mended(text: string, code: string): string {
  const found = diagnose(text).find((diagnostic) => diagnostic.code === code);
  assert.ok(
    found !== undefined,
    `no ${code} in ${diagnose(text)
      .map((d) => d.code)
      .join(', ')}`,
  );
  const after = applyFix(text, found);
  const left = diagnose(after).filter((diagnostic) => diagnostic.code === code && diagnostic.message === found.message);
  assert.deepEqual(left, [], after);
  return after;
}

describe('a mend', () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['a misspelt type', 'CODE012', stage(task('a').replace('type: shell', 'type: shel')), 'type: shell\n'],
    [
      'a misspelt type in quotes, which stay',
      'CODE012',
      stage(task('a').replace('type: shell', 'type: "shel"')),
      'type: "shell"\n',
    ],
    ['a misspelt key', 'CODE003', stage(task('a', '      timout: 5m\n')), '      timeout: 5m\n'],
    ['a key of another tool', 'CODE003', stage(task('b') + task('a', '      needs: b\n')), '      depends_on: b\n'],
    [
      'a misspelt dependency',
      'CODE013',
      stage(task('build') + task('a', '      depends_on: [biuld]\n')),
      'depends_on: [build]',
    ],
    [
      'a dependency named twice',
      'CODE017',
      stage(task('b') + task('a', '      depends_on: [b, b]\n')),
      'depends_on: [b]\n',
    ],
    [
      'the first of two dependencies',
      'CODE014',
      stage(task('b') + task('a', '      depends_on: [a, b]\n')),
      'depends_on: [b]\n',
    ],
    [
      'the only dependency, with its line',
      'CODE014',
      stage(task('a', '      depends_on: [a]\n')),
      '      type: shell\n      with:',
    ],
    [
      'a dependency on a line of its own',
      'CODE014',
      stage(task('b') + task('a', '      depends_on:\n        - b\n        - a\n')),
      '      depends_on:\n        - b\n      with:',
    ],
    ['a duration with a word for the unit', 'CODE030', stage(task('a', '      timeout: 5 minutes\n')), 'timeout: 5m\n'],
    ['a duration without a unit', 'CODE031', stage(task('a', '      timeout: 30\n')), 'timeout: 30s\n'],
    ['a number for a text', 'CODE032', stage(task('a').replace('"true"', '1.10')), 'run: "1.10"'],
    ['a text for a list', 'CODE032', stage(task('a').replace('run: "true"', 'command: ls')), 'command: [ls]'],
    ['a task of one name', 'CODE010', stage(task('a') + task('a')), '- task: a_2\n'],
    ['a key without a colon', 'CODE001', stage(task('a', '      description\n')), '      description:\n'],
    ['a stage without a colon', 'CODE001', `${stage(task('a'))}  two\n`, '  two:\n'],
    ['a stage that slipped', 'CODE001', `${stage(task('a'))}   two:\n${task('b')}`, '\n  two:\n'],
    [
      'an output without the dependency',
      'CODE043',
      stage(
        task('a') + '    - task: b\n      type: shell\n      with: { run: "echo ${{ tasks.a.outputs.stdout }}" }\n',
      ),
      '      type: shell\n      depends_on: [a]\n      with:',
    ],
    [
      'an output with another dependency',
      'CODE043',
      stage(
        task('a') +
          task('c') +
          '    - task: b\n      type: shell\n      depends_on: [c]\n      with: { run: "echo ${{ tasks.a.outputs.stdout }}" }\n',
      ),
      'depends_on: [c, a]\n',
    ],
    [
      'a minus in a name',
      'CODE041',
      stage(
        task('a-b') +
          '    - task: c\n      type: shell\n      depends_on: a-b\n      with: { run: "${{ tasks.a-b.outputs.stdout }}" }\n',
      ),
      "${{ tasks['a-b'].outputs.stdout }}",
    ],
    [
      'a secret nobody declared',
      'CODE044',
      stage(task('a', '      env: { P: "${{ secrets.DB }}" }\n')),
      'secrets: [DB]\nparallel_deployment:',
    ],
    [
      'one more secret',
      'CODE044',
      stage(task('a', '      env: { P: "${{ secrets.DB }}" }\n'), 'secrets: [OTHER_ONE]\n'),
      'secrets: [OTHER_ONE, DB]\n',
    ],
    [
      'an input nobody declared',
      'CODE045',
      stage(task('a', '      env: { P: "${{ inputs.replicas }}" }\n'), 'inputs:\n  region: { default: eu }\n'),
      '  region: { default: eu }\n  replicas: { type: string }\n',
    ],
    [
      'a secret written out',
      'CODE051',
      stage(task('a', '      env: { DB_PASSWORD: hunter2 }\n')),
      'DB_PASSWORD: ${{ secrets.DB_PASSWORD }}',
    ],
    [
      'a condition half in braces',
      'CODE040',
      stage(task('a', "      when: ${{ target.os }} == 'linux'\n")),
      `when: "target.os == 'linux'"`,
    ],
    ['a Windows path', 'CODE061', stage(task('a', '      cwd: C:\\Users\\me\n')), 'cwd: /mnt/c/Users/me\n'],
    [
      'a barrier',
      'CODE022',
      `parallel_deployment:\n  one:\n${task('a', '      timeout: 10m\n')}${task('b', '      timeout: 1m\n')}  two:\n${task('c', '      timeout: 10m\n      depends_on: [b]\n')}`,
      'schedule: graph\nparallel_deployment:',
    ],
  ];
  for (const [what, code, text, expected] of cases) {
    it(`is known for ${what}`, () => {
      const after = mended(text, code);
      assert.ok(after.includes(expected), after);
    });
  }
});

describe('what surrounds a file', () => {
  const files: WorkspaceFiles = {
    kind: (path) => (path === 'src' ? 'folder' : path === 'src/run.sh' ? 'file' : undefined),
    glob: () => [],
  };
  const codes = (text: string, options: Parameters<typeof diagnose>[1]): string[] =>
    diagnose(text, options).map(({ code, severity }) => `${severity} ${code}`);

  it('is a warning where a path leads nowhere, or to the wrong kind', () => {
    const script = (path: string, cwd = ''): string =>
      stage(`    - task: a\n      type: shell\n${cwd}      with: { script: ${path} }\n`);
    assert.deepEqual(codes(script('src/run.sh'), { files }), []);
    assert.deepEqual(codes(script('src/none.sh'), { files }), ['warning CODE060']);
    assert.deepEqual(codes(script('src'), { files }), ['warning CODE060']);
    assert.deepEqual(codes(script('run.sh', '      cwd: src\n'), { files }), []);
    assert.deepEqual(codes(script('../run.sh', '      cwd: src\n'), { files }), ['warning CODE060']);
    assert.deepEqual(codes(script('/somewhere/else'), { files }), []);
    assert.deepEqual(codes(script('"${{ env.HOME }}/x"'), { files }), ['warning CODE047']);
    assert.deepEqual(codes(script('src/none.sh'), {}), []);
  });

  it('is a warning where a bare task finds nothing', () => {
    const [found] = diagnose(stage('    - task: a\n      type: terraform\n'), { files });
    assert.deepEqual([found?.code, found?.severity], ['CODE065', 'warning']);
    assert.match(found?.message ?? '', /nothing to work on.*infra/);
  });

  it('looks for what a bare task works on in its working directory, as the plan does', () => {
    const here: WorkspaceFiles = {
      kind: (path) => (path === 'api/Dockerfile' ? 'file' : path === 'api' || path === 'web' ? 'folder' : undefined),
      glob: () => [],
    };
    const image = (cwd: string): string =>
      stage(`    - task: a\n      type: docker\n${cwd}      with: { image: registry.example/a }\n`);
    assert.deepEqual(codes(image('      cwd: api\n'), { files: here }), []);
    assert.deepEqual(codes(image(''), { files: here }), ['warning CODE065']);
    assert.match(diagnose(image('      cwd: web\n'), { files: here })[0]?.message ?? '', /Dockerfile.*seen from web/);
    assert.deepEqual(codes(image('      cwd: /elsewhere\n'), { files: here }), []);
  });

  it('is a warning for a workspace on a Windows drive, seen from WSL', () => {
    const text = stage(task('a'));
    assert.deepEqual(codes(text, { root: '/mnt/c/work', target: { os: 'linux', wsl: true } }), ['warning CODE062']);
    assert.deepEqual(codes(text, { root: '/mnt/c/work', target: { os: 'linux' } }), []);
    assert.deepEqual(codes(text, { root: '/home/me', target: { os: 'linux', wsl: true } }), []);
  });

  it('lets Windows paths be where Windows runs them, and asks the target how to convert one', () => {
    const text = stage(task('a', '      cwd: D:\\data\n'));
    assert.deepEqual(codes(text, { target: { os: 'windows' } }), []);
    const [found] = diagnose(text, { target: { os: 'linux', wsl: true, convert: () => '/drives/d/data' } });
    assert.equal(found?.fixes[0]?.title, 'Write /drives/d/data');
  });

  it('is a warning for a tool that is missing or not open source', () => {
    const text = stage('    - task: a\n      type: terraform\n');
    const missing = diagnose(text, {
      tools: new Map([
        ['tofu', null],
        ['terraform', null],
      ]),
    });
    assert.deepEqual(
      missing.map(({ code }) => code),
      ['CODE063'],
    );
    assert.equal(missing[0]?.fixes[0]?.command?.id, 'code-engine.showInstall');
    const licence = (version: string, tofu: object | null): string[] =>
      codes(text, {
        tools: new Map([
          ['tofu', tofu],
          ['terraform', { version }],
        ]),
      });
    assert.deepEqual(licence('1.9.0', null), ['warning CODE064']);
    assert.deepEqual(licence('1.5.7', null), []);
    assert.deepEqual(licence('1.9.0', {}), []);
  });
});
