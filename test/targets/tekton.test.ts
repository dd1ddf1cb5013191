import assert from 'node:assert/strict';
import { makePlan } from '../../src/graph/lower.ts';
import { readWorkflow } from '../../src/language/read.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';
import { compileTekton, type TektonPipeline, type TektonRequest } from '../../src/targets/tekton/compile.ts';

interface PipelineTask {
  readonly name: string;
  readonly runAfter?: readonly string[];
  readonly taskRef?: { readonly kind: string };
  readonly taskSpec?: {
    readonly steps: readonly Readonly<Record<string, unknown>>[];
    readonly results?: readonly { readonly name: string }[];
  };
  readonly [key: string]: unknown;
}

async function compiled(
  text: string,
  more: Partial<TektonRequest> = {},
): Promise<TektonPipeline & { tasks: readonly PipelineTask[]; last: readonly PipelineTask[] }> {
  const file = '/w/deploy.code.yaml';
  const { workflow, diagnostics } = await readWorkflow(text, { path: file, catalogue });
  const errors = diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  assert.deepEqual(errors, []);
  assert.ok(workflow !== undefined);
  const plan = makePlan(workflow, { catalogue, file, root: '/w', inputs: {} });
  assert.ok(plan.ok);
  const result = compileTekton({
    plan: plan.value,
    image: 'shell:1',
    engineImage: 'engine:1',
    file: 'deploy.code.yaml',
    approvers: ['ann'],
    ...more,
  });
  const spec = result.objects[0]?.['spec'] as { tasks: PipelineTask[]; finally?: PipelineTask[] };
  return { ...result, tasks: spec.tasks, last: spec.finally ?? [] };
}
const named = (tasks: readonly PipelineTask[], name: string): PipelineTask => {
  const found = tasks.find((task) => task.name === name);
  assert.ok(found !== undefined, `no ${name} among ${tasks.map((task) => task.name).join(', ')}`);
  return found;
};
const step = (task: PipelineTask): Readonly<Record<string, unknown>> => task.taskSpec?.steps[0] ?? {};

describe('a workflow as a pipeline of Tekton', () => {
  it('keeps stages and dependencies as an order, and instances of a matrix as tasks', async () => {
    const { tasks, last } = await compiled(`name: Shop
parallel_deployment:
  one:
    - { task: a, type: shell, with: { run: echo a } }
    - { task: b, type: shell, matrix: { x: [1, 2] }, with: { command: [echo, "\${{ matrix.x }}"] } }
  two:
    - { task: c, type: shell, with: { run: echo c } }
finally:
  - { task: d, type: shell, with: { run: echo d } }
`);
    assert.deepEqual(tasks.map(({ name }) => name), ['a', 'b-x-1', 'b-x-2', 'c']); // prettier-ignore
    assert.deepEqual(named(tasks, 'c').runAfter, ['a', 'b-x-1', 'b-x-2']);
    assert.deepEqual(step(named(tasks, 'b-x-2'))['command'], ['echo', '2']);
    assert.deepEqual([last.map(({ name }) => name), named(last, 'd').runAfter], [['d'], undefined]);
  });

  it('passes inputs, secrets and outputs on, none of them as a text of the pipeline', async () => {
    const { tasks, objects, losses } = await compiled(`name: Shop
inputs: { region: { type: string, default: eu } }
secrets: [PASSWORD]
env: { REGION: "\${{ inputs.region }}" }
parallel_deployment:
  one: [{ task: version, type: shell, with: { run: "echo number=1 >> $CODE_OUTPUT" } }]
  two:
    - task: use
      type: shell
      env: { PW: "\${{ secrets.PASSWORD }}" }
      with: { run: "echo \${{ tasks.version.outputs.number }} in $REGION" }
`);
    assert.deepEqual(named(tasks, 'version').taskSpec?.results, [{ name: 'number' }]);
    assert.deepEqual(named(tasks, 'use')['params'], [
      { name: 'version-number', value: '$(tasks.version.results.number)' },
    ]);
    assert.match(String(step(named(tasks, 'use'))['script']), /echo \$\(params\.version-number\) in \$REGION/);
    assert.deepEqual(step(named(tasks, 'use'))['env'], [
      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'shop-secrets', key: 'PASSWORD' } } },
      { name: 'REGION', value: '$(params.region)' },
      { name: 'PW', value: '$(PASSWORD)' },
    ]);
    assert.deepEqual((objects[0]?.['spec'] as { params: unknown }).params, [
      { name: 'region', type: 'string', default: 'eu' },
    ]);
    assert.ok(losses.some(({ message }) => message.includes('shop-secrets')));
  });

  it('never goes past an approval, and asks only where the task would run', async () => {
    const { tasks, losses } = await compiled(`inputs: { go: { type: boolean, default: false } }
parallel_deployment:
  one:
    - { task: ship, type: shell, when: inputs.go, approval: { message: Ship? }, with: { run: echo ship } }
`);
    const gate = named(tasks, 'ship-approval');
    assert.equal(gate.taskRef?.kind, 'ApprovalTask');
    assert.deepEqual(named(tasks, 'ship').runAfter, ['ship-approval']);
    const when = [{ input: '$(params.go)', operator: 'in', values: ['true'] }];
    assert.deepEqual([gate['when'], named(tasks, 'ship')['when']], [when, when]);
    assert.ok(losses.some(({ task, message }) => task === 'ship' && message.includes('ann')));
  });

  it('never runs what has a condition that it cannot say', async () => {
    const { tasks, losses } = await compiled(`inputs: { n: { type: number, default: 1 } }
parallel_deployment:
  one: [{ task: a, type: shell, when: inputs.n > 3 || inputs.n == 1, with: { run: echo a } }]
`);
    assert.deepEqual(named(tasks, 'a')['when'], [{ input: 'false', operator: 'in', values: ['true'] }]);
    assert.ok(losses.some(({ task, kind }) => task === 'a' && kind === 'lost'));
  });

  it('lets code-engine run what is no shell text, and tells what gets lost', async () => {
    const { tasks, losses } = await compiled(`inputs: { url: { type: string, default: "http://x" } }
parallel_deployment:
  one:
    - task: probe
      type: http
      retry: { attempts: 3, delay: 2s }
      timeout: 90s
      resources: { lock: shop }
      with: { url: "\${{ inputs.url }}" }
`);
    const { command, args, image } = step(named(tasks, 'probe'));
    assert.deepEqual([command, image], [['code-engine'], 'engine:1']);
    assert.deepEqual(args, ['run', 'deploy.code.yaml', '--only', 'probe', '--yes', '--input', 'url=$(params.url)']);
    assert.deepEqual([named(tasks, 'probe')['retries'], named(tasks, 'probe')['timeout']], [2, '90s']);
    const lost = losses.filter(({ task, kind }) => task === 'probe' && kind === 'lost').map(({ message }) => message);
    assert.equal(lost.length, 2, lost.join('\n'));
  });

  it('fetches the sources first where it is told from where', async () => {
    const git = { url: 'https://git.example.org/shop.git', image: 'git:1' };
    const { tasks } = await compiled(`parallel_deployment: { one: [{ task: a, type: shell, with: { run: "true" } }] }`, { git }); // prettier-ignore
    assert.deepEqual(named(tasks, 'a').runAfter, ['fetch-source']);
  });
});
