/** One lane of the soak: run after run, each of a kind drawn by chance, each with the end that its kind must have. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../src/run/events.ts';
import { layoutOf } from '../../src/engine/place.ts';
import type { RelayClient } from './relay.ts';
import type { Places } from './samples.ts';
import type { Kind } from './workflows.ts';

export interface Lane extends Omit<Places, 'relay'> {
  readonly relay: RelayClient;
  readonly env: NodeJS.ProcessEnv;
  /** Between 0 and 1. */
  readonly random: () => number;
}

/** What is done with a run, how often in a hundred, and how it must end. */
const SCENARIOS = [
  { name: 'watched', kind: 'wide', share: 20, ends: 'succeeded' },
  { name: 'watched', kind: 'graph', share: 20, ends: 'succeeded' },
  { name: 'watched', kind: 'guarded', share: 12, ends: 'succeeded' },
  { name: 'watched', kind: 'secret', share: 8, ends: 'succeeded' },
  { name: 'approved', kind: 'asked', share: 8, ends: 'succeeded' },
  { name: 'mended', kind: 'mended', share: 8, ends: 'succeeded' },
  { name: 'cancelled', kind: 'long', share: 9, ends: 'cancelled' },
  { name: 'forced', kind: 'long', share: 5, ends: 'cancelled' },
  { name: 'killed', kind: 'long', share: 5, ends: 'succeeded' },
  { name: 'killed and asked', kind: 'long', share: 5, ends: 'succeeded' },
] as const satisfies readonly { name: string; kind: Kind; share: number; ends: string }[];

export type ScenarioName = (typeof SCENARIOS)[number]['name'];

export interface Done {
  readonly scenario: ScenarioName;
  readonly kind: Kind;
  /** Supervisors killed. */
  readonly kills: number;
  /** What was wrong, if anything. */
  readonly problem?: string;
}

/** One run to its end. */
export async function oneRun(lane: Lane): Promise<Done> {
  const drawn = lane.random() * 100;
  let sum = 0;
  const scenario = SCENARIOS.find(({ share }) => (sum += share) > drawn) ?? SCENARIOS[0];
  const { name, kind, ends } = scenario;
  const mark = `m${Math.floor(lane.random() * 1e12).toString(36)}`;
  const inputs = kind === 'mended' ? { mark } : {};
  const { workspace, relay } = lane;
  const { runId } = await relay.ask('runs/start', { file: join(workspace, `${kind}.code.yaml`), workspace, inputs });
  const seen = new Seen();
  await relay.follow(workspace, runId, 1, (events) => seen.add(events));
  const kills = await act(lane, name, runId, mark, seen);
  const end = await seen.wait((event) => event.type === 'run.finished');
  relay.forget(runId);
  // Every second window closes its view; the others leave it open, as people do.
  if (lane.random() < 0.5) await relay.ask('runs/unsubscribe', { runId });
  const status = end.type === 'run.finished' ? end.status : '';
  const problem = status === ends ? seen.problem : `${runId} (${kind}, ${name}) ended ${status} instead of ${ends}`;
  return { scenario: name, kind, kills, ...(problem === undefined ? {} : { problem }) };
}

/** @returns how many supervisors were killed */
async function act(lane: Lane, name: ScenarioName, runId: string, mark: string, seen: Seen): Promise<number> {
  const { relay, workspace } = lane;
  const running = (event: RunEvent): boolean => event.type === 'task.process' && event.task === 'long';
  switch (name) {
    case 'watched':
      return 0;
    case 'approved':
      approveAll(lane, runId, seen);
      return 0;
    case 'mended':
      await seen.wait((event) => event.type === 'run.finished');
      writeFileSync(join(workspace, `mended-${mark}`), '');
      seen.forgetEnd();
      await gone(supervisorOf(workspace, runId));
      await relay.ask('runs/resume', { runId, workspace });
      await relay.follow(workspace, runId, seen.last + 1, (events) => seen.add(events));
      return 0;
    case 'cancelled':
      await seen.wait(running);
      await relay.ask('runs/cancel', { runId, workspace });
      return 0;
    case 'forced':
      await seen.wait(running);
      await relay.ask('runs/cancel', { runId, workspace });
      await relay.ask('runs/cancel', { runId, workspace, force: true }).catch(() => undefined); // it may have ended
      return 0;
    case 'killed':
    case 'killed and asked': {
      await seen.wait(running);
      const pid = supervisorOf(workspace, runId);
      if (pid === undefined) throw new Error(`the run ${runId} has no supervisor`);
      process.kill(pid, 'SIGKILL');
      await gone(pid);
      if (name === 'killed') await command(lane, ['runs', 'resume', runId, '--on-unknown', 'rerun', '--detach']);
      else {
        approveAll(lane, runId, seen);
        await relay.ask('runs/resume', { runId, workspace });
      }
      await relay.follow(workspace, runId, seen.last + 1, (events) => seen.add(events));
      return 1;
    }
  }
}

/** Says yes to whatever the run asks: after a crash it may ask about several tasks. */
function approveAll({ relay, workspace }: Lane, runId: string, seen: Seen): void {
  seen.eachQuestion((task, digest) => {
    // A question of a supervisor that was killed meanwhile is asked again by the next.
    relay.ask('runs/approve', { runId, workspace, task, approved: true, digest }).catch(() => undefined);
  });
}

function supervisorOf(workspace: string, runId: string): number | undefined {
  try {
    const control = JSON.parse(readFileSync(layoutOf(workspace, runId).control, 'utf8')) as {
      supervisor?: { pid?: number };
    };
    return control.supervisor?.pid;
  } catch {
    return undefined;
  }
}

async function gone(pid: number | undefined): Promise<void> {
  while (pid !== undefined && existsSync(`/proc/${pid}`)) await new Promise((done) => setTimeout(done, 20));
}

function command({ engine, workspace, env }: Lane, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [engine, ...args], {
    cwd: workspace,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => (code === 0 ? done() : fail(new Error(`${args.join(' ')}: ${said.trim()}`))));
  });
}

/** A kind of scenario must not wait for ever for an event that never comes. */
const PATIENCE_MS = 180_000;

/** The events of one run as the relay tells them. */
class Seen {
  #events: RunEvent[] = [];
  #from = 0;
  #wake: () => void = () => undefined;
  #answer: (task: string, digest: string) => void = () => undefined;
  last = 0;
  /** An event that came twice or was left out. */
  problem: string | undefined;

  add(events: readonly RunEvent[]): void {
    for (const event of events) {
      if (event.seq !== this.last + 1) this.problem ??= `${event.runId}: number ${event.seq} came after ${this.last}`;
      this.last = event.seq;
      this.#events.push(event);
      this.#ask(event);
    }
    this.#wake();
  }

  /** Calls back for every question, those that were asked already too. */
  eachQuestion(answer: (task: string, digest: string) => void): void {
    this.#answer = answer;
    for (const event of this.#events) this.#ask(event);
  }

  #ask(event: RunEvent): void {
    if (event.type === 'task.waiting' && event.on.kind === 'approval') this.#answer(event.task, event.on.digest);
  }

  forgetEnd(): void {
    this.#from = this.#events.length;
  }

  async wait(fits: (event: RunEvent) => boolean): Promise<RunEvent> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = this.#events.slice(this.#from).find(fits);
      if (found !== undefined) return found;
      const left = until - performance.now();
      if (left <= 0) throw new Error(`nothing more came after ${JSON.stringify(this.#events.at(-1))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
