/** Chooses who plans, and holds every plan, whoever made it, against the workflow language and the allow-list. */
import type { Catalogue } from '../core/catalogue.ts';
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { catalogPlan } from '../planner/catalog-result.ts';
import type { WorkspaceFacts } from '../planner/context/facts.ts';
import type { PlanResult } from '../planner/plan.ts';
import type { Provider } from '../planner/providers/provider.ts';
import { ALLOWED_TYPES } from '../planner/workflow.ts';
import { catalogue } from '../tasks/catalogue.ts';
import type { Io } from './io.ts';

export const PROVIDERS = ['auto', 'claude', 'ollama', 'openai', 'editor', 'catalog'] as const;
type ProviderName = (typeof PROVIDERS)[number];

export interface PlanOptions {
  readonly provider: string;
  readonly model?: string;
}

const isProvider = (name: string): name is ProviderName => (PROVIDERS as readonly string[]).includes(name);

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
  if (!isProvider(options.provider))
    return err(
      failure('usage', `There is no provider ${options.provider}.`, { next: `Choose one of ${PROVIDERS.join(', ')}.` }),
    );
  const chosen = await choose(options.provider, options.model, io, editor);
  if (chosen.provider === undefined && options.provider === 'editor')
    return err(
      failure('missing', 'The editor has no language model that may be used.', {
        next: 'Install an extension that brings one and sign in, or choose another provider.',
      }),
    );
  if (chosen.provider === undefined)
    return ok({
      ...catalogPlan(description, { facts }),
      ...(chosen.reason === undefined ? {} : { reason: chosen.reason }),
    });
  const abort = new AbortController();
  const stop = io.onSignal('SIGINT', () => abort.abort());
  try {
    const healthy = await chosen.provider.health(abort.signal);
    if (!healthy.ok) return healthy;
    const { modelPlan } = await import('../planner/providers/model-plan.ts');
    const planned = await modelPlan(description, chosen.provider, {
      facts,
      catalogue,
      context: context(),
      environment: io.env,
      signal: abort.signal,
      onRequest: sent,
    });
    return planned.ok && planned.value.reason === undefined && chosen.reason !== undefined
      ? ok({ ...planned.value, reason: chosen.reason })
      : planned;
  } finally {
    stop();
  }
}

/** `auto` takes Claude where there is a key, a server that the environment names next, else the built-in planner. */
async function choose(
  name: ProviderName,
  model: string | undefined,
  io: Io,
  editor: Provider | undefined,
): Promise<{ provider: Provider | undefined; reason?: string }> {
  switch (name) {
    case 'catalog':
      return { provider: undefined };
    case 'claude':
      return { provider: (await import('../planner/providers/claude.ts')).claude(io.env, model) };
    case 'ollama':
      return { provider: (await import('../planner/providers/ollama.ts')).ollama(io.env, model) };
    case 'openai':
      return { provider: (await import('../planner/providers/openai.ts')).openai(io.env, model) };
    case 'editor':
      return { provider: editor };
    case 'auto':
      if (isSet(io.env['ANTHROPIC_API_KEY']))
        return { ...(await choose('claude', model, io, editor)), reason: 'ANTHROPIC_API_KEY is set' };
      if (isSet(io.env['OLLAMA_HOST']))
        return { ...(await choose('ollama', model, io, editor)), reason: 'OLLAMA_HOST is set' };
      if (isSet(io.env['OPENAI_BASE_URL']))
        return { ...(await choose('openai', model, io, editor)), reason: 'OPENAI_BASE_URL is set' };
      return editor === undefined
        ? { provider: undefined, reason: 'no model is set up' }
        : { provider: editor, reason: 'the editor has this model' };
  }
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== '';

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
