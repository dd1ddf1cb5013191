/** The workflows that a person may have meant, where the name that was given leads to none. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { listOf, nearest } from '../language/suggest.ts';

/** Of the folder itself and of its `.code/workflows/`, by their names alone, as they would be typed from that folder. */
export function workflowsIn(folder: string): string[] {
  const own = filesIn(folder).filter((name) => /\.code\.ya?ml$/.test(name));
  const inside = filesIn(path.join(folder, '.code', 'workflows')).filter((name) => /\.ya?ml$/.test(name));
  return [...own, ...inside.map((name) => path.join('.code', 'workflows', name))];
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}

/** Every workflow in a folder and below it, but for what lies in folders of tools and of CODE's own runs. @param name as it was typed */
export async function workflowsBelow(name: string, cwd: string): Promise<string[]> {
  const { glob } = await import('tinyglobby');
  const found = await glob(['**/*.code.{yaml,yml}', '**/.code/workflows/*.{yaml,yml}'], {
    cwd: path.resolve(cwd, name),
    dot: true,
    followSymbolicLinks: false,
    ignore: ['**/node_modules/**', '**/.git/**', '**/.code/{runs,cache,state}/**'],
  });
  return found.sort().map((file) => path.join(name, file));
}

/** What to type instead of a file that is not there. @param file absolute @returns nothing where the folder has no workflows */
export function meantInstead(file: string, shown: string): string | undefined {
  const known = workflowsIn(path.dirname(file));
  const folder = path.dirname(shown);
  const typed = (name: string): string => (folder === '.' ? name : path.join(folder, name));
  const meant = nearest(path.basename(file), known);
  if (meant !== undefined) return `Did you mean ${typed(meant)}?`;
  return known.length === 0 ? undefined : `There is ${listOf(known.map(typed))}.`;
}

/** The workflows in a folder that was given in place of a file. */
export function workflowsInside(folder: string, shown: string): string {
  const known = workflowsIn(folder).map((name) => path.join(shown, name));
  return known.length === 0
    ? 'There is no workflow in it: none of its files ends in .code.yaml.'
    : `Name the file: ${listOf(known)}.`;
}
