/** `code-engine preview`: what a run would change, for every tool that can say. Changes nothing. */
import path from 'node:path';
import { counted } from '../../core/count.ts';
import { must } from '../../core/failure.ts';
import { previewPlan, type TaskPreview } from '../../engine/preview.ts';
import { secretsFor } from '../../engine/launch.ts';
import { DEFAULT_OPTIONS } from '../../engine/options.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { loaders } from '../../tasks/index.ts';
import { collect, command, runAction } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { loadPlan } from '../load.ts';
import { lackingTools, reportLack } from '../preflight.ts';
import { paint, plain, row } from '../render/style.ts';
import { taskRuntime } from '../runtime.ts';
import { findWorkspace } from '../workspace.ts';
import { inputsOf } from '../start-run.ts';

interface Options {
  readonly input: readonly string[];
  readonly only: readonly string[];
  readonly secretsFile?: string;
  readonly json?: true;
}

export const preview: CommandFunction = (args, io) => {
  const made = command('preview', 'Say what a run would change, as far as the tools can tell. Changes nothing.', io)
    .argument('<file>', 'the workflow')
    .option('--input <name=value>', 'a value for an input (may be given several times)', collect, [])
    .option('--only <task>', 'this task alone (may be given several times)', collect, [])
    .option('--secrets-file <file>', 'NAME=value lines with the values of secrets')
    .option('--json', 'one JSON object');
  return runAction(made, args, io, ([file = ''], options: Options) => show(path.resolve(io.cwd, file), options, io));
};

async function show(file: string, options: Options, io: Io): Promise<number> {
  const plan = await loadPlan(file, io, { inputs: inputsOf(options), only: options.only });
  if (plan === undefined) return EXIT.usage;
  const lacks = await lackingTools(plan, catalogue, loaders, io.env);
  if (lacks.length > 0) return reportLack(lacks, io);
  const secretsFile =
    options.secretsFile === undefined ? {} : { secretsFile: path.resolve(io.cwd, options.secretsFile) };
  const workspace = findWorkspace(io.cwd, file);
  const { secrets } = must(await secretsFor({ plan, workspace, env: io.env }, { ...DEFAULT_OPTIONS, ...secretsFile }));
  const stop = new AbortController();
  const release = io.onSignal('SIGINT', () => stop.abort('interrupted'));
  const previewed = await previewPlan({
    plan,
    tasks: taskRuntime(),
    env: io.env,
    secrets,
    signal: stop.signal,
    ...(options.json === true ? {} : { onPreview: (one: TaskPreview) => tell(one, io) }),
  });
  release();
  const previews = must(previewed);
  const failed = previews.some(({ kind }) => kind === 'failed');
  if (options.json === true) io.out.write(`${JSON.stringify({ tasks: previews })}\n`);
  else sumUp(previews, io);
  if (stop.signal.aborted) return EXIT.cancelled;
  return failed ? EXIT.failed : EXIT.held;
}

function tell(one: TaskPreview, io: Io): void {
  switch (one.kind) {
    case 'preview':
      io.out.write(`${paint(io, 'bold', one.task)}: ${one.preview.summary}\n`);
      if (one.preview.text !== '') io.out.write(`${one.preview.text.replace(/^/gm, '  ')}\n`);
      break;
    case 'cannot':
      break; // told together, at the end
    case 'later':
      io.out.write(`${paint(io, 'bold', one.task)}: ${paint(io, 'dim', one.reason)}\n`);
      break;
    case 'failed':
      io.out.write(`${paint(io, 'bad', `${one.task}: ${one.reason}`)}\n`);
      if (one.next !== undefined) io.out.write(`  ${one.next}\n`);
      break;
  }
}

/** What it all comes to, and which tasks it says nothing of. */
function sumUp(previews: readonly TaskPreview[], io: Io): void {
  const mute = previews.filter(({ kind }) => kind === 'cannot').map(({ task }) => task);
  if (mute.length > 0)
    io.out.write(
      `${row(io, mute.length === 1 ? 'cannot say beforehand: ' : `${mute.length} cannot say beforehand: `, plain(io, mute.join(', ')))}\n`,
    );
  const sum = { create: 0, update: 0, replace: 0, destroy: 0 };
  const told = previews.flatMap((one) => (one.kind === 'preview' ? [one.preview.changes] : []));
  for (const changes of told)
    for (const key of ['create', 'update', 'replace', 'destroy'] as const) sum[key] += changes[key];
  const counts = `${sum.create} to create, ${sum.update} to update, ${sum.replace} to replace, ${sum.destroy} to destroy`;
  if (told.length === 0) io.out.write('\nNo task can say beforehand what it would change.\n');
  else io.out.write(`\n${told.length} of ${counted(previews.length, 'task')} told what they would change: ${counts}\n`);
}
