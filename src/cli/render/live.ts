/**
 * Paints frames over each other on a terminal: one write per frame, inside a synchronized update, so that nothing flickers and no
 * half frame is seen (https://gist.github.com/christianparpart/d8a62cc1ab659194337d73e399004036); terminals that do not know it ignore it.
 */
import { stripVTControlCharacters } from 'node:util';
import { widthOf } from './style.ts';

const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';
const HIDE = '\u001b[?25l';
const SHOW = '\u001b[?25h';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export class Painter {
  readonly #write: (text: string) => void;
  #lines: readonly string[] = [];
  #columns = 0;
  #hidden = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Shows these lines in place of those before; `columns` is the window's width, which may have changed. */
  paint(lines: readonly string[], columns: number): void {
    if (columns === this.#columns && same(lines, this.#lines)) return;
    const body = lines.map((line) => `${line}${CLEAR_LINE}\r\n`).join('');
    this.#write(`${BEGIN}${this.#hidden ? '' : HIDE}${this.#home(columns)}${body}${CLEAR_BELOW}${END}`);
    this.#hidden = true;
    this.#lines = lines;
    this.#columns = columns;
  }

  /** Takes the picture away, so that lasting lines can be printed where it stood. */
  clear(columns: number): void {
    if (this.#lines.length > 0) this.#write(`${BEGIN}${this.#home(columns)}${CLEAR_BELOW}${END}`);
    this.#lines = [];
  }

  /** Leaves the picture where it is and gives the cursor back. */
  release(): void {
    if (this.#hidden) this.#write(SHOW);
    this.#hidden = false;
    this.#lines = [];
  }

  /** To the first line of the picture. After a change of width the terminal has wrapped the old lines anew. */
  #home(columns: number): string {
    if (this.#lines.length === 0) return '';
    let rows = 0;
    for (const line of this.#lines) {
      const width = columns < this.#columns ? widthOf(stripVTControlCharacters(line)) : 0;
      rows += Math.max(1, Math.ceil(width / Math.max(1, columns)));
    }
    return `\r\u001b[${rows}A`;
  }
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((line, at) => line === b[at]);
