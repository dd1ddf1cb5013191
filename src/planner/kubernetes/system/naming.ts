/** What services are called, and words that call none. */
import type { App } from '../../catalogue/index.ts';
import { PROCESSES, type Process } from '../../catalogue/processes.ts';
import { NUMBER, numberOf } from '../../grammar/quantities.ts';
import { sentences, type Passage } from '../../text.ts';
import { findImages } from '../images.ts';
import { BUILD } from '../mentions.ts';
import { buildName, dnsName } from '../names.ts';
import type { Phrase } from './phrase.ts';

/** Where brackets close; the end of the text where one does not. */
export function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i;
  }
  return text.length;
}

/** Sentences of which none ends inside brackets. */
export function wholeSentences(text: Passage): Passage[] {
  const found: Passage[] = [];
  for (const s of sentences(text)) {
    const last = found.at(-1);
    const open = last === undefined ? 0 : (last.text.match(/\(/g) ?? []).length - (last.text.match(/\)/g) ?? []).length;
    if (
      last !== undefined &&
      open > 0 &&
      !/\n/.test(text.text.slice(last.at + last.text.length - text.at, s.at - text.at))
    )
      found[found.length - 1] = text.slice(last.at - text.at, s.at + s.text.length - text.at);
    else found.push(s);
  }
  return found;
}

/** "three replicas of our": how many there are of what is named next. */
export function copiesOf(before: string): number | undefined {
  const count = new RegExp(String.raw`\b(${NUMBER})\s+(?:replicas?|copies|instances|pods?)\s+of\s+(?:(?:the|our|my|an?)\s+)*$`, 'i').exec(before.slice(-80))?.[1]; // prettier-ignore
  return count === undefined ? undefined : numberOf(count);
}

export const NO_ROLE =
  /^(?:replicas?|cop(?:y|ies)|instances?|pods?|containers?|services?|images?|namespaces?|ports?|volumes?|cores?|cpus?|days?|hours?|minutes?|seconds?|weeks?|nodes?|secrets?|config|time|times|deployments?|parts?|tiers?|setups?|systems?|clusters?|certificates?|load|ingress|network|new|page|web|service-\w+|disk|database|user|users|client|clients)$/i;

/**
 * "the existing Redis at redis.shared.svc:6379", "a Postgres (existing, service warehouse)": where a component is that is there already.
 * @returns its host; nothing where it is to be made
 */
export function thereAt(text: string, start: number, end: number): string | undefined {
  const after = text.slice(end, end + 90);
  const host = /^(?:\s+v?\d[\d.]*)?\s+(?:(?:that|which)\s+)?(?:(?:runs?|running|is|sits|lives)\s+)?(?:at|on|behind|under)\s+(?:the\s+)?(?:(?:service|host|address)\s+["'`]?([a-z0-9][a-z0-9.-]*[a-z0-9])|([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?=[\s:,;.)]|$))/i.exec(after); // prettier-ignore
  const named = host?.[1] ?? host?.[2];
  const address = named !== undefined && (host?.[1] !== undefined || /\.(?:svc|cluster\.local|local|internal|prod|dev|lan)\b|:\d/.test(after.slice(0, 70))) ? named : undefined; // prettier-ignore
  const bracket =
    /^[^.;,()]{0,30}\(\s*(?:existing|already there|external)\b[^)]*?\b(?:service|host|at)\s+["'`]?([a-z0-9][a-z0-9.-]*[a-z0-9])/i.exec(
      after,
    )?.[1];
  const said = /\b(?:existing|external|already (?:running|there)|shared|central)\s+(?:\w+\s+)?$/i.test(
    text.slice(0, start),
  );
  if (bracket !== undefined) return bracket;
  return said || address !== undefined
    ? (address ??
        text
          .slice(start, end)
          .toLowerCase()
          .replace(/[^a-z0-9-]+/g, '-'))
    : undefined;
}

/** "our python worker": a program in that language, not the language's own image. */
export const isOurs = (text: string, start: number, end: number): boolean =>
  /\b(?:our|my|this|the)\s+$/i.test(text.slice(0, start)) &&
  /^\s+(?:apps?|applications?|workers?|api|services?|projects?|back|site|web|consumer)\b/i.test(text.slice(end));

export const isLabel = (text: string, start: number): boolean =>
  /\b(?:label(?:led|ed|s)?|called|named|namespace|port|host|path|key|tier|role|component|group|in front of|docker|this)\s+["'`]?$/i.test(
    text.slice(0, start),
  ) && !/\bthis\s+$/i.test(text.slice(0, start));

/** A word that names something else here: a secret, a namespace, a host, a variable. */
export const isOnlyWord = (text: string, start: number, end: number): boolean =>
  /\b(?:ns|namespaces?|secrets?|keys?|users?|config ?maps?|labels?|service account|class|volume|path|called|named)\s*[:=]?\s*(?:called |named )?["'`]?$/i.test(
    text.slice(Math.max(0, start - 28), start),
  ) ||
  /^(?:["'`]?[ \t]+(?:namespace|secret|config ?map|password|label|operator|exporter|client|driver)\b|\.[a-z])/i.test(
    text.slice(end),
  ) ||
  /\b(?:scraped|monitored|collected|watched|managed) by (?:the )?$/i.test(text.slice(0, start));

export function nameOf(phrase: Phrase, app: App | undefined, image: string): string | undefined {
  const { words } = phrase;
  const isApp = app !== undefined && new RegExp(`(?:^|\\s)(?:${app.names})(?:\\s|$)`, 'i').test(phrase.text);
  if (isApp || (app !== undefined && words.length === 0)) return undefined;
  const kept = words.filter((w) => !UNNAMING.test(w));
  if (kept.length === 0) return dnsName(image.replace(/[:@][^/]*$/, '').split('/').at(-1) ?? 'app'); // prettier-ignore
  if (words.length === 1) return dnsName(words[0] ?? 'app');
  if (new RegExp(BUILD.source, 'i').exec(phrase.text)?.[1] === phrase.text) return buildName(phrase.text);
  return dnsName(kept.slice(-3).join('-'));
}

/** Words that say what something is, not what it is called. */
const UNNAMING =
  /^(?:services?|servers?|apps?|applications?|components?|containers?|modules?|micro-?services?|process|programs?|copy|version|release|instance|staging|production|prod|dev|test|qa|image|stack|setup|web ?apps?|things?)$/i;

export const processOf = (words: string): Process | undefined =>
  PROCESSES.find((p) => new RegExp(`^(?:${p.names})$`, 'i').test(words.trim()));

/** "image apache/spark:3.5 everywhere", "for all of them the image x". */
export function sharedImage(text: string): { image: string; at: number; end: number } | undefined {
  for (const { image, start, end } of findImages(text)) {
    const after =
      /^\s*,?\s*(?:is used\s+)?(?:everywhere|throughout|for (?:all|both|every\w*|each)(?: of (?:them|these))?|in (?:all|both|every|each)\b)/i.exec(
        text.slice(end),
      );
    const before =
      /\b(?:all|both|each|everything|every \w+)\s+(?:of them\s+)?(?:us(?:es?|ing)|runs?|running|with|from|on)\s+(?:the\s+)?(?:same\s+)?(?:image\s+)?$/i.exec(
        text.slice(0, start),
      );
    if (after !== null || before !== null)
      return { image, at: start - (before?.[0].length ?? 0), end: end + (after?.[0].length ?? 0) };
  }
  return undefined;
}
