/** What a window asks about workflows that do not run yet: their plan, what a run would change, where its time goes. */
import { must } from '../../core/failure.ts';
import type { Plan } from '../../graph/plan.ts';
import { expectedMs, readHistory } from '../../engine/history.ts';
import { secretsFor } from '../../engine/launch.ts';
import { DEFAULT_OPTIONS } from '../../engine/options.ts';
import { previewPlan } from '../../engine/preview.ts';
import { summaryOf } from '../../engine/plan-summary.ts';
import type { PreviewedTask, WorkflowAnalysis } from '../../run/answers.ts';
import type { PlanSummary } from '../../run/events.ts';
import type { Params } from '../../run/protocol.ts';
import { analysisOf } from '../commands/analyze.ts';
import { planCosts } from '../costs.ts';
import type { Io } from '../io.ts';
import { taskRuntime } from '../runtime.ts';
import { findWorkspace } from '../workspace.ts';
import { planForWindow } from './plan.ts';

type Asked = Params<'workflow/plan'>;

const workspaceOf = ({ workspace, file }: Asked, io: Io): string => workspace ?? findWorkspace(io.cwd, file);

/** The tools need not be there: nothing is started. */
async function planOf({ file, text, inputs = {} }: Asked, io: Io): Promise<Plan> {
  return planForWindow(file, io, { inputs, only: [], ...(text === undefined ? {} : { text }) }, 'any tools');
}

export async function planForGraph(asked: Asked, io: Io): Promise<PlanSummary> {
  return summaryWithTimes(await planOf(asked, io), workspaceOf(asked, io));
}

function summaryWithTimes(plan: Plan, workspace: string): PlanSummary {
  const history = readHistory(workspace);
  const known = plan.tasks.flatMap(({ id }) => {
    const ms = expectedMs(history, plan.workflow, id);
    return ms === undefined ? [] : [[id, ms] as const];
  });
  return summaryOf(plan, new Map(known));
}

export async function analyzeForWindow(asked: Asked, io: Io): Promise<WorkflowAnalysis> {
  const plan = await planOf(asked, io);
  const workspace = workspaceOf(asked, io);
  const costs = await planCosts({ plan, workspace, env: io.env });
  return { ...analysisOf(plan, workspace), ...(costs === undefined ? {} : { costs }) };
}

/** @param tell is told of each task as soon as its tool has answered */
export async function previewForWindow(
  asked: Params<'workflow/preview'>,
  io: Io,
  signal: AbortSignal,
  tell: (task: PreviewedTask) => void,
): Promise<readonly PreviewedTask[]> {
  const plan = await planForWindow(asked.file, io, { inputs: asked.inputs ?? {}, only: [] });
  const launch = { plan, workspace: workspaceOf(asked, io), env: io.env };
  const { secrets } = must(await secretsFor(launch, DEFAULT_OPTIONS));
  return must(await previewPlan({ plan, tasks: taskRuntime(), env: io.env, secrets, signal, onPreview: tell }));
}
