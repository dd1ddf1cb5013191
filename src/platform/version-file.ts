/**
 * Reads a program's version from the name of a file that was installed with it (pip's metadata of a Python program, a Java archive),
 * because starting such a program only for its version takes seconds.
 */
import { access, constants, open, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { VersionFile } from '../core/catalogue.ts';

/** @returns `undefined` where no file says it, several say different things, or the program would not start */
export async function versionByFile(program: string, file: VersionFile): Promise<string | undefined> {
  const real = await realpath(program);
  if (!(await hasInterpreter(real))) return undefined;
  const name = new RegExp(`^${file.name}$`);
  const versions = new Set<string>();
  for (const folder of file.in) {
    for (const place of await matching(path.dirname(real), folder.split('/'))) {
      for (const entry of await entriesOf(place)) {
        const version = name.exec(entry)?.[1];
        if (version !== undefined) versions.add(version);
      }
    }
  }
  const [only, ...others] = versions;
  return others.length === 0 ? only : undefined;
}

/** The folders that a path leads to in which a part may have a `*`. */
async function matching(from: string, [part, ...rest]: readonly string[]): Promise<string[]> {
  if (part === undefined) return [from];
  if (!part.includes('*')) return matching(path.join(from, part), rest);
  const name = new RegExp(`^${part.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
  const names = (await entriesOf(from)).filter((entry) => name.test(entry));
  return (await Promise.all(names.map((entry) => matching(path.join(from, entry), rest)))).flat();
}

const entriesOf = (folder: string): Promise<string[]> => readdir(folder).catch(() => []);

/** A script whose interpreter is gone, as after an upgrade of Python, is not there for anybody. */
async function hasInterpreter(script: string): Promise<boolean> {
  const file = await open(script).catch(() => undefined);
  if (file === undefined) return false; // may be run and not be read: it is asked itself
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const interpreter = /^#!\s*(\S+)/.exec(buffer.toString('latin1', 0, bytesRead))?.[1];
    if (interpreter !== undefined) await access(interpreter, constants.X_OK);
    return true;
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
