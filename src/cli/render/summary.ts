/** What is said when a run is over: failures first, then one line with what it took and what working side by side saved. */
import { formatDuration } from '../../core/duration.ts';
import type { RunState, TaskState } from '../../run/state.ts';
import { forecast } from '../../views/forecast.ts';
import { lookOf, lookOfRun } from '../../views/status.ts';
import { icon, paint, plain, printable, runIcon, wrapped, type Style } from './style.ts';

export interface FailedLog {
  /** The last lines of the log, without control codes. */
  readonly lines: readonly string[];
  /** The file that holds all of it, relative to where the person is; nothing where it printed nothing. */
  readonly file?: string;
}

export interface ClosingOptions extends Style {
  /** Where lines are broken; nowhere without it. */
  readonly columns?: number;
  /** What is said stands below all of the run already. */
  readonly whole?: boolean;
}

export interface SummaryOptions extends ClosingOptions {
  readonly logOf: (task: TaskState) => FailedLog;
}

const SHOWN_FAILURES = 10;

export const isFailure = (task: TaskState): boolean =>
  task.status === 'failed' || task.status === 'timed_out' || task.status === 'interrupted';

/** The failures, each with the end of its log and what to do next; empty where nothing failed. */
export function failureLines(state: RunState, options: SummaryOptions): string[] {
  const failed = [...state.tasks.values()].filter((task) => isFailure(task) && !task.allowedToFail);
  const lines = failed.slice(0, SHOWN_FAILURES).flatMap((task) => failureOf(task, options));
  if (failed.length > SHOWN_FAILURES)
    lines.push(plain(options, `… and ${failed.length - SHOWN_FAILURES} more that failed`), '');
  return lines;
}

function failureOf(task: TaskState, options: SummaryOptions): string[] {
  const how = [
    lookOf(task.status).label,
    ...(task.durationMs === undefined ? [] : [`after ${formatDuration(task.durationMs)}`]),
    ...(task.exitCode === undefined ? [] : [`exit code ${task.exitCode}`]),
    ...(task.signal === undefined ? [] : [`signal ${task.signal}`]),
    ...(task.attempts.length > 1 ? [`${task.attempts.length} attempts`] : []),
  ].join(' · ');
  const log = options.logOf(task);
  return [
    `${icon(options, task.status)} ${paint(options, 'bold', printable(task.summary.task))} ${plain(options, how)}`,
    ...(task.reason === undefined ? [] : [`  ${plain(options, task.reason)}`]),
    ...log.lines.map((line) => `  ${paint(options, 'dim', options.unicode ? '│' : '|')} ${line}`),
    ...(log.file === undefined ? [] : [`  ${paint(options, 'dim', 'log:')}  ${log.file}`]),
    ...(task.next === undefined ? [] : [`  ${paint(options, 'dim', 'next:')} ${plain(options, task.next)}`]),
    '',
  ];
}

/** The names on the critical path, first task first; empty where nothing ran. */
export function criticalPath(state: RunState): string[] {
  const known = forecast(state, state.finishedAt ?? 0);
  return (known?.path ?? []).flatMap((at) => {
    const name = state.plan?.tasks[at]?.task;
    const task = name === undefined ? undefined : state.tasks.get(name);
    return task === undefined || task.attempt === 0 ? [] : [task.summary.task];
  });
}

/** The last lines: outputs of the run, how it ended, what it took, and how to go on where it did not end well. */
export function closingLines(state: RunState, style: ClosingOptions): string[] {
  const { durationMs, criticalPathMs, serialMs } = state;
  const lines = outputLines(state, style);
  const warnings = state.warnings
    .slice(0, 5)
    .map(
      (w) =>
        `${paint(style, 'attention', '!')} ${plain(style, `${w.task === undefined ? '' : `${w.task}: `}${w.message}`)}`,
    );
  lines.push(...warnings);
  const parts = [
    lookOfRun(state.status).label,
    ...(durationMs === undefined ? [] : [`in ${formatDuration(durationMs)}`]),
  ];
  const cached = state.counts.cached;
  if (cached > 0) parts.push(`${cached} from the cache`);
  lines.push(
    `${runIcon(style, state.status)} ${paint(style, 'bold', plain(style, state.plan?.workflow ?? state.runId))} ${plain(style, parts.join(' · '))}`,
  );
  if (state.reason !== undefined && state.status !== 'succeeded') lines.push(`  ${plain(style, state.reason)}`);
  // After a resume the clock and the tasks' times belong to several sittings: there is nothing to compare.
  const path = state.attempt > 1 ? [] : criticalPath(state);
  if (criticalPathMs !== undefined && path.length > 0 && state.tasks.size > 1) {
    const text = plain(style, `critical path ${formatDuration(criticalPathMs)}: ${shortened(path).join(' → ')}`);
    lines.push(...wrapped(text, (style.columns ?? Infinity) - 2, 2).map((line) => `  ${line}`));
  }
  if (durationMs !== undefined && serialMs !== undefined && path.length > 0 && state.tasks.size > 1)
    lines.push(plain(style, savedLine(durationMs, serialMs)));
  if ([...state.tasks.values()].some((task) => isFailure(task) && !task.allowedToFail))
    lines.push(`  why: code-engine runs explain ${state.runId}`);
  if (state.status !== 'succeeded') lines.push(`  resume it: code-engine runs resume ${state.runId}`);
  else if (style.whole !== true) lines.push(paint(style, 'dim', `  all of it: code-engine runs show ${state.runId}`));
  return lines;
}

function savedLine(durationMs: number, serialMs: number): string {
  const saved = serialMs > 0 ? Math.round((1 - durationMs / serialMs) * 100) : 0;
  const words = saved >= 1 ? `parallelism saved ${saved} %` : 'parallelism saved nothing';
  return `  one by one it would have taken ${formatDuration(serialMs)}: ${words}`;
}

const shortened = (path: readonly string[]): readonly string[] =>
  path.length <= 8 ? path : [...path.slice(0, 4), '…', ...path.slice(-3)];

/** Addresses that tasks gave as outputs: what a person wants to open. Where a request went is no news. */
function outputLines(state: RunState, style: Style): string[] {
  const lines = new Map<string, string>();
  for (const task of state.tasks.values()) {
    if (task.summary.type === 'http') continue;
    for (const [name, value] of Object.entries(task.outputs)) {
      if (typeof value !== 'string' || !/^https?:\/\/\S+$/.test(value) || lines.has(value)) continue;
      lines.set(
        value,
        `  ${plain(style, `${task.summary.task}.${name}`)}: ${paint(style, 'active', plain(style, value))}`,
      );
    }
  }
  return [...lines.values()].slice(0, 10);
}
