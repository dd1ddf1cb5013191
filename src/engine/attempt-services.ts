/** What attempts share in one run: the log files and their follower, the warm shells, masking, and ways to tell the run. */
import { closeSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import type { Redactor, RedactingStream } from '../core/redact.ts';
import type { ApprovalRequest, TaskContext } from '../core/task-type.ts';
import type { Plan } from '../graph/plan.ts';
import { removeCgroup } from '../platform/cgroups.ts';
import { failureFrom, type Failure } from '../core/failure.ts';
import { thisMachine, type Machine } from '../platform/machine.ts';
import type { Tree } from '../platform/processes.ts';
import { ShellPool } from '../platform/shell-pool.ts';
import type { OutputSink } from '../platform/spawn.ts';
import type { Stream } from '../run/events.ts';
import { logFile, slug, type AttemptFile, type RunLayout } from '../run/layout.ts';
import type { AttemptRequest } from './attempt-request.ts';
import { LogFollower, type OnOutput } from './log-follower.ts';
import { DEFAULT_LOG_LIMIT, LogLimit } from './log-limit.ts';
import type { TaskRuntime } from './task-runtime.ts';

export interface ApprovalAnswer {
  readonly approved: boolean;
  readonly by: string;
  readonly comment?: string;
}

export interface ServiceOptions {
  readonly plan: Plan;
  readonly runId: string;
  readonly layout: RunLayout;
  readonly graceMs: number;
  readonly tasks: TaskRuntime;
  /** Default: the one that this runs on. */
  readonly machine?: Machine;
  /** The environment that every task starts from. */
  readonly baseEnv: Readonly<Record<string, string>>;
  /** Where the run has secrets: everything that a task prints goes through it before it reaches the disk. */
  readonly redactor: Redactor | undefined;
  readonly onOutput: OnOutput;
  readonly onProcess: (task: string, attempt: number, pid: number, tree: Tree) => void;
  readonly onLogFailure: (task: string, failure: Failure) => void;
  /** The limit that a person asked for, bytes, 0 for none; else the task's own counts. */
  readonly logLimit?: number;
  /** A log has reached its limit, and its middle is left out from now on. */
  readonly onLogLimit: (task: string, stream: Stream, limit: number) => void;
  readonly approve: (task: string, request: ApprovalRequest, signal: AbortSignal) => Promise<ApprovalAnswer>;
}

const READ_MOST = 1024 * 1024;

export class AttemptServices {
  readonly plan: Plan;
  readonly runId: string;
  readonly layout: RunLayout;
  readonly graceMs: number;
  readonly tasks: TaskRuntime;
  readonly machine: Machine;
  readonly approve: ServiceOptions['approve'];
  readonly #options: ServiceOptions;
  readonly #follower: LogFollower;
  readonly #writers = new Map<string, MaskedLog>();
  readonly #cgroups: string[] = [];
  #pool: ShellPool | null | undefined;

  constructor(options: ServiceOptions) {
    this.#options = options;
    ({ plan: this.plan, runId: this.runId, layout: this.layout, graceMs: this.graceMs, tasks: this.tasks } = options);
    this.machine = options.machine ?? thisMachine;
    this.approve = options.approve;
    this.#follower = new LogFollower(options.onOutput);
  }

  /** Warm shells, where there is a bash for them and nothing that they print needs masking. */
  get pool(): ShellPool | undefined {
    if (this.#pool === undefined) {
      const bash = this.#options.redactor === undefined ? this.machine.findBash() : undefined;
      this.#pool = bash === undefined ? null : new ShellPool(bash, this.#options.baseEnv);
    }
    return this.#pool ?? undefined;
  }

  /** Whether everything that is printed is masked: nothing that a task answers may reach the disk as it is. */
  get masked(): boolean {
    return this.#options.redactor !== undefined;
  }

  markerFor({ task, attempt }: AttemptRequest): string {
    return `${this.runId}/${task.id}/${attempt}`;
  }

  logPath({ task, attempt }: AttemptRequest, stream: AttemptFile): string {
    return logFile(this.layout, task.id, attempt, stream);
  }

  sinkFor(request: AttemptRequest): OutputSink {
    if (this.#options.redactor === undefined) {
      return { kind: 'files', stdout: this.logPath(request, 'stdout'), stderr: this.logPath(request, 'stderr') };
    }
    const log = this.#maskedLog(request);
    return { kind: 'pipes', onChunk: (stream, chunk) => log.write(stream, chunk) };
  }

  /** Appends what a check of an inline type printed. */
  write(request: AttemptRequest, stream: Stream, chunk: Buffer): void {
    this.#maskedLog(request).write(stream, chunk);
  }

  /** Appends a line of the engine's or of an inline type to the attempt's log. */
  say(request: AttemptRequest, stream: Stream, line: string): void {
    this.#maskedLog(request).write(stream, Buffer.from(`${line}\n`));
  }

  #maskedLog(request: AttemptRequest): MaskedLog {
    const key = this.markerFor(request);
    let log = this.#writers.get(key);
    if (log === undefined) {
      log = new MaskedLog(
        { stdout: this.logPath(request, 'stdout'), stderr: this.logPath(request, 'stderr') },
        this.#options.redactor,
        (why) => this.#options.onLogFailure(request.task.id, why),
      );
      this.#writers.set(key, log);
    }
    return log;
  }

  /** Follows the attempt's log; the returned function takes the last look, and what it returns is to be waited for. */
  follow(request: AttemptRequest): () => Promise<unknown> | undefined {
    const { task, attempt, told } = request;
    const limits = this.#limitsFor(request);
    const last = this.#follower.follow({
      task: task.id,
      attempt,
      stdout: this.logPath(request, 'stdout'),
      stderr: this.logPath(request, 'stderr'),
      ...(limits === undefined ? {} : { limits }),
      ...(told === undefined ? {} : { told }),
    });
    return () => {
      this.#writers.get(this.markerFor(request))?.flush();
      return last();
    };
  }

  #limitsFor(request: AttemptRequest): Record<Stream, LogLimit> | undefined {
    const { id, logLimit } = request.task;
    const limit = this.#options.logLimit ?? logLimit ?? DEFAULT_LOG_LIMIT;
    if (limit === 0) return undefined;
    const of = (stream: Stream): LogLimit =>
      new LogLimit(this.logPath(request, stream), limit, {
        onLimit: () => this.#options.onLogLimit(id, stream, limit),
        onFailure: (why) => this.#options.onLogFailure(id, why),
      });
    return { stdout: of('stdout'), stderr: of('stderr') };
  }

  identified(task: string, attempt: number, pid: number | undefined, tree: Tree): void {
    if (pid !== undefined) this.#options.onProcess(task, attempt, pid, tree);
  }

  cgroupFor(request: AttemptRequest): string | undefined {
    const folder = this.machine.makeCgroup(`${slug(request.task.id).replaceAll('%', '_')}.${request.attempt}`);
    if (folder !== undefined) this.#cgroups.push(folder);
    return folder;
  }

  contextFor(request: AttemptRequest): TaskContext {
    return {
      workflow: this.plan.workflow,
      task: request.task.id,
      runId: this.runId,
      attempt: request.attempt,
      root: this.plan.root,
      cwd: request.cwd,
      get env() {
        return request.env;
      },
      stateDir: request.stateDir,
      signal: request.cancel,
      log: (line) => this.say(request, 'stdout', line),
      warn: (line) => this.say(request, 'stderr', line),
    };
  }

  /** The first MiB of an attempt's standard output. */
  readOutput(request: AttemptRequest): string {
    const path = this.logPath(request, 'stdout');
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size === 0) return ''; // the common case of short tasks costs one system call and no buffer
    const file = openSync(path, 'r');
    try {
      const buffer = Buffer.allocUnsafe(Math.min(size, READ_MOST));
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(file);
    }
  }

  /** What the task wrote into `$CODE_OUTPUT` went past the mask; where there are secrets, it does not stay on the disk. */
  forgetOutputs(request: AttemptRequest): void {
    if (this.#options.redactor !== undefined) rmSync(this.logPath(request, 'outputs'), { force: true });
  }

  close(): void {
    this.#pool?.close();
    for (const log of this.#writers.values()) log.close();
    for (const folder of this.#cgroups) removeCgroup(folder);
  }
}

/** Writes what went through the mask; a failing disk is told once and stops nothing but the log. */
class MaskedLog {
  readonly #paths: Readonly<Record<Stream, string>>;
  readonly #redactor: Redactor | undefined;
  readonly #onFailure: (failure: Failure) => void;
  readonly #files: Partial<Record<Stream, number>> = {};
  readonly #streams: Partial<Record<Stream, RedactingStream>> = {};
  #failed = false;

  constructor(
    paths: Readonly<Record<Stream, string>>,
    redactor: Redactor | undefined,
    onFailure: (failure: Failure) => void,
  ) {
    this.#paths = paths;
    this.#redactor = redactor;
    this.#onFailure = onFailure;
  }

  write(stream: Stream, chunk: Buffer): void {
    if (this.#redactor === undefined) {
      this.#append(stream, chunk);
      return;
    }
    const masking = (this.#streams[stream] ??= this.#redactor.stream());
    this.#append(stream, masking.push(chunk));
  }

  flush(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const rest = this.#streams[stream]?.end();
      if (rest !== undefined) this.#append(stream, rest);
    }
  }

  close(): void {
    this.flush();
    for (const file of Object.values(this.#files)) closeSync(file);
  }

  #append(stream: Stream, bytes: Buffer): void {
    if (bytes.length === 0 || this.#failed) return;
    try {
      const file = (this.#files[stream] ??= openSync(this.#paths[stream], 'a', 0o600));
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
    } catch (error) {
      this.#failed = true;
      this.#onFailure(failureFrom(error, `write the log ${this.#paths[stream]}`));
    }
  }
}
