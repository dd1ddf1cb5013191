/** Properties of a value, as a prompt set states them: `[path, op, value]`. */
import { isRecord } from './strict.ts';

export type Where = readonly [path: string, op: string, value?: unknown];

/** What `eq_ref` looks names up in. */
export interface References {
  names(kind: string): readonly string[];
}

/** All values that a dotted path reaches; `*` steps over list items and map values, the empty path is the whole. */
export function reach(value: unknown, path: string): unknown[] {
  if (path === '') return [value];
  let current: unknown[] = [value];
  const parts = path.split('.');
  for (const [index, part] of parts.entries()) {
    current = current.flatMap((v): unknown[] => {
      if (part === '*') return Array.isArray(v) ? (v as unknown[]) : isRecord(v) ? Object.values(v) : [];
      if (Array.isArray(v)) return /^\d+$/.test(part) ? [v[Number(part)]] : [];
      if (!isRecord(v)) return [];
      // A key may hold dots itself, such as app.kubernetes.io/name.
      const rest = parts.slice(index).join('.');
      if (v[part] === undefined && index < parts.length - 1 && v[rest] !== undefined) return [{ __whole: v[rest] }];
      return [v[part]];
    });
    const whole = current.filter((v) => isRecord(v) && '__whole' in v).map((v) => (v as { __whole: unknown }).__whole);
    if (whole.length > 0) return whole;
  }
  return current.filter((v) => v !== undefined);
}

/** These must hold for every value reached; all others for at least one. */
const EVERY: ReadonlySet<string> = new Set(['none_in', 'not_regex', 'not_eq']);

export function holds(value: unknown, [path, op, wanted]: Where, references?: References): boolean {
  const reached = reach(value, path);
  if (op === 'empty') return reached.length === 0 || reached.every((v) => sizeOf(v) === 0);
  const one = (v: unknown): boolean => test(v, op, wanted, references);
  return EVERY.has(op) ? reached.every(one) : reached.some(one);
}

function test(value: unknown, op: string, wanted: unknown, references: References | undefined): boolean {
  switch (op) {
    case 'eq':
      return same(value, wanted);
    case 'eq_num':
      return Number(value) === Number(wanted);
    case 'not_eq':
      return !same(value, wanted);
    case 'in':
      return Array.isArray(wanted) && wanted.some((w) => same(value, w));
    case 'none_in':
      return Array.isArray(wanted) && !wanted.some((w) => same(value, w));
    case 'exists':
      return value !== null;
    case 'nonempty':
      return sizeOf(value) > 0;
    case 'min_len':
      return (Array.isArray(value) || typeof value === 'string') && value.length >= Number(wanted);
    case 'min_keys':
      return (isRecord(value) ? Object.keys(value).length : Array.isArray(value) ? value.length : 0) >= Number(wanted);
    case 'regex':
      return ['string', 'number', 'boolean'].includes(typeof value) && pattern(String(wanted)).test(String(value));
    case 'not_regex':
      return !(['string', 'number', 'boolean'].includes(typeof value) && pattern(String(wanted)).test(String(value)));
    case 'json_regex':
      return pattern(String(wanted)).test(JSON.stringify(value));
    case 'sameset':
      return Array.isArray(value) && Array.isArray(wanted) && setOf(value) === setOf(wanted);
    case 'keys_eq':
      return isRecord(value) && Array.isArray(wanted) && setOf(Object.keys(value)) === setOf(wanted);
    case 'port':
      return publishedPorts(value).includes(Number(wanted));
    case 'eq_ref':
      return references?.names(String(wanted)).includes(String(value)) === true;
    default:
      throw new Error(`unknown operator ${op}`);
  }
}

const setOf = (values: readonly unknown[]): string =>
  JSON.stringify([...new Set(values.map((v) => JSON.stringify(v)))].sort());
const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

function sizeOf(value: unknown): number {
  if (value === null || value === undefined || value === '' || value === false) return 0;
  if (Array.isArray(value)) return value.length;
  return isRecord(value) ? Object.keys(value).length : 1;
}

/** A regular expression with Python's inline flags. @param more flags to add */
export function pattern(source: string, more = ''): RegExp {
  const flags = /^\(\?([aimsux]+)\)/.exec(source)?.[1] ?? '';
  return new RegExp(
    source.replace(/^\(\?[aimsux]+\)/, ''),
    Array.from(new Set(Array.from(flags.replace(/[aux]/g, '') + more))).join(''),
  );
}

/** Host ports that an entry of a Compose service's `ports` publishes: `8080:80`, `127.0.0.1:8080:80/tcp`, `{ published }`, ranges. */
export function publishedPorts(entry: unknown): number[] {
  if (Array.isArray(entry)) return entry.flatMap(publishedPorts);
  if (typeof entry === 'number') return [entry];
  if (isRecord(entry)) return [Number(entry['published'] ?? entry['target'])];
  if (typeof entry !== 'string') return [];
  // `${PORT:-80}` holds a colon of its own.
  const parts = entry
    .replace(/\/(?:tcp|udp)$/, '')
    .replace(/\$\{\w+:?-(\d+)\}/g, '$1')
    .split(':');
  const published = (parts.length === 1 ? parts[0] : parts.at(-2)) ?? '';
  const range = /^(\d+)-(\d+)$/.exec(published);
  if (range !== null)
    return Array.from({ length: Number(range[2]) - Number(range[1]) + 1 }, (_, i) => Number(range[1]) + i);
  return [Number(published)];
}
