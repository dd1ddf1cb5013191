/** One way for every command to read its arguments, print its help and fail: commander, told to use our `Io` and our exit codes. */
import { Command, CommanderError, Help, type Option } from 'commander';
import { FailureError, type Failure } from '../core/failure.ts';
import { EXIT, type Io } from './io.ts';

/**
 * A commander command that prints to `io` and never ends the process; run it with `execute`.
 * @param name as typed after `code-engine`, such as `runs logs`
 */
export function command(name: string, summary: string, io: Io): Command {
  return configured(new Command(`code-engine ${name}`), io).description(summary);
}

/** Gives a command (or a subcommand of one) our output and no exits. */
export function configured(made: Command, io: Io): Command {
  return made
    .exitOverride()
    .helpOption('-h, --help', 'this text')
    .configureHelp({ optionDescription: describe })
    .configureOutput({
      writeOut: (text) => void io.out.write(text),
      writeErr: (text) => void io.err.write(text),
      getOutHelpWidth: () => io.columns,
      getErrHelpWidth: () => io.columns,
      outputError: (text, write) => write(`code-engine: ${text.replace(/^error: /, '')}`),
    })
    .showHelpAfterError(`Try --help for what it takes.`);
}

/** As commander does it, but for an empty list, which is no news as a default. */
function describe(this: Help, option: Option): string {
  const none = Array.isArray(option.defaultValue) && option.defaultValue.length === 0;
  return none ? option.description : Help.prototype.optionDescription.call(this, option);
}

/** Lines to be copied, below a command's help. @param lines each without `code-engine` */
export function withExamples(made: Command, lines: readonly (readonly [line: string, what: string])[]): Command {
  const width = Math.max(...lines.map(([line]) => line.length));
  const text = lines.map(([line, what]) => `  code-engine ${line.padEnd(width)}   ${what}`.trimEnd()).join('\n');
  return made.addHelpText('after', `\nExamples:\n${text}`);
}

/** Parses and runs: the action's exit code, 0 after help, 2 after wrong usage; a `FailureError` becomes a message and its exit code. */
export async function execute(made: Command, args: readonly string[], io: Io, exit: () => number): Promise<number> {
  try {
    await made.parseAsync([...args], { from: 'user' });
    return exit();
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === 'commander.missingArgument') await suggestWorkflow(made, io);
      return error.exitCode === 0 ? EXIT.held : EXIT.usage;
    }
    if (error instanceof FailureError) return fail(io, error.failure);
    throw error;
  }
}

/** Where a workflow was to be named, those that are here. */
async function suggestWorkflow(made: Command, io: Io): Promise<void> {
  if (!/^files?$/.test(made.registeredArguments[0]?.name() ?? '')) return;
  const { workflowsIn } = await import('./nearby.ts');
  const { listOf } = await import('../language/suggest.ts');
  const here = workflowsIn(io.cwd);
  if (here.length > 0) io.err.write(`  There is ${listOf(here)}.\n`);
}

/**
 * The common case: one action that gives the exit code.
 * @param made with its arguments and options declared
 * @param action called with the positional arguments and the options; it says itself what type the options that it declared have
 */
export async function runAction(
  made: Command,
  args: readonly string[],
  io: Io,
  action: (positional: readonly string[], options: never) => Promise<number>,
): Promise<number> {
  let code: number = EXIT.held;
  made.action(async () => {
    code = await action(made.args, made.opts<never>());
  });
  return execute(made, args, io, () => code);
}

/**
 * The arguments as commander is to see them: with `--help` behind a name that is no command it would print its own help and be content,
 * so the name goes in alone and is refused like any other unknown one.
 */
export function knownCommand(args: readonly string[], names: readonly string[]): readonly string[] {
  const name = args.find((arg) => !arg.startsWith('-'));
  return name === undefined || names.includes(name) ? args : [name];
}

/** For options that may be given several times. */
export const collect = (value: string, previous: readonly string[]): string[] => [...previous, value];

/** Prints a failure for a person. @returns the exit code that belongs to its kind */
export function fail(io: Io, failed: Failure): number {
  io.err.write(`code-engine: ${harmless(failed.message)}\n`);
  if (failed.next !== undefined) io.err.write(`  ${harmless(failed.next)}\n`);
  return exitOf(failed);
}

/** A message may name a file, a task or a tool's words: nothing of that does anything to the terminal. */
const harmless = (text: string): string => text.replace(/(?![\n\t])[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '');

export function exitOf(failed: Failure): number {
  switch (failed.kind) {
    case 'usage':
    case 'invalid':
      return EXIT.usage;
    case 'missing':
    case 'unreachable':
      return EXIT.missing;
    case 'cancelled':
      return EXIT.cancelled;
    case 'denied':
    case 'no-space':
    case 'conflict':
    case 'timeout':
    case 'tool':
    case 'io':
      return EXIT.failed;
  }
}
