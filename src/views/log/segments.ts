/**
 * One log of an attempt made of its two files, in the order in which the pieces came: what a terminal would have shown. A place in it
 * is the number of bytes before it; `piece` says where to read.
 */
import type { Stream } from '../../run/events.ts';
import { lastWhere } from './last-where.ts';

export interface Piece {
  readonly stream: Stream;
  /** In the stream's own file. */
  readonly offset: number;
  readonly length: number;
}

export class LogIndex {
  readonly #pieces: Piece[] = [];
  /** Bytes before each piece. */
  readonly #starts: number[] = [];
  readonly #ends = { stdout: 0, stderr: 0 };
  #size = 0;

  /** Bytes in all. */
  get size(): number {
    return this.#size;
  }

  /** Takes an output event. Pieces that overlap what is known (an event seen twice) count once. */
  add(stream: Stream, offset: number, length: number): void {
    const known = this.#ends[stream];
    const end = offset + length;
    if (end <= known) return;
    // A gap is filled: bytes that no event told of are in the file all the same.
    const piece = { stream, offset: known, length: end - known };
    this.#ends[stream] = end;
    const last = this.#pieces.at(-1);
    if (last?.stream === stream)
      this.#pieces[this.#pieces.length - 1] = { ...last, length: last.length + piece.length };
    else {
      this.#pieces.push(piece);
      this.#starts.push(this.#size);
    }
    this.#size += piece.length;
  }

  /** What to read from a place on, at most `length` bytes; `undefined` at the end. */
  piece(place: number, length: number): Piece | undefined {
    if (place >= this.#size || place < 0) return undefined;
    const index = lastWhere(this.#pieces.length, (i) => (this.#starts[i] ?? 0) <= place);
    const piece = this.#pieces[index];
    if (!piece) return undefined;
    const into = place - (this.#starts[index] ?? 0);
    return { stream: piece.stream, offset: piece.offset + into, length: Math.min(length, piece.length - into) };
  }
}
