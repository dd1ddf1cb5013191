import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshName, kubeconfig, kubectl, makeNamespace, needsTekton } from './cluster.ts';

const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

const workflow = (end: string, more = ''): string => `name: hand over
inputs: { who: { type: string } }
parallel_deployment:
  one:
    - task: greet
      type: shell
      with: { shell: sh, run: "echo greeting=hello >>$CODE_OUTPUT" }
  two:
    - task: tell
      type: shell${more}
      env: { WHO: "\${{ inputs.who }}" }
      with: { shell: sh, run: "echo \${{ tasks.greet.outputs.greeting }} $WHO; ${end}" }
`;

describe('run --on tekton, with the real controller', function () {
  this.timeout(360_000);
  const namespace = freshName('on-tekton');
  let made = false;
  let folder = '';
  before(function () {
    needsTekton.call(this);
    makeNamespace(namespace);
    made = true;
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'on-tekton-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  after(() => {
    if (made) kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--wait=false');
  });

  interface Said {
    readonly code: number | null;
    readonly out: string;
    readonly err: string;
  }
  const engine = (...args: string[]): Said => {
    const env = { ...process.env, KUBECONFIG: kubeconfig, CODE_ENGINE_HOME: join(folder, 'home') };
    const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    return { code: status, out: stdout, err: stderr };
  };
  const run = (text: string, ...more: string[]): Said => {
    writeFileSync(join(folder, 'w.code.yaml'), text);
    const on = ['--on', 'tekton', '--namespace', namespace, '--image', 'testbed.local/busybox:1'];
    return engine('run', 'w.code.yaml', '--input', 'who=you', ...on, ...more);
  };

  it('runs the workflow as a pipeline, with its inputs and outputs, and shows its logs', () => {
    const { code, out, err } = run(workflow('true'));
    assert.equal(code, 0, out + err);
    const log = engine('runs', 'logs', /run (\S+):/.exec(out)?.[1] ?? '', '--task', 'pipeline');
    assert.match(log.out, /\[tell\/run\] hello you/);
    const objects = kubectl(
      '-n',
      namespace,
      'get',
      'pipelineruns',
      '-o',
      'jsonpath={.items[*].status.conditions[0].reason}',
    );
    assert.match(objects, /Succeeded|Completed/);
  });

  it('fails with the task that failed', () => {
    const { code, out, err } = run(workflow('exit 3'));
    assert.equal(code, 1, out + err);
    assert.match(out + err, /tell: .*code 3/);
  });

  it('starts nothing that would lose a part of the workflow, unless it is told to', () => {
    const { code, err } = run(workflow('true', '\n      cache: { inputs: [a] }'));
    assert.equal(code, 2);
    assert.match(err, /1 thing of this workflow would be lost; nothing was started/);
    assert.match(err, /tell: It runs each time: a pipeline has no cache/);
    assert.match(err, /--yes/);
  });
});
