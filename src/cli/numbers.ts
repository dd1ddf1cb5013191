/** Numbers on the command line. A text that is none is wrong usage: taken for something else, `--keep` would delete what should stay. */
import { failure, FailureError } from '../core/failure.ts';

const refuse = (option: string, text: string, wanted: string): FailureError =>
  new FailureError(failure('usage', `${option} takes ${wanted}, not ${JSON.stringify(text)}.`));

/**
 * A commander parser for whole numbers in decimal digits.
 * @param option as it is typed, for the message
 * @param least the smallest that makes sense
 */
export const wholeNumber =
  (option: string, least: 0 | 1) =>
  (text: string): number => {
    const n = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(n) || n < least)
      throw refuse(option, text, least === 0 ? 'a whole number (0 or more)' : 'a whole number of at least 1');
    return n;
  };

/** A commander parser for an amount with or without a fraction, never negative. @param option as it is typed */
export const amount =
  (option: string) =>
  (text: string): number => {
    if (!/^\d*\.?\d+$/.test(text)) throw refuse(option, text, 'a number (0 or more)');
    return Number(text);
  };
