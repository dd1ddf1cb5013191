/** File names that a person typed, as this system knows them: inside WSL a Windows path is the file that it means. */
import path from 'node:path';
import { failure, FailureError } from '../core/failure.ts';
import { convertPath, looksLikeWindowsPath } from '../core/paths.ts';
import { host } from '../platform/host.ts';
import { ownMounts } from '../platform/mounts.ts';
import { ownDistro } from '../platform/wsl-here.ts';

/** @returns an absolute path; throws a `FailureError` where a Windows path leads nowhere here */
export function localPath(text: string, cwd: string): string {
  if (host().os !== 'linux' || !looksLikeWindowsPath(text)) return path.resolve(cwd, text);
  const mounts = ownMounts();
  // A distribution made from a container's image may look like a container; its drives tell.
  if (host().wsl === undefined && mounts.every((mount) => mount.source === '')) return path.resolve(cwd, text);
  const converted = convertPath(text, 'wsl', { distro: ownDistro(), cwd, mounts });
  if (converted.ok) return converted.value;
  throw new FailureError(
    failure('usage', converted.failure.message, { next: '"code-engine wsl status" shows which drives are mounted.' }),
  );
}
