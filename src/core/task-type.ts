/**
 * The contract between a task type and everything else. A type is one file in `src/tasks/`, made with `defineTask`; schema, completion,
 * hover, snippets, the README's table, doctor's checks and the planner's vocabulary all come from that one definition.
 *
 * A type runs in one of three ways:
 * - `command`: one program (or one shell text); the supervisor starts it directly. The cheapest way, and all that `shell` needs.
 * - `steps`: a small program of ours that calls tools one after the other. It runs in a process of its own (the task host), so a
 *   heavy library or a crash in it never touches the supervisor, and one kill ends it together with the tools it started.
 * - `inline`: waiting and light requests (http, wait, notify, approval), in the supervisor itself.
 */
import * as z from 'zod';
import type { Category, Convention, ResourceClass, TaskExample, TaskTypeInfo, ToolRequirement } from './catalogue.ts';
import type { Changes } from './changes.ts';
import type { Failure } from './failure.ts';
import type { JsonObject } from './json.ts';
import type { Result } from './result.ts';

/** A program to start. Arguments are a list, never a shell text; a shell runs only where the user wrote a shell text (`script`). */
export type CommandSpec = (
  | { readonly kind: 'argv'; readonly program: string; readonly args: readonly string[] }
  | { readonly kind: 'script'; readonly text: string; readonly shell?: string }
) & {
  /** Added to the task's own environment. Secrets go here or to `stdin`, never into `args`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Relative to the task's working directory. */
  readonly cwd?: string;
  readonly stdin?: string;
};

export const run = (
  program: string,
  args: readonly string[],
  more: { env?: Readonly<Record<string, string>>; cwd?: string; stdin?: string } = {},
): CommandSpec => ({ kind: 'argv', program, args, ...more });

/** How a program ended. `stdout` holds what was captured (nothing unless capture was asked for). */
export interface ExecResult {
  /** `null` when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  /** The last 64 KiB of standard error, for messages; all of it is in the log. */
  readonly stderr: string;
}

/** What a task type knows about the place and the moment that it runs in. */
export interface TaskContext {
  readonly workflow: string;
  readonly task: string;
  readonly runId: string;
  /** Counts from 1. */
  readonly attempt: number;
  /** The workflow's root folder, absolute. */
  readonly root: string;
  /** The task's working directory, absolute. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** A folder of this task in this run, kept from preview over approval to apply and over retries: saved plans live here. */
  readonly stateDir: string;
  /** Aborted on cancel and timeout. */
  readonly signal: AbortSignal;
  /** One line into the task's log (standard output). */
  log(line: string): void;
  /** One line into the task's log (standard error). */
  warn(line: string): void;
}

/** A piece of what a task of the run printed; a line may go over several. */
export interface LogPiece {
  readonly task: string;
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  /** When the engine saw it: milliseconds since 1970. */
  readonly timeMs: number;
  readonly text: string;
}

export interface ExecOptions {
  readonly capture?: boolean;
  /** Asks the program to end (SIGTERM), as a person would with Ctrl+C. */
  readonly signal?: AbortSignal;
}

/** What a `steps` type may do. */
export interface StepContext extends TaskContext {
  /**
   * Starts a program inside this attempt and waits for it. Its output streams into the task's log, except standard output when
   * `capture` is set: that is machine-readable output to parse, kept out of the log. `signal` ends the program before its time.
   */
  exec(command: CommandSpec, options?: ExecOptions): Promise<ExecResult>;
  /** The path of the first of these programs on the PATH, or `undefined`. */
  which(...programs: readonly string[]): Promise<string | undefined>;
  /** What the other tasks of this run have printed so far, in order, secrets masked; nothing before the run has begun. */
  runLogs(): AsyncIterable<LogPiece>;
}

/** A question to a person, who approves or refuses. */
export interface ApprovalRequest {
  readonly message: string;
  readonly details?: string;
}

/** Another workflow's run that has ended. */
export interface ChildRun {
  readonly runId: string;
  readonly status: string;
  /** Outputs by task, of the tasks that succeeded. */
  readonly outputs: Readonly<Record<string, JsonObject>>;
}

export interface InlineContext extends TaskContext {
  /** As for `steps`; for short checks (the condition of `wait`), never for a tool's real work. */
  readonly exec: StepContext['exec'];
  readonly approve: (
    request: ApprovalRequest,
  ) => Promise<{ readonly approved: boolean; readonly by: string; readonly comment?: string }>;
  /** Runs another workflow as a child run, journalled under its own id; resolves when it has ended. */
  readonly runWorkflow: (request: { readonly file: string; readonly inputs: JsonObject }) => Promise<Result<ChildRun>>;
}

/** What a task would change. */
export interface Preview {
  /** One line: `2 to add, 1 to change, 0 to destroy`. */
  readonly summary: string;
  readonly changes: Changes;
  /** The tool's own words or a diff, for reading. */
  readonly text: string;
  /** What an approval binds to: equal digests mean that the same would happen. */
  readonly digest: string;
}

/** Why an attempt failed, for a person; `retriable: false` stops further attempts (wrong input stays wrong). */
export interface TaskFailure extends Failure {
  readonly retriable?: boolean;
  readonly exitCode?: number;
  /** Outputs that are valid although the attempt failed, such as what a scanner found above the threshold. */
  readonly outputs?: JsonObject;
}

export type TaskResult<O> = Result<O, TaskFailure>;

type Execution<P, O> =
  | {
      readonly kind: 'command';
      command(parameters: P, context: TaskContext): CommandSpec;
      /** Reads the outputs from what was printed (the first 1 MiB of standard output). Without it the task has none of its own. */
      parse?(result: ExecResult): TaskResult<O>;
    }
  | { readonly kind: 'steps'; run(parameters: P, context: StepContext): Promise<TaskResult<O>> }
  | { readonly kind: 'inline'; run(parameters: P, context: InlineContext): Promise<TaskResult<O>> };

export interface TaskType<P = unknown, O = unknown> {
  readonly type: string;
  readonly aliases: readonly string[];
  readonly category: Category;
  readonly systems: readonly string[];
  readonly summary: string;
  readonly docs?: string;
  readonly licence: string;
  readonly class: ResourceClass;
  readonly requires: readonly ToolRequirement[];
  readonly parameters: z.ZodType<P>;
  readonly outputs: z.ZodType<O>;
  readonly conventions: readonly Convention[];
  readonly examples: readonly TaskExample[];
  readonly execution: Execution<P, O>;
  /** The optional requirements that these parameters make necessary, by program name. */
  needs?(parameters: P): readonly string[];
  /** Checks before anything of the run starts (is there a cluster, a login?); runs in the task host. */
  preflight?(parameters: P, context: StepContext): Promise<Result<void>>;
  preview?(parameters: P, context: StepContext): Promise<TaskResult<Preview>>;
  /** Undoes what a successful or failed attempt did; `outputs` are the attempt's own, as far as it has any. */
  rollback?(parameters: P, outputs: Partial<O>, context: StepContext): Promise<TaskResult<void>>;
  /** After a crash: did an attempt whose outcome is unknown take effect? */
  probe?(parameters: P, context: StepContext): Promise<'done' | 'not-done' | 'unknown'>;
}

/** A type with its parameter and output types erased, for lists and tables. */
export type AnyTaskType = TaskType<never>;

type Definition<P extends z.ZodType, O extends z.ZodType> = Omit<
  TaskType<z.output<P>, z.output<O>>,
  'parameters' | 'outputs' | 'aliases' | 'conventions' | 'requires' | 'execution'
> & {
  readonly parameters: P;
  readonly outputs: O;
  readonly aliases?: readonly string[];
  readonly conventions?: readonly Convention[];
  readonly requires?: readonly ToolRequirement[];
  readonly execution: Execution<z.output<P>, z.output<O>>;
};

/** Makes a task type; the parameters' and outputs' types follow from the schemas. */
export function defineTask<P extends z.ZodType, O extends z.ZodType>(
  definition: Definition<P, O>,
): TaskType<z.output<P>, z.output<O>> {
  return { aliases: [], conventions: [], requires: [], ...definition } as unknown as TaskType<z.output<P>, z.output<O>>;
}

/** The plain data of a type, for the generated catalogue. */
export function infoOf(type: AnyTaskType): TaskTypeInfo {
  return {
    type: type.type,
    aliases: type.aliases,
    category: type.category,
    systems: type.systems,
    summary: type.summary,
    ...(type.docs === undefined ? {} : { docs: type.docs }),
    licence: type.licence,
    class: type.class,
    tools: type.requires,
    parameters: schemaOf(type.parameters, 'input'),
    outputs: schemaOf(type.outputs, 'output'),
    conventions: type.conventions,
    examples: type.examples,
    execution: type.execution.kind,
    preview: type.preview !== undefined,
    rollback: type.rollback !== undefined,
    probe: type.probe !== undefined,
  };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest as JsonObject;
}

/** A described string parameter. */
export const text = (description: string): z.ZodString => z.string().min(1).meta({ description });

/** A path in the workspace: completed, checked for existence, converted where it is a Windows path. */
export const path = (kind: 'file' | 'folder' | 'any', description: string): z.ZodString =>
  z.string().min(1).meta({ description, 'x-path': kind });

/** A duration such as `90s`, given to the tool in milliseconds by `parseDuration`. */
export const duration = (description: string): z.ZodString => z.string().meta({ description, 'x-duration': true });

/** A value that must come from `${{ secrets.NAME }}`; written out in the file it is a diagnostic. */
export const secret = (description: string): z.ZodString => z.string().meta({ description, 'x-secret': true });
