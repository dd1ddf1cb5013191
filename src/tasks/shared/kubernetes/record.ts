/**
 * What was there before a task changed anything, kept in the task's state folder from the first attempt on, so that a rollback gives
 * back that state whatever happened in between. The file holds objects whole, secrets too: only its owner may read it.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failureFrom } from '../../../core/failure.ts';
import { isObject, parseJson } from '../../../core/json.ts';
import { err, ok } from '../../../core/result.ts';
import type { TaskResult } from '../../../core/task-type.ts';
import { isKubeObject, type KubeObject } from './objects.ts';

/** One object that the task touched. */
export interface RecordEntry {
  readonly path: string;
  readonly name: string;
  /** Absent: there was nothing, so a rollback deletes what is there now. */
  readonly before?: KubeObject;
}

export interface BeforeRecord {
  readonly server: string;
  readonly entries: readonly RecordEntry[];
}

const fileIn = (stateDir: string): string => join(stateDir, 'kubernetes-before.json');

/** Adds entries for objects that are not recorded yet: an earlier attempt's entry is the older truth and stays. */
export async function record(
  stateDir: string,
  server: string,
  entries: readonly RecordEntry[],
): Promise<TaskResult<void>> {
  const earlier = await recorded(stateDir);
  const known = new Set(earlier?.entries.map(({ path }) => path));
  const all = [...(earlier?.entries ?? []), ...entries.filter(({ path }) => !known.has(path))];
  try {
    await mkdir(stateDir, { recursive: true });
    const file = fileIn(stateDir);
    await writeFile(`${file}.new`, JSON.stringify({ server, entries: all }), { mode: 0o600 });
    await rename(`${file}.new`, file);
    return ok(undefined);
  } catch (error) {
    return err(failureFrom(error, `record the state before the change in ${stateDir}`));
  }
}

/** The record, where there is one. */
export async function recorded(stateDir: string): Promise<BeforeRecord | undefined> {
  const text = await readFile(fileIn(stateDir), 'utf8').catch(() => undefined);
  const value = text === undefined ? undefined : parseJson(text);
  if (!isObject(value) || typeof value.server !== 'string' || !Array.isArray(value.entries)) return undefined;
  const entries = (value.entries as readonly unknown[]).flatMap((entry) => {
    if (!isObject(entry) || typeof entry.path !== 'string' || typeof entry.name !== 'string') return [];
    const before = isKubeObject(entry.before) ? { before: entry.before } : {};
    return [{ path: entry.path, name: entry.name, ...before }];
  });
  return { server: value.server, entries };
}
