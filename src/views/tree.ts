/** A run as rows of a native tree: run → stage → task. Plain data; the extension makes tree items of it. */
import { t } from '../core/words.ts';
import { formatDuration } from '../core/duration.ts';
import type { RunSummary } from '../run/protocol.ts';
import type { RunState, StageState, TaskState } from '../run/state.ts';
import { isOutcome } from '../run/state.ts';
import { lookOf, lookOfRun, lookOfTask, themeColor, type Look } from './status.ts';
import { listed, runDuration, runPhrase, taskNote, waitingSentence } from './words.ts';
import { whyWaiting } from '../run/waiting.ts';

export interface TreeRow {
  /** Unique over all runs and stable over a reload, so that what was opened stays open. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  readonly icon: string;
  /** A theme colour's id. */
  readonly color?: string;
  /** What the menus go by: `run.running`, `run.ended`, `stage`, `task.running`, `task.failed`, … */
  readonly context: string;
  readonly expands: 'no' | 'closed' | 'open';
  readonly target: { readonly runId: string; readonly stage?: string; readonly task?: string };
}

const paint = (look: Look): { icon: string; color: string } => ({ icon: look.icon, color: themeColor(look.tone) });

/** @param state where the run is followed; else only its summary is known */
export function runRow(run: RunSummary, state: RunState | undefined, now: number): TreeRow {
  const status = state?.plan ? state.status : run.status;
  const started = Date.parse(run.startedAt);
  const duration = state?.plan
    ? runDuration(state, now)
    : (run.durationMs ?? (status === 'running' ? Math.max(0, now - started) : undefined));
  const phrase = state?.plan ? runPhrase(state) : lookOfRun(status).label;
  const when = status === 'running' ? '' : ago(now - started);
  return {
    id: `run:${run.runId}`,
    label: run.workflow,
    description: [phrase, duration === undefined ? '' : formatDuration(duration), when]
      .filter((part) => part !== '')
      .join(' · '),
    tooltip: lines(
      `${run.workflow}: ${phrase}`,
      state?.reason,
      t('started {0}', localTime(started)),
      run.file,
      t('run {0}', run.runId),
    ),
    ...paint(attention(state) ?? lookOfRun(status)),
    context: `run.${status}`,
    expands: status === 'running' ? 'open' : 'closed',
    target: { runId: run.runId },
  };
}

function attention(state: RunState | undefined): Look | undefined {
  return state?.status === 'running' && state.counts.awaiting_approval > 0 ? lookOf('awaiting_approval') : undefined;
}

const lines = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join('\n');

export const stageId = (runId: string, stage: string): string => `run:${runId}/stage:${stage}`;
export const taskId = (runId: string, task: string): string => `run:${runId}/task:${task}`;

/** More than this many tasks that have not begun, or went well, are no news: their stage is closed. */
const MANY = 50;
/** Stages that a person need not look into at first. */
const CALM: ReadonlySet<TaskState['status']> = new Set(['succeeded', 'cached', 'skipped', 'cancelled']);

/** Looks at all tasks of the stage, and at no other. */
export function stageRow(state: RunState, stage: StageState, now: number): TreeRow {
  const tone = stageTone(state, stage);
  const ended = stage.tasks.length - stage.left;
  const span = stageSpan(state, stage, now);
  return {
    id: stageId(state.runId, stage.name),
    label: stage.name,
    description: `${t('{0} of {1}', ended, stage.tasks.length)}${span === undefined ? '' : ` · ${formatDuration(span)}`}`,
    tooltip: t('{0}: {1} of {2} tasks ended', stage.name, ended, stage.tasks.length),
    ...paint(lookOf(tone)),
    context: 'stage',
    expands: CALM.has(tone) || (tone === 'pending' && stage.tasks.length > MANY) ? 'closed' : 'open',
    target: { runId: state.runId, stage: stage.name },
  };
}

/** The status that speaks for a stage: the one a person must see first. */
function stageTone(state: RunState, stage: StageState): TaskState['status'] {
  let active: TaskState['status'] | undefined;
  for (const name of stage.tasks) {
    const status = state.tasks.get(name)?.status;
    if (status === 'awaiting_approval') return status;
    if (status === 'running') active = status;
    else if (status === 'queued' && state.status === 'running') active ??= status;
  }
  if (active) return active;
  if (stage.broken) return brokenTone(state, stage);
  if (stage.left === 0)
    return stage.tasks.every((name) => state.tasks.get(name)?.status === 'skipped') ? 'skipped' : 'succeeded';
  return state.status === 'running' ? 'pending' : state.status;
}

/** What broke it: a failure says more than what was cancelled for it, and that more than what was never begun. */
function brokenTone(state: RunState, stage: StageState): TaskState['status'] {
  const found = new Set(stage.tasks.map((name) => state.tasks.get(name)?.status));
  return (['failed', 'timed_out', 'interrupted', 'cancelled'] as const).find((each) => found.has(each)) ?? 'skipped';
}

/** From the first start in a stage to its last end; `undefined` before the first. */
export function stageSpan(state: RunState, stage: StageState, now: number): number | undefined {
  let first = Infinity;
  let last = -Infinity;
  let open = false;
  for (const name of stage.tasks) {
    const task = state.tasks.get(name);
    const start = task?.attempts[0]?.startedAt ?? task?.startedAt;
    if (!task || start === undefined) continue;
    first = Math.min(first, start);
    if (task.finishedAt !== undefined) last = Math.max(last, task.finishedAt);
    else if (!isOutcome(task.status)) open = true;
  }
  if (first === Infinity) return undefined;
  return Math.max(0, (open && state.status === 'running' ? now : Math.max(first, last)) - first);
}

export function taskRow(state: RunState, task: TaskState, now: number): TreeRow {
  const { summary, status } = task;
  const why = whyWaiting(state, summary.task);
  return {
    id: taskId(state.runId, summary.task),
    label: summary.task,
    description: taskNote(state, task, now),
    tooltip: lines(
      `${summary.task} (${summary.type}): ${lookOf(status).label}`,
      why && t('Waits on: {0}', waitingSentence(why, now)),
      task.reason,
      task.next,
      summary.dependsOn.length === 0 ? undefined : t('Needs {0}', listed(summary.dependsOn, 5)),
      summary.expectedMs === undefined ? undefined : t('Usually takes {0}', formatDuration(summary.expectedMs)),
    ),
    ...paint(lookOfTask(task)),
    context: `task.${status}`,
    expands: 'no',
    target: { runId: state.runId, stage: summary.stage, task: summary.task },
  };
}

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`. */
export function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return t('just now');
  if (minutes < 60) return t('{0} min ago', minutes);
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? t('{0} h ago', hours) : t('{0} d ago', Math.floor(hours / 24));
}

/** Local date and time by hand: the first `toLocaleString` of a process loads languages, which takes longer than a frame. */
function localTime(ms: number): string {
  const at = new Date(ms);
  const [month, day, ...time] = [at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()].map(
    (part) => String(part).padStart(2, '0'),
  );
  return `${at.getFullYear()}-${month}-${day} ${time.join(':')}`;
}
