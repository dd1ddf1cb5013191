/**
 * One attempt of one task: started by the kind of its type, watched, ended by its timeout or a cancel together with its whole process
 * tree, and told as one result. No retries, no journal: those are the run's.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { failure } from '../core/failure.ts';
import { formatDuration } from '../core/duration.ts';
import type { JsonObject } from '../core/json.ts';
import type { AnyTaskType, Preview, TaskType } from '../core/task-type.ts';
import { err, ok, type Result } from '../core/result.ts';
import { isDiskFull } from '../platform/files.ts';
import type { LaunchRequest, Running } from '../platform/spawn.ts';
import type { AttemptServices } from './attempt-services.ts';
import { isReply, type HostAction, type HostReply } from './host-protocol.ts';
import { startCommand } from './command.ts';
import { failedWith, parse, type AttemptRequest, type AttemptResult, type Started } from './attempt-request.ts';
import { runInline } from './inline.ts';
import { parseJson } from '../core/json.ts';
import { readDeclaredOutputs } from './outputs.ts';

/** Runs it. Never rejects for anything that the task did. */
export async function runAttempt(services: AttemptServices, request: AttemptRequest): Promise<AttemptResult> {
  const result = await runByKind(services, request);
  services.forgetOutputs(request);
  return result;
}

async function runByKind(services: AttemptServices, request: AttemptRequest): Promise<AttemptResult> {
  const kind = services.tasks.kindOf(request.task.type);
  switch (kind) {
    case undefined:
      return { status: 'failed', reason: `there is no task type ${request.task.type}`, retriable: false, outputs: {} };
    case 'inline':
      return runInline(services, request);
    case 'steps': {
      const hosted = await runHosted(services, request, 'run');
      if (hosted.ended !== 'exited') return hosted.result;
      return fromReply(hosted.reply, hosted.exit, request, services);
    }
    case 'command':
      return runCommand(services, request);
  }
}

async function runCommand(services: AttemptServices, request: AttemptRequest): Promise<AttemptResult> {
  const type = (await services.tasks.load(request.task.type)) as TaskType | undefined;
  if (type?.execution.kind !== 'command') return failedWith(failure('invalid', 'The task type is not there.'));
  const parameters = parse(type as AnyTaskType, request);
  if (!parameters.ok) return failedWith(parameters.failure, false);
  const started = startCommand(
    services,
    request,
    type.execution.command(parameters.value, services.contextFor(request)),
  );
  const seen = await watch(services, request, started);
  if (seen.ended !== 'exited') return seen.result;
  return commandResult(services, request, type as AnyTaskType, seen.exit);
}

/** What the end of a task of one program means. */
export function commandResult(
  services: AttemptServices,
  request: AttemptRequest,
  of: AnyTaskType,
  exit: { readonly exitCode: number | null; readonly signal: string | null },
): AttemptResult {
  const { exitCode, signal } = exit;
  if (exitCode !== 0 || signal !== null) return failedExit(exit, services);
  const type = of as TaskType;
  const declared = readDeclaredOutputs(services, request);
  if (type.execution.kind !== 'command' || type.execution.parse === undefined)
    return { status: 'succeeded', exitCode: 0, retriable: true, outputs: declared };
  const outputs = type.execution.parse({ exitCode, signal, stdout: services.readOutput(request), stderr: '' });
  if (!outputs.ok) return failedWith(outputs.failure);
  return {
    status: 'succeeded',
    exitCode: 0,
    retriable: true,
    outputs: { ...(outputs.value as JsonObject), ...declared },
  };
}

export type Seen =
  | { readonly ended: 'exited'; readonly exit: { readonly exitCode: number | null; readonly signal: string | null } }
  | { readonly ended: 'stopped'; readonly result: AttemptResult };

/** Waits for the end, or for timeout and cancel, which end the tree first. Records the process and follows its log meanwhile. */
export async function watch(services: AttemptServices, request: AttemptRequest, started: Started): Promise<Seen> {
  const { task, attempt } = request;
  const lastLook = services.follow(request);
  const identified = setTimeout(
    () => void started.pid.then((pid) => services.identified(task.id, attempt, pid, started.tree)),
    20,
  );
  let stop: 'timed_out' | 'cancelled' | undefined;
  let stuck: readonly number[] = [];
  let ending: Promise<undefined> | undefined;
  let giveUp: (ending: Promise<undefined>) => void = () => undefined;
  const givenUp = new Promise<undefined>((resolve) => (giveUp = resolve));
  const end = (why: 'timed_out' | 'cancelled'): void => {
    stop ??= why;
    ending ??= begun(started, services.graceMs)
      .then(() => services.machine.endTree(started.tree, { graceMs: services.graceMs, force: request.force }))
      .then((left) => void (stuck = left));
    giveUp(ending); // whoever cannot be ended must not be waited for
  };
  const timeoutMs = request.timeoutLeftMs ?? task.timeoutMs;
  const timer = timeoutMs === undefined ? undefined : setTimeout(end, timeoutMs, 'timed_out');
  const onCancel = (): void => end('cancelled');
  if (request.cancel.aborted) onCancel();
  else request.cancel.addEventListener('abort', onCancel, { once: true });
  const ended = await Promise.race([started.ended, givenUp]);
  clearTimeout(timer);
  clearTimeout(identified);
  request.cancel.removeEventListener('abort', onCancel);
  await ending;
  const shortening = lastLook();
  if (shortening !== undefined) await shortening;
  if (stop !== undefined) return { ended: 'stopped', result: stopped(stop, request, stuck) };
  if (ended === undefined || ended.kind === 'not-started') {
    const why = ended?.failure ?? failure('io', 'The process is gone.');
    return { ended: 'stopped', result: failedWith(why, why.kind !== 'missing' && why.kind !== 'invalid') };
  }
  return { ended: 'exited', exit: ended };
}

/** A warm shell needs a moment to become the attempt; who looks for something to end before that finds nothing, and it would then begin. */
function begun({ pid }: Started, mostMs: number): Promise<unknown> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, mostMs);
    void pid.then(() => {
      clearTimeout(timer);
      resolve(undefined);
    });
  });
}

function stopped(why: 'timed_out' | 'cancelled', request: AttemptRequest, stuck: readonly number[]): AttemptResult {
  const reason =
    why === 'timed_out'
      ? `it ran longer than its timeout of ${formatDuration(request.task.timeoutMs ?? 0)}`
      : String(request.cancel.reason ?? 'cancelled');
  if (stuck.length === 0) return { status: why, reason, retriable: why === 'timed_out', outputs: {} };
  const pids = stuck.join(', ');
  return {
    status: why,
    reason: `${reason}; even by force it could not be ended: ${stuck.length === 1 ? `process ${pids} waits` : `processes ${pids} wait`} inside the kernel`,
    next: `Such a process ends by itself once what it waits for answers (a disk, a network file system, a frozen control group): ps -o pid,stat,wchan:32,args -p ${stuck.join(',')}`,
    retriable: false, // a second one must not run beside it
    outputs: {},
  };
}

/** Starts a task host and waits for its answer. */
export async function runHosted(
  services: AttemptServices,
  request: AttemptRequest,
  action: HostAction,
  outputs: JsonObject = {},
): Promise<(Seen & { ended: 'stopped' }) | (Seen & { ended: 'exited' } & { reply: HostReply | undefined })> {
  let reply: HostReply | undefined;
  mkdirSync(request.stateDir, { recursive: true, mode: 0o700 });
  const started = launchHost(services, request, action, outputs, (line) => {
    const value = parseJson(line);
    if (isReply(value)) reply = value;
  });
  const seen = await watch(services, request, started);
  return seen.ended === 'stopped' ? seen : { ...seen, reply };
}

function launchHost(
  services: AttemptServices,
  request: AttemptRequest,
  action: HostAction,
  outputs: JsonObject,
  onChannelLine: (line: string) => void,
): Running {
  const { task, attempt } = request;
  const body = {
    action,
    type: task.type,
    parameters: request.parameters,
    outputs,
    ...(services.masked || action !== 'run' ? {} : { record: services.logPath(request, 'end') }),
    context: {
      workflow: services.plan.workflow,
      task: task.id,
      runId: services.runId,
      attempt,
      root: services.plan.root,
      cwd: request.cwd,
      stateDir: request.stateDir,
      env: request.env,
    },
  };
  const cgroup = services.cgroupFor(request);
  const launchRequest: LaunchRequest = {
    program: services.tasks.engine.program,
    args: [...services.tasks.engine.args, '__task-host'],
    env: { ...request.env, ...services.tasks.engine.env },
    cwd: existsSync(request.cwd) ? request.cwd : services.plan.root,
    stdin: JSON.stringify(body),
    output: services.sinkFor(request),
    marker: services.markerFor(request),
    onChannelLine,
    ...(cgroup === undefined ? {} : { cgroup }),
  };
  return services.machine.launch(launchRequest);
}

export function fromReply(
  reply: HostReply | undefined,
  exit: { exitCode: number | null; signal: string | null },
  request: AttemptRequest,
  services: AttemptServices,
): AttemptResult {
  if (reply === undefined) return failedExit(exit, services);
  if (reply.kind === 'failed') return failedWith(reply.failure, reply.failure.retriable ?? true);
  const outputs = reply.kind === 'outputs' ? reply.outputs : {};
  return {
    status: 'succeeded',
    exitCode: 0,
    retriable: true,
    outputs: { ...outputs, ...readDeclaredOutputs(services, request) },
  };
}

/** What a preview found, or why there is none. */
export async function previewTask(
  services: AttemptServices,
  request: AttemptRequest,
): Promise<Result<Preview | undefined, AttemptResult>> {
  const hosted = await runHosted(services, request, 'preview');
  if (hosted.ended === 'stopped') return err(hosted.result);
  const { reply } = hosted;
  if (reply?.kind === 'preview') return ok(reply.preview);
  if (reply?.kind === 'failed') return err(failedWith(reply.failure));
  return reply === undefined ? err(failedExit(hosted.exit, services)) : ok(undefined);
}

function failedExit(
  { exitCode, signal }: { exitCode: number | null; signal: string | null },
  services: AttemptServices,
): AttemptResult {
  // A task whose log cannot be written fails in its own words, or without any: the disk says what happened.
  const full = isDiskFull(services.layout.logs);
  const how = signal === null ? `it exited with ${exitCode ?? 'no code'}` : `it was ended by ${signal}`;
  return {
    status: 'failed',
    ...(exitCode === null ? {} : { exitCode }),
    ...(signal === null ? {} : { signal }),
    reason: full ? `${how}, and the disk that holds its log is full (${services.layout.logs})` : how,
    ...(full ? { next: 'Free some space, then resume the run.' } : {}),
    retriable: !full,
    outputs: {},
  };
}
