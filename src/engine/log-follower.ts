/**
 * Notices what running attempts write. The files belong to the tasks' own descriptors, so a gigabyte of output costs the engine one
 * `stat` now and then: each look that finds a file grown becomes one `task.output` event with offset and length.
 *
 * An attempt is looked at from its twentieth millisecond on and once more at its end; most short ones only there.
 */
import { statSync } from 'node:fs';
import type { Stream } from '../run/events.ts';

export interface FollowedLog {
  readonly task: string;
  readonly attempt: number;
  readonly stdout: string;
  readonly stderr: string;
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

  /** @returns a function that takes the last look and ends following; it tells how many bytes each stream has */
  follow(log: FollowedLog): () => Readonly<Record<Stream, number>> {
    const entry: Entry = { log, since: performance.now(), seen: { stdout: 0, stderr: 0 } };
    this.#entries.add(entry);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    return () => {
      if (!this.#entries.delete(entry)) return entry.seen;
      this.#lookAt(entry);
      if (this.#entries.size === 0 && this.#timer !== undefined) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
      return entry.seen;
    };
  }

  #look(): void {
    const now = performance.now();
    for (const entry of this.#entries) if (now - entry.since >= FIRST_LOOK_MS) this.#lookAt(entry);
  }

  #lookAt(entry: Entry): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const size = statSync(entry.log[stream], { throwIfNoEntry: false })?.size ?? 0;
      const seen = entry.seen[stream];
      if (size <= seen) continue;
      entry.seen[stream] = size;
      this.#onOutput(entry.log, stream, seen, size - seen);
    }
  }
}
