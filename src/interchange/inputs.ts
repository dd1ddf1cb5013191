/**
 * Values that another tool knows and this one does not (the commit, the branch, the output of an action that is not here) become inputs
 * of the workflow: a person gives them, and nothing is guessed.
 */
import type { InputDefinition } from '../core/input.ts';
import { identifier } from './draft.ts';

export class Inputs {
  readonly #all = new Map<string, InputDefinition>();
  /** The other tool's words for an input to its name here. */
  readonly #names = new Map<string, string>();

  get all(): Record<string, InputDefinition> {
    return Object.fromEntries(this.#all);
  }

  has(name: string): boolean {
    return this.#all.has(name);
  }

  define(name: string, definition: InputDefinition): string {
    const own = identifier(name);
    this.#names.set(name, own);
    if (!this.#all.has(own)) this.#all.set(own, definition);
    return `inputs.${own}`;
  }

  /** An input that stands for a text of the other tool. @returns the expression that reads it, and whether it is new */
  standIn(source: string, definition: InputDefinition): { readonly expression: string; readonly fresh: boolean } {
    const known = this.#names.get(source);
    if (known !== undefined) return { expression: `inputs.${known}`, fresh: false };
    const base = identifier(source).toLowerCase();
    let name = base;
    for (let n = 2; this.#all.has(name); n++) name = `${base}_${n}`;
    this.#names.set(source, name);
    this.#all.set(name, definition);
    return { expression: `inputs.${name}`, fresh: true };
  }
}
