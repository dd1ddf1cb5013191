/** `code-engine run`: checks a workflow, starts it, and shows how it goes. */
import { Option } from 'commander';
import { failure, FailureError, type Failure } from '../../core/failure.ts';
import { parseLogLimit } from '../../core/size.ts';
import { collect, command, runAction, withExamples } from '../command.ts';
import type { CommandFunction } from '../io.ts';
import { wholeNumber } from '../numbers.ts';
import { givenForTekton, tektonOptions, type TektonOptions } from '../tekton-options.ts';

export interface Options {
  readonly input: readonly string[];
  readonly only: readonly string[];
  readonly from?: string;
  readonly jobs?: number;
  readonly failFast?: true;
  readonly detach?: true;
  readonly keep?: true;
  readonly rollback?: true;
  readonly secretsFile?: string;
  readonly logLimit?: number;
  readonly yes?: true;
  readonly cache: boolean;
  readonly json?: true;
  readonly quiet?: true;
  readonly on: string;
  readonly parent?: string;
}

export const run: CommandFunction = (args, io) => {
  const local = command(
    'run',
    'Run a workflow and watch it. Ctrl-C cancels, a second one by force; a closed terminal does not.',
    io,
  )
    .argument('<file>', 'the workflow')
    .option('--input <name=value>', 'a value for an input (may be given several times)', collect, [])
    .option('--only <task>', 'this task alone, without what it depends on (may be given several times)', collect, [])
    .option('--from <task>', 'this task and everything after it')
    .option('--jobs <n>', 'at most so many tasks at once', wholeNumber('--jobs', 1))
    .option('--fail-fast', 'end running tasks as soon as one fails')
    .option('--rollback', 'undo what succeeded if the run fails or is cancelled')
    .option('--secrets-file <file>', 'NAME=value lines with the values of secrets')
    .option('--log-limit <size>', 'keep no more of each log than this: 64MiB, 2GiB or none', logLimit)
    .option('--keep', 'leave running what the workflow started (sets its input `keep`)')
    .option('--no-cache', 'take no result from the cache')
    .option('--on <target>', 'where to run: local, wsl[:DISTRO] for a WSL distribution, or tekton', 'local')
    .option('--detach', 'start it, print its id, and do not wait')
    .option('--yes', 'ask no questions about starting; a task that needs approval still waits for it')
    .option('--json', 'one event a line')
    .option('--quiet', 'say nothing unless it fails')
    .addOption(new Option('--parent <run>', 'the run whose `workflow` task this is').hideHelp());
  const made = withExamples(tektonOptions(local, 'With --on tekton:'), [
    ['run deploy.code.yaml', 'all of it'],
    ['run deploy.code.yaml --input region=eu', 'with a value for an input'],
    ['run deploy.code.yaml --only build_api', 'one task alone'],
    ['run deploy.code.yaml --from start_api', 'a task and what comes after'],
  ]);
  return runAction(made, args, io, async ([file = ''], options: Options & TektonOptions) => {
    const { localPath } = await import('../local-path.ts');
    const here = localPath(file, io.cwd);
    const secretsFile = options.secretsFile === undefined ? undefined : localPath(options.secretsFile, io.cwd);
    if (options.on === 'tekton') {
      const { runOnTekton } = await import('../run-on-tekton.ts');
      return runOnTekton(here, secretsFile === undefined ? options : { ...options, secretsFile }, io);
    }
    const vain = givenForTekton(made);
    if (vain !== undefined) throw new FailureError(failure('usage', `${vain} means something with --on tekton only.`));
    if (options.on !== 'local') {
      const inside = await import('../run-inside.ts');
      const target = inside.parseWslTarget(options.on);
      if (target === undefined) throw new FailureError(noPlace(options.on));
      const flags = inside.flagsFor(args, file, secretsFile);
      if (!inside.isHere(target.distro)) return inside.runInside({ ...target, file: here, flags }, io);
    }
    const { startRun } = await import('../start-run.ts');
    return startRun(here, secretsFile === undefined ? options : { ...options, secretsFile }, io);
  });
};

function noPlace(place: string): Failure {
  return failure('usage', `--on ${place} is no place to run.`, { next: 'Places: local, wsl, wsl:DISTRO, tekton.' });
}

export function logLimit(text: string): number {
  const limit = parseLogLimit(text);
  if (!limit.ok) throw new FailureError(failure('usage', `--log-limit ${text}: ${limit.failure}.`));
  return limit.value;
}
