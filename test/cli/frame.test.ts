import assert from 'node:assert/strict';
import fc from 'fast-check';
import { frame, type FrameOptions } from '../../src/cli/render/frame.ts';
import { fit, printable, widthOf } from '../../src/cli/render/style.ts';
import type { EventBody } from '../../src/run/events.ts';
import { reduceAll, type RunState } from '../../src/run/reduce.ts';
import { anyBody, begin, end, journal, plan, plans, start, task } from '../run/events.ts';

const options: FrameOptions = { color: false, unicode: true, lastLine: () => undefined };
const T0 = 1_800_000_000_000;

function shop(extra: readonly EventBody[]): RunState {
  const p = plan([
    task('provision', 'prepare'),
    task('build_api', 'build'),
    task('build_page', 'build'),
    task('index', 'build', { dependsOn: ['build_page'] }),
    task('start', 'serve'),
    task('stop', 'finally'),
  ]);
  return reduceAll(journal([begin(p), start('provision'), end('provision'), ...extra]));
}

describe('the live view', () => {
  it('shows every stage and task with its shape, its duration, its last line and why it waits', () => {
    const state = shop([
      start('build_api'),
      start('build_page'),
      { type: 'task.output', task: 'build_api', attempt: 1, stream: 'stdout', offset: 0, length: 9 },
    ]);
    const lines = frame(state, { columns: 70, rows: 30 }, T0 + 3250, {
      ...options,
      lastLine: (t) => (t.summary.task === 'build_api' ? 'bundling 14 files' : undefined),
    });
    assert.deepEqual(lines, [
      '● shop · running · stage 2 of 4 · 1 of 6 · 3.2 s',
      '  ✓ prepare',
      '    ✓ provision  10 ms',
      '  ● build',
      '    ● build_api   3.2 s     bundling 14 files',
      '    ● build_page  3.2 s',
      '    ○ index       after build_page',
      '  ○ serve',
      '    ○ start  waits for build',
      '  ○ finally',
      '    ○ stop  waits for serve',
    ]);
  });

  it('needs neither colour nor more than ASCII', () => {
    const state = shop([start('build_api'), end('build_api', 'failed', { exitCode: 1 }), start('build_page')]);
    const lines = frame(state, { columns: 60, rows: 30 }, T0 + 1000, { ...options, unicode: false });
    assert.deepEqual(
      lines.slice(0, 6),
      [
        '* shop | running | stage 2 of 4 | 1 failed | 2 of 6 | 990 ms',
        '  + prepare',
        '    + provision  10 ms',
        '  x build',
        '    x build_api   10 ms',
        '    * build_page  940 ms',
      ].map((line) => fit({ color: false, unicode: false }, line, 59)),
    );
    assert.ok(lines.every((line) => Array.from(line).every((c) => c.charCodeAt(0) < 127)));
  });

  it('colours by what a status means where there is colour', () => {
    const lines = frame(shop([]), { columns: 70, rows: 30 }, T0, { ...options, color: true });
    assert.ok(lines[1]?.includes('\u001b[32m✓\u001b[39m'));
  });

  it('gives the room of a small window to what runs and what failed, and counts the rest', () => {
    const many = Array.from({ length: 200 }, (_, i) => task(`t${i}`, 'wide'));
    const p = plan([task('first', 'before'), ...many, task('last', 'after')]);
    const state = reduceAll(
      journal([
        begin(p),
        start('first'),
        end('first'),
        ...[150, 151].map((i) => start(`t${i}`)),
        start('t7'),
        end('t7', 'failed'),
        start('t9'),
        end('t9'),
      ]),
    );
    assert.deepEqual(frame(state, { columns: 60, rows: 9 }, T0 + 5000, options), [
      '● shop · running · stage 2 of 3 · 1 failed · 3 of 202 · 5.…',
      '  ✓ before · 1 succeeded',
      '  ✗ wide · 1 failed, 2 running, 196 queued, 1 succeeded',
      '    ◌ t0    waits for a free place',
      '    ✗ t7    10 ms',
      '    ● t150  5.0 s',
      '    ● t151  5.0 s',
      '  ○ after · 1 pending',
    ]);
  });

  it('lets stages share a line where there are too many', () => {
    const p = plan(Array.from({ length: 60 }, (_, i) => task(`t${i}`, `s${i}`)));
    const done = Array.from({ length: 20 }, (_, i) => [start(`t${i}`), end(`t${i}`)]).flat();
    const state = reduceAll(journal([begin(p), ...done, start('t20')]));
    assert.deepEqual(
      frame(state, { columns: 60, rows: 12 }, T0 + 1000, options),
      [
        '● shop · running · stage 21 of 60 · 20 of 60 · 990 ms',
        '  ✓ 20 stages over · 20 succeeded',
        '  ● s20 ',
        '    ● t20  580 ms',
        '  ○ 39 stages to come · 39 pending',
      ].map((line) => line.trimEnd()),
    );
  });

  it('never leaves the window, whatever happened and however small it is', () => {
    const states = plans.chain((p) =>
      fc.array(anyBody(p), { maxLength: 40 }).map((bodies) => reduceAll(journal([begin(p), ...bodies]))),
    );
    fc.assert(
      fc.property(
        states,
        fc.integer({ min: 21, max: 120 }),
        fc.integer({ min: 3, max: 30 }),
        fc.boolean(),
        (state, columns, rows, unicode) => {
          const lines = frame(state, { columns, rows }, T0 + 10_000, {
            color: false,
            unicode,
            lastLine: () => 'a line with 漢字 and 🚀'.repeat(9),
            footer: ['a question '.repeat(20)],
          });
          assert.ok(lines.length <= Math.max(2, rows - 1), `${lines.length} lines in ${rows} rows`);
          for (const line of lines)
            assert.ok(widthOf(line) < columns, `${widthOf(line)} columns in ${columns}: ${line}`);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('draws 10,000 tasks without drawing what nobody sees', () => {
    const p = plan(Array.from({ length: 10_000 }, (_, i) => task(`task_${i}`, `stage_${Math.floor(i / 2500)}`)));
    const state = reduceAll(journal([begin(p), ...Array.from({ length: 500 }, (_, i) => start(`task_${i}`))]));
    const from = process.cpuUsage();
    for (let i = 0; i < 20; i++) frame(state, { columns: 120, rows: 40 }, T0 + i, options);
    assert.ok(
      process.cpuUsage(from).user / 20_000 < 500, // only drawing what nobody sees takes longer
      `${process.cpuUsage(from).user / 20_000} ms of processor time a frame`,
    );
  });
});

describe('a line that a tool printed', () => {
  it('is shown without colours, cursor movements and control characters', () => {
    assert.equal(printable('\u001b[1;32mok\u001b[0m\u001b[2K\tdone\u0007'), 'ok  done');
  });

  it('shows of a progress bar the last state', () => {
    assert.equal(printable('10 %\r50 %\r90 %\r'), '90 %');
  });

  it('is cut by columns, not by characters', () => {
    assert.equal(fit({ color: false, unicode: true }, '漢字漢字', 5), '漢字…');
  });
});
