/** Libraries of the test bed (scripts/testbed/libraries.mjs), linked into a workspace as its own. */
import { existsSync, readdirSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'mocha';

const folder = join(process.env.CODE_TESTBED ?? join(homedir(), '.cache', 'code-testbed'), 'libraries');

export type Library = 'node' | 'langchain-python' | 'transformers-python';

export function libraryAt(name: Library): string | undefined {
  const all = existsSync(folder) ? readdirSync(folder) : [];
  const found = all.find((one) => one.startsWith(`${name}-`));
  return found === undefined ? undefined : join(folder, found);
}

/** Skips where the library is not here. */
export function needLibrary(test: Context, name: Library): void {
  if (libraryAt(name) !== undefined) return;
  console.log(`    skipped: node scripts/testbed/libraries.mjs up ${name} brings what is missing`);
  test.skip();
}

export async function linkLibrary(name: Library, workspace: string): Promise<void> {
  const at = libraryAt(name) ?? '';
  if (name === 'node') await symlink(join(at, 'node_modules'), join(workspace, 'node_modules'));
  else await symlink(at, join(workspace, '.venv'));
}
