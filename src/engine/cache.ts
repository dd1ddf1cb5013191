/**
 * Results by content: a task whose inputs, parameters, tool and upstream outputs are what they were at an earlier success is not run
 * again; the files and values that it left then are put back. Files that match the globs and were not part of that success stay, as
 * they would if the task ran again.
 */
import { lstat, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, failureFrom } from '../core/failure.ts';
import { canonical, type Json, type JsonObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import { FileHashes, filesOf, overAll } from './cache-files.ts';
import { checkParents, globThatLeaves, isInside, linkStaysInside } from './cache-paths.ts';
import { pruneCache } from './cache-prune.ts';
import { whyMissed } from './cache-reason.ts';
import { restoreFiles, type Restored } from './cache-restore.ts';
import {
  hashOf,
  latestEntry,
  openStore,
  readEntry,
  storeObject,
  writeEntry,
  type CacheComponents,
  type CachedFile,
  type CacheEntry,
  type CacheStore,
} from './cache-store.ts';

export interface CacheSubject {
  /** Absolute path of the workflow file and id of the task: which entries are this task's own. */
  readonly workflow: string;
  readonly task: string;
  /** Globs relative to the workspace. */
  readonly policy: { readonly inputs: readonly string[]; readonly outputs: readonly string[] };
  /** Hash of the planned task with its expressions rendered. */
  readonly taskHash: string;
  /** Name and version of the tool, empty where the type needs none. */
  readonly tool: string;
  /** Outputs of other tasks that this one reads, as `task.output`. */
  readonly upstream: Readonly<Record<string, Json>>;
}

export interface CacheLookup {
  readonly key: string;
  readonly components: CacheComponents;
  readonly hit?: CacheEntry;
  /** For people: why it hit or missed. */
  readonly reason: string;
}

export interface Success {
  readonly outputs: JsonObject;
  readonly durationMs: number;
  /** Whether a text holds the value of a secret; outputs that do are not stored. */
  holdsSecret(text: string): boolean;
}

export interface ResultCache {
  /** Hashes the inputs. Call it before the task starts. */
  lookup(subject: CacheSubject): Promise<Result<CacheLookup>>;
  /** Puts the files of a hit back. A failure means that nothing was changed, or says what was; run the task then. */
  restore(hit: CacheEntry): Promise<Result<Restored>>;
  /** Keeps a success under the key of the lookup before it. A failure says why it was not kept; the run goes on. */
  save(subject: CacheSubject, lookup: CacheLookup, success: Success): Promise<Result<{ readonly files: number }>>;
}

export interface CacheOptions {
  /** What the stored contents may take; the first success that is kept also makes room. Default: 5 GiB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 5 * 1024 ** 3;

/** @param workspace absolute path of the folder that globs start from; the cache lies in its `.code/cache` */
export async function openCache(
  workspace: string,
  { maxBytes = MAX_BYTES }: CacheOptions = {},
): Promise<Result<ResultCache>> {
  let root: string;
  try {
    root = await realpath(workspace);
  } catch (error) {
    return err(failureFrom(error, `open the workspace ${workspace}`));
  }
  const opened = openStore(root);
  if (!opened.ok) return opened;
  const store = opened.value;
  const hashes = new FileHashes(join(store.folder, 'index.json'));
  let pruned = false;
  return ok({
    lookup: (subject) => guarded(`look into the cache for ${subject.task}`, () => lookup(root, store, hashes, subject)),
    restore: (hit) => guarded('restore from the cache', () => restoreFiles(root, store, hashes, hit)),
    save: async (subject, found, success) => {
      const saved = await guarded(`keep the result of ${subject.task} in the cache`, () =>
        save(root, store, hashes, { subject, found, success }),
      );
      if (saved.ok && !pruned) {
        pruned = true;
        pruneCache(root, { maxBytes, now: Date.now }); // room that could not be made is made another time
      }
      return saved;
    },
  });
}

async function guarded<T>(what: string, work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    return err(failureFrom(error, what));
  }
}

const ownerOf = ({ workflow, task }: CacheSubject): string => `${workflow}\0${task}`;

async function lookup(
  root: string,
  store: CacheStore,
  hashes: FileHashes,
  subject: CacheSubject,
): Promise<Result<CacheLookup>> {
  const leaving = globThatLeaves(subject.policy.outputs);
  if (leaving !== undefined) {
    return err(
      failure('invalid', `The cache of ${subject.task} names outputs outside the workspace: ${leaving}`, {
        next: 'Use paths inside the workspace.',
      }),
    );
  }
  const inputs = await inputDigests(root, hashes, subject);
  const upstream = Object.fromEntries(
    Object.entries(subject.upstream).map(([name, value]) => [name, hashOf(canonical(value))]),
  );
  const task = hashOf(canonical({ hash: subject.taskHash, globs: subject.policy }));
  const components: CacheComponents = { task, tool: subject.tool, upstream, inputs };
  const key = hashOf(canonical({ v: 1, owner: ownerOf(subject), components }));
  const hit = readEntry(store, ownerOf(subject), key);
  if (hit === undefined)
    return ok({ key, components, reason: whyMissed(components, latestEntry(store, ownerOf(subject))) });
  const count = Object.keys(inputs).length;
  return ok({
    key,
    components,
    hit,
    reason: `nothing changed since ${hit.createdAt} (${count} input ${count === 1 ? 'file' : 'files'})`,
  });
}

async function inputDigests(
  root: string,
  hashes: FileHashes,
  { policy }: CacheSubject,
): Promise<Record<string, string>> {
  const paths = await filesOf(root, policy.inputs, true);
  const digests = new Map<string, string>();
  await overAll(paths, async (path) => {
    digests.set(path, await hashes.digest(root, path));
  });
  hashes.flush();
  return Object.fromEntries(paths.map((path) => [path, digests.get(path) ?? '']));
}

interface Saving {
  readonly subject: CacheSubject;
  readonly found: CacheLookup;
  readonly success: Success;
}

async function save(
  root: string,
  store: CacheStore,
  hashes: FileHashes,
  saving: Saving,
): Promise<Result<{ files: number }>> {
  const { subject, found, success } = saving;
  const notKept = (why: string, next?: string): Result<never> =>
    err(
      failure(
        'invalid',
        `The result of ${subject.task} is not kept in the cache: ${why}.`,
        next === undefined ? {} : { next },
      ),
    );
  if (success.holdsSecret(JSON.stringify(success.outputs))) return notKept('an output holds the value of a secret');
  const now = await inputDigests(root, hashes, subject);
  if (canonical(now) !== canonical(found.components.inputs)) {
    return notKept(
      'its inputs changed while it ran',
      'Do not let a task write to its own inputs; exclude what it writes with !glob.',
    );
  }
  for (const glob of subject.policy.outputs) {
    if (!glob.startsWith('!') && (await filesOf(root, [glob], false)).length === 0)
      return notKept(`nothing matches its output ${glob}`);
  }
  const files = await storeOutputs(root, store, await filesOf(root, subject.policy.outputs, false));
  if (!files.ok) return notKept(files.failure);
  const written = writeEntry(store, ownerOf(subject), {
    v: 1,
    key: found.key,
    createdAt: new Date().toISOString(),
    durationMs: success.durationMs,
    components: found.components,
    outputs: success.outputs,
    files: files.value,
  });
  return written.ok ? ok({ files: files.value.length }) : written;
}

async function storeOutputs(
  root: string,
  store: CacheStore,
  paths: readonly string[],
): Promise<Result<CachedFile[], string>> {
  const kept: CachedFile[] = [];
  const refused: string[] = [];
  await overAll(paths, async (found) => {
    const path = found.replace(/\/$/, '');
    const taken = isInside(path) ? await storeOutput(root, store, path) : err(`${path} is outside the workspace`);
    if (taken.ok) kept.push(taken.value);
    else refused.push(taken.failure);
  });
  if (refused[0] !== undefined) return err(refused.sort()[0] ?? '');
  return ok(kept.sort((a, b) => (a.path < b.path ? -1 : 1)));
}

async function storeOutput(root: string, store: CacheStore, path: string): Promise<Result<CachedFile, string>> {
  const full = join(root, path);
  // The globs follow no links; one may have been put in the way since they were matched.
  const parents = checkParents(root, path, 'allow');
  if (!parents.ok) return err(`${path} lies behind a link`);
  const stat = await lstat(full);
  if (stat.isSymbolicLink()) {
    const target = await readlink(full);
    return linkStaysInside(path, target)
      ? ok({ kind: 'link', path, target })
      : err(`${path} is a link to outside the workspace`);
  }
  if (stat.isDirectory()) return ok({ kind: 'folder', path, mode: stat.mode & 0o777 });
  if (!stat.isFile()) return err(`${path} is neither a file nor a folder`);
  const stored = await storeObject(store, full);
  return ok({ kind: 'file', path, ...stored, mode: stat.mode & 0o777 });
}

export type { CacheEntry, Restored };
