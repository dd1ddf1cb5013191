/** Diagnostics for a person: where, what, the line with a caret under the word, and what to do. */
import type { Diagnostic, Severity } from '../../core/diagnostic.ts';
import { paint, plain, printable, widthOf, type Page } from './style.ts';

const TONES = { error: 'bad', warning: 'attention', information: 'active', hint: 'dim' } as const satisfies Record<
  Severity,
  string
>;
const WORDS: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  information: 'info',
  hint: 'hint',
};

/** Lines longer than this are shown around the word only. */
const WIDEST = 160;

export interface Source {
  /** As shown to the person. */
  readonly file: string;
  readonly lines: readonly string[];
}

export const sourceOf = (file: string, text: string): Source => ({
  file: printable(file),
  lines: text.replace(/^\uFEFF/, '').split(/\r?\n/),
});

/** One diagnostic as text of some lines, ending in a line break. */
export function diagnosticText(diagnostic: Diagnostic, source: Source, style: Page): string {
  const { range, severity, code, message } = diagnostic;
  const where = `${source.file}:${range.start.line + 1}:${range.start.character + 1}`;
  const head = `${paint(style, 'bold', where)} ${paint(style, TONES[severity], WORDS[severity])} ${paint(style, 'dim', code)} ${plain(style, message)}`;
  const lines = [head];
  if (severity !== 'hint') {
    lines.push(...frame(diagnostic, source, style));
    for (const related of (diagnostic.related ?? []).slice(0, 4)) {
      lines.push(
        paint(
          style,
          'dim',
          `   ${plain(style, `${source.file}:${related.range.start.line + 1}:${related.range.start.character + 1} ${related.message}`)}`,
        ),
      );
    }
    const [fix] = diagnostic.fixes;
    if (fix !== undefined) lines.push(paint(style, 'dim', plain(style, `   fix: ${fix.title}`)));
  }
  return `${lines.join('\n')}\n`;
}

/** The line before, for orientation, and the line itself with carets under the word. */
function frame({ range, severity }: Diagnostic, source: Source, style: Page): string[] {
  const { line, character } = range.start;
  const text = source.lines[line];
  if (text === undefined) return [];
  const gutter = String(line + 1).length + 1;
  const widest = style.isTTY === true ? Math.max(40, Math.min(WIDEST, (style.columns ?? 80) - gutter - 4)) : WIDEST;
  const from = text.length > widest ? Math.max(0, character - Math.floor(widest / 2)) : 0;
  const shown = visible(text.slice(from, from + widest));
  const before = source.lines[line - 1];
  const end = range.end.line === line ? range.end.character : text.length;
  const space = widthOf(visible(text.slice(from, character)));
  const width = Math.max(1, Math.min(widthOf(visible(text.slice(character, end))), widest - space));
  const bar = style.unicode ? '│' : '|';
  const lines: string[] = [];
  if (before !== undefined && before.trim() !== '' && before.length <= widest)
    lines.push(paint(style, 'dim', `${String(line).padStart(gutter)} ${bar} ${visible(before)}`));
  lines.push(`${paint(style, 'dim', `${String(line + 1).padStart(gutter)} ${bar}`)} ${shown}`);
  lines.push(
    `${paint(style, 'dim', `${' '.repeat(gutter)} ${bar}`)} ${' '.repeat(space)}${paint(style, TONES[severity], '^'.repeat(width))}`,
  );
  return lines;
}

/** Tabs as one space and control characters as dots, so that carets stand where they should and no escape sequence gets through. */
const visible = (text: string): string => text.replace(/\t/g, ' ').replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '.');

/** `2 errors, 1 warning` */
export function countsOf(diagnostics: readonly Diagnostic[]): string {
  const severities: readonly Severity[] = ['error', 'warning', 'information', 'hint'];
  return severities
    .map((severity) => ({ severity, count: diagnostics.filter((d) => d.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) =>
      severity === 'information' ? `${count} for information` : `${count} ${severity}${count === 1 ? '' : 's'}`,
    )
    .join(', ');
}
