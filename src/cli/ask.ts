/** One question with one-letter answers, on a terminal. */
import type { Io } from './io.ts';

/** Ctrl-Z, as a key. */
export const SUSPEND = '\u001a';

/** Stops as at any other time, and asks again when the program is brought back. */
function suspended(question: string, io: Io): Promise<void> {
  if (io.suspend === undefined) return Promise.resolve();
  io.keyboard?.setRawMode(false);
  return new Promise((resolve) => {
    io.suspend?.(() => {
      io.keyboard?.setRawMode(true);
      io.out.write(question);
      resolve();
    });
  });
}

/** Waits for one of `choices`; Ctrl-C and the end of input are the last of them. Keys typed ahead stay for the next question. */
export async function askChoice<T extends string>(question: string, choices: readonly [T, ...T[]], io: Io): Promise<T> {
  const last = choices.at(-1) ?? choices[0];
  io.out.write(question);
  io.keyboard?.setRawMode(true);
  try {
    for (;;) {
      const chunk = await nextChunk(io);
      if (chunk === undefined) return last;
      const keys = Array.from(chunk);
      for (const [index, key] of keys.entries()) {
        if (key === SUSPEND) await suspended(question, io);
        const found = key === '\u0003' ? last : choices.find((c) => c === key.toLowerCase());
        if (found === undefined) continue;
        const rest = keys.slice(index + 1).join('');
        if (rest !== '') io.stdin.unshift(Buffer.from(rest));
        return found;
      }
    }
  } finally {
    io.stdin.pause();
    io.keyboard?.setRawMode(false);
    io.out.write('\n');
  }
}

/** Waits for a line; nothing at Ctrl-D and at the end of input. What was typed ahead stays for the next question. */
export async function askLine(question: string, io: Io): Promise<string | undefined> {
  io.out.write(question);
  io.keyboard?.setRawMode(false);
  let typed = '';
  try {
    for (;;) {
      const chunk = await nextChunk(io);
      if (chunk === undefined) return typed === '' ? undefined : typed.trim();
      typed += chunk;
      const end = typed.search(/[\r\n]/);
      if (end < 0) continue;
      const rest = typed.slice(end).replace(/^\r?\n?/, '');
      if (rest !== '') io.stdin.unshift(Buffer.from(rest));
      return typed.slice(0, end).trim();
    }
  } finally {
    io.stdin.pause();
  }
}

/** What comes next on standard input; nothing at its end. */
async function nextChunk(io: Io): Promise<string | undefined> {
  // Pausing takes effect a moment later: who listens before that is not heard, and with nothing left to wait for the program just ends.
  await new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const done = (text: string | undefined): void => {
      io.stdin.off('readable', look);
      io.stdin.off('end', atEnd);
      resolve(text);
    };
    const look = (): void => {
      const chunk = io.stdin.read() as Uint8Array | string | null;
      if (chunk !== null) done(Buffer.from(chunk as Uint8Array).toString('utf8'));
      else if (io.stdin.readableEnded) done(undefined);
    };
    const atEnd = (): void => done(undefined);
    if (io.stdin.readableEnded) {
      resolve(undefined);
      return;
    }
    io.stdin.on('readable', look);
    io.stdin.on('end', atEnd);
    look();
  });
}
