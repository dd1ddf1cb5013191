/** The small words around a mention: where its own words begin, how many there are, what it is called. */
import type { App } from '../catalogue/index.ts';
import { NUMBER, numberOf } from '../grammar/quantities.ts';
import type { Passage } from '../text.ts';
import type { Entity } from './model.ts';
import { isNameWord, nameAfter } from './names.ts';

export function addPassage(entity: Entity, passage: Passage): void {
  if (passage.text.trim() === '') return;
  entity.passages.push(passage);
  entity.said = `${entity.said}${entity.said === '' ? '' : '; '}${passage.text.trim()}`;
}

export function markedName(sentence: Passage, from: number): string | undefined {
  if (!/^[\w\s-]{0,30}?\b(?:called|named)\b/i.test(sentence.text.slice(from, from + 60))) return undefined;
  const offset = sentence.text.slice(from).search(/\b(?:called|named)\b/i);
  const named = nameAfter(sentence.text, from + offset);
  if (named !== undefined) sentence.ledger.use(sentence.at + named.start, sentence.at + named.end);
  return named?.name;
}

/** "run the image x as echo". */
export function asName(sentence: Passage, from: number): string | undefined {
  const before =
    /(?:^|\n|[.:]\s)\s*["'`]?([a-z][a-z0-9]*(?:-[a-z0-9]+)+)["'`]?\s*[,:]\s*(?:with\s+)?(?:the\s+)?image:?\s+\S+$/.exec(
      sentence.text.slice(0, from),
    )?.[1];
  if (before !== undefined) {
    const at = sentence.text.indexOf(before);
    sentence.ledger.use(sentence.at + at, sentence.at + at + before.length);
    return before;
  }
  const match = /^\s+as\s+(?:an?\s+|the\s+)?["'`]?([a-z0-9][a-z0-9-]*[a-z0-9])["'`]?(?=\s|[,.;]|$)/.exec(
    sentence.text.slice(from),
  );
  const name = match?.[1];
  if (
    match === null ||
    name === undefined ||
    !isNameWord(name) ||
    /^(?:non-|root\b|user|privileged|reverse|proxy|cache|broker|database|backend|frontend|load|web|job|cron)/.test(name)
  )
    return undefined;
  sentence.ledger.use(sentence.at + from, sentence.at + from + match[0].length);
  return name;
}

/** `nginx` said as an image is exactly that; a descriptive word is the catalogue's pinned image. */
export const literalImage = (app: App, word: string): string =>
  app.official === true && word.toLowerCase() === app.image ? app.image : `${app.image}:${app.tag}`;

/** A mention with what is joined to it: `php-apache` where only `php` was found. */
export const wordAt = (text: string, { start, end }: { readonly start: number; readonly end: number }): string =>
  `${/[\w-]*$/.exec(text.slice(0, start))?.[0] ?? ''}${text.slice(start, end)}${/^[\w-]*/.exec(text.slice(end))?.[0] ?? ''}`;

/** "front end (image)", "Rails app registry.example/blog:9": what an application that was named just before runs. */
export const runsIn = (build: string, before: string): boolean =>
  /\w\s*\(\s*$|\b(?:uses|using) the image\s+$/.test(before) ||
  before.trimEnd().toLowerCase().endsWith(build.toLowerCase());

/** Where the words that lead up to a mention begin: after the last comma, colon or joining word. */
export function leadStart(text: string, mention: number, from: number): number {
  const lead = text.slice(from, mention);
  let best = 0;
  for (const match of lead.matchAll(
    /,\s*|[:;](?:\s+|$)|\(\s*|\s\+\s+|\s(?:and|with|plus|behind|using|via|through|then|also|or)\s+/gi,
  ))
    best = match.index + match[0].length;
  return from + best;
}

export function countBefore(lead: string): number | undefined {
  const match = new RegExp(`(?:^|\\s)(${NUMBER})(?:[\\s-]+[a-z-]+){0,2}[\\s-]*$`, 'i').exec(lead);
  return match?.[1] === undefined ? undefined : numberOf(match[1]);
}
