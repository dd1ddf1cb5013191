/** The top-level keys: what they may hold, and their values as data. */
import { parseDuration } from '../core/duration.ts';
import type { InputDefinition } from '../core/input.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { checkValue, type Rules } from './check-value.ts';
import { find, isEmpty, textOf, toJson, toObject, type MapNode, type Node } from './node.ts';
import type { Report } from './report.ts';
import { checkNamed } from './secrets.ts';
import { checkDuration, checkLogLimit, type ReadContext } from './task.ts';
import { workflowSchema } from './vocabulary.ts';
import type { RetryPolicy } from './workflow.ts';

/** Stages and tasks are read with better words than a schema has. */
const headSchema = {
  ...workflowSchema,
  required: [],
  properties: { ...(workflowSchema.properties as JsonObject), parallel_deployment: {}, finally: {} },
};

export function checkHead(node: MapNode, report: Report, _context: ReadContext): void {
  const rules: Rules = {
    codes: { kind: 'CODE006', unknown: 'CODE003', missing: 'CODE004', range: 'CODE008' },
    noun: 'key',
    onScalar: (value, schema, label) => {
      if (schema['x-duration'] === true) checkDuration(value, label, report);
      if (schema['x-log-limit'] === true) checkLogLimit(value, report);
    },
  };
  checkValue({ ...node, entries: node.entries.filter(({ key }) => !textOf(key).startsWith('x-')) }, headSchema, {
    label: 'a workflow',
    rules,
    report,
  });
  const env = find(node, 'env')?.value;
  if (env?.kind === 'map') for (const { key, value } of env.entries) checkNamed(textOf(key), value, false, report);
  const inputs = find(node, 'inputs')?.value;
  if (inputs?.kind === 'map') for (const { key, value } of inputs.entries) checkInput(textOf(key), value, report);
}

function checkInput(name: string, node: Node, report: Report): void {
  if (node.kind !== 'map') return;
  const value = find(node, 'default')?.value;
  const definition = inputOf(node);
  if (value === undefined || isEmpty(value) || value.kind !== 'scalar' || definition === undefined) return;
  const given = toJson(value);
  if (typeof given !== definition.type) {
    const mended = mendedDefault(textOf(value), definition.type);
    const quoted = mended === undefined ? [] : [report.replace(`Write ${mended}`, value, mended)];
    report.add('CODE006', value, `the default of ${name} must be a ${definition.type}, as its type says`, {
      fixes: quoted,
    });
  } else if (definition.options !== undefined && !definition.options.includes(given)) {
    report.add('CODE008', value, `the default of ${name} is none of its options`);
  }
}

function mendedDefault(text: string, type: InputDefinition['type']): string | undefined {
  switch (type) {
    case 'string':
      return JSON.stringify(text);
    case 'number':
      return /^-?\d+(?:\.\d+)?$/.test(text) ? text : undefined;
    case 'boolean':
      return /^(?:yes|on|true)$/i.test(text) ? 'true' : /^(?:no|off|false)$/i.test(text) ? 'false' : undefined;
  }
}

/** An input's definition; a type that is not given follows from the default. */
export function inputOf(node: Node): InputDefinition | undefined {
  if (isEmpty(node)) return { type: 'string' };
  if (node.kind !== 'map') return undefined;
  const value = toObject(node);
  const given = value.type;
  const inferred =
    typeof value.default === 'number' ? 'number' : typeof value.default === 'boolean' ? 'boolean' : 'string';
  const type = given === 'string' || given === 'number' || given === 'boolean' ? given : inferred;
  return {
    type,
    ...(value.default === undefined || value.default === null ? {} : { default: value.default }),
    ...(typeof value.description === 'string' ? { description: value.description } : {}),
    ...(Array.isArray(value.options) ? { options: value.options as readonly Json[] } : {}),
  };
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 1, delayMs: 1000, backoff: 2, maxDelayMs: 60_000 };

export function retryOf(node: Node | undefined): RetryPolicy | undefined {
  if (node?.kind !== 'map') return undefined;
  const value = toObject(node);
  return {
    attempts: typeof value.attempts === 'number' ? value.attempts : DEFAULT_RETRY.attempts,
    delayMs: durationOf(value.delay) ?? DEFAULT_RETRY.delayMs,
    backoff: typeof value.backoff === 'number' ? value.backoff : DEFAULT_RETRY.backoff,
    maxDelayMs: durationOf(value.max_delay) ?? DEFAULT_RETRY.maxDelayMs,
  };
}

export function durationOf(value: Json | undefined): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const duration = parseDuration(value);
  return duration.ok ? duration.value.ms : undefined;
}

/** Texts by name; numbers and booleans as they are written. */
export function textsOf(node: Node | undefined): Record<string, string> {
  if (node?.kind !== 'map') return {};
  return Object.fromEntries(
    node.entries.flatMap(({ key, value }) => (value.kind === 'scalar' ? [[textOf(key), textOf(value)] as const] : [])),
  );
}
