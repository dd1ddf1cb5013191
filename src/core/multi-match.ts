/**
 * Finds many byte patterns in one pass (after Wu and Manber, 1994): the last two bytes of a window say how far the window may jump,
 * so most bytes of a log are never looked at. A `Buffer.indexOf` per pattern would read everything once per pattern.
 */

export interface Matcher {
  /** Length of the longest pattern, in bytes; 0 where there is none. */
  readonly longest: number;
  /** Calls back for every occurrence of every pattern, by rising start. */
  scan(bytes: Uint8Array, onMatch: (start: number, end: number) => void): void;
  /** Where the first suffix of `bytes` begins that could grow into a pattern; `bytes.length` where none does. */
  unfinishedAt(bytes: Uint8Array): number;
}

const PAIRS = 65_536;

/** @param patterns each at least two bytes long */
export function makeMatcher(patterns: readonly Uint8Array[]): Matcher {
  if (patterns.length === 0) return { longest: 0, scan: () => undefined, unfinishedAt: (bytes) => bytes.length };
  const window = Math.min(255, ...patterns.map((pattern) => pattern.length));
  const longest = Math.max(...patterns.map((pattern) => pattern.length));
  const { jump, ending } = tables(patterns, window);
  return {
    longest,
    scan: (bytes, onMatch) => {
      scan(bytes, window, jump, ending, onMatch);
    },
    unfinishedAt: unfinishedFinder(patterns, longest),
  };
}

/** `jump`: how far the window may move, by its last pair of bytes. `ending`: patterns whose window ends in that pair. */
function tables(
  patterns: readonly Uint8Array[],
  window: number,
): { jump: Uint8Array; ending: Map<number, Uint8Array[]> } {
  const jump = new Uint8Array(PAIRS).fill(window - 1);
  const ending = new Map<number, Uint8Array[]>();
  for (const pattern of patterns) {
    for (let at = 1; at < window; at++) {
      const pair = pairAt(pattern, at);
      jump[pair] = Math.min(jump[pair] ?? 0, window - 1 - at);
    }
    const last = pairAt(pattern, window - 1);
    const same = ending.get(last);
    if (same === undefined) ending.set(last, [pattern]);
    else same.push(pattern);
  }
  return { jump, ending };
}

function scan(
  bytes: Uint8Array,
  window: number,
  jump: Uint8Array,
  ending: ReadonlyMap<number, readonly Uint8Array[]>,
  onMatch: (start: number, end: number) => void,
): void {
  const length = bytes.length;
  let at = window - 1;
  while (at < length) {
    // Indices are within bounds by the loop's condition; a check per byte would halve the speed.
    const pair = ((bytes[at - 1] as number) << 8) | (bytes[at] as number);
    const move = jump[pair] as number;
    if (move > 0) {
      at += move;
      continue;
    }
    const start = at - window + 1;
    for (const pattern of ending.get(pair) ?? []) {
      if (startsWith(bytes, start, pattern, pattern.length)) onMatch(start, start + pattern.length);
    }
    at += 1;
  }
}

function unfinishedFinder(patterns: readonly Uint8Array[], longest: number): (bytes: Uint8Array) => number {
  const byFirst = new Map<number, Uint8Array[]>();
  for (const pattern of patterns) {
    const first = pattern[0] ?? 0;
    byFirst.set(first, [...(byFirst.get(first) ?? []), pattern]);
  }
  return (bytes) => {
    for (let start = Math.max(0, bytes.length - longest + 1); start < bytes.length; start++) {
      const candidates = byFirst.get(bytes[start] ?? 0);
      if (candidates === undefined) continue;
      const rest = bytes.length - start;
      if (candidates.some((pattern) => pattern.length > rest && startsWith(bytes, start, pattern, rest))) return start;
    }
    return bytes.length;
  };
}

const pairAt = (bytes: Uint8Array, at: number): number => ((bytes[at - 1] ?? 0) << 8) | (bytes[at] ?? 0);

/** Whether `bytes` from `start` on equals the first `count` bytes of `pattern`. */
function startsWith(bytes: Uint8Array, start: number, pattern: Uint8Array, count: number): boolean {
  if (start + count > bytes.length) return false;
  for (let at = 0; at < count; at++) if (bytes[start + at] !== pattern[at]) return false;
  return true;
}
