/** How a status looks and reads, everywhere the same. */
import { unreachable } from '../core/result.ts';
import { t } from '../core/words.ts';
import type { RunStatus, TaskStatus } from '../run/events.ts';
import type { TaskState } from '../run/state.ts';

/** What a colour stands for; the theme says which it is. */
export type Tone = 'good' | 'bad' | 'active' | 'attention' | 'quiet';

export interface Look {
  readonly tone: Tone;
  /** One character, told apart without colour. */
  readonly glyph: string;
  /** A VS Code product icon. */
  readonly icon: string;
  readonly label: string;
}

/** Words are looked up when they are asked for: the bundle is not there yet when this file is read. */
const look = (tone: Tone, glyph: string, icon: string, label: () => string): Look => ({
  tone,
  glyph,
  icon,
  get label() {
    return label();
  },
});

const TASK: Readonly<Record<TaskStatus, Look>> = {
  pending: look('quiet', '○', 'circle-outline', () => t('pending')),
  queued: look('quiet', '◌', 'watch', () => t('queued')),
  running: look('active', '●', 'sync~spin', () => t('running')),
  awaiting_approval: look('attention', '‖', 'question', () => t('waits for you')),
  succeeded: look('good', '✓', 'pass', () => t('succeeded')),
  cached: look('good', '↺', 'history', () => t('cached')),
  failed: look('bad', '✗', 'error', () => t('failed')),
  timed_out: look('bad', '◷', 'clockface', () => t('timed out')),
  cancelled: look('quiet', '⊘', 'circle-slash', () => t('cancelled')),
  skipped: look('quiet', '⤼', 'debug-step-over', () => t('skipped')),
  interrupted: look('attention', '!', 'warning', () => t('interrupted')),
};

const RUN: Readonly<Record<RunStatus, Look>> = {
  running: TASK.running,
  succeeded: TASK.succeeded,
  failed: TASK.failed,
  cancelled: TASK.cancelled,
  interrupted: TASK.interrupted,
};

export const STATUSES = Object.keys(TASK) as TaskStatus[];

export const lookOf = (status: TaskStatus): Look => TASK[status];

/** A failure that was allowed looks like a warning, not like the run's end. */
export function lookOfTask({ status, allowedToFail }: Pick<TaskState, 'status' | 'allowedToFail'>): Look {
  const look = TASK[status];
  return allowedToFail && look.tone === 'bad' ? { ...look, tone: 'attention' } : look;
}

export const lookOfRun = (status: RunStatus): Look => RUN[status];

/** The theme colour (of VS Code's own set) for an icon of this tone. */
export function themeColor(tone: Tone): string {
  switch (tone) {
    case 'good':
      return 'testing.iconPassed';
    case 'bad':
      return 'testing.iconFailed';
    case 'active':
      return 'charts.blue';
    case 'attention':
      return 'charts.yellow';
    case 'quiet':
      return 'disabledForeground';
    default:
      return unreachable(tone);
  }
}
