/** The log of the selected task: follows its end or stays where one reads, folds, finds, jumps to errors. */
import { formatSize } from '../../core/size.ts';
import { t } from '../../core/words.ts';
import { searchPattern } from '../../views/log/model.ts';
import { placesIn } from '../../views/log/places.ts';
import { lookOf } from '../../views/status.ts';
import { button, el, setAttribute, setText } from '../dom.ts';
import type { Part, Shell } from '../part.ts';
import { VirtualRows } from '../virtual.ts';
import { createLine, fillLine } from './line.ts';
import { fromText, whyEmpty, widest } from './words.ts';
import { isErrorLine, LogReader } from './reader.ts';

const ROW = 18;

export class LogPane implements Part {
  readonly element: HTMLElement;
  readonly #shell: Shell;
  readonly #scroller = el('div', {
    class: 'scroller log-lines',
    tabindex: '0',
    role: 'region',
    'aria-label': t('Log'),
  });
  readonly #list: VirtualRows;
  readonly #title = el('span', { class: 'log-title' });
  readonly #attempts = el('select', { class: 'attempts', 'aria-label': t('Attempt') });
  readonly #search = el('input', {
    type: 'search',
    class: 'log-search',
    placeholder: t('Find in log'),
    'aria-label': t('Find in the log: text, or /regular expression/'),
  });
  readonly #note = el('span', { class: 'log-note', role: 'status' });
  readonly #empty = el('p', { class: 'empty' });
  readonly #position = el('input', {
    type: 'range',
    min: '0',
    max: '1000',
    class: 'position',
    'aria-label': t('Place in the log'),
  });
  readonly #follow: HTMLButtonElement;
  #reader: LogReader | undefined;
  #following = true;
  #current = -1;
  #pattern: RegExp | undefined;
  #searching = false;

  constructor(shell: Shell) {
    this.#shell = shell;
    const source = {
      rowHeight: ROW,
      create: createLine,
      fill: (row: HTMLElement, index: number) => this.#fill(row, index),
    };
    this.#list = new VirtualRows(this.#scroller, source, () => this.#scrolled());
    this.#follow = button(t('Follow'), () => this.toggleFollow(), {
      'aria-pressed': 'true',
      title: t('Stay at the end (f)'),
    });
    const bar = el(
      'div',
      { class: 'log-bar', role: 'toolbar', 'aria-label': t('Log') },
      this.#title,
      this.#attempts,
      el('span', { class: 'grow' }),
      this.#note,
      this.#search,
      button(t('Next Error'), () => void this.jumpToError(1), { title: t('Go to the next error (e)') }),
      this.#follow,
      button(t('Copy'), () => this.#copy(), { title: t('Copy the selection, or all that is loaded') }),
      button(t('Open'), () => this.#open(), { title: t('Open the log in an editor') }),
    );
    this.element = el(
      'section',
      { class: 'log', 'aria-label': t('Log of the selected task') },
      bar,
      this.#empty,
      this.#scroller,
      this.#position,
    );
    this.#listen();
  }

  #listen(): void {
    this.#scroller.addEventListener('keydown', (event) => this.#key(event));
    this.#scroller.addEventListener('wheel', (event) => event.deltaY < 0 && this.#setFollow(false), { passive: true });
    this.#scroller.addEventListener('click', (event) => {
      if (!(event.target instanceof Element) || window.getSelection()?.isCollapsed === false) return;
      const place = event.target.closest<HTMLElement>('.place')?.dataset;
      const mark = event.target.closest<HTMLElement>('.foldable');
      if (place) this.#openPlace(place['path'] ?? '', Number(place['line']), Number(place['column']));
      else if (mark) this.#toggleFold(Number(mark.dataset['index']));
    });
    this.#attempts.addEventListener('change', () => {
      this.#shell.store.attempt = Number(this.#attempts.value);
      this.#shell.redraw();
    });
    this.#search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') void this.#find(event.shiftKey ? -1 : 1);
      if (event.key !== 'Escape') return;
      this.#searching = false;
      this.#search.value = '';
      this.#pattern = undefined;
      this.focus();
      this.#shell.redraw();
    });
    this.#search.addEventListener('input', () => {
      this.#pattern = searchPattern(this.#search.value);
      this.#shell.redraw();
    });
    this.#position.addEventListener('change', () => {
      this.#setFollow(false);
      const place = (Number(this.#position.value) / 1000) * (this.#reader?.size ?? 0);
      void this.#reader?.seek(Math.floor(place)).then(() => this.#list.scrollTo(0, 'top'));
    });
  }

  focus(): void {
    this.#scroller.focus();
  }

  focusSearch(): void {
    this.#search.focus();
    this.#search.select();
  }

  #fill(row: HTMLElement, index: number): void {
    const model = this.#reader?.model;
    if (!model) return;
    const { line, fold } = model.rows.at(index);
    const shown = model.line(line);
    if (!shown) return;
    row.dataset['index'] = String(index);
    const open = model.foldAt(line);
    const number = model.firstLine === undefined ? '' : String(model.firstLine + line);
    fillLine(row, {
      line: shown,
      number,
      fold: open,
      folded: fold !== undefined,
      current: line === this.#current,
      pattern: this.#pattern,
    });
  }

  draw(): void {
    this.#choose();
    const reader = this.#reader;
    const { store } = this.#shell;
    const task = store.selected;
    setText(this.#title, task ? task.summary.task : '');
    const empty = whyEmpty(store, task, reader);
    setText(this.#empty, empty);
    this.#empty.hidden = empty === '';
    this.#scroller.hidden = empty !== '';
    this.#drawAttempts();
    if (!reader) {
      setText(this.#note, '');
      this.#position.hidden = true;
      return;
    }
    this.#feed(reader);
    this.#list.setCount(reader.model.rows.length);
    this.#list.setWidth(widest(reader, this.#list) * 7.3 + 80);
    if (this.#following) this.#list.scrollToEnd();
    this.#list.draw();
    const whole = reader.model.from === 0 && reader.model.to >= reader.size;
    this.#position.hidden = whole || empty !== '';
    if (!this.#position.hidden && document.activeElement !== this.#position)
      this.#position.value = String(Math.round((reader.model.from / Math.max(1, reader.size)) * 1000));
    if (!this.#searching)
      setText(
        this.#note,
        empty === '' ? [formatSize(reader.size), ...(whole ? [] : [fromText(reader.model.from)])].join(' · ') : '',
      );
    setAttribute(this.#follow, 'aria-pressed', String(this.#following));
  }

  /** Opens the log of what is selected, where it is another than before. */
  #choose(): void {
    const { store, host } = this.#shell;
    const task = store.selected;
    const attempt = store.attempt ?? task?.attempt ?? 0;
    if (this.#reader && this.#reader.task === task?.summary.task && this.#reader.attempt === attempt) return;
    this.#reader?.close();
    this.#reader = undefined;
    this.#current = -1;
    if (!task || (attempt === 0 && !store.preview)) return;
    const reader = new LogReader(
      task.summary.task,
      attempt,
      store.logOf(task.summary.task, attempt),
      (...page) => host.readLog(...page),
      () => this.#shell.redraw(),
    );
    this.#reader = reader;
    // Who looks at a task that runs, or failed, wants to see its end.
    const atEnd = task.status === 'running' || lookOf(task.status).tone === 'bad';
    this.#following = atEnd;
    void (atEnd ? reader.toEnd() : reader.more());
    if (!atEnd) this.#list.scrollTo(0, 'top');
  }

  #drawAttempts(): void {
    const attempts = this.#shell.store.selected?.attempts ?? [];
    this.#attempts.hidden = attempts.length < 2;
    if (this.#attempts.childElementCount !== attempts.length) {
      this.#attempts.replaceChildren(
        ...attempts.map((each) => el('option', { value: String(each.attempt) }, t('try {0}', each.attempt))),
      );
    }
    const shown = String(this.#reader?.attempt ?? '');
    if (this.#attempts.value !== shown) this.#attempts.value = shown;
  }

  /** Reads on where the end of what is loaded is in sight. */
  #feed(reader: LogReader): void {
    if (reader.busy || reader.failure !== undefined) return;
    if (reader.model.to >= reader.size) return;
    if (this.#following) void reader.toEnd();
    else if (this.#list.last >= reader.model.rows.length - 50) void this.#onward(reader);
  }

  async #onward(reader: LogReader): Promise<void> {
    if (!reader.model.isFull) return reader.more();
    await reader.seek(Math.max(0, reader.model.to - 65_536));
    this.#list.scrollTo(0, 'top');
  }

  #scrolled(): void {
    const reader = this.#reader;
    if (reader && !reader.busy && reader.model.from > 0 && this.#list.first < 20 && !this.#following) {
      const first = this.#list.first;
      void reader.earlier().then((lines) => {
        this.#list.setCount(reader.model.rows.length);
        this.#list.scrollTo(reader.model.rows.rowOf(lines) + first, 'top');
      });
    }
    this.#shell.redraw();
  }

  #setFollow(on: boolean): void {
    if (on === this.#following) return;
    this.#following = on;
    this.#shell.redraw();
  }

  toggleFollow(): void {
    this.#setFollow(!this.#following);
  }

  #toggleFold(row: number): void {
    const model = this.#reader?.model;
    const fold = model?.foldAt(model.rows.at(row).line);
    if (!model || !fold) return;
    this.#setFollow(false);
    model.toggle(fold);
    this.#shell.redraw();
  }

  #show(line: number): void {
    const model = this.#reader?.model;
    if (!model) return;
    this.#setFollow(false);
    this.#current = line;
    const row = model.reveal(line);
    this.#list.setCount(model.rows.length);
    this.#list.scrollTo(row, 'middle');
    this.#shell.say(
      t(
        'Line {0}: {1}',
        model.firstLine === undefined ? '' : model.firstLine + line,
        model.line(line)?.plain.slice(0, 200) ?? '',
      ),
    );
    this.#shell.redraw();
  }

  /** The next line that tells of an error; of a log that is not all loaded, the first one from the start. */
  async jumpToError(direction: 1 | -1): Promise<void> {
    await this.#look(
      (from) => this.#reader?.model.nextError(from, direction),
      isErrorLine,
      t('No line tells of an error.'),
    );
  }

  async #find(direction: 1 | -1): Promise<void> {
    const pattern = this.#pattern;
    if (!pattern) return;
    await this.#look(
      (from) => this.#reader?.model.find(pattern, from, direction),
      (plain) => pattern.test(plain),
      t('Not found.'),
    );
  }

  async #look(
    inModel: (from: number) => number | undefined,
    fits: (plain: string) => boolean,
    none: string,
  ): Promise<void> {
    const reader = this.#reader;
    if (!reader) return;
    const found = inModel(this.#current);
    const whole = reader.model.from === 0 && reader.model.to >= reader.size;
    const round = found !== undefined && found <= this.#current && !whole;
    if (found !== undefined && !round) {
      this.#show(found);
      return;
    }
    if (whole) {
      this.#tell(none);
      return;
    }
    this.#searching = true;
    const place = await reader.search(fits, reader.model.to, (part) => {
      setText(this.#note, t('looking through the log: {0} % (Esc ends it)', Math.round(part * 100)));
      return this.#searching;
    });
    this.#searching = false;
    if (place === undefined) {
      this.#tell(none);
      return;
    }
    this.#setFollow(false);
    this.#current = -1;
    await reader.seek(Math.max(0, place - 4096));
    const line = inModel(-1);
    if (line !== undefined) this.#show(line);
  }

  /** The next line that names a place in a file. */
  async #nextPlace(direction: 1 | -1): Promise<void> {
    await this.#look(
      (from) => this.#reader?.model.nextPlace(from, direction),
      (plain) => placesIn(plain).length > 0,
      t('No line names a place in a file.'),
    );
  }

  #openPlace(path: string, line: number, column: number): void {
    this.#shell.host.send({ type: 'place', path, line, column });
  }

  /** Opens the first place of the line that one went to. */
  #openCurrent(): void {
    const [place] = placesIn(this.#reader?.model.line(this.#current)?.plain ?? '');
    if (place) this.#openPlace(place.path, place.line, place.column);
  }

  #tell(sentence: string): void {
    setText(this.#note, sentence);
    this.#shell.say(sentence);
  }

  #open(): void {
    if (this.#reader) this.#shell.host.send({ type: 'command', name: 'openLog', task: this.#reader.task });
  }

  #copy(): void {
    const selection = window.getSelection()?.toString() ?? '';
    const model = this.#reader?.model;
    const text = selection !== '' ? selection : (model?.text(0, model.length) ?? '');
    if (text !== '') this.#shell.host.send({ type: 'copy', text });
    this.#tell(text === '' ? t('There is nothing to copy.') : t('Copied {0}.', formatSize(text.length)));
  }

  #key(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
      event.preventDefault();
      this.focusSearch();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') this.#searching = false;
    const moves: Readonly<Record<string, () => void>> = {
      n: () => void this.#find(1),
      N: () => void this.#find(-1),
      E: () => void this.jumpToError(-1),
      p: () => void this.#nextPlace(1),
      P: () => void this.#nextPlace(-1),
      Enter: () => this.#openCurrent(),
      End: () => this.#setFollow(true),
      Home: () => {
        this.#setFollow(false);
        if (this.#reader && this.#reader.model.from > 0) void this.#reader.seek(0);
        this.#list.scrollTo(0, 'top');
      },
      ' ': () => this.#toggleFold(this.#reader?.model.rows.rowOf(Math.max(0, this.#current)) ?? 0),
    };
    const move = moves[event.key];
    if (event.key === 'ArrowUp' || event.key === 'PageUp') this.#setFollow(false);
    if (!move) return;
    event.preventDefault();
    move();
  }
}
