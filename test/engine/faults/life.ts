/** One supervisor in the harness, from its start to its end or death: the engine's own run on an invented machine. */
import type { Plan } from '../../../src/graph/plan.ts';
import type { AnyTaskType } from '../../../src/core/task-type.ts';
import { Journal } from '../../../src/engine/journal.ts';
import { readBefore } from '../../../src/engine/resume.ts';
import { answer, makeRun, NOTHING_BEFORE, type Seat } from '../../../src/engine/supervisor.ts';
import type { RunOptions } from '../../../src/engine/options.ts';
import type { TaskRuntime } from '../../../src/engine/task-runtime.ts';
import type { Machine } from '../../../src/platform/machine.ts';
import type { RunEvent } from '../../../src/run/events.ts';
import type { RunLayout } from '../../../src/run/layout.ts';
import type { Disk } from './disk.ts';
import type { Fault, Moment } from './scenario.ts';

type FaultOf<K extends Fault['kind']> = Extract<Fault, { kind: K }>;

export class Life {
  dead = false;
  /** It ended by itself; what it says about that. */
  ended: 'finished' | 'refused' | undefined;
  readonly run: string;
  readonly number: number;
  readonly seat: Seat = {};
  readonly #faults: readonly Fault[];
  readonly #onDeath: (fault: FaultOf<'kill' | 'power cut'>, at: Moment) => void;
  readonly #counts = new Map<Moment, number>();
  #spawns = 0;
  struck = 0;

  constructor(
    run: string,
    number: number,
    faults: readonly Fault[],
    onDeath: (fault: FaultOf<'kill' | 'power cut'>, at: Moment) => void,
  ) {
    this.run = run;
    this.number = number;
    this.#faults = faults;
    this.#onDeath = onDeath;
  }

  fault<K extends Fault['kind']>(kind: K): FaultOf<K> | undefined {
    return this.faults(kind)[0];
  }

  faults<K extends Fault['kind']>(kind: K): FaultOf<K>[] {
    return this.#faults.filter((fault): fault is FaultOf<K> => fault.kind === kind);
  }

  /** Counts moments; at the one that a fault names, this supervisor dies. */
  happens(moment: Moment): void {
    if (this.dead || this.ended !== undefined) return;
    const nth = (this.#counts.get(moment) ?? 0) + 1;
    this.#counts.set(moment, nth);
    for (const fault of [...this.faults('kill'), ...this.faults('power cut')]) {
      if (fault.at !== moment || fault.nth !== nth) continue;
      this.struck++;
      this.#onDeath(fault, moment);
      return;
    }
  }

  timer(): void {
    this.happens('timer');
  }

  spawnFails(): boolean {
    this.#spawns++;
    const fault = this.fault('spawn fails');
    return fault !== undefined && this.#spawns >= fault.nth && this.#spawns < fault.nth + fault.times;
  }

  /** What a control socket would be asked. */
  ask(...request: Parameters<typeof answer> extends [Seat, ...infer Rest] ? Rest : never): boolean {
    return answer(this.seat, ...request).ok;
  }
}

export interface Setup {
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly layout: RunLayout;
  readonly workspace: string;
  readonly machine: Machine;
  readonly tasks: TaskRuntime;
  readonly disk: Disk;
  readonly wall: () => number;
  readonly onWritten: (bytes: Buffer, length: number) => void;
  readonly onDurable: (bytes: number) => void;
  readonly onBegin: (events: readonly RunEvent[]) => void;
}

/** What `supervise` does, without its process: folder, socket and signals are tested with real ones. */
export async function live(life: Life, setup: Setup): Promise<void> {
  const { plan, options, layout, workspace, machine, tasks, disk } = setup;
  const runId = life.run;
  const journalOptions = {
    path: layout.journal,
    runId,
    now: () => new Date(setup.wall()),
    onDurable: setup.onDurable,
    onFailure: (why: Parameters<NonNullable<Seat['run']>['abandon']>[0]) => life.seat.run?.abandon(why),
    file: disk.fileFor(life, setup.onWritten),
  };
  const created = Journal.create(journalOptions);
  const opened = created.ok
    ? { ok: true as const, value: { journal: created.value, events: [] } }
    : Journal.reopen(journalOptions);
  if (!opened.ok) throw new Error(opened.failure.message);
  const { journal, events } = opened.value;
  setup.onBegin(events);
  const before = events.length === 0 ? NOTHING_BEFORE : readBefore(events, plan, runId, options, machine);
  const start = { workspace, runId };
  const made = await makeRun({
    workspace,
    plan,
    options,
    runId,
    layout,
    journal,
    tasks,
    start,
    before,
    machine,
    traceEnv: undefined,
  });
  if (!made.ok) {
    life.ended = 'refused';
    return;
  }
  life.seat.run = made.value.run;
  const ending = made.value.run.execute(made.value.first);
  if (life.seat.cancelled !== undefined) made.value.run.cancel(life.seat.cancelled, false);
  await ending;
  delete life.seat.run;
  await journal.close();
  life.ended = 'finished';
}

/** The task types of the harness: a program, a type with a host, a probe and a rollback, and a question to a person. */
export function runtimeOf(types: Readonly<Record<'command' | 'hosted' | 'asking', AnyTaskType>>): TaskRuntime {
  const known = new Map(Object.entries(types));
  return {
    kindOf: (type) => known.get(type)?.execution.kind,
    can: (type, ability) => known.get(type)?.[ability] !== undefined,
    toolOf: () => Promise.resolve(''),
    load: (type) => Promise.resolve(known.get(type)),
    engine: { program: 'the engine', args: [], env: {}, version: '0' },
  };
}
