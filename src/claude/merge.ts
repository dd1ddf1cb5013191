/**
 * JSON that a person and `init` both write: a merge of three. `base` is what `init` wrote last, `mine` what is there now, `theirs` what
 * `init` would write today. A value that somebody changed or removed since stays so; what they added stays too.
 */
import { canonical, isObject, type Json, type JsonObject } from '../core/json.ts';

const same = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);

/** @param keyOf what tells the members of a list of objects apart, such as a command's `name` */
export function merge3(base: JsonObject, mine: JsonObject, theirs: JsonObject): JsonObject {
  const merged: Record<string, Json> = {};
  for (const key of Object.keys(mine)) {
    const now = mine[key];
    const was = base[key];
    const next = theirs[key];
    if (now === undefined) continue;
    if (next === undefined) {
      // We no longer say it: gone where nobody touched it.
      if (was === undefined || !same(was, now)) merged[key] = now;
    } else merged[key] = mergeValue(was, now, next);
  }
  for (const [key, next] of Object.entries(theirs)) {
    // What was there once and is not any more was removed by a person.
    if (!(key in mine) && !(key in base)) merged[key] = next;
  }
  return merged;
}

function mergeValue(was: Json | undefined, now: Json, next: Json): Json {
  if (was !== undefined && same(was, now)) return next;
  if (isObject(now) && isObject(next)) return merge3(isObject(was) ? was : {}, now, next);
  if (Array.isArray(now) && Array.isArray(next))
    return mergeList(Array.isArray(was) ? (was as Json[]) : [], now as Json[], next as Json[]);
  return now;
}

/** Members are told apart by their `name` where they have one, else by their value. */
function mergeList(was: readonly Json[], now: readonly Json[], next: readonly Json[]): Json[] {
  const idOf = (item: Json): string =>
    isObject(item) && typeof item['name'] === 'string' ? item['name'] : canonical(item);
  const find = (list: readonly Json[], id: string): Json | undefined => list.find((item) => idOf(item) === id);
  const kept = now.flatMap((item): Json[] => {
    const id = idOf(item);
    const before = find(was, id);
    const fresh = find(next, id);
    if (fresh !== undefined) return [mergeValue(before, item, fresh)];
    return before !== undefined && same(before, item) ? [] : [item];
  });
  const added = next.filter((item) => find(now, idOf(item)) === undefined && find(was, idOf(item)) === undefined);
  return [...kept, ...added];
}

/** JSON as text in the manner of the file that is there: its indentation, its line ends, its last newline. */
export function jsonText(value: Json, before: string | undefined): string {
  const indent = /^[{[]\r?\n([ \t]+)/.exec(before ?? '')?.[1] ?? '  ';
  const text = `${JSON.stringify(value, null, indent)}\n`;
  return before?.includes('\r\n') === true ? text.replaceAll('\n', '\r\n') : text;
}
