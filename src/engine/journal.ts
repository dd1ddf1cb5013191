/**
 * The journal's writer. Events are appended in order; `sync` resolves when everything appended so far is on the disk. Syncs are
 * grouped: while one is on its way all later ones share the next, and what nobody waits for is not synced again at once; so a
 * thousand short tasks a second cost a few syncs, and one long task costs one.
 */
import {
  close,
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { FailureError, failureFrom, type Failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { JOURNAL_VERSION, type EventBody, type RunEvent } from '../run/events.ts';
import { decodeJournal, encodeLine } from '../run/journal-format.ts';
import { newerRun } from './run-folder.ts';
import { syncFolder } from '../platform/files.ts';

/** The system calls that a journal needs; tests hand in ones that fail. */
export interface JournalFile {
  write(file: number, bytes: Buffer): number;
  sync(file: number, done: (error: NodeJS.ErrnoException | null) => void): void;
}

const systemFile: JournalFile = { write: (file, bytes) => writeSync(file, bytes), sync: fdatasync };

export interface JournalOptions {
  readonly path: string;
  readonly runId: string;
  readonly now: () => Date;
  /** Told after each sync how many bytes of the file are durable. */
  readonly onDurable?: (bytes: number) => void;
  /** Told once, when writing or syncing failed: nothing more can be promised. */
  readonly onFailure?: (failure: Failure) => void;
  /** Told of each event as it is appended. */
  readonly onEvent?: ((event: RunEvent) => void) | undefined;
  readonly file?: JournalFile;
}

/** A file beside the journal that is given back to the file system when the disk is full, so that the run's end can be written. */
const RESERVE_BYTES = 64 * 1024;

/** What nobody waits for is synced at most so often; file systems let nobody make a file while they sync. In milliseconds. */
const SYNC_PAUSE_MS = 4;

export class Journal {
  readonly #options: JournalOptions;
  readonly #file: number;
  readonly #system: JournalFile;
  #seq: number;
  #length: number;
  #durable: number;
  #pending = '';
  #flushQueued = false;
  #syncing = false;
  #syncedAt = Number.NEGATIVE_INFINITY;
  #laterSync: NodeJS.Timeout | undefined;
  #failure: Failure | undefined;
  readonly #waiters: { bytes: number; resolve: () => void; reject: (error: Error) => void }[] = [];

  private constructor(options: JournalOptions, file: number, seq: number, length: number) {
    this.#options = options;
    this.#file = file;
    this.#system = options.file ?? systemFile;
    this.#seq = seq;
    this.#length = length;
    this.#durable = length;
  }

  /** A new journal; fails where the file is there already. */
  static create(options: JournalOptions): Result<Journal> {
    try {
      const file = openSync(options.path, 'ax', 0o600);
      reserve(options.path);
      syncFolder(options.path.slice(0, options.path.lastIndexOf('/')));
      return ok(new Journal(options, file, 0, 0));
    } catch (error) {
      return err(failureFrom(error, `create the journal ${options.path}`));
    }
  }

  /** Goes on with an existing journal: a torn last line is cut off. Returns what it holds. */
  static reopen(options: JournalOptions): Result<{ journal: Journal; events: RunEvent[]; damaged: readonly number[] }> {
    try {
      const { events, goodBytes, damaged, newer } = decodeJournal(readFileSync(options.path));
      if (newer !== undefined) return err(newerRun(options.path, newer));
      const file = openSync(options.path, 'r+', 0o600);
      ftruncateSync(file, goodBytes);
      closeSync(file);
      const appending = openSync(options.path, 'a', 0o600);
      reserve(options.path);
      const journal = new Journal(options, appending, events.at(-1)?.seq ?? 0, goodBytes);
      return ok({ journal, events, damaged });
    } catch (error) {
      return err(failureFrom(error, `open the journal ${options.path}`));
    }
  }

  /** Numbers and appends an event. It reaches the file at the end of the current turn of the event loop, or with `sync`. */
  append(body: EventBody): RunEvent {
    const event: RunEvent = {
      v: JOURNAL_VERSION,
      seq: ++this.#seq,
      time: this.#options.now().toISOString(),
      runId: this.#options.runId,
      ...body,
    };
    this.#pending += encodeLine(event);
    this.#options.onEvent?.(event);
    if (!this.#flushQueued) {
      this.#flushQueued = true;
      queueMicrotask(() => {
        this.#flush();
        this.#syncSoon();
      });
    }
    return event;
  }

  /** Resolves once all that was appended so far is durable; rejects with a `FailureError` when it cannot be. */
  sync(): Promise<void> {
    this.#flush();
    if (this.#failure !== undefined) return Promise.reject(new FailureError(this.#failure));
    if (this.#durable === this.#length) return Promise.resolve();
    const bytes = this.#length;
    return new Promise((resolve, reject) => {
      this.#waiters.push({ bytes, resolve, reject });
      this.#startSync();
    });
  }

  /** Resolves once all that was appended so far is in the file: that much survives the death of this process, not of the machine. */
  written(): Promise<void> {
    return Promise.resolve(); // the flush of this turn was queued before
  }

  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** Syncs and closes. */
  async close(): Promise<void> {
    await this.sync().catch(() => undefined); // onFailure has told it
    rmSync(`${this.#options.path}.reserve`, { force: true });
    await new Promise<void>((resolve) => close(this.#file, () => resolve()));
  }

  #flush(): void {
    this.#flushQueued = false;
    if (this.#pending === '' || this.#failure !== undefined) return;
    const bytes = Buffer.from(this.#pending);
    this.#pending = '';
    this.#write(bytes, true);
  }

  #write(bytes: Buffer, mayRetry: boolean): void {
    let written = 0;
    try {
      while (written < bytes.length) written += this.#system.write(this.#file, bytes.subarray(written));
      this.#length += bytes.length;
    } catch (error) {
      const cause = failureFrom(error, `write the journal ${this.#options.path}`);
      this.#length += written;
      if (cause.kind === 'no-space' && mayRetry) {
        rmSync(`${this.#options.path}.reserve`, { force: true });
        this.#options.onFailure?.(cause);
        this.#write(bytes.subarray(written), false);
        return;
      }
      this.#fail(cause);
    }
  }

  #syncSoon(): void {
    const pause = this.#syncedAt + SYNC_PAUSE_MS - performance.now();
    if (pause <= 0 || this.#waiters.length > 0) this.#startSync();
    else this.#laterSync ??= setTimeout(() => this.#startSync(), pause);
  }

  #startSync(): void {
    clearTimeout(this.#laterSync);
    this.#laterSync = undefined;
    if (this.#syncing || this.#failure !== undefined || this.#length === this.#durable) return;
    this.#syncing = true;
    const upTo = this.#length;
    this.#system.sync(this.#file, (error) => {
      this.#syncing = false;
      if (error !== null) {
        this.#fail(failureFrom(error, `sync the journal ${this.#options.path}`));
        return;
      }
      this.#durable = upTo;
      this.#syncedAt = performance.now();
      this.#options.onDurable?.(upTo);
      while (this.#waiters[0] !== undefined && this.#waiters[0].bytes <= upTo) this.#waiters.shift()?.resolve();
      if (this.#length > upTo) this.#syncSoon();
    });
  }

  #fail(cause: Failure): void {
    if (this.#failure !== undefined) return;
    this.#failure = cause;
    this.#options.onFailure?.(cause);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(new FailureError(cause));
  }
}

function reserve(path: string): void {
  const file = openSync(`${path}.reserve`, 'a', 0o600);
  try {
    const missing = RESERVE_BYTES - fstatSync(file).size;
    if (missing > 0) writeSync(file, Buffer.alloc(missing));
  } finally {
    closeSync(file);
  }
}
