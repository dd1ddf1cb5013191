/** Says in words why a task's result could not be taken from the cache. */
import type { CacheComponents, CacheEntry } from './cache-store.ts';

const SHOWN = 3;

/** @param last the task's most recent success */
export function whyMissed(now: CacheComponents, last: CacheEntry | undefined): string {
  if (last === undefined) return 'no earlier success is stored';
  const before = last.components;
  const reasons: string[] = [];
  if (now.task !== before.task) reasons.push('the task itself changed (parameters, environment or globs)');
  if (now.tool !== before.tool) reasons.push(`the tool changed (${before.tool || 'none'} → ${now.tool || 'none'})`);
  reasons.push(
    ...changes(now.upstream, before.upstream, 'upstream output'),
    ...changes(now.inputs, before.inputs, 'input'),
  );
  if (reasons.length > 0) return reasons.join('; ');
  return 'the stored result can no longer be read';
}

function changes(
  now: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
  what: string,
): string[] {
  const names = Object.keys(now);
  return [
    list(
      `${what} changed`,
      names.filter((name) => Object.hasOwn(before, name) && before[name] !== now[name]),
    ),
    list(
      `${what} added`,
      names.filter((name) => !Object.hasOwn(before, name)),
    ),
    list(
      `${what} removed`,
      Object.keys(before).filter((name) => !Object.hasOwn(now, name)),
    ),
  ].filter((text) => text !== '');
}

function list(what: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  return `${what}: ${names.slice(0, SHOWN).join(', ')}${more}`;
}
