import { Transform, type Readable } from 'node:stream';

/**
 * What a process says, each chunk in a turn of its own: without it a pipe is read many times, and all that it held is decoded, in one.
 */
export const paced = (source: Readable): Readable =>
  source.pipe(new Transform({ transform: (chunk, _encoding, done) => setImmediate(done, null, chunk) }));
