/**
 * What the Tab key offers. Commands and options are read off the program's own help, so that they can be no others than there are; names
 * of tasks, runs and files are those of the workspace.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { readWorkflow } from '../language/read.ts';
import { catalogue } from '../tasks/catalogue.ts';
import { listRuns } from '../engine/client.ts';
import type { CommandFunction, Io, Output } from './io.ts';
import { readWorkflowText } from './read-file.ts';
import { resolveRun } from './run-id.ts';
import { seenRun } from './seen-run.ts';
import { findWorkspace } from './workspace.ts';

export interface Candidate {
  /** What would stand there; one that ends in `/` or `=` goes on. */
  readonly value: string;
  readonly what?: string;
}

/** A command as the completion needs it. */
export interface Completed {
  readonly summary: string;
  readonly load: () => Promise<CommandFunction>;
}

export type Commands = Readonly<Record<string, Completed>>;

const SHELLS = ['bash', 'zsh', 'fish'];
const MOST_RUNS = 20;

/**
 * @param words what was typed after `code-engine`, the last of them up to the cursor (empty after a blank)
 * @returns what may stand in the last word's place
 */
export async function complete(words: readonly string[], commands: Commands, io: Io): Promise<Candidate[]> {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const all = await candidates(before, typed, commands, io);
  return all.filter(({ value }) => value.startsWith(typed));
}

async function candidates(
  before: readonly string[],
  typed: string,
  commands: Commands,
  io: Io,
): Promise<readonly Candidate[]> {
  const [name, ...rest] = before;
  const names = Object.entries(commands).map(([value, { summary }]) => ({ value, what: summary }));
  if (name === undefined) return typed.startsWith('-') ? [{ value: '--help' }, { value: '--version' }] : names;
  if (name === 'help') return rest.length === 0 ? names : [];
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return [];
  const subs = subcommandsOf(await helpOf(command, []));
  const [sub] = rest;
  if (subs.length > 0 && sub === undefined) return subs;
  const help = subs.length > 0 && sub !== undefined ? await helpOf(command, [sub]) : await helpOf(command, []);
  const line = subs.length > 0 ? `${name} ${sub ?? ''}` : name;
  const given = subs.length > 0 ? rest.slice(1) : rest;
  const options = optionsOf(help);
  const last = options.find(({ flag }) => flag === given.at(-1));
  if (last?.takes !== undefined) return valuesOf(last, line, given, typed, options, io);
  if (typed.startsWith('-')) return options.map(({ flag, what }) => ({ value: flag, what }));
  return positional(line, positionals(given, options), typed, io);
}

interface KnownOption {
  readonly flag: string;
  /** The name of its value; nothing where it takes none. */
  readonly takes: string | undefined;
  /** The values that the help lists; none where it does not. */
  readonly choices: readonly string[];
  readonly what: string;
}

/** A command's help as it would be printed in a window without an edge. */
async function helpOf(command: Completed, sub: readonly string[]): Promise<string> {
  let text = '';
  const out: Output = {
    write(chunk) {
      text += String(chunk);
      return true;
    },
    drained: () => Promise.resolve(),
    closed: false,
  };
  const off = (): void => undefined;
  const quiet = { isTTY: false, color: false, unicode: true, columns: 1000, rows: 24 };
  const deaf = { onSignal: () => off, onResize: () => off, onSuspend: () => off, onExit: () => off };
  const io: Io = { out, err: out, stdin: process.stdin, cwd: process.cwd(), env: {}, ...quiet, ...deaf };
  await (
    await command.load()
  )([...sub, '--help'], io);
  return text;
}

const optionsOf = (help: string): KnownOption[] =>
  [...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)( [<[]\S+)? {2,}(.*)$/gm)].map(([, flag = '', takes, what = '']) => ({
    flag,
    takes: takes?.trim(),
    choices: [...(/\(choices: ((?:"[^"]*"(?:, )?)+)/.exec(what)?.[1] ?? '').matchAll(/"([^"]*)"/g)].map(
      ([, value = '']) => value,
    ),
    what: what.replace(/ \((?:default|choices|may be).*\)$/, ''),
  }));

/** The lines below `Commands:`. */
function subcommandsOf(help: string): Candidate[] {
  const [, list = ''] = /^Commands:\n((?: {2}.*\n)+)/m.exec(help) ?? [];
  return [...list.matchAll(/^ {2}(\S+)(?: \S.*?)? {2,}(.*)$/gm)].map(([, value = '', what = '']) => ({ value, what }));
}

/** What of the words is no option and no option's value. */
function positionals(words: readonly string[], options: readonly KnownOption[]): string[] {
  const taking = new Set(options.filter(({ takes }) => takes !== undefined).map(({ flag }) => flag));
  return words.filter((word, at) => !word.startsWith('-') && !taking.has(words[at - 1] ?? ''));
}

const WITH_WORKFLOW = new Set(['run', 'validate', 'preview', 'graph', 'analyze', 'export']);

async function valuesOf(
  option: KnownOption,
  line: string,
  given: readonly string[],
  typed: string,
  options: readonly KnownOption[],
  io: Io,
): Promise<readonly Candidate[]> {
  if (option.choices.length > 0) return plain(...option.choices);
  const [file] = positionals(given, options);
  switch (option.flag) {
    case '--on':
      return plain('local', 'wsl', 'tekton');
    case '--format':
      return plain('mermaid', 'dot', 'json');
    case '--on-unknown':
      return plain('ask', 'rerun', 'probe', 'fail');
    case '--on-alive':
      return plain('adopt', 'end');
    case '--provider': {
      const { PROVIDERS } = await import('./choose-provider.ts');
      return plain(...PROVIDERS);
    }
    case '--only':
    case '--from':
    case '--task':
      return line.startsWith('runs ') ? tasksOfRun(file, io) : (await workflowOf(file, io)).tasks;
    case '--input':
      return (await workflowOf(file, io)).inputs;
    case '--cwd':
      return entries(typed, io, () => false);
    default:
      return /^<(?:file|dir|folder)>$/.test(option.takes ?? '') ? entries(typed, io, () => true) : [];
  }
}

const plain = (...values: readonly string[]): Candidate[] => values.map((value) => ({ value }));

function positional(line: string, given: readonly string[], typed: string, io: Io): readonly Candidate[] {
  if (WITH_WORKFLOW.has(line)) {
    if (given.length > 0 && line !== 'validate') return [];
    return entries(typed, io, (name, folder) => isWorkflow(name, folder));
  }
  switch (line) {
    case 'types':
      return given.length > 0 ? [] : catalogue.types.map(({ type, summary }) => ({ value: type, what: summary }));
    case 'completion':
      return given.length > 0 ? [] : plain(...SHELLS);
    case 'plan':
      return given.length === 0 ? plain('eval') : entries(typed, io, (name) => name.endsWith('.json'));
    case 'import':
      return given.length > 0 ? [] : entries(typed, io, (name) => /\.ya?ml$/.test(name));
    case 'secure':
    case 'wsl move':
      return entries(typed, io, () => false);
    case 'path':
      return entries(typed, io, () => true);
    case 'runs approve':
    case 'runs explain':
      return given.length === 0 ? runs(io) : given.length === 1 ? tasksOfRun(given[0], io) : [];
    default:
      return line.startsWith('runs ') && line !== 'runs list' && line !== 'runs prune' && given.length === 0
        ? runs(io)
        : [];
  }
}

const isWorkflow = (name: string, folder: string): boolean =>
  /\.code\.ya?ml$/.test(name) || (/\.ya?ml$/.test(name) && /[/\\]\.code[/\\]workflows$/.test(folder));

/** Folders and the files that are wanted, beside what was typed. */
function entries(typed: string, io: Io, wanted: (name: string, folder: string) => boolean): Candidate[] {
  const at = typed.lastIndexOf('/') + 1;
  const head = typed.slice(0, at);
  const folder = path.resolve(io.cwd, head);
  const hidden = typed.slice(at).startsWith('.');
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => hidden || !name.startsWith('.') || name === '.code')
      .flatMap((entry) =>
        entry.isDirectory()
          ? [{ value: `${head}${entry.name}/` }]
          : wanted(entry.name, folder)
            ? [{ value: `${head}${entry.name}` }]
            : [],
      );
  } catch {
    return [];
  }
}

function runs(io: Io): Candidate[] {
  const known = listRuns(findWorkspace(io.cwd)).slice(0, MOST_RUNS);
  const [newest] = known;
  return [
    ...(newest === undefined ? [] : [{ value: 'last', what: `${newest.workflow}, ${newest.status}` }]),
    ...known.map(({ runId, workflow, status }) => ({ value: runId, what: `${workflow}, ${status}` })),
  ];
}

function tasksOfRun(run: string | undefined, io: Io): Candidate[] {
  const workspace = findWorkspace(io.cwd);
  const found = resolveRun(workspace, run);
  if (!found.ok) return [];
  const names = seenRun(workspace, found.value).events.flatMap((event) =>
    event.type === 'run.started' || event.type === 'run.resumed' ? event.plan.tasks.map(({ task }) => task) : [],
  );
  return plain(...new Set(names));
}

async function workflowOf(
  file: string | undefined,
  io: Io,
): Promise<{ readonly tasks: readonly Candidate[]; readonly inputs: readonly Candidate[] }> {
  const absolute = path.resolve(io.cwd, file ?? '');
  const read = file === undefined ? undefined : await readWorkflowText(absolute, io.cwd);
  if (read?.ok !== true) return { tasks: [], inputs: [] };
  const { workflow } = await readWorkflow(read.value, { path: absolute, catalogue });
  const tasks = [...(workflow?.stages ?? []).flatMap((stage) => stage.tasks), ...(workflow?.finally ?? [])];
  return {
    tasks: tasks.map(({ name, description }) => ({
      value: name.value,
      ...(description === undefined ? {} : { what: description }),
    })),
    inputs: Object.entries(workflow?.inputs ?? {}).map(([name, { description }]) => ({
      value: `${name}=`,
      ...(description === undefined ? {} : { what: description }),
    })),
  };
}
