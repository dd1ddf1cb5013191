/** Circles in a graph of numbers: strongly connected parts by Tarjan's method, without recursion, and one circle through each member. */

const MOST = 100;

/** @returns circles as lists of members in order, each member of every knot in at least one of them (up to a hundred circles) */
export function circles(count: number, edges: readonly (readonly number[])[]): number[][] {
  const found: number[][] = [];
  for (const part of knots(count, edges)) {
    const inside = new Set(part);
    const told = new Set<number>();
    for (const member of part.sort((a, b) => a - b)) {
      if (told.has(member) || found.length >= MOST) continue;
      const circle = shortestCircle(member, edges, inside);
      for (const each of circle) told.add(each);
      if (circle.length > 1) found.push(circle);
    }
  }
  return found;
}

/** Strongly connected parts of more than one member. */
function knots(count: number, edges: readonly (readonly number[])[]): number[][] {
  const index = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const onStack = new Uint8Array(count);
  const next = new Int32Array(count);
  const stack: number[] = [];
  const parts: number[][] = [];
  let counter = 0;
  for (let root = 0; root < count; root++) {
    if (index[root] !== -1 || edges[root]?.length === 0) continue;
    const work = [root];
    while (work.length > 0) {
      const v = work[work.length - 1] ?? 0;
      if (index[v] === -1) {
        index[v] = low[v] = counter++;
        stack.push(v);
        onStack[v] = 1;
      }
      const w = edges[v]?.[next[v] ?? 0];
      if (w !== undefined) {
        next[v] = (next[v] ?? 0) + 1;
        if (index[w] === -1) work.push(w);
        else if (onStack[w] === 1) low[v] = Math.min(low[v] ?? 0, index[w] ?? 0);
        continue;
      }
      work.pop();
      const parent = work[work.length - 1];
      if (parent !== undefined) low[parent] = Math.min(low[parent] ?? 0, low[v] ?? 0);
      if (low[v] !== index[v]) continue;
      const part: number[] = [];
      for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
        onStack[member] = 0;
        part.push(member);
        if (member === v) break;
      }
      if (part.length > 1) parts.push(part);
    }
  }
  return parts;
}

function shortestCircle(from: number, edges: readonly (readonly number[])[], inside: ReadonlySet<number>): number[] {
  const parent = new Map<number, number>();
  const queue = [from];
  for (let head = 0; head < queue.length; head++) {
    const at = queue[head] ?? 0;
    for (const to of edges[at] ?? []) {
      if (to === from) {
        const circle = [at];
        for (let back = parent.get(at); back !== undefined; back = parent.get(back)) circle.push(back);
        return circle.reverse();
      }
      if (!inside.has(to) || parent.has(to) || to === from) continue;
      parent.set(to, at);
      queue.push(to);
    }
  }
  return [from];
}
