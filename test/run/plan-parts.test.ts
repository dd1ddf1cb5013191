/** Plans on their way to a window: in parts, and whole again at the other end, whatever is cut off and sent anew. */
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { RunEvent } from '../../src/run/events.ts';
import { opensRun, PLAN_PART, PlanJoiner, sentBatches, type SentEvent } from '../../src/run/plan-parts.ts';
import { readNotification } from '../../src/run/protocol.ts';
import { RunFold, reduceAll } from '../../src/run/reduce.ts';
import { makeRun } from '../views/fixture.ts';

const large = makeRun({ tasks: 3 * PLAN_PART + 7, stages: 5 });
const joined = (sent: readonly SentEvent[], joiner = new PlanJoiner()): RunEvent[] =>
  sent.flatMap((each) => joiner.take(each) ?? []);

describe('a plan on its way to a window', () => {
  it('travels in parts of bounded size, and arrives as it was', () => {
    const batches = sentBatches(large, 50);
    const parts = batches.filter(([first]) => first?.type === 'plan.part');
    assert.equal(parts.length, 4);
    for (const batch of batches) {
      assert.ok(batch.length <= 50);
      for (const event of batch) if (event.type === 'plan.part') assert.ok(event.tasks.length <= PLAN_PART);
    }
    assert.deepEqual(joined(batches.flat()), large);
  });

  it('is one message with what follows where it is small', () => {
    const small = makeRun({ tasks: 6, stages: 2 });
    assert.deepEqual(sentBatches(small, small.length), [small]);
  });

  it('is whole where it was cut off and began anew', () => {
    const sent = sentBatches(large, 50).flat();
    assert.deepEqual(joined([...sent.slice(0, 2), ...sent]), large);
  });

  it('is not taken for whole by who did not see its beginning', () => {
    const sent = sentBatches(large, 50).flat();
    const late = joined(sent.slice(1));
    assert.equal(late[0]?.seq, 2);
    assert.deepEqual(
      sent.slice(0, 6).map((each) => opensRun(each)),
      [true, false, false, false, false, false],
    );
    assert.ok(opensRun(large[0] as SentEvent));
  });

  it('passes the check of the other end, and a part without its place does not', () => {
    for (const events of sentBatches(large, 50)) {
      const read = readNotification('runs/events', { runId: 'x', events });
      assert.ok(read.ok, read.ok ? '' : read.failure);
    }
    const [[part] = []] = sentBatches(large, 50);
    assert.ok(!readNotification('runs/events', { runId: 'x', events: [{ ...part, at: -1 }] }).ok);
    assert.ok(!readNotification('runs/events', { runId: 'x', events: [{ ...part, tasks: [{}] }] }).ok);
  });
});

describe('a plan that is folded in pieces', () => {
  it('arrives at the same state, and shows none of it before it is whole', () => {
    const fold = new RunFold();
    let pieces = 0;
    for (const event of large)
      for (const _piece of fold.applyInPieces(event)) {
        pieces++;
        assert.equal(fold.state.plan, undefined);
      }
    assert.ok(pieces >= 4, `${pieces} pieces`);
    assert.deepEqual(fold.state, reduceAll(large));
  });

  it('keeps what is there until a resumed run is laid out', () => {
    const [first] = large;
    assert.ok(first?.type === 'run.started');
    const { supervisor, engine, plan, time, runId, v } = first;
    const seq = large.length + 1;
    const resumed: RunEvent = {
      v,
      seq,
      time,
      runId,
      type: 'run.resumed',
      plan,
      supervisor,
      engine,
      attempt: 2,
      reset: [],
    };
    const fold = new RunFold();
    for (const event of large) fold.apply(event);
    const before = fold.snapshot();
    for (const _piece of fold.applyInPieces(resumed)) assert.deepEqual(fold.state, before);
    assert.deepEqual(fold.state, reduceAll([...large, resumed]));
  });
});
