import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { Journal } from '../../src/engine/journal.ts';
import { JournalReader } from '../../src/engine/journal-reader.ts';
import { attachRun, listRuns, planOf, readRun, resumeRun } from '../../src/engine/client.ts';
import { layoutOf } from '../../src/engine/place.ts';
import { JOURNAL_VERSION } from '../../src/run/events.ts';
import { decodeJournal } from '../../src/run/journal-format.ts';
import { STEPS, upToDate } from '../../src/run/journal-versions.ts';
import { reduceAll } from '../../src/run/reduce.ts';

const KEPT = join(import.meta.dirname, 'journals');
const RUN = '20261129-143128-381496';

const lineOf = (value: object): string => {
  const json = JSON.stringify(value);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
};

describe('journals of other versions', () => {
  let workspace: string;
  beforeEach(() => (workspace = mkdtempSync(join(tmpdir(), 'code-versions-'))));
  afterEach(() => rmSync(workspace, { recursive: true, force: true }));

  /** A run folder as the engine of that version left it. */
  function kept(version: number, journal?: string): string {
    const { folder, journal: file } = layoutOf(workspace, RUN);
    mkdirSync(folder, { recursive: true });
    for (const name of ['plan.json', 'options.json']) cpSync(join(KEPT, `v${version}`, name), join(folder, name));
    writeFileSync(file, journal ?? readFileSync(join(KEPT, `v${version}`, 'journal.txt')));
    return file;
  }

  it('version 1 is read: a run with a crash, a resume of an edited file, retries, a timeout and a rollback', () => {
    kept(1);
    const read = readRun(workspace, RUN);
    assert(read.ok);
    assert.deepEqual(read.value.damaged, []);
    assert.equal(read.value.events.length, 48);
    assert(read.value.events.every(({ seq, runId }, i) => seq === i + 1 && runId === RUN));
    const state = reduceAll(read.value.events);
    assert.equal(state.ignored, 0);
    assert.deepEqual(
      [...state.tasks.values()].map(({ summary, status, attempt }) => [summary.task, status, attempt]),
      [
        ['compile', 'succeeded', 1],
        ['lint', 'failed', 2],
        ['regions[region=eu]', 'succeeded', 1],
        ['regions[region=us]', 'succeeded', 1],
        ['never', 'skipped', 0],
        ['agree', 'succeeded', 1],
        ['flaky', 'succeeded', 2],
        ['ship', 'succeeded', 2],
        ['late', 'timed_out', 1],
        ['tidy', 'succeeded', 1],
      ],
    );
    assert.deepEqual([state.status, state.attempt, state.durationMs], ['failed', 2, 426]);
    assert.deepEqual(state.tasks.get('ship')?.rolledBack, { ok: true, durationMs: 2 });
    assert.equal(state.tasks.get('compile')?.outputs['version'], '3');
    assert.equal(state.tasks.get('agree')?.approval?.comment, 'looks fine');
    assert.equal(listRuns(workspace)[0]?.status, 'failed');
    const plan = planOf(workspace, RUN);
    assert(plan.ok);
    assert.equal(plan.value.tasks.length, 10);
  });

  it('every version up to this one has a step to the next', () => {
    for (let version = 1; version < JOURNAL_VERSION; version++) assert.equal(typeof STEPS[version], 'function');
    assert.equal(STEPS[JOURNAL_VERSION], undefined);
  });

  it('a line goes up step by step, each from the version before', () => {
    const steps = {
      1: ({ runId, ...rest }: { readonly [key: string]: unknown }) => ({ ...rest, run: runId }) as never,
      2: ({ run, ...rest }: { readonly [key: string]: unknown }) => ({ ...rest, run: { id: run } }) as never,
    };
    const old = { v: 1, seq: 1, type: 'run.warning', runId: 'r' };
    assert.deepEqual(upToDate(old, 3, steps), {
      kind: 'line',
      line: { v: 3, seq: 1, type: 'run.warning', run: { id: 'r' } },
    });
    assert.deepEqual(upToDate({ ...old, v: 3 }, 3, steps), { kind: 'line', line: { ...old, v: 3 } });
    assert.deepEqual(upToDate({ ...old, v: 4 }, 3, steps), { kind: 'newer', version: 4 });
    for (const v of [0, -1, 1.5, '1', null]) assert.deepEqual(upToDate({ ...old, v }, 3, steps), { kind: 'damaged' });
    assert.deepEqual(upToDate(old, 3, {}), { kind: 'damaged' }, 'a step that is missing is not skipped');
  });

  it('a newer one is refused in words and left as it is, by everything that reads or goes on with it', async () => {
    const first = readFileSync(join(KEPT, 'v1', 'journal.txt'), 'utf8').split('\n', 1)[0] ?? '';
    const text = `${first}\n${lineOf({ v: 2, seq: 2, time: '2030-01-01T00:00:00.000Z', runId: RUN, type: 'task.dreamt' })}`;
    const file = kept(1, text);
    const words = /was written by a newer code-engine \(version 2 of its format\)/;
    const read = readRun(workspace, RUN);
    assert(!read.ok);
    assert.match(read.failure.message, words);
    assert.match(read.failure.next ?? '', /Update code-engine/);
    const opened = Journal.reopen({ path: file, runId: RUN, now: () => new Date(0) });
    assert(!opened.ok);
    assert.match(opened.failure.message, words);
    const reader = new JournalReader(file);
    await assert.rejects(reader.next(text.length), words);
    await reader.close();
    const attached = await attachRun(workspace, RUN);
    assert(attached.ok);
    await assert.rejects(attached.value.events()[Symbol.asyncIterator]().next(), words);
    const resumed = await resumeRun(workspace, RUN, { env: process.env });
    assert(!resumed.ok);
    assert.match(resumed.failure.message, words);
    const { options } = layoutOf(workspace, RUN);
    assert.equal(readFileSync(options, 'utf8'), readFileSync(join(KEPT, 'v1', 'options.json'), 'utf8'));
    assert.equal(readFileSync(file, 'utf8'), text, 'not a byte was cut off or added');
    const { goodBytes, tornBytes } = decodeJournal(Buffer.from(text));
    assert.deepEqual([goodBytes, tornBytes], [text.length, 0], 'it is no torn write');
  });

  it('a newer plan is refused in words, too', () => {
    kept(1);
    const { plan } = layoutOf(workspace, RUN);
    writeFileSync(plan, readFileSync(plan, 'utf8').replace(/"v":\s*1/, '"v": 2'));
    const read = planOf(workspace, RUN);
    assert(!read.ok);
    assert.match(read.failure.message, /newer code-engine/);
  });
});
