/** What to type instead of a name that there is not. */
import { listOf, nearest } from '../language/suggest.ts';

/** The one that was meant, where one is near enough; else all that there are. */
export function meantAmong(
  word: string,
  known: readonly string[],
  synonyms?: Readonly<Record<string, string>>,
): string {
  const meant = nearest(word, known, synonyms);
  return meant === undefined ? `There is ${listOf(known, 20)}.` : `Did you mean ${meant}?`;
}
