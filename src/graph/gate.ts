/** A plan behind an approval: nothing of it runs, not even `finally`, before a person has approved the whole of it. */
import { sha256 } from '../core/hash.ts';
import { canonical } from '../core/json.ts';
import { withHash } from './lower.ts';
import type { Plan, PlannedTask } from './plan.ts';

export interface Gate {
  readonly message: string;
  /** More to read before deciding. */
  readonly details: string;
}

/** @returns the plan with a task of type `approval` as its first stage, and that task's id */
export function gatedPlan(plan: Plan, { message, details }: Gate): { readonly plan: Plan; readonly gate: string } {
  const gate = freeName(new Set([...plan.tasks.map((t) => t.name), ...plan.stages]));
  const asked = { message, details };
  const question: PlannedTask = {
    id: gate,
    name: gate,
    stage: 0,
    type: 'approval',
    needs: [],
    ignoresBarrier: false,
    with: asked,
    env: {},
    retry: { attempts: 1, delayMs: 0, backoff: 1, maxDelayMs: 0 },
    allowFailure: false,
    class: 'io',
    locks: [],
    outputs: {},
    line: 0,
    hash: sha256(canonical({ type: 'approval', with: asked })),
  };
  const { hash: _old, ...body } = plan;
  const tasks = plan.tasks.map((task) => (task.stage < 0 ? afterYes(task, gate) : behind(task, gate)));
  return { plan: withHash({ ...body, stages: [gate, ...plan.stages], tasks: [question, ...tasks] }), gate };
}

/** A task that does not wait for the previous stage would not wait for the gate's either, so it depends on the gate. */
const behind = (task: PlannedTask, gate: string): PlannedTask => ({
  ...task,
  stage: task.stage + 1,
  needs: task.ignoresBarrier ? [...task.needs, gate] : task.needs,
});

/** `finally` runs whatever the outcome, but not if the gate was refused. */
function afterYes(task: PlannedTask, gate: string): PlannedTask {
  const yes = `tasks.${gate}.status == 'succeeded'`;
  return { ...task, when: task.when === undefined ? yes : `${yes} && (${task.when})` };
}

function freeName(taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? 'approval_by_a_person' : `approval_by_a_person_${n}`;
    if (!taken.has(name)) return name;
  }
}
