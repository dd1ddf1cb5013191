/** A context for task types that starts real programs: what the engine gives them in a run, without a run around it. */
import { spawn } from 'node:child_process';
import { constants, rmSync } from 'node:fs';
import { access, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import type {
  AnyTaskType,
  CommandSpec,
  ExecResult,
  InlineContext,
  LogPiece,
  StepContext,
  TaskResult,
} from '../../src/core/task-type.ts';

export type Workbench = StepContext & InlineContext & { readonly lines: string[]; readonly cancel: () => void };

type Options = Partial<Pick<InlineContext, 'approve' | 'runWorkflow'>> & {
  readonly root?: string;
  /** What the run has printed so far. */
  readonly printed?: readonly LogPiece[];
  readonly env?: Readonly<Record<string, string>>;
};

const made: string[] = [];
process.once('exit', () => {
  for (const each of made) {
    try {
      rmSync(each, { recursive: true, force: true });
    } catch {
      // a program still writes there
    }
  }
});

/** A folder that goes with the tests' process: tasks may leave programs in it that outlive a test. */
export async function folder(prefix: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  made.push(path);
  return path;
}

/** A fresh workspace folder (or the given one), with a state folder beside it. */
export async function workbench(options: Options = {}): Promise<Workbench> {
  const root = options.root ?? (await folder('code-tasks-'));
  const stateDir = await folder('code-state-');
  const env = { ...(process.env as Record<string, string>), ...options.env };
  const abort = new AbortController();
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  return {
    workflow: 'shop',
    task: 'under_test',
    runId: 'run-1',
    attempt: 1,
    root,
    cwd: root,
    env,
    stateDir,
    signal: abort.signal,
    log,
    warn: log,
    lines,
    cancel: () => abort.abort(),
    exec: (command, more) =>
      start(command, {
        cwd: root,
        env,
        signal: more?.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, more.signal]),
        log,
        capture: more?.capture === true,
      }),
    which: (...programs) => which(programs, env.PATH ?? ''),
    // eslint-disable-next-line @typescript-eslint/require-await -- the engine's own reads files
    runLogs: async function* () {
      yield* options.printed ?? [];
    },
    approve: options.approve ?? (() => Promise.reject(new Error('nobody was to be asked'))),
    runWorkflow: options.runWorkflow ?? (() => Promise.reject(new Error('no other workflow was to be run'))),
  };
}

interface Surroundings {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  readonly capture: boolean;
}

function start(command: CommandSpec, around: Surroundings): Promise<ExecResult> {
  const [program, args] =
    command.kind === 'argv' ? [command.program, command.args] : [command.shell ?? 'bash', ['-e', '-c', command.text]];
  const cwd =
    command.cwd === undefined || isAbsolute(command.cwd) ? (command.cwd ?? around.cwd) : join(around.cwd, command.cwd);
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: { ...around.env, ...command.env }, signal: around.signal });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (around.capture) stdout += text;
      else around.log(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-65_536);
      around.log(text);
    });
    child.on('error', (error) => resolve({ exitCode: 127, signal: null, stdout: '', stderr: error.message }));
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(command.stdin ?? '');
  });
}

async function which(programs: readonly string[], path: string): Promise<string | undefined> {
  for (const program of programs) {
    for (const folder of path.split(delimiter)) {
      const file = join(folder, program);
      if (
        await access(file, constants.X_OK).then(
          () => true,
          () => false,
        )
      )
        return file;
    }
  }
  return undefined;
}

/** Reads parameters as the engine does and runs the type. */
export async function perform(
  type: unknown,
  given: unknown,
  context: Workbench,
): Promise<TaskResult<Record<string, unknown>>> {
  const task = type as AnyTaskType;
  const parameters = task.parameters.parse(given);
  const { execution } = task;
  switch (execution.kind) {
    case 'command': {
      const result = await context.exec(execution.command(parameters, context), { capture: true });
      const parsed = execution.parse?.(result) ?? { ok: true, value: {} };
      return parsed as TaskResult<Record<string, unknown>>;
    }
    case 'steps':
    case 'inline': {
      const result = await execution.run(parameters, context);
      if (result.ok) task.outputs.parse(result.value);
      return result as TaskResult<Record<string, unknown>>;
    }
  }
}
