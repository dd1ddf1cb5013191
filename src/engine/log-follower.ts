/**
 * Notices what running attempts write. The files belong to the tasks' own descriptors, so a gigabyte of output costs the engine one
 * `stat` now and then: each look that finds a file grown becomes one `task.output` event with offset and length.
 *
 * An attempt is looked at from its twentieth millisecond on and once more at its end; most short ones only there.
 */
import { statSync } from 'node:fs';
import type { Stream } from '../run/events.ts';
import type { LogLimit } from './log-limit.ts';

export interface FollowedLog {
  readonly task: string;
  readonly attempt: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Where the logs have a limit. */
  readonly limits?: Readonly<Record<Stream, LogLimit>>;
  /** Bytes that were told of already. Default: none. */
  readonly told?: Readonly<Record<Stream, number>>;
}

export type OnOutput = (log: FollowedLog, stream: Stream, offset: number, length: number) => void;

interface Entry {
  readonly log: FollowedLog;
  readonly since: number;
  readonly seen: Record<Stream, number>;
}

const LOOK_MS = 50;
const FIRST_LOOK_MS = 20;

export class LogFollower {
  readonly #onOutput: OnOutput;
  readonly #entries = new Set<Entry>();
  #timer: NodeJS.Timeout | undefined;

  constructor(onOutput: OnOutput) {
    this.#onOutput = onOutput;
  }

  /** @returns a function that takes the last look and ends following; what it returns is to be waited for, where it returns anything */
  follow(log: FollowedLog): () => Promise<unknown> | undefined {
    const entry: Entry = { log, since: performance.now(), seen: { stdout: 0, stderr: 0, ...log.told } };
    this.#entries.add(entry);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    return () => {
      if (!this.#entries.delete(entry)) return undefined;
      const shortening = this.#lookAt(entry);
      if (this.#entries.size === 0 && this.#timer !== undefined) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
      return shortening;
    };
  }

  #look(): void {
    const now = performance.now();
    for (const entry of this.#entries) if (now - entry.since >= FIRST_LOOK_MS) void this.#lookAt(entry);
  }

  #lookAt(entry: Entry): Promise<unknown> | undefined {
    let shortening: Promise<unknown> | undefined;
    for (const stream of ['stdout', 'stderr'] as const) {
      const size = statSync(entry.log[stream], { throwIfNoEntry: false })?.size ?? 0;
      const seen = entry.seen[stream];
      if (size <= seen) continue;
      entry.seen[stream] = size;
      this.#onOutput(entry.log, stream, seen, size - seen);
      const work = entry.log.limits?.[stream].look(size);
      if (work !== undefined) shortening = shortening === undefined ? work : Promise.all([shortening, work]);
    }
    return shortening;
  }
}
