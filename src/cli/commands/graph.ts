/** `code-engine graph`: which task waits for which, as a picture's source or as data. */
import path from 'node:path';
import { failure } from '../../core/failure.ts';
import { diagramOf, dotOf, mermaidOf, type Diagram } from '../../graph/diagram.ts';
import { hasErrors, readWorkflow } from '../../language/read.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { command, fail, runAction } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { readWorkflowText, shownPath } from '../read-file.ts';
import { diagnosticText, sourceOf } from '../render/diagnostics.ts';

const FORMATS: Readonly<Record<string, (diagram: Diagram) => string>> = {
  mermaid: mermaidOf,
  dot: dotOf,
  json: (diagram) => `${JSON.stringify(diagram)}\n`,
};

interface Options {
  readonly format: string;
  readonly json?: true;
}

export const graph: CommandFunction = (args, io) => {
  const made = command('graph', 'Show which task waits for which, as the source of a picture or as data.', io)
    .argument('<file>', 'the workflow')
    .option('--format <format>', 'mermaid, dot or json', 'mermaid')
    .option('--json', 'the same as --format json');
  return runAction(made, args, io, ([name = ''], options: Options) => draw(path.resolve(io.cwd, name), options, io));
};

async function draw(file: string, options: Options, io: Io): Promise<number> {
  const format = options.json === true ? 'json' : options.format;
  const write = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  if (write === undefined)
    return fail(io, failure('usage', `There is no format ${format}.`, { next: 'Formats: mermaid, dot, json.' }));
  const read = await readWorkflowText(file, io.cwd);
  if (!read.ok) return fail(io, read.failure);
  const { workflow, diagnostics } = await readWorkflow(read.value, { path: file, catalogue });
  const source = sourceOf(shownPath(file, io.cwd), read.value);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  for (const error of errors.slice(0, 20))
    io.err.write(diagnosticText(error, source, { color: false, unicode: io.unicode }));
  // What could be read is drawn all the same: a picture helps to find the fault.
  if (workflow !== undefined) io.out.write(write(diagramOf(workflow, catalogue)));
  await io.out.drained();
  return hasErrors(diagnostics) ? EXIT.usage : EXIT.held;
}
