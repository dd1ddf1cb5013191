/**
 * Small checks for values from outside (messages of another process or of a webview), without a schema library, because the
 * extension and the webview must load in a few milliseconds. A check says what is wrong with a value and where.
 */
import type { Position, Range } from './diagnostic.ts';
import { isObject } from './json.ts';
import { err, ok, type Result } from './result.ts';

/** Returns the problem as a phrase such as `runId: not a string`; `undefined` where the value fits. */
export interface Check<T> {
  (value: unknown, at: string): string | undefined;
  /** Exists only in the types: the type of a value that passed. */
  readonly is?: T;
}

type Optional<T> = Check<T> & { readonly optional: true };
type Fields = Readonly<Record<string, Check<unknown>>>;
type OptionalKeys<F extends Fields> = { [K in keyof F]: F[K] extends Optional<unknown> ? K : never }[keyof F];
/** The type of the values that a check lets through. */
export type Checked<C> = C extends Check<infer T> ? T : never;

/** The type of the values that a shape lets through. */
export type Shaped<F extends Fields> = { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Checked<F[K]> } & {
  readonly [K in OptionalKeys<F>]?: Checked<F[K]>;
};

export const anything: Check<unknown> = () => undefined;
export const text: Check<string> = (value, at) => (typeof value === 'string' ? undefined : `${at}: not a string`);
export const flag: Check<boolean> = (value, at) =>
  typeof value === 'boolean' ? undefined : `${at}: not true or false`;
export const finite: Check<number> = (value, at) =>
  typeof value === 'number' && Number.isFinite(value) ? undefined : `${at}: not a number`;
/** A whole number from 0. */
export const count: Check<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? undefined
    : `${at}: not a whole number from 0`;

export const oneOf = <const T extends string>(...values: readonly T[]): Check<T> => {
  const known = new Set<unknown>(values);
  return (value, at) => (known.has(value) ? undefined : `${at}: not one of ${values.join(', ')}`);
};

export const listOf =
  <T>(item: Check<T>): Check<readonly T[]> =>
  (value, at) => {
    if (!Array.isArray(value)) return `${at}: not a list`;
    // The path is built only once something is wrong: a list of ten thousand is checked in a few milliseconds.
    for (const [index, each] of value.entries()) if (item(each, at) !== undefined) return item(each, `${at}[${index}]`);
    return undefined;
  };

export const recordOf =
  <T>(item: Check<T>): Check<Readonly<Record<string, T>>> =>
  (value, at) => {
    if (!isObject(value)) return `${at}: not an object`;
    for (const [key, each] of Object.entries(value)) {
      const wrong = item(each, `${at}.${key}`);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };

export const optional = <T>(check: Check<T>): Optional<T> =>
  Object.assign((value: unknown, at: string) => (value === undefined ? undefined : check(value, at)), {
    optional: true as const,
  });

/** An object with these fields. Others are allowed, because a newer partner may send more. */
export const shape = <F extends Fields>(fields: F): Check<Shaped<F>> => {
  const entries = Object.entries(fields);
  return (value, at) => {
    if (!isObject(value)) return `${at}: not an object`;
    for (const [key, check] of entries) {
      if (check(value[key], at) !== undefined) return check(value[key], `${at}.${key}`); // as in `listOf`
    }
    return undefined;
  };
};

const position: Check<Position> = shape({ line: count, character: count });
/** A range of a diagnostic: zero-based lines and UTF-16 code units. */
export const range: Check<Range> = shape({ start: position, end: position });

/** A union of objects told apart by one field; `members` are the other fields of each, by that field's value. */
export const discriminatedUnion = <const D extends string, M extends Readonly<Record<string, Fields>>>(
  discriminator: D,
  members: M,
): Check<{ [K in keyof M & string]: { readonly [_ in D]: K } & Shaped<M[K]> }[keyof M & string]> => {
  const checks = new Map(Object.entries(members).map(([name, fields]) => [name, shape(fields)]));
  return (value, at) => {
    const name = isObject(value) ? value[discriminator] : undefined;
    if (typeof name !== 'string') return `${at}: no ${discriminator}`;
    const check = checks.get(name);
    return check ? check(value, at) : `${at}: unknown ${discriminator} ${name}`;
  };
};

/**
 * @param what names the value in the problem
 * @returns the value with the type that the check stands for, or what is wrong with it
 */
export function checked<T>(value: unknown, check: Check<T>, what: string): Result<T, string> {
  const wrong = check(value, what);
  return wrong === undefined ? ok(value as T) : err(wrong); // the check has just looked at all of it
}
