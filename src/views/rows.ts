/** The rows that timeline and table list: which of ten thousand tasks stand where, without looking at their times. */
import type { RunState, TaskState } from '../run/state.ts';
import { isEmpty, matches, type Filter } from './filter.ts';
import { durationOf } from './words.ts';

export type Row =
  | { readonly kind: 'stage'; readonly stage: string; readonly closed: boolean; readonly shown: number }
  | { readonly kind: 'task'; readonly task: string };

/** Stages with their tasks below them. A stage without a match is left out while one filters. */
export function groupedRows(state: RunState, filter: Filter, closed: ReadonlySet<string>): Row[] {
  const all = isEmpty(filter);
  const rows: Row[] = [];
  for (const stage of state.stages) {
    const shown = all ? stage.tasks : stage.tasks.filter((name) => isMatch(state, filter, name));
    if (shown.length === 0 && !all) continue;
    const isClosed = closed.has(stage.name);
    rows.push({ kind: 'stage', stage: stage.name, closed: isClosed, shown: shown.length });
    if (!isClosed) for (const task of shown) rows.push({ kind: 'task', task });
  }
  return rows;
}

function isMatch(state: RunState, filter: Filter, name: string): boolean {
  const task = state.tasks.get(name);
  return task !== undefined && matches(filter, task);
}

export const COLUMNS = ['task', 'stage', 'type', 'status', 'start', 'duration', 'expected', 'attempt', 'log'] as const;
export type Column = (typeof COLUMNS)[number];

export interface Sort {
  readonly column: Column;
  readonly descending: boolean;
}

/** The names of the tasks that pass the filter, sorted; the plan's order where no column is chosen. */
export function tableRows(state: RunState, filter: Filter, sort: Sort | undefined, now: number): string[] {
  const tasks: TaskState[] = [];
  for (const task of state.tasks.values()) if (matches(filter, task)) tasks.push(task);
  if (sort) {
    const direction = sort.descending ? -1 : 1;
    const keys = new Map(tasks.map((task) => [task, keyOf(state, task, sort.column, now)]));
    tasks.sort((a, b) => direction * compare(keys.get(a), keys.get(b)));
  }
  return tasks.map((task) => task.summary.task);
}

type Key = string | number | undefined;

/** What is not known yet comes last in either direction's natural reading: as the largest. */
function compare(a: Key, b: Key): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

function keyOf(state: RunState, task: TaskState, column: Column, now: number): Key {
  switch (column) {
    case 'task':
      return task.summary.task;
    case 'stage':
      return task.summary.stage;
    case 'type':
      return task.summary.type;
    case 'status':
      return task.status;
    case 'start':
      return task.attempts[0]?.startedAt ?? task.startedAt;
    case 'duration':
      return durationOf(task, now);
    case 'expected':
      return task.summary.expectedMs;
    case 'attempt':
      return task.attempt;
    case 'log':
      return bytesOf(state, task);
  }
}

/** What the latest attempt wrote, in bytes, both streams. */
export function bytesOf(state: RunState, task: TaskState): number {
  const log = task.attempts.at(-1)?.log ?? state.logs.get(task.summary.task);
  return log === undefined ? 0 : log.stdout + log.stderr;
}
