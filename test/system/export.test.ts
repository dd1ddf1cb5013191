import assert from 'node:assert/strict';
import { join } from 'node:path';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { stringify } from 'yaml';
import { makePlan } from '../../src/graph/lower.ts';
import { readWorkflow } from '../../src/language/read.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';
import { compileTekton } from '../../src/targets/tekton/compile.ts';
import { freshName, kubectl, makeNamespace, needsTekton } from './cluster.ts';

const workflow = `name: hand over
inputs: { who: { type: string, default: you }, loud: { type: boolean, default: false } }
parallel_deployment:
  one:
    - task: greet
      type: shell
      with: { shell: sh, run: "echo greeting=hello >>$CODE_OUTPUT" }
    - { task: loud, type: shell, when: inputs.loud, with: { shell: sh, run: exit 1 } }
  two:
    - task: tell
      type: shell
      env: { WHO: "\${{ inputs.who }}" }
      with: { shell: sh, run: "echo \${{ tasks.greet.outputs.greeting }} $WHO" }
finally:
  - { task: bye, type: shell, with: { shell: sh, run: echo bye } }
`;

describe('an exported workflow on the real controller of Tekton', function () {
  this.timeout(360_000);
  const namespace = freshName('export');
  let made = false;
  before(function () {
    needsTekton.call(this);
    makeNamespace(namespace);
    made = true;
  });
  after(() => {
    if (made) kubectl('delete', 'namespace', namespace, '--ignore-not-found', '--wait=false');
  });

  it('runs, with outputs, inputs, conditions and the end as the workflow has them', async () => {
    const file = '/w/hand-over.code.yaml';
    const read = await readWorkflow(workflow, { path: file, catalogue });
    assert.ok(read.workflow !== undefined);
    const plan = makePlan(read.workflow, { catalogue, file, root: '/w', inputs: {} });
    assert.ok(plan.ok);
    const image = 'testbed.local/busybox:1';
    const compiled = compileTekton({
      plan: plan.value,
      image,
      engineImage: image,
      file: 'hand-over.code.yaml',
      approvers: [],
      namespace,
    });
    const [pipeline, run] = compiled.objects;
    assert.ok(pipeline !== undefined && run !== undefined);
    // The test bed has no storage to claim.
    const spec = { ...(run['spec'] as object), workspaces: [{ name: 'source', emptyDir: {} }] };
    const started = { ...run, metadata: { name: 'it', namespace }, spec };
    const objects = join(mkdtempSync(join(tmpdir(), 'code-export-')), 'objects.yaml');
    writeFileSync(objects, `${stringify(pipeline)}---\n${stringify(started)}`);
    kubectl('create', '-f', objects);
    kubectl('-n', namespace, 'wait', 'pipelinerun/it', '--for=jsonpath={.status.completionTime}', '--timeout=150s');
    const ended = kubectl('-n', namespace, 'get', 'pipelinerun/it', '-o', 'jsonpath={.status.conditions[0].message}');
    assert.match(ended, /Completed: 3 \(Failed: 0, Cancelled 0\), Skipped: 1/);
    const log = (task: string): string =>
      kubectl('-n', namespace, 'logs', '-l', `tekton.dev/pipelineTask=${task}`, '-c', 'step-run');
    assert.match(log('tell'), /^hello you\n?$/);
    assert.match(log('bye'), /^bye/);
    const skipped = kubectl('-n', namespace, 'get', 'pipelinerun/it', '-o', 'jsonpath={.status.skippedTasks[*].name}');
    assert.equal(skipped, 'loud');
  });
});
