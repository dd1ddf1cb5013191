/** Reads one task: all that can be said about it without looking at the rest of the file. */
import type { Catalogue, JsonSchema, TaskTypeInfo } from '../core/catalogue.ts';
import { parseDuration } from '../core/duration.ts';
import { isObject } from '../core/json.ts';
import { parseLogLimit } from '../core/size.ts';
import { hasExpression } from '../core/template.ts';
import { checkValue, kindOf, type Rules } from './check-value.ts';
import { find, isEmpty, textOf, textUnder, type MapNode, type Node, type ScalarNode } from './node.ts';
import type { TaskFacts, Word } from './reading.ts';
import type { Report, Span } from './report.ts';
import { checkSecretNames, checkSecretText } from './secrets.ts';
import { listOf, nearest } from './suggest.ts';
import type { Surroundings } from './surroundings.ts';
import { checkPath, checkTexts, checkConventions } from './surroundings.ts';
import type { Libraries } from './libraries.ts';
import { conditionUses, usesIn, type Use } from './uses.ts';
import { taskSchema } from './vocabulary.ts';

export interface ReadContext extends Libraries {
  readonly catalogue: Catalogue;
  readonly surroundings: Surroundings;
}

const LANGUAGE = { kind: 'CODE006', unknown: 'CODE003', missing: 'CODE004', range: 'CODE008' } as const;
const PARAMETERS = { kind: 'CODE032', unknown: 'CODE033', missing: 'CODE034', range: 'CODE035' } as const;

const schemaWithout = (schema: JsonSchema, ...keys: readonly string[]): JsonSchema => {
  const properties = Object.fromEntries(
    Object.entries(schema.properties as JsonSchema).map(([key, value]) => [key, keys.includes(key) ? {} : value]),
  );
  return { ...schema, properties, required: [] };
};

/** What is looked at here with better words than a schema has. */
const generalSchema = schemaWithout(taskSchema, 'task', 'type', 'depends_on', 'with');

const nothing = (at: Span): TaskFacts => ({
  kind: 'task',
  start: at.start,
  end: at.end,
  node: undefined,
  name: undefined,
  type: undefined,
  info: undefined,
  dependsOn: [],
  dependsOnList: false,
  uses: [],
  timeoutMs: undefined,
  matrix: false,
  never: undefined,
  outputs: [],
  env: [],
  placed: undefined,
});

export function readTask(node: Node, context: ReadContext, report: Report): TaskFacts {
  if (node.kind !== 'map') {
    tellNoMapping(node, report);
    return nothing(node);
  }
  checkValue(node, generalSchema, { label: 'a task', rules: languageRules(context, report), report });
  const name = nameOf(node, report);
  const type = wordUnder(node, 'type', report);
  if (name === undefined && find(node, 'task') === undefined) tellMissing(node, 'task', report);
  if (type === undefined && find(node, 'type') === undefined) tellMissing(node, 'type', report);
  const info = type === undefined ? undefined : typeOf(type, context.catalogue, report);
  if (info !== undefined && type !== undefined) checkParameters(node, type, info, context, report);
  return factsOf(node, { name, type, info }, context, report);
}

const languageRules = (context: ReadContext, report: Report): Rules => ({
  codes: LANGUAGE,
  noun: 'key',
  onScalar: (value, schema, label) => {
    checkLanguageScalar(value, schema, label, context, report);
  },
});

function factsOf(
  node: MapNode,
  known: Pick<TaskFacts, 'name' | 'type' | 'info'>,
  context: ReadContext,
  report: Report,
): TaskFacts {
  const uses: Use[] = [];
  let never: TaskFacts['never'];
  const when = find(node, 'when')?.value;
  if (when?.kind === 'scalar' && conditionUses(when, context.expressions, report, uses) === false) {
    never = { start: when.start, end: when.end, reason: 'its condition is always false' };
  }
  for (const { key, value } of node.entries) {
    const under = textOf(key);
    if (under !== 'when' && under !== 'task' && under !== 'type' && under !== 'depends_on')
      usesIn(value, under, context.expressions, report, uses);
  }
  const matrix = find(node, 'matrix')?.value;
  if (matrix?.kind === 'map') {
    const empty = matrix.entries.find(({ value }) => value.kind === 'seq' && value.items.length === 0);
    if (empty !== undefined)
      never ??= { start: empty.value.start, end: empty.value.end, reason: `its matrix has no ${textOf(empty.key)}` };
    checkMatrix(uses, matrix, report);
  } else checkMatrix(uses, undefined, report);
  const dependsOn = find(node, 'depends_on')?.value;
  // Written out, in the order of `nothing`: spread together it costs a tenth of reading the task.
  return {
    kind: 'task',
    start: node.start,
    end: node.end,
    node,
    name: known.name,
    type: known.type,
    info: known.info,
    dependsOn: dependenciesOf(dependsOn, report),
    dependsOnList: dependsOn?.kind === 'seq',
    uses,
    timeoutMs: durationIn(find(node, 'timeout')?.value),
    matrix: matrix?.kind === 'map' && matrix.entries.length > 0,
    never,
    outputs: keysUnder(node, 'outputs'),
    env: keysUnder(node, 'env'),
    placed: undefined,
  };
}

function keysUnder(node: MapNode, key: string): readonly string[] {
  const value = find(node, key)?.value;
  return value?.kind === 'map' ? value.entries.map((entry) => textOf(entry.key)) : [];
}

function tellNoMapping(node: Node, report: Report): void {
  if (isEmpty(node)) {
    report.add('CODE004', dashOf(node, report), 'this task is empty: it needs task and type');
    return;
  }
  const word =
    node.kind === 'scalar' && node.style === 'plain' && /^[A-Za-z_][\w-]*$/.test(node.source) ? node.source : undefined;
  const fixes =
    word === undefined
      ? []
      : [report.replace('Make it a task', node, 'task'.startsWith(word) ? 'task: ' : `task: ${word}`)];
  report.add('CODE006', node, `a task is a mapping with task and type, but this is ${kindOf(node)}`, { fixes });
}

/** An item without content has no place of its own: the dash is shown. */
function dashOf(node: Node, report: Report): Span {
  const dash = report.block.text.lastIndexOf('-', Math.max(node.start, 0));
  return dash < 0 ? node : { start: dash, end: dash + 1 };
}

function tellMissing(node: MapNode, key: 'task' | 'type', report: Report): void {
  const synonyms = taskSchema['x-synonyms'] as Readonly<Record<string, string>>;
  // A key that another tool uses for it was told already, with its mend.
  if (node.entries.some((entry) => synonyms[textOf(entry.key).toLowerCase()] === key)) return;
  const first = node.entries[0];
  const shown = find(node, key === 'task' ? 'type' : 'task');
  const at = shown === undefined ? (first?.key ?? node) : shown.value.end > shown.value.start ? shown.value : shown.key;
  const name =
    key === 'type' && shown !== undefined && shown.value.kind === 'scalar' ? ` "${textOf(shown.value)}"` : '';
  report.add('CODE004', at, key === 'type' ? `the task${name} has no type` : 'the task has no name: task is missing');
}

function nameOf(node: MapNode, report: Report): Word | undefined {
  const word = wordUnder(node, 'task', report);
  if (word === undefined) return undefined;
  if (word.value.length > 63)
    report.add('CODE007', word, `a task's name has at most 63 characters, this has ${word.value.length}`);
  else if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(word.value)) {
    const better = word.value.replaceAll(/[^A-Za-z0-9_-]+/g, '_').replace(/^(?=[^A-Za-z_])/, '_');
    const fixes = /^[A-Za-z_][A-Za-z0-9_-]*$/.test(better) ? [report.replace(`Write ${better}`, word, better)] : [];
    report.add(
      'CODE007',
      word,
      `"${word.value}" is no name for a task: begin with a letter or _, go on with letters, digits, _ and -`,
      { fixes },
    );
  }
  return word;
}

function wordUnder(node: MapNode, key: string, report: Report): Word | undefined {
  const entry = find(node, key);
  if (entry === undefined) return undefined;
  const { value } = entry;
  if (isEmpty(value)) {
    report.add('CODE004', entry.key, `${key} has no value`);
    return undefined;
  }
  if (value.kind !== 'scalar') {
    report.add('CODE006', value, `${key} takes one word, but this is ${kindOf(value)}`);
    return undefined;
  }
  return wordOf(value);
}

/** A scalar's word without its quotes, so that a mend keeps them. */
function wordOf(node: ScalarNode): Word {
  const value = textOf(node);
  const quoted = (node.style === 'double' || node.style === 'single') && node.end - node.start === value.length + 2;
  return quoted ? { value, start: node.start + 1, end: node.end - 1 } : { value, start: node.start, end: node.end };
}

function typeOf(type: Word, catalogue: Catalogue, report: Report): TaskTypeInfo | undefined {
  const info = catalogue.find(type.value);
  if (info !== undefined) return info;
  const meant = nearest(type.value, catalogue.names());
  const fixes = meant === undefined ? [] : [report.replace(`Change to ${meant}`, type, meant)];
  const more = meant === undefined ? 'code-engine types lists them all' : `did you mean ${meant}?`;
  report.add('CODE012', type, `there is no task type "${type.value}": ${more}`, { fixes });
  return undefined;
}

/** Names under `depends_on`, whatever their number and form. */
function dependenciesOf(node: Node | undefined, report: Report): Word[] {
  if (node === undefined || isEmpty(node)) return [];
  const items = node.kind === 'seq' ? node.items : [node];
  return items.flatMap((item) => {
    if (item.kind === 'scalar' && item.value !== null && !hasExpression(textOf(item))) return [wordOf(item)];
    if (isEmpty(item) && node.kind === 'seq') return [];
    report.add(
      'CODE006',
      item,
      `depends_on takes names of tasks, but this is ${item.kind === 'scalar' ? 'an expression' : kindOf(item)}`,
    );
    return [];
  });
}

function durationIn(node: Node | undefined): number | undefined {
  if (node?.kind !== 'scalar' || node.value === null) return undefined;
  const duration = parseDuration(textOf(node));
  return duration.ok && duration.value.ms > 0 ? duration.value.ms : undefined;
}

function checkLanguageScalar(
  value: ScalarNode,
  schema: JsonSchema,
  label: string,
  context: ReadContext,
  report: Report,
): void {
  if (schema['x-duration'] === true) checkDuration(value, label, report);
  if (schema['x-log-limit'] === true) checkLogLimit(value, report);
  if (schema['x-path'] !== undefined && !hasExpression(textOf(value)))
    checkPath(value, schema['x-path'], '', context.surroundings, report);
}

export function checkDuration(node: ScalarNode, label: string, report: Report): void {
  const text = textOf(node);
  if (hasExpression(text)) return;
  const duration = parseDuration(text);
  if (!duration.ok) {
    const repaired = duration.failure.startsWith('a duration is at most') ? undefined : repairedDuration(text);
    const fixes = repaired === undefined ? [] : [report.replace(`Write ${repaired}`, node, repaired)];
    report.add('CODE030', node, `"${text}" is no duration: ${duration.failure}`, { fixes });
  } else if (duration.value.ms === 0 && label !== 'delay')
    report.add('CODE030', node, `${label} must be longer than nothing`);
  else if (duration.value.bare) {
    report.add('CODE031', node, `${text} counts as seconds; write ${text.trim()}s`, {
      fixes: [report.replace(`Write ${text.trim()}s`, node, `${text.trim()}s`)],
    });
  }
}

export function checkLogLimit(node: ScalarNode, report: Report): void {
  const limit = parseLogLimit(textOf(node));
  if (!limit.ok) report.add('CODE008', node, `"${textOf(node)}" is no limit of a log: ${limit.failure}`);
}

/** `5 min`, `10 minutes`, `2H` and the like. */
function repairedDuration(text: string): string | undefined {
  const match =
    /^\s*(\d+(?:\.\d+)?)\s*(ms|milli\w*|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\.?\s*$/i.exec(text);
  if (match === null) return undefined;
  const unit = (match[2] ?? '').toLowerCase();
  return `${match[1] ?? ''}${unit.startsWith('ms') || unit.startsWith('milli') ? 'ms' : unit.charAt(0)}`;
}

/** What the checks of a type's parameters ask of its definition. */
interface Asked {
  readonly schema: JsonSchema;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly names: readonly string[];
  /** Parameters that must be written: those with a default or a convention need not. */
  readonly required: readonly string[];
  readonly oneOf: readonly string[] | undefined;
}

const asked = new WeakMap<TaskTypeInfo, Asked>();

/** Made once for a type: to make it for each of thousands of tasks would cost more than the checks. */
function askedOf(info: TaskTypeInfo): Asked {
  const before = asked.get(info);
  if (before !== undefined) return before;
  const { parameters, conventions } = info;
  const properties = isObject(parameters.properties) ? parameters.properties : {};
  const conventional = new Set(conventions.map(({ parameter }) => parameter));
  const required = Array.isArray(parameters.required) ? (parameters.required as string[]) : [];
  const made: Asked = {
    schema: { ...parameters, required: [] },
    properties,
    names: Object.keys(properties),
    required: required.filter((name) => {
      const property = properties[name];
      return !conventional.has(name) && !(isObject(property) && 'default' in property);
    }),
    oneOf: Array.isArray(parameters['x-one-of']) ? (parameters['x-one-of'] as string[]) : undefined,
  };
  asked.set(info, made);
  return made;
}

function checkParameters(task: MapNode, type: Word, info: TaskTypeInfo, context: ReadContext, report: Report): void {
  const entry = find(task, 'with');
  const folder = textUnder(task, 'cwd') ?? '';
  const rules: Rules = {
    codes: PARAMETERS,
    noun: 'parameter',
    onScalar: (node, schema, label) => {
      if (schema['x-duration'] === true) checkDuration(node, label, report);
      if (schema['x-secret'] === true) checkSecretText(node, label, report);
      if (schema['x-path'] !== undefined && !hasExpression(textOf(node)) && !hasExpression(folder))
        checkPath(node, schema['x-path'], folder, context.surroundings, report);
    },
  };
  const given = entry === undefined || isEmpty(entry.value) ? undefined : entry.value;
  if (given !== undefined) {
    if (given.kind === 'map') checkValue(given, askedOf(info).schema, { label: info.type, rules, report });
    else if (!(given.kind === 'scalar' && hasExpression(textOf(given))))
      report.add('CODE032', given, `with takes a mapping of parameters, but this is ${kindOf(given)}`);
  }
  const map = given?.kind === 'map' ? given : undefined;
  if (given === undefined || map !== undefined) checkRequired(map, entry?.key ?? type, info, report);
  checkConventions(map, folder, type, info, context.surroundings, report);
  checkTexts(task, context.surroundings, report);
  checkSecretNames(task, info, report);
}

function checkRequired(given: MapNode | undefined, at: Span, info: TaskTypeInfo, report: Report): void {
  const { required, oneOf } = askedOf(info);
  const has = (name: string): boolean => given !== undefined && find(given, name) !== undefined;
  // A misspelt parameter was told already, with the right one.
  const misspelt = given === undefined ? [] : misspeltIn(given, info);
  for (const name of required) {
    if (!has(name) && !misspelt.includes(name)) report.add('CODE034', at, `${info.type} needs the parameter ${name}`);
  }
  if (oneOf === undefined) return;
  const there = oneOf.filter(has);
  if (there.length === 0 && !oneOf.some((name) => misspelt.includes(name)))
    report.add('CODE034', at, `${info.type} needs one of ${listOf(oneOf)}`);
  if (there.length > 1 && given !== undefined) {
    for (const name of there.slice(1))
      report.add('CODE035', find(given, name)?.key ?? at, `${info.type} takes only one of ${listOf(there)}`);
  }
}

/** Parameters that the unknown names in a mapping are likely to mean. */
function misspeltIn(given: MapNode, info: TaskTypeInfo): readonly string[] {
  const { properties, names } = askedOf(info);
  const meant: string[] = [];
  for (const { key } of given.entries) {
    const name = textOf(key);
    const near = Object.hasOwn(properties, name) ? undefined : nearest(name, names);
    if (near !== undefined) meant.push(near);
  }
  return meant;
}

function checkMatrix(uses: readonly Use[], matrix: MapNode | undefined, report: Report): void {
  const keys = matrix?.entries.map(({ key }) => textOf(key)) ?? [];
  for (const use of uses) {
    if (use.root !== 'matrix' || use.guarded) continue;
    const [name] = use.names;
    const at = use.spans[1] ?? use;
    if (matrix === undefined) report.add('CODE041', use, 'the task has no matrix');
    else if (name !== undefined && !keys.includes(name)) {
      const meant = nearest(name, keys);
      const fixes = meant === undefined ? [] : [report.replace(`Write ${meant}`, at, meant)];
      report.add('CODE041', at, `the task's matrix has no "${name}"; it has ${listOf(keys)}`, { fixes });
    }
  }
}
