/** Fills in what a bare task finds for itself: conventional files, the workflow's name, outputs of tasks upstream. */
import type { Convention, WorkspaceFiles } from '../core/catalogue.ts';
import { conventionalFiles, isGiven, isNeedless } from '../core/convention-files.ts';
import type { Diagnostic } from '../core/diagnostic.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Workflow } from '../language/workflow.ts';
import { fault, type Lowered } from './lowered.ts';

/** @returns parameters of every task, given ones first of all */
export function fillConventions(
  tasks: readonly Lowered[],
  workflow: Workflow,
  files: WorkspaceFiles | undefined,
  faults: Diagnostic[],
): Map<Lowered, JsonObject> {
  const byName = new Map(tasks.map((task) => [task.node.name.value, task]));
  const filled = new Map<Lowered, JsonObject>();
  for (const task of tasks) {
    const parameters: Record<string, Json> = { ...task.node.with };
    const has = (name: string): boolean => Object.hasOwn(parameters, name);
    const textOf = (name: string): string | undefined => {
      const value = parameters[name];
      return typeof value === 'string' ? value : undefined;
    };
    for (const convention of task.info.conventions) {
      if (isGiven(convention.parameter, task.info, has)) continue;
      if (convention.from === 'files' && isNeedless(convention, textOf)) continue;
      const value = valueOf(convention, task, { tasks, byName, workflow, files });
      if (value !== undefined) parameters[convention.parameter] = value;
      else if ('required' in convention && convention.required && files !== undefined)
        faults.push(nothingFound(convention, task));
    }
    filled.set(task, parameters);
  }
  return filled;
}

interface Place {
  readonly tasks: readonly Lowered[];
  readonly byName: ReadonlyMap<string, Lowered>;
  readonly workflow: Workflow;
  readonly files: WorkspaceFiles | undefined;
}

function valueOf(convention: Convention, task: Lowered, place: Place): Json | undefined {
  switch (convention.from) {
    case 'workflow':
      return place.workflow.name;
    case 'files':
      return place.files === undefined ? undefined : conventionalFiles(convention, task.node.cwd ?? '', place.files);
    case 'upstream':
      return fromUpstream(convention, task, place);
  }
}

type UpstreamConvention = Extract<Convention, { from: 'upstream' }>;

/** Outputs of what the task depends on; where that gives none, of the stages before its own. */
function fromUpstream(convention: UpstreamConvention, task: Lowered, place: Place): Json | undefined {
  const fits = (other: Lowered): boolean => convention.types.includes(other.info.type);
  const near = dependenciesOf(task, place.byName).filter(fits);
  const waits = place.workflow.schedule === 'stages' || task.node.dependsOn.length === 0 || task.stage < 0;
  const before = (other: Lowered): boolean =>
    other !== task && other.stage >= 0 && (task.stage < 0 || other.stage < task.stage);
  const sources = near.length > 0 ? near : waits ? place.tasks.filter((other) => before(other) && fits(other)) : [];
  const last = sources.at(-1);
  if (last === undefined) return undefined;
  if (convention.many !== true) return expressionFor(last, convention.output);
  if (sources.every(({ node }) => node.matrix === undefined))
    return sources.map((source) => expressionFor(source, convention.output));
  // Outputs of a matrix are lists already.
  const lists = sources.map((source) =>
    source.node.matrix === undefined ? `[${pathTo(source, convention.output)}]` : pathTo(source, convention.output),
  );
  return `\${{ ${lists.join(' + ')} }}`;
}

function dependenciesOf(task: Lowered, byName: ReadonlyMap<string, Lowered>): Lowered[] {
  const seen = new Set<Lowered>();
  const queue = [task];
  for (const at of queue) {
    for (const { value } of at.node.dependsOn) {
      const other = byName.get(value);
      if (other === undefined || seen.has(other) || other === task) continue;
      seen.add(other);
      queue.push(other);
    }
  }
  return [...seen];
}

const pathTo = ({ node }: Lowered, output: string): string =>
  `tasks${/^[A-Za-z_][A-Za-z0-9_]*$/.test(node.name.value) ? `.${node.name.value}` : `["${node.name.value}"]`}.outputs.${output}`;

const expressionFor = (task: Lowered, output: string): string => `\${{ ${pathTo(task, output)} }}`;

function nothingFound(convention: Exclude<Convention, { from: 'workflow' }>, task: Lowered): Diagnostic {
  const where = task.node.cwd === undefined ? '' : ` in ${task.node.cwd}`;
  const looked =
    convention.from === 'files'
      ? `there is no ${convention.globs.join(', ')}${where}`
      : `no task upstream of type ${convention.types.join(', ')} gives ${convention.output}`;
  return fault(
    'CODE065',
    task.node.type.range,
    `the task ${task.node.name.value} (${task.info.type}) has nothing to work on: ${convention.parameter} is not given, and ${looked}`,
  );
}
