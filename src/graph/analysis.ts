/**
 * What the shape of a plan costs in time: its critical path, what running one by one would take, and what each barrier between stages
 * holds back that `schedule: graph` would not. All in O(tasks + edges): a barrier is a number, never a mesh of edges. The bounds are
 * those of the graph alone; places in pools are for the engine to count.
 */
import type { Plan } from './plan.ts';
import { remainingPaths, shapeOf, topologicalOrder, type Shape } from './shape.ts';

export interface BarrierCost {
  /** The stage whose tasks wait. */
  readonly stage: string;
  /** The stage that they wait for: the one before with tasks. */
  readonly after: string;
  /** How much earlier, at most, one of its tasks could start if it waited only for what it depends on. */
  readonly waitMs: number;
  /** The task of the stage before that ends last, and so holds the barrier. */
  readonly heldBy: string;
}

export interface Analysis {
  /** Ids along the longest path through the plan, barriers included, in order. */
  readonly criticalPath: readonly string[];
  readonly criticalPathMs: number;
  /** All tasks one after the other. */
  readonly serialMs: number;
  /** The longest path with `schedule: graph`; the same as now where that is the schedule. */
  readonly graphMs: number;
  /** Earliest start of each task from the beginning of the run, in the plan's order. */
  readonly startMs: Float64Array;
  /** From each task's start to the end of the run, in the plan's order. */
  readonly remainingMs: Float64Array;
  /** How much longer each task could take without the run taking longer, in the plan's order. */
  readonly slackMs: Float64Array;
  readonly barriers: readonly BarrierCost[];
}

/** @param durationMs expected milliseconds of each task, in the plan's order */
export function analyze(plan: Plan, durationMs: ArrayLike<number>): Analysis {
  const shape = shapeOf(plan);
  const times = earliest(shape, durationMs);
  const remainingMs = remainingPaths(shape, durationMs);
  const last = indexOfLargest(times.ends);
  const freed = asGraph(plan, shape);
  const graphTimes = earliest(freed, durationMs);
  const slackMs = times.starts.map((start, i) => Math.max(0, times.endMs - start - (remainingMs[i] ?? 0)));
  return {
    criticalPath: pathTo(last, times.because).map((i) => plan.tasks[i]?.id ?? ''),
    criticalPathMs: times.endMs,
    serialMs: Array.from(durationMs).reduce((sum, ms) => sum + ms, 0),
    graphMs: graphTimes.endMs,
    startMs: times.starts,
    remainingMs,
    slackMs,
    barriers: barriersOf(plan, shape, times, graphTimes),
  };
}

/** The same tasks under `schedule: graph`: a task that names what it needs waits for no barrier. Tasks of `finally` always do. */
function asGraph(plan: Plan, shape: Shape): Shape {
  const barred = Uint8Array.from(plan.tasks, (task, i) =>
    task.stage >= 0 && task.needs.length > 0 ? 0 : (shape.barred[i] ?? 1),
  );
  return { ...shape, barred };
}

interface Times {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** The task whose end each one's start waits for; -1 where it starts at once. */
  readonly because: Int32Array;
  readonly endMs: number;
}

function earliest(shape: Shape, durationMs: ArrayLike<number>): Times {
  const starts = new Float64Array(shape.count);
  const ends = new Float64Array(shape.count);
  const because = new Int32Array(shape.count).fill(-1);
  // doneBy[s]: when all stages before s are done, and which task was the last of them.
  const doneBy = new Float64Array(shape.stageCount + 2);
  const lastOf = new Int32Array(shape.stageCount + 2).fill(-1);
  let reached = 0;
  for (const i of topologicalOrder(shape)) {
    const stage = shape.stageOf[i] ?? 0;
    for (; reached < stage; reached++) {
      if ((doneBy[reached] ?? 0) > (doneBy[reached + 1] ?? 0)) {
        doneBy[reached + 1] = doneBy[reached] ?? 0;
        lastOf[reached + 1] = lastOf[reached] ?? -1;
      }
    }
    if (shape.barred[i] === 1) {
      starts[i] = doneBy[stage] ?? 0;
      because[i] = lastOf[stage] ?? -1;
    }
    for (const need of shape.needs[i] ?? []) {
      if ((ends[need] ?? 0) > (starts[i] ?? 0) || because[i] === -1) {
        starts[i] = Math.max(starts[i] ?? 0, ends[need] ?? 0);
        because[i] = need;
      }
    }
    ends[i] = (starts[i] ?? 0) + (durationMs[i] ?? 0);
    if ((ends[i] ?? 0) >= (doneBy[stage + 1] ?? 0)) {
      doneBy[stage + 1] = ends[i] ?? 0;
      lastOf[stage + 1] = i;
    }
  }
  return { starts, ends, because, endMs: ends.reduce((a, b) => Math.max(a, b), 0) };
}

function indexOfLargest(values: Float64Array): number {
  let best = -1;
  values.forEach((value, i) => {
    if (best < 0 || value > (values[best] ?? 0)) best = i;
  });
  return best;
}

function pathTo(last: number, because: Int32Array): number[] {
  const path: number[] = [];
  for (let at = last; at >= 0; at = because[at] ?? -1) path.push(at);
  return path.reverse();
}

function barriersOf(plan: Plan, shape: Shape, now: Times, graph: Times): BarrierCost[] {
  const costs: BarrierCost[] = [];
  let before = -1;
  shape.members.forEach((members, stage) => {
    if (members.length === 0 || stage >= shape.stageCount) return;
    let waitMs = 0;
    for (const i of members)
      if (shape.barred[i] === 1) waitMs = Math.max(waitMs, (now.starts[i] ?? 0) - (graph.starts[i] ?? 0));
    if (before >= 0 && waitMs > 0) {
      const holder = (shape.members[before] ?? []).reduce((a, b) => ((now.ends[b] ?? 0) > (now.ends[a] ?? 0) ? b : a));
      costs.push({
        stage: plan.stages[stage] ?? '',
        after: plan.stages[before] ?? '',
        waitMs,
        heldBy: plan.tasks[holder]?.id ?? '',
      });
    }
    before = stage;
  });
  return costs;
}
