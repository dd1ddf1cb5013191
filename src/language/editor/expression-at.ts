/** The expression that a place is in: between `${{` and `}}`, or the whole value of `when`. */
import type { Cursor } from './cursor.ts';

export interface ExpressionAt {
  /** Of the expression in the block's text. */
  readonly start: number;
  readonly end: number;
  /** Up to the cursor, and all of it. */
  readonly before: string;
  readonly text: string;
}

export function expressionAt(cursor: Cursor): ExpressionAt | undefined {
  const { block, offset } = cursor;
  const { text } = block;
  const open = text.lastIndexOf('${{', offset - 3);
  const between = open < 0 ? '}}' : text.slice(open + 3, offset);
  // Braces that were never closed some lines above are another expression's trouble.
  if (!between.includes('}}') && between.split('\n').length <= 4 && cursor.role !== 'comment') {
    const line = lineEnd(text, offset);
    const close = text.indexOf('}}', offset);
    const end = close >= 0 && close < line ? close : line;
    return { start: open + 3, end, before: between, text: text.slice(open + 3, end) };
  }
  if (cursor.path.at(-1) !== 'when' || cursor.role !== 'value') return undefined;
  const colon = text.lastIndexOf(':', offset - cursor.typed.length);
  const start = Math.max(offset - cursor.typed.length, colon + 1);
  const end = lineEnd(text, offset);
  const whole = text.slice(start, end).replace(/["'\s]+$/, '');
  if (whole.includes('${{')) return undefined;
  return { start, end: Math.max(start + whole.length, offset), before: text.slice(start, offset), text: whole };
}

const lineEnd = (text: string, from: number): number => {
  const at = text.slice(from).search(/\r?\n|$/);
  return from + at;
};
