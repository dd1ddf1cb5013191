/** One question with one-letter answers, on a terminal. */
import type { Io } from './io.ts';

/** Waits for one of `choices`; Ctrl-C and the end of input are the last of them. */
export async function askChoice<T extends string>(question: string, choices: readonly T[], io: Io): Promise<T> {
  const last = choices.at(-1) as T;
  io.out.write(question);
  io.keyboard?.setRawMode(true);
  try {
    return await new Promise<T>((resolve) => {
      const onData = (chunk: Uint8Array | string): void => {
        for (const key of String(chunk)) {
          const found = key === '\u0003' ? last : choices.find((c) => c === key.toLowerCase());
          if (found === undefined) continue;
          done(found);
          return;
        }
      };
      const onEnd = (): void => done(last);
      const done = (answer: T): void => {
        io.stdin.off('data', onData);
        io.stdin.off('end', onEnd);
        io.stdin.pause();
        resolve(answer);
      };
      io.stdin.on('data', onData);
      io.stdin.on('end', onEnd);
      io.stdin.resume();
    });
  } finally {
    io.keyboard?.setRawMode(false);
    io.out.write('\n');
  }
}
