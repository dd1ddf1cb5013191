/**
 * The engine as one archive, to be copied into a distribution. The archive is the same for the same files (no times, no owners), so
 * its hash names the version. Format: POSIX ustar (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html), gzipped.
 *
 * Packing reads some megabytes, which every window and every `run --on wsl` would pay; so the archive is kept in the user's cache,
 * and what the files look like from outside (names, and size and time of those whose name says nothing) tells whether it still fits.
 */
import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { failureFrom } from '../core/failure.ts';
import { sha256 } from '../core/hash.ts';
import { isObject, parseJson } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';

export interface Bundle {
  /** Names the content: the hash of the files, 16 hexadecimal digits. */
  readonly key: string;
  /** Of the archive. */
  readonly sha256: string;
  /** Bytes of the archive. */
  readonly size: number;
  /** The program to start, relative to the folder it is unpacked in. */
  readonly entry: string;
  /** The archive itself: asked for only where the distribution does not have this version yet. */
  readonly archive: () => Promise<Buffer>;
}

interface Facts extends Omit<Bundle, 'entry' | 'archive'> {
  /** What the files looked like from outside. */
  readonly stamp: string;
}

const ENTRY = 'cli.js';

/**
 * A built engine, packed at its first use and kept.
 * @param folder the `dist` folder: `cli.js` and all JavaScript beside and below it, but not the editor's and the webview's
 * @param cache where archives are kept; without it nothing is
 */
export async function readBundle(folder: string, cache?: string): Promise<Result<Bundle>> {
  try {
    const names = await enginesFiles(folder);
    if (!names.includes(ENTRY)) return err(failureFrom({ code: 'ENOENT' }, `find ${ENTRY} in ${folder}`));
    const stamp = await stampOf(folder, names);
    const kept = cache === undefined ? undefined : join(cache, sha256(folder).slice(0, 16));
    const known = kept === undefined ? undefined : await fromCache(kept, stamp);
    return ok(known ?? (await pack(folder, names, stamp, kept)));
  } catch (error) {
    return err(failureFrom(error, `read the engine in ${folder}`));
  }
}

async function enginesFiles(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.m?js$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((name) => !name.startsWith('webview/'))
    .sort();
}

/** Chunks carry the hash of their content in their name; of the others size and time are looked at. */
async function stampOf(folder: string, names: readonly string[]): Promise<string> {
  const lines = names.map(async (name) => {
    if (/-[A-Z0-9]{8}\.m?js$/.test(name)) return name;
    const { size, mtimeMs } = await lstat(join(folder, name));
    return `${name} ${String(size)} ${String(mtimeMs)}`;
  });
  return sha256((await Promise.all(lines)).join('\n'));
}

/** @param kept path of both files without their ending */
async function fromCache(kept: string, stamp: string): Promise<Bundle | undefined> {
  const read = parseJson(await readFile(`${kept}.json`, 'utf8').catch(() => ''));
  if (!isObject(read) || read['stamp'] !== stamp) return undefined;
  const { key, sha256: sum, size } = read;
  if (typeof key !== 'string' || typeof sum !== 'string' || typeof size !== 'number') return undefined;
  const file = `${kept}.${key}.tgz`;
  const there = await lstat(file).catch(() => undefined);
  if (there?.size !== size) return undefined;
  return { key, sha256: sum, size, entry: ENTRY, archive: () => readFile(file) };
}

async function pack(
  folder: string,
  names: readonly string[],
  stamp: string,
  kept: string | undefined,
): Promise<Bundle> {
  const files: (readonly [name: string, bytes: Uint8Array])[] = [['package.json', Buffer.from('{"type":"module"}\n')]];
  for (const name of names) files.push([name, await readFile(join(folder, name))]);
  const tar = packTar(files);
  const bytes = await promisify(gzip)(tar, { level: 6 });
  const facts = { key: sha256(tar).slice(0, 16), sha256: sha256(bytes), size: bytes.length };
  if (kept !== undefined) await keep(kept, bytes, { stamp, ...facts }).catch(() => undefined); // the next one packs again
  return { ...facts, entry: ENTRY, archive: () => Promise.resolve(bytes) };
}

/** Each file is written beside its place and renamed; the older archive of the same folder goes. */
async function keep(kept: string, bytes: Uint8Array, facts: Facts): Promise<void> {
  const folder = join(kept, '..');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const put = async (file: string, content: Uint8Array | string): Promise<void> => {
    await writeFile(`${file}.${String(process.pid)}.tmp`, content, { mode: 0o600 });
    await rename(`${file}.${String(process.pid)}.tmp`, file);
  };
  const archive = `${kept}.${facts.key}.tgz`;
  await put(archive, bytes);
  await put(`${kept}.json`, JSON.stringify(facts));
  const others = (await readdir(folder)).map((name) => join(folder, name));
  for (const other of others.filter((each) => each.startsWith(`${kept}.`) && each.endsWith('.tgz') && each !== archive))
    await rm(other, { force: true });
}

/** @param files names with `/`, at most 100 bytes each (ours are short) */
export function packTar(files: readonly (readonly [name: string, bytes: Uint8Array])[]): Buffer {
  const blocks: Uint8Array[] = [];
  for (const [name, bytes] of files) {
    blocks.push(header(name, bytes.length), bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function header(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`too long a name for the archive: ${name}`);
  const block = Buffer.alloc(512);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(name, 0);
  block.write(octal(0o644, 8) + octal(0, 8) + octal(0, 8) + octal(size, 12) + octal(0, 12), 100);
  // The sum is taken with blanks in its own place.
  block.write('        0', 148);
  block.write('ustar\u000000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
