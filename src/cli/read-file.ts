/** Reads a workflow file as text, whatever it is encoded in; trouble becomes a failure that names the file. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { failure, failureFrom } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';

/** More than any workflow: 10,000 tasks are about one megabyte. */
const MOST_BYTES = 64 * 1024 * 1024;

/** @param file absolute; `cwd` is what messages show it relative to */
export async function readWorkflowText(file: string, cwd: string): Promise<Result<string>> {
  const shown = shownPath(file, cwd);
  try {
    const facts = await stat(file);
    if (facts.isDirectory()) {
      const { workflowsInside } = await import('./nearby.ts');
      return err(
        failure('usage', `${shown} is a folder, not a workflow file.`, { next: workflowsInside(file, shown) }),
      );
    }
    if (!facts.isFile() && !facts.isFIFO()) return err(failure('usage', `${shown} is no regular file.`));
    if (facts.size > MOST_BYTES)
      return err(
        failure('usage', `${shown} is too large to be a workflow: ${Math.round(facts.size / 1024 / 1024)} MB.`),
      );
    return ok(decode(await readFile(file)));
  } catch (error) {
    const failed = failureFrom(error, `read ${shown}`);
    const { meantInstead } = await import('./nearby.ts');
    const next = failed.kind === 'missing' ? meantInstead(file, shown) : failed.next;
    // A wrong name is wrong usage: nothing that is needed is missing on this machine.
    return err({ ...failed, kind: 'usage', ...(next === undefined ? {} : { next }) });
  }
}

/** UTF-8, or UTF-16 where a byte-order mark says so; bytes that are no text become U+FFFD, which the language tells. */
export function decode(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return Buffer.from(bytes.subarray(2, bytes.length - (bytes.length % 2)))
      .swap16()
      .toString('utf16le');
  return bytes.toString('utf8');
}

/** Relative where that is shorter than going up and about. */
export function shownPath(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative === '' || relative.startsWith(`..${path.sep}..`) ? file : relative;
}
