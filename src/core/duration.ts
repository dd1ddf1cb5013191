import { err, ok, type Result } from './result.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The longest duration that a timer of Node can hold without overflowing: 2^31 - 1 ms, about 24.8 days. */
export const MAX_DURATION_MS = 2_147_483_647;

/**
 * Reads `300s`, `5m`, `1h30m`, `500ms`, `1.5s` or a bare number of seconds.
 * @returns milliseconds, and whether the unit was missing; or why it is no duration
 */
export function parseDuration(text: string | number): Result<{ ms: number; bare: boolean }, string> {
  const trimmed = String(text).trim();
  const simple = /^(\d{1,9})(ms|s|m|h|d)$/.exec(trimmed);
  if (simple !== null) return within(Number(simple[1]) * (UNITS[simple[2] ?? 's'] ?? 1000), false);
  if (/^\d+(\.\d+)?$/.test(trimmed)) return within(Number(trimmed) * 1000, true);
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(trimmed)) {
    return err('a duration is a number with a unit, such as 500ms, 30s, 5m or 1h30m');
  }
  let ms = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    ms += Number(amount) * (UNITS[unit ?? 's'] ?? 1000);
  }
  return within(ms, false);
}

function within(ms: number, bare: boolean): Result<{ ms: number; bare: boolean }, string> {
  if (ms > MAX_DURATION_MS) return err('a duration is at most 24 days');
  return ok({ ms: Math.round(ms), bare });
}

/** For people: `420 ms`, `3.2 s`, `1 m 05 s`, `2 h 10 m`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
}
