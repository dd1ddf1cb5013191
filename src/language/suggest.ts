/** "Did you mean …": the known word that is nearest to what was written. */

/**
 * @param synonyms words of other tools and the ones that mean the same here
 * @returns the nearest of `known`, if one is near enough to be what was meant
 */
export function nearest(
  word: string,
  known: Iterable<string>,
  synonyms: Readonly<Record<string, string>> = {},
): string | undefined {
  const lower = word.toLowerCase();
  const synonym = Object.hasOwn(synonyms, lower) ? synonyms[lower] : undefined;
  if (synonym !== undefined) return synonym;
  const flat = flatten(lower);
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of known) {
    const target = candidate.toLowerCase();
    if (target === lower || flatten(target) === flat) return candidate;
    if (Math.abs(target.length - lower.length) >= least && !(lower.length >= 3 && target.startsWith(lower))) continue;
    const distance = lower.length >= 3 && target.startsWith(lower) ? 1 : editDistance(lower, target, least);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

const flatten = (word: string): string => word.replaceAll(/[-_\s.]/g, '');

/** Insertions, deletions, replacements and swaps of neighbours; gives up at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let value = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped =
        i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) && a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (swapped) value = Math.min(value, (before[j - 2] ?? 0) + 1);
      row.push(value);
      least = Math.min(least, value);
    }
    if (least >= limit) return limit;
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? limit;
}

/** A list for people: `a`, `a and b`, `a, b and c`; long ones are cut. */
export function listOf(words: readonly string[], most = 8): string {
  if (words.length === 0) return 'none';
  if (words.length > most) return `${words.slice(0, most).join(', ')} and ${words.length - most} more`;
  if (words.length === 1) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
