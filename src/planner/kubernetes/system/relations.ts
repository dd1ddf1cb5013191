/** Who uses whom and who alone may reach what, as sentences say it. */
import { numberOf } from '../../grammar/quantities.ts';
import { escaped, type Passage } from '../../text.ts';
import { wholeSentences } from './naming.ts';
import { isStore, type Part } from './part.ts';
import type { Parts } from './parts.ts';

export interface Told {
  readonly client: Part;
  readonly peer: Part;
  readonly variable: string;
}

export interface Relations {
  /** What each part is said to use. */
  readonly uses: ReadonlyMap<Part, ReadonlySet<Part>>;
  /** Parts that only these may reach. */
  readonly closed: ReadonlyMap<Part, ReadonlySet<Part>>;
  /** Parts that these are said never to reach. */
  readonly barred: ReadonlyMap<Part, ReadonlySet<Part>>;
  /** In which variable a part is told where another is. */
  readonly told: readonly Told[];
  /** What was read as a rule about traffic; no other grammar reads it. */
  readonly spans: readonly (readonly [number, number])[];
}

const ONE = String.raw`(?:the\s+|services?\s+|its\s+|their\s+|an?\s+|that\s+|this\s+|own\s+|same\s+|both\s+)*«\d+\*?»(?:\s+(?:pods?|service|database|server|itself|tiers?|layers?|\d[\d.]*))?`;
const LIST = String.raw`((?:${ONE})(?:\s*(?:,\s*and|,|and|or|plus|&|\+|\/)\s*(?:${ONE}))*)`;
const VERB_AFTER = String.raw`(?!\s+(?:us(?:es?|ing)|calls?|talks?|connects?|reads?|writes?|needs?|may|can|should|must|is|are|has|have|gets?|goes|only|publish\w*|consum\w*|subscrib\w*|listens?|sends?|stores?|queries|depends)\b)`;
const OLD = ONE.replace('\\*?', '');
const OBJECTS = String.raw`((?:${ONE})${VERB_AFTER}(?:\s*(?:,\s*and|,|and|or|plus|&|\+|\/)\s*(?:${OLD})${VERB_AFTER})*)`;
const VERB = String.raw`(?:us(?:es?|ing)|calls?|calling|talks?(?:ing)? (?:only )?(?:to|with)|speaks? (?:to|with)|connects?(?:ing)? (?:only )?to|reads?(?:ing)?(?: (?:and writes?|its \w+|data|messages|jobs|events))?(?: (?:from|of|in))?|writes?(?: [\w ]{0,16})?(?: (?:to|into))?|writing (?:to|into)|stores?(?: [\w ]{0,24})? in|publish(?:es|ing)? (?:[\w ]{0,20})?(?:to|on)|consum(?:es?|ing)(?: [\w ]{0,20})?(?: from)?|subscrib(?:es?|ing) to|listens? (?:to|on)|queries|queried from|needs?|depends? on|is backed by|are backed by|backed by|sends? (?:[\w ]{0,16})?to|pushes (?:[\w ]{0,16})?to|works? (?:with|on)|takes? [\w ]{0,20}from|takes? [\w ]{0,20}off|fetch(?:es)? [\w ]{0,20}from|gets? [\w ]{1,20} from|points? (?:to|at)|pointing (?:to|at)|accesses|access|shares?|prox(?:y|ies|ying)(?: [\w ]{0,24})? to|forwards? (?:[\w ]{0,24} )?to|puts? (?:[\w ]{0,20} )?in(?:to)?)`;
const MAY = String.raw`(?:(?:may|can|should|must|could|might|is|are|gets?|has|have|will)\s+(?:ever\s+|also\s+|still\s+|only\s+|be\s+)?)?(?:(?:allowed|permitted|able|access|allow)\s+)?(?:to\s+)?(?:be able to\s+)?`;
const REACH = String.raw`(?:connect(?:s|ing)?|talks?|speaks?|reach(?:es)?|access(?:es)?|calls?|quer(?:y|ies)|uses?|contacts?|get|gets|touch(?:es)?|sees?)\s*(?:to|with|at|into)?`;
const EXCEPT = String.raw`(?:except|but|other than|apart from|besides|save|bar)\s+(?:for\s+)?`;

const INSIDE = new RegExp(String.raw`\b${VERB}\s+(?:(?:only|also|its|own|from|to|an?|the)\s+)*${OBJECTS}`, 'gi');
const USES = new RegExp(
  String.raw`${LIST}(?:\s*,)?\s+(?:(?:which|that|who|both|all|each|also|then|only|in turn|will|should|must|may|has to|have to|is|are)\s+)*${VERB}\s+(?:(?:only|also|the|its|a|an|own|from|to|same|existing)\s+)*${OBJECTS}`,
  'gi',
);
/** "uses X and writes to Y" */
const MORE = new RegExp(
  String.raw`^\s*(?:,\s*)?(?:and|then)\s+(?:also\s+)?(?:${VERB}|(?:(?:an?|the|its|all)\s+)?[a-z]+\s+(?:in)?to)\s+(?:(?:the|an?)\s+)*${OBJECTS}`,
  'gi',
);
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
/** "ui may not talk to the database", "front can't reach mysql", "portal has no access to redis" */
const NEVER = new RegExp(
  String.raw`${LIST}\s+(?:(?:(?:may|must|can|should|shall|will|could|do|does|is|are)(?:\s+not|n't)|cannot|can't|never)\s+(?:ever\s+|be\s+)?(?:(?:allowed|able|permitted|supposed|meant)\s+)?(?:to\s+)?${REACH}|ha(?:s|ve)\s+no\s+(?:direct\s+)?(?:access|way|connection|route)\s+to)\s+${LIST}`,
  'gi',
);
/** "web -> api only": api answers web, and nobody else who is not named so. */
const ARROW = /(«\d+\*?») uses («\d+\*?»)\s+only\b/gi;
/** "the api finds it via SEARCH_HOST", "which reach the hub through HUB_URL" */
const NAMED = new RegExp(
  String.raw`${LIST}[^«»;.]{0,40}?\b(?:finds?|reach(?:es)?|knows?|calls?|sees?|connects? to|talks? to|uses?|addresses|is told where|are told where)\s+(${ONE})(?:\s+is)?,?\s+(?:via|through|by|in|under|from|with|as|at|using)\s+(?:the\s+)?(?:env(?:ironment)?\s+)?(?:variable\s+)?([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b`,
  'g',
);
/** "they all get NATS_URL": the variable says whose address it is. */
const GETS = new RegExp(
  String.raw`(?:${LIST}|\b(?:all|both|each|every one)(?:\s+of\s+(?:them|these|those))?)\s+(?:both\s+|all\s+|each\s+)?(?:gets?|needs?|reads?|expects?|wants?|takes?)\s+(?:the\s+)?([A-Z][A-Z0-9]*)_(?:URLS?|URI|HOST|ADDR(?:ESS)?|SERVERS?|BROKERS?|ENDPOINT)\b(?!\s*[=:]?\s*["'\x60]?\w+[:/])`,
  'g',
);
/** "picks the jobs up": from the queue that there is. */
const TAKES =
  /«(\d+)\*?»\s+(?:picks?|takes?|works?|handles?|processes|fetch(?:es)?|gets?|consumes?|does|runs?)\s+(?:(?:up|off|on|the|these|those|its|their|all)\s+)*(?:jobs?|messages?|tasks?|events?)\b(?!\s+(?:from|of|off|in|out of)\s+«)/gi;
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
      // "to a Go service, acme/api:2": what it is stands before its image.
      .replace(
        /\b(?:an?|our|the|another) (?:[\w.+-]+ ){0,2}(?:service|server|app|application|back ?-?end|api|program),? (?=«\d+\*»)/gi,
        '',
      ) // prettier-ignore
      // "ui -> bff -> core": each of them uses the next.
      .replace(/(«\d+\*?»)\s*(?:-+>|=>)\s*(«\d+\*?»)(?=\s*(?:-+>|=>)\s*«)/g, '$1 uses $2; $2')
      .replace(/(«\d+\*?»)\s*(?:-+>|=>)\s*(?=«)/g, '$1 uses ')
      .replace(/\s+/g, ' ')
  );
}

export function readRelations(parts: Parts): Relations {
  const uses = new Map<Part, Set<Part>>();
  const closed = new Map<Part, Set<Part>>();
  const barred = new Map<Part, Set<Part>>();
  const told: Told[] = [];
  const spans: (readonly [number, number])[] = [];
  const listed = (list: string | undefined): Part[] =>
    [...(list ?? '').matchAll(/«(\d+)\*?»/g)].flatMap((m) => parts.parts[Number(m[1])] ?? []);
  const join = (into: Map<Part, Set<Part>>, key: Part, values: readonly Part[]): void => {
    const own = into.get(key) ?? new Set<Part>();
    for (const v of values) if (v !== key) own.add(v);
    into.set(key, own);
  };
  const others: Part[] = [];
  insideIn(parts, listed, (part, used) => join(uses, part, used));
  let last: Part | undefined;
  let subject: Part | undefined;
  for (const sentence of wholeSentences(parts.text)) {
    const end = sentence.at + sentence.text.length;
    const text = inFull(parts, counted(parts, marked(parts, sentence.at, end), sentence.at), subject, last);
    const here = parts.spoken.filter((s) => s.start >= sentence.at && s.start < end);
    subject = here.find((s) => s.part.own)?.part ?? here[0]?.part ?? subject;
    told.push(...toldIn(sentence, text, parts, listed));
    for (const [worker, queue] of takersIn(sentence, text, parts)) join(uses, worker, [queue]);
    if ((text.match(/«/g)?.length ?? 0) < 2 && !/\b(?:nothing|nobody|no[ -]?one)\b/i.test(text)) {
      last = here.at(-1)?.part ?? last;
      continue;
    }
    rulesIn(sentence, text, listed, {
      barred: (t, c) => join(barred, t, c),
      closed: (t, c) => join(closed, t, c),
      uses: (c, t) => join(uses, c, t),
    });
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
  for (const { client, peer } of told) join(uses, client, [peer]);
  for (const part of parts.parts) if (part.owner !== undefined) join(uses, part.owner, [part]);
  for (const target of others) {
    const users = parts.parts.filter((p) => uses.get(p)?.has(target) === true);
    if (users.length > 0) join(closed, target, users);
  }
  for (const [target, banned] of barred) for (const part of banned) uses.get(part)?.delete(target);
  return { uses, closed, barred, told, spans };
}

/** "It reads from it": the parts that the words stand for. */
function inFull(parts: Parts, text: string, subject: Part | undefined, last: Part | undefined): string {
  const markOf = (part: Part | undefined, word: string): string =>
    part === undefined ? word : `«${parts.parts.indexOf(part)}»`;
  return text
    .replace(/^\s*(?:it|they)\b/i, (word) => markOf(subject, word))
    .replace(/\b(?:it|them)\b(?=\s+(?:and|,|via|through|by|under|in)\b|\s*$)/i, (word) => markOf(last, word));
}

/** "(acme/encoder:5, reads from RabbitMQ)": what stands in brackets is said of the part. */
function insideIn(
  parts: Parts,
  listed: (list: string | undefined) => Part[],
  use: (client: Part, used: readonly Part[]) => void,
): void {
  for (const { part, end, until, fresh } of parts.spoken) {
    if (!fresh || until <= end) continue;
    for (const m of marked(parts, end, until).matchAll(INSIDE)) use(part, listed(m[1]));
  }
}

/** Who takes work from the only queue that there is. */
function takersIn(sentence: Passage, text: string, parts: Parts): (readonly [Part, Part])[] {
  if (!/\b(?:jobs?|messages?|tasks?|events?)\b/i.test(text)) return [];
  const queues = parts.parts.filter((p) => p.entity.app?.role === 'queue');
  const [queue, another] = queues.length > 0 ? queues : parts.parts.filter((p) => p.entity.app?.engine === 'redis');
  if (queue === undefined || another !== undefined) return [];
  return [...text.matchAll(TAKES)].flatMap((m) => {
    const worker = parts.parts[Number(m[1])];
    if (worker?.own !== true) return [];
    understood(sentence, m[0]);
    return [[worker, queue] as const];
  });
}

/** Who may never reach whom, and whom arrows alone lead to. */
function rulesIn(
  sentence: Passage,
  text: string,
  listed: (list: string | undefined) => Part[],
  add: Readonly<Record<'barred' | 'closed' | 'uses', (one: Part, others: readonly Part[]) => void>>,
): void {
  if (/\b(?:not|cannot|never|no)\b|n't\b/i.test(text))
    for (const m of text.matchAll(NEVER)) {
      for (const target of listed(m[2])) add.barred(target, listed(m[1]));
      understood(sentence, m[0]);
    }
  for (const m of text.matchAll(ARROW))
    for (const target of listed(m[2])) {
      add.closed(target, listed(m[1]));
      for (const client of listed(m[1])) add.uses(client, [target]);
    }
}

/** Who is told in which variable where another is. */
function toldIn(sentence: Passage, text: string, parts: Parts, listed: (list: string | undefined) => Part[]): Told[] {
  if (!/[A-Z]_[A-Z]/.test(text)) return [];
  const named = [...text.matchAll(NAMED)].flatMap((m) => {
    understood(sentence, m[0]);
    return listed(m[1]).flatMap((client) => listed(m[2]).map((peer): Told => ({ client, peer, variable: m[3] ?? '' })));
  });
  const gets = [...text.matchAll(GETS)].flatMap((m) => {
    const peer = parts.parts.find((p) => p.words.includes((m[2] ?? '').toLowerCase()));
    const clients = m[1] === undefined ? parts.parts.filter((p) => p.own) : listed(m[1]);
    const variable = /[A-Z][A-Z0-9_]+$/.exec(m[0])?.[0] ?? '';
    if (peer !== undefined) understood(sentence, m[0]);
    return peer === undefined ? [] : clients.map((client): Told => ({ client, peer, variable }));
  });
  return [...named, ...gets].filter((t) => t.client !== t.peer && t.client.own);
}

/** "these three", "all of them": the programs that were spoken of before, as many as are said. */
function counted(parts: Parts, text: string, at: number): string {
  return text.replace(/\b(?:these|those|the|all|both)\s+(two|three|four|five|six|[2-6])(?:\s+(?:services|programs|parts))?(?=\s+(?:may|can|should|must|are|have|get|use|need|connect|talk|reach|call)\b)/gi, (words, count: string) => {
    const before = [...new Set(parts.spoken.filter((s) => s.start < at && s.part.own).map((s) => s.part))];
    const meant = before.slice(-numberOf(count));
    return meant.length === numberOf(count) ? meant.map((p) => `«${parts.parts.indexOf(p)}»`).join(' and ') : words;
  }); // prettier-ignore
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
    const plain = escaped(words.trim()).replace(/\s+/g, '\\s+'); // prettier-ignore
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
