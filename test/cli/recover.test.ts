import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { engine, finished, parseLines, Workspace, type Line } from './built.ts';
import { Terminal, terminalsMissing } from './tmux.ts';

/** Waits until the condition holds; the test's own time limit ends the wait. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(20);
}

const gate = (name: string): string => `until test -f ${name}; do sleep 0.02; done`;

describe('what a person does about a run', function () {
  this.timeout(90_000);
  let place: Workspace;
  let terminal: Terminal | undefined;
  beforeEach(() => (place = new Workspace()));
  afterEach(() => {
    terminal?.close();
    terminal = undefined;
    place.close();
  });

  const trace = (): string[] =>
    existsSync(place.path('trace')) ? readFileSync(place.path('trace'), 'utf8').split('\n').filter(Boolean) : [];
  const open = (args: string): Terminal => {
    terminal = new Terminal(
      100,
      30,
      place.folder,
      `${process.execPath} ${engine} ${args}`,
      place.environment({ TERM: 'xterm-256color' }),
    );
    return terminal;
  };
  const needsTerminal = (context: Mocha.Context): void => {
    const missing = terminalsMissing();
    if (missing === undefined) return;
    console.log(`      skipped: ${missing}`);
    context.skip();
  };
  /** Kills the supervisor of a run and waits until the run is told as interrupted. */
  const killSupervisor = async (runId: string): Promise<void> => {
    const control = place.path(`.code/runs/${runId}/control.json`);
    const { supervisor } = JSON.parse(readFileSync(control, 'utf8')) as { supervisor: { pid: number } };
    process.kill(supervisor.pid, 'SIGKILL');
    await until(() => place.runs().find((run) => run.runId === runId)?.status === 'interrupted');
  };
  const lastRun = (): string => place.runs()[0]?.runId ?? '';
  const eventsSoFar = (runId: string): Line[] =>
    parseLines(
      readFileSync(place.path(`.code/runs/${runId}/journal.log`), 'utf8')
        .split('\n')
        .map((line) => line.slice(9))
        .join('\n'),
    );
  const eventsOf = (runId: string): Line[] => parseLines(place.run(['runs', 'watch', runId, '--json']).out);

  const ORDER = (finallyRun: string, undo: string): string => `
parallel_deployment:
  one:
    - { task: first, type: shell, rollback: { run: ${JSON.stringify(undo)} }, with: { run: "echo first >> trace" } }
  two:
    - { task: long, type: shell, with: { run: "echo long >> trace; sleep 600" } }
finally:
  - { task: tidy, type: shell, with: { run: ${JSON.stringify(finallyRun)} } }
`;

  it('Ctrl-C cancels: finally and rollback still run, in this order', async function () {
    needsTerminal(this);
    place.file('w.code.yaml', ORDER('echo tidy >> trace', 'echo undo >> trace'));
    const view = open('run w.code.yaml --rollback');
    await until(() => trace().includes('long'));
    view.type('C-c');
    const last = await view.until((screen) => screen.includes('EXIT='));
    assert.match(last, /EXIT=130/);
    assert.deepEqual(trace(), ['first', 'long', 'tidy', 'undo']);
    assert.deepEqual(finished(eventsOf(lastRun())), { first: 'succeeded', long: 'cancelled', tidy: 'succeeded' });
  });

  it('a second Ctrl-C cancels finally, and what would have been rolled back is told', async function () {
    needsTerminal(this);
    place.file('w.code.yaml', ORDER('echo tidying >> trace; sleep 600', 'echo undo >> trace'));
    const view = open('run w.code.yaml --rollback');
    await until(() => trace().includes('long'));
    view.type('C-c');
    await until(() => trace().includes('tidying'));
    view.type('C-c');
    const last = await view.until((screen) => screen.includes('EXIT='));
    assert.match(last, /EXIT=130/);
    assert.deepEqual(trace(), ['first', 'long', 'tidying']);
    const events = eventsOf(lastRun());
    assert.deepEqual(finished(events), { first: 'succeeded', long: 'cancelled', tidy: 'cancelled' });
    const undone = events.filter((event) => event.type === 'task.rolled_back') as { ok: boolean; reason?: string }[];
    assert.deepEqual(
      undone.map(({ ok, reason }) => [ok, reason]),
      [[false, 'cancelled']],
    );
  });

  it('a second Ctrl-C ends a rollback that is under way', async function () {
    needsTerminal(this);
    place.file('w.code.yaml', ORDER('true', 'echo undoing >> trace; sleep 600'));
    const view = open('run w.code.yaml --rollback');
    await until(() => trace().includes('long'));
    view.type('C-c');
    await until(() => trace().includes('undoing'));
    view.type('C-c');
    const last = await view.until((screen) => screen.includes('EXIT='));
    assert.match(last, /EXIT=130/);
    const undone = eventsOf(lastRun()).filter((event) => event.type === 'task.rolled_back') as { ok: boolean }[];
    assert.deepEqual(
      undone.map(({ ok }) => ok),
      [false],
    );
  });

  it('a run that waits for a lock says its place in the line and who holds it, and goes on when the holder dies', async () => {
    const lock = `test-${process.pid}-${Date.now()}`;
    place.file(
      'w.code.yaml',
      `parallel_deployment:\n  a:\n    - { task: t, type: shell, resources: { lock: ${lock} }, with: { run: "echo in >> trace; ${gate('go')}" } }\n`,
    );
    const [holder = '', second = '', third = ''] = [1, 2, 3].map(() => {
      const runId = place.run(['run', 'w.code.yaml', '--detach']).out.trim();
      return runId;
    });
    const waiting = (runId: string): { kind?: string; position?: number; holder?: string } =>
      (JSON.parse(place.run(['runs', 'show', runId, '--json']).out) as { tasks: { waiting?: object }[] }).tasks[0]
        ?.waiting ?? {};
    await until(() => trace().length === 1);
    await until(() => waiting(second).kind === 'lock' && waiting(third).kind === 'lock');
    assert.deepEqual([waiting(second).position, waiting(third).position].sort(), [1, 2]);
    assert.equal(waiting(second).holder, `run ${holder}, task t`);
    assert.match(place.run(['runs', 'show', third]).out, new RegExp(`lock ${lock}, place \\d+ in line`));
    await killSupervisor(holder);
    await until(() => trace().length === 2);
    const [next, other] = waiting(second).kind === 'lock' ? [third, second] : [second, third];
    await until(() => waiting(other).position === 1 && waiting(other).holder === `run ${next}, task t`);
    place.file('go', '');
    await until(() => place.runs().filter(({ status }) => status === 'succeeded').length === 2);
    assert.equal(place.run(['runs', 'resume', holder, '--on-unknown', 'rerun', '--quiet']).code, 0);
  });

  const CHAIN = `
parallel_deployment:
  one:
    - { task: a, type: shell, with: { run: "echo a >> trace" } }
    - { task: b, type: shell, with: { run: "echo b >> trace" } }
  two:
    - { task: c, type: shell, depends_on: [a], with: { run: "echo c >> trace; test -f mended" } }
    - { task: d, type: shell, depends_on: [c], with: { run: "echo d >> trace" } }
`;

  it('one task is done again, alone or with what depends on it, and a run can begin at a task', () => {
    place.file('w.code.yaml', CHAIN);
    assert.equal(place.run(['run', 'w.code.yaml', '--quiet']).code, 1);
    assert.deepEqual(trace().sort(), ['a', 'b', 'c']);
    place.file('mended', '');
    place.file('trace', '');
    assert.equal(place.run(['runs', 'resume', '--quiet']).code, 0);
    assert.deepEqual(trace(), ['c', 'd'], 'what had succeeded is left alone');
    place.file('trace', '');
    assert.equal(place.run(['runs', 'resume', '--task', 'c', '--alone', '--quiet']).code, 0);
    assert.deepEqual(trace(), ['c']);
    place.file('trace', '');
    assert.equal(place.run(['runs', 'resume', '--task', 'a', '--quiet']).code, 0);
    assert.deepEqual(trace(), ['a', 'c', 'd']);
    place.file('trace', '');
    assert.equal(place.run(['run', 'w.code.yaml', '--from', 'c', '--quiet']).code, 0);
    assert.deepEqual(trace(), ['c', 'd']);
    const wrong = place.run(['runs', 'resume', '--task', 'nope']);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /no task nope/);
  });

  it('an edited workflow says what changed and what stays valid, and only the rest is done', () => {
    place.file('w.code.yaml', CHAIN);
    place.run(['run', 'w.code.yaml', '--quiet']);
    place.file('trace', '');
    place.file(
      'w.code.yaml',
      CHAIN.replace('echo b >> trace', 'echo b2 >> trace')
        .replace('; test -f mended', '')
        .concat('    - { task: e, type: shell, with: { run: "echo e >> trace" } }\n'),
    );
    const { code, err } = place.run(['runs', 'resume', '--edited', '--quiet']);
    assert.equal(code, 0, err);
    assert.match(err, /Since then changed: b, c; new: e\. As before: a, d\./);
    assert.deepEqual(trace().sort(), ['b2', 'c', 'd', 'e']);
  });

  const CRASH = (more = ''): string => `
parallel_deployment:
  one:
    - { task: a, type: shell, ${more} with: { command: [sh, -c, "echo a >> trace; test -f again || exec sleep 600"] } }
  two:
    - { task: b, type: shell, with: { run: "echo b >> trace" } }
`;
  /** A run whose first task was cut off by the death of its supervisor, and ended with nobody to see it. */
  const crashed = async (more = ''): Promise<string> => {
    place.file('w.code.yaml', CRASH(more));
    const runId = place.run(['run', 'w.code.yaml', '--detach']).out.trim();
    await until(() => trace().length === 1);
    await until(() => readFileSync(place.path(`.code/runs/${runId}/journal.log`), 'utf8').includes('task.process'));
    await killSupervisor(runId);
    place.file('again', '');
    return runId;
  };

  it('an attempt whose end nobody saw is done again, or fails the run, as --on-unknown says', async () => {
    const runId = await crashed();
    const failed = place.run(['runs', 'resume', runId, '--on-unknown', 'fail']);
    assert.equal(failed.code, 1);
    assert.match(failed.out, /the end of its last attempt was not seen/);
    assert.deepEqual(trace(), ['a']);
    assert.equal(place.run(['runs', 'resume', runId, '--on-unknown', 'rerun', '--quiet']).code, 0);
    assert.deepEqual(trace(), ['a', 'a', 'b']);
  });

  it('… or as the workflow says, where nobody says anything', async () => {
    const runId = await crashed('on_unknown: rerun,');
    assert.equal(place.run(['runs', 'resume', runId, '--quiet']).code, 0);
    assert.deepEqual(trace(), ['a', 'a', 'b']);
  });

  it('a task that still lives is asked about on a terminal: waited for, ended, or left as it is', async function () {
    needsTerminal(this);
    place.file(
      'w.code.yaml',
      `parallel_deployment:\n  a:\n    - { task: slow, type: shell, with: { run: "echo begun >> trace; ${gate('go')}; echo done >> trace" } }\n`,
    );
    const runId = place.run(['run', 'w.code.yaml', '--detach']).out.trim();
    await until(() => trace().length === 1);
    await until(() => readFileSync(place.path(`.code/runs/${runId}/journal.log`), 'utf8').includes('task.process'));
    await killSupervisor(runId);
    let view = open(`runs resume ${runId}`);
    assert.match(
      await view.until((screen) => screen.includes('[q]')),
      /slow still runs \(process \d+, for .*\)\.\n\[a\] wait for it and go on, \[e\] end it and go on, \[q\] leave all as it is\?/,
    );
    view.type('q');
    assert.match(await view.until((screen) => screen.includes('EXIT=')), /EXIT=0/);
    assert.equal(place.runs()[0]?.status, 'interrupted', 'nothing was done');
    view.close();
    view = open(`runs resume ${runId}`);
    await view.until((screen) => screen.includes('[q]'));
    view.type('a');
    await view.until((screen) => screen.includes('● slow'));
    place.file('go', '');
    assert.match(await view.until((screen) => screen.includes('EXIT=')), /EXIT=0/);
    assert.deepEqual(trace(), ['begun', 'done'], 'it ran once');
  });

  it('… and a window that resumes waits for it', async () => {
    place.file(
      'w.code.yaml',
      `parallel_deployment:\n  a:\n    - { task: slow, type: shell, with: { run: "echo begun >> trace; ${gate('go')}; echo done >> trace" } }\n`,
    );
    const runId = place.run(['run', 'w.code.yaml', '--detach']).out.trim();
    await until(() => trace().length === 1);
    await until(() => readFileSync(place.path(`.code/runs/${runId}/journal.log`), 'utf8').includes('task.process'));
    await killSupervisor(runId);
    const relay = spawn(process.execPath, [engine, 'serve', '--stdio'], {
      cwd: place.folder,
      env: place.environment(),
    });
    try {
      const window = createMessageConnection(
        new StreamMessageReader(relay.stdout),
        new StreamMessageWriter(relay.stdin),
      );
      window.listen();
      await window.sendRequest('hello', { protocol: 1, client: 'test' });
      await window.sendRequest('runs/resume', { runId, workspace: place.folder });
      window.dispose();
    } finally {
      relay.kill(); // the run goes on without its window
    }
    await until(() => eventsSoFar(runId).some(({ type }) => type === 'task.adopted'));
    place.file('go', '');
    await until(() => place.runs()[0]?.status === 'succeeded');
    assert.deepEqual(trace(), ['begun', 'done']);
  });

  it('… and --on-alive answers for a script', async () => {
    place.file(
      'w.code.yaml',
      `parallel_deployment:\n  a:\n    - { task: slow, type: shell, with: { run: "echo begun >> trace; ${gate('go')}; echo done >> trace" } }\n`,
    );
    const runId = place.run(['run', 'w.code.yaml', '--detach']).out.trim();
    await until(() => trace().length === 1);
    await until(() => readFileSync(place.path(`.code/runs/${runId}/journal.log`), 'utf8').includes('task.process'));
    await killSupervisor(runId);
    const resumed = place.start(['runs', 'resume', runId, '--on-alive', 'adopt']);
    await resumed.until((out) => out.includes('slow goes on: attempt 1 outlived its supervisor'));
    place.file('go', '');
    assert.equal((await resumed.ended).code, 0);
    assert.deepEqual(trace(), ['begun', 'done']);
  });
});
