/** A piece of a file that is read on its own: one task, one stage's head, one top-level section. */
import type { Position, Range } from '../core/diagnostic.ts';
import type { BlockReading } from './reading.ts';

/**
 * - `prelude`: comments and markers before the first key.
 * - `section`: a top-level key, with its value unless that is divided into stages and tasks.
 * - `stage`: a stage's key, with its value unless that is divided into tasks.
 * - `task`: one item of a stage.
 * - `whole`: the whole file, where its shape is too unusual to divide (flow style at the top, say).
 * - `rest`: what follows the first document.
 */
export type BlockKind = 'prelude' | 'section' | 'stage' | 'task' | 'whole' | 'rest';

export class Block {
  readonly kind: BlockKind;
  readonly text: string;
  /** Columns of the block's first line that the place in the file asks for: another is an error of indentation. */
  readonly indent: number;
  readonly expectedIndent: number;
  readonly lineCount: number;
  /** Zero-based line of the file; changes when lines are added above, while all else about a block stays. */
  line = 0;
  /** What was read last; see `reading.ts`. */
  reading: BlockReading | undefined;
  #lineStarts: number[] | undefined;
  #ignores: boolean | undefined;

  constructor(kind: BlockKind, text: string, lineCount: number, indent = 0, expectedIndent = indent) {
    this.kind = kind;
    this.text = text;
    this.lineCount = lineCount;
    this.indent = indent;
    this.expectedIndent = expectedIndent;
  }

  /** A comment of it silences diagnostics. */
  get ignores(): boolean {
    return (this.#ignores ??= this.text.includes('code-ignore'));
  }

  /** Offsets at which the block's lines begin. */
  get lineStarts(): readonly number[] {
    if (this.#lineStarts !== undefined) return this.#lineStarts;
    const starts = [0];
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
    return starts;
  }

  position(offset: number): Position {
    const starts = this.lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: this.line + low, character: offset - (starts[low] ?? 0) };
  }

  range(start: number, end: number): Range {
    return { start: this.position(start), end: this.position(end) };
  }

  /** Text of one of the block's lines, by its number in the file, without the line break. */
  lineText(line: number): string {
    const starts = this.lineStarts;
    const from = starts[line - this.line] ?? this.text.length;
    const to = starts[line - this.line + 1] ?? this.text.length;
    return this.text.slice(from, to).replace(/\r?\n$/, '');
  }
}
