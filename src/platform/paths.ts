/**
 * Path conversion on the running system: inside WSL by this distribution's own mounts, on Windows by those that `wsl.exe` tells,
 * asked once per distribution. The conversion itself is pure (`src/core/paths.ts`).
 */
import { realpathSync } from 'node:fs';
import { posix } from 'node:path';
import { failureText, type Failure } from '../core/failure.ts';
import { convertPath, sameDistro, type PathContext, type PathErrorCode } from '../core/paths.ts';
import { err, ok, type Result } from '../core/result.ts';
import { host } from './host.ts';
import { ownMounts } from './mounts.ts';
import { ownDistro, wslHere } from './wsl-here.ts';
import { explainTrouble, type WslTrouble } from './wsl-trouble.ts';

export type { PathContext } from '../core/paths.ts';

/** A conversion's own error, or the trouble with WSL that kept us from asking for the mounts. */
export interface PathFailure {
  readonly code: PathErrorCode | WslTrouble['kind'];
  readonly message: string;
  /** Where it was trouble with WSL. */
  readonly trouble?: Failure;
}

export interface PathRequest {
  readonly path: string;
  readonly to: 'wsl' | 'windows';
  readonly distro?: string | undefined;
  readonly cwd?: string | undefined;
}

/** Converts by the mounts that the system has now. On Windows the first question to a distribution may have to start it. */
export async function convertHere(request: PathRequest): Promise<Result<string, PathFailure>> {
  const context = await contextHere(request.distro);
  if (!context.ok) return context;
  const { to, cwd } = request;
  const own = host().os === 'linux' && to === 'windows' && sameDistro(context.value.distro ?? '', ownDistro() ?? '');
  const path = own ? followLinks(request.path, cwd) : request.path;
  return convertPath(path, to, { ...context.value, cwd });
}

let ownContext: PathContext | undefined;

/** Distribution and mounts for conversions: the one named, or else the one that we are in, or else the default one. */
export async function contextHere(distro?: string): Promise<Result<PathContext, PathFailure>> {
  if (host().wsl !== undefined) {
    ownContext ??= { distro: ownDistro(), mounts: ownMounts() };
    if (distro === undefined || ownContext.distro === undefined) return ok({ distro, ...ownContext });
    if (sameDistro(distro, ownContext.distro)) return ok(ownContext);
  }
  const client = wslHere();
  if (!client.ok) return trouble(client.failure);
  const chosen = await client.value.choose(distro);
  if (!chosen.ok) return trouble(chosen.failure);
  const mounts = await client.value.mounts(chosen.value.name);
  return mounts.ok ? ok({ distro: chosen.value.name, mounts: mounts.value }) : trouble(mounts.failure);
}

const trouble = (cause: WslTrouble): Result<never, PathFailure> => {
  const explained = explainTrouble(cause);
  return err({ code: cause.kind, message: failureText(explained), trouble: explained });
};

/** Follows the links in as much of a Linux path as exists, since Windows does not follow Linux' links; a slash at the end stays. */
export function followLinks(path: string, cwd: string | undefined): string {
  if (!path.startsWith('/') && (cwd === undefined || !cwd.startsWith('/'))) return path;
  const absolute = path.startsWith('/') ? path : `${cwd ?? ''}/${path}`;
  const end = path.endsWith('/') ? '/' : '';
  const found = real(absolute);
  if (found !== undefined) return found === '/' ? found : found + end;
  for (let head = posix.normalize(absolute), tail = ''; head !== '/';) {
    tail = posix.join(posix.basename(head), tail);
    head = posix.dirname(head);
    const known = real(head);
    if (known !== undefined) return posix.join(known, tail).replace(/\/$/, '') + end;
  }
  return path;
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
