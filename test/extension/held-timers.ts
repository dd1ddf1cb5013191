/** Timers that go off when a test says so. */
export interface HeldTimers {
  /** All that are due go off, and those that they set, up to `most` times in all. @returns how many did */
  readonly pass: (most?: number) => number;
  readonly release: () => void;
}

export function holdTimers(): HeldTimers {
  const { setTimeout, clearTimeout } = globalThis;
  const due = new Map<number, () => void>();
  let last = 0;
  globalThis.setTimeout = ((act: () => void) => {
    due.set(++last, act);
    return last;
  }) as unknown as typeof setTimeout;
  globalThis.clearTimeout = ((id: number) => void due.delete(id)) as unknown as typeof clearTimeout;
  return {
    pass: (most = Infinity) => {
      let gone = 0;
      for (const [id, act] of due) {
        if (gone === most) break;
        due.delete(id);
        act();
        gone++;
      }
      return gone;
    },
    release: () => Object.assign(globalThis, { setTimeout, clearTimeout }),
  };
}
