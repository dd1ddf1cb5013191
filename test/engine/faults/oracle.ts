/**
 * Judges a run from outside: it reads the journal's lines as they reach the disk and hears from the world what really runs. It shares
 * nothing with the engine's own reading and folding of journals, and knows the rules in its own words.
 */
import type { PlannedTask } from '../../../src/graph/plan.ts';
import type { RunEvent, TaskOutcome } from '../../../src/run/events.ts';
import type { Disk } from './disk.ts';
import type { RunSpec } from './scenario.ts';
import type { Process } from './world.ts';

interface TaskView {
  terminal: TaskOutcome | undefined;
  token: string | undefined;
  openAttempt: number | undefined;
  lastAttempt: number;
  undone: boolean;
  /** An attempt of a dead supervisor that a later one took over. */
  takenOver: number | undefined;
}

export class Oracle {
  readonly runId: string;
  readonly violations: string[] = [];
  readonly #spec: RunSpec;
  readonly #disk: Disk;
  readonly #tasks = new Map<string, TaskView>();
  /** Success that no crash may take back. */
  readonly #sure = new Set<string>();
  readonly #succeeded = new Set<string>();
  readonly #notUndone = new Set<string>();
  readonly #repeats = new Set<string>();
  readonly #approved = new Set<string>();
  readonly #onceApproved = new Set<string>();
  readonly #byId: ReadonlyMap<string, PlannedTask>;
  /** Lines of this life, with where they end. */
  #lines: { end: number; event: RunEvent }[] = [];
  #judged = 0;
  #rest = '';
  #seq = 0;
  #opened = false;
  #finished: string | undefined;
  #cancelling: { force: boolean } | undefined;
  #admitted = new Set<string>();
  #startedAgain = new Set<string>();

  constructor(runId: string, spec: RunSpec, disk: Disk) {
    this.runId = runId;
    this.#spec = spec;
    this.#disk = disk;
    this.#byId = new Map(spec.plan.tasks.map((task) => [task.id, task]));
  }

  /** How the run ended in the present life, if it did. */
  get finished(): string | undefined {
    return this.#finished;
  }

  /** The supervisor is dead; of the end that it may have written, a power cut can have taken the line. */
  died(last: RunEvent | undefined): void {
    this.#finished = last?.type === 'run.finished' ? last.status : undefined;
  }

  get tasks(): ReadonlyMap<string, TaskView> {
    return this.#tasks;
  }

  says(what: string): void {
    this.violations.push(`${this.runId}: ${what}`);
  }

  /** A supervisor begins: what is on the disk is read anew. @param engine what the engine read there */
  begins(engine: readonly RunEvent[]): void {
    this.settle();
    this.#tasks.clear();
    this.#seq = 0;
    this.#opened = false;
    this.#rest = '';
    const events = linesOf(this.#disk.bytes().toString('utf8')).map(({ event }) => event);
    if (engine.length !== events.length)
      this.says(`the engine read ${engine.length} events, there are ${events.length}`);
    for (const event of events) this.#apply(event, false);
    this.#lines = [];
    this.#judged = 0;
    this.#admitted = new Set();
    this.#startedAgain = new Set();
    this.#approved.clear();
    this.#finished = undefined;
    this.#cancelling = undefined;
    this.#notUndone.clear();
    this.#opened = events.length > 0;
  }

  written(bytes: Buffer, length: number): RunEvent[] {
    const text = this.#rest + bytes.toString('latin1');
    const whole = text.lastIndexOf('\n') + 1;
    this.#rest = text.slice(whole);
    const found = linesOf(text.slice(0, whole));
    for (const { end, event } of found) {
      this.#lines.push({ end: length - text.length + end, event });
      this.#apply(event, true);
    }
    return found.map(({ event }) => event);
  }

  /** What watchers are shown must be on the disk for good. */
  shown(bytes: number): void {
    if (bytes > this.#disk.durable) this.says(`${bytes} bytes were shown while ${this.#disk.durable} were synced`);
  }

  /** Takes note of what is durable now. Before a crash and before each judgement. */
  settle(): void {
    for (let next = this.#lines[this.#judged]; next !== undefined && next.end <= this.#disk.durable;) {
      const { event } = next;
      if (event.type === 'tasks.admitted') for (const task of event.tasks) this.#admitted.add(task);
      if (event.type === 'task.started') this.#startedAgain.add(`${event.task} ${event.attempt}`);
      if (event.type === 'task.finished' && event.status === 'succeeded') this.#sure.add(event.task);
      if (event.type === 'task.rolling_back') this.#sure.delete(event.task);
      next = this.#lines[++this.#judged];
    }
  }

  /** Somebody asks for a task that had succeeded to be done anew, with what depends on it unless `alone`. */
  mayRepeat(task: string, alone: boolean): void {
    const again = new Set([task]);
    for (const other of this.#spec.plan.tasks)
      if (!alone && other.needs.some((need) => again.has(need))) again.add(other.id);
    this.settle();
    for (const id of again) {
      this.#view(id).undone = true;
      this.#repeats.add(id);
      this.#sure.delete(id);
    }
  }

  /** After an undoing that nothing cut short: everything that can be undone is. */
  allUndone(): void {
    for (const task of this.#spec.plan.tasks) {
      const { terminal, undone } = this.#view(task.id);
      if (terminal === 'succeeded' && !undone && canBeUndone(task)) this.says(`${task.id} is not undone`);
    }
  }

  /** What was built on a task is undone before it is. */
  #undoing(id: string): void {
    for (const other of this.#spec.plan.tasks) {
      const { terminal, undone } = this.#view(other.id);
      if (!other.needs.includes(id) || terminal !== 'succeeded' || undone || !canBeUndone(other)) continue;
      if (this.#notUndone.has(other.id)) continue; // it was tried; the more is undone the better
      this.says(`${id} is undone before ${other.id}, which needs it`);
    }
  }

  approved(task: string): void {
    this.#approved.add(task);
    this.#onceApproved.add(task);
  }

  ends({ task, attempt, action, ended, token }: Process): void {
    if (action === 'run' && ended?.kind === 'exited' && ended.exitCode === 0) {
      this.#succeeded.add(`${task} ${attempt}`);
      this.#tokens.set(`${task} ${attempt}`, token);
    }
  }
  readonly #tokens = new Map<string, string>();

  /** A process of an attempt begins. @param living those that run already, of every run */
  begun(process: Process, living: Iterable<Process>): void {
    if (process.action === 'rollback') this.#undoing(process.task);
    if (process.action !== 'run') return;
    const { task: id, attempt } = process;
    const task = this.#byId.get(id);
    const view = this.#tasks.get(id);
    if (task === undefined) throw new Error(`${id} is not of the plan`);
    this.settle();
    const bad = (what: string): void =>
      this.says(`${id} attempt ${attempt} (life ${process.life.number}) started ${what}`);
    if (view?.terminal !== undefined) bad(`although it had ended as ${view.terminal}`);
    if (this.#sure.has(id)) bad('although its success was durable');
    if (!this.#admitted.has(id) && !this.#startedAgain.has(`${id} ${attempt}`)) bad('before the disk knew');
    if (this.#finished !== undefined) bad('after the end of the run');
    if (task.when === 'false' || task.when === '1 > 2') bad('although its condition is false');
    if (task.approval !== undefined && !this.#approved.has(id)) bad('without an approval');
    if (this.#cancelling !== undefined && (task.stage >= 0 || this.#cancelling.force)) bad('after the cancel');
    this.#order(task, bad);
    this.#given(process, bad);
    for (const other of living) {
      if (other === process || other.action !== 'run' || other.ended !== undefined) continue;
      if (other.run === this.runId && other.task === id) bad(`beside its attempt ${other.attempt}`);
      else this.#locks(task, other, bad);
    }
  }

  /** Of a dead supervisor's processes it is known that they go on without its locks. */
  #locks(task: PlannedTask, other: Process, bad: (what: string) => void): void {
    if (other.life.dead) return;
    const theirs = locksOf.get(`${other.run} ${other.task}`) ?? [];
    const shared = task.locks.filter((lock) => theirs.includes(lock));
    if (shared.length > 0) bad(`beside ${other.run} ${other.task}, which holds ${shared.join()}`);
  }

  #order(task: PlannedTask, bad: (what: string) => void): void {
    for (const other of this.#spec.plan.tasks) {
      const needed = task.needs.includes(other.id);
      const earlier = other.stage >= 0 && (task.stage < 0 || (!task.ignoresBarrier && other.stage < task.stage));
      if (!needed && !earlier) continue;
      const terminal = this.#tasks.get(other.id)?.terminal;
      if (terminal === undefined) bad(`before ${other.id} had ended`);
      else if (task.stage >= 0 && !isWell(terminal, other.allowFailure))
        bad(`although ${other.id} ended as ${terminal}`);
    }
  }

  #given({ parameters }: Process, bad: (what: string) => void): void {
    for (const [need, token] of Object.entries(parameters)) {
      if (need === 'message') continue;
      const view = this.#tasks.get(need);
      if (view?.token !== token) bad(`with ${JSON.stringify(token)} of ${need}, which gave ${view?.token}`);
    }
  }

  #view(task: string): TaskView {
    let view = this.#tasks.get(task);
    if (view === undefined) {
      view = {
        terminal: undefined,
        token: undefined,
        openAttempt: undefined,
        lastAttempt: 0,
        undone: false,
        takenOver: undefined,
      };
      this.#tasks.set(task, view);
    }
    return view;
  }

  /** @param live it is written now; otherwise it was there when the supervisor began */
  #apply(event: RunEvent, live: boolean): void {
    if (event.seq !== this.#seq + 1) this.says(`number ${event.seq} follows ${this.#seq}`);
    this.#seq = event.seq;
    if (live && this.#finished !== undefined) this.says(`${event.type} was written after the end of the run`);
    switch (event.type) {
      case 'run.started':
        if (live && this.#opened) this.says('it was started a second time');
        this.#opened = true;
        break;
      case 'run.resumed':
        this.#reset(event.reset);
        break;
      case 'run.cancelling':
        this.#cancelling = { force: event.force || this.#cancelling?.force === true };
        break;
      case 'run.finished':
        if (live) this.#finished = event.status;
        if (event.durationMs < 0) this.says(`the run took ${event.durationMs} ms`);
        break;
      case 'task.started':
        this.#started(event.task, event.attempt);
        break;
      case 'task.adopted':
        this.#adopted(event.task, event.attempt);
        break;
      case 'task.retrying':
        this.#closed(event.task, event.attempt, event.type);
        if (event.durationMs < 0) this.says(`${event.task} took ${event.durationMs} ms`);
        break;
      case 'task.finished':
        this.#ended(event, live);
        break;
      case 'task.rolling_back':
        this.#view(event.task).undone = true;
        break;
      case 'task.rolled_back':
        this.#view(event.task).undone = event.ok;
        if (!event.ok) this.#notUndone.add(event.task);
        break;
      default:
        break;
    }
  }

  /** A resume takes up what had not succeeded or was undone, what was built on that, and nothing else. */
  #reset(reset: readonly string[]): void {
    const undone = new Set<string>();
    for (const task of this.#spec.plan.tasks) {
      const view = this.#view(task.id);
      if (this.#repeats.has(task.id)) undone.add(task.id);
      if (view.undone || task.needs.some((need) => undone.has(need))) undone.add(task.id);
      const stays = view.terminal === 'succeeded' && !undone.has(task.id);
      if (stays && reset.includes(task.id)) this.says(`${task.id} had succeeded and is reset`);
      view.openAttempt = undefined;
      if (!reset.includes(task.id)) continue;
      view.terminal = undefined;
      view.undone = false;
      if (undone.has(task.id)) this.#sure.delete(task.id);
    }
  }

  #started(task: string, attempt: number): void {
    const view = this.#view(task);
    if (view.terminal !== undefined) this.says(`attempt ${attempt} of ${task} begins after its end`);
    // Of what was taken over, the end may be beyond knowing; the next attempt says so.
    if (view.openAttempt !== undefined && view.openAttempt !== view.takenOver)
      this.says(`attempt ${attempt} of ${task} begins while ${view.openAttempt} is open`);
    if (attempt !== view.lastAttempt + 1) this.says(`attempt ${attempt} of ${task} follows ${view.lastAttempt}`);
    view.openAttempt = attempt;
    view.lastAttempt = attempt;
  }

  /** An attempt of a dead supervisor goes on under this one. */
  #adopted(task: string, attempt: number): void {
    const view = this.#view(task);
    if (view.terminal !== undefined) this.says(`attempt ${attempt} of ${task} is taken over after its end`);
    // A power cut may have taken the line that it began, and left the word of how it ended.
    if (view.openAttempt !== undefined || (attempt !== view.lastAttempt && attempt !== view.lastAttempt + 1)) {
      this.says(`attempt ${attempt} of ${task} is taken over, the last one was ${view.lastAttempt}`);
    }
    view.openAttempt = attempt;
    view.lastAttempt = attempt;
    view.takenOver = attempt;
    if (this.#onceApproved.has(task)) this.#approved.add(task); // it was begun with that answer
  }

  #closed(task: string, attempt: number, by: string): void {
    const view = this.#view(task);
    if (view.openAttempt !== attempt) this.says(`${by} of attempt ${attempt} of ${task}, open is ${view.openAttempt}`);
    view.openAttempt = undefined;
  }

  #ended(event: Extract<RunEvent, { type: 'task.finished' }>, live: boolean): void {
    const { task: id, attempt, status, outputs } = event;
    const view = this.#view(id);
    const task = this.#byId.get(id);
    if (view.terminal !== undefined) this.says(`${id} ended as ${status} after it had ended as ${view.terminal}`);
    const open = view.openAttempt;
    if (open !== undefined && attempt !== open) this.says(`${id} ended as attempt ${attempt}, open is ${open}`);
    view.openAttempt = undefined;
    view.terminal = status;
    view.token = typeof outputs['token'] === 'string' ? outputs['token'] : undefined;
    if (event.durationMs < 0) this.says(`${id} took ${event.durationMs} ms`);
    if (status !== 'succeeded' || task === undefined || !live) return;
    if (task.type === 'asking') {
      if (!this.#approved.has(id)) this.says(`${id} succeeded without an answer`);
    } else if (event.reason?.startsWith('its effect was found') === true) {
      // A probe sees that the effect is there, not whose it is.
      if (![...this.#succeeded].some((one) => one.startsWith(`${id} `))) this.says(`${id} had no effect to be found`);
    } else if (!this.#succeeded.has(`${id} ${attempt}`))
      this.says(`${id} attempt ${attempt} is told as a success and was none`);
    else if (view.token !== undefined && view.token !== this.#tokens.get(`${id} ${attempt}`)) {
      this.says(`${id} gave ${this.#tokens.get(`${id} ${attempt}`)} and ${view.token} was kept`);
    }
  }
}

const canBeUndone = ({ type, rollback }: PlannedTask): boolean => rollback !== undefined || type === 'hosted';

/** The locks of every task of the scenario by `run task`. */
export const locksOf = new Map<string, readonly string[]>();

export const isWell = (outcome: TaskOutcome, allowed: boolean): boolean =>
  outcome === 'succeeded' || outcome === 'cached' || outcome === 'skipped' || (allowed && outcome !== 'cancelled');

/** The whole lines of a text, each with where it ends. */
function linesOf(text: string): { end: number; event: RunEvent }[] {
  const found: { end: number; event: RunEvent }[] = [];
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    found.push({ end: end + 1, event: JSON.parse(text.slice(start + 9, end)) as RunEvent });
    start = end + 1;
  }
  return found;
}
