/**
 * `code-engine`: picks the command and loads only that one's code, so that `--help` costs little more than Node's own start.
 * This file and `extension/activate.ts` are the two that hand the list of task types inward.
 */
import { Command, CommanderError } from 'commander';
import { FailureError } from '../core/failure.ts';
import type { PreparedSupervisor } from '../engine/prepare.ts';
import { configured, fail, knownCommand } from './command.ts';
import { EXIT, processIo, type CommandFunction, type Io } from './io.ts';
import { version } from './version.ts';

interface Entry {
  readonly usage: string;
  readonly summary: string;
  readonly load: () => Promise<CommandFunction>;
}

const commands: Readonly<Record<string, Entry>> = {
  run: {
    usage: 'FILE',
    summary: 'run a workflow and watch it',
    load: async () => (await import('./commands/run.ts')).run,
  },
  deploy: {
    usage: '"DESCRIPTION"',
    summary: 'from a description to a reviewed plan, and then a run',
    load: async () => (await import('./commands/deploy.ts')).deploy,
  },
  plan: {
    usage: 'eval FILE',
    summary: 'score a planner over a set of prompts',
    load: async () => (await import('./commands/plan-eval.ts')).plan,
  },
  preview: {
    usage: 'FILE',
    summary: 'what a run would change',
    load: async () => (await import('./commands/preview.ts')).preview,
  },
  validate: {
    usage: 'FILE…',
    summary: 'what is wrong with workflow files, word by word',
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  graph: {
    usage: 'FILE',
    summary: 'which task waits for which',
    load: async () => (await import('./commands/graph.ts')).graph,
  },
  analyze: {
    usage: 'FILE',
    summary: 'where the time of a run goes, and what would save some',
    load: async () => (await import('./commands/analyze.ts')).analyze,
  },
  secure: {
    usage: '[DIR]',
    summary: 'scanners and policies in one report',
    load: async () => (await import('./commands/secure.ts')).secure,
  },
  types: {
    usage: '[TYPE]',
    summary: 'the task types and their parameters',
    load: async () => (await import('./commands/types.ts')).types,
  },
  doctor: {
    usage: '',
    summary: 'which tools are there, and how to get the rest',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  runs: {
    usage: '[ACTION] [RUN]',
    summary: 'what ran, what runs now: list, show, logs, explain, resume, cancel …',
    load: async () => (await import('./commands/runs.ts')).runs,
  },
  export: {
    usage: 'FILE',
    summary: 'a workflow as a pipeline of Tekton',
    load: async () => (await import('./commands/export.ts')).exportFile,
  },
  import: {
    usage: 'FILE',
    summary: 'a workflow from GitHub Actions, Tekton or Taskfile',
    load: async () => (await import('./commands/import.ts')).importFile,
  },
  init: {
    usage: '',
    summary: 'what CODE and Claude Code read about this workspace',
    load: async () => (await import('./commands/init.ts')).init,
  },
  serve: {
    usage: '--stdio',
    summary: 'the relay that a window talks to',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  lsp: {
    usage: '--stdio',
    summary: 'the language server, for any editor',
    load: async () => (await import('./commands/lsp.ts')).lsp,
  },
  mcp: {
    usage: '',
    summary: 'a Model Context Protocol server, for Claude Code and others',
    load: async () => (await import('./commands/mcp.ts')).mcp,
  },
  path: {
    usage: '[PATH…]',
    summary: 'paths between Windows and WSL',
    load: async () => (await import('./commands/path.ts')).path,
  },
  wsl: {
    usage: '[ACTION]',
    summary: 'WSL: list, status, setup, move',
    load: async () => (await import('./commands/wsl.ts')).wsl,
  },
};

/** Runs the command that the arguments name. @returns the exit code */
async function main(args: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.held;
  const program = configured(new Command('code-engine'), io)
    .description('Deployments as stages of parallel tasks: written, reviewed, approved, run and watched.')
    .version(version, '-V, --version', 'the version of code-engine')
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp({ subcommandTerm: (sub) => `${sub.name()} ${sub.usage()}`.trimEnd() })
    .addHelpText('after', '\nEvery command has its own --help. NO_COLOR and CI are heeded.');
  for (const [name, entry] of Object.entries(commands)) {
    configured(program.command(name), io)
      .summary(entry.summary)
      .usage(entry.usage)
      .helpOption(false)
      .allowUnknownOption()
      .allowExcessArguments()
      .passThroughOptions()
      .action(async () => {
        // As typed, not as commander hands it on: a `--` before a name that begins with a dash is for the command itself.
        code = await (await entry.load())(args.slice(args.indexOf(name) + 1), io);
      });
  }
  if (args.length === 0) program.help();
  await program.parseAsync([...knownCommand(args, Object.keys(commands))], { from: 'user' });
  return code;
}

/** The last edge: nothing that is thrown below reaches a user as a stack trace, unless asked for with CODE_DEBUG. */
function explain(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.held : EXIT.usage;
  if (error instanceof FailureError) return fail(io, error.failure);
  const debug = io.env.CODE_DEBUG !== undefined;
  const text = error instanceof Error ? (debug ? (error.stack ?? error.message) : error.message) : String(error);
  io.err.write(`code-engine: something went wrong inside code-engine itself: ${text}\n`);
  if (!debug) io.err.write('  Set CODE_DEBUG=1 to see where, and please report it.\n');
  return EXIT.failed;
}

/**
 * Everything that a person types after `code-engine`.
 * @param supervisor one that is loading already, for a command that starts a run
 * @returns the exit code
 */
export async function commandLine(
  args: readonly string[],
  supervisor: PreparedSupervisor | undefined,
): Promise<number> {
  // Not spread into a new object: the window's size is asked anew each time.
  let io: Io;
  try {
    io = Object.assign(processIo(), supervisor === undefined ? {} : { supervisor });
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const { message, next = '' } = error.failure;
    process.stderr.write(`code-engine: ${message}\n  ${next}\n`);
    return EXIT.usage;
  }
  return main(args, io).catch((error: unknown) => explain(error, io));
}
