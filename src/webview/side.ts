/** Why the selected task is where it is, and what the whole run has to say. */
import { t } from '../core/words.ts';
import { reasons, runFacts, type Fact } from '../views/summary.ts';
import type { RunStatus } from '../run/events.ts';
import type { TaskState } from '../run/state.ts';
import { button, el, setText } from './dom.ts';
import type { Part, Shell } from './part.ts';

/** What only a run has to say. */
const isOfARun = ({ term }: Fact): boolean => [t('status'), t('waits on'), t('ends in')].includes(term);

const isExplained = ({ status }: Pick<TaskState, 'status'>): boolean => status === 'failed' || status === 'timed_out';

/** It ended without success, and its run is over: a task runs again when nothing else of its run does. */
const isRetried = ({ status }: TaskState, run: RunStatus): boolean =>
  run !== 'running' && (isExplained({ status }) || status === 'cancelled' || status === 'interrupted');

export class Side implements Part {
  readonly element: HTMLElement;
  readonly #shell: Shell;
  readonly #task = el('dl', {});
  readonly #run = el('dl', { class: 'of-run' });
  readonly #taskTitle = el('h2', {}, t('Why it is where it is'));
  readonly #runTitle = el('h2', {}, t('This run'));
  readonly #retry = button(t('Retry Task'), () => this.#ask('retry'), {
    title: t('Run it again, and then what waited for it; what succeeded stays as it is'),
  });
  readonly #explain = button(t('Explain Failure'), () => this.#ask('explain'), {
    title: t('What happened, the likely cause, and what to do next'),
  });
  readonly #reveal = button(t('Go to Task'), () => this.#shell.openTask(), {
    title: t('Show it in the workflow (Enter, or a double click on the task)'),
  });
  readonly #acts = el('div', { class: 'side-acts' }, this.#retry, this.#explain, this.#reveal);
  readonly #shown = new Map<HTMLElement, string>();

  constructor(shell: Shell) {
    this.#shell = shell;
    this.element = el(
      'aside',
      { class: 'side', 'aria-label': t('About the selected task and the run'), tabindex: '0' },
      this.#taskTitle,
      this.#task,
      this.#acts,
      this.#runTitle,
      this.#run,
    );
  }

  #ask(name: 'retry' | 'explain'): void {
    const { store, host } = this.#shell;
    if (store.task !== undefined) host.send({ type: 'command', name, task: store.task });
  }

  focus(): void {
    this.element.focus();
  }

  draw(): void {
    const { store } = this.#shell;
    const task = store.selected;
    this.#taskTitle.hidden = !task;
    setText(this.#taskTitle, store.preview ? t('What it would do') : t('Why it is where it is'));
    setText(this.#runTitle, store.preview ? t('This plan') : t('This run'));
    this.#fill(this.#task, task ? this.#about(task) : []);
    this.#acts.hidden = !task;
    this.#explain.hidden = !task || !store.canAct || !isExplained(task);
    this.#retry.hidden = !task || !store.canAct || store.preview || !isRetried(task, store.state.status);
    const facts = runFacts(store.state, store.barriers);
    this.#runTitle.hidden = facts.length === 0;
    this.#fill(this.#run, facts);
  }

  #about(task: TaskState): Fact[] {
    const { store } = this.#shell;
    const facts = reasons(store.state, task, store.forecast, store.now);
    if (!store.preview) return facts;
    const known = store.note(task);
    return [
      { term: t('type'), text: task.summary.type },
      ...(known === '' || task.preview ? [] : [{ term: t('would'), text: known }]),
      ...facts.filter((fact) => !isOfARun(fact)),
    ];
  }

  #fill(list: HTMLElement, facts: readonly Fact[]): void {
    const key = JSON.stringify(facts);
    if (this.#shown.get(list) === key || list.contains(document.activeElement)) return;
    this.#shown.set(list, key);
    list.replaceChildren(...facts.flatMap((fact) => [el('dt', {}, fact.term), this.#value(fact)]));
  }

  #value(fact: Fact): HTMLElement {
    if (!fact.tasks) return el('dd', {}, fact.text);
    const links = fact.tasks.slice(0, 6).map((name) => button(name, () => this.#shell.select(name), { class: 'link' }));
    const rest = fact.tasks.length - links.length;
    return el(
      'dd',
      {},
      ...links.flatMap((link, i) => (i === 0 ? [link] : [', ', link])),
      ...(rest > 0 ? [` ${t('and {0} more', rest)}`] : []),
    );
  }
}
