/**
 * Control groups as a way to find every process of an attempt, also one that changed its group, its session, its parent and its
 * environment. Only used where this user may make one (root, or a delegated subtree); elsewhere the environment marker serves.
 * Nothing is limited by them. https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, rmdirSync } from 'node:fs';
import { host } from './host.ts';

let parent: string | undefined | null = null;

/** A folder of the control group file system below our own group in which groups can be made; `undefined` where none may be. */
export function cgroupParent(): string | undefined {
  if (parent === null) parent = findParent();
  return parent;
}

function findParent(): string | undefined {
  if (host().os !== 'linux' || process.env['CODE_ENGINE_NO_CGROUP'] === '1') return undefined;
  const mount = unifiedMount();
  if (mount === undefined) return undefined;
  const own = /^0::(.*)$/m.exec(readText('/proc/self/cgroup'))?.[1] ?? '/';
  const folder = `${mount}${own === '/' ? '' : own}`;
  const probe = `${folder}/code-engine-${process.pid}`;
  try {
    mkdirSync(probe);
    // Being allowed to make a group is not being allowed to move a process into it: that needs the common ancestor, too.
    readFileSync(`${probe}/cgroup.procs`);
    return probe;
  } catch {
    return undefined;
  }
}

function unifiedMount(): string | undefined {
  for (const line of readText('/proc/self/mountinfo').split('\n')) {
    if (line.includes(' - cgroup2 ')) return line.split(' ')[4];
  }
  return undefined;
}

/** Makes a group; `undefined` where it cannot be made. */
export function makeCgroup(name: string): string | undefined {
  const above = cgroupParent();
  if (above === undefined) return undefined;
  const folder = `${above}/${name}`;
  try {
    mkdirSync(folder);
    return folder;
  } catch {
    return undefined;
  }
}

const COUNTED = Buffer.allocUnsafe(4096);

/**
 * A counter of a group's processes that keeps the file open: asked after every short task, it is one system call.
 * @returns 0 where the group is gone; a full buffer counts as many
 */
export function cgroupCounter(folder: string): { count(): number; close(): void } {
  let file: number | undefined;
  try {
    file = openSync(`${folder}/cgroup.procs`, 'r');
  } catch {
    // no such group any more
  }
  return {
    count() {
      if (file === undefined) return 0;
      try {
        const length = readSync(file, COUNTED, 0, COUNTED.length, 0);
        let lines = 0;
        for (let i = 0; i < length; i++) if (COUNTED[i] === 10) lines++;
        return lines;
      } catch {
        return 0;
      }
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/** Removes an empty group; one that still holds a process stays until that ends. */
export function removeCgroup(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // a daemon that a task left behind lives in it
  }
}

/** Removes what this process made, at its end, and what others left here that were killed before theirs. */
export function removeCgroups(): void {
  if (typeof parent === 'string') {
    removeCgroup(parent);
    sweep(parent.slice(0, parent.lastIndexOf('/')));
  }
  parent = null;
}

/** Only empty groups can be removed, so nothing that lives is disturbed but a group that was just made: those have a living maker. */
function sweep(folder: string): void {
  for (const name of foldersIn(folder)) {
    const maker = /^code-engine-(\d+)$/.exec(name)?.[1];
    if (maker === undefined || existsSync(`/proc/${maker}`)) continue;
    const left = `${folder}/${name}`;
    sweep(left);
    for (const group of foldersIn(left)) {
      sweep(`${left}/${group}`);
      removeCgroup(`${left}/${group}`);
    }
    removeCgroup(left);
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []));
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
