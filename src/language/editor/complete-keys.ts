/** Keys of a mapping, stages and whole tasks. */
import type { JsonSchema, TaskTypeInfo } from '../../core/catalogue.ts';
import type { WorkflowDocument } from '../document.ts';
import { taskSchema } from '../vocabulary.ts';
import type { Completion } from './complete.ts';
import { wordAt, type Cursor } from './cursor.ts';
import { keyDocs, typeDocs } from './docs.ts';
import { kindsOf, propertiesOf, schemasAt, valuesOf } from './schemas.ts';
import { ITEM } from './scan.ts';
import { taskSnippet } from './snippets.ts';

export function completeKeys(document: WorkflowDocument, cursor: Cursor): Completion[] {
  const schemas = schemasAt(cursor.path, cursor.info);
  const keys = schemas.flatMap((schema) => keysOf(schema, cursor));
  return [...new Map(keys.map((key) => [key.label, key])).values(), ...wholes(document, cursor, schemas)];
}

function keysOf(schema: JsonSchema, cursor: Cursor): Completion[] {
  const range = wordAt(cursor.block, cursor.offset);
  const colon = /^\s*:/.test(cursor.block.lineText(range.end.line).slice(range.end.character));
  const taken = new Set([...cursor.siblings, ...laterSiblings(cursor)]);
  const required = Array.isArray(schema.required) ? (schema.required as readonly string[]) : [];
  return Object.entries(propertiesOf(schema))
    .filter(([name]) => !taken.has(name))
    .map(([name, property]) => {
      const docs = keyDocs(
        name,
        [property],
        cursor.info?.conventions.find(({ parameter }) => parameter === name),
      );
      const { insert, again } = colon ? { insert: name, again: false } : insertionOf(name, property, cursor.flow);
      return {
        kind: 'key',
        label: name,
        insert,
        snippet: true,
        range: { start: range.start, end: range.end },
        docs,
        rank: required.includes(name) || RANKS[name] !== undefined ? (RANKS[name] ?? 1) : 2,
        again,
      };
    });
}

/** Keys that nearly every task has come first. */
const RANKS: Readonly<Record<string, number>> = { task: 0, type: 0, with: 1, depends_on: 1 };

/** A key with what begins its value: a line below, brackets, or a blank. */
function insertionOf(name: string, schema: JsonSchema, flow: boolean): { insert: string; again: boolean } {
  const kinds = kindsOf(schema);
  const only = (kind: string): boolean => kinds.length === 1 && kinds[0] === kind;
  if (only('object')) return { insert: flow ? `${name}: { $0 }` : `${name}:\n  $0`, again: true };
  if (only('array')) return { insert: flow || name === 'secrets' ? `${name}: [$0]` : `${name}:\n  - $0`, again: true };
  const again =
    valuesOf(schema).length > 0 || name === 'type' || name === 'depends_on' || schema['x-path'] !== undefined;
  return { insert: `${name}: $0`, again };
}

/** Keys of the same mapping below the cursor's line. */
function laterSiblings({ block, offset, column, flow }: Cursor): string[] {
  const rest = block.text.slice(offset);
  if (flow) return [...(/^[^}\n]*/.exec(rest)?.[0] ?? '').matchAll(/([\w-]+)\s*:/g)].map((match) => match[1] ?? '');
  const names: string[] = [];
  for (const line of rest.split('\n').slice(1)) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const indent = line.length - line.trimStart().length;
    if (indent < column) break;
    const name = indent === column ? /^\s*["']?([\w-]+)["']?\s*:/.exec(line)?.[1] : undefined;
    if (name !== undefined) names.push(name);
  }
  return names;
}

/** Tasks of each type and new stages, where they may stand. */
function wholes(document: WorkflowDocument, cursor: Cursor, schemas: readonly JsonSchema[]): Completion[] {
  if (cursor.flow) return [];
  const { path } = cursor;
  const word = wordAt(cursor.block, cursor.offset);
  const range = { start: word.start, end: word.end };
  const { types } = document.options.catalogue;
  if (
    path.length === 0 &&
    !cursor.siblings.has('parallel_deployment') &&
    !document.assembly.keys.some(({ item }) => item.name === 'parallel_deployment')
  ) {
    const insert = 'parallel_deployment:\n  ${1:stage_1}:\n    - task: ${2:first}\n      type: ${3:shell}\n      $0';
    return [
      { kind: 'snippet', label: 'workflow', insert, snippet: true, range, detail: 'a stage with one task', rank: 0 },
    ];
  }
  if (path.length === 1 && path[0] === 'parallel_deployment') {
    const insert = '${1:stage}:\n  - task: ${2:name}\n    type: $0';
    return [{ kind: 'snippet', label: 'stage', insert, snippet: true, range, detail: 'a new stage', rank: 0 }];
  }
  if (schemas.includes(taskSchema) && path.at(-1) === ITEM && cursor.siblings.size === 0) {
    if (laterSiblings(cursor).length > 0) return [];
    return types.map((info) => taskItem(info, range, ''));
  }
  const items = schemasAt([...path, ITEM], undefined);
  return items.includes(taskSchema) ? types.map((info) => taskItem(info, range, '- ')) : [];
}

const taskItem = (info: TaskTypeInfo, range: Completion['range'], dash: '' | '- '): Completion => ({
  kind: 'snippet',
  label: `task ${info.type}`,
  filter: [info.type, 'task', ...info.aliases].join(' '),
  insert: taskSnippet(info, dash),
  snippet: true,
  range,
  detail: info.systems.join(', '),
  docs: typeDocs(info),
  rank: 3,
});
