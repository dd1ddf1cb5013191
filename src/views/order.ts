/** The order of a run's plan as numbers, for the folds that look at all tasks at once. Tasks are indices into `plan.tasks`. */
import { shapeOf, topologicalOrder, type Shape } from '../graph/shape.ts';
import type { PlanSummary } from '../run/events.ts';

export interface Order extends Shape {
  /** Names of the stages, `finally` last. */
  readonly stages: readonly string[];
  /** Each task after all that it waits for. */
  readonly sequence: readonly number[];
}

const FINALLY = 'finally';

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
  const stages = plan.stages.filter((name) => name !== FINALLY);
  const stageIndex = new Map(stages.map((name, i) => [name, i]));
  const tasks = plan.tasks.map(({ task, stage, dependsOn, ignoresBarrier }) => ({
    id: task,
    stage: stageIndex.get(stage) ?? -1,
    needs: dependsOn,
    ignoresBarrier: ignoresBarrier === true,
  }));
  const shape = shapeOf({ stages, tasks });
  return { ...shape, stages: [...stages, FINALLY], sequence: topologicalOrder(shape) };
}
