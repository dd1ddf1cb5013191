import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { EventBody, RunEvent, TaskSummary } from '../../src/run/events.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import type { RunState } from '../../src/run/state.ts';
import { columnsLayout } from '../../src/views/graph/columns.ts';
import { layeredLayout } from '../../src/views/graph/layered.ts';
import { barrierCosts, forecast } from '../../src/views/forecast.ts';
import { orderOf } from '../../src/views/order.ts';
import { processorMs } from '../processor-time.ts';
import { makePlan, makeRun } from './fixture.ts';

const START = Date.UTC(2026, 0, 1);

/** A run whose tasks are written `name stage needs expected`, brought to a moment by events at milliseconds. */
function run(
  tasks: readonly [string, string, string, number][],
  events: readonly [number, EventBody][],
  limits = { io: 10, cpu: 4 },
): RunState {
  const summaries = tasks.map(([task, stage, needs, expectedMs], line): TaskSummary => ({
    task,
    name: task,
    type: 'shell',
    stage,
    dependsOn: needs === '' ? [] : needs.split(','),
    line,
    hash: task,
    expectedMs,
  }));
  const plan = {
    hash: 'h',
    workflow: 'w',
    file: '/w.code.yaml',
    root: '/',
    schedule: 'stages' as const,
    limits,
    stages: [...new Set(summaries.map((task) => task.stage))],
    tasks: summaries,
  };
  const supervisor = { pid: 1, startTime: '1', bootId: 'b' };
  const all: [number, EventBody][] = [[0, { type: 'run.started', plan, supervisor, engine: 'e' }], ...events];
  return reduceAll(
    all.map(([at, body], i): RunEvent => ({
      v: 1,
      seq: i + 1,
      time: new Date(START + at).toISOString(),
      runId: 'r',
      ...body,
    })),
  );
}

const started = (task: string): EventBody => ({ type: 'task.started', task, attempt: 1 });
const done = (task: string, durationMs: number): EventBody => ({
  type: 'task.finished',
  task,
  attempt: 1,
  status: 'succeeded',
  durationMs,
  outputs: {},
});

/** Begin and end of each task, in milliseconds from the start. */
function times(state: RunState, now: number): Record<string, [number, number]> {
  const known = forecast(state, START + now);
  assert.ok(known);
  return Object.fromEntries(
    (state.plan?.tasks ?? []).map((task, i) => [
      task.task,
      [(known.start[i] ?? 0) - START, (known.end[i] ?? 0) - START],
    ]),
  );
}

describe('the forecast of a run', () => {
  it('lays tasks that have not begun after what they wait for', () => {
    const state = run([['a', 's1', '', 100], ['b', 's1', 'a', 50], ['c', 's2', '', 30]], []); // prettier-ignore
    assert.deepEqual(times(state, 0), { a: [0, 100], b: [100, 150], c: [150, 180] });
  });
  it('takes what happened as it happened', () => {
    const state = run([['a', 's1', '', 100], ['b', 's2', '', 50]], [[5, started('a')], [65, done('a', 60)]]); // prettier-ignore
    assert.deepEqual(times(state, 70), { a: [5, 65], b: [70, 120] });
  });
  it('lets a task that takes longer than usual end now', () => {
    const state = run([['a', 's1', '', 100]], [[0, started('a')]]);
    assert.deepEqual(times(state, 400), { a: [0, 400] });
  });
  it('runs no more tasks at once than the limits allow', () => {
    const state = run([['a', 's', '', 100], ['b', 's', '', 100], ['c', 's', '', 100]], [], { io: 1, cpu: 1 }); // prettier-ignore
    assert.deepEqual(times(state, 0)['c'], [100, 200]);
  });
  it('finds the critical path through edges and barriers', () => {
    const state = run([['a', 's1', '', 100], ['b', 's1', '', 40], ['c', 's2', '', 10], ['d', 's2', 'c', 30]], []); // prettier-ignore
    const known = forecast(state, START);
    assert.ok(known);
    assert.deepEqual(
      known.path.map((i) => state.plan?.tasks[i]?.task),
      ['a', 'c', 'd'],
    );
    assert.equal(known.finish, START + 140);
  });
  it('says what each barrier cost, and what schedule: graph would save', () => {
    const events: [number, EventBody][] = [[0, started('a')], [0, started('b')], [10, done('a', 10)], [100, done('b', 100)], [100, started('c')], [150, done('c', 50)]]; // prettier-ignore
    const state = run([['a', 's1', '', 10], ['b', 's1', '', 100], ['c', 's2', 'a', 50]], events); // prettier-ignore
    const known = forecast(state, START + 150);
    assert.ok(known);
    assert.deepEqual(barrierCosts(state, known), {
      costs: [{ before: 's1', after: 's2', costMs: 50 }],
      graphSavesMs: 50,
    });
  });
  it('holds for a made-up run of 300: every task after what it waits for', () => {
    const state = reduceAll(makeRun({ tasks: 300, stages: 6, untilMs: 40_000, start: START }));
    const known = forecast(state, START + 40_000);
    assert.ok(known);
    for (let task = 0; task < known.order.count; task++) {
      for (const need of known.order.needs[task] ?? [])
        assert.ok((known.end[need] ?? 0) <= (known.start[task] ?? 0) + 1);
      assert.ok((known.end[task] ?? 0) >= (known.start[task] ?? 0));
    }
  });
  it('of ten thousand tasks takes some milliseconds', () => {
    const state = reduceAll(makeRun({ tasks: 10_000, stages: 20, untilMs: 60_000, start: START, pool: 100 }));
    forecast(state, START + 60_000);
    const took = processorMs(() => void forecast(state, START + 60_001));
    assert.ok(took < 2000, `${took} ms`);
  });
});

describe('the order of a plan', () => {
  it('puts every task after its needs, and stages one after the other', () => {
    const order = orderOf(makePlan({ tasks: 500, stages: 7 }));
    const at = new Map([...order.sequence].map((task, i) => [task, i]));
    for (let task = 0; task < order.count; task++)
      for (const need of order.needs[task] ?? []) assert.ok((at.get(need) ?? 0) < (at.get(task) ?? 0));
    const stages = [...order.sequence].map((task) => order.stageOf[task] ?? 0);
    assert.deepEqual(
      stages,
      [...stages].sort((a, b) => a - b),
    );
  });
});

describe('the picture of a graph', () => {
  const order = orderOf(makePlan({ tasks: 60, stages: 4 }));
  for (const [name, picture] of [
    ['in columns', columnsLayout(order)],
    ['in layers', layeredLayout(order)],
  ] as const) {
    it(`${name}: no two boxes overlap, all lie inside, stages do not mix`, () => {
      const boxes = Array.from(picture.x, (x, i) => ({ x, y: picture.y[i] ?? 0 }));
      boxes.forEach((a, i) => {
        assert.ok(
          a.x >= 0 &&
            a.y >= 0 &&
            a.x + picture.nodeWidth <= picture.width &&
            a.y + picture.nodeHeight <= picture.height,
        );
        for (const b of boxes.slice(i + 1))
          assert.ok(Math.abs(a.x - b.x) >= picture.nodeWidth || Math.abs(a.y - b.y) >= picture.nodeHeight);
      });
      picture.stages.slice(1).forEach((stage, i) => assert.ok(stage.left > (picture.stages[i]?.right ?? 0)));
    });
  }
  it('draws every edge from the right of one box to the left of another', () => {
    const picture = layeredLayout(order);
    assert.equal(
      picture.edges.length,
      order.needs.reduce((sum, needs) => sum + needs.length, 0),
    );
    for (const edge of picture.edges) {
      assert.equal(edge.points[0], (picture.x[edge.from] ?? 0) + picture.nodeWidth);
      assert.equal(edge.points.at(-2), picture.x[edge.to]);
    }
  });
});
