/** Which of a workflow's secrets a run needs: not those of tasks that its inputs rule out. */
import { canonical, type Json } from '../core/json.ts';
import { conditionOf, evaluateCondition, referencesOf } from '../core/expressions.ts';
import type { PlannedTask } from './plan.ts';

/**
 * The declared secrets, except those that are used only by tasks whose condition is already false by the inputs alone. A secret that no
 * task uses is kept: whoever declared it wants to be asked for it.
 * @param env the workflow's own, which every task gets
 */
export function secretsNeeded(
  declared: readonly string[],
  env: Readonly<Record<string, string>>,
  tasks: readonly PlannedTask[],
  inputs: Readonly<Record<string, Json>>,
): readonly string[] {
  if (declared.length === 0) return declared;
  const out = tasks.filter((task) => isRuledOut(task.when, inputs));
  if (out.length === 0) return declared;
  const kept = tasks.filter((task) => !out.includes(task));
  const named = namesIn(canonical([env, ...kept.map(textsOf)]));
  const namedOutside = namesIn(canonical(out.map(textsOf)));
  if (named === 'any' || namedOutside === 'any') return declared;
  return declared.filter((name) => named.has(name) || !namedOutside.has(name));
}

const textsOf = (task: PlannedTask): Json => [
  task.with,
  task.env,
  task.outputs,
  task.when ?? '',
  task.cwd ?? '',
  task.rollback === undefined || task.rollback === false ? '' : task.rollback.run,
  task.approval === undefined ? '' : JSON.stringify(task.approval),
];

/** @returns `any` if a name is computed: then it may be any of them */
function namesIn(text: string): ReadonlySet<string> | 'any' {
  const names = new Set<string>();
  for (const [, dotted, quoted] of text.matchAll(/\bsecrets\b(?:\s*\.\s*(\w+)|\s*\[\s*\\?["'](\w+)\\?["']\s*\])?/g)) {
    const name = dotted ?? quoted;
    if (name === undefined) return 'any';
    names.add(name);
  }
  return names;
}

function isRuledOut(when: string | undefined, inputs: Readonly<Record<string, Json>>): boolean {
  const condition = when === undefined ? undefined : conditionOf(when);
  if (when === undefined || condition === undefined) return false;
  if (referencesOf(condition.expression).some(({ segments }) => segments[0]?.name !== 'inputs')) return false;
  // `failure()` and its like are only known in the run.
  return (['success', 'failure', 'cancelled'] as const).every((soFar) => {
    const value = evaluateCondition(when, { inputs, soFar });
    return value.ok && !value.value;
  });
}
