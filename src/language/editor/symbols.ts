/** The outline of a file and what of it can be folded away. */
import { counted } from '../../core/count.ts';
import type { Range } from '../../core/diagnostic.ts';
import type { PlacedTask } from '../assembly.ts';
import type { Block } from '../block.ts';
import type { WorkflowDocument } from '../document.ts';
import { textOf, type Node } from '../node.ts';

export interface OutlineItem {
  readonly kind: 'section' | 'stage' | 'task' | 'name';
  readonly name: string;
  readonly detail?: string;
  /** All of it, and the word that names it, which lies inside. */
  readonly range: Range;
  readonly selection: Range;
  readonly children: readonly OutlineItem[];
}

/** The editor's thread reads the outline after each edit: of a thousand tasks that is a quarter of a megabyte, a few milliseconds. */
const MOST_TASKS = 1000;

/** Of very many tasks, the stages alone. */
export function outline(document: WorkflowDocument): OutlineItem[] {
  const { assembly } = document;
  return assembly.keys.map(({ block, item }): OutlineItem => {
    const selection = block.range(item.at.start, item.at.end);
    const children =
      item.name === 'parallel_deployment'
        ? stages(document)
        : item.name === 'finally'
          ? assembly.finally.map(taskItem)
          : namesIn(item.value, block);
    const end = children.at(-1)?.range.end ?? block.range(item.value.start, Math.max(item.value.end, item.at.end)).end;
    return {
      kind: 'section',
      name: item.name,
      range: { start: selection.start, end: later(end, selection.end) },
      selection,
      children,
    };
  });
}

const later = (a: Range['end'], b: Range['end']): Range['end'] =>
  a.line > b.line || (a.line === b.line && a.character >= b.character) ? a : b;

function stages({ assembly }: WorkflowDocument): OutlineItem[] {
  const all = assembly.tasks.length <= MOST_TASKS;
  return assembly.stages.map((stage) => {
    const selection = stage.block.range(stage.item.at.start, stage.item.at.end);
    const last = stage.tasks.at(-1);
    return {
      kind: 'stage',
      name: stage.item.name,
      detail: counted(stage.tasks.length, 'task'),
      range: { start: selection.start, end: later(last === undefined ? selection.end : endOf(last), selection.end) },
      selection,
      children: all ? stage.tasks.map(taskItem) : [],
    };
  });
}

const endOf = ({ block, item }: PlacedTask): Range['end'] =>
  block.range(item.start, Math.max(item.end, item.start)).end;

function taskItem({ block, item }: PlacedTask): OutlineItem {
  const range = block.range(item.start, Math.max(item.end, item.start));
  const selection =
    item.name === undefined ? { start: range.start, end: range.start } : block.range(item.name.start, item.name.end);
  return {
    kind: 'task',
    name: item.name?.value || '(no name)',
    detail: item.type?.value ?? '',
    range,
    selection,
    children: [],
  };
}

function namesIn(value: Node, block: Block): OutlineItem[] {
  if (value.kind !== 'map') return [];
  return value.entries.map(({ key, value: inner }) => {
    const selection = block.range(key.start, key.end);
    return {
      kind: 'name',
      name: textOf(key) || '?',
      range: { start: selection.start, end: later(block.range(inner.start, inner.end).end, selection.end) },
      selection,
      children: [],
    };
  });
}

export interface Fold {
  readonly startLine: number;
  readonly endLine: number;
  readonly comment?: true;
}

/** Whatever is indented deeper than the line above it, and runs of comments. */
export function folds(document: WorkflowDocument): Fold[] {
  const found: Fold[] = [];
  const open: { line: number; indent: number }[] = [];
  let last = 0;
  let comment: number | undefined;
  const closeTo = (indent: number): void => {
    for (let top = open.at(-1); top !== undefined && top.indent >= indent; top = open.at(-1)) {
      open.pop();
      if (last > top.line) found.push({ startLine: top.line, endLine: last });
    }
  };
  const lines = document.text.split('\n');
  lines.forEach((text, line) => {
    const content = text.trimStart();
    if (content.startsWith('#')) {
      comment ??= line;
      return;
    }
    if (comment !== undefined && line - 1 > comment)
      found.push({ startLine: comment, endLine: line - 1, comment: true });
    comment = undefined;
    if (content.trim() === '') return;
    // A list may stand at the column of its key, and still belongs below it.
    const dash = /^-(?:\s|$)/.test(content);
    const indent = (text.length - content.length) * 2 + (dash ? 1 : 0);
    closeTo(indent);
    open.push({ line, indent });
    last = line;
  });
  if (comment !== undefined && lines.length - 1 > comment + 1)
    found.push({ startLine: comment, endLine: lines.length - 2, comment: true });
  closeTo(-1);
  return found.sort((a, b) => a.startLine - b.startLine || b.endLine - a.endLine);
}
