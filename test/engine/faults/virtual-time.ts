/**
 * Time that the harness turns by hand. Timers, `Date` and `performance.now` of the whole process are taken over; each timer belongs to
 * who set it (found by asynchronous context), so that those of a supervisor that was killed never come. Wall and steady clock are
 * apart: the wall clock can be set forward and back.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

/** Whoever can die: a supervisor. */
export interface Owner {
  dead: boolean;
  /** A timer of its own is due: a moment in which it may die. */
  timer(): void;
}

interface Timer {
  at: number;
  readonly order: number;
  readonly owner: Owner | undefined;
  readonly run: () => void;
  readonly every: number | undefined;
  cleared: boolean;
}

const real = { setImmediate, Date, now: performance.now.bind(performance) };
const context = new AsyncLocalStorage<Owner>();
const EPOCH = 1_700_000_000_000;

/** Everything that `work` sets off belongs to `owner`. */
export const as = <T>(owner: Owner, work: () => T): T => context.run(owner, work);

export class VirtualTime {
  /** Steady milliseconds. */
  now = 0;
  /** How far the wall clock is off. */
  skew = 0;
  #order = 0;
  readonly #heap: Timer[] = [];

  get wall(): number {
    return EPOCH + this.now + this.skew;
  }

  /** Takes the process's clocks over, for good: it is a process of the harness's own. */
  install(): void {
    const time = (): VirtualTime => VirtualTime.current ?? this;
    VirtualTime.current = this;
    if (globalThis.Date !== real.Date) return;
    globalThis.Date = class extends real.Date {
      constructor(...given: []) {
        if ((given as unknown[]).length === 0) super(time().wall);
        else super(...given);
      }
      static override now(): number {
        return time().wall;
      }
    } as DateConstructor;
    performance.now = () => time().now;
    const set =
      (repeats: boolean) =>
      (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): unknown =>
        time().#set(() => run(...args), ms, repeats, context.getStore());
    const clear = (timer: unknown): void => {
      if (typeof timer === 'object' && timer !== null) (timer as Timer).cleared = true;
    };
    Object.assign(globalThis, {
      setTimeout: set(false),
      setInterval: set(true),
      clearTimeout: clear,
      clearInterval: clear,
    });
  }

  static current: VirtualTime | undefined;

  /** A timer of the world's own, which no death stops. */
  after(ms: number, run: () => void): void {
    this.#set(run, ms, false, undefined);
  }

  /** Runs timers in their order until `over`. @returns false where nothing is left to wait for, or `untilMs` is reached */
  async until(over: () => boolean, untilMs: number): Promise<boolean> {
    for (let idle = 0; ;) {
      await new Promise((resolve) => real.setImmediate(resolve));
      if (over()) return true;
      const next = this.#pop();
      if (next === undefined) {
        if (++idle > 20) return false;
        continue;
      }
      idle = 0;
      if (next.at > untilMs) return false;
      this.now = Math.max(this.now, next.at);
      next.owner?.timer();
      if (next.owner === undefined) next.run();
      else if (!next.owner.dead) as(next.owner, next.run);
    }
  }

  #set(run: () => void, ms: number, repeats: boolean, owner: Owner | undefined): Timer & NodeJS.RefCounted {
    const wait = Math.max(1, ms);
    const timer: Timer & NodeJS.RefCounted = {
      at: this.now + wait,
      order: this.#order++,
      owner,
      run,
      every: repeats ? wait : undefined,
      cleared: false,
      ref: () => timer,
      unref: () => timer,
    };
    this.#push(timer);
    return timer;
  }

  /** The next timer that is still wanted. */
  #pop(): Timer | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return undefined;
      const last = this.#heap.pop();
      if (last !== undefined && this.#heap.length > 0) {
        this.#heap[0] = last;
        this.#sink();
      }
      if (first.cleared || first.owner?.dead === true) continue;
      if (first.every !== undefined) this.#push({ ...first, at: first.at + first.every }, first);
      return first;
    }
  }

  /** @param instead the object that the setter holds of a repeating timer: it must stay the one that can be cleared */
  #push(timer: Timer, instead?: Timer): void {
    const entry = instead === undefined ? timer : Object.assign(instead, { at: timer.at });
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!before(entry, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = entry;
  }

  #sink(): void {
    const heap = this.#heap;
    const entry = heap[0]!;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && before(heap[below + 1]!, heap[below]!)) below++;
      if (!before(heap[below]!, entry)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = entry;
  }
}

const before = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
