/** What went wrong, for a program (`kind`) and for a person (`message`: what and where; `next`: what to do about it). */
import type { Result } from './result.ts';

export interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
  readonly next?: string;
  /** The technical reason, kept for the log: an errno, a tool's own words. */
  readonly detail?: string;
}

/**
 * - `usage`: the command line or a request is wrong.
 * - `invalid`: a workflow, a parameter or a file's content is wrong.
 * - `missing`: a tool, cluster, model, file or run that is needed is not there.
 * - `denied`: not permitted (file rights, RBAC, credentials).
 * - `no-space`: the disk is full.
 * - `conflict`: somebody else holds it (a lock, a state, a field manager).
 * - `unreachable`: a server does not answer.
 * - `timeout`, `cancelled`: ended by the clock, by a person.
 * - `tool`: a tool ran and said no.
 * - `io`: any other trouble with files or pipes.
 */
export const FAILURE_KINDS = [
  'usage',
  'invalid',
  'missing',
  'denied',
  'no-space',
  'conflict',
  'unreachable',
  'timeout',
  'cancelled',
  'tool',
  'io',
] as const;
export type FailureKind = (typeof FAILURE_KINDS)[number];

export const failure = (
  kind: FailureKind,
  message: string,
  more: { next?: string; detail?: string } = {},
): Failure => ({
  kind,
  message,
  ...more,
});

/**
 * Turns a system error that was thrown into a failure that says what to do.
 * @param what what was attempted, as a phrase such as `write the journal /x/y`
 */
export function failureFrom(error: unknown, what: string): Failure {
  const code = errnoOf(error);
  const detail = errorMessage(error);
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return failure('no-space', `Could not ${what}: the disk is full.`, {
        next: 'Free some space and try again.',
        detail,
      });
    case 'EACCES':
    case 'EPERM':
      return failure('denied', `Could not ${what}: permission denied.`, {
        next: 'Check the owner and the rights.',
        detail,
      });
    case 'EROFS':
      return failure('denied', `Could not ${what}: the file system is read-only.`, {
        next: 'Choose a folder that can be written.',
        detail,
      });
    case 'ENOENT':
      return failure('missing', `Could not ${what}: no such file or folder.`, { detail });
    case 'EISDIR':
      return failure('invalid', `Could not ${what}: it is a folder.`, { detail });
    case 'EMFILE':
    case 'ENFILE':
      return failure('io', `Could not ${what}: too many open files.`, { next: 'Raise the limit (ulimit -n).', detail });
    case 'EEXIST':
      return failure('conflict', `Could not ${what}: something else of that name is there.`, {
        next: 'Move it away, or choose another name.',
        detail,
      });
    case 'ENOTDIR':
      return failure('invalid', `Could not ${what}: a part of its path is a file, not a folder.`, { detail });
    case 'ELOOP':
      return failure('invalid', `Could not ${what}: its links lead in a circle.`, { detail });
    case 'ENAMETOOLONG':
      return failure('invalid', `Could not ${what}: the name is too long.`, { detail });
    case undefined:
      return failure('io', `Could not ${what}: ${detail}`);
    default:
      return failure('io', `Could not ${what}: ${code}.`, { detail });
  }
}

/** A failure in one line: what happened, and what to do next. */
export const failureText = ({ message, next }: Pick<Failure, 'message' | 'next'>): string =>
  next === undefined ? message : `${message} ${next}`;

/** The words of whatever was thrown. */
export const errorMessage = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The `code` of a Node system error, if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A failure as an exception, where a `Result` cannot be returned: in generators, in callbacks, and at the edge of a command. */
export class FailureError extends Error {
  constructor(readonly failure: Failure) {
    super(failure.message);
    this.name = 'FailureError';
  }
}

/** The value of a result, in those places. @throws FailureError if it is a failure */
export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new FailureError(result.failure);
  return result.value;
}
