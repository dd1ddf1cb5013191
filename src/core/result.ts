import type { Failure } from './failure.ts';

/** An expected outcome that may be a failure. A broken invariant throws instead. */
export type Result<T, F = Failure> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: F };

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });

export const err = <F>(failure: F): Result<never, F> => ({ ok: false, failure });

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
