/** The built-in planner's answer in the shape that every provider gives. */
import { MASK } from '../core/redact.ts';
import { spokenSecrets, withoutSpokenSecrets } from '../core/secret-shapes.ts';
import { planFromText, type CatalogContext } from './catalog.ts';
import { redact } from './context/pack.ts';
import { takeManifests } from './kubernetes/given.ts';
import { lostFacts } from './lost.ts';
import type { PlanDraft, PlanResult } from './plan.ts';
import { workflowYaml } from './workflow.ts';

export function catalogPlan(description: string, context: CatalogContext): PlanResult {
  const made = planFromText(description, context);
  const unplaced = withLost(description, made);
  const said = spokenSecrets(description);
  // What somebody typed comes back in these words; a password among it must not, for they end up in logs.
  const masked = (words: string): string => said.reduce((text, one) => text.replaceAll(one, MASK), redact(words).text);
  const draft = { ...made, assumptions: made.assumptions.map(masked), unplaced: unplaced.map(masked) };
  return { provider: 'catalog', draft, workflow: draft.questions.length > 0 ? '' : workflowYaml(draft), repairs: 0 };
}

/** What found no place, and what a grammar has read and put nowhere. */
export function withLost(description: string, draft: PlanDraft): string[] {
  const told = takeManifests(description)?.rest ?? description; // a manifest's own words are there to be changed
  const known = draft.unplaced.join('\n');
  const lost = lostFacts(withoutSpokenSecrets(told, MASK), draft).filter((fact) => !known.includes(fact));
  return [...draft.unplaced, ...lost];
}
