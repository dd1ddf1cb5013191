/** Chance from a seed, and inputs made from others by small harm. */

/** A generator of our own (mulberry32), so that a seed means the same on every machine. @returns numbers in [0, 1) */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const MOST_BYTES = 8192;
const ODD = [0, 1, 9, 10, 13, 32, 34, 39, 47, 58, 92, 127, 128, 192, 226, 237, 240, 254, 255];

/** @param others to take pieces from @param words what this kind of input is made of */
export function mutated(
  input: Buffer,
  others: readonly Buffer[],
  words: readonly string[],
  random: () => number,
): Buffer {
  const below = (n: number): number => Math.floor(random() * n);
  const one = <T>(items: readonly T[]): T | undefined => items[below(items.length)];
  let bytes = input;
  for (let times = 1 + below(5); times > 0; times--) {
    const at = below(bytes.length + 1);
    const length = Math.min(bytes.length - at, 1 + below(random() < 0.5 ? 4 : 64));
    const before = bytes.subarray(0, at);
    const piece = bytes.subarray(at, at + length);
    const after = bytes.subarray(at + length);
    switch (below(9)) {
      case 0: {
        bytes = Buffer.from(bytes);
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      }
      case 1:
        bytes = Buffer.concat([before, Buffer.from([one(ODD) ?? 0]), piece, after]);
        break;
      case 2:
        bytes = Buffer.concat([before, after]);
        break;
      case 3:
        bytes = Buffer.concat([before, piece, piece, after]);
        break;
      case 4:
      case 5:
        bytes = Buffer.concat([before, Buffer.from(one(words) ?? ''), random() < 0.5 ? piece : Buffer.alloc(0), after]);
        break;
      case 6: {
        const other = one(others) ?? bytes;
        const from = below(other.length + 1);
        bytes = Buffer.concat([before, other.subarray(from, from + 1 + below(200)), after]);
        break;
      }
      case 7: {
        // A piece goes elsewhere: lines change their order, brackets their partners.
        const rest = Buffer.concat([before, after]);
        const to = below(rest.length + 1);
        bytes = Buffer.concat([rest.subarray(0, to), piece, rest.subarray(to)]);
        break;
      }
      default: {
        // Many of the same: what is quadratic shows itself.
        const many = random() < 0.05 ? 500 : 8;
        bytes = Buffer.concat([before, ...Array.from({ length: many }, () => piece), after]);
      }
    }
  }
  return bytes.subarray(0, MOST_BYTES);
}
