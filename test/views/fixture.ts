/** Runs made up by a small simulation with a fixed seed: the same events every time, of any size, as a supervisor would write them. */
import type { EventBody, PlanSummary, RunEvent, TaskSummary } from '../../src/run/events.ts';
import { JOURNAL_VERSION } from '../../src/run/events.ts';

export interface FixtureOptions {
  readonly tasks: number;
  readonly stages: number;
  readonly seed?: number;
  /** Places for tasks at once. */
  readonly pool?: number;
  /** Ends the story at this moment, in milliseconds from the start: a run in progress. */
  readonly untilMs?: number;
  /** When the run began, milliseconds since 1970. */
  readonly start?: number;
  /** Only tasks that succeed. */
  readonly calm?: boolean;
}

const TYPES = ['opentofu', 'docker', 'helm', 'kubectl', 'trivy', 'shell', 'ansible', 'prometheus'];
const VERBS = ['build', 'deploy', 'scan', 'migrate', 'provision', 'configure', 'verify', 'publish'];
const THINGS = ['api', 'web', 'db', 'cache', 'network', 'queue', 'search', 'gateway', 'billing', 'mail'];

/** Mulberry32: small, even, and the same everywhere. */
export function randomFrom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const pick = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;

export function makePlan({ tasks, stages, seed = 1 }: FixtureOptions): PlanSummary {
  const random = randomFrom(seed);
  const names = Array.from({ length: stages }, (_, i) => `stage_${i + 1}`);
  const summaries: TaskSummary[] = [];
  for (let i = 0; i < tasks; i++) {
    const stage = Math.min(stages - 1, Math.floor((i / tasks) * stages));
    const first = Math.ceil((stage / stages) * tasks);
    const needs = new Set<string>();
    for (let k = 0; k < 2; k++) {
      if (i > first && random() < 0.35) needs.add(summaries[first + Math.floor(random() * (i - first))]?.task ?? '');
    }
    needs.delete('');
    const name = `${pick(random, VERBS)}_${pick(random, THINGS)}_${i}`;
    summaries.push({
      task: name,
      name,
      type: pick(random, TYPES),
      stage: names[stage] ?? '',
      dependsOn: [...needs],
      line: 6 + i * 3,
      hash: `h${i}`,
      expectedMs: Math.round(200 + random() ** 3 * 20_000),
    });
  }
  summaries.push({
    task: 'notify',
    name: 'notify',
    type: 'shell',
    stage: 'finally',
    dependsOn: [],
    line: 6 + tasks * 3,
    hash: 'n',
    expectedMs: 400,
  });
  return {
    hash: '7c1e5a90b2d4f6789012345678901234567890abcdef0123456789abcdef9494',
    workflow: 'shop',
    file: '/work/shop/deploy.code.yaml',
    root: '/work/shop',
    schedule: 'stages',
    limits: { io: 10, cpu: 4 },
    stages: names,
    tasks: summaries,
  };
}

interface Draft {
  readonly at: number;
  readonly body: EventBody;
}

/** All events of a run, in order, numbered. */
export function makeRun(options: FixtureOptions): RunEvent[] {
  const { seed = 1, pool = 10, start = Date.UTC(2026, 10, 29, 14, 2) } = options;
  const plan = makePlan(options);
  const random = randomFrom(seed + 7);
  const drafts: Draft[] = [];
  const supervisor = { pid: 4711, startTime: '1', bootId: 'boot' };
  drafts.push({ at: 0, body: { type: 'run.started', plan, supervisor, engine: '0.1.0' } });
  const end = new Map<string, number>();
  const bad = new Set<string>();
  const free = Array.from({ length: pool }, () => 0);
  let barrier = 0;
  let broken = false;
  for (const stage of [...plan.stages, 'finally']) {
    let last = barrier;
    for (const task of plan.tasks.filter((each) => each.stage === stage)) {
      const upstream = task.dependsOn.find((need) => bad.has(need));
      if ((broken && stage !== 'finally') || upstream !== undefined) {
        const reason = upstream === undefined ? 'an earlier stage failed' : `${upstream} failed`;
        drafts.push({
          at: barrier,
          body: {
            type: 'task.finished',
            task: task.task,
            attempt: 0,
            status: 'skipped',
            reason,
            durationMs: 0,
            outputs: {},
          },
        });
        end.set(task.task, barrier);
        bad.add(task.task);
        continue;
      }
      const ready = Math.max(barrier, ...task.dependsOn.map((need) => end.get(need) ?? 0));
      const slot = free.indexOf(Math.min(...free));
      const begin = Math.max(ready, free[slot] ?? 0) + 3;
      const finish = attemptsOf(drafts, task, begin, random, options.calm === true, bad);
      free[slot] = finish;
      end.set(task.task, finish);
      last = Math.max(last, finish);
    }
    broken ||= [...bad].length > 0;
    barrier = last;
  }
  const failed = bad.size > 0;
  drafts.push({
    at: barrier + 5,
    body: {
      type: 'run.finished',
      status: failed ? 'failed' : 'succeeded',
      durationMs: barrier + 5,
      criticalPathMs: barrier,
      serialMs: serial(drafts),
      ...(failed ? { reason: `${bad.size} tasks did not succeed` } : {}),
    },
  });
  drafts.sort((a, b) => a.at - b.at);
  return drafts
    .filter((draft) => draft.at <= (options.untilMs ?? Infinity))
    .map((draft, i) => ({
      v: JOURNAL_VERSION,
      seq: i + 1,
      time: new Date(start + draft.at).toISOString(),
      runId: '20261129-140200-a1b2c3',
      ...draft.body,
    }));
}

const serial = (drafts: readonly Draft[]): number =>
  drafts.reduce((sum, draft) => sum + (draft.body.type === 'task.finished' ? draft.body.durationMs : 0), 0);

function attemptsOf(
  drafts: Draft[],
  task: TaskSummary,
  begin: number,
  random: () => number,
  calm: boolean,
  bad: Set<string>,
): number {
  const usual = task.expectedMs ?? 1000;
  const name = task.task;
  const dice = calm || task.stage === 'finally' ? 1 : random();
  let at = begin;
  if (dice > 0.93 && !calm && task.stage !== 'finally') {
    const durationMs = Math.round(usual * 0.4);
    drafts.push({ at, body: { type: 'task.started', task: name, attempt: 1 } });
    drafts.push({
      at: at + 1,
      body: { type: 'task.output', task: name, attempt: 1, stream: 'stderr', offset: 0, length: 2000 },
    });
    at += durationMs;
    drafts.push({
      at,
      body: {
        type: 'task.retrying',
        task: name,
        attempt: 1,
        status: 'failed',
        exitCode: 1,
        reason: 'connection refused',
        durationMs,
        delayMs: 2000,
      },
    });
    at += 2000;
  }
  const attempt = at === begin ? 1 : 2;
  const durationMs = Math.round(usual * (0.6 + random() * 0.9));
  if (dice < 0.06 && !calm) {
    drafts.push({
      at,
      body: { type: 'task.finished', task: name, attempt: 0, status: 'cached', durationMs: 0, outputs: {} },
    });
    return at;
  }
  drafts.push({ at, body: { type: 'task.started', task: name, attempt } });
  const pieces = 1 + Math.floor(random() * 4);
  for (let i = 0; i < pieces; i++) {
    drafts.push({
      at: at + ((i + 1) * durationMs) / (pieces + 1),
      body: {
        type: 'task.output',
        task: name,
        attempt,
        stream: i % 4 === 3 ? 'stderr' : 'stdout',
        offset: i % 4 === 3 ? 0 : i * 4000,
        length: 4000,
      },
    });
  }
  const status = dice < 0.08 && !calm ? 'failed' : 'succeeded';
  const allowedToFail = status === 'failed' && dice < 0.075;
  if (status === 'failed' && !allowedToFail) bad.add(name);
  drafts.push({
    at: at + durationMs,
    body: {
      type: 'task.finished',
      task: name,
      attempt,
      status,
      exitCode: status === 'failed' ? 1 : 0,
      durationMs,
      outputs: {},
      ...(status === 'failed' ? { reason: 'exit code 1', next: 'Read the log.' } : {}),
      ...(allowedToFail ? { allowedToFail } : {}),
    },
  });
  return at + durationMs;
}
