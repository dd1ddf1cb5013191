import { setTimeout as delay } from 'node:timers/promises';

/** Waits so many milliseconds; ends early, and without an error, when the signal fires. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined); // it can only be aborted
}
