/**
 * `code-engine`: picks the command and loads only that one's code, so that `--help` costs little more than Node's own start.
 * This file and `extension/activate.ts` are the two that hand the list of task types inward.
 */
import { Command, CommanderError } from 'commander';
import { failure, FailureError } from '../core/failure.ts';
import type { PreparedSupervisor } from '../engine/prepare.ts';
import { configured, fail, knownCommand } from './command.ts';
import { EXIT, processIo, type CommandFunction, type Io } from './io.ts';
import { version } from './version.ts';

interface Entry {
  readonly group: string;
  readonly usage: string;
  readonly summary: string;
  readonly load: () => Promise<CommandFunction>;
}

const WRITE = 'Write a deployment:';
const RUN = 'Run it:';
const MACHINE = 'This machine:';
const PROGRAMS = 'For editors and other programs:';

const commands: Readonly<Record<string, Entry>> = {
  deploy: {
    group: WRITE,
    usage: '"DESCRIPTION"',
    summary: 'from a description to a reviewed plan, and then a run',
    load: async () => (await import('./commands/deploy.ts')).deploy,
  },
  validate: {
    group: WRITE,
    usage: 'FILE…',
    summary: 'what is wrong with workflow files, word by word',
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  types: {
    group: WRITE,
    usage: '[TYPE]',
    summary: 'the task types and their parameters',
    load: async () => (await import('./commands/types.ts')).types,
  },
  graph: {
    group: WRITE,
    usage: 'FILE',
    summary: 'which task waits for which',
    load: async () => (await import('./commands/graph.ts')).graph,
  },
  import: {
    group: WRITE,
    usage: 'FILE',
    summary: 'a workflow from GitHub Actions, Tekton or Taskfile',
    load: async () => (await import('./commands/import.ts')).importFile,
  },
  export: {
    group: WRITE,
    usage: 'FILE',
    summary: 'a workflow as a pipeline of Tekton',
    load: async () => (await import('./commands/export.ts')).exportFile,
  },
  init: {
    group: WRITE,
    usage: '',
    summary: 'what CODE and Claude Code read about this workspace',
    load: async () => (await import('./commands/init.ts')).init,
  },
  run: {
    group: RUN,
    usage: 'FILE',
    summary: 'run a workflow and watch it',
    load: async () => (await import('./commands/run.ts')).run,
  },
  preview: {
    group: RUN,
    usage: 'FILE',
    summary: 'what a run would change',
    load: async () => (await import('./commands/preview.ts')).preview,
  },
  runs: {
    group: RUN,
    usage: '[ACTION] [RUN]',
    summary: 'what ran, what runs now: list, show, logs, explain, resume, cancel …',
    load: async () => (await import('./commands/runs.ts')).runs,
  },
  analyze: {
    group: RUN,
    usage: 'FILE',
    summary: 'where the time of a run goes, and what would save some',
    load: async () => (await import('./commands/analyze.ts')).analyze,
  },
  secure: {
    group: RUN,
    usage: '[DIR]',
    summary: 'scanners and policies in one report',
    load: async () => (await import('./commands/secure.ts')).secure,
  },
  doctor: {
    group: MACHINE,
    usage: '',
    summary: 'which tools are there, and how to get the rest',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  wsl: {
    group: MACHINE,
    usage: '[ACTION]',
    summary: 'WSL: list, status, setup, move',
    load: async () => (await import('./commands/wsl.ts')).wsl,
  },
  path: {
    group: MACHINE,
    usage: '[PATH…]',
    summary: 'paths between Windows and WSL',
    load: async () => (await import('./commands/path.ts')).path,
  },
  completion: {
    group: MACHINE,
    usage: 'SHELL',
    summary: 'completion by the Tab key, for bash, zsh and fish',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  lsp: {
    group: PROGRAMS,
    usage: '--stdio',
    summary: 'the language server, for any editor',
    load: async () => (await import('./commands/lsp.ts')).lsp,
  },
  mcp: {
    group: PROGRAMS,
    usage: '',
    summary: 'a Model Context Protocol server, for Claude Code and others',
    load: async () => (await import('./commands/mcp.ts')).mcp,
  },
  serve: {
    group: PROGRAMS,
    usage: '--stdio',
    summary: 'the relay that a window talks to',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  plan: {
    group: PROGRAMS,
    usage: 'eval FILE',
    summary: 'score a planner over a set of prompts',
    load: async () => (await import('./commands/plan-eval.ts')).plan,
  },
};

const FIRST_STEPS = `
First steps:
  code-engine doctor                                  which tools are here
  code-engine deploy "web app with postgres on k8s"   files from a sentence
  code-engine validate deploy.code.yaml               what is wrong with one
  code-engine run deploy.code.yaml                    run it and watch

code-engine COMMAND --help says more. NO_COLOR and CI are heeded.`;

/** What people type who know other programs, and what `code-engine runs` does with a run. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['list', 'show', 'logs', 'explain', 'watch', 'resume', 'cancel', 'approve', 'rollback', 'prune'].map((name) => [
      name,
      `runs ${name}`,
    ]),
  ),
  ps: 'runs',
  ls: 'runs',
  status: 'runs show',
  log: 'runs logs',
  why: 'runs explain',
  retry: 'runs resume',
  stop: 'runs cancel',
  check: 'validate',
  lint: 'validate',
  apply: 'run',
  up: 'run',
  start: 'run',
  'dry-run': 'preview',
  diff: 'preview',
  scan: 'secure',
  new: 'deploy',
  convert: 'import',
};

/** `help run` and `version`, as most programs have them, are what `run --help` and `--version` are. */
function asOptions(args: readonly string[]): readonly string[] {
  if (args[0] === 'help') return [...args.slice(1), '--help'];
  if (args[0] === 'version' || args[0] === '-v') return ['--version'];
  return args;
}

/** Runs the command that the arguments name. @returns the exit code */
async function main(given: readonly string[], io: Io): Promise<number> {
  let code: number = EXIT.held;
  const args = asOptions(given);
  const program = configured(new Command('code-engine'), io)
    .description('Deployments as stages of parallel tasks: written, reviewed, approved, run and watched.')
    .version(version, '-V, --version', 'the version of code-engine')
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp({ subcommandTerm: (sub) => `${sub.name()} ${sub.usage()}`.trimEnd() })
    .addHelpText('after', FIRST_STEPS);
  for (const [name, entry] of Object.entries(commands)) {
    configured(program.command(name), io)
      .summary(entry.summary)
      .usage(entry.usage)
      .helpGroup(entry.group)
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
  const first = args.find((arg) => !arg.startsWith('-'));
  const meant = first !== undefined && Object.hasOwn(ELSEWHERE, first) ? ELSEWHERE[first] : undefined;
  if (meant !== undefined)
    return fail(
      io,
      failure('usage', `There is no command ${first ?? ''}.`, { next: `Did you mean code-engine ${meant}?` }),
    );
  await program.parseAsync([...knownCommand(args, Object.keys(commands))], { from: 'user' });
  return code;
}

/** A line for each candidate: it, a tab, what it is. @param words see `complete` */
export async function completeForShell(words: readonly string[]): Promise<number> {
  const { complete } = await import('./complete.ts');
  const io = processIo();
  // Whatever is wrong here is told by the command itself, once it is typed.
  const found = await complete(words, commands, io).catch(() => []);
  for (const { value, what = '' } of found) io.out.write(`${value}\t${what}\n`);
  return EXIT.held;
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
