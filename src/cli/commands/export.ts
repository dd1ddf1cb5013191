/** `code-engine export`: a workflow as another system's objects, and a line for everything that it cannot do there. */
import { Option } from 'commander';
import { counted } from '../../core/count.ts';
import { FailureError } from '../../core/failure.ts';
import { writeAtomically } from '../../platform/files.ts';
import type { TektonPipeline } from '../../targets/tekton/compile.ts';
import { collect, command, runAction } from '../command.ts';
import { DEFAULT_IMAGES, exportToTekton } from '../convert.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { localPath } from '../local-path.ts';
import { shownPath } from '../read-file.ts';
import { paint, plain } from '../render/style.ts';

interface Options {
  readonly to: string;
  readonly out?: string;
  readonly image: string;
  readonly engineImage: string;
  readonly git?: string;
  readonly revision?: string;
  readonly gitImage: string;
  readonly approver: readonly string[];
  readonly namespace?: string;
  readonly json?: true;
}

export const exportFile: CommandFunction = (args, io) => {
  const made = command('export', 'Compile a workflow to another system, and tell what cannot be done there.', io)
    .argument('<file>', 'the workflow')
    .addOption(new Option('--to <system>', 'the system').choices(['tekton']).default('tekton'))
    .option('--out <file>', 'write the objects there; otherwise they are printed')
    .option('--image <image>', 'where shell texts run', DEFAULT_IMAGES.image)
    .option('--engine-image <image>', 'has code-engine and the tools', DEFAULT_IMAGES.engineImage)
    .option('--git <url>', 'the repository that the sources are fetched from')
    .option('--revision <revision>', 'its branch, tag or commit; the default branch otherwise')
    .option('--git-image <image>', 'an image with git', DEFAULT_IMAGES.gitImage)
    .option('--approver <name>', 'who may approve (may be given several times)', collect, [])
    .option('--namespace <name>', 'where the objects go; the current one otherwise')
    .option('--json', 'the objects and the report as data');
  return runAction(made, args, io, ([file = ''], options: Options) => convert(localPath(file, io.cwd), options, io));
};

async function convert(file: string, options: Options, io: Io): Promise<number> {
  const exported = await exportToTekton(file, { ...options, approvers: options.approver }, io);
  if (exported === undefined) return EXIT.usage;
  const { text, ...compiled } = exported;
  if (options.out !== undefined) {
    const written = writeAtomically(localPath(options.out, io.cwd), text, 0o644);
    if (!written.ok) throw new FailureError(written.failure);
  }
  if (options.json === true) io.out.write(`${JSON.stringify({ to: options.to, ...compiled })}\n`);
  else {
    if (options.out === undefined) io.out.write(text);
    report(compiled, options.out, io);
  }
  await io.out.drained();
  return EXIT.held;
}

function report({ objects, losses }: TektonPipeline, out: string | undefined, io: Io): void {
  for (const { task, kind, message } of losses) {
    const where = task === undefined ? '' : ` ${paint(io, 'bold', plain(io, task))}`;
    io.err.write(`${paint(io, kind === 'lost' ? 'bad' : 'attention', kind)}${where}: ${plain(io, message)}\n`);
  }
  const notes = losses.length === 0 ? 'everything is there' : counted(losses.length, 'note');
  const written = out === undefined ? '' : ` Written to ${shownPath(localPath(out, io.cwd), io.cwd)}.`;
  io.err.write(`Tekton: ${counted(objects.length, 'object')}, ${notes}.${written}\n`);
  if (out !== undefined) io.err.write(`  Start it: kubectl create -f ${shownPath(localPath(out, io.cwd), io.cwd)}\n`);
}
