/** Walks a workspace for its facts: bounded in files, depth and bytes; never through a link that leads out of it. */
import { lstatSync, openSync, readSync, closeSync, readdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { isDenied } from './deny.ts';
import { factsFrom, type WorkspaceFacts } from './facts.ts';

/** Folders that say nothing about what somebody wrote. */
const SKIPPED: ReadonlySet<string> = new Set([
  'node_modules',
  '.git',
  '.hg',
  '.svn',
  'dist',
  'build',
  'out',
  'target',
  'vendor',
  '.venv',
  'venv',
  '__pycache__',
  '.terraform',
  '.cache',
  '.next',
  '.idea',
  '.gradle',
  'coverage',
  '.code',
]);

/** A workspace of a million files costs no more than this many. */
const MOST_FILES = 5000;
const DEEPEST = 6;
const MOST_BYTES = 64 * 1024;

/** @returns relative paths with `/`, denied ones left out; and whether there were more than are looked at */
export function listFiles(root: string): { files: string[]; truncated: boolean } {
  const files: string[] = [];
  const queue: { dir: string; depth: number }[] = [{ dir: '', depth: 0 }];
  for (let next = queue.shift(); next !== undefined && files.length < MOST_FILES; next = queue.shift()) {
    let entries;
    try {
      entries = readdirSync(path.join(root, next.dir), { withFileTypes: true });
    } catch {
      continue; // a folder that may not be read has nothing to say
    }
    for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
      const relative = next.dir === '' ? entry.name : `${next.dir}/${entry.name}`;
      if (
        entry.isDirectory() &&
        next.depth < DEEPEST &&
        !SKIPPED.has(entry.name) &&
        !(entry.name.startsWith('.') && entry.name !== '.claude' && entry.name !== '.github')
      )
        queue.push({ dir: relative, depth: next.depth + 1 });
      else if (entry.isFile() && !isDenied(relative) && files.length < MOST_FILES) files.push(relative);
    }
  }
  return { files, truncated: files.length >= MOST_FILES };
}

/**
 * The text of a file in the workspace.
 * @returns nothing for what is denied, a link out of the workspace, no plain file, binary, or not readable
 */
export function readWorkspaceFile(root: string, relative: string, most = MOST_BYTES): string | undefined {
  if (isDenied(relative)) return undefined;
  const file = path.join(root, relative);
  try {
    const real = realpathSync(file);
    const inside = path.relative(realpathSync(root), real);
    if (inside.startsWith('..') || path.isAbsolute(inside) || isDenied(inside)) return undefined;
    if (!lstatSync(real).isFile()) return undefined;
    const buffer = Buffer.alloc(most);
    const handle = openSync(real, 'r');
    try {
      const length = readSync(handle, buffer, 0, most, 0);
      const bytes = buffer.subarray(0, length);
      return bytes.includes(0) ? undefined : bytes.toString('utf8');
    } finally {
      closeSync(handle);
    }
  } catch {
    return undefined;
  }
}

/** Facts about a folder, by code alone. */
export function gatherFacts(root: string): WorkspaceFacts {
  const { files } = listFiles(root);
  return factsFrom(path.basename(path.resolve(root)), files, (file) => readWorkspaceFile(root, file));
}
