/** Makes a failing scenario smaller while it still fails: fewer lives with faults, fewer faults, fewer tasks. */
import type { RunSpec, Scenario } from './scenario.ts';

export interface Smaller {
  readonly violations: readonly string[];
  readonly tasks: readonly unknown[];
  readonly faults: Scenario['faults'];
}

export async function shrink(
  scenario: Scenario,
  judge: (scenario: Scenario) => Promise<readonly string[]>,
): Promise<Smaller> {
  let best = scenario;
  let violations = await judge(scenario);
  const kind = kindOf(violations);
  for (let smaller = true; smaller;) {
    smaller = false;
    for (const candidate of candidates(best)) {
      const found = await judge(candidate);
      if (kindOf(found) !== kind) continue;
      best = candidate;
      violations = found;
      smaller = true;
      break;
    }
  }
  const tasks = best.runs.flatMap(({ plan, behaviours, options }) => [
    options,
    ...plan.tasks.map((task) => ({ ...task, ...behaviours.get(task.id) })),
  ]);
  return { violations: violations.slice(0, 3), tasks, faults: best.faults };
}

/** The first violation without its names and numbers: a smaller scenario must fail in the same way. */
const kindOf = (violations: readonly string[]): string | undefined => violations[0]?.replaceAll(/\S*\d\S*/g, '');

function* candidates(scenario: Scenario): Generator<Scenario> {
  const { faults, runs } = scenario;
  for (const [run, lives] of faults.entries()) {
    for (const [life, list] of lives.entries()) {
      const withLife = (other: (typeof lives)[number] | undefined): Scenario => ({
        ...scenario,
        faults: faults.with(run, other === undefined ? lives.toSpliced(life, 1) : lives.with(life, other)),
      });
      yield withLife(undefined);
      for (const i of list.keys()) yield withLife(list.toSpliced(i, 1));
    }
  }
  for (const [i, run] of runs.entries()) {
    for (const { id } of run.plan.tasks) {
      if (run.plan.tasks.length > 1) yield { ...scenario, runs: runs.with(i, without(run, id)) };
    }
  }
}

function without(run: RunSpec, gone: string): RunSpec {
  const tasks = run.plan.tasks
    .filter(({ id }) => id !== gone)
    .map((task) => ({
      ...task,
      needs: task.needs.filter((need) => need !== gone),
      with: Object.fromEntries(Object.entries(task.with).filter(([need]) => need !== gone)),
      ...(task.when?.includes(`tasks.${gone}.`) === true ? { when: 'true' } : {}),
    }));
  return { ...run, plan: { ...run.plan, tasks } };
}
