/** A place in a document as the editor's features see it: the path of keys, the task around it, what is typed. */
import type { TaskTypeInfo } from '../../core/catalogue.ts';
import type { Position, Range } from '../../core/diagnostic.ts';
import type { Block } from '../block.ts';
import type { WorkflowDocument } from '../document.ts';
import { blockAt } from '../publish.ts';
import type { TaskFacts } from '../reading.ts';
import { scan, type Above, type Scanned } from './scan.ts';

export interface Cursor extends Scanned {
  readonly block: Block;
  /** Of the cursor in the block's text. */
  readonly offset: number;
  /** The task that the cursor is in, as far as it could be read. */
  readonly task: TaskFacts | undefined;
  readonly info: TaskTypeInfo | undefined;
  /** The stage's number, -1 in `finally`, `undefined` outside of both. */
  readonly stage: number | undefined;
}

/** The block and the offset in it at which a position stands; a position behind the end of a line is taken for its end. */
export function placeOf(document: WorkflowDocument, at: Position): { block: Block; offset: number } | undefined {
  const { blocks } = document;
  const block = blocks[blockAt(at.line, blocks)];
  if (block === undefined) return undefined;
  const line = at.line - block.line;
  const start = block.lineStarts[line];
  if (start === undefined) return { block, offset: block.text.length };
  return { block, offset: start + Math.min(at.character, block.lineText(at.line).length) };
}

export function cursorAt(document: WorkflowDocument, at: Position): Cursor | undefined {
  const place = placeOf(document, at);
  if (place === undefined) return undefined;
  const { block, offset } = place;
  const { above, stage } = aboveOf(document, block);
  const scanned = scan(block.text.slice(0, offset), above);
  const task = taskAt(block, offset);
  if (scanned.path.length === 0) {
    // Top-level keys are blocks of their own; the one that is being written is not there yet.
    const others = document.assembly.keys.filter((key) => key.block.position(key.item.at.start).line !== at.line);
    const siblings = new Set(others.map(({ item }) => item.name));
    return { ...scanned, siblings, block, offset, task, info: undefined, stage };
  }
  return { ...scanned, block, offset, task, info: task?.info ?? typeByText(document, block), stage };
}

/** The task whose text covers the offset; in a block of one task that task, since blank lines after it are its own, too. */
export function taskAt(block: Block, offset: number): TaskFacts | undefined {
  const tasks = (block.reading?.items ?? []).filter((item) => item.kind === 'task');
  if (block.kind === 'task') return tasks[0];
  return tasks.find(({ start, end }) => start <= offset && offset <= end);
}

function typeByText(document: WorkflowDocument, block: Block): TaskTypeInfo | undefined {
  if (block.kind !== 'task') return undefined;
  const name = /^\s*(?:-\s+)?type\s*:\s*["']?([\w-]+)/m.exec(block.text)?.[1];
  return name === undefined ? undefined : document.options.catalogue.find(name);
}

/** The keys that a block stands under, and which stage it belongs to. */
function aboveOf(document: WorkflowDocument, block: Block): { above: Above[]; stage: number | undefined } {
  const { blocks, assembly } = document;
  const siblings = new Set(assembly.keys.map(({ item }) => item.name));
  if (block.kind !== 'task' && block.kind !== 'stage') return { above: [], stage: undefined };
  const above: Above[] = [];
  let section = '';
  let head: Block | undefined;
  for (let i = blockAt(block.line, blocks) - 1; i >= 0; i--) {
    const other = blocks[i];
    if (other?.kind === 'stage' && block.kind === 'task' && head === undefined) head = other;
    if (other?.kind !== 'section') continue;
    section = /^["']?([\w-]+)/.exec(other.text)?.[1] ?? '';
    above.push({ key: section, column: 0, siblings });
    break;
  }
  const item = head?.reading?.items.find(({ kind }) => kind === 'stage');
  if (item?.kind === 'stage' && head !== undefined) above.push({ key: item.name, column: head.indent });
  if (section === 'finally') return { above, stage: -1 };
  const of = block.kind === 'stage' ? block : head;
  const stage = assembly.stages.findIndex((each) => each.block === of);
  return { above, stage: stage < 0 ? undefined : stage };
}

/** The word around an offset: letters, digits, `_`, `-`, and what a path or an image name has besides. */
export function wordAt(block: Block, offset: number, characters = /[\w-]/): Range & { text: string } {
  const { text } = block;
  let start = offset;
  let end = offset;
  while (start > 0 && characters.test(text.charAt(start - 1))) start--;
  while (end < text.length && characters.test(text.charAt(end))) end++;
  return { ...block.range(start, end), text: text.slice(start, end) };
}
