/** The few words that name a service: what stands before an image or a bracket, without articles, verbs and counts. */
import { numberOf } from '../../grammar/quantities.ts';
import type { Entity } from '../model.ts';

export interface Phrase {
  readonly text: string;
  readonly words: readonly string[];
  readonly start: number;
  readonly end: number;
  readonly count: number | undefined;
}

/** Words that are no part of a name. */
const STOP =
  /^(?:an?|the|our|my|your|its|their|his|own|this|that|these|those|and|or|plus|with|without|of|for|in|on|at|to|by|from|behind|via|using|uses?|is|are|be|as|runs?|running|run|deploy\w*|create|start|host|put|add|install|needs?|wants?|have|has|having|gets?|please|also|too|another|small|tiny|little|new|simple|plain|basic|single|some|then|each|every|all|both|images?|namespace|which|it|into|services?|parts?|pieces|components?|consists?|called|named|again|once|only|just|so|i|we|us|me|you|would|like|want|kubernetes|k8s|cluster|existing|separate|dedicated|deployments?|containers?|following|three|two|one|four|five|six|seven|eight|nine|ten|\d+x?|x\d+|tiers?|replicas?|copies|instances?|pods?|highly|available|resilient|redundant|nightly|daily|hourly|weekly|monthly|yearly)$/i;
/** What stands between a name and its image. */
const JOINING =
  /^(?:tiers?|layers?|services?|parts?|components?|containers?|pods?|images?|the|uses?|using|from|with|runs?|running|of|on|is|are|based|built|as|which|that|same)$/i;
const COUNT = /^(?:(?:one|two|three|four|five|six|seven|eight|nine|ten|single|\d+)x?|x\d+)$/i;
const WORD = String.raw`[A-Za-z0-9][\w.+'-]*`;
/** What may join a name to its image. */
const JOINT = String.raw`\s*(?:\(\s*(?:[^()]*,\s*)?(?:image\s*[:=]?\s*)?|\s-\s*(?:image\s*[:=]?\s*)?|[:=]\s*(?:image\s*[:=]?\s*)?|->\s*|\|\s*|,\s*(?:with\s+|from\s+)?(?:the\s+)?image\s*[:=]?\s*|\s+(?:(?:is|are|runs?|running|us(?:es?|ing)|with|from|of|based on|on|built as)\s+)?(?:the\s+)?(?:image\s*[:=]?\s*)?)["'\x60]?$`;
const FURTHEST = 400;
const BEFORE = new RegExp(String.raw`((?:["'\x60]?${WORD}["'\x60]?[ \t]+){0,5}["'\x60]?${WORD}["'\x60]?)${JOINT}`, 'i');

/** @returns nothing where no name stands before this place */
export function phraseBefore(text: string, at: number): Phrase | undefined {
  // A name and what joins it to its image are short: what lies further back has no part in it.
  const from = Math.max(0, at - FURTHEST);
  const match = BEFORE.exec(text.slice(from, at));
  if (match?.[1] === undefined) return undefined;
  return phraseOf(match[1], from + match.index);
}

/** "x:1 as worker": the name behind. */
export function phraseIn(text: string, from: number): Phrase | undefined {
  const match = new RegExp(
    String.raw`^\s*(?:,\s*)?as\s+(?:an?\s+|the\s+)?((?:${WORD}[ \t]+){0,2}${WORD})(?=\s*[,.;()]|\s+-|\s+with\b|\s+and\b|$|\n)`,
    'i',
  ).exec(text.slice(from));
  if (match?.[1] === undefined) return undefined;
  return phraseOf(match[1], from + match.index + match[0].length - match[1].length);
}

function phraseOf(text: string, at: number): Phrase | undefined {
  const words = [...text.matchAll(/["'`]?([A-Za-z0-9][\w.+'-]*)["'`]?/g)];
  while (JOINING.test(words.at(-1)?.[1] ?? '')) words.pop();
  let first = words.length;
  while (first > 0 && !STOP.test(words[first - 1]?.[1] ?? '') && !/[.]$/.test(words[first - 1]?.[1] ?? '')) first--;
  const kept = words.slice(first);
  const counted = words[first - 1]?.[1] ?? '';
  const head = kept[0];
  const last = kept.at(-1);
  if (head === undefined || last === undefined || !/[a-z]/i.test(head[1] ?? '') || kept.length > 4) return undefined;
  const end = at + last.index + last[0].length;
  return {
    text: text.slice(head.index, last.index + last[0].length).replace(/["'`]/g, ''),
    words: kept.map((w) => (w[1] ?? '').toLowerCase()),
    start: at + head.index,
    end,
    count: COUNT.test(counted) ? numberOf(counted.replace(/x/i, '')) : undefined,
  };
}

const TOO_COMMON =
  /^(?:app|application|service|server|container|image|part|system|page|main|own|data|stack|web app|process|program|interface|ui|component|small|http|node)$/;

/** The words that mean a service when it is spoken of again. */
export function aliasesOf(phrase: Phrase, entity: Entity): string[] {
  // Nobody calls a thing by more words than that.
  const words = phrase.words.slice(-6);
  const found = new Set<string>();
  const add = (word: string): void => {
    if (word.length > 1 && !TOO_COMMON.test(word) && !/^\d/.test(word)) found.add(word);
  };
  const whole = words.join(' ');
  add(whole);
  for (let i = 1; i < words.length; i++) add(words.slice(i).join(' '));
  if (words.length > 1) add(words[0] ?? '');
  if (entity.name !== undefined) add(entity.name);
  for (const [end, short] of [
    ['front', 'frontend'],
    ['back', 'backend'],
  ] as const)
    if (new RegExp(`\\b${end}[ -]?end\\b`).test(whole))
      for (const word of [`${end} end`, short, `${end} tier`, end]) add(word);
  if (/\s(?:service|server|app|api)$/.test(whole)) add(words.slice(0, -1).join(' '));
  const image = entity.image
    ?.replace(/[:@][^/]*$/, '')
    .split('/')
    .at(-1)
    ?.toLowerCase();
  if (image !== undefined && entity.app === undefined) add(image);
  return [...found];
}
