/**
 * Where cached results lie: `objects/` holds file contents by their hash, `entries/` what each success of a task consisted of. All is
 * written beside its place, synced and renamed, so a reader never sees half of anything and two writers cannot disturb each other:
 * equal names have equal contents.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  createReadStream,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { failure, failureFrom } from '../core/failure.ts';
import { parseJson, type JsonObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { dataFolder } from '../platform/data-folder.ts';
import { makePrivateFolder, writeAtomically } from '../platform/files.ts';

const sha = z.string().regex(/^[0-9a-f]{64}$/);
const mode = z.int().min(0).max(0o7777);

const cachedFile = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), path: z.string(), sha, size: z.int(), mode }),
  z.object({ kind: z.literal('link'), path: z.string(), target: z.string() }),
  z.object({ kind: z.literal('folder'), path: z.string(), mode }),
]);

/** What a key is made of, kept apart so that a miss can say which part changed. */
const components = z.object({
  /** Type, parameters, environment, directory, the globs themselves. */
  task: z.string(),
  tool: z.string(),
  /** By output name, such as `build.digest`: a hash of its value. */
  upstream: z.record(z.string(), z.string()),
  /** By path. */
  inputs: z.record(z.string(), z.string()),
});

const entry = z.object({
  v: z.literal(1),
  key: sha,
  createdAt: z.iso.datetime(),
  durationMs: z.number(),
  components,
  /** Values for later tasks. */
  outputs: z.record(z.string(), z.json()),
  files: z.array(cachedFile),
});

export type CachedFile = z.infer<typeof cachedFile>;
export type CacheComponents = z.infer<typeof components>;
export type CacheEntry = Omit<z.infer<typeof entry>, 'outputs'> & { readonly outputs: JsonObject };

export interface CacheStore {
  readonly folder: string;
  readonly temporary: string;
}

/** Makes the folders of a store. A symbolic link in their place is refused. */
export function openStore(root: string): Result<CacheStore> {
  const own = dataFolder(root);
  const stat = lstatSync(own, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isDirectory()) {
    return err(
      failure('denied', `${own} is not a real folder.`, { next: 'Remove the link or file that stands in its place.' }),
    );
  }
  const folder = join(own, 'cache');
  const temporary = join(folder, 'tmp');
  for (const each of [folder, temporary, join(folder, 'objects'), join(folder, 'entries')]) {
    const made = makePrivateFolder(each);
    if (!made.ok) return made;
  }
  return ok({ folder, temporary });
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

const entryFolder = (store: CacheStore, subject: string): string =>
  join(store.folder, 'entries', hashOf(subject).slice(0, 32));

const objectPath = (store: CacheStore, hash: string): string => join(store.folder, 'objects', hash.slice(0, 2), hash);

/** A name in the store's own temporary folder that nobody else uses. */
export const temporaryPath = (store: CacheStore): string =>
  join(store.temporary, `${process.pid}-${randomBytes(8).toString('hex')}`);

/** One entry, or `undefined` where there is none that can be read. Being read keeps it from being pruned. */
export function readEntry(store: CacheStore, subject: string, key: string): CacheEntry | undefined {
  const path = join(entryFolder(store, subject), `${key}.json`);
  const found = parseEntry(path);
  if (found?.key !== key) return undefined;
  touch(path);
  return found;
}

/** The most recent success of a task, whatever its key. */
export function latestEntry(store: CacheStore, subject: string): CacheEntry | undefined {
  const folder = entryFolder(store, subject);
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return undefined;
  }
  const entries = names.flatMap((name) => parseEntry(join(folder, name)) ?? []);
  return entries.reduce<CacheEntry | undefined>(
    (last, each) => (last !== undefined && last.createdAt > each.createdAt ? last : each),
    undefined,
  );
}

export function parseEntry(path: string): CacheEntry | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const parsed = entry.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

export function writeEntry(store: CacheStore, subject: string, value: CacheEntry): Result<void> {
  const folder = entryFolder(store, subject);
  const made = makePrivateFolder(folder);
  return made.ok ? writeAtomically(join(folder, `${value.key}.json`), JSON.stringify(value)) : made;
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // another process pruned it in between
  }
}

/** Whether the content is there already; if so it is kept from being pruned before its entry is written. */
function hasObject(store: CacheStore, hash: string): boolean {
  const path = objectPath(store, hash);
  if (statSync(path, { throwIfNoEntry: false }) === undefined) return false;
  touch(path);
  return true;
}

/** Takes a file's content in. @returns its hash and size, of the bytes that were stored */
export async function storeObject(store: CacheStore, from: string): Promise<{ sha: string; size: number }> {
  const temporary = temporaryPath(store);
  try {
    const stored = await copyHashed(from, temporary, 0o600);
    const path = objectPath(store, stored.sha);
    if (!hasObject(store, stored.sha)) {
      mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
      await rename(temporary, path);
    }
    return stored;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Copies a content out to `to` and makes sure that it is what its name says; a damaged one is thrown away. */
export async function takeObject(
  store: CacheStore,
  file: { sha: string; mode: number },
  to: string,
): Promise<Result<void>> {
  const path = objectPath(store, file.sha);
  try {
    const taken = await copyHashed(path, to, file.mode);
    if (taken.sha === file.sha) return ok(undefined);
    rmSync(path, { force: true });
    return err(failure('invalid', `The cached content ${file.sha.slice(0, 12)} is damaged.`));
  } catch (error) {
    return err(failureFrom(error, `read the cached content ${file.sha.slice(0, 12)}`));
  }
}

async function copyHashed(from: string, to: string, mode: number): Promise<{ sha: string; size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(to, 'wx', 0o600);
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: 1 << 20 })) {
      const bytes = chunk as Buffer;
      hash.update(bytes);
      size += bytes.length;
      await file.writeFile(bytes);
    }
    // After writing, because a file may be cached that nobody may write to.
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha: hash.digest('hex'), size };
}
