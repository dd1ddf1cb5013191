/**
 * A log as the view needs it: lines with their level and folds, found text, the first error. Pages of the file come in order (`append`)
 * or the model starts anew somewhere else in the file (`reset`), so that a log of a gigabyte costs as much memory as one window of it.
 */
import { lastWhere } from './last-where.ts';
import { levelOf, type Level } from './level.ts';
import { FoldedRows, Folding, type Fold, type FoldSource } from './folds.ts';
import { placesIn } from './places.ts';
import { TerminalLog, type LogLine } from './terminal.ts';

export interface ModelLine extends LogLine {
  readonly level: Level;
}

/** Above this many lines the oldest are let go. */
export const KEPT_LINES = 200_000;

export class LogModel {
  #terminal = new TerminalLog();
  #levels: Level[] = [];
  #folding = new Folding();
  #folds: readonly Fold[] = [];
  /** Folds that a person opened, by the line that they start with. */
  readonly #opened = new Set<number>();
  #rows: FoldedRows | undefined;
  #firstError: number | undefined;
  /** Byte offsets in the file of what is loaded. */
  from = 0;
  to = 0;
  /** The number of the first line (from 1), where it is known: only when reading began at the start of the file. */
  firstLine: number | undefined = 1;

  get length(): number {
    return this.#terminal.lines.length;
  }

  get folds(): readonly Fold[] {
    return this.#folds;
  }

  line(index: number): ModelLine | undefined {
    const line = this.#terminal.lines[index];
    return line && { ...line, level: this.#levels[index] ?? 'plain' };
  }

  /** Starts anew at a byte offset; what was loaded is let go. */
  reset(offset: number): void {
    this.#terminal = new TerminalLog();
    this.#levels = [];
    this.#folding = new Folding();
    this.#folds = [];
    this.#opened.clear();
    this.#rows = undefined;
    this.#firstError = undefined;
    this.from = offset;
    this.to = offset;
    this.firstLine = offset === 0 ? 1 : undefined;
  }

  /** Takes the page that follows. */
  append(text: string, bytes: number): void {
    const changed = this.#terminal.write(text);
    this.to += bytes;
    const { lines } = this.#terminal;
    if (this.#firstError !== undefined && this.#firstError >= changed) this.#firstError = undefined;
    for (let index = changed; index < lines.length; index++) {
      const level = levelOf(lines[index]?.plain ?? '');
      this.#levels[index] = level;
      if (level === 'error' && this.#firstError === undefined) this.#firstError = index;
    }
    this.#folds = this.#folding.update(this.#view(), changed);
    this.#rows = undefined;
  }

  /** Too much is loaded: a reader that goes on reading starts anew where it is. */
  get isFull(): boolean {
    return this.length >= KEPT_LINES;
  }

  #view(): FoldSource {
    const { lines, complete } = this.#terminal;
    return {
      length: complete,
      plain: (index) => lines[index]?.plain ?? '',
      notable: (index) => this.#levels[index] !== 'plain',
    };
  }

  /** What is seen with the folds as they are. */
  get rows(): FoldedRows {
    this.#rows ??= new FoldedRows(this.#folds, this.length, (fold) => this.#opened.has(fold.start));
    return this.#rows;
  }

  isOpen(fold: Fold): boolean {
    return this.#opened.has(fold.start);
  }

  /** The fold that begins with this line, open or closed. */
  foldAt(line: number): Fold | undefined {
    return this.#find(line, (fold) => fold.start === line);
  }

  toggle(fold: Fold): void {
    if (!this.#opened.delete(fold.start)) this.#opened.add(fold.start);
    this.#rows = undefined;
  }

  /** Opens what hides a line. @returns its row */
  reveal(line: number): number {
    const fold = this.#find(line, (each) => each.start < line && line <= each.end);
    if (fold && !this.isOpen(fold)) this.toggle(fold);
    return this.rows.rowOf(line);
  }

  #find(line: number, fits: (fold: Fold) => boolean): Fold | undefined {
    const fold = this.#folds[lastWhere(this.#folds.length, (i) => (this.#folds[i]?.start ?? 0) <= line)];
    return fold && fits(fold) ? fold : undefined;
  }

  /** The first line that tells of an error. */
  get firstError(): number | undefined {
    return this.#firstError;
  }

  /** The next line that tells of an error after (or before) `from`, round the end. */
  nextError(from: number, direction: 1 | -1): number | undefined {
    return this.#search(from, direction, (index) => this.#levels[index] === 'error');
  }

  /** The next line that holds the text, round the end. @param pattern from `searchPattern` */
  find(pattern: RegExp, from: number, direction: 1 | -1): number | undefined {
    return this.#search(from, direction, (index) => pattern.test(this.#terminal.lines[index]?.plain ?? ''));
  }

  /** The next line that names a place in a file, round the end. */
  nextPlace(from: number, direction: 1 | -1): number | undefined {
    return this.#search(from, direction, (index) => placesIn(this.#terminal.lines[index]?.plain ?? '').length > 0);
  }

  #search(from: number, direction: 1 | -1, fits: (index: number) => boolean): number | undefined {
    const count = this.length;
    for (let step = 1; step <= count; step++) {
      const index = (((from + direction * step) % count) + count) % count;
      if (fits(index)) return index;
    }
    return undefined;
  }

  /** Plain text of some lines, for the clipboard. */
  text(first: number, last: number): string {
    return this.#terminal.lines
      .slice(first, last + 1)
      .map((line) => line.plain)
      .join('\n');
  }
}

/** `/regular expression/` or plain text; small letters find both. `undefined` where there is nothing to look for or it does not parse. */
export function searchPattern(query: string): RegExp | undefined {
  if (query === '') return undefined;
  const flags = query === query.toLowerCase() ? 'i' : '';
  const expression = /^\/(.+)\/$/.exec(query);
  try {
    return new RegExp(expression?.[1] ?? query.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), flags);
  } catch {
    return undefined;
  }
}
