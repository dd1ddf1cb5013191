/** When a convention applies to a task and which files it takes: for the plan of a run, and for what the editor says and shows before one. */
import type { Convention, TaskTypeInfo, WorkspaceFiles } from './catalogue.ts';
import { hasExpression } from './template.ts';

export type FileConvention = Extract<Convention, { from: 'files' }>;

/**
 * Whether a task says itself what a convention would fill in: the parameter, or another of which only one may be given (`x-one-of`).
 * @param has whether the task gives the parameter of that name
 */
export function isGiven(
  parameter: string,
  { parameters }: Pick<TaskTypeInfo, 'parameters'>,
  has: (name: string) => boolean,
): boolean {
  const oneOf = parameters['x-one-of'];
  const group: readonly unknown[] = Array.isArray(oneOf) && oneOf.includes(parameter) ? oneOf : [];
  return has(parameter) || group.some((name) => typeof name === 'string' && has(name));
}

/**
 * Whether the value of another parameter makes the files unnecessary.
 * @param textOf the text that the task gives the parameter of that name; `undefined` for none, and for what is no text
 */
export function isNeedless({ unless }: FileConvention, textOf: (name: string) => string | undefined): boolean {
  const text = unless === undefined ? undefined : textOf(unless.parameter);
  return text !== undefined && unless?.oneOf.includes(text) === true;
}

/**
 * Looks in the task's working directory.
 * @returns the value, relative to that directory; a list if the convention takes many; `undefined` if nothing matches
 */
export function conventionalFiles(
  convention: FileConvention,
  cwd: string,
  files: WorkspaceFiles,
): string | readonly string[] | undefined {
  const folder = hasExpression(cwd) || cwd.startsWith('/') ? '' : cwd.replace(/^\.(?:\/+|$)/, '').replace(/\/+$/, '');
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
