/**
 * The mounts of a distribution as `/proc/self/mountinfo` tells them (proc(5)), with the Windows side of each: the truth about where
 * drives are, whatever `/etc/wsl.conf` says. Windows drives come as `drvfs` (WSL 1), `9p` or `virtiofs` (WSL 2).
 */
import { readFileSync, readlinkSync } from 'node:fs';
import type { Mount } from '../core/paths.ts';

/** Where a virtiofs tag leads: the Windows path behind `/run/wsl/virtiofs/TAG`, `undefined` where it is not known. */
export type TagReader = (tag: string) => string | undefined;

/** @returns all mounts in mount order; `source` is empty for what is not Windows' */
export function parseMountinfo(text: string, readTag: TagReader): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split('\n')) {
    const mount = parseLine(line, readTag);
    if (mount !== undefined) mounts.push(mount);
  }
  return mounts;
}

/** `id parent major:minor root point options [tags…] - type source superOptions`; a source may be empty, so blanks are counted. */
function parseLine(line: string, readTag: TagReader): Mount | undefined {
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  const [root, mountPoint] = [fields[3], fields[4]];
  if (dash < 0 || root === undefined || mountPoint === undefined) return undefined;
  const [type = '', source = '', options = ''] = fields.slice(dash + 1);
  // WSL's own plumbing: the drives are bound from there to where users see them.
  const hidden = type === 'virtiofs' && mountPoint.startsWith('/run/wsl/virtiofs-mounts');
  const windows = hidden ? '' : windowsSide(type, unescapeOctal(source), options, unescapeOctal(root), readTag);
  return { source: windows, mountPoint: unescapeOctal(mountPoint) };
}

function windowsSide(type: string, source: string, options: string, root: string, readTag: TagReader): string {
  switch (type) {
    case 'drvfs':
      return under(source.replaceAll('/', '\\'), root);
    case '9p':
      return under(plan9Source(options), root);
    case 'virtiofs': {
      const child = /^\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\/.*)?$/i.exec(root);
      if (child !== null && /^drvfsa?$/.test(source)) return under(readTag(child[1] ?? '') ?? '', child[2] ?? '/');
      // Early builds put the drive's letter in the tag.
      const letter = /^drvfsa?([A-Z])$/.exec(source)?.[1];
      return under(letter === undefined ? (readTag(source) ?? '') : `${letter}:`, root);
    }
    default:
      return '';
  }
}

/** The option `aname=drvfs;path=C:\;uid=…` of a 9p mount; 9p mounts that are no drives (WSLg's, GPU drivers) have another name. */
function plan9Source(options: string): string {
  for (const option of options.split(',').map(unescapeOctal)) {
    if (!option.startsWith('aname=drvfs')) continue;
    const path = /(?:^|;)path=([^;]*)/.exec(option)?.[1]?.replaceAll('/', '\\') ?? '';
    if (/^[A-Za-z]:/.test(path)) return path;
    return path.startsWith('UNC\\') ? `\\\\${path.slice(4)}` : '';
  }
  return '';
}

/** A bind mount shows a folder of the file system: the Windows side is the source and that folder. */
function under(source: string, root: string): string {
  if (source === '' || root === '/') return source;
  return root.endsWith('//deleted') ? '' : source.replace(/\\+$/, '') + root.replaceAll('/', '\\');
}

/** The kernel writes blanks, tabs, newlines and backslashes as `\040` and so on, its UTF-8 bytes plain. */
const unescapeOctal = (field: string): string =>
  field.replace(/\\([0-3][0-7]{2})/g, (_all, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/**
 * The mounts of this very process; empty where there is no such file (macOS, Windows). `CODE_ENGINE_MOUNTINFO` names another file to
 * be read in its place: how a machine without Windows is told what one with it would say.
 */
export function ownMounts(): Mount[] {
  try {
    return parseMountinfo(
      readFileSync(process.env['CODE_ENGINE_MOUNTINFO'] ?? '/proc/self/mountinfo', 'utf8'),
      (tag) => {
        try {
          return readlinkSync(`/run/wsl/virtiofs/${tag}`);
        } catch {
          return undefined;
        }
      },
    );
  } catch {
    return [];
  }
}

/** Whether a folder of this distribution lies on a Windows file system, by the newest mount that covers it. */
export function isOnWindowsDrive(folder: string, mounts: readonly Mount[] = ownMounts()): boolean {
  const covers = ({ mountPoint }: Mount): boolean =>
    folder === mountPoint || folder.startsWith(mountPoint === '/' ? '/' : `${mountPoint}/`);
  const owner = mounts.findLast((mount) => mount.mountPoint !== '/' && covers(mount)) ?? mounts.findLast(covers);
  return owner !== undefined && owner.source !== '';
}
