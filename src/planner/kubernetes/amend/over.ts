/** One part of a manifest laid over another: objects field by field, lists item by item where their items have names. */
import type { Draft, DraftObject } from '../model.ts';
import { mapOf, wordOf } from '../mend/shape.ts';

const KEYS = ['name', 'mountPath', 'containerPort', 'port', 'key'] as const;

export const keyOf = (item: Draft): string | undefined => {
  const own = mapOf(item);
  const key = KEYS.find((k) => own[k] !== undefined);
  return key === undefined ? undefined : `${key}=${wordOf(own[key])}`;
};

export const headKeys = (item: Draft): DraftObject => {
  const own = mapOf(item);
  const key = KEYS.find((k) => own[k] !== undefined);
  return key === undefined ? {} : { [key]: own[key] };
};

/** @returns `own` with `change` in it; what the change does not speak of stays */
export function laidOver(own: Draft | undefined, change: Draft): Draft {
  if (Array.isArray(change) && Array.isArray(own) && change.every((c) => keyOf(c) !== undefined)) {
    const found = own.map((item, index) => {
      const next =
        change.find((c) => keyOf(c) === keyOf(item)) ??
        // The only container is meant, whatever it is called.
        (own.length === 1 && change.length === 1 && index === 0 && mapOf(item)['image'] !== undefined
          ? change[0]
          : undefined);
      return next === undefined
        ? item
        : laidOver(item, {
            ...mapOf(next),
            ...(mapOf(item)['name'] === undefined ? {} : { name: mapOf(item)['name'] }),
          });
    });
    const fresh = change.filter((c) => !own.some((o) => keyOf(o) === keyOf(c)) && !(own.length === 1 && change.length === 1 && mapOf(own[0])['image'] !== undefined)); // prettier-ignore
    return [...found, ...fresh];
  }
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return change;
  const into: DraftObject = { ...mapOf(own) };
  for (const [key, value] of Object.entries(change)) if (value !== undefined) into[key] = laidOver(into[key], value);
  return into;
}
