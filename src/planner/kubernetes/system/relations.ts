/** Who uses whom and who alone may reach what, as sentences say it. */
import type { Passage } from '../../text.ts';
import { wholeSentences } from './naming.ts';
import { isStore, type Part } from './part.ts';
import type { Parts } from './parts.ts';

export interface Relations {
  /** What each part is said to use. */
  readonly uses: ReadonlyMap<Part, ReadonlySet<Part>>;
  /** Parts that only these may reach. */
  readonly closed: ReadonlyMap<Part, ReadonlySet<Part>>;
  /** What was read as a rule about traffic; no other grammar reads it. */
  readonly spans: readonly (readonly [number, number])[];
}

const ONE = String.raw`(?:the\s+|services?\s+|its\s+|their\s+|an?\s+|that\s+|this\s+|own\s+|same\s+|both\s+)*«\d+\*?»(?:\s+(?:pods?|service|database|server|itself|tiers?|layers?|\d[\d.]*))?`;
const LIST = String.raw`((?:${ONE})(?:\s*(?:,\s*and|,|and|or|plus|&|\+|\/)\s*(?:${ONE}))*)`;
const VERB_AFTER = String.raw`(?!\s+(?:us(?:es?|ing)|calls?|talks?|connects?|reads?|writes?|needs?|may|can|should|must|is|are|has|have|gets?|goes|only|publish\w*|consum\w*|subscrib\w*|listens?|sends?|stores?|queries|depends)\b)`;
const OLD = ONE.replace('\\*?', '');
const OBJECTS = String.raw`((?:${ONE})${VERB_AFTER}(?:\s*(?:,\s*and|,|and|or|plus|&|\+|\/)\s*(?:${OLD})${VERB_AFTER})*)`;
const VERB = String.raw`(?:us(?:es?|ing)|calls?|calling|talks?(?:ing)? (?:only )?(?:to|with)|speaks? (?:to|with)|connects?(?:ing)? (?:only )?to|reads?(?:ing)?(?: (?:and writes?|its \w+|data|messages|jobs|events))?(?: (?:from|of|in))?|writes?(?: [\w ]{0,16})?(?: (?:to|into))?|writing (?:to|into)|stores?(?: [\w ]{0,24})? in|publish(?:es|ing)? (?:[\w ]{0,20})?(?:to|on)|consum(?:es?|ing)(?: [\w ]{0,20})?(?: from)?|subscrib(?:es?|ing) to|listens? (?:to|on)|queries|queried from|needs?|depends? on|is backed by|are backed by|backed by|sends? (?:[\w ]{0,16})?to|pushes (?:[\w ]{0,16})?to|works? (?:with|on)|takes? [\w ]{0,20}from|takes? [\w ]{0,20}off|fetch(?:es)? [\w ]{0,20}from|gets? [\w ]{1,20} from|points? (?:to|at)|pointing (?:to|at)|accesses|access|shares?)`;
const MAY = String.raw`(?:(?:may|can|should|must|could|might|is|are|gets?|has|have|will)\s+(?:ever\s+|also\s+|still\s+|only\s+|be\s+)?)?(?:(?:allowed|permitted|able|access|allow)\s+)?(?:to\s+)?(?:be able to\s+)?`;
const REACH = String.raw`(?:connect(?:s|ing)?|talks?|speaks?|reach(?:es)?|access(?:es)?|calls?|quer(?:y|ies)|uses?|contacts?|get|gets|touch(?:es)?|sees?)\s*(?:to|with|at|into)?`;
const EXCEPT = String.raw`(?:except|but|other than|apart from|besides|save|bar)\s+(?:for\s+)?`;

const INSIDE = new RegExp(String.raw`\b${VERB}\s+(?:(?:only|also|its|own|from|to|an?|the)\s+)*${OBJECTS}`, 'gi');
const USES = new RegExp(
  String.raw`${LIST}(?:\s*,)?\s+(?:(?:which|that|who|both|all|each|also|then|only|in turn|will|should|must|may|has to|have to|is|are)\s+)*${VERB}\s+(?:(?:only|also|the|its|a|an|own|from|to|same|existing)\s+)*${OBJECTS}`,
  'gi',
);
/** "uses X and writes to Y" */
const MORE = new RegExp(String.raw`^\s*(?:,\s*)?(?:and|then)\s+(?:also\s+)?${VERB}\s+${OBJECTS}`, 'gi');
const ONLY = new RegExp(String.raw`\bonly\s+${LIST}\s+${MAY}(?:${REACH})\s+${LIST}`, 'gi');
const NOBODY = new RegExp(
  String.raw`\b(?:nothing|nobody|no[ -]?one|none|no other [\w-]+|no pods?|no service)\s*(?:else\s*)?(?:${EXCEPT}${LIST}\s+)?${MAY}(?:${REACH})\s+${LIST}(?:\s*,?\s*${EXCEPT}${LIST})?`,
  'gi',
);
const OPEN = String.raw`(?:reachable|accessible|reached|accessed|used|available|visible|open|there|accepts?|takes?|connections?|traffic|requests)`;
const PASSIVE = new RegExp(
  String.raw`${LIST}\s+(?:(?:is|are)\s+(?:only|exclusively|just|solely)\s+for|(?:(?:is|are|be|being|must|may|should|can|shall|only|exclusively|just|solely)\s+)*(?:only\s+)?${OPEN}\s+(?:(?:${OPEN}|be)\s+)*(?:only|exclusively|just|solely)\s+(?:by|from|for|to)|(?:(?:is|are|be|being|must|may|should|can|shall)\s+)*(?:only|exclusively|just|solely)\s+(?:(?:${OPEN}|be)\s+)+(?:by|from|for|to))\s+${LIST}`,
  'gi',
);
/** "used by auth and profile" */
const USED = new RegExp(
  String.raw`${LIST}(?:[^«»;]{0,24}?)\b(?:used|accessed|called|shared|read|consumed|needed|queried|filled) by\s+${LIST}`,
  'gi',
);
/** "mysql for shop", "erp only to postgres" */
const FOR = new RegExp(String.raw`«(\d+)»\s+for\s+(?:the\s+)?«(\d+)\*?»`, 'gi');
const ELLIPSIS = new RegExp(String.raw`${LIST}\s+only\s+(?:to|with)\s+${OBJECTS}`, 'gi');

/** The text with every part that is spoken of as its number in marks. */
function marked(parts: Parts, from: number, to: number): string {
  let text = '';
  let at = from;
  parts.spoken.forEach((s) => {
    if (s.start < at || s.start >= to) return;
    text += `${parts.text.text.slice(at, s.start)}«${parts.parts.indexOf(s.part)}${s.fresh && s.part.own ? '*' : ''}»`;
    // What stands in brackets or behind the image says nothing about others.
    at = s.fresh ? Math.min(s.until + (parts.text.text[s.until] === ')' ? 1 : 0), to) : s.end;
  });
  return (
    (text + parts.text.text.slice(at, to))
      .replace(/["'`](«\d+\*?»)["'`]/g, '$1')
      // "ui -> bff -> core": each of them uses the next.
      .replace(/(«\d+\*?»)\s*(?:-+>|=>)\s*(«\d+\*?»)(?=\s*(?:-+>|=>)\s*«)/g, '$1 uses $2; $2')
      .replace(/(«\d+\*?»)\s*(?:-+>|=>)\s*(?=«)/g, '$1 uses ')
      .replace(/\s+/g, ' ')
  );
}

export function readRelations(parts: Parts): Relations {
  const uses = new Map<Part, Set<Part>>();
  const closed = new Map<Part, Set<Part>>();
  const spans: (readonly [number, number])[] = [];
  const listed = (list: string | undefined): Part[] =>
    [...(list ?? '').matchAll(/«(\d+)\*?»/g)].flatMap((m) => parts.parts[Number(m[1])] ?? []);
  const join = (into: Map<Part, Set<Part>>, key: Part, values: readonly Part[]): void => {
    const own = into.get(key) ?? new Set<Part>();
    for (const v of values) if (v !== key) own.add(v);
    into.set(key, own);
  };
  const others: Part[] = [];
  // "(acme/encoder:5, reads from RabbitMQ)": what stands in brackets is said of the part.
  for (const { part, end, until, fresh } of parts.spoken) {
    if (!fresh || until <= end) continue;
    for (const m of marked(parts, end, until).matchAll(INSIDE)) join(uses, part, listed(m[1]));
  }
  let last: Part | undefined;
  let subject: Part | undefined;
  for (const sentence of wholeSentences(parts.text)) {
    const end = sentence.at + sentence.text.length;
    const markOf = (part: Part | undefined, word: string): string =>
      part === undefined ? word : `«${parts.parts.indexOf(part)}»`;
    const text = marked(parts, sentence.at, end)
      .replace(/^\s*(?:it|they)\b/i, (word) => markOf(subject, word))
      .replace(/\b(?:it|them)\b(?=\s+(?:and|,)|\s*$)/i, (word) => markOf(last, word));
    const here = parts.spoken.filter((s) => s.start >= sentence.at && s.start < end);
    subject = here.find((s) => s.part.own)?.part ?? here[0]?.part ?? subject;
    if ((text.match(/«/g)?.length ?? 0) < 2 && !/\b(?:nothing|nobody|no[ -]?one)\b/i.test(text)) {
      last = here.at(-1)?.part ?? last;
      continue;
    }
    const found = closings(text, listed);
    for (const { target, clients } of found) {
      if (clients === 'users') others.push(target);
      else {
        join(closed, target, clients);
        for (const c of clients) join(uses, c, [target]);
      }
    }
    if (found.length > 0) {
      sentence.ledger.use(sentence.at, end);
      spans.push([sentence.at, end]);
    }
    usesIn(sentence, text, parts, listed, (client, used) => join(uses, client, used));
    last = here.at(-1)?.part ?? last;
  }
  for (const part of parts.parts) if (part.owner !== undefined) join(uses, part.owner, [part]);
  for (const target of others) {
    const users = parts.parts.filter((p) => uses.get(p)?.has(target) === true);
    if (users.length > 0) join(closed, target, users);
  }
  return { uses, closed, spans };
}

/** Who uses whom in a sentence. */
function usesIn(
  sentence: Passage,
  text: string,
  parts: Parts,
  listed: (list: string | undefined) => Part[],
  use: (client: Part, used: readonly Part[]) => void,
): void {
  if (/\bby\b/i.test(text))
    for (const m of text.matchAll(USED)) for (const client of listed(m[2])) use(client, listed(m[1]));
  if (/\bonly (?:to|with)\b/i.test(text))
    for (const m of text.matchAll(ELLIPSIS)) for (const client of listed(m[1])) use(client, listed(m[2]));
  for (const m of text.matchAll(FOR)) {
    const [store, program] = [parts.parts[Number(m[1])], parts.parts[Number(m[2])]];
    if (store !== undefined && program !== undefined && isStore(store) && !isStore(program)) use(program, [store]);
  }
  for (const m of text.matchAll(USES)) {
    if (/\b(?:no|not|never|nothing|nobody|n't)\b/i.test(text.slice(Math.max(0, m.index - 12), m.index))) continue;
    for (const client of listed(m[1])) use(client, listed(m[2]));
    understood(sentence, m[0]);
    for (const more of text.slice(m.index + m[0].length).matchAll(MORE))
      for (const client of listed(m[1])) use(client, listed(more[1]));
  }
}

/** The words between the names of a relation have found their place. */
function understood(sentence: Passage, match: string): void {
  for (const words of match.split(/«\d+\*?»/)) {
    const plain = words.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+'); // prettier-ignore
    if (plain.length > 3) sentence.take(new RegExp(`\\b${plain}\\b`));
  }
}

interface Closing {
  readonly target: Part;
  /** Those that are named, or all that are said to use it. */
  readonly clients: readonly Part[] | 'users';
}

function closings(text: string, listed: (list: string | undefined) => Part[]): Closing[] {
  const found: Closing[] = [];
  const add = (targets: readonly Part[], clients: readonly Part[] | 'users'): void => {
    for (const target of targets) if (!found.some((f) => f.target === target)) found.push({ target, clients });
  };
  const only = /\b(?:only|exclusively|just|solely)\b/i.test(text);
  if (only) for (const m of text.matchAll(ONLY)) add(listed(m[2]), listed(m[1]));
  if (/\b(?:nothing|nobody|no[ -]?one|none|no)\b/i.test(text))
    for (const m of text.matchAll(NOBODY))
      add(listed(m[2]), m[1] !== undefined ? listed(m[1]) : m[3] !== undefined ? listed(m[3]) : 'users');
  if (only) for (const m of text.matchAll(PASSIVE)) add(listed(m[1]), listed(m[2]));
  return found;
}
