/** What V8 is told while it runs, where its usual ways do not fit this program's. */
import { setFlagsFromString } from 'node:v8';

/** Node's versions whose V8 was seen to take these flags while running; another might complain on the terminal. */
const KNOWN = /^v(20|22|24|25)\./;

/** Electron may have locked its flags. */
const isKnown = (): boolean => KNOWN.test(process.version) && process.versions['electron'] === undefined;

/**
 * Holds the process's memory near what it really keeps. V8 lets a heap grow far beyond its living part before it looks for garbage: with
 * ten thousand tasks a run's processes kept 20 MB and took 150. Looking earlier costs a few milliseconds of a run of seconds.
 * To be called before anything is loaded.
 * @param growthPercent how much garbage the old generation may hold, of what lived last time
 */
export function keepHeapSmall(growthPercent: number): void {
  if (!isKnown()) return;
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
}

/**
 * Patterns are translated to machine code after a hundred uses instead of one. A planner has a thousand patterns and uses most of them a
 * few times: translating them was a sixth of its time.
 */
export function translatePatternsLate(): void {
  if (isKnown()) setFlagsFromString('--regexp-tier-up-ticks=100');
}

/**
 * Functions are compiled for speed after fifteen times as much work as usual. A run of a thousand tasks lasts a second: compiling took a
 * sixth of the processor time of all its processes, on threads that the tasks want, and paid back only from ten thousand tasks on. What
 * works for long, such as masking a large log, is still compiled within its first milliseconds.
 */
export function optimizeLate(): void {
  if (!isKnown()) return;
  const counts = process.version.startsWith('v20.')
    ? '--interrupt-budget=1000000'
    : '--invocation-count-for-turbofan=45000';
  setFlagsFromString(counts);
}
