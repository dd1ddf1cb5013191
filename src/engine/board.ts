/**
 * Which task may run now: the pure heart of the scheduler. It knows the graph, what has ended and which places are taken; it starts
 * nothing and knows no clock. Every change is O(edges of the task); a barrier is a counter per stage.
 */
import type { ResourceClass } from '../core/catalogue.ts';
import type { Plan } from '../graph/plan.ts';
import { remainingPaths, shapeOf, type Shape } from '../graph/shape.ts';
import type { TaskOutcome } from '../run/events.ts';
import { pop, push, remove } from './heap.ts';

export interface Limits {
  readonly io: number;
  readonly cpu: number;
  /** Over both pools (`--jobs`). */
  readonly total: number;
}

/** A task that will never run, and why; the engine writes it down. */
export interface Dropped {
  readonly task: number;
  readonly status: 'skipped' | 'cancelled';
  readonly reason: string;
}

type Phase = 'waiting' | 'ready' | 'held' | 'running' | 'ended';

const isGood = (outcome: TaskOutcome, allowed: boolean): boolean =>
  outcome === 'succeeded' || outcome === 'cached' || outcome === 'skipped' || (allowed && outcome !== 'cancelled');

export class Board {
  readonly shape: Shape;
  readonly outcomes: (TaskOutcome | undefined)[];
  readonly #plan: Plan;
  readonly #phase: Phase[];
  readonly #openNeeds: Int32Array;
  readonly #openInStage: Int32Array;
  readonly #priority: Float64Array;
  readonly #running = new Set<number>();
  /** Tasks that gave their place back and will want one again: they are under way, so no other task's failure drops them. */
  readonly #begun = new Set<number>();
  readonly #queues: Record<ResourceClass, number[]> = { io: [], cpu: [], mixed: [] };
  readonly #free: { io: number; cpu: number; total: number };
  /** Every stage before this one has ended. */
  #barrier = 0;
  /** The first stage with a failure: the stages after it are stopped. */
  #stoppedAfter = Infinity;
  #open: number;
  #stopReason: string | undefined;

  /** @param expectedMs how long each task is expected to take, in the plan's order */
  constructor(plan: Plan, limits: Limits, expectedMs: ArrayLike<number>) {
    this.#plan = plan;
    this.shape = shapeOf(plan);
    const { count, needs, stageOf, stageCount } = this.shape;
    this.outcomes = new Array<TaskOutcome | undefined>(count).fill(undefined);
    this.#phase = new Array<Phase>(count).fill('waiting');
    this.#openNeeds = Int32Array.from(needs, (list) => list.length);
    this.#openInStage = new Int32Array(stageCount + 1);
    for (const stage of stageOf) bump(this.#openInStage, stage, 1);
    this.#priority = remainingPaths(this.shape, expectedMs);
    this.#free = { ...limits };
    this.#open = count;
  }

  /** Marks what an earlier supervisor saw the end of. Before `begin`. */
  preset(task: number, outcome: TaskOutcome): void {
    this.#end(task, outcome);
  }

  /** Makes everything ready that waits for nothing. Call once. */
  begin(): Dropped[] {
    const dropped: Dropped[] = [];
    this.outcomes.forEach((outcome, task) => {
      if (outcome !== undefined) this.#settle(task, outcome, dropped);
    });
    this.#advance();
    for (let task = 0; task < this.shape.count; task++) this.#consider(task);
    return dropped;
  }

  get allEnded(): boolean {
    return this.#open === 0;
  }

  /** The expected milliseconds from this task's start to the run's end. */
  priority(task: number): number {
    return this.#priority[task] ?? 0;
  }

  isFinally(task: number): boolean {
    return this.shape.stageOf[task] === this.shape.stageCount;
  }

  /** All ended before `finally`. */
  get mainEnded(): boolean {
    return this.#barrier >= this.shape.stageCount;
  }

  /** The ready task with the longest remaining path that finds a free place; its place is taken. */
  take(): number | undefined {
    let best: ResourceClass | undefined;
    for (const kind of ['io', 'cpu', 'mixed'] as const) {
      const head = this.#queues[kind][0];
      if (head === undefined || !this.#fits(kind)) continue;
      if (best === undefined || this.priority(head) > this.priority(this.#queues[best][0] ?? -1)) best = kind;
    }
    if (best === undefined) return undefined;
    const task = pop(this.#queues[best], this.#priority);
    this.#place(best, -1);
    this.#phase[task] = 'running';
    this.#running.add(task);
    return task;
  }

  /**
   * Tasks that may start next: the ready ones, then what these hold back, then the next stage, roughly in the order of starting.
   * @param most how many at the most
   * @param skip tasks that are not wanted
   */
  horizon(most: number, skip: (task: number) => boolean): number[] {
    const found = new Set<number>();
    const open: number[] = [];
    for (const kind of ['io', 'cpu', 'mixed'] as const) open.push(...this.#queues[kind].slice(0, 2 * most));
    open.push(...this.#running);
    for (let head = 0; head < open.length && found.size < most; head++) {
      const task = open[head] ?? 0;
      if (this.#phase[task] !== 'running' && !skip(task)) found.add(task);
      for (const dependent of this.shape.dependents[task] ?? []) {
        if (open.length < 4 * most && this.#phase[dependent] === 'waiting') open.push(dependent);
      }
    }
    const next = this.shape.members[this.#barrier + 1] ?? [];
    for (let i = 0; i < next.length && found.size < most; i++) {
      const task = next[i] ?? 0;
      if (this.#phase[task] === 'waiting' && !skip(task)) found.add(task);
    }
    return [...found];
  }

  /** A running task gives its place back while it waits (a retry's delay, a lock, a person); `requeue` brings it back. */
  yieldPlace(task: number): void {
    this.#place(this.#classOf(task), 1);
    this.#phase[task] = 'held';
    this.#running.delete(task);
    this.#begun.add(task);
  }

  /** Takes a ready task out of its queue: somebody else ends it. */
  hold(task: number): void {
    if (this.#phase[task] === 'ready') remove(this.#queues[this.#classOf(task)], task, this.#priority);
    this.#phase[task] = 'held';
  }

  requeue(task: number): void {
    this.#phase[task] = 'ready';
    push(this.#queues[this.#classOf(task)], task, this.#priority);
  }

  /** A running task ended; what that makes ready is queued, what it makes impossible is returned. */
  finish(task: number, outcome: TaskOutcome): Dropped[] {
    if (this.#phase[task] === 'running') this.#place(this.#classOf(task), 1);
    this.#end(task, outcome);
    const dropped: Dropped[] = [];
    this.#settle(task, outcome, dropped);
    this.#advance();
    return dropped;
  }

  /** Passes an end on to what depends on it. */
  #settle(task: number, outcome: TaskOutcome, dropped: Dropped[]): void {
    if (!isGood(outcome, this.#plan.tasks[task]?.allowFailure ?? false)) {
      this.#fail(task, dropped);
      return;
    }
    for (const dependent of this.shape.dependents[task] ?? []) {
      bump(this.#openNeeds, dependent, -1);
      this.#consider(dependent);
    }
  }

  /**
   * Nothing new starts any more, except `finally` (unless `everything`).
   * @returns what was dropped
   */
  stop(reason: string, everything: boolean): Dropped[] {
    this.#stopReason = reason;
    const dropped: Dropped[] = [];
    for (let task = 0; task < this.shape.count; task++) {
      if (this.isFinally(task) && !everything) continue;
      this.#drop(task, 'cancelled', reason, dropped);
    }
    this.#advance();
    return dropped;
  }

  #fail(task: number, dropped: Dropped[]): void {
    const id = this.#plan.tasks[task]?.id ?? '';
    const stage = this.shape.stageOf[task] ?? 0;
    const outcome = this.outcomes[task] ?? 'failed';
    const open = [...(this.shape.dependents[task] ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const before = dropped.length;
      this.#drop(next, 'skipped', `it depends on ${id}, which ${verb(outcome)}`, dropped);
      if (dropped.length > before) open.push(...(this.shape.dependents[next] ?? []));
    }
    if (stage >= this.shape.stageCount || stage >= this.#stoppedAfter) return;
    this.#stoppedAfter = stage;
    for (let later = stage + 1; later < this.shape.stageCount; later++) {
      for (const member of this.shape.members[later] ?? []) {
        const name = this.#plan.stages[stage] ?? '';
        this.#drop(member, 'skipped', `${id} ${verb(outcome)} in the earlier stage ${name}`, dropped);
      }
    }
  }

  #drop(task: number, status: 'skipped' | 'cancelled', reason: string, dropped: Dropped[]): void {
    if ((this.#phase[task] !== 'waiting' && this.#phase[task] !== 'ready') || this.#begun.has(task)) return;
    if (this.#phase[task] === 'ready') remove(this.#queues[this.#classOf(task)], task, this.#priority);
    this.#end(task, status);
    dropped.push({ task, status, reason });
  }

  #end(task: number, outcome: TaskOutcome): void {
    if (this.#phase[task] === 'ended') return;
    this.#phase[task] = 'ended';
    this.#running.delete(task);
    this.outcomes[task] = outcome;
    bump(this.#openInStage, this.shape.stageOf[task] ?? 0, -1);
    this.#open--;
  }

  /** Moves the barrier over the stages that have ended and readies what they held back. */
  #advance(): void {
    while (this.#barrier < this.shape.stageCount && this.#openInStage[this.#barrier] === 0) {
      this.#barrier++;
      for (const member of this.shape.members[this.#barrier] ?? []) this.#consider(member);
    }
  }

  #consider(task: number): void {
    if (this.#phase[task] !== 'waiting') return;
    const stage = this.shape.stageOf[task] ?? 0;
    if (this.#stopReason !== undefined && !this.isFinally(task)) return;
    if ((this.#openNeeds[task] ?? 0) > 0) return;
    if ((this.shape.barred[task] === 1 || stage === this.shape.stageCount) && this.#barrier < stage) return;
    this.requeue(task);
  }

  #classOf(task: number): ResourceClass {
    return this.#plan.tasks[task]?.class ?? 'io';
  }

  #fits(kind: ResourceClass): boolean {
    if (this.#free.total <= 0) return false;
    if (kind === 'mixed') return this.#free.io > 0 && this.#free.cpu > 0;
    return this.#free[kind] > 0;
  }

  #place(kind: ResourceClass, change: 1 | -1): void {
    this.#free.total += change;
    if (kind !== 'cpu') this.#free.io += change;
    if (kind !== 'io') this.#free.cpu += change;
  }
}

function bump(counts: Int32Array, at: number, by: number): void {
  counts[at] = (counts[at] ?? 0) + by;
}

function verb(outcome: TaskOutcome): string {
  switch (outcome) {
    case 'failed':
      return 'failed';
    case 'timed_out':
      return 'timed out';
    case 'cancelled':
      return 'was cancelled';
    case 'interrupted':
      return 'was interrupted';
    case 'skipped':
      return 'was skipped';
    case 'succeeded':
    case 'cached':
      return 'succeeded';
  }
}
