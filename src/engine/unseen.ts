/** Decides, at a resume, what becomes of attempts whose end nobody saw: probed where the type can tell, else as `on_unknown` says. */
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Plan } from '../graph/plan.ts';
import type { Machine } from '../platform/machine.ts';
import { stateFolder, type RunLayout } from '../run/layout.ts';
import { type AttemptRequest } from './attempt-request.ts';
import { runHosted } from './attempt.ts';
import { AttemptServices } from './attempt-services.ts';
import type { RunOptions } from './options.ts';
import { endLeftovers, type Before, type Finished, type Unseen } from './resume.ts';
import type { TaskRuntime } from './task-runtime.ts';
import type { RunValues } from './values.ts';

export interface Settled {
  readonly finished: ReadonlyMap<string, Finished>;
  /** Attempts about which a person is asked, or that end as interrupted. */
  readonly unseen: ReadonlyMap<string, 'ask' | 'fail'>;
}

interface Making {
  readonly plan: Plan;
  readonly runId: string;
  readonly layout: RunLayout;
  readonly tasks: TaskRuntime;
  readonly machine?: Machine;
  readonly before: Before;
  readonly options: RunOptions;
  readonly baseEnv: Readonly<Record<string, string>>;
}

/** First ends what the dead supervisor's tasks left running: two of one task must never run side by side. */
export async function settleUnseen(making: Making, values: RunValues): Promise<Result<Settled>> {
  const { before, options } = making;
  const stuck = await endLeftovers(before.unseen, options.graceMs, making.machine);
  if (stuck.length > 0) {
    return err(
      failure('conflict', `Processes of the earlier attempt could not be ended: ${stuck.join(', ')}.`, {
        next: 'They wait in the kernel (often for a network disk); resume when they are gone.',
      }),
    );
  }
  const finished = new Map(before.finished);
  for (const task of making.plan.tasks) {
    const known = finished.get(task.id);
    if (known !== undefined) values.ended(task, known.outcome, known.outputs);
  }
  const unseen = new Map<string, 'ask' | 'fail'>();
  for (const attempt of before.unseen) {
    switch (await decide(making, values, attempt)) {
      case 'done':
        finished.set(attempt.task, { outcome: 'succeeded', outputs: {}, durationMs: 0 });
        break;
      case 'ask':
        unseen.set(attempt.task, 'ask');
        break;
      case 'fail':
        unseen.set(attempt.task, 'fail');
        break;
      case 'rerun':
        break;
    }
  }
  return ok({ finished, unseen });
}

async function decide(making: Making, values: RunValues, attempt: Unseen): Promise<'done' | 'rerun' | 'ask' | 'fail'> {
  const { onUnknown } = making.options;
  if (onUnknown === 'rerun' || onUnknown === 'fail') return onUnknown;
  const probed = await probe(making, values, attempt);
  if (probed === 'done') return 'done';
  if (probed === 'not-done') return 'rerun';
  return onUnknown === 'ask' ? 'ask' : 'fail';
}

async function probe(
  making: Making,
  values: RunValues,
  { task: id, attempt }: Unseen,
): Promise<'done' | 'not-done' | 'unknown'> {
  const index = making.plan.tasks.findIndex((task) => task.id === id);
  const task = making.plan.tasks[index];
  if (task === undefined || !making.tasks.can(task.type, 'probe')) return 'unknown';
  const rendered = values.render(task, index, 'success');
  if (!rendered.ok) return 'unknown';
  const never = new AbortController().signal;
  const request: AttemptRequest = {
    task,
    attempt,
    parameters: rendered.value.parameters,
    ownEnv: rendered.value.env,
    env: { ...making.baseEnv, ...values.env, ...rendered.value.env },
    cwd: rendered.value.cwd ?? making.plan.root,
    stateDir: stateFolder(making.layout, id),
    cancel: AbortSignal.timeout(60_000),
    force: never,
  };
  const services = new AttemptServices({
    ...making,
    graceMs: making.options.graceMs,
    redactor: undefined,
    onOutput: () => undefined,
    onProcess: () => undefined,
    onLogFailure: () => undefined,
    onLogLimit: () => undefined,
    approve: () => Promise.resolve({ approved: false, by: 'nobody' }),
  });
  try {
    const hosted = await runHosted(services, request, 'probe');
    return hosted.ended === 'exited' && hosted.reply?.kind === 'probe' ? hosted.reply.answer : 'unknown';
  } finally {
    services.close();
  }
}
