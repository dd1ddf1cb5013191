/** Which service a word means: one that was named before, the one whose name it stands beside, or a new one. */
import type { WorkspaceFacts } from '../context/facts.ts';
import { ownersOfEach } from '../kubernetes/beside.ts';
import { countBefore, leadStart } from '../kubernetes/leads.ts';
import { entityOf, type Entity } from '../kubernetes/model.ts';
import { buildName, isNameWord } from '../kubernetes/names.ts';
import { imageName, type Spoken } from './spoken.ts';

/** A word that names a service, with the service. */
export interface Mention {
  readonly start: number;
  readonly end: number;
  readonly entity: Entity;
  /** The service was not named before. */
  readonly first: boolean;
  /** It only says more about what was named just before. */
  readonly beside: boolean;
}

/** What may stand between a name and what it is. */
const IS = /^["'`]?\s*(?:(?:\(|[:=]|->|=>|[-–]+)?\s*["'`]?|,\s*(?=[a-z]))(?:(?:is|it|both|all|runs?|running|from|using|uses|with|on|based on|built|buil(?:d|t|ds)|made|in|image|official|service|container|should be|should run|=|:|for|as|the|an?|our|my|this|stock|plain|just|latest|simple|small|normal|usual|folder|directory|of|s)[\s:=]+)*["'`]?$/i; // prettier-ignore
const BRACKET = /^["'`]?\s*(?:(?:replicas?|instances?|copies|containers?|servers?|nodes?)\s*)?\(\s*(?:(?:image|official|the|our|from|built|build|using|uses|runs|on|with|a|an|its|in|dockerfile)[\s:=]+)*["'`]?$/i; // prettier-ignore
const JOINED = /^["'`]?\s*(?:[:=]|->|=>|image|is|uses|runs|should be|based on|,?\s*i\.?e\.?,?|from(?: the)?(?: image)?|running|\(|,?\s*(?:the )?(?:official )?image:?|[-–]|with (?:the )?image|using(?: the)?(?: image)?)\s*["'`]?$/i; // prettier-ignore

const ANOTHER = /\b(?:another|(?:a |the )?second|2nd|third|separate|its own|their own)\s+(?:[\w-]+\s+)?$/i;
const DEFINITE = /\b(?:the|its|our|my|this|that|each|both|only)\s+(?:(?:main|actual|real|whole|same|new|own|existing)\s+)?["'`]?$/i; // prettier-ignore
const GENERIC = /^(?:web )?(?:apps?|applications?|api|site|web ?site|server|service|web|project|program|container|back ?-?end|front ?-?end|web ?app|micro-?service)$/i; // prettier-ignore

const FRONT =
  /\b(?:front ?-?end|front|react|vue|angular|svelte\w*|next\.?js|nuxt|spa|single[- ]page|client|astro|remix)\b/i;
const BACK = /\b(?:back ?-?end|api|express|flask|django|fast ?api|spring|golang|go|rust|rails|laravel|nest\.?js|asp\.?net|\.net|java|kotlin|node|python|server)\b/i; // prettier-ignore

/** Words that mean whatever is there. */
const ANY = /^(?:web )?(?:apps?|applications?|service|web|project|program|container|server)$/i;

export const slug = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]+/g, '');

/** What a service can be called by: the parts of its name, of its image, of what it is written in. */
function namesOf(e: Entity): string[] {
  const all = [e.name, e.image === undefined ? undefined : imageName(e.image), e.build].filter((n) => n !== undefined);
  return all.flatMap((n) => [slug(n), ...n.toLowerCase().split(/[^a-z0-9]+/)]);
}

/** "React app … frontend from ./frontend": what it is written in says on which side it is. */
export function sideOf(word: string): 'frontend' | 'backend' | undefined {
  if (FRONT.test(word)) return 'frontend';
  return BACK.test(word) ? 'backend' : undefined;
}

export class Referents {
  readonly entities: Entity[] = [];
  readonly mentions: Mention[] = [];

  constructor(
    readonly text: string,
    readonly facts: WorkspaceFacts,
  ) {}

  read(spoken: readonly Spoken[]): void {
    for (const word of spoken) {
      const known = this.entities.length;
      const found = this.#resolve(word);
      if (found === undefined) continue;
      const beside = found === this.mentions.at(-1)?.entity && IS.test(this.#gap(word));
      this.mentions.push({ start: word.start, end: word.end, entity: found, first: this.entities.length > known, beside }); // prettier-ignore
      // "users and orders each have a Postgres of their own": what the others have.
      if (found.name !== undefined || word.is !== 'app') continue;
      const owners = ownersOfEach(this.text.slice(0, word.start), this.entities);
      owners.forEach((owner, i) => {
        if (i === 0) found.name = `${owner}-${word.app.id}`;
        else this.#begin({ app: word.app, name: `${owner}-${word.app.id}` });
      });
    }
  }

  /** Text between the word before and this one. */
  #gap(word: { readonly start: number }): string {
    return this.text.slice(this.mentions.at(-1)?.end ?? 0, word.start);
  }

  #begin(more: Partial<Entity>): Entity {
    const entity = entityOf(this.entities.length, more);
    this.entities.push(entity);
    return entity;
  }

  #count(word: Spoken): number | undefined {
    const before = this.text.slice(0, word.start);
    const lead = before.slice(leadStart(this.text, word.start, Math.max(0, word.start - 40)));
    // "three volumes for sonarqube" counts the volumes.
    return /\b(?:volumes?|networks?|ports?|files?|folders?|variables?|secrets?|things|lines|after|before|until|once)\b|\b(?:on|at) \d{2,5}\b/i.test(lead) ? undefined : countBefore(lead); // prettier-ignore
  }

  /** What the word stands right beside, such as the name before a bracket. */
  #besideWhat(word: Spoken): Entity | undefined {
    const gap = this.#gap(word);
    const last = this.mentions.at(-1)?.entity;
    return last !== undefined && !/[.;]\s/.test(gap) && (IS.test(gap) || this.#opened(word)) ? last : undefined;
  }

  /** "app1, app2, app3 from acme/node:7": the names of one list, all still without anything. */
  #chain(): Entity[] {
    const found: Entity[] = [];
    for (let i = this.mentions.length - 1; i > 0; i--) {
      const [one, before] = [this.mentions[i], this.mentions[i - 1]];
      if (one === undefined || before === undefined || !/^["'`]?\s*(?:,|and|&|,\s*and)\s*["'`]?$/i.test(this.text.slice(before.end, one.start))) break; // prettier-ignore
      const { entity } = before;
      if (!entity.explicit || entity.app !== undefined || entity.image !== undefined) break;
      if (entity.build !== undefined && !GENERIC.test(entity.build)) break;
      found.push(entity);
    }
    return found;
  }

  /** The first thing in the bracket behind a name. */
  #opened(word: Spoken): boolean {
    return BRACKET.test(this.#gap(word));
  }

  #resolve(word: Spoken): Entity | undefined {
    switch (word.is) {
      case 'head':
        return this.#head(word.name, word);
      case 'image':
        return this.#image(word);
      case 'app':
        return this.#app(word);
      case 'folder':
        return this.#folder(word);
      case 'build':
        return this.#build(word);
    }
  }

  #head(name: string, word: Spoken): Entity {
    const known = this.entities.find((e) => e.name === name) ?? this.entities.find((e) => e.name === undefined && e.app?.role === 'proxy' && e.image === undefined && name.split(/[-_]/).includes(e.app.id)) ?? this.#roleOf(name, word); // prettier-ignore
    const last = this.mentions.at(-1)?.entity;
    const gap = this.#gap(word);
    // "an nginx reverse proxy (built from ./proxy)"
    if (known === undefined && last !== undefined && last.name === undefined && last.app !== undefined && /^\s+(?:(?:reverse|web|http|https|edge|load|own|caching|static|main)\s+)*$/i.test(gap) && /proxy|server|balancer|gateway|cache|db|database|broker/.test(name)) return Object.assign(last, { name, explicit: true }); // prettier-ignore
    // "two Node apps web1 and web2": what comes before says what each of them is.
    if (
      known === undefined &&
      last !== undefined &&
      last.name === undefined &&
      (last.build !== undefined || (last.count ?? 1) > 1) &&
      /^s?\s*(?:instances?|copies|containers?|servers?|services?|nodes?|of them)?\s*,?\s*(?:called |named |:|-)?\s*["'`]?$/i.test(
        gap,
      )
    ) {
      this.#kind = { build: last.build, image: last.image, app: last.app };
      return Object.assign(last, { name, explicit: true, count: undefined });
    }
    // The next of the list: nothing but what is said of the one before stands between.
    const listed =
      this.#kind !== undefined &&
      /^["'`]?(?:[^.;()]|\([^)]*\)){0,60}?(?:,|\band|&)\s*["'`]?$/i.test(gap) &&
      !/[.;]\s/.test(gap);
    if (!listed) this.#kind = undefined;
    if (known === undefined) return this.#begin({ name, explicit: true, ...this.#kind });
    known.name ??= name;
    known.explicit = true;
    return known;
  }

  /** What the names of a list are, told before it. */
  #kind: Pick<Entity, 'build' | 'image' | 'app'> | undefined;

  /** "Django project … services web and worker": a name for what was only described. */
  #roleOf(name: string, word: Spoken): Entity | undefined {
    const built = this.entities.filter((e) => e.build !== undefined && e.name === undefined);
    const same = built.find((e) => buildName(e.build ?? '') === name || slug(e.build ?? '') === slug(name));
    if (same !== undefined) return same;
    return /\b(?:the|its)\s+["'`]?$/i.test(this.text.slice(0, word.start)) && built.length === 1 && GENERIC.test(name) ? built[0] : undefined; // prettier-ignore
  }

  #image(word: Spoken & { readonly is: 'image' }): Entity {
    const { image, app } = word;
    const before = this.#besideWhat(word);
    if (before !== undefined && before.image === undefined) {
      const bare =
        before.app === undefined && (before.build === undefined || (before.explicit && GENERIC.test(before.build)));
      const own = app !== undefined && before.app?.id === app.id;
      const joined = JOINED.test(this.#gap(word)) || this.#opened(word);
      if (bare && before.explicit && app !== undefined) {
        const intro = this.#intro(app.id, before);
        if (intro !== undefined) return Object.assign(this.#merge(before, intro), { image });
      }
      if (bare) for (const head of this.#chain()) Object.assign(head, { image, app, build: undefined });
      if (bare || own || joined) {
        before.image = image;
        if (before.app === undefined || own || app !== undefined) before.app = app ?? before.app;
        before.build = undefined;
        return before;
      }
    }
    const same = this.entities.find((e) => e.image === image && !ANOTHER.test(this.text.slice(0, word.start)));
    if (same !== undefined) return same;
    const named = app === undefined ? undefined : this.entities.find((e) => e.app?.id === app.id && e.image === undefined); // prettier-ignore
    if (named !== undefined) return Object.assign(named, { image, count: named.count ?? this.#count(word) });
    return this.#begin({ image, app, count: this.#count(word), name: this.#called(word) });
  }

  #app(word: Spoken & { readonly is: 'app' }): Entity | undefined {
    const { app } = word;
    const before = this.#besideWhat(word);
    const gap = this.#gap(word);
    if (before !== undefined && before.app === undefined && before.image === undefined) {
      const bare = before.build === undefined && before.explicit;
      const intro = bare ? this.#intro(app.id, before) : undefined;
      if (intro !== undefined) return this.#merge(before, intro);
      if (bare) for (const head of this.#chain()) head.app = app;
      if (bare) return Object.assign(before, { app });
      // "a PHP site on Apache", "front end (nginx)": what its image holds.
      if (/^\s*(?:\(|on|in|with an?)\s*$/i.test(gap) && app.role === 'proxy' && this.#builds()) return before;
    }
    const text = this.text.slice(0, word.start);
    const qualifier = /^\s+(leader|master|primary|replicas?|followers?|slaves?|secondar(?:y|ies)|sentinels?|hub|controller)\b(?! ?sets?\b)/i.exec(this.text.slice(word.end))?.[1]?.toLowerCase(); // prettier-ignore
    const count = this.#count(word);
    if (!ANOTHER.test(text) || this.entities.every((e) => e.app?.id !== app.id)) {
      const known =
        this.entities.find((e) => e.app?.id === app.id && (qualifier === undefined || e.qualifier === qualifier)) ??
        this.entities.find((e) => e.name !== undefined && slug(e.name) === slug(app.id)) ??
        this.entities.find((e) => e.image !== undefined && e.app === undefined && namesOf(e).includes(slug(app.id)));
      if (known !== undefined && (count === undefined || known.count === count || count < 2) && !this.#isOther(known, word)) return known; // prettier-ignore
    }
    return this.#begin({ app, count, qualifier, name: this.#called(word) });
  }

  /** "postgres 15 as orders-db … postgres 16 as users-db": by its name or its version another one. */
  #isOther(known: Entity, word: { readonly start: number; readonly end: number }): boolean {
    const called = this.#called(word);
    if (called !== undefined && known.name !== undefined && called !== known.name) return true;
    const version = (end: number): string | undefined => /^["'`]?\s+v?(\d{1,2}(?:\.\d+)*)(?![\d.:]|\s*(?:GB|MB|replicas|nodes|times|%))/i.exec(this.text.slice(end, end + 16))?.[1]; // prettier-ignore
    const [one, other] = [this.mentions.filter((m) => m.entity === known).map((m) => version(m.end)).find((v) => v !== undefined), version(word.end)]; // prettier-ignore
    return one !== undefined && other !== undefined && !one.startsWith(other) && !other.startsWith(one);
  }

  #builds(): boolean {
    return this.facts.builds.length > 0;
  }

  /** A folder belongs to the service that is spoken of, where that is built and has none; else it is one of its own. */
  #folder(word: Spoken & { readonly is: 'folder' }): Entity | undefined {
    const own = this.#folders.get(word.folder);
    const last = this.mentions.at(-1)?.entity;
    // "A front end. Its Dockerfile and source are in ./ui": whose they are needs no name.
    const belongs = /[.;]\s+(?:(?:its|the|our|all|both)\s+)*(?:sources?|code|dockerfile|files?|it|everything)\b[^.;:]*$/i.test(this.#gap(word)); // prettier-ignore
    const sentence = belongs || !/[.;]\s|\n/.test(this.#gap(word));
    const open = last !== undefined && last.image === undefined && (last.app === undefined || this.#proxied(last, word.folder)) && ![...this.#folders.values()].includes(last); // prettier-ignore
    if (own !== undefined && !open) return own;
    const name = word.folder.split('/').at(-1) ?? 'app';
    const called = this.entities.find((e) => e.name === name || (e.build !== undefined && (buildName(e.build) === name || (e.name === undefined && ![...this.#folders.values()].includes(e) && e.build.toLowerCase().split(/[^a-z0-9]+/).includes(name))))); // prettier-ignore
    const entity = open && sentence ? last : (called ?? this.#begin({ build: name, name: /^[a-z]/.test(name) ? name.toLowerCase() : undefined })); // prettier-ignore
    const described = entity.explicit ? this.entities.filter((e) => e !== entity && e.build !== undefined && e.name === undefined && ![...this.#folders.values()].includes(e) && (buildName(e.build) === name || slug(e.build) === slug(name) || (sideOf(e.build) !== undefined && sideOf(e.build) === sideOf(`${entity.name ?? ''} ${name}`)))) : []; // prettier-ignore
    const [intro] = described;
    if (intro !== undefined && described.length === 1 && entity.image === undefined && entity.app === undefined) {
      const merged = this.#merge(entity, intro);
      this.#folders.set(word.folder, merged);
      return merged;
    }
    this.#folders.set(word.folder, entity);
    return entity;
  }

  readonly #folders = new Map<string, Entity>();

  /** The folder that a service was said to be built from. */
  readonly folderOf = (entity: Entity): string | undefined => [...this.#folders].find(([, e]) => e === entity)?.[0];

  /** "nginx-proxy (built from ./nginx)": a component of which the workspace has its own. */
  #proxied(entity: Entity, folder: string): boolean {
    return (entity.app?.role === 'proxy' || entity.explicit) && this.facts.builds.some((b) => folder.endsWith(b.dir));
  }

  #build(word: Spoken & { readonly is: 'build' }): Entity | undefined {
    const text = this.text.slice(0, word.start);
    const before = this.#besideWhat(word);
    const generic = GENERIC.test(word.word);
    if (
      before?.explicit === true &&
      before.app === undefined &&
      before.image === undefined &&
      before.build === undefined
    )
      // prettier-ignore
      return Object.assign(before, { build: word.word });
    if (before?.build !== undefined && this.#opened(word)) return before;
    // "all three Python services": of those that were named.
    if (/(?:services|containers|apps|applications)$/i.test(word.word) && this.entities.filter((e) => e.build !== undefined || (e.explicit && e.app === undefined)).length > 1) return undefined; // prettier-ignore
    const definite = DEFINITE.test(text) || /(?:^|[,;:.]\s*|\n\s*[-*]?\s*|\band\s+|\bonly\s+|\bwhen\s+)$/i.test(text);
    const called = this.#calledBy(word.word) ?? this.#sameSide(word.word);
    if (called !== undefined && !(ANOTHER.test(text) && called.count === undefined)) return called;
    const made = this.entities.filter((e) => e.build !== undefined || (e.image !== undefined && e.app === undefined));
    const bare = this.entities.filter((e) => e.explicit && e.app === undefined);
    const own = [...new Set([...made, ...bare])];
    const only = own[0];
    if (generic && own.length === 1 && (definite || !/\ban?\s+$/i.test(text)) && (ANY.test(word.word) || (only?.name === undefined && this.#fits(word.word, only?.build)))) return only; // prettier-ignore
    if (generic && own.length === 0) {
      const apps = this.entities.filter((e) => e.app !== undefined && e.app.role !== 'database' && e.app.role !== 'proxy'); // prettier-ignore
      if (apps.length === 1 && ((/\bthe\s+$/i.test(text) && ANY.test(word.word)) || (!this.#builds() && /^(?:web ?)?site$/i.test(word.word) && !/\ban?\s+(?:\w+\s+)?$/i.test(text)))) return apps[0]; // prettier-ignore
    }
    const entity = this.#begin({ build: word.word, count: this.#count(word) });
    // "node-api": a name that somebody has made.
    const made_ = /^(?!front-end|back-end|micro-service|web-?(?:app|site|server))[a-z]+(?:-[a-z]+)+$/.test(word.word) ? word.word : undefined; // prettier-ignore
    entity.name = this.#called(word) ?? made_;
    return entity;
  }

  /** "the backend" is no front end, "the api" no worker. */
  #fits(word: string, build: string | undefined): boolean {
    const [one, other] = [sideOf(word), build === undefined ? undefined : sideOf(build)];
    return (
      (one === undefined || other === undefined || one === other) &&
      !/worker|consumer|scheduler|cron/i.test(build ?? '')
    );
  }

  #sameSide(word: string): Entity | undefined {
    const side = sideOf(word);
    if (side === undefined || !/^(?:front|back) ?-?end$|^api$/i.test(word)) return undefined;
    const same = this.entities.filter((e) => e.build !== undefined && e.name === undefined && sideOf(e.build) === side);
    const [one] = same;
    if (one === undefined || same.length !== 1 || /front|back/i.test(one.build ?? '')) return undefined;
    one.name = buildName(word);
    return one;
  }

  /** "a Go backend with MySQL: … db: mysql:8": what the text began with, before it was given a name. */
  #intro(id: string, head: Entity): Entity | undefined {
    const same = this.entities.filter((e) => e !== head && e.app?.id === id);
    const [one] = same;
    const alone =
      one?.name === undefined && one?.image === undefined && (one?.count ?? 1) === 1 && one?.qualifier === undefined;
    return same.length === 1 && alone ? one : undefined;
  }

  #merge(from: Entity, into: Entity): Entity {
    into.name = from.name;
    into.explicit = true;
    this.entities.splice(this.entities.indexOf(from), 1);
    for (const [i, m] of this.mentions.entries()) if (m.entity === from) this.mentions[i] = { ...m, entity: into, first: false }; // prettier-ignore
    return into;
  }

  /** What a word for a service is the name, or a part of the name, of. */
  #calledBy(word: string): Entity | undefined {
    const role = slug(buildName(word));
    const words = word.toLowerCase().split(/[^a-z0-9.]+/);
    const framed = words.length > 1 ? slug(words[0] ?? '') : slug(word);
    const same = this.entities.find((e) => e.build !== undefined && slug(e.build) === slug(word));
    // A worker and a scheduler in one framework are two.
    if (/\b(?:workers?|beat|scheduler|consumers?|producers?|cron)$/i.test(word))
      return (
        same ??
        this.entities.find((e) => (e.build !== undefined || e.explicit || e.image !== undefined) && e.app === undefined && namesOf(e).includes(slug(words.at(-1) ?? '').replace(/s$/, ''))) // prettier-ignore
      );
    return (
      same ??
      this.entities.find((e) => e.name !== undefined && slug(e.name) === slug(word)) ??
      this.entities.find((e) => e.build !== undefined && buildName(e.build) === buildName(word)) ??
      this.entities.find(
        (e) => (e.explicit || e.image !== undefined) && e.app === undefined && namesOf(e).includes(role),
      ) ?? // prettier-ignore
      this.entities.find((e) => (e.explicit || e.build !== undefined) && namesOf(e).includes(framed)) ??
      this.entities.find((e) => e.explicit && namesOf(e).includes(slug(words.at(-1) ?? '')))
    );
  }

  /** "MariaDB 10.9 called db", "redis:7 named cache", "postgres:17 as `store`". */
  #called(word: { readonly end: number }): string | undefined {
    const rest = this.text.slice(word.end, word.end + 60);
    const quoted = /^\s+["`]([a-z][a-z0-9_-]*)["`]/.exec(rest)?.[1];
    if (quoted !== undefined) return quoted;
    const marked =
      /^["'`]?(?:\s+(?:v?\d[\w.]*|service|container|image|server|instance|database))*\s*[,(]?\s*(?:which (?:is|should be) )?(?:called|named|with (?:the )?name|service name:?)\s+["'`]?([a-z][a-z0-9_-]*)/i.exec(rest)?.[1] ??
      /^["'`]?(?:\s+v?\d[\w.]*)?\s+as\s+(?:["'`]([a-z][a-z0-9_-]*)["'`]|(?:service\s+)([a-z][a-z0-9_-]*)|([a-z]+[_-][a-z0-9_-]+))/i.exec(rest)?.slice(1).find(Boolean); // prettier-ignore
    return marked !== undefined && isNameWord(marked) ? marked.toLowerCase() : undefined;
  }
}
