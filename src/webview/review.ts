/** The review of a plan: what was understood, what was assumed (to be changed), which files would be written, and the workflow as graph. */
import './words.ts';
import { failureText } from '../core/failure.ts';
import { t } from '../core/words.ts';
import { JOURNAL_VERSION, type PlanSummary } from '../run/events.ts';
import { amended, readToReview, type FromReview, type ReviewedPlan, type ToReview } from '../views/review.ts';
import { button, el, setText } from './dom.ts';
import { Graph, type GraphShell } from './graph/graph.ts';
import { Store } from './store.ts';
import { watchTheme } from './theme.ts';
import './review.css';

interface VsCodeApi {
  postMessage(message: FromReview): void;
}
declare function acquireVsCodeApi(): VsCodeApi;

const RUN_ID = 'plan';

class Review implements GraphShell {
  store = new Store();
  readonly theme = watchTheme(() => this.redraw());
  readonly #api = acquireVsCodeApi();
  readonly #sentence = el('textarea', { class: 'sentence', rows: '2', 'aria-label': t('What should run and where') });
  readonly #state = el('span', { class: 'pill tone-active', role: 'status' });
  readonly #by = button('', () => this.#send({ type: 'provider' }), { class: 'link by', title: t('Choose who plans') });
  readonly #cost = el('span', { class: 'chip' });
  readonly #again = button(t('Ask again'), () => this.#ask());
  readonly #stop = button(t('Stop'), () => this.#send({ type: 'stop' }));
  readonly #refuse = button(t('Discard'), () => this.#send({ type: 'refuse' }), {
    title: t('Close the plan; nothing is written'),
  });
  readonly #write = button(t('Write'), () => this.#accept('open'), { title: t('Write the ticked files') });
  readonly #preview = button(t('Write and Preview'), () => this.#accept('preview'), {
    class: 'primary',
    title: t('Write the ticked files, then see what a run would change. Nothing runs.'),
  });
  readonly #about = el('div', { class: 'about' });
  readonly #chosenSoFar = el('div', { class: 'tags', 'aria-live': 'polite' });
  readonly #files = el('div', { class: 'files' });
  readonly #graph: Graph;
  readonly #picture = el('section', { class: 'plan-graph', 'aria-label': t('The workflow') });
  readonly #warning = el('div', { class: 'warning', role: 'alert', hidden: '' });
  #plan: ReviewedPlan | undefined;
  #description = '';
  #frame = 0;
  readonly #fields: {
    readonly field: HTMLTextAreaElement;
    readonly was: string;
    readonly say: (text: string) => string;
  }[] = [];

  constructor() {
    this.#graph = new Graph(this);
    this.#picture.append(this.#graph.element);
    const head = el(
      'header',
      {},
      el('h1', { class: 'unseen' }, t('Plan')),
      this.#sentence,
      el('div', { class: 'acts' }, this.#again, this.#stop),
    );
    const bar = el(
      'nav',
      { 'aria-label': t('The plan') },
      this.#state,
      this.#by,
      this.#cost,
      el('div', { class: 'acts' }, this.#refuse, this.#write, this.#preview),
    );
    const left = el('section', { class: 'left', 'aria-label': t('What was understood'), tabindex: '0' }, this.#about);
    const right = el('div', { class: 'right' }, this.#files, this.#picture);
    document.body.append(head, bar, this.#warning, el('main', { class: 'review' }, left, right));
    this.#sentence.addEventListener('input', () => this.#drawAgain());
    this.#sentence.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey) return;
      event.preventDefault();
      if (!this.#again.disabled) this.#ask();
    });
    window.addEventListener('message', (event: MessageEvent<unknown>) => {
      const message = readToReview(event.data);
      if (message.ok) this.#receive(message.value);
    });
    this.#send({ type: 'ready' });
  }

  #send(message: FromReview): void {
    this.#api.postMessage(message);
  }

  redraw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.#picture.hidden) this.#graph.draw();
    });
  }

  select(task: string | undefined): void {
    this.store.task = task;
    this.redraw();
  }

  openTask(): void {
    if (this.#plan) this.#send({ type: 'difference', path: this.#plan.workflow });
  }

  #receive(message: ToReview): void {
    this.#description = message.description;
    // What is asked is what one sees; while an answer comes, a person may write on.
    if (message.type === 'planning' || document.activeElement !== this.#sentence)
      this.#sentence.value = message.description;
    switch (message.type) {
      case 'planning':
        this.#plan = undefined;
        this.#pill(`${message.phase}…`, 'active');
        this.#warn('');
        if (message.components.length > 0) this.#showChosen(message.components);
        break;
      case 'plan':
        this.#plan = message.plan;
        this.#show(message.plan, message.now);
        break;
      case 'failed':
        this.#plan = undefined;
        this.#pill(t('no plan'), 'bad');
        this.#warn(failureText(message));
        break;
    }
    const planning = message.type === 'planning';
    this.#stop.hidden = !planning;
    document.body.classList.toggle('planning', planning);
    document.body.classList.toggle('choosing', planning && message.components.length > 0);
    this.#drawActs();
  }

  #pill(text: string, tone: string): void {
    setText(this.#state, text);
    this.#state.className = `pill tone-${tone}`;
  }

  #warn(text: string): void {
    setText(this.#warning, text);
    this.#warning.hidden = text === '';
  }

  #show(plan: ReviewedPlan, now: number): void {
    const usable = isUsable(plan);
    this.#pill(
      usable
        ? plan.destructive
          ? t('plan · it destroys something')
          : t('plan')
        : plan.questions.length > 0
          ? t('needs an answer')
          : t('no plan'),
      usable ? (plan.destructive ? 'bad' : 'good') : 'attention',
    );
    const by = plan.provider === 'catalog' ? t('the built-in planner') : plan.provider;
    setText(this.#by, plan.reason === undefined ? t('by {0}', by) : t('by {0} ({1})', by, plan.reason));
    setText(this.#cost, costText(plan));
    this.#warn(plan.error ?? '');
    this.#fields.length = 0;
    this.#about.replaceChildren(...this.#sections(plan));
    this.#files.replaceChildren(...this.#fileList(plan));
    this.#draw(plan.graph, now);
  }

  /** What is chosen by now, before there is a plan: a component more each time, the ones before stay as they are. */
  #showChosen(components: readonly string[]): void {
    if (!this.#about.contains(this.#chosenSoFar)) {
      this.#chosenSoFar.replaceChildren();
      this.#about.replaceChildren(el('section', {}, el('h2', {}, t('Understood')), this.#chosenSoFar));
      this.#fields.length = 0;
      this.#files.replaceChildren();
      this.#picture.hidden = true;
    }
    const known = [...this.#chosenSoFar.children].map((tag) => tag.textContent);
    const same = known.length <= components.length && known.every((each, at) => each === components[at]);
    const fresh = same ? components.slice(known.length) : components;
    const tags = fresh.map((id) => el('span', { class: 'tag fresh' }, id));
    if (same) this.#chosenSoFar.append(...tags);
    else this.#chosenSoFar.replaceChildren(...tags);
  }

  /** A graph is drawn from the event that would begin its run. */
  #draw(graph: PlanSummary | undefined, now: number): void {
    this.#picture.hidden = graph === undefined;
    if (!graph) return;
    this.store = new Store();
    this.store.preview = true;
    this.store.open(RUN_ID, now);
    this.store.summed = { text: '', failed: false };
    const time = new Date(now).toISOString();
    const supervisor = { pid: 0, startTime: '', bootId: '' };
    this.store.take([
      { v: JOURNAL_VERSION, seq: 1, time, runId: RUN_ID, type: 'run.started', plan: graph, supervisor, engine: '' },
    ]);
    this.redraw();
  }

  #sections(plan: ReviewedPlan): HTMLElement[] {
    const sections: HTMLElement[] = [];
    const add = (title: string, ...content: readonly HTMLElement[]): void => {
      sections.push(el('section', {}, el('h2', {}, title), ...content));
    };
    if (plan.questions.length > 0)
      add(t('Needs an answer'), ...plan.questions.map((question) => this.#question(question)));
    if (plan.components.length > 0)
      add(
        t('Understood'),
        el('div', { class: 'tags' }, ...plan.components.map((id) => el('span', { class: 'tag' }, id))),
      );
    if (plan.unplaced.length > 0)
      add(
        t('Not planned'),
        el('div', { class: 'tags' }, ...plan.unplaced.map((part) => el('span', { class: 'tag missing' }, part))),
      );
    if (plan.assumptions.length > 0)
      add(
        t('Assumed'),
        ...plan.assumptions.map((assumption) => this.#field(assumption, assumption, (text) => text)),
        el('p', { class: 'hint' }, t('Write over what is not right, then ask again.')),
      );
    if (plan.inputs.length > 0) add(t('Asked for at the start'), ...plan.inputs.map((input) => this.#input(input)));
    if (plan.secrets.length > 0)
      add(
        t('Secrets, by name'),
        el('ul', {}, ...plan.secrets.map((name) => el('li', {}, el('code', {}, name)))),
        el('p', { class: 'hint' }, t('Their values come from the keychain, the environment or a file when it runs.')),
      );
    return sections;
  }

  #field(value: string, label: string, say: (text: string) => string): HTMLElement {
    const field = el('textarea', { rows: '1', 'aria-label': label, class: 'field', spellcheck: 'false' }, value);
    field.addEventListener('input', () => {
      field.classList.toggle('changed', field.value !== value);
      this.#drawAgain();
    });
    field.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') {
        event.preventDefault();
        if (!this.#again.disabled) this.#ask();
      }
      if (event.key !== 'Escape') return;
      field.value = value;
      field.classList.remove('changed');
      this.#drawAgain();
    });
    this.#fields.push({ field, was: value, say });
    return field;
  }

  #question(question: string): HTMLElement {
    return el(
      'div',
      { class: 'question' },
      el('p', {}, question),
      this.#field('', question, (text) => text),
    );
  }

  #input({ name, description, value }: ReviewedPlan['inputs'][number]): HTMLElement {
    const field = this.#field(value, `${name}: ${description}`, (text) => `${name} ${text}`);
    return el('label', { class: 'input', title: description }, el('code', {}, name), field);
  }

  #fileList(plan: ReviewedPlan): HTMLElement[] {
    if (plan.files.length === 0) return [];
    const all = button(t('Show All Changes'), () => this.#send({ type: 'difference' }), { class: 'link' });
    const rows = plan.files.map((file) => {
      const box = el('input', {
        type: 'checkbox',
        checked: '',
        'aria-label': t('Write {0}', file.path),
        'data-path': file.path,
      });
      box.addEventListener('change', () => this.#drawActs());
      const show = button(file.path, () => this.#send({ type: 'difference', path: file.path }), {
        class: 'link path',
        title: file.isNew ? t('Show the file') : t('Show the difference'),
      });
      const note = file.same ? t('as it is') : file.isNew ? t('new') : t('changed');
      const counts = file.same ? '' : `+${file.added}${file.removed > 0 ? ` −${file.removed}` : ''}`;
      const origin = file.origin === 'model' ? [el('span', { class: 'tag' }, t('by the model'))] : [];
      return el(
        'li',
        {},
        box,
        show,
        ...origin,
        el('span', { class: 'grow' }),
        el('span', { class: 'chip' }, note),
        el('span', { class: 'lines' }, counts),
      );
    });
    return [
      el('div', { class: 'files-head' }, el('h2', {}, t('Files')), el('span', { class: 'grow' }), all),
      el('ul', {}, ...rows),
    ];
  }

  #chosen(): string[] {
    return [...this.#files.querySelectorAll<HTMLInputElement>('input:checked')].map((box) => box.dataset['path'] ?? '');
  }

  /** What a person changed in the fields, as words for the next question. */
  #changes(): string[] {
    return this.#fields
      .filter(({ field, was }) => field.value.trim() !== was.trim())
      .map(({ field, say }) => say(field.value));
  }

  #drawAgain(): void {
    const changes = this.#changes().length;
    const edited = this.#sentence.value.trim() !== this.#description.trim();
    this.#again.disabled = this.#sentence.value.trim() === '' || document.body.classList.contains('planning');
    setText(
      this.#again,
      changes === 0
        ? t('Ask again')
        : changes === 1
          ? t('Ask again with 1 change')
          : t('Ask again with {0} changes', changes),
    );
    this.#again.classList.toggle('primary', changes > 0 || edited);
  }

  #drawActs(): void {
    const usable = this.#plan !== undefined && isUsable(this.#plan);
    const chosen = this.#chosen();
    const count = chosen.length;
    this.#write.hidden = this.#preview.hidden = !usable;
    this.#write.disabled = count === 0;
    // What is not written cannot be previewed.
    this.#preview.disabled = !chosen.includes(this.#plan?.workflow ?? '');
    setText(
      this.#write,
      count === this.#plan?.files.length
        ? t('Write All')
        : count === 1
          ? t('Write 1 File')
          : t('Write {0} Files', count),
    );
    this.#drawAgain();
  }

  #ask(): void {
    this.#send({ type: 'ask', description: amended(this.#sentence.value, this.#changes()) });
  }

  #accept(then: 'open' | 'preview'): void {
    this.#send({ type: 'accept', paths: this.#chosen(), then });
  }
}

const isUsable = (plan: ReviewedPlan): boolean => plan.workflow !== '' && plan.error === undefined;

function costText({ tokens, costUsd, repairs }: ReviewedPlan): string {
  const parts = [
    ...(tokens === undefined ? [] : [t('{0} tokens', tokens.toLocaleString(document.documentElement.lang))]),
    ...(costUsd === undefined ? [] : [`$${costUsd.toFixed(4)}`]),
    ...(repairs === 0 ? [] : [repairs === 1 ? t('1 repair') : t('{0} repairs', repairs)]),
  ];
  return parts.join(' · ');
}

new Review();
