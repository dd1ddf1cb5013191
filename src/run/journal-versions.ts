/**
 * Versions of the journal. Every line carries the version that it was written in. A reader takes lines of its own version and, over a
 * chain of small steps, of every earlier one; what a later version wrote it does not touch, since it could only misread it.
 *
 * New kinds of events and new optional fields do not raise the version. Whoever raises it adds the step from the one before to `STEPS`,
 * and keeps the journals under `test/run/journals` readable: they were written by the engines of their time.
 */
import type { JsonObject } from '../core/json.ts';
import { JOURNAL_VERSION } from './events.ts';

/** From a version to the next: a line of the one to what it would be in the other. */
export type Steps = Readonly<Record<number, (line: JsonObject) => JsonObject>>;

export const STEPS: Steps = {};

export type Line =
  | { readonly kind: 'line'; readonly line: JsonObject }
  /** Written by a later engine. */
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'damaged' };

/** @param current and `steps` are given by tests alone */
export function upToDate(line: JsonObject, current: number = JOURNAL_VERSION, steps: Steps = STEPS): Line {
  const version = line['v'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) return { kind: 'damaged' };
  if (version > current) return { kind: 'newer', version };
  let migrated = line;
  for (let at = version; at < current; at++) {
    const step = steps[at];
    if (step === undefined) return { kind: 'damaged' };
    migrated = { ...step(migrated), v: at + 1 };
  }
  return { kind: 'line', line: migrated };
}
