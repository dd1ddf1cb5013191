/** `code-engine analyze`: where a run's time goes, what it deploys costs, and how much of its tools is open source. */
import path from 'node:path';
import { counted } from '../../core/count.ts';
import { formatDuration } from '../../core/duration.ts';
import { expectedMs, readHistory } from '../../engine/history.ts';
import { analyze as analyzePlan, type Analysis } from '../../graph/analysis.ts';
import type { Plan } from '../../graph/plan.ts';
import type { WorkflowAnalysis } from '../../run/answers.ts';
import { catalogue } from '../../tasks/catalogue.ts';
import { collect, command, runAction } from '../command.ts';
import { EXIT, type CommandFunction, type Io } from '../io.ts';
import { planCosts } from '../costs.ts';
import { loadPlan } from '../load.ts';
import { localPath } from '../local-path.ts';
import { printCosts } from '../render/costs.ts';
import { paint } from '../render/style.ts';
import { inputsOf } from '../start-run.ts';
import { findWorkspace } from '../workspace.ts';

interface Options {
  readonly input: readonly string[];
  readonly prices?: string;
  readonly json?: true;
}

export const analyze: CommandFunction = (args, io) => {
  const made = command(
    'analyze',
    'Say where the time of a run goes and what would save some, by earlier runs, and what it costs to keep what it deploys.',
    io,
  )
    .argument('<file>', 'the workflow')
    .option('--input <name=value>', 'a value for an input (may be given several times)', collect, [])
    .option('--prices <file>', 'a price table (default: .code/prices.yaml, else the published defaults of OpenCost)')
    .option('--json', 'one JSON object');
  return runAction(made, args, io, async ([file = ''], options: Options) => {
    const absolute = path.resolve(io.cwd, file);
    const plan = await loadPlan(absolute, io, { inputs: inputsOf(options), only: [] });
    if (plan === undefined) return EXIT.usage;
    const workspace = findWorkspace(io.cwd, absolute);
    const prices =
      options.prices === undefined ? {} : { prices: path.resolve(io.cwd, localPath(options.prices, io.cwd)) };
    const costs = await planCosts({ plan, workspace, env: io.env, ...prices });
    if (options.json === true) {
      const found = analysisOf(plan, workspace);
      io.out.write(`${JSON.stringify(costs === undefined ? found : { ...found, costs })}\n`);
    } else {
      const times = timesOf(plan, workspace);
      print(plan, analyzePlan(plan, times.ms), times, openSourceShare(plan), io);
      if (costs !== undefined) printCosts(costs, io);
    }
    return EXIT.held;
  });
};

/** The analysis as data, for `--json` and for a window. */
export function analysisOf(plan: Plan, workspace: string): WorkflowAnalysis {
  const times = timesOf(plan, workspace);
  return jsonOf(plan, analyzePlan(plan, times.ms), times, openSourceShare(plan));
}

interface Times {
  readonly ms: readonly number[];
  /** How many tasks have been timed in earlier runs; the others count as long as the median of these. */
  readonly known: number;
}

function timesOf(plan: Plan, workspace: string): Times {
  const history = readHistory(workspace);
  const found = plan.tasks.map((task) => expectedMs(history, plan.workflow, task.id));
  const known = found.filter((ms) => ms !== undefined).sort((a, b) => a - b);
  const usual = known[known.length >> 1] ?? 1000;
  return { ms: found.map((ms) => ms ?? usual), known: known.length };
}

interface OpenSource {
  readonly open: number;
  readonly all: number;
  /** Types whose tool is not open source in every version. */
  readonly others: readonly string[];
}

/** Of the plan's tasks, how many need nothing but open-source tools. */
function openSourceShare(plan: Plan): OpenSource {
  const others = new Set<string>();
  let open = 0;
  for (const { type } of plan.tasks) {
    const tools = catalogue.find(type)?.tools ?? [];
    // One of several programs is enough, so one open one is enough.
    if (tools.every(({ licence }) => licence !== 'BUSL-1.1')) open++;
    else others.add(type);
  }
  return { open, all: plan.tasks.length, others: [...others] };
}

function jsonOf(plan: Plan, analysis: Analysis, times: Times, openSource: OpenSource): WorkflowAnalysis {
  const { criticalPath, criticalPathMs, serialMs, graphMs, barriers } = analysis;
  return {
    workflow: plan.workflow,
    timedTasks: times.known,
    criticalPath,
    criticalPathMs,
    serialMs,
    graphMs,
    barriers,
    openSource,
    tasks: plan.tasks.map(({ id }, i) => ({
      task: id,
      expectedMs: times.ms[i] ?? 0,
      startMs: analysis.startMs[i] ?? 0,
      slackMs: analysis.slackMs[i] ?? 0,
    })),
  };
}

function print(plan: Plan, analysis: Analysis, times: Times, openSource: OpenSource, io: Io): void {
  const { criticalPath, criticalPathMs, serialMs, graphMs, barriers } = analysis;
  const say = (line: string): void => void io.out.write(`${line}\n`);
  const basis =
    times.known === plan.tasks.length
      ? 'by what earlier runs took'
      : times.known === 0
        ? 'no task has run yet: every task is taken for equally long'
        : `${times.known} of ${plan.tasks.length} tasks by earlier runs, the others taken for as long as the median`;
  say(
    `${paint(io, 'bold', plan.workflow)}: ${counted(plan.tasks.length, 'task')} in ${counted(plan.stages.length, 'stage')} (${basis})`,
  );
  say(`  critical path ${formatDuration(criticalPathMs)}: ${criticalPath.join(' → ')}`);
  const saved = serialMs === 0 ? 0 : Math.round((1 - criticalPathMs / serialMs) * 100);
  say(`  one by one ${formatDuration(serialMs)}: parallelism saves ${saved} %`);
  for (const { stage, after, waitMs, heldBy } of barriers.filter((barrier) => barrier.waitMs > 0)) {
    say(`  ${stage} waits up to ${formatDuration(waitMs)} for ${after} (held by ${heldBy})`);
  }
  if (graphMs < criticalPathMs) say(`  schedule: graph would take ${formatDuration(graphMs)}`);
  const share = openSource.all === 0 ? 100 : Math.round((openSource.open / openSource.all) * 100);
  const rest = openSource.others.length === 0 ? '' : `; not: ${openSource.others.join(', ')}`;
  say(`  ${share} % of its tasks need open-source tools only${rest}`);
}
