/** Edges of a graph of numbers in two flat arrays: what ten thousand small lists would cost in garbage at every keystroke is not paid. */

export class Edges {
  /** Edges of `i` are `to[start[i]]` up to `to[start[i + 1] - 1]`. */
  readonly start: Int32Array;
  #to: Int32Array;
  #count = 0;
  #row = 0;

  constructor(readonly size: number) {
    this.start = new Int32Array(size + 1);
    this.#to = new Int32Array(Math.max(16, size * 2));
  }

  get to(): Int32Array {
    return this.#to;
  }

  /** Adds an edge; rows are filled in order. */
  add(from: number, to: number): void {
    this.#open(from);
    if (this.#count === this.#to.length) {
      const larger = new Int32Array(this.#to.length * 2);
      larger.set(this.#to);
      this.#to = larger;
    }
    this.#to[this.#count++] = to;
  }

  /** No more edges follow. */
  close(): this {
    this.#open(this.size);
    return this;
  }

  /** Takes targets that are in order already, rows being set. */
  adopt(to: Int32Array): void {
    this.#to = to;
  }

  #open(row: number): void {
    while (this.#row < row) this.start[++this.#row] = this.#count;
  }

  from(i: number): number {
    return this.start[i] ?? 0;
  }

  end(i: number): number {
    return this.start[i + 1] ?? 0;
  }

  at(edge: number): number {
    return this.#to[edge] ?? 0;
  }

  /** The targets of one row as a list of its own. */
  of(i: number): number[] {
    return [...this.#to.subarray(this.from(i), this.end(i))];
  }
}

/**
 * Orders numbers so that each comes after the targets of its edges, groups first to last and, inside a group, as soon as possible.
 * Edges from one group to another are taken as met.
 * @returns the order, or `undefined` where a circle is among the edges inside a group
 */
export function orderOf(
  edges: Edges,
  groups: readonly (readonly { readonly index: number }[])[],
): Int32Array | undefined {
  const groupOf = new Int32Array(edges.size).fill(-1);
  groups.forEach((group, g) => {
    for (const { index } of group) groupOf[index] = g;
  });
  const inside = (a: number, b: number): boolean => groupOf[a] === groupOf[b];
  const dependents = reversed(edges, inside);
  const open = new Int32Array(edges.size);
  for (let i = 0; i < edges.size; i++)
    for (let e = edges.from(i); e < edges.end(i); e++) if (inside(i, edges.at(e))) open[i] = (open[i] ?? 0) + 1;
  const order = new Int32Array(edges.size);
  let count = 0;
  let expected = 0;
  for (const group of groups) {
    let head = count;
    expected += group.length;
    for (const { index } of group) if (open[index] === 0) order[count++] = index;
    for (; head < count; head++) {
      const i = order[head] ?? 0;
      for (let e = dependents.from(i); e < dependents.end(i); e++) {
        const dependent = dependents.at(e);
        open[dependent] = (open[dependent] ?? 0) - 1;
        if (open[dependent] === 0) order[count++] = dependent;
      }
    }
  }
  return count === expected ? order.subarray(0, count) : undefined;
}

function reversed(edges: Edges, keep: (from: number, to: number) => boolean): Edges {
  const counts = new Int32Array(edges.size + 1);
  const total = edges.end(edges.size - 1);
  for (let i = 0; i < edges.size; i++)
    for (let e = edges.from(i); e < edges.end(i); e++)
      if (keep(i, edges.at(e))) counts[edges.at(e) + 1] = (counts[edges.at(e) + 1] ?? 0) + 1;
  const back = new Edges(edges.size);
  for (let i = 0; i < edges.size; i++) counts[i + 1] = (counts[i + 1] ?? 0) + (counts[i] ?? 0);
  back.start.set(counts);
  const to = new Int32Array(total);
  const next = counts.slice();
  for (let i = 0; i < edges.size; i++) {
    for (let e = edges.from(i); e < edges.end(i); e++) {
      const target = edges.at(e);
      if (keep(i, target)) to[(next[target] = (next[target] ?? 0) + 1) - 1] = i;
    }
  }
  back.adopt(to);
  return back;
}
