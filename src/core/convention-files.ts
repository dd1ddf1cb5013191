/** Which of the files around a workflow a convention takes: for the plan of a run, and for what the editor shows before one. */
import type { Convention, WorkspaceFiles } from './catalogue.ts';
import { hasExpression } from './template.ts';

export type FileConvention = Extract<Convention, { from: 'files' }>;

/**
 * Looks in the task's working directory.
 * @returns the value, relative to that directory; a list where the convention takes many; `undefined` where nothing matches
 */
export function conventionalFiles(
  convention: FileConvention,
  cwd: string,
  files: WorkspaceFiles,
): string | readonly string[] | undefined {
  const folder = hasExpression(cwd) || cwd.startsWith('/') ? '' : cwd.replace(/^\.\/?/, '').replace(/\/+$/, '');
  const prefix = folder === '' ? '' : `${folder}/`;
  for (const glob of convention.globs) {
    const found = matchesOf(glob, prefix, files).map((file) => taken(convention.take, glob, file, prefix, files));
    const [first] = found;
    if (first !== undefined) return convention.many === true ? [...new Set(found)] : first;
  }
  return undefined;
}

function matchesOf(glob: string, prefix: string, files: WorkspaceFiles): string[] {
  const bare = glob.replace(/\/$/, '');
  if (bare === '' || bare === '.') return ['.'];
  if (!/[*?[{]/.test(bare)) return files.kind(prefix + bare) === undefined ? [] : [bare];
  return files.glob(prefix + bare).map((file) => file.slice(prefix.length));
}

function taken(
  take: FileConvention['take'],
  glob: string,
  file: string,
  prefix: string,
  files: WorkspaceFiles,
): string {
  switch (take) {
    case 'file':
      return file;
    case 'folder':
      return file === '.' || files.kind(prefix + file) === 'folder' ? file : parentOf(file);
    case 'base': {
      const fixed = glob.replace(/\/$/, '').split('/');
      const wild = fixed.findIndex((part) => /[*?[{]/.test(part));
      const base = wild < 0 ? fixed : fixed.slice(0, wild);
      return base.length === 0 ? '.' : base.join('/');
    }
  }
}

function parentOf(file: string): string {
  const slash = file.lastIndexOf('/');
  return slash < 0 ? '.' : file.slice(0, slash);
}
