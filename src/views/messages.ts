/** What the monitor (a webview) and the extension say to each other. Both check what they get. */
import {
  checked,
  count,
  discriminatedUnion,
  finite,
  flag,
  listOf,
  oneOf,
  optional,
  shape,
  text,
  type Checked,
} from '../core/check.ts';
import type { Result } from '../core/result.ts';
import { event } from '../run/protocol.ts';

const previewed = shape({ task: text, note: text, tone: oneOf('good', 'bad', 'attention', 'quiet'), size: count });
const page = shape({ text, bytes: count, offset: count, size: count });

/** From the extension to the monitor. */
const TO_MONITOR = {
  /** Which run is shown; first of all, and again after a reload. `now` is the engine's clock, `target` such as `WSL: Ubuntu`. */
  open: { runId: text, workflow: text, now: finite, target: optional(text), canAct: flag, preview: optional(flag) },
  /** Of a preview: what tasks would change in a few words, and how many bytes of their tools' own words can be read. */
  previewed: { tasks: listOf(previewed) },
  /** The preview is complete, in a sentence; `failed` where it could not be made. */
  summed: { text, failed: flag },
  events: { runId: text, now: finite, events: listOf(event) },
  /** All that was there is sent. */
  live: { runId: text, now: finite },
  select: { task: text },
  /** The answer to `read` with the same number; `failure` is a sentence. */
  page: { id: count, page: optional(page), failure: optional(text) },
  /** The connection to the engine is gone (`text` says why), or back. */
  connection: { ok: flag, text: optional(text) },
} as const;

/** From the monitor to the extension. */
const TO_EXTENSION = {
  ready: { runId: optional(text), seq: count },
  read: { id: count, task: text, attempt: count, stream: oneOf('stdout', 'stderr'), offset: count, length: count },
  /** Open a file that a log names, at its line and column, from 1. */
  place: { path: text, line: count, column: count },
  /** Go to the task's line in the file. */
  reveal: { task: text },
  select: { task: text },
  copy: { text },
  command: {
    name: oneOf('cancel', 'approve', 'retry', 'resume', 'openLog', 'run', 'explain'),
    task: optional(text),
    digest: optional(text),
  },
} as const;

const toMonitor = discriminatedUnion('type', TO_MONITOR);
const toExtension = discriminatedUnion('type', TO_EXTENSION);

export type ToMonitor = Checked<typeof toMonitor>;
export type ToExtension = Checked<typeof toExtension>;

export const readToMonitor = (value: unknown): Result<ToMonitor, string> => checked(value, toMonitor, 'message');
export const readToExtension = (value: unknown): Result<ToExtension, string> => checked(value, toExtension, 'message');

/** What the monitor keeps over a reload of the window (`setState`). */
const KEPT = shape({
  runId: text,
  view: oneOf('timeline', 'graph', 'table'),
  filter: text,
  task: optional(text),
  closed: listOf(text),
});
export type KeptState = Checked<typeof KEPT>;
export const readKept = (value: unknown): KeptState | undefined => {
  const result = checked(value, KEPT, 'state');
  return result.ok ? result.value : undefined;
};
