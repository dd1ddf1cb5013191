/** Decides, at a resume, what becomes of attempts whose end nobody saw: probed where the type can tell, else as `on_unknown` says. */
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Plan } from '../graph/plan.ts';
import { thisMachine, type Machine } from '../platform/machine.ts';
import { logFile, stateFolder, type RunLayout } from '../run/layout.ts';
import type { Adopted } from './adopt.ts';
import { type AttemptRequest } from './attempt-request.ts';
import { runHosted } from './attempt.ts';
import { AttemptServices } from './attempt-services.ts';
import { discardEnd, endRecord, readEndRecord } from './end-record.ts';
import type { RunOptions } from './options.ts';
import { endLeftovers, type Before, type Finished, type Unseen } from './resume.ts';
import type { TaskRuntime } from './task-runtime.ts';
import type { RunValues } from './values.ts';

export interface Settled {
  readonly finished: ReadonlyMap<string, Finished>;
  /** Attempts about which a person is asked, or that end as interrupted. */
  readonly unseen: ReadonlyMap<string, 'ask' | 'fail'>;
  /** Attempts that still live, or left word of how they ended. */
  readonly adopted: ReadonlyMap<string, Adopted>;
  /** What becomes of an adopted attempt that ended without a word. */
  readonly settle: (task: string) => Promise<'done' | 'rerun' | 'ask' | 'fail'>;
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

/**
 * First decides about what the dead supervisor's tasks left: what still lives is taken over or ended, since two of one task must never
 * run side by side; what ended by itself and left word of it is taken over, too.
 */
export async function settleUnseen(making: Making, values: RunValues): Promise<Result<Settled>> {
  const { before, options } = making;
  const adopted = new Map<string, Adopted>();
  const lost: Unseen[] = [];
  const looked = await Promise.all(
    before.unseen.map(async (attempt) => [attempt, await adoptable(making, attempt)] as const),
  );
  for (const [attempt, taken] of looked) {
    if (taken === undefined) lost.push(attempt);
    else adopted.set(attempt.task, taken);
  }
  const stuck = await endLeftovers(lost, options.graceMs, making.machine);
  if (stuck.length > 0) {
    return err(
      failure('conflict', `Processes of the earlier attempt could not be ended: ${stuck.join(', ')}.`, {
        next: 'They wait in the kernel (often for a network disk); resume when they are gone.',
      }),
    );
  }
  const finished = new Map(before.finished);
  for (const task of making.plan.tasks) {
    const known = finished.get(task.id) ?? (options.rollbackOnly === true ? before.undone.get(task.id) : undefined);
    if (known !== undefined) values.ended(task, known.outcome, known.outputs);
  }
  const unseen = new Map<string, 'ask' | 'fail'>();
  for (const attempt of lost) {
    switch (await decide(making, values, attempt)) {
      case 'done':
        finished.set(attempt.task, { ...(attempt.undoing ?? NO_WORD), found: attempt.attempt });
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
  const settle: Settled['settle'] = (task) => {
    const attempt = before.unseen.find((one) => one.task === task);
    return attempt === undefined ? Promise.resolve('ask') : decide(making, values, attempt);
  };
  return ok({ finished, unseen, adopted, settle });
}

/** @returns nothing where the attempt is to be ended, or is over without a word */
async function adoptable(making: Making, attempt: Unseen): Promise<Adopted | undefined> {
  if (attempt.attempt === 0) return undefined; // the end of an undoing is not the task's
  const { plan, options, layout, machine = thisMachine } = making;
  const taken: Adopted = { ...attempt, leader: undefined };
  const path = logFile(layout, attempt.task, attempt.attempt, 'end');
  const { leader } = attempt;
  const alive = leader !== undefined && machine.isAlive(leader);
  // One that may not even have begun has left nothing, and its number is given again. An undoing (0) is never taken for an attempt.
  if (!attempt.begun || attempt.attempt === 0) return undefined;
  if (!attempt.same) {
    discardEnd(path); // what an edited task did before says nothing of what it is now
    return undefined;
  }
  // What ended a moment ago is about to leave word.
  const thisBoot = leader !== undefined && leader.bootId === machine.bootId;
  const record = alive || !thisBoot ? readEndRecord(path) : await endRecord(path);
  if (record !== undefined) return record.kind === 'discarded' ? undefined : taken;
  const task = plan.tasks.find(({ id }) => id === attempt.task);
  const policy = options.rollbackOnly === true ? 'end' : (options.onAlive ?? task?.onAlive ?? 'end');
  // What a run with secrets prints goes through its supervisor: the first line after that one's death ends the task.
  if (policy === 'adopt' && plan.secrets.length === 0 && alive) return { ...taken, leader };
  return discardEnd(path) ? undefined : taken;
}

/** Of an attempt whose effect is there, and that is all that is known. */
const NO_WORD: Finished = { outcome: 'succeeded', outputs: {}, durationMs: 0 };

async function decide(making: Making, values: RunValues, attempt: Unseen): Promise<'done' | 'rerun' | 'ask' | 'fail'> {
  const asked = making.options.onUnknown;
  const own = making.plan.tasks.find(({ id }) => id === attempt.task)?.onUnknown;
  const onUnknown = asked === 'ask' ? (own ?? asked) : asked;
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
