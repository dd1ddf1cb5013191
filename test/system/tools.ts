/** Whether a real tool is here: on the PATH, or among those that the test bed built. A test without its tool is a counted skip. */
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Context } from 'mocha';

const testbed = process.env.CODE_TESTBED ?? join(homedir(), '.cache', 'code-testbed');

/** The PATH with the test bed's programs in front. */
export const toolPath = [join(testbed, 'tools'), process.env.PATH ?? '', '/usr/sbin'].join(delimiter);

export function toolAt(program: string): string | undefined {
  return toolPath
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find(executable);
}

/** Skips the test or the whole block, with the reason, where one of the programs is not here. */
export function need(test: Context, ...programs: readonly string[]): void {
  const missing = programs.filter((program) => toolAt(program) === undefined);
  if (missing.length === 0) return;
  console.log(`    skipped: ${missing.join(', ')} not found (npm run test:all sets up the test bed)`);
  test.skip();
}

function executable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
