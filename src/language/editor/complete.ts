/** What may be written at a place. */
import type { Position, Range } from '../../core/diagnostic.ts';
import type { WorkflowDocument } from '../document.ts';
import { completeExpression } from './complete-expression.ts';
import { completeKeys } from './complete-keys.ts';
import { completeValues } from './complete-values.ts';
import { cursorAt, type Cursor } from './cursor.ts';
import { expressionAt } from './expression-at.ts';

export type CompletionKind =
  'key' | 'type' | 'task' | 'value' | 'file' | 'folder' | 'snippet' | 'function' | 'variable' | 'output';

export interface Completion {
  readonly kind: CompletionKind;
  readonly label: string;
  /** What is written over `range`; with placeholders (`$1`, `${1:text}`) where `snippet` says so. */
  readonly insert: string;
  readonly snippet?: boolean;
  readonly range: Range;
  /** A few words beside the label. */
  readonly detail?: string;
  /** Markdown. */
  readonly docs?: string;
  /** Smaller ones stand first. */
  readonly rank?: number;
  /** What is compared with what was typed, where it is not the label. */
  readonly filter?: string;
  /** Taking it asks for the next completion. */
  readonly again?: boolean;
}

/** A completion whose documentation is written only if it is among those that are sent. */
export interface Draft extends Omit<Completion, 'docs'> {
  readonly docs?: string | (() => string);
}

export interface CompletionList {
  readonly items: readonly Completion[];
  /** There are more: ask again as more is typed. */
  readonly incomplete: boolean;
}

/** An entry of a folder. @param folder relative to the workflow's root, `''` for the root itself */
export type ListFolder = (folder: string) => readonly { readonly name: string; readonly kind: 'file' | 'folder' }[];

export interface CompleteOptions {
  readonly list?: ListFolder;
}

/** Entries that are sent at once. */
const MOST = 300;

export function complete(document: WorkflowDocument, at: Position, options: CompleteOptions = {}): CompletionList {
  const cursor = cursorAt(document, at);
  if (cursor === undefined) return { items: [], incomplete: false };
  const expression = expressionAt(cursor);
  const found =
    expression !== undefined ? completeExpression(document, cursor, expression) : plain(document, cursor, options);
  const typed = wordBefore(found[0]?.range, at, cursor);
  const fitting = found.filter(({ label, filter }) => isSubsequence(typed, (filter ?? label).toLowerCase()));
  const sorted = fitting.sort((a, b) => (a.rank ?? 5) - (b.rank ?? 5));
  return { items: sorted.slice(0, MOST).map(finished), incomplete: sorted.length > MOST };
}

function finished({ docs, ...item }: Draft): Completion {
  return docs === undefined ? item : { ...item, docs: typeof docs === 'string' ? docs : docs() };
}

function plain(document: WorkflowDocument, cursor: Cursor, options: CompleteOptions): Draft[] {
  switch (cursor.role) {
    case 'comment':
    case 'text':
      return [];
    case 'value':
      return completeValues(document, cursor, options);
    case 'start':
      return [...completeKeys(document, cursor), ...completeValues(document, cursor, options)];
  }
}

/** What is written from the beginning of the range up to the cursor. */
function wordBefore(range: Range | undefined, at: Position, cursor: Cursor): string {
  if (range === undefined || range.start.line !== at.line) return '';
  const line = cursor.block.lineText(at.line);
  return line.slice(range.start.character, at.character).toLowerCase();
}

function isSubsequence(typed: string, label: string): boolean {
  let i = 0;
  for (let at = 0; at < label.length && i < typed.length; at++) if (label[at] === typed[i]) i++;
  return i === typed.length;
}
