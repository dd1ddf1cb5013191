/**
 * CPU, memory and disk of a container, each a request, a limit or both. The word for that may stand before amounts ("requests 100m and
 * 64Mi") or behind them ("100m guaranteed, half a core at most"), and it may only relate the two ("limits twice the requests").
 */
import { NUMBER, numberOf, sizeOf } from '../grammar/quantities.ts';
import type { Passage } from '../text.ts';
import { blanked, type Said } from './attributes.ts';

type Side = 'requests' | 'limits';
type Mode = Side | 'both';

export type Amounts = Record<Side, Record<string, string>>;

interface Amount {
  readonly kind: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
  /** Said before it, since the last comma or before. */
  mode: Mode;
  /** The word for it stands between this amount and the one before. */
  readonly own: boolean;
}

/** CPU, memory, GPU and disk amounts, each a request, a limit or both. */
export function readResources(said: Said): Amounts {
  const amounts: Amounts = { requests: {}, limits: {} };
  for (const passage of said.passages) readAmounts(passage, amounts);
  if (Object.keys(amounts.requests).length + Object.keys(amounts.limits).length > 0) relate(said, amounts);
  return amounts;
}

const SIDE = String.raw`(?:the |its |their )?(request\w*|limit\w*)`;
const IS = String.raw`(?:(?:is|are|be|at|of|as|for|being|should be|must be|set to|=|:)\s+)*`;
const TIMES = String.raw`(half|twice|double|the double|\d+(?:\.\d+)? times|${NUMBER} times|\d+ ?%)`;
const RATIO = new RegExp(
  String.raw`\b${SIDE}\s+${IS}${TIMES}(?:\s+(?:of|the|as|that|this|it|them|those|these|much|many|its|their|requests?|limits?)\b)+|\b${TIMES}\s+(?:of\s+)?(?:it|that|them|this|those|as much)\s+(?:as|for)\s+${SIDE}`,
  'i',
);
const EQUAL =
  /\b(?:requests?|limits?)\s+(?:(?:is|are|be|must|should|being|exactly|the|all|set)\s+)*(?:same as|same for|equal(?:s|ling)?|identical|match(?:es|ing)?|like|=)(?:\s+(?:to|with))?(?:\s+(?:the|its|their))?\s*(?:requests?|limits?)\b|\b(?:requests?|limits?)\s*(?:=|and|\/)\s*(?:requests?|limits?)\s+(?:(?:are|being|must be|should be)\s+)?(?:the same|equal|identical)\b|\bguaranteed\b(?=\s+(?:qos|quality|class))(?:\s+(?:qos|quality of service|class))+|\b(?:qos|quality of service)(?:\s+(?:class|is|of|=|:))*\s*["'`]?guaranteed\b|\bclass\s+["'`]?guaranteed\b/i;

/** "limits twice the requests", "request half of it", "the same for both": what is said of one side is told of the other. */
function relate(said: Said, amounts: Amounts): void {
  const ratio = said.take(RATIO);
  const [side, times] = ratio?.[1] === undefined ? [ratio?.[4], ratio?.[3]] : [ratio[1], ratio[2]];
  if (side !== undefined && times !== undefined) {
    const [to, from]: [Side, Side] = /^r/i.test(side) ? ['requests', 'limits'] : ['limits', 'requests'];
    // What was said of neither is the side that the other is reckoned from.
    for (const [kind, value] of Object.entries(amounts[from])) amounts[to][kind] = scaled(value, factor(times));
  }
  if (said.take(EQUAL) === undefined) return;
  const all = { ...amounts.requests, ...amounts.limits };
  Object.assign(amounts, { requests: { ...all }, limits: { ...all } });
}

const factor = (words: string): number =>
  /%/.test(words)
    ? Number.parseFloat(words) / 100
    : /half/i.test(words)
      ? 0.5
      : /twice|double/i.test(words)
        ? 2
        : /^\d/.test(words)
          ? Number.parseFloat(words)
          : numberOf(words.split(' ')[0] ?? '1');

/** An amount taken so many times, in the next smaller unit where it is odd. */
function scaled(amount: string, times: number): string {
  const [, number = '1', unit = ''] = /^([\d.]+)(.*)$/.exec(amount) ?? [];
  const value = Number(number) * times;
  if (Number.isInteger(value)) return `${value}${unit}`;
  return unit === ''
    ? `${Math.round(value * 1000)}m`
    : `${Math.round(value * 1024)}${unit.replace('Mi', 'Ki').replace('Gi', 'Mi').replace('Ti', 'Gi')}`;
}

const REQUESTS = String.raw`requests?(?:ing|ed)?|reserv(?:es?|ed|ing|ations?)|guaranteed?|promised|assured|minimum|at least|asks? for|starts? (?:at|with)`;
const LIMITS = String.raw`limit(?:s|ed)?|cap(?:ped)?|max(?:imum|imal(?:ly)?)?|at (?:the )?most|tops|ceiling|peak(?:s|ing)?|burst(?:s|ing)?|upper bound|up to|no more than|(?:never|not) (?:let (?:it|them) )?(?:(?:get|use|take|have|exceed)\b ?)?(?:more than|exceed)|(?:never|not) exceed|exceed(?:s|ing)?`;
const BOTH = String.raw`(?:requests?|limits?) ?(?:and|&|\/|=|\+) ?(?:as )?(?:the |its )?(?:requests?|limits?)|(?:for|as|in) both`;
const AMOUNT = new RegExp(
  String.raw`\b(?:(${BOTH})|(${REQUESTS})|(${LIMITS}))\b|\b(cpu|memory|mem|ram|ephemeral[- ]storage)\b|(\d+(?:\.\d+)?)\s?(m(?:illi(?:cores?|cpus?)?)?\b|v?cpus?\b|cores?\b|[kmgt]i?b?\b)|\b((?:0?\.)?\d+(?:\.\d+)?)\b(?![\w:%/.-]*\w)`,
  'gi',
);
const ABOUT =
  /\b(?:cpus?|memory|mem|ram|cores?|vcpus?|requests?|limit(?:s|ed)?|capped|millicores?)\b|\d\s?[MG]i\b|\b\d+m\b/i;

function readAmounts(whole: Passage, amounts: Amounts): void {
  if (!ABOUT.test(whole.text)) return;
  const passage = blanked(blanked(whole, RATIO), EQUAL);
  const found = amountsIn(passage.text);
  for (const { kind, value, mode, start, end } of found) {
    if (mode !== 'limits') amounts.requests[kind] ??= value;
    if (mode !== 'requests') amounts.limits[kind] ??= value;
    passage.ledger.use(passage.at + start, passage.at + end);
  }
  if (found.length > 0)
    passage.takeAll(
      /\b(?:resource )?(?:requests?(?:\.(?:cpu|memory))?|requested|limits?(?:\.(?:cpu|memory))?|limited|cpus?|memory|ram|millicores?|max|tops)\b/gi,
    );
}

/** What may stand between an amount and the word behind it that says what it is. */
const BEHIND =
  /^\s*(?:of\s+)?(?:cpus?|cores?|memory|mem|ram)?\s*\(?(?:(?:is|are|as|for|be|the|its|an?|per (?:pod|container|replica)|each|absolute)\s+)*$/i;
/** Amounts that one word is said of. */
const JOINED =
  /^\s*(?:of\s+)?(?:cpus?|cores?|memory|mem|ram)?\s*(?:and|\/|\+|&|,)\s*(?:(?:cpus?|memory|mem|ram)\s+)?$/i;

function amountsIn(text: string): Amount[] {
  const found: Amount[] = [];
  let mode: Mode = 'both';
  let fresh = false;
  let kind: string | undefined;
  const signs = [...text.matchAll(AMOUNT)];
  for (const [index, match] of signs.entries()) {
    const end = match.index + match[0].length;
    const [, both, requests, limits, subject] = match;
    if (subject !== undefined) kind = /^cpu/i.test(subject) ? 'cpu' : /^eph/i.test(subject) ? 'ephemeral-storage' : 'memory';
    else if (both !== undefined || requests !== undefined || limits !== undefined) {
      const said: Mode = both !== undefined ? 'both' : requests !== undefined ? 'requests' : 'limits';
      if (isBehind(text, found, match.index, end, signs[index + 1])) saidOf(found, said, text);
      else if (!/^(?:for|as|in) both$/i.test(match[0])) {
        // "at least 3 replicas" is no amount.
        const counts = /^\s*(?:\d+\s*)?(?:replicas?|pods?|members|instances)\b/i.test(text.slice(end));
        mode = counts ? 'both' : said;
        fresh = !counts;
      }
    } else {
      const last = found.at(-1);
      const amount = amountOf(match, kind, text, last);
      // "--maxmemory 200mb" is told to the program.
      if (amount === undefined || /(?:^|\s)--?[a-z][\w-]*[ =]$/i.test(text.slice(0, match.index))) continue;
      found.push({ ...amount, start: match.index, end, mode, own: fresh });
      fresh = false;
    }
  } // prettier-ignore
  return found;
}

/** Whether a word is about the amount before it: nothing parts them, and no amount follows at once. */
function isBehind(
  text: string,
  found: readonly Amount[],
  start: number,
  end: number,
  next: RegExpMatchArray | undefined,
): boolean {
  const last = found.at(-1);
  if (last === undefined || !BEHIND.test(text.slice(last.end, start))) return false;
  if (next === undefined || (next[5] === undefined && next[7] === undefined && next[4] === undefined)) return true;
  const between = text.slice(end, next.index);
  return /[,;/.)+&]|\b(?:and|or|but|with)\b/.test(between) && !/^\s*(?:[=:]|of\b)/.test(between);
}

/** A word behind amounts is said of the last, and of those of another kind that it is joined to where nothing was said of them. */
function saidOf(found: readonly Amount[], mode: Mode, text: string): void {
  const kinds = new Set<string>();
  let next: Amount | undefined;
  for (const amount of [...found].reverse()) {
    if (next !== undefined && (kinds.has(amount.kind) || next.own || !JOINED.test(text.slice(amount.end, next.start))))
      return;
    if (next !== undefined && amount.own) return;
    amount.mode = mode;
    kinds.add(amount.kind);
    next = amount;
  }
}

const STORAGE =
  /\b(?:stor\w*|dis[kc]\w*|volumes?|pvcs?|claims?|persist\w*|ssd|swap|capacity|for (?:the )?(?:model|data|each|media|file|log|upload))\b/i;

function amountOf(
  match: RegExpMatchArray,
  subject: string | undefined,
  text: string,
  last: Amount | undefined,
): { kind: string; value: string } | undefined {
  const index = match.index ?? 0;
  const end = index + match[0].length;
  const around = text.slice(Math.max(0, index - 28), end + 22);
  const after = (text.slice(end, end + 14).split(/[,;]/)[0] ?? '').replace(/\.\s.*$/, '');
  const [, , , , , amount, unit, bare] = match;
  if (amount !== undefined && unit !== undefined) {
    if (/^(?:v?cpus?|cores?)$/i.test(unit)) return { kind: 'cpu', value: amount };
    if (/^m(?:illi.*)?$/.test(unit))
      return subject === 'cpu' || /cpu|core|request|limit|max|\//i.test(around)
        ? { kind: 'cpu', value: `${amount}m` }
        : undefined;
    const joined = last?.kind === 'cpu' && JOINED.test(text.slice(last.end, index));
    const memory = /^\s*(?:of\s+)?(?:memory|ram|mem)\b/i.test(after);
    if (!memory && (STORAGE.test(after) || (!joined && /\beach\b/i.test(after)))) return undefined;
    if (/\b(?:storage|disk|volumes?|pvc|claims?|shm|shared memory|capacity)\b[^,;]*$/i.test(text.slice(0, index)))
      return undefined;
    if (
      subject === undefined &&
      !joined &&
      !/\b(?:memory|mem|ram|requests?|limit(?:s|ed)?|capped|cpus?|cores?)\b|\dm\b|\d\s?Mi at most\b|\bat most \d+\s?Mi\b/i.test(
        text,
      )
    )
      return undefined;
    return { kind: subject === 'ephemeral-storage' ? subject : 'memory', value: sizeOf(amount, unit) };
  }
  if (bare === undefined || /percent|%|utili/i.test(around)) return undefined;
  // "60m guaranteed and may burst to 600": what was measured before goes on in its unit.
  const named =
    (subject ?? last?.kind) === 'cpu' &&
    /\b(?:cpu|requests?|limits?|max(?:imum)?|at most|up to|bursts?|peaks?)\s*(?:requests?|limits?)?\s*(?:of|is|=|:|to|at|up to)?\s*$/i.test(
      text.slice(0, index),
    );
  const value = last?.kind === 'cpu' && last.value.endsWith('m') && Number(bare) > 16 ? `${bare}m` : bare;
  return /^\s*cpu/i.test(after) || named ? { kind: 'cpu', value } : undefined;
}
