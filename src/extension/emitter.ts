/** What the parts of the extension tell each other, without `vscode`: a set of listeners that can be given up one by one. */

export interface Disposable {
  dispose(): void;
}

export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();

  on(listener: (value: T) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  /** A listener that comes while others are told hears of the next value only. */
  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}
