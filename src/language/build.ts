/** The workflow that an assembly says, as data. */
import type { InputDefinition } from '../core/input.ts';
import type { Json } from '../core/json.ts';
import { parseLogLimit } from '../core/size.ts';
import { conditionOf } from '../core/template.ts';
import { keyNamed, type Assembly, type Placed, type PlacedTask } from './assembly.ts';
import { durationOf, inputOf, retryOf, textsOf } from './head.ts';
import { find, isEmpty, textOf, toJson, toObject, type MapNode, type Node } from './node.ts';
import type { TaskFacts, Word } from './reading.ts';
import type { ApprovalPolicy, CachePolicy, Located, OnAlive, OnUnknown, TaskNode, Workflow } from './workflow.ts';

/** @param fallbackName the name where the file gives none */
export function buildWorkflow(assembly: Assembly, fallbackName: string): Workflow | undefined {
  if (assembly.tasks.length === 0) return undefined;
  const value = (key: string): Node | undefined => keyNamed(assembly, key)?.item.value;
  const name = scalarText(value('name'));
  const description = scalarText(value('description'));
  const limits = value('limits');
  const defaults = value('defaults');
  const retry = defaults?.kind === 'map' ? retryOf(find(defaults, 'retry')?.value) : undefined;
  const timeoutMs = defaults?.kind === 'map' ? durationAt(defaults, 'timeout') : undefined;
  const logLimit = defaults?.kind === 'map' ? logLimitAt(defaults) : undefined;
  const secrets = value('secrets');
  return {
    name: name === undefined || name === '' ? fallbackName : name,
    ...(description === undefined ? {} : { description }),
    inputs: inputsOf(value('inputs')),
    env: textsOf(value('env')),
    secrets:
      secrets?.kind === 'seq'
        ? secrets.items.flatMap((item) => (item.kind === 'scalar' && !isEmpty(item) ? [textOf(item)] : []))
        : [],
    limits: { io: numberAt(limits, 'io') ?? 10, cpu: numberAt(limits, 'cpu') ?? 4 },
    schedule: scalarText(value('schedule')) === 'graph' ? 'graph' : 'stages',
    stages: assembly.stages.map((stage) => ({
      name: located(stage, { value: stage.item.name, ...stage.item.at }),
      tasks: stage.tasks.flatMap(taskOf),
    })),
    finally: assembly.finally.flatMap(taskOf),
    defaults: {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(retry === undefined ? {} : { retry }),
      ...(logLimit === undefined ? {} : { logLimit }),
      ...recoveryIn(defaults),
    },
  };
}

/** The file's base name without its endings. */
export const baseName = (path: string): string => {
  const base = path.split(/[\\/]/).at(-1) ?? path;
  const short = base.replace(/\.ya?ml$/i, '').replace(/\.code$/i, '');
  return short === '' ? 'workflow' : short;
};

const scalarText = (node: Node | undefined): string | undefined =>
  node?.kind === 'scalar' && node.value !== null ? textOf(node) : undefined;

function numberAt(node: Node | undefined, key: string): number | undefined {
  const value = node?.kind === 'map' ? find(node, key)?.value : undefined;
  return value?.kind === 'scalar' && typeof value.value === 'number' && value.value >= 1
    ? Math.floor(value.value)
    : undefined;
}

const durationAt = (node: MapNode, key: string): number | undefined => {
  const value = find(node, key)?.value;
  return value?.kind === 'scalar' ? durationOf(textOf(value)) : undefined;
};

function logLimitAt(node: MapNode): number | undefined {
  const value = find(node, 'log_limit')?.value;
  if (value?.kind !== 'scalar') return undefined;
  const limit = parseLogLimit(textOf(value));
  return limit.ok ? limit.value : undefined;
}

/** What becomes of attempts whose supervisor died. */
function recoveryIn(node: Node | undefined): Pick<TaskNode, 'onUnknown' | 'onAlive'> {
  if (node?.kind !== 'map') return {};
  const unknown = scalarText(find(node, 'on_unknown')?.value);
  const alive = scalarText(find(node, 'on_alive')?.value);
  const onUnknown = ON_UNKNOWN.find((word) => word === unknown);
  const onAlive = ON_ALIVE.find((word) => word === alive);
  return { ...(onUnknown === undefined ? {} : { onUnknown }), ...(onAlive === undefined ? {} : { onAlive }) };
}

const ON_UNKNOWN = ['ask', 'rerun', 'probe', 'fail'] as const satisfies readonly OnUnknown[];
const ON_ALIVE = ['adopt', 'end'] as const satisfies readonly OnAlive[];

function inputsOf(node: Node | undefined): Record<string, InputDefinition> {
  if (node?.kind !== 'map') return {};
  return Object.fromEntries(
    node.entries.flatMap(({ key, value }) => {
      const definition = inputOf(value);
      return definition === undefined ? [] : [[textOf(key), definition] as const];
    }),
  );
}

const located = (at: Placed<unknown>, word: Word): Located<string> => ({
  value: word.value,
  range: at.block.range(word.start, word.end),
});

/** @returns nothing for a task without a name or a type, which no plan could hold */
function taskOf(task: PlacedTask): TaskNode[] {
  const { item, block } = task;
  if (item.node === undefined || item.name === undefined || item.type === undefined) return [];
  const { node } = item;
  const when = find(node, 'when')?.value;
  const description = scalarText(find(node, 'description')?.value);
  const cwd = scalarText(find(node, 'cwd')?.value);
  const retry = retryOf(find(node, 'retry')?.value);
  const logLimit = logLimitAt(node);
  const given = find(node, 'with')?.value;
  return [
    {
      name: located(task, item.name),
      type: located(task, item.type),
      ...(description === undefined ? {} : { description }),
      dependsOn: item.dependsOn.map((word) => located(task, word)),
      ...(item.timeoutMs === undefined ? {} : { timeoutMs: item.timeoutMs }),
      with: given?.kind === 'map' ? toObject(given) : {},
      env: textsOf(find(node, 'env')?.value),
      ...(cwd === undefined ? {} : { cwd }),
      ...conditionIn(when),
      ...(retry === undefined ? {} : { retry }),
      ...(logLimit === undefined ? {} : { logLimit }),
      ...recoveryIn(node),
      allowFailure: scalarText(find(node, 'allow_failure')?.value) === 'true',
      ...matrixOf(item, node),
      resources: resourcesOf(node),
      ...cacheOf(node),
      outputs: textsOf(find(node, 'outputs')?.value),
      ...approvalOf(node),
      ...rollbackOf(node),
      range: block.range(item.start, item.end),
    },
  ];
}

function conditionIn(node: Node | undefined): { when?: string } {
  const text = scalarText(node);
  if (text === undefined) return {};
  const condition = conditionOf(text);
  return condition === undefined || condition.expression === '' ? {} : { when: condition.expression };
}

function matrixOf(item: TaskFacts, node: MapNode): { matrix?: Record<string, readonly Json[]> } {
  const value = find(node, 'matrix')?.value;
  if (value?.kind !== 'map' || value.entries.length === 0) return {};
  return {
    matrix: Object.fromEntries(
      value.entries.map(({ key, value: list }) => [
        textOf(key),
        list.kind === 'seq' ? list.items.map(toJson) : [toJson(list)],
      ]),
    ),
  };
}

const textList = (node: Node | undefined): string[] => {
  if (node === undefined || isEmpty(node)) return [];
  return (node.kind === 'seq' ? node.items : [node]).flatMap((item) =>
    item.kind === 'scalar' && item.value !== null ? [textOf(item)] : [],
  );
};

function resourcesOf(node: MapNode): TaskNode['resources'] {
  const value = find(node, 'resources')?.value;
  if (value?.kind !== 'map') return { locks: [] };
  const given = scalarText(find(value, 'class')?.value);
  const locks = textList(find(value, 'lock')?.value);
  return given === 'io' || given === 'cpu' || given === 'mixed' ? { class: given, locks } : { locks };
}

function cacheOf(node: MapNode): { cache?: CachePolicy } {
  const value = find(node, 'cache')?.value;
  if (value?.kind !== 'map') return {};
  return {
    cache: { inputs: textList(find(value, 'inputs')?.value), outputs: textList(find(value, 'outputs')?.value) },
  };
}

function approvalOf(node: MapNode): { approval?: ApprovalPolicy } {
  const value = find(node, 'approval')?.value;
  if (value?.kind === 'scalar') return value.value === true ? { approval: { requiredFor: 'always' } } : {};
  if (value?.kind !== 'map') return {};
  const message = scalarText(find(value, 'message')?.value);
  const required = scalarText(find(value, 'required_for')?.value);
  const requiredFor = required === 'changes' || required === 'destroy' ? required : 'always';
  return { approval: { requiredFor, ...(message === undefined ? {} : { message }) } };
}

function rollbackOf(node: MapNode): Pick<TaskNode, 'rollback'> {
  const value = find(node, 'rollback')?.value;
  if (value === undefined || isEmpty(value)) return {};
  if (value.kind === 'scalar')
    return value.value === false
      ? { rollback: false }
      : typeof value.value === 'string'
        ? { rollback: { run: value.value } }
        : {};
  const run = value.kind === 'map' ? scalarText(find(value, 'run')?.value) : undefined;
  return run === undefined ? {} : { rollback: { run } };
}
