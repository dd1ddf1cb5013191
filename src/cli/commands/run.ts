/** `code-engine run`: checks a workflow, starts it, and shows how it goes. */
import path from 'node:path';
import { failure, FailureError } from '../../core/failure.ts';
import type { Json } from '../../core/json.ts';
import { launchRun } from '../../engine/client.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { loaders } from '../../tasks/index.ts';
import { collect, command, runAction } from '../command.ts';
import { follow } from '../follow.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { loadPlan } from '../load.ts';
import { lackingTools, reportLack } from '../preflight.ts';
import { findWorkspace } from '../workspace.ts';
import { showingOf } from './runs-act.ts';

interface Options {
  readonly input: readonly string[];
  readonly only: readonly string[];
  readonly from?: string;
  readonly jobs?: number;
  readonly failFast?: true;
  readonly detach?: true;
  readonly keep?: true;
  readonly rollback?: true;
  readonly secretsFile?: string;
  readonly yes?: true;
  readonly cache: boolean;
  readonly json?: true;
  readonly quiet?: true;
}

export const run: CommandFunction = (args, io) => {
  const made = command(
    'run',
    'Run a workflow and watch it. Ctrl-C cancels, a second one by force; a closed terminal does not.',
    io,
  )
    .argument('<file>', 'the workflow')
    .option('--input <name=value>', 'a value for an input (may be given several times)', collect, [])
    .option('--only <task>', 'this task alone, without what it depends on (may be given several times)', collect, [])
    .option('--from <task>', 'this task and everything after it')
    .option('--jobs <n>', 'at most so many tasks at once', positive)
    .option('--fail-fast', 'end running tasks as soon as one fails')
    .option('--rollback', 'undo what succeeded if the run fails or is cancelled')
    .option('--secrets-file <file>', 'NAME=value lines with the values of secrets')
    .option('--keep', 'leave running what the workflow started (sets its input `keep`)')
    .option('--no-cache', 'take no result from the cache')
    .option('--detach', 'start it, print its id, and do not wait')
    .option('--yes', 'ask no questions about starting; a task that needs approval still waits for it')
    .option('--json', 'one event a line')
    .option('--quiet', 'say nothing unless it fails');
  return runAction(made, args, io, ([file = ''], options: Options) => start(path.resolve(io.cwd, file), options, io));
};

async function start(file: string, options: Options, io: Io): Promise<number> {
  const inputs = inputsOf(options);
  const plan = await loadPlan(file, io, {
    inputs,
    only: options.only,
    ...(options.from === undefined ? {} : { from: options.from }),
  });
  if (plan === undefined) return EXIT.usage;
  const lacks = await lackingTools(plan, catalogue, loaders, io.env);
  if (lacks.length > 0) return reportLack(lacks, io);
  const workspace = findWorkspace(io.cwd, file);
  const launched = await launchRun({
    plan,
    workspace,
    options: {
      ...(options.jobs === undefined ? {} : { jobs: options.jobs }),
      ...(options.failFast === true ? { failFast: true } : {}),
      ...(options.cache ? {} : { noCache: true }),
      ...(options.rollback === true ? { rollback: true } : {}),
      ...(options.secretsFile === undefined ? {} : { secretsFile: path.resolve(io.cwd, options.secretsFile) }),
    },
    env: io.env,
  });
  if (!launched.ok) throw new FailureError(launched.failure);
  const handle = launched.value;
  if (options.detach !== true) return follow(handle, io, { showing: showingOf(options), workspace, owner: true });
  handle.detach();
  const { runId } = handle;
  io.out.write(options.json === true ? `${JSON.stringify({ runId })}\n` : `${runId}\n`);
  if (options.json !== true && options.quiet !== true)
    io.err.write(`It runs by itself. Watch it: code-engine runs watch ${runId}\n`);
  return EXIT.held;
}

/** `name=value` texts; what they mean is for the workflow's own definitions to say. */
function inputsOf(options: Options): Record<string, Json> {
  const inputs: Record<string, Json> = {};
  for (const text of options.input) {
    const at = text.indexOf('=');
    if (at <= 0) throw new FailureError(failure('usage', `--input ${text} is no name=value.`));
    inputs[text.slice(0, at)] = text.slice(at + 1);
  }
  if (options.keep === true) inputs.keep = 'true';
  return inputs;
}

function positive(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new FailureError(failure('usage', `${text} is no number of tasks.`));
  return n;
}
