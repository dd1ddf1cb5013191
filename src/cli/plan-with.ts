/** Chooses who plans, and holds every plan, whoever made it, against the workflow language and the allow-list. */
import type { Catalogue } from '../core/catalogue.ts';
import type { Failure } from '../core/failure.ts';
import { ok, type Result } from '../core/result.ts';
import { catalogPlan } from '../planner/catalog-result.ts';
import type { WorkspaceFacts } from '../planner/context/facts.ts';
import type { PlanResult } from '../planner/plan.ts';
import type { Caps } from '../planner/providers/bill.ts';
import type { Provider } from '../planner/providers/provider.ts';
import { ALLOWED_TYPES } from '../planner/workflow.ts';
import { catalogue } from '../tasks/catalogue.ts';
import { chooseProvider, untilInterrupted } from './choose-provider.ts';
import type { Io } from './io.ts';
import { planChecks } from './plan-checks.ts';
import { CONTEXT_BUDGET } from './show-context.ts';

export interface PlanOptions {
  readonly provider: string;
  readonly model?: string;
  /** Caps for a plan with its repairs. */
  readonly maxTokens?: number;
  readonly maxCost?: number;
  /** A model that is not there may be fetched. */
  readonly pull?: true;
  /** The cluster of the current context may be asked what it thinks of the objects. */
  readonly checkServer?: true;
}

/** What happens while a model plans, for whoever watches. */
export interface Watching {
  /** The exact bytes of each request, before they leave. */
  readonly sent?: (bytes: string) => void;
  /** Partial text of the answer. */
  readonly text?: (text: string) => void;
  /** How far the fetching of a model has come. */
  readonly fetching?: (words: string) => void;
  /** A model is not there: may it be fetched? */
  readonly mayFetch?: (why: Failure) => Promise<boolean>;
  /** It is asked again, and why. */
  readonly repair?: (fault: string) => void;
}

/**
 * Plans with the provider that the options name.
 * @param context what the workspace says, packed to so many tokens; asked for only where a model plans
 * @param editor a model of the editor that asks, where it has one
 */
export async function planWith(
  description: string,
  facts: WorkspaceFacts,
  options: PlanOptions,
  io: Io,
  context: (budget: number) => string,
  watching: Watching = {},
  editor?: Provider,
): Promise<Result<PlanResult>> {
  const choice = await chooseProvider(options.provider, options.model, io, editor);
  if (!choice.ok) return choice;
  const { provider, reason } = choice.value;
  if (provider === undefined)
    return ok({ ...catalogPlan(description, { facts }), ...(reason === undefined ? {} : { reason }) });
  return untilInterrupted(io, async (signal) => {
    const healthy = await healthOf(provider, options, watching, signal);
    if (!healthy.ok) return healthy;
    const { sent, text, repair } = watching;
    const { modelPlan, RESERVED_TOKENS } = await import('../planner/providers/model-plan.ts');
    const planned = await modelPlan(description, provider, {
      facts,
      catalogue,
      context: context(budgetOf(provider, description, RESERVED_TOKENS)),
      environment: io.env,
      signal,
      check: planChecks(io, options.checkServer === true),
      ...capsOf(options),
      ...(sent === undefined ? {} : { onRequest: sent }),
      ...(text === undefined ? {} : { onText: text }),
      ...(repair === undefined ? {} : { onRepair: repair }),
    });
    return planned.ok && planned.value.reason === undefined && reason !== undefined
      ? ok({ ...planned.value, reason })
      : planned;
  });
}

/** Whether it can be asked; a model that is not there is fetched where a person said so. */
async function healthOf(
  provider: Provider,
  { pull }: PlanOptions,
  { fetching = () => undefined, mayFetch }: Watching,
  signal: AbortSignal,
): Promise<Result<string>> {
  const first = await provider.health(signal);
  if (first.ok || first.failure.kind !== 'missing' || provider.obtain === undefined) return first;
  if (pull !== true && (await mayFetch?.(first.failure)) !== true) return first;
  const fetched = await provider.obtain(signal, fetching);
  return fetched.ok ? provider.health(signal) : fetched;
}

/** Watches an answer as it streams in, and tells of each component as soon as the model has named it. */
export function componentsAsTheyCome(tell: (component: string) => void): Pick<Required<Watching>, 'text' | 'repair'> {
  let text = '';
  let told = 0;
  return {
    text(piece) {
      text += piece;
      const named = [...text.matchAll(/"id"\s*:\s*"([\w-]+)"/g)];
      for (const [, id = ''] of named.slice(told)) tell(id);
      told = named.length;
    },
    /** The next answer begins anew. */
    repair() {
      text = '';
      told = 0;
    },
  };
}

/** A model with a small window gets less of the workspace, so that nothing is cut off without a word. */
function budgetOf(provider: Provider, description: string, reserved: number): number {
  const window = provider.window?.();
  return window === undefined
    ? CONTEXT_BUDGET
    : Math.max(0, Math.min(CONTEXT_BUDGET, window - provider.countTokens(description) - reserved));
}

const capsOf = ({ maxTokens, maxCost }: PlanOptions): { caps?: Caps } =>
  maxTokens === undefined && maxCost === undefined
    ? {}
    : {
        caps: {
          ...(maxTokens === undefined ? {} : { tokens: maxTokens }),
          ...(maxCost === undefined ? {} : { usd: maxCost }),
        },
      };

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
