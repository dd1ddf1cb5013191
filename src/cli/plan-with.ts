/** Chooses who plans, and holds every plan, whoever made it, against the workflow language and the allow-list. */
import type { Catalogue } from '../core/catalogue.ts';
import { ok, type Result } from '../core/result.ts';
import { catalogPlan } from '../planner/catalog-result.ts';
import type { WorkspaceFacts } from '../planner/context/facts.ts';
import type { PlanResult } from '../planner/plan.ts';
import type { Provider } from '../planner/providers/provider.ts';
import { ALLOWED_TYPES } from '../planner/workflow.ts';
import { catalogue } from '../tasks/catalogue.ts';
import { chooseProvider, untilInterrupted } from './choose-provider.ts';
import type { Io } from './io.ts';

export interface PlanOptions {
  readonly provider: string;
  readonly model?: string;
}

/**
 * Plans with the provider that the options name.
 * @param context what the workspace says, packed; asked for only where a model plans
 * @param sent is told the exact bytes of each request to a model
 * @param editor a model of the editor that asks, where it has one
 */
export async function planWith(
  description: string,
  facts: WorkspaceFacts,
  options: PlanOptions,
  io: Io,
  context: () => string,
  sent: (bytes: string) => void = () => undefined,
  editor?: Provider,
): Promise<Result<PlanResult>> {
  const choice = await chooseProvider(options.provider, options.model, io, editor);
  if (!choice.ok) return choice;
  const { provider, reason } = choice.value;
  if (provider === undefined)
    return ok({ ...catalogPlan(description, { facts }), ...(reason === undefined ? {} : { reason }) });
  return untilInterrupted(io, async (signal) => {
    const healthy = await provider.health(signal);
    if (!healthy.ok) return healthy;
    const { modelPlan } = await import('../planner/providers/model-plan.ts');
    const planned = await modelPlan(description, provider, {
      facts,
      catalogue,
      context: context(),
      environment: io.env,
      signal,
      onRequest: sent,
    });
    return planned.ok && planned.value.reason === undefined && reason !== undefined
      ? ok({ ...planned.value, reason })
      : planned;
  });
}

/** @returns the plan, and what stops it from being used: a fault of ours or of a model, never of the person's */
export async function checkedPlan(
  result: PlanResult,
  known: Catalogue,
): Promise<{ result: PlanResult; error: string | undefined }> {
  if (result.workflow === '') return { result, error: undefined };
  const { readWorkflow } = await import('../language/read.ts');
  const { workflow, diagnostics } = await readWorkflow(result.workflow, { path: 'deploy.code.yaml', catalogue: known });
  const fault = diagnostics.find((d) => d.severity === 'error');
  if (fault !== undefined)
    return {
      result,
      error: `The planned workflow is not valid (line ${fault.range.start.line + 1}: ${fault.message}); nothing was written.`,
    };
  const foreign = workflow?.stages
    .flatMap((s) => s.tasks)
    .find((t) => !ALLOWED_TYPES.includes(known.find(t.type.value)?.type ?? t.type.value));
  return {
    result,
    error:
      foreign === undefined
        ? undefined
        : `The plan uses the task type ${foreign.type.value}, which a plan may not; nothing was written.`,
  };
}
