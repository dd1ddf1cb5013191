/** Draws the chart of the timeline: only rows in sight, from top to bottom, in one pass. */
import { t } from '../../core/words.ts';
import type { TaskState } from '../../run/state.ts';
import { isOutcome } from '../../run/state.ts';
import type { Forecast } from '../../views/forecast.ts';
import type { Row } from '../../views/rows.ts';
import { lookOf, type Tone } from '../../views/status.ts';
import type { Tick } from '../../views/scale.ts';
import { cut } from '../dom.ts';
import type { Store } from '../store.ts';
import type { Palette } from '../theme.ts';

export const ROW = 26;
const BAR = 16;
const INSET = (ROW - BAR) / 2;

export interface Chart {
  readonly context: CanvasRenderingContext2D;
  readonly palette: Palette;
  readonly store: Store;
  readonly width: number;
  readonly height: number;
  /** Pixels that lie above the picture. */
  readonly top: number;
  readonly rows: readonly Row[];
  readonly first: number;
  readonly last: number;
  readonly ticks: readonly Tick[];
  /** Pixel of a moment (milliseconds since 1970). */
  readonly x: (time: number) => number;
}

export function paintChart(chart: Chart): void {
  const { context, width, height } = chart;
  context.clearRect(0, 0, width, height);
  context.font = `11px ${chart.palette.font}`;
  context.textBaseline = 'middle';
  paintBands(chart);
  paintTicks(chart);
  const known = chart.store.forecast;
  for (let index = chart.first; index <= chart.last; index++) {
    const row = chart.rows[index];
    const y = index * ROW - chart.top;
    if (row?.kind === 'stage') paintStage(chart, row.stage, known, y);
    else if (row) paintTask(chart, row.task, known, y);
  }
  paintLinks(chart, known);
  paintNow(chart);
}

function paintBands({ context, palette, rows, first, last, top, width, store }: Chart): void {
  for (let index = first; index <= last; index++) {
    const row = rows[index];
    const selected = row?.kind === 'task' && row.task === store.task;
    if (row?.kind !== 'stage' && !selected) continue;
    if (selected && palette.highContrast) continue;
    context.globalAlpha = selected ? 0.5 : 1;
    context.fillStyle = selected ? palette.selected : palette.band;
    context.fillRect(0, index * ROW - top, width, ROW);
    context.globalAlpha = 1;
  }
}

function paintTicks({ context, palette, ticks, x, height, store }: Chart): void {
  context.fillStyle = palette.line;
  context.globalAlpha = palette.highContrast ? 0.3 : 1;
  for (const tick of ticks) context.fillRect(Math.round(x((store.state.startedAt ?? 0) + tick.at)), 0, 1, height);
  context.globalAlpha = 1;
}

/** From the first start of a stage to its last end, as a thin line, closed stages as a density of what is in them. */
function paintStage(chart: Chart, stage: string, known: Forecast | undefined, y: number): void {
  if (!known) return;
  const { context, palette, store, x } = chart;
  const members = known.order.members[known.order.stages.indexOf(stage)] ?? [];
  let [from, to] = [Infinity, -Infinity];
  for (const task of members) {
    from = Math.min(from, known.start[task] ?? Infinity);
    to = Math.max(to, known.end[task] ?? -Infinity);
  }
  if (from > to) return;
  const [left, right] = [x(from), x(to)];
  const done = Math.max(left, Math.min(right, x(store.now)));
  context.fillStyle = palette.dim;
  context.globalAlpha = 0.7;
  context.fillRect(left, y + ROW / 2 - 1, Math.max(1, done - left), 2);
  context.globalAlpha = 0.3;
  if (right > done) context.fillRect(done, y + ROW / 2 - 1, right - done, 2);
  context.globalAlpha = 1;
}

function paintTask(chart: Chart, name: string, known: Forecast | undefined, y: number): void {
  const task = chart.store.state.tasks.get(name);
  const at = known?.order.index.get(name);
  if (!task || !known || at === undefined) return;
  const critical = known.critical[at] === 1;
  paintHeld(chart, known, at, y);
  let labelled = false;
  for (const [index, attempt] of task.attempts.entries()) {
    const last = index === task.attempts.length - 1;
    const end =
      attempt.finishedAt ?? (isOutcome(task.status) && last ? (task.finishedAt ?? attempt.startedAt) : chart.store.now);
    const tone =
      attempt.status === 'running' && last
        ? chart.store.tone(task)
        : attempt.status === 'running'
          ? 'quiet'
          : lookOf(attempt.status).tone;
    labelled = last;
    bar(
      chart,
      attempt.startedAt,
      end,
      y,
      last ? chart.store.tone(task) : tone,
      last ? caption(task) : '',
      last && critical,
    );
  }
  if (!labelled && isOutcome(task.status) && task.status !== 'skipped' && task.finishedAt !== undefined) {
    bar(chart, task.finishedAt - (task.durationMs ?? 0), task.finishedAt, y, chart.store.tone(task), '', critical);
  }
  if (!isOutcome(task.status) && chart.store.state.status === 'running') paintFuture(chart, task, known, at, y);
}

function caption(task: TaskState): string {
  const tries = task.attempts.length > 1 ? ` · ${t('try {0}', task.attempt)}` : '';
  const changes = task.preview
    ? ` · +${task.preview.changes.create} ~${task.preview.changes.update + task.preview.changes.replace} −${task.preview.changes.destroy}`
    : '';
  return `${task.summary.type}${tries}${changes}`;
}

/** A thin line from when nothing but a pool or a lock held the task to its start: time that more places would win. */
function paintHeld({ context, palette, x, store }: Chart, known: Forecast, at: number, y: number): void {
  const cause = known.cause[at] ?? -1;
  const ready = cause < 0 ? (store.state.startedAt ?? 0) : (known.end[cause] ?? 0);
  const [left, right] = [x(ready), x(known.start[at] ?? 0)];
  if (right - left < 3) return;
  context.fillStyle = palette.dim;
  context.globalAlpha = 0.45;
  context.fillRect(left, y + ROW / 2, right - left, 1);
  context.globalAlpha = 1;
}

/** What is still to come, dashed. */
function paintFuture(
  { context, palette, x, store, width }: Chart,
  task: TaskState,
  known: Forecast,
  at: number,
  y: number,
): void {
  const begun = task.startedAt !== undefined && task.status === 'running';
  const left = Math.max(x(begun ? store.now : (known.start[at] ?? 0)), -4);
  const right = Math.min(x(known.end[at] ?? 0), width + 4);
  if (right - left < 2) return;
  context.strokeStyle = known.critical[at] === 1 ? palette.critical : palette.dim;
  context.setLineDash([4, 3]);
  context.lineWidth = 1;
  rounded(context, left + 0.5, y + INSET + 0.5, right - left - 1, BAR - 1);
  context.stroke();
  context.setLineDash([]);
}

function bar(chart: Chart, from: number, to: number, y: number, tone: Tone, text: string, critical: boolean): void {
  const { context, palette, x, width } = chart;
  const left = Math.max(-4, x(from));
  const right = Math.min(width + 4, Math.max(x(to), x(from) + 3));
  if (right <= 0 || left >= width) return;
  context.fillStyle = palette.fill[tone];
  rounded(context, left, y + INSET, right - left, BAR);
  context.fill();
  if (palette.highContrast) {
    context.strokeStyle = palette.tone[tone];
    context.lineWidth = 1;
    context.stroke();
  }
  if (critical) {
    context.fillStyle = palette.critical;
    context.fillRect(left, y + INSET + BAR - 2, right - left, 3);
  }
  const room = Math.min(right, width) - Math.max(left, 0) - 10;
  if (text === '' || room < 24) return;
  context.fillStyle = palette.highContrast ? palette.foreground : palette.tone[tone];
  context.fillText(cut(context, text, room), Math.max(left, 0) + 6, y + ROW / 2 - (critical ? 0.5 : 0));
}

function rounded(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  context.beginPath();
  context.roundRect(x, y, Math.max(1, width), height, Math.min(3, width / 2));
}

/** What the selected task waited for and what waits for it, as far as it is in sight. */
function paintLinks(chart: Chart, known: Forecast | undefined): void {
  const { store, rows, context, palette, x } = chart;
  const at = store.task === undefined ? undefined : known?.order.index.get(store.task);
  if (!known || at === undefined) return;
  const place = new Map<string, number>();
  for (let index = chart.first; index <= chart.last; index++) {
    const row = rows[index];
    if (row?.kind === 'task') place.set(row.task, index * ROW - chart.top + ROW / 2);
  }
  const yOf = (task: number): number | undefined => place.get(store.state.plan?.tasks[task]?.task ?? '');
  const own = yOf(at);
  if (own === undefined) return;
  context.strokeStyle = palette.focus;
  context.lineWidth = 1;
  const link = (from: number, to: number, fromY: number | undefined, toY: number | undefined): void => {
    if (fromY === undefined || toY === undefined) return;
    const [x1, x2] = [x(known.end[from] ?? 0), x(known.start[to] ?? 0)];
    context.beginPath();
    context.moveTo(x1, fromY);
    context.bezierCurveTo(x1 + 18, fromY, x2 - 18, toY, x2, toY);
    context.stroke();
  };
  for (const need of known.order.needs[at] ?? []) link(need, at, yOf(need), own);
  for (const dependent of known.order.dependents[at] ?? []) link(at, dependent, own, yOf(dependent));
}

function paintNow({ context, palette, x, store, height }: Chart): void {
  if (store.state.status !== 'running' || store.state.startedAt === undefined) return;
  context.fillStyle = palette.now;
  context.fillRect(Math.round(x(store.now)) - 1, 0, 2, height);
}
