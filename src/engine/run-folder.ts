/** A run's folder as it was written at its start. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { failure } from '../core/failure.ts';
import { parseJson } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Plan } from '../graph/plan.ts';
import { decodeJournal } from '../run/journal-format.ts';
import type { RunLayout } from '../run/layout.ts';
import type { RunOptions } from './options.ts';

export const noSuchRun = (runId: string): ReturnType<typeof failure> =>
  failure('missing', `There is no run ${runId} here.`, { next: 'See the runs: code-engine runs list' });

/** Its journal or plan is in a later version's words. */
export const newerRun = (path: string, version: number): ReturnType<typeof failure> =>
  failure('invalid', `${path} was written by a newer code-engine (version ${version} of its format).`, {
    next: 'Update code-engine; this one leaves it as it is.',
  });

/** A later engine writes its version into every line, so the last whole one tells. */
function newerIn(journal: string): number | undefined {
  const size = statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return undefined; // it is made when the supervisor begins
  const bytes = Buffer.allocUnsafe(Math.min(size, LAST_BYTES));
  const file = openSync(journal, 'r');
  try {
    return decodeJournal(bytes.subarray(0, readSync(file, bytes, 0, bytes.length, size - bytes.length))).newer;
  } finally {
    closeSync(file);
  }
}

const LAST_BYTES = 65_536;

export function loadRun(layout: RunLayout, runId: string): Result<{ plan: Plan; options: RunOptions }> {
  try {
    const newer = newerIn(layout.journal);
    if (newer !== undefined) return err(newerRun(layout.journal, newer));
    const plan = parseJson(readFileSync(layout.plan, 'utf8')) as Plan | undefined; // this program's own file
    const options = parseJson(readFileSync(layout.options, 'utf8')) as RunOptions | undefined;
    const version: number | undefined = plan?.v;
    if (version !== undefined && version > 1) return err(newerRun(layout.plan, version));
    if (plan?.v !== 1 || options === undefined)
      return err(failure('invalid', `The plan of run ${runId} cannot be read.`));
    return ok({ plan, options });
  } catch {
    return err(noSuchRun(runId));
  }
}
