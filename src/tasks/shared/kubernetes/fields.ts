/** Server-side apply's record of who owns which field: read to tell what was ours, and to apply exactly that again. */
import { canonical, isObject } from '../../../core/json.ts';
import type { KubeObject, ManagedFields } from './objects.ts';

/** What `manager` applied to the object earlier, if it did. */
export const appliedBy = (object: KubeObject, manager: string): ManagedFields | undefined =>
  object.metadata.managedFields?.find(
    (entry) => entry.manager === manager && entry.operation === 'Apply' && entry.subresource === undefined,
  );

/**
 * The part of an object that a manager owns: applying it again by the same manager gives the manager's share as it was then, and
 * drops what it added since.
 */
export function ownedPart(object: KubeObject, entry: ManagedFields): KubeObject {
  const part = extract(object, entry.fieldsV1 ?? {});
  const { name, namespace } = object.metadata;
  const content = isObject(part) ? part : {};
  const metadata = {
    ...(isObject(content.metadata) ? content.metadata : {}),
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
  return { ...content, apiVersion: entry.apiVersion, kind: object.kind, metadata };
}

/** Keys: `.` the value itself, `f:NAME` a field, `k:{…}` the item of a list with these key values, `v:VALUE` an item of a set, `i:N` by index. */
function extract(value: unknown, fields: Readonly<Record<string, unknown>>): unknown {
  const names = Object.keys(fields).filter((name) => name !== '.');
  if (names.length === 0) return value;
  if (Array.isArray(value)) return extractItems(value as readonly unknown[], fields, names);
  if (!isObject(value)) return value;
  const part: Record<string, unknown> = {};
  for (const name of names) {
    const field = name.slice(2);
    if (name.startsWith('f:') && field in value) part[field] = extract(value[field], childOf(fields, name));
  }
  return part;
}

function extractItems(
  items: readonly unknown[],
  fields: Readonly<Record<string, unknown>>,
  names: readonly string[],
): unknown[] {
  const owned: unknown[] = [];
  for (const [index, item] of items.entries()) {
    const name = names.find((one) => selects(one, item, index));
    if (name === undefined) continue;
    const part = extract(item, childOf(fields, name));
    // The keys that name the item go with it, whether or not they are listed among its fields.
    owned.push(name.startsWith('k:') && isObject(part) ? { ...keysOf(name), ...part } : part);
  }
  return owned;
}

function selects(name: string, item: unknown, index: number): boolean {
  const rest = name.slice(2);
  if (name.startsWith('i:')) return Number(rest) === index;
  if (name.startsWith('v:')) return canonical(JSON.parse(rest) as unknown) === canonical(item);
  if (!name.startsWith('k:') || !isObject(item)) return false;
  // A key with a default (a port's `protocol`) may be absent from the item itself.
  return Object.entries(keysOf(name)).every(([key, value]) => canonical(item[key] ?? value) === canonical(value));
}

const keysOf = (name: string): Record<string, unknown> => JSON.parse(name.slice(2)) as Record<string, unknown>;

function childOf(fields: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  const child = fields[name];
  return isObject(child) ? child : {};
}
