/**
 * Which words are about which component: "a queue jobs kept for 4 days, read by a function with 512 MB". A component owns the stretch from
 * where it is introduced to where the next one is; one that is only spoken of again ("reads from the queue") takes nothing over.
 */
import type { Passage } from '../text.ts';
import type { Component } from './components.ts';

interface Mention {
  readonly id: string;
  readonly start: number;
  end: number;
}

/** Stretches of a text: `own` by component, `free` is what belongs to none. */
export interface Scopes {
  readonly own: ReadonlyMap<string, readonly Passage[]>;
  readonly free: readonly Passage[];
}

/** Where the words before a noun end that belong to it. */
const BEFORE = /(?:[,.;:()\n]|(?<![\w-])(?:and|plus|with|to|from|by|into|onto|for|in|on|behind|that|which|of|using|via|is|are|has|have|then|or|through|over|as|when|where|at|while|must|should)(?![\w-]))(?=(?:(?![,.;:()\n]|(?<![\w-])(?:and|plus|with|to|from|by|into|onto|for|in|on|behind|that|which|of|using|via|is|are|has|have|then|or|through|over|as|when|where|at|while|must|should)(?![\w-]))[^])*$)/i; // prettier-ignore
const AGAIN = /\b(?:the|this|that|these|those|its|their|it|each|both|same)\b/i;
const SUBJECT = /(?:^|[.;:\n]\s*|,\s*(?:and\s+)?|\band\s+)(?:the|this|that|its|each|both)?\s*(?:[\w-]+\s+){0,2}$/i;
const VERB = /^\s*(?:["'`\w./-]+\s+)?(?:is|are|has|have|must|should|can|may|keeps?|runs?|uses?|gets?|needs?|sends?|listens?|expires?|retains?|stores?)\b/i; // prettier-ignore

/** Every place where a component is named, without those inside others. */
function mentionsOf(text: string, components: readonly Component[]): Mention[] {
  const all: Mention[] = components.flatMap((c) =>
    [...text.matchAll(new RegExp(c.names.source, c.names.flags.includes('g') ? c.names.flags : `${c.names.flags}g`))]
      // Not within an address or a file's name.
      .filter(
        (m) =>
          m[0] !== '' && !/[./@]$/.test(text.slice(0, m.index)) && !/^[.@]\w/.test(text.slice(m.index + m[0].length)),
      )
      .map((m) => ({ id: c.id, start: m.index, end: m.index + m[0].length })),
  );
  all.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Mention[] = [];
  for (const mention of all) {
    const last = kept.at(-1);
    if (last !== undefined && mention.start < last.end) continue;
    if (last?.id === mention.id && /^\s{0,2}$/.test(text.slice(last.end, mention.start))) last.end = mention.end;
    else kept.push(mention);
  }
  return kept;
}

/** Whether a mention begins to speak of its component, rather than only naming it again. */
function introduces(text: string, mention: Mention, from: number, seen: ReadonlySet<string>): boolean {
  const lead = text.slice(from, mention.start);
  if (!seen.has(mention.id) && !/\b(?:the|its|their) $/i.test(lead)) return true;
  const before = text.slice(0, mention.start);
  if (AGAIN.test(lead) || !/\b(?:an?|one|two|three|four|another|second|\d+)\b/i.test(lead))
    return SUBJECT.test(before) && VERB.test(text.slice(mention.end));
  return true;
}

/** @param components those that the text names */
export function scopesOf(text: Passage, components: readonly Component[]): Scopes {
  const mentions = mentionsOf(text.text, components);
  const own = new Map<string, Passage[]>();
  const free: Passage[] = [];
  const seen = new Set<string>();
  let focus: string | undefined;
  let at = 0;
  const close = (end: number): void => {
    if (end > at) {
      const part = text.slice(at, end);
      if (focus === undefined) free.push(part);
      else own.set(focus, [...(own.get(focus) ?? []), part]);
    }
    at = end;
  };
  for (const [i, mention] of mentions.entries()) {
    const last = Math.max(at, mentions[i - 1]?.end ?? 0);
    const gap = text.text.slice(last, mention.start);
    const stop = BEFORE.exec(gap);
    const from = last + (stop === null ? 0 : stop.index + stop[0].length);
    const begins = introduces(text.text, mention, from, seen);
    seen.add(mention.id);
    if (!begins || mention.id === focus) continue;
    close(from);
    focus = mention.id;
  }
  close(text.text.length);
  return { own, free };
}
