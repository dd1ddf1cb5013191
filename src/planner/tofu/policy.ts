/** Policies of IAM, written where they are used. */
import { Block, expression, raw, type Body, type Raw, type Value } from './hcl.ts';

const blocks = (value: Body[string]): readonly Block[] =>
  value instanceof Block ? [value] : Array.isArray(value) ? value.filter((v): v is Block => v instanceof Block) : [];
const list = (value: Body[string]): readonly Value[] => (Array.isArray(value) ? (value as readonly Value[]) : []);
/** A value as text: these are never anything else. */
const text = (value: Body[string]): string => (typeof value === 'string' ? value : '');
const single = (values: readonly Value[]): Value =>
  values.length === 1 && typeof values[0] === 'string' ? values[0] : values;

function statement({ body }: Block): Value {
  const conditions: Record<string, Record<string, Value>> = {};
  for (const { body: condition } of blocks(body['condition'])) {
    const test = text(condition['test']);
    conditions[test] = { ...conditions[test], [text(condition['variable'])]: single(list(condition['values'])) };
  }
  const [principal] = blocks(body['principals']);
  const kind = text(principal?.body['type']);
  const resources = list(body['resources']);
  return {
    Effect: body['effect'] === 'Deny' ? 'Deny' : 'Allow',
    ...(principal === undefined
      ? {}
      : { Principal: kind === '*' ? '*' : { [kind]: single(list(principal.body['identifiers'])) } }),
    Action: single(list(body['actions'])),
    ...(resources.length === 0 ? {} : { Resource: resources }),
    ...(Object.keys(conditions).length === 0 ? {} : { Condition: conditions }),
  };
}

/**
 * @param statements each with `actions`, and where they have them `effect`, `resources`, `principals { type, identifiers }` and
 *   `condition { test, variable, values }`, named as in the provider's data source
 * @returns the call of `jsonencode` that makes the document
 */
export const policy = (statements: Block | readonly Block[]): Raw =>
  raw(`jsonencode(${expression({ Version: '2012-10-17', Statement: blocks(statements).map(statement) }, 0)})`);
