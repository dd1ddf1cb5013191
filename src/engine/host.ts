/**
 * The task host: a process of its own in which a `steps` type runs (`core/task-type.ts`). It is the leader of the attempt's process
 * group; the tools that it starts are in the same group and write straight into the attempt's log. A heavy library or a crash in a
 * type never touches the supervisor.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { errnoOf, failure } from '../core/failure.ts';
import { isObject, parseJson, type JsonObject } from '../core/json.ts';
import type {
  AnyTaskType,
  CommandSpec,
  ExecOptions,
  ExecResult,
  StepContext,
  TaskFailure,
  TaskType,
} from '../core/task-type.ts';
import type { Result } from '../core/result.ts';
import { findExecutable } from '../platform/executables.ts';
import { programOf } from './command.ts';
import type { HostReply, HostRequest } from './host-protocol.ts';
import { runLogs } from './run-logs.ts';

type LoadType = (type: string) => Promise<AnyTaskType | undefined>;

/** Reads the request from standard input, does it, answers on descriptor 3. @returns the process's exit code */
export async function runTaskHost(load: LoadType): Promise<number> {
  const request = parseJson(await readAll(process.stdin)) as HostRequest | undefined;
  if (!isObject(request)) return 2;
  const reply = await perform(request, load);
  answer(reply, request.record);
  return reply.kind === 'failed' ? (reply.failure.exitCode ?? 1) : 0;
}

/** The supervisor may have died meanwhile: the answer then waits in a file for the one that comes after it. */
function answer(reply: HostReply, record: string | undefined): void {
  const line = `${JSON.stringify(reply)}\n`;
  try {
    writeSync(3, line);
  } catch (error) {
    if (record === undefined) throw error;
    writeFileSync(record, line, { flag: 'wx', mode: 0o600 });
  }
}

async function perform(request: HostRequest, load: LoadType): Promise<HostReply> {
  const type = (await load(request.type)) as TaskType | undefined;
  if (type === undefined) return failed(failure('invalid', `There is no task type ${request.type}.`));
  const parameters = type.parameters.safeParse(request.parameters);
  if (!parameters.success) {
    const { path, message } = parameters.error.issues[0] ?? { path: [], message: 'invalid parameters' };
    const where = path.length === 0 ? 'with' : `with.${path.join('.')}`;
    return failed({ ...failure('invalid', `${request.context.task}: ${where}: ${message}`), retriable: false });
  }
  const context = makeStepContext(request);
  try {
    return await act(type, request, parameters.data, context);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    context.warn(text);
    return failed(
      failure('tool', `The task type ${type.type} failed unexpectedly: ${firstLine(text)}`, {
        next: 'The log has the details; please report it.',
      }),
    );
  }
}

async function act(
  type: TaskType,
  request: HostRequest,
  parameters: unknown,
  context: StepContext,
): Promise<HostReply> {
  switch (request.action) {
    case 'run': {
      if (type.execution.kind !== 'steps')
        return failed(failure('invalid', `${type.type} does not run in a task host.`));
      return replyOf(await type.execution.run(parameters, context), (outputs) => ({
        kind: 'outputs',
        outputs: outputs as JsonObject, // checked by the type's own schema below its definition; JSON by contract
      }));
    }
    case 'preview':
      if (type.preview === undefined) return { kind: 'done' };
      return replyOf(await type.preview(parameters, context), (preview) => ({ kind: 'preview', preview }));
    case 'rollback':
      if (type.rollback === undefined) return failed(failure('invalid', `${type.type} has no rollback of its own.`));
      return replyOf(await type.rollback(parameters, request.outputs, context), () => ({ kind: 'done' }));
    case 'probe':
      return { kind: 'probe', answer: (await type.probe?.(parameters, context)) ?? 'unknown' };
    case 'preflight':
      if (type.preflight === undefined) return { kind: 'done' };
      return replyOf(await type.preflight(parameters, context), () => ({ kind: 'done' }));
  }
}

const failed = (why: TaskFailure): HostReply => ({ kind: 'failed', failure: why });

function replyOf<T>(result: Result<T, TaskFailure>, good: (value: T) => HostReply): HostReply {
  return result.ok ? good(result.value) : failed(result.failure);
}

const STDERR_KEPT = 65_536;

function makeStepContext(request: HostRequest): StepContext {
  const { context } = request;
  const cancelled = new AbortController();
  // The supervisor signals the whole group, tools included; a type that is between two tools learns it here.
  process.on('SIGTERM', () => cancelled.abort());
  process.on('SIGINT', () => cancelled.abort());
  mkdirSync(context.stateDir, { recursive: true, mode: 0o700 });
  return {
    ...context,
    signal: cancelled.signal,
    log: (line) => void process.stdout.write(`${line}\n`),
    warn: (line) => void process.stderr.write(`${line}\n`),
    exec: (command, options) => execute(command, context, cancelled.signal, options ?? {}),
    which: (...programs) => Promise.resolve(findExecutable(programs, context.env, context.cwd)),
    runLogs: () => runLogs(context.stateDir, context.task),
  };
}

/** Starts a tool in this attempt's process group. Its exit code is an answer; only that it could not be started is told as 127. */
function execute(
  command: CommandSpec,
  context: HostRequest['context'],
  signal: AbortSignal,
  { capture = false, signal: early }: ExecOptions,
): Promise<ExecResult> {
  if (signal.aborted) return Promise.resolve({ exitCode: null, signal: 'SIGTERM', stdout: '', stderr: '' });
  const { program, args, script, stdin } = programOf(command);
  const child = spawn(program, [...args], {
    cwd: command.cwd === undefined ? context.cwd : resolve(context.cwd, command.cwd),
    env: { ...context.env, ...command.env },
    stdio: [
      stdin === undefined ? 'ignore' : 'pipe',
      capture ? 'pipe' : 'inherit',
      'pipe',
      script === undefined ? 'ignore' : 'pipe',
    ],
    windowsHide: true,
  });
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => {
    process.stderr.write(chunk);
    stderr = (stderr + chunk.toString('utf8')).slice(-STDERR_KEPT);
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(stdin);
  const end = (): void => void child.kill('SIGTERM');
  early?.addEventListener('abort', end, { once: true });
  const channel = child.stdio[3];
  if (script !== undefined && channel !== null && channel !== undefined && 'end' in channel) {
    channel.on('error', () => undefined);
    channel.end(script);
  }
  return new Promise((done) => {
    child.once('error', (error) => {
      const text = errnoOf(error) === 'ENOENT' ? `${program}: not found` : error.message;
      process.stderr.write(`${text}\n`);
      done({ exitCode: 127, signal: null, stdout: '', stderr: text });
    });
    child.once('exit', (exitCode, ended) => {
      const finish = (): void => {
        clearTimeout(timer);
        early?.removeEventListener('abort', end);
        done({ exitCode, signal: ended, stdout: Buffer.concat(stdout).toString('utf8'), stderr });
      };
      // A daemon that the tool left behind may hold its pipes open for ever; the tool itself has ended.
      const timer = setTimeout(finish, capture ? 2000 : 300);
      child.once('close', finish);
    });
  });
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

async function readAll(stream: NodeJS.ReadStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
