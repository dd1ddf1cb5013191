/** `code-engine export`: a workflow as another system's objects, and a line for everything that it cannot do there. */
import path from 'node:path';
import { Option } from 'commander';
import { stringify } from 'yaml';
import { counted } from '../../core/count.ts';
import { FailureError } from '../../core/failure.ts';
import type { Json } from '../../core/json.ts';
import { readWorkflow } from '../../language/read.ts';
import type { InputDefinition } from '../../language/workflow.ts';
import { writeAtomically } from '../../platform/files.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { compileTekton, type TektonPipeline } from '../../targets/tekton/compile.ts';
import { collect, command, runAction } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { loadPlan } from '../load.ts';
import { localPath } from '../local-path.ts';
import { readWorkflowText, shownPath } from '../read-file.ts';
import { paint, plain } from '../render/style.ts';
import { version } from '../version.ts';
import { rootOf } from '../workspace.ts';

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
    .option('--image <image>', 'where shell texts run', 'docker.io/library/debian:stable')
    .option('--engine-image <image>', 'has code-engine and the tools', `code-engine:${version}`)
    .option('--git <url>', 'the repository that the sources are fetched from')
    .option('--revision <revision>', 'its branch, tag or commit; the default branch otherwise')
    .option('--git-image <image>', 'an image with git', 'docker.io/alpine/git:latest')
    .option('--approver <name>', 'who may approve (may be given several times)', collect, [])
    .option('--namespace <name>', 'where the objects go; the current one otherwise')
    .option('--json', 'the objects and the report as data');
  return runAction(made, args, io, ([file = ''], options: Options) => convert(localPath(file, io.cwd), options, io));
};

async function convert(file: string, options: Options, io: Io): Promise<number> {
  const plan = await loadPlan(file, io, { inputs: await placeholders(file, io), only: [] });
  if (plan === undefined) return EXIT.usage;
  const { git, revision, namespace } = options;
  const compiled = compileTekton({
    plan,
    image: options.image,
    engineImage: options.engineImage,
    file: path.relative(rootOf(file), file).split(path.sep).join('/'),
    approvers: options.approver.length === 0 ? ['kubernetes-admin'] : options.approver,
    ...(git === undefined
      ? {}
      : { git: { url: git, image: options.gitImage, ...(revision === undefined ? {} : { revision }) } }),
    ...(namespace === undefined ? {} : { namespace }),
  });
  const text = compiled.objects.map((one) => stringify(one, { lineWidth: 0, blockQuote: 'literal' })).join('---\n');
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

/** Inputs stay open in what is exported; to make a plan, those that have no default need some value of their type. */
async function placeholders(file: string, io: Io): Promise<Record<string, Json>> {
  const text = await readWorkflowText(file, io.cwd);
  if (!text.ok) throw new FailureError(text.failure);
  const { workflow } = await readWorkflow(text.value, { path: file, catalogue });
  const any = ({ type, options }: InputDefinition): Json =>
    options?.[0] ?? (type === 'number' ? 0 : type === 'boolean' ? false : '');
  return Object.fromEntries(
    Object.entries(workflow?.inputs ?? {}).flatMap(([name, input]) =>
      input.default === undefined ? [[name, any(input)]] : [],
    ),
  );
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
