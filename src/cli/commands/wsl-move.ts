/**
 * `code-engine wsl move`: copies a workspace from a drive of Windows to the Linux file system of the distribution, with its runs, checks
 * the copy, and says how to open it. The original is not touched. On Windows the distribution does it.
 */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { failure, FailureError } from '../../core/failure.ts';
import { toWindows } from '../../core/paths.ts';
import { listRuns } from '../../engine/client.ts';
import { isElsewhere } from '../../engine/place.ts';
import { copyFolder } from '../../platform/copy-folder.ts';
import { dataFolder } from '../../platform/data-folder.ts';
import { host } from '../../platform/host.ts';
import { isOnWindowsDrive, ownMounts } from '../../platform/mounts.ts';
import { ownDistro } from '../../platform/wsl-here.ts';
import { fail } from '../command.ts';
import { EXIT, type Io } from '../io.ts';
import { localPath } from '../local-path.ts';

export interface MoveRequest {
  /** As typed; the current folder where there is none. */
  readonly folder: string | undefined;
  readonly to: string | undefined;
  readonly distro: string | undefined;
  readonly json: boolean;
}

export async function move(request: MoveRequest, io: Io): Promise<number> {
  if (host().os === 'windows') {
    const { runCommandInside } = await import('../run-inside.ts');
    const folder = path.resolve(io.cwd, request.folder ?? '.');
    const to = request.to === undefined ? [] : ['--to', request.to];
    const args = ['wsl', 'move', folder, ...to, ...(request.json ? ['--json'] : [])];
    return runCommandInside({ distro: request.distro, folder, args }, io);
  }
  const from = localPath(request.folder ?? '.', io.cwd);
  const to = localPath(request.to?.replace(/^~(?=\/|$)/, homedir()) ?? path.basename(from), homedir());
  await check(from, to);
  const abort = new AbortController();
  const off = io.onSignal('SIGINT', () => abort.abort());
  try {
    return await copy(from, to, request.json, abort.signal, io);
  } finally {
    off();
  }
}

/** @throws FailureError where it makes no sense or would do harm */
async function check(from: string, to: string): Promise<void> {
  const mounts = ownMounts();
  if (!existsSync(from)) throw new FailureError(failure('missing', `There is no folder ${from}.`));
  if (!isOnWindowsDrive(from, mounts)) {
    throw new FailureError(
      failure('usage', `${from} is on a Linux file system already.`, {
        next: 'There is nothing to be won by moving it.',
      }),
    );
  }
  if (isOnWindowsDrive(to, mounts)) {
    throw new FailureError(
      failure('usage', `${to} is on a drive of Windows too.`, { next: 'Give --to a folder in your Linux home.' }),
    );
  }
  const there = await readdir(to).catch(() => []);
  if (there.length > 0) {
    throw new FailureError(
      failure('conflict', `${to} is there already and not empty.`, { next: 'Give another place with --to.' }),
    );
  }
  const running = listRuns(from).find((run) => run.status === 'running');
  if (running !== undefined) {
    throw new FailureError(
      failure('conflict', `The run ${running.runId} is running in ${from}.`, {
        next: `Wait for its end, or cancel it: code-engine runs cancel ${running.runId}`,
      }),
    );
  }
}

async function copy(from: string, to: string, json: boolean, signal: AbortSignal, io: Io): Promise<number> {
  let told = 0;
  const onProgress = ({ files, bytes }: { files: number; bytes: number }): void => {
    if (!io.isTTY || Date.now() - told < 500) return;
    told = Date.now();
    io.err.write(`\r${String(files)} files, ${megabytes(bytes)}`);
  };
  const own = /^\.code\/(?:runs|cache|state)(?:\/|$)/;
  const wanted = isElsewhere(from) ? (file: string): boolean => !own.test(file) : (): boolean => true;
  const copied = await copyFolder(from, to, { signal, wanted, onProgress });
  if (told > 0) io.err.write('\r\u001b[K');
  if (!copied.ok) return fail(io, copied.failure);
  // Its runs and durations lie on the Linux side; in the new place they belong into the workspace. Cached results hold absolute paths.
  for (const part of isElsewhere(from) ? ['runs', 'state'] : []) {
    const kept = path.join(dataFolder(from), part);
    if (!existsSync(kept)) continue;
    const moved = await copyFolder(kept, path.join(to, '.code', part), { signal });
    if (!moved.ok) return fail(io, moved.failure);
  }
  const { files, bytes, leftOut } = copied.value;
  const distro = ownDistro();
  const windows = toWindows(to, { distro, mounts: ownMounts() });
  const remote = distro === undefined ? undefined : `wsl+${distro}`;
  if (json) {
    const place = { ...(windows.ok ? { windows: windows.value } : {}), ...(remote === undefined ? {} : { remote }) };
    io.out.write(`${JSON.stringify({ from, to, files, bytes, leftOut, ...place })}\n`);
    return EXIT.held;
  }
  io.out.write(`${to}: ${String(files)} files, ${megabytes(bytes)}, each compared with its original.\n`);
  for (const name of leftOut) io.out.write(`Left out, since it is no file: ${name}\n`);
  io.out.write(`Open it: code ${remote === undefined ? '' : `--remote ${remote} `}${to}\n`);
  io.out.write(`The original is still in ${from}; delete it when you no longer want it.\n`);
  return EXIT.held;
}

const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`;
