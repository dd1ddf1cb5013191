import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The Helms of the test bed, and the one on the PATH where they are not there. */
export function helms(): { name: string; program: string }[] {
  const bin = join(process.env.CODE_TESTBED ?? join(homedir(), '.cache', 'code-testbed'), 'bin');
  const names = existsSync(bin) ? readdirSync(bin).filter((name) => /^helm\d-/.test(name)) : [];
  const found = names
    .map((name) => ({ name, program: join(bin, name, 'helm') }))
    .filter(({ program }) => existsSync(program));
  if (found.length > 0) return found;
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'helm'))
    .find((file) => existsSync(file));
  return onPath === undefined ? [] : [{ name: 'helm of the PATH', program: onPath }];
}
