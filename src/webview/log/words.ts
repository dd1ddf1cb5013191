/** What stands around the lines of a log: why there are none, where those that are loaded begin, how wide they are. */
import { formatSize } from '../../core/size.ts';
import { t } from '../../core/words.ts';
import { isOutcome, type TaskState } from '../../run/state.ts';
import { lookOf } from '../../views/status.ts';
import type { Shell } from '../part.ts';
import type { VirtualRows } from '../virtual.ts';
import type { LogReader } from './reader.ts';

type Store = Shell['store'];

/** @returns nothing where there are lines to read */
export function whyEmpty(store: Store, task: TaskState | undefined, reader: LogReader | undefined): string {
  if (!task) return t('Select a task to read its log.');
  if (reader?.failure !== undefined) return reader.failure;
  if (reader && reader.size > 0) return '';
  if (isOutcome(task.status)) return t('It printed nothing ({0}).', lookOf(task.status).label);
  return task.status === 'running' ? t('Nothing printed yet.') : notBegun(store, task);
}

function notBegun(store: Store, task: TaskState): string {
  if (!store.preview) return t('It has not begun.');
  const known = store.previewed.get(task.summary.task);
  return known ? `${known.note}.` : t('Its tool is being asked what it would change…');
}

/** The longest of the lines in sight, in characters. */
export function widest({ model }: LogReader, list: VirtualRows): number {
  let most = 0;
  for (let row = list.first; row <= list.last; row++) {
    const length = model.line(model.rows.at(row).line)?.plain.length ?? 0;
    most = Math.max(most, Math.min(4100, length));
  }
  return most;
}

/** @param place in bytes */
export const fromText = (place: number): string =>
  place === 0 ? t('from the start') : t('from {0}', formatSize(place));
