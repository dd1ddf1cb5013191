/** Layout as YAML has it by convention, comments and blank lines kept, and never another meaning. */
import { isDeepStrictEqual } from 'node:util';
import { parseDocument, type Document } from 'yaml';
import type { TextEdit } from '../../core/diagnostic.ts';
import type { WorkflowDocument } from '../document.ts';

export interface FormatOptions {
  /** Columns of one level. */
  readonly tabSize: number;
}

/** @returns nothing where the text is no single YAML document without faults, or is formatted already */
export function format(document: WorkflowDocument, { tabSize }: FormatOptions): TextEdit[] {
  const { text, blocks } = document;
  if (blocks.some(({ kind }) => kind === 'rest')) return [];
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const before = text.replaceAll('\r\n', '\n');
  const parsed = read(before);
  if (parsed === undefined) return [];
  const after = written(parsed, tabSize);
  if (after === undefined) return [];
  const again = read(after);
  if (again === undefined || !sameMeaning(parsed, again)) return [];
  return difference(before.split('\n'), after.split('\n'), newline);
}

function written(document: Document.Parsed, tabSize: number): string | undefined {
  try {
    return document.toString({
      indent: Math.min(Math.max(tabSize, 2), 8),
      lineWidth: 0,
      minContentWidth: 0,
      flowCollectionPadding: true,
      singleQuote: null,
    });
  } catch {
    return undefined; // an alias of nothing, which a diagnostic tells
  }
}

/** Aliases are compared by what they stand for, within bounds. */
function sameMeaning(a: Document.Parsed, b: Document.Parsed): boolean {
  try {
    return isDeepStrictEqual(a.toJS({ maxAliasCount: 1000 }), b.toJS({ maxAliasCount: 1000 }));
  } catch {
    return false; // aliases that multiply or lead nowhere, which a diagnostic tells
  }
}

function read(text: string): Document.Parsed | undefined {
  try {
    const parsed = parseDocument(text, { uniqueKeys: false, logLevel: 'silent', keepSourceTokens: false });
    return parsed.errors.length > 0 || parsed.contents === null ? undefined : parsed;
  } catch {
    return undefined; // nested beyond reason, which a diagnostic tells
  }
}

/** One edit over the lines that differ, so that marks and folds elsewhere stay. */
function difference(before: readonly string[], after: readonly string[], newline: string): TextEdit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  if (head === before.length && head === after.length) return [];
  let tail = 0;
  while (
    tail < before.length - head - 1 &&
    tail < after.length - head - 1 &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail++;
  const lastLine = before.length - 1 - tail;
  if (lastLine < head) {
    // Lines were only added.
    const inserted = after.slice(head, after.length - tail).map((line) => line + newline);
    return [
      { range: { start: { line: head, character: 0 }, end: { line: head, character: 0 } }, newText: inserted.join('') },
    ];
  }
  return [
    {
      range: {
        start: { line: head, character: 0 },
        end: { line: lastLine, character: (before[lastLine] ?? '').length },
      },
      newText: after.slice(head, after.length - tail).join(newline),
    },
  ];
}
