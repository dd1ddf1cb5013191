/** How often something is tried again. */
import { NUMBER, numberOf } from '../grammar/quantities.ts';
import type { Part, PartContext } from './parts.ts';

/** What is tried again by a word for it, with the types of its tasks. */
const AGAIN: readonly (readonly [words: RegExp, types: RegExp])[] = [
  [/^(?:probe|check|smoke|health|request|ping)/i, /^(?:http|wait)$/],
  [/^scan/i, /^(?:zap|trivy|checkov)$/],
  [/^(?:appl|deploy|roll|install|upgrade|release)/i, /^(?:kubernetes|helm|rollout)$/],
  [/^(?:build|image)/i, /^docker$/],
  [/^push/i, /^registry$/],
];

/** "retry up to three times", "retry the probe ten times": of what is named, else of the part that is spoken of before it. */
export function retries(found: Part[], { text }: PartContext): void {
  const match = text.take(
    new RegExp(
      `\\bretr(?:y|ies)\\b(?: (?:it|them|the (?<what>\\w+)))?(?: (?:at most|up to|max(?:imum)?))?\\s+(${NUMBER})(?: times?)?|\\b(${NUMBER}) retries\\b|\\b(?:up to|at most|with|max(?:imum)?(?: of)?)\\s+(${NUMBER})\\s+(?:tries|attempts)\\b`,
      'i',
    ),
  );
  const tries = match?.[4];
  const count = match?.[2] ?? match?.[3] ?? tries;
  if (match === undefined || count === undefined) return;
  const attempts = tries === undefined ? numberOf(count) + 1 : numberOf(tries);
  const types = AGAIN.find(([words]) => words.test(match.groups?.['what'] ?? ''))?.[1];
  const named = types === undefined ? -1 : found.findIndex((p) => p.tasks.some((t) => types.test(t.type)));
  const before = found.reduce((best, p, i) => (p.at < match.index && p.at > (found[best]?.at ?? -1) ? i : best), 0);
  const index = named < 0 ? before : named;
  const part = found[index];
  if (part !== undefined)
    found[index] = {
      ...part,
      tasks: part.tasks.map((t) => ({ ...t, retry: { attempts, delay: '10s' } })),
    };
}
