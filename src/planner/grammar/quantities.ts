/** Counts, sizes, durations and percentages, as people write them. */

const WORDS: Readonly<Record<string, number>> = {
  a: 1, an: 1, single: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10, eleven: 11, twelve: 12,
  fifteen: 15, twenty: 20, thirty: 30, fifty: 50, hundred: 100, once: 1, twice: 2, dozen: 12, couple: 2, pair: 2, half: 50,
}; // prettier-ignore

/** A number in figures or words, as a pattern without groups. */
export const NUMBER = String.raw`(?:\d+|single|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|fifty)`;

/** @returns the number that a word or figures stand for */
export const numberOf = (word: string): number =>
  /^\d/.test(word) ? Number.parseInt(word, 10) : (WORDS[word.toLowerCase()] ?? 1);

/** A size of memory or storage, as Kubernetes writes it: `2 GB` and `2 gigabytes` become `2Gi`, `512MB` becomes `512Mi`. */
export function sizeOf(amount: string, unit: string): string {
  const letter = unit.trim().charAt(0).toUpperCase();
  if (/^[kmgtp]i$/i.test(unit.trim())) return `${amount}${letter}i`;
  if (/^[KMGTP]$/i.test(unit.trim())) return `${amount}${letter === 'K' ? 'k' : letter}`;
  return `${amount}${letter}i`;
}

/** Pattern of a size, with two groups: amount and unit. */
export const SIZE = String.raw`(\d+(?:\.\d+)?)\s?([KMGTP]i?B?|(?:kilo|mega|giga|tera|peta|gibi|mebi|tebi)bytes?|gigs?)\b(?!/)`;

/** Seconds in a phrase such as `30 seconds`, `5m`, `two hours`, `1 day`. */
export function secondsOf(amount: string, unit: string): number {
  const n = numberOf(amount);
  const u = unit.toLowerCase();
  if (u.startsWith('ms') || u.startsWith('milli')) return Math.max(1, Math.round(n / 1000));
  if (u.startsWith('s')) return n;
  if (u.startsWith('mo')) return n * 2_592_000;
  if (u.startsWith('m')) return n * 60;
  if (u.startsWith('h')) return n * 3600;
  if (u.startsWith('w')) return n * 604_800;
  if (u.startsWith('y')) return n * 31_536_000;
  return n * 86_400;
}

/** Pattern of a duration, with two groups: amount and unit. */
export const DURATION = String.raw`(${NUMBER})[\s-]?(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|months?|years?)\b`;

/** The same without groups. */
export const TIME = DURATION.replace(/\((?!\?)/g, '(?:');
