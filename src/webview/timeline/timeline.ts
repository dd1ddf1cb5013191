/** The timeline: names at the left, bars at the right, one row a task, stages as bands. */
import { t } from '../../core/words.ts';
import { formatDuration } from '../../core/duration.ts';
import { concurrency, ticks } from '../../views/scale.ts';
import { lookOf } from '../../views/status.ts';
import { stageSpan } from '../../views/tree.ts';
import { el, fit, setAttribute, setClass, setText } from '../dom.ts';
import type { Part, Shell } from '../part.ts';
import { VirtualRows } from '../virtual.ts';
import { paintChart, ROW } from './paint.ts';

const RULER = 40;
const STRIP = 20;

export class Timeline implements Part {
  readonly element: HTMLElement;
  readonly #shell: Shell;
  readonly #list: VirtualRows;
  readonly #canvas = el('canvas', { class: 'chart', 'aria-hidden': 'true' });
  readonly #ruler = el('canvas', { class: 'ruler-canvas', 'aria-hidden': 'true' });
  readonly #peak = el('span', { class: 'ruler-label' });
  readonly #scroller: HTMLElement;
  #names = 260;
  /** The piece of time in sight, milliseconds since 1970; all of the run where it is not set. */
  #zoom: { from: number; to: number } | undefined;
  #stage: string | undefined;

  constructor(shell: Shell) {
    this.#shell = shell;
    this.#scroller = el('div', { class: 'scroller', role: 'tree', tabindex: '0', 'aria-label': t('Tasks by stage') });
    const source = {
      rowHeight: ROW,
      create: () => this.#create(),
      fill: (row: HTMLElement, index: number) => this.#fill(row, index),
    };
    this.#list = new VirtualRows(this.#scroller, source, () => shell.redraw());
    this.#list.pane.append(this.#canvas);
    this.element = el(
      'div',
      { class: 'timeline' },
      el('div', { class: 'ruler' }, this.#peak, this.#ruler),
      this.#scroller,
    );
    this.#scroller.addEventListener('keydown', (event) => this.#key(event));
    this.#scroller.addEventListener('click', (event) => this.#click(event));
    this.#scroller.addEventListener('dblclick', () => shell.openTask());
    this.element.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    this.#drag();
  }

  focus(): void {
    this.#scroller.focus();
  }

  #create(): HTMLElement {
    const row = el('div', { class: 'row', role: 'treeitem' });
    row.append(
      el('span', { class: 'glyph', role: 'img' }),
      el('span', { class: 'name' }),
      el('span', { class: 'note' }),
    );
    return row;
  }

  #fill(row: HTMLElement, index: number): void {
    const { store } = this.#shell;
    const { state } = store;
    const item = store.rows[index];
    const [glyph, name, note] = row.children;
    if (!item || !glyph || !name || !note) return;
    row.id = `row-${index}`;
    row.dataset['index'] = String(index);
    row.style.width = `${this.#names}px`;
    if (item.kind === 'stage') {
      const stage = state.stages.find((each) => each.name === item.stage);
      const span = stage && item.shown <= 2000 ? stageSpan(state, stage, store.now) : undefined;
      const selected = this.#stage === item.stage && store.task === undefined;
      setClass(row, `virtual-row row stage${selected ? ' selected' : ''}`);
      setText(glyph, item.closed ? '▸' : '▾');
      setAttribute(glyph, 'aria-label', t('stage'));
      setText(name, item.stage);
      setText(
        note,
        `${stage && stage.left < stage.tasks.length ? `${stage.tasks.length - stage.left}/` : ''}${item.shown}${span === undefined ? '' : ` · ${formatDuration(span)}`}`,
      );
      setAttribute(row, 'aria-level', '1');
      setAttribute(row, 'aria-expanded', String(!item.closed));
      setAttribute(row, 'aria-selected', String(selected));
      return;
    }
    const task = state.tasks.get(item.task);
    if (!task) return;
    const look = lookOf(task.status);
    const tone = store.tone(task);
    const selected = store.task === item.task;
    setClass(
      row,
      `virtual-row row task tone-${tone}${selected ? ' selected' : ''}${task.status === 'pending' ? ' pending' : ''}`,
    );
    setText(glyph, look.glyph);
    setAttribute(glyph, 'aria-label', look.label);
    setText(name, item.task);
    setText(note, store.note(task));
    setAttribute(row, 'aria-level', '2');
    setAttribute(row, 'aria-expanded', undefined);
    setAttribute(row, 'aria-selected', String(selected));
    setAttribute(row, 'title', item.task);
  }

  draw(): void {
    const { store, theme } = this.#shell;
    const { rows } = store;
    this.#list.setCount(rows.length);
    // In a narrow panel names and notes matter more than the bars.
    const narrow = Math.min(230, this.#list.width * 0.45);
    this.#names = Math.max(150, narrow, Math.min(300, this.#list.width * 0.3));
    this.#list.draw();
    const index = this.#selectedIndex();
    const inSight = index >= this.#list.first && index <= this.#list.last;
    setAttribute(this.#scroller, 'aria-activedescendant', inSight ? `row-${index}` : undefined);
    const width = this.#list.width - this.#names;
    const context = fit(this.#canvas, width, this.#list.height);
    this.#canvas.style.left = `${this.#names}px`;
    const known = store.forecast;
    if (!context || !known || width < 20) return;
    const { from, to } = this.#range();
    const x = (time: number): number => ((time - from) / (to - from)) * width;
    const begin = store.state.startedAt ?? 0;
    const marks = ticks(from - begin, to - begin, width / 90);
    const { first, last, top, height } = this.#list;
    paintChart({ context, palette: theme.palette, store, width, height, top, rows, first, last, ticks: marks, x });
    this.#drawRuler(width, x, marks);
  }

  #drawRuler(width: number, x: (time: number) => number, marks: readonly { at: number; label: string }[]): void {
    const { store, theme } = this.#shell;
    const { palette } = theme;
    const context = fit(this.#ruler, width, RULER);
    this.#ruler.style.marginLeft = `${this.#names}px`;
    this.#peak.style.maxWidth = `${this.#names - 24}px`;
    const known = store.forecast;
    if (!context || !known) return;
    context.clearRect(0, 0, width, RULER);
    const { from, to } = this.#range();
    const buckets = Math.max(1, Math.floor(width / 2));
    const counts = concurrency(known.start, known.end, from, to, buckets);
    const peak = counts.reduce((a, b) => Math.max(a, b), 1);
    const nowX = x(store.now);
    const base = RULER - 1;
    counts.forEach((count, bucket) => {
      const left = (bucket / buckets) * width;
      context.globalAlpha = left > nowX ? 0.25 : 0.75;
      context.fillStyle = palette.tone.active;
      const high = (count / peak) * STRIP;
      context.fillRect(left, base - high, width / buckets + 0.5, high);
    });
    context.globalAlpha = 1;
    context.font = `10px ${palette.font}`;
    context.fillStyle = palette.dim;
    context.textBaseline = 'top';
    const begin = store.state.startedAt ?? 0;
    for (const mark of marks) {
      const left = x(begin + mark.at) + 4;
      // Half a label is worse than none.
      if (left + context.measureText(mark.label).width <= width) context.fillText(mark.label, left, 3);
    }
    setText(this.#peak, t('tasks at once, {0} at most', peak));
  }

  #range(): { from: number; to: number } {
    if (this.#zoom) return this.#zoom;
    const { store } = this.#shell;
    const from = store.state.startedAt ?? 0;
    const to = Math.max(store.forecast?.finish ?? 0, store.now, from + 100);
    return { from, to: to + (to - from) * 0.03 };
  }

  #selectedIndex(): number {
    const { store } = this.#shell;
    if (store.task !== undefined) return store.rows.findIndex((row) => row.kind === 'task' && row.task === store.task);
    return store.rows.findIndex((row) => row.kind === 'stage' && row.stage === this.#stage);
  }

  /** Brings the selected task into sight. */
  reveal(): void {
    const index = this.#selectedIndex();
    if (index >= 0) this.#list.scrollTo(index);
  }

  #pick(index: number): void {
    const { store } = this.#shell;
    const row = store.rows[Math.max(0, Math.min(store.rows.length - 1, index))];
    if (!row) return;
    this.#stage = row.kind === 'stage' ? row.stage : undefined;
    this.#shell.select(row.kind === 'task' ? row.task : undefined);
    this.#list.scrollTo(store.rows.indexOf(row));
  }

  #toggle(close?: boolean): void {
    const { store } = this.#shell;
    const row = store.rows[this.#selectedIndex()];
    if (row?.kind === 'stage' && (close === undefined || close !== row.closed)) {
      store.toggleStage(row.stage);
      this.#shell.redraw();
    } else if (row?.kind === 'task' && close === true) {
      const stage = store.state.tasks.get(row.task)?.summary.stage;
      this.#pick(store.rows.findIndex((each) => each.kind === 'stage' && each.stage === stage));
    }
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = this.#selectedIndex();
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => this.#pick(at + 1),
      ArrowUp: () => this.#pick(at < 0 ? 0 : at - 1),
      PageDown: () => this.#pick(at + this.#list.pageRows),
      PageUp: () => this.#pick(at - this.#list.pageRows),
      Home: () => this.#pick(0),
      End: () => this.#pick(Infinity),
      ArrowRight: () => this.#toggle(false),
      ArrowLeft: () => this.#toggle(true),
      ' ': () => this.#toggle(),
      Enter: () => (this.#shell.store.task === undefined ? this.#toggle() : this.#shell.openTask()),
      '+': () => this.#zoomBy(0.7),
      '=': () => this.#zoomBy(0.7),
      '-': () => this.#zoomBy(1.4),
      '0': () => this.#zoomBy(undefined),
      '[': () => this.#pan(-0.2),
      ']': () => this.#pan(0.2),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }

  #click(event: MouseEvent): void {
    const index = Math.floor((event.clientY - this.#scroller.getBoundingClientRect().top + this.#list.top) / ROW);
    const row = this.#shell.store.rows[index];
    if (!row) return;
    this.#pick(index);
    if (row.kind === 'stage') this.#toggle();
  }

  /** @param factor of the time in sight; all of the run again where it is left out @param around 0 to 1, what stays where it is */
  #zoomBy(factor: number | undefined, around = 0.5): void {
    const { from, to } = this.#range();
    const span = (to - from) * (factor ?? 1);
    const fixed = from + (to - from) * around;
    this.#zoom =
      factor === undefined || span < 20
        ? factor === undefined
          ? undefined
          : this.#zoom
        : { from: fixed - span * around, to: fixed + span * (1 - around) };
    this.#shell.redraw();
  }

  #pan(part: number): void {
    const { from, to } = this.#range();
    const by = (to - from) * part;
    this.#zoom = { from: from + by, to: to + by };
    this.#shell.redraw();
  }

  #wheel(event: WheelEvent): void {
    const box = this.#canvas.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const around = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
      this.#zoomBy(Math.exp(event.deltaY * 0.002), around);
    } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      this.#pan((event.shiftKey ? event.deltaY : event.deltaX) / box.width);
    }
  }

  /** The ruler is dragged to move in time; a double click on it shows all again. */
  #drag(): void {
    let last: number | undefined;
    this.#ruler.addEventListener('pointerdown', (event) => {
      last = event.clientX;
      this.#ruler.setPointerCapture(event.pointerId);
    });
    this.#ruler.addEventListener('pointermove', (event) => {
      if (last === undefined) return;
      this.#pan((last - event.clientX) / this.#ruler.clientWidth);
      last = event.clientX;
    });
    this.#ruler.addEventListener('pointerup', () => (last = undefined));
    this.#ruler.addEventListener('dblclick', () => this.#zoomBy(undefined));
  }
}
