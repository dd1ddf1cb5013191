/** The top: what runs where and how it stands, the figures, the actions; below it views, filter and counts. */
import { t } from '../core/words.ts';
import { toggleWord } from '../views/filter.ts';
import { lookOf, lookOfRun, STATUSES } from '../views/status.ts';
import { figures, predicted } from '../views/summary.ts';
import { runPhrase } from '../views/words.ts';
import { button, el, setAttribute, setClass, setText } from './dom.ts';
import type { Shell } from './part.ts';
import type { View } from './store.ts';

const VIEWS: readonly { readonly view: View; readonly title: () => string }[] = [
  { view: 'timeline', title: () => t('Timeline') },
  { view: 'graph', title: () => t('Graph') },
  { view: 'table', title: () => t('Table') },
];

export class Head {
  readonly element: HTMLElement;
  readonly #shell: Shell;
  readonly #title = el('h1', {});
  readonly #pill = el('span', { class: 'pill' });
  readonly #where = el('span', { class: 'chip' });
  readonly #when = el('span', { class: 'chip' });
  readonly #figures = el('div', { class: 'figures' });
  readonly #cancel: HTMLButtonElement;
  readonly #resume: HTMLButtonElement;
  readonly #approve: HTMLButtonElement;
  readonly #again: HTMLButtonElement;
  readonly #run: HTMLButtonElement;
  readonly #tabs: HTMLButtonElement[];
  readonly #filter = el('input', {
    type: 'search',
    class: 'filter',
    placeholder: t('Filter: text, status:failed, type:helm'),
    'aria-label': t('Filter tasks by status:, type:, stage: or text'),
  });
  readonly #counts = el('div', { class: 'counts', role: 'group', 'aria-label': t('Filter by status') });
  readonly #chips = new Map<string, HTMLButtonElement>();
  readonly #warning = el('div', { class: 'warning', role: 'alert', hidden: '' });

  constructor(shell: Shell, show: (view: View) => void) {
    this.#shell = shell;
    this.#cancel = button(t('Cancel'), () => shell.host.send({ type: 'command', name: 'cancel' }), {
      title: t('End the run: its tasks are asked to end, and what comes finally still runs'),
    });
    this.#resume = button(t('Resume'), () => shell.host.send({ type: 'command', name: 'resume' }), {
      title: t('Go on with this run: what failed runs again, what succeeded stays as it is'),
    });
    this.#approve = button(t('Approve…'), () => this.#sendApproval(), {
      class: 'primary',
      title: t('Show what waits for you; nothing is approved yet'),
    });
    this.#again = button(t('Run Again'), () => shell.host.send({ type: 'command', name: 'run' }), {
      title: t('A new run of the workflow as it is now'),
    });
    this.#run = button(t('Run'), () => shell.host.send({ type: 'command', name: 'run' }), { class: 'primary' });
    this.#tabs = VIEWS.map(({ view, title }) =>
      button(title(), () => show(view), { role: 'tab', id: `tab-${view}`, 'aria-controls': 'picture' }),
    );
    const tabs = el('div', { role: 'tablist', class: 'tabs', 'aria-label': t('View') }, ...this.#tabs);
    tabs.addEventListener('keydown', (event) => this.#tabKey(event, show));
    this.#filter.addEventListener('input', () => {
      shell.store.setFilter(this.#filter.value);
      shell.redraw();
    });
    this.element = el(
      'div',
      { class: 'top' },
      el(
        'header',
        {},
        this.#title,
        this.#pill,
        this.#where,
        this.#when,
        el('span', { class: 'grow' }),
        this.#figures,
        el('div', { class: 'run-acts' }, this.#cancel, this.#again, this.#resume, this.#approve, this.#run),
      ),
      this.#warning,
      el(
        'nav',
        { 'aria-label': t('Views and filter') },
        tabs,
        this.#filter,
        this.#counts,
        el('span', { class: 'grow' }),
        el(
          'span',
          { class: 'chip legend' },
          el('span', { class: 'critical-mark', 'aria-hidden': 'true' }),
          t('critical path'),
        ),
      ),
    );
  }

  focusFilter(): void {
    this.#filter.focus();
    this.#filter.select();
  }

  #tabKey(event: KeyboardEvent, show: (view: View) => void): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = VIEWS.findIndex(({ view }) => view === this.#shell.store.view);
    const next = (at + step + VIEWS.length) % VIEWS.length;
    show(VIEWS[next]?.view ?? 'timeline');
    this.#tabs[next]?.focus();
  }

  #waiting(): { task: string; digest: string } | undefined {
    const { store } = this.#shell;
    const candidates =
      store.selected?.status === 'awaiting_approval' ? [store.selected] : [...store.state.tasks.values()];
    for (const task of candidates) {
      if (task.status === 'awaiting_approval' && task.waiting?.kind === 'approval')
        return { task: task.summary.task, digest: task.waiting.digest };
    }
    return undefined;
  }

  #sendApproval(): void {
    const waiting = this.#waiting();
    if (!waiting) return;
    this.#shell.select(waiting.task);
    this.#shell.host.send({ type: 'command', name: 'approve', ...waiting });
  }

  draw(): void {
    const { store } = this.#shell;
    const { state } = store;
    const file = state.plan?.file.split(/[\\/]/).at(-1) ?? '';
    setText(this.#title, state.plan ? `${state.plan.workflow} · ${file}` : t('Run'));
    this.#drawPill();
    setText(this.#where, store.target ?? '');
    this.#where.hidden = store.target === undefined;
    setText(
      this.#when,
      state.plan && state.startedAt !== undefined
        ? [
            store.preview ? t('seen {0}', clock(state.startedAt)) : t('started {0}', clock(state.startedAt)),
            t('plan {0}', short(state.plan.hash)),
          ].join(' · ')
        : '',
    );
    this.#drawFigures();
    const running = state.plan !== undefined && state.status === 'running' && !store.preview;
    this.#run.hidden = !store.canAct || !store.preview || !state.plan;
    this.#cancel.hidden = !store.canAct || !running;
    setText(this.#cancel, state.cancelling ? t('End by force') : t('Cancel'));
    this.#again.hidden = !store.canAct || store.preview || running || !state.plan;
    this.#resume.hidden = this.#again.hidden || state.status === 'succeeded';
    this.#approve.hidden = !store.canAct || !running || state.counts.awaiting_approval === 0;
    for (const [i, tab] of this.#tabs.entries()) {
      const on = VIEWS[i]?.view === store.view;
      setAttribute(tab, 'aria-selected', String(on));
      setAttribute(tab, 'tabindex', on ? '0' : '-1');
    }
    if (document.activeElement !== this.#filter && this.#filter.value !== store.filterText)
      this.#filter.value = store.filterText;
    this.#drawCounts();
    const warning = store.connection.ok
      ? store.summed?.failed === true
        ? store.summed.text
        : ''
      : (store.connection.text ?? t('The connection to the engine is gone.'));
    setText(this.#warning, warning);
    this.#warning.hidden = warning === '';
  }

  #drawPill(): void {
    const { store } = this.#shell;
    const { state, summed } = store;
    if (store.preview) {
      setText(
        this.#pill,
        summed ? (summed.failed ? t('preview') : `${t('preview')} · ${summed.text}`) : t('asking the tools…'),
      );
      setClass(this.#pill, `pill tone-${summed ? (summed.failed ? 'bad' : 'quiet') : 'active'}`);
      return;
    }
    setText(this.#pill, state.plan ? runPhrase(state) : t('loading…'));
    setClass(
      this.#pill,
      `pill tone-${state.counts.awaiting_approval > 0 && state.status === 'running' ? 'attention' : lookOfRun(state.status).tone}`,
    );
  }

  #drawFigures(): void {
    const { store } = this.#shell;
    const found = store.preview
      ? predicted(store.state, store.forecast)
      : figures(store.state, store.forecast, store.now);
    while (this.#figures.childElementCount > found.length) this.#figures.lastElementChild?.remove();
    found.forEach((figure, i) => {
      let box = this.#figures.children[i];
      if (!box) this.#figures.append((box = el('div', { class: 'figure' }, el('b', {}), el('span', {}))));
      if (box.firstElementChild) setText(box.firstElementChild, figure.value);
      if (box.lastElementChild) setText(box.lastElementChild, figure.label);
    });
  }

  #drawCounts(): void {
    const { store } = this.#shell;
    for (const status of STATUSES) {
      // Of what only would run, all is pending: nothing to tell apart.
      const count = store.preview ? 0 : store.state.counts[status];
      let chip = this.#chips.get(status);
      if (!chip && count > 0) {
        const word = `status:${status}`;
        chip = button('', () => this.#toggle(word), { class: `count tone-${lookOf(status).tone}` });
        this.#chips.set(status, chip);
        // In the order of the statuses, whichever comes first.
        const before = STATUSES.slice(STATUSES.indexOf(status) + 1)
          .map((later) => this.#chips.get(later))
          .find((each) => each !== undefined);
        this.#counts.insertBefore(chip, before ?? null);
      }
      if (!chip) continue;
      chip.hidden = count === 0;
      setText(chip, `${lookOf(status).glyph} ${count} ${lookOf(status).label}`);
      setAttribute(chip, 'aria-pressed', String(store.filter.status.includes(status)));
    }
  }

  #toggle(word: string): void {
    this.#shell.store.setFilter(toggleWord(this.#shell.store.filterText, word));
    this.#filter.value = this.#shell.store.filterText;
    this.#shell.redraw();
  }
}

const clock = (time: number): string => new Date(time).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
const short = (hash: string): string => (hash.length > 8 ? `${hash.slice(0, 4)}…${hash.slice(-2)}` : hash);
