/**
 * A cache of the versions that slow programs printed: a Python program takes seconds for that, and would be started before every
 * run. An answer is valid while the program's file is unchanged, and for a day at most, since what the program loads may change.
 */
import { readFile, realpath, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../core/hash.ts';
import { isObject, parseJson } from '../core/json.ts';
import { ensurePrivateDir } from './dirs.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * @param folder where answers are kept; it need not exist
 * @param ask asks the program itself; `undefined` is no answer worth keeping
 * @returns the answer, kept or new
 */
export async function remembered(
  folder: string,
  { file, args, now = Date.now() }: { file: string; args: readonly string[]; now?: number },
  ask: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const of = await identity(file);
  const name = sha256(JSON.stringify([file, args]));
  const place = join(folder, `${name.slice(0, 32)}.json`);
  const before = parseJson(await readFile(place, 'utf8').catch(() => ''));
  if (isObject(before) && before.of === of && typeof before.at === 'number' && typeof before.text === 'string') {
    const age = now - before.at;
    if (age >= 0 && age < DAY_MS) return before.text;
  }
  const text = await ask();
  if (text === undefined || of === undefined || !ensurePrivateDir(folder).ok) return text;
  const written = `${place}.${process.pid}`;
  // If it cannot be kept, the next run loses a few seconds, and nothing else.
  await writeFile(written, JSON.stringify({ of, at: now, text }), { mode: 0o600 })
    .then(() => rename(written, place))
    .catch(() => undefined);
  return text;
}

/** The file behind all links, its size and when it was written. */
async function identity(file: string): Promise<string | undefined> {
  try {
    const real = await realpath(file);
    const { size, mtimeMs, ino } = await stat(real);
    return [real, size, mtimeMs, ino].join(' ');
  } catch {
    return undefined;
  }
}
