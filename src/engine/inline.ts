/** Inline types (http, wait, notify, approval, workflow): they run in the supervisor, so their end is a promise's and not a process's. */
import { failure } from '../core/failure.ts';
import { formatDuration } from '../core/duration.ts';
import { isObject, parseJson, type JsonObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import type {
  AnyTaskType,
  ChildRun,
  CommandSpec,
  ExecResult,
  InlineContext,
  TaskResult,
  TaskType,
} from '../core/task-type.ts';
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { programOf } from './command.ts';
import { failedWith, parse, type AttemptRequest, type AttemptResult } from './attempt-request.ts';
import type { AttemptServices } from './attempt-services.ts';

export async function runInline(services: AttemptServices, request: AttemptRequest): Promise<AttemptResult> {
  const type = (await services.tasks.load(request.task.type)) as TaskType | undefined;
  if (type?.execution.kind !== 'inline') return failedWith(failure('invalid', 'The task type is not there.'), false);
  const parameters = parse(type as AnyTaskType, request);
  if (!parameters.ok) return failedWith(parameters.failure, false);
  const lastLook = services.follow(request);
  const stop = new AbortController();
  const context = inlineContext(services, request, stop.signal);
  const outcome = await orStopped(type.execution.run(parameters.value, context), request, stop, services.graceMs);
  await lastLook();
  if ('status' in outcome) return outcome;
  if (!outcome.ok) return failedWith(outcome.failure, outcome.failure.retriable ?? true);
  return { status: 'succeeded', retriable: true, outputs: outcome.value as JsonObject };
}

/** Waits for the type's end; timeout and cancel abort its signal, and what ignores that is left behind after the grace period. */
async function orStopped(
  running: Promise<TaskResult<unknown>>,
  request: AttemptRequest,
  stop: AbortController,
  graceMs: number,
): Promise<TaskResult<unknown> | AttemptResult> {
  let why: AttemptResult | undefined;
  const timers: NodeJS.Timeout[] = [];
  const stopped = new Promise<AttemptResult>((resolve) => {
    const end = (result: AttemptResult): void => {
      why ??= result;
      stop.abort();
      timers.push(setTimeout(() => resolve(result), graceMs));
      if (request.force.aborted) resolve(result);
      request.force.addEventListener('abort', () => resolve(result), { once: true });
    };
    const { timeoutMs } = request.task;
    if (timeoutMs !== undefined) {
      const reason = `it ran longer than its timeout of ${formatDuration(timeoutMs)}`;
      timers.push(setTimeout(() => end({ status: 'timed_out', reason, retriable: true, outputs: {} }), timeoutMs));
    }
    const onCancel = (): void =>
      end({ status: 'cancelled', reason: String(request.cancel.reason), retriable: false, outputs: {} });
    if (request.cancel.aborted) onCancel();
    request.cancel.addEventListener('abort', onCancel, { once: true });
  });
  try {
    const first = await Promise.race([running, stopped]);
    return why ?? first;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return why ?? err(failure('tool', `The task type ${request.task.type} failed unexpectedly: ${text}`));
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

function inlineContext(services: AttemptServices, request: AttemptRequest, signal: AbortSignal): InlineContext {
  return {
    ...services.contextFor(request),
    signal,
    exec: (command, options) => execInline(services, request, command, signal, options?.capture === true),
    approve: (asked) => services.approve(request.task.id, asked, signal),
    runWorkflow: ({ file, inputs }) => runChild(services, request, resolve(services.plan.root, file), inputs, signal),
  };
}

/** A short check of an inline type, as a process group of its own that a cancel ends. */
async function execInline(
  services: AttemptServices,
  request: AttemptRequest,
  command: CommandSpec,
  signal: AbortSignal,
  capture: boolean,
): Promise<ExecResult> {
  const stdout: Buffer[] = [];
  let stderr = '';
  const running = services.machine.launch({
    ...programOf(command),
    env: { ...request.env, ...command.env },
    cwd: command.cwd === undefined ? request.cwd : resolve(request.cwd, command.cwd),
    marker: services.markerFor(request),
    output: {
      kind: 'pipes',
      onChunk: (stream, chunk) => {
        if (stream === 'stdout' && capture) return void stdout.push(chunk);
        if (stream === 'stderr') stderr = (stderr + chunk.toString('utf8')).slice(-65_536);
        services.write(request, stream, chunk);
      },
    },
  });
  const end = (): void => void services.machine.endTree(running.tree, { graceMs: 1000 });
  signal.addEventListener('abort', end, { once: true });
  const ended = await running.ended;
  signal.removeEventListener('abort', end);
  if (ended.kind === 'not-started') return { exitCode: 127, signal: null, stdout: '', stderr: ended.failure.message };
  return { exitCode: ended.exitCode, signal: ended.signal, stdout: Buffer.concat(stdout).toString('utf8'), stderr };
}

/**
 * Another workflow, run by this program's own command line as a run of its own. A cancel is passed on as SIGTERM, which cancels the
 * child run in its own order, `finally` included.
 */
function runChild(
  services: AttemptServices,
  request: AttemptRequest,
  file: string,
  inputs: JsonObject,
  signal: AbortSignal,
): Promise<Result<ChildRun>> {
  const { program, args, env } = services.tasks.engine;
  const given = Object.entries(inputs).flatMap(([name, value]) => [
    '--input',
    `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  ]);
  const child = spawn(program, [...args, 'run', '--json', '--parent', services.runId, file, ...given], {
    cwd: services.plan.root,
    env: { ...request.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  const cancel = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', cancel, { once: true });
  let runId: string | undefined;
  let status: string | undefined;
  const outputs: Record<string, JsonObject> = {};
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = parseJson(line);
      if (!isObject(event)) continue;
      if (typeof event['runId'] === 'string') runId = event['runId'];
      if (event['type'] === 'task.finished' && isObject(event['outputs']))
        outputs[String(event['task'])] = event['outputs'] as JsonObject; // our own journal's words
      if (event['type'] === 'task.finished')
        services.say(request, 'stdout', `${String(event['task'])}: ${String(event['status'])}`);
      if (event['type'] === 'run.finished') status = String(event['status']);
    }
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096);
    services.say(request, 'stderr', text.replace(/\n$/, ''));
  });
  return new Promise((done) => {
    child.once('error', (error) =>
      done(err(failure('io', `The workflow ${file} could not be started: ${error.message}`))),
    );
    child.once('close', (code) => {
      if (runId !== undefined && status !== undefined) {
        done(ok({ runId, status, outputs }));
        return;
      }
      const kind = code === 3 ? 'missing' : 'invalid';
      done(err(failure(kind, `The workflow ${file} did not start: ${said.trim() || `exit code ${code ?? 'none'}`}`)));
    });
  });
}
