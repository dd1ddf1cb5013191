import assert from 'node:assert/strict';
import { tekton } from '../../src/tasks/tekton.ts';
import { perform, workbench, type Workbench } from '../tasks/context.ts';
import { freshName, kubeconfig, kubectl, makeNamespace, needsTekton, previewOf, writeFiles } from './cluster.ts';

const task = (name: string, script: string): string => `apiVersion: tekton.dev/v1
kind: Task
metadata: { name: ${name} }
spec:
  params: [{ name: who, type: string, default: world }]
  results: [{ name: greeting }]
  steps:
    - name: main
      image: testbed.local/busybox:1
      command: [sh, -c, ${JSON.stringify(script)}]
`;
const pipeline = `apiVersion: tekton.dev/v1
kind: Pipeline
metadata: { name: greet }
spec:
  params: [{ name: who, type: string }]
  results: [{ name: said, value: $(tasks.second.results.greeting) }]
  tasks:
    - { name: first, taskRef: { name: hello }, params: [{ name: who, value: $(params.who) }] }
    - { name: second, taskRef: { name: hello }, params: [{ name: who, value: $(tasks.first.results.greeting) }] }
`;
const hello = task('hello', 'echo greeting $(params.who); printf "hello $(params.who)" > $(results.greeting.path)');

describe('tekton with its real controller', function () {
  this.timeout(360_000);
  let bench: Workbench;
  let namespace: string;
  const namespaces: string[] = [];

  before(needsTekton);
  beforeEach(async () => {
    bench = await workbench({ env: { KUBECONFIG: kubeconfig } });
    namespace = freshName('tekton');
    namespaces.push(namespace);
    makeNamespace(namespace);
  });
  after(() => {
    for (const one of namespaces) kubectl('delete', 'namespace', one, '--ignore-not-found', '--wait=false');
  });

  const given = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
    namespace,
    timeout: '240s',
    ...more,
  });

  it('says beforehand which run it would start, and what is missing to start one', async () => {
    const shown = await previewOf(tekton, given({ pipeline: 'release' }), bench);
    assert.deepEqual(shown.ok && [shown.value.text, shown.value.changes.create], [
      `+ a run of the Pipeline release in ${namespace}`,
      1,
    ]);
    const nothing = await previewOf(tekton, given(), bench);
    assert.match(nothing.ok ? '' : nothing.failure.message, /There is nothing to start/);
  });

  it('runs a pipeline of two tasks that pass results on, shows its logs, and gives its results', async () => {
    await writeFiles(bench.root, { 'tekton/all.yaml': `${hello}---\n${pipeline}` });
    const result = await perform(tekton, given({ manifests: 'tekton', params: { who: 'you' } }), bench);
    assert.ok(result.ok, result.ok ? '' : `${result.failure.message}\n${bench.lines.join('\n')}`);
    assert.deepEqual(result.value.results, { said: 'hello hello you' });
    assert.ok(bench.lines.includes('[first/main] greeting you'), bench.lines.join('\n'));
    assert.ok(bench.lines.includes('[second/main] greeting hello you'), bench.lines.join('\n'));
    assert.equal(await tekton.probe?.(tekton.parameters.parse(given()), bench), 'done');
  });

  it('fails with the task that failed, and its words are in the log', async () => {
    await writeFiles(bench.root, { 'tekton/all.yaml': task('broken', 'echo no such table; exit 3') });
    const result = await perform(tekton, given({ manifests: 'tekton' }), bench);
    assert.ok(!result.ok);
    assert.match(result.failure.message, /TaskRun.*broken-.*Failed/);
    assert.ok(bench.lines.includes('[broken/main] no such table'), bench.lines.join('\n'));
  });

  it('cancels the run in the cluster when the task is cancelled', async () => {
    await writeFiles(bench.root, { 'tekton/all.yaml': task('slow', 'echo begun; sleep 300') });
    const running = perform(tekton, given({ manifests: 'tekton' }), bench);
    const until = Date.now() + 200_000;
    while (!bench.lines.includes('[slow/main] begun') && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 50));
    bench.cancel();
    const result = await running;
    assert.ok(!result.ok);
    assert.equal(result.failure.kind, 'cancelled');
    const status = kubectl('-n', namespace, 'get', 'taskruns', '-o', 'jsonpath={.items[*].spec.status}');
    assert.equal(status, 'TaskRunCancelled');
  });
});
