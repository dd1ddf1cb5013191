/** Starting a run, and starting one again: the folder with plan and options, then the detached supervisor. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { failure, failureFrom } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Plan } from '../graph/plan.ts';
import { makePrivateFolder, writeAtomically } from '../platform/files.ts';
import { makeRunId, type RunLayout } from '../run/layout.ts';
import { layoutOf, makeRunsFolder } from './place.ts';
import { ControlClient } from './control-client.ts';
import { isAtWork, LiveRun, type RunHandle } from './live-run.ts';
import { DEFAULT_OPTIONS, type RunOptions } from './options.ts';
import { prepareSupervisor, type EngineCommand, type PreparedSupervisor } from './prepare.ts';
import { loadRun } from './run-folder.ts';
import { resolveSecrets } from './secrets.ts';
import type { StartMessage } from './supervisor.ts';

export interface LaunchRequest {
  readonly plan: Plan;
  readonly workspace: string;
  readonly options?: Partial<RunOptions>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly engine?: EngineCommand;
  /** One that was started while the plan was still being made. */
  readonly supervisor?: PreparedSupervisor;
  /** Called at the moment from which on the run goes its way, also without its caller. */
  readonly begun?: () => void;
}

/** Writes the run's folder and starts its supervisor. It runs on when the caller ends. */
export async function launchRun(request: LaunchRequest): Promise<Result<RunHandle>> {
  const { plan, workspace } = request;
  const options: RunOptions = { ...DEFAULT_OPTIONS, ...request.options };
  const secrets = await secretsFor(request, options);
  if (!secrets.ok) return secrets; // before anything is written or started
  const runId = freeRunId(workspace);
  const layout = layoutOf(workspace, runId);
  const runs = makeRunsFolder(workspace);
  const made = runs.ok ? makePrivateFolder(layout.folder) : runs;
  if (!made.ok) return made;
  const written = writeInputs(layout, plan, options);
  return written.ok ? start(request, layout, runId, secrets.value) : written;
}

/** An id that no run of the workspace has; two runs in one millisecond would else meet once in four thousand times. */
function freeRunId(workspace: string): string {
  for (;;) {
    const runId = makeRunId(new Date(), randomBytes(2));
    if (!existsSync(layoutOf(workspace, runId).folder)) return runId;
  }
}

/** The folder's two inputs, from which a supervisor can be started at any time. */
function writeInputs(layout: RunLayout, plan: Plan, options: RunOptions): Result<void> {
  const written = writeAtomically(layout.plan, JSON.stringify(plan));
  return written.ok ? writeAtomically(layout.options, JSON.stringify(options)) : written;
}

function start(
  request: LaunchRequest,
  layout: RunLayout,
  runId: string,
  secrets: SecretValues,
): Promise<Result<RunHandle>> {
  const supervisor = request.supervisor ?? prepareSupervisor(request.env, request.engine);
  const { child } = supervisor;
  supervisor.told = true;
  request.begun?.();
  const message: StartMessage = { workspace: request.workspace, runId, ...secrets };
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096);
  });
  child.stdin?.end(JSON.stringify(message));
  const control = ControlClient.over(child.stdio[3] as Socket); // what 'pipe' gives
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
  readonly begun?: () => void;
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
  const { tasks = [], alone = false, plan = before.value.plan, env, secrets, engine, begun, ...changes } = request;
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
    rollbackOnly: false,
    ...changes,
    reset: tasks,
    resetAlone: alone,
  };
  const launch: LaunchRequest = {
    plan,
    workspace,
    env,
    ...(secrets === undefined ? {} : { secrets }),
    ...(engine === undefined ? {} : { engine }),
    ...(begun === undefined ? {} : { begun }),
  };
  // A file that was named when the run began may be gone by now; where nothing is wanted of it that is no trouble.
  const values = await secretsFor(launch, plan.secrets.length === 0 ? {} : options);
  if (!values.ok) return values;
  const written = writeInputs(layout, plan, options);
  return written.ok ? start(launch, layout, runId, values.value) : written;
}

interface SecretValues {
  readonly secrets: Readonly<Record<string, string>>;
  /** For people: a file that others may read. */
  readonly warnings: readonly string[];
}

/** The values of the plan's secrets, from all the places where a person may have put them; they travel on standard input. */
export async function secretsFor(
  request: Pick<LaunchRequest, 'plan' | 'workspace' | 'env' | 'secrets'>,
  options: Pick<RunOptions, 'secretsFile'>,
): Promise<Result<SecretValues>> {
  if (request.plan.secrets.length === 0 && options.secretsFile === undefined) return ok({ secrets: {}, warnings: [] });
  const resolved = await resolveSecrets({
    names: request.plan.secrets,
    given: new Map(Object.entries(request.secrets ?? {})),
    env: request.env,
    workspace: request.workspace,
    ...(options.secretsFile === undefined ? {} : { file: options.secretsFile }),
  });
  if (!resolved.ok) return resolved;
  const { values, warnings } = resolved.value;
  return ok({ secrets: Object.fromEntries(values), warnings });
}

/** Undoes what an ended run did, the last task first. */
export function rollbackRun(
  workspace: string,
  runId: string,
  request: Pick<ResumeRequest, 'env' | 'secrets' | 'engine' | 'begun'>,
): Promise<Result<RunHandle>> {
  return resumeRun(workspace, runId, { ...request, rollbackOnly: true, onUnknown: 'fail' });
}
