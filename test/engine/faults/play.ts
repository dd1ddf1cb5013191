/** Plays a scenario to its end: supervisors one after another, until the run has succeeded or cannot, with an oracle for each run. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunOptions } from '../../../src/engine/options.ts';
import type { TaskRuntime } from '../../../src/engine/task-runtime.ts';
import { layoutIn } from '../../../src/run/layout.ts';
import { decodeJournal } from '../../../src/run/journal-format.ts';
import type { RunEvent } from '../../../src/run/events.ts';
import { interrupted, reduceAll } from '../../../src/run/reduce.ts';
import { Disk } from './disk.ts';
import { Life, live } from './life.ts';
import { isWell, locksOf, Oracle } from './oracle.ts';
import { Random } from './random.ts';
import type { Fault, RunSpec, Scenario } from './scenario.ts';
import { as, VirtualTime } from './virtual-time.ts';
import { World } from './world.ts';

export interface Verdict {
  readonly violations: readonly string[];
  /** Of this seed, for the sum. */
  readonly lives: number;
  readonly faults: number;
  readonly processes: number;
  readonly events: number;
}

/** `CODE_FAULT_TRACE=1` shows what every supervisor writes. */
const TRACE = process.env['CODE_FAULT_TRACE'] === '1';
/** So many supervisors one after another are enough for anything that can succeed at all. */
const MOST_LIVES = 25;
/** Virtual milliseconds that one supervisor may take. */
const PATIENCE_MS = 120_000;

export async function play(scenario: Scenario, folder: string, tasks: TaskRuntime): Promise<Verdict> {
  const stage = new Stage(scenario, folder, tasks);
  try {
    return await stage.play();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

class Stage {
  readonly #scenario: Scenario;
  readonly #folder: string;
  readonly #tasks: TaskRuntime;
  readonly #time = new VirtualTime();
  readonly #world: World;
  readonly #troupes: Troupe[];
  readonly #violations: string[] = [];
  #faults = 0;
  #lives = 0;

  constructor(scenario: Scenario, folder: string, tasks: TaskRuntime) {
    this.#scenario = scenario;
    this.#folder = folder;
    this.#tasks = tasks;
    this.#time.install();
    locksOf.clear();
    const { seed, runs } = scenario;
    this.#troupes = runs.map((spec, i) => {
      const runId = `20260101-000000-00000${i}`;
      const layout = layoutIn(`${folder}/.code`, runId);
      for (const made of [layout.logs, layout.state]) mkdirSync(made, { recursive: true });
      for (const { id, locks } of spec.plan.tasks) locksOf.set(`${runId} ${id}`, locks);
      const disk = new Disk(layout.journal, this.#time, new Random(seed, 'disk', i));
      return {
        runId,
        spec,
        layout,
        disk,
        oracle: new Oracle(runId, spec, disk),
        life: undefined,
        gone: () => undefined,
      };
    });
    const oracleOf = (run: string): Oracle | undefined => this.#troupes.find(({ runId }) => runId === run)?.oracle;
    this.#world = new World(seed, this.#time, new Map(this.#troupes.map((t) => [t.runId, t.spec.behaviours])), {
      begins: (process) => oracleOf(process.run)?.begun(process, this.#world.living.values()),
      ends: (process) => oracleOf(process.run)?.ends(process),
    });
  }

  async play(): Promise<Verdict> {
    const sagas = this.#troupes.map((troupe, i) => this.#saga(troupe, i));
    let over = false;
    void Promise.allSettled(sagas).then((ends) => {
      over = true;
      for (const end of ends)
        if (end.status === 'rejected')
          this.#violations.push(`the engine threw: ${String((end.reason as Error).stack)}`);
    });
    if (!(await this.#time.until(() => over, MOST_LIVES * PATIENCE_MS))) {
      const stuck = this.#troupes.filter(({ life }) => life !== undefined && life.ended === undefined && !life.dead);
      this.#violations.push(
        `nothing happens any more in ${stuck.map(({ runId, life }) => `${runId} life ${life?.number}`).join()}`,
      );
    }
    return {
      violations: [...this.#violations, ...this.#troupes.flatMap(({ oracle }) => oracle.violations)],
      lives: this.#lives,
      faults: this.#faults,
      processes: this.#world.spawns,
      events: this.#troupes.reduce((sum, { disk }) => sum + decodeJournal(disk.bytes()).events.length, 0),
    };
  }

  async #saga(troupe: Troupe, index: number): Promise<void> {
    const { oracle, spec } = troupe;
    await this.#show(troupe, index);
    const encore = this.#scenario.encores[index];
    if (oracle.finished !== 'succeeded' || oracle.violations.length > 0 || encore === undefined) return;
    if (encore.kind === 'again') {
      const { task, alone, faults } = encore;
      oracle.mayRepeat(task, alone);
      await this.#encore(troupe, { ...spec.options, reset: [task], resetAlone: alone }, faults, spec.options);
    } else if (encore.kind === 'undo') {
      const undo = { ...spec.options, rollbackOnly: true, onUnknown: 'fail' as const };
      await this.#encore(troupe, undo, encore.faults, undo);
      oracle.allUndone();
    }
  }

  /** @param then the options of further lives, if the first is cut short */
  async #encore(troupe: Troupe, options: RunOptions, faults: readonly Fault[], then: RunOptions): Promise<void> {
    for (let number = 100; number < 100 + MOST_LIVES && troupe.oracle.violations.length === 0; number++) {
      const first = number === 100;
      const life = await this.#live(troupe, number, first ? faults : [], first ? options : then);
      if (life.ended === 'finished') this.#afterEnd(troupe, first ? faults : []);
      else this.#afterDeath(troupe);
      // Cancelled is how an undoing ends; what was begun again may end in any way.
      if (troupe.oracle.finished !== undefined && (!first || faults.length === 0)) return;
      await new Promise<void>((resolve) => this.#time.after(20, resolve));
    }
  }

  /** One run: supervisor after supervisor. */
  async #show(troupe: Troupe, index: number): Promise<void> {
    const { oracle, spec } = troupe;
    for (let number = 0; number < MOST_LIVES; number++) {
      const faults = this.#scenario.faults[index]?.[number] ?? [];
      const life = await this.#live(troupe, number, faults, spec.options);
      if (oracle.violations.length > 0) return;
      if (life.ended === 'finished') this.#afterEnd(troupe, faults);
      else this.#afterDeath(troupe);
      if (oracle.finished === 'succeeded' || oracle.violations.length > 0) return;
      const calm = number >= (this.#scenario.faults[index]?.length ?? 0);
      if (calm && life.ended === 'finished' && !canSucceed(spec, this.#scenario)) return;
      await new Promise<void>((resolve) => this.#time.after(20, resolve));
    }
    if (canSucceed(spec, this.#scenario)) oracle.says(`it never succeeds: ${this.#state(troupe)}`);
  }

  async #live(troupe: Troupe, number: number, faults: readonly Fault[], options: RunOptions): Promise<Life> {
    const { runId, spec, layout, disk, oracle } = troupe;
    this.#lives++;
    const { pid, machine } = this.#world.supervisor();
    const life = new Life(runId, number, faults, (fault, at) => {
      oracle.settle();
      if (fault.kind === 'kill') this.#kill(troupe, pid, at === 'write' ? fault.tear : 0);
      else this.#powerCut(fault.lost);
    });
    troupe.life = life;
    this.#plague(life, faults);
    const gone = new Promise<void>((resolve) => (troupe.gone = resolve));
    const working = as(life, () =>
      live(life, {
        plan: spec.plan,
        options,
        layout,
        workspace: this.#folder,
        machine: machine(life),
        tasks: this.#tasks,
        disk,
        wall: () => this.#time.wall,
        onWritten: (bytes, length) => {
          for (const event of oracle.written(bytes, length)) {
            if (TRACE) this.#trace(troupe, event);
            this.#person(troupe, event);
          }
        },
        onDurable: (bytes) => oracle.shown(bytes),
        onBegin: (events) => oracle.begins(events),
      }),
    );
    await Promise.race([working, gone]);
    if (!life.dead) this.#world.supervisorGone(pid);
    this.#faults += faults.filter(({ kind }) => kind !== 'kill' && kind !== 'power cut').length + life.struck;
    return life;
  }

  #kill(troupe: Troupe, pid: number, tear: number): void {
    if (troupe.life !== undefined) troupe.life.dead = true;
    troupe.disk.killed(tear > 0, tear);
    this.#world.supervisorGone(pid);
    troupe.gone();
  }

  #powerCut(lost: number): void {
    for (const troupe of this.#troupes) {
      troupe.oracle.settle();
      if (troupe.life !== undefined && troupe.life.ended === undefined) troupe.life.dead = true;
      troupe.disk.powerCut(lost);
    }
    this.#world.powerCut();
    for (const { gone } of this.#troupes) gone();
  }

  /** What strikes at a time rather than at a moment. */
  #plague(life: Life, faults: readonly Fault[]): void {
    for (const fault of faults) {
      if (fault.kind === 'clock jumps') this.#time.after(fault.atMs, () => (this.#time.skew += fault.byMs));
      if (fault.kind !== 'cancel') continue;
      for (let i = 0; i < fault.times; i++) {
        this.#time.after(fault.atMs + 40 * i, () => {
          if (!life.dead && life.ended === undefined)
            as(life, () => life.ask('cancel', { by: 'harness', force: fault.force }));
        });
      }
    }
  }

  /** Somebody who answers what the run asks: late, sometimes about something else first, sometimes twice, sometimes with no. */
  #person(troupe: Troupe, event: { type: string; task?: string; on?: unknown; seq: number }): void {
    const on = event.on as { kind: string; digest: string } | undefined;
    const { task } = event;
    if (event.type !== 'task.waiting' || on?.kind !== 'approval' || task === undefined) return;
    const random = new Random(this.#scenario.seed, troupe.runId, 'person', event.seq);
    const approved = random.int(1, 100) > this.#scenario.refusals;
    const say = (digest: string): boolean => {
      const { life } = troupe;
      if (life === undefined || life.dead || life.ended !== undefined) return false;
      return as(life, () => life.ask('approve', { task, approved, by: 'harness', digest }));
    };
    const wait = random.int(1, 400);
    if (random.chance(0.3)) {
      this.#time.after(wait, () => {
        if (say('something else')) troupe.oracle.says(`${task} took an answer to something else`);
      });
    }
    this.#time.after(wait + 1, () => {
      // The run may act on it before the call is back.
      if (approved) troupe.oracle.approved(task);
      say(on.digest);
    });
    if (random.chance(0.3)) this.#time.after(wait + 2, () => void say(on.digest));
  }

  #trace({ runId, life }: Troupe, event: RunEvent): void {
    const { v: _v, runId: _run, time: _time, ...told } = event;
    const shown = JSON.stringify({ ...told, plan: undefined, supervisor: undefined });
    process.stderr.write(`${runId.slice(-1)} life ${life?.number} ${Math.round(this.#time.now)} ms: ${shown}\n`);
  }

  #afterEnd(troupe: Troupe, faults: readonly Fault[]): void {
    const { oracle, runId, disk } = troupe;
    const left = [...this.#world.living.values()].filter(({ run }) => run === runId);
    if (left.length > 0) oracle.says(`${left.map(({ marker }) => marker).join()} are left after the end`);
    const unwritable = faults.some(({ kind }) => kind === 'sync fails' || kind === 'disk full');
    if (oracle.finished === undefined) {
      if (!unwritable) oracle.says('it ended without saying how');
      return;
    }
    const { events, damaged, tornBytes } = decodeJournal(disk.bytes());
    if (damaged.length + tornBytes > 0) oracle.says(`its journal is damaged: ${damaged.join()} ${tornBytes}`);
    const state = reduceAll(events);
    if (state.ignored > 0) oracle.says(`its own fold ignores ${state.ignored} events`);
    if (state.status !== oracle.finished) oracle.says(`the fold says ${state.status}, the journal ${oracle.finished}`);
    for (const { id, allowFailure, when } of troupe.spec.plan.tasks) {
      const view = oracle.tasks.get(id);
      if (view?.terminal === undefined) oracle.says(`${id} has no end`);
      if (state.tasks.get(id)?.status !== view?.terminal)
        oracle.says(`the fold says ${id} ${state.tasks.get(id)?.status}, it is ${view?.terminal}`);
      if (oracle.finished !== 'succeeded' || view?.terminal === undefined) continue;
      if (!isWell(view.terminal, allowFailure)) oracle.says(`the run succeeded and ${id} ${view.terminal}`);
      if (view.terminal === 'skipped' && when === undefined) oracle.says(`${id} was skipped without a condition`);
    }
  }

  /** A run whose supervisor is dead is told as interrupted, unless its end is on the disk. */
  #afterDeath({ disk, oracle }: Troupe): void {
    const { events } = decodeJournal(disk.bytes());
    const state = interrupted(reduceAll(events));
    const last = events.findLast(
      ({ type }) => type === 'run.finished' || type === 'run.resumed' || type === 'run.started',
    );
    oracle.died(last);
    const expected = last?.type === 'run.finished' ? last.status : 'interrupted';
    if (state.status !== expected) oracle.says(`after its death it is told as ${state.status}, not ${expected}`);
    for (const { status, summary } of state.tasks.values()) {
      if (status === 'running' || status === 'awaiting_approval')
        oracle.says(`${summary.task} is told as ${status} by a dead run`);
    }
  }

  #state({ layout, oracle }: Troupe): string {
    const open = [...oracle.tasks].map(([id, { terminal }]) => `${id} ${terminal}`).join(', ');
    return `${oracle.finished}; ${open}; ${readFileSync(layout.journal, 'utf8').split('\n').slice(-4).join(' ')}`;
  }
}

interface Troupe {
  readonly runId: string;
  readonly spec: RunSpec;
  readonly layout: ReturnType<typeof layoutIn>;
  readonly disk: Disk;
  readonly oracle: Oracle;
  life: Life | undefined;
  gone: () => void;
}

/** Nothing in the workflow itself keeps it from succeeding, if it is only resumed often enough. */
function canSucceed({ plan, behaviours }: RunSpec, { refusals }: Scenario): boolean {
  return (
    refusals === 0 &&
    plan.tasks.every(({ id, allowFailure }) => allowFailure || behaviours.get(id)?.failsFirst !== Infinity)
  );
}

export const scratch = (root: string, seed: number): string => join(root, `seed-${seed}`);
