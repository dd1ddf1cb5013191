/**
 * When every task began and ended, or is going to: facts where there are facts, the median of earlier runs (else of this one) where
 * there are none. From it come the critical path, the time that is left, and what each barrier between stages cost.
 */
import type { RunState, TaskState } from '../run/state.ts';
import { orderOf, type Order } from './order.ts';

/** Arrays are indexed like `plan.tasks`; times are milliseconds since 1970. */
export interface Forecast {
  readonly order: Order;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** 1 where the end is a fact. */
  readonly ended: Uint8Array;
  /** The task that each waited for longest, -1 for none: following it back from the last one is the critical path. */
  readonly cause: Int32Array;
  /** 1 for the tasks of the critical path. */
  readonly critical: Uint8Array;
  /** The critical path, first task first. */
  readonly path: readonly number[];
  /** When the run ended, or is going to. */
  readonly finish: number;
  /** Some of it rests on a guess, for a task that was never run before. */
  readonly guessed: boolean;
}

/** Statuses of tasks that took no time of their own, unless they had begun. */
const IDLE: ReadonlySet<string> = new Set(['skipped', 'cancelled', 'interrupted']);

/** @param now milliseconds since 1970, by the engine's clock */
export function forecast(state: RunState, now: number): Forecast | undefined {
  const { plan, startedAt } = state;
  if (!plan || startedAt === undefined) return undefined;
  const order = orderOf(plan);
  const { count } = order;
  const start = new Float64Array(count);
  const end = new Float64Array(count);
  const ended = new Uint8Array(count);
  const cause = new Int32Array(count).fill(-1);
  const usual = usualDuration(state);
  const over = state.status !== 'running';
  const guess = { made: false };
  const places = new Places(plan.limits.io + plan.limits.cpu);
  walk(order, startedAt, end, cause, (task, ready) => {
    const { task: id, expectedMs } = plan.tasks[task] ?? { task: '', expectedMs: undefined };
    const known = state.tasks.get(id);
    const fact = factOf(known, over, now);
    if (expectedMs === undefined && !fact.ended) guess.made = true;
    start[task] = fact.start ?? (fact.ended ? ready : places.take(Math.max(ready, now)));
    const begun = start[task] ?? 0;
    end[task] = fact.end ?? Math.max(begun + (expectedMs ?? usual), fact.start === undefined ? begun : now);
    ended[task] = fact.ended ? 1 : 0;
    if (!fact.ended) places.occupy(end[task] ?? 0);
  });
  const path = pathOf(end, cause, state, order);
  const critical = new Uint8Array(count);
  for (const task of path) critical[task] = 1;
  const finish =
    state.finishedAt ??
    Math.max(
      startedAt,
      end.reduce((a, b) => Math.max(a, b), 0),
    );
  return { order, start, end, ended, cause, critical, path, finish, guessed: guess.made && !over };
}

interface Fact {
  readonly start: number | undefined;
  readonly end: number | undefined;
  readonly ended: boolean;
}

const NOTHING_YET: Fact = { start: undefined, end: undefined, ended: false };

function factOf(task: TaskState | undefined, over: boolean, now: number): Fact {
  if (!task) return over ? { start: undefined, end: now, ended: true } : NOTHING_YET;
  const start = task.attempts[0]?.startedAt ?? task.startedAt;
  if (task.finishedAt !== undefined) return { start: start ?? task.finishedAt, end: task.finishedAt, ended: true };
  if (over) return { start, end: start ?? now, ended: true };
  return start === undefined ? NOTHING_YET : { start, end: undefined, ended: false };
}

/** As many tasks at once as the limits allow: when the next place is free, as a binary heap of the times at which places get free. */
class Places {
  readonly #free: number[] = [];
  readonly #count: number;

  constructor(count: number) {
    this.#count = Math.max(1, count);
  }

  /** @returns the moment from `ready` on at which there is a place; it is taken */
  take(ready: number): number {
    if (this.#free.length < this.#count) return ready;
    return Math.max(ready, this.#pop());
  }

  occupy(until: number): void {
    const heap = this.#free;
    let at = heap.push(until) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((heap[parent] ?? 0) <= until) break;
      heap[at] = heap[parent] ?? 0;
      at = parent;
    }
    heap[at] = until;
  }

  #pop(): number {
    const heap = this.#free;
    const least = heap[0] ?? 0;
    const last = heap.pop() ?? 0;
    for (let at = 0; heap.length > 0;) {
      let child = 2 * at + 1;
      if (child + 1 < heap.length && (heap[child + 1] ?? 0) < (heap[child] ?? 0)) child++;
      if (child >= heap.length || (heap[child] ?? 0) >= last) {
        heap[at] = last;
        break;
      }
      heap[at] = heap[child] ?? 0;
      at = child;
    }
    return least;
  }
}

/** Calls `place` for each task in order, with the time from which on nothing but a pool or a lock holds it. */
function walk(
  order: Order,
  begin: number,
  end: Float64Array,
  cause: Int32Array,
  place: (task: number, ready: number) => void,
  barred: Uint8Array = order.barred,
): void {
  // The latest end of all stages before the one at hand, and whose it is.
  let barrier = { end: begin, task: -1 };
  let stage = 0;
  let latest = barrier;
  for (const task of order.sequence) {
    const own = order.stageOf[task] ?? 0;
    if (own !== stage) {
      stage = own;
      barrier = latest;
    }
    let ready = begin;
    let by = -1;
    if (barred[task] === 1 && barrier.end > ready) {
      ready = barrier.end;
      by = barrier.task;
    }
    for (const need of order.needs[task] ?? []) {
      const at = end[need] ?? 0;
      if (at >= ready) {
        ready = at;
        by = need;
      }
    }
    cause[task] = by;
    place(task, ready);
    if ((end[task] ?? 0) >= latest.end) latest = { end: end[task] ?? 0, task };
  }
}

function pathOf(end: Float64Array, cause: Int32Array, state: RunState, order: Order): number[] {
  let last = -1;
  for (const task of order.sequence) {
    const known = state.tasks.get(state.plan?.tasks[task]?.task ?? '');
    if (known !== undefined && IDLE.has(known.status) && known.attempt === 0) continue;
    if (last < 0 || (end[task] ?? 0) >= (end[last] ?? 0)) last = task;
  }
  const path: number[] = [];
  for (let task = last; task >= 0 && path.length <= order.count; task = cause[task] ?? -1) path.push(task);
  return path.reverse();
}

/** The median of what tasks of this run took: the guess for a task that no earlier run knows. */
function usualDuration(state: RunState): number {
  const known: number[] = [];
  for (const task of state.tasks.values()) {
    if (task.status === 'succeeded' && task.durationMs !== undefined) known.push(task.durationMs);
    if (known.length >= 2000) break;
  }
  known.sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)] ?? 1000;
}

export interface BarrierCost {
  /** The stage that the others waited for, and the one that waited. */
  readonly before: string;
  readonly after: string;
  /** How much sooner the run would have ended without this barrier. */
  readonly costMs: number;
}

export interface Barriers {
  readonly costs: readonly BarrierCost[];
  /** How much sooner the run would have ended with `schedule: graph`. */
  readonly graphSavesMs: number;
}

/**
 * What each barrier cost, by playing the run again with the durations that it had and one barrier lifted for the tasks that say what
 * they depend on. Pools and locks are left out, so it is a bound and shown as "up to".
 */
export function barrierCosts(state: RunState, known: Forecast): Barriers {
  const { order } = known;
  const begin = state.startedAt ?? 0;
  if (state.plan?.schedule === 'graph' || order.stages.length > 64) return { costs: [], graphSavesMs: 0 };
  const length = new Float64Array(order.count);
  for (let task = 0; task < order.count; task++)
    length[task] = Math.max(0, (known.end[task] ?? 0) - (known.start[task] ?? 0));
  const last = order.stages.length - 1;
  const free = (task: number): boolean => (order.needs[task]?.length ?? 0) > 0 && order.stageOf[task] !== last;
  const lifted = (stage: number | undefined): Uint8Array =>
    order.barred.map((bar, task) => (free(task) && (stage === undefined || order.stageOf[task] === stage) ? 0 : bar));
  const base = makespan(order, length, begin, order.barred);
  const costs: BarrierCost[] = [];
  for (let stage = 1; stage < last; stage++) {
    const costMs = base - makespan(order, length, begin, lifted(stage));
    if (costMs >= 1) costs.push({ before: order.stages[stage - 1] ?? '', after: order.stages[stage] ?? '', costMs });
  }
  return { costs, graphSavesMs: Math.max(0, base - makespan(order, length, begin, lifted(undefined))) };
}

function makespan(order: Order, length: Float64Array, begin: number, barred: Uint8Array): number {
  const end = new Float64Array(order.count);
  let finish = begin;
  const place = (task: number, ready: number): void => {
    end[task] = ready + (length[task] ?? 0);
    finish = Math.max(finish, end[task] ?? 0);
  };
  walk(order, begin, end, new Int32Array(order.count), place, barred);
  return finish - begin;
}
