/** Files that must be right after a crash, and folders that are nobody else's business. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { randomBytes } from 'node:crypto';
import { errnoOf, failure, failureFrom, type Failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';

/** Makes a folder and those above it. */
export function makeFolder(path: string, mode = 0o777): Result<void> {
  try {
    mkdirSync(path, { recursive: true, mode });
    return ok(undefined);
  } catch (error) {
    return err(failureFrom(errnoOf(error) === 'ENOENT' ? whyNotMade(path) : error, `make the folder ${path}`));
  }
}

/** Makes a folder that must be a real one: a symbolic link planted in its place is refused. */
export function makeRealFolder(path: string, mode = 0o777): Result<void> {
  const made = makeFolder(path, mode);
  if (!made.ok || lstatSync(path).isDirectory()) return made;
  return err(
    failure('denied', `${path} is not a real folder.`, { next: 'Remove the link or file that stands in its place.' }),
  );
}

/** Makes a folder for this user alone, which must be a real one. */
export const makePrivateFolder = (path: string): Result<void> => makeRealFolder(path, 0o700);

/** Making folders recursively says ENOENT where a read-only file system is the reason; making the first missing one says why. */
function whyNotMade(path: string): unknown {
  let missing = path;
  while (!existsSync(dirname(missing))) missing = dirname(missing);
  try {
    mkdirSync(missing, { mode: 0o700 });
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Has the file system that holds `path` no room left for a page? */
export function isDiskFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize < 8192;
  } catch {
    return false;
  }
}

/** What is said of a file that cannot be written because its folder is not there. */
export const noFolderFor = (path: string): Failure =>
  failure('usage', `Could not write ${path}: there is no folder ${dirname(path)}.`, {
    next: 'Make the folder first, or name another file.',
  });

/** Writes a whole file so that a reader sees the old content or the new, and a crash leaves one of the two; synced to disk. */
export function writeAtomically(path: string, content: string | Buffer, mode = 0o600): Result<void> {
  return replaceFile(path, content, mode, true);
}

/** The same for what a power cut may take (a cache, the address of a process): readers see old or new, and nothing is synced. */
export function writeQuickly(path: string, content: string | Buffer): Result<void> {
  return replaceFile(path, content, 0o600, false);
}

function replaceFile(path: string, content: string | Buffer, mode: number, durable: boolean): Result<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = openSync(temporary, 'wx', mode);
    try {
      const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content);
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written);
      if (durable) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    if (durable) syncFolder(dirname(path));
    return ok(undefined);
  } catch (error) {
    rmSync(temporary, { force: true });
    // Nothing that is needed is missing on this machine: the name is wrong.
    if (errnoOf(error) === 'ENOENT') return err(noFolderFor(path));
    return err(failureFrom(error, `write ${path}`));
  }
}

/** Makes a rename or a new file durable. Windows cannot open folders; there the rename itself is enough. */
export function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // not every file system can; the file itself is synced
  }
}
