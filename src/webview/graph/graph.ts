/** The graph of the run: drag or wheel to move, Ctrl and wheel to zoom, arrows from task to task. */
import { t } from '../../core/words.ts';
import type { PlanSummary } from '../../run/events.ts';
import { STAGE_ROOM, type GraphPicture } from '../../views/graph/picture.ts';
import { lookOf } from '../../views/status.ts';
import { el, fit, setAttribute, setText } from '../dom.ts';
import type { Part, Shell } from '../part.ts';
import { layoutOf } from './layout.ts';
import { paintGraph, STAGE_NAME_PX, type Camera } from './paint.ts';

type Direction = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown';

/** What the graph needs of the page that it is on. */
export type GraphShell = Pick<Shell, 'store' | 'theme' | 'redraw' | 'select' | 'openTask'>;

export class Graph implements Part {
  readonly element: HTMLElement;
  readonly #shell: GraphShell;
  readonly #canvas = el('canvas', { class: 'graph-canvas', 'aria-hidden': 'true' });
  /** What a screen reader is told of the task that is selected: the canvas itself says nothing. */
  readonly #current = el('div', { id: 'graph-current', role: 'option', 'aria-selected': 'true', class: 'unseen' });
  #plan: PlanSummary | undefined;
  #picture: GraphPicture | undefined;
  #camera: Camera = { x: 0, y: 0, scale: 1 };
  /** Nobody moved it yet: a finer layout is fitted again. */
  #untouched = true;

  constructor(shell: GraphShell) {
    this.#shell = shell;
    this.element = el(
      'div',
      {
        class: 'graph',
        role: 'listbox',
        tabindex: '0',
        'aria-label': t('Graph of the tasks; arrow keys go along its edges'),
        'aria-activedescendant': 'graph-current',
      },
      this.#canvas,
      this.#current,
    );
    this.element.addEventListener('keydown', (event) => this.#key(event));
    this.element.addEventListener('wheel', (event) => this.#wheel(event), { passive: false });
    this.element.addEventListener('dblclick', () => shell.openTask());
    new ResizeObserver(() => shell.redraw()).observe(this.element);
    this.#drag();
  }

  focus(): void {
    this.element.focus();
  }

  draw(): void {
    const { store, theme } = this.#shell;
    const [width, height] = [this.element.clientWidth, this.element.clientHeight];
    const known = store.forecast;
    if (!store.state.plan || !known || width < 20) return;
    if (this.#plan !== store.state.plan) this.#lay(store.state.plan);
    const context = fit(this.#canvas, width, height);
    if (!context || !this.#picture) return;
    paintGraph({
      context,
      palette: theme.palette,
      store,
      picture: this.#picture,
      known,
      camera: this.#camera,
      width,
      height,
    });
    const task = store.selected;
    setText(
      this.#current,
      task
        ? `${task.summary.task}, ${task.summary.stage}, ${lookOf(task.status).label}, ${store.note(task)}`
        : t('no task selected'),
    );
    setAttribute(this.element, 'data-scale', this.#camera.scale.toFixed(2));
  }

  #lay(plan: PlanSummary): void {
    this.#plan = plan;
    this.#untouched = true;
    this.#picture = layoutOf(plan, (picture) => {
      if (this.#plan !== plan) return;
      this.#picture = picture;
      if (this.#untouched) this.#fit();
      this.#shell.redraw();
    });
    this.#fit();
  }

  /** All of it, but never so small that nothing can be told apart, nor larger than life; where there is room, at the top. */
  #fit(): void {
    const picture = this.#picture;
    if (!picture) return;
    const [width, height] = [this.element.clientWidth, this.element.clientHeight];
    const scale = Math.max(0.05, Math.min(1, width / picture.width, height / picture.height));
    this.#camera = {
      scale,
      x: Math.min(0, (picture.width - width / scale) / 2),
      // The names of the stages keep their size, however small the rest is.
      y: Math.min(0, STAGE_ROOM - STAGE_NAME_PX / scale),
    };
  }

  reveal(): void {
    const { store } = this.#shell;
    const at = store.task === undefined ? undefined : store.forecast?.order.index.get(store.task);
    const picture = this.#picture;
    if (at === undefined || !picture) return;
    const { scale } = this.#camera;
    const [width, height] = [this.element.clientWidth / scale, this.element.clientHeight / scale];
    const [x, y] = [picture.x[at] ?? 0, picture.y[at] ?? 0];
    const inside =
      x >= this.#camera.x &&
      x + picture.nodeWidth <= this.#camera.x + width &&
      y >= this.#camera.y &&
      y + picture.nodeHeight <= this.#camera.y + height;
    if (!inside)
      this.#camera = { scale, x: x + picture.nodeWidth / 2 - width / 2, y: y + picture.nodeHeight / 2 - height / 2 };
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const moves: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => this.#go('ArrowLeft'),
      ArrowRight: () => this.#go('ArrowRight'),
      ArrowUp: () => this.#go('ArrowUp'),
      ArrowDown: () => this.#go('ArrowDown'),
      Enter: () => this.#shell.openTask(),
      '+': () => this.#zoom(1.3),
      '=': () => this.#zoom(1.3),
      '-': () => this.#zoom(1 / 1.3),
      '0': () => this.#fit(),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
    this.#shell.redraw();
  }

  /** Along an edge to the left and right where there is one, else to the nearest task that way. */
  #go(direction: Direction): void {
    const { store } = this.#shell;
    const known = store.forecast;
    const picture = this.#picture;
    if (!known || !picture) return;
    const at = store.task === undefined ? undefined : known.order.index.get(store.task);
    const edges =
      direction === 'ArrowLeft' ? known.order.needs : direction === 'ArrowRight' ? known.order.dependents : undefined;
    const linked = at === undefined ? [] : (edges?.[at] ?? []);
    const next =
      at === undefined
        ? (known.order.sequence[0] ?? -1)
        : this.#nearest(picture, at, direction, linked.length > 0 ? linked : undefined);
    const name = store.state.plan?.tasks[next]?.task;
    if (name === undefined) return;
    this.#shell.select(name);
    this.reveal();
  }

  #nearest(picture: GraphPicture, at: number, direction: Direction, among: readonly number[] | undefined): number {
    const [x, y] = [picture.x[at] ?? 0, picture.y[at] ?? 0];
    let best = at;
    let least = Infinity;
    const candidates = among ?? Array.from(picture.x.keys());
    for (const task of candidates) {
      const [dx, dy] = [(picture.x[task] ?? 0) - x, (picture.y[task] ?? 0) - y];
      const [along, across] =
        direction === 'ArrowLeft'
          ? [-dx, dy]
          : direction === 'ArrowRight'
            ? [dx, dy]
            : direction === 'ArrowUp'
              ? [-dy, dx]
              : [dy, dx];
      if (task === at || (among === undefined && along <= 0)) continue;
      const distance = Math.abs(along) + Math.abs(across) * 3;
      if (distance < least) [best, least] = [task, distance];
    }
    return best;
  }

  #zoom(factor: number, px = this.element.clientWidth / 2, py = this.element.clientHeight / 2): void {
    this.#untouched = false;
    const { x, y, scale } = this.#camera;
    const next = Math.max(0.03, Math.min(2.5, scale * factor));
    this.#camera = { scale: next, x: x + px / scale - px / next, y: y + py / scale - py / next };
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    const box = this.element.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey)
      this.#zoom(Math.exp(-event.deltaY * 0.002), event.clientX - box.left, event.clientY - box.top);
    else this.#move(event.deltaX, event.deltaY);
    this.#shell.redraw();
  }

  #move(dx: number, dy: number): void {
    this.#untouched = false;
    const { x, y, scale } = this.#camera;
    this.#camera = { scale, x: x + dx / scale, y: y + dy / scale };
  }

  #drag(): void {
    let last: { x: number; y: number; moved: number } | undefined;
    this.element.addEventListener('pointerdown', (event) => {
      last = { x: event.clientX, y: event.clientY, moved: 0 };
      this.element.setPointerCapture(event.pointerId);
    });
    this.element.addEventListener('pointermove', (event) => {
      if (!last) {
        this.#tell(event);
        return;
      }
      const [dx, dy] = [last.x - event.clientX, last.y - event.clientY];
      last = { x: event.clientX, y: event.clientY, moved: last.moved + Math.abs(dx) + Math.abs(dy) };
      this.#move(dx, dy);
      this.#shell.redraw();
    });
    this.element.addEventListener('pointerup', (event) => {
      if (last && last.moved < 4) this.#pick(event);
      last = undefined;
    });
  }

  /** What lies under the pointer, which from afar is a dot. */
  #tell(event: PointerEvent): void {
    const { store } = this.#shell;
    const task = store.state.tasks.get(this.#under(event) ?? '');
    const note = task && store.note(task);
    setAttribute(
      this.element,
      'title',
      task && [task.summary.task, [task.summary.type, note].filter((part) => part !== '').join(' · ')].join('\n'),
    );
  }

  #pick(event: PointerEvent): void {
    const name = this.#under(event);
    if (name !== undefined) this.#shell.select(name);
  }

  /** The task under the pointer. */
  #under(event: PointerEvent): string | undefined {
    const picture = this.#picture;
    if (!picture) return undefined;
    const box = this.element.getBoundingClientRect();
    const x = this.#camera.x + (event.clientX - box.left) / this.#camera.scale;
    const y = this.#camera.y + (event.clientY - box.top) / this.#camera.scale;
    const at = picture.x.findIndex((left, task) => {
      const top = picture.y[task] ?? 0;
      return x >= left && x <= left + picture.nodeWidth && y >= top && y <= top + picture.nodeHeight;
    });
    return this.#shell.store.state.plan?.tasks[at]?.task;
  }
}
