/** Reads a journal while it grows: events in order, up to where they are known to be durable. */
import { close, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { errnoOf, FailureError } from '../core/failure.ts';
import type { RunEvent } from '../run/events.ts';
import { decodeJournal } from '../run/journal-format.ts';
import { newerRun } from './run-folder.ts';

const openFile = promisify(open);
const readFile = promisify(read);
const closeFile = promisify(close);

const PAGE = 1024 * 1024;

export class JournalReader {
  readonly #path: string;
  #file: number | undefined;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The bytes read so far. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * The next events that lie whole before `limit`, at most about a mebibyte of them.
   * @returns none where there are none yet
   */
  async next(limit: number): Promise<RunEvent[]> {
    const length = Math.min(limit - this.#offset, PAGE);
    if (length <= 0) return [];
    if (this.#file === undefined) {
      try {
        this.#file = await openFile(this.#path, 'r');
      } catch (error) {
        if (errnoOf(error) === 'ENOENT') return [];
        throw error;
      }
    }
    let events = await this.#page(length);
    // A single line longer than a page (a plan of many thousand tasks) is read as a whole.
    for (let more = length; events === undefined && more < limit - this.#offset;) {
      more = Math.min(more * 4, limit - this.#offset);
      events = await this.#page(more);
    }
    return events ?? [];
  }

  /** `undefined` where the page holds no whole line. */
  async #page(length: number): Promise<RunEvent[] | undefined> {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await readFile(this.#file ?? -1, buffer, 0, length, this.#offset);
    const bytes = buffer.subarray(0, bytesRead);
    const whole = bytes.lastIndexOf(10) + 1;
    if (whole === 0) return undefined;
    this.#offset += whole;
    const { events, newer } = decodeJournal(bytes.subarray(0, whole));
    if (newer !== undefined) throw new FailureError(newerRun(this.#path, newer));
    return events;
  }

  async close(): Promise<void> {
    if (this.#file !== undefined) await closeFile(this.#file);
    this.#file = undefined;
  }
}
