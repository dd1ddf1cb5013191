/**
 * The folder around a workflow, with the glob library loaded only where a pattern is asked for: most small files never do, and
 * loading it would cost a fifth of the time that checking one takes.
 */
import { statSync } from 'node:fs';
import path from 'node:path';
import type { WorkspaceFiles } from '../core/catalogue.ts';

/** Answers `kind` at once; the first pattern is taken down, to be asked again of the real thing. */
export class FirstLook implements WorkspaceFiles {
  askedForPattern = false;

  constructor(readonly root: string) {}

  kind(relative: string): 'file' | 'folder' | undefined {
    try {
      const stat = statSync(path.resolve(this.root, relative), { throwIfNoEntry: false });
      return stat === undefined ? undefined : stat.isDirectory() ? 'folder' : 'file';
    } catch {
      return undefined;
    }
  }

  glob(): readonly string[] {
    this.askedForPattern = true;
    return [];
  }
}

export async function fullFiles(root: string): Promise<WorkspaceFiles> {
  return (await import('../platform/workspace-files.ts')).workspaceFiles(root);
}
