/** Chance that can be had again: mulberry32, seeded by a number and by names. */
export class Random {
  #state: number;

  constructor(seed: number, ...names: (string | number)[]) {
    let state = seed >>> 0;
    for (const char of names.join('\n')) state = Math.imul(state ^ char.charCodeAt(0), 0x01000193) >>> 0;
    this.#state = state;
    this.next();
  }

  /** From 0 up to but not 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** From `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!;
  }
}
