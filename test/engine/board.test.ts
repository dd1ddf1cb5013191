import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Board, type Dropped } from '../../src/engine/board.ts';
import type { Plan, PlannedTask } from '../../src/graph/plan.ts';
import type { TaskOutcome } from '../../src/run/events.ts';
import { planOf, taskOf } from './plans.ts';

interface Step {
  readonly task: string;
  readonly outcome: TaskOutcome;
}

/** Runs a plan on the board alone, with outcomes as given, and the limits' number of tasks at once. */
function play(
  plan: Plan,
  outcomeOf: (id: string) => TaskOutcome,
  limit = 3,
  pick = 0,
): { steps: Step[]; dropped: Map<string, Dropped>; order: string[] } {
  const board = new Board(
    plan,
    { io: limit, cpu: limit, total: limit },
    plan.tasks.map(() => 1),
  );
  const dropped = new Map<string, Dropped>();
  const note = (list: readonly Dropped[]): void => {
    for (const item of list) {
      const id = plan.tasks[item.task]!.id;
      assert(!dropped.has(id), `${id} was dropped twice`);
      dropped.set(id, item);
    }
  };
  const running: number[] = [];
  const steps: Step[] = [];
  const order: string[] = [];
  note(board.begin());
  while (!board.allEnded) {
    for (let task = board.take(); task !== undefined; task = board.take()) {
      running.push(task);
      order.push(plan.tasks[task]!.id);
    }
    assert(running.length > 0, 'nothing runs and not all has ended');
    assert(running.length <= limit, 'more run than there are places');
    const [ended] = running.splice(pick % running.length, 1);
    const { id } = plan.tasks[ended!]!;
    const outcome = outcomeOf(id);
    steps.push({ task: id, outcome });
    note(board.finish(ended!, outcome));
  }
  assert.equal(running.length, 0);
  return { steps, dropped, order };
}

const plans = fc
  .record({
    stages: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 }),
    finals: fc.integer({ min: 0, max: 2 }),
    links: fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 20 }),
    graph: fc.boolean(),
    allow: fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
  })
  .map(({ stages, finals, links, graph, allow }): Plan => {
    const tasks: PlannedTask[] = [];
    stages.forEach((count, stage) => {
      for (let i = 0; i < count; i++)
        tasks.push(taskOf(`s${stage}t${i}`, { stage, allowFailure: allow[tasks.length] === true }));
    });
    const main = tasks.length;
    const needs = tasks.map(() => new Set<string>());
    for (const [a, b] of links) {
      const [from, to] = [Math.min(a % main, b % main), Math.max(a % main, b % main)];
      if (from !== to) needs[to]!.add(tasks[from]!.id);
    }
    const linked: PlannedTask[] = tasks.map((task, i) => {
      const own = [...needs[i]!];
      return { ...task, needs: own, ignoresBarrier: graph && own.length > 0 };
    });
    for (let i = 0; i < finals; i++) linked.push(taskOf(`f${i}`, { stage: -1 }));
    return planOf(linked, { stages: stages.map((_, i) => `s${i}`), schedule: graph ? 'graph' : 'stages' });
  });

const good = (outcome: TaskOutcome, task: PlannedTask): boolean => outcome === 'succeeded' || task.allowFailure;

describe('the board', () => {
  it('runs or drops every task exactly once, in the order of needs and barriers, whatever fails', () => {
    fc.assert(
      fc.property(
        plans,
        fc.array(fc.constantFrom('succeeded', 'failed', 'timed_out'), { minLength: 40, maxLength: 40 }),
        fc.nat(),
        (plan, outcomes, pick) => {
          const at = new Map(plan.tasks.map((task, i) => [task.id, i]));
          const outcomeOf = (id: string): TaskOutcome => outcomes[at.get(id)! % outcomes.length] as TaskOutcome;
          const { steps, dropped, order } = play(plan, outcomeOf, 3, pick);
          const ended = new Map(steps.map((step, i) => [step.task, i]));
          for (const task of plan.tasks) {
            assert.equal(Number(ended.has(task.id)) + Number(dropped.has(task.id)), 1, `${task.id} is neither or both`);
            if (!ended.has(task.id)) continue;
            for (const need of task.needs) {
              assert(ended.has(need), `${task.id} ran although ${need} did not`);
              assert(good(outcomeOf(need), plan.tasks[at.get(need)!]!), `${task.id} ran although ${need} failed`);
              assert(ended.get(need)! < ended.get(task.id)!, `${task.id} ended before ${need}`);
            }
          }
          assert.equal(new Set(order).size, order.length, 'a task was started twice');
          for (const task of plan.tasks.filter(({ stage }) => stage === -1)) {
            assert(ended.has(task.id), 'a task of finally did not run');
            const before = order.indexOf(task.id);
            for (const other of plan.tasks)
              if (other.stage >= 0) assert(order.indexOf(other.id) < before, 'finally began too early');
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('starts a stage only when every task of the stages before has ended', () => {
    fc.assert(
      fc.property(plans, fc.nat(), (plan, pick) => {
        const { order } = play(plan, () => 'succeeded', 4, pick);
        const firstOf = (stage: number): number => {
          const found = order.findIndex((id) => {
            const task = plan.tasks.find((t) => t.id === id)!;
            return task.stage === stage && !task.ignoresBarrier;
          });
          return found < 0 ? Infinity : found;
        };
        for (const task of plan.tasks) {
          if (task.stage < 0) continue;
          for (let later = task.stage + 1; later < plan.stages.length; later++) {
            assert(order.indexOf(task.id) < firstOf(later), `${task.id} started after stage ${later}`);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives the free place to the task with the longest remaining path', () => {
    const plan = planOf([taskOf('short'), taskOf('long'), taskOf('tail', { needs: ['long'] })]);
    const board = new Board(plan, { io: 1, cpu: 1, total: 1 }, [5, 4, 10]);
    board.begin();
    assert.equal(plan.tasks[board.take()!]!.id, 'long');
  });

  it('keeps the two pools apart and counts a mixed task in both', () => {
    const plan = planOf([taskOf('m', { class: 'mixed' }), taskOf('i', { class: 'io' }), taskOf('c', { class: 'cpu' })]);
    const board = new Board(plan, { io: 1, cpu: 2, total: 9 }, [3, 2, 1]);
    board.begin();
    assert.equal(plan.tasks[board.take()!]!.id, 'm');
    assert.equal(plan.tasks[board.take()!]!.id, 'c', 'the mixed task holds the only io place');
    assert.equal(board.take(), undefined);
  });

  it('stops dependents of a failure with the reason, and lets the rest of the stage go on', () => {
    const plan = planOf(
      [taskOf('bad'), taskOf('after', { needs: ['bad'] }), taskOf('other'), taskOf('next', { stage: 1 })],
      { stages: ['a', 'b'] },
    );
    const { steps, dropped } = play(plan, (id) => (id === 'bad' ? 'failed' : 'succeeded'));
    assert.deepEqual(steps.map(({ task }) => task).sort(), ['bad', 'other']);
    assert.match(dropped.get('after')!.reason, /depends on bad, which failed/);
    assert.match(dropped.get('next')!.reason, /bad failed in the earlier stage a/);
  });

  it('does not drop a task that is under way and waits for its place again when an earlier stage fails', () => {
    const plan = planOf([taskOf('bad'), taskOf('early', { stage: 1, ignoresBarrier: true })], { stages: ['a', 'b'] });
    const board = new Board(plan, { io: 2, cpu: 1, total: 2 }, [1, 1]);
    board.begin();
    const [first, second] = [board.take()!, board.take()!];
    const [bad, early] = plan.tasks[first]!.id === 'bad' ? [first, second] : [second, first];
    board.yieldPlace(early);
    board.requeue(early);
    assert.deepEqual(board.finish(bad, 'failed'), []);
    assert.equal(board.take(), early);
    board.finish(early, 'succeeded');
    assert(board.allEnded);
  });

  it('runs what depends on a skipped task', () => {
    const plan = planOf([taskOf('skip'), taskOf('after', { needs: ['skip'] })]);
    const { steps } = play(plan, (id) => (id === 'skip' ? 'skipped' : 'succeeded'));
    assert.equal(steps.length, 2);
  });

  it('drops everything but finally when it is stopped', () => {
    const plan = planOf([taskOf('a'), taskOf('b', { needs: ['a'] }), taskOf('z', { stage: -1 })]);
    const board = new Board(plan, { io: 5, cpu: 5, total: 5 }, [1, 1, 1]);
    board.begin();
    const a = board.take()!;
    assert.deepEqual(
      board.stop('no more', false).map(({ task }) => plan.tasks[task]!.id),
      ['b'],
    );
    board.finish(a, 'cancelled');
    assert.equal(plan.tasks[board.take()!]!.id, 'z');
  });
});
