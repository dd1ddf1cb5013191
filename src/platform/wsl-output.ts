/**
 * What `wsl.exe` prints, as data. Its own text is UTF-16LE without a mark, with `\r\n` (early builds: `\r\r\n`), unless WSL_UTF8=1
 * and the build is 0.64 or later; the setting may come from the user's own environment, so the bytes decide.
 * https://github.com/microsoft/WSL (src/windows/common/WslClient.cpp).
 */
import { DISTRO_NAME } from '../core/paths.ts';

export interface Distro {
  readonly name: string;
  /** As printed: `Running`, `Stopped`, `Installing`, `Uninstalling`, `Converting`, `Exporting`; `Unknown` where it was not. */
  readonly state: string;
  readonly version: number;
  readonly default: boolean;
}

/** Text of bytes in either encoding, without a mark, with `\n` only. */
export function decodeWslText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const marked = buffer.length >= 2 && buffer[0] === 0xff && buffer[1] === 0xfe;
  // UTF-8 text has no NUL; UTF-16 of any language has some, in blanks and line ends.
  const text = marked || buffer.includes(0) ? buffer.toString('utf16le') : buffer.toString('utf8');
  return text.replace(/^\uFEFF/, '').replace(/\r+\n/g, '\n');
}

/**
 * Reads `wsl.exe --list --verbose`; failing that `--list --quiet`, from builds that had no `--verbose` (they had WSL 1 only).
 * Headers and other lines are skipped by their form, so their language does not matter.
 */
export function parseDistroList(text: string): Distro[] {
  const distros: Distro[] = [];
  for (const line of text.split('\n')) {
    // Columns are at least two blanks apart; a state that fills its column may touch the number.
    const row = /^\s*(\*?)\s*(\S(?:.*?\S)??)\s{2,}(\S.*?)\s*(\d+)\s*$/.exec(line);
    if (row === null) continue;
    const [, star, name = '', state = '', version] = row;
    distros.push({ name, state, version: Number(version), default: star === '*' });
  }
  return distros;
}

/** Reads `wsl.exe --list --quiet`: names, the default one first. */
export function parseQuietList(text: string): Distro[] {
  const names = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => DISTRO_NAME.test(line));
  return names.map((name, index) => ({ name, state: 'Unknown', version: 1, default: index === 0 }));
}

/** Distributions that a container product made for itself: nobody's home, mostly without the tools of one. */
export const isUtilityDistro = (name: string): boolean =>
  /^(?:docker-desktop|rancher-desktop|podman-(?:machine|net)|finch|lima|colima)(?:$|-)/i.test(name);

/** The distribution to use where none is named: the default one, unless it is a product's own. */
export const preferredDistro = (distros: readonly Distro[]): Distro | undefined => {
  const usable = distros.filter((distro) => !isUtilityDistro(distro.name));
  return usable.find((distro) => distro.default) ?? usable[0];
};

/** `wsl.exe --version` by the order of its lines, since their words are translated. */
export function parseVersions(
  text: string,
): { readonly wsl: string; readonly kernel?: string; readonly windows?: string } | undefined {
  const numbers = text
    .split('\n')
    .map((line) => /[:：]\s*v?(\d+(?:\.\d+)+\S*)/.exec(line)?.[1])
    .filter((found) => found !== undefined);
  const [wsl, kernel] = numbers;
  const windows = numbers.length >= 3 ? numbers.at(-1) : undefined;
  return wsl === undefined
    ? undefined
    : { wsl, ...(kernel === undefined ? {} : { kernel }), ...(windows === undefined ? {} : { windows }) };
}
