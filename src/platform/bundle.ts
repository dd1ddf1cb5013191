/**
 * The engine as one archive, to be copied into a distribution. The archive is the same for the same files (no times, no owners), so
 * its hash names the version. Format: POSIX ustar (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html), gzipped.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { failureFrom } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';

export interface Bundle {
  /** Names the content: the hash of the files, 16 hexadecimal digits. */
  readonly key: string;
  /** Of the archive. */
  readonly sha256: string;
  readonly archive: Buffer;
  /** The program to start, relative to the folder it is unpacked in. */
  readonly entry: string;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Packs a built engine.
 * @param folder the `dist` folder: `cli.js` and all JavaScript beside and below it, but not the editor's and the webview's
 */
export async function readBundle(folder: string): Promise<Result<Bundle>> {
  try {
    const names = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile() && /\.m?js$/.test(entry.name))
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
      .filter((name) => !name.startsWith('webview/'))
      .sort();
    const files: (readonly [name: string, bytes: Uint8Array])[] = [
      ['package.json', Buffer.from('{"type":"module"}\n')],
    ];
    for (const name of names) files.push([name, await readFile(join(folder, name))]);
    if (!names.includes('cli.js')) return err(failureFrom({ code: 'ENOENT' }, `find cli.js in ${folder}`));
    const tar = packTar(files);
    const archive = await promisify(gzip)(tar, { level: 6 });
    return ok({ key: sha256(tar).slice(0, 16), sha256: sha256(archive), archive, entry: 'cli.js' });
  } catch (error) {
    return err(failureFrom(error, `read the engine in ${folder}`));
  }
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
