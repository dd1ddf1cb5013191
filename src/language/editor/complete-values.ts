/** Values: task types, names of tasks, words that the schema lists, files and folders. */
import type { JsonSchema } from '../../core/catalogue.ts';
import type { Range } from '../../core/diagnostic.ts';
import type { WorkflowDocument } from '../document.ts';
import { find, textOf } from '../node.ts';
import { taskSchema } from '../vocabulary.ts';
import type { CompleteOptions, Completion, Draft, ListFolder } from './complete.ts';
import { wordAt, type Cursor } from './cursor.ts';
import { taskDocs, typeDocs } from './docs.ts';
import { ITEM } from './scan.ts';
import { kindsOf, schemasAt, valuesOf } from './schemas.ts';

export function completeValues(document: WorkflowDocument, cursor: Cursor, options: CompleteOptions): Draft[] {
  const { path } = cursor;
  const key = path.at(-1) === ITEM ? path.at(-2) : path.at(-1);
  const inTask = (depth: number): boolean => schemasAt(path.slice(0, -depth), undefined).includes(taskSchema);
  if (key === 'type' && inTask(1)) return types(document, cursor);
  if (key === 'depends_on' && (path.at(-1) === ITEM ? inTask(2) : inTask(1))) return dependencies(document, cursor);
  return schemasAt(path, cursor.info).flatMap((schema) => valuesFor(schema, cursor, options));
}

function types(document: WorkflowDocument, cursor: Cursor): Completion[] {
  const range = rangeOf(cursor);
  return document.options.catalogue.types.flatMap((info) =>
    [info.type, ...info.aliases].map((name) => ({
      kind: 'type' as const,
      label: name,
      insert: name,
      range,
      detail: name === info.type ? info.summary : `alias of ${info.type}`,
      docs: typeDocs(info, name),
      rank: name === info.type ? 1 : 2,
    })),
  );
}

/** Tasks that may be waited for and are not waited for yet; those of the same stage first. */
function dependencies(document: WorkflowDocument, cursor: Cursor): Draft[] {
  const { assembly } = document;
  const range = rangeOf(cursor);
  const taken = new Set(cursor.task?.dependsOn.map(({ value }) => value));
  taken.delete(range.text);
  const own = cursor.stage ?? assembly.stages.length;
  return assembly.tasks.flatMap((task): Draft[] => {
    const name = task.item.name?.value;
    if (name === undefined || task.item === cursor.task || taken.has(name)) return [];
    if (own < 0 !== task.stage < 0 || task.stage > own) return [];
    const stage = task.stage < 0 ? 'finally' : (assembly.stages[task.stage]?.item.name ?? '');
    const detail = `${task.item.type?.value ?? ''} in ${stage}`;
    return [
      {
        kind: 'task',
        label: name,
        insert: name,
        range,
        detail,
        docs: () => taskDocs(task, stage),
        rank: task.stage === own ? 1 : 2,
      },
    ];
  });
}

function valuesFor(schema: JsonSchema, cursor: Cursor, options: CompleteOptions): Completion[] {
  const range = rangeOf(cursor);
  if (schema['x-path'] !== undefined && options.list !== undefined && cursor.role === 'value')
    return paths(schema['x-path'], cursor, options.list);
  const words = schema['x-duration'] === true ? ['30s', '5m', '15m', '1h'] : valuesOf(schema);
  // On a line of its own a word of a list or a mapping would be misread as its key.
  if (cursor.role === 'start' && (kindsOf(schema).includes('object') || cursor.path.at(-1) !== ITEM)) return [];
  const docs = typeof schema.description === 'string' ? { docs: schema.description } : {};
  return words.map((word, i) => ({
    kind: 'value',
    label: word,
    insert: word,
    range,
    rank: 1 + i / 100,
    ...docs,
    ...(isDefault(schema, word) ? { detail: 'default' } : {}),
  }));
}

const isDefault = ({ default: fallback }: JsonSchema, word: string): boolean =>
  fallback === word || (typeof fallback === 'boolean' && String(fallback) === word);

/** Entries of the folder that is typed so far, seen from the task's working directory. */
function paths(kind: unknown, cursor: Cursor, list: ListFolder): Completion[] {
  const typed = cursor.typed;
  const slash = typed.lastIndexOf('/');
  const given = slash < 0 ? '' : typed.slice(0, slash + 1);
  if (/^(?:[/~$]|[A-Za-z]:|[a-z]+:)/.test(typed)) return [];
  const cwd =
    cursor.task?.node === undefined || cursor.path.at(-1) === 'cwd' ? undefined : find(cursor.task.node, 'cwd')?.value;
  const base = cwd?.kind === 'scalar' ? `${textOf(cwd)}/` : '';
  const range = wordAt(cursor.block, cursor.offset, /[^\s/"'[\]{},]/);
  const at = { start: range.start, end: range.end };
  return list(clean(base + given)).flatMap((entry): Completion[] => {
    if (entry.name.startsWith('.') && !typed.slice(slash + 1).startsWith('.')) return [];
    if (entry.kind === 'file' && kind === 'folder') return [];
    const folder = entry.kind === 'folder';
    return [
      {
        kind: entry.kind,
        label: entry.name,
        insert: folder && kind === 'file' ? `${entry.name}/` : entry.name,
        range: at,
        rank: folder === (kind === 'folder') ? 1 : 2,
        again: folder && kind === 'file',
      },
    ];
  });
}

/** @returns the folder without `.`, empty parts and what leads out of the workspace */
function clean(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}

function rangeOf(cursor: Cursor): Range & { text: string } {
  return wordAt(cursor.block, cursor.offset);
}
