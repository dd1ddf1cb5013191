/**
 * Keeps a log within its limit: half of the limit is its beginning, at least a quarter its end; what comes between is left out, and the
 * log says so (`run/log-gap.ts`). The task writes into the file through its own descriptor and is never in the engine's hands, so the
 * engine empties the file's middle behind its back, with constant memory whatever the task prints.
 */
import { closeSync, openSync, readSync, renameSync, writeFileSync } from 'node:fs';
import { failureFrom, type Failure } from '../core/failure.ts';
import { punchHole, writeOver } from '../platform/sparse.ts';
import { gapFile, gapText, NOTICE_BYTES, noticeFor, type LogGap } from '../run/log-gap.ts';

/** Of a stream of an attempt where neither the workflow nor the person says otherwise. */
export const DEFAULT_LOG_LIMIT = 2 * 1024 ** 3;

const BLOCK = 4096;

export interface LimitTold {
  /** Called once, when something is left out for the first time. */
  readonly onLimit: (limit: number) => void;
  /** Called once: the limit cannot be kept here. */
  readonly onFailure: (why: Failure) => void;
}

/** The limit of one stream of one attempt. */
export class LogLimit {
  readonly #path: string;
  readonly #limit: number;
  readonly #told: LimitTold;
  #gap: LogGap | undefined;
  #working: Promise<void> | undefined;
  #failed = false;

  /** @param limit bytes */
  constructor(path: string, limit: number, told: LimitTold) {
    this.#path = path;
    this.#limit = limit;
    this.#told = told;
  }

  /** Looks at the log's size. @returns the work that keeps the limit, where there is any */
  look(size: number): Promise<void> | undefined {
    const { from = 0, to = 0 } = this.#gap ?? {};
    if (this.#working === undefined && !this.#failed && size - (to - from) > this.#limit) {
      this.#working = this.#cut(size)
        .catch((error: unknown) => this.#fail(failureFrom(error, `shorten ${this.#path}`)))
        .finally(() => (this.#working = undefined));
    }
    return this.#working;
  }

  async #cut(size: number): Promise<void> {
    const head = this.#gap?.from ?? this.#lineEndBefore(Math.floor(this.#limit / 2 / BLOCK) * BLOCK) + NOTICE_BYTES;
    const wanted = this.#lineEndAfter(Math.floor((size - this.#limit / 4) / BLOCK) * BLOCK);
    let gap: LogGap = { from: head, to: wanted };
    const made = await punchHole({
      path: this.#path,
      ...gap,
      before: (to) => {
        gap = { from: head, to };
        // Readers look here for what is a hole, so they must know before there is one.
        publish(gapFile(this.#path), gapText(gap));
        writeOver(this.#path, head - NOTICE_BYTES, noticeFor(to - head + NOTICE_BYTES, this.#limit));
      },
    });
    if (!made.ok) {
      this.#fail(made.failure);
      return;
    }
    if (this.#gap === undefined) this.#told.onLimit(this.#limit);
    this.#gap = gap;
  }

  #fail(why: Failure): void {
    this.#failed = true;
    this.#told.onFailure(why);
  }

  #lineEndBefore(offset: number): number {
    const bytes = this.#block(offset - BLOCK);
    const end = bytes.lastIndexOf(10);
    return end < 0 ? offset : offset - BLOCK + end + 1;
  }

  #lineEndAfter(offset: number): number {
    return offset + this.#block(offset).indexOf(10) + 1;
  }

  #block(offset: number): Buffer {
    const file = openSync(this.#path, 'r');
    try {
      const bytes = Buffer.allocUnsafe(BLOCK);
      return bytes.subarray(0, readSync(file, bytes, 0, BLOCK, offset));
    } finally {
      closeSync(file);
    }
  }
}

/** So that a reader sees the old edges or the new; not synced, since this must not wait for a disk that a flood keeps busy. */
function publish(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
