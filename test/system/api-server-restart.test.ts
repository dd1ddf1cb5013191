import assert from 'node:assert/strict';
import { dirname, delimiter } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { finished, parseLines, textOf, Workspace, type Line, type Started } from '../cli/built.ts';
import { ControlPlane, needsControlPlane } from './control-plane.ts';
import { helms } from './helms.ts';

const deployment = (name: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 1
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: main, image: 'testbed.local/web:1' }] }
`;

/** Waits until the condition holds; the test's own time limit ends the wait. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(100);
}

describe('a run while a real API server is killed (kill -9) and started again', function () {
  this.timeout(400_000);
  let plane: ControlPlane;
  let place: Workspace;
  const charts = helms().map(({ name, program }) => ({ task: name.replace(/\W.*/, ''), path: dirname(program) }));
  const tasks = ['manifests', ...charts.map(({ task }) => task)];

  before(needsControlPlane);
  beforeEach(async () => {
    place = new Workspace();
    plane = await ControlPlane.up();
  });
  afterEach(async () => {
    await plane.down();
    place.close();
  });

  const PATH = (first = charts[0]?.path): string => [first, process.env.PATH].filter(Boolean).join(delimiter);
  const environment = (): NodeJS.ProcessEnv => ({ KUBECONFIG: plane.kubeconfig, PATH: PATH() });
  const tellOf = (line: Line[]): string => JSON.stringify(line.filter(({ type }) => type === 'task.finished'));
  const lines = (run: Started): Line[] => parseLines(run.out.slice(0, run.out.lastIndexOf('\n') + 1));
  const says = (run: Started, task: string): string => textOf(lines(run), task) + textOf(lines(run), task, 'stderr');

  /** A run of manifests and of a chart with each Helm, of which every task waits for its deployment; each in a namespace of its own. */
  async function waiting(patience: string): Promise<Started> {
    place.file('k8s/web.yaml', deployment('web'));
    place.file('chart/Chart.yaml', 'apiVersion: v2\nname: shop\nversion: 1.2.3\n');
    place.file('chart/templates/all.yaml', deployment('{{ .Release.Name }}'));
    const releases = charts.map(
      ({ task, path }) =>
        `    - { task: ${task}, type: helm, env: { PATH: "${PATH(path)}" }, with: { release: web, namespace: ${task}, timeout: ${patience} } }\n`,
    );
    place.file(
      'w.code.yaml',
      `parallel_deployment:\n  all:\n    - { task: manifests, type: kubernetes, with: { manifests: k8s, namespace: manifests, wait_timeout: ${patience} } }\n${releases.join('')}`,
    );
    const run = place.start(['run', 'w.code.yaml', '--json'], environment());
    // Helm 4 follows its objects as we do; Helm 3 asks again and again, and is at it once its pod is there.
    const followers = 1 + charts.filter(({ task }) => task !== 'helm3').length;
    const pods = (): string[] =>
      plane.kubectl('get', 'pods', '--all-namespaces', '--output', 'name').split('\n').filter(Boolean);
    await until(
      () =>
        run.child.exitCode !== null || (pods().length === tasks.length && plane.watches('deployments') >= followers),
    );
    assert.equal(run.child.exitCode, null, run.out + run.err);
    return run;
  }

  it('goes on waiting, says so, and ends well once what it waits for is there', async () => {
    const run = await waiting('240s');
    await plane.killServer();
    for (const task of tasks) await run.until(() => says(run, task).includes('does not answer'));
    await plane.startServer();
    for (const task of tasks) {
      await run.until(() => says(run, task).includes('answers again'));
      plane.makeReady(task);
    }
    const { code } = await run.ended;
    assert.deepEqual(
      finished(lines(run)),
      Object.fromEntries(tasks.map((task) => [task, 'succeeded'])),
      tellOf(lines(run)),
    );
    assert.equal(code, 0);
    assert.ok(
      lines(run).every((line) => line.type !== 'task.retrying'),
      'all in the first attempt',
    );
  });

  it('ends at the tasks’ own timeouts where the server never comes back, and says that it did not answer', async () => {
    const run = await waiting('20s');
    await plane.killServer();
    const { code } = await run.ended;
    assert.equal(code, 1);
    assert.deepEqual(
      finished(lines(run)),
      Object.fromEntries(tasks.map((task) => [task, 'timed_out'])),
      tellOf(lines(run)),
    );
    for (const line of lines(run)) {
      if (line.type === 'task.finished') assert.match(line.reason ?? '', /The API server did not answer at the end\./);
    }
    await plane.startServer();
    plane.makeReady('manifests');
    const available = ['get', 'deployment', 'web', '--output', 'jsonpath={.status.availableReplicas}'];
    await until(() => plane.kubectl('--namespace', 'manifests', ...available) === '1');
    const again = place.run(['runs', 'resume', lines(run)[0]?.runId ?? '', '--json'], environment());
    const { manifests, ...releases } = finished(parseLines(again.out));
    assert.equal(manifests, 'succeeded');
    // Helm could not write down how its upgrade ended, and nobody but a person knows that no other Helm is at work.
    assert.ok(Object.values(releases).every((status) => status === 'failed'));
    for (const { task } of charts)
      assert.match(again.out, new RegExp(`it was killed: helm uninstall web --namespace ${task}"`));
  });
});
