/** `code-engine export`: a workflow as another system's objects, and a line for everything that it cannot do there. */
import { Option } from 'commander';
import { counted } from '../../core/count.ts';
import { must } from '../../core/failure.ts';
import type { TektonPipeline } from '../../targets/tekton/compile.ts';
import { command, runAction } from '../command.ts';
import { exportToTekton } from '../convert.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { localPath } from '../local-path.ts';
import { shownPath } from '../read-file.ts';
import { tektonOptions, tellLosses, type TektonOptions } from '../tekton-options.ts';
import { writeOut } from '../write-out.ts';

interface Options extends TektonOptions {
  readonly to: string;
  readonly out?: string;
  readonly json?: true;
}

export const exportFile: CommandFunction = (args, io) => {
  const made = command('export', 'Compile a workflow to another system, and tell what cannot be done there.', io)
    .argument('<file>', 'the workflow')
    .addOption(new Option('--to <system>', 'the system').choices(['tekton']).default('tekton'))
    .option('--out <file>', 'write the objects there; otherwise they are printed');
  tektonOptions(made).option('--json', 'the objects and the report as data');
  return runAction(made, args, io, ([file = ''], options: Options) => convert(localPath(file, io.cwd), options, io));
};

async function convert(file: string, options: Options, io: Io): Promise<number> {
  const exported = await exportToTekton(file, options, io);
  if (exported === undefined) return EXIT.usage;
  const { text, objects, losses } = exported;
  if (options.out !== undefined) {
    must(writeOut(localPath(options.out, io.cwd), text));
  }
  if (options.json === true) io.out.write(`${JSON.stringify({ to: options.to, objects, losses })}\n`);
  else {
    if (options.out === undefined) io.out.write(text);
    report(exported, options.out, io);
  }
  await io.out.drained();
  return EXIT.held;
}

function report({ objects, losses }: TektonPipeline, out: string | undefined, io: Io): void {
  tellLosses(losses, io);
  const notes = losses.length === 0 ? 'everything is there' : counted(losses.length, 'note');
  const written = out === undefined ? '' : ` Written to ${shownPath(localPath(out, io.cwd), io.cwd)}.`;
  io.err.write(`Tekton: ${counted(objects.length, 'object')}, ${notes}.${written}\n`);
  if (out !== undefined) io.err.write(`  Start it: kubectl create -f ${shownPath(localPath(out, io.cwd), io.cwd)}\n`);
}
