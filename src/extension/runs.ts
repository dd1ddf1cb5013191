/** The runs that the window knows: their list, and of those that are followed their whole state, folded from the engine's events. */
import type { Failure } from '../core/failure.ts';
import { ok, type Result } from '../core/result.ts';
import type { RunEvent } from '../run/events.ts';
import { PlanJoiner } from '../run/plan-parts.ts';
import type { Notifications, RunSummary } from '../run/protocol.ts';
import { RunFold } from '../run/reduce.ts';
import type { RunState } from '../run/state.ts';
import { Emitter, type Disposable } from './emitter.ts';
import type { EngineClient } from './engine/client.ts';
import { inTurns } from './host.ts';

export interface KnownRun {
  readonly workspace: string;
  readonly summary: RunSummary;
  /** Where the run is followed. */
  readonly state: RunState | undefined;
}

interface Entry {
  readonly workspace: string;
  readonly plan: PlanJoiner;
  summary: RunSummary;
  fold: RunFold | undefined;
  /** The last number that was there when it began to be followed. */
  target: number;
  /** The last number that came without a gap since somebody asked for the events from one on. */
  came: number;
  /** One question after the other: the relay sends what it was asked for last. */
  asked: Promise<unknown>;
  /** It was seen while it went on: its end is news. */
  seenRunning: boolean;
}

const UNASKED = { target: 0, came: 0, asked: Promise.resolve() };

/** Events that are folded in one turn. */
const PIECE = 100;
/** How long somebody waits for the first event of a run, which is there in a moment or has a reason not to be. */
const SOON_MS = 5000;

export class Runs {
  readonly #engine: EngineClient;
  readonly #folders: () => readonly string[];
  readonly #entries = new Map<string, Entry>();
  readonly #changes = new Emitter<string>();
  readonly #endings = new Emitter<KnownRun>();
  readonly #subscriptions: readonly Disposable[];
  readonly #inTurns = inTurns();
  /** The engine was asked for the list at least once. */
  listed = false;
  failure: Failure | undefined;

  /** @param folders the workspace's folders, as paths */
  constructor(engine: EngineClient, folders: () => readonly string[]) {
    this.#engine = engine;
    this.#folders = folders;
    this.#subscriptions = [
      this.#inTurns,
      engine.on('runs/events', (batch) => this.#receive(batch)),
      engine.on('runs/changed', ({ workspace, run }) => this.#inTurns(() => this.#note(workspace, run))),
      engine.onConnection((up) => up && this.listed && void this.refresh()),
    ];
  }

  /** Called with a run's id whenever something about it is new; `''` when the list is. */
  onChanged(listener: (runId: string) => void): Disposable {
    return this.#changes.on(listener);
  }

  /** Called when a run ends that was seen running. */
  onEnded(listener: (run: KnownRun) => void): Disposable {
    return this.#endings.on(listener);
  }

  /** Newest first. */
  get all(): KnownRun[] {
    return [...this.#entries.values()]
      .map(known)
      .sort((a, b) => b.summary.startedAt.localeCompare(a.summary.startedAt));
  }

  get running(): KnownRun[] {
    return this.all.filter((run) => statusOf(run) === 'running');
  }

  get(runId: string): KnownRun | undefined {
    const entry = this.#entries.get(runId);
    return entry && known(entry);
  }

  /** Asks for the list anew, and follows what runs. */
  async refresh(): Promise<void> {
    this.listed = true;
    for (const workspace of this.#folders()) {
      const answer = await this.#engine.request('runs/list', { workspace, limit: 100 });
      this.failure = answer.ok ? undefined : answer.failure;
      if (!answer.ok) continue;
      const there = new Set(answer.value.runs.map((run) => run.runId));
      for (const [runId, entry] of this.#entries)
        if (entry.workspace === workspace && !there.has(runId)) this.#entries.delete(runId);
      for (const run of answer.value.runs) this.#note(workspace, run, true);
    }
    this.#changes.fire('');
  }

  #note(workspace: string, summary: RunSummary, again = false): void {
    const entry = this.#entries.get(summary.runId);
    const running = summary.status === 'running';
    if (!entry) {
      const plan = new PlanJoiner();
      const entry = { workspace, plan, summary, fold: undefined, ...UNASKED, seenRunning: running };
      this.#entries.set(summary.runId, entry);
      this.#changes.fire('');
    } else {
      entry.summary = summary;
      entry.seenRunning ||= running;
    }
    // A run that ended while nobody told of it is still open here: its last events are to be had all the same.
    const open = entry?.fold?.state.status === 'running';
    if (again ? running || open : running && !entry?.fold) void this.follow(summary.runId);
    this.#checkEnd(summary.runId);
    this.#changes.fire(summary.runId);
  }

  /** Adds a run that was just started here, before the engine tells of it. */
  add(workspace: string, summary: RunSummary): void {
    this.#note(workspace, summary);
  }

  /**
   * Folds the run's events from now on.
   * @param fromSeq 1 sends all of them again, for a view that needs them all
   */
  async follow(runId: string, fromSeq?: number): Promise<Result<{ readonly seq: number }>> {
    const entry = this.#entries.get(runId);
    if (!entry) return ok({ seq: 0 });
    const fold = (entry.fold ??= new RunFold());
    const ask = async (): Promise<Result<{ readonly seq: number }>> => {
      // A view may be in the middle of getting all events once more: it must not be cut off by who needs the newest ones only.
      const from = fromSeq ?? Math.min(fold.state.seq, entry.came) + 1;
      entry.came = from - 1;
      const answer = await this.#engine.request('runs/subscribe', { runId, workspace: entry.workspace, fromSeq: from });
      if (answer.ok) entry.target = answer.value.seq;
      return answer;
    };
    const answer = entry.asked.then(ask, ask);
    entry.asked = answer;
    return answer;
  }

  /** Everything of a run that a tree shows; an ended one is read once. Resolves when its tasks are laid out, if they come soon. */
  async load(runId: string): Promise<Result<void>> {
    const entry = this.#entries.get(runId);
    if (!entry) return ok(undefined);
    if (!entry.fold) {
      const answer = await this.follow(runId);
      if (!answer.ok) return answer;
    }
    if (!entry.fold?.state.plan) await this.#laidOut(runId);
    return ok(undefined);
  }

  #laidOut(runId: string): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        subscription.dispose();
        clearTimeout(timer);
        resolve();
      };
      const subscription = this.onChanged((changed) => {
        if (changed === runId && this.get(runId)?.state?.plan) done();
      });
      const timer = setTimeout(done, SOON_MS);
    });
  }

  #receive({ runId, events: sent }: Notifications['runs/events']): void {
    const entry = this.#entries.get(runId);
    if (!entry) return;
    const events = sent.flatMap((each) => entry.plan.take(each) ?? []);
    const [first, last] = [events[0]?.seq ?? Infinity, events.at(-1)?.seq ?? 0];
    if (first <= entry.came + 1) entry.came = Math.max(entry.came, last);
    if (events.length > 0) this.#inTurns.pieces(this.#take(runId, events));
  }

  /** A plan is laid out in turns of its own. */
  *#take(runId: string, events: readonly RunEvent[]): Generator<undefined, void> {
    const fold = this.#entries.get(runId)?.fold;
    if (!fold) return;
    for (const [n, event] of events.entries()) {
      if (event.seq > fold.state.seq) yield* fold.applyInPieces(event);
      if (n % PIECE === PIECE - 1) yield;
    }
    this.#checkEnd(runId);
    this.#changes.fire(runId);
  }

  #checkEnd(runId: string): void {
    const entry = this.#entries.get(runId);
    if (!entry) return;
    const run = known(entry);
    if (statusOf(run) === 'running') {
      entry.seenRunning = true;
      return;
    }
    if (!entry.seenRunning) return;
    entry.seenRunning = false;
    this.#endings.fire(run);
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}

const known = ({ workspace, summary, fold }: Entry): KnownRun => ({ workspace, summary, state: fold?.state });

/** The state knows best, once it has begun. */
export const statusOf = ({ state, summary }: KnownRun): RunSummary['status'] =>
  state?.plan && (state.status !== 'running' || summary.status === 'running') ? state.status : summary.status;
