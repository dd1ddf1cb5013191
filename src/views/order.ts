/** The order of a run's plan as numbers, for the folds that look at all tasks at once. Tasks are indices into `plan.tasks`. */
import type { PlanSummary } from '../run/events.ts';

export interface Order {
  readonly count: number;
  readonly index: ReadonlyMap<string, number>;
  readonly needs: readonly (readonly number[])[];
  readonly dependents: readonly (readonly number[])[];
  /** Stage number; tasks of `finally` come after the last stage. */
  readonly stageOf: Int32Array;
  /** Tasks by stage, those of `finally` last. */
  readonly members: readonly (readonly number[])[];
  /** Names of the stages, `finally` last. */
  readonly stages: readonly string[];
  /** 1 where the task waits for all stages before its own. */
  readonly barred: Uint8Array;
  /** Each task after all that it waits for. */
  readonly sequence: Int32Array;
}

export const FINALLY = 'finally';

const cache = new WeakMap<PlanSummary, Order>();

/** Built once per plan, O(tasks + edges). */
export function orderOf(plan: PlanSummary): Order {
  const known = cache.get(plan);
  if (known) return known;
  const order = build(plan);
  cache.set(plan, order);
  return order;
}

function build(plan: PlanSummary): Order {
  const count = plan.tasks.length;
  const stages = [...plan.stages.filter((name) => name !== FINALLY), FINALLY];
  const stageIndex = new Map(stages.map((name, i) => [name, i]));
  const index = new Map(plan.tasks.map((task, i) => [task.task, i]));
  const needs: number[][] = plan.tasks.map(() => []);
  const dependents: number[][] = plan.tasks.map(() => []);
  const members: number[][] = stages.map(() => []);
  const stageOf = new Int32Array(count);
  const barred = new Uint8Array(count);
  plan.tasks.forEach((task, i) => {
    const stage = stageIndex.get(task.stage) ?? stages.length - 1;
    stageOf[i] = stage;
    members[stage]?.push(i);
    barred[i] = task.ignoresBarrier === true ? 0 : 1;
    for (const id of task.dependsOn) {
      const from = index.get(id);
      if (from === undefined) continue;
      needs[i]?.push(from);
      dependents[from]?.push(i);
    }
  });
  const partial = { count, index, needs, dependents, stageOf, members, stages, barred };
  return { ...partial, sequence: sequenceOf(partial) };
}

/** Stage by stage, within a stage by its edges; a task in a circle (which no valid plan has) comes last in its stage. */
function sequenceOf(order: Omit<Order, 'sequence'>): Int32Array {
  const sequence = new Int32Array(order.count);
  const open = new Int32Array(order.count);
  let tail = 0;
  order.members.forEach((members, stage) => {
    const begin = tail;
    const placed = new Set<number>();
    const place = (task: number): void => {
      placed.add(task);
      sequence[tail++] = task;
    };
    for (const task of members) {
      let waits = 0;
      for (const need of order.needs[task] ?? []) if (order.stageOf[need] === stage) waits++;
      open[task] = waits;
      if (open[task] === 0) place(task);
    }
    for (let head = begin; head < tail; head++) {
      for (const dependent of order.dependents[sequence[head] ?? 0] ?? []) {
        if (order.stageOf[dependent] !== stage) continue;
        open[dependent] = (open[dependent] ?? 0) - 1;
        if (open[dependent] === 0) place(dependent);
      }
    }
    for (const task of members) if (!placed.has(task)) place(task);
  });
  return sequence;
}
