/** The run monitor: puts its parts together, and draws them at most once a frame. */
import './words.ts';
import type { ToMonitor } from '../views/messages.ts';
import { announcement } from '../views/summary.ts';
import { el, setAttribute, setText } from './dom.ts';
import { Graph } from './graph/graph.ts';
import { Head } from './head.ts';
import { Host } from './host.ts';
import { LogPane } from './log/pane.ts';
import './monitor.css';
import type { Part, Shell } from './part.ts';
import { Side } from './side.ts';
import { splitter } from './splitter.ts';
import { Store, type View } from './store.ts';
import { Table } from './table.ts';
import { watchTheme } from './theme.ts';
import { Timeline } from './timeline/timeline.ts';

/** How often a run in progress is drawn when nothing happens: its durations and the line of now move. */
const TICK_MS = 100;
const CALM_TICK_MS = 1000;
/** Screen readers are told of progress at most this often; of its end at once. */
const SAY_EVERY_MS = 10_000;

class Monitor implements Shell {
  readonly store = new Store();
  readonly host: Host;
  readonly theme: Shell['theme'];
  readonly #head: Head;
  readonly #pictures: Readonly<Record<View, Part>>;
  readonly #log: LogPane;
  readonly #side: Side;
  readonly #picture = el('div', { class: 'picture', id: 'picture', role: 'tabpanel' });
  readonly #live = el('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
  readonly #grid = el('main', { class: 'body' });
  readonly #calm = window.matchMedia('(prefers-reduced-motion: reduce)');
  #shown: View | undefined;
  #frame = 0;
  /** There is a picture of the run. */
  #pictured = false;
  /** A person chose what they look at; it is not taken from them. */
  #chosen = false;
  #said = { at: 0, status: '', failed: 0 };

  constructor() {
    this.theme = watchTheme(() => this.redraw());
    this.host = new Host((message) => this.#receive(message));
    const kept = this.host.kept;
    if (kept) this.store.restore(kept);
    this.#head = new Head(this, (view) => this.#show(view));
    this.#pictures = { timeline: new Timeline(this), graph: new Graph(this), table: new Table(this) };
    this.#log = new LogPane(this);
    this.#side = new Side(this);
    const lower = el('div', { class: 'lower' }, this.#log.element, this.#side.element);
    this.#grid.append(
      this.#picture,
      splitter(this.#grid, () => this.redraw()),
      lower,
    );
    document.body.append(this.#head.element, this.#grid, this.#live);
    document.addEventListener('keydown', (event) => this.#key(event));
    this.#show(this.store.view);
    this.host.send({ type: 'ready', seq: 0, ...(this.store.runId === '' ? {} : { runId: this.store.runId }) });
    this.#tick();
  }

  redraw(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#frame = 0;
    const first = !this.#pictured && this.store.state.plan !== undefined;
    this.#pictured = this.store.state.plan !== undefined;
    this.#head.draw();
    this.#pictures[this.store.view].draw();
    if (first) {
      // What lies below the first picture may come a frame later.
      this.redraw();
      return;
    }
    this.#log.draw();
    this.#side.draw();
  }

  #tick(): void {
    const running = this.store.state.plan !== undefined && this.store.state.status === 'running';
    if (running && !this.store.preview && !document.hidden) this.redraw();
    setTimeout(() => this.#tick(), this.#calm.matches ? CALM_TICK_MS : TICK_MS);
  }

  #show(view: View): void {
    this.store.view = view;
    if (this.#shown !== view) {
      this.#shown = view;
      this.#picture.replaceChildren(this.#pictures[view].element);
      setAttribute(this.#picture, 'aria-labelledby', `tab-${view}`);
      // The new picture must have its size before it can bring anything into sight.
      requestAnimationFrame(() => {
        this.#pictures[view].draw();
        this.#pictures[view].reveal?.();
        this.redraw();
      });
    }
    this.#keep();
    this.redraw();
  }

  #keep(): void {
    // A preview is of this moment: nothing of it is brought back.
    if (this.store.runId !== '' && !this.store.preview) this.host.keep(this.store.kept);
  }

  select(task: string | undefined): void {
    this.#chosen = task !== undefined;
    this.#go(task);
  }

  #go(task: string | undefined): void {
    if (task !== this.store.task) this.store.attempt = undefined;
    this.store.task = task;
    this.#pictures[this.store.view].reveal?.();
    if (task !== undefined) this.host.send({ type: 'select', task });
    this.#keep();
    this.redraw();
  }

  openTask(): void {
    if (this.store.task !== undefined) this.host.send({ type: 'reveal', task: this.store.task });
  }

  say(sentence: string): void {
    setText(this.#live, sentence);
  }

  #receive(message: Exclude<ToMonitor, { type: 'page' }>): void {
    const { store } = this;
    switch (message.type) {
      case 'open':
        store.preview = message.preview === true;
        store.open(message.runId, message.now);
        store.target = message.target;
        store.canAct = message.canAct;
        this.#keep();
        break;
      case 'events':
        if (message.runId !== store.runId) return;
        store.setClock(message.now);
        if (!store.take(message.events)) return;
        // What was before arrives in many pieces. After the first picture it is not drawn for each of them: the tick does now and then.
        if (!store.live && this.#pictured) return;
        break;
      case 'live':
        if (message.runId !== store.runId) return;
        store.live = true;
        this.#chooseFirst();
        break;
      case 'select':
        this.select(message.task);
        break;
      case 'previewed':
        for (const { task, note, tone, size } of message.tasks) store.takePreviewed(task, note, tone, size);
        break;
      case 'summed':
        store.summed = message;
        this.say(message.text);
        break;
      case 'connection':
        store.connection = message;
        break;
    }
    this.#tell();
    this.redraw();
  }

  /** Who opens the monitor wants to see what failed, what waits for them, or what runs. */
  #chooseFirst(): void {
    const { store } = this;
    if (store.selected && (this.#chosen || store.state.status !== 'failed')) return;
    for (const wanted of ['failed', 'timed_out', 'awaiting_approval', 'running'] as const) {
      if (store.state.counts[wanted] === 0) continue;
      for (const task of store.state.tasks.values()) {
        if (task.status === wanted && !task.allowedToFail) {
          this.#go(task.summary.task);
          return;
        }
      }
    }
    const first = store.state.plan?.tasks[0];
    if (first) this.#go(first.task);
  }

  #tell(): void {
    const { state, live } = this.store;
    if (!live || !state.plan || this.store.preview) return;
    const failed = state.counts.failed + state.counts.timed_out + state.counts.awaiting_approval;
    const news = state.status !== this.#said.status || failed !== this.#said.failed;
    if (!news && performance.now() - this.#said.at < SAY_EVERY_MS) return;
    if (news && state.status === 'failed') this.#chooseFirst();
    this.#said = { at: performance.now(), status: state.status, failed };
    this.say(announcement(state));
  }

  #key(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (
      event.key === 'Escape' &&
      event.target instanceof HTMLInputElement &&
      event.target.classList.contains('filter')
    ) {
      this.#pictures[this.store.view].focus();
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const inLog = this.#log.element.contains(document.activeElement);
    const acts: Readonly<Record<string, () => void>> = {
      '/': () => (inLog ? this.#log.focusSearch() : this.#head.focusFilter()),
      e: () => void this.#log.jumpToError(1),
      f: () => this.#log.toggleFollow(),
      l: () => this.#log.focus(),
      t: () => this.#pictures[this.store.view].focus(),
      1: () => this.#show('timeline'),
      2: () => this.#show('graph'),
      3: () => this.#show('table'),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

new Monitor();
