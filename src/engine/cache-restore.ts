/**
 * Puts the files of a cached success back. First everything is copied out and checked beside its place; only when all of it is there
 * are the files renamed into place, so a failure on the way leaves the workspace as it was, and no reader ever sees half a file.
 */
import { chmodSync, lstatSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { copyFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, failure, failureFrom } from '../core/failure.ts';
import type { JsonObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { overAll, type FileHashes } from './cache-files.ts';
import { checkParents, isInside, linkStaysInside } from './cache-paths.ts';
import { takeObject, temporaryPath, type CachedFile, type CacheEntry, type CacheStore } from './cache-store.ts';

export interface Restored {
  readonly outputs: JsonObject;
  /** Files, links and folders of the result. */
  readonly files: number;
  /** How many of them were in place already. */
  readonly unchanged: number;
}

interface Staged {
  readonly file: CachedFile;
  readonly temporary: string;
}

export async function restoreFiles(
  root: string,
  store: CacheStore,
  hashes: FileHashes,
  entry: CacheEntry,
): Promise<Result<Restored>> {
  for (const file of entry.files) {
    const allowed = mayRestore(root, file);
    if (!allowed.ok) return allowed;
  }
  const staged: Staged[] = [];
  try {
    const done = await stage(root, store, hashes, entry, staged);
    if (!done.ok) return done;
    const folders = entry.files.filter((file) => file.kind === 'folder');
    for (const folder of folders) makeFolder(root, folder);
    // Links last: nothing of this entry is ever written through one of its own links.
    for (const kind of ['file', 'link'] as const) {
      for (const each of staged) {
        if (each.file.kind !== kind) continue;
        const placed = await place(root, each);
        if (!placed.ok) return placed;
      }
    }
    hashes.flush();
    return ok({
      outputs: entry.outputs,
      files: entry.files.length,
      unchanged: entry.files.length - folders.length - staged.length,
    });
  } finally {
    for (const { temporary } of staged) rmSync(temporary, { force: true });
  }
}

function mayRestore(root: string, file: CachedFile): Result<void> {
  const fine = isInside(file.path) && (file.kind !== 'link' || linkStaysInside(file.path, file.target));
  if (fine) return checkParents(root, file.path, 'allow');
  return err(
    failure(
      'denied',
      `A cache entry names ${JSON.stringify(file.path)}, which is outside the workspace; it was not used.`,
      {
        next: 'Somebody changed the cache. Remove .code/cache.',
      },
    ),
  );
}

async function stage(
  root: string,
  store: CacheStore,
  hashes: FileHashes,
  entry: CacheEntry,
  staged: Staged[],
): Promise<Result<void>> {
  let failed: Result<void> = ok(undefined);
  await overAll(entry.files, async (file) => {
    if (!failed.ok || file.kind === 'folder' || (await isInPlace(root, hashes, file))) return;
    const temporary = temporaryPath(store);
    staged.push({ file, temporary });
    if (file.kind === 'link') symlinkSync(file.target, temporary);
    else {
      const taken = await takeObject(store, file, temporary);
      if (!taken.ok) failed = taken;
    }
  });
  return failed;
}

/** The very same file is there already, so it keeps its times and nothing that watches it wakes up. */
async function isInPlace(root: string, hashes: FileHashes, file: CachedFile): Promise<boolean> {
  const stat = lstatSync(join(root, file.path), { throwIfNoEntry: false });
  if (file.kind !== 'file' || stat?.isFile() !== true || stat.size !== file.size || (stat.mode & 0o777) !== file.mode)
    return false;
  return (await hashes.sha(root, file.path)) === file.sha;
}

function makeFolder(root: string, file: CachedFile & { kind: 'folder' }): void {
  const full = join(root, file.path);
  if (lstatSync(full, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(full, { recursive: true });
  chmodSync(full, file.mode | 0o700);
}

async function place(root: string, { file, temporary }: Staged): Promise<Result<void>> {
  // Looked at again right before writing: a link may have been put in the way meanwhile.
  const parents = checkParents(root, file.path, 'make');
  if (!parents.ok) return parents;
  const full = join(root, file.path);
  try {
    await rename(temporary, full);
    return ok(undefined);
  } catch (error) {
    if (errnoOf(error) === 'EXDEV') return await placeAcross(temporary, full);
    return err(failureFrom(error, `put ${file.path} back from the cache`));
  }
}

/** The output lies on another file system than the cache. */
async function placeAcross(temporary: string, full: string): Promise<Result<void>> {
  const beside = join(dirname(full), `.${temporary.slice(-16)}.tmp`);
  try {
    const stat = lstatSync(temporary);
    if (stat.isSymbolicLink()) symlinkSync(readlinkSync(temporary), beside);
    else {
      await copyFile(temporary, beside);
      chmodSync(beside, stat.mode & 0o777);
    }
    renameSync(beside, full);
    return ok(undefined);
  } catch (error) {
    rmSync(beside, { force: true });
    return err(failureFrom(error, `put ${full} back from the cache`));
  }
}
