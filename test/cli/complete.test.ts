import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { engine, Workspace } from './built.ts';

const WORKFLOW = `
inputs: { region: { default: eu, description: Where it runs } }
parallel_deployment:
  one:
    - { task: build_api, type: shell, description: The API, with: { run: "echo a" } }
    - { task: build_page, type: shell, with: { run: "echo b" } }
`;

describe('the Tab key', function () {
  this.timeout(60_000);
  let place: Workspace;
  beforeEach(() => {
    place = new Workspace();
    place.file('deploy.code.yaml', WORKFLOW);
    place.file('notes.txt', '');
  });
  afterEach(() => place.close());

  const offered = (...words: readonly string[]): string[] => {
    const { code, out, err } = place.run(['__complete', '--', ...words]);
    assert.deepEqual([code, err], [0, '']);
    return out.split('\n').filter(Boolean);
  };
  const values = (...words: readonly string[]): string[] => offered(...words).map((line) => line.split('\t')[0] ?? '');

  it('offers commands and what they are, actions of runs, and the options of each', () => {
    assert.deepEqual(offered('vali'), ['validate\twhat is wrong with workflow files, word by word']);
    assert.deepEqual(values('runs', 're'), ['resume']);
    assert.ok(['list', 'show', 'logs', 'prune'].every((name) => values('runs', '').includes(name)));
    assert.deepEqual(values('run', 'deploy.code.yaml', '--fail'), ['--fail-fast']);
    assert.deepEqual(values('runs', 'prune', '--older'), ['--older-than']);
    assert.deepEqual(values('wsl', 'set'), ['setup']);
    assert.deepEqual(values('help', 'doc'), ['doctor']);
    assert.deepEqual(values('frobnicate', ''), []);
  });

  it('offers workflows and no other files, their tasks and inputs, and the values of options', () => {
    place.file('sub/other.code.yml', WORKFLOW);
    assert.deepEqual(values('run', ''), ['.code/', 'deploy.code.yaml', 'sub/']);
    assert.deepEqual(values('validate', 'sub/'), ['sub/other.code.yml']);
    assert.deepEqual(offered('run', 'deploy.code.yaml', '--only', 'build_a'), ['build_api\tThe API']);
    assert.deepEqual(offered('preview', 'deploy.code.yaml', '--input', ''), ['region=\tWhere it runs']);
    assert.deepEqual(values('run', 'deploy.code.yaml', '--on', 't'), ['tekton']);
    assert.deepEqual(values('types', 'kuber'), ['kubernetes']);
    assert.deepEqual(values('run', 'none.code.yaml', '--only', ''), []);
  });

  it('offers the runs that there are, and their tasks', () => {
    assert.deepEqual(values('runs', 'show', ''), []);
    place.run(['run', 'deploy.code.yaml', '--quiet']);
    const [run] = place.runs();
    assert.deepEqual(offered('runs', 'show', ''), [
      'last\tdeploy, succeeded',
      `${run?.runId ?? ''}\tdeploy, succeeded`,
    ]);
    assert.deepEqual(values('runs', 'logs', 'last', '--task', 'build_p'), ['build_page']);
    assert.deepEqual(values('runs', 'approve', 'last', ''), ['build_api', 'build_page']);
  });

  it('works in bash as it is told to', function () {
    if (spawnSync('bash', ['--version']).error !== undefined) {
      console.log('      skipped: there is no bash');
      this.skip();
    }
    const program = place.file('bin/code-engine', `#!/bin/sh\nexec "${process.execPath}" "${engine}" "$@"\n`);
    chmodSync(program, 0o755);
    const script = `eval "$(code-engine completion bash)"
COMP_WORDS=(code-engine run deploy.code.yaml --only build_)
COMP_CWORD=4
_code_engine
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const done = spawnSync('bash', ['--norc', '-c', script], {
      cwd: place.folder,
      encoding: 'utf8',
      env: place.environment({ PATH: `${place.path('bin')}:${process.env.PATH ?? ''}` }),
    });
    assert.equal(done.stdout, 'build_api\nbuild_page\n', done.stderr);
  });

  it('is told which shells there are', () => {
    const { code, out, err } = place.run(['completion', 'csh']);
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /Allowed choices are bash, zsh, fish/);
    assert.match(place.run(['completion', '--help']).out, /eval "\$\(code-engine completion bash\)"/);
  });
});
