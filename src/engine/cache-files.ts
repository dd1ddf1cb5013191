/** Files by globs and by content: what `cache.inputs` and `cache.outputs` name, and their hashes without reading them twice. */
import { createHash } from 'node:crypto';
import { createReadStream, readdir, readFileSync, readlinkSync, type BigIntStats, type Dirent } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import { isObject, parseJson } from '../core/json.ts';
import { writeAtomically } from '../platform/files.ts';

/** A file as young as this may be written again within the same time stamp, so its hash is not remembered. */
const SETTLED_AFTER_MS = 2000;
const AT_ONCE = 8;

/**
 * Paths relative to `root` that the globs name, sorted; folders end in `/`. A pattern that names a folder means all that is in it.
 * Links are not followed. `.git` and `.code` never match, `node_modules` only where a glob names it.
 */
export async function filesOf(root: string, globs: readonly string[], onlyFiles: boolean): Promise<string[]> {
  if (globs.length === 0) return [];
  const ignore = ['.git', '.code', '**/.git'];
  if (!globs.some((pattern) => pattern.includes('node_modules'))) ignore.push('**/node_modules');
  const found = await glob([...globs], {
    cwd: root,
    dot: true,
    followSymbolicLinks: false,
    onlyFiles,
    fs: { readdir: readdirLinksAsFiles as typeof readdir },
    ignore: ignore.flatMap((each) => [each, `${each}/**`]),
  });
  return found.filter((path) => path !== './' && path !== '.').sort();
}

/**
 * Lists a folder so that a link counts as a file of its own: the glob library either follows links, which may lead out of the
 * workspace, or leaves them out. It calls with these three arguments and no others, which the many shapes of `readdir` cannot say.
 */
function readdirLinksAsFiles(
  path: string,
  options: { withFileTypes: true },
  done: (error: NodeJS.ErrnoException | null, entries: Dirent[]) => void,
): void {
  readdir(path, options, (error, entries: Dirent[] | undefined) => {
    done(error, entries?.map((entry) => (entry.isSymbolicLink() ? asFile(entry) : entry)) ?? []);
  });
}

const asFile = (entry: Dirent): Dirent =>
  Object.create(entry, { isFile: { value: () => true }, isSymbolicLink: { value: () => false } }) as Dirent;

/** Runs `work` over all items, a few at a time. */
export async function overAll<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const item = items[next++] as T;
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, lane));
}

type Known = readonly [size: string, mtime: string, ctime: string, inode: string, sha: string];

/** Hashes of file contents, remembered by size, times and inode, in a file that any number of processes may replace. */
export class FileHashes {
  readonly #file: string;
  readonly #known = new Map<string, Known>();
  #changed = false;

  constructor(file: string) {
    this.#file = file;
    for (const [path, known] of Object.entries(readIndex(file))) this.#known.set(path, known);
  }

  /** What stands for a file in a key: its content and whether it is executable; for a link also where it points. */
  async digest(root: string, path: string): Promise<string> {
    const full = join(root, path);
    const self = await lstat(full);
    if (!self.isSymbolicLink()) return await this.#content(root, path, self.mode);
    const target = `link:${readlinkSync(full)}`;
    const pointed = await stat(full).catch(() => undefined);
    return pointed?.isFile() === true ? `${target}:${await this.#content(root, path, pointed.mode)}` : target;
  }

  async #content(root: string, path: string, mode: number): Promise<string> {
    return `${await this.sha(root, path)}${(mode & 0o111) === 0 ? '' : ':x'}`;
  }

  /** SHA-256 of a file's content. A file that changes while it is read gets the hash of what was read, which is not remembered. */
  async sha(root: string, path: string): Promise<string> {
    const full = join(root, path);
    const before = await stat(full, { bigint: true });
    const known = this.#known.get(path);
    if (known !== undefined && isSame(known, before)) return known[4];
    const sha = await hashFile(full);
    const after = await stat(full, { bigint: true });
    const young =
      Number(after.ctimeMs) > Date.now() - SETTLED_AFTER_MS || Number(after.mtimeMs) > Date.now() - SETTLED_AFTER_MS;
    if (!young && isSame([...fingerprint(before), sha], after)) {
      this.#known.set(path, [...fingerprint(after), sha]);
      this.#changed = true;
    }
    return sha;
  }

  /** Keeps what was learned; a failure costs only the reading next time. */
  flush(): void {
    if (!this.#changed) return;
    this.#changed = false;
    writeAtomically(this.#file, JSON.stringify({ v: 1, files: Object.fromEntries(this.#known) }));
  }
}

type Fingerprint = readonly [size: string, mtime: string, ctime: string, inode: string];

const fingerprint = (of: BigIntStats): Fingerprint => [
  String(of.size),
  String(of.mtimeNs),
  String(of.ctimeNs),
  String(of.ino),
];

const isSame = (known: Known, of: BigIntStats): boolean =>
  fingerprint(of).every((part, index) => part === known[index]);

function readIndex(file: string): Record<string, Known> {
  let value: unknown;
  try {
    value = parseJson(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
  if (!isObject(value) || value['v'] !== 1 || !isObject(value['files'])) return {};
  const isKnown = (known: unknown): boolean =>
    Array.isArray(known) && known.length === 5 && known.every((part) => typeof part === 'string');
  return Object.fromEntries(Object.entries(value['files']).filter(([, known]) => isKnown(known))) as Record<
    string,
    Known
  >;
}

/** Streamed, so a file may be larger than memory. */
async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
