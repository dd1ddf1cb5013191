/**
 * One run: takes tasks from the board when there is a place, lets them run (`task-life.ts`), writes every fact into the journal, and
 * ends when nothing is left. Cancel, fail-fast and a failing disk all go through `stop`.
 */
import type { Failure } from '../core/failure.ts';
import type { JsonObject } from '../core/json.ts';
import type { ProcessIdentity } from '../core/process.ts';
import { formatSize } from '../core/size.ts';
import type { Redactor } from '../core/redact.ts';
import type { Plan } from '../graph/plan.ts';
import { remainingPaths } from '../graph/shape.ts';
import type { Machine } from '../platform/machine.ts';
import type { Tree } from '../platform/processes.ts';
import type { EventBody, RunStatus, Stream, TaskOutcome } from '../run/events.ts';
import type { RunLayout } from '../run/layout.ts';
import type { Adopted } from './adopt.ts';
import { Admission } from './admission.ts';
import { Approvals } from './approvals.ts';
import { AttemptServices } from './attempt-services.ts';
import { Board, type Dropped, type Limits } from './board.ts';
import type { Journal } from './journal.ts';
import type { RunOptions } from './options.ts';
import { liveTask, type TaskEnd } from './task-life.ts';
import type { TaskRuntime } from './task-runtime.ts';
import type { Finished } from './resume.ts';
import { rollBack } from './rollback.ts';
import type { RunValues } from './values.ts';
import type { TaskGuards } from './guards.ts';

export interface RunSetup {
  readonly plan: Plan;
  readonly runId: string;
  readonly layout: RunLayout;
  readonly options: RunOptions;
  readonly limits: Limits;
  readonly expectedMs: ArrayLike<number>;
  readonly journal: Journal;
  readonly tasks: TaskRuntime;
  /** Default: the one that this runs on. */
  readonly machine?: Machine;
  readonly values: RunValues;
  readonly redactor: Redactor | undefined;
  readonly baseEnv: Readonly<Record<string, string>>;
  /** Locks and caches. */
  readonly guards: TaskGuards;
  /** Variables that make what an attempt traces a part of the run's trace; only where there is one. */
  readonly traceEnv?: ((task: string, attempt: number) => Readonly<Record<string, string>>) | undefined;
  readonly self: ProcessIdentity;
  /** After a resume: attempts whose end nobody saw, and what is to become of them. */
  readonly unseen: ReadonlyMap<string, 'ask' | 'fail'>;
  /** After a resume: attempts that still live, or left word of how they ended. */
  readonly adopted: ReadonlyMap<string, Adopted>;
  /** What becomes of an adopted attempt that ended without a word. */
  readonly settle: (task: string) => Promise<'done' | 'rerun' | 'ask' | 'fail'>;
  /** What earlier supervisors of this run saw the end of. */
  readonly finished: ReadonlyMap<string, Finished>;
  /** The number of the last attempt that earlier supervisors started. */
  readonly attempts: ReadonlyMap<string, number>;
  readonly startedAt: number;
}

export interface RunEnd {
  /** Since it began, or was resumed: what its journal says. */
  readonly durationMs: number;
  readonly status: Exclude<RunStatus, 'running'>;
  /** Milliseconds of each task that succeeded in this run. */
  readonly durations: ReadonlyMap<string, number>;
}

const SMALL_OUTPUT = 4096;

export class Run {
  readonly setup: RunSetup;
  readonly board: Board;
  readonly services: AttemptServices;
  readonly approvals: Approvals;
  readonly force = new AbortController();
  readonly #admission: Admission;
  readonly #cancels = new Map<number, AbortController>();
  readonly #places = new Map<number, () => void>();
  readonly #spent: Float64Array;
  readonly #worked = new Map<string, number>();
  /** What still lives of a dead supervisor and is to be taken over, until its task does. */
  readonly #orphans: Map<string, Adopted>;
  readonly #beganAt = performance.now();
  #planText: string | undefined;
  #inFlight = 0;
  #stopped: { readonly status: 'cancelled' | 'failed'; readonly reason: string } | undefined;
  #failed = false;
  #resolve: () => void = () => undefined;

  constructor(setup: RunSetup) {
    this.setup = setup;
    const { plan, journal } = setup;
    this.board = new Board(plan, setup.limits, setup.expectedMs);
    this.#spent = new Float64Array(plan.tasks.length);
    this.#orphans = new Map(setup.adopted);
    this.approvals = new Approvals((body) => void journal.append(body), plan.hash);
    this.services = new AttemptServices({
      ...setup,
      graceMs: setup.options.graceMs,
      onOutput: ({ task, attempt }, stream, offset, length) =>
        void journal.append({ type: 'task.output', task, attempt, stream, offset, length }),
      onProcess: (task, attempt, pid, tree) => this.#onProcess(task, attempt, pid, tree),
      onLogFailure: (task, failure) => this.warn(failure.message, task),
      ...(setup.options.logLimit === undefined ? {} : { logLimit: setup.options.logLimit }),
      onLogLimit: (task, stream, limit) => this.warn(limitText(task, stream, limit), task),
      approve: (task, request, signal) => this.#approveInline(task, request, signal),
    });
    this.#admission = new Admission(
      journal,
      (task) => plan.tasks[task]?.id ?? '',
      (most, skip) => this.board.horizon(most, skip),
    );
  }

  /** Runs to the end. @param first the event that opens it: `run.started` or `run.resumed` */
  async execute(first: EventBody): Promise<RunEnd> {
    const { plan, journal, finished } = this.setup;
    journal.append(first);
    plan.tasks.forEach((task, i) => {
      const before = finished.get(task.id);
      if (before === undefined) return;
      this.board.preset(i, before.outcome);
      this.#spent[i] = before.durationMs;
      this.setup.values.ended(task, before.outcome, before.outputs);
      if (before.found !== undefined) this.#noteFound(task.id, before.found, before);
    });
    if (this.setup.options.rollbackOnly === true) {
      return this.#finish(...rolledBack(await rollBack(this)));
    }
    const done = new Promise<void>((resolve) => (this.#resolve = resolve));
    this.#noteDropped(this.board.begin());
    this.#pump();
    this.#checkEnd();
    await done;
    const status = this.#stopped?.status ?? (this.#failed ? 'failed' : 'succeeded');
    if (this.setup.options.rollback && status !== 'succeeded') await rollBack(this);
    return this.#finish(status);
  }

  /** An attempt whose end nobody saw took effect, as its type found: that is the task's end. */
  #noteFound(task: string, attempt: number, { outcome: status, outputs, durationMs }: Finished): void {
    if (attempt === 0) {
      const reason = 'it was interrupted, and what the task did is still there';
      this.append({ type: 'task.rolled_back', task, ok: false, reason, durationMs: 0 });
      return;
    }
    const reason = 'its effect was found after the supervisor had died';
    this.append({ type: 'task.finished', task, attempt, status, reason, durationMs, outputs });
  }

  /** The attempt that the task goes on with, if there is one. */
  takeOver(task: string): Adopted | undefined {
    const orphan = this.#orphans.get(task);
    this.#orphans.delete(task);
    return orphan;
  }

  /** A task that ended without taking over what still lives of it (cancelled before, a condition that is false now) ends that, too. */
  #endOrphan(task: string): void {
    const orphan = this.takeOver(task);
    if (orphan === undefined) return;
    this.#inFlight++;
    const ending = this.services.machine.endTree(orphan.tree, {
      graceMs: this.setup.options.graceMs,
      force: this.force.signal,
    });
    void ending.then((left) => {
      this.#inFlight--;
      if (left.length > 0) this.warn(`The processes ${left.join(', ')} could not be ended.`, task);
      this.#checkEnd();
    });
  }

  append(body: EventBody): void {
    this.setup.journal.append(body);
  }

  warn(message: string, task?: string): void {
    this.append({ type: 'run.warning', message, ...(task === undefined ? {} : { task }) });
  }

  /** What `success()`, `failure()` and `cancelled()` answer now. */
  get soFar(): 'success' | 'failure' | 'cancelled' {
    if (this.#stopped?.status === 'cancelled') return 'cancelled';
    return this.#failed ? 'failure' : 'success';
  }

  /**
   * The first call cancels what runs, in its order: `finally` still runs. The second forces what is ending, and cancels `finally`.
   * @param by who, for the journal
   */
  cancel(by: string, force: boolean): void {
    const again = force || this.#stopped !== undefined;
    this.append({ type: 'run.cancelling', by, force: again });
    this.#stop({ status: 'cancelled', reason: `cancelled by ${by}` }, again);
  }

  /** Nothing can be written down any more: everything is ended, since work that nobody can account for must not go on. */
  abandon(why: Failure): void {
    this.#stop({ status: 'failed', reason: why.message }, true);
  }

  #stop(why: { status: 'cancelled' | 'failed'; reason: string }, everything: boolean): void {
    this.#stopped ??= why;
    if (everything) this.force.abort();
    if (this.setup.options.rollbackOnly === true) return; // nothing was begun, and nothing may begin now: the board rests
    const affected = (task: number): boolean => everything || !this.board.isFinally(task);
    const released = [...this.#places].filter(([task]) => affected(task));
    for (const [task] of released) {
      this.board.hold(task); // it ends by itself, so the board must not drop it
      this.#places.delete(task);
    }
    this.#noteDropped(this.board.stop(why.reason, everything));
    for (const [task, cancel] of this.#cancels) if (affected(task)) cancel.abort(why.reason);
    for (const [, goOn] of released) goOn();
    this.#pump();
    this.#checkEnd();
  }

  /** Starts what finds a place. */
  #pump(): void {
    const fresh: number[] = [];
    for (let task = this.board.take(); task !== undefined; task = this.board.take()) {
      const goOn = this.#places.get(task);
      if (goOn !== undefined) {
        this.#places.delete(task);
        goOn();
      } else if (this.#admission.isAdmitted(task)) this.#begin(task);
      else fresh.push(task);
    }
    if (fresh.length === 0) return;
    this.#inFlight += fresh.length;
    this.#admission.admit(fresh, performance.now()).then(
      () => {
        this.#inFlight -= fresh.length;
        for (const task of fresh) this.#begin(task);
      },
      () => {
        this.#inFlight -= fresh.length;
        for (const task of fresh)
          this.#end(task, {
            status: 'cancelled',
            attempt: 0,
            durationMs: 0,
            outputs: {},
            reason: 'the journal cannot be written',
          });
      },
    );
  }

  #begin(task: number): void {
    const planned = this.setup.plan.tasks[task];
    if (planned === undefined) return;
    this.#admission.started(task, performance.now());
    const cancel = new AbortController();
    this.#cancels.set(task, cancel);
    const spared = this.board.isFinally(task) && !this.force.signal.aborted;
    if (this.#stopped !== undefined && !spared) cancel.abort(this.#stopped.reason);
    this.#inFlight++;
    void liveTask(this, task, planned, cancel.signal).then((end) => {
      this.#inFlight--;
      this.#cancels.delete(task);
      this.#end(task, end);
    });
  }

  #end(task: number, end: TaskEnd): void {
    const planned = this.setup.plan.tasks[task];
    if (planned === undefined) return;
    const { redactor } = this.setup;
    const outputs =
      redactor === undefined ? end.outputs : (JSON.parse(redactor.text(JSON.stringify(end.outputs))) as JsonObject);
    this.append({
      type: 'task.finished',
      task: planned.id,
      ...end,
      outputs,
      ...(planned.allowFailure && !wentWell(end.status) ? { allowedToFail: true } : {}),
    });
    this.#endOrphan(planned.id);
    this.#spent[task] = end.durationMs;
    this.setup.values.ended(planned, end.status, end.outputs);
    this.#admission.ended(performance.now());
    if (end.status === 'succeeded') this.#worked.set(planned.id, end.durationMs);
    if (!wentWell(end.status) && !planned.allowFailure) this.#onFailure(task, planned.id, end);
    this.#noteDropped(this.board.finish(task, end.status));
    this.#pump();
    this.#checkEnd();
  }

  #onFailure(task: number, id: string, end: TaskEnd): void {
    if (end.status !== 'cancelled') this.#failed = true;
    if (!this.setup.options.failFast || this.#stopped !== undefined || this.board.isFinally(task)) return;
    this.#stop({ status: 'failed', reason: `${id} failed and the run is fail-fast` }, false);
  }

  #noteDropped(dropped: readonly Dropped[]): void {
    for (const { task, status, reason } of dropped) {
      const planned = this.setup.plan.tasks[task];
      if (planned === undefined) continue;
      this.append({ type: 'task.finished', task: planned.id, attempt: 0, status, reason, durationMs: 0, outputs: {} });
      this.#endOrphan(planned.id);
      this.setup.values.ended(planned, status, {});
    }
  }

  /**
   * Standard output as an output is for small values. What no expression of the plan can read and is longer than a few lines stays in
   * the log alone, so that the journal does not hold every log twice.
   */
  trimOutputs(task: number, outputs: JsonObject): JsonObject {
    const { stdout } = outputs;
    if (typeof stdout !== 'string' || stdout.length <= SMALL_OUTPUT || this.#isRead(task)) return outputs;
    const { stdout: _inLog, ...rest } = outputs;
    return rest;
  }

  #isRead(task: number): boolean {
    const name = this.setup.plan.tasks[task]?.name ?? '';
    this.#planText ??= JSON.stringify(this.setup.plan.tasks);
    return this.#planText.includes(`tasks.${name}`) || this.#planText.includes(`tasks[`);
  }

  #checkEnd(): void {
    if (this.board.allEnded && this.#inFlight === 0) this.#resolve();
  }

  /** Gives the task's place to others while `wait` lasts, then waits for a place again. */
  async withoutPlace<T>(task: number, wait: () => Promise<T>): Promise<T> {
    this.board.yieldPlace(task);
    this.#pump();
    const value = await wait();
    if (this.#cancels.get(task)?.signal.aborted === true) return value; // it only ends now, which needs no place
    await new Promise<void>((resolve) => {
      this.#places.set(task, resolve);
      this.board.requeue(task);
      this.#pump();
    });
    return value;
  }

  async #approveInline(
    id: string,
    request: { message: string; details?: string },
    signal: AbortSignal,
  ): ReturnType<Approvals['ask']> {
    const task = this.board.shape.index.get(id) ?? -1;
    return this.withoutPlace(task, () => this.approvals.ask(id, { ...request, about: id }, signal));
  }

  #onProcess(task: string, attempt: number, pid: number, tree: Tree): void {
    const process = this.services.machine.identityOf(pid);
    if (process === undefined) return;
    const { group = pid, cgroup, spare } = tree;
    this.append({
      ...{ type: 'task.process', task, attempt, process, group },
      ...(cgroup === undefined ? {} : { cgroup }),
      ...(spare === undefined ? {} : { spare }),
    });
  }

  #finish(status: RunEnd['status'], reason = this.#stopped?.reason): RunEnd {
    const { journal } = this.setup;
    this.services.close();
    const critical = remainingPaths(this.board.shape, this.#spent).reduce((most, ms) => Math.max(most, ms), 0);
    const durationMs = Math.round(performance.now() - this.#beganAt); // the clock on the wall may be set meanwhile
    journal.append({
      type: 'run.finished',
      status,
      durationMs,
      criticalPathMs: Math.round(critical),
      serialMs: Math.round(this.#spent.reduce((sum, ms) => sum + ms, 0)),
      ...(reason === undefined ? {} : { reason }),
    });
    return { status, durationMs, durations: this.#worked };
  }
}

/** How a run ends that was begun to undo what it did. */
function rolledBack({ undone, failed }: Awaited<ReturnType<typeof rollBack>>): [RunEnd['status'], string] {
  if (failed > 0) return ['failed', `${failed === 1 ? 'a task' : `${failed} tasks`} could not be rolled back`];
  return ['cancelled', undone > 0 ? 'rolled back' : 'nothing was rolled back: no task that had succeeded says how'];
}

const limitText = (task: string, stream: Stream, limit: number): string =>
  `The ${stream === 'stdout' ? 'log' : 'error log'} of ${task} has reached its limit of ${formatSize(limit)}: its beginning and its end are kept, what comes between is left out.`;

export const wentWell = (status: TaskOutcome): boolean =>
  status === 'succeeded' || status === 'cached' || status === 'skipped';
