/**
 * The gap in a log that reached its limit: the beginning and the end are kept, the middle is dropped. Offsets in the log stay valid,
 * because the file has a hole there (which takes no disk space). A small file beside the log holds the edges of the gap,
 * and the log itself says right before the hole how much is missing.
 */
import { isObject, parseJson } from '../core/json.ts';
import { formatSize } from '../core/size.ts';

export interface LogGap {
  /** The first byte that is left out. */
  readonly from: number;
  /** The first byte behind it. */
  readonly to: number;
}

export const gapFile = (log: string): string => `${log}.gap`;

export const gapText = (gap: LogGap): string => JSON.stringify({ v: 1, ...gap });

/** @returns nothing where the text is none of ours */
export function readGap(text: string): LogGap | undefined {
  const value = parseJson(text);
  if (!isObject(value) || value['v'] !== 1) return undefined;
  const { from, to } = value;
  const fine =
    Number.isSafeInteger(from) && Number.isSafeInteger(to) && Number(from) >= 0 && Number(to) >= Number(from);
  return fine ? { from: Number(from), to: Number(to) } : undefined;
}

/** The fixed length of the notice, which is overwritten each time that more is dropped. */
export const NOTICE_BYTES = 128;

/** The notice in the log: one line, with a line end before and after it. */
export function noticeFor(leftOut: number, limit: number): string {
  const words = `[code-engine: ${leftOut} bytes are left out here; the limit of this log is ${formatSize(limit)}]`;
  return `\n${words.slice(0, NOTICE_BYTES - 2).padEnd(NOTICE_BYTES - 2)}\n`;
}

/** The parts of a range of the log that lie outside the gap. */
export function partsBeside(
  gap: LogGap | undefined,
  offset: number,
  length: number,
): { offset: number; length: number }[] {
  const end = offset + length;
  if (gap === undefined || end <= gap.from || offset >= gap.to) return length > 0 ? [{ offset, length }] : [];
  return [
    { offset, length: gap.from - offset },
    { offset: gap.to, length: end - gap.to },
  ].filter((part) => part.length > 0);
}
