/**
 * What this machine is, read once. The only place of the program that asks for the operating system: everything else asks `host()`.
 * Facts come from the kernel and its files rather than from settings; https://learn.microsoft.com/windows/wsl/wsl-config says what
 * WSL can be told, and the truth is what is mounted and registered.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export type OperatingSystem = 'linux' | 'macos' | 'windows';

export interface WslHost {
  readonly version: 1 | 2;
  /** Unknown under `sudo`, which drops WSL's variables. */
  readonly distro?: string;
  /** Windows programs can be started from here. */
  readonly interop: boolean;
}

export interface Host {
  readonly os: OperatingSystem;
  /** Set inside a distribution itself; not inside a container that runs in one (no interop, no drives there). */
  readonly wsl: WslHost | undefined;
  readonly container: boolean;
  /** systemd runs the services here, so `systemctl` works. */
  readonly systemd: boolean;
  /**
   * Tells one boot from another for process identities. A constant on macOS and Windows, where a process's start time is a moment
   * of the calendar and so differs between boots by itself.
   */
  readonly bootId: string;
}

/** Where facts come from; tests hand in recorded ones. Readers never throw. */
export interface HostSources {
  /** Node's name of the platform: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file's text, `undefined` where it cannot be read. */
  read(file: string): string | undefined;
  exists(path: string): boolean;
  /** Names in a folder, empty where it cannot be read. */
  list(folder: string): readonly string[];
}

export const systemSources: HostSources = {
  platform: process.platform,
  env: process.env,
  read(file) {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      return undefined;
    }
  },
  exists: existsSync,
  list(folder) {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },
};

let known: Host | undefined;

/** The facts about this machine, found at the first call (well under a millisecond) and kept. */
export function host(): Host {
  known ??= detectHost(systemSources);
  return known;
}

/** The same from given sources. */
export function detectHost(sources: HostSources): Host {
  const os = operatingSystem(sources.platform);
  if (os !== 'linux') return { os, wsl: undefined, container: false, systemd: false, bootId: 'calendar' };
  const container = isContainer(sources);
  return {
    os,
    wsl: container ? undefined : detectWsl(sources),
    container,
    systemd: sources.exists('/run/systemd/system'),
    bootId: sources.read('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown',
  };
}

function operatingSystem(platform: string): OperatingSystem {
  if (platform === 'win32') return 'windows';
  return platform === 'darwin' ? 'macos' : 'linux';
}

/**
 * A distribution made by `wsl --import` from a container's file system keeps the container's marker file, so a marker does not
 * count where the session's own WSL variable and WSL's run folder are both there.
 */
function isContainer(sources: HostSources): boolean {
  if (sources.env['WSL_DISTRO_NAME'] !== undefined && sources.exists('/run/WSL')) return false;
  if (sources.exists('/.dockerenv') || sources.exists('/run/.containerenv')) return true;
  if (sources.env['KUBERNETES_SERVICE_HOST'] !== undefined) return true;
  const named = sources.env['container'] ?? sources.read('/run/systemd/container')?.trim();
  if (named !== undefined && named !== '' && named !== 'wsl') return true;
  return /\/(docker|kubepods|containerd|lxc|libpod)[-/.]/.test(sources.read('/proc/1/cgroup') ?? '');
}

/** Kernels that users build themselves lack Microsoft's name, hence the variable and the program as further signs. */
function detectWsl(sources: HostSources): WslHost | undefined {
  const release = sources.read('/proc/sys/kernel/osrelease')?.trim() ?? '';
  const distro = sources.env['WSL_DISTRO_NAME'];
  const named = /microsoft/i.test(release);
  if (!named && (distro === undefined || distro === '') && !sources.exists('/usr/bin/wslinfo')) return undefined;
  // WSL 1 imitates one kernel and always says `4.4.0-19041-Microsoft`, with a capital; anything else is a real kernel.
  const version = /-Microsoft$/.test(release) && !/WSL2/i.test(release) ? 1 : 2;
  return { version, ...(distro ? { distro } : {}), interop: hasInterop(sources) };
}

/**
 * Both halves are needed: the kernel's registration of Windows programs, which all distributions of the virtual machine share, and
 * the socket that this distribution opens unless its wsl.conf says no. Under `sudo` the variable is gone, the socket is not.
 */
function hasInterop(sources: HostSources): boolean {
  const folder = '/proc/sys/fs/binfmt_misc';
  const entries = [`${folder}/WSLInterop`, `${folder}/WSLInterop-late`].map((file) => sources.read(file));
  const registered = entries.some((text) => text?.startsWith('enabled'));
  if (!registered && sources.exists(`${folder}/status`)) return false;
  const socket = sources.env['WSL_INTEROP'];
  if (socket !== undefined && sources.exists(socket)) return true;
  return sources.list('/run/WSL').some((name) => name.endsWith('_interop'));
}
