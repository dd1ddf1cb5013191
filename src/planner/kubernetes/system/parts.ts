/**
 * The services of a system that a description names: each with the words that name it, its image and what stands in brackets behind it.
 * A service is said once with what it is ("React front end (acme/web:1, port 3000)", "mailer - acme/mailer:2") and again by any of its words.
 */
import { findApps, type App, type AppMention } from '../../catalogue/index.ts';
import { PROCESSES } from '../../catalogue/processes.ts';
import { NUMBER, numberOf } from '../../grammar/quantities.ts';
import { escaped, type Passage } from '../../text.ts';
import { QUALIFIER } from '../entities.ts';
import { findImages } from '../images.ts';
import { countBefore, leadStart } from '../leads.ts';
import { BUILD } from '../mentions.ts';
import { spokenOf } from '../meant.ts';
import { entityOf } from '../model.ts';
import { buildName, dnsName, isNameWord } from '../names.ts';
import {
  closing,
  copiesOf,
  isLabel,
  isOnlyWord,
  isOurs,
  nameOf,
  NO_ROLE,
  processOf,
  sharedImage,
  thereAt,
  wholeSentences,
} from './naming.ts';
import type { Part, Spoken } from './part.ts';
import { aliasesOf, phraseBefore, phraseIn, type Phrase } from './phrase.ts';

/** "our spring boot service": a program by its framework and a word that means an object elsewhere. */
const FRAMEWORK =
  /\b((?:spring(?: boot)?|django|flask|fast ?api|rails|laravel|symfony|express|nest(?:\.?js)?|next\.?js|node(?:\.?js)?|go|golang|rust|java|kotlin|quarkus|python|php|\.net|dotnet|phoenix|elixir) (?:services?|servers?|project|program|backend))\b/gi;

/** What is run stands in quotes and names no component. */
const QUOTED = /"[^"\s]+\s[^"\n]*"|`[^`\s]+\s[^`\n]*`|(?<=[\s(])'[^'\s]+\s[^'\n]*'(?=[\s,.;)]|$)/g;
/** Words behind a component's name that only say what it is. */
const SUFFIX = /^\s+(?:broker|database|db|server|cache|instance|cluster|queue)\b/i;
/** The part of a product that a component is. */
const ROLE =
  /-(master|leader|worker|hub|node|server|web|scheduler|ui|express|admin|exporter|dashboards|connect|registry)$/;

/** Everything that is being collected. */
export class Parts {
  readonly parts: Part[] = [];
  readonly spoken: Spoken[] = [];
  /** The image that all parts without one have: "image x everywhere". */
  readonly shared: { readonly image: string; readonly at: number; readonly end: number } | undefined;

  constructor(readonly text: Passage) {
    this.shared = sharedImage(text.text);
    for (const sentence of wholeSentences(text)) this.#images(sentence);
    for (const sentence of wholeSentences(text)) this.#sameImages(sentence);
    for (const sentence of wholeSentences(text)) this.#components(sentence);
    for (const sentence of wholeSentences(text)) this.#roles(sentence);
    for (const sentence of wholeSentences(text)) this.#programs(sentence);
    this.#again();
    this.spoken.sort((a, b) => a.start - b.start);
  }

  free = (start: number, end: number): boolean => !this.spoken.some((s) => start < s.end && s.start < end);

  /** The part whose bracket or image line holds this place. */
  within = (at: number): Spoken | undefined => this.spoken.findLast((s) => at > s.end && at < s.until);

  #add(
    part: Omit<Part, 'words'> & { words?: string[] },
    phrase: Phrase,
    until: number,
    image?: { start: number; end: number },
  ): Part {
    const made: Part = { ...part, words: part.words ?? aliasesOf(phrase, part.entity) };
    this.parts.push(made);
    const { start, end } = phrase;
    this.spoken.push({
      part: made,
      start,
      end,
      until: Math.max(until, end),
      fresh: true,
      ...(image === undefined ? {} : { image }),
    });
    return made;
  }

  /** Services by their images, each with the words that stand before it. */
  #images(sentence: Passage): void {
    const { text, at } = sentence;
    for (const { image, app, start, end } of findImages(text)) {
      if (this.shared !== undefined && at + start >= this.shared.at && at + start < this.shared.end) continue;
      const phrase = phraseBefore(text, start) ?? phraseIn(text, end);
      if (this.within(at + start) !== undefined) continue;
      const open = text.lastIndexOf('(', start);
      const inside = open >= 0 && closing(text, open) > start && (phrase?.end ?? 0) <= open;
      const behind = /^\s*\(/.exec(text.slice(end));
      const until =
        at + (inside ? closing(text, open) : behind === null ? end : closing(text, end + behind[0].length - 1));
      const copies = copiesOf(text.slice(0, phrase?.start ?? start));
      const found = phrase ?? { text: image, words: [], start, end, count: countBefore(text.slice(0, start)) };
      const of = this.parts.find((p) => p.own && p.of === undefined && p.entity.image === image);
      const process = of === undefined ? undefined : processOf(found.text);
      const name =
        of === undefined || found.words.length === 0 ? nameOf(found, app, image) : dnsName(found.words.join('-'));
      const called = this.#called(sentence, end);
      const entity = entityOf(this.parts.length, { app, image, name: called ?? name, count: copies ?? found.count });
      if (app === undefined && phrase !== undefined) this.#listed(sentence, phrase, image);
      this.#add(
        { entity, own: app === undefined, of, process },
        { ...found, start: at + found.start, end: at + found.end },
        until,
        { start: at + start, end: at + end },
      );
    }
  }

  /** "api + worker + scheduler from acme/core:8": each of the names runs the image. */
  #listed({ text, at }: Passage, phrase: Phrase, image: string): void {
    const lead = /(?:^|[\s:(])((?:[a-z][a-z0-9-]*\s*(?:\+|,|\band\b|&)\s*)+)$/i.exec(text.slice(0, phrase.start));
    const list = lead?.[1] ?? '';
    const joint = text.slice(phrase.end).trimStart();
    if (lead === null || !/^(?:from|of|all from|run|use|with|on|are|share|:)\b/i.test(joint)) return;
    const base = phrase.start - list.length;
    for (const m of list.matchAll(/[a-z][a-z0-9-]*/gi)) {
      const name = m[0].toLowerCase();
      if (!isNameWord(name) || findApps(name).length > 0 || name === 'and') continue;
      const start = at + base + m.index;
      const entity = entityOf(this.parts.length, { image, name });
      this.#add({ entity, own: true }, { text: m[0], words: [name], start, end: start + m[0].length, count: undefined }, start + m[0].length); // prettier-ignore
    }
  }

  /** "the same image as Celery worker (command …)", "and once as beat", "Sidekiq (same image, …)". */
  #sameImages(sentence: Passage): void {
    const { text, at } = sentence;
    const before = [...this.spoken]
      .filter((s) => s.part.own && s.start <= at + text.length)
      .sort((a, b) => a.start - b.start);
    const main = before.find((s) => s.part.entity.image !== undefined)?.part;
    if (main === undefined || !/\bsame (?:container )?image\b|\bsame one\b/i.test(text)) return;
    for (const m of text.matchAll(/\bas\s+(?:an?\s+|the\s+)?(?=[A-Za-z])/gi)) {
      const phrase = phraseIn(text, m.index);
      if (
        phrase === undefined ||
        this.within(at + phrase.start) !== undefined ||
        !this.free(at + phrase.start, at + phrase.end)
      )
        continue;
      this.#process(sentence, main, { ...phrase, count: phrase.count ?? countBefore(text.slice(0, m.index)) });
    }
    for (const m of text.matchAll(
      /(?:\s*[,(]\s*(?:with\s+|from\s+|of\s+|using\s+)?(?:the\s+)?|\s+(?:from|of|with|using|on)\s+(?:the\s+)?)same (?:container )?image\b/gi,
    )) {
      // "cleanup at 01:00 with "bin/cleanup" of the same image": the name stands before what is run.
      const lead = text.slice(0, m.index).replace(/(?:\s+at\s+\S+)?\s+(?:with|running|by|runs?)\s+(?:"[^"\n]*"|`[^`\n]*`)\s*$/i, ''); // prettier-ignore
      const phrase = phraseBefore(`${lead} `, lead.length + 1);
      if (phrase === undefined || !this.free(at + phrase.start, at + phrase.end)) continue;
      this.#process(sentence, main, phrase);
    }
  }

  #process(sentence: Passage, main: Part, phrase: Phrase): void {
    const { text, at } = sentence;
    const bracket = /^[^,.;()]{0,24}\(/.exec(text.slice(phrase.end));
    const open = bracket === null ? -1 : phrase.end + bracket[0].length - 1;
    const process = processOf(phrase.text);
    const entity = entityOf(this.parts.length, {
      image: main.entity.image,
      build: main.entity.build,
      name: dnsName(phrase.words.join('-')),
      count: phrase.count,
    });
    this.#add(
      { entity, own: true, of: main, process },
      { ...phrase, start: at + phrase.start, end: at + phrase.end },
      open < 0 ? at + phrase.end : at + closing(text, open),
    );
  }

  /** Components of the catalogue by their names. */
  #components(sentence: Passage): void {
    const { text, at } = sentence;
    const commands = [...text.matchAll(QUOTED)];
    for (const mention of findApps(text)) {
      const { app, start, end } = mention;
      const holder = this.within(at + start);
      const store = /^(?:database|cache|queue)$/.test(app.role);
      const inCommand = /\b(?:exec|command|run|celery)\b[^,;]*$/i.test(text.slice(0, start));
      if (!this.free(at + start, at + end) || isOnlyWord(text, start, end)) continue;
      if (commands.some((c) => start > c.index && end < c.index + c[0].length)) continue;
      if (holder !== undefined && (!store || inCommand)) continue;
      if (/^(?:node|python|php)$/.test(app.id) && isOurs(text, start, end)) continue;
      const programs = this.parts.some((p) => p.own) || new RegExp(BUILD.source, 'i').test(this.text.text);
      if (app.id === 'celery' && programs) continue;
      this.#component(sentence, mention);
    }
  }

  #component(sentence: Passage, { app, start, end }: AppMention): void {
    const { text, at } = sentence;
    const qualified = /^(?:database|cache)$/.test(app.role) || app.id.includes('-');
    const qualifier = qualified ? QUALIFIER.exec(text.slice(end))?.[1]?.toLowerCase() : undefined;
    const suffix = SUFFIX.exec(text.slice(end))?.[0].length ?? 0;
    const called = this.#called(sentence, end + suffix);
    const again = spokenOf(this.parts.map((p) => p.entity), app, undefined, qualifier); // prettier-ignore
    const known = this.parts.find(
      (p) => p.entity === again && (called === undefined || p.entity.name === undefined || p.entity.name === called),
    );
    const open = /^\s*\(/.exec(text.slice(end + suffix));
    const until = at + (open === null ? end + suffix : closing(text, end + suffix + open[0].length - 1));
    const range = { start: at + start, end: at + end + suffix };
    if (known !== undefined) {
      known.entity.name ??= called;
      this.spoken.push({ part: known, ...range, until: range.end, fresh: false });
      return;
    }
    const count = copiesOf(text.slice(0, start)) ?? countBefore(text.slice(leadStart(text, start, 0), start));
    const words = [app.id, ROLE.exec(app.id)?.[1], text.slice(start, end).toLowerCase(), called].filter((w) => w !== undefined); // prettier-ignore
    const phrase: Phrase = { text: text.slice(start, end), words, ...range, count };
    const owners = this.#owners(text.slice(0, start));
    if (owners.length > 1) {
      const [first, ...others] = owners.map((owner): Part => {
        const name = `${owner.entity.name ?? owner.entity.app?.id ?? 'app'}-${app.id}`;
        return { entity: entityOf(this.parts.length, { app, count, name }), own: false, owner, words: [name] };
      });
      if (first !== undefined) this.#add({ ...first, twins: others }, phrase, until);
      this.parts.push(...others);
      return;
    }
    const there = /^(?:database|cache|queue)$/.test(app.role) ? thereAt(text, start, end) : undefined;
    const entity = entityOf(this.parts.length, { app, count, qualifier, name: called, exists: there !== undefined });
    this.#add(
      { entity, own: false, words: [...new Set(words)], ...(there === undefined ? {} : { at: there }) },
      phrase,
      until,
    );
  }

  /** "redis named cache": what stands behind a thing as its name. */
  #called({ text, at }: Passage, end: number): string | undefined {
    const match = /^\s*,?\s*(?:is\s+)?(?:called|named)\s+["'`]?([a-z0-9]+(?:-[a-z0-9]+)*)\b["'`]?/i.exec(
      text.slice(end),
    );
    if (match !== null) this.text.ledger.use(at + end, at + end + match[0].length);
    return match?.[1]?.toLowerCase();
  }

  /** "one coordinator (…), and four executors that …": programs of the one image that all run. */
  #roles(sentence: Passage): void {
    const { text, at } = sentence;
    if (this.shared === undefined) return;
    for (const m of text.matchAll(
      new RegExp(
        String.raw`(?<![\w.:/-])(an?|${NUMBER})\s+([a-z][a-z-]{2,20}?)(s?)(?=\s*(?:\(|,|\.|$)|\s+(?:behind|that|which|with|on|listening|and|connect\w*|register\w*)\b)`,
        'gi',
      ),
    )) {
      const noun = (m[2] ?? '').toLowerCase();
      const start = m.index + m[0].lastIndexOf(m[2] ?? '');
      const end = m.index + m[0].length;
      if (NO_ROLE.test(noun) || !this.free(at + start, at + end) || this.within(at + start) !== undefined) continue;
      if (this.#known(noun) !== undefined || this.#role(`${noun}s`) !== undefined) continue;
      const open = /^\s*\(/.exec(text.slice(end));
      const count = /^an?$/i.test(m[1] ?? '') ? undefined : numberOf(m[1] ?? '1');
      const entity = entityOf(this.parts.length, { image: this.shared.image, name: dnsName(noun), count });
      this.text.ledger.use(at + m.index, at + end);
      const phrase: Phrase = { text: noun, words: [noun], start: at + start, end: at + end, count };
      this.#add({ entity, own: true }, phrase, open === null ? at + end : at + closing(text, end + open[0].length - 1));
    }
  }

  /** Applications that somebody wrote, and what else their frameworks run. */
  #programs(sentence: Passage): void {
    const { text, at } = sentence;
    for (const match of [...text.matchAll(new RegExp(BUILD.source, 'gi')), ...text.matchAll(FRAMEWORK)]) {
      const word = match[1] ?? '';
      const start = match.index + match[0].length - word.length;
      if (!this.free(at + start, at + start + word.length) || this.within(at + start) !== undefined) continue;
      if (this.#known(word) !== undefined || isLabel(text, start)) continue;
      // "web ui 9000": what listens there, of what was named before.
      if (/,\s*(?:the |an? |its )?$/.test(text.slice(0, start)) && /^\s+(?:ui|interface|console|port|page)?\s*(?:on |at )?\d{2,5}\b/i.test(text.slice(start + word.length))) continue; // prettier-ignore
      if (PROCESSES.some((p) => new RegExp(`\\b(?:${p.names})$`, 'i').test(text.slice(0, start + word.length))))
        continue;
      const own = this.parts.filter((p) => p.own);
      if (
        own.length > 0 &&
        (own.some((p) => p.entity.image !== undefined) || /^(?:apps?|applications?|web|site)$/i.test(word))
      )
        continue;
      if (/[\w-]-$/.test(text.slice(0, start)) || /^[-.:=/]\w/.test(text.slice(start + word.length))) continue;
      const role = this.#role(word);
      if (role === undefined && /\bfor\s+(?:the\s+)?$/i.test(text.slice(0, start))) continue;
      const phrase: Phrase = {
        text: word,
        words: word.split(/\s+/),
        start: at + start,
        end: at + start + word.length,
        count: countBefore(text.slice(leadStart(text, match.index, 0), match.index)),
      };
      const entity = entityOf(this.parts.length, role === undefined ? { build: word, name: buildName(word), count: phrase.count } : { app: role, count: phrase.count }); // prettier-ignore
      const open = /^\s*\(/.exec(text.slice(start + word.length));
      this.#add(
        { entity, own: role === undefined },
        phrase,
        open === null ? phrase.end : at + closing(text, start + word.length + open[0].length - 1),
      );
    }
    const main = this.parts.find((p) => p.own && p.of === undefined);
    if (main === undefined) return;
    for (const process of PROCESSES) {
      for (const m of text.matchAll(new RegExp(`(?<![\\w./:@-])(?:${process.names})(?![\\w/:-]|\\.\\w)`, 'gi'))) {
        if (!this.free(at + m.index, at + m.index + m[0].length) || this.within(at + m.index) !== undefined) continue;
        if (this.parts.some((p) => p.process === process)) continue;
        if (process.of !== undefined && !new RegExp(process.of, 'i').test(this.text.text)) continue;
        this.#process(sentence, main, {
          text: m[0],
          words: m[0].toLowerCase().split(/\s+/),
          start: m.index,
          end: m.index + m[0].length,
          count: countBefore(text.slice(leadStart(text, m.index, 0), m.index)),
        });
      }
    }
  }

  /** "workers" beside Spark: another program of a component that is there. */
  #role(word: string): App | undefined {
    for (const { entity } of this.parts) {
      const { app } = entity;
      const product = app === undefined ? undefined : /^[a-z0-9]+(?=-)/.exec(app.id)?.[0];
      const other = product === undefined ? undefined : findApps(`${product} ${word}`)[0]?.app;
      if (other !== undefined && other !== app && other.image === app?.image) return other;
    }
    return undefined;
  }

  /** "users and orders each have their own": whose each one is. */
  #owners(before: string): Part[] {
    const list =
      /([\w-]+(?:\s*,\s*[\w-]+)*\s*,?\s+and\s+[\w-]+)\s+(?:(?:each|both|all)\s+(?:have|has|gets?|needs?|uses?|with)|(?:have|get|need)(?:\s+each)?)\s+(?:their|its|an?|one)\s+own\s+$/i.exec(
        before,
      )?.[1];
    return (list?.match(/[\w-]+/g) ?? []).flatMap(
      (word) => this.parts.find((p) => p.words.includes(word.toLowerCase())) ?? [],
    );
  }

  #known(word: string): Part | undefined {
    const lower = word.toLowerCase().replace(/\s+/g, ' ');
    return this.parts.find((p) => p.words.includes(lower) || p.words.includes(lower.replace(/[ -]/g, '')));
  }

  /** Every other place where one of them is spoken of. */
  #again(): void {
    const owners = new Map<string, Part | undefined>();
    const claim = (word: string, part: Part): void => {
      owners.set(word, owners.has(word) && owners.get(word) !== part ? undefined : part);
    };
    for (const part of this.parts) for (const word of part.words) claim(word, part);
    for (const part of this.parts) if (part.entity.name !== undefined) owners.set(part.entity.name, part);
    const only = (of: (p: Part) => boolean): Part | undefined => {
      const all = this.parts.filter(of);
      return all.length === 1 ? all[0] : undefined;
    };
    for (const [words, part] of [
      ['database,db,data base', only((p) => p.entity.app?.role === 'database')],
      ['cache', only((p) => p.entity.app?.role === 'cache')],
      ['queue,broker,message broker,message queue', only((p) => p.entity.app?.role === 'queue')],
      ['ui,user interface', only((p) => /(?:^|-)ui$/.test(p.entity.name ?? ''))],
      ['app,application,website,web site', only((p) => (p.own && p.of === undefined) || p.entity.app?.role === 'app')],
    ] as const)
      if (part !== undefined) for (const word of words.split(',')) if (!owners.has(word)) owners.set(word, part);
    const words = [...owners].filter(([, p]) => p !== undefined).map(([w]) => w).sort((a, b) => b.length - a.length); // prettier-ignore
    if (words.length === 0) return;
    const pattern = words.map((w) => escaped(w).replace(/[ -]/g, '[ -]?')).join('|');
    for (const m of this.text.text.matchAll(
      new RegExp(`(?<![\\w./:@-])(${pattern})(s)?(?![\\w/@]|-(?!>)|:\\w|\\.\\w|\\s*=(?!>))`, 'gi'),
    )) {
      const part = owners.get((m[1] ?? '').toLowerCase()) ?? [...owners].find(([w]) => w.replace(/[ -]/g, '') === (m[1] ?? '').toLowerCase().replace(/[ -]/g, ''))?.[1]; // prettier-ignore
      const end = m.index + m[0].length;
      if (part === undefined || !this.free(m.index, end) || this.within(m.index) !== undefined) continue;
      if (isOnlyWord(this.text.text, m.index, end)) continue;
      const open = /^\s*\(/.exec(this.text.text.slice(end));
      const until = open === null ? end : closing(this.text.text, end + open[0].length - 1);
      this.spoken.push({ part, start: m.index, end, until, fresh: false });
    }
  }
}
