/** Names of which there are several: "queues billing and shipping", "a table users and a table orders", "a bucket for logs and one for images". */
import { escaped, Passage } from '../text.ts';
import { NUMBER, numberOf } from './words.ts';

const ITEM = String.raw`["'\x60]?[A-Za-z0-9](?:[\w./-]*\w)?["'\x60]?`;

/** Words that end a list of names. */
const STOP =
  /^(?:the|an?|with|for|in|on|to|of|each|all|both|that|which|is|are|private|public|versioned|encrypted|one|two|three|s3|sqs|sns|dynamodb|lambda|it|its|role|policy|topic|bucket|queue|table|function|alarm|alarms|no|not|from|by|as|has|have|using|via|behind|notification|subscription|user|group|key|vpc|rds|iam|ec2|ecs|kms|cloudwatch|dead|letter|standard|fifo|read|write|access|output|outputs|tags?|where|between|at|when|if|so|then|their|these|those|versioning|encryption|redrive|named|called|only|also|must|should)$/i;

const clean = (name: string): string => name.trim().replace(/["'`]/g, '');

/** Names that follow the plural, or stand before it. */
function listed(text: Passage, noun: string): string[] {
  const plural = `(?:${noun})(?:s|es)?`;
  const after = new RegExp(
    `\\b${plural}\\b\\s*(?:\\([^)]*\\)\\s*)?(?:(?:are )?(?:called|named)|:|,|-|for)?\\s*(${ITEM}(?:\\s*,\\s*(?:and\\s+)?${ITEM})*\\s*,?\\s*(?:and|&)\\s+${ITEM})(?=[\\s,.;:)]|$)`,
    'i',
  );
  const bracket = new RegExp(`\\b${plural}\\b\\s*\\((${ITEM}(?:\\s*(?:,|and|&)\\s*${ITEM})+)\\)`, 'i');
  const before = new RegExp(`\\b(?:the |two |three |four )?((?:${ITEM}\\s*,\\s*)*${ITEM}\\s*,?\\s+and\\s+${ITEM})\\s+(?:${noun})(?:s|es)\\b`, 'i'); // prettier-ignore
  const many = new RegExp(`\\b(?:${noun})(?:s|es)\\b|\\b(?:${NUMBER})\\b[^.;]{0,24}(?:${noun})`, 'i').test(text.text);
  if (!many) return [];
  for (const pattern of [bracket, after, before]) {
    const found = pattern.exec(text.text);
    const names = (found?.[1] ?? '').split(/\s*(?:,|\band\b|&)\s*/).map(clean).filter((n) => n !== ''); // prettier-ignore
    if (names.length < 2 || names.some((n) => STOP.test(n) || !/[a-z]/i.test(n))) continue;
    if (pattern === before && !names.every((n) => /^[a-z][a-z0-9-]*$/.test(n))) continue;
    text.take(pattern);
    text.take(new RegExp(`\\b(?:${NUMBER})\\s+(?:[\\w-]+\\s+){0,2}(?:${noun})(?:s|es)\\b|\\bfor_each\\b`, 'i'));
    return [...new Set(names)];
  }
  return [];
}

/** "an SQS queue orders … and an SQS queue called payments": one name each time. */
function repeated(text: Passage, noun: string): string[] {
  const each = new RegExp(
    `\\b(?:an?|one|another|the second|second|first|then|calls?|invokes?|runs?)[,:]? (?:[\\w-]+ ){0,3}?(?:${noun})\\s+(?:(?:called|named)\\s+["'\`]?([A-Za-z0-9][\\w./-]*\\w)|["'\`]([\\w./-]+)["'\`]|([a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)(?=\\s*(?:\\(|with\\b|for\\b|that\\b|which\\b|keyed\\b|partition\\b|and\\b|,|\\.|;|$)))`,
    'gi',
  );
  const found = [...text.text.matchAll(each)];
  const names = found.map((m) => m[1] ?? m[2] ?? m[3] ?? '').filter((n) => n !== '' && !STOP.test(n));
  if (new Set(names).size < 2 || names.length !== found.length) return [];
  text.takeAll(each);
  return [...new Set(names)];
}

/** "two buckets, one for logs and one for images": what they are for. */
function purposes(text: Passage, noun: string): string[] {
  const each = new RegExp(`\\b(?:one|another|an?|the other|a second)\\s+(?:[\\w-]+ ){0,2}?(?:(?:${noun})\\s+)?for\\s+(?:the |storing |holding |our )?([a-z][a-z-]+)\\b`, 'gi'); // prettier-ignore
  const plural = new RegExp(`\\b(?:two|three|2|3|four|4)\\s+(?:[\\w-]+ ){0,3}?(?:${noun})(?:s|es)\\b`, 'i');
  const many = new RegExp(`\\b(?:an?|one) (?:[\\w-]+ ){0,3}?(?:${noun}) for\\b[^.;]*\\b(?:an?|one|another) (?:[\\w-]+ ){0,3}?(?:${noun}) for\\b`, 'i'); // prettier-ignore
  if (!plural.test(text.text) && !many.test(text.text)) return [];
  const names = [...text.text.matchAll(each)].map((m) => m[1] ?? '').filter((n) => !STOP.test(n));
  if (new Set(names).size < 2) return [];
  text.takeAll(each);
  text.take(plural);
  return [...new Set(names)];
}

/** "two functions: ingest (256 MB), and report (1 GB)": names with what is said of each in brackets. */
function bracketed(text: Passage, noun: string): string[] {
  const head = new RegExp(
    `\\b(?:${noun})(?:s|es)\\b(?:[^.;:(]|\\.(?=\\S)){0,40}?(?::|,|\\b(?=[a-z][\\w-]*\\s*\\())`,
    'i',
  ).exec(text.text);
  if (head === null) return [];
  const rest = text.text.slice(head.index + head[0].length);
  const each = /(?:^|[,;]\s*(?:and\s+)?|\band\s+)\s*["'`]?([A-Za-z][\w./-]*)["'`]?\s*\(/g;
  const names = [...rest.matchAll(each)].map((m) => m[1] ?? '').filter((n) => !STOP.test(n));
  return names.length < 2 ? [] : [...new Set(names)];
}

/** "three queues: all gets everything, hot only what is hot, cold the rest": a name at the beginning of each of as many parts. */
function introduced(text: Passage, noun: string): string[] {
  const head = new RegExp(`\\b(${NUMBER})\\s+(?:[\\w-]+ ){0,3}?(?:${noun})(?:s|es)\\b[^.;:]{0,30}?:\\s*`, 'i').exec(text.text); // prettier-ignore
  if (head === null) return [];
  const count = numberOf(head[1] ?? '1');
  const rest = text.text.slice(head.index + head[0].length).split(/\.(?=\s|$)|\n\n/)[0] ?? '';
  const parts = rest.split(
    /\s*(?:[,;\n]\s*(?:and\s+)?[-*]?\s*|\band\s+(?=["'`a-z][\w-]*["'`]?\s+(?:gets?|with|for|only|holds?|receives?|is|has|which|that|takes?)\b))/,
  );
  const named = parts.map((part) => /^["'`]?([A-Za-z][\w-]*)["'`]?(?=\s|$|\()/.exec(part.trim())?.[1] ?? '').filter((n) => n !== '' && !STOP.test(n)); // prettier-ignore
  if (named.length === count && new Set(named).size === count) return named;
  const clear = parts
    .map(
      (part) =>
        /^["'`]?([A-Za-z][\w-]*)["'`]?\s+(?:\(|(?:gets?|with|for|only|holds?|receives?|is|has|which|that|takes?|on|from|in)\b)/.exec(
          part.trim(),
        )?.[1] ?? '',
    ) // prettier-ignore
    .filter((n) => n !== '' && !STOP.test(n));
  return clear.length === count && new Set(clear).size === count ? clear : [];
}

/** "Lambda extract, then Lambdas a and b, then Lambda load": a name behind each mention. */
function mentioned(text: Passage, noun: string): string[] {
  const each = new RegExp(`\\b(?:${noun})s?\\s+(?:(?:called|named)\\s+)?(["'\`]?[a-z][\\w-]*["'\`]?(?:\\s*,\\s*["'\`]?[a-z]+[-_][\\w-]*["'\`]?)*(?:\\s+and\\s+["'\`]?[a-z]+[-_][\\w-]*["'\`]?)?)(?=\\s*[,.;:()]|\\s+(?:then|and|that|which|in|to|for|with|on|when|is|must)\\b|$)`, 'gi'); // prettier-ignore
  const found = [...text.text.matchAll(each)].flatMap((m) => (m[1] ?? '').split(/\s*(?:,|\band\b)\s*/)).map(clean);
  const names = [...new Set(found)].filter((n) => n.length > 2 && !STOP.test(n) && !ROLES.test(n));
  return names.length < 2 || found.length < 2 ? [] : names;
}

/** Words behind a noun that say what it does. */
const ROLES =
  /^(?:behind|which|that|called|named|runs?|reads?|writes?|gets?|sends?|must|should|role|roles|policy|code|url|permission|trigger|triggers|invocation|errors?|timeout|memory|handler|runtime|layer|alias|version|concurrency|log|logs|policies|python|node|nodejs|java|go|who|whose|retention|visibility|depth|age)$/i;

/** "two buckets" that nobody named. */
function counted(text: Passage, noun: string): string[] {
  const match = text.take(new RegExp(`\\b(${NUMBER})\\s+(?:[\\w-]+ ){0,3}?(?:${noun})(?:s|es)\\b`, 'i'))?.[1];
  const count = match === undefined ? 1 : numberOf(match);
  const word = (/[a-z]+/i.exec(noun)?.[0] ?? 'part').toLowerCase();
  return count < 2 || count > 10 ? [] : Array.from({ length: count }, (_, i) => `${word}-${i + 1}`);
}

/** @param noun in the singular, as a regular expression @returns nothing where there is only one */
export function namesOf(text: Passage, noun: string): string[] {
  for (const read of [
    repeated,
    introduced,
    listed,
    bracketed,
    purposes,
    ...(/ambda|function/.test(noun) ? [mentioned] : []),
    counted,
  ]) {
    const names = read(text, noun);
    if (names.length > 1) return names;
  }
  return [];
}

/**
 * The text without what is said of the others alone: from the name of another up to where something else begins. Blanks take the place of
 * what goes, so that the places of words stay the same.
 */
export function withoutOthers(text: Passage, names: readonly string[], name: string): Passage {
  const mentions = names
    .flatMap(
      (n) =>
      [...text.text.matchAll(new RegExp(`(?<![\\w./-])${escaped(n)}(?![\\w-])`, 'gi'))].map((m) => ({ n, at: m.index, end: m.index + m[0].length })), // prettier-ignore
    )
    .sort((a, b) => a.at - b.at);
  let result = text.text;
  for (const [i, mention] of mentions.entries()) {
    const joined = (from: number, to: number): boolean =>
      /^["'`\s,&)]*(?:and\s*)?["'`\s(]*$/.test(text.text.slice(from, to));
    const inList =
      (i > 0 && joined(mentions[i - 1]?.end ?? 0, mention.at)) ||
      (i + 1 < mentions.length && joined(mention.end, mentions[i + 1]?.at ?? 0));
    if (mention.n === name || inList) {
      text.ledger.use(text.at + mention.at, text.at + mention.end);
      continue;
    }
    const next = mentions[i + 1]?.at ?? text.text.length;
    const before = mentions[i - 1]?.end ?? 0;
    // Names that stand side by side are the list itself.
    const start = Math.max(before, ...[/[.;,\n]\s*(?=[^.;,\n]*$)/, /\b(?:and|while|whereas|but|plus)\b(?=(?:(?!\b(?:and|while|whereas|but|plus)\b)[^.;,\n])*$)/i].map((p) => text.text.slice(before, mention.at).search(p)).map((at) => (at < 0 ? before : before + at))); // prettier-ignore
    const rest = text.text.slice(mention.end, next);
    const stop = /[.;\n](?=\s|$)|\b(?:both|all|each|every|everything|all of them|they)\b/i.exec(rest)?.index ?? rest.length; // prettier-ignore
    const last = next === text.text.length ? stop : Math.min(stop, clauseEnd(rest));
    result = `${result.slice(0, start)}${' '.repeat(mention.end + last - start)}${result.slice(mention.end + last)}`;
  }
  return new Passage(result, text.at, text.ledger);
}

/** Where the words before the next name begin to be about that. */
function clauseEnd(rest: string): number {
  const at = rest.search(
    /(?:[,;]|\band\b|\bwhile\b|\bwhereas\b|\bbut\b)(?=(?:(?![,;]|\band\b|\bwhile\b|\bwhereas\b|\bbut\b).)*$)/is,
  );
  return at < 0 ? rest.length : at;
}
