/**
 * Finds what a description talks about and which words belong to which thing. A mention either begins something new, adds to what is
 * being talked about, or refers back to it; the words up to the next beginning are its attributes.
 */
import { findApps, type App } from '../catalogue/index.ts';
import { NUMBER, numberOf } from '../grammar/quantities.ts';
import { sentences, type Passage } from '../text.ts';
import { findImages } from './images.ts';
import { findKinds, type KindInfo } from './kinds.ts';
import type { Entity } from './model.ts';
import { buildName, nameAfter, nameBefore, type Named } from './names.ts';
import { isGeneric } from './generic.ts';

type Mention = { readonly start: number; readonly end: number } & (
  | { readonly is: 'kind'; readonly info: KindInfo; readonly plural: boolean }
  | { readonly is: 'app'; readonly app: App }
  | { readonly is: 'image'; readonly image: string; readonly app: App | undefined }
  | { readonly is: 'build'; readonly word: string }
);

/** Applications that somebody wrote: `Flask app`, `web app`, `API`, `worker`, `front end`, `this app`. */
const BUILD =
  /\b(?:(?:the|this|my|our|a|an)\s+)?((?:(?:node(?:\.?js)?|express|react|vue(?:\.?js)?|angular|next\.?js|svelte|flask|django|fast ?api|rails|ruby|laravel|symfony|php|spring(?: boot)?|java|kotlin|quarkus|go|golang|rust|python|\.net|asp\.?net(?: core)?|dotnet|elixir|phoenix|typescript|javascript|wsgi|web|rest|graphql|grpc|mobile|customer|internal|public|http|json|background|queue|sample|demo|stateless|checkout|payments?|orders?|users?|billing|inventory|catalog(?:ue)?|cart|auth|search|email|notification|shop|video|image) ?-?)*(?:apps?|applications?|api|web ?apps?|web ?site|back ?-?ends?|front ?-?ends?|micro-?services?|workers?|web ?servers?|web|site|consumer|producer)|(?:flask|django|fast ?api|express|react|vue(?:\.?js)?|angular|next\.?js|rails|laravel|spring boot|asp\.?net(?: core)?|golang|rust|spark ?java)(?! (?:app|api|back|front|site|web|service)))\b(?!\s*[:=]\s*v?\d)/gi;

export interface EntityContext {
  /** An explicit object was named anywhere, so bare components are the images of objects. */
  readonly objects: boolean;
  /** There are Dockerfiles: a runtime that is named is what the application is written in. */
  readonly builds?: boolean;
}

const RUNTIMES: ReadonlySet<string> = new Set(['node', 'python', 'php']);

/** Everything the text mentions, in order; overlapping mentions resolved in favour of the more exact. */
function mentions(text: string, blocked: (start: number, end: number) => boolean): Mention[] {
  const all: Mention[] = [];
  const free = (m: { start: number; end: number }): boolean =>
    !blocked(m.start, m.end) && !all.some((other) => m.start < other.end && other.start < m.end);
  for (const { image, app, start, end } of findImages(text))
    if (free({ start, end })) all.push({ is: 'image', image, app, start, end });
  for (const { app, start, end } of findApps(text)) if (free({ start, end })) all.push({ is: 'app', app, start, end });
  for (const { info, start, end, plural } of findKinds(text))
    if (free({ start, end })) all.push({ is: 'kind', info, plural, start, end });
  const names = findKinds(text)
    .map((k) => nameAfter(text, k.end))
    .filter((n) => n !== undefined);
  for (const match of text.matchAll(BUILD)) {
    const word = match[1] ?? '';
    const start = match.index + match[0].length - word.length;
    const mention = { is: 'build' as const, word, start, end: start + word.length };
    if (names.some((n) => start < n.end && n.start < mention.end) || /[=:/]$/.test(text.slice(0, start))) continue;
    if (free(mention) && !/[\w-]-$/.test(text.slice(0, start)) && !/^[-.:=/]\w/.test(text.slice(mention.end)))
      all.push(mention);
  }
  return all.sort((a, b) => a.start - b.start);
}

export class Reader {
  readonly entities: Entity[] = [];
  /** The workload that is being talked about. */
  #workload: Entity | undefined;
  /** What the sentence began with. */
  #subject: Entity | undefined;

  constructor(
    readonly whole: Passage,
    readonly context: EntityContext,
    /** Spans that a grammar of its own has read already. */
    readonly blocked: (start: number, end: number) => boolean = () => false,
  ) {
    for (const sentence of sentences(whole)) this.#sentence(sentence);
    // "CronJob every 15 minutes named report": the name comes late.
    for (const entity of this.entities) {
      if (!entity.explicit || entity.name !== undefined) continue;
      const late =
        /(?<!container |volume |key |secret |claim |map )\b(?:named|called)\s+["'`]?([a-z0-9][a-z0-9-]*[a-z0-9])/i.exec(
          entity.said,
        )?.[1];
      if (late !== undefined) entity.name = late.toLowerCase();
    }
  }

  #sentence(sentence: Passage): void {
    const found = mentions(sentence.text, (start, end) => this.blocked(sentence.at + start, sentence.at + end));
    this.#subject = undefined;
    let current = this.#named(sentence.text) ?? this.#workload;
    let from = 0;
    // ConfigMaps and the like that are spoken of beside a workload: their words are the workload's words too.
    let beside: { entity: Entity; from: number } | undefined;
    const closeBeside = (at: number): void => {
      if (beside !== undefined) addPassage(beside.entity, sentence.slice(beside.from, at));
      beside = undefined;
    };
    for (const mention of found) {
      const next = this.#place(sentence, mention, from);
      if (next === undefined || next === current) continue;
      const lead = leadStart(sentence.text, mention.start, from);
      closeBeside(lead);
      this.#subject ??= next;
      if (current !== undefined && current !== next && isWorkload(current) && BESIDE.has(next.kind?.kind ?? '')) {
        beside = { entity: next, from: lead };
        continue;
      }
      if (current !== undefined && lead > from) addPassage(current, sentence.slice(from, lead));
      current = next;
      from = lead;
    }
    closeBeside(sentence.text.length);
    if (current !== undefined) addPassage(current, sentence.slice(from));
  }

  /** A sentence that begins with the name of something that was spoken of before. */
  #named(text: string): Entity | undefined {
    const word =
      /^\s*(?:the\s+|and\s+)?["'`]?([a-z0-9][a-z0-9.-]*[a-z0-9])["'`]?\s+(?:has|is|runs|gets|needs|uses|should|must|holds|contains|with)\b/i.exec(
        text,
      )?.[1];
    return word === undefined ? undefined : this.entities.find((e) => e.name === word);
  }

  /** @returns the entity that the mention begins or refers to; nothing where it only adds a word to the current one */
  #place(sentence: Passage, mention: Mention, from: number): Entity | undefined {
    switch (mention.is) {
      case 'kind':
        return this.#kind(sentence, mention.info, mention, from);
      case 'app':
        if (this.context.builds === true && RUNTIMES.has(mention.app.id) && this.#workload?.explicit !== true)
          return this.#build(sentence, { ...mention, word: `${mention.app.id} app` });
        return this.#component(sentence, mention, mention.app, undefined);
      case 'image':
        return this.#component(sentence, mention, mention.app, mention.image);
      case 'build':
        return this.#build(sentence, mention);
    }
  }

  #kind(
    sentence: Passage,
    info: KindInfo,
    mention: { start: number; end: number; plural?: boolean },
    from: number,
  ): Entity | undefined {
    const { text } = sentence;
    const before = text.slice(0, mention.start);
    const lead = before.slice(leadStart(text, mention.start, from));
    const named = this.#name(text, mention);
    if (isGeneric(info, text, mention, named, before)) return undefined;
    const subject = this.#subject?.kind?.kind ?? '';
    if (info.workload === true && AROUND.has(subject) && findImages(text).length === 0) {
      this.#target(sentence, mention, named, info);
      return;
    }
    if ((info.kind === 'Service' || info.kind === 'Secret') && ROUTING.has(subject)) return undefined;
    const known =
      named === undefined
        ? undefined
        : this.entities.find((e) => e.name === named.name && (e.kind?.kind === info.kind || e.kind === undefined));
    if (known !== undefined) return this.#seen(sentence, mention, named, known);
    const current = this.#workload;
    // "an nginx pod called web": the component came first, now its kind does.
    if (
      info.workload === true &&
      current !== undefined &&
      !current.explicit &&
      current.passages.length === 0 &&
      current.name === undefined &&
      !/[,;]/.test(lead)
    ) {
      current.kind = info;
      current.explicit = true;
      this.#seen(sentence, mention, named, current);
      return current;
    }
    if (
      info.workload === true &&
      named === undefined &&
      current?.explicit === true &&
      /\b(?:the|this|that|its|each|every)\s+(?:[\w-]+\s+)?$/i.test(before)
    )
      return current;
    const entity = this.#begin({
      kind: info,
      explicit: true,
      count: countBefore(lead),
      exists: /\b(?:existing|already|current|running)\s+(?:[\w-]+\s+)?$/i.test(before),
    });
    this.#seen(sentence, mention, named, entity);
    if (info.workload === true) this.#workload = entity;
    else entity.owners = this.#owners(sentence, mention);
    return entity;
  }

  /** A workload named only as what an autoscaler, a budget or a Service is for. */
  #target(
    sentence: Passage,
    mention: { start: number; end: number },
    named: Named | undefined,
    info: KindInfo,
  ): undefined {
    sentence.ledger.use(sentence.at + mention.start, sentence.at + mention.end);
    if (named === undefined || this.#subject === undefined) return undefined;
    sentence.ledger.use(sentence.at + named.start, sentence.at + named.end);
    const known = this.entities.find((e) => e.name === named.name && isWorkload(e));
    this.#subject.owners = [known ?? this.#begin({ kind: info, name: named.name, explicit: true, exists: true })];
    return undefined;
  }

  #name(text: string, mention: { start: number; end: number }): Named | undefined {
    const isApp = (word: string): boolean => findApps(word).length > 0 || new RegExp(BUILD.source, 'i').test(word);
    return nameAfter(text, mention.end) ?? nameBefore(text, mention.start, isApp);
  }

  #seen(sentence: Passage, mention: { start: number; end: number }, named: Named | undefined, entity: Entity): Entity {
    sentence.ledger.use(sentence.at + mention.start, sentence.at + mention.end);
    if (named !== undefined) {
      sentence.ledger.use(sentence.at + named.start, sentence.at + named.end);
      entity.name ??= named.name;
    }
    return entity;
  }

  #component(
    sentence: Passage,
    mention: { start: number; end: number },
    app: App | undefined,
    image: string | undefined,
  ): Entity | undefined {
    sentence.ledger.use(sentence.at + mention.start, sentence.at + mention.end);
    const before = sentence.text.slice(0, mention.start);
    const after = sentence.text.slice(mention.end);
    const current = this.#workload;
    if (current?.explicit === true && this.context.objects) {
      // Inside a named object: the first image is its own, later ones belong to its containers and are read with them.
      if (
        current.image !== undefined ||
        (current.app !== undefined && (image === undefined || /\b(?:init|side-?car)\b[^,;]*$/i.test(before)))
      )
        return undefined;
      current.app = app;
      current.image =
        image ?? (app === undefined ? undefined : literalImage(app, sentence.text.slice(mention.start, mention.end)));
      return undefined;
    }
    if (/\b(?:ingress ?)?class(?:name)?\s*(?:of|is|=|:|named)?\s*["'`]?$/i.test(before)) return undefined;
    const count = countBefore(before.slice(leadStart(sentence.text, mention.start, 0)));
    const qualifier =
      /^\s+(leader|master|primary|replicas?|followers?|slaves?|workers?|secondar(?:y|ies)|readers?|sentinels?|hub|controller)\b/i
        .exec(after)?.[1]
        ?.toLowerCase();
    const known = this.entities.find(
      (e) =>
        e.app?.id === app?.id &&
        app !== undefined &&
        (qualifier === undefined || e.qualifier === qualifier) &&
        (count === undefined || e.count === count),
    );
    if (known !== undefined) return known;
    // "with Redis: … Redis primary and two replicas": the first word spoken of is the primary.
    const plain =
      qualifier === undefined || !/^(?:leader|master|primary|hub)$/.test(qualifier)
        ? undefined
        : this.entities.find(
            (e) => e.app?.id === app?.id && e.qualifier === undefined && e.count === undefined && e.name === undefined,
          );
    if (plain !== undefined) {
      plain.qualifier = qualifier;
      return plain;
    }
    const entity = this.#begin({ app, image, count, qualifier });
    entity.name =
      nameAfter(sentence.text, mention.end)?.name === undefined ? undefined : markedName(sentence, mention.end);
    this.#workload = entity;
    return entity;
  }

  #build(sentence: Passage, mention: { word: string; start: number; end: number }): Entity | undefined {
    const { text } = sentence;
    const before = text.slice(0, mention.start);
    if (
      /\b(?:label(?:led|ed|s)?|called|named|namespace|port|host|path|key|tier|role|component|group|in front of|front)\s+["'`]?$/i.test(
        before,
      )
    )
      return undefined;
    const builds = this.entities.filter((e) => e.build !== undefined);
    const generic = /^(?:apps?|applications?|web|site)$/i.test(mention.word);
    const current = this.#workload;
    if (current?.explicit === true && this.context.objects) return undefined;
    // "Guestbook: a PHP front end": words after a component that describe it.
    if (
      current !== undefined &&
      current.passages.length === 0 &&
      /^[\s-]*$/.test(before.slice(-1)) &&
      current.app !== undefined &&
      /(?:^|\s)$/.test(before) &&
      new RegExp(`(?:${current.app.names})\\s+$`, 'i').test(before)
    )
      return undefined;
    if (generic && builds.length > 0) return builds[0];
    if (generic && current?.app !== undefined && current.app.role !== 'database') return undefined;
    const known = builds.find((e) => e.build !== undefined && buildName(e.build) === buildName(mention.word));
    sentence.ledger.use(sentence.at + mention.start, sentence.at + mention.end);
    if (known !== undefined) return known;
    const entity = this.#begin({
      build: mention.word,
      count: countBefore(before.slice(leadStart(text, mention.start, 0))),
    });
    entity.name = markedName(sentence, mention.end);
    this.#workload = entity;
    return entity;
  }

  /** Whose companion an object is: all, where the text says each or both; else the workload last spoken of. */
  #owners(sentence: Passage, mention: { start: number }): Entity[] {
    const workloads = this.entities.filter((e) => e.kind === undefined || e.kind.workload === true);
    if (/\b(?:each|both|all(?: of them)?|every one)\b[^,;]*$/i.test(sentence.text.slice(0, mention.start)))
      return workloads;
    return this.#workload === undefined ? [] : [this.#workload];
  }

  #begin(more: Partial<Entity>): Entity {
    const entity: Entity = {
      id: this.entities.length,
      kind: undefined,
      name: undefined,
      app: undefined,
      image: undefined,
      build: undefined,
      count: undefined,
      passages: [],
      said: '',
      explicit: false,
      exists: false,
      owners: [],
      qualifier: undefined,
      ...more,
    };
    this.entities.push(entity);
    return entity;
  }
}

function addPassage(entity: Entity, passage: Passage): void {
  if (passage.text.trim() === '') return;
  entity.passages.push(passage);
  entity.said = `${entity.said}${entity.said === '' ? '' : '; '}${passage.text.trim()}`;
}

function markedName(sentence: Passage, from: number): string | undefined {
  if (!/^[\w\s-]{0,30}?\b(?:called|named)\b/i.test(sentence.text.slice(from, from + 60))) return undefined;
  const offset = sentence.text.slice(from).search(/\b(?:called|named)\b/i);
  const named = nameAfter(sentence.text, from + offset);
  if (named !== undefined) sentence.ledger.use(sentence.at + named.start, sentence.at + named.end);
  return named?.name;
}

/** `nginx` said as an image is exactly that; a descriptive word is the catalogue's pinned image. */
const literalImage = (app: App, word: string): string =>
  app.official === true && word.toLowerCase() === app.image ? app.image : `${app.image}:${app.tag}`;

/** Where the words that lead up to a mention begin: after the last comma, colon or joining word. */
export function leadStart(text: string, mention: number, from: number): number {
  const lead = text.slice(from, mention);
  let best = 0;
  for (const match of lead.matchAll(/[,:;(]\s*|\s(?:and|with|plus|behind|using|then|also|or)\s+/gi))
    best = match.index + match[0].length;
  return from + best;
}

function countBefore(lead: string): number | undefined {
  const match = new RegExp(`(?:^|\\s)(${NUMBER})(?:[\\s-]+[a-z-]+){0,2}[\\s-]*$`, 'i').exec(lead);
  return match?.[1] === undefined ? undefined : numberOf(match[1]);
}

/** Objects that are spoken of within a workload's sentence: the sentence goes on about the workload. */
const BESIDE: ReadonlySet<string> = new Set(['ConfigMap', 'Secret', 'PersistentVolumeClaim', 'ServiceAccount']);

/** Objects that are about a workload that they name. */
const AROUND: ReadonlySet<string> = new Set([
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Service',
  'ServiceMonitor',
  'PodMonitor',
  'Ingress',
]);

/** Objects that name Services rather than wish for them. */
const ROUTING: ReadonlySet<string> = new Set([
  'Ingress',
  'HTTPRoute',
  'Gateway',
  'IstioGateway',
  'VirtualService',
  'DestinationRule',
  'Certificate',
]);

export const isWorkload = (entity: Entity): boolean => entity.kind === undefined || entity.kind.workload === true;
