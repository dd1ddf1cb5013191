/** "service names ui, api and db": what the services of a wish are called, told apart from what they are. */
import type { Entity } from '../kubernetes/model.ts';
import { sideOf } from './refer.ts';

const NAME = String.raw`["'\x60]?[a-z][a-z0-9_-]*["'\x60]?`;
const LIST = new RegExp(
  String.raw`\b(?:(?:the\s+|with\s+|use\s+)*service(?:s'|s)?\s+names?\s*(?:are|should be|being|:)?|(?:the\s+)?services\s+(?:are|should be|must be|to be|shall be)\s+(?:called|named)|(?:name|call)\s+(?:the\s+)?(?:services|containers|them))\s*:?\s+(${NAME}(?:\s*,\s*(?:and\s+)?${NAME})*(?:\s*,?\s*and\s+${NAME})?)(?=\s*(?:[.;,\n]|$))`,
  'i',
);

const STOP = /^(?:the|an?|and|or|as|like|after|of|in|for|with|by|is|are|should|must|only|same|so|that)$/;

/** Names, with the stretch of the text that tells them. */
export interface Naming {
  readonly names: readonly string[];
  readonly start: number;
  readonly end: number;
}

export function findNaming(text: string): Naming | undefined {
  const match = LIST.exec(text);
  const names = (match?.[1] ?? '')
    .split(/\s*,\s*(?:and\s+)?|\s+and\s+/)
    .map((n) => n.replace(/["'`]/g, '').toLowerCase());
  if (match === null || names.length < 2 || names.some((n) => STOP.test(n))) return undefined;
  return { names, start: match.index, end: match.index + match[0].length };
}

/** "MYSQL_HOST=warehouse": by what name an application will look for a store that has none yet. */
export function namedByHosts(text: string, entities: readonly Entity[]): void {
  for (const m of text.matchAll(/\b([A-Z]+?)_?HOST(?:NAME)?\s*=\s*([a-z][a-z0-9-]*)(?![\w.:/-])/g)) {
    const [kind, name] = [(m[1] ?? '').toLowerCase(), m[2] ?? ''];
    if (name === 'localhost' || entities.some((e) => e.name === name || (e.app?.id ?? e.build) === name)) continue;
    const owners = entities.filter((e) => /^(?:db|database)$/.test(kind) ? e.app?.role === 'database' : kind === 'pg' ? e.app?.engine === 'postgres' : e.app?.engine === kind || e.app?.id === kind); // prettier-ignore
    const [owner] = owners;
    if (owner !== undefined && owners.length === 1) owner.name ??= name;
  }
}

const ROLES: Readonly<Record<string, readonly string[]>> = {
  database: ['db', 'database', 'store', 'sql'],
  cache: ['cache'],
  queue: ['queue', 'broker', 'mq'],
  proxy: ['proxy', 'gateway', 'lb'],
};

/** In how many ways a name can be a service's, the surest first. */
const FITS: readonly ((name: string, e: Entity, folder: string | undefined) => boolean)[] = [
  (name, e) => e.name === name,
  (name, e) => e.app?.id === name,
  (name, _e, folder) => folder?.split('/').at(-1) === name,
  (name, e) => ROLES[e.app?.role ?? '']?.includes(name) === true,
  (name, e) => e.app === undefined && e.build?.toLowerCase().split(/[^a-z0-9]+/).includes(name) === true,
  (name, e) => e.app === undefined && sideOf(name) !== undefined && sideOf(name) === sideOf(e.build ?? ''),
]; // prettier-ignore

/** @returns whether each name found its service, and each service its name */
export function nameThem(
  names: readonly string[],
  entities: readonly Entity[],
  folderOf: (e: Entity) => string | undefined,
): boolean {
  if (names.length !== entities.length) return false;
  const owners = new Map<string, Entity>();
  const free = (): Entity[] => entities.filter((e) => ![...owners.values()].includes(e));
  for (const fits of FITS)
    for (const name of names) {
      if (owners.has(name)) continue;
      const [one, another] = free().filter((e) => fits(name, e, folderOf(e)));
      if (one !== undefined && another === undefined) owners.set(name, one);
    }
  // What is left is told in the same order.
  for (const name of names) {
    const [next] = free();
    if (!owners.has(name) && next !== undefined) owners.set(name, next);
  }
  for (const [name, entity] of owners) Object.assign(entity, { name, explicit: true });
  return true;
}
