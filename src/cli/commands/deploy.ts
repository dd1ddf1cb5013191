/** `code-engine deploy`: a description becomes a plan, the plan is reviewed, and only what was accepted is written and run. */
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { failure, FailureError, must } from '../../core/failure.ts';
import { packContext } from '../../planner/context/pack.ts';
import { gatherFacts } from '../../planner/context/workspace.ts';
import { currentText, isSafePath, writePlanned } from '../../planner/files.ts';
import type { PlanResult, PlannedFile } from '../../planner/plan.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { command, runAction, withExamples } from '../command.ts';
import { askChoice } from '../ask.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { PROVIDERS } from '../choose-provider.ts';
import { amount, wholeNumber } from '../numbers.ts';
import { checkedPlan, componentsAsTheyCome, planWith, type PlanOptions, type Watching } from '../plan-with.ts';
import { reviewPlan, type PlanAgain, type Reviewed } from '../review-plan.ts';
import { showContext } from '../show-context.ts';
import { fileDiff, planText } from '../render/plan.ts';
import { reviewFiles } from '../review-files.ts';

interface Options extends PlanOptions {
  readonly out?: string;
  readonly planOnly?: true;
  readonly yes?: true;
  readonly json?: true;
  readonly showContext?: true;
}

export const WORKFLOW_FILE = 'deploy.code.yaml';

export const deploy: CommandFunction = (args, io) => {
  const made = command('deploy', 'Plan a deployment from a description, review it, and run it.', io)
    .argument('<description...>', 'what should run and where, in a sentence; - is standard input')
    .option('--provider <name>', `who plans: ${PROVIDERS.join(', ')}`, 'auto')
    .option('--model <name>', "the provider's model")
    .option('--pull', 'fetch the model first where it is not there (Ollama)')
    .option('--out <dir>', 'folder that the files are written to. Default: this one')
    .option('--plan-only', 'plan, and write the files only where --out is given; run nothing')
    .option('--yes', 'accept every file; tasks that need approval still wait for a person')
    .option(
      '--max-tokens <n>',
      'tokens that a plan may take with its repairs. Default: 200000',
      wholeNumber('--max-tokens', 1),
    )
    .option(
      '--max-cost <usd>',
      'dollars that a plan may cost, by the price in CODE_ENGINE_MODEL_PRICE',
      amount('--max-cost'),
    )
    .option('--check-server', 'let the cluster of the current context check what a model planned (a dry run)')
    .option('--show-context', 'show what a model would be sent, and send nothing')
    .option('--json', 'with --plan-only: the plan as data');
  withExamples(made, [
    ['deploy "web app with postgres on k8s"', 'plan, review, write, run'],
    ['deploy "redis with docker compose" --plan-only --out plan', 'only write the files, to plan/'],
  ]);
  return runAction(made, args, io, async (words, options: Options) => {
    const given = words.join(' ');
    if (options.json === true && options.planOnly !== true && options.showContext !== true)
      throw new FailureError(
        failure('usage', '--json prints a plan as data, and goes with --plan-only.', {
          next: 'Add --plan-only; run what it wrote with `code-engine run FILE --json`.',
        }),
      );
    const description = given === '-' ? await text(io.stdin) : given;
    if (options.showContext === true) return showContext(description, options, io);
    const facts = gatherFacts(io.cwd);
    const plan = async (words: string): Promise<Reviewed> => {
      const context = (budget: number): string => packContext(io.cwd, facts, words, budget).text;
      return checkedPlan(must(await planWith(words, facts, options, io, context, watching(options, io))), catalogue);
    };
    const checked = await plan(description);
    return options.planOnly === true ? planOnly(checked, options, io) : review(checked, description, plan, options, io);
  });
};

/** For a person: components as the model names them, and why it is asked again. */
function watching(options: Options, io: Io): Watching {
  if (options.json === true) return {};
  const components = componentsAsTheyCome((id) => io.err.write(`  ${id}\n`));
  return {
    sent: (bytes) => io.err.write(`Asking the model (${Math.round(bytes.length / 1024)} KiB) …\n`),
    text: components.text,
    fetching: (words) => io.err.write(`  ${words}\n`),
    ...(io.keyboard === undefined || options.yes === true
      ? {}
      : {
          mayFetch: async (why) =>
            (await askChoice(`${why.message} Fetch it now? [y]es, [n]o `, ['y', 'n'], io)) === 'y',
        }),
    repair: (fault) => {
      components.repair(fault);
      io.err.write(`  It is asked again: ${fault.slice(0, 200)}\n`);
    },
  };
}

export const allFiles = (result: PlanResult): PlannedFile[] =>
  result.workflow === ''
    ? []
    : [...result.draft.files, { path: WORKFLOW_FILE, text: result.workflow, origin: 'catalogue' }];

const lineCount = (text: string): number => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

/** The shape that others build on. */
export function planJson(result: PlanResult, error: string | undefined): object {
  const { draft } = result;
  return {
    provider: result.provider,
    ...(result.reason === undefined ? {} : { reason: result.reason }),
    workflow: result.workflow === '' ? null : WORKFLOW_FILE,
    files: allFiles(result).map((f) => ({ path: f.path, origin: f.origin, lines: lineCount(f.text) })),
    components: draft.components,
    inputs: draft.inputs,
    secrets: draft.secrets,
    assumptions: draft.assumptions,
    unplaced: draft.unplaced,
    needsClarification: draft.questions,
    needsConfirmation:
      draft.destructive ||
      draft.stages.some((s) => s.tasks.some((t) => t.type === 'approval' || t.approval !== undefined)),
    destructive: draft.destructive,
    executed: false,
    repairs: result.repairs,
    ...(result.usage === undefined ? {} : { usage: result.usage }),
    ...(result.costUsd === undefined ? {} : { costUsd: result.costUsd }),
    ...(error === undefined ? {} : { error }),
  };
}

function planOnly({ result, error }: Reviewed, options: Options, io: Io): number {
  const usable = result.workflow !== '' && error === undefined;
  if (options.out !== undefined && usable) writeAll(path.resolve(io.cwd, options.out), allFiles(result));
  if (options.json === true) io.out.write(`${JSON.stringify(planJson(result, error))}\n`);
  else {
    io.out.write(planText(result, io));
    for (const file of allFiles(result)) io.out.write(`${file.path} (${lineCount(file.text)} lines)\n`);
    if (error !== undefined) io.err.write(`code-engine: ${error}\n`);
  }
  return usable ? EXIT.held : EXIT.failed;
}

function writeAll(root: string, files: readonly PlannedFile[]): void {
  for (const file of files) must(writePlanned(root, file.path, file.text));
}

/** Shows the plan, lets it be changed, asks about each file, writes what was accepted, and hands the workflow to `run`. */
async function review(
  checked: Reviewed,
  description: string,
  again: PlanAgain,
  options: Options,
  io: Io,
): Promise<number> {
  const root = path.resolve(io.cwd, options.out ?? '.');
  const talk = options.yes !== true && io.keyboard !== undefined;
  const reviewed = talk ? await reviewPlan(checked, description, again, allFiles, io) : silently(checked, io);
  if (reviewed === 'quit') return EXIT.cancelled;
  if (reviewed === 'none') {
    const why = checked.error ?? 'There is no plan: answer the questions above in the description and try again.';
    io.err.write(`code-engine: ${why}\n`);
    return EXIT.failed;
  }
  const files = reviewed;
  const unsafe = files.find((f) => !isSafePath(f.path));
  if (unsafe !== undefined)
    throw new FailureError(failure('denied', `The plan wants to write ${unsafe.path}, which is not allowed.`));
  const accepted = await accept(files, root, options, io);
  if (accepted === undefined) return EXIT.cancelled;
  if (accepted.length < files.length) {
    if (accepted.length > 0) writeAll(root, accepted);
    io.out.write(`Wrote ${accepted.length} of ${files.length} files; with some refused, nothing is run.\n`);
    return accepted.length === 0 ? EXIT.cancelled : EXIT.held;
  }
  writeAll(root, accepted);
  io.out.write(`Wrote ${accepted.length} files. Running ${WORKFLOW_FILE}.\n`);
  const { run } = await import('./run.ts');
  return run([path.join(root, WORKFLOW_FILE), ...(options.yes === true ? ['--yes'] : [])], io);
}

function silently({ result, error }: Reviewed, io: Io): readonly PlannedFile[] | 'none' {
  io.out.write(planText(result, io));
  return error !== undefined || result.workflow === '' ? 'none' : allFiles(result);
}

/** @returns the files that were accepted; nothing where the person stopped */
async function accept(
  files: readonly PlannedFile[],
  root: string,
  options: Options,
  io: Io,
): Promise<PlannedFile[] | undefined> {
  const before = (file: string): string | undefined => currentText(root, file);
  if (options.yes !== true && io.keyboard !== undefined) return reviewFiles(files, before, io);
  for (const file of files.filter((f) => before(f.path) !== f.text))
    io.out.write(`${fileDiff(file.path, before(file.path), file.text, io)}\n`);
  if (options.yes === true) return [...files];
  throw new FailureError(
    failure('usage', 'Nothing was written: there is no terminal to review the plan on.', {
      next: 'Use --yes to accept every file, or --plan-only --out DIR to write the plan without running it.',
    }),
  );
}
