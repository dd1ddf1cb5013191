import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EventBody } from '../../src/run/events.ts';
import { emptyRun, interrupted, isOutcome, reduce, reduceAll, RunFold, type RunState } from '../../src/run/reduce.ts';
import { whyWaiting } from '../../src/run/waiting.ts';
import { processorMs } from '../processor-time.ts';
import { anyJournal, begin, end, journal, plan, start, supervisor, task } from './events.ts';

const statusOf = (state: RunState, name: string): string | undefined => state.tasks.get(name)?.status;

/** Plain data, so that two states compare by what they hold. */
const plain = (state: RunState): unknown => ({ ...state, tasks: [...state.tasks], logs: [...state.logs] });

describe('the fold over events', () => {
  it('shows what may start as queued, and what waits for stage or dependency as pending', () => {
    const p = plan([task('a', 'one'), task('b', 'one', { dependsOn: ['a'] }), task('c', 'two'), task('z', 'finally')]);
    let state = reduceAll(journal([begin(p)]));
    assert.deepEqual(
      ['a', 'b', 'c', 'z'].map((n) => statusOf(state, n)),
      ['queued', 'pending', 'pending', 'pending'],
    );
    assert.deepEqual(whyWaiting(state, 'a'), { kind: 'pool' });
    assert.deepEqual(whyWaiting(state, 'b'), { kind: 'dependency', tasks: ['a'] });
    assert.deepEqual(whyWaiting(state, 'c'), { kind: 'stage', stage: 'one', left: 2 });
    assert.deepEqual(whyWaiting(state, 'z'), { kind: 'stage', stage: 'two', left: 3 });
    state = reduceAll(journal([start('a'), end('a')], 2), state);
    assert.equal(statusOf(state, 'b'), 'queued');
    state = reduceAll(journal([start('b'), end('b')], 4), state);
    assert.equal(statusOf(state, 'c'), 'queued');
    state = reduceAll(journal([start('c'), end('c')], 6), state);
    assert.equal(statusOf(state, 'z'), 'queued');
  });

  it('keeps later stages shut after a failure, but opens finally', () => {
    const p = plan([task('a', 'one'), task('b', 'two'), task('z', 'finally')]);
    const state = reduceAll(
      journal([begin(p), start('a'), end('a', 'failed', { exitCode: 7 }), end('b', 'skipped', { reason: 'a failed' })]),
    );
    assert.equal(state.tasks.get('a')?.exitCode, 7);
    assert.equal(statusOf(state, 'z'), 'queued');
    assert.equal(state.stages[1]?.open, false);
  });

  it('lets what depends on an allowed failure or a skipped condition start', () => {
    const p = plan([task('a', 'one'), task('b', 'one'), task('c', 'two', { dependsOn: ['a', 'b'] })]);
    const state = reduceAll(journal([begin(p), end('a', 'failed', { allowedToFail: true }), end('b', 'skipped')]));
    assert.equal(statusOf(state, 'c'), 'queued');
  });

  it('lets a task of a graph schedule pass the barrier when its dependencies are done', () => {
    const p = plan([
      task('a', 'one'),
      task('slow', 'one'),
      task('b', 'two', { dependsOn: ['a'], ignoresBarrier: true }),
    ]);
    assert.equal(statusOf(reduceAll(journal([begin(p), start('slow'), end('a')])), 'b'), 'queued');
  });

  it('records attempts, retries and what is waited for', () => {
    const p = plan([task('a', 'one')]);
    const first: EventBody[] = [
      begin(p),
      start('a'),
      { type: 'task.output', task: 'a', attempt: 1, stream: 'stderr', offset: 0, length: 5 },
    ];
    const retry: EventBody = {
      type: 'task.retrying',
      task: 'a',
      attempt: 1,
      status: 'failed',
      exitCode: 1,
      durationMs: 4,
      delayMs: 1000,
    };
    let state = reduceAll(journal([...first, retry]));
    assert.equal(statusOf(state, 'a'), 'queued');
    assert.equal(whyWaiting(state, 'a')?.kind, 'retry');
    state = reduceAll(journal([start('a', 2), end('a', 'succeeded', { attempt: 2 })], 5), state);
    assert.deepEqual(
      state.tasks.get('a')?.attempts.map((t) => [t.attempt, t.status, t.log?.stderr]),
      [
        [1, 'failed', 5],
        [2, 'succeeded', 0],
      ],
    );
    assert.equal(whyWaiting(state, 'a'), undefined);
  });

  it('waits for approval before the start as well as in the middle of an attempt', () => {
    const p = plan([task('a', 'one'), task('b', 'one')]);
    const ask = (name: string): EventBody => ({
      type: 'task.waiting',
      task: name,
      on: { kind: 'approval', message: 'go?', digest: 'd' },
    });
    const yes = (name: string): EventBody => ({
      type: 'task.approved',
      task: name,
      approved: true,
      by: 'me',
      digest: 'd',
    });
    let state = reduceAll(journal([begin(p), ask('a'), start('b'), ask('b')]));
    assert.equal(state.counts.awaiting_approval, 2);
    state = reduceAll(journal([yes('a'), yes('b')], 5), state);
    assert.deepEqual([statusOf(state, 'a'), statusOf(state, 'b')], ['queued', 'running']);
  });

  it('takes up a resumed run: what had ended well stays, what is reset begins anew', () => {
    const p = plan([task('a', 'one'), task('b', 'one'), task('c', 'two')]);
    const first = journal([
      begin(p),
      start('a'),
      end('a'),
      start('b'),
      end('b', 'failed'),
      end('c', 'skipped'),
      { type: 'run.finished', status: 'failed', durationMs: 9, criticalPathMs: 9, serialMs: 9 },
    ]);
    const resume: EventBody = { type: 'run.resumed', plan: p, supervisor, engine: '0', attempt: 2, reset: ['b', 'c'] };
    let state = reduceAll([...first, ...journal([resume], 8)]);
    assert.equal(state.status, 'running');
    assert.deepEqual(
      ['a', 'b', 'c'].map((n) => statusOf(state, n)),
      ['succeeded', 'queued', 'pending'],
    );
    assert.equal(state.tasks.get('b')?.attempts.length, 1);
    state = reduceAll(journal([start('b', 2), end('b', 'succeeded', { attempt: 2 })], 9), state);
    assert.equal(statusOf(state, 'c'), 'queued');
  });

  it('ignores what it does not know and counts it', () => {
    const state = reduceAll(
      journal([begin(plan([task('a', 'one')])), { type: 'from.tomorrow' } as unknown as EventBody]),
    );
    assert.equal(state.ignored, 1);
    assert.equal(state.seq, 2);
  });

  it('marks what was under way as interrupted when the supervisor is gone', () => {
    const state = interrupted(reduceAll(journal([begin(plan([task('a', 'one'), task('b', 'two')])), start('a')])));
    assert.equal(state.status, 'interrupted');
    assert.deepEqual([statusOf(state, 'a'), statusOf(state, 'b')], ['interrupted', 'pending']);
  });
});

describe('the fold over any journal', () => {
  it('never throws, leaves its input as it was, and equals the fold in place', () => {
    fc.assert(
      fc.property(anyJournal, ({ events }) => {
        const fold = new RunFold();
        let state = emptyRun;
        for (const event of events) {
          const before = JSON.stringify(plain(state));
          const next = reduce(state, event);
          assert.equal(JSON.stringify(plain(state)), before);
          state = next;
          fold.apply(event);
        }
        assert.deepEqual(plain(fold.snapshot()), plain(state));
      }),
      { numRuns: 150 },
    );
  });

  it('may be cut anywhere: the fold of the whole is the fold of the rest from the state of the first part', () => {
    fc.assert(
      fc.property(anyJournal, fc.nat(61), ({ events }, at) => {
        const whole = reduceAll(events);
        assert.deepEqual(plain(reduceAll(events.slice(at), reduceAll(events.slice(0, at)))), plain(whole));
      }),
      { numRuns: 200 },
    );
  });

  it('counts every task once, and lets no event but a resume change an ending', () => {
    fc.assert(
      fc.property(anyJournal, ({ p, events }) => {
        const fold = new RunFold();
        for (const event of events) {
          const endings = [...fold.state.tasks.values()]
            .filter((t) => isOutcome(t.status))
            .map((t) => [t.summary.task, t.status] as const);
          fold.apply(event);
          const { counts, tasks, stages } = fold.state;
          assert.equal(
            Object.values(counts).reduce((a, b) => a + b),
            p.tasks.length,
          );
          assert.equal(
            stages.reduce((sum, s) => sum + s.left, 0),
            [...tasks.values()].filter((t) => !isOutcome(t.status)).length,
          );
          if (event.type === 'run.resumed') continue;
          for (const [name, status] of endings) assert.equal(tasks.get(name)?.status, status);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('folds 100,000 events of 10,000 tasks in linear time', () => {
    const tasks = Array.from({ length: 10_000 }, (_, i) =>
      task(`t${i}`, `s${Math.floor(i / 500)}`, { dependsOn: i < 500 ? [] : [`t${i - 500}`] }),
    );
    const bodies: EventBody[] = [begin(plan(tasks))];
    for (const t of tasks) {
      bodies.push({ type: 'tasks.admitted', tasks: [t.task] }, start(t.task));
      for (let i = 0; i < 7; i++)
        bodies.push({ type: 'task.output', task: t.task, attempt: 1, stream: 'stdout', offset: i * 10, length: 10 });
      bodies.push(end(t.task));
    }
    const events = journal(bodies);
    const times = [1, 2, 3].map(() => processorMs(() => assert.equal(reduceAll(events).counts.succeeded, 10_000)));
    // Twenty times what it takes: only a fold that is not linear takes longer. The figure itself is bench/'s.
    assert.ok(Math.min(...times) < 6000, `took ${times.map(Math.round).join(', ')} ms`);
  });
});
