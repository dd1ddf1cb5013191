/**
 * The text of Windows paths: which form one has, its parts, and the private-use characters that stand for what Windows forbids in
 * names. Pure text; nothing here asks a file system. The rules are those of `wslpath`
 * (https://github.com/microsoft/WSL, src/linux/init/wslpath.cpp and escape.cpp).
 */

export type WindowsPath =
  /** `C:\x`, `c:/x`, `\\?\C:\x`; `drive` is `C:` as written. */
  | { readonly form: 'drive'; readonly drive: string; readonly rest: string }
  /** `\\wsl.localhost\Ubuntu\x`, `\\wsl$\Ubuntu\x`; `distro` is empty where none is named. */
  | { readonly form: 'wsl'; readonly distro: string; readonly rest: string }
  /** `\\server\share\x`; `root` is `\\server\share`. */
  | { readonly form: 'unc'; readonly root: string; readonly rest: string }
  /** `\\.\COM1`, `\\?\Volume{…}`, `\\?\UNC\…`. */
  | { readonly form: 'device' }
  /** `C:x`: relative to the folder that some program last had on that drive. */
  | { readonly form: 'drive-relative' }
  /** `\x`: on whatever drive one stands. */
  | { readonly form: 'rooted'; readonly rest: string }
  | { readonly form: 'relative'; readonly rest: string };

/** `rest` begins with `\` or is empty, and has `\` only. */
export function parseWindowsPath(text: string): WindowsPath {
  const path = text.replaceAll('/', '\\');
  if (path.startsWith('\\\\')) return parseDouble(path);
  if (path.startsWith('\\')) return { form: 'rooted', rest: path };
  if (!/^[A-Za-z]:/.test(path)) return { form: 'relative', rest: `\\${path}` };
  if (path[2] !== '\\') return { form: 'drive-relative' };
  return { form: 'drive', drive: path.slice(0, 2), rest: path.slice(2) };
}

function parseDouble(path: string): WindowsPath {
  if (/^\\\\\?\\[A-Za-z]:\\/.test(path)) return { form: 'drive', drive: path.slice(4, 6), rest: path.slice(6) };
  if (/^\\\\[.?](\\|$)/.test(path)) return { form: 'device' };
  const inWsl = /^\\\\wsl(?:\$|\.localhost)(?:\\+([^\\]*)(.*))?$/is.exec(path);
  if (inWsl) return { form: 'wsl', distro: inWsl[1] ?? '', rest: inWsl[2] ?? '' };
  const [, root = path, rest = ''] = /^(\\\\[^\\]+\\+[^\\]+)(.*)$/s.exec(path) ?? [];
  return { form: 'unc', root: root.replace(/(?!^)\\+/g, '\\').replace(/^\\*/, '\\\\'), rest };
}

/**
 * A text that means something on Windows only: a drive, a share, a device. Relative paths do not count (`looksLikeWindowsRelative`
 * does), nor do texts with a leading `//`, which Linux knows too.
 */
export function looksLikeWindowsPath(text: string): boolean {
  if (text.startsWith('//')) return false;
  const { form } = parseWindowsPath(text);
  switch (form) {
    case 'drive':
    case 'wsl':
    case 'device':
    case 'unc':
      return !/[\r\n]/.test(text);
    case 'drive-relative':
      return /^[A-Za-z]:[^\\/]+\\/.test(text);
    case 'rooted':
    case 'relative':
      return false;
  }
}

/** `infra\network`, `.\deploy.yaml`, `..\shop\`: backslashes where a file name on Linux would hardly have one. */
export const looksLikeWindowsRelative = (text: string): boolean =>
  /^(?:\.{1,2}|[\w.@+-]+)(?:\\[\w .@+-]+)+\\?$/.test(text);

/**
 * Removes empty and `.` parts and applies `..`; a separator at the end stays (and one is left after `.` and `..` there).
 * @param rest begins with the separator, or is empty
 * @returns the same form, or `undefined` where `..` leaves the root
 */
export function collapse(rest: string, separator: '/' | '\\'): string | undefined {
  if (rest === '') return '';
  const parts: string[] = [];
  const given = rest.split(separator).slice(1);
  for (const part of given) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== '' && part !== '.') parts.push(part);
  }
  const folder = ['', '.', '..'].includes(given.at(-1) ?? '');
  return `${separator}${parts.join(separator)}${folder && parts.length > 0 ? separator : ''}`;
}

/** What NTFS does not allow in a name (a slash aside): control characters and `" * : < > ? | \`. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const FORBIDDEN = /[\u0001-\u001F"*:<>?|\\]/g;
const STANDS_FOR = /[\uF001-\uF01F\uF022\uF02A\uF03A\uF03C\uF03E\uF03F\uF05C\uF07C]/g;

/** A Linux path in the letters of Windows: forbidden characters move to U+F000 and beyond, slashes become backslashes. */
export const escapeForWindows = (path: string): string =>
  path.replace(FORBIDDEN, (c) => String.fromCharCode(0xf000 + c.charCodeAt(0))).replaceAll('/', '\\');

/** The reverse, as it holds for paths inside a distribution (drives keep the private characters). */
export const unescapeFromWindows = (path: string): string =>
  path.replaceAll('\\', '/').replace(STANDS_FOR, (c) => String.fromCharCode(c.charCodeAt(0) - 0xf000));

/** A name on Linux that has such a character of its own cannot be told from an escaped one. */
export const hasStandIn = (path: string): boolean => path.search(STANDS_FOR) >= 0;

/** Compares as Windows does: letter by letter in upper case, where that is one letter. */
export const foldCase = (text: string): string =>
  text.replace(/[^]/gu, (c) => {
    const upper = c.toUpperCase();
    return upper.length === c.length ? upper : c;
  });
