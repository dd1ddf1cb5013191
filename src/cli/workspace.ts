/** Finds the workspace: the folder whose `.code/` keeps runs and settings. */
import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';

/**
 * The nearest folder, upwards from the current one (or from the file's where the file lies elsewhere), that has `.code/` or `.git`;
 * without one the folder that the search began in. The home folder, the root and the temporary folder itself never count: a `.git`
 * that somebody keeps there says nothing about projects below.
 * @param cwd absolute
 * @param file absolute path of the workflow, where there is one
 */
export function findWorkspace(cwd: string, file?: string): string {
  const start = file === undefined || isWithin(cwd, file) ? cwd : path.dirname(file);
  const never = new Set([path.resolve(homedir()), path.parse(start).root, path.resolve(tmpdir())]);
  for (let folder = path.resolve(start); !never.has(folder); folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, '.code')) || existsSync(path.join(folder, '.git'))) return folder;
  }
  return path.resolve(start);
}

/** Whether `file` lies in `folder`, however deep. */
export function isWithin(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '' && !relative.startsWith(`..${path.sep}`) && relative !== '..' && !path.isAbsolute(relative);
}

/** The folder that a workflow's relative paths start from: the file's own, or the workspace for files in `.code/workflows/`. */
export function rootOf(file: string): string {
  const folder = path.dirname(path.resolve(file));
  const parent = path.dirname(folder);
  if (path.basename(folder) === 'workflows' && path.basename(parent) === '.code') return path.dirname(parent);
  return folder;
}
