/** What one seed means: a workflow, how each of its attempts behaves, and the faults that strike it. Plain data, so it can be shrunk. */
import type { RunOptions } from '../../../src/engine/options.ts';
import type { Plan, PlannedTask } from '../../../src/graph/plan.ts';
import { planOf, taskOf } from '../plans.ts';
import { Random } from './random.ts';

/** How the attempts of a task behave. */
export interface Behaviour {
  /** So many attempts fail before one succeeds. */
  readonly failsFirst: number;
  /** So many attempts of those hang for ever instead. */
  readonly hangs: boolean;
  readonly minMs: number;
  readonly maxMs: number;
  /** Does not end when asked. */
  readonly stubborn: boolean;
  readonly prints: boolean;
}

/** When a supervisor dies: at the `nth` thing of this kind that happens to it. */
export type Moment = 'write' | 'sync begins' | 'sync ends' | 'process begins' | 'process ends' | 'timer';

export type Fault =
  /** The supervisor is killed; what it wrote stays, but for the rest of the write in which it died. */
  | { readonly kind: 'kill'; readonly at: Moment; readonly nth: number; readonly tear: number }
  /** The machine loses power: every process dies, and of what was not synced any part from the end is lost. */
  | { readonly kind: 'power cut'; readonly at: Moment; readonly nth: number; readonly lost: number }
  | { readonly kind: 'sync fails'; readonly nth: number }
  /** Writing finds the disk full; `really`: also after the journal gave its reserve back. */
  | { readonly kind: 'disk full'; readonly nth: number; readonly really: boolean }
  | { readonly kind: 'spawn fails'; readonly nth: number; readonly times: number }
  | { readonly kind: 'clock jumps'; readonly atMs: number; readonly byMs: number }
  | { readonly kind: 'cancel'; readonly atMs: number; readonly force: boolean; readonly times: number };

/** `again`: a task is done anew, alone or with what depends on it; `undo`: all that can be is rolled back. With faults of its first life. */
export type Encore =
  | { readonly kind: 'none' }
  | { readonly kind: 'again'; readonly task: string; readonly alone: boolean; readonly faults: readonly Fault[] }
  | { readonly kind: 'undo'; readonly faults: readonly Fault[] };

export interface RunSpec {
  readonly plan: Plan;
  readonly behaviours: ReadonlyMap<string, Behaviour>;
  readonly options: RunOptions;
}

export interface Scenario {
  readonly seed: number;
  readonly runs: readonly RunSpec[];
  /** The faults that strike each supervisor in its turn; after the last, none do. By run. */
  readonly faults: readonly (readonly (readonly Fault[])[])[];
  /** What is asked of each run once it has succeeded. */
  readonly encores: readonly Encore[];
  /** People answer late, twice, to something else, or with no (in a hundred answers). */
  readonly refusals: number;
}

const LOCKS = ['red', 'green', 'blue'];

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed, 'scenario');
  const runs = Array.from({ length: random.chance(0.25) ? 2 : 1 }, (_, i) => runSpec(new Random(seed, 'run', i)));
  return {
    seed,
    runs,
    faults: runs.map((_, i) => {
      const chance = new Random(seed, 'faults', i);
      return Array.from({ length: chance.int(0, 4) }, () => faultsOfOneLife(chance));
    }),
    encores: runs.map((spec, i) => encoreOf(new Random(seed, 'encore', i), spec)),
    refusals: random.chance(0.15) ? 30 : 0,
  };
}

function encoreOf(random: Random, { plan }: RunSpec): Encore {
  const drawn = random.next();
  const faults = random.chance(0.6) ? faultsOfOneLife(random) : [];
  if (drawn < 0.2) return { kind: 'again', task: random.pick(plan.tasks).id, alone: random.chance(0.5), faults };
  return drawn < 0.4 ? { kind: 'undo', faults } : { kind: 'none' };
}

function runSpec(random: Random): RunSpec {
  const schedule = random.chance(0.4) ? 'graph' : 'stages';
  const stages = Array.from({ length: random.int(1, 4) }, (_, i) => `s${i}`);
  const tasks: PlannedTask[] = [];
  const behaviours = new Map<string, Behaviour>();
  const calm = random.chance(0.4); // no failures but those that the harness makes
  const most = random.int(1, 7);
  stages.forEach((_, stage) => {
    for (let i = random.int(1, most); i > 0; i--) {
      const name = `t${tasks.length}`;
      const instances = random.chance(0.12) ? ['a', 'b', 'c'].slice(0, random.int(2, 3)) : [undefined];
      const made = task(random, name, stage, schedule, tasks, calm);
      for (const cell of instances) {
        const id = cell === undefined ? name : `${name}[x=${cell}]`;
        tasks.push({ ...made, id, hash: `hash of ${id}`, ...(cell === undefined ? {} : { matrix: { x: cell } }) });
        behaviours.set(id, behaviour(random, calm));
      }
    }
  });
  for (let i = random.int(0, 2); i > 0; i--) {
    const id = `f${i}`;
    tasks.push({ ...task(random, id, -1, 'stages', [], calm), id });
    behaviours.set(id, behaviour(random, calm));
  }
  const plan = planOf(tasks, {
    stages,
    schedule,
    limits: { io: random.int(1, 8), cpu: random.int(1, 3) },
    hash: 'the plan',
    root: '/',
  });
  return { plan, behaviours, options: optionsOf(random, calm) };
}

function optionsOf(random: Random, calm: boolean): RunOptions {
  return {
    failFast: !calm && random.chance(0.25),
    noCache: true,
    graceMs: random.pick([0, 50, 500]),
    onUnknown: random.pick(['rerun', 'rerun', 'ask', 'probe', 'fail']),
    rollback: !calm && random.chance(0.2),
    ...(random.chance(0.2) ? { jobs: random.int(1, 3) } : {}),
    ...(random.chance(0.4) ? { onAlive: 'adopt' as const } : {}),
  };
}

function task(
  random: Random,
  name: string,
  stage: number,
  schedule: Plan['schedule'],
  before: readonly PlannedTask[],
  calm: boolean,
): PlannedTask {
  const needs = new Set<string>();
  if (before.length > 0) {
    for (let i = random.int(0, 2); i > 0; i--) {
      const need = random.pick(before).name;
      for (const other of before) if (other.name === need) needs.add(other.id);
    }
  }
  const type = random.pick(['command', 'command', 'command', 'command', 'hosted', 'asking']);
  const retries = random.chance(0.35) ? random.int(2, 4) : 1;
  return taskOf(name, {
    name,
    stage,
    type,
    needs: [...needs],
    ignoresBarrier: schedule === 'graph' && needs.size > 0,
    with: type === 'asking' ? { message: 'Go on?' } : withTokens([...needs], before),
    retry: { attempts: retries, delayMs: random.int(0, 300), backoff: 2, maxDelayMs: 1000 },
    allowFailure: !calm && random.chance(0.15),
    class: random.pick(['io', 'io', 'cpu', 'mixed']),
    locks: random.chance(0.2) ? LOCKS.filter(() => random.chance(0.5)) : [],
    ...(random.chance(0.3) && type !== 'asking' ? { timeoutMs: random.int(400, 900) } : {}),
    ...(random.chance(0.15) ? { when: random.pick(whens(stage, [...needs], before)) } : {}),
    ...(random.chance(0.06) ? { approval: { requiredFor: 'always' as const, message: 'Sure?' } } : {}),
    ...(type === 'command' && random.chance(0.5) ? { rollback: { run: 'undo' } } : {}),
  });
}

function whens(stage: number, needs: readonly string[], before: readonly PlannedTask[]): string[] {
  const always = ['true', 'false', '1 > 2', 'run.attempt > 0'];
  if (stage < 0) return [...always, 'failure()', 'success()', 'always()', 'cancelled()'];
  const plain = needs.filter((need) => before.some(({ id, name }) => id === need && name === need));
  return [...always, ...plain.map((need) => `tasks.${need}.status == "succeeded"`)];
}

/** Each task is given what the tasks gave that it depends on, where these surely give something. */
function withTokens(needs: readonly string[], before: readonly PlannedTask[]): Record<string, string> {
  const sure = before.filter(
    ({ id, name, type, allowFailure, when }) =>
      needs.includes(id) && id === name && type === 'command' && !allowFailure && when === undefined,
  );
  return Object.fromEntries(sure.map(({ id }) => [id, `\${{ tasks.${id}.outputs.token }}`]));
}

function behaviour(random: Random, calm: boolean): Behaviour {
  const fails = !calm && random.chance(0.25);
  const minMs = random.pick([1, 1, 5, 40, 200]);
  return {
    failsFirst: fails ? random.pick([1, 1, 2, 3, Infinity]) : 0,
    hangs: random.chance(0.3),
    minMs,
    maxMs: minMs + random.pick([0, 3, 50]),
    stubborn: random.chance(0.1),
    prints: random.chance(0.3),
  };
}

const MOMENTS: readonly Moment[] = ['write', 'sync begins', 'sync ends', 'process begins', 'process ends', 'timer'];

/** At most one thing that ends the supervisor, and others beside it. */
function faultsOfOneLife(random: Random): Fault[] {
  const nth = (): number => (random.chance(0.3) ? random.int(1, 3) : random.int(1, 40));
  const faults: Fault[] = [];
  const end = random.next();
  const at = random.pick(MOMENTS);
  if (end < 0.35) faults.push({ kind: 'kill', at, nth: nth(), tear: random.next() });
  else if (end < 0.7) faults.push({ kind: 'power cut', at, nth: nth(), lost: random.pick([0, 1, random.next()]) });
  else if (end < 0.8) faults.push({ kind: 'sync fails', nth: nth() });
  else if (end < 0.9) faults.push({ kind: 'disk full', nth: nth(), really: random.chance(0.5) });
  if (random.chance(0.3)) {
    faults.push({ kind: 'cancel', atMs: random.int(0, 900), force: random.chance(0.2), times: random.int(1, 3) });
  }
  if (random.chance(0.2)) faults.push({ kind: 'spawn fails', nth: random.int(1, 12), times: random.int(1, 3) });
  for (let i = random.pick([0, 0, 1, 3]); i > 0; i--) {
    faults.push({ kind: 'clock jumps', atMs: random.int(0, 800), byMs: random.int(-7_200_000, 7_200_000) });
  }
  return faults;
}
