/** How a status looks and reads, everywhere the same. */
import { unreachable } from '../core/result.ts';
import type { RunStatus, TaskStatus } from '../run/events.ts';

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

const TASK: Readonly<Record<TaskStatus, Look>> = {
  pending: { tone: 'quiet', glyph: '○', icon: 'circle-outline', label: 'pending' },
  queued: { tone: 'quiet', glyph: '◌', icon: 'watch', label: 'queued' },
  running: { tone: 'active', glyph: '●', icon: 'sync~spin', label: 'running' },
  awaiting_approval: { tone: 'attention', glyph: '‖', icon: 'question', label: 'waits for you' },
  succeeded: { tone: 'good', glyph: '✓', icon: 'pass', label: 'succeeded' },
  cached: { tone: 'good', glyph: '↺', icon: 'history', label: 'cached' },
  failed: { tone: 'bad', glyph: '✗', icon: 'error', label: 'failed' },
  timed_out: { tone: 'bad', glyph: '⧖', icon: 'clockface', label: 'timed out' },
  cancelled: { tone: 'quiet', glyph: '⊘', icon: 'circle-slash', label: 'cancelled' },
  skipped: { tone: 'quiet', glyph: '⤼', icon: 'debug-step-over', label: 'skipped' },
  interrupted: { tone: 'attention', glyph: '!', icon: 'warning', label: 'interrupted' },
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
