/**
 * The folder around a workflow, without the glob library where the patterns are simple (names, stars and braces): loading it would
 * cost a quarter of the time that checking a small file takes.
 */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { WorkspaceFiles } from '../core/catalogue.ts';

/** What simple patterns are made of: names, `*`, `?`, `**` and one level of `{a,b}`. */
const SIMPLE = /^[\w./*?-]*(?:\{[\w./*?,-]*\}[\w./*?-]*)*$/;
/** Folders that are looked into; a larger tree is for the library. */
const MOST_FOLDERS = 500;
const NEVER: ReadonlySet<string> = new Set(['node_modules', '.git']);

/** Answers at once; a pattern that is not simple is taken down, to be asked again of the real thing. */
export class FirstLook implements WorkspaceFiles {
  askedForMore = false;
  /** Answers are kept: a workflow is read at one moment. */
  readonly #kinds = new Map<string, 'file' | 'folder' | undefined>();
  readonly #matches = new Map<string, readonly string[]>();
  readonly #lists = new Map<string, readonly { readonly name: string; readonly folder: boolean }[]>();

  constructor(readonly root: string) {}

  kind(relative: string): 'file' | 'folder' | undefined {
    if (!this.#kinds.has(relative)) this.#kinds.set(relative, this.#kindOf(relative));
    return this.#kinds.get(relative);
  }

  #kindOf(relative: string): 'file' | 'folder' | undefined {
    try {
      const stat = statSync(path.resolve(this.root, relative), { throwIfNoEntry: false });
      return stat === undefined ? undefined : stat.isDirectory() ? 'folder' : 'file';
    } catch {
      return undefined;
    }
  }

  glob(pattern: string): readonly string[] {
    if (!SIMPLE.test(pattern)) {
      this.askedForMore = true;
      return [];
    }
    const known = this.#matches.get(pattern) ?? this.#find(pattern);
    this.#matches.set(pattern, known);
    return known;
  }

  #find(pattern: string): readonly string[] {
    return [
      ...new Set(
        alternatives(pattern).flatMap((each) =>
          this.#walk(
            '',
            each.split('/').filter((part) => part !== '' && part !== '.'),
          ),
        ),
      ),
    ].sort();
  }

  #walk(folder: string, [part, ...rest]: readonly string[]): string[] {
    if (part === undefined) return [];
    if (part === '**')
      return [
        ...this.#walk(folder, rest.length === 0 ? ['*'] : rest),
        ...this.#folders(folder).flatMap((inner) => this.#walk(inner, ['**', ...rest])),
      ];
    const matches = matcherOf(part);
    return this.#list(folder).flatMap((entry) => {
      if (NEVER.has(entry.name) || !matches(entry.name) || (entry.name.startsWith('.') && !part.startsWith('.')))
        return [];
      const at = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (rest.length === 0) return entry.folder ? [] : [at];
      return entry.folder ? this.#walk(at, rest) : [];
    });
  }

  #folders(folder: string): string[] {
    return this.#list(folder)
      .filter((entry) => entry.folder && !NEVER.has(entry.name) && !entry.name.startsWith('.'))
      .map((entry) => (folder === '' ? entry.name : `${folder}/${entry.name}`));
  }

  #list(folder: string): readonly { readonly name: string; readonly folder: boolean }[] {
    const known = this.#lists.get(folder);
    if (known !== undefined) return known;
    if (this.#lists.size >= MOST_FOLDERS) {
      this.askedForMore = true;
      return [];
    }
    let entries: { name: string; folder: boolean }[] = [];
    try {
      entries = readdirSync(path.resolve(this.root, folder), { withFileTypes: true }).map((entry) => ({
        name: entry.name,
        folder: entry.isDirectory(),
      }));
    } catch {
      // It is gone, or may not be read: nothing matches.
    }
    this.#lists.set(folder, entries);
    return entries;
  }
}

/** `a/{b,c}.x` is `a/b.x` and `a/c.x`. */
function alternatives(pattern: string): string[] {
  const match = /^([^{]*)\{([^}]*)\}(.*)$/.exec(pattern);
  if (match === null) return [pattern];
  const [, before = '', inner = '', after = ''] = match;
  return inner.split(',').flatMap((word) => alternatives(`${before}${word}${after}`));
}

function matcherOf(part: string): (name: string) => boolean {
  if (!/[*?]/.test(part)) return (name) => name === part;
  const pattern = new RegExp(`^${part.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')}$`);
  return (name) => pattern.test(name);
}

export async function fullFiles(root: string): Promise<WorkspaceFiles> {
  return (await import('../platform/workspace-files.ts')).workspaceFiles(root);
}
