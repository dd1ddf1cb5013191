/** Plans every prompt of a set and scores the plans. */
import * as z from 'zod';
import type { Catalogue } from '../../core/catalogue.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { factsFrom, type WorkspaceFacts } from '../context/facts.ts';
import type { PlanResult } from '../plan.ts';
import { ALLOWED_TYPES } from '../workflow.ts';
import { readArtifacts, type SourceFile } from './artifacts.ts';
import { runCheck, type Check, type CheckContext } from './checks.ts';

const promptSchema = z.looseObject({
  id: z.string(),
  prompt: z.string(),
  target: z.string().optional(),
  difficulty: z.number().optional(),
  setup: z.string().optional(),
  workspace: z.array(z.string()).optional(),
  checks: z.array(z.looseObject({ c: z.string() })),
  reference: z.looseObject({ lines: z.number().optional() }).optional(),
  note: z.string().optional(),
  tags: z.array(z.string()).optional(),
});
const setSchema = z.looseObject({ prompts: z.array(promptSchema).min(1) });

export type Prompt = z.output<typeof promptSchema>;

/** Reads a prompt set that somebody wrote. @returns what is wrong with it otherwise */
export function readPromptSet(data: unknown): Result<readonly Prompt[], string> {
  const read = setSchema.safeParse(data);
  if (read.success) return ok(read.data.prompts);
  const issue = read.error.issues[0];
  return err(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is no prompt set'}`);
}

export interface PromptScore {
  readonly id: string;
  readonly target: string | undefined;
  /** The workflow validates, every file parses, no type is outside the allow-list. */
  readonly schemaValid: boolean;
  /** Manifests pass the strict check. */
  readonly strictValid: boolean;
  readonly checks: readonly { readonly c: string; readonly ok: boolean; readonly why?: string }[];
  /** Every check and everything that holds for every plan. */
  readonly passed: boolean;
  readonly faults: readonly string[];
  readonly repairs: number;
  readonly milliseconds: number;
  readonly tokens: number;
  readonly costUsd: number;
  /** 1 − lines still to add or change ÷ lines needed, estimated from the share of checks that fail. */
  readonly codingSaved: number;
  readonly questions: readonly string[];
  readonly unplaced: readonly string[];
}

export interface EvaluationOptions {
  readonly catalogue: Catalogue;
  /** Makes a plan; the bytes it sent to a model, if any, come with it. */
  plan(prompt: Prompt, facts: WorkspaceFacts): Promise<{ result: PlanResult; requests: readonly string[] }>;
  /** Milliseconds of some clock that only goes forward. */
  now(): number;
  /**
   * Manifests that a planned chart makes, as YAML; by the real tool. Without it, charts are only read.
   * @param files of the plan @param chart its folder @returns the tool's own words where it fails
   */
  render?(files: readonly SourceFile[], chart: string): Promise<Result<string, string>>;
}

/** What the charts of a plan make of their values. */
async function renderCharts(
  files: readonly SourceFile[],
  options: EvaluationOptions,
): Promise<{ files: SourceFile[]; faults: string[] }> {
  const made: { files: SourceFile[]; faults: string[] } = { files: [], faults: [] };
  for (const { path } of files.filter((f) => /(?:^|\/)Chart\.yaml$/.test(f.path))) {
    const chart = path.replace(/\/?Chart\.yaml$/, '');
    const text = await options.render?.(files, chart);
    if (text === undefined) continue;
    if (text.ok) made.files.push({ path: `${chart}/rendered.yaml`, text: text.value });
    else made.faults.push(`${chart}: ${text.failure}`);
  }
  return made;
}

export async function evaluatePrompt(prompt: Prompt, options: EvaluationOptions): Promise<PromptScore> {
  const started = options.now();
  const { result, requests } = await options.plan(prompt, factsFrom('app', prompt.workspace ?? []));
  const milliseconds = options.now() - started;
  const files: SourceFile[] = [
    ...result.draft.files,
    ...(result.workflow === '' ? [] : [{ path: 'deploy.code.yaml', text: result.workflow }]),
  ];
  const rendered = await renderCharts(files, options);
  const artifacts = await readArtifacts([...files, ...rendered.files], options.catalogue, ALLOWED_TYPES);
  const context: CheckContext = {
    artifacts,
    draft: result.draft,
    catalogue: options.catalogue,
    setup: prompt.setup ?? '',
    requests,
  };
  const checks = prompt.checks.map((check) => ({ c: check.c, ...runCheck(check as Check, context) }));
  // A guardrail that rightly ends in questions has no workflow to be valid.
  const noPlan =
    result.workflow === '' &&
    result.draft.questions.length > 0 &&
    prompt.checks.every((c) => c.c === 'plan' || c.c === 'absent' || c.c === 'request_absent' || c.c === 'k8s_absent');
  const faults = noPlan ? [] : [...artifacts.faults, ...rendered.faults];
  const failing = checks.filter((c) => !c.ok).length;
  const passed = failing === 0 && faults.length === 0;
  return {
    id: prompt.id,
    target: prompt.target,
    schemaValid: noPlan || artifacts.schemaValid,
    strictValid: noPlan || (artifacts.strict && artifacts.faults.length === 0),
    checks,
    passed,
    faults,
    repairs: result.repairs,
    milliseconds,
    tokens: (result.usage?.inputTokens ?? 0) + (result.usage?.outputTokens ?? 0),
    costUsd: result.costUsd ?? 0,
    codingSaved: passed
      ? 1
      : result.workflow === '' && !noPlan
        ? 0
        : Math.max(0, 1 - failing / Math.max(1, checks.length)),
    questions: result.draft.questions,
    unplaced: result.draft.unplaced,
  };
}

export interface Summary {
  readonly prompts: number;
  readonly passed: number;
  readonly schemaValid: number;
  readonly strictValid: number;
  readonly checks: number;
  readonly checksPassed: number;
  readonly passAt1: number;
  /** Share of prompts of which every one of `runs` tries passed. */
  readonly passHatK: number;
  readonly runs: number;
  readonly repairs: number;
  readonly tokens: number;
  readonly costUsd: number;
  readonly medianMs: number;
  readonly slowestMs: number;
  readonly codingSaved: number;
  readonly guardrails: { readonly prompts: number; readonly passed: number };
}

/** @param tries for each prompt the scores of all its tries */
export function summarise(tries: readonly (readonly PromptScore[])[], guardrails: ReadonlySet<string>): Summary {
  const all = tries.flat();
  const first = tries.flatMap((t) => t.slice(0, 1));
  const sum = (pick: (s: PromptScore) => number): number => all.reduce((n, s) => n + pick(s), 0);
  const times = all.map((s) => s.milliseconds).sort((a, b) => a - b);
  const share = (n: number, of: number): number => (of === 0 ? 0 : Math.round((n / of) * 1000) / 1000);
  const guard = first.filter((s) => guardrails.has(s.id));
  const code = all.filter((s) => !guardrails.has(s.id));
  return {
    prompts: tries.length,
    passed: first.filter((s) => s.passed).length,
    schemaValid: first.filter((s) => s.schemaValid).length,
    strictValid: first.filter((s) => s.strictValid).length,
    checks: first.reduce((n, s) => n + s.checks.length, 0),
    checksPassed: first.reduce((n, s) => n + s.checks.filter((c) => c.ok).length, 0),
    passAt1: share(all.filter((s) => s.passed).length, all.length),
    passHatK: share(tries.filter((t) => t.length > 0 && t.every((s) => s.passed)).length, tries.length),
    runs: tries[0]?.length ?? 0,
    repairs: sum((s) => s.repairs),
    tokens: sum((s) => s.tokens),
    costUsd: sum((s) => s.costUsd),
    medianMs: times[Math.floor(times.length / 2)] ?? 0,
    slowestMs: times.at(-1) ?? 0,
    codingSaved: share(
      code.reduce((n, s) => n + s.codingSaved, 0),
      code.length,
    ),
    guardrails: { prompts: guard.length, passed: guard.filter((s) => s.passed).length },
  };
}
