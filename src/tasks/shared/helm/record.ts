/** The revision that was there before a task changed a release: what its rollback goes back to. Kept from the first attempt on. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failureFrom } from '../../../core/failure.ts';
import { parseJson } from '../../../core/json.ts';
import { err, ok } from '../../../core/result.ts';
import type { TaskResult } from '../../../core/task-type.ts';
import { numberAt, textAt } from '../kubernetes/objects.ts';

const fileIn = (stateDir: string): string => join(stateDir, 'helm-before.json');

/** @param revision 0 where there was no release */
export async function recordRevision(stateDir: string, release: string, revision: number): Promise<TaskResult<void>> {
  if ((await recordedRevision(stateDir, release)) !== undefined) return ok(undefined);
  try {
    await mkdir(stateDir, { recursive: true });
    await writeFile(fileIn(stateDir), JSON.stringify({ release, revision }), { mode: 0o600 });
    return ok(undefined);
  } catch (error) {
    return err(failureFrom(error, `record the revision before the change in ${stateDir}`));
  }
}

/** `undefined` where the task has changed nothing yet. */
export async function recordedRevision(stateDir: string, release: string): Promise<number | undefined> {
  const text = await readFile(fileIn(stateDir), 'utf8').catch(() => undefined);
  const value = text === undefined ? undefined : parseJson(text);
  return textAt(value, 'release') === release ? numberAt(value, 'revision') : undefined;
}
