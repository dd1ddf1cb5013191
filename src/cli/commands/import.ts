/** `code-engine import`: a workflow from another tool's file, and a line for everything that could not be carried over. */
import { statSync } from 'node:fs';
import { failure, FailureError, must } from '../../core/failure.ts';
import { counted } from '../../core/count.ts';
import type { Imported } from '../../interchange/import.ts';
import { hasErrors, readWorkflow } from '../../language/read.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { command, runAction } from '../command.ts';
import { importedName, importFrom } from '../convert.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { localPath } from '../local-path.ts';
import { shownPath } from '../read-file.ts';
import { diagnosticText, sourceOf } from '../render/diagnostics.ts';
import { paint, plain } from '../render/style.ts';
import { writeOut } from '../write-out.ts';

interface Options {
  readonly out?: string;
  readonly force?: true;
  readonly json?: true;
}

export const importFile: CommandFunction = (args, io) => {
  const made = command(
    'import',
    'Make a workflow from a file of GitHub Actions, Tekton or Taskfile, and tell what was lost on the way.',
    io,
  )
    .argument('<source>', 'the other tool’s file')
    .option('--out <file>', 'write the workflow there; otherwise it is printed')
    .option('--force', 'write over a file that is there')
    .option('--json', 'the workflow and the report as data');
  return runAction(made, args, io, ([file = ''], options: Options) => convert(localPath(file, io.cwd), options, io));
};

async function convert(file: string, options: Options, io: Io): Promise<number> {
  const imported = await importFrom(file, io);
  const { text } = imported;
  const out = options.out === undefined ? undefined : localPath(options.out, io.cwd);
  const { diagnostics } = await readWorkflow(text, { path: out ?? `${importedName(file)}.code.yaml`, catalogue });
  if (out !== undefined) write(out, text, options, io);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (options.json === true) io.out.write(`${JSON.stringify({ ...imported, file: out ?? null, errors })}\n`);
  else {
    if (out === undefined) io.out.write(text);
    report(imported, shownPath(file, io.cwd), out === undefined ? undefined : shownPath(out, io.cwd), io);
    const source = sourceOf(out === undefined ? 'the workflow' : shownPath(out, io.cwd), text);
    for (const error of errors) io.err.write(diagnosticText(error, source, io));
  }
  await io.out.drained();
  return hasErrors(diagnostics) ? EXIT.failed : EXIT.held;
}

function write(out: string, text: string, options: Options, io: Io): void {
  if (statSync(out, { throwIfNoEntry: false })?.isFile() === true && options.force !== true)
    throw new FailureError(
      failure('usage', `${shownPath(out, io.cwd)} is there already; nothing was written.`, {
        next: 'Take another name, or --force.',
      }),
    );
  must(writeOut(out, text));
}

const TONES = { lost: 'bad', changed: 'attention', dropped: 'dim' } as const;

function report({ from, losses }: Imported, file: string, out: string | undefined, io: Io): void {
  for (const { line, what, kind, message } of losses)
    io.err.write(
      `${file}:${line}: ${paint(io, TONES[kind], kind)} ${paint(io, 'bold', plain(io, what))}: ${plain(io, message)}\n`,
    );
  const count = (kind: keyof typeof TONES): number => losses.filter((loss) => loss.kind === kind).length;
  const parts = [`${count('lost')} lost`, `${count('changed')} changed`, `${count('dropped')} dropped`];
  io.err.write(
    `${from}: ${losses.length === 0 ? 'everything was carried over' : `${counted(losses.length, 'note')} (${parts.join(', ')})`}.`,
  );
  io.err.write(out === undefined ? '\n' : ` Written to ${out}; read it before you run it.\n`);
}
