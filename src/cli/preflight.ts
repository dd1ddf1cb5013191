/** Before a run starts anything: are the tools of its tasks there? */
import type { Catalogue, TaskTypeInfo, ToolRequirement } from '../core/catalogue.ts';
import type { AnyTaskType } from '../core/task-type.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import { findTools, type ToolStatus } from '../platform/tools.ts';
import { listed } from '../views/words.ts';
import { EXIT, type Io } from './io.ts';

/** A program that is there is not refused because the machine is busy: at a load of 25, Helm took longer than doctor's two seconds. */
const PATIENCE_MS = 30_000;

export type Loaders = Readonly<Record<string, () => Promise<AnyTaskType>>>;

interface Need {
  readonly tool: ToolRequirement;
  readonly tasks: string[];
}

export interface Lack {
  readonly status: Exclude<ToolStatus, { status: 'ok' }>;
  readonly tasks: readonly string[];
}

/** The tools that the plan's tasks need and that are missing, too old or broken. */
export async function lackingTools(
  plan: Plan,
  catalogue: Catalogue,
  loaders: Loaders,
  env: Io['env'],
): Promise<Lack[]> {
  const needs = new Map<string, Need>();
  for (const task of await mayStart(plan)) {
    const info = catalogue.find(task.type);
    for (const tool of info === undefined ? [] : await neededBy(task, info, loaders)) {
      const key = `${tool.anyOf.join(' ')} ${tool.version ?? ''}`;
      const known = needs.get(key);
      if (known === undefined) needs.set(key, { tool, tasks: [task.id] });
      else known.tasks.push(task.id);
    }
  }
  const all = [...needs.values()];
  const statuses = await findTools(
    all.map((need) => need.tool),
    { env: { ...env, ...literalPath(plan) }, timeoutMs: PATIENCE_MS },
  );
  return statuses.flatMap((status, at) => (status.status === 'ok' ? [] : [{ status, tasks: all[at]?.tasks ?? [] }]));
}

/**
 * A condition that speaks of nothing but the run's inputs is decided already: where it does not hold, the tools of its task are not missed.
 */
async function mayStart(plan: Plan): Promise<readonly PlannedTask[]> {
  if (plan.tasks.every(({ when }) => when === undefined)) return plan.tasks;
  const { conditionOf, evaluateCondition, referencesOf } = await import('../core/expressions.ts');
  return plan.tasks.filter(({ when }) => {
    const condition = when === undefined ? undefined : conditionOf(when)?.expression;
    if (when === undefined || condition === undefined || /\b\w+\s*\(/.test(condition)) return true;
    if (!referencesOf(condition).every(({ segments: [root] }) => root?.name === 'inputs')) return true;
    const holds = evaluateCondition(when, { inputs: plan.inputs });
    return !holds.ok || holds.value;
  });
}

/** A PATH that the workflow sets counts, where it is written out. */
const literalPath = (plan: Plan): { PATH?: string } =>
  plan.env.PATH === undefined || plan.env.PATH.includes('${{') ? {} : { PATH: plan.env.PATH };

/** Tools that are optional are needed where the type says so for these parameters. */
async function neededBy(task: PlannedTask, info: TaskTypeInfo, loaders: Loaders): Promise<readonly ToolRequirement[]> {
  const optional = info.tools.some((tool) => tool.optional === true);
  const always = info.tools.filter((tool) => tool.optional !== true);
  const load = optional ? loaders[info.type] : undefined;
  if (load === undefined) return always;
  const type = await load();
  const parameters = type.parameters.safeParse(task.with);
  // Parameters that are expressions still are checked when the task starts.
  const named = parameters.success ? (type.needs?.(parameters.data) ?? []) : [];
  return info.tools.filter((tool) => tool.optional !== true || tool.anyOf.some((program) => named.includes(program)));
}

/** Says what is missing and how to get it. @returns the exit code */
export function reportLack(lacks: readonly Lack[], io: Io): number {
  io.err.write(
    `code-engine: ${lacks.length === 1 ? 'a tool is' : `${lacks.length} tools are`} missing here; nothing was run.\n`,
  );
  for (const { status, tasks } of lacks) {
    io.err.write(`  ${whatIsWrong(status)}, needed by ${listed(tasks, 4)}\n    ${status.hint}\n`);
  }
  io.err.write('  All of them at a glance: code-engine doctor\n');
  return EXIT.missing;
}

function whatIsWrong(status: Lack['status']): string {
  switch (status.status) {
    case 'missing':
      return `${status.wanted.join(' or ')} is not installed`;
    case 'outdated':
      return `${status.program} ${status.version} is too old`;
    case 'broken':
      return `${status.program} does not work`;
  }
}
