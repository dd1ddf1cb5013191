/** A binary heap over task numbers, the highest priority first; ties go to the one that stands first in the file. */

const before = (a: number, b: number, priority: Float64Array): boolean => {
  const difference = (priority[a] ?? 0) - (priority[b] ?? 0);
  return difference > 0 || (difference === 0 && a < b);
};

export function push(heap: number[], task: number, priority: Float64Array): void {
  heap.push(task);
  rise(heap, heap.length - 1, priority);
}

export function pop(heap: number[], priority: Float64Array): number {
  const top = heap[0] ?? -1;
  const last = heap.pop();
  if (heap.length > 0 && last !== undefined) {
    heap[0] = last;
    sink(heap, 0, priority);
  }
  return top;
}

export function remove(heap: number[], task: number, priority: Float64Array): void {
  const at = heap.indexOf(task);
  if (at < 0) return;
  const last = heap.pop();
  if (last === undefined || at === heap.length) return;
  heap[at] = last;
  rise(heap, at, priority);
  sink(heap, at, priority);
}

function rise(heap: number[], from: number, priority: Float64Array): void {
  let at = from;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!before(heap[at] ?? 0, heap[above] ?? 0, priority)) return;
    swap(heap, at, above);
    at = above;
  }
}

function sink(heap: number[], from: number, priority: Float64Array): void {
  let at = from;
  for (;;) {
    let best = at;
    for (const child of [2 * at + 1, 2 * at + 2]) {
      if (child < heap.length && before(heap[child] ?? 0, heap[best] ?? 0, priority)) best = child;
    }
    if (best === at) return;
    swap(heap, at, best);
    at = best;
  }
}

function swap(heap: number[], a: number, b: number): void {
  const kept = heap[a] ?? 0;
  heap[a] = heap[b] ?? 0;
  heap[b] = kept;
}
