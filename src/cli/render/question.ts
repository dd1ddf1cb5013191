/** A question on the terminal, answered key by key: approve, refuse, or write a comment first. A pure machine; `view-live.ts` wires it. */
import { printable } from './style.ts';

export interface Question {
  readonly task: string;
  readonly digest: string;
  readonly message: string;
  readonly details?: string;
  /** What was typed of a comment; `undefined` while none is written. */
  readonly comment?: string;
  readonly typing: boolean;
}

export type Answer = { readonly approved: boolean; readonly comment?: string };

export type KeyResult =
  | { readonly kind: 'still'; readonly question: Question }
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'interrupt' };

const CTRL_C = '\u0003';
const ESCAPE = '\u001b';
const DETAIL_LINES = 12;

/** @param key what one key press sent: a character, or an escape sequence */
export function press(question: Question, key: string): KeyResult {
  if (key === CTRL_C) return { kind: 'interrupt' };
  return question.typing ? type(question, key) : decide(question, key);
}

function decide(question: Question, key: string): KeyResult {
  const comment = question.comment === undefined || question.comment === '' ? {} : { comment: question.comment };
  switch (key) {
    case 'y':
    case 'Y':
      return { kind: 'answered', answer: { approved: true, ...comment } };
    case 'n':
    case 'N':
      return { kind: 'answered', answer: { approved: false, ...comment } };
    case 'c':
    case 'C':
      return { kind: 'still', question: { ...question, typing: true, comment: question.comment ?? '' } };
    default:
      return { kind: 'still', question };
  }
}

function type(question: Question, key: string): KeyResult {
  const comment = question.comment ?? '';
  if (key === '\r' || key === '\n' || key === ESCAPE)
    return { kind: 'still', question: { ...question, typing: false } };
  if (key === '\u007f' || key === '\b')
    return { kind: 'still', question: { ...question, comment: Array.from(comment).slice(0, -1).join('') } };
  const typed = key.startsWith(ESCAPE) ? '' : key.replace(/\p{Cc}/gu, '');
  return { kind: 'still', question: { ...question, comment: comment + typed } };
}

/** The question as lines below the tasks. */
export function questionLines(question: Question): string[] {
  const details = question.details?.trimEnd().split('\n').map(printable) ?? [];
  const shown = details.slice(0, DETAIL_LINES).map((line) => `    ${line}`);
  if (details.length > DETAIL_LINES) shown.push(`    … ${details.length - DETAIL_LINES} more lines`);
  const comment = question.comment === undefined || question.comment === '' ? [] : [`    comment: ${question.comment}`];
  const ask = question.typing
    ? [`    comment: ${question.comment ?? ''}_   (Enter when done)`]
    : [...comment, '    y approve · n refuse · c comment'];
  return ['', `  ? ${question.task}: ${question.message}`, ...shown, ...ask];
}
