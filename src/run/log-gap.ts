/**
 * The gap of a log that reached its limit: its beginning and its end are kept, what stood between is left out. Places in the log stay
 * what they were, since the file has a hole there (which takes no room on the disk); the gap's edges stand in a small file beside it,
 * and right before the hole the log itself says in words what is missing.
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

/** How long the words are, always: they are written again each time that more is left out. */
export const NOTICE_BYTES = 128;

/** Two line ends around one line of words. */
export function noticeFor(leftOut: number, limit: number): string {
  const words = `[code-engine: ${leftOut} bytes are left out here; the limit of this log is ${formatSize(limit)}]`;
  return `\n${words.slice(0, NOTICE_BYTES - 2).padEnd(NOTICE_BYTES - 2)}\n`;
}

/** The parts of a range of the log that are there. */
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
