/** Parts of a log that stand folded: groups that the tool marks itself, and long runs of lines that say the same again and again. */
import { lastWhere } from './last-where.ts';

export interface Fold {
  /** The first line that is hidden when it is folded is `start + 1`: line `start` is the one that is shown. */
  readonly start: number;
  /** The last line that belongs to it. */
  readonly end: number;
  readonly title: string;
  readonly kind: 'group' | 'run';
}

const OPEN = /^(?:::group::|##\[group\])(.*)$/;
const CLOSE = /^(?:::endgroup::|##\[endgroup\])/;

/** From this many lines of one form on they are folded. */
const RUN_AT_LEAST = 16;

const REWIND_LINES = 2000;

/** What stays of a line when all that counts up is taken out of it; equal forms are a run. */
function formOf(plain: string): string {
  return plain
    .slice(0, 160)
    .replace(/\b[0-9a-f]{7,64}\b/gi, '#')
    .replace(/\d+(?:[.,:]\d+)*/g, '#')
    .replace(/[=>.\-█▏▎▍▌▋▊▉ ]{2,}/g, ' ')
    .slice(0, 48);
}

/** The lines that folds are looked for in. */
export interface FoldSource {
  readonly length: number;
  plain(index: number): string;
  /** A line that must be seen: it tells of an error or a warning. */
  notable(index: number): boolean;
}

/** Finds folds as lines come. */
export class Folding {
  #folds: Fold[] = [];
  #open: { start: number; title: string } | undefined;
  #run: { form: string; start: number; wanted: boolean } | undefined;
  #next = 0;

  /** Takes lines from `from` on (all those before are unchanged) and returns all folds, by start. */
  update(lines: FoldSource, from: number): readonly Fold[] {
    if (from < this.#next) this.#rewind(from);
    for (; this.#next < lines.length; this.#next++) {
      this.#take(lines.plain(this.#next), lines.notable(this.#next), this.#next);
    }
    const rest = this.#unfinished(lines.length - 1);
    return rest ? [...this.#folds, rest] : this.#folds;
  }

  /**
   * Back to the end of the last fold that is whole before the line: what followed it is read again. Not further than a progress
   * display goes up, or a line that is drawn over and over would cost the whole log each time.
   */
  #rewind(from: number): void {
    const whole = this.#folds.findLastIndex((fold) => fold.end < from);
    this.#folds = this.#folds.slice(0, whole + 1);
    this.#next = Math.max(from - REWIND_LINES, (this.#folds.at(-1)?.end ?? -1) + 1);
    this.#open = undefined;
    this.#run = undefined;
  }

  #take(plain: string, notable: boolean, index: number): void {
    const opened = OPEN.exec(plain);
    if (opened) {
      this.#endRun(index - 1);
      this.#endGroup(index - 1);
      this.#open = { start: index, title: opened[1]?.trim() ?? '' };
      return;
    }
    if (CLOSE.test(plain)) {
      this.#endRun(index - 1);
      this.#endGroup(index);
      return;
    }
    if (this.#open) return;
    const form = formOf(plain);
    if (this.#run?.form === form) return;
    this.#endRun(index - 1);
    this.#run = { form, start: index, wanted: !notable && form.trim() !== '' };
  }

  #endGroup(end: number): void {
    if (this.#open && end > this.#open.start) this.#folds.push({ ...this.#open, end, kind: 'group' });
    this.#open = undefined;
  }

  #endRun(end: number): void {
    const run = this.#runUntil(end);
    if (run) this.#folds.push(run);
    this.#run = undefined;
  }

  #runUntil(end: number): Fold | undefined {
    const run = this.#run;
    if (!run?.wanted || end - run.start + 1 < RUN_AT_LEAST) return undefined;
    return { start: run.start, end, title: '', kind: 'run' };
  }

  /** A run that still grows keeps its last lines in sight. */
  #unfinished(last: number): Fold | undefined {
    if (this.#open) return undefined;
    return this.#runUntil(last - 3);
  }
}

/** Which rows are seen when some folds are closed: maps between lines of the log and rows of the view by binary search. */
export class FoldedRows {
  readonly #closed: readonly Fold[];
  /** Lines hidden by the closed folds before each. */
  readonly #hidden: number[] = [];
  readonly length: number;

  constructor(folds: readonly Fold[], lineCount: number, isOpen: (fold: Fold) => boolean) {
    this.#closed = folds.filter((fold) => !isOpen(fold) && fold.end < lineCount);
    let hidden = 0;
    for (const fold of this.#closed) {
      this.#hidden.push(hidden);
      hidden += fold.end - fold.start;
    }
    this.length = lineCount - hidden;
  }

  /** The line that row shows, and the closed fold that it stands for. */
  at(row: number): { readonly line: number; readonly fold?: Fold } {
    const index = lastWhere(this.#closed.length, (i) => (this.#closed[i]?.start ?? 0) - (this.#hidden[i] ?? 0) <= row);
    const fold = this.#closed[index];
    if (!fold) return { line: row };
    const first = fold.start - (this.#hidden[index] ?? 0);
    if (row === first) return { line: fold.start, fold };
    return { line: fold.end + (row - first) };
  }

  /** The row of a line, or of the fold that hides it. */
  rowOf(line: number): number {
    const index = lastWhere(this.#closed.length, (i) => (this.#closed[i]?.start ?? 0) <= line);
    const fold = this.#closed[index];
    if (!fold) return line;
    const before = this.#hidden[index] ?? 0;
    return line <= fold.end ? fold.start - before : line - before - (fold.end - fold.start);
  }
}
