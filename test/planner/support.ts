import { parseAllDocuments } from 'yaml';
import { catalogPlan } from '../../src/planner/catalog-result.ts';
import { factsFrom } from '../../src/planner/context/facts.ts';
import { reach } from '../../src/planner/evaluate/where.ts';
import type { PlanResult } from '../../src/planner/plan.ts';

export const plan = (description: string, files: readonly string[] = []): PlanResult =>
  catalogPlan(description, { facts: factsFrom('app', files) });

/** The planned objects of a kind. */
export function objects(result: PlanResult, kind: string): unknown[] {
  return result.draft.files
    .filter((f) => f.path.startsWith('k8s'))
    .flatMap((f) => parseAllDocuments(f.text).map((d) => d.toJS() as { kind?: string }))
    .filter((o) => o.kind === kind);
}

/** The first value under a path in the first object of a kind. */
export const value = (result: PlanResult, kind: string, path: string): unknown =>
  reach(objects(result, kind)[0], path)[0];
