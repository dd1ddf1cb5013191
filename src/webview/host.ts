/** The line to the extension: messages out, checked messages in, log pages as promises. */
import { t } from '../core/words.ts';
import type { LogPage } from '../run/protocol.ts';
import { readKept, readToMonitor, type KeptState, type ToExtension, type ToMonitor } from '../views/messages.ts';
import type { Piece } from '../views/log/segments.ts';

interface VsCodeApi {
  postMessage(message: ToExtension): void;
  getState(): unknown;
  setState(state: KeptState): void;
}

/**
 * Messages are read this long at a time: the history of a large run comes in a hundred of them, and the first picture, which needs the
 * first few only, would else be drawn after the last. What an event holds is unpacked when it is first looked at.
 */
const TURN_MS = 6;

declare function acquireVsCodeApi(): VsCodeApi;

export class Host {
  readonly #api = acquireVsCodeApi();
  readonly #waiting = new Map<number, { resolve: (page: LogPage) => void; reject: (error: Error) => void }>();
  #next = 1;

  /** @param receive called with each message that passed its check, but for the pages */
  constructor(receive: (message: Exclude<ToMonitor, { type: 'page' }>) => void) {
    const due: MessageEvent<unknown>[] = [];
    const take = ({ data }: MessageEvent<unknown>): void => {
      const message = readToMonitor(data);
      if (!message.ok) return; // not ours, or of another version: nothing that a person could do about it here
      if (message.value.type === 'page') this.#answer(message.value);
      else receive(message.value);
    };
    const next = new MessageChannel();
    const work = (): void => {
      const until = performance.now() + TURN_MS;
      try {
        while (due.length > 0 && performance.now() < until) {
          const event = due.shift();
          if (event) take(event);
        }
      } finally {
        // After a fault in one of them, too: the others would wait for ever.
        if (due.length > 0) next.port1.postMessage(undefined);
      }
    };
    next.port2.onmessage = work;
    window.addEventListener('message', (event: MessageEvent<unknown>) => {
      due.push(event);
      if (due.length === 1) work();
    });
  }

  #answer(message: Extract<ToMonitor, { type: 'page' }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.page) waiting?.resolve(message.page);
    else waiting?.reject(new Error(message.failure ?? t('The log could not be read.')));
  }

  send(message: ToExtension): void {
    this.#api.postMessage(message);
  }

  /** Rejects with a sentence for a person. */
  readLog(task: string, attempt: number, piece: Piece): Promise<LogPage> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.send({ type: 'read', id, task, attempt, ...piece });
    });
  }

  get kept(): KeptState | undefined {
    return readKept(this.#api.getState());
  }

  keep(state: KeptState): void {
    this.#api.setState(state);
  }
}
