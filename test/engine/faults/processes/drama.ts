/** One run of real processes: started in one of the ways there are, struck, resumed until it has succeeded, and judged. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RelayClient } from '../../../../scripts/soak/relay.ts';
import { attachRun, launchRun, listRuns, resumeRun, type RunHandle } from '../../../../src/engine/client.ts';
import { layoutOf } from '../../../../src/engine/place.ts';
import { userDirs } from '../../../../src/platform/dirs.ts';
import { isAlive } from '../../../../src/platform/processes.ts';
import type { RunEvent } from '../../../../src/run/events.ts';
import { planFrom, until } from '../../plans.ts';
import { Random } from '../random.ts';
import { judge, processesOf } from './judge.ts';
import { mountSmall, strike, STRIKES, unmount, type Strike } from './strike.ts';
import { FAKE_FALCO, realWorkflow, SECRET, type RealWorkflow } from './workflow.ts';

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly supervisors: number;
  readonly strikes: readonly Strike[];
  readonly processes: number;
}

export interface Theatre {
  /** A folder for this run alone. */
  readonly folder: string;
  /** The command line. */
  readonly cli: string;
  readonly mayMount: boolean;
}

const MOST_LIVES = 12;

export async function drama(seed: number, theatre: Theatre): Promise<Outcome> {
  const random = new Random(seed, 'processes');
  const small = theatre.mayMount && random.chance(0.1);
  const root = join(theatre.folder, 'workspace');
  mkdirSync(root, { recursive: true });
  if (small && !mountSmall(root, 2048)) throw new Error(`${root} cannot be mounted`);
  const act = new Act(random, theatre, root, small);
  try {
    return { seed, ...(await act.play()) };
  } catch (error) {
    return { seed, violations: [error instanceof Error ? error.message : String(error)], ...act.figures };
  } finally {
    act.close();
    if (small) unmount(root);
  }
}

class Act {
  readonly #random: Random;
  readonly #theatre: Theatre;
  readonly #root: string;
  readonly #workflow: RealWorkflow;
  readonly #env: Record<string, string>;
  readonly #strikes: Strike[] = [];
  readonly #planned: Strike[];
  #supervisors = 0;
  #watcher: ChildProcess | undefined;
  #relay: RelayClient | undefined;
  /** What struck the present supervisor. */
  #hit: Strike | undefined;
  /** The last event that a relay showed that was started in the middle. */
  #shown: number | undefined;

  constructor(random: Random, theatre: Theatre, root: string, small: boolean) {
    this.#random = random;
    this.#theatre = theatre;
    this.#root = root;
    this.#workflow = realWorkflow(random);
    const strikes = Array.from({ length: random.int(1, 4) }, () => random.pick(STRIKES));
    this.#planned = small ? ['fill disk', ...strikes.slice(1)] : strikes;
    const bin = join(theatre.folder, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, 'falco'), FAKE_FALCO);
    chmodSync(join(bin, 'falco'), 0o755);
    writeFileSync(join(root, 'rules.yaml'), '- rule: none\n');
    writeFileSync(join(theatre.folder, 'ledger'), '');
    this.#env = {
      ...(process.env as Record<string, string>),
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
      LEDGER: join(theatre.folder, 'ledger'),
      HARNESS_SECRET: SECRET,
    };
  }

  get figures(): Pick<Outcome, 'supervisors' | 'strikes' | 'processes'> {
    const ledger = join(this.#theatre.folder, 'ledger');
    const processes = existsSync(ledger) ? readFileSync(ledger, 'utf8').split('begin ').length - 1 : 0;
    return { supervisors: this.#supervisors, strikes: this.#strikes, processes };
  }

  async play(): Promise<Omit<Outcome, 'seed'>> {
    let handle = await this.#start();
    const { runId } = handle;
    const layout = layoutOf(this.#root, runId);
    for (let life = 0; ; life++) {
      this.#supervisors++;
      const events = await this.#follow(handle, this.#planned[life]);
      handle.detach();
      await this.#gone(layout.control);
      rmSync(join(this.#root, 'ballast'), { force: true });
      const last = events.at(-1);
      if (last?.type === 'run.finished' && last.status === 'succeeded') break;
      if (life === MOST_LIVES) throw new Error(`${runId} never succeeds: ${JSON.stringify(events.slice(-3))}`);
      handle = await this.#resume(runId);
    }
    await until(() => processesOf(runId).length === 0, `no process of ${runId} is left`, 5000);
    const ledger = readFileSync(join(this.#theatre.folder, 'ledger'), 'utf8');
    // A supervisor lets go of the run first and tidies up after that.
    // One that was killed between its last word and its leaving cannot: the next one that ends does.
    const violations = judge(this.#workflow, layout, runId, ledger);
    if (this.#hit === 'kill supervisor') return { violations, ...this.figures };
    for (const file of readdirSync(layout.folder)) if (/\.tmp$|^control/.test(file)) violations.push(`${file} is left`);
    await until(
      () => !readdirSync(userDirs().runtime).some((name) => name.startsWith(runId)),
      'no socket is left',
      10_000,
    );
    return { violations, ...this.figures };
  }

  async #start(): Promise<RunHandle> {
    const plan = await planFrom(this.#root, this.#workflow.yaml);
    const file = join(this.#root, 'test.code.yaml');
    switch (this.#random.pick(['engine', 'engine', 'command line', 'relay'])) {
      case 'command line':
        this.#watcher = spawn(process.execPath, [this.#theatre.cli, 'run', '--json', file], {
          cwd: this.#root,
          env: this.#env,
          stdio: 'ignore',
        });
        await until(() => listRuns(this.#root).length > 0, 'the command line has started the run');
        return this.#attach(listRuns(this.#root)[0]?.runId ?? '');
      case 'relay': {
        this.#relay = new RelayClient(this.#theatre.cli, this.#root, this.#env);
        this.#watcher = this.#relay.child;
        const { runId } = await this.#relay.ask('runs/start', { file, workspace: this.#root });
        return this.#attach(runId);
      }
      default: {
        const launched = await launchRun({
          plan,
          workspace: this.#root,
          options: this.#workflow.options,
          ...this.#engine(),
        });
        if (!launched.ok) throw new Error(launched.failure.message);
        return launched.value;
      }
    }
  }

  #engine(): { env: Record<string, string>; engine: { program: string; args: string[]; env: Record<string, string> } } {
    return { env: this.#env, engine: { program: process.execPath, args: [this.#theatre.cli], env: {} } };
  }

  async #attach(runId: string): Promise<RunHandle> {
    const attached = await attachRun(this.#root, runId);
    if (!attached.ok) throw new Error(attached.failure.message);
    return attached.value;
  }

  async #resume(runId: string): Promise<RunHandle> {
    const { onAlive } = this.#workflow.options;
    const resumed = await resumeRun(this.#root, runId, {
      onUnknown: 'rerun',
      graceMs: 200,
      ...(onAlive === undefined ? {} : { onAlive }),
      ...this.#engine(),
    });
    if (!resumed.ok) throw new Error(`resume: ${resumed.failure.message}`);
    return resumed.value;
  }

  /** All events to where the supervisor ends or dies; strikes on the way. */
  async #follow(handle: RunHandle, what: Strike | undefined): Promise<RunEvent[]> {
    const at = this.#random.int(1, 12);
    const events: RunEvent[] = [];
    let pending: Promise<void> | undefined;
    let fresh = 0;
    this.#hit = undefined;
    for await (const batch of handle.batches()) {
      for (const event of batch) {
        events.push(event);
        if (event.type === 'run.started' || event.type === 'run.resumed') fresh = 0;
        fresh++;
      }
      if (what === undefined || pending !== undefined || fresh < at) continue;
      const { runId } = handle;
      const watcher = this.#watcher?.pid;
      const struck = {
        runId,
        layout: layoutOf(this.#root, runId),
        root: this.#root,
        handle,
        watcher,
        events: [...events],
      };
      pending = strike(what, struck).then(async (hit) => {
        if (hit) this.#strikes.push((this.#hit = what));
        if (hit && what === 'kill watcher' && this.#relay !== undefined) await this.#anotherWindow(runId);
      });
    }
    await pending;
    if (this.#shown !== undefined) {
      await until(() => this.#shown === events.at(-1)?.seq, `a new relay shows event ${events.at(-1)?.seq}`);
      this.#shown = undefined;
    }
    return events;
  }

  /** A window whose relay died starts another and subscribes again. */
  async #anotherWindow(runId: string): Promise<void> {
    this.#relay = new RelayClient(this.#theatre.cli, this.#root, this.#env);
    this.#watcher = this.#relay.child;
    this.#shown = 0;
    await this.#relay.follow(this.#root, runId, 1, (events) => {
      for (const { seq } of events) {
        if (seq !== (this.#shown ?? 0) + 1) throw new Error(`the new relay shows ${seq} after ${this.#shown}`);
        this.#shown = seq;
      }
    });
  }

  /** The supervisor has left, by itself or by force. */
  #gone(control: string): Promise<void> {
    return until(
      () => {
        if (!existsSync(control)) return true;
        const known = JSON.parse(readFileSync(control, 'utf8')) as { supervisor: Parameters<typeof isAlive>[0] };
        return !isAlive(known.supervisor);
      },
      'the supervisor is gone',
      30_000,
    );
  }

  close(): void {
    this.#watcher?.kill('SIGKILL');
  }
}
