/** Planned files on disk: compared with what is there, and written only inside the chosen folder. */
import { existsSync, lstatSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { failure, failureFrom } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';

/** Whether a planned path may be written at all: relative, without `..`, no dot folders but ours. */
export const isSafePath = (file: string): boolean =>
  file !== '' &&
  !path.isAbsolute(file) &&
  !/^[A-Za-z]:|\\|\0/.test(file) &&
  file.split('/').every((part) => part !== '' && part !== '.' && part !== '..') &&
  !/^(?:\.git|\.ssh|\.claude|node_modules)(?:\/|$)/.test(file);

/** What is there now under a planned path; nothing where it is free. */
export function currentText(root: string, file: string): string | undefined {
  const full = path.join(root, file);
  return existsSync(full) && lstatSync(full).isFile() ? readFileSync(full, 'utf8') : undefined;
}

/** Writes a file of a plan: only where a plan may write at all. */
export function writePlanned(root: string, file: string, text: string): Result<void> {
  if (!isSafePath(file))
    return err(failure('denied', `The plan wants to write ${file}, which is outside the folder or not allowed.`));
  return writeInside(root, file, text);
}

/** Writes a file with its folders, in one step; never through a link that leads out of the folder. */
export function writeInside(root: string, file: string, text: string): Result<void> {
  const full = path.join(root, file);
  try {
    mkdirSync(path.dirname(full), { recursive: true });
    const real = path.relative(realpathSync(root), realpathSync(path.dirname(full)));
    if (real.startsWith('..') || path.isAbsolute(real))
      return err(failure('denied', `${file} leads out of the folder through a link: it is not written.`));
    const temporary = `${full}.${process.pid}.tmp`;
    writeFileSync(temporary, text);
    renameSync(temporary, full);
    return ok(undefined);
  } catch (error) {
    return err(failureFrom(error, `write ${file}`));
  }
}
