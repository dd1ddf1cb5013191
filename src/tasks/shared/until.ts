import { formatDuration, parseDuration } from '../../core/duration.ts';
import { failure } from '../../core/failure.ts';
import { pause } from '../../core/pause.ts';
import { err, ok, type Result } from '../../core/result.ts';
import type { TaskContext, TaskResult } from '../../core/task-type.ts';

/** Milliseconds of a duration parameter; its schema does not know durations, so a bad one is told here, and told once. */
export function milliseconds(text: string, parameter: string): TaskResult<number> {
  const parsed = parseDuration(text);
  return parsed.ok
    ? ok(parsed.value.ms)
    : err({ ...failure('invalid', `${parameter}: ${parsed.failure}.`), retriable: false });
}

/** For how long to ask, and how often. */
export interface Patience {
  /** 0: ask once. */
  readonly forMs: number;
  readonly intervalMs: number;
}

/** How often the log says that the wait goes on for the same reason. */
const REMIND_MS = 15_000;

/**
 * Asks until the answer is good, `forMs` is over or the attempt is aborted. Every new reason to wait is one line in the log.
 * @returns the good answer; else the last bad one, with the time that was waited
 */
export async function until<T>(
  ask: (signal: AbortSignal) => Promise<Result<T>>,
  patience: Patience,
  context: Pick<TaskContext, 'signal' | 'log'>,
): Promise<Result<T>> {
  const start = performance.now();
  const deadline = start + patience.forMs;
  let said = { reason: '', at: -Infinity };
  for (let asked = 1; ; asked++) {
    const answer = await ask(context.signal);
    if (answer.ok) return answer;
    if (context.signal.aborted) return err(failure('cancelled', 'The wait was ended.'));
    const now = performance.now();
    if (now + Math.min(patience.intervalMs, 1) >= deadline) return err(given(answer.failure, asked, now - start));
    if (answer.failure.message !== said.reason || now - said.at >= REMIND_MS) {
      said = { reason: answer.failure.message, at: now };
      context.log(`waiting, ${formatDuration(now - start)}: ${answer.failure.message}`);
    }
    await pause(Math.min(patience.intervalMs, deadline - now), context.signal);
  }
}

function given<F extends { message: string }>(last: F, asked: number, ms: number): F {
  return asked === 1 ? last : { ...last, message: `${last.message} (asked ${asked} times in ${formatDuration(ms)})` };
}
