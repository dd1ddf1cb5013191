import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { err, ok, type Result } from '../../core/result.ts';
import { errnoOf, failureFrom } from '../../core/failure.ts';
import { LOG_PAGE_BYTES, type LogPage } from '../../run/protocol.ts';
import { gapOf, NO_FOLLOW } from '../logs.ts';

/** Reads a page of a log, at any offset of a file of any size; a page begins and ends between two characters of UTF-8. */
export function readLogPage(path: string, offset: number, length: number): Result<LogPage> {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | NO_FOLLOW);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return ok({ text: '', bytes: 0, offset: 0, size: 0 });
    return err(failureFrom(error, `read the log ${path}`));
  }
  try {
    const { size } = fstatSync(file);
    const gap = gapOf(path);
    if (gap !== undefined && offset >= gap.from && offset < gap.to) {
      return ok({ text: '', bytes: Math.min(length, LOG_PAGE_BYTES, gap.to - offset), offset, size });
    }
    const from = Math.min(Math.max(0, offset - 3), size);
    const upTo = gap !== undefined && from < gap.from ? gap.from : size;
    const wanted = Math.min(length, LOG_PAGE_BYTES) + (offset - from);
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(wanted, upTo - from)));
    const bytes = buffer.subarray(0, readSync(file, buffer, 0, buffer.length, from));
    const start = Math.max(0, boundaryAtOrBefore(bytes, Math.min(offset, size) - from));
    const end = from + bytes.length >= upTo ? bytes.length : boundaryAtOrBefore(bytes, bytes.length);
    const page = bytes.subarray(start, Math.max(start, end));
    return ok({ text: page.toString('utf8'), bytes: page.length, offset: from + start, size });
  } catch (error) {
    return err(failureFrom(error, `read the log ${path}`));
  } finally {
    closeSync(file);
  }
}

/** The last place at or before `at` that is not inside a character; bytes that are no UTF-8 are characters of their own. */
function boundaryAtOrBefore(bytes: Buffer, at: number): number {
  for (let back = 1; back <= 4 && at - back >= 0; back++) {
    const byte = bytes[at - back] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue; // inside a character
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? at - back : at;
  }
  return at;
}
