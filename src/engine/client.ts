/** The engine as the command line and the relay see it: start a run, follow one, ask something of it, read what was. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { failure, failureFrom } from '../core/failure.ts';
import { isObject, parseJson } from '../core/json.ts';
import type { ProcessIdentity } from '../core/process.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Plan } from '../graph/plan.ts';
import { makePrivateFolder, writeAtomically } from '../platform/files.ts';
import { isAlive } from '../platform/processes.ts';
import type { RunEvent } from '../run/events.ts';
import { decodeJournal } from '../run/journal-format.ts';
import { isRunId, layoutOf, makeRunId, runsFolder, type RunLayout } from '../run/layout.ts';
import { ControlClient } from './control-client.ts';
import { JournalReader } from './journal-reader.ts';
import { DEFAULT_OPTIONS, type RunOptions } from './options.ts';
import { readSummary, type RunSummary } from './summary.ts';
import type { StartMessage } from './supervisor.ts';

export type { RunSummary } from './summary.ts';
export type { RunOptions } from './options.ts';

/** How this program starts itself again for a supervisor. */
export interface EngineCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface RunHandle {
  readonly runId: string;
  /** Events in order, up to the run's end or to where its supervisor died. @param from the first sequence number that is wanted */
  events(from?: number): AsyncIterable<RunEvent>;
  /** The same in batches, for those who fold thousands. */
  batches(from?: number): AsyncIterable<readonly RunEvent[]>;
  cancel(force: boolean, by?: string): Promise<Result<void>>;
  approve(task: string, approved: boolean, by: string, comment?: string, digest?: string): Promise<Result<void>>;
  /** Ends the watching; the run goes on. */
  detach(): void;
}

export interface LaunchRequest {
  readonly plan: Plan;
  readonly workspace: string;
  readonly options?: Partial<RunOptions>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly engine?: EngineCommand;
}

/** This very program, as it was started. */
export function ownCommand(): EngineCommand {
  const electron = process.env['ELECTRON_RUN_AS_NODE'];
  return {
    program: process.execPath,
    args: [...process.execArgv.filter((arg) => !arg.startsWith('--inspect')), process.argv[1] ?? ''],
    env: electron === undefined ? {} : { ELECTRON_RUN_AS_NODE: electron },
  };
}

/** Writes the run's folder and starts its supervisor. It runs on when the caller ends. */
export function launchRun(request: LaunchRequest): Promise<Result<RunHandle>> {
  const { plan, workspace } = request;
  const runId = makeRunId(new Date(), randomBytes(3));
  const layout = layoutOf(workspace, runId);
  const made = makeRunFolder(workspace, layout);
  if (!made.ok) return Promise.resolve(made);
  const options: RunOptions = { ...DEFAULT_OPTIONS, ...request.options };
  const written = writeInputs(layout, plan, options);
  return written.ok ? start(request, layout, runId) : Promise.resolve(written);
}

/** The folder's two inputs, from which a supervisor can be started at any time. */
function writeInputs(layout: RunLayout, plan: Plan, options: RunOptions): Result<void> {
  const written = writeAtomically(layout.plan, JSON.stringify(plan));
  return written.ok ? writeAtomically(layout.options, JSON.stringify(options)) : written;
}

/** `.code` itself is an ordinary folder of the workspace; below it, runs are private. A link in their place is refused. */
function makeRunFolder(workspace: string, layout: RunLayout): Result<void> {
  try {
    mkdirSync(`${workspace}/.code`, { recursive: true });
  } catch (error) {
    return err(failureFrom(error, `make the folder ${workspace}/.code`));
  }
  const runs = makePrivateFolder(runsFolder(workspace));
  return runs.ok ? makePrivateFolder(layout.folder) : runs;
}

function start(request: LaunchRequest, layout: RunLayout, runId: string): Promise<Result<RunHandle>> {
  const engine = request.engine ?? ownCommand();
  const message: StartMessage = request.secrets === undefined ? {} : { secrets: request.secrets };
  const child = spawn(engine.program, [...engine.args, '__supervise', request.workspace, runId], {
    cwd: request.workspace,
    env: { ...request.env, ...engine.env, CODE_ENGINE_CHANNEL: '3' },
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096);
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(JSON.stringify(message));
  const control = ControlClient.over(child.stdio[3] as Socket); // what 'pipe' gives
  child.unref();
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(err(failureFrom(error, 'start the supervisor'))));
    child.once('exit', (code) => {
      resolve(err(failure('io', `The supervisor did not start (exit code ${code ?? 'none'}): ${said.trim()}`)));
    });
    void control.request('watch').then((answer) => {
      if (!answer.ok) return; // its exit tells more
      child.removeAllListeners('exit');
      child.stderr?.destroy();
      resolve(ok(new LiveRun(layout, runId, control)));
    });
  });
}

/** Follows a run that was started elsewhere; one that has ended, or whose supervisor is dead, can be followed to where it came. */
export async function attachRun(workspace: string, runId: string): Promise<Result<RunHandle>> {
  const layout = layoutOf(workspace, runId);
  if (!isRunId(runId) || statSync(layout.folder, { throwIfNoEntry: false }) === undefined) return err(noSuchRun(runId));
  const control = await connectTo(layout);
  if (control !== undefined) await control.request('watch');
  return ok(new LiveRun(layout, runId, control));
}

async function connectTo(layout: RunLayout): Promise<ControlClient | undefined> {
  const known = controlOf(layout);
  if (known?.address === undefined || !isAlive(known.supervisor)) return undefined;
  const connected = await ControlClient.connect(known.address, known.token);
  return connected.ok ? connected.value : undefined;
}

interface ControlFile {
  readonly supervisor: ProcessIdentity;
  readonly token: string;
  readonly address?: string;
}

function controlOf(layout: RunLayout): ControlFile | undefined {
  try {
    const value = parseJson(readFileSync(layout.control, 'utf8'));
    return isObject(value) && isObject(value['supervisor']) ? (value as unknown as ControlFile) : undefined;
  } catch {
    return undefined;
  }
}

/** Is there a supervisor at work on the run? */
export function isRunning(workspace: string, runId: string): boolean {
  const known = controlOf(layoutOf(workspace, runId));
  return known !== undefined && isAlive(known.supervisor);
}

/** The same, certain: a supervisor that was just killed is still a process for a moment, but answers no more. */
async function isAtWork(layout: RunLayout): Promise<boolean> {
  for (let tries = 0; tries < 40; tries++) {
    const known = controlOf(layout);
    if (known === undefined || !isAlive(known.supervisor)) return false;
    const control = await connectTo(layout);
    control?.close();
    if (control !== undefined) return true;
    await new Promise((done) => setTimeout(done, 50));
  }
  return true;
}

const noSuchRun = (runId: string): ReturnType<typeof failure> =>
  failure('missing', `There is no run ${runId} here.`, { next: 'See the runs: code-engine runs list' });

class LiveRun implements RunHandle {
  readonly runId: string;
  readonly #layout: RunLayout;
  readonly #control: ControlClient | undefined;

  constructor(layout: RunLayout, runId: string, control: ControlClient | undefined) {
    this.runId = runId;
    this.#layout = layout;
    this.#control = control;
  }

  async *events(from = 1): AsyncGenerator<RunEvent> {
    for await (const batch of this.batches(from)) yield* batch;
  }

  async *batches(from = 1): AsyncGenerator<readonly RunEvent[]> {
    const reader = new JournalReader(this.#layout.journal);
    try {
      for (;;) {
        // Looked at before reading: what is durable when the supervisor hangs up is all there will be.
        const control = this.#control;
        const known = control === undefined || control.closed ? undefined : control.durable;
        const events = await reader.next(known ?? sizeOf(this.#layout.journal));
        if (events.length > 0) {
          const wanted = events.filter(({ seq }) => seq >= from);
          if (wanted.length > 0) yield wanted;
          continue;
        }
        if (known === undefined) return;
        await this.#change(known);
      }
    } finally {
      await reader.close();
    }
  }

  #change(known: number): Promise<void> {
    const control = this.#control;
    if (control === undefined || control.closed || control.durable !== known) return Promise.resolve();
    return new Promise((resolve) => {
      const end = control.onChange(() => {
        end();
        resolve();
      });
    });
  }

  async cancel(force: boolean, by = 'a person'): Promise<Result<void>> {
    return this.#ask('cancel', { force, by });
  }

  async approve(task: string, approved: boolean, by: string, comment?: string, digest?: string): Promise<Result<void>> {
    return this.#ask('approve', {
      task,
      approved,
      by,
      ...(comment === undefined ? {} : { comment }),
      ...(digest === undefined ? {} : { digest }),
    });
  }

  async #ask(method: 'cancel' | 'approve', params: Record<string, string | boolean>): Promise<Result<void>> {
    if (this.#control === undefined) {
      return err(
        failure('unreachable', `The run ${this.runId} is not running.`, {
          next: `See how it stands: code-engine runs show ${this.runId}`,
        }),
      );
    }
    const answer = await this.#control.request(method, params);
    return answer.ok ? ok(undefined) : answer;
  }

  detach(): void {
    this.#control?.close();
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** All runs of a workspace, the newest first. */
export function listRuns(workspace: string): RunSummary[] {
  let names: string[];
  try {
    names = readdirSync(runsFolder(workspace));
  } catch {
    return [];
  }
  return names
    .filter(isRunId)
    .sort()
    .reverse()
    .flatMap((runId) => summaryFor(workspace, runId) ?? []);
}

export function summaryFor(workspace: string, runId: string): RunSummary | undefined {
  const layout = layoutOf(workspace, runId);
  const running = isRunning(workspace, runId);
  const written = running ? undefined : readSummary(layout, runId);
  if (written !== undefined) return written;
  const read = readRun(workspace, runId);
  if (!read.ok) return undefined;
  const { events } = read.value;
  const opened = events.find((event) => event.type === 'run.started');
  if (opened === undefined) return undefined;
  const last = events.findLast((event) => event.type === 'run.finished' || event.type === 'run.resumed');
  const ended = last?.type === 'run.finished' ? last : undefined;
  return {
    runId,
    workflow: opened.plan.workflow,
    file: opened.plan.file,
    status: running ? 'running' : (ended?.status ?? 'interrupted'),
    startedAt: opened.time,
    ...(running ? {} : { durationMs: Date.parse(events.at(-1)?.time ?? opened.time) - Date.parse(opened.time) }),
  };
}

/** A whole run: its events so far and whether a supervisor is at work on it. */
export function readRun(
  workspace: string,
  runId: string,
): Result<{ events: RunEvent[]; alive: boolean; damaged: readonly number[] }> {
  const layout = layoutOf(workspace, runId);
  if (!isRunId(runId)) return err(noSuchRun(runId));
  try {
    const { events, damaged } = decodeJournal(readFileSync(layout.journal));
    return ok({ events, damaged, alive: isRunning(workspace, runId) });
  } catch (error) {
    const why = failureFrom(error, `read the journal ${layout.journal}`);
    return err(why.kind === 'missing' ? noSuchRun(runId) : why);
  }
}

export interface ResumeRequest extends Partial<Omit<RunOptions, 'reset' | 'resetAlone'>> {
  /** Tasks that run again although they succeeded, and with them what depends on them. */
  readonly tasks?: readonly string[];
  /** With `tasks`: without what depends on them. */
  readonly alone?: boolean;
  /** A plan to go on with; the run's own where it is not given. Tasks whose hash stayed the same keep their results. */
  readonly plan?: Plan;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly engine?: EngineCommand;
}

/** Goes on with a run that failed, was cancelled or interrupted. */
export async function resumeRun(workspace: string, runId: string, request: ResumeRequest): Promise<Result<RunHandle>> {
  const layout = layoutOf(workspace, runId);
  if (await isAtWork(layout)) {
    return err(
      failure('conflict', `The run ${runId} is running.`, { next: `Watch it: code-engine runs watch ${runId}` }),
    );
  }
  const before = loadRun(layout, runId);
  if (!before.ok) return before;
  const { tasks = [], alone = false, plan = before.value.plan, env, secrets, engine, ...changes } = request;
  const unknown = tasks.filter((name) => !plan.tasks.some(({ id, name: own }) => id === name || own === name));
  if (unknown.length > 0) {
    return err(
      failure('usage', `The run has no task ${unknown.join(', ')}.`, {
        next: `See its tasks: code-engine runs show ${runId}`,
      }),
    );
  }
  const options: RunOptions = {
    ...DEFAULT_OPTIONS,
    ...before.value.options,
    ...changes,
    reset: tasks,
    resetAlone: alone,
  };
  const written = writeInputs(layout, plan, options);
  if (!written.ok) return written;
  return start(
    {
      plan,
      workspace,
      env,
      ...(secrets === undefined ? {} : { secrets }),
      ...(engine === undefined ? {} : { engine }),
    },
    layout,
    runId,
  );
}

/** Undoes what an ended run did, the last task first. */
export function rollbackRun(
  workspace: string,
  runId: string,
  request: Pick<ResumeRequest, 'env' | 'secrets' | 'engine'>,
): Promise<Result<RunHandle>> {
  return resumeRun(workspace, runId, { ...request, rollbackOnly: true, onUnknown: 'fail' });
}

function loadRun(layout: RunLayout, runId: string): Result<{ plan: Plan; options: RunOptions }> {
  try {
    const plan = parseJson(readFileSync(layout.plan, 'utf8')) as Plan | undefined; // this program's own file
    const options = parseJson(readFileSync(layout.options, 'utf8')) as RunOptions | undefined;
    if (plan?.v !== 1 || options === undefined)
      return err(failure('invalid', `The plan of run ${runId} cannot be read.`));
    return ok({ plan, options });
  } catch {
    return err(noSuchRun(runId));
  }
}

/** The plan of a run, frozen as it was. */
export function planOf(workspace: string, runId: string): Result<Plan> {
  const loaded = loadRun(layoutOf(workspace, runId), runId);
  return loaded.ok ? ok(loaded.value.plan) : loaded;
}
