/**
 * The order of a plan as numbers: edges between tasks, and stage barriers as counters, so that a barrier between two stages of a
 * thousand tasks costs two thousand counts and not a million edges. Pure; built once, O(tasks + edges).
 */

/** What the order of tasks follows from: a `Plan` has it, and so has a run's view of one. */
export interface Ordered {
  readonly stages: readonly unknown[];
  readonly tasks: readonly {
    readonly id: string;
    /** Index into `stages`; -1 for tasks of `finally`. */
    readonly stage: number;
    /** Ids of the tasks that it depends on. */
    readonly needs: readonly string[];
    readonly ignoresBarrier: boolean;
  }[];
}

export interface Shape {
  readonly count: number;
  readonly index: ReadonlyMap<string, number>;
  /** Explicit edges, `depends_on` only. */
  readonly needs: readonly (readonly number[])[];
  readonly dependents: readonly (readonly number[])[];
  /** Stage number of a task; tasks of `finally` have `stageCount`. */
  readonly stageOf: Int32Array;
  /** Tasks by stage, those of `finally` last. */
  readonly members: readonly (readonly number[])[];
  readonly stageCount: number;
  /** 1 where the task also waits until every stage before its own has ended. */
  readonly barred: Uint8Array;
}

export function shapeOf(plan: Ordered): Shape {
  const count = plan.tasks.length;
  const index = new Map(plan.tasks.map((task, i) => [task.id, i]));
  const stageCount = plan.stages.length;
  const needs: number[][] = Array.from({ length: count }, () => []);
  const dependents: number[][] = Array.from({ length: count }, () => []);
  const members: number[][] = Array.from({ length: stageCount + 1 }, () => []);
  const stageOf = new Int32Array(count);
  const barred = new Uint8Array(count);
  plan.tasks.forEach((task, i) => {
    const stage = task.stage < 0 ? stageCount : task.stage;
    stageOf[i] = stage;
    members[stage]?.push(i);
    barred[i] = task.ignoresBarrier ? 0 : 1;
    for (const id of task.needs) {
      const from = index.get(id);
      if (from === undefined) continue; // restricted away by --only or --from: treated as met
      needs[i]?.push(from);
      dependents[from]?.push(i);
    }
  });
  return { count, index, needs, dependents, stageOf, members, stageCount, barred };
}

/**
 * The longest path from each task's start to the end of the run, in the unit of `duration`, barriers included: what the scheduler
 * goes by when tasks compete for a place.
 * @param duration expected milliseconds of each task, in the plan's order
 */
export function remainingPaths(shape: Shape, duration: ArrayLike<number>): Float64Array {
  const remaining = new Float64Array(shape.count);
  // afterStage[s]: the longest remaining path among the tasks that stage s holds back.
  const afterStage = new Float64Array(shape.stageCount + 2);
  const order = topologicalOrder(shape);
  const held = heldBy(shape);
  for (let k = order.length - 1; k >= 0; k--) {
    const i = order[k] ?? 0;
    const stage = shape.stageOf[i] ?? 0;
    let after = stage < shape.stageCount ? (afterStage[stage] ?? 0) : 0;
    for (const dependent of shape.dependents[i] ?? []) after = Math.max(after, remaining[dependent] ?? 0);
    const own = (duration[i] ?? 0) + after;
    remaining[i] = own;
    const holder = held[i] ?? -1;
    if (holder >= 0)
      for (let s = holder; s >= 0; s--) {
        if ((afterStage[s] ?? 0) >= own) break;
        afterStage[s] = own;
      }
  }
  return remaining;
}

/** The stage whose end a task waits for, or -1. */
function heldBy(shape: Shape): Int32Array {
  const held = new Int32Array(shape.count).fill(-1);
  for (let i = 0; i < shape.count; i++) if (shape.barred[i] === 1) held[i] = (shape.stageOf[i] ?? 0) - 1;
  return held;
}

/**
 * Tasks so that each comes after all that it waits for, barriers included. Within a stage by the edges; a task that ignores its
 * barrier stays in its stage's place, which is a valid order since its needs are in this stage or earlier ones. Tasks in a circle
 * (which no valid plan has) come last in their stage.
 */
export function topologicalOrder(shape: Shape): number[] {
  const order: number[] = [];
  const open = new Int32Array(shape.count);
  shape.members.forEach((members, stage) => {
    const begin = order.length;
    for (const i of members) {
      for (const need of shape.needs[i] ?? []) if (shape.stageOf[need] === stage) open[i] = (open[i] ?? 0) + 1;
      if (open[i] === 0) order.push(i);
    }
    for (let head = begin; head < order.length; head++) {
      for (const dependent of shape.dependents[order[head] ?? 0] ?? []) {
        if (shape.stageOf[dependent] !== stage) continue;
        open[dependent] = (open[dependent] ?? 0) - 1;
        if (open[dependent] === 0) order.push(dependent);
      }
    }
    if (order.length - begin < members.length) order.push(...members.filter((i) => (open[i] ?? 0) > 0));
  });
  return order;
}
