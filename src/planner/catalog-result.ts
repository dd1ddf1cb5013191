/** The built-in planner's answer in the shape that every provider gives. */
import { planFromText, type CatalogContext } from './catalog.ts';
import { redact } from './context/pack.ts';
import type { PlanResult } from './plan.ts';
import { workflowYaml } from './workflow.ts';

export function catalogPlan(description: string, context: CatalogContext): PlanResult {
  const made = planFromText(description, context);
  // What somebody typed comes back in these words; a password among it must not, for they end up in logs.
  const draft = { ...made, assumptions: made.assumptions.map(masked), unplaced: made.unplaced.map(masked) };
  return { provider: 'catalog', draft, workflow: draft.questions.length > 0 ? '' : workflowYaml(draft), repairs: 0 };
}

const masked = (words: string): string => redact(words).text;
