/** Walks a tree along a JSON Schema (the subset that task types and the language itself use) and tells what does not fit, word by word. */
import type { JsonSchema } from '../core/catalogue.ts';
import { isObject } from '../core/json.ts';
import { hasExpression } from '../core/template.ts';
import type { Code } from './codes.ts';
import { duplicateKeys } from './keys.ts';
import { find, textOf, toJson, type Entry, type MapNode, type Node, type ScalarNode, type SeqNode } from './node.ts';
import { Report, type FindingFix } from './report.ts';
import { listOf, nearest } from './suggest.ts';

export interface Rules {
  readonly codes: { readonly kind: Code; readonly unknown: Code; readonly missing: Code; readonly range: Code };
  /** What an unknown key is called: `key`, `parameter`. */
  readonly noun: string;
  /** Called for every scalar that fits, with the schema it fits: paths, durations and secrets are looked at there. */
  readonly onScalar?: (node: ScalarNode, schema: JsonSchema, label: string) => void;
}

/** What a node is checked against, and what it is called in messages. */
export interface Subject {
  readonly label: string;
  readonly rules: Rules;
  readonly report: Report;
}

export function checkValue(node: Node, schema: JsonSchema, subject: Subject): void {
  const options = listIn(schema.anyOf) ?? listIn(schema.oneOf);
  if (options !== undefined) {
    checkOptions(node, options, schema, subject);
    return;
  }
  for (const part of listIn(schema.allOf) ?? []) checkValue(node, part, subject);
  if (node.kind === 'scalar' && typeof node.value === 'string' && hasExpression(node.value)) {
    checkExpressionAllowed(node, schema, subject);
    return;
  }
  const types = typesOf(schema);
  if (types !== undefined && !types.some((type) => fits(node, type, schema))) {
    tellKind(node, types, subject);
    return;
  }
  switch (node.kind) {
    case 'scalar':
      if (checkScalar(node, schema, subject)) subject.rules.onScalar?.(node, schema, subject.label);
      return;
    case 'seq':
      checkItems(node, schema, subject);
      return;
    case 'map':
      checkEntries(node, schema, subject);
      return;
    case 'alias':
      return;
  }
}

function checkExpressionAllowed(node: ScalarNode, schema: JsonSchema, subject: Subject): void {
  if (schema['x-expressions'] === false) {
    subject.report.add(
      subject.rules.codes.kind,
      node,
      `expressions are not evaluated in ${subject.label}; write the value itself`,
    );
    return;
  }
  subject.rules.onScalar?.(node, schema, subject.label);
}

const listIn = (value: unknown): readonly JsonSchema[] | undefined =>
  Array.isArray(value) ? (value as JsonSchema[]) : undefined;

function typesOf(schema: JsonSchema): readonly string[] | undefined {
  if (typeof schema.type === 'string') return [schema.type];
  return Array.isArray(schema.type) ? (schema.type as string[]) : undefined;
}

function fits(node: Node, type: string, schema: JsonSchema): boolean {
  switch (type) {
    case 'string':
      return (
        node.kind === 'scalar' &&
        (typeof node.value === 'string' || (schema['x-scalar'] === true && node.value !== null))
      );
    case 'number':
      return node.kind === 'scalar' && typeof node.value === 'number';
    case 'integer':
      return node.kind === 'scalar' && Number.isInteger(node.value);
    case 'boolean':
      return node.kind === 'scalar' && typeof node.value === 'boolean';
    case 'null':
      return node.kind === 'scalar' && node.value === null;
    case 'array':
      return node.kind === 'seq';
    case 'object':
      return node.kind === 'map';
    default:
      return true;
  }
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'nothing',
  array: 'a list',
  object: 'a mapping',
};

function tellKind(node: Node, types: readonly string[], { label, rules, report }: Subject): void {
  const wanted = types.map((type) => WORDS[type] ?? type).join(' or ');
  report.add(rules.codes.kind, node, `${label} takes ${wanted}, but this is ${kindOf(node)}`, {
    fixes: kindFixes(node, types, report),
  });
}

export function kindOf(node: Node): string {
  switch (node.kind) {
    case 'seq':
      return 'a list';
    case 'map':
      return 'a mapping';
    case 'alias':
      return 'an alias';
    case 'scalar':
      if (node.value === null) return 'empty';
      if (typeof node.value === 'string') return 'a text';
      return typeof node.value === 'number' ? `the number ${node.source}` : `the value ${node.source}`;
  }
}

function kindFixes(node: Node, types: readonly string[], report: Report): FindingFix[] {
  if (node.kind !== 'scalar' || node.value === null) return [];
  const { value } = node;
  if (types.includes('string') && typeof value !== 'string')
    return [report.replace('Write it as a text, in quotes', node, `"${node.source}"`)];
  if (
    typeof value === 'string' &&
    (types.includes('number') || types.includes('integer')) &&
    /^-?\d+(\.\d+)?$/.test(value.trim())
  ) {
    return [report.replace(`Write it as a number: ${value.trim()}`, node, value.trim())];
  }
  if (typeof value === 'string' && types.includes('boolean') && /^(yes|on|y|true|no|off|n|false)$/i.test(value)) {
    const word = /^(yes|on|y|true)$/i.test(value) ? 'true' : 'false';
    return [report.replace(`Write ${word}`, node, word)];
  }
  if (types.includes('array') && node.style !== 'block') {
    const source = report.block.text.slice(node.start, node.end);
    return [report.replace('Make it a list', node, `[${source}]`)];
  }
  return [];
}

/** @returns whether the value fits */
function checkScalar(node: ScalarNode, schema: JsonSchema, { label, rules, report }: Subject): boolean {
  const value = schema['x-scalar'] === true && typesOf(schema)?.includes('string') === true ? textOf(node) : node.value;
  const allowed = Array.isArray(schema.enum) ? schema.enum : 'const' in schema ? [schema.const] : undefined;
  if (allowed !== undefined && !allowed.includes(value)) {
    const words = allowed.map(String);
    const meant = nearest(String(value), words);
    const fixes = meant === undefined ? [] : [report.replace(`Write ${meant}`, node, meant)];
    const suggestion =
      meant === undefined ? `it is ${words.length === 1 ? '' : 'one of '}${listOf(words)}` : `did you mean ${meant}?`;
    report.add(rules.codes.range, node, `${label} cannot be ${JSON.stringify(value)}: ${suggestion}`, { fixes });
    return false;
  }
  const fault =
    typeof value === 'string'
      ? textFault(value, schema)
      : typeof value === 'number'
        ? numberFault(value, schema)
        : undefined;
  if (fault !== undefined) report.add(rules.codes.range, node, `${label} ${fault}`);
  return fault === undefined;
}

function textFault(value: string, schema: JsonSchema): string | undefined {
  if (typeof schema.minLength === 'number' && value.length < schema.minLength)
    return schema.minLength === 1 ? 'must not be empty' : `must have at least ${schema.minLength} characters`;
  if (typeof schema.maxLength === 'number' && value.length > schema.maxLength)
    return `must have at most ${schema.maxLength} characters`;
  if (typeof schema.pattern === 'string' && !patternOf(schema.pattern).test(value))
    return `does not look right: it must match ${schema.pattern}`;
  return undefined;
}

const patterns = new Map<string, RegExp>();

/** Patterns come from our own schemas, so there are few of them. */
function patternOf(source: string): RegExp {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const made = new RegExp(source, 'u');
  patterns.set(source, made);
  return made;
}

function numberFault(value: number, schema: JsonSchema): string | undefined {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  if (typeof minimum === 'number' && value < minimum) return `must be at least ${minimum}`;
  if (typeof maximum === 'number' && value > maximum) return `must be at most ${maximum}`;
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) return `must be more than ${exclusiveMinimum}`;
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) return `must be less than ${exclusiveMaximum}`;
  return undefined;
}

function checkItems(node: SeqNode, schema: JsonSchema, subject: Subject): void {
  const { label, rules, report } = subject;
  if (typeof schema.minItems === 'number' && node.items.length < schema.minItems) {
    report.add(
      rules.codes.range,
      node,
      `${label} must have at least ${schema.minItems === 1 ? 'one item' : `${schema.minItems} items`}`,
    );
  }
  if (typeof schema.maxItems === 'number' && node.items.length > schema.maxItems)
    report.add(rules.codes.range, node, `${label} must have at most ${schema.maxItems} items`);
  const first = listIn(schema.prefixItems) ?? [];
  node.items.forEach((item, i) => {
    const itemSchema = first[i] ?? schema.items;
    if (isObject(itemSchema)) checkValue(item, itemSchema, { label: `an item of ${label}`, rules, report });
  });
}

function checkEntries(node: MapNode, schema: JsonSchema, subject: Subject): void {
  duplicateKeys(node, subject.report);
  const properties = (isObject(schema.properties) ? schema.properties : {}) as Readonly<Record<string, JsonSchema>>;
  for (const entry of node.entries) checkEntry(entry, node, properties, schema, subject);
  for (const required of Array.isArray(schema.required) ? (schema.required as string[]) : []) {
    const entry = find(node, required);
    if (entry === undefined)
      subject.report.add(
        subject.rules.codes.missing,
        headOf(node, subject.report),
        `${subject.label} needs ${required}`,
      );
  }
}

/** The mark for something that is not there: the beginning of the mapping, its first line at most. */
function headOf(node: MapNode, report: Report): { start: number; end: number } {
  const line = report.block.text.indexOf('\n', node.start);
  const key = node.entries[0]?.key;
  const end = key !== undefined && key.end > node.start ? key.end : line < 0 ? node.end : Math.min(node.end, line);
  return { start: node.start, end: Math.max(end, node.start) };
}

function checkEntry(
  entry: Entry,
  node: MapNode,
  properties: Readonly<Record<string, JsonSchema>>,
  schema: JsonSchema,
  subject: Subject,
): void {
  const name = textOf(entry.key);
  const known = Object.hasOwn(properties, name) ? properties[name] : patternProperty(name, schema);
  if (known !== undefined) {
    if (entry.value.kind === 'scalar' && entry.value.value === null) {
      if (!allowsNull(known)) tellEmpty(entry, known, subject);
      return;
    }
    checkValue(entry.value, known, { label: name, rules: subject.rules, report: subject.report });
    return;
  }
  const { propertyNames } = schema;
  if (
    isObject(propertyNames) &&
    typeof propertyNames.pattern === 'string' &&
    !patternOf(propertyNames.pattern).test(name)
  ) {
    subject.report.add(
      'CODE007',
      entry.key,
      `"${name}" is no name: begin with a letter or _, go on with letters, digits${propertyNames.pattern.includes('-]') ? ', _ and -' : ' and _'}`,
    );
  }
  if (schema.additionalProperties === false) {
    tellUnknown(entry, node, Object.keys(properties), schema, subject);
  } else if (isObject(schema.additionalProperties)) {
    const inner = schema.additionalProperties;
    if (entry.value.kind === 'scalar' && entry.value.value === null && inner['x-scalar'] === true) return;
    checkValue(entry.value, inner, { label: name, rules: subject.rules, report: subject.report });
  }
}

function patternProperty(name: string, schema: JsonSchema): JsonSchema | undefined {
  if (!isObject(schema.patternProperties)) return undefined;
  for (const [pattern, value] of Object.entries(schema.patternProperties))
    if (patternOf(pattern).test(name)) return value as JsonSchema;
  return undefined;
}

/** An empty mapping or list may be left away altogether. */
function allowsNull(schema: JsonSchema): boolean {
  const options = listIn(schema.anyOf) ?? listIn(schema.oneOf);
  if (options !== undefined) return options.some(allowsNull);
  const types = typesOf(schema);
  if (types === undefined) return !('enum' in schema) && !('const' in schema);
  return types.some((type) => type === 'null' || type === 'object' || type === 'array');
}

function tellEmpty(entry: Entry, schema: JsonSchema, { rules, report }: Subject): void {
  const name = textOf(entry.key);
  const types = typesOf(schema)
    ?.map((type) => WORDS[type] ?? type)
    .join(' or ');
  report.add(rules.codes.kind, entry.key, `${name} has no value${types === undefined ? '' : `; it takes ${types}`}`);
}

function tellUnknown(
  entry: Entry,
  node: MapNode,
  known: readonly string[],
  schema: JsonSchema,
  { rules, report }: Subject,
): void {
  const name = textOf(entry.key);
  const synonyms = (isObject(schema['x-synonyms']) ? schema['x-synonyms'] : {}) as Readonly<Record<string, string>>;
  const meant = nearest(name, known, synonyms);
  if (meant === undefined) {
    report.add(
      rules.codes.unknown,
      entry.key,
      `there is no ${rules.noun} "${name}" here; there is ${listOf(known, 12)}`,
    );
    return;
  }
  const fixes = find(node, meant) === undefined ? [report.replace(`Write ${meant}`, entry.key, meant)] : [];
  report.add(rules.codes.unknown, entry.key, `there is no ${rules.noun} "${name}" here: did you mean ${meant}?`, {
    fixes,
  });
}

/** The option that fits, or else the findings of the one that comes nearest. */
function checkOptions(node: Node, options: readonly JsonSchema[], schema: JsonSchema, subject: Subject): void {
  if (node.kind === 'scalar' && typeof node.value === 'string' && hasExpression(node.value)) {
    checkExpressionAllowed(node, schema, subject);
    return;
  }
  const attempts = options.map((option) => {
    const report = new Report(subject.report.block);
    const { onScalar: _later, ...rules } = subject.rules;
    checkValue(node, option, { ...subject, report, rules });
    return { option, report };
  });
  const fit = attempts.find(({ report }) => report.findings.length === 0);
  if (fit !== undefined) {
    checkValue(node, { ...annotations(schema), ...fit.option }, subject);
    return;
  }
  const sameKind = attempts.filter(
    ({ option, report }) =>
      report.findings.every(
        (f) => f.code !== subject.rules.codes.kind || f.spot.start !== node.start || f.spot.end !== node.end,
      ) || listIn(option.anyOf) !== undefined,
  );
  const best = sameKind.sort((a, b) => a.report.findings.length - b.report.findings.length)[0];
  if (best !== undefined && (node.kind !== 'scalar' || sameKind.length === 1)) {
    subject.report.findings.push(...best.report.findings);
    return;
  }
  const wanted = [...new Set(options.flatMap((option) => optionWords(option)))];
  const fixes = attempts.flatMap(({ report }) => report.findings.flatMap((f) => f.fixes)).slice(0, 1);
  subject.report.add(
    best === undefined ? subject.rules.codes.kind : subject.rules.codes.range,
    node,
    `${subject.label} takes ${wanted.join(' or ')}, but this is ${node.kind === 'scalar' && node.value !== null ? JSON.stringify(toJson(node)) : kindOf(node)}`,
    { fixes },
  );
}

function optionWords(option: JsonSchema): string[] {
  if ('const' in option) return [JSON.stringify(option.const)];
  if (Array.isArray(option.enum)) return option.enum.map((value) => JSON.stringify(value));
  const nested = listIn(option.anyOf) ?? listIn(option.oneOf);
  if (nested !== undefined) return nested.flatMap(optionWords);
  return (typesOf(option) ?? ['any value']).map((type) => WORDS[type] ?? type);
}

/** Annotations beside `anyOf` hold for every option. */
const annotations = (schema: JsonSchema): JsonSchema =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key.startsWith('x-')));
