/** What the monitor knows and what the person chose: the one place that the parts read from. */
import { PlanJoiner, type SentEvent } from '../run/plan-parts.ts';
import { RunFold } from '../run/reduce.ts';
import type { RunState, TaskState } from '../run/state.ts';
import { barrierCosts, forecast, type Barriers, type Forecast } from '../views/forecast.ts';
import { parseFilter, type Filter } from '../views/filter.ts';
import { LogIndex } from '../views/log/segments.ts';
import type { KeptState } from '../views/messages.ts';
import { groupedRows, type Row } from '../views/rows.ts';
import { lookOfTask, type Tone } from '../views/status.ts';
import { taskNote } from '../views/words.ts';

export type View = KeptState['view'];

/** How old figures that need all tasks may be, in milliseconds. */
const STALE_MS = 250;
const MANY_TASKS = 3000;

export class Store {
  #fold = new RunFold();
  readonly #plan = new PlanJoiner();
  readonly #logs = new Map<string, LogIndex>();
  runId = '';
  target: string | undefined;
  canAct = false;
  /** What would run is shown, and nothing runs: time stands still at its beginning. */
  preview = false;
  /** Of a preview: what is said about tasks, and about all of them. */
  readonly previewed = new Map<string, { readonly note: string; readonly tone: Tone }>();
  summed: { readonly text: string; readonly failed: boolean } | undefined;
  /** All that was there has arrived. */
  live = false;
  connection: { readonly ok: boolean; readonly text?: string | undefined } = { ok: true };
  view: View = 'timeline';
  filterText = '';
  filter: Filter = parseFilter('');
  task: string | undefined;
  /** The attempt whose log is shown; the latest where none is chosen. */
  attempt: number | undefined;
  readonly closed = new Set<string>();
  #clock = 0;
  #rows: Row[] | undefined;
  #rowsAt = 0;
  #forecast: { at: number; value: Forecast | undefined } | undefined;
  #barriers: { at: number; value: Barriers | undefined } | undefined;

  get state(): RunState {
    return this.#fold.state;
  }

  /** Milliseconds since 1970 by the engine's clock; of an ended run the time stands still. */
  get now(): number {
    if (this.preview) return this.state.startedAt ?? 0;
    const now = Date.now() + this.#clock;
    return this.state.status === 'running' ? now : (this.state.finishedAt ?? now);
  }

  /** @param now the engine's clock at this moment */
  open(runId: string, now: number): void {
    if (runId !== this.runId) {
      this.#fold = new RunFold();
      this.#logs.clear();
      this.runId = runId;
      this.task = undefined;
      this.attempt = undefined;
      this.live = false;
      this.previewed.clear();
      this.summed = undefined;
      this.#stale();
    }
    this.setClock(now);
  }

  setClock(now: number): void {
    this.#clock = now - Date.now();
  }

  /** @returns whether there is something new to see; of a part of a plan there is not */
  take(events: readonly SentEvent[]): boolean {
    const { seq } = this.state;
    for (const sent of events) {
      const event = this.#plan.take(sent);
      if (event === undefined || event.seq <= this.state.seq) continue; // seen before a reconnection
      this.#fold.apply(event);
      if (event.type === 'task.output')
        this.logOf(event.task, event.attempt).add(event.stream, event.offset, event.length);
      if (event.type === 'run.started' || event.type === 'run.resumed') this.#stale();
    }
    return this.state.seq > seq;
  }

  #stale(): void {
    this.#rows = undefined;
    this.#forecast = undefined;
    this.#barriers = undefined;
  }

  /** The log of an attempt as far as events told of it. */
  logOf(task: string, attempt: number): LogIndex {
    const key = `${attempt} ${task}`;
    const known = this.#logs.get(key);
    if (known) return known;
    const made = new LogIndex();
    this.#logs.set(key, made);
    return made;
  }

  get selected(): TaskState | undefined {
    return this.task === undefined ? undefined : this.state.tasks.get(this.task);
  }

  /** The words at the right of a task: what it does, or what it would. */
  note(task: TaskState): string {
    if (!this.preview) return taskNote(this.state, task, this.now);
    const known = this.previewed.get(task.summary.task);
    return known?.note ?? (this.summed ? '' : '…');
  }

  tone(task: TaskState): Tone {
    if (this.preview) return this.previewed.get(task.summary.task)?.tone ?? 'quiet';
    return lookOfTask(task).tone;
  }

  /** What a preview says of a task, as bytes of a log that its first attempt never wrote. */
  takePreviewed(task: string, note: string, tone: Tone, size: number): void {
    this.previewed.set(task, { note, tone });
    if (size > 0) this.logOf(task, 0).add('stdout', 0, size);
  }

  setFilter(text: string): void {
    this.filterText = text;
    this.filter = parseFilter(text);
    this.#rows = undefined;
  }

  toggleStage(stage: string): void {
    if (!this.closed.delete(stage)) this.closed.add(stage);
    this.#rows = undefined;
  }

  /** Rows of the timeline. A filter by status is applied anew every now and then, not with every event. */
  get rows(): readonly Row[] {
    const moving = this.filter.status.length > 0 || this.filter.texts.length > 0;
    if (!this.#rows || (moving && performance.now() - this.#rowsAt > STALE_MS)) {
      this.#rows = groupedRows(this.state, this.filter, this.closed);
      this.#rowsAt = performance.now();
    }
    return this.#rows;
  }

  get forecast(): Forecast | undefined {
    if (
      !this.#forecast ||
      (this.state.status === 'running' && performance.now() - this.#forecast.at > STALE_MS) ||
      this.#ended()
    ) {
      this.#forecast = { at: performance.now(), value: forecast(this.state, this.now) };
    }
    return this.#forecast.value;
  }

  /** The run ended since the forecast was made. */
  #ended(): boolean {
    const known = this.#forecast?.value;
    return (
      this.state.status !== 'running' && known !== undefined && known.finish !== (this.state.finishedAt ?? known.finish)
    );
  }

  /** Costs a pass over all tasks for each stage, so it may be some seconds old, and of very large runs it waits for their end. */
  get barriers(): Barriers | undefined {
    if (this.state.status === 'running' && this.state.tasks.size > MANY_TASKS) return undefined;
    const age = this.#barriers ? performance.now() - this.#barriers.at : Infinity;
    if (age > (this.state.status === 'running' ? 5000 : 60_000) || !this.#barriers) {
      const known = this.forecast;
      this.#barriers = { at: performance.now(), value: known && barrierCosts(this.state, known) };
    }
    return this.#barriers.value;
  }

  get kept(): KeptState {
    return {
      runId: this.runId,
      view: this.view,
      filter: this.filterText,
      closed: [...this.closed],
      ...(this.task === undefined ? {} : { task: this.task }),
    };
  }

  restore(kept: KeptState): void {
    this.runId = kept.runId;
    this.view = kept.view;
    this.setFilter(kept.filter);
    this.task = kept.task;
    for (const stage of kept.closed) this.closed.add(stage);
  }
}
