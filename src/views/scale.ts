/** The time axis: which moments get a tick, and how they are written. */
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND,
  MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
  HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR, 168 * HOUR,
]; // prettier-ignore

export interface Tick {
  /** Milliseconds from the run's start. */
  readonly at: number;
  readonly label: string;
}

/** @param from,to milliseconds from the run's start @param room how many ticks fit at most */
export function ticks(from: number, to: number, room: number): Tick[] {
  const span = Math.max(1, to - from);
  const step = STEPS.find((each) => span / each <= Math.max(1, room)) ?? span;
  const found: Tick[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push({ at, label: tickLabel(at, step) });
  return found;
}

function tickLabel(at: number, step: number): string {
  if (at === 0) return '0';
  if (step < SECOND)
    return at % SECOND === 0 ? `${at / SECOND} s` : `${(at / SECOND).toFixed(step < 10 ? 3 : step < 100 ? 2 : 1)} s`;
  const [hours, minutes, seconds] = [Math.floor(at / HOUR), Math.floor(at / MINUTE) % 60, Math.floor(at / SECOND) % 60];
  const parts = [
    hours > 0 ? `${hours} h` : '',
    minutes > 0 ? `${minutes} m` : '',
    seconds > 0 && step < MINUTE ? `${seconds} s` : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}

/** How many tasks ran at once, by time: `buckets` equal pieces from `from` to `to`; the peak of each piece. */
export function concurrency(
  start: Float64Array,
  end: Float64Array,
  from: number,
  to: number,
  buckets: number,
): Uint32Array {
  const change = new Int32Array(buckets + 1);
  const width = Math.max(1, to - from) / buckets;
  for (let task = 0; task < start.length; task++) {
    const [a, b] = [start[task] ?? 0, end[task] ?? 0];
    if (b <= from || a >= to || b <= a) continue;
    const first = Math.max(0, Math.min(buckets - 1, Math.floor((a - from) / width)));
    const last = Math.max(first, Math.min(buckets - 1, Math.ceil((b - from) / width) - 1));
    change[first] = (change[first] ?? 0) + 1;
    change[last + 1] = (change[last + 1] ?? 0) - 1;
  }
  const counts = new Uint32Array(buckets);
  let running = 0;
  for (let i = 0; i < buckets; i++) counts[i] = running += change[i] ?? 0;
  return counts;
}
