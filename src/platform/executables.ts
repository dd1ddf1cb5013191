import { host } from './host.ts';

/** The file names under which a program may stand at `path`: as it is, and on Windows with each of PATHEXT's endings. */
export function executableNames(path: string, env: Readonly<Record<string, string>>): string[] {
  if (host().os !== 'windows') return [path];
  const endings = (env['PATHEXT'] ?? '.COM;.EXE;.BAT;.CMD').split(';').filter(Boolean);
  return [path, ...endings.map((ending) => path + ending.toLowerCase())];
}
