/** What every type that drives a program needs: finding the program, and turning its refusal into a failure that a person can act on. */
import { stripVTControlCharacters } from 'node:util';
import { failure, type FailureKind } from '../../core/failure.ts';
import { isObject, parseJson } from '../../core/json.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { ExecResult, StepContext, TaskFailure } from '../../core/task-type.ts';

/**
 * The first of `programs` that is there.
 * @returns its path, or a `missing` failure that says how to get it
 */
export async function findTool(
  context: Pick<StepContext, 'which'>,
  programs: readonly string[],
  next: string,
): Promise<Result<string, TaskFailure>> {
  const found = await context.which(...programs);
  if (found !== undefined) return ok(found);
  const names = programs.length === 1 ? `${programs[0] ?? ''} is` : `None of ${programs.join(', ')} is`;
  return err({ ...failure('missing', `${names} on the PATH.`, { next }), retriable: false });
}

/**
 * A program's refusal: `what` is the sentence's beginning (`terraform plan failed`), the rest are its own last words on standard error.
 * Captured standard output is data, which may hold secrets, and is never quoted.
 */
export function toolFailure(
  result: ExecResult,
  what: string,
  more: { kind?: FailureKind; next?: string; retriable?: boolean } = {},
): Result<never, TaskFailure> {
  const words = lastWords(result.stderr);
  const how =
    result.exitCode === null ? ` (ended by ${result.signal ?? 'a signal'})` : ` (exit code ${result.exitCode})`;
  return err({
    ...failure(more.kind ?? 'tool', `${what}${how}${words === '' ? '.' : `: ${words}`}`, {
      ...(more.next === undefined ? {} : { next: more.next }),
      ...(result.stderr === '' ? {} : { detail: plain(result.stderr).slice(-4096) }),
    }),
    ...(more.retriable === undefined ? {} : { retriable: more.retriable }),
    ...(result.exitCode === null ? {} : { exitCode: result.exitCode }),
  });
}

/** A failure that no further attempt can mend. */
export const refuse = (
  kind: FailureKind,
  message: string,
  more: { next?: string; detail?: string } = {},
): Result<never, TaskFailure> => err({ ...failure(kind, message, more), retriable: false });

/**
 * JSON that a program printed, also behind a warning or two (tofu prints those of its own configuration to standard output).
 * The text itself never goes into the failure: there may be secrets in it.
 */
export function jsonFrom(result: Pick<ExecResult, 'stdout'>, what: string): Result<unknown, TaskFailure> {
  const { stdout } = result;
  const start = /^[{[]/m.exec(stdout)?.index ?? 0;
  const value = parseJson(stdout) ?? parseJson(stdout.slice(start));
  if (value !== undefined) return ok(value);
  return err(
    failure('tool', `${what} printed ${stdout === '' ? 'nothing' : 'something other than JSON'}.`, {
      next: 'Check that the version of the tool is a supported one.',
    }),
  );
}

/** JSON lines that a program printed; lines that are none are left out. */
export const jsonLines = (stdout: string): readonly Record<string, unknown>[] =>
  stdout.split('\n').map(parseJson).filter(isObject);

/** The one line of a program's complaint that says most: the last that speaks of an error, else the last of all. */
export function lastWords(text: string): string {
  const lines = plain(text)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const telling = lines.findLast((line) =>
    /\b(error|fatal|denied|refused|failed|cannot|invalid|not found)\b/i.test(line),
  );
  return (telling ?? lines.at(-1) ?? '').slice(0, 500);
}

/** Text without colours, carriage returns and the boxes that some tools draw around their messages. */
export const plain = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/^[│╷╵ ]+/gm, '')
    .replace(/\r/g, '');
