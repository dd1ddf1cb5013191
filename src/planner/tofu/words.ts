/** The grammars that OpenTofu components use, in one place. */
export { DURATION as DURATION_PATTERN, NUMBER, SIZE, numberOf, secondsOf } from '../grammar/quantities.ts';
