/**
 * The process that carries one run: started detached, from a folder that holds the plan and the options, it outlives the window or
 * terminal that started it. It owns the journal; whoever wants to know reads that, whoever wants something uses the control socket.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Socket } from 'node:net';
import { failure, failureFrom, type Failure } from '../core/failure.ts';
import { parseJson, type Json } from '../core/json.ts';
import { pause } from '../core/pause.ts';
import { makeRedactor, type Redactor } from '../core/redact.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Plan } from '../graph/plan.ts';
import { removeCgroups } from '../platform/cgroups.ts';
import { ensurePrivateDir, userDirs } from '../platform/dirs.ts';
import { makePrivateFolder, writeQuickly } from '../platform/files.ts';
import { host } from '../platform/host.ts';
import { thisMachine, type Machine } from '../platform/machine.ts';
import { identityOf, isAlive } from '../platform/processes.ts';
import type { EventBody, RunEvent } from '../run/events.ts';
import type { RunLayout } from '../run/layout.ts';
import { layoutOf } from './place.ts';
import { claimRun } from './claim.ts';
import { Control, type ControlRequest } from './control.ts';
import { makeGuards } from './guards.ts';
import { addHistory, expectedMs, historyKey, readHistory, type History } from './history.ts';
import { Journal } from './journal.ts';
import { sweepSockets } from './leftovers.ts';
import type { RunOptions } from './options.ts';
import { readBefore, type Before } from './resume.ts';
import { summaryOf } from './plan-summary.ts';
import { Run, type RunSetup } from './run.ts';
import type { TaskRuntime } from './task-runtime.ts';
import { RunValues } from './values.ts';
import { writeSummary } from './summary.ts';
import type { RunObserver } from '../telemetry/observer.ts';
import { wantsTelemetry } from '../telemetry/wanted.ts';
import { settleUnseen } from './unseen.ts';

/** What the starter hands over on standard input, never on the command line and never in a file. */
export interface StartMessage {
  readonly workspace: string;
  readonly runId: string;
  readonly secrets?: Readonly<Record<string, string>>;
  /** What the starter noticed and a person should read. */
  readonly warnings?: readonly string[];
}

export const NOTHING_BEFORE: Before = {
  finished: new Map(),
  attempts: new Map(),
  unseen: [],
  undone: new Map(),
  starts: 0,
  startedAt: Number.NaN,
};

/** Runs or resumes the run in its folder. @returns the exit code of the process */
export async function supervise(tasks: TaskRuntime, start: StartMessage): Promise<number> {
  const { workspace, runId } = start;
  process.chdir(workspace); // whoever started us may have stood in a folder that goes away
  const layout = layoutOf(workspace, runId);
  const loaded = load(layout);
  if (!loaded.ok) return told(loaded.failure);
  const { plan, options } = loaded.value;
  for (const folder of [layout.logs, layout.state]) {
    const made = makePrivateFolder(folder);
    if (!made.ok) return told(made.failure);
  }
  const claimed = await claim(layout);
  if (!claimed.ok) return told(claimed.failure);
  const token = randomBytes(24).toString('hex');
  const seat: Seat = {};
  const control = new Control((method, params) => answer(seat, method, params), token);
  const observer = await observerFor(start, layout, tasks, seat);
  const opened = openJournal(layout, runId, control, (why) => seat.run?.abandon(why), observer);
  if (!opened.ok) return told(opened.failure);
  const { journal, events } = opened.value;
  const before = events.length === 0 ? NOTHING_BEFORE : readBefore(events, plan, runId, options);
  const parent = parentSocket();
  if (parent !== undefined) control.accept(parent, true);
  await openControl(control, layout, runId, token);

  const machine = thisMachine;
  const traceEnv = observer === undefined ? undefined : (task: string, n: number) => observer.envOf(task, n);
  const making = { workspace, plan, options, runId, layout, journal, tasks, start, before, machine, traceEnv };
  const made = await makeRun(making);
  if (!made.ok) return endAtOnce(journal, control, layout, made.failure);
  const { run, first } = made.value;
  seat.run = run;
  process.on('SIGTERM', () => run.cancel('a signal', false));
  process.on('SIGINT', () => run.cancel('an interrupt', false));
  process.on('SIGHUP', () => undefined); // the terminal is gone; the run stays
  const ending = run.execute(first);
  for (const warning of [...(start.warnings ?? []), ...made.value.warnings, ...(seat.early ?? [])]) run.warn(warning);
  if (seat.cancelled !== undefined) run.cancel(seat.cancelled, false);
  const end = await ending;
  delete seat.run; // there is nothing to warn or to cancel any more
  await journal.close();
  addHistory(workspace, plan.workflow, end.durations);
  const startedAt = events[0]?.time ?? new Date(run.setup.startedAt).toISOString();
  writeSummary(layout, plan, { startedAt, status: end.status, durationMs: end.durationMs });
  await observer?.settle();
  await close(control, layout);
  await observer?.finish();
  return 0;
}

/** Loads what traces and measures only where somebody asked for that. */
async function observerFor(
  { workspace, runId }: StartMessage,
  layout: RunLayout,
  tasks: TaskRuntime,
  seat: Seat,
): Promise<RunObserver | undefined> {
  if (!wantsTelemetry(process.env)) return undefined;
  const { RunObserver } = await import('../telemetry/observer.ts');
  const warn = (message: string): void => {
    if (seat.run === undefined) (seat.early ??= []).push(message);
    else seat.run.warn(message);
  };
  return new RunObserver({ env: process.env, workspace, runId, layout, version: tasks.engine.version, warn });
}

function told(why: Failure): number {
  process.stderr.write(`${why.message}\n${why.next ?? ''}\n`);
  return 1;
}

function load(layout: RunLayout): Result<{ plan: Plan; options: RunOptions }> {
  try {
    const plan = parseJson(readFileSync(layout.plan, 'utf8')) as Plan | undefined; // written by this program, private
    const options = parseJson(readFileSync(layout.options, 'utf8')) as RunOptions | undefined;
    if (plan?.v !== 1 || options === undefined)
      return err(failure('invalid', `The plan in ${layout.folder} cannot be read.`));
    return ok({ plan, options });
  } catch {
    return err(failure('missing', `There is no run in ${layout.folder}.`));
  }
}

function openJournal(
  layout: RunLayout,
  runId: string,
  control: Control,
  onFailure: (why: Failure) => void,
  observer: RunObserver | undefined,
): Result<{ journal: Journal; events: readonly RunEvent[] }> {
  const options = {
    path: layout.journal,
    runId,
    now: () => new Date(),
    onDurable: (bytes: number) => control.durable(bytes),
    onFailure,
    onEvent: observer === undefined ? undefined : (event: RunEvent) => observer.event(event),
  };
  const created = Journal.create(options);
  if (created.ok) return ok({ journal: created.value, events: [] });
  return created.failure.detail?.startsWith('EEXIST') === true ? Journal.reopen(options) : created;
}

export interface Making {
  readonly workspace: string;
  readonly plan: Plan;
  readonly options: RunOptions;
  readonly runId: string;
  readonly layout: RunLayout;
  readonly journal: Journal;
  readonly tasks: TaskRuntime;
  readonly start: StartMessage;
  readonly before: Before;
  readonly traceEnv?: RunSetup['traceEnv'];
  readonly machine: Machine;
}

/** Everything that a run needs, and the event that opens it. */
export async function makeRun(
  making: Making,
): Promise<Result<{ run: Run; first: EventBody; warnings: readonly string[] }>> {
  const { workspace, plan, options, runId, tasks, before, machine } = making;
  const self = machine.identityOf(machine.pid);
  if (self === undefined) return err(failure('io', 'This process cannot be identified.'));
  const resolved = secretsOf(making);
  if (!resolved.ok) return resolved;
  const { values: secrets, redactor } = resolved.value;
  const { os, wsl } = host();
  const values = new RunValues(plan, {
    secrets,
    run: { id: runId, attempt: before.starts + 1 },
    target: { os, wsl: wsl !== undefined, distro: wsl?.distro ?? '' },
  });
  const prepared = await values.prepare();
  if (!prepared.ok) return prepared;
  const history = readHistory(workspace);
  const baseEnv = { ...environment(tasks), CODE_RUN_ID: runId };
  const settled = await settleUnseen({ ...making, baseEnv }, values);
  if (!settled.ok) return settled;
  const run = new Run({
    ...making,
    limits: limitsOf(plan, options),
    expectedMs: plan.tasks.map(
      (task) => expectedMs(history, plan.workflow, task.id) ?? guessMs(history, plan, task.timeoutMs),
    ),
    values,
    redactor,
    baseEnv,
    guards: makeGuards({
      plan,
      runId,
      self,
      isAlive: (identity) => machine.isAlive(identity),
      lockDirectory: `${userDirs().state}/locks`,
      noCache: options.noCache,
      toolOf: (type) => tasks.toolOf(type),
      holdsSecret: (text) => redactor !== undefined && redactor.text(text) !== text,
    }),
    self,
    ...settled.value,
    attempts: before.attempts,
    startedAt: Date.now(),
  });
  const common = { plan: summaryOf(plan, knownTimes(history, plan)), supervisor: self, engine: tasks.engine.version };
  const { finished } = settled.value;
  // An undoing begins nothing anew: what was skipped or failed stays told so.
  const reset = options.rollbackOnly === true ? [] : plan.tasks.flatMap(({ id }) => (finished.has(id) ? [] : [id]));
  const first: EventBody =
    before.starts === 0
      ? { type: 'run.started', ...common, ...(options.parent === undefined ? {} : { parent: options.parent }) }
      : { type: 'run.resumed', ...common, attempt: before.starts + 1, reset };
  const warnings = (redactor?.tooShort ?? []).map(
    (name) => `The value of the secret ${name} is too short or too common to be masked in logs.`,
  );
  return ok({ run, first, warnings });
}

function knownTimes(history: History, plan: Plan): ReadonlyMap<string, number> {
  return new Map(
    plan.tasks.flatMap((task) => {
      const ms = expectedMs(history, plan.workflow, task.id);
      return ms === undefined ? [] : [[task.id, ms] as const];
    }),
  );
}

/** Values come from whoever started us, who had a person to ask; nothing is looked up here. */
function secretsOf({
  plan,
  start,
}: Making): Result<{ values: Record<string, string>; redactor: Redactor | undefined }> {
  if (plan.secrets.length === 0) return ok({ values: {}, redactor: undefined });
  const values = { ...start.secrets };
  const missing = plan.secrets.filter((name) => values[name] === undefined);
  if (missing.length > 0) return err(failure('missing', `No value was given for ${missing.join(', ')}.`));
  return ok({ values, redactor: makeRedactor(Object.entries(values).map(([name, value]) => ({ name, value }))) });
}

function limitsOf(plan: Plan, options: RunOptions): { io: number; cpu: number; total: number } {
  const cores = Math.max(1, availableParallelism());
  const cpu = Math.max(1, Math.min(plan.limits.cpu, cores));
  return { io: plan.limits.io, cpu, total: options.jobs ?? plan.limits.io + cpu };
}

/** Without history: the timeout, since whoever gave a long one expects it to be long; else a thing of one second. */
function guessMs(history: History, plan: Plan, timeoutMs: number | undefined): number {
  const any = history.has(historyKey(plan.workflow, plan.tasks[0]?.id ?? ''));
  return any ? 1000 : (timeoutMs ?? 1000);
}

/** The environment of tasks: ours, without what only this program itself needs. */
function environment(tasks: TaskRuntime): Record<string, string> {
  const own = new Set([...Object.keys(tasks.engine.env), 'CODE_ATTEMPT_ID']);
  const entries = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !own.has(entry[0]),
  );
  return Object.fromEntries(entries);
}

/** The run that the control socket speaks for, once there is one; a cancel that comes before is kept for it. */
export interface Seat {
  run?: Run;
  cancelled?: string;
  /** Warnings from before there was a run to warn. */
  early?: string[];
}

/** What the control socket answers. */
export function answer(seat: Seat, method: ControlRequest['method'], params: ControlRequest['params']): Result<Json> {
  const { by, task, comment, digest } = params;
  const who = typeof by === 'string' ? by : 'a person';
  switch (method) {
    case 'ping':
    case 'watch':
      return ok(null);
    case 'cancel':
      if (seat.run === undefined) seat.cancelled = who;
      else seat.run.cancel(who, params.force === true);
      return ok(null);
    case 'approve': {
      if (seat.run === undefined || typeof task !== 'string') {
        return err(failure('conflict', 'The run asks nothing yet.', { next: 'Try again.' }));
      }
      const said = { approved: params.approved === true, by: who, ...(typeof comment === 'string' ? { comment } : {}) };
      const done = seat.run.approvals.answer(task, said, typeof digest === 'string' ? digest : undefined);
      return done.ok ? ok(null) : done;
    }
  }
}

/** The pipe to the process that started this one, where it left one on descriptor 3. */
function parentSocket(): Socket | undefined {
  if (process.env['CODE_ENGINE_CHANNEL'] !== '3') return undefined;
  delete process.env['CODE_ENGINE_CHANNEL'];
  try {
    return new Socket({ fd: 3, readable: true, writable: true });
  } catch {
    return undefined;
  }
}

async function openControl(control: Control, layout: RunLayout, runId: string, token: string): Promise<void> {
  const self = identityOf(process.pid);
  const address = controlAddress(runId);
  if (address === undefined) return;
  const listening = await control.listen(address);
  writeQuickly(layout.control, JSON.stringify({ supervisor: self, token, address: listening.ok ? address : null }));
}

/** How long one that has let go of the run may take to be gone: it clears up first. In milliseconds. */
const LETTING_GO_MS = 2000;
const LOOK_EVERY_MS = 20;

/** Makes this process the run's one supervisor and says so where others look; the file of a dead one is replaced. */
async function claim(layout: RunLayout): Promise<Result<void>> {
  const self = identityOf(process.pid);
  let claimed = claimRun(layout, self, isAlive);
  const end = performance.now() + LETTING_GO_MS;
  while (isTaken(claimed) && !existsSync(layout.control) && performance.now() < end) {
    await pause(LOOK_EVERY_MS);
    claimed = claimRun(layout, self, isAlive);
  }
  if (!claimed.ok) return claimed;
  try {
    writeFileSync(layout.control, JSON.stringify({ supervisor: self }), { mode: 0o600 }); // unsynced: the address follows
    return ok(undefined);
  } catch (error) {
    return err(failureFrom(error, `write ${layout.control}`));
  }
}

const isTaken = (claimed: Result<void>): boolean => !claimed.ok && claimed.failure.kind === 'conflict';

function controlAddress(runId: string): string | undefined {
  if (host().os === 'windows') return `\\\\.\\pipe\\code-engine-${runId}-${randomBytes(8).toString('hex')}`;
  const folder = ensurePrivateDir(userDirs().runtime);
  return folder.ok ? `${folder.value}/${runId}-${process.pid}.sock` : undefined;
}

/** Everything is written: lets go of the run first, so that whoever sees the connection end may take it up at once. */
async function close(control: Control, layout: RunLayout): Promise<void> {
  const known = parseJson(readOr(layout.control)) as { address?: string } | undefined;
  rmSync(layout.control, { force: true });
  await control.close();
  if (known?.address?.startsWith('/') === true) rmSync(known.address, { force: true });
  removeCgroups();
  await sweepSockets(userDirs().runtime);
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** A run that could not even begin says so in its journal like any other. */
async function endAtOnce(journal: Journal, control: Control, layout: RunLayout, why: Failure): Promise<number> {
  journal.append({ type: 'run.warning', message: why.next === undefined ? why.message : `${why.message} ${why.next}` });
  journal.append({
    type: 'run.finished',
    status: 'failed',
    durationMs: 0,
    criticalPathMs: 0,
    serialMs: 0,
    reason: why.message,
  });
  await journal.close();
  await close(control, layout);
  return 0;
}
