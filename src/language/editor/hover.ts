/** What a person is told about the word under the mouse. */
import type { Position, Range } from '../../core/diagnostic.ts';
import { keyNamed, type PlacedTask } from '../assembly.ts';
import type { WorkflowDocument } from '../document.ts';
import { find, toJson } from '../node.ts';
import type { Use } from '../uses.ts';
import { cursorAt, wordAt, type Cursor } from './cursor.ts';
import { resolvedDefault } from './defaults.ts';
import { codeDocs, keyDocs, taskDocs, typeDocs } from './docs.ts';
import { expressionAt } from './expression-at.ts';
import { FUNCTIONS, inputDocs, MEMBER_DOCS, namesUnder, outputsOf, ROOT_DOCS, TASK_MEMBERS } from './names.ts';
import { symbolAt } from './navigate.ts';
import { schemasAt } from './schemas.ts';

export interface Hover {
  readonly range: Range;
  /** Markdown. */
  readonly text: string;
}

export function hoverAt(document: WorkflowDocument, at: Position): Hover | undefined {
  const cursor = cursorAt(document, at);
  if (cursor === undefined) return undefined;
  const about = aboutWord(document, cursor, at);
  const codes = [...new Set(document.diagnostics.filter(({ range }) => covers(range, at)).map(({ code }) => code))];
  const texts = [...(about === undefined ? [] : [about.text]), ...codes.flatMap((code) => codeDocs(code) ?? [])];
  if (texts.length === 0) return undefined;
  const word = wordAt(cursor.block, cursor.offset);
  return { range: about?.range ?? { start: word.start, end: word.end }, text: texts.join('\n\n---\n\n') };
}

const covers = ({ start, end }: Range, at: Position): boolean =>
  (start.line < at.line || (start.line === at.line && start.character <= at.character)) &&
  (at.line < end.line || (at.line === end.line && at.character <= end.character));

function aboutWord(document: WorkflowDocument, cursor: Cursor, at: Position): Hover | undefined {
  const { block, offset } = cursor;
  const expression = expressionAt(cursor);
  if (expression !== undefined) return inExpression(document, cursor);
  const symbol = symbolAt(document, at);
  if (symbol?.kind === 'task') {
    const task = document.links.byName.get(symbol.name);
    if (task !== undefined) return { range: symbol.range, text: ofTask(document, task) };
  }
  const word = wordAt(block, offset);
  const range = { start: word.start, end: word.end };
  if (word.text === '') return undefined;
  const whole = cursorAt(document, range.end) ?? cursor;
  if (whole.role === 'comment' || whole.role === 'text') return undefined;
  const isKey = whole.role === 'start' && /^["']?\s*:/.test(block.lineText(range.end.line).slice(range.end.character));
  if (isKey) return ofKey(document, whole, word.text, range);
  const key = whole.path.at(-1);
  const info = key === 'type' ? document.options.catalogue.find(word.text) : undefined;
  if (info !== undefined) return { range, text: typeDocs(info, word.text) };
  return undefined;
}

const stageName = ({ assembly }: WorkflowDocument, { stage }: PlacedTask): string =>
  stage < 0 ? 'finally' : (assembly.stages[stage]?.item.name ?? '');

const ofTask = (document: WorkflowDocument, task: PlacedTask): string =>
  taskDocs(task, stageName(document, task), document.options.durations?.get(task.item.name?.value ?? '')?.medianMs);

function ofKey(document: WorkflowDocument, cursor: Cursor, name: string, range: Range): Hover | undefined {
  const { path, info, task } = cursor;
  const input =
    path.length === 1 && path[0] === 'inputs' ? keyNamed(document.assembly, 'inputs')?.item.value : undefined;
  if (input?.kind === 'map') {
    const value = find(input, name)?.value;
    if (value !== undefined) return { range, text: `**${name}**\n\n${inputDocs(toJson(value))}` };
  }
  const schemas = schemasAt([...path, name], info);
  if (schemas.length === 0) return undefined;
  const convention = path.at(-1) === 'with' ? info?.conventions.find(({ parameter }) => parameter === name) : undefined;
  const resolved =
    convention === undefined || task?.placed === undefined
      ? undefined
      : resolvedDefault(document, task.placed, convention);
  const text = keyDocs(name, schemas, convention, resolved);
  return { range, text };
}

/** A root, a name, or a function. */
function inExpression(document: WorkflowDocument, cursor: Cursor): Hover | undefined {
  const { block, offset, task } = cursor;
  const uses = (block.reading?.items ?? []).flatMap((item) => (item.kind === 'stage' ? [] : item.uses));
  for (const use of uses) {
    const part = use.spans.findIndex(({ start, end }) => start <= offset && offset <= end);
    const span = use.spans[part];
    if (span === undefined) continue;
    const text = partDocs(document, use, part, task);
    return text === undefined ? undefined : { range: block.range(span.start, span.end), text };
  }
  const word = wordAt(block, offset, /\w/);
  const known = FUNCTIONS.find(({ name }) => name === word.text);
  return known === undefined
    ? undefined
    : { range: { start: word.start, end: word.end }, text: `\`${known.signature}\`\n\n${known.docs}` };
}

function partDocs(document: WorkflowDocument, use: Use, part: number, task: Cursor['task']): string | undefined {
  const { root, names } = use;
  const [first = '', second = '', third = ''] = names;
  if (part === 0) return ROOT_DOCS[root] === undefined ? undefined : `**${root}**\n\n${ROOT_DOCS[root]}`;
  if (root !== 'tasks') {
    if (part > 1) return undefined;
    const named = namesUnder(document, root, task).find(({ name }) => name === first);
    const docs = named?.docs ?? MEMBER_DOCS[root]?.[first];
    return docs === undefined ? undefined : `**${first}**\n\n${docs}`;
  }
  const other = document.links.byName.get(first);
  if (other === undefined) return undefined;
  if (part === 1) return ofTask(document, other);
  if (part === 2) return TASK_MEMBERS[second] === undefined ? undefined : `**${second}**\n\n${TASK_MEMBERS[second]}`;
  const output = outputsOf(other).find(({ name }) => name === third);
  return output === undefined ? undefined : `**${third}**\n\n${output.docs}`;
}
