/** What could not be carried over, or means something else here: nothing is dropped without a line in this report. */

export interface Loss {
  /** One-based line of the other tool's file. */
  readonly line: number;
  /** Where, in that tool's words: `jobs.build.container`. */
  readonly what: string;
  /**
   * - `lost`: it was left out, and a person has to see to it.
   * - `changed`: it is there in another form, which does not mean quite the same.
   * - `dropped`: it was left out, since here it is not needed.
   */
  readonly kind: 'lost' | 'changed' | 'dropped';
  /** What became of it, and what to do. */
  readonly message: string;
}

/** Collects losses; `at` names the place by its path in the file. */
export interface Report {
  add(kind: Loss['kind'], at: Path, message: string): void;
}

export type Path = readonly (string | number)[];

/** The losses of one file, which may have several documents. */
export class Losses {
  readonly #all: Loss[] = [];

  /** In the order of the file. */
  get all(): readonly Loss[] {
    return [...this.#all].sort((a, b) => a.line - b.line);
  }

  /** @param source the document that paths are in */
  of(source: { lineOf(path: Path): number }): Report {
    return { add: (kind, at, message) => this.#all.push({ kind, line: source.lineOf(at), what: shown(at), message }) };
  }
}

const shown = (path: Path): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
