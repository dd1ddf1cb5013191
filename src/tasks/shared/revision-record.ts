/** The revision that was there before a task changed something that counts its revisions: what its rollback goes back to. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failureFrom } from '../../core/failure.ts';
import { parseJson } from '../../core/json.ts';
import { err, ok } from '../../core/result.ts';
import type { TaskResult } from '../../core/task-type.ts';
import { numberAt, textAt } from './kubernetes/objects.ts';

const fileIn = (stateDir: string): string => join(stateDir, 'revision-before.json');

/** @param revision what means that there was nothing is the caller's choice; the first record stays */
export async function recordRevision(stateDir: string, name: string, revision: number): Promise<TaskResult<void>> {
  if ((await recordedRevision(stateDir, name)) !== undefined) return ok(undefined);
  try {
    await mkdir(stateDir, { recursive: true });
    await writeFile(fileIn(stateDir), JSON.stringify({ name, revision }), { mode: 0o600 });
    return ok(undefined);
  } catch (error) {
    return err(failureFrom(error, `record the revision before the change in ${stateDir}`));
  }
}

/** `undefined` where the task has changed nothing yet. */
export async function recordedRevision(stateDir: string, name: string): Promise<number | undefined> {
  const text = await readFile(fileIn(stateDir), 'utf8').catch(() => undefined);
  const value = text === undefined ? undefined : parseJson(text);
  return textAt(value, 'name') === name ? numberAt(value, 'revision') : undefined;
}
