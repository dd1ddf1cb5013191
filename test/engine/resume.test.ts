import assert from 'node:assert/strict';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attachRun, isRunning, listRuns, readRun, resumeRun } from '../../src/engine/client.ts';
import { identityOf, membersOf } from '../../src/platform/processes.ts';
import { layoutOf } from '../../src/engine/place.ts';
import { cleanUp, ENGINE, eventOf, eventsOf, launch, planFrom, runToEnd, seen, until } from './plans.ts';

const lines = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];

async function supervisorOf(root: string, runId: string): Promise<number> {
  const control = layoutOf(root, runId).control;
  await until(() => existsSync(control), 'the supervisor has opened its control socket');
  return (JSON.parse(readFileSync(control, 'utf8')) as { supervisor: { pid: number } }).supervisor.pid;
}

async function resumed(root: string, runId: string, more: Parameters<typeof resumeRun>[2] | object = {}) {
  const handle = await resumeRun(root, runId, { env: process.env, engine: ENGINE, ...more });
  if (!handle.ok) throw new Error(handle.failure.message);
  return eventsOf(handle.value);
}

describe('a run whose supervisor died', function () {
  this.timeout(60_000);
  after(cleanUp);

  const yaml = `parallel_deployment:
  a:
    - { task: first, type: shell, with: { run: "echo first >> trace" } }
  b:
    - { task: second, type: shell, with: { run: "echo second >> trace; test -f go || sleep 600" } }
  c:
    - { task: third, type: shell, with: { run: "echo third >> trace" } }
`;

  it('is told as interrupted, its processes are found and ended, and a resume does only what had not succeeded', async () => {
    const { root, handle } = await launch(yaml);
    await seen(handle, (event) => event.type === 'task.process' && event.task === 'second');
    await until(() => lines(join(root, 'trace')).length === 2, 'the second task has begun');
    process.kill(await supervisorOf(root, handle.runId), 'SIGKILL');
    const before = await eventsOf(handle);
    assert.equal(
      before.some(({ type }) => type === 'run.finished'),
      false,
    );
    // A killed process lets go of its socket a moment before it is gone.
    await until(() => !isRunning(root, handle.runId), 'the killed supervisor is gone');
    assert.equal(listRuns(root)[0]?.status, 'interrupted');
    const tree = { marker: `${handle.runId}/second/1` };
    assert(membersOf(tree).length > 0, 'the task lives on without its supervisor');

    writeFileSync(join(root, 'go'), '');
    const events = await resumed(root, handle.runId, { onUnknown: 'rerun' });
    assert.deepEqual(membersOf(tree), []);
    assert.deepEqual(lines(join(root, 'trace')), ['first', 'second', 'second', 'third']);
    assert.equal(eventOf(events, 'run.finished').status, 'succeeded');
    // Its journal is told to the end before the list of facts beside it is there.
    await until(() => !isRunning(root, handle.runId), 'its supervisor is gone');
    assert.equal(listRuns(root)[0]?.durationMs, eventOf(events, 'run.finished').durationMs);
    assert.equal(events.filter((event) => event.type === 'task.finished' && event.task === 'first').length, 1);
    assert.equal(eventOf(events, 'task.finished', 'second').attempt, 2);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, i) => i + 1),
    );
  });

  it('can be resumed with fail: the attempt whose end nobody saw is interrupted and nothing after it runs', async () => {
    const { root, handle } = await launch(yaml);
    await seen(handle, (event) => event.type === 'task.process' && event.task === 'second');
    process.kill(await supervisorOf(root, handle.runId), 'SIGKILL');
    await eventsOf(handle);
    const events = await resumed(root, handle.runId, { onUnknown: 'fail' });
    assert.equal(eventOf(events, 'task.finished', 'second').status, 'interrupted');
    assert.equal(eventOf(events, 'task.finished', 'third').status, 'skipped');
    assert.equal(eventOf(events, 'run.finished').status, 'failed');
  });

  it('asks a person about that attempt, from any terminal', async () => {
    const { root, handle } = await launch(yaml);
    await seen(handle, (event) => event.type === 'task.process' && event.task === 'second');
    process.kill(await supervisorOf(root, handle.runId), 'SIGKILL');
    await eventsOf(handle);
    writeFileSync(join(root, 'go'), '');
    const again = await resumeRun(root, handle.runId, { env: process.env, engine: ENGINE, onUnknown: 'ask' });
    assert(again.ok);
    await seen(again.value, (event) => event.type === 'task.waiting' && event.on.kind === 'approval');
    const other = await attachRun(root, handle.runId);
    assert(other.ok);
    assert((await other.value.approve('second', true, 'somebody')).ok);
    const events = await eventsOf(again.value);
    assert.equal(eventOf(events, 'run.finished').status, 'succeeded');
    other.value.detach();
  });

  it('loses nothing that a power cut at any byte of its journal would leave', async function () {
    const { root, events } = await runToEnd(`parallel_deployment:
  a:
    - { task: one, type: shell, with: { run: "echo one >> trace" } }
    - { task: two, type: shell, with: { run: "echo two >> trace" } }
  b:
    - { task: three, type: shell, depends_on: [one], with: { run: "echo three >> trace" } }
`);
    const { runId } = events[0]!;
    const layout = layoutOf(root, runId);
    const whole = readFileSync(layout.journal);
    const first = whole.indexOf(10) + 1;
    for (let cut = first; cut < whole.length; cut += Math.ceil((whole.length - first) / 12)) {
      writeFileSync(layout.journal, whole);
      truncateSync(layout.journal, cut);
      const then = readRun(root, runId);
      assert(then.ok);
      const done = then.value.events
        .filter((event) => event.type === 'task.finished')
        .map((event) => (event as { task: string }).task);
      writeFileSync(join(root, 'trace'), '');
      const after = await resumed(root, runId, { onUnknown: 'rerun' });
      assert.equal(after.at(-1)?.type, 'run.finished');
      const ran = lines(join(root, 'trace'));
      for (const task of done) assert(!ran.includes(task), `cut at ${cut}: ${task} ran again after it had succeeded`);
      assert.deepEqual([...done, ...ran].sort(), ['one', 'three', 'two'], `cut at ${cut}`);
    }
  });

  it('runs a task again on request, alone or with what depends on it', async () => {
    const { root, events } = await runToEnd(`parallel_deployment:
  a:
    - { task: one, type: shell, with: { run: "echo one >> trace" } }
    - { task: two, type: shell, depends_on: [one], with: { run: "echo two >> trace" } }
    - { task: other, type: shell, with: { run: "echo other >> trace" } }
`);
    const { runId } = events[0]!;
    writeFileSync(join(root, 'trace'), '');
    await resumed(root, runId, { tasks: ['one'], alone: true });
    assert.deepEqual(lines(join(root, 'trace')), ['one']);
    writeFileSync(join(root, 'trace'), '');
    await resumed(root, runId, { tasks: ['one'] });
    assert.deepEqual(lines(join(root, 'trace')), ['one', 'two']);
  });

  it('goes on with an edited workflow: what stayed the same keeps its result', async () => {
    const text = (second: string): string => `parallel_deployment:
  a:
    - { task: one, type: shell, with: { run: "echo one >> trace" } }
  b:
    - { task: two, type: shell, with: { run: "${second}" } }
`;
    const { root, events } = await runToEnd(text('echo bad >> trace; exit 1'));
    const plan = await planFrom(root, text('echo good >> trace'));
    const after = await resumed(root, events[0]!.runId, { plan });
    assert.deepEqual(lines(join(root, 'trace')), ['one', 'bad', 'good']);
    assert.equal(eventOf(after.slice(events.length), 'run.finished').status, 'succeeded');
  });

  it('is not started twice: a resume of a running run is refused, and two supervisors never share a journal', async () => {
    const { root, handle } = await launch(
      'parallel_deployment:\n  a:\n    - { task: t, type: shell, with: { run: "sleep 600" } }\n',
    );
    await seen(handle, (event) => event.type === 'task.process');
    const again = await resumeRun(root, handle.runId, { env: process.env, engine: ENGINE });
    assert(!again.ok);
    assert.match(again.failure.message, /is running/);
    await handle.cancel(true);
    await eventsOf(handle);
  });

  it('is known by its pid and start time, so a reused pid is not taken for it', () => {
    const self = identityOf(process.pid);
    assert(self !== undefined);
    assert.notEqual(identityOf(1)?.startTime, self.startTime);
  });
});
