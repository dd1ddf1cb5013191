/**
 * Masks the values of secrets in texts and in streams of bytes, also where they are encoded (`secret-variants.ts`) and where a chunk
 * ends in the middle of one. Occurrences that overlap are masked as one, so no rest of a longer secret shows beside a shorter one.
 */
import { makeMatcher, type Matcher } from './multi-match.ts';
import { isTrivial, variantsOf } from './secret-variants.ts';

export { looksLikeSecret } from './secret-shapes.ts';

export const MASK = '***';
const MASK_BYTES = Buffer.from(MASK);
const NOTHING = Buffer.alloc(0);

export interface RedactingStream {
  /** What may be shown so far. May share memory with `chunk`; holds back only bytes that could be the beginning of a secret. */
  push(chunk: Buffer): Buffer;
  /** The rest. The stream can be used again afterwards. */
  end(): Buffer;
}

export interface Redactor {
  /** Names of secrets that are not masked because their value is too short or too common (`true`, a small number). */
  readonly tooShort: readonly string[];
  /** The most bytes that a stream holds back. */
  readonly maxHeldBytes: number;
  text(value: string): string;
  stream(): RedactingStream;
}

export function makeRedactor(secrets: readonly { readonly name: string; readonly value: string }[]): Redactor {
  const tooShort = secrets.filter(({ value }) => isTrivial(value.trim())).map(({ name }) => name);
  const variants = new Set<string>();
  for (const { value } of secrets)
    if (!isTrivial(value.trim())) for (const text of variantsOf(value)) variants.add(text);
  const matcher = makeMatcher([...variants].map((text) => Buffer.from(text)));
  return {
    tooShort,
    maxHeldBytes: Math.max(0, matcher.longest - 1),
    text: (value) => redactText(matcher, value),
    stream: () => new MaskingStream(matcher),
  };
}

function redactText(matcher: Matcher, value: string): string {
  if (matcher.longest === 0) return value;
  const bytes = Buffer.from(value);
  const spans = spansIn(matcher, bytes);
  if (spans.length === 0) return value;
  return Buffer.concat(cut(bytes, spans, { covered: 0, boundary: bytes.length }).pieces).toString();
}

interface Span {
  start: number;
  end: number;
}

/** Occurrences, those that overlap merged, by rising start. */
function spansIn(matcher: Matcher, bytes: Buffer): Span[] {
  const spans: Span[] = [];
  matcher.scan(bytes, (start, end) => {
    const last = spans.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, end);
    else spans.push({ start, end });
  });
  return spans;
}

/**
 * What stands for the bytes before `boundary`. The first `covered` bytes belong to an occurrence whose mask is already written.
 * @returns the pieces, and up to where the last mask reaches
 */
function cut(
  bytes: Buffer,
  spans: readonly Span[],
  from: { covered: number; boundary: number },
): { pieces: Buffer[]; masked: number } {
  const pieces: Buffer[] = [];
  let masked = from.covered;
  for (const { start, end } of spans) {
    if (start >= from.boundary) break;
    if (start < masked) {
      masked = Math.max(masked, end);
      continue;
    }
    if (start > masked) pieces.push(bytes.subarray(masked, start));
    pieces.push(MASK_BYTES);
    masked = end;
  }
  if (masked < from.boundary) pieces.push(bytes.subarray(masked, from.boundary));
  return { pieces, masked };
}

class MaskingStream implements RedactingStream {
  readonly #matcher: Matcher;
  /** Bytes that could be the beginning of a secret; at most the longest pattern less one. */
  #held: Buffer = NOTHING;
  /** How many of the held bytes a mask already stands for. */
  #covered = 0;

  constructor(matcher: Matcher) {
    this.#matcher = matcher;
  }

  push(chunk: Buffer): Buffer {
    if (this.#matcher.longest === 0) return chunk;
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    return this.#take(bytes, this.#matcher.unfinishedAt(bytes));
  }

  end(): Buffer {
    return this.#take(this.#held, this.#held.length);
  }

  #take(bytes: Buffer, boundary: number): Buffer {
    const { pieces, masked } = cut(bytes, spansIn(this.#matcher, bytes), { covered: this.#covered, boundary });
    // Copied, because whoever read the chunk may read the next one into the same memory.
    this.#held = boundary === bytes.length ? NOTHING : Buffer.from(bytes.subarray(boundary));
    this.#covered = Math.max(0, masked - boundary);
    return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
  }
}
