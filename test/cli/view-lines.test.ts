import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { PIECE_BYTES, LogFiles } from '../../src/cli/logs.ts';
import { jsonView, plainView, quietView } from '../../src/cli/render/view-lines.ts';
import type { Output } from '../../src/cli/io.ts';
import type { EventBody } from '../../src/run/events.ts';
import { logFile, type RunLayout } from '../../src/run/layout.ts';
import { layoutOf } from '../../src/engine/place.ts';
import { emptyRun, reduceAll, RunFold } from '../../src/run/reduce.ts';
import { processorMs } from '../processor-time.ts';
import { begin, end, journal, plan, start, task } from '../run/events.ts';
import { memoryIo } from './memory-io.ts';

describe('the line views', () => {
  let folder: string;
  let layout: RunLayout;
  let logs: LogFiles;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'code-views-'));
    layout = layoutOf(folder, 'r1');
    mkdirSync(layout.logs, { recursive: true });
    logs = new LogFiles(layout);
  });
  afterEach(() => {
    logs.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const write = (name: string, stream: 'stdout' | 'stderr', text: string | Buffer): void =>
    writeFileSync(logFile(layout, name, 1, stream), text);
  const printed = (
    name: string,
    offset: number,
    length: number,
    stream: 'stdout' | 'stderr' = 'stdout',
  ): EventBody => ({
    type: 'task.output',
    task: name,
    attempt: 1,
    stream,
    offset,
    length,
  });

  it('give a program the text of output events, whole characters only', async () => {
    const io = memoryIo();
    const view = jsonView(io, logs);
    write('a', 'stdout', Buffer.from('1 € and a half \u{1F680}').subarray(0, -2));
    const events = journal([
      begin(plan([task('a', 's')])),
      start('a'),
      printed('a', 0, 3),
      printed('a', 3, 15),
      end('a'),
    ]);
    for (const event of events) await view.event(event, emptyRun, false);
    view.end(emptyRun, true);
    await turn();
    const lines = io.printed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; text?: string });
    assert.deepEqual(
      lines.map((line) => line.text).filter((text) => text !== undefined),
      ['1 ', '€ and a half ', '\uFFFD'],
    );
    assert.equal(lines.at(-1)?.type, 'task.finished', 'what is left of a character comes before the end of the task');
  });

  it('hold no more than a piece of a long output while the reader is slow', async () => {
    let waiting = 0;
    let most = 0;
    let bytes = 0;
    const slow: Output = {
      closed: false,
      write(chunk) {
        waiting += chunk.length;
        bytes += chunk.length;
        most = Math.max(most, waiting);
        return false;
      },
      async drained() {
        await turn();
        waiting = 0;
      },
    };
    const view = jsonView(memoryIo(undefined, { out: slow }), logs);
    const length = 40 * PIECE_BYTES;
    write('a', 'stdout', Buffer.alloc(length, 'x'));
    for (const event of journal([printed('a', 0, length)])) await view.event(event, emptyRun, false);
    assert.ok(bytes >= length);
    assert.ok(most < 3 * PIECE_BYTES, `${most} bytes were held`);
  });

  it('say an event whose bytes the log no longer has', async () => {
    const io = memoryIo();
    const view = jsonView(io, logs);
    write('a', 'stdout', 'ab');
    for (const event of journal([printed('a', 0, 2), printed('a', 100, 5), printed('b', 0, 5)]))
      await view.event(event, emptyRun, false);
    view.end(emptyRun, true);
    assert.deepEqual(
      io.printed.out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { text: string }).text),
      ['ab', '', ''],
    );
  });

  it('give a person one line for each fact', async () => {
    const io = memoryIo();
    const view = plainView(io, logs);
    const bodies: EventBody[] = [
      begin(plan([task('a', 's'), task('b', 's')])),
      start('a'),
      { type: 'task.waiting', task: 'b', on: { kind: 'lock', lock: 'db', position: 1, holder: 'run x' } },
      {
        type: 'task.waiting',
        task: 'b',
        on: { kind: 'approval', message: 'Really?', details: '2 to add', digest: 'd' },
      },
      { type: 'task.approved', task: 'b', approved: true, by: 'me', digest: 'd', comment: 'fine' },
      {
        type: 'task.retrying',
        task: 'a',
        attempt: 1,
        status: 'timed_out',
        durationMs: 5,
        delayMs: 2000,
        signal: 'SIGTERM',
      },
      start('a', 2),
      end('a', 'failed', { exitCode: 3, reason: 'it exited with 3', allowedToFail: true }),
      end('b', 'skipped', { reason: 'its condition is false' }),
      { type: 'run.warning', task: 'a', message: 'careful' },
      { type: 'task.rolled_back', task: 'a', ok: false, reason: 'gone', durationMs: 1 },
      { type: 'run.cancelling', by: 'me', force: true },
      { type: 'tomorrow' } as unknown as EventBody,
    ];
    for (const event of journal(bodies)) await view.event(event, emptyRun, false);
    view.end(emptyRun, false);
    assert.deepEqual(io.printed.out.replace(/^\d\d:\d\d:\d\d /gm, '').split('\n'), [
      'run r1: shop, 2 tasks in 1 stage',
      '● a started',
      '◌ b waits for the lock db, place 1 in line, held by run x',
      '‖ b waits for approval: Really?',
      '    2 to add',
      '    code-engine runs approve r1 b',
      '✓ b approved by me: fine',
      '◷ a timed out (SIGTERM), again in 2.0 s',
      '● a started (attempt 2)',
      '✗ a failed 10 ms (exit code 3), which was allowed: it exited with 3',
      '⤼ b skipped: its condition is false',
      '! a: careful',
      '✗ a was not rolled back: gone',
      'cancelling, asked by me, by force',
      '',
    ]);
  });

  it('say nothing of what is past', async () => {
    const io = memoryIo();
    const view = plainView(io, logs);
    for (const event of journal([start('a')])) await view.event(event, emptyRun, true);
    view.end(emptyRun, false);
    assert.equal(io.printed.out, '');
  });

  it('are quiet about a success, and say a failure with its log on standard error', () => {
    write('a', 'stdout', 'on the way\n');
    write('a', 'stderr', '\u001b[31mno such host\u001b[0m\n');
    const over = (status: 'succeeded' | 'failed'): EventBody => ({
      type: 'run.finished',
      status,
      durationMs: 20,
      criticalPathMs: 10,
      serialMs: 10,
    });
    for (const status of ['succeeded', 'failed'] as const) {
      const io = memoryIo(undefined, { cwd: folder });
      const state = reduceAll(journal([begin(plan([task('a', 's')])), start('a'), end('a', status), over(status)]));
      quietView(io, logs).end(state, true);
      assert.equal(io.printed.out, '');
      if (status === 'succeeded') assert.equal(io.printed.err, '');
      else
        assert.match(
          io.printed.err,
          /✗ a failed.*\n {2}│ no such host\n {2}log: {2}\.code\/runs\/r1\/logs\/a\.1\.err\n/,
        );
    }
  });

  it('cost no more for an event when the run has 10,000 tasks', () => {
    const tasks = Array.from({ length: 10_000 }, (_, i) => task(`task_${i}`, 'wide'));
    const events = journal([begin(plan(tasks)), ...tasks.flatMap((t) => [start(t.task), end(t.task)])]);
    const costs = [1, 2, 3].map(() => {
      const io = memoryIo(undefined, { out: { write: () => true, drained: () => Promise.resolve(), closed: false } });
      const view = plainView(io, logs);
      const fold = new RunFold();
      const took = processorMs(() => {
        for (const event of events) {
          fold.apply(event);
          void view.event(event, fold.state, false);
        }
      });
      return (1000 * took) / events.length;
    });
    // Far above what an event costs: only work that grows with the run takes longer. The figure itself is bench/'s.
    assert.ok(Math.min(...costs) < 400, `${costs.map((us) => us.toFixed(1)).join(', ')} µs`);
  });
});
