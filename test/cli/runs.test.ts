import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { finished, parseLines, Workspace } from './built.ts';

const MEND = `
parallel_deployment:
  one:
    - { task: a, type: shell, with: { run: "echo a >> ran; echo from-a" } }
    - { task: b, type: shell, with: { run: "test -f mended || { echo broken >&2; exit 4; }; echo b >> ran" } }
  two:
    - { task: c, type: shell, with: { run: "echo c >> ran; echo from-c" } }
`;

const ASK = `
parallel_deployment:
  one:
    - { task: go, type: approval, with: { message: "Really?" } }
  two:
    - { task: c, type: shell, with: { run: "echo c" } }
`;

/** Prints a line, waits until the test lets it go on, prints another. */
const GATED = `
parallel_deployment:
  one:
    - { task: gated, type: shell, with: { run: "echo before; until test -f gate; do sleep 0.05; done; echo behind" } }
`;

describe('code-engine runs', function () {
  this.timeout(60_000);
  let place: Workspace;
  beforeEach(() => (place = new Workspace()));
  afterEach(() => place.close());

  it('lists runs, newest first, and shows one by the beginning of its id', () => {
    place.file('m.code.yaml', MEND);
    place.run(['run', 'm.code.yaml', '--quiet']);
    place.file('mended', '');
    place.run(['run', 'm.code.yaml', '--quiet']);
    const runs = place.runs();
    assert.deepEqual(
      runs.map((r) => [r.workflow, r.status]),
      [
        ['m', 'succeeded'],
        ['m', 'failed'],
      ],
    );
    const shown = JSON.parse(place.run(['runs', 'show', runs[1]?.runId ?? '', '--json']).out) as {
      status: string;
      tasks: { task: string; status: string; exitCode?: number }[];
    };
    assert.deepEqual(
      shown.tasks.map((t) => [t.task, t.status]),
      [
        ['a', 'succeeded'],
        ['b', 'failed'],
        ['c', 'skipped'],
      ],
    );
    assert.match(place.run(['runs', 'show']).out, /✓ m · succeeded/);
    assert.equal(place.run(['runs', 'show', '2']).code, 2, 'two runs begin like that');
    assert.equal(place.run(['runs', 'show', 'zzz']).code, 2);
  });

  it('goes on with what has not succeeded, and does one task anew with or without what depends on it', () => {
    place.file('m.code.yaml', MEND);
    assert.equal(place.run(['run', 'm.code.yaml', '--quiet']).code, 1);
    place.file('mended', '');
    const { code, out } = place.run(['runs', 'resume']);
    assert.equal(code, 0);
    assert.match(out, /resumed: 2 of 3 tasks to do/);
    assert.ok(!/a started/.test(out), 'what had succeeded is no news');
    assert.equal(readFileSync(place.path('ran'), 'utf8'), 'a\nb\nc\n');
    assert.equal(place.run(['runs', 'resume', '--task', 'a', '--alone', '--quiet']).code, 0);
    assert.equal(readFileSync(place.path('ran'), 'utf8'), 'a\nb\nc\na\n');
    assert.equal(place.runs().length, 1, 'it is the same run');
  });

  it('goes on with an edited workflow: what is the same keeps its result', () => {
    place.file('m.code.yaml', MEND);
    assert.equal(place.run(['run', 'm.code.yaml', '--quiet']).code, 1);
    place.file('m.code.yaml', MEND.replace('test -f mended || { echo broken >&2; exit 4; }; ', ''));
    const { code, err } = place.run(['runs', 'resume', '--edited', '--quiet']);
    assert.deepEqual([code, err], [0, 'Since then changed: b. As before: a, c.\n']);
    assert.equal(readFileSync(place.path('ran'), 'utf8'), 'a\nb\nc\n');
  });

  it('undoes what a run did, by the rollback of each task', () => {
    place.file(
      'r.code.yaml',
      `parallel_deployment:\n  one:\n    - { task: a, type: shell, with: { run: "touch made" }, rollback: { run: "rm made" } }\n`,
    );
    assert.equal(place.run(['run', 'r.code.yaml', '--quiet']).code, 0);
    assert.ok(existsSync(place.path('made')));
    assert.equal(place.run(['runs', 'rollback', '--quiet']).code, 0);
    assert.ok(!existsSync(place.path('made')));
    assert.match(place.run(['runs', 'show']).out, /a .*rolled back/);
  });

  it('prints what tasks printed: all of them with titles, or one of them as it is', () => {
    place.file('m.code.yaml', MEND);
    place.run(['run', 'm.code.yaml', '--quiet']);
    assert.match(place.run(['runs', 'logs']).out, /── a\nfrom-a\n/);
    assert.equal(place.run(['runs', 'logs', '--task', 'b']).out, 'broken\n');
    assert.deepEqual(JSON.parse(place.run(['runs', 'logs', '--task', 'b', '--json']).out), {
      task: 'b',
      attempt: 1,
      stream: 'stderr',
      text: 'broken\n',
    });
    assert.equal(place.run(['runs', 'logs', '--task', 'nobody']).code, 2);
  });

  it('runs detached, is watched by several at once, and its logs can be followed', async () => {
    place.file('g.code.yaml', GATED);
    const { runId } = JSON.parse(place.run(['run', 'g.code.yaml', '--detach', '--json']).out) as { runId: string };
    const watchers = [place.start(['runs', 'watch', runId, '--json']), place.start(['runs', 'watch', '--json'])];
    const log = place.start(['runs', 'logs', runId, '--follow']);
    await Promise.all([
      ...watchers.map((w) => w.until((out) => out.includes('before'))),
      log.until((out) => out.includes('before')),
    ]);
    place.file('gate', '');
    for (const watcher of watchers) {
      const { code, out } = await watcher.ended;
      assert.equal(code, 0);
      const events = parseLines(out);
      assert.deepEqual(
        events.map((e) => e.seq),
        Array.from(events, (_, at) => at + 1),
        'every event once, in order',
      );
      assert.deepEqual(finished(events), { gated: 'succeeded' });
    }
    assert.equal((await log.ended).out, 'gated | before\ngated | behind\n');
  });

  it('ends the watching, not the run, when a watcher presses Ctrl-C', async () => {
    place.file('g.code.yaml', GATED);
    place.run(['run', 'g.code.yaml', '--detach']);
    const watcher = place.start(['runs', 'watch']);
    await watcher.until((out) => out.includes('gated started'));
    watcher.child.kill('SIGINT');
    assert.equal((await watcher.ended).code, 0);
    assert.equal(place.runs()[0]?.status, 'running');
    place.file('gate', '');
    assert.equal(place.run(['runs', 'watch', '--quiet']).code, 0);
  });

  it('takes an approval from another terminal, and a refusal with its reason', async () => {
    place.file('a.code.yaml', ASK);
    for (const [flags, code] of [
      [[], 0],
      [['--refuse', '--comment', 'not today'], 1],
    ] as const) {
      const run = place.start(['run', 'a.code.yaml']);
      await run.until((out) => /code-engine runs approve \S+ go/.test(out));
      assert.equal(place.run(['runs', 'approve', 'last', 'c']).code, 1, 'c asks nothing');
      assert.equal(place.run(['runs', 'approve', 'last', 'go', ...flags]).code, 0);
      const ended = await run.ended;
      assert.equal(ended.code, code);
      if (code === 1) assert.match(ended.out, /refused by .*: not today/);
    }
  });

  it('cancels a run from another terminal', async () => {
    place.file('g.code.yaml', GATED);
    const run = place.start(['run', 'g.code.yaml', '--json']);
    await run.until((out) => out.includes('before'));
    assert.equal(place.run(['runs', 'cancel']).code, 0);
    assert.equal((await run.ended).code, 130);
    assert.equal(place.run(['runs', 'cancel']).code, 1, 'it does not run any more');
  });

  it('deletes old runs, but none that runs', () => {
    place.file('m.code.yaml', MEND);
    place.file('g.code.yaml', GATED);
    for (let i = 0; i < 3; i++) place.run(['run', 'm.code.yaml', '--quiet']);
    place.run(['run', 'g.code.yaml', '--detach']);
    assert.equal(place.run(['runs', 'prune']).code, 2, 'it wants to be told what may go');
    const { removed } = JSON.parse(place.run(['runs', 'prune', '--keep', '1', '--json']).out) as { removed: string[] };
    assert.equal(removed.length, 2);
    assert.deepEqual(
      place.runs().map((r) => r.status),
      ['running', 'failed'],
    );
  });

  it('says that a journal is damaged, and shows the rest', () => {
    place.file('m.code.yaml', MEND);
    place.run(['run', 'm.code.yaml', '--quiet']);
    const journal = place.path(`.code/runs/${place.runs()[0]?.runId ?? ''}/journal.log`);
    const bytes = readFileSync(journal);
    const at = bytes.indexOf('"from-a"');
    bytes[at + 1] = 88;
    writeFileSync(journal, bytes);
    const { code, out, err } = place.run(['runs', 'show']);
    assert.equal(code, 0);
    assert.match(err, /the journal of \S+ is damaged in 1 places/);
    assert.match(out, /✗ b /);
  });

  it('says what to do where there are no runs', () => {
    const { code, err } = place.run(['runs', 'show']);
    assert.equal(code, 2);
    assert.match(err, /There are no runs in .*\n {2}Start one: code-engine run FILE/);
  });
});
