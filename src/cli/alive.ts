/** What is to become of tasks of an interrupted run that still live. */
import { must } from '../core/failure.ts';
import { formatDuration } from '../core/duration.ts';
import { livingAttempts } from '../engine/living.ts';
import type { RunOptions } from '../engine/client.ts';
import { askChoice } from './ask.ts';
import type { Io } from './io.ts';

/** @returns what the person said, nothing where there is nothing to ask or nobody; `stop`: do not resume */
export async function askAboutLiving(
  workspace: string,
  runId: string,
  io: Io,
): Promise<NonNullable<RunOptions['onAlive']> | 'stop' | undefined> {
  const living = must(livingAttempts(workspace, runId));
  const open = living.filter(({ policy }) => policy === undefined);
  if (open.length === 0) return undefined;
  for (const { task, pid, startedAt } of open)
    io.out.write(`${task} still runs (process ${pid}, for ${formatDuration(Math.max(0, Date.now() - startedAt))}).\n`);
  const answer = await askChoice(
    '[a] wait for it and go on, [e] end it and go on, [q] leave all as it is? ',
    ['a', 'e', 'q'],
    io,
  );
  return answer === 'a' ? 'adopt' : answer === 'e' ? 'end' : 'stop';
}
