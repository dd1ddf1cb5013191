/**
 * The machine below the engine, invented: processes that run for a while and end as their behaviour says, whoever started them. It is
 * the witness: it knows what really ran, and when, whatever the journal says.
 */
import { writeFileSync } from 'node:fs';
import type { ProcessIdentity } from '../../../src/core/process.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { failure } from '../../../src/core/failure.ts';
import type { HostReply, HostRequest } from '../../../src/engine/host-protocol.ts';
import type { Machine } from '../../../src/platform/machine.ts';
import type { EndOptions, Tree } from '../../../src/platform/processes.ts';
import type { Ended, LaunchRequest, Running } from '../../../src/platform/spawn.ts';
import type { Life } from './life.ts';
import { Random } from './random.ts';
import type { Behaviour } from './scenario.ts';
import type { VirtualTime } from './virtual-time.ts';

export interface Process {
  readonly pid: number;
  readonly identity: ProcessIdentity;
  readonly marker: string;
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  readonly action: 'run' | 'rollback' | 'probe';
  readonly life: Life;
  readonly startedAt: number;
  readonly parameters: JsonObject;
  /** Where a task host leaves its answer when its supervisor is dead. */
  readonly record: string | undefined;
  /** What it gives, if it succeeds. */
  readonly token: string;
  ended: Ended | undefined;
}

/** Told what really happens, as it happens. */
export interface Witness {
  begins(process: Process): void;
  ends(process: Process): void;
}

export class World {
  readonly time: VirtualTime;
  readonly living = new Map<number, Process>();
  readonly #seed: number;
  readonly #supervisors = new Map<number, ProcessIdentity>();
  readonly #behaviours: ReadonlyMap<string, ReadonlyMap<string, Behaviour>>;
  readonly #witness: Witness;
  /** Effects by `run task`: what a probe would find. */
  readonly #effects = new Set<string>();
  readonly #notes = new Map<number, (ended: Ended) => void>();
  #pid = 100;
  #boot = 1;
  spawns = 0;
  spawnFailures = 0;

  constructor(
    seed: number,
    time: VirtualTime,
    behaviours: ReadonlyMap<string, ReadonlyMap<string, Behaviour>>,
    witness: Witness,
  ) {
    this.#seed = seed;
    this.time = time;
    this.#behaviours = behaviours;
    this.#witness = witness;
  }

  /** A supervisor comes to be. */
  supervisor(): { pid: number; machine: (life: Life) => Machine } {
    const identity = this.#identity();
    this.#supervisors.set(identity.pid, identity);
    return { pid: identity.pid, machine: (life) => this.#machine(life, identity) };
  }

  supervisorGone(pid: number): void {
    this.#supervisors.delete(pid);
  }

  /** Every process is gone, and numbers are given out anew. */
  powerCut(): void {
    for (const process of this.living.values()) process.ended = { kind: 'exited', exitCode: null, signal: 'power' };
    this.living.clear();
    this.#supervisors.clear();
    this.#pid = 100;
    this.#boot++;
  }

  #machine(life: Life, self: ProcessIdentity): Machine {
    const bootId = self.bootId;
    return {
      pid: self.pid,
      bootId,
      launch: (request) => this.#launch(life, request),
      endTree: (tree, options) => this.#endTree(tree, options),
      identityOf: (pid) => this.#supervisors.get(pid) ?? this.living.get(pid)?.identity,
      isAlive: ({ pid, startTime, bootId: boot }) => {
        const now = this.#supervisors.get(pid) ?? this.living.get(pid)?.identity;
        return now?.startTime === startTime && boot === now.bootId;
      },
      findBash: () => undefined,
      makeCgroup: () => undefined,
    };
  }

  get #bootId(): string {
    return `boot ${this.#boot}`;
  }

  #identity(): ProcessIdentity {
    const pid = this.#pid++;
    return { pid, startTime: `${this.#boot}.${this.time.now}`, bootId: this.#bootId };
  }

  #launch(life: Life, request: LaunchRequest): Running {
    const { marker } = request;
    const never = new Promise<never>(() => undefined);
    if (life.dead) return { tree: { marker }, pid: never, ended: never };
    this.spawns++;
    if (life.spawnFails()) {
      this.spawnFailures++;
      const why = failure('io', 'Could not start it: the system has no room for another process.');
      return {
        tree: { marker },
        pid: Promise.resolve(undefined),
        ended: Promise.resolve({ kind: 'not-started', failure: why }),
      };
    }
    const process = this.#process(life, request);
    life.happens('process begins');
    if (isDead(life)) return { tree: { marker }, pid: never, ended: never };
    const ended = new Promise<Ended>((resolve) => this.#notes.set(process.pid, resolve));
    return { tree: { marker, group: process.pid }, pid: Promise.resolve(process.pid), ended };
  }

  #process(life: Life, request: LaunchRequest): Process {
    const [run = '', task = '', attempt = ''] = splitMarker(request.marker);
    const hosted = request.args.includes('__task-host') ? (JSON.parse(request.stdin ?? '') as HostRequest) : undefined;
    const action = hosted === undefined ? (request.program === WORK ? 'run' : 'rollback') : actionOf(hosted);
    const identity = this.#identity();
    const process: Process = {
      pid: identity.pid,
      identity,
      marker: request.marker,
      run,
      task,
      attempt: Number(attempt),
      action,
      life,
      startedAt: this.time.now,
      parameters: hosted?.parameters ?? (action === 'run' ? (JSON.parse(request.args[0] ?? '') as JsonObject) : {}),
      record: hosted?.record,
      token: `${task}#${attempt}@${identity.startTime}.${identity.pid}`,
      ended: undefined,
    };
    this.living.set(process.pid, process);
    this.#witness.begins(process);
    const { ms, exitCode } = this.#behaves(process);
    if (ms !== Infinity) {
      this.time.after(ms, () => {
        if (process.ended === undefined) this.#exits(process, { kind: 'exited', exitCode, signal: null }, request);
      });
    }
    return process;
  }

  #behaves({ run, task, attempt, action }: Process): { ms: number; exitCode: number } {
    const behaviour = this.#behaviours.get(run)?.get(task);
    if (behaviour === undefined) throw new Error(`no behaviour of ${run} ${task}`);
    const random = new Random(this.#seed, run, task, attempt, action);
    const ms = random.int(behaviour.minMs, behaviour.maxMs);
    if (action !== 'run' || attempt > behaviour.failsFirst) return { ms, exitCode: 0 };
    return behaviour.hangs && random.chance(0.3) ? { ms: 5000, exitCode: 1 } : { ms, exitCode: random.int(1, 3) };
  }

  #exits(process: Process, ended: Ended, request?: LaunchRequest): void {
    const { life, run, task, token, action } = process;
    const well = ended.kind === 'exited' && ended.exitCode === 0;
    process.ended = ended;
    this.living.delete(process.pid);
    if (well && action === 'run') this.#effects.add(`${run} ${task}`);
    if (well && action === 'rollback') this.#effects.delete(`${run} ${task}`);
    if (request !== undefined && action === 'run' && well && request.onChannelLine === undefined) {
      writeFileSync(request.env['CODE_OUTPUT'] ?? '', `token=${token}\n`);
    }
    this.#witness.ends(process);
    life.happens('process ends');
    const reply = request?.onChannelLine === undefined ? undefined : JSON.stringify(this.#reply(process, well));
    if (life.dead) {
      const hasPower = process.identity.bootId === this.#bootId;
      if (hasPower && reply !== undefined && process.record !== undefined) leaveWord(process.record, reply);
      return;
    }
    if (reply !== undefined) request?.onChannelLine?.(reply);
    this.#notes.get(process.pid)?.(ended);
    this.#notes.delete(process.pid);
  }

  #reply({ action, run, task, token }: Process, well: boolean): HostReply {
    if (action === 'probe') return { kind: 'probe', answer: this.#effects.has(`${run} ${task}`) ? 'done' : 'not-done' };
    if (!well) return { kind: 'failed', failure: failure('tool', 'It said no.') };
    return action === 'rollback' ? { kind: 'done' } : { kind: 'outputs', outputs: { token } };
  }

  async #endTree(tree: Tree, { graceMs, force }: EndOptions): Promise<number[]> {
    const mine = [...this.living.values()].filter(({ marker, pid }) => marker === tree.marker || pid === tree.group);
    const alive = (): boolean => mine.some(({ ended }) => ended === undefined);
    for (const process of mine) {
      const behaviour = this.#behaviours.get(process.run)?.get(process.task);
      if (behaviour?.stubborn === true) continue;
      this.time.after(1 + (process.pid % 40), () => this.#ends(process, 'SIGTERM'));
    }
    const asked = this.time.now;
    while (alive() && this.time.now - asked < graceMs && force?.aborted !== true) await pause(5, force);
    for (const process of mine) this.#ends(process, 'SIGKILL');
    return [];
  }

  #ends(process: Process, signal: string): void {
    if (process.ended === undefined) this.#exits(process, { kind: 'exited', exitCode: null, signal });
  }
}

/** Whoever makes the file first decides how the attempt ended. */
function leaveWord(file: string, reply: string): void {
  try {
    writeFileSync(file, `${reply}\n`, { flag: 'wx' });
  } catch {
    // a resume has decided already
  }
}

/** Asked anew: it may have died meanwhile. */
const isDead = (life: Life): boolean => life.dead;

/** The program of tasks of the type `command`; what else is started is the text of a rollback. */
export const WORK = 'work';

const actionOf = ({ action }: HostRequest): Process['action'] =>
  action === 'probe' || action === 'rollback' ? action : 'run';

/** `RUN/TASK/ATTEMPT`; a task's name may hold anything but a slash. */
const splitMarker = (marker: string): string[] => marker.split('/');

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      signal?.removeEventListener('abort', done);
      resolve();
    };
    setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
