/**
 * What a terminal would show of a log: carriage returns, backspaces and cursor moves applied, colours kept as SGR sequences for
 * `colours.ts`. Text arrives in chunks of any size, cut anywhere. Lines that need none of that (almost all) are taken as they are.
 */
export interface LogLine {
  /** Without any control sequence: what is searched and copied. */
  readonly plain: string;
  /** With SGR sequences, beginning with the state that was in force; absent where there is no colour in the line. */
  readonly ansi?: string;
}

interface Cell {
  readonly char: string;
  readonly sgr: string;
}

/** How far up a cursor can go: progress displays redraw a screenful, not the whole log. */
const SCREEN_ROWS = 200;
/** A line longer than this goes on in the next one, so that one line without an end cannot hold the view up. */
export const MAX_LINE = 20_000;

/* eslint-disable no-control-regex -- control characters are what this file is about */
const CONTROL =
  /\x1b\[([0-9;:?<=>]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]*\x1b\\|\x1b[ -/]*[0-~]|[\x00-\x08\x0a-\x1f\x7f]/g;
/** An escape sequence whose end has not come yet. */
const UNFINISHED = /\x1b(?:\[[0-9;:?<=>]*[ -/]*|\][^\x07\x1b]{0,4096}\x1b?|[PX^_][^\x1b]{0,4096}\x1b?|[ -/]*)?$/;
const ONLY_COLOUR = /\x1b\[[0-9;:]*m/g;
const ANY_CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/;

export class TerminalLog {
  readonly lines: LogLine[] = [];
  #row = 0;
  #column = 0;
  #sgr = '';
  #pending = '';
  /** Lines of the screen that are being edited, as cells; all others are settled. */
  readonly #open = new Map<number, Cell[]>();

  /** The first line that a later chunk may still change. */
  get settled(): number {
    return Math.max(0, Math.min(this.#row, this.lines.length - SCREEN_ROWS));
  }

  /** Lines whose end has come: all but the one that is being written. */
  get complete(): number {
    return this.#row >= this.lines.length ? this.lines.length : this.lines.length - 1;
  }

  /**
   * Takes the next chunk.
   * @returns the index of the first line that is new or changed
   */
  write(chunk: string): number {
    let text = this.#pending + chunk;
    this.#pending = '';
    const unfinished = UNFINISHED.exec(text);
    if (unfinished && text.length > 0) {
      this.#pending = unfinished[0];
      text = text.slice(0, unfinished.index);
    }
    const changed = { from: this.#row };
    let start = 0;
    while (start < text.length) {
      const end = text.indexOf('\n', start);
      const stop = end < 0 ? text.length : end;
      this.#segment(text.slice(start, stop > start && text[stop - 1] === '\r' && end >= 0 ? stop - 1 : stop), changed);
      if (end < 0) break;
      this.#newline();
      start = stop + 1;
    }
    this.#settleAll();
    return Math.min(changed.from, this.lines.length);
  }

  #segment(part: string, changed: { from: number }): void {
    for (let rest = part; rest.length > 0;) {
      const piece = rest.slice(0, MAX_LINE);
      rest = rest.slice(MAX_LINE);
      if (this.#isFresh() && this.#takeWhole(piece)) {
        if (rest.length > 0) this.#newline();
        continue;
      }
      this.#edit(piece, changed);
      if (rest.length > 0) this.#newline();
    }
  }

  #isFresh(): boolean {
    return this.#column === 0 && this.#row >= this.lines.length && !this.#open.has(this.#row);
  }

  /** The fast way: a new line with nothing but text and colours. */
  #takeWhole(piece: string): boolean {
    const plain = piece.includes('\x1b') ? piece.replace(ONLY_COLOUR, '') : piece;
    if (ANY_CONTROL.test(plain)) return false;
    const coloured = plain.length !== piece.length || this.#sgr !== '';
    this.lines[this.#row] = coloured ? { plain, ansi: this.#sgr + piece } : { plain };
    if (coloured) for (const [code] of piece.matchAll(ONLY_COLOUR)) this.#colour(code);
    this.#column = plain.length;
    return true;
  }

  #edit(piece: string, changed: { from: number }): void {
    let at = 0;
    for (const match of piece.matchAll(CONTROL)) {
      this.#put(piece.slice(at, match.index), changed);
      at = match.index + match[0].length;
      this.#control(match[0], match[1] ?? '', match[2], changed);
    }
    this.#put(piece.slice(at), changed);
  }

  #put(text: string, changed: { from: number }): void {
    if (text === '') return;
    const cells = this.#cells(changed);
    while (cells.length < this.#column) cells.push({ char: ' ', sgr: '' });
    for (const char of text) cells[this.#column++] = { char, sgr: this.#sgr };
  }

  #control(whole: string, parameters: string, final: string | undefined, changed: { from: number }): void {
    const amount = Math.max(1, Number.parseInt(parameters, 10) || 1);
    switch (final ?? whole) {
      case 'm': {
        this.#colour(whole);
        return;
      }
      case '\r':
        this.#column = 0;
        return;
      case '\b':
        this.#column = Math.max(0, this.#column - 1);
        return;
      case '\x0b':
      case '\x0c': {
        this.#newline();
        return;
      }
      case 'A':
      case 'F':
        this.#row = Math.max(this.settled, this.#row - amount);
        if (final === 'F') this.#column = 0;
        return;
      case 'B':
      case 'E':
        this.#row += Math.min(amount, SCREEN_ROWS);
        while (this.lines.length < this.#row) this.lines.push({ plain: '' });
        if (final === 'E') this.#column = 0;
        return;
      case 'C':
        this.#column = Math.min(MAX_LINE, this.#column + amount);
        return;
      case 'D':
        this.#column = Math.max(0, this.#column - amount);
        return;
      case 'G':
        this.#column = Math.min(MAX_LINE, amount - 1);
        return;
      case 'K': {
        this.#erase(parameters, changed);
        return;
      }
      case 'J': {
        this.#eraseBelow(parameters, changed);
        return;
      }
      default:
        return;
    }
  }

  #erase(parameters: string, changed: { from: number }): void {
    const cells = this.#cells(changed);
    const blank = { char: ' ', sgr: '' };
    if (parameters === '' || parameters === '0') cells.length = Math.min(cells.length, this.#column);
    else if (parameters === '1') cells.fill(blank, 0, this.#column + 1);
    else cells.length = 0;
  }

  #eraseBelow(parameters: string, changed: { from: number }): void {
    if (parameters !== '' && parameters !== '0') return;
    this.#erase('0', changed);
    const end = Math.max(this.lines.length, ...Array.from(this.#open.keys(), (row) => row + 1));
    for (let row = this.#row + 1; row < end; row++) {
      this.#open.delete(row);
      this.lines[row] = { plain: '' };
    }
  }

  /** Codes add up until one of them resets. */
  #colour(code: string): void {
    const body = code.slice(2, -1);
    if (body === '' || body === '0') this.#sgr = '';
    else if (body.startsWith('0;')) this.#sgr = `\x1b[${body.slice(2)}m`;
    else if (this.#sgr.length < 128) this.#sgr += code;
    else this.#sgr = code;
  }

  #newline(): void {
    this.#row++;
    this.#column = 0;
    if (this.lines.length < this.#row) this.lines.push({ plain: '' });
  }

  #cells(changed: { from: number }): Cell[] {
    let cells = this.#open.get(this.#row);
    if (!cells) {
      cells = explode(this.lines[this.#row]);
      this.#open.set(this.#row, cells);
    }
    changed.from = Math.min(changed.from, this.#row);
    return cells;
  }

  #settleAll(): void {
    for (const [row, cells] of this.#open) {
      while (this.lines.length < row) this.lines.push({ plain: '' });
      this.lines[row] = implode(cells);
    }
    this.#open.clear();
  }
}

function explode(line: LogLine | undefined): Cell[] {
  const cells: Cell[] = [];
  if (!line) return cells;
  if (line.ansi === undefined) return Array.from(line.plain, (char) => ({ char, sgr: '' }));
  let sgr = '';
  let at = 0;
  const take = (text: string): void => {
    for (const char of text) cells.push({ char, sgr });
  };
  for (const match of line.ansi.matchAll(ONLY_COLOUR)) {
    take(line.ansi.slice(at, match.index));
    at = match.index + match[0].length;
    sgr = /^\x1b\[0?m$/.test(match[0]) ? '' : sgr + match[0];
  }
  take(line.ansi.slice(at));
  return cells;
}

function implode(cells: readonly Cell[]): LogLine {
  let plain = '';
  let ansi = '';
  let before = '';
  for (const cell of cells) {
    if (cell.sgr !== before) ansi += `\x1b[0m${cell.sgr}`;
    before = cell.sgr;
    plain += cell.char;
    ansi += cell.char;
  }
  return ansi.length === plain.length ? { plain } : { plain, ansi };
}
