/** Builders of plans and journals for the tests of the fold and of the views. */
import fc from 'fast-check';
import {
  TASK_OUTCOMES,
  type EventBody,
  type PlanSummary,
  type RunEvent,
  type TaskOutcome,
  type TaskSummary,
} from '../../src/run/events.ts';

export const supervisor = { pid: 1, startTime: '1', bootId: 'b' };

export function task(name: string, stage: string, more: Partial<TaskSummary> = {}): TaskSummary {
  return { task: name, name, type: 'shell', stage, dependsOn: [], line: 0, hash: name, ...more };
}

export function plan(tasks: readonly TaskSummary[], more: Partial<PlanSummary> = {}): PlanSummary {
  const stages = [...new Set(tasks.map((t) => t.stage))].filter((s) => s !== 'finally');
  return {
    hash: 'h',
    workflow: 'shop',
    file: '/w/shop.code.yaml',
    root: '/w',
    schedule: 'stages',
    limits: { io: 10, cpu: 2 },
    stages,
    tasks,
    ...more,
  };
}

/** Events numbered from `seq`, 10 ms apart. */
export function journal(bodies: readonly EventBody[], seq = 1): RunEvent[] {
  return bodies.map((body, at) => ({
    v: 1,
    seq: seq + at,
    time: new Date(1_800_000_000_000 + (seq + at) * 10).toISOString(),
    runId: 'r1',
    ...body,
  }));
}

export const begin = (p: PlanSummary): EventBody => ({ type: 'run.started', plan: p, supervisor, engine: '0' });

export const start = (name: string, attempt = 1): EventBody => ({ type: 'task.started', task: name, attempt });

export const end = (
  name: string,
  status: TaskOutcome = 'succeeded',
  more: { attempt?: number; allowedToFail?: boolean; reason?: string; exitCode?: number } = {},
): EventBody => ({
  type: 'task.finished',
  task: name,
  attempt: 1,
  status,
  durationMs: 10,
  outputs: {},
  ...more,
});

/** A plan of up to twelve tasks in up to four stages, each needing some of those before it. */
export const plans: fc.Arbitrary<PlanSummary> = fc
  .array(
    fc.record({
      stage: fc.integer({ min: 0, max: 3 }),
      needs: fc.array(fc.nat(11), { maxLength: 3 }),
      last: fc.boolean(),
      free: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((drawn) => {
    const sorted = [...drawn].sort((a, b) => a.stage - b.stage);
    return plan(
      sorted.map((d, at) => {
        const dependsOn = [...new Set(d.needs.filter((n) => n < at).map((n) => `t${n}`))];
        return task(`t${at}`, d.last && at === sorted.length - 1 ? 'finally' : `s${d.stage}`, {
          dependsOn,
          ...(d.free && dependsOn.length > 0 ? { ignoresBarrier: true } : {}),
        });
      }),
    );
  });

/** Any event about a task of the plan (or of none), in any order: what a broken engine or a torn journal might hold. */
export function anyBody(p: PlanSummary): fc.Arbitrary<EventBody> {
  const name = fc.constantFrom(...p.tasks.map((t) => t.task), 'nobody');
  const attempt = fc.integer({ min: 1, max: 3 });
  const status = fc.constantFrom(...TASK_OUTCOMES);
  const text = fc.string({ maxLength: 5 });
  return fc.oneof(
    fc.record({ type: fc.constant('task.started' as const), task: name, attempt }),
    fc.record({
      type: fc.constant('task.output' as const),
      task: name,
      attempt,
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
      offset: fc.nat(1000),
      length: fc.nat(100),
    }),
    fc.record({
      type: fc.constant('task.finished' as const),
      task: name,
      attempt,
      status,
      durationMs: fc.nat(100),
      outputs: fc.constant({}),
      allowedToFail: fc.boolean(),
    }),
    fc.record({
      type: fc.constant('task.retrying' as const),
      task: name,
      attempt,
      status: fc.constantFrom('failed' as const, 'timed_out' as const),
      durationMs: fc.nat(9),
      delayMs: fc.nat(9),
    }),
    fc.record({
      type: fc.constant('task.waiting' as const),
      task: name,
      on: fc.constantFrom(
        { kind: 'lock' as const, lock: 'db', position: 1, holder: 'r0' },
        { kind: 'approval' as const, message: 'go?', digest: 'd' },
      ),
    }),
    fc.record({
      type: fc.constant('task.approved' as const),
      task: name,
      approved: fc.boolean(),
      by: text,
      digest: text,
    }),
    fc.record({
      type: fc.constant('task.process' as const),
      task: name,
      attempt,
      process: fc.constant(supervisor),
      group: fc.constant(1),
    }),
    fc.record({ type: fc.constant('task.rolled_back' as const), task: name, ok: fc.boolean(), durationMs: fc.nat(9) }),
    fc.record({ type: fc.constant('tasks.admitted' as const), tasks: fc.array(name, { maxLength: 3 }) }),
    fc.record({ type: fc.constant('run.warning' as const), message: text }),
    fc.record({ type: fc.constant('run.cancelling' as const), by: text, force: fc.boolean() }),
    fc.constant({
      type: 'run.finished' as const,
      status: 'failed' as const,
      durationMs: 1,
      criticalPathMs: 1,
      serialMs: 1,
    }),
    fc
      .array(name, { maxLength: 3 })
      .map((reset) => ({ type: 'run.resumed' as const, plan: p, supervisor, engine: '0', attempt: 2, reset })),
    fc.constant(begin(p)),
    text.map((t) => ({ type: `later.${t}` }) as unknown as EventBody),
  );
}

/** A plan and up to sixty events about it. */
export const anyJournal: fc.Arbitrary<{ p: PlanSummary; events: RunEvent[] }> = plans.chain((p) =>
  fc.array(anyBody(p), { maxLength: 60 }).map((bodies) => ({ p, events: journal([begin(p), ...bodies]) })),
);
