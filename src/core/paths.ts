/**
 * Paths between Windows and a WSL distribution, by the mounts that really are. Pure: the mounts are handed in
 * (`src/platform/mounts.ts` reads them). What has no sure answer is an error with a stable code, never a guess: `/mnt/c` is only
 * the default of a setting, and drives that are not mounted, shares and other distributions are not reachable under any path.
 */
import { err, ok, type Result } from './result.ts';
import {
  collapse,
  escapeForWindows,
  foldCase,
  hasStandIn,
  looksLikeWindowsPath,
  parseWindowsPath,
  unescapeFromWindows,
  type WindowsPath,
} from './windows-path.ts';

export { looksLikeWindowsPath, looksLikeWindowsRelative } from './windows-path.ts';

/** A mounted file system, in mount order. `source` is the Windows side (`C:\`, `\\server\share`), empty where it is none. */
export interface Mount {
  readonly source: string;
  readonly mountPoint: string;
}

export interface PathContext {
  /** The distribution that the Linux side is; without it, paths inside a distribution cannot be converted. */
  readonly distro?: string | undefined;
  /** Where relative paths start: an absolute path of either side. */
  readonly cwd?: string | undefined;
  /** All mounts of the distribution, oldest first. */
  readonly mounts: readonly Mount[];
}

export type PathErrorCode =
  | 'empty'
  | 'nul'
  | 'relative'
  | 'bad-cwd'
  | 'drive-relative'
  | 'device'
  | 'network-share'
  | 'not-mounted'
  | 'hidden'
  | 'above-root'
  | 'stream'
  | 'no-distro'
  | 'bad-distro'
  | 'other-distro'
  | 'already-linux'
  | 'already-windows'
  | 'ambiguous-name';

export interface PathError {
  readonly code: PathErrorCode;
  readonly message: string;
}

type Converted = Result<string, PathError>;

const refuse = (code: PathErrorCode, message: string): Result<never, PathError> => err({ code, message });

/** How WSL lets a distribution be called. */
export const DISTRO_NAME = /^[a-zA-Z0-9._-]+$/;

export const sameDistro = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Converts in the direction that is asked for. */
export const convertPath = (path: string, to: 'wsl' | 'windows', context: PathContext): Converted =>
  to === 'wsl' ? toWsl(path, context) : toWindows(path, context);

/** Windows to Linux: `C:\Users\name` to `/mnt/c/Users/name` where `C:` is mounted there. Text only, as `wslpath -u`. */
export function toWsl(path: string, context: PathContext): Converted {
  const fault = checkText(path);
  if (fault) return fault;
  if (/^\/(?!\/)/.test(path)) return refuse('already-linux', `${path} is not a Windows path.`);
  const parsed = parseWindowsPath(path);
  switch (parsed.form) {
    case 'drive':
    case 'unc':
    case 'wsl':
      return absoluteToWsl(parsed, path, context);
    case 'device':
      return refuse(
        'device',
        `${path} names a device or uses a prefix that has no Linux path; write it with a drive letter.`,
      );
    case 'drive-relative':
      return refuse('drive-relative', `${path} is relative to a current folder of its drive; write the whole path.`);
    case 'rooted':
    case 'relative': {
      const base = baseOf(parsed, path, context);
      return base.ok ? toWsl(base.value, { ...context, cwd: undefined }) : base;
    }
  }
}

/** The Windows path that a relative one means, from the context's folder. */
function baseOf(parsed: WindowsPath & { form: 'rooted' | 'relative' }, path: string, context: PathContext): Converted {
  if (context.cwd === undefined) return relative(path);
  const cwd =
    context.cwd.startsWith('/') && !context.cwd.startsWith('//') ? toWindows(context.cwd, context) : ok(context.cwd);
  if (!cwd.ok) return badCwd(context.cwd, cwd.failure);
  const base = parseWindowsPath(cwd.value);
  switch (base.form) {
    case 'drive':
      return ok(parsed.form === 'rooted' ? base.drive + parsed.rest : cwd.value + parsed.rest);
    case 'wsl':
    case 'unc':
      if (parsed.form === 'relative') return ok(cwd.value + parsed.rest);
      return refuse('relative', `${path} starts at the root of a drive, and ${context.cwd} is on none.`);
    default:
      return badCwd(context.cwd);
  }
}

const relative = (path: string): Converted =>
  refuse('relative', `${path} is relative, and the folder that it starts from is not known.`);

const badCwd = (cwd: string, cause?: PathError): Converted =>
  refuse('bad-cwd', `Relative paths cannot start from ${cwd}: ${cause?.message ?? 'it is not an absolute path.'}`);

type Absolute = WindowsPath & { form: 'drive' | 'unc' | 'wsl' };

function absoluteToWsl(parsed: Absolute, path: string, context: PathContext): Converted {
  if (parsed.rest.includes(':'))
    return refuse('stream', `${path} has a colon in a name, which on Windows names a stream of a file.`);
  const rest = collapse(parsed.rest, '\\');
  if (rest === undefined) return refuse('above-root', `${path} leads above its root.`);
  switch (parsed.form) {
    case 'wsl':
      return insideDistro(parsed.distro, rest, path, context.distro);
    case 'drive':
      return throughMounts(parsed.drive + rest, context.mounts, () =>
        refuse(
          'not-mounted',
          `Drive ${parsed.drive} is not mounted in the distribution, so ${path} has no path there.`,
        ),
      );
    case 'unc':
      return throughMounts(parsed.root + rest, context.mounts, () =>
        refuse('network-share', `${path} is on a network share, which the distribution has not mounted.`),
      );
  }
}

function insideDistro(named: string, rest: string, path: string, distro: string | undefined): Converted {
  if (named === '') return refuse('no-distro', `${path} names no distribution.`);
  if (!DISTRO_NAME.test(named)) return refuse('bad-distro', `${named} cannot be the name of a distribution.`);
  if (distro === undefined)
    return refuse('no-distro', `${path} is inside ${named}; which distribution this is, is not known.`);
  if (!sameDistro(named, distro)) return refuse('other-distro', `${path} is inside ${named}, not inside ${distro}.`);
  return ok(rest === '' ? '/' : unescapeFromWindows(rest));
}

/** The longest Windows side that is a prefix wins, the newer of equal ones; one that lies under another mount does not count. */
function throughMounts(path: string, mounts: readonly Mount[], none: () => Converted): Converted {
  const folded = foldCase(path);
  const matching = mounts
    .map((mount, index) => ({ mount, index, source: sourceOf(mount) }))
    .filter(({ source }) => source !== '' && isPrefix(foldCase(source), folded, '\\'))
    .sort((a, b) => b.source.length - a.source.length || b.index - a.index);
  if (matching.length === 0) return none();
  for (const { mount, source } of matching) {
    const point = pointOf(mount);
    const found = (point === '/' ? '' : point) + path.slice(source.length).replaceAll('\\', '/');
    if (ownerOf(point, mounts) === mount && ownerOf(found, mounts) === mount) return ok(found === '' ? '/' : found);
  }
  return refuse('hidden', `${path} cannot be reached: another file system is mounted over it in the distribution.`);
}

/** Linux to Windows: a drive where one is mounted, `\\wsl.localhost\DISTRO\…` elsewhere. Links are not followed here. */
export function toWindows(path: string, context: PathContext): Converted {
  const fault = checkText(path);
  if (fault) return fault;
  if (looksLikeWindowsPath(path)) return refuse('already-windows', `${path} is a Windows path already.`);
  const absolute = absoluteLinux(path, context);
  if (!absolute.ok) return absolute;
  const linux = collapse(absolute.value, '/');
  if (linux === undefined) return refuse('above-root', `${path} leads above the root.`);
  const owner = ownerOf(linux, context.mounts);
  const source = owner === undefined ? '' : sourceOf(owner);
  if (owner !== undefined && source !== '') {
    const point = pointOf(owner);
    const rest = escapeForWindows(linux.slice(point === '/' ? 0 : point.length));
    return ok(source + (rest === '' && /^[A-Za-z]:$/.test(source) ? '\\' : rest));
  }
  const { distro } = context;
  if (distro === undefined) return refuse('no-distro', `${path} is inside a distribution whose name is not known.`);
  if (!DISTRO_NAME.test(distro)) return refuse('bad-distro', `${distro} cannot be the name of a distribution.`);
  if (hasStandIn(linux)) return refuse('ambiguous-name', `${path} has a character that Windows reads as another one.`);
  return ok(`\\\\wsl.localhost\\${distro}${escapeForWindows(linux)}`);
}

function absoluteLinux(path: string, context: PathContext): Converted {
  if (path.startsWith('/')) return ok(path);
  if (context.cwd === undefined) return relative(path);
  const cwd = looksLikeWindowsPath(context.cwd) ? toWsl(context.cwd, { ...context, cwd: undefined }) : ok(context.cwd);
  if (!cwd.ok) return badCwd(context.cwd, cwd.failure);
  return cwd.value.startsWith('/') ? ok(`${cwd.value}/${path}`) : badCwd(context.cwd);
}

function checkText(path: string): Converted | undefined {
  if (path === '') return refuse('empty', 'The path is empty.');
  return path.includes('\0') ? refuse('nul', 'The path has a NUL character.') : undefined;
}

/** The mount that a Linux path lies on: the newest that covers it, since a later mount hides what was there before. */
function ownerOf(path: string, mounts: readonly Mount[]): Mount | undefined {
  const covers = (mount: Mount): boolean => {
    const point = pointOf(mount);
    return point.startsWith('/') && point !== '/' && isPrefix(point, path, '/');
  };
  return mounts.findLast(covers) ?? mounts.findLast((mount) => pointOf(mount) === '/');
}

const isPrefix = (prefix: string, path: string, separator: string): boolean =>
  path.startsWith(prefix) &&
  (path.length === prefix.length || path[prefix.length] === separator || prefix === separator);

/** Without a separator at the end, with `\`; empty for what is not Windows'. */
function sourceOf({ source }: Mount): string {
  const text = source.replaceAll('/', '\\');
  return /^(?:[A-Za-z]:(?:\\|$)|\\\\[^\\.?])/.test(text) ? text.replace(/\\+$/, '') : '';
}

const pointOf = ({ mountPoint }: Mount): string => mountPoint.replace(/\/+/g, '/').replace(/(?!^)\/$/, '');
