/**
 * Where the program keeps its own files for one user: the XDG folders on Linux, Library on macOS, LOCALAPPDATA on Windows.
 * `CODE_ENGINE_HOME` puts all of them under one folder (tests, shared machines).
 */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { posix, win32 } from 'node:path';
import { failure, failureFrom, type Failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import { host, type OperatingSystem } from './host.ts';

const APP = 'code-engine';

/** Absolute folders; none of them need exist yet (`ensurePrivateDir` makes them). */
export interface UserDirs {
  /** What the user sets. */
  readonly config: string;
  /** What can be made again: bundles, cached results. */
  readonly cache: string;
  /** What must be kept: journals, logs. */
  readonly state: string;
  /** Sockets and locks of this boot; short, since a socket's path has some 100 bytes. */
  readonly runtime: string;
}

export interface DirSources {
  readonly os: OperatingSystem;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly temp: string;
  /** Numeric user on Unix, `-1` on Windows. */
  readonly uid: number;
}

let known: UserDirs | undefined;

/** The folders of the user who runs this. */
export function userDirs(): UserDirs {
  known ??= userDirsFrom({ os: host().os, env: process.env, home: homedir(), temp: tmpdir(), uid: userInfo().uid });
  return known;
}

/** The same from given facts. */
export function userDirsFrom({ os, env, home, temp, uid }: DirSources): UserDirs {
  const paths = os === 'windows' ? win32 : posix;
  const join = (...parts: string[]): string => paths.join(...parts);
  const absolute = (name: string): string | undefined => {
    const value = env[name];
    // The XDG specification: a relative value is invalid and is to be ignored.
    return value !== undefined && paths.isAbsolute(value) ? value : undefined;
  };
  const one = absolute('CODE_ENGINE_HOME');
  if (one !== undefined) {
    return {
      config: join(one, 'config'),
      cache: join(one, 'cache'),
      state: join(one, 'state'),
      runtime: join(one, 'run'),
    };
  }
  switch (os) {
    case 'windows': {
      const local = join(absolute('LOCALAPPDATA') ?? join(home, 'AppData', 'Local'), APP);
      const roaming = absolute('APPDATA') ?? join(home, 'AppData', 'Roaming');
      return {
        config: join(roaming, APP),
        cache: join(local, 'Cache'),
        state: join(local, 'State'),
        runtime: join(local, 'Run'),
      };
    }
    case 'macos': {
      const support = join(home, 'Library', 'Application Support', APP);
      return { config: support, cache: join(home, 'Library', 'Caches', APP), state: support, runtime: join(temp, APP) };
    }
    case 'linux': {
      const runtime = absolute('XDG_RUNTIME_DIR');
      return {
        config: join(absolute('XDG_CONFIG_HOME') ?? join(home, '.config'), APP),
        cache: join(absolute('XDG_CACHE_HOME') ?? join(home, '.cache'), APP),
        state: join(absolute('XDG_STATE_HOME') ?? join(home, '.local', 'state'), APP),
        runtime: runtime === undefined ? join('/tmp', `${APP}-${String(uid)}`) : join(runtime, APP),
      };
    }
  }
}

/**
 * Makes a folder that only its user can enter (0700), parents too. A folder that is a link or somebody else's is refused: in a
 * shared `/tmp` another user may have put it there first.
 */
export function ensurePrivateDir(folder: string): Result<string> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (host().os === 'windows') return ok(folder); // The user's profile is private by its access list.
    const stat = lstatSync(folder);
    if (!stat.isDirectory()) return err(notOurs(folder, 'it is a link or a file'));
    if (stat.uid !== userInfo().uid) return err(notOurs(folder, 'it belongs to another user'));
    if ((stat.mode & 0o077) !== 0) chmodSync(folder, 0o700);
    return ok(folder);
  } catch (error) {
    return err(failureFrom(error, `make the private folder ${folder}`));
  }
}

const notOurs = (folder: string, why: string): Failure =>
  failure('denied', `The folder ${folder} cannot be used for private files: ${why}.`, {
    next: 'Remove it, or set CODE_ENGINE_HOME to a folder of your own.',
  });
