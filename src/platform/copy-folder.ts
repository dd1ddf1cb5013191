/**
 * Copies a folder reliably: everything is written beside the target, read back and compared, and only then renamed
 * into place. The original is not changed. Meant for moving a workspace from a Windows drive to a Linux file system.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, readlink, rename, rm, symlink, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { failure, failureFrom, FailureError } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';

export interface CopyReport {
  readonly files: number;
  readonly bytes: number;
  /** What is neither file, folder nor link (sockets, pipes) and was left out; relative to the folder. */
  readonly leftOut: readonly string[];
}

export interface CopyOptions {
  readonly signal?: AbortSignal;
  /** Relative path, `/` between names: whether it is copied. */
  readonly wanted?: (path: string) => boolean;
  readonly onProgress?: (report: { readonly files: number; readonly bytes: number }) => void;
}

interface Walk {
  readonly folders: string[];
  readonly links: string[];
  readonly files: (readonly [path: string, stat: Stats])[];
  readonly leftOut: string[];
}

/** Files copied at once: over a network protocol most of the time is spent waiting. */
const AT_ONCE = 8;

/** @param to must not be there yet, or be an empty folder; its parent is made */
export async function copyFolder(from: string, to: string, options: CopyOptions = {}): Promise<Result<CopyReport>> {
  const beside = join(dirname(to), `.${basename(to)}.${randomBytes(4).toString('hex')}.part`);
  try {
    const { folders, links, files, leftOut } = await walk(from, options);
    await mkdir(beside, { recursive: true });
    for (const path of folders) await mkdir(join(beside, path));
    for (const path of links) await symlink(await readlink(join(from, path)), join(beside, path));
    let [done, bytes] = [0, 0];
    await inParallel(files, async ([path, stat]) => {
      options.signal?.throwIfAborted();
      await copyFile(join(from, path), join(beside, path), stat);
      done += 1;
      bytes += stat.size;
      options.onProgress?.({ files: done, bytes });
    });
    await rename(beside, to); // replaces an empty folder, and refuses one that is not
    return ok({ files: done, bytes, leftOut });
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    if (error instanceof FailureError) return err(error.failure);
    if (options.signal?.aborted === true) return err(failure('cancelled', 'Given up; nothing was changed.'));
    return err(failureFrom(error, `copy ${from} to ${to}`));
  }
}

async function walk(from: string, { wanted = () => true, signal }: CopyOptions): Promise<Walk> {
  const found: Walk = { folders: [], links: [], files: [], leftOut: [] };
  const open_ = [''];
  for (let folder = open_.shift(); folder !== undefined; folder = open_.shift()) {
    signal?.throwIfAborted();
    for (const entry of await readdir(join(from, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (!wanted(path)) continue;
      if (entry.isDirectory()) {
        found.folders.push(path);
        open_.push(path);
      } else if (entry.isSymbolicLink()) found.links.push(path);
      else if (entry.isFile()) found.files.push([path, await lstat(join(from, path))]);
      else found.leftOut.push(path);
    }
  }
  return found;
}

async function copyFile(from: string, to: string, before: Stats): Promise<void> {
  const read = createHash('sha256');
  await pipeline(
    createReadStream(from),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        read.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(to, { flags: 'wx' }),
  );
  const after = await lstat(from);
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) {
    throw new FailureError(
      failure('conflict', `${from} was changed while it was copied.`, {
        next: 'Close what writes there and try again.',
      }),
    );
  }
  const written = createHash('sha256');
  await pipeline(createReadStream(to), written);
  if (read.digest('hex') !== written.digest('hex')) {
    throw new FailureError(
      failure('io', `${to} does not hold what was read from ${from}.`, { next: 'Check the disk.' }),
    );
  }
  await chmod(to, await modeFor(to, before.mode & 0o777));
  await utimes(to, before.atime, before.mtime);
}

/** A drive without metadata shows every file as 0777: what is a program is told by how it begins. */
async function modeFor(file: string, mode: number): Promise<number> {
  if (mode !== 0o777) return mode;
  const opened = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await opened.read(Buffer.alloc(4), 0, 4, 0);
    const begins = buffer.subarray(0, bytesRead).toString('latin1');
    return begins.startsWith('#!') || begins === '\u007fELF' ? 0o755 : 0o644;
  } finally {
    await opened.close();
  }
}

async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await act(item);
  };
  // Wait for all of them, so that nothing is still being written when the failure is reported.
  const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  const failed = ended.find((each) => each.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
