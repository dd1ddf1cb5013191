/** Files that tasks write: the folder is made where it is not there, and trouble is a failure that names the file. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failureFrom } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';

/** Makes the folder that the file lies in. */
export async function folderFor(file: string): Promise<Result<void>> {
  try {
    await mkdir(dirname(file), { recursive: true });
    return ok(undefined);
  } catch (error) {
    return err(failureFrom(error, `make the folder of ${file}`));
  }
}

/**
 * Writes a file anew.
 * @param what for the message: `the kubeconfig`
 * @param mode rights that it then has, also where it was there before: `0o600` for what only its owner may read
 */
export async function writeText(file: string, text: string, what: string, mode?: number): Promise<Result<void>> {
  const folder = await folderFor(file);
  if (!folder.ok) return folder;
  try {
    await writeFile(file, text, mode === undefined ? {} : { mode });
    if (mode !== undefined) await chmod(file, mode);
    return ok(undefined);
  } catch (error) {
    return err(failureFrom(error, `write ${what} to ${file}`));
  }
}
