/**
 * Who the words of a Compose wish are about. The text is cut where another service, or a group of them, begins to be spoken of; a
 * service that is only referred to ("starts after db", "behind nginx") does not take the words that follow.
 */
import type { WorkspaceFacts } from '../context/facts.ts';
import { addPassage } from '../kubernetes/leads.ts';
import type { Entity } from '../kubernetes/model.ts';
import { sentences, type Passage } from '../text.ts';
import { findNaming, namedByHosts, nameThem } from './naming.ts';
import { Referents, type Mention } from './refer.ts';
import { imageName, spokenOf } from './spoken.ts';

/** A stretch of the text and the services it is about. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly about: readonly Entity[];
}

export interface Scene {
  readonly entities: readonly Entity[];
  /** Every word that names a service, in order. */
  readonly mentions: readonly Named[];
  readonly stretches: readonly Stretch[];
}

/** One or several services that a word stands for. */
export interface Named {
  readonly start: number;
  readonly end: number;
  readonly entities: readonly Entity[];
  readonly first: boolean;
  readonly beside: boolean;
  /** "both", "all of them", "neither". */
  readonly group: boolean;
}

/** Always speaks of what something has to do with another service. */
const RELATED =
  /\b(?:depend(?:s|ing|ent)? (?:up)?on|wait(?:s|ing)?(?: for| until| on)?|until|till|after|before|once|when|unless|behind|front of|talk(?:s|ing)? (?:only )?to|speaks? to|connect(?:s|ed|ing)? (?:it )?to|link(?:s|ed)? to|points? (?:at|to)|reach(?:es)?|knows?|learns?(?: about)?|where|finds?|sees?|scrap(?:es?|ing)|us(?:es?|ing)|against|next to|beside|alongside|towards?|forward(?:s|ing)? (?:\S+ )?to|prox(?:y|ies|ying) (?:\S+ )?to|passes \S+ to|routes? \S* ?to|balanc\w+ (?:over|between|across)|than|as|like|needs?|require[sd]?|without|except|but not|not from|between|followed by|started by|come[s]? (?:up )?(?:after|before)|by|same network as|shares? \w+ (?:\w+ )?with)\s+(?:(?:the|a|an|its|our|my|that|both|only|same|all|it|other|first|of)\s+)*["'`]?$/i;
/** Speaks of another service where one was named before in the same clause. */
const OF = /\b(?:of|for|on|in|with|to|from|into|via|through|and its|against|at|around|among)\s+(?:(?:the|a|an|its|our|my|that|only|same)\s+)*["'`]?$/i; // prettier-ignore

const GROUP =
  /(?<![\w-])(?:both(?! (?:tcp|udp|ports?|http|protocols|directions|sides|on port|on \d|TCP)\b)(?: of (?:them|these|those))?(?: (?:services|containers|apps))?|all (?:of (?:them|these|those)|(?:the )?(?:services|containers)|(?:three|four|five|six|seven|\d)(?: of them| services| containers)?)|all(?= (?:on|get|have|has|are|should|must|restart\w*|use|share|run|join|wait|live|with)\b)|every(?:thing| service| container)(?! else)|each (?:service|container|of them)|each(?= (?:gets?|has|with|restart\w*|should|must|needs|started|starts|runs?|running|built|using|uses|is|waits?|depends|limited|on|listens|in)\b)|they|(?:the|these|those) (?:(?:first|last|other) )?(?:two|three|four)(?: of them)?(?: services| containers)?(?=\b(?! \w+s\b))|neither(?: of them)?|none of (?:them|these)|no service|the (?:others|other two|other three|rest(?= (?:of|get|restart|are|is|stay))))(?![\w-])/gi;

const LATTER = /(?<![\w-])the (latter|former)(?![\w-])/gi;
const PLURAL = /^["'`)]?\s*(?:both|each|all|are|have|get|restart|share|should|must|sit|stay|live|go|join|need|depend|wait|run|use|keep|belong|talk|with restart|on (?:the |a )?(?:same |common )?network)\b/i; // prettier-ignore
const LISTED = /^["'`)]?\s*(?:,|and|&|\+|\/|plus|as well as|,\s*and|or|nor)\s*(?:(?:the|a|an|our|its|also|both|then)\s+)*["'`]?$/i; // prettier-ignore
const PRONOUN = /^\s*(?:[-*]\s*)?(?:(?:and|but|also|then|please|make|let|give|keep|restart|publish|expose|run|put|start)\s+)*(?:it|its|it's)\b/i; // prettier-ignore
/** What is kept, which a store does. */
const STORED = /\b(?:data|volumes?|databases?|passwords?|persist\w*|files)\b/i;

/** Words for services by what they are there for, with what can be meant. */
const ROLES: readonly (readonly [RegExp, (e: Entity) => boolean])[] = [
  [/(?<![\w./@:=-])(?:data ?bases?|dbs?|data ?store)(?![\w./@=-]|:\w| (?:name|user|password|files?|data|init|url|host|port|called|named|dump|schema|script))/gi, (e) => e.app?.role === 'database'],
  [/(?<![\w./@:=-])(?:cache)(?![\w./@:=-]| (?:size|dir|folder|volume))/gi, (e) => e.app?.role === 'cache'],
  [/(?<![\w./@:=-])(?:message )?(?:broker|queue)(?![\w./@:=-])/gi, (e) => e.app?.role === 'queue' || e.app?.role === 'cache'],
  [/(?<![\w./@:=-])(?:(?:reverse[ -])?proxy|load ?balancer)(?![\w./@:=-])/gi, (e) => e.app?.role === 'proxy'],
  [/(?<![\w./@:=-])(?:front ?-?end|ui|client)(?![\w./@:=-])/gi, (e) => /front|ui|client/i.test(e.name ?? e.build ?? '')],
]; // prettier-ignore

/** What is only what something is there for: "as its database", "a volume for the database". */
const AS_ROLE = /\b(?:as|for|is|be)\s+(?:an?|its|the|their|our)?\s*(?:\w+\s+)?$/i;

const between = (m: { start: number; end: number }, all: readonly { start: number; end: number }[]): boolean =>
  all.some((o) => m.start < o.end && o.start < m.end);

/** Names that were given, and roles, wherever they stand. */
function further(text: string, known: Referents, blocked: (start: number, end: number) => boolean): Named[] {
  const found: Named[] = [];
  const taken = (): readonly { start: number; end: number }[] => [...known.mentions, ...found];
  const add = (start: number, end: number, entity: Entity): void => {
    if (between({ start, end }, taken()) || blocked(start, end)) return;
    found.push({ start, end, entities: [entity], first: false, beside: false, group: false });
  };
  for (const entity of known.entities) {
    const names = [entity.name, entity.name === undefined && entity.image !== undefined && imageName(entity.image).length > 2 ? imageName(entity.image) : undefined].filter((n): n is string => n !== undefined); // prettier-ignore
    for (const name of names)
      for (const m of text.matchAll(new RegExp(`(?<![\\w./@:=$-])${name}(?![\\w/@=-]|\\.\\w|:[\\w/])`, 'gi'))) {
        if (/\b(?:called|named|database|db|user|owner|volume|network|profile|stage|target|secret|config|folder|router|key|container_name|container name|alias)s?\s+(?:is |called |named |= ?)?["'`]?$/i.test(text.slice(0, m.index))) continue; // prettier-ignore
        if (/^["'`]?\s+(?:network|profile|volume|database|user|folder|directory)\b/i.test(text.slice(m.index + name.length))) continue; // prettier-ignore
        add(m.index, m.index + name.length, entity);
      }
  }
  for (const [pattern, fits] of ROLES) {
    const meant = known.entities.filter(fits);
    if (meant.length === 0) continue;
    for (const m of text.matchAll(pattern)) {
      if (/\b(?:called|named|as|service)\s+["'`]?$/i.test(text.slice(Math.max(0, m.index - 12), m.index))) continue;
      if (AS_ROLE.test(text.slice(Math.max(0, m.index - 30), m.index)) && !/\bfor the\s+$/i.test(text.slice(0, m.index))) continue; // prettier-ignore
      const before = [...known.mentions].filter((n) => n.end <= m.index && meant.includes(n.entity)).at(-1)?.entity;
      const entity = meant.length === 1 ? meant[0] : before;
      if (entity !== undefined) add(m.index, m.index + m[0].length, entity);
    }
  }
  const made = known.entities.filter((e) => e.build !== undefined || (e.image !== undefined && e.app === undefined) || (e.explicit && e.app === undefined)); // prettier-ignore
  const own = made[0];
  if (own !== undefined && made.length === 1)
    for (const m of text.matchAll(
      /\b(?:the |our |my |its )?(?:app(?:lication)?|project|source)(?:'s)?(?= (?:code|sources?|files|folder|directory|image|port)\b)|\b(?:the|our|my) (?:code|sources?)\b/gi,
    ))
      add(m.index, m.index + m[0].length, own);
  return found;
}

/** "both", "all of them", "the latter": by what was spoken of before. */
function groups(text: string, named: readonly Named[], all: readonly Entity[]): Named[] {
  const found: Named[] = [];
  const before = (at: number): Entity[] => {
    const list: Entity[] = [];
    for (const n of named)
      if (n.end <= at)
        for (const e of n.entities) {
          if (list.includes(e)) list.splice(list.indexOf(e), 1);
          list.push(e);
        }
    return list;
  };
  for (const m of text.matchAll(GROUP)) {
    const start = m.index;
    const word = m[0].toLowerCase();
    const seen = before(start);
    const two = /both|two|neither/.test(word);
    const sentence = Math.max(...['. ', '; ', '\n'].map((s) => text.lastIndexOf(s, start)));
    const here = seen.filter((e) => named.some((n) => n.start > sentence && n.end <= start && n.entities.includes(e)));
    // "haproxy waits for both": not itself.
    const others = RELATED.test(text.slice(Math.max(0, start - 60), start))
      ? ([seen.filter((e) => !here.includes(e)), seen.filter((e) => e !== here[0])].find((l) => l.length > 1) ?? [])
      : seen;
    const rest = /other|rest/.test(word);
    const ordinal = /(first|last) (two|three|four)/.exec(word);
    // "both X and Y": the names say who.
    if (/^both$/.test(word) && named.some((n) => n.start > start && /^\s+(?:the\s+)?["'`]?$/.test(text.slice(start + 4, n.start)))) continue; // prettier-ignore
    const last = seen.at(-1);
    const size = { two: 2, three: 3, four: 4 }[ordinal?.[2] ?? ''] ?? 2;
    const after = text.slice(start + m[0].length);
    const kind = /^\s+(?:stores|databases|data ?stores|backends|brokers)\b/i.test(after)
      ? all.filter((e) => /database|cache|queue/.test(e.app?.role ?? ''))
      : /^\s+(?:python|node|go|java|php|ruby|rust|\.net|built|own|app(?:lication)?) (?:services|containers|apps)\b/i.test(
            after,
          )
        ? all.filter((e) => e.build !== undefined || (e.explicit && e.app === undefined))
        : [];
    const entities = kind.length > 0 ? kind : ordinal !== null ? (ordinal[1] === 'first' ? all.slice(0, size) : all.slice(-size)) : rest ? all.filter((e) => e !== last && !named.some((n) => n.end <= start && n.entities[0] === e && text.slice(n.end, start).search(/[.;\n]/) < 0)) : two ? (all.length === 2 ? all : others.slice(-2)) : /^each$/.test(word) && here.length > 1 ? here : /\d|three|four|five|they|these|those/.test(word) && seen.length > 1 ? seen : all; // prettier-ignore
    if (entities.length > 0) found.push({ start, end: start + m[0].length, entities, first: false, beside: false, group: true }); // prettier-ignore
  }
  for (const m of text.matchAll(LATTER)) {
    const seen = before(m.index).slice(-2);
    const entity = /latter/i.test(m[0]) ? seen.at(-1) : seen[0];
    if (entity !== undefined) found.push({ start: m.index, end: m.index + m[0].length, entities: [entity], first: false, beside: false, group: true }); // prettier-ignore
  }
  return found.filter((g) => !between(g, named));
}

/** What is spoken of; a list of nothing but names gives them to what was described, where there are as many. */
function referents(text: string, facts: WorkspaceFacts, blocked: (start: number, end: number) => boolean): Referents {
  const naming = findNaming(text);
  if (naming !== undefined) {
    const known = new Referents(text, facts);
    const within = (s: number, e: number): boolean => s < naming.end && naming.start < e;
    known.read(spokenOf(text, facts, blocked).filter((w) => !within(w.start, w.end)));
    if (nameThem(naming.names, known.entities, known.folderOf)) return known;
  }
  const known = new Referents(text, facts);
  known.read(spokenOf(text, facts, blocked));
  return known;
}

export function sceneOf(text: Passage, facts: WorkspaceFacts, blocked: (start: number, end: number) => boolean): Scene {
  const known = referents(text.text, facts, blocked);
  namedByHosts(text.text, known.entities);
  const plain: Named[] = known.mentions.map((m: Mention) => ({ ...m, entities: [m.entity], group: false }));
  const named = [...plain, ...further(text.text, known, blocked)].sort((a, b) => a.start - b.start);
  const mentions = [...named, ...groups(text.text, named, known.entities)].sort((a, b) => a.start - b.start);
  for (const m of mentions) text.ledger.use(text.at + m.start, text.at + m.end);
  const stretches = new Cutter(text, mentions).stretches;
  for (const { from, to, about } of stretches) for (const entity of about) addPassage(entity, text.slice(from, to));
  return { entities: known.entities, mentions, stretches };
}

const sameAs = (one: readonly Entity[], other: readonly Entity[]): boolean =>
  one.length === other.length && one.every((e) => other.includes(e));

/** Cuts the text into stretches. */
class Cutter {
  readonly stretches: Stretch[] = [];
  #about: readonly Entity[] = [];
  #from = 0;
  /** Where the bracket that is open began, with what was spoken of outside. */
  #outside: { readonly until: number; readonly about: readonly Entity[] } | undefined;
  /** The first that each sentence was about. */
  #subject: readonly Entity[] = [];

  constructor(
    readonly text: Passage,
    readonly mentions: readonly Named[],
  ) {
    for (const sentence of sentences(text)) this.#sentence(sentence.at - text.at, sentence);
  }

  /** The first mention that may lie in the next sentence. */
  #next = 0;

  #mentionsIn(start: number, end: number): Named[] {
    const here: Named[] = [];
    while ((this.mentions[this.#next]?.start ?? Infinity) < start) this.#next++;
    for (let i = this.#next; (this.mentions[i]?.start ?? Infinity) < end; i++) {
      const mention = this.mentions[i];
      if (mention !== undefined && mention.end <= end) here.push(mention);
    }
    return here;
  }

  #cut(at: number, about: readonly Entity[]): void {
    if (sameAs(about, this.#about)) return;
    if (at > this.#from && this.#about.length > 0)
      this.stretches.push({ from: this.#from, to: at, about: this.#about });
    this.#from = this.#about.length === 0 ? this.#from : Math.max(at, this.#from);
    this.#about = about;
  }

  #end(at: number): void {
    if (at > this.#from && this.#about.length > 0)
      this.stretches.push({ from: this.#from, to: at, about: this.#about });
    this.#from = at;
  }

  #sentence(start: number, sentence: Passage): void {
    const end = start + sentence.text.length;
    const here = this.#mentionsIn(start, end);
    this.#outside = undefined;
    this.#from = start;
    if (PRONOUN.test(sentence.text) && this.#subject.length > 0 && !(STORED.test(sentence.text) && this.#about[0]?.app?.role === 'database')) this.#about = this.#subject; // prettier-ignore
    let subject: readonly Entity[] | undefined = here.length === 0 || PRONOUN.test(sentence.text) ? this.#about : undefined; // prettier-ignore
    let previous: Named | undefined;
    for (const [index, mention] of here.entries()) {
      this.#close(mention.start);
      const gap = this.text.text.slice(previous?.end ?? start, mention.start);
      const list = previous !== undefined && LISTED.test(gap);
      if (mention.beside || this.#isObject(mention, previous, gap, start)) {
        this.#aside(mention, end);
        previous = mention;
        continue;
      }
      if (list && previous !== undefined && this.#joins(here, index, previous, mention)) {
        this.#about = [...new Set([...this.#about, ...mention.entities])];
        previous = mention;
        continue;
      }
      this.#open(mention, previous, start);
      subject ??= this.#about;
      previous = mention;
    }
    this.#close(end);
    this.#end(end);
    if (subject !== undefined && subject.length > 0) this.#subject = subject;
  }

  /** "starts after app is healthy (wget …)": the bracket says how that is asked. */
  #aside(mention: Named, end: number): void {
    const open = /^["'`]?\s+(?:(?:is|are|to be|reports?|becomes?)\s+)?(?:healthy|ready)\s*\(/i.exec(
      this.text.text.slice(mention.end, end),
    );
    if (open === null || this.#outside !== undefined || mention.beside) return;
    const from = mention.end + open[0].length - 1;
    const to = this.text.text.indexOf(')', from);
    if (to < 0) return;
    const about = this.#about;
    this.#cut(from, mention.entities);
    this.#outside = { until: to + 1, about };
  }

  /** The words from here on are about what is mentioned. */
  #open(mention: Named, previous: Named | undefined, start: number): void {
    const lead = this.#lead(mention, previous, start);
    const bracket = this.#bracketAround(mention.start);
    const inside = bracket !== undefined && bracket.from >= this.#from && this.#about.length > 0 && !this.#namesIt(bracket.from, previous, start); // prettier-ignore
    if (inside) this.#outside = { until: bracket.to, about: this.#about };
    this.#cut(lead, mention.entities);
  }

  /** "a nightly backup container (offen/backup:v2) that …": the bracket says what a thing is that was not named before. */
  #namesIt(bracket: number, previous: Named | undefined, start: number): boolean {
    const before = this.text.text.slice(Math.max(previous?.end ?? start, start), bracket);
    const clause = before.split(/[,;:]\s|\b(?:and|plus|with|also)\s/).at(-1) ?? '';
    return clause !== before && /\b(?:container|service|server|image|job|task|app|tool|program|exporter|backup|proxy)s?\s*$/i.test(clause); // prettier-ignore
  }

  /** Past a bracket the words go back to what was spoken of before it. */
  #close(at: number): void {
    if (this.#outside === undefined || at < this.#outside.until) return;
    this.#cut(this.#outside.until, this.#outside.about);
    this.#outside = undefined;
  }

  /** The bracket that stands around a place. */
  #bracketAround(at: number): { readonly from: number; readonly to: number } | undefined {
    const from = this.text.text.lastIndexOf('(', at);
    if (from < 0 || this.text.text.slice(from, at).includes(')')) return undefined;
    const to = this.text.text.indexOf(')', at);
    return to < 0 ? undefined : { from, to };
  }

  /** Where the words that lead up to a mention begin: at its clause, where nothing else was named in that. */
  #lead(mention: Named, previous: Named | undefined, start: number): number {
    const from = Math.max(previous?.end ?? start, start);
    const text = this.text.text.slice(from, mention.start);
    const words = previous === undefined
      ? /,\s*|:\s+|\(\s*|\s(?:but|while|whereas)\s+|\s[-–]\s/gi
      : /,\s*|:\s+|\(\s*|\)\s*|\s[-–]\s|\s(?:and|with|plus|behind|using|then|also|or|but|while|whereas|in front of)\s+/gi; // prettier-ignore
    let best = 0;
    for (const m of text.matchAll(words)) best = m.index + m[0].length;
    // "for local work, with nothing open: mysql": what leads up to the first belongs to it.
    if (previous === undefined && (this.#about.length === 0 || /\bof\s+(?:the\s+)?["'`]?$/i.test(text))) best = 0;
    // "A=1, B=2 and C=3 for the wiki": all of them.
    if (
      /^(?:\s*(?:and\s+)?[A-Z][A-Z0-9_]+\s*=\s*[^\s,;]+\s*,?)+\s*(?:are\s+)?(?:for|on|of|in|to)\s+(?:the\s+)?["'`]?$/.test(
        text,
      )
    )
      best = 0;
    const related = previous !== undefined || (mention.first && this.#about.length > 0) ? RELATED.exec(text) : null;
    return from + Math.max(best, related?.index ?? 0);
  }

  #isObject(mention: Named, previous: Named | undefined, gap: string, start: number): boolean {
    if (this.#about.length === 0 || mention.first) return false;
    const before = this.text.text.slice(Math.max(start, mention.start - 60), mention.start);
    if (mention.group && !RELATED.test(before)) return /\b(?:of|between|from|to|with|on|in)\s+$/i.test(before) && previous !== undefined && !/[,;:]/.test(gap); // prettier-ignore
    if (RELATED.test(before)) {
      this.#object = mention;
      return true;
    }
    const acts =
      /^["'`]?\s+(?:\([^)]*\)\s+)?(?:on|after|before|only|with|in|depends?|waits?|is|has|gets?|must|should|runs?|starts?|restarts?|listens?|publishes|stays?|keeps?|uses|needs)\b/i.test(
        this.text.text.slice(mention.end),
      );
    if (
      previous !== undefined &&
      LISTED.test(gap) &&
      this.#object === previous &&
      !(acts && !/\b(?:and|or)\b/.test(gap))
    ) {
      this.#object = mention;
      return true;
    }
    const object = previous !== undefined && !/[,;:]\s/.test(gap) && OF.test(gap);
    if (object) this.#object = mention;
    return object;
  }

  /** The last mention that was only referred to. */
  #object: Named | undefined;

  /** Whether a list goes on that what follows is about as a whole. */
  #joins(here: readonly Named[], index: number, previous: Named, mention: Named): boolean {
    if (!previous.entities.every((e) => this.#about.includes(e))) return false;
    let last = mention;
    let and = /\b(?:and|or|nor)\b|[&+/]/i.test(this.text.text.slice(previous.end, mention.start));
    for (const next of here.slice(index + 1)) {
      if (!LISTED.test(this.text.text.slice(last.end, next.start))) break;
      and ||= /\b(?:and|or|nor)\b|[&+/]/i.test(this.text.text.slice(last.end, next.start));
      last = next;
    }
    if (!mention.first && !previous.first) return and;
    // "two servers a and b from ./srv": they are one kind.
    const [one, other] = [previous.entities[0], mention.entities[0]];
    const kind = /\b(?:servers|services|apps|applications|containers|instances|workers|sites|processes|copies)\s*(?:called|named|,|:)?\s*["'`]?$/i.test(this.text.text.slice(0, previous.start)); // prettier-ignore
    const same = one?.build !== undefined && one.build === other?.build;
    if (and && mention.first && one?.explicit === true && other?.explicit === true && (same || kind)) return true;
    return PLURAL.test(this.text.text.slice(last.end)) && !last.first === !previous.first;
  }
}
