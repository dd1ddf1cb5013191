/**
 * A journal is lines of `CRC32 JSON`: eight hexadecimal digits over the JSON's bytes, a space, one event, a newline. A line is there
 * whole or not at all: what follows the last good line is a torn write (the process or the machine died in it) and is cut off by
 * the next writer. A bad line *before* good ones is damage, and is told.
 */
import { crc32 } from 'node:zlib';
import { isObject } from '../core/json.ts';
import type { RunEvent } from './events.ts';

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
  for (let end = bytes.indexOf(NEWLINE, start); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    line++;
    const event = decodeLine(bytes.subarray(start, end));
    start = end + 1;
    if (event === undefined) {
      bad.push(line);
      continue;
    }
    events.push(event);
    goodBytes = start;
    badBeforeGood = bad.length;
  }
  return { events, goodBytes, damaged: bad.slice(0, badBeforeGood), tornBytes: bytes.length - goodBytes };
}

/** One line without its newline; `undefined` where it is damaged. */
export function decodeLine(bytes: Buffer): RunEvent | undefined {
  if (bytes.length < 11 || bytes[8] !== 32) return undefined;
  const json = bytes.subarray(9);
  if (bytes.toString('latin1', 0, 8) !== crc32(json).toString(16).padStart(8, '0')) return undefined;
  try {
    const value: unknown = JSON.parse(json.toString('utf8'));
    return isObject(value) && typeof value['type'] === 'string' && typeof value['seq'] === 'number'
      ? (value as unknown as RunEvent) // the checksum says that we wrote it
      : undefined;
  } catch {
    return undefined;
  }
}
