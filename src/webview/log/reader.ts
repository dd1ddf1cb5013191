/** Reads the log of one attempt, a window of it at a time, by place (bytes from the start of both streams together). */
import type { LogPage } from '../../run/protocol.ts';
import { levelOf } from '../../views/log/level.ts';
import { LogModel } from '../../views/log/model.ts';
import type { LogIndex, Piece } from '../../views/log/segments.ts';
import { TerminalLog } from '../../views/log/terminal.ts';

const PAGE = 131_072;
/** What is read at first, and each time that one scrolls out of what is there. */
const WINDOW = 1_048_576;

export type ReadPage = (task: string, attempt: number, piece: Piece) => Promise<LogPage>;

export class LogReader {
  readonly task: string;
  readonly attempt: number;
  readonly #index: LogIndex;
  readonly #read: ReadPage;
  readonly #changed: () => void;
  model = new LogModel();
  /** A sentence, where the last page could not be had. */
  failure: string | undefined;
  #busy = false;
  #closed = false;

  /** @param changed called after each page */
  constructor(task: string, attempt: number, index: LogIndex, read: ReadPage, changed: () => void) {
    this.task = task;
    this.attempt = attempt;
    this.#index = index;
    this.#read = read;
    this.#changed = changed;
  }

  get size(): number {
    return this.#index.size;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** No more is read or told. */
  close(): void {
    this.#closed = true;
  }

  /** Reads on from what is there, up to one window more. */
  async more(): Promise<void> {
    await this.#exclusive(() => this.#fill(this.model, this.model.to + WINDOW));
  }

  /** The last window of the log, for one that follows it. */
  async toEnd(): Promise<void> {
    if (this.model.to >= this.size - WINDOW && !this.model.isFull) return this.more();
    await this.seek(Math.max(0, this.size - WINDOW));
  }

  /** Starts anew at the line that begins at or after a place. */
  async seek(place: number): Promise<void> {
    await this.#exclusive(async () => {
      const fresh = new LogModel();
      fresh.reset(place);
      await this.#fill(fresh, place + WINDOW, place > 0);
      this.model = fresh;
    });
  }

  /** Puts the window before what is there. @returns how many lines came before the first one that was there */
  async earlier(): Promise<number> {
    let before = 0;
    await this.#exclusive(async () => {
      const old = this.model;
      const fresh = new LogModel();
      const from = Math.max(0, old.from - WINDOW);
      fresh.reset(from);
      await this.#fill(fresh, old.from, from > 0);
      before = Math.max(0, fresh.length - 1);
      await this.#fill(fresh, Math.min(old.to, old.from + WINDOW));
      this.model = fresh;
    });
    return before;
  }

  async #exclusive(work: () => Promise<void>): Promise<void> {
    if (this.#busy || this.#closed) return;
    this.#busy = true;
    try {
      await work();
      this.failure = undefined;
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    } finally {
      this.#busy = false;
      this.#tell();
    }
  }

  #tell(): void {
    if (!this.#closed) this.#changed();
  }

  /** @param partial the first line is cut: it is left out */
  async #fill(model: LogModel, until: number, partial = false): Promise<void> {
    let skip = partial;
    while (!this.#closed && model.to < Math.min(until, this.size) && !model.isFull) {
      const page = await this.#page(model.to);
      const cut = skip ? page.text.indexOf('\n') + 1 : 0;
      skip = false;
      model.append(page.text.slice(cut), page.bytes);
      if (model === this.model) this.#changed();
    }
  }

  async #page(place: number): Promise<{ text: string; bytes: number }> {
    const piece = this.#index.piece(place, PAGE);
    if (!piece) return { text: '', bytes: Math.max(1, this.size - place) };
    const page = await this.#read(this.task, this.attempt, piece);
    // A page that ends within a character, or a file that is shorter than was told, must not be asked for for ever.
    return { text: page.text, bytes: page.bytes > 0 ? page.bytes : piece.length };
  }

  /**
   * Looks through the whole log from `from` on, round the end, page by page; nothing is kept.
   * @param progress called with the part that was looked through, 0 to 1; returning false gives up
   * @returns the place of the page that holds a match
   */
  async search(
    fits: (plain: string) => boolean,
    from: number,
    progress: (part: number) => boolean,
  ): Promise<number | undefined> {
    const total = Math.max(1, this.size);
    let [place, seen] = [from, 0];
    while (seen < total && !this.#closed) {
      if (place >= this.size) place = 0;
      const page = await this.#page(place);
      const log = new TerminalLog();
      log.write(page.text);
      if (log.lines.some((line) => fits(line.plain))) return place;
      place += page.bytes;
      seen += page.bytes;
      if (!progress(Math.min(1, seen / total))) return undefined;
    }
    return undefined;
  }
}

export const isErrorLine = (plain: string): boolean => levelOf(plain) === 'error';
