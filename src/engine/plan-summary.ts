/** A plan as the first event of its run carries it. */
import type { Plan } from '../graph/plan.ts';
import type { PlanSummary } from '../run/events.ts';

/** What a reader needs to draw the whole run from its first event. */
export function summaryOf(plan: Plan, expectedMs: ReadonlyMap<string, number>): PlanSummary {
  return {
    hash: plan.hash,
    workflow: plan.workflow,
    file: plan.file,
    root: plan.root,
    schedule: plan.schedule,
    limits: plan.limits,
    stages: plan.stages,
    tasks: plan.tasks.map((task) => {
      const expected = expectedMs.get(task.id);
      return {
        task: task.id,
        name: task.name,
        type: task.type,
        stage: plan.stages[task.stage] ?? 'finally',
        dependsOn: task.needs,
        line: task.line,
        hash: task.hash,
        ...(task.ignoresBarrier ? { ignoresBarrier: true } : {}),
        ...(expected === undefined ? {} : { expectedMs: expected }),
      };
    }),
  };
}
