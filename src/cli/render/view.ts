/** What a person or a program sees of a run: four ways to show the same events. */
import type { RunEvent } from '../../run/events.ts';
import type { RunState } from '../../run/state.ts';
import type { Output } from '../io.ts';

export interface RunView {
  /**
   * One more event; `state` is after it. Events that come again when one joins a run late are `past`: they are known, not news.
   * @returns what to wait for before the next event, where the reader is slower than the run
   */
  event(event: RunEvent, state: RunState, past: boolean): Promise<void> | undefined;
  /** The run is over, or nobody watches any more (`watching` false): the last words. */
  end(state: RunState, watching: boolean): void;
  /** Ctrl-C was pressed, and this is what it does. */
  note(text: string): void;
}

const FLUSH_BYTES = 65_536;

/** Collects lines and writes them together: when the program has nothing else to do at the moment, or when they are many. */
export class Lines {
  readonly #output: Output;
  #text = '';
  #scheduled = false;

  constructor(output: Output) {
    this.#output = output;
  }

  /** @returns what to wait for when the reader lags behind */
  add(line: string): Promise<void> | undefined {
    this.#text += `${line}\n`;
    if (this.#text.length >= FLUSH_BYTES) return this.flush();
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        void this.flush();
      });
    }
    return undefined;
  }

  flush(): Promise<void> | undefined {
    const text = this.#text;
    this.#text = '';
    return text === '' || this.#output.write(text) ? undefined : this.#output.drained();
  }
}
