/** One line for each fact, for logs and pipes: what ran, how it ended, why something waits. Cheap: no state is searched. */
import { counted } from '../../core/count.ts';
import { formatDuration } from '../../core/duration.ts';
import type { RunEvent } from '../../run/events.ts';
import { lookOf } from '../../views/status.ts';
import { glyph, icon, NOT_SHOWN, paint, plain, printable, type Style } from './style.ts';

/** The values of a matrix stand in the names of its instances, and may hold anything. */
const harmless = (event: RunEvent): RunEvent =>
  'task' in event && NOT_SHOWN.test(event.task ?? '') ? { ...event, task: printable(event.task) } : event;

/** @returns the line without its newline, or `undefined` where the event is no news for a person */
export function plainLine(happened: RunEvent, style: Style): string | undefined {
  const event = harmless(happened);
  switch (event.type) {
    case 'run.started': {
      const { plan } = event;
      return plain(
        style,
        `run ${event.runId}: ${plan.workflow}, ${counted(plan.tasks.length, 'task')} in ${counted(plan.stages.length, 'stage')}`,
      );
    }
    case 'run.resumed':
      return `run ${event.runId} resumed: ${event.reset.length} of ${event.plan.tasks.length} tasks to do`;
    case 'task.started':
      return `${icon(style, 'running')} ${event.task} started${event.attempt > 1 ? ` (attempt ${event.attempt})` : ''}`;
    case 'task.adopted':
      return `${icon(style, 'running')} ${event.task} goes on: attempt ${event.attempt} outlived its supervisor and is waited for`;
    case 'task.waiting':
      return waitingLine(event, style);
    case 'task.approved':
      return `${icon(style, event.approved ? 'succeeded' : 'cancelled')} ${event.task} ${event.approved ? 'approved' : 'refused'} by ${event.by}${event.comment === undefined ? '' : `: ${plain(style, event.comment)}`}`;
    case 'task.preview':
      return `  ${event.task}: ${plain(style, event.summary)}`;
    case 'task.retrying':
      return `${icon(style, event.status)} ${event.task} ${lookOf(event.status).label}${exitOf(event)}, again in ${formatDuration(event.delayMs)}`;
    case 'task.finished':
      return finishedLine(event, style);
    case 'task.rolled_back':
      return `${glyph(style, event.ok ? 'cached' : 'failed')} ${event.task} ${event.ok ? 'rolled back' : `was not rolled back: ${plain(style, event.reason ?? 'it failed')}`}`;
    case 'run.warning':
      return `${paint(style, 'attention', '!')} ${event.task === undefined ? '' : `${event.task}: `}${plain(style, event.message)}`;
    case 'run.cancelling':
      return `cancelling, asked by ${event.by}${event.force ? ', by force' : ''}`;
    case 'tasks.admitted':
    case 'task.rolling_back':
    case 'task.process':
    case 'task.output':
    case 'run.finished':
      return undefined;
    default:
      return undefined; // a later version's
  }
}

function waitingLine(event: RunEvent & { type: 'task.waiting' }, style: Style): string | undefined {
  const { on, task } = event;
  switch (on.kind) {
    case 'lock':
      return `${icon(style, 'queued')} ${task} waits for the lock ${on.lock}, place ${on.position} in line, held by ${on.holder}`;
    case 'approval':
      return [
        `${icon(style, 'awaiting_approval')} ${task} waits for approval: ${plain(style, on.message)}`,
        ...(on.details === undefined ? [] : on.details.split('\n').map((line) => `    ${printable(line)}`)),
        `    code-engine runs approve ${event.runId} ${task}`,
      ].join('\n');
    case 'retry':
      return undefined; // `task.retrying` has said it
  }
}

const exitOf = (event: { exitCode?: number; signal?: string }): string =>
  event.signal !== undefined
    ? ` (${event.signal})`
    : event.exitCode !== undefined && event.exitCode !== 0
      ? ` (exit code ${event.exitCode})`
      : '';

function finishedLine(event: RunEvent & { type: 'task.finished' }, style: Style): string {
  const { label } = lookOf(event.status);
  const ran = event.status !== 'skipped' && event.status !== 'cached';
  const took = ran && event.attempt > 0 ? ` ${formatDuration(event.durationMs)}` : '';
  const allowed = event.allowedToFail === true ? ', which was allowed' : '';
  const reason = event.reason === undefined || event.status === 'succeeded' ? '' : `: ${event.reason}`;
  return `${icon(style, event.status)} ${event.task} ${label}${took}${exitOf(event)}${allowed}${plain(style, reason)}`;
}
