/** Why the selected task is where it is, and what the whole run has to say. */
import { reasons, runFacts, type Fact } from '../views/summary.ts';
import { button, el } from './dom.ts';
import type { Part, Shell } from './part.ts';

export class Side implements Part {
  readonly element: HTMLElement;
  readonly #shell: Shell;
  readonly #task = el('dl', {});
  readonly #run = el('dl', {});
  readonly #taskTitle = el('h2', {}, 'Why it is where it is');
  readonly #runTitle = el('h2', {}, 'This run');
  readonly #shown = new Map<HTMLElement, string>();

  constructor(shell: Shell) {
    this.#shell = shell;
    this.element = el(
      'aside',
      { class: 'side', 'aria-label': 'About the selected task and the run', tabindex: '0' },
      this.#taskTitle,
      this.#task,
      this.#runTitle,
      this.#run,
    );
  }

  focus(): void {
    this.element.focus();
  }

  draw(): void {
    const { store } = this.#shell;
    const task = store.selected;
    this.#taskTitle.hidden = !task;
    this.#fill(this.#task, task ? reasons(store.state, task, store.forecast, store.now) : []);
    const facts = runFacts(store.state, store.barriers);
    this.#runTitle.hidden = facts.length === 0;
    this.#fill(this.#run, facts);
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
      ...(rest > 0 ? [` and ${rest} more`] : []),
    );
  }
}
