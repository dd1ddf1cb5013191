/** Writing a file that a person has named: whole or not at all, but never in the place of a device, a pipe or a link. */
import { realpathSync, statSync, writeFileSync } from 'node:fs';
import { failureFrom } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { writeAtomically } from '../platform/files.ts';

/** @param file absolute; `/dev/stdout` and the like are written to as they are */
export function writeOut(file: string, text: string): Result<void> {
  const known = statSync(file, { throwIfNoEntry: false });
  if (known === undefined) return writeAtomically(file, text, 0o644);
  if (known.isFile()) return writeAtomically(realpathSync(file), text, known.mode & 0o777);
  try {
    writeFileSync(file, text);
    return ok(undefined);
  } catch (error) {
    return err(failureFrom(error, `write ${file}`));
  }
}
