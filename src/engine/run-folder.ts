/** A run's folder as it was written at its start. */
import { readFileSync } from 'node:fs';
import { failure } from '../core/failure.ts';
import { parseJson } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Plan } from '../graph/plan.ts';
import type { RunLayout } from '../run/layout.ts';
import type { RunOptions } from './options.ts';

export const noSuchRun = (runId: string): ReturnType<typeof failure> =>
  failure('missing', `There is no run ${runId} here.`, { next: 'See the runs: code-engine runs list' });

export function loadRun(layout: RunLayout, runId: string): Result<{ plan: Plan; options: RunOptions }> {
  try {
    const plan = parseJson(readFileSync(layout.plan, 'utf8')) as Plan | undefined; // this program's own file
    const options = parseJson(readFileSync(layout.options, 'utf8')) as RunOptions | undefined;
    if (plan?.v !== 1 || options === undefined)
      return err(failure('invalid', `The plan of run ${runId} cannot be read.`));
    return ok({ plan, options });
  } catch {
    return err(noSuchRun(runId));
  }
}
