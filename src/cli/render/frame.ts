/**
 * The live view as a pure function: the state of a run and the size of the window in, lines out. What does not fit is counted
 * instead of shown: what runs, waits for a person or failed comes first.
 */
import { formatDuration } from '../../core/duration.ts';
import type { TaskStatus } from '../../run/events.ts';
import { isOutcome, type RunState, type StageState, type TaskState } from '../../run/state.ts';
import { whyWaiting } from '../../run/waiting.ts';
import { lookOf } from '../../views/status.ts';
import { runDuration, runPhrase, taskNote, waitingPhrase } from '../../views/words.ts';
import { fit, icon, pad, paint, plain, printable, runIcon, widthOf, type Style } from './style.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface FrameOptions extends Style {
  /** The last line that a task printed, without control codes. */
  readonly lastLine: (task: TaskState) => string | undefined;
  /** Lines that stand below the tasks (a question); they are taken off the room for tasks. */
  readonly footer?: readonly string[];
}

/** @returns at most `size.rows - 1` lines, none wider than `size.columns - 1` columns */
export function frame(state: RunState, size: Size, now: number, options: FrameOptions): string[] {
  const columns = Math.max(20, size.columns - 1);
  const footer = (options.footer ?? []).map((line) => fit(options, line, columns));
  const room = Math.max(1, size.rows - 1 - footer.length);
  const lines = [header(state, columns, now, options)];
  const stages = state.stages.filter((stage) => stage.tasks.length > 0);
  const all = stages.length + state.tasks.size;
  const body = room - lines.length;
  if (all <= body)
    for (const stage of stages) lines.push(...stageLines(state, stage, stage.tasks.length, columns, now, options));
  else lines.push(...squeezed(state, stages, body, columns, now, options));
  return [...lines.slice(0, room), ...footer];
}

function header(state: RunState, columns: number, now: number, style: Style): string {
  const name = plain(style, state.plan?.workflow ?? 'starting');
  const ended = [...state.tasks.values()].reduce((sum, task) => sum + (isOutcome(task.status) ? 1 : 0), 0);
  const elapsed = runDuration(state, now);
  const parts = [
    runPhrase(state),
    `${ended} of ${state.tasks.size}`,
    ...(elapsed === undefined ? [] : [formatDuration(elapsed)]),
  ];
  const bad = state.counts.failed + state.counts.timed_out;
  if (bad > 0) parts.splice(1, 0, `${bad} failed`);
  const room = columns - 3 - widthOf(name);
  if (room < 8) return `${runIcon(style, state.status)} ${fit(style, name, columns - 2)}`;
  return `${runIcon(style, state.status)} ${paint(style, 'bold', name)} ${paint(style, 'dim', fit(style, plain(style, `· ${parts.join(' · ')}`), room))}`;
}

/** More tasks than lines: stages that are over or to come get a line (or share one), those at work get the rest. */
function squeezed(
  state: RunState,
  stages: readonly StageState[],
  room: number,
  columns: number,
  now: number,
  options: FrameOptions,
): string[] {
  const active = stages.filter((stage) => stage.left > 0 && (stage.open || hasStarted(state, stage)));
  const before = stages.filter((stage) => stage.left === 0);
  const after = stages.filter((stage) => stage.left > 0 && !active.includes(stage));
  const few = stages.length <= Math.max(3, room / 3);
  const share = (list: readonly StageState[], words: string): string[] =>
    few || list.length <= 1
      ? list.flatMap((stage) => stageLines(state, stage, 0, columns, now, options))
      : [sharedLine(state, list, words, columns, options)];
  const head = share(before, 'over');
  const tail = share(after, 'to come');
  const left = room - head.length - tail.length;
  const each = Math.max(1, Math.floor(left / Math.max(1, active.length)));
  const middle = active.flatMap((stage) =>
    stageLines(state, stage, Math.min(each - 1, stage.tasks.length), columns, now, options),
  );
  return [...head, ...middle.slice(0, Math.max(0, room - head.length - tail.length)), ...tail].slice(0, room);
}

const hasStarted = (state: RunState, stage: StageState): boolean =>
  stage.tasks.some((name) => (state.tasks.get(name)?.attempt ?? 0) > 0);

function sharedLine(
  state: RunState,
  stages: readonly StageState[],
  words: string,
  columns: number,
  style: Style,
): string {
  const tasks = stages.flatMap((stage) => stage.tasks);
  const worst = worstOf(tasks.map((name) => state.tasks.get(name)?.status ?? 'pending'));
  const text = plain(style, `${stages.length} stages ${words} · ${counted(state, tasks)}`);
  return `  ${icon(style, worst)} ${paint(style, 'dim', fit(style, text, columns - 4))}`;
}

/** A stage's own line and, of its tasks, as many as there is room for. */
function stageLines(
  state: RunState,
  stage: StageState,
  room: number,
  columns: number,
  now: number,
  options: FrameOptions,
): string[] {
  const statuses = stage.tasks.map((name) => state.tasks.get(name)?.status ?? 'pending');
  const note = room >= stage.tasks.length ? '' : counted(state, stage.tasks);
  const name = fit(options, printable(stage.name), columns - 4);
  const rest = fit(options, plain(options, note === '' ? '' : ` · ${note}`), columns - 4 - widthOf(name));
  const lines = [`  ${icon(options, worstOf(statuses))} ${paint(options, 'bold', name)}${paint(options, 'dim', rest)}`];
  if (room <= 0) return lines;
  const shown = stage.tasks.length <= room ? stage.tasks : mostTelling(state, stage.tasks, room);
  const width = Math.min(32, Math.max(...shown.map(widthOf)), Math.floor(columns / 2));
  for (const task of shown) {
    const known = state.tasks.get(task);
    if (known !== undefined) lines.push(taskLine(state, known, width, columns, now, options));
  }
  return lines;
}

function taskLine(
  state: RunState,
  task: TaskState,
  width: number,
  columns: number,
  now: number,
  options: FrameOptions,
): string {
  const name = pad(fit(options, printable(task.summary.task), width), width);
  const room = columns - 6 - widthOf(name) - 2;
  const note = fit(options, plain(options, noteOf(state, task, now)), room);
  const left = room - Math.max(8, widthOf(note)) - 2;
  const line = task.status === 'running' && left > 8 ? options.lastLine(task) : undefined;
  const spoken = line === undefined || line === '' ? '' : `  ${paint(options, 'dim', fit(options, line, left))}`;
  const shown = lookOf(task.status).tone === 'quiet' ? paint(options, 'dim', name) : name;
  return `    ${icon(options, task.status)} ${shown}  ${spoken === '' ? note : pad(note, 8) + spoken}`.trimEnd();
}

/** `taskNote`, with the reason where one waits in a stage that is shut: its stage's line says that already. */
function noteOf(state: RunState, task: TaskState, now: number): string {
  const why = task.status === 'pending' ? whyWaiting(state, task.summary.task) : undefined;
  if (why?.kind === 'dependency') return waitingPhrase(why, now);
  return taskNote(state, task, now);
}

const RANK: Readonly<Record<TaskStatus, number>> = {
  awaiting_approval: 0,
  failed: 1,
  timed_out: 1,
  running: 2,
  interrupted: 3,
  queued: 4,
  cancelled: 5,
  succeeded: 6,
  cached: 6,
  pending: 7,
  skipped: 8,
};

/** The tasks to show where not all fit, in the order of the file. */
function mostTelling(state: RunState, tasks: readonly string[], room: number): string[] {
  const buckets: string[][] = [];
  for (const name of tasks) (buckets[RANK[state.tasks.get(name)?.status ?? 'pending']] ??= []).push(name);
  // Failures that are many must not hide what runs.
  const failed = buckets[1];
  const running = buckets[2]?.length ?? 0;
  if (failed !== undefined && failed.length > room / 2 && running > 0) {
    buckets[4] = [...failed.splice(Math.floor(room / 2)), ...(buckets[4] ?? [])];
  }
  const chosen = new Set(buckets.flat().slice(0, room));
  return tasks.filter((name) => chosen.has(name));
}

function worstOf(statuses: readonly TaskStatus[]): TaskStatus {
  let ended = true;
  let worst: TaskStatus | undefined;
  for (const status of statuses) {
    if (!isOutcome(status)) ended = false;
    if (worst === undefined || RANK[status] < RANK[worst]) worst = status;
  }
  if (worst === undefined) return 'succeeded';
  // A stage with some ended and none running is still at work.
  return !ended && (worst === 'succeeded' || worst === 'cached') ? 'running' : worst;
}

const ORDER: readonly TaskStatus[] = [
  'failed',
  'timed_out',
  'awaiting_approval',
  'running',
  'queued',
  'interrupted',
  'cancelled',
  'skipped',
  'cached',
  'succeeded',
  'pending',
];

/** `3 running, 12 queued, 40 succeeded` */
function counted(state: RunState, tasks: readonly string[]): string {
  const counts = new Map<TaskStatus, number>();
  for (const name of tasks) {
    const status = state.tasks.get(name)?.status ?? 'pending';
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return ORDER.flatMap((status) =>
    counts.has(status) ? [`${counts.get(status) ?? 0} ${lookOf(status).label}`] : [],
  ).join(', ');
}
