/** What tests of the editor's features share: a text with a cursor mark, and edits applied to it. */
import type { Position, TextEdit } from '../../../src/core/diagnostic.ts';
import type { ReadOptions, WorkflowDocument } from '../../../src/language/document.ts';
import { open } from '../support.ts';

export interface Marked {
  readonly text: string;
  readonly at: Position;
  readonly document: WorkflowDocument;
}

/** Takes the `|` out of a text: the cursor stood there. A text with a block scalar uses another mark. */
export function marked(source: string, options: Partial<ReadOptions> = {}, mark = '|'): Marked {
  const offset = source.indexOf(mark);
  if (offset < 0 || source.includes(mark, offset + mark.length)) throw new Error('one cursor mark is needed');
  const text = source.slice(0, offset) + source.slice(offset + mark.length);
  const before = text.slice(0, offset);
  const at = { line: before.split('\n').length - 1, character: offset - (before.lastIndexOf('\n') + 1) };
  return { text, at, document: open(text, options) };
}

/** The text after edits, which must not overlap. */
export function applied(text: string, edits: readonly TextEdit[]): string {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const offset = ({ line, character }: Position): number => (starts[line] ?? text.length) + character;
  const sorted = [...edits].sort((a, b) => offset(b.range.start) - offset(a.range.start));
  let limit = text.length;
  return sorted.reduce((done, { range, newText }) => {
    if (offset(range.end) > limit) throw new Error('edits overlap');
    limit = offset(range.start);
    return done.slice(0, offset(range.start)) + newText + done.slice(offset(range.end));
  }, text);
}
