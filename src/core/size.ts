/** Amounts of data as people write them. */
import { err, ok, type Result } from './result.ts';

const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  tb: 1000 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/**
 * Reads `256MB`, `1.5 GiB`, `64kB`; capitals do not matter. The unit must be there: bytes are `B`.
 * @returns bytes, or why it is no size
 */
export function parseSize(text: string): Result<number, string> {
  const [, amount, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (amount === undefined || factor === undefined) return err('a size is a number with a unit, such as 64MB or 2GiB');
  const bytes = Math.round(Number(amount) * factor);
  return Number.isSafeInteger(bytes) ? ok(bytes) : err('a size is at most some thousand terabytes');
}

/** The least that a log may be limited to: what outputs are read from (its first MiB) must be among what is kept. */
export const LEAST_LOG_LIMIT = 4 * 1024 ** 2;

/** A log's limit as a workflow and a command line write it. @returns bytes, 0 for `none`, or why it is no limit */
export function parseLogLimit(text: string): Result<number, string> {
  if (text.trim() === 'none') return ok(0);
  const size = parseSize(text);
  if (!size.ok) return err(`${size.failure}, or none`);
  return size.value < LEAST_LOG_LIMIT ? err('a log keeps at least 4MiB') : size;
}

/** For people: `312 B`, `4.2 kB`, `1.0 GB`, and `2 GiB` for what is a whole number of those. */
export function formatSize(bytes: number): string {
  for (const [unit, factor] of [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
  ] as const)
    if (bytes > 0 && bytes % factor === 0) return `${bytes / factor} ${unit}`;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return power === 0 ? `${bytes} B` : `${(bytes / 1000 ** power).toFixed(1)} ${units[power] ?? ''}`;
}
