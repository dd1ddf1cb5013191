/** The language as one JSON Schema for every other editor and tool: `media/workflow.schema.json`, generated. */
import type { JsonSchema, TaskTypeInfo } from '../core/catalogue.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { taskSchema, workflowSchema } from './vocabulary.ts';

const DURATION = '^\\s*(\\d+(\\.\\d+)?(ms|s|m|h|d))+\\s*$|^\\d+(\\.\\d+)?$|\\$\\{\\{';
const EXPRESSION: JsonSchema = { type: 'string', pattern: '\\$\\{\\{' };

/** @param types every task type, for `type` and for the parameters that belong to it */
export function workflowJsonSchema(types: readonly TaskTypeInfo[]): JsonObject {
  const task = taskWithTypes(types);
  const head = plain(workflowSchema, false) as JsonObject;
  const properties = head.properties as JsonObject;
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Workflow of CODE',
    ...head,
    properties: {
      ...properties,
      parallel_deployment: {
        ...(properties.parallel_deployment as JsonObject),
        additionalProperties: { type: ['array', 'null'], items: { $ref: '#/$defs/task' } },
      },
      finally: { ...(properties.finally as JsonObject), items: { $ref: '#/$defs/task' } },
    },
    $defs: { task, ...Object.fromEntries(types.map((info) => [`with-${info.type}`, parametersOf(info)])) },
  };
}

function taskWithTypes(types: readonly TaskTypeInfo[]): JsonObject {
  const task = plain(taskSchema, true) as JsonObject;
  const properties = task.properties as JsonObject;
  const names = types.flatMap((info) => [info.type, ...info.aliases]);
  return {
    ...task,
    properties: { ...properties, type: { ...(properties.type as JsonObject), enum: names } },
    allOf: types.map((info) => ({
      if: { properties: { type: { enum: [info.type, ...info.aliases] } }, required: ['type'] },
      then: { properties: { with: { $ref: `#/$defs/with-${info.type}` } } },
    })),
  };
}

/** Conventions fill in what is required, so nothing is required here. */
function parametersOf(info: TaskTypeInfo): Json {
  const { required: _required, ...rest } = info.parameters;
  return plain({ ...rest, description: info.summary }, true);
}

/** Without our own annotations, and with expressions allowed wherever a value is not a text anyway. */
function plain(schema: Json, expressions: boolean): Json {
  if (Array.isArray(schema)) return (schema as readonly Json[]).map((item) => plain(item, expressions));
  if (!isObject(schema)) return schema;
  const out: Record<string, Json> = {};
  const given = schema;
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith('x-')) continue;
    out[key] = isSchemaMap(key) ? mapped(value, expressions) : HOLDERS.has(key) ? plain(value, expressions) : value;
  }
  if (given['x-duration'] === true)
    return {
      description: out.description ?? '',
      anyOf: [
        { type: 'string', pattern: DURATION },
        { type: 'number', minimum: 0 },
      ],
    };
  if (given['x-scalar'] === true && out.type === 'string') out.type = ['string', 'number', 'boolean'];
  const typed = out.type !== undefined || out.enum !== undefined;
  const open =
    expressions &&
    given['x-expressions'] !== false &&
    typed &&
    out.type !== 'object' &&
    out.type !== 'array' &&
    (out.type !== 'string' || out.enum !== undefined || out.pattern !== undefined);
  if (!open) return out;
  const { description, ...rest } = out;
  return { ...(description === undefined ? {} : { description }), anyOf: [rest, EXPRESSION] };
}

const isSchemaMap = (key: string): boolean => key === 'properties' || key === 'patternProperties' || key === '$defs';
const HOLDERS: ReadonlySet<string> = new Set([
  'items',
  'additionalProperties',
  'anyOf',
  'oneOf',
  'allOf',
  'prefixItems',
  'not',
]);

const mapped = (value: Json, expressions: boolean): Json =>
  Object.fromEntries(
    Object.entries(value as JsonObject).map(([name, schema]: [string, Json]) => [name, plain(schema, expressions)]),
  );
