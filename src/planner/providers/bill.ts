/** What a plan has cost so far, and the caps that a person set on it. */
import type { Usage } from '../plan.ts';
import { costOf, type Environment, type ModelAnswer } from './provider.ts';

export interface Caps {
  /** In and out together, for the whole plan with its repairs. */
  readonly tokens?: number;
  readonly usd?: number;
}

export class Bill {
  readonly #caps: Caps;
  readonly #environment: Environment;
  #usage: Usage = { inputTokens: 0, outputTokens: 0 };
  /** What the model's side says that it cost; else it is reckoned from the price that the person states. */
  #told: number | undefined;

  constructor(caps: Caps, environment: Environment) {
    this.#caps = caps;
    this.#environment = environment;
  }

  add({ usage, costUsd }: ModelAnswer): void {
    const cached = (this.#usage.cachedTokens ?? 0) + (usage.cachedTokens ?? 0);
    this.#usage = {
      inputTokens: this.#usage.inputTokens + usage.inputTokens,
      outputTokens: this.#usage.outputTokens + usage.outputTokens,
      ...(usage.cachedTokens === undefined && this.#usage.cachedTokens === undefined ? {} : { cachedTokens: cached }),
    };
    if (costUsd !== undefined) this.#told = (this.#told ?? 0) + costUsd;
  }

  /** @param inputTokens of the next request @returns why it must not be sent; nothing where it may */
  wouldExceed(inputTokens: number): string | undefined {
    const { tokens, usd } = this.#caps;
    const spent = this.#usage.inputTokens + this.#usage.outputTokens;
    if (tokens !== undefined && spent + inputTokens > tokens)
      return `The cap of ${tokens} tokens for a plan would be passed.`;
    const next = costOf({ inputTokens, outputTokens: 0 }, this.#environment) ?? 0;
    if (usd !== undefined && this.#cost() + next > usd) return `The cap of $${usd} for a plan would be passed.`;
    return undefined;
  }

  #cost(): number {
    return this.#told ?? costOf(this.#usage, this.#environment) ?? 0;
  }

  /** Nothing where no model was asked. */
  total(): { readonly usage?: Usage; readonly costUsd?: number } {
    const asked = this.#usage.inputTokens + this.#usage.outputTokens > 0;
    const cost = this.#told ?? costOf(this.#usage, this.#environment);
    return { ...(asked ? { usage: this.#usage } : {}), ...(asked && cost !== undefined ? { costUsd: cost } : {}) };
  }
}
