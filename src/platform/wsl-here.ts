/** WSL as seen from this very machine: the client for it, the Windows user's home, and facts for `doctor`. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import { promisify } from 'node:util';
import { errorMessage } from '../core/failure.ts';
import { toWsl, type Mount } from '../core/paths.ts';
import { err, ok, type Result } from '../core/result.ts';
import { host, type Host, type WslHost } from './host.ts';
import { isOnWindowsDrive, ownMounts } from './mounts.ts';
import { decodeWslText, parseVersions } from './wsl-output.ts';
import type { WslTrouble } from './wsl-trouble.ts';
import { wslClient, type WslClient, type WslState } from './wsl.ts';

export interface WslSources {
  readonly host: Host;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly mounts: () => readonly Mount[];
  readonly exists: (path: string) => boolean;
}

const here = (): WslSources => ({ host: host(), env: process.env, mounts: ownMounts, exists: existsSync });

/**
 * The absolute path of wsl.exe: from Windows' own folder, never from the PATH (a 32-bit program sees the real folder as Sysnative);
 * inside WSL on whatever drive has it. `CODE_ENGINE_WSL_EXE` names another one.
 */
export function findWslExe(sources: WslSources = here()): Result<string, WslTrouble> {
  const { env, exists } = sources;
  const given = env['CODE_ENGINE_WSL_EXE'];
  if (given !== undefined && given !== '') return exists(given) ? ok(given) : err({ kind: 'no-wsl' });
  if (sources.host.os === 'windows') {
    const root = env['SystemRoot'] ?? env['windir'] ?? 'C:\\Windows';
    const folder = env['PROCESSOR_ARCHITEW6432'] === undefined ? 'System32' : 'Sysnative';
    const exe = win32.join(root, folder, 'wsl.exe');
    return exists(exe) ? ok(exe) : err({ kind: 'no-wsl' });
  }
  if (sources.host.wsl === undefined) return err({ kind: 'no-wsl' });
  if (!sources.host.wsl.interop) return err({ kind: 'no-interop' });
  const exe = drives(sources.mounts())
    .map((drive) => posix.join(drive.mountPoint, 'Windows/System32/wsl.exe'))
    .find(exists);
  return exe === undefined ? err({ kind: 'no-wsl' }) : ok(exe);
}

const drives = (mounts: readonly Mount[]): Mount[] => mounts.filter((mount) => /^[A-Za-z]:\\?$/.test(mount.source));

let client: WslClient | undefined;

/**
 * The client of this machine, made once, so that what it has asked is kept. `CODE_ENGINE_WSL_LIMIT` says how many seconds wsl.exe may
 * take to list its distributions, for a machine that is slower than most.
 */
export function wslHere(): Result<WslClient, WslTrouble> {
  if (client !== undefined) return ok(client);
  const exe = findWslExe();
  if (!exe.ok) return exe;
  const seconds = Number(process.env['CODE_ENGINE_WSL_LIMIT']);
  client = wslClient({ exe: exe.value, ...(seconds > 0 ? { listTimeoutMs: seconds * 1000 } : {}) });
  return ok(client);
}

/** The distribution that this process is in. `sudo` drops the variable, a process above it still has it. */
export function ownDistro(env: WslSources['env'] = process.env): string | undefined {
  if (env['WSL_DISTRO_NAME']) return env['WSL_DISTRO_NAME'];
  let pid = process.ppid;
  for (let depth = 0; depth < 16 && pid > 1; depth += 1) {
    try {
      const named = /(?:^|\0)WSL_DISTRO_NAME=([^\0]+)/.exec(readFileSync(`/proc/${String(pid)}/environ`, 'utf8'))?.[1];
      if (named !== undefined) return named;
      pid = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

type Execute = (program: string, args: readonly string[], cwd: string) => Promise<Uint8Array>;

const execute: Execute = async (program, args, cwd) =>
  (await promisify(execFile)(program, [...args], { cwd, encoding: 'buffer', timeout: 10_000, windowsHide: true }))
    .stdout;

/**
 * The Windows user's home as a path of this distribution. Asked from Windows itself (its name need not be the Linux user's, nor its
 * drive `C:`): by the variable where Windows passed it on, else by its command interpreter, which prints UTF-16 with `/u`.
 */
export async function windowsHome(
  sources: WslSources = here(),
  run: Execute = execute,
): Promise<Result<string, WslTrouble>> {
  const passed = sources.env['USERPROFILE'];
  if (sources.host.wsl === undefined) return passed === undefined ? err({ kind: 'no-wsl' }) : ok(passed);
  if (passed?.startsWith('/')) return ok(passed);
  const mounts = sources.mounts();
  const found = passed ?? (await askHome(sources, run));
  if (typeof found !== 'string') return err(found);
  const home = toWsl(found, { mounts });
  if (home.ok) return ok(home.value);
  return err({ kind: 'no-automount', distro: sources.env['WSL_DISTRO_NAME'] ?? 'this distribution', path: found });
}

async function askHome(sources: WslSources, run: Execute): Promise<string | WslTrouble> {
  if (sources.host.wsl?.interop !== true) return { kind: 'no-interop' };
  for (const { mountPoint } of drives(sources.mounts())) {
    const interpreter = posix.join(mountPoint, 'Windows/System32/cmd.exe');
    if (!sources.exists(interpreter)) continue;
    try {
      // A working folder on the drive: cmd.exe cannot stand on \\wsl.localhost and says so at length.
      const bytes = await run(interpreter, ['/d', '/u', '/c', 'echo %USERPROFILE%'], mountPoint);
      return decodeWslText(bytes).trim();
    } catch (error) {
      return { kind: 'other', detail: errorMessage(error) };
    }
  }
  return { kind: 'no-automount', distro: sources.env['WSL_DISTRO_NAME'] ?? 'this distribution', path: 'C:\\Windows' };
}

/** For `doctor` and `wsl status`: what there is to say about WSL on this machine; `undefined` where it plays no part. */
export interface WslFacts {
  /** Set inside a distribution. */
  readonly here?: WslHost;
  /** What `wsl.exe` says: on Windows always, inside WSL where interop lets us ask. */
  readonly state?: WslState;
  readonly versions?: { readonly wsl: string; readonly kernel?: string; readonly windows?: string };
  /** The working folder lies on a Windows drive, which WSL 2 reaches over the network protocol 9P: many times slower. */
  readonly slowFolder?: string;
}

export async function wslFacts(cwd: string): Promise<WslFacts | undefined> {
  const facts = host();
  if (facts.os !== 'windows' && facts.wsl === undefined) return undefined;
  const found = wslHere();
  const state: WslState = found.ok
    ? await found.value.state()
    : { kind: 'trouble', trouble: found.failure, hidden: [] };
  const said = found.ok && state.kind === 'ready' ? await found.value.say(['--version']) : undefined;
  const versions = said?.ok ? parseVersions(said.value) : undefined;
  return {
    state,
    ...(facts.wsl === undefined ? {} : { here: facts.wsl }),
    ...(versions === undefined ? {} : { versions }),
    ...(facts.wsl?.version === 2 && isOnWindowsDrive(cwd) ? { slowFolder: cwd } : {}),
  };
}
