/** How long tasks took in earlier runs of a workspace: what the critical path is predicted by. A cache; losing it loses nothing. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isObject, parseJson } from '../core/json.ts';
import { dataFolder } from '../platform/data-folder.ts';
import { makePrivateFolder, writeQuickly } from '../platform/files.ts';

const KEPT = 9;
const MOST_TASKS = 20_000;

export const historyFile = (workspace: string): string => `${dataFolder(workspace)}/state/durations.json`;

/** Milliseconds of the last successes, oldest first, by `<workflow> <task>`. */
export type History = ReadonlyMap<string, readonly number[]>;

export const historyKey = (workflow: string, task: string): string => `${workflow} ${task}`;

export function readHistory(workspace: string): History {
  try {
    const value = parseJson(readFileSync(historyFile(workspace), 'utf8'));
    if (!isObject(value)) return new Map();
    const entries = Object.entries(value).filter((entry): entry is [string, number[]] => {
      return Array.isArray(entry[1]) && entry[1].every((n) => typeof n === 'number');
    });
    return new Map(entries);
  } catch {
    return new Map();
  }
}

export function expectedMs(history: History, workflow: string, task: string): number | undefined {
  const past = history.get(historyKey(workflow, task));
  if (past === undefined || past.length === 0) return undefined;
  return [...past].sort((a, b) => a - b)[past.length >> 1];
}

/** Adds what a run took; read again first, so that runs side by side lose little. */
export function addHistory(workspace: string, workflow: string, durations: ReadonlyMap<string, number>): void {
  if (durations.size === 0) return;
  const all = new Map(readHistory(workspace));
  for (const [task, ms] of durations) {
    const key = historyKey(workflow, task);
    const past = [...(all.get(key) ?? []), Math.round(ms)].slice(-KEPT);
    all.delete(key); // the newest stand last
    all.set(key, past);
  }
  const kept = [...all].slice(-MOST_TASKS);
  const file = historyFile(workspace);
  if (!makePrivateFolder(dirname(file)).ok) return; // a link there leads elsewhere
  writeQuickly(file, JSON.stringify(Object.fromEntries(kept)));
}
