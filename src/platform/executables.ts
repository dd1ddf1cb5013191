/** Finding programs as the system would: by the PATH of the environment that they would run in. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { host } from './host.ts';

/** The file names under which a program may stand at `path`: as it is, and on Windows with each of PATHEXT's endings. */
export function executableNames(path: string, env: Readonly<Record<string, string>>): string[] {
  if (host().os !== 'windows') return [path];
  const endings = (env.PATHEXT ?? '.COM;.EXE;.BAT;.CMD').split(';').filter(Boolean);
  return [path, ...endings.map((ending) => path + ending.toLowerCase())];
}

/** The first of the programs that can be executed, as an absolute path; a name with a slash is relative to `cwd`. */
export function findExecutable(
  programs: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
): string | undefined {
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter(Boolean);
  for (const program of programs) {
    const places = /[\\/]/.test(program)
      ? [resolve(cwd, program)]
      : folders.map((folder) => resolve(cwd, join(folder, program)));
    for (const place of places) {
      const found = executableNames(place, env).find(isExecutable);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
