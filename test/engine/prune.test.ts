import assert from 'node:assert/strict';
import {
  closeSync,
  cpSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { listRuns, resumeRun } from '../../src/engine/client.ts';
import { layoutOf, runsFolder } from '../../src/engine/place.ts';
import { pruneRuns } from '../../src/engine/prune.ts';
import { identityOf } from '../../src/platform/processes.ts';
import { cleanUp, ENGINE, eventsOf, launch, runToEnd, seen, workspace } from './plans.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-12-01T12:00:00.000Z');
const MIB = 1024 * 1024;
const KEPT = join(import.meta.dirname, '../run/journals/v1');

/** A run that ended so many days ago and whose log is so large. @returns its id */
function runOf(root: string, days: number, size = 1000): string {
  const startedAt = new Date(NOW - days * DAY).toISOString();
  const runId = `${startedAt.replace(/[-:]/g, '').replace('T', '-').slice(0, 15)}-00000${days % 10}`;
  const { folder, logs, plan, options, journal } = layoutOf(root, runId);
  mkdirSync(logs, { recursive: true });
  cpSync(join(KEPT, 'plan.json'), plan);
  cpSync(join(KEPT, 'options.json'), options);
  cpSync(join(KEPT, 'journal.txt'), journal);
  const summary = { workflow: 'shop', file: '/w', status: 'failed', startedAt, durationMs: 1 };
  writeFileSync(join(folder, 'summary.json'), JSON.stringify(summary));
  writeFileSync(join(logs, 'a.1.out'), Buffer.alloc(size, 'x'));
  return runId;
}

const idsOf = (root: string): string[] => listRuns(root).map(({ runId }) => runId);
const must = (root: string, request: Parameters<typeof pruneRuns>[1]): readonly string[] => {
  const pruned = pruneRuns(root, request, NOW);
  if (!pruned.ok) throw new Error(pruned.failure.message);
  return pruned.value;
};

describe('old runs', function () {
  this.timeout(60_000);
  after(cleanUp);

  it('go by count: the newest stay', () => {
    const root = workspace();
    const [one, two, three] = [runOf(root, 1), runOf(root, 2), runOf(root, 3)];
    assert.deepEqual(must(root, { keep: 3 }), []);
    assert.deepEqual(must(root, { keep: 1 }), [two, three]);
    assert.deepEqual(idsOf(root), [one]);
    assert.deepEqual(readdirSync(runsFolder(root)), [one], 'nothing is left of the others');
  });

  it('go by age: by when they began, whatever the files say', () => {
    const root = workspace();
    const [young, old] = [runOf(root, 29), runOf(root, 31)];
    assert.deepEqual(must(root, { olderThanMs: 30 * DAY }), [old]);
    assert.deepEqual(idsOf(root), [young]);
  });

  it('go by size: the oldest, until the rest fits; a hole in a log takes nothing', () => {
    const root = workspace();
    const [a, b, c] = [runOf(root, 1, 3 * MIB), runOf(root, 2, 3 * MIB), runOf(root, 3, 3 * MIB)];
    const file = openSync(join(layoutOf(root, a).logs, 'a.1.err'), 'w');
    ftruncateSync(file, 500 * MIB);
    closeSync(file);
    assert.deepEqual(must(root, { maxBytes: 10 * MIB }), []);
    assert.deepEqual(must(root, { maxBytes: 7 * MIB }), [c]);
    assert.deepEqual(must(root, { maxBytes: 1 * MIB }), [a, b]);
    assert.deepEqual(idsOf(root), []);
  });

  it('go by all of these together, and a dry run says what would go and deletes nothing', () => {
    const root = workspace();
    const ids = [1, 2, 40, 50].map((days) => runOf(root, days));
    const request = { keep: 3, olderThanMs: 45 * DAY };
    assert.deepEqual(must(root, { ...request, dryRun: true }), [ids[3]]);
    assert.equal(idsOf(root).length, 4);
    assert.deepEqual(must(root, request), [ids[3]]);
    assert.equal(idsOf(root).length, 3);
  });

  it('never take along what a link in them points to', () => {
    const root = workspace();
    const precious = join(workspace(), 'precious');
    mkdirSync(precious);
    writeFileSync(join(precious, 'file'), 'x');
    const id = runOf(root, 1);
    symlinkSync(precious, join(layoutOf(root, id).logs, 'link'));
    assert.deepEqual(must(root, { keep: 0 }), [id]);
    assert(existsSync(join(precious, 'file')));
  });

  it('stay while they run, and while a supervisor has taken them', async () => {
    const root = workspace();
    const old = runOf(root, 100);
    const { handle } = await launch(
      'parallel_deployment:\n  a:\n    - { task: t, type: shell, with: { run: "until test -f go; do sleep 0.02; done" } }\n',
      {},
      {},
      root,
    );
    await seen(handle, (event) => event.type === 'task.process');
    assert.deepEqual(must(root, { keep: 0, olderThanMs: -10 * 365 * DAY, maxBytes: 0 }), [old]);
    writeFileSync(join(root, 'go'), '');
    assert.equal((await eventsOf(handle)).at(-1)?.type, 'run.finished');

    const taken = runOf(root, 100);
    const self = identityOf(process.pid);
    writeFileSync(join(layoutOf(root, taken).folder, 'owner.1'), JSON.stringify(self));
    assert.deepEqual(must(root, { olderThanMs: 90 * DAY }), [], 'a supervisor that has only just begun');
    assert(existsSync(layoutOf(root, taken).journal));
  });

  it('are either whole or gone when a resume begins at the same moment', async () => {
    for (let round = 0; round < 6; round++) {
      const { root, events } = await runToEnd(
        'parallel_deployment:\n  a:\n    - { task: t, type: shell, with: { run: "test -f mended" } }\n',
      );
      writeFileSync(join(root, 'mended'), '');
      const { runId } = events[0]!;
      const resuming = resumeRun(root, runId, { env: process.env, engine: ENGINE });
      // A little later each time: from before the supervisor's process is there to after its end.
      for (let turns = 0; turns < round * 12; turns++) await new Promise((done) => setTimeout(done, 5));
      const pruned = must(root, { keep: 0 });
      const resumed = await resuming;
      const after = resumed.ok ? await eventsOf(resumed.value) : [];
      if (pruned.length === 0) {
        assert(resumed.ok, 'it was left alone, so it was resumed');
        assert.equal(after.at(-1)?.type, 'run.finished');
        assert(readFileSync(layoutOf(root, runId).journal).length > 0);
      } else {
        assert(!existsSync(layoutOf(root, runId).journal));
      }
    }
  });

  it('that an interrupted deletion left half are swept by the next', () => {
    const root = workspace();
    const id = runOf(root, 1);
    mkdirSync(join(runsFolder(root), '.going-20260101-000000-000000'));
    assert.deepEqual(must(root, { keep: 0 }), [id]);
    assert.deepEqual(readdirSync(runsFolder(root)), []);
  });
});
