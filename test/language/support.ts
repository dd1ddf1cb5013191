/** What tests of the language share: reading a text with the real catalogue, and saying what came of it in a line each. */
import { WorkflowDocument, type ReadOptions } from '../../src/language/document.ts';
import type { Diagnostic, Range } from '../../src/core/diagnostic.ts';
import * as expressions from '../../src/core/expressions.ts';
import * as yaml from '../../src/language/yaml-tree.ts';
import { catalogue } from '../../src/tasks/catalogue.ts';

export const open = (text: string, options: Partial<ReadOptions> = {}): WorkflowDocument =>
  new WorkflowDocument(text, { path: 'test.code.yaml', catalogue, ...options }, { expressions, yaml });

export const diagnose = (text: string, options: Partial<ReadOptions> = {}): readonly Diagnostic[] =>
  open(text, options).diagnostics;

/** The text that a range covers. */
export function under(text: string, range: Range): string {
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const { start, end } = range;
  if (start.line === end.line) return (lines[start.line] ?? '').slice(start.character, end.character);
  const middle = lines.slice(start.line + 1, end.line);
  return [
    (lines[start.line] ?? '').slice(start.character),
    ...middle,
    (lines[end.line] ?? '').slice(0, end.character),
  ].join('\n');
}

/** `CODE013 "deplo"`: a diagnostic and the words it marks. */
export const brief = (text: string, diagnostic: Diagnostic): string =>
  `${diagnostic.code} ${JSON.stringify(under(text, diagnostic.range).replace(/\r/g, ''))}`;

/** The text after the preferred (or first) fix of a diagnostic. */
export function applyFix(text: string, diagnostic: Diagnostic): string {
  const fix = diagnostic.fixes.find(({ preferred }) => preferred === true) ?? diagnostic.fixes[0];
  if (fix === undefined) throw new Error(`${diagnostic.code} has no fix`);
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  const offset = ({ line, character }: Range['start']): number => (starts[line] ?? text.length) + character;
  return [...fix.edits]
    .sort((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce(
      (done, { range, newText }) => done.slice(0, offset(range.start)) + newText + done.slice(offset(range.end)),
      text,
    );
}
