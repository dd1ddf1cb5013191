/** How a status looks in a terminal: a shape first, a colour where there is colour, ASCII where the locale has no more. */
import { stripVTControlCharacters } from 'node:util';
import truncatedWidth from 'fast-string-truncated-width';
import type { RunStatus, TaskStatus } from '../../run/events.ts';
import { lookOf, lookOfRun, type Look, type Tone } from '../../views/status.ts';

export interface Style {
  readonly color: boolean;
  readonly unicode: boolean;
}

const CODES: Readonly<Record<Tone | 'bold' | 'dim', readonly [number, number]>> = {
  good: [32, 39],
  bad: [31, 39],
  active: [36, 39],
  attention: [33, 39],
  quiet: [2, 22],
  dim: [2, 22],
  bold: [1, 22],
};

export function paint(style: Style, tone: Tone | 'bold' | 'dim', text: string): string {
  if (!style.color || text === '') return text;
  const [on, off] = CODES[tone];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

const ASCII: Readonly<Record<TaskStatus, string>> = {
  pending: '.',
  queued: ':',
  running: '*',
  awaiting_approval: '?',
  succeeded: '+',
  cached: '=',
  failed: 'x',
  timed_out: 'T',
  cancelled: '-',
  skipped: '>',
  interrupted: '!',
};

export const glyph = (style: Style, status: TaskStatus): string =>
  style.unicode ? lookOf(status).glyph : ASCII[status];

const mark = (style: Style, shape: string, look: Look): string => paint(style, look.tone, shape);

export const icon = (style: Style, status: TaskStatus): string => mark(style, glyph(style, status), lookOf(status));

export const runIcon = (style: Style, status: RunStatus): string =>
  mark(style, glyph(style, status === 'running' ? 'running' : status), lookOfRun(status));

/** A sentence, some of whose words may be a tool's own, as one line that does nothing to the terminal; in ASCII where it has no more. */
export function plain(style: Style, text: string): string {
  const line = printable(text.trimEnd().replace(/\s*\r?\n\s*/g, ' '));
  return style.unicode ? line : line.replace(/[·…—–→≈−’]/g, (sign) => ASCII_SIGNS[sign] ?? '?');
}

const ASCII_SIGNS: Readonly<Record<string, string>> = {
  '·': '|',
  '…': '...',
  '—': '-',
  '–': '-',
  '→': '->',
  '≈': '~',
  '−': '-',
  '’': "'",
};

export const widthOf = (text: string): number => truncatedWidth(text).width;

/** Cuts a text without control codes to so many columns, with a mark where something is missing. */
export function fit(style: Style, text: string, columns: number): string {
  if (columns <= 0) return '';
  const ellipsis = style.unicode ? '…' : '~';
  const { index, truncated, ellipsed } = truncatedWidth(text, { limit: columns, ellipsis, ellipsisWidth: 1 });
  return truncated ? text.slice(0, index) + (ellipsed ? ellipsis : '') : text;
}

export const pad = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - widthOf(text)));

/** Control characters, and what turns the direction of writing: neither is ever shown. */
export const NOT_SHOWN = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u;
const ALL_NOT_SHOWN = new RegExp(NOT_SHOWN, 'gu');

/**
 * What may be shown of a tool's own line: no cursor movement, no colours, no control characters, tabs as spaces; of a line that
 * overwrites itself with carriage returns (a progress bar) the last version. Nothing turns the direction of writing, either.
 */
export function printable(line: string): string {
  const shown = line.replace(/\r+$/, '');
  return stripVTControlCharacters(shown.slice(shown.lastIndexOf('\r') + 1))
    .replace(/\t/g, '  ')
    .replace(ALL_NOT_SHOWN, '');
}

/** Where lines are broken: at the edge of a window; nowhere in a file or a pipe. */
export interface Page extends Style {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** A row of a table: a text beside its label, and below itself where it is longer than the page is wide. */
export function row(page: Page, label: string, text: string): string {
  const from = widthOf(label);
  const columns = page.isTTY === true ? Math.max(20, (page.columns ?? 80) - from - 1) : Infinity;
  return `${label}${wrapped(text, columns).join(`\n${' '.repeat(from)}`)}`;
}

/**
 * A text without control codes as lines of so many columns, broken between words; a word that is longer (an address) stays whole.
 * @param hang how far lines after the first are set in
 */
export function wrapped(text: string, columns: number, hang = 0): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const indent = lines.length === 0 ? '' : ' '.repeat(hang);
    if (line !== '' && line.trim() !== '' && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = `${' '.repeat(hang)}${word}`;
    } else line = line === '' ? `${indent}${word}` : `${line} ${word}`;
  }
  return [...lines, line];
}
