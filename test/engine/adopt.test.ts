import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resumeRun, type RunOptions } from '../../src/engine/client.ts';
import { livingAttempts } from '../../src/engine/living.ts';
import { host } from '../../src/platform/host.ts';
import { isAlive, membersOf } from '../../src/platform/processes.ts';
import { layoutOf } from '../../src/engine/place.ts';
import { logFile } from '../../src/run/layout.ts';
import { interrupted, reduceAll } from '../../src/run/reduce.ts';
import { cleanUp, ENGINE, eventOf, eventsOf, launch, seen, until, workspace } from './plans.ts';

const traceOf = (root: string): string[] =>
  existsSync(join(root, 'trace')) ? readFileSync(join(root, 'trace'), 'utf8').split('\n').filter(Boolean) : [];

/** Waits for a file, so that the test says when it goes on. */
const gate = (name: string): string => `until test -f ${name}; do sleep 0.02; done`;

/** Two tasks; the first waits at a gate. @param run shell text of the first @param more further keys of the first */
const workflow = (run: string, more = '', type = 'shell'): string => `parallel_deployment:
  a:
    - task: first
      type: ${type}
      ${more}
      with:
        run: |
          ${run.split('\n').join('\n          ')}
  b:
    - { task: second, type: shell, with: { run: "echo second >> trace" } }
`;

interface Killed {
  readonly root: string;
  readonly runId: string;
  readonly marker: string;
}

/** Starts it, waits until the first task is written down, and kills its supervisor. */
async function killed(
  yaml: string,
  options: Partial<RunOptions> = {},
  env: Record<string, string> = {},
): Promise<Killed> {
  const { root, handle } = await launch(yaml, options, env);
  await seen(handle, (event) => event.type === 'task.process' && event.task === 'first');
  const { supervisor } = JSON.parse(readFileSync(layoutOf(root, handle.runId).control, 'utf8')) as {
    supervisor: { pid: number; startTime: string; bootId: string };
  };
  process.kill(supervisor.pid, 'SIGKILL');
  await eventsOf(handle);
  await until(() => !isAlive(supervisor), 'the supervisor is dead');
  return { root, runId: handle.runId, marker: `${handle.runId}/first/1` };
}

async function resume({ root, runId }: Killed, options: Parameters<typeof resumeRun>[2] | object = {}) {
  const resumed = await resumeRun(root, runId, { env: process.env, engine: ENGINE, ...options });
  if (!resumed.ok) throw new Error(resumed.failure.message);
  return resumed.value;
}

describe('a task that outlives its supervisor', function () {
  this.timeout(60_000);
  before(function () {
    if (host().os !== 'linux') this.skip();
  });
  after(cleanUp);

  const kinds = {
    'a text in a warm shell': { run: `echo one; ${gate('go')}; echo two; echo done >> trace` },
    'a text in a warm shell, without control groups': {
      run: `echo one; ${gate('go')}; echo two; echo done >> trace`,
      env: { CODE_ENGINE_NO_CGROUP: '1' },
    },
  };
  for (const [what, { run, env }] of Object.entries<{ run: string; env?: Record<string, string> }>(kinds)) {
    it(`is found again, waited for, and its end is seen: ${what}`, async () => {
      const was = await killed(workflow(run), {}, env);
      const living = livingAttempts(was.root, was.runId);
      assert(living.ok);
      assert.deepEqual(
        living.value.map(({ task, attempt }) => [task, attempt]),
        [['first', 1]],
      );
      const handle = await resume(was, { onAlive: 'adopt', onUnknown: 'fail' });
      await seen(handle, (event) => event.type === 'task.adopted');
      process.kill(living.value[0]!.pid, 0); // it was left alone
      writeFileSync(join(was.root, 'go'), '');
      const events = await eventsOf(await attached(was));
      const finished = eventOf(events, 'task.finished', 'first');
      assert.deepEqual([finished.status, finished.attempt, finished.exitCode], ['succeeded', 1, 0], finished.reason);
      assert.deepEqual(traceOf(was.root), ['done', 'second'], 'it ran once, and what comes after it too');
      const state = reduceAll(events);
      assert.equal(state.status, 'succeeded');
      assert.equal(state.tasks.get('first')?.attempts.length, 1);
      const told = events.filter((event) => event.type === 'task.output' && event.task === 'first');
      assert.equal(
        told.reduce((sum, event) => sum + (event.type === 'task.output' ? event.length : 0), 0),
        'one\ntwo\n'.length,
        'no output is told twice',
      );
    });
  }

  async function attached({ root, runId }: Killed) {
    const { attachRun } = await import('../../src/engine/client.ts');
    const handle = await attachRun(root, runId);
    if (!handle.ok) throw new Error(handle.failure.message);
    return handle.value;
  }

  it('ends with the failure that it ended with', async () => {
    const was = await killed(workflow(`${gate('go')}; exit 7`));
    const handle = await resume(was, { onAlive: 'adopt', onUnknown: 'rerun' });
    writeFileSync(join(was.root, 'go'), '');
    const events = await eventsOf(handle);
    const finished = eventOf(events, 'task.finished', 'first');
    assert.deepEqual([finished.status, finished.attempt, finished.exitCode], ['failed', 1, 7]);
    assert.equal(eventOf(events, 'run.finished').status, 'failed');
  });

  it('may end while nobody watches: what it left word of counts, whatever the policy', async () => {
    const was = await killed(workflow(`${gate('go')}; echo done >> trace`));
    writeFileSync(join(was.root, 'go'), '');
    const record = logFile(layoutOf(was.root, was.runId), 'first', 1, 'end');
    await until(() => existsSync(record) && readFileSync(record, 'utf8') !== '', 'it has left word');
    const events = await eventsOf(await resume(was, { onUnknown: 'fail' }));
    assert.equal(eventOf(events, 'task.finished', 'first').status, 'succeeded');
    assert.deepEqual(traceOf(was.root), ['done', 'second']);
  });

  it('that runs in steps leaves its whole answer, outputs and all', async () => {
    // A stand-in for the tool, so that the test says when it goes on.
    const bin = workspace();
    const tool = `#!/bin/sh
if [ "$1" = --version ]; then echo 3.2.0; exit; fi
while [ "$1" != --output-file-path ]; do shift; done
until test -f ${bin}/go; do sleep 0.02; done
printf '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"checkov","rules":[]}},"results":[]}]}' >"$2/results_sarif.sarif"
`;
    writeFileSync(join(bin, 'checkov'), tool, { mode: 0o755 });
    const yaml = `parallel_deployment:
  a:
    - { task: first, type: checkov, on_alive: adopt, with: { path: "." } }
  b:
    - { task: second, type: shell, with: { run: "echo \${{ tasks.first.outputs.total }} >> trace" } }
`;
    const was = await killed(yaml, {}, { PATH: `${bin}:${process.env['PATH']}` });
    const handle = await resume(was, { onUnknown: 'fail' });
    await seen(handle, (event) => event.type === 'task.adopted');
    writeFileSync(join(bin, 'go'), '');
    const events = await eventsOf(await attached(was));
    const first = eventOf(events, 'task.finished', 'first');
    assert.deepEqual([first.status, first.attempt], ['succeeded', 1], first.reason);
    assert.equal(first.outputs['total'], 0);
    assert.deepEqual(traceOf(was.root), ['0']);
  });

  it('is ended where the policy says so, and what it then leaves does not count', async () => {
    const was = await killed(workflow(`echo begun >> trace; test -f go || sleep 600`));
    writeFileSync(join(was.root, 'go'), '');
    const events = await eventsOf(await resume(was, { onAlive: 'end', onUnknown: 'rerun', graceMs: 500 }));
    assert.deepEqual(membersOf({ marker: was.marker }), []);
    const finished = eventOf(events, 'task.finished', 'first');
    assert.deepEqual([finished.status, finished.attempt], ['succeeded', 2]);
    assert.deepEqual(traceOf(was.root), ['begun', 'begun', 'second']);
    assert.equal(readFileSync(logFile(layoutOf(was.root, was.runId), 'first', 1, 'end'), 'utf8'), 'discarded');
  });

  it('goes by what the workflow says of it, for want of a person', async () => {
    const was = await killed(workflow(gate('go'), 'on_alive: adopt\n      on_unknown: fail'));
    const handle = await resume(was);
    await seen(handle, (event) => event.type === 'task.adopted');
    writeFileSync(join(was.root, 'go'), '');
    assert.equal(reduceAll(await eventsOf(await attached(was))).status, 'succeeded');
  });

  it('is asked about, or done again, where its end was seen but not how it ended', async () => {
    // A program of its own (no shell of ours is there to note its exit status).
    const yaml = `parallel_deployment:
  a:
    - task: first
      type: shell
      on_alive: adopt
      on_unknown: rerun
      with: { command: [sh, -c, "echo begun >> trace; until test -f go; do sleep 0.02; done"] }
`;
    const was = await killed(yaml);
    const handle = await resume(was);
    await seen(handle, (event) => event.type === 'task.adopted');
    writeFileSync(join(was.root, 'go'), '');
    const events = await eventsOf(await attached(was));
    const finished = eventOf(events, 'task.finished', 'first');
    assert.deepEqual([finished.status, finished.attempt], ['succeeded', 2]);
    assert.deepEqual(traceOf(was.root), ['begun', 'begun']);
  });

  it('can be cancelled, and its timeout counts from its own start', async () => {
    const was = await killed(workflow('sleep 600'));
    const handle = await resume(was, { onAlive: 'adopt', graceMs: 300 });
    await seen(handle, (event) => event.type === 'task.adopted');
    await handle.cancel(false);
    const events = await eventsOf(await attached(was));
    assert.equal(eventOf(events, 'task.finished', 'first').status, 'cancelled');
    assert.deepEqual(membersOf({ marker: was.marker }), []);

    const late = await killed(workflow('sleep 600', 'timeout: 2s'));
    const after = await eventsOf(await resume(late, { onAlive: 'adopt', graceMs: 300 }));
    assert.equal(eventOf(after, 'task.finished', 'first').status, 'timed_out');
    assert.deepEqual(membersOf({ marker: late.marker }), []);
  });

  it('can lose its second supervisor, too', async () => {
    const was = await killed(workflow(`echo one; ${gate('go')}; echo done >> trace`));
    const handle = await resume(was, { onAlive: 'adopt' });
    await seen(handle, (event) => event.type === 'task.adopted');
    const { supervisor } = JSON.parse(readFileSync(layoutOf(was.root, was.runId).control, 'utf8')) as {
      supervisor: { pid: number; startTime: string; bootId: string };
    };
    process.kill(supervisor.pid, 'SIGKILL');
    await until(() => !isAlive(supervisor), 'the second supervisor is dead');
    const again = await resume(was, { onAlive: 'adopt', onUnknown: 'fail' });
    writeFileSync(join(was.root, 'go'), '');
    const events = await eventsOf(again);
    assert.equal(eventOf(events, 'task.finished', 'first').status, 'succeeded');
    assert.deepEqual(traceOf(was.root), ['done', 'second']);
    assert.equal(interrupted(reduceAll(events)).status, 'succeeded');
  });
});
