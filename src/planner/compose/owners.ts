/** Words that only one of the services can mean, wherever they stand: what is kept is the store's, the root password the database's. */
import type { Entity } from '../kubernetes/model.ts';
import { Passage } from '../text.ts';
import { HEAPS } from './finish.ts';

interface Rule {
  readonly words: RegExp;
  readonly owner: (e: Entity) => boolean;
  /** Who has a right to such words. */
  readonly own: (e: Entity) => boolean;
}

const isStore = (e: Entity): boolean => e.app?.role === 'database';

const RULES: readonly Rule[] = [
  { words: /\broot password\b/i, owner: (e) => e.app?.secrets?.some((s) => /ROOT_PASSWORD/.test(s)) === true, own: isStore },
  {
    words: /^(?![^]*(?:\.{1,2}|~)?\/\w)[^]*(?:\b(?:the|its|all|all its)\s+(?:db |database )?data(?:base files)?\b[^]*\b(?:volume|kept|keep|persist\w*|surviv\w*|lives?|sits?|stor\w+|durable|goes)\b|\b(?:keep\w*|persist\w*|stor\w+)\s+(?:(?:the|its|all)\s+)*(?:db |database )?(?:data|database)\b|\bdata(?:base)? (?:is |must |should |has to |needs to )*(?:persist\w*|surviv\w+|kept|be kept)\b|\bdata (?:in |goes to |on )?(?:an? |the )?(?:named )?volume\b|\b(?:db|database) (?:data|files)\b|\bvolume\s+(?:called |named )?["'`]?[\w-]*(?:pg|db|mysql|postgres|mongo|maria|sql)[\w-]*)/i,
    owner: isStore,
    own: (e) => e.app?.data !== undefined,
  },
  { words: /\b(?:db|database) name\s*(?:[:=]|is\b)/i, owner: isStore, own: isStore },
  { words: /\b(?:db|database|pg|postgres|mysql|mariadb|mongo) (?:data|files)\b/i, owner: isStore, own: isStore },
  { words: /\bheap\b|\bmemlock\b|\bnofile\b|\bulimits?\b|\bmax_map_count\b/i, owner: (e) => HEAPS[e.app?.id ?? ''] !== undefined, own: (e) => HEAPS[e.app?.id ?? ''] !== undefined || e.app === undefined },
]; // prettier-ignore

/** "/usr/src/paperless/consume": a place inside that bears the name of one of them. */
function byPaths(entities: readonly Entity[]): void {
  for (const one of entities) {
    const id = one.app?.id ?? '';
    if (id.length < 5 || entities.filter((e) => e.app?.id === id).length !== 1) continue;
    const words = new RegExp(`(?<![\\w.~:/])/[\\w./-]*${id}`, 'i');
    for (const entity of entities) {
      if (
        entity === one ||
        (entity.app !== undefined && new RegExp(`/[\\w./-]*${entity.app.id}`, 'i').test(entity.said))
      )
        continue;
      for (const passage of [...entity.passages]) {
        if (!passage.has(words) || one.passages.includes(passage)) continue;
        const several = passage.text.match(new RegExp(words.source, 'gi'))?.length ?? 0;
        const called = [entity.name, entity.app?.names, entity.build].filter((n) => n !== undefined).join('|').replace(/\((?!\?)/g, '(?:'); // prettier-ignore
        // A sentence that speaks of nothing else.
        if (several > 1 && called !== '' && !passage.has(new RegExp(`(?<![\\w-])(?:${called})(?![\\w-])`, 'i'))) {
          entity.passages.splice(entity.passages.indexOf(passage), 1);
          one.passages.push(passage);
          continue;
        }
        const all = passage.split(/,\s*(?:and\s+)?|;\s*/);
        const theirs = all.filter((p) => p.has(words) && !p.has(/\bdepends?|\bwaits?/i));
        if (theirs.length === 0 || theirs.includes(all[0] ?? passage)) continue;
        entity.passages.splice(entity.passages.indexOf(passage), 1, blanked(passage, theirs));
        one.passages.push(...theirs);
      }
    }
  }
}

/** The passage with some of its parts left blank, so that the rest is still read as one. */
function blanked(passage: Passage, parts_: readonly Passage[]): Passage {
  let { text } = passage;
  for (const p of parts_) {
    const from = p.at - passage.at;
    text = text.slice(0, from) + ' '.repeat(p.text.length) + text.slice(from + p.text.length);
  }
  return new Passage(text, passage.at, passage.ledger);
}

/** Parts of a passage between commas and joining words. */
const parts = (p: Passage): Passage[] => p.split(/,\s*(?:and\s+)?|;\s*|\s+(?:and|but|while)\s+(?!\d)/);

/** Programs that only one engine answers. */
const ASKED: readonly (readonly [RegExp, string])[] = [
  [/\bpg_isready\b/i, 'postgres'],
  [/\b(?:mysqladmin|mariadb-admin|healthcheck\.sh)\b/i, 'mysql'],
  [/\b(?:redis|valkey)-cli\b/i, 'redis'],
  [/\bmongosh\b/i, 'mongo'],
  [/\brabbitmq(?:-diagnostics|ctl)\b/i, 'rabbitmq'],
];

/** "api waits for it to be healthy (pg_isready every 5s, 3 tries)": the bracket is that of what is asked. */
function checksInBrackets(entities: readonly Entity[]): void {
  for (const [program, engine] of ASKED) {
    const owners = entities.filter((e) => e.app?.engine === engine);
    const [owner] = owners;
    if (owner === undefined || owners.length !== 1) continue;
    for (const entity of entities)
      for (const passage of entity === owner ? [] : [...entity.passages])
        for (const m of passage.text.matchAll(/\bhealthy\s*\(([^()]*)\)/gi)) {
          if (!program.test(m[1] ?? '')) continue;
          const theirs = passage.slice(m.index, m.index + m[0].length);
          entity.passages.splice(entity.passages.indexOf(passage), 1, blanked(passage, [theirs]));
          owner.passages.push(theirs);
        }
  }
}

/** Each such clause goes to the one service that it can be about. */
export function toTheirOwners(entities: readonly Entity[]): void {
  byPaths(entities);
  checksInBrackets(entities);
  for (const { words, owner, own } of RULES) {
    const owners = entities.filter(owner);
    const one = owners[0];
    if (one === undefined || owners.length !== 1) continue;
    for (const entity of entities) {
      if (entity === one || own(entity)) continue;
      for (const passage of [...entity.passages]) {
        if (!passage.has(words) || one.passages.includes(passage)) continue;
        const all = parts(passage);
        const theirs = all.filter((p) => p.has(words));
        if (theirs.length === 0) continue;
        const at = entity.passages.indexOf(passage);
        entity.passages.splice(at, 1, blanked(passage, theirs));
        one.passages.push(...theirs);
        one.said = `${one.said}; ${theirs.map((t) => t.text.trim()).join('; ')}`;
      }
    }
  }
}
