/**
 * Finds `${{ … }}` in texts, without reading what is inside: cheap, and free of the expression library, so that a file without
 * expressions never pays for it. `expressions.ts` gives them a value.
 */
import type { Json } from './json.ts';

/** A stretch of a text: literal, or an expression. Offsets are into the whole text, in UTF-16 units. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string; readonly start: number; readonly end: number }
  | {
      readonly kind: 'expression';
      /** What stands between the braces, as written, blanks included. */
      readonly text: string;
      /** The braces included. */
      readonly start: number;
      readonly end: number;
      /** Where `text` begins. */
      readonly innerStart: number;
      /** The closing `}}` is there. */
      readonly closed: boolean;
    };

export type ExpressionPart = Extract<TemplatePart, { kind: 'expression' }>;

const OPEN = '${{';

export const hasExpression = (text: string): boolean => text.includes(OPEN);

/** Splits a text into literal stretches and expressions; an expression that is never closed reaches to the end. */
export function templateParts(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf(OPEN, at);
    if (open < 0) break;
    if (open > at) parts.push({ kind: 'text', text: text.slice(at, open), start: at, end: open });
    const innerStart = open + OPEN.length;
    const close = closingBraces(text, innerStart);
    const innerEnd = close ?? text.length;
    const end = close === undefined ? text.length : close + 2;
    parts.push({
      kind: 'expression',
      text: text.slice(innerStart, innerEnd),
      start: open,
      end,
      innerStart,
      closed: close !== undefined,
    });
    at = end;
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at), start: at, end: text.length });
  return parts;
}

/** Where the `}}` stands that closes an expression: not one in a string literal, nor the end of a nested map literal. */
function closingBraces(text: string, from: number): number | undefined {
  let depth = 0;
  let quote = '';
  for (let i = from; i < text.length; i++) {
    const c = text.charAt(i);
    if (quote !== '') {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '{') depth++;
    else if (c === '}' && depth > 0) depth--;
    else if (c === '}' && text.charAt(i + 1) === '}') return i;
  }
  // A quote that is never closed must not hide the end of the expression: half-typed text is the common case.
  const plain = text.indexOf('}}', from);
  return plain < 0 ? undefined : plain;
}

/** Every expression in the strings of a value, keys of objects not included. */
export function expressionsIn(value: Json): readonly ExpressionPart[] {
  if (typeof value === 'string') {
    return hasExpression(value) ? templateParts(value).filter((part) => part.kind === 'expression') : [];
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap((item: Json) => expressionsIn(item));
}

/**
 * The expression of a condition, which may be written with or without `${{ }}`.
 * @returns the expression and where it begins in the text, or `undefined` where braces cover only a part of the condition
 */
export function conditionOf(text: string): { readonly expression: string; readonly offset: number } | undefined {
  if (!hasExpression(text)) {
    const offset = text.length - text.trimStart().length;
    return { expression: text.trim(), offset };
  }
  const parts = templateParts(text).filter((part) => part.kind !== 'text' || part.text.trim() !== '');
  const [only] = parts;
  if (parts.length !== 1 || only?.kind !== 'expression') return undefined;
  const offset = only.innerStart + (only.text.length - only.text.trimStart().length);
  return { expression: only.text.trim(), offset };
}
