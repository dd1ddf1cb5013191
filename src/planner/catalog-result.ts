/** The built-in planner's answer in the shape that every provider gives. */
import { planFromText, type CatalogContext } from './catalog.ts';
import type { PlanResult } from './plan.ts';
import { workflowYaml } from './workflow.ts';

export function catalogPlan(description: string, context: CatalogContext): PlanResult {
  const draft = planFromText(description, context);
  return { provider: 'catalog', draft, workflow: draft.questions.length > 0 ? '' : workflowYaml(draft), repairs: 0 };
}
