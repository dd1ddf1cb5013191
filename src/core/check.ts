/**
 * Small checks for values that come from outside (messages of another process or of a webview), without a schema library: the
 * extension and the webview must load in a few milliseconds. A check returns the value, or where it is wrong.
 */
import { isObject } from './json.ts';
import { err, ok, type Result } from './result.ts';

/** Returns the problem as a phrase such as `runId: not a string`; `undefined` where the value fits. */
export interface Check<T> {
  (value: unknown, at: string): string | undefined;
  /** Only for the types: what a value that passed is. */
  readonly is?: T;
}

type Optional<T> = Check<T> & { readonly optional: true };
type Fields = Readonly<Record<string, Check<unknown>>>;
type OptionalKeys<F extends Fields> = { [K in keyof F]: F[K] extends Optional<unknown> ? K : never }[keyof F];
type Is<C> = C extends Check<infer T> ? T : never;

/** The type of the values that a shape lets through. */
export type Shaped<F extends Fields> = { readonly [K in Exclude<keyof F, OptionalKeys<F>>]: Is<F[K]> } & {
  readonly [K in OptionalKeys<F>]?: Is<F[K]>;
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
    // Where something is wrong is put together only then: lists of ten thousand are checked in a few milliseconds.
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

/** An object with these fields; others are let through, for a newer partner may say more. */
export const shape = <F extends Fields>(fields: F): Check<Shaped<F>> => {
  const entries = Object.entries(fields);
  return (value, at) => {
    if (!isObject(value)) return `${at}: not an object`;
    for (const [key, check] of entries)
      if (check(value[key], at) !== undefined) return check(value[key], `${at}.${key}`);
    return undefined;
  };
};

/** A union told apart by its `type`. */
export const byType = <M extends Readonly<Record<string, Fields>>>(
  members: M,
): Check<{ [K in keyof M & string]: { readonly type: K } & Shaped<M[K]> }[keyof M & string]> => {
  const checks = new Map(Object.entries(members).map(([type, fields]) => [type, shape(fields)]));
  return (value, at) => {
    if (!isObject(value) || typeof value['type'] !== 'string') return `${at}: no type`;
    const check = checks.get(value['type']);
    return check ? check(value, at) : `${at}: unknown type ${value['type']}`;
  };
};

/** @returns the value with the type that the check stands for, or what is wrong with it */
export function checked<T>(value: unknown, check: Check<T>, what: string): Result<T, string> {
  const wrong = check(value, what);
  return wrong === undefined ? ok(value as T) : err(wrong);
}
