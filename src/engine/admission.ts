/**
 * Write-ahead for starts. Before a task starts, the journal says durably that it may (`tasks.admitted`); a power cut can then hide
 * how far an attempt came, but never that there was one. A sync per start would double the price of short tasks, so when tasks end
 * quickly the next ones are admitted along, before they are due; when they are slow, each is admitted alone.
 */
import type { Journal } from './journal.ts';

/** How many tasks are admitted ahead at the most: what a power cut may make uncertain without need. */
const MOST_AHEAD = 512;
/** Ahead is what would start within about this time at the present pace. */
const AHEAD_MS = 250;

export class Admission {
  readonly #journal: Pick<Journal, 'append' | 'sync'>;
  readonly #name: (task: number) => string;
  readonly #horizon: (most: number, skip: (task: number) => boolean) => number[];
  /** Pending promise, then `true` once durable. */
  readonly #state = new Map<number, Promise<void> | true>();
  #notStarted = 0;
  #pace: number[] = [];

  constructor(
    journal: Pick<Journal, 'append' | 'sync'>,
    name: (task: number) => string,
    horizon: (most: number, skip: (task: number) => boolean) => number[],
  ) {
    this.#journal = journal;
    this.#name = name;
    this.#horizon = horizon;
  }

  /** A task ended at this moment (milliseconds): the pace is measured by these. */
  ended(now: number): void {
    this.#pace.push(now);
    if (this.#pace.length > 2 * MOST_AHEAD) this.#pace = this.#pace.slice(-MOST_AHEAD);
  }

  /** Is the task admitted durably? Otherwise wait for `admit`. */
  isAdmitted(task: number): boolean {
    return this.#state.get(task) === true;
  }

  /** Resolves when all of these may start. */
  async admit(tasks: readonly number[], now: number): Promise<void> {
    const missing = tasks.filter((task) => !this.#state.has(task));
    if (missing.length > 0) this.#write([...missing, ...this.#ahead(now, missing)]);
    for (const task of tasks) await this.#state.get(task);
  }

  /** A task starts: it no longer counts as ahead. Tops the window up when it runs low. */
  started(task: number, now: number): void {
    this.#state.delete(task);
    this.#notStarted--;
    const wanted = this.#wanted(now);
    if (wanted > 0 && this.#notStarted < wanted / 2) {
      const ahead = this.#ahead(now, []);
      if (ahead.length > 0) this.#write(ahead);
    }
  }

  #wanted(now: number): number {
    let recent = 0;
    for (let i = this.#pace.length - 1; i >= 0 && now - (this.#pace[i] ?? 0) < AHEAD_MS; i--) recent++;
    return recent < 8 ? 0 : Math.min(MOST_AHEAD, recent);
  }

  #ahead(now: number, without: readonly number[]): number[] {
    const most = this.#wanted(now) - this.#notStarted;
    if (most <= 0) return [];
    return this.#horizon(most, (task) => this.#state.has(task) || without.includes(task));
  }

  #write(tasks: readonly number[]): void {
    this.#journal.append({ type: 'tasks.admitted', tasks: tasks.map(this.#name) });
    const durable = this.#journal.sync().then(() => {
      for (const task of tasks) if (this.#state.has(task)) this.#state.set(task, true);
    });
    durable.catch(() => undefined); // whoever waits for it sees the failure
    for (const task of tasks) this.#state.set(task, durable);
    this.#notStarted += tasks.length;
  }
}
