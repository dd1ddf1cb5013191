/** A part of a plan: `--only` these tasks, or everything `--from` a task on. */
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { listOf, nearest } from '../language/suggest.ts';
import { withHash } from './lower.ts';
import type { Plan, PlannedTask } from './plan.ts';

export interface Restriction {
  /** Names of tasks or ids of instances: these and no others, not even `finally`. */
  readonly only?: readonly string[];
  /** A task's name or an instance's id: this one, its dependents, the later stages, and `finally`. */
  readonly from?: string;
}

const isNamed = (task: PlannedTask, name: string): boolean => task.name === name || task.id === name;

/** Tasks that are left out count as done: dependencies on them are met. */
export function restrictPlan(plan: Plan, { only, from }: Restriction): Result<Plan> {
  for (const name of [...(only ?? []), ...(from === undefined ? [] : [from])]) {
    if (!plan.tasks.some((task) => isNamed(task, name))) {
      const names = [...new Set(plan.tasks.map((task) => task.name))];
      const meant = nearest(name, names);
      return err(
        failure('usage', `The workflow ${plan.workflow} has no task ${name}.`, {
          next: meant === undefined ? `Its tasks are ${listOf(names, 20)}.` : `Did you mean ${meant}?`,
        }),
      );
    }
  }
  let tasks = plan.tasks;
  if (from !== undefined) tasks = tasksFrom(plan, from);
  if (only !== undefined && only.length > 0) tasks = tasks.filter((task) => only.some((name) => isNamed(task, name)));
  if (tasks.length === 0) {
    return err(
      failure(
        'usage',
        `None of ${only?.join(', ') ?? ''} is among the tasks from ${from ?? ''} on: nothing is left to run.`,
        {
          next: 'Take --only or --from, or tasks that both mean.',
        },
      ),
    );
  }
  const { hash: _old, ...body } = plan;
  const kept = new Set(tasks.map(({ name }) => name));
  const leftOut = [...new Set(plan.tasks.map(({ name }) => name))].filter((name) => !kept.has(name));
  return ok(withHash({ ...body, tasks, ...(leftOut.length === 0 ? {} : { leftOut }) }));
}

function tasksFrom(plan: Plan, from: string): PlannedTask[] {
  const start = plan.tasks.filter((task) => isNamed(task, from));
  const chosen = new Set(start.map(({ id }) => id));
  const stage = start[0]?.stage ?? 0;
  // Tasks are in the order of the file, not of their dependencies, so repeat until nothing is added.
  for (let before = -1; before !== chosen.size;) {
    before = chosen.size;
    for (const task of plan.tasks) if (task.needs.some((id) => chosen.has(id))) chosen.add(task.id);
  }
  return plan.tasks.filter((task) => chosen.has(task.id) || (stage >= 0 && (task.stage > stage || task.stage < 0)));
}
