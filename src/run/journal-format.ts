/**
 * A journal consists of lines `CRC32 JSON`: eight hexadecimal digits over the JSON's bytes, a space, one event, a newline. A line counts
 * as a whole or not at all: whatever follows the last good line is a torn write (the process or the machine died during it), which the
 * next writer cuts off. A bad line *before* good ones is damage, and is reported.
 */
import { crc32 } from 'node:zlib';
import { isObject, parseJson, type JsonObject } from '../core/json.ts';
import { isSound } from './event-shape.ts';
import type { RunEvent } from './events.ts';
import { upToDate, type Line } from './journal-versions.ts';

export function encodeLine(event: RunEvent): string {
  const json = JSON.stringify(event);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

export interface DecodedJournal {
  readonly events: RunEvent[];
  /** Bytes up to the end of the last good line: where a writer goes on. */
  readonly goodBytes: number;
  /** Numbers (from 1) of lines that are damaged although good ones follow. */
  readonly damaged: readonly number[];
  /** Bytes after the last good line: a torn write. */
  readonly tornBytes: number;
  /** The version of lines that a later engine wrote; such a journal must not be touched. */
  readonly newer?: number;
}

const NEWLINE = 10;

/** Reads a journal's bytes, or a part that starts at a line's beginning. Never throws. */
export function decodeJournal(bytes: Buffer): DecodedJournal {
  const events: RunEvent[] = [];
  const bad: number[] = [];
  let goodBytes = 0;
  let badBeforeGood = 0;
  let line = 0;
  let start = 0;
  let newer: number | undefined;
  for (let end = bytes.indexOf(NEWLINE, start); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    line++;
    const read = readLine(bytes.subarray(start, end));
    start = end + 1;
    if (read.kind === 'damaged') {
      bad.push(line);
      continue;
    }
    if (read.kind === 'newer') newer = Math.max(newer ?? 0, read.version);
    else events.push(read.line as unknown as RunEvent); // the checksum says that we wrote it
    goodBytes = start;
    badBeforeGood = bad.length;
  }
  const damaged = bad.slice(0, badBeforeGood);
  return { events, goodBytes, damaged, tornBytes: bytes.length - goodBytes, ...(newer === undefined ? {} : { newer }) };
}

/** One line without its newline. */
function readLine(bytes: Buffer): Line {
  const json = bytes.subarray(9);
  if (bytes.length < 11 || bytes[8] !== 32 || hexadecimal(bytes) !== crc32(json)) return { kind: 'damaged' };
  const value = parseJson(json.toString('utf8'));
  const fine = isObject(value) && typeof value['type'] === 'string' && typeof value['seq'] === 'number';
  const line: Line = fine ? upToDate(value as JsonObject) : { kind: 'damaged' };
  return line.kind === 'line' && !isSound(line.line) ? { kind: 'damaged' } : line;
}

/** What the first eight bytes say in lower-case hexadecimal digits, without a string for each line; NaN where they are none. */
function hexadecimal(bytes: Buffer): number {
  let value = 0;
  for (let at = 0; at < 8; at++) {
    const byte = bytes[at] ?? 0;
    const digit = byte >= 48 && byte <= 57 ? byte - 48 : byte >= 97 && byte <= 102 ? byte - 87 : NaN;
    value = value * 16 + digit;
  }
  return value;
}
