/** Ways to say one thing that Compose wishes have, made one. */
import { numberOf } from '../grammar/quantities.ts';
import { Ledger, Passage } from '../text.ts';

const REWRITES: readonly (readonly [RegExp, string | ((...m: string[]) => string)])[] = [
  [/\b(one|two|three|four|five|\d+) and a half (?=(?:giga|mega|gibi|mebi)bytes?\b|[GM]i?B\b|gigs?\b)/gi, (_m: string, n: string) => `${numberOf(n)}.5 `],
  [/\bhalf an? (?:gigabyte|gig|GB)\b/gi, '512 MB'],
  [/\b(?:a|one) (?:quarter|fourth) of (?:a|one) (?:cpu|core)\b/gi, '0.25 cpus'],
  [/\bdocker[- ]?(?:compsoe|compoes|comopse|copmose|compse|compos)\b/gi, 'docker compose'],
  [/\bpostgress(?:ql)?\b/gi, 'postgres'],
  [/\bport-?(?:no|nr|number)\.? (?=\d)/gi, 'port '],
  [/(?<=\d)\s*\(\s*(?:inside|in the container)\s*:\s*(\d+)\s*\)/gi, ' ($1 inside)'],
  [/\b(?:i\.e\.|e\.g\.|resp\.|incl\.|approx\.|ie\.?|eg\.?)(?=\s)/gi, ','],
]; // prettier-ignore

export function plainly(text: Passage): Passage {
  let read = text.text;
  for (const [pattern, to] of REWRITES) read = typeof to === 'string' ? read.replace(pattern, to) : read.replace(pattern, to); // prettier-ignore
  return new Passage(read, 0, new Ledger(read));
}
