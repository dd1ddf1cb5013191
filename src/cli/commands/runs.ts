/** `code-engine runs`: what ran, what runs now, and what to do about it. Each subcommand loads its own code. */
import { configured, command, execute, knownCommand, withExamples } from '../command.ts';
import type { CommandFunction } from '../io.ts';

interface Sub {
  readonly usage: string;
  readonly summary: string;
  readonly load: () => Promise<CommandFunction>;
}

const subs: Readonly<Record<string, Sub>> = {
  list: {
    usage: '[--json] [--limit N]',
    summary: 'the runs of this workspace, newest first',
    load: async () => (await import('./runs-list.ts')).list,
  },
  show: {
    usage: '[RUN] [--json]',
    summary: 'how a run stands or ended, task by task',
    load: async () => (await import('./runs-list.ts')).show,
  },
  logs: {
    usage: '[RUN] [--task T] [--follow]',
    summary: 'what the tasks printed',
    load: async () => (await import('./runs-logs.ts')).logs,
  },
  explain: {
    usage: '[RUN] [TASK] [--provider NAME]',
    summary: 'why tasks failed, and what to do about it',
    load: async () => (await import('./runs-explain.ts')).explain,
  },
  watch: {
    usage: '[RUN] [--json]',
    summary: 'follow a run from any terminal',
    load: async () => (await import('./runs-act.ts')).watch,
  },
  resume: {
    usage: '[RUN] [--task T]…',
    summary: 'go on with what has not succeeded',
    load: async () => (await import('./runs-act.ts')).resume,
  },
  cancel: { usage: '[RUN] [--force]', summary: 'end a run', load: async () => (await import('./runs-act.ts')).cancel },
  approve: {
    usage: 'RUN TASK [--refuse]',
    summary: 'answer a task that waits for a person',
    load: async () => (await import('./runs-act.ts')).approve,
  },
  rollback: {
    usage: '[RUN]',
    summary: 'undo what a run did',
    load: async () => (await import('./runs-act.ts')).rollback,
  },
  prune: {
    usage: '[--keep N] [--older-than D]',
    summary: 'delete old runs, never a running one',
    load: async () => (await import('./runs-act.ts')).prune,
  },
};

export const runs: CommandFunction = async (args, io) => {
  const [first] = args;
  const sub = first === undefined ? subs.list : subs[first];
  if (sub !== undefined) return (await sub.load())(args.slice(1), io);
  if (first?.startsWith('-') === true && first !== '-h' && first !== '--help') {
    const { list } = await import('./runs-list.ts');
    return list(args, io);
  }
  const made = command('runs', 'What ran, what runs now, and what to do about it.', io).helpCommand(false);
  made.configureHelp({ subcommandTerm: (entry) => `${entry.name()} ${entry.usage()}` });
  made.addHelpText('after', '\nRUN is the beginning or the end of a run id, or `last` (also when it is left out).');
  withExamples(made, [
    ['runs logs --task build_api -f', 'what one task of the last run prints, as it comes'],
    ['runs explain', 'why the last one failed'],
    ['runs resume', 'go on where it failed'],
    ['runs prune --keep 20', 'all but the newest twenty go'],
  ]);
  for (const [name, entry] of Object.entries(subs)) {
    configured(made.command(name), io).summary(entry.summary).usage(entry.usage);
  }
  return execute(made, knownCommand(args, Object.keys(subs)), io, () => 0);
};
