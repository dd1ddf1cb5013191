/** The filter line of the monitor: `status:failed type:helm stage:build text`. Words of one key are alternatives, keys and texts must all hold. */
import type { TaskState } from '../run/state.ts';
import { lookOf } from './status.ts';

export interface Filter {
  readonly status: readonly string[];
  readonly type: readonly string[];
  readonly stage: readonly string[];
  readonly texts: readonly string[];
}

const KEYS = ['status', 'type', 'stage'] as const;

/** Never fails: what is no known key is text. Quotes hold blanks together. */
export function parseFilter(line: string): Filter {
  const found = { status: [] as string[], type: [] as string[], stage: [] as string[], texts: [] as string[] };
  for (const [word] of line.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)) {
    const bare = word.replaceAll('"', '').toLowerCase();
    const key = KEYS.find((name) => bare.startsWith(`${name}:`));
    if (!key) found.texts.push(bare);
    else
      found[key].push(
        ...bare
          .slice(key.length + 1)
          .split(',')
          .filter((value) => value !== ''),
      );
  }
  return { ...found, texts: found.texts.filter((each) => each !== '') };
}

export const isEmpty = (filter: Filter): boolean =>
  filter.status.length + filter.type.length + filter.stage.length + filter.texts.length === 0;

export function matches(filter: Filter, task: TaskState): boolean {
  const { summary, status } = task;
  const label = lookOf(status).label;
  if (filter.status.length > 0 && !filter.status.some((want) => status.startsWith(want) || label.startsWith(want)))
    return false;
  if (filter.type.length > 0 && !filter.type.some((want) => summary.type.toLowerCase().startsWith(want))) return false;
  if (filter.stage.length > 0 && !filter.stage.some((want) => summary.stage.toLowerCase().startsWith(want)))
    return false;
  if (filter.texts.length === 0) return true;
  const hay = `${summary.task} ${summary.type} ${summary.stage} ${task.reason ?? ''}`.toLowerCase();
  return filter.texts.every((want) => hay.includes(want));
}

/** The line with one `key:value` switched on or off, as a click on a chip does. */
export function toggleWord(line: string, word: string): string {
  const words = line.split(/\s+/).filter((each) => each !== '');
  const without = words.filter((each) => each !== word);
  return (without.length < words.length ? without : [...words, word]).join(' ');
}
