/** What stands in the folder around a workflow, asked of the disk. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { globSync } from 'tinyglobby';
import type { WorkspaceFiles } from '../core/catalogue.ts';

const MOST_MATCHES = 5000;
const NEVER = ['**/node_modules/**', '**/.git/**', '.code/runs/**', '.code/cache/**'];

/** Answers are kept: a workflow is read at one moment. @param root absolute */
export function workspaceFiles(root: string): WorkspaceFiles {
  const kinds = new Map<string, 'file' | 'folder' | undefined>();
  const globs = new Map<string, readonly string[]>();
  const remember = <T>(known: Map<string, T>, key: string, find: () => T): T => {
    if (!known.has(key)) known.set(key, find());
    return known.get(key) as T;
  };
  return {
    kind: (relative) => remember(kinds, relative, () => kindOf(path.resolve(root, relative))),
    glob: (pattern) => remember(globs, pattern, () => matches(root, pattern)),
  };
}

function kindOf(file: string): 'file' | 'folder' | undefined {
  try {
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat === undefined ? undefined : stat.isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined; // a file where a folder would have to be, or no right to look
  }
}

function matches(root: string, pattern: string): readonly string[] {
  try {
    return globSync(pattern, {
      cwd: root,
      ignore: NEVER,
      dot: false,
      onlyFiles: true,
      followSymbolicLinks: false,
      expandDirectories: false,
    })
      .sort()
      .slice(0, MOST_MATCHES);
  } catch {
    return []; // the folder is gone or cannot be read: nothing matches
  }
}
