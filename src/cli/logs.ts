/**
 * Reads the log files of one run. Events say where bytes lie, the files hold them; nothing here keeps more than one piece in memory,
 * so a gigabyte is read in the space of a page.
 */
import { closeSync, openSync, readFileSync, readSync, fstatSync, statSync, constants } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import type { Stream } from '../run/events.ts';
import { logFile, type RunLayout } from '../run/layout.ts';
import { gapFile, partsBeside, readGap, type LogGap } from '../run/log-gap.ts';

/** The most that is read at once. */
export const PIECE_BYTES = 262_144;

/** Open files are kept for those that speak often; the others are opened again. */
const OPEN_FILES = 64;

/** A link in the place of a log is none of ours. Windows has no such flag. */
export const NO_FOLLOW = (constants as Partial<typeof constants>).O_NOFOLLOW ?? 0;

export interface Place {
  readonly task: string;
  readonly attempt: number;
  readonly stream: Stream;
}

export class LogFiles {
  readonly #layout: RunLayout;
  readonly #files = new Map<string, number>();
  readonly #decoders = new Map<string, StringDecoder>();

  constructor(layout: RunLayout) {
    this.#layout = layout;
  }

  path(place: Place): string {
    return logFile(this.#layout, place.task, place.attempt, place.stream);
  }

  /** Bytes in the file now; 0 where there is none. */
  size(place: Place): number {
    const fd = this.#open(this.path(place));
    return fd === undefined ? 0 : fstatSync(fd).size;
  }

  /** Pieces of at most `PIECE_BYTES`, each with its own offset, as far as the file goes; what a limit left out is left out. */
  *pieces(
    place: Place,
    offset: number,
    length: number,
  ): Generator<{ readonly offset: number; readonly bytes: Buffer }> {
    const fd = this.#open(this.path(place));
    if (fd === undefined) return;
    const end = offset + length;
    for (let at = offset; at < end;) {
      const gap = gapOf(this.path(place));
      const [part] = partsBeside(gap, at, Math.min(PIECE_BYTES, end - at));
      if (part === undefined) {
        at = Math.min(end, gap?.to ?? end); // all of it is left out
        continue;
      }
      const bytes = Buffer.allocUnsafe(part.length);
      const read = readSync(fd, bytes, 0, bytes.length, part.offset);
      if (read === 0) return;
      const piece = bytes.subarray(0, read);
      if (piece.includes(0) && !sameGap(gap, gapOf(this.path(place)))) continue; // it was left out while it was read
      yield { offset: part.offset, bytes: piece };
      at = part.offset + read;
    }
  }

  /** Decodes a piece; the beginning of a character that the piece cuts is kept for the next one of the same stream. */
  decode(place: Place, bytes: Buffer): string {
    const key = keyOf(place);
    let decoder = this.#decoders.get(key);
    if (decoder === undefined) {
      decoder = new StringDecoder('utf8');
      this.#decoders.set(key, decoder);
    }
    return decoder.write(bytes);
  }

  /** The attempt has ended: what is left of a cut character (as a replacement sign), mostly nothing. */
  finish(place: Place): string {
    const key = keyOf(place);
    const rest = this.#decoders.get(key)?.end() ?? '';
    this.#decoders.delete(key);
    return rest;
  }

  /** The last lines of a file, of its last 64 KiB at most. */
  tail(place: Place, lines: number, bytes = 65_536): string[] {
    const size = this.size(place);
    const from = Math.max(0, size - bytes);
    const parts: Buffer[] = [];
    for (const piece of this.pieces(place, from, size - from)) parts.push(piece.bytes);
    const all = Buffer.concat(parts).toString('utf8').split('\n');
    if (all.at(-1) === '') all.pop();
    if (from > 0 && all.length > 1) all.shift();
    return lines <= 0 ? [] : all.slice(-lines);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  close(): void {
    for (const fd of this.#files.values()) closeSync(fd);
    this.#files.clear();
  }

  #open(file: string): number | undefined {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    let fd: number;
    try {
      // A link in the run's folder is none of ours: it is not followed.
      fd = openSync(file, constants.O_RDONLY | NO_FOLLOW);
    } catch {
      return undefined;
    }
    if (this.#files.size >= OPEN_FILES) {
      const [oldest] = this.#files;
      if (oldest !== undefined) {
        closeSync(oldest[1]);
        this.#files.delete(oldest[0]);
      }
    }
    this.#files.set(file, fd);
    return fd;
  }
}

const keyOf = (place: Place): string => `${place.task}\n${place.attempt}\n${place.stream}`;

/** What a limit left out of a log, by the file beside it. */
export function gapOf(log: string): LogGap | undefined {
  const file = gapFile(log);
  // Asked for every piece of every log, where there mostly is none: a system call, and no error to be made.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  try {
    return readGap(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

const sameGap = (a: LogGap | undefined, b: LogGap | undefined): boolean => a?.from === b?.from && a?.to === b?.to;
