/** The part of the vocabulary that holds at a path: what a key or value may be there. */
import type { JsonSchema, TaskTypeInfo } from '../../core/catalogue.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { taskSchema, workflowSchema } from '../vocabulary.ts';
import { ITEM } from './scan.ts';

/** @param info the type of the task that the path leads into, for what is under `with` */
export function schemasAt(path: readonly string[], info: TaskTypeInfo | undefined): JsonSchema[] {
  let at: JsonSchema[] = [workflowSchema];
  for (const step of path) {
    const inTask = at.includes(taskSchema);
    at =
      inTask && step === 'with'
        ? info === undefined
          ? []
          : [info.parameters]
        : at.flatMap((schema) => down(schema, step));
    at = at.flatMap((schema) => alternatives(schema, info?.parameters));
  }
  return at;
}

/** What a schema with choices may be, one by one; the description of the whole goes to each that has none. */
function alternatives(schema: JsonSchema, root: JsonSchema | undefined, depth = 0): JsonSchema[] {
  if (depth > 5) return [];
  if (typeof schema.$ref === 'string') {
    const target =
      root?.$defs === undefined ? undefined : (root.$defs as JsonObject)[schema.$ref.split('/').at(-1) ?? ''];
    return isObject(target) ? alternatives(target, root, depth + 1) : [];
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(choices)) return [schema];
  const { anyOf: _anyOf, oneOf: _oneOf, ...own } = schema;
  return (choices as readonly JsonSchema[]).flatMap((choice) =>
    alternatives({ ...own, ...choice, ...describedBy(own, choice) }, root, depth + 1),
  );
}

const describedBy = (own: JsonSchema, choice: JsonSchema): JsonSchema => {
  const description = own.description ?? choice.description;
  return description === undefined ? {} : { description };
};

function down(schema: JsonSchema, step: string): JsonSchema[] {
  if (step === ITEM) return isObject(schema.items) ? [schema.items] : [];
  const known = propertiesOf(schema)[step];
  if (known !== undefined) return [known];
  return isObject(schema.additionalProperties) ? [schema.additionalProperties] : [];
}

export const propertiesOf = (schema: JsonSchema): Readonly<Record<string, JsonSchema>> =>
  isObject(schema.properties) ? (schema.properties as Readonly<Record<string, JsonSchema>>) : {};

/** The kinds of value a schema takes: `object`, `array` or a scalar's. */
export const kindsOf = (schema: JsonSchema): readonly string[] =>
  typeof schema.type === 'string' ? [schema.type] : Array.isArray(schema.type) ? (schema.type as string[]) : [];

/** Values that are written out in the schema. */
export function valuesOf(schema: JsonSchema): readonly string[] {
  if (Array.isArray(schema.enum)) return (schema.enum as unknown[]).map(String);
  if (schema.const !== undefined)
    return [typeof schema.const === 'string' ? schema.const : JSON.stringify(schema.const)];
  if (kindsOf(schema).includes('boolean')) return ['true', 'false'];
  return [];
}
