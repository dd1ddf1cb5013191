/** Keeps the cache within a size: the entries that were not used for the longest time go first, then the contents that no entry names. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { failureFrom } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { openStore, parseEntry, type CacheStore } from './cache-store.ts';

/** A content without an entry may belong to one that is being written right now. */
const WRITING_MS = 3_600_000;

export interface PruneOptions {
  readonly maxBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Pruned {
  readonly entries: number;
  readonly objects: number;
  /** What the contents that are left take. */
  readonly bytes: number;
}

interface Found {
  readonly path: string;
  readonly usedMs: number;
  readonly contents: readonly { readonly sha: string; readonly size: number }[];
}

/** @param workspace absolute path of the folder that has the cache in its `.code/cache` */
export function pruneCache(workspace: string, { maxBytes, now }: PruneOptions): Result<Pruned> {
  const store = openStore(workspace);
  if (!store.ok) return store;
  try {
    const { kept, removed, bytes } = pruneEntries(store.value, maxBytes);
    const objects = sweep(store.value, kept, now() - WRITING_MS);
    return ok({ entries: removed, objects, bytes });
  } catch (error) {
    return err(failureFrom(error, `prune the cache of ${workspace}`));
  }
}

function pruneEntries(store: CacheStore, maxBytes: number): { kept: Set<string>; removed: number; bytes: number } {
  const kept = new Set<string>();
  let bytes = 0;
  let removed = 0;
  let full = false;
  for (const entry of entriesByUse(store)) {
    const fresh = entry.contents.filter(({ sha }) => !kept.has(sha));
    const more = fresh.reduce((sum, { size }) => sum + size, 0);
    full ||= bytes + more > maxBytes;
    if (full) {
      rmSync(entry.path, { force: true });
      removed += 1;
      continue;
    }
    bytes += more;
    for (const { sha } of fresh) kept.add(sha);
  }
  return { kept, removed, bytes };
}

/** All entries, the most recently used first; what cannot be read has never been used. */
function entriesByUse(store: CacheStore): Found[] {
  const folder = join(store.folder, 'entries');
  const found: Found[] = [];
  for (const task of readdirSync(folder)) {
    for (const name of readdirSync(join(folder, task))) {
      const path = join(folder, task, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined || !name.endsWith('.json')) continue;
      const contents = new Map<string, number>();
      for (const file of parseEntry(path)?.files ?? []) if (file.kind === 'file') contents.set(file.sha, file.size);
      found.push({ path, usedMs: stat.mtimeMs, contents: [...contents].map(([sha, size]) => ({ sha, size })) });
    }
  }
  return found.sort((a, b) => b.usedMs - a.usedMs);
}

function sweep(store: CacheStore, kept: ReadonlySet<string>, writtenBefore: number): number {
  let removed = 0;
  const objects = join(store.folder, 'objects');
  const folders = [...readdirSync(objects).map((name) => join(objects, name)), store.temporary];
  for (const folder of folders) {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      if (kept.has(name) || stat === undefined || stat.mtimeMs > writtenBefore) continue;
      rmSync(path, { force: true });
      removed += 1;
    }
  }
  return removed;
}
