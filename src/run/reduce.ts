/**
 * The fold that turns events into the state of a run. `reduce` is pure; `RunFold` is the same fold over one state of its own that it
 * changes in place, for journals of a hundred thousand events and for views that follow a run.
 */
import type { EventOf, PlanSummary, RunEvent, TaskStatus } from './events.ts';
import {
  endedWell,
  isOutcome,
  noCounts,
  type LogState,
  type RunState,
  type StageState,
  type TaskState,
} from './state.ts';
import { finished, fresh, moved, type Draft, type TaskEvent } from './task-moves.ts';

export type * from './state.ts';
export { isOutcome } from './state.ts';

export const emptyRun: RunState = {
  runId: '',
  status: 'running',
  seq: 0,
  tasks: new Map(),
  logs: new Map(),
  counts: noCounts(),
  stages: [],
  warnings: [],
  attempt: 1,
  ignored: 0,
};

/**
 * The state after one more event. Copies the state, so it costs time in proportion to the number of tasks: for many events in a row
 * use `RunFold`, which arrives at the same.
 */
export function reduce(state: RunState, event: RunEvent): RunState {
  const fold = new RunFold(state);
  fold.apply(event);
  return fold.state;
}

/** The state after all of these events. */
export function reduceAll(events: Iterable<RunEvent>, from: RunState = emptyRun): RunState {
  const fold = new RunFold(from);
  for (const event of events) fold.apply(event);
  return fold.state;
}

/** How a run stands whose supervisor is gone without having said how it ended: what was under way is interrupted. */
export function interrupted(state: RunState): RunState {
  if (state.status !== 'running') return state;
  const tasks = new Map(state.tasks);
  const counts = { ...state.counts };
  for (const [name, task] of tasks) {
    if (task.status !== 'running' && task.status !== 'awaiting_approval') continue;
    counts[task.status]--;
    counts.interrupted++;
    tasks.set(name, { ...task, status: 'interrupted' });
  }
  return { ...state, tasks, counts, status: 'interrupted', reason: state.reason ?? 'the process that ran it is gone' };
}

type DraftRun = Draft<Omit<RunState, 'tasks' | 'logs' | 'counts' | 'stages'>> & {
  tasks: Map<string, TaskState>;
  logs: Map<string, Draft<LogState>>;
  counts: Record<TaskStatus, number>;
  stages: Draft<StageState>[];
};

/** Tasks that are laid out in one piece where a plan is folded in pieces: a millisecond or two. */
const PIECE = 250;

function* inPieces<T>(items: Iterable<T>, act: (item: T) => void): Generator<undefined, void> {
  let acted = 0;
  for (const item of items) {
    if (acted++ % PIECE === 0) yield;
    act(item);
  }
}

/** Made once for a plan. */
interface PlanIndex {
  readonly stageOf: ReadonlyMap<string, number>;
  /** Who waits for whom; made when the first task has ended, so that a large plan is not laid out all in one go. */
  readonly dependents: () => ReadonlyMap<string, readonly string[]>;
}

const indexes = new WeakMap<PlanSummary, PlanIndex>();

function indexOf(plan: PlanSummary): PlanIndex {
  const pieces = indexInPieces(plan);
  for (let piece = pieces.next(); ; piece = pieces.next()) if (piece.done === true) return piece.value;
}

function* indexInPieces(plan: PlanSummary): Generator<undefined, PlanIndex> {
  const known = indexes.get(plan);
  if (known !== undefined) return known;
  const stages = new Map(stageNames(plan).map((name, at) => [name, at]));
  const stageOf = new Map<string, number>();
  yield* inPieces(plan.tasks, (task) => stageOf.set(task.task, stages.get(task.stage) ?? 0));
  let dependents: ReadonlyMap<string, readonly string[]> | undefined;
  const made = { stageOf, dependents: () => (dependents ??= dependentsOf(plan)) };
  indexes.set(plan, made);
  return made;
}

function dependentsOf(plan: PlanSummary): ReadonlyMap<string, readonly string[]> {
  const dependents = new Map<string, string[]>();
  for (const task of plan.tasks) {
    for (const need of distinct(task.dependsOn)) {
      const known = dependents.get(need);
      if (known === undefined) dependents.set(need, [task.task]);
      else known.push(task.task);
    }
  }
  return dependents;
}

/** Most tasks name one other or none: a set for each of ten thousand would cost more than all else. */
const distinct = (names: readonly string[]): Iterable<string> => (names.length < 2 ? names : new Set(names));

/** The stages that have a place in the view: those of the plan and, last, `finally` where the plan has such tasks. */
function stageNames(plan: PlanSummary): string[] {
  const named = new Set(plan.stages);
  for (const task of plan.tasks) named.add(task.stage);
  named.delete('finally');
  const last = plan.tasks.some((task) => task.stage === 'finally') ? ['finally'] : [];
  return [...named, ...last];
}

/** A state that is brought forward event by event, in place. Tasks in it are replaced, never changed, so identity tells what moved. */
export class RunFold {
  #state: DraftRun;
  #index: PlanIndex | undefined;

  /** @param from is copied, so it stays as it is */
  constructor(from: RunState = emptyRun) {
    this.#state = {
      ...from,
      tasks: new Map(from.tasks),
      logs: new Map([...from.logs].map(([name, log]) => [name, { ...log }])),
      counts: { ...from.counts },
      stages: from.stages.map((stage) => ({ ...stage })),
      warnings: [...from.warnings],
    };
    if (from.plan !== undefined) this.#index = indexOf(from.plan);
  }

  /** The state now. It changes with the next `apply`; `snapshot` gives one that does not. */
  get state(): RunState {
    return this.#state;
  }

  snapshot(): RunState {
    return new RunFold(this.#state).state;
  }

  apply(event: RunEvent): void {
    const state = this.#state;
    if (event.seq > state.seq) state.seq = event.seq;
    switch (event.type) {
      case 'run.started':
        for (const _piece of this.#begin(event));
        return;
      case 'run.resumed':
        for (const _piece of this.#resume(event));
        return;
      case 'run.warning':
        state.warnings = [
          ...state.warnings,
          { message: event.message, ...(event.task === undefined ? {} : { task: event.task }) },
        ];
        return;
      case 'run.cancelling':
        state.cancelling = { by: event.by, force: event.force || state.cancelling?.force === true };
        return;
      case 'run.finished':
        this.#end(event);
        return;
      case 'tasks.admitted':
        return;
      case 'task.output':
        this.#print(event);
        return;
      case 'task.waiting':
      case 'task.started':
      case 'task.process':
      case 'task.adopted':
      case 'task.preview':
      case 'task.approved':
      case 'task.retrying':
      case 'task.finished':
      case 'task.rolling_back':
      case 'task.rolled_back':
        this.#task(event);
        return;
      default:
        // A later version's event: the types say it cannot be, a journal may say otherwise.
        state.ignored++;
    }
  }

  /**
   * The same in pieces, for a thread that others wait for: between two of them the state is still the one before. A large plan is laid
   * out in many, any other event in none.
   */
  *applyInPieces(event: RunEvent): Generator<undefined, void> {
    if (event.type !== 'run.started' && event.type !== 'run.resumed') {
      this.apply(event);
      return;
    }
    const next = new RunFold(this.#state);
    next.#state.seq = Math.max(next.#state.seq, event.seq);
    yield* event.type === 'run.started' ? next.#begin(event) : next.#resume(event);
    this.#state = next.#state;
    this.#index = next.#index;
  }

  *#begin(event: EventOf<'run.started'>): Generator<undefined, void> {
    const state = this.#state;
    if (state.plan !== undefined) {
      state.ignored++;
      return;
    }
    state.runId = event.runId;
    state.startedAt = Date.parse(event.time);
    state.supervisor = event.supervisor;
    if (event.parent !== undefined) state.parent = event.parent;
    yield* this.#lay(event.plan, new Map());
  }

  *#resume(event: EventOf<'run.resumed'>): Generator<undefined, void> {
    const state = this.#state;
    const reset = new Set(event.reset);
    const kept = new Map([...state.tasks].filter(([name, task]) => isOutcome(task.status) && !reset.has(name)));
    const before = state.tasks;
    state.runId = event.runId;
    state.status = 'running';
    state.attempt = event.attempt;
    state.resumedAt = Date.parse(event.time);
    state.startedAt ??= state.resumedAt;
    state.supervisor = event.supervisor;
    delete state.finishedAt;
    delete state.durationMs;
    delete state.criticalPathMs;
    delete state.serialMs;
    delete state.reason;
    delete state.cancelling;
    yield* this.#lay(event.plan, kept, before);
  }

  #end(event: EventOf<'run.finished'>): void {
    const state = this.#state;
    if (state.status !== 'running' || state.plan === undefined) {
      state.ignored++;
      return;
    }
    state.status = event.status;
    state.finishedAt = Date.parse(event.time);
    state.durationMs = event.durationMs;
    state.criticalPathMs = event.criticalPathMs;
    state.serialMs = event.serialMs;
    if (event.reason !== undefined) state.reason = event.reason;
  }

  /** Lays out the tasks of a plan: those kept as they ended, the others anew, with what they wait for counted. */
  *#lay(
    plan: PlanSummary,
    kept: ReadonlyMap<string, TaskState>,
    before: ReadonlyMap<string, TaskState> = kept,
  ): Generator<undefined, void> {
    const state = this.#state;
    state.plan = plan;
    this.#index = yield* indexInPieces(plan);
    state.counts = noCounts();
    state.tasks = new Map();
    const { stageOf } = this.#index;
    yield* inPieces(plan.tasks, (summary) => {
      const old = kept.get(summary.task);
      let unmet = 0;
      for (const need of distinct(summary.dependsOn)) if (stageOf.has(need) && !isMet(kept.get(need))) unmet++;
      const task = old === undefined ? fresh(summary, unmet, before.get(summary.task)) : { ...old, summary };
      state.tasks.set(summary.task, task);
      state.counts[task.status]++;
    });
    state.stages = stageNames(plan).map((name) => ({ name, tasks: [], left: 0, broken: false, open: false }));
    const members = state.stages.map((): string[] => []);
    yield* inPieces(state.tasks.values(), (task) => {
      const at = stageOf.get(task.summary.task) ?? 0;
      members[at]?.push(task.summary.task);
      const stage = state.stages[at];
      if (stage === undefined) return;
      if (!isOutcome(task.status)) stage.left++;
      else if (!endedWell(task)) stage.broken = true;
    });
    for (const [at, stage] of state.stages.entries()) stage.tasks = members[at] ?? [];
    yield* inPieces(state.tasks.values(), (task) => {
      if (task.summary.ignoresBarrier === true) this.#queueIfReady(task);
    });
    yield* this.#openStages();
  }

  /** The most frequent event by far: it makes nothing new. */
  #print(event: EventOf<'task.output'>): void {
    const log = this.#state.logs.get(event.task);
    if (log === undefined) {
      this.#state.ignored++;
      return;
    }
    const end = event.offset + event.length;
    if (end > log[event.stream]) log[event.stream] = end;
    log.last = event.stream;
  }

  #task(event: TaskEvent): void {
    if (event.type === 'task.process' && event.attempt === 0) return; // a preview's or an undoing's: of no attempt
    const task = this.#state.tasks.get(event.task);
    // An ended task has had its one terminal event: only undoing it is still news.
    if (
      task === undefined ||
      (isOutcome(task.status) && event.type !== 'task.rolled_back' && event.type !== 'task.rolling_back')
    ) {
      this.#state.ignored++;
      return;
    }
    if (event.type === 'task.started') this.#state.logs.set(event.task, { stdout: 0, stderr: 0 });
    if (event.type === 'task.finished') this.#finish(task, event);
    else this.#set(task, moved(task, event, this.#log(event.task)));
  }

  #log(task: string): { log?: LogState } {
    const log = this.#state.logs.get(task);
    return log === undefined ? {} : { log: { ...log } };
  }

  #set(old: TaskState, task: TaskState): void {
    if (old.status !== task.status) {
      this.#state.counts[old.status]--;
      this.#state.counts[task.status]++;
    }
    this.#state.tasks.set(task.summary.task, task);
  }

  #finish(old: TaskState, event: EventOf<'task.finished'>): void {
    const task = finished(old, event, this.#log(event.task));
    this.#set(old, task);
    const index = this.#index;
    const stage = this.#state.stages[index?.stageOf.get(event.task) ?? -1];
    if (index === undefined || stage === undefined) return;
    stage.left--;
    const well = endedWell(task);
    if (!well) stage.broken = true;
    for (const name of well ? (index.dependents().get(event.task) ?? []) : []) {
      const dependent = this.#state.tasks.get(name);
      if (dependent === undefined || isOutcome(dependent.status)) continue;
      const less = { ...dependent, unmet: dependent.unmet - 1 };
      this.#set(dependent, less);
      this.#queueIfReady(less);
    }
    if (stage.left === 0) for (const _piece of this.#openStages());
  }

  /** A stage opens when the one before it is open and all of that ended well; `finally` when nothing else is left. */
  *#openStages(): Generator<undefined, void> {
    const { stages } = this.#state;
    let met = true;
    let left = 0;
    for (const stage of stages) {
      const open = stage.name === 'finally' ? left === 0 : met;
      if (open && !stage.open) {
        stage.open = true;
        yield* inPieces(stage.tasks, (name) => {
          const task = this.#state.tasks.get(name);
          if (task !== undefined) this.#queueIfReady(task);
        });
      }
      met = met && stage.left === 0 && !stage.broken;
      left += stage.left;
    }
  }

  #queueIfReady(task: TaskState): void {
    if (task.status !== 'pending' || task.unmet > 0) return;
    const stage = this.#state.stages[this.#index?.stageOf.get(task.summary.task) ?? -1];
    if (stage?.open === true || task.summary.ignoresBarrier === true) this.#set(task, { ...task, status: 'queued' });
  }
}

const isMet = (task: TaskState | undefined): boolean => task !== undefined && endedWell(task);
