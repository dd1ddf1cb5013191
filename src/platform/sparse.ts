/** Holes in files: ranges that take no room on the disk and read as zeros, while everything else stays where it is. */
import { spawn } from 'node:child_process';
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { errnoOf, failure, failureFrom } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { host } from './host.ts';

/** What is put back behind the hole where it has to be made by shortening the file. */
const PUT_BACK = 1024 * 1024;

export interface Hole {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  /** Told, before anything is emptied, up to where it will be: at least `to`. */
  readonly before: (to: number) => void;
}

/**
 * Empties a range of a file that others append to meanwhile. `fallocate` (util-linux) does it exactly. Where it or the file system
 * cannot, the file is cut off and made long again, which on file systems that know holes leaves one; then no more than the last MiB
 * stays behind it, and what is appended in that very moment may be lost. On Windows `fsutil` does it, on NTFS and where the user may
 * (https://learn.microsoft.com/windows-server/administration/windows-commands/fsutil-sparse).
 */
export async function punchHole(hole: Hole): Promise<Result<void>> {
  const { path, from, to, before } = hole;
  try {
    if (host().os === 'windows') return await withFsutil(hole);
    if (host().os === 'linux' && !refused) {
      before(to);
      if (await fallocated(path, from, to - from)) return ok(undefined);
      refused = true;
    }
    cutOut(hole);
    return ok(undefined);
  } catch (error) {
    return err(failureFrom(error, `shorten ${path}`));
  }
}

/** It was tried and does not work here, so it is not tried again. */
let refused = false;

const fallocated = (path: string, offset: number, length: number): Promise<boolean> =>
  succeeds('fallocate', ['--punch-hole', '--offset', String(offset), '--length', String(length), path]);

/** A file of NTFS has holes once it is marked so; nothing is told to readers before that has worked. */
async function withFsutil({ path, from, to, before }: Hole): Promise<Result<void>> {
  if (await succeeds('fsutil.exe', ['sparse', 'setflag', path])) {
    before(to);
    if (await succeeds('fsutil.exe', ['sparse', 'setrange', path, String(from), String(to - from)]))
      return ok(undefined);
  }
  return err(
    failure('io', `The log's limit cannot be kept on this Windows (fsutil sparse): all of it stays in ${path}.`),
  );
}

function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], { stdio: 'ignore', windowsHide: true });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

function cutOut({ path, from, to, before }: Hole): void {
  const file = openSync(path, 'r+');
  const appending = openSync(path, 'a');
  try {
    const behind = Math.max(to, fstatSync(file).size - PUT_BACK);
    before(behind);
    const kept: Buffer[] = [];
    // Read until nothing came while it was read: between that look and the next line lies all that can be lost.
    for (let at = behind, size = fstatSync(file).size; size > at; size = fstatSync(file).size) {
      const bytes = Buffer.allocUnsafe(size - at);
      at += readSync(file, bytes, 0, bytes.length, at);
      kept.push(bytes);
    }
    ftruncateSync(file, from);
    ftruncateSync(file, behind);
    for (const bytes of kept) for (let done = 0; done < bytes.length;) done += writeSync(appending, bytes, done);
  } finally {
    closeSync(file);
    closeSync(appending);
  }
}

/** Writes over a place in a file. A file that is gone is no matter. */
export function writeOver(path: string, offset: number, text: string): void {
  try {
    const file = openSync(path, 'r+');
    try {
      writeSync(file, text, offset);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
