/** What both `export --to tekton` and `run --on tekton` let a person say about the pipeline, and how they tell what it cannot do. */
import { Command, Option } from 'commander';
import type { TektonLoss } from '../targets/tekton/context.ts';
import { collect } from './command.ts';
import type { ExportRequest } from './convert.ts';
import type { Io } from './io.ts';
import { paint, plain } from './render/style.ts';
import { version } from './version.ts';

export type TektonOptions = ExportRequest;

export const DEFAULT_IMAGES = {
  image: 'docker.io/library/debian:stable',
  engineImage: `code-engine:${version}`,
  gitImage: 'docker.io/alpine/git:latest',
} as const;

export const DEFAULT_APPROVER = 'kubernetes-admin';

/** @param group a heading of their own in the help, where they stand beside others */
export function tektonOptions(made: Command, group?: string): Command {
  const begin = made.options.length;
  made
    .option('--image <image>', 'where shell texts run', DEFAULT_IMAGES.image)
    .option('--engine-image <image>', 'has code-engine and the tools', DEFAULT_IMAGES.engineImage)
    .option('--git <url>', 'the repository that the sources are fetched from')
    .option('--revision <revision>', 'its branch, tag or commit; the default branch otherwise')
    .option('--git-image <image>', 'an image with git', DEFAULT_IMAGES.gitImage)
    .option('--claim <name>', 'the PersistentVolumeClaim that holds the sources')
    .addOption(
      new Option('--approver <name>', 'who may approve (may be given several times)')
        .argParser(collect)
        .default([], DEFAULT_APPROVER),
    )
    .option('--namespace <name>', 'where the objects go; the current one otherwise');
  if (group !== undefined) for (const option of made.options.slice(begin)) option.helpGroup(group);
  return made;
}

/** The first of these options that a person gave, as it is typed: without Tekton it would be heeded by nobody. */
export function givenForTekton(made: Command): string | undefined {
  const own = new Set(tektonOptions(new Command()).options.map((option) => option.long));
  return made.options.find(
    (option) => own.has(option.long) && made.getOptionValueSource(option.attributeName()) === 'cli',
  )?.long;
}

export function tellLosses(losses: readonly TektonLoss[], io: Io): void {
  for (const { task, kind, message } of losses) {
    const where = task === undefined ? '' : ` ${paint(io, 'bold', plain(io, task))}`;
    io.err.write(`${paint(io, kind === 'lost' ? 'bad' : 'attention', kind)}${where}: ${plain(io, message)}\n`);
  }
}
