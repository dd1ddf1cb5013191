/**
 * Finds what a description talks about and which words belong to which thing. A mention either begins something new, adds to what is
 * being talked about, or refers back to it; the words up to the next beginning are its attributes.
 */
import { findApps, type App } from '../catalogue/index.ts';
import { sentences, type Passage } from '../text.ts';
import { findImages } from './images.ts';
import { findKinds, type KindInfo } from './kinds.ts';
import { addPassage, asName, countBefore, leadStart, literalImage, markedName, runsIn, wordAt } from './leads.ts';
import { isOwnComponent, ownersOfEach } from './beside.ts';
import { BUILD, mentions, type Mention } from './mentions.ts';
import { entityOf, type Entity } from './model.ts';
import { buildName, looksLikeName, nameAfter, nameBefore, type Named } from './names.ts';
import { atTheStart, continued, isOnlySaid, isPlace, lateNames, saidEarly, spokenOf, unnamed } from './meant.ts';
import { AROUND, BESIDE, COUNTING, isGeneric, isOfAll, isThere, readExistence, ROUTING, SCALES } from './generic.ts';

export interface EntityContext {
  /** An explicit object was named anywhere, so bare components are the images of objects. */
  readonly objects: boolean;
  /** There are Dockerfiles: a runtime that is named is what the application is written in. */
  readonly builds?: boolean;
}

const RUNTIMES: ReadonlySet<string> = new Set(['node', 'python', 'php']);

/** Which part of a system of several a component is, said behind it. */
export const QUALIFIER =
  /^\s+(leader|master|primary|replicas?|followers?|slaves?|workers?|secondar(?:y|ies)|readers?|sentinels?|hub|controller)\b(?! ?sets?\b)/i;

export class Reader {
  readonly entities: Entity[] = [];
  /** The workload that is being talked about. */
  #workload: Entity | undefined;
  /** Objects whose image only a component's name stands for. */
  readonly #guessed = new Set<Entity>();
  /** What the sentence began with. */
  #subject: Entity | undefined;
  /** A workload that is there and that something is made for. */
  #given: Entity | undefined;
  /** Sentences before anything was named. */
  readonly #orphans: Passage[] = [];
  /** What routes requests, where the sentence goes on about it. */
  #about: Entity | undefined;

  constructor(
    readonly whole: Passage,
    readonly context: EntityContext,
    /** Spans that a grammar of its own has read already. */
    readonly blocked: (start: number, end: number) => boolean = () => false,
  ) {
    for (const sentence of sentences(whole)) if (!readExistence(sentence, this.entities)) this.#sentence(sentence);
    saidEarly(this.entities, this.#orphans);
    lateNames(this.entities);
  }

  #sentence(sentence: Passage): void {
    const found = mentions(sentence.text, (start, end) => this.blocked(sentence.at + start, sentence.at + end));
    this.#subject = undefined;
    this.#about = undefined;
    let current =
      continued(this.entities, sentence.text) ??
      atTheStart(this.entities, sentence.text) ??
      this.#workload ??
      this.entities.at(-1);
    const kind = current?.kind?.kind ?? '';
    if (ROUTING.has(kind) || COUNTING.has(kind)) this.#about = current;
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
      const first = current === undefined && this.entities.length === 1 && isWorkload(next);
      const lead = first ? from : leadStart(sentence.text, mention.start, from);
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
    else if (
      found.length === 0 &&
      findKinds(sentence.text).length === 0 &&
      !this.blocked(sentence.at, sentence.at + sentence.text.length)
    )
      this.#orphans.push(sentence);
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
    const making = /\b(?:create|add|define|make|also|another|plus|and an?)\s+(?:[\w-]+\s+){0,3}$/i.test(before);
    const subject = (this.#subject ?? (making ? undefined : this.#about))?.kind?.kind ?? '';
    const beside = named === undefined && /(?:\band|,|\bplus|\bthen)\s+(?:an?\s+)?$/i.test(before);
    if (info.workload === true && AROUND.has(subject) && !beside && findImages(text).length === 0) {
      this.#target(sentence, mention, named, info);
      return;
    }
    if (isOnlySaid(info, mention, before, subject, making)) return undefined;
    const known =
      named === undefined
        ? undefined
        : this.entities.find((e) => e.name === named.name && (e.kind?.kind === info.kind || e.kind === undefined));
    if (known !== undefined) return this.#seen(sentence, mention, named, known);
    const blank = named === undefined ? undefined : unnamed(this.entities, info, before, this.#subject);
    if (blank !== undefined) return this.#seen(sentence, mention, named, blank);
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
      /\b(?:the|this|that|its|our|my|each|every)\s+(?:[\w-]+\s+)?$/i.test(before)
    )
      return current;
    const entity = this.#begin({
      kind: info,
      explicit: true,
      count: countBefore(lead),
      exists: isThere(info, text, mention, named?.end ?? mention.end),
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
    this.#given = known ?? this.#begin({ kind: info, name: named.name, explicit: true, exists: true });
    this.#subject.owners = [this.#given];
    return undefined;
  }

  #name(text: string, mention: { start: number; end: number }): Named | undefined {
    const isApp = (word: string): boolean => findApps(word).length > 0 || new RegExp(BUILD.source, 'i').test(word);
    // "backend deployment (acme/be:1)": what it runs stands in brackets, so the word before is its name.
    const bracket = /^\s*\(/.test(text.slice(mention.end));
    const after = nameAfter(text, mention.end);
    // "each pod asks for": said of all of them, so what follows is no name.
    const all = isOfAll(text.slice(Math.max(0, mention.start - 16), mention.start));
    if (all && after !== undefined && !looksLikeName(after.name)) return undefined;
    return after ?? nameBefore(text, mention.start, bracket ? () => false : isApp, bracket);
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
    // "for the statefulset kafka": the name of what is there.
    const word = wordAt(sentence.text, mention);
    if (
      image === undefined &&
      this.entities.some((e) => (e.exists || SCALES.has(e.kind?.kind ?? '')) && e.name === word)
    )
      return undefined;
    // "guestbook front end (image)": what stands in brackets is what it runs.
    if (
      image !== undefined &&
      current?.build !== undefined &&
      current.image === undefined &&
      runsIn(current.build, before)
    ) {
      current.image = image;
      return undefined;
    }
    if (current?.explicit === true && this.context.objects && !isOwnComponent(current, app, image, before, after)) {
      this.#ofObject(sentence, mention, current, app, image);
      return undefined;
    }
    if (/(?:\b|ingress|gateway)class(?:name)?\s*(?:of|is|=|:|named)?\s*["'`]?$/i.test(before)) return undefined;
    if (isPlace((this.#subject ?? this.#about)?.kind?.kind ?? '', app, image, this.whole.text)) return undefined;
    const count = countBefore(before.slice(leadStart(sentence.text, mention.start, 0)));
    const qualifier = QUALIFIER.exec(after)?.[1]?.toLowerCase();
    const known = spokenOf(this.entities, app, count, qualifier);
    if (known !== undefined) {
      if (image !== undefined) known.image ??= image;
      return known;
    }
    const owners = app === undefined ? [] : ownersOfEach(before, this.entities);
    const entity = this.#begin({ app, image, count, qualifier });
    // "users and orders each have their own Postgres"
    owners.forEach((owner, i) => {
      if (i === 0) entity.name = `${owner}-${app?.id ?? 'store'}`;
      else this.#begin({ app, name: `${owner}-${app?.id ?? 'store'}`, passages: [sentence], said: sentence.text });
    });
    if (owners.length > 0) {
      this.#workload = entity;
      return entity;
    }
    entity.name =
      nameAfter(sentence.text, mention.end)?.name === undefined
        ? asName(sentence, mention.end)
        : (markedName(sentence, mention.end) ?? asName(sentence, mention.end));
    this.#workload = entity;
    return entity;
  }

  /** A component or image inside the words about a named object. */
  #ofObject(
    sentence: Passage,
    mention: { start: number; end: number },
    current: Entity,
    app: App | undefined,
    image: string | undefined,
  ): void {
    const before = sentence.text.slice(0, mention.start);
    // An image in full says more than the component's name that came before it.
    if (image !== undefined && this.#guessed.has(current)) {
      Object.assign(current, { image, app });
      this.#guessed.delete(current);
      return;
    }
    // Inside a named object: the first image is its own, later ones belong to its containers and are read with them.
    if (
      current.image !== undefined ||
      (current.app !== undefined && (image === undefined || /\b(?:init|side-?car)\b[^,;]*$/i.test(before)))
    )
      return;
    if (image === undefined) this.#guessed.add(current);
    current.app = app;
    current.image =
      image ?? (app === undefined ? undefined : literalImage(app, sentence.text.slice(mention.start, mention.end)));
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
    // "everything else goes to web": a service that requests are sent to.
    if (this.context.builds !== true && ROUTING.has((this.#subject ?? this.#about)?.kind?.kind ?? '')) return undefined;
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
    if (
      /\b(?:each|both|all(?: of them)?|every one)\b[^,;]*$/i.test(sentence.text.slice(0, mention.start)) ||
      /^\w*\s+(?:in front of|for|before)\s+(?:each|both|all|every one)\b/i.test(sentence.text.slice(mention.start))
    )
      return workloads;
    const owner = this.#workload ?? this.#given;
    return owner === undefined ? [] : [owner];
  }

  #begin(more: Partial<Entity>): Entity {
    const entity = entityOf(this.entities.length, more);
    this.entities.push(entity);
    return entity;
  }
}

export const isWorkload = (entity: Entity): boolean => entity.kind === undefined || entity.kind.workload === true;
