/** Settings of a resource as rows of a table: where a value goes, what kind of value it is, and the words for it. */
import { Block, nested, type Body, type Value } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { DURATION_PATTERN, NUMBER, SIZE, numberOf, secondsOf } from './words.ts';

/** What a field reads: a number, a span, a size, a word, a switch, one of several choices. */
export type Kind =
  | { readonly is: 'number' }
  | { readonly is: 'span'; readonly unit: 'seconds' | 'minutes' | 'hours' | 'days' | 'ms' }
  | { readonly is: 'size'; readonly unit: 'KB' | 'MB' | 'GB' | 'bytes' }
  | { readonly is: 'text'; readonly shape: string }
  | { readonly is: 'flag' }
  | { readonly is: 'choice'; readonly of: readonly (readonly [words: string, value: Value])[] };

export interface Field {
  /** Attribute, with dots for nested blocks: `cluster_config.instance_type`. */
  readonly to: string;
  readonly kind: Kind;
  /** A regular expression of the words, without groups; nothing for choices that are words of their own. */
  readonly words: string;
}

export const number = (to: string, words: string): Field => ({ to, words, kind: { is: 'number' } });
export const span = (to: string, words: string, unit: 'seconds' | 'minutes' | 'hours' | 'days' | 'ms'): Field => ({ to, words, kind: { is: 'span', unit } }); // prettier-ignore
export const size = (to: string, words: string, unit: 'KB' | 'MB' | 'GB' | 'bytes'): Field => ({ to, words, kind: { is: 'size', unit } }); // prettier-ignore
export const flag = (to: string, words: string): Field => ({ to, words, kind: { is: 'flag' } });
export const text = (to: string, words: string, shape = '[\\w./:@-]*\\w'): Field => ({ to, words, kind: { is: 'text', shape } }); // prettier-ignore
export const choice = (to: string, of: readonly (readonly [words: string, value: Value])[]): Field => ({ to, words: '', kind: { is: 'choice', of } }); // prettier-ignore

const SAID = String.raw`\s*(?:is|are|of|=|:|to|at|set to|set at|with)?\s*(?:the\s+|an?\s+)?`;
const SECONDS: Readonly<Record<string, number>> = { ms: 0.001, seconds: 1, minutes: 60, hours: 3600, days: 86_400 };
const BYTES: Readonly<Record<string, number>> = { bytes: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };

const inUnit = (amount: number, per: number | undefined): number => Math.round(amount / (per ?? 1));

function bytesOf(amount: string, unit: string): number {
  return Number(amount) * 1024 ** ('KMGTP'.indexOf(unit.trim().charAt(0).toUpperCase()) + 1);
}

/** @returns nothing where the words do not speak of it */
export function valueOf(m: TofuModule, { kind, words }: Field, rivals: readonly string[] = []): Value | undefined {
  const take = (pattern: string): RegExpExecArray | undefined => m.mine(new RegExp(pattern, 'i'), rivals);
  switch (kind.is) {
    case 'number': {
      const found = take(`\\b(?:${words})${SAID}(${NUMBER})\\b(?![.%/-]?\\d)`) ?? take(`(?<![\\d.])\\b(${NUMBER})\\s+(?:[a-z-]+\\s+)?(?:${words})\\b`); // prettier-ignore
      return found?.[1] === undefined ? undefined : numberOf(found[1]);
    }
    case 'span': {
      const found =
        take(`\\b(?:${words})\\b[^.;,\\d]{0,20}?${DURATION_PATTERN}`) ?? take(`${DURATION_PATTERN}[\\s-]*(?:of\\s+)?(?:\\w+\\s+)?(?:${words})\\b`); // prettier-ignore
      if (found?.[1] === undefined) return undefined;
      return inUnit(secondsOf(found[1], found[2] ?? 's'), SECONDS[kind.unit]);
    }
    case 'size': {
      const found = take(`\\b(?:${words})\\b[^.;,\\d]{0,20}?${SIZE}`) ?? take(`${SIZE}\\s*(?:of\\s+)?(?:\\w+\\s+)?(?:${words})\\b`); // prettier-ignore
      if (found?.[1] === undefined) return undefined;
      return inUnit(bytesOf(found[1], found[2] ?? 'GB'), BYTES[kind.unit]);
    }
    case 'text':
      return (
        words === ''
          ? take(`(?<![\\w.])(${kind.shape})(?![\\w])`)
          : take(`\\b(?:${words})${SAID}["'\`]?(${kind.shape})`)
      )?.[1];
    case 'flag': {
      const off = take(`\\b(?:no|without|disable[sd]?|not|never)\\s+(?:an? |any |the )?(?:${words})\\b|\\b(?:${words})\\s+(?:is |are )?(?:off|disabled)\\b`); // prettier-ignore
      return off !== undefined ? false : take(`\\b(?:${words})\\b`) === undefined ? undefined : true;
    }
    case 'choice': {
      const found = kind.of.find(([w]) => take(`(?<![\\w-])(?:${w})(?![\\w-])`) !== undefined);
      return found?.[1];
    }
  }
}

/** Puts a value where a path leads, making the blocks on the way. */
export function put(body: Body, path: string, value: Value): Body {
  const [first = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...body, [first]: value };
  const there = body[first];
  const inner = there instanceof Block ? there.body : {};
  return { ...body, [first]: nested(put(inner, rest.join('.'), value)) };
}

/** The body with what the words set. */
export function withFields(m: TofuModule, body: Body, fields: readonly Field[], rivals: readonly string[] = []): Body {
  let made = body;
  for (const field of fields) {
    const value = valueOf(m, field, rivals);
    if (value !== undefined) made = put(made, field.to, value);
  }
  return made;
}
