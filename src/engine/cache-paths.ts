/** What a cache entry may touch: paths inside the workspace, by real folders only. Entries are data that somebody may have tampered with. */
import { lstatSync, mkdirSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { errnoOf, failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';

/** A path relative to the workspace, with `/`, that names something inside it and not the engine's or git's own files. */
export function isInside(path: string): boolean {
  if (path === '' || path.includes('\0') || path.includes('\\') || path.startsWith('/') || /^[A-Za-z]:/.test(path))
    return false;
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) return false;
  return !/^\.(code|git)$/i.test(segments[0] ?? '');
}

/** Whether a symbolic link at `path` with this target still points into the workspace. */
export function linkStaysInside(path: string, target: string): boolean {
  if (
    target === '' ||
    target.includes('\0') ||
    target.includes('\\') ||
    target.startsWith('/') ||
    /^[A-Za-z]:/.test(target)
  )
    return false;
  const reached = posix.normalize(posix.join(posix.dirname(path), target));
  return reached !== '..' && !reached.startsWith('../');
}

/** The first of these globs that could leave the workspace. */
export const globThatLeaves = (globs: readonly string[]): string | undefined =>
  globs.find((glob) => {
    const pattern = glob.replace(/^!/, '');
    return (
      pattern.startsWith('/') ||
      pattern.startsWith('\\') ||
      /^[A-Za-z]:/.test(pattern) ||
      /(^|[/\\{,(|])\.\.([/\\},)|]|$)/.test(pattern)
    );
  });

/** Checks that every folder on the way to `path` is a real one, not a link that leads elsewhere; missing ones are fine, or made. */
export function checkParents(root: string, path: string, missing: 'allow' | 'make'): Result<void> {
  const way = dirname(path);
  if (way === '.') return ok(undefined);
  let folder = root;
  for (const segment of way.split('/')) {
    folder = join(folder, segment);
    const stat = lstatSync(folder, { throwIfNoEntry: false });
    if (stat === undefined) {
      if (missing === 'allow') return ok(undefined);
      makeFolder(folder);
    } else if (!stat.isDirectory()) {
      const what = stat.isSymbolicLink() ? 'a symbolic link' : 'not a folder';
      return err(
        failure('denied', `Could not restore ${path} from the cache: ${folder} is ${what}.`, {
          next: 'Replace it with a real folder, or run with --no-cache.',
        }),
      );
    }
  }
  return ok(undefined);
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    // another file of the same entry made it first
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}
