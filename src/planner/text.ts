/**
 * A description as something to read facts from. Every grammar takes a `Passage`, and what it recognises is marked in the ledger; the
 * words that nobody marked are what the plan could not place, and a person is told so.
 */

import { inFigures } from './grammar/figures.ts';
import { correctSpelling } from './grammar/spelling.ts';

/** Longer descriptions are read up to here; the rest is reported, not silently dropped. */
export const LONGEST = 20_000;

/** Which characters of the description have found a place. */
export class Ledger {
  readonly #used: Uint8Array;

  constructor(readonly text: string) {
    this.#used = new Uint8Array(text.length);
  }

  use(start: number, end: number): void {
    this.#used.fill(1, start, end);
  }

  isUsed(start: number, end: number): boolean {
    for (let i = start; i < end; i++) if (this.#used[i] === 1) return true;
    return false;
  }

  /** Runs of words that no grammar took, without the words that carry no wish of their own. */
  leftOver(): string[] {
    const phrases: string[] = [];
    let current: string[] = [];
    let last = 0;
    const flush = (): void => {
      if (current.length > 0) phrases.push(current.join(' '));
      current = [];
    };
    for (const match of this.text.matchAll(/[\p{L}\p{N}][\p{L}\p{N}_./:@=-]*/gu)) {
      const word = match[0].replace(/[.:]+$/, '');
      const end = match.index + match[0].length;
      if (/[.;,:()\n]/.test(this.text.slice(last, match.index))) flush();
      last = end;
      if (this.isUsed(match.index, end)) flush();
      else if (!FILLERS.has(word.toLowerCase())) current.push(word);
    }
    flush();
    return phrases.slice(0, 20);
  }
}

/** A stretch of the description. Matching marks what matched. */
export class Passage {
  constructor(
    readonly text: string,
    readonly at: number,
    readonly ledger: Ledger,
  ) {}

  /** The first match, marked as understood. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.ledger.use(this.at + match.index, this.at + match.index + match[0].length);
    return match;
  }

  /** Every match, each marked as understood. */
  takeAll(pattern: RegExp): RegExpExecArray[] {
    const all = [
      ...this.text.matchAll(
        new RegExp(pattern.source, pattern.flags.includes('g') ? pattern.flags : `${pattern.flags}g`),
      ),
    ];
    for (const match of all) this.ledger.use(this.at + match.index, this.at + match.index + match[0].length);
    return all;
  }

  /** Looks without marking. */
  has(pattern: RegExp): boolean {
    return pattern.test(this.text);
  }

  slice(start: number, end = this.text.length): Passage {
    return new Passage(this.text.slice(start, end), this.at + start, this.ledger);
  }

  /** The parts between matches of `separator`. */
  split(separator: RegExp): Passage[] {
    const parts: Passage[] = [];
    let from = 0;
    for (const match of this.text.matchAll(new RegExp(separator.source, 'gi'))) {
      parts.push(this.slice(from, match.index));
      from = match.index + match[0].length;
    }
    parts.push(this.slice(from));
    return parts.filter((part) => part.text.trim() !== '');
  }
}

const ITEM = String.raw`["'\x60]?[a-z0-9][a-z0-9-]*["'\x60]?(?:\s*\([^)]*\))?`;
const LISTED = new RegExp(
  String.raw`\b(?:(?:\d+|two|three|four|five|six)\s+)?(deployment|pod|stateful ?set|daemon ?set|job|cron ?job|config ?map|secret|service account|namespace)s\b\s*(?:named |called |:|,)?\s*(${ITEM}(?:\s*,\s*(?:and\s+)?${ITEM})*\s*(?:,\s*)?(?:and|&)\s+${ITEM})(?=[\s,.;:]|$)`,
  'gi',
);

/** "deployments a (x) and b (y)": two deployments; left as it is where an item is no name. */
function singly(whole: string, kind: string, list: string): string {
  if (/^namespace/i.test(kind)) return whole;
  const items = list.match(new RegExp(`(?:${ITEM})`, 'gi'))?.filter((i) => !/^(?:and)$/i.test(i)) ?? [];
  const named = (item: string): boolean => {
    const name = /[a-z0-9-]+/.exec(item)?.[0] ?? '';
    return /[("'`-]/.test(item) || (!FILLERS.has(name) && items.some((i) => /[("'`-]/.test(i)));
  };
  return items.length >= 2 && items.every(named) ? items.map((i) => `${kind} ${i}`).join(' and ') : whole;
}

const IMAGED =
  /(?<![\w./-])(["'`]?[a-z][a-z0-9-]*["'`]?)\s*(\((?:image:?\s*)?(?!(?:autoscaling|apps|batch|policy)\/v\d)[a-z0-9][\w.-]*[:/][\w./:@-]+\s*[,;)])/g;

/** "services: web (acme/web:2, port 80), api (acme/api:1)": each is a deployment, where nothing says what else. */
export function bracketed(text: string): string {
  if (
    /\b(?:compose|pods?\b(?! (?:disruption|security))|containers?|side-?cars?|statefulsets?|daemonsets?|cron ?jobs?|jobs?)\b/i.test(
      text.replace(/\([^)]*\)/g, ''),
    )
  )
    return text;
  const all = [...text.matchAll(IMAGED)].filter(
    (m) =>
      !FILLERS.has((m[1] ?? '').replace(/["'`]/g, '')) &&
      !/\b(?:deployment|service|image)\s+$/i.test(text.slice(0, m.index)),
  );
  return all.length < 2
    ? text
    : text.replace(IMAGED, (whole, name: string, rest: string, at: number) =>
        all.some((m) => m.index === at) ? `deployment ${name} ${rest}` : whole,
      );
}

/** Reads a description: typographic quotes and dashes made plain, blanks made single (line ends kept), overlong text cut. */
export function readText(description: string): Passage {
  const text = correctSpelling(description.slice(0, LONGEST))
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2010-\u2013]/g, '-')
    .replace(/\u2014/g, ' - ')
    .replace(/\u2192/g, ' -> ')
    .replace(/\u00a0/g, ' ')
    .replace(/\r\n?/g, '\n')
    .replace(/[ \t]+/g, ' ')
    // "Redis primary and two replicas": the replicas are Redis too.
    .replace(
      /\b(redis|valkey|mysql|mariadb|postgres(?:ql)?|mongo(?:db)?|spark|selenium)\s+(leader|primary|master|hub)(\s*(?:,|and|with|plus|\+)\s*)((?:\d+|an?|one|two|three|four|five|six)\s+)?(replicas?|followers?|slaves?|workers?|secondaries)\b/gi,
      (_whole, app: string, first: string, join: string, count: string | undefined, rest: string) =>
        `${app} ${first}${join}${count ?? ''}${app} ${rest}`,
    )
    .replace(/(?<!\b(?:half|of) )\ban? (hour|minute|day|week|month|year)\b(?=\s+(?:after|later|old|at most))/gi, '1 $1')
    .replace(/(?<=\b(?:after|within|for|than|past) )half a year\b/gi, '6 months')
    .replace(/(?<=\b(?:after|within|for|than|past) )an? (day|week|month|year)\b(?![\w-])/gi, '1 $1')
    .replace(LISTED, (whole, kind: string, list: string) => singly(whole, kind, list))
    .trim();
  const plain = inFigures(text);
  return new Passage(plain, 0, new Ledger(plain));
}

/** Sentences: at full stops that end one (not those inside versions, hosts and file names), semicolons and line ends. */
export function sentences(passage: Passage): Passage[] {
  const parts: Passage[] = [];
  let from = 0;
  // A quoted command may hold semicolons and full stops of its own.
  for (const match of passage.text.matchAll(/"[^"\n]*"|`[^`\n]*`|(?<=\s)'[^'\n]*'|[.!?](?=\s|$)|;|\n+/g)) {
    if (/^["'`]/.test(match[0])) continue;
    parts.push(passage.slice(from, match.index));
    from = match.index + match[0].length;
  }
  parts.push(passage.slice(from));
  return parts.filter((part) => part.text.trim() !== '');
}

/** A text as a pattern that matches nothing else. */
export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const FILLERS = new Set(
  `a an the and or of for to in on at by with without from into onto via as is are be been being was were it its this that these those there here
  then than so also both each every all any some only just must should shall may might can could will would need needs needed want wants i we you
  us my our your me please let have has had having do does did not no nor but if when while which who whose what where how create creates
  created creating make makes made set sets up setup deploy deploys deployed deploying deployment run runs running start starts started add adds added adding
  install installs installed use uses used using give gives given put puts get gets provide provides write writes generate build builds
  kubernetes k8s cluster clusters manifest manifests yaml file files docker compose opentofu terraform tofu aws helm new one same own other another
  named called name names object objects resource resources app application applications service services server servers system
  able about after again against along already always around because before behind below between during either else even ever
  front inside instead kept keep keeps keeping like more most much nothing now off once out outside over per same since still such take takes
  through together too under until unless upon very well within yet side simple small basic standard plain etc e.g i.e
  pod pods container containers image images port ports namespace label labels default value values following include including includes
  exactly here's hello hi thanks thank you're it's don't i'd i'm we're`.split(/\s+/),
);
