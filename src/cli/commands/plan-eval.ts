/** `code-engine plan eval`: plans every prompt of a set and scores the plans. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { failure, failureFrom, FailureError, must } from '../../core/failure.ts';
import { parseJson } from '../../core/json.ts';
import { evaluatePrompt, readPromptSet, summarise, type PromptScore } from '../../planner/evaluate/evaluate.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { command, runAction } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { PROVIDERS } from '../choose-provider.ts';
import { planWith, type PlanOptions } from '../plan-with.ts';
import { chartRenderer } from '../render-chart.ts';
import { paint } from '../render/style.ts';

interface Options extends PlanOptions {
  readonly json?: true;
  readonly runs: string;
  readonly only: readonly string[];
}

export const plan: CommandFunction = async (args, io) => {
  const [sub, ...rest] = args;
  if (sub === 'eval') return planEval(rest, io);
  const made = command('plan', 'Plans from descriptions: eval scores a planner over a set of prompts.', io).argument(
    '[words...]',
    'eval FILE',
  );
  return runAction(made, args, io, ([given]) => {
    throw new FailureError(
      failure('usage', given === undefined ? 'Say what: plan eval FILE.' : `There is no plan ${given}.`, {
        next: 'plan eval FILE scores a planner over a set of prompts; preview FILE says what a run would change.',
      }),
    );
  });
};

const planEval: CommandFunction = (args, io) => {
  const made = command('plan eval', 'Plan every prompt of a set and score the plans.', io)
    .argument('<file>', 'a prompt set (JSON)')
    .option('--provider <name>', `who plans: ${PROVIDERS.join(', ')}`, 'catalog')
    .option('--model <name>', "the provider's model")
    .option('--runs <n>', 'tries per prompt, for pass^n', '1')
    .option(
      '--only <id>',
      'only this prompt (may be given several times)',
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option('--json', 'scores as data');
  return runAction(made, args, io, async ([file = ''], options: Options) =>
    evaluate(path.resolve(io.cwd, file), options, io),
  );
};

async function evaluate(file: string, options: Options, io: Io): Promise<number> {
  const runs = Number(options.runs);
  if (!Number.isInteger(runs) || runs < 1 || runs > 20)
    throw new FailureError(failure('usage', `--runs ${options.runs} is no number from 1 to 20.`));
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const failed = failureFrom(error, `read the prompt set ${file}`);
    throw new FailureError(failed.kind === 'missing' ? { ...failed, kind: 'usage' } : failed);
  }
  const set = readPromptSet(parseJson(text));
  if (!set.ok) throw new FailureError(failure('invalid', `${file} is no prompt set: ${set.failure}`));
  const prompts = set.value.filter((p) => options.only.length === 0 || options.only.includes(p.id));
  const render = await chartRenderer(io.env);
  const tries: PromptScore[][] = [];
  for (const prompt of prompts) {
    const scores: PromptScore[] = [];
    for (let i = 0; i < runs; i++) {
      scores.push(
        await evaluatePrompt(prompt, {
          catalogue,
          now: () => performance.now(),
          ...(render === undefined ? {} : { render }),
          plan: async (p, facts) => {
            const requests: string[] = [];
            const result = must(
              await planWith(p.prompt, facts, options, io, () => '', {
                sent: (bytes) => void requests.push(bytes),
              }),
            );
            return { result, requests };
          },
        }),
      );
    }
    tries.push(scores);
    if (options.json !== true) io.out.write(line(scores[0], io));
  }
  const guardrails = new Set(
    prompts.filter((p) => p.target === 'guard' || p.tags?.includes('guardrail') === true).map((p) => p.id),
  );
  const summary = summarise(tries, guardrails);
  if (options.json === true)
    io.out.write(`${JSON.stringify({ provider: options.provider, ...summary, results: tries.map((t) => t[0]) })}\n`);
  else
    io.out.write(
      `\n${summary.passed} of ${summary.prompts} prompts passed, ${summary.checksPassed} of ${summary.checks} checks; manifests strict in ${summary.strictValid}; ${Math.round(summary.codingSaved * 100)} % of manual coding saved (estimated); median ${summary.medianMs.toFixed(0)} ms, slowest ${summary.slowestMs.toFixed(0)} ms.\n`,
    );
  return EXIT.held;
}

function line(score: PromptScore | undefined, io: Io): string {
  if (score === undefined) return '';
  const failing = score.checks.filter((c) => !c.ok);
  const why = [...score.faults.slice(0, 3), ...failing.map((c) => `${c.c}: ${c.why ?? ''}`)]
    .map((w) => `    ${w}\n`)
    .join('');
  return `${score.passed ? paint(io, 'good', 'pass') : paint(io, 'bad', 'fail')} ${score.id} (${score.checks.length - failing.length}/${score.checks.length})\n${why}`;
}
