/** The table: the same tasks and the same selection, for those who read better than they look. */
import { t } from '../core/words.ts';
import { formatDuration } from '../core/duration.ts';
import { formatSize } from '../core/size.ts';
import type { TaskState } from '../run/state.ts';
import { bytesOf, COLUMNS, tableRows, type Column, type Sort } from '../views/rows.ts';
import { lookOf } from '../views/status.ts';
import { durationOf } from '../views/words.ts';
import { button, el, setAttribute, setClass, setText } from './dom.ts';
import type { Part, Shell } from './part.ts';
import { VirtualRows } from './virtual.ts';

const ROW = 24;
const HEAD = 28;
const TITLES: Readonly<Record<Column, () => string>> = {
  task: () => t('Task'),
  stage: () => t('Stage'),
  type: () => t('Type'),
  status: () => t('Status'),
  start: () => t('Began after'),
  duration: () => t('Took'),
  expected: () => t('Usually'),
  attempt: () => t('Try'),
  log: () => t('Log'),
};
/** Sorting by what moves is done anew at most this often. */
const STALE_MS = 1000;

export class Table implements Part {
  readonly element: HTMLElement;
  readonly #shell: Shell;
  readonly #list: VirtualRows;
  readonly #heads = new Map<Column, HTMLElement>();
  #sort: Sort | undefined;
  #rows: { readonly names: readonly string[]; readonly at: number; readonly key: string } | undefined;

  constructor(shell: Shell) {
    this.#shell = shell;
    const head = el('div', { class: 'table-row table-head', role: 'row' });
    for (const column of COLUMNS) {
      const cell = el('div', { class: `cell cell-${column}`, role: 'columnheader' });
      cell.append(button(TITLES[column](), () => this.#sortBy(column), { class: 'sort' }));
      this.#heads.set(column, cell);
      head.append(cell);
    }
    this.element = el(
      'div',
      {
        class: 'scroller table',
        role: 'grid',
        tabindex: '0',
        'aria-label': t('Tasks of the run'),
        'aria-colcount': String(COLUMNS.length),
      },
      el('div', { class: 'table-top', role: 'rowgroup' }, head),
    );
    const source = {
      rowHeight: ROW,
      inset: HEAD,
      create: () => this.#create(),
      fill: (row: HTMLElement, index: number) => this.#fill(row, index),
    };
    this.#list = new VirtualRows(this.element, source, () => shell.redraw());
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.element.addEventListener('click', (event) => {
      const row = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-index]') : null;
      if (row) this.#pick(Number(row.dataset['index']));
    });
    this.element.addEventListener('dblclick', () => shell.openTask());
  }

  focus(): void {
    this.element.focus();
  }

  #create(): HTMLElement {
    const row = el('div', { class: 'table-row', role: 'row' });
    for (const column of COLUMNS) row.append(el('div', { class: `cell cell-${column}`, role: 'gridcell' }));
    return row;
  }

  #fill(row: HTMLElement, index: number): void {
    const name = this.#rows?.names[index] ?? '';
    const task = this.#shell.store.state.tasks.get(name);
    if (!task) return;
    const selected = this.#shell.store.task === name;
    row.id = `cell-row-${index}`;
    row.dataset['index'] = String(index);
    setClass(row, `virtual-row table-row tone-${this.#shell.store.tone(task)}${selected ? ' selected' : ''}`);
    setAttribute(row, 'aria-rowindex', String(index + 2));
    setAttribute(row, 'aria-selected', String(selected));
    COLUMNS.forEach((column, at) => {
      const cell = row.children[at];
      if (cell) setText(cell, this.#text(task, column));
    });
  }

  #text(task: TaskState, column: Column): string {
    const { store } = this.#shell;
    const { summary } = task;
    switch (column) {
      case 'task':
        return summary.task;
      case 'stage':
        return summary.stage;
      case 'type':
        return summary.type;
      case 'status': {
        const look = lookOf(task.status);
        if (store.preview) return store.note(task);
        return `${look.glyph} ${look.label}${task.allowedToFail && look.tone === 'bad' ? ` (${t('allowed')})` : ''}`;
      }
      case 'start': {
        const start = task.attempts[0]?.startedAt ?? task.startedAt;
        return start === undefined ? '' : formatDuration(Math.max(0, start - (store.state.startedAt ?? start)));
      }
      case 'duration': {
        const duration = durationOf(task, store.now);
        return duration === undefined ? '' : formatDuration(duration);
      }
      case 'expected':
        return summary.expectedMs === undefined ? '' : formatDuration(summary.expectedMs);
      case 'attempt':
        return task.attempt === 0 ? '' : String(task.attempt);
      case 'log': {
        const bytes = bytesOf(store.state, task);
        return bytes === 0 ? '' : formatSize(bytes);
      }
    }
  }

  draw(): void {
    const { store } = this.#shell;
    const key = `${store.filterText}\n${this.#sort?.column ?? ''}${this.#sort?.descending === true ? '-' : ''}\n${store.state.plan?.hash ?? ''}${store.state.attempt}`;
    const moves = this.#sort !== undefined || store.filter.status.length > 0;
    if (this.#rows?.key !== key || (moves && performance.now() - this.#rows.at > STALE_MS)) {
      this.#rows = { names: tableRows(store.state, store.filter, this.#sort, store.now), at: performance.now(), key };
    }
    this.#list.setCount(this.#rows.names.length);
    this.#list.draw();
    setAttribute(this.element, 'aria-rowcount', String(this.#rows.names.length + 1));
    const index = this.#selectedIndex();
    setAttribute(
      this.element,
      'aria-activedescendant',
      index >= this.#list.first && index <= this.#list.last ? `cell-row-${index}` : undefined,
    );
    for (const [column, cell] of this.#heads) {
      setAttribute(
        cell,
        'aria-sort',
        this.#sort?.column === column ? (this.#sort.descending ? 'descending' : 'ascending') : undefined,
      );
    }
  }

  #selectedIndex(): number {
    const { task } = this.#shell.store;
    return task === undefined ? -1 : (this.#rows?.names.indexOf(task) ?? -1);
  }

  reveal(): void {
    const index = this.#selectedIndex();
    if (index >= 0) this.#list.scrollTo(index);
  }

  /** Ascending, descending, the plan's order again. */
  #sortBy(column: Column): void {
    const same = this.#sort?.column === column;
    this.#sort = !same
      ? { column, descending: false }
      : this.#sort?.descending === true
        ? undefined
        : { column, descending: true };
    this.#shell.redraw();
  }

  #pick(index: number): void {
    const names = this.#rows?.names ?? [];
    const name = names[Math.max(0, Math.min(names.length - 1, index))];
    if (name === undefined) return;
    this.#shell.select(name);
    this.reveal();
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.element) return;
    const at = this.#selectedIndex();
    const moves: Readonly<Record<string, () => void>> = {
      ArrowDown: () => this.#pick(at + 1),
      ArrowUp: () => this.#pick(Math.max(0, at - 1)),
      PageDown: () => this.#pick(at + this.#list.pageRows),
      PageUp: () => this.#pick(at - this.#list.pageRows),
      Home: () => this.#pick(0),
      End: () => this.#pick(Infinity),
      Enter: () => this.#shell.openTask(),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }
}
