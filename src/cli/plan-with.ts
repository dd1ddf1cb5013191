/** Chooses who plans, and holds every plan, whoever made it, against the workflow language and the allow-list. */
import type { Catalogue } from '../core/catalogue.ts';
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { catalogPlan } from '../planner/catalog-result.ts';
import type { WorkspaceFacts } from '../planner/context/facts.ts';
import type { PlanResult } from '../planner/plan.ts';
import { ALLOWED_TYPES } from '../planner/workflow.ts';
import type { Io } from './io.ts';

export const PROVIDERS = ['auto', 'catalog'] as const;

export interface PlanOptions {
  readonly provider: string;
  readonly model?: string;
}

/** Plans with the provider that the options name. */
export async function planWith(
  description: string,
  facts: WorkspaceFacts,
  options: PlanOptions,
  _io: Io,
  _sent: (bytes: string) => void = () => undefined,
): Promise<Result<PlanResult>> {
  switch (options.provider) {
    case 'catalog':
      return Promise.resolve(ok(catalogPlan(description, { facts })));
    case 'auto':
      return Promise.resolve(ok({ ...catalogPlan(description, { facts }), reason: 'no model is set up' }));
    default:
      return err(
        failure('usage', `There is no provider ${options.provider}.`, {
          next: `Choose one of ${PROVIDERS.join(', ')}.`,
        }),
      );
  }
}

/** @returns the plan, and what stops it from being used: a fault of ours or of a model, never of the person's */
export async function checkedPlan(
  result: PlanResult,
  catalogue: Catalogue,
): Promise<{ result: PlanResult; error: string | undefined }> {
  if (result.workflow === '') return { result, error: undefined };
  const { readWorkflow } = await import('../language/read.ts');
  const { workflow, diagnostics } = await readWorkflow(result.workflow, { path: 'deploy.code.yaml', catalogue });
  const fault = diagnostics.find((d) => d.severity === 'error');
  if (fault !== undefined)
    return {
      result,
      error: `The planned workflow is not valid (line ${fault.range.start.line + 1}: ${fault.message}); nothing was written.`,
    };
  const foreign = workflow?.stages
    .flatMap((s) => s.tasks)
    .find((t) => !ALLOWED_TYPES.includes(catalogue.find(t.type.value)?.type ?? t.type.value));
  return {
    result,
    error:
      foreign === undefined
        ? undefined
        : `The plan uses the task type ${foreign.type.value}, which a plan may not; nothing was written.`,
  };
}
