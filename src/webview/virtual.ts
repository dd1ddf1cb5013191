/**
 * A list of which only the rows in sight exist. The rows lie in a pane that stands still while the scroll bar moves, and are placed by
 * us, so that a canvas beside them can be drawn in the very same frame.
 */
import { el } from './dom.ts';

export interface RowSource {
  readonly rowHeight: number;
  create(): HTMLElement;
  /** Pixels at the top of the scroller that something else (a head that stays) takes. */
  readonly inset?: number;
  /** Fills a row; called for each row in sight whenever it may have changed. */
  fill(row: HTMLElement, index: number): void;
}

export class VirtualRows {
  readonly scroller: HTMLElement;
  /** Stands still; what is laid over the rows goes in here. */
  readonly pane: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #rows: HTMLElement;
  readonly #source: RowSource;
  readonly #pool: HTMLElement[] = [];
  #count = 0;
  height = 0;
  width = 0;

  /** @param scrolled called when the rows must be drawn again */
  constructor(scroller: HTMLElement, source: RowSource, scrolled: () => void) {
    this.scroller = scroller;
    this.#source = source;
    this.#rows = el('div', { class: 'rows', role: 'presentation' });
    this.pane = el('div', { class: 'pane', role: 'presentation' }, this.#rows);
    const inset = source.inset ?? 0;
    this.pane.style.top = `${inset}px`;
    this.#spacer = el('div', { class: 'spacer', role: inset > 0 ? 'rowgroup' : 'presentation' }, this.pane);
    scroller.append(this.#spacer);
    scroller.addEventListener('scroll', scrolled, { passive: true });
    new ResizeObserver(() => {
      this.height = scroller.clientHeight - inset;
      this.width = scroller.clientWidth;
      this.pane.style.height = `${this.height}px`;
      scrolled();
    }).observe(scroller);
  }

  get count(): number {
    return this.#count;
  }

  /** Pixels above the first pixel in sight. */
  get top(): number {
    return this.scroller.scrollTop;
  }

  get first(): number {
    return Math.max(0, Math.floor(this.top / this.#source.rowHeight));
  }

  get last(): number {
    return Math.min(this.#count - 1, Math.ceil((this.top + this.height) / this.#source.rowHeight));
  }

  get pageRows(): number {
    return Math.max(1, Math.floor(this.height / this.#source.rowHeight) - 1);
  }

  /** The end is in sight. */
  get atEnd(): boolean {
    return this.top + this.height >= this.#count * this.#source.rowHeight - 4;
  }

  setCount(count: number): void {
    if (count === this.#count) return;
    this.#count = count;
    this.#spacer.style.height = `${count * this.#source.rowHeight}px`;
  }

  /** How wide the widest row is, where rows are cut and scroll sideways; 0 for as wide as the list. */
  setWidth(width: number): void {
    this.#spacer.style.minWidth = width === 0 ? '' : `${width}px`;
  }

  draw(): void {
    const { rowHeight } = this.#source;
    const { first, last, top } = this;
    const left = this.scroller.scrollLeft;
    const needed = Math.max(0, last - first + 1);
    while (this.#pool.length < needed) {
      const row = this.#source.create();
      row.classList.add('virtual-row');
      this.#pool.push(row);
      this.#rows.append(row);
    }
    const size = this.#pool.length;
    const used = new Set<HTMLElement>();
    for (let index = first; index <= last; index++) {
      // A row keeps its element while it is in sight, so that a text selection in it stays.
      const row = this.#pool[index % size];
      if (!row) continue;
      used.add(row);
      row.hidden = false;
      row.style.transform = `translate(${-left}px, ${index * rowHeight - top}px)`;
      this.#source.fill(row, index);
    }
    for (const row of this.#pool) if (!used.has(row)) row.hidden = true;
  }

  scrollTo(index: number, where: 'near' | 'top' | 'middle' = 'near'): void {
    const { rowHeight } = this.#source;
    const y = index * rowHeight;
    if (where === 'top') this.scroller.scrollTop = y;
    else if (where === 'middle') this.scroller.scrollTop = y - this.height / 2 + rowHeight / 2;
    else if (y < this.top) this.scroller.scrollTop = y;
    else if (y + rowHeight > this.top + this.height) this.scroller.scrollTop = y + rowHeight - this.height;
  }

  scrollToEnd(): void {
    this.scroller.scrollTop = this.#count * this.#source.rowHeight;
  }
}
