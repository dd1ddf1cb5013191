/** `runs explain`: what happened, the likely cause, and what to do next. Rules first; a model only where somebody asks for one. */
import { must } from '../../core/failure.ts';
import { explainTask } from '../../explain/explain.ts';
import type { Explanation, FailedTask } from '../../explain/rule.ts';
import { askForExplanation, explainRequest, type ExplainRequest } from '../../planner/providers/explain-model.ts';
import { scanRequest } from '../../planner/context/pack.ts';
import type { Provider } from '../../planner/providers/provider.ts';
import { chooseProvider, PROVIDERS, untilInterrupted } from '../choose-provider.ts';
import { command, runAction } from '../command.ts';
import { failedTasks } from '../explain.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { runMeant } from '../run-id.ts';
import { paint, plain } from '../render/style.ts';

interface Options {
  readonly provider?: string;
  readonly model?: string;
  readonly showContext?: true;
  readonly json?: true;
}

export const explain: CommandFunction = (args, io) => {
  const made = command('runs explain', 'Say why tasks failed: what happened, the likely cause, what to do next.', io)
    .argument('[run]', 'the beginning of a run id, or last', 'last')
    .argument('[task]', 'this task only')
    .option('--provider <name>', `also ask a model: ${PROVIDERS.filter((p) => p !== 'catalog').join(', ')}`)
    .option('--model <name>', "the provider's model")
    .option('--show-context', 'show what a model would be sent, and send nothing')
    .option('--json', 'one JSON object');
  return runAction(made, args, io, async ([text, task], options: Options) => {
    const { workspace, runId } = runMeant(io, text);
    const failed = failedTasks(workspace, runId, task);
    if (options.showContext === true) return showContext(failed, options, io);
    const explanations = await all(failed, options, io);
    if (options.json === true) io.out.write(`${JSON.stringify({ runId, explanations })}\n`);
    else if (explanations.length === 0) io.out.write(`No task of ${runId} failed.\n`);
    else for (const one of explanations) io.out.write(`${explanationText(one, io)}\n`);
    return EXIT.held;
  });
};

async function all(failed: readonly FailedTask[], options: Options, io: Io): Promise<Explanation[]> {
  const explained = failed.map((one) => explainTask(one));
  if (options.provider === undefined) return explained;
  const { provider } = must(await chooseProvider(options.provider, options.model, io));
  if (provider === undefined) return explained;
  return untilInterrupted(io, async (signal) => {
    must(await provider.health(signal));
    const words: Explanation[] = [];
    for (const [index, task] of failed.entries()) words.push(await withModel(task, explained[index], provider, signal));
    return words;
  });
}

/** What a model would be told of a task: facts, then the end of its log, credentials taken out. */
export const requestFor = (task: FailedTask): ExplainRequest =>
  explainRequest(
    [
      `Task ${task.task} of type ${task.type} ended ${task.status}${task.exitCode === undefined ? '' : ` with exit code ${task.exitCode}`}.`,
      ...(task.reason === undefined ? [] : [`Reason: ${task.reason}`]),
    ].join('\n'),
    task.lines,
  );

/** The model's words, with what the rules know beside them. */
export async function withModel(
  task: FailedTask,
  rules: Explanation | undefined,
  provider: Provider,
  signal: AbortSignal,
): Promise<Explanation> {
  const { what, cause, next } = must(await askForExplanation(requestFor(task), provider, signal));
  const known =
    rules?.source === 'rule' && rules.rule !== undefined
      ? [{ rule: rules.rule, what: rules.what, cause: rules.cause, next: rules.next }]
      : [];
  return {
    task: task.task,
    type: task.type,
    status: task.status,
    source: 'model',
    what,
    cause,
    next,
    ...(rules?.evidence === undefined ? {} : { evidence: rules.evidence }),
    also: known,
  };
}

function showContext(failed: readonly FailedTask[], options: Options, io: Io): number {
  const requests = failed.map((task) => ({ task: task.task, ...requestFor(task) }));
  if (options.json === true) {
    const shown = requests.map(({ task, request, redactions }) => ({
      task,
      redactions,
      blocked: scanRequest(request.user) ?? null,
      text: request.user,
    }));
    io.out.write(`${JSON.stringify({ requests: shown })}\n`);
    return EXIT.held;
  }
  for (const { task, request, redactions } of requests)
    io.out.write(
      `${paint(io, 'bold', task)}: ${redactions.length === 0 ? 'nothing had to be taken out' : `${redactions.length} taken out: ${[...new Set(redactions)].join(', ')}`}\n${request.user}\n\n`,
    );
  io.out.write('Nothing was sent.\n');
  return EXIT.held;
}

/** An explanation for a person. */
export function explanationText(one: Explanation, io: Pick<Io, 'color' | 'unicode'>): string {
  const by = one.source === 'model' ? ' (a model’s words)' : '';
  const lines = [
    `${paint(io, 'bold', one.task)}${by}: ${plain(io, one.what)}`,
    `  ${paint(io, 'dim', 'likely:')} ${plain(io, one.cause)}`,
    ...one.next.map((text, index) => `  ${paint(io, 'dim', index === 0 ? 'next:  ' : '       ')} ${plain(io, text)}`),
    ...(one.evidence === undefined ? [] : [`  ${paint(io, 'dim', 'seen:  ')} ${plain(io, one.evidence)}`]),
    ...one.also.map((other) => `  ${paint(io, 'dim', 'also:  ')} ${plain(io, other.what)}`),
  ];
  return `${lines.join('\n')}\n`;
}
