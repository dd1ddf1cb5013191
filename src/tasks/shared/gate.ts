/** A gate over figures: what they must be like, time for that to come true, and time for which it must then hold. */
import * as z from 'zod';
import { failure, type Failure } from '../../core/failure.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { duration, type TaskContext } from '../../core/task-type.ts';
import { milliseconds, until } from './until.ts';

/** The times of a gate, as parameters. */
export const gateTimes = {
  within: duration('Time for the expectation to come true.').default('0s'),
  for: duration('Time for which it must then hold.').default('0s'),
  interval: duration('Pause between two queries.').default('5s'),
};

export interface GateTimes {
  readonly within: string;
  readonly for: string;
  readonly interval: string;
}

const EXPECTATION = /^\s*(==|!=|>=|<=|>|<)\s*([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*$|^(?:some|none)$/;

/** A comparison with a number (`< 0.01`), or that there are `some`, or `none`. */
export const expectedFigures = (description: string): z.ZodString =>
  z.string().regex(EXPECTATION).meta({ description });

/** @param comparison as `expectedFigures` takes it; `some` and `none` are about a count. */
export function holds(value: number, comparison: string): boolean {
  if (comparison === 'some') return value > 0;
  if (comparison === 'none') return value === 0;
  const [, operator = '', text = ''] = EXPECTATION.exec(comparison) ?? [];
  const wanted = Number(text);
  switch (operator) {
    case '==':
      return value === wanted;
    case '!=':
      return value !== wanted;
    case '>=':
      return value >= wanted;
    case '<=':
      return value <= wanted;
    case '>':
      return value > wanted;
    default:
      return value < wanted;
  }
}

/** One look: what was seen, and what of it is not as expected. */
export type Look<T> = (signal: AbortSignal) => Promise<Result<{ readonly seen: T; readonly missed?: string }>>;

/**
 * Waits at most `within` until the expectation is met, then sees to it that it stays met for `for`.
 * @param next what to do where the gate stays closed
 */
export async function gate<T>(times: GateTimes, look: Look<T>, next: string, context: TaskContext): Promise<Result<T>> {
  const [within, hold, interval] = [
    milliseconds(times.within, 'within'),
    milliseconds(times.for, 'for'),
    milliseconds(times.interval, 'interval'),
  ];
  if (!within.ok) return within;
  if (!hold.ok) return hold;
  if (!interval.ok) return interval;
  const intervalMs = Math.max(interval.value, 100);
  const judged = async (signal: AbortSignal): Promise<Result<T>> => {
    const answer = await look(signal);
    if (!answer.ok) return answer;
    const { seen, missed } = answer.value;
    return missed === undefined ? ok(seen) : err(closed(missed, next));
  };
  const first = await until(judged, { forMs: within.value, intervalMs }, context);
  if (!first.ok || hold.value === 0) return first;
  context.log(`as expected; it must stay so for ${times.for}`);
  return stays(judged, first.value, hold.value, intervalMs, context);
}

const closed = (missed: string, next: string): Failure => failure('tool', `The gate is closed: ${missed}.`, { next });

async function stays<T>(
  judged: (signal: AbortSignal) => Promise<Result<T>>,
  first: T,
  holdMs: number,
  intervalMs: number,
  context: TaskContext,
): Promise<Result<T>> {
  const end = performance.now() + holdMs;
  let broken: Result<T> | undefined;
  let last = first;
  const stayed = await until(
    async (signal) => {
      const now = await judged(signal);
      if (now.ok) last = now.value;
      else broken = now;
      return broken !== undefined || performance.now() >= end
        ? ok(undefined)
        : err(failure('timeout', 'it holds so far'));
    },
    { forMs: holdMs + intervalMs * 2, intervalMs: Math.min(intervalMs, holdMs) },
    context,
  );
  return broken ?? (stayed.ok ? ok(last) : stayed);
}
