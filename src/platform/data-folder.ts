/**
 * Where a workspace's own data (runs, cached results, durations) is kept: in its `.code/`, unless that is on a Windows drive.
 * WSL reaches those over a network protocol that is many times slower and has neither durable syncs nor Linux permissions; then the data
 * is kept in the user's state folder of the distribution, under a name derived from the workspace's Windows path.
 */
import { posix } from 'node:path';
import { sha256 } from '../core/hash.ts';
import { toWindows, type Mount } from '../core/paths.ts';
import { userDirs } from './dirs.ts';
import { host } from './host.ts';
import { isOnWindowsDrive, ownMounts } from './mounts.ts';

const known = new Map<string, string>();

/** @param workspace absolute @returns absolute, with `/`; asked once per workspace */
export function dataFolder(workspace: string): string {
  let found = known.get(workspace);
  if (found === undefined) {
    found = host().os === 'linux' ? dataFolderFrom(workspace, ownMounts(), userDirs().state) : `${workspace}/.code`;
    known.set(workspace, found);
  }
  return found;
}

/** The same from given facts. `state` is the user's state folder. */
export function dataFolderFrom(workspace: string, mounts: readonly Mount[], state: string): string {
  if (!isOnWindowsDrive(workspace, mounts)) return `${workspace}/.code`;
  // The Windows side stays the same wherever drives are mounted, and its case says nothing.
  const windows = toWindows(workspace, { mounts });
  const name = (windows.ok ? windows.value : workspace).replace(/\\+$/, '').toLowerCase();
  const readable = posix
    .basename(workspace)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 40);
  return posix.join(state, 'workspaces', `${readable}-${sha256(name).slice(0, 16)}`);
}
