import assert from 'node:assert/strict';
import { appendFileSync, fdatasync, mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Failure } from '../../src/core/failure.ts';
import { Journal, type JournalFile, type JournalOptions } from '../../src/engine/journal.ts';
import { JournalReader } from '../../src/engine/journal-reader.ts';
import type { RunEvent } from '../../src/run/events.ts';
import { decodeJournal, encodeLine } from '../../src/run/journal-format.ts';

const warning = (message: string) => ({ type: 'run.warning' as const, message });

describe('the journal', function () {
  this.timeout(60_000); // a cut at every byte is a thousand syncs, and others may use the disk
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'code-journal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const optionsOf = (more: Partial<JournalOptions> = {}): JournalOptions => ({
    path: join(folder, 'journal.log'),
    runId: '20260101-000000-000000',
    now: () => new Date(0),
    ...more,
  });
  const created = (more: Partial<JournalOptions> = {}): Journal => {
    const made = Journal.create(optionsOf(more));
    if (!made.ok) throw new Error(made.failure.message);
    return made.value;
  };

  it('numbers events without gaps and has them on the disk after a sync', async () => {
    const journal = created();
    for (let i = 0; i < 100; i++) journal.append(warning(`m${i}`));
    await journal.sync();
    const { events, tornBytes } = decodeJournal(readFileSync(join(folder, 'journal.log')));
    assert.deepEqual(
      events.map(({ seq }) => seq),
      Array.from({ length: 100 }, (_, i) => i + 1),
    );
    assert.equal(tornBytes, 0);
    await journal.close();
  });

  it('groups syncs: many appends while one is on its way share the next', async () => {
    let syncs = 0;
    const file: JournalFile = {
      write: (fd, bytes) => writeSync(fd, bytes),
      sync: (fd, done) => {
        syncs++;
        fdatasync(fd, done);
      },
    };
    const journal = created({ file });
    const waits: Promise<void>[] = [];
    for (let i = 0; i < 500; i++) {
      journal.append(warning('x'));
      waits.push(journal.sync());
    }
    await Promise.all(waits);
    assert(syncs <= 3, `${syncs} syncs`);
    await journal.close();
  });

  it('tells what is durable only after the sync of those bytes came back', async () => {
    const pending: (() => void)[] = [];
    const durable: number[] = [];
    const file: JournalFile = {
      write: (fd, bytes) => writeSync(fd, bytes),
      sync: (_fd, done) => pending.push(() => done(null)),
    };
    const journal = created({ file, onDurable: (bytes) => durable.push(bytes) });
    journal.append(warning('a'));
    let synced = false;
    const wait = journal.sync().then(() => (synced = true));
    await Promise.resolve();
    assert.equal(synced, false);
    assert.deepEqual(durable, []);
    pending.shift()?.();
    await wait;
    assert.equal(durable.length, 1);
    const closing = journal.close();
    pending.shift()?.();
    await closing;
  });

  it('can be cut at every byte: what was whole before the cut is read, and writing goes on from there', async () => {
    const journal = created();
    for (let i = 0; i < 6; i++) journal.append(warning(`message ${i} äöü 🚀`));
    await journal.close();
    const whole = readFileSync(join(folder, 'journal.log'));
    const ends = [...whole.keys()].filter((i) => whole[i] === 10);
    for (let cut = 0; cut <= whole.length; cut++) {
      writeFileSync(join(folder, 'journal.log'), whole.subarray(0, cut));
      const reopened = Journal.reopen(optionsOf());
      assert(reopened.ok);
      const complete = ends.filter((end) => end < cut).length;
      assert.equal(reopened.value.events.length, complete, `cut at ${cut}`);
      assert.deepEqual(reopened.value.damaged, []);
      reopened.value.journal.append(warning('after'));
      await reopened.value.journal.close();
      const { events, tornBytes } = decodeJournal(readFileSync(join(folder, 'journal.log')));
      assert.equal(tornBytes, 0);
      assert.deepEqual(
        events.map(({ seq }) => seq),
        Array.from({ length: complete + 1 }, (_, i) => i + 1),
      );
    }
  });

  it('tells a damaged line in the middle and keeps the rest', async () => {
    const journal = created();
    for (let i = 0; i < 5; i++) journal.append(warning(`m${i}`));
    await journal.close();
    const lines = readFileSync(join(folder, 'journal.log'), 'utf8').split('\n');
    lines[2] = (lines[2] ?? '').replace('m2', 'mX');
    const { events, damaged } = decodeJournal(Buffer.from(lines.join('\n')));
    assert.deepEqual(damaged, [3]);
    assert.equal(events.length, 4);
  });

  it('never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const { goodBytes, tornBytes } = decodeJournal(Buffer.from(bytes));
        assert.equal(goodBytes + tornBytes, bytes.length);
      }),
    );
  });

  it('tells a failing sync once, and every later wait fails', async () => {
    const failures: Failure[] = [];
    const file: JournalFile = {
      write: (fd, bytes) => writeSync(fd, bytes),
      sync: (_fd, done) => setImmediate(done, Object.assign(new Error('EIO'), { code: 'EIO' })),
    };
    const journal = created({ file, onFailure: (why) => failures.push(why) });
    journal.append(warning('a'));
    await assert.rejects(journal.sync());
    await assert.rejects(journal.sync());
    assert.equal(failures.length, 1);
    await journal.close();
  });

  it('gives its reserve back when the disk is full, so that the end can be written', async () => {
    const failures: Failure[] = [];
    let full = true;
    const file: JournalFile = {
      write: (fd, bytes) => {
        if (full) {
          full = false; // the reserve made room
          throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
        }
        return writeSync(fd, bytes);
      },
      sync: fdatasync,
    };
    const journal = created({ file, onFailure: (why) => failures.push(why) });
    journal.append(warning('the end'));
    await journal.close();
    assert.equal(failures[0]?.kind, 'no-space');
    assert.equal(decodeJournal(readFileSync(join(folder, 'journal.log'))).events.length, 1);
  });

  it('is read while it grows, a line longer than a page too', async () => {
    const path = join(folder, 'journal.log');
    const event = (seq: number, message: string): RunEvent => ({
      v: 1,
      seq,
      time: '2026-01-01T00:00:00.000Z',
      runId: 'r',
      ...warning(message),
    });
    const reader = new JournalReader(path);
    assert.deepEqual(await reader.next(1000), []);
    const first = encodeLine(event(1, 'a'));
    const long = encodeLine(event(2, 'x'.repeat(3_000_000)));
    writeFileSync(path, first + long.slice(0, 100));
    assert.deepEqual(
      (await reader.next(first.length + 100)).map(({ seq }) => seq),
      [1],
    );
    assert.deepEqual(await reader.next(first.length + 100), []);
    appendFileSync(path, long.slice(100));
    assert.deepEqual(
      (await reader.next(first.length + long.length)).map(({ seq }) => seq),
      [2],
    );
    await reader.close();
  });
});
