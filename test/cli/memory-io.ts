/** An `Io` in memory: what a command printed can be read, what it reads is given. */
import { Readable } from 'node:stream';
import type { Io, Output } from '../../src/cli/io.ts';

export interface MemoryIo extends Io {
  readonly printed: { out: string; err: string };
}

export function memoryIo(stdin: Readable = Readable.from([]), more: Partial<Io> = {}): MemoryIo {
  const printed = { out: '', err: '' };
  const output = (name: 'out' | 'err'): Output => ({
    write(chunk) {
      printed[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
      return true;
    },
    drained: () => Promise.resolve(),
    closed: false,
  });
  const off = (): void => undefined;
  const terminal = { isTTY: false, color: false, unicode: true, columns: 80, rows: 24 };
  const signals = { onSignal: () => off, onResize: () => off, onSuspend: () => off, onExit: () => off };
  return {
    printed,
    out: output('out'),
    err: output('err'),
    stdin,
    cwd: '/',
    env: {},
    ...terminal,
    ...signals,
    ...more,
  };
}
