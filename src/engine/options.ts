import type { OnAlive, OnUnknown } from '../graph/plan.ts';

/** How a run is to be done, beyond what its plan says. Kept beside the plan, so that a supervisor can be started from the folder alone. */
export interface RunOptions {
  /** The most tasks at once, over both pools. */
  readonly jobs?: number;
  /** The first failure ends what runs. Otherwise what runs ends on its own. */
  readonly failFast: boolean;
  /** Results of earlier successes are not taken, nor saved. */
  readonly noCache: boolean;
  /** Between asking a task to end and forcing it, milliseconds. */
  readonly graceMs: number;
  /** After a crash, for attempts whose end nobody saw. `ask` leaves it to the workflow, which may say otherwise for a task. */
  readonly onUnknown: OnUnknown;
  /** After a crash, for attempts whose processes still live: waited for, or ended. Default: what the workflow says, else `end`. */
  readonly onAlive?: OnAlive;
  /** The run whose `workflow` task this run is. */
  readonly parent?: string;
  /** The most that a stream of an attempt may keep in its log, bytes; 0 for no limit. Default: what the workflow says, else 2 GiB. */
  readonly logLimit?: number;
  /** A file with the values of secrets. */
  readonly secretsFile?: string;
  /** At a resume: tasks that run again although they succeeded, and with them what depends on them. */
  readonly reset?: readonly string[];
  /** With `reset`: without what depends on them. */
  readonly resetAlone?: boolean;
  /** Starts nothing: only undoes what the run did. */
  readonly rollbackOnly?: boolean;
  /** Undo what succeeded when the run fails or is cancelled. */
  readonly rollback: boolean;
}

export type { OnAlive, OnUnknown };

export const DEFAULT_OPTIONS: RunOptions = {
  failFast: false,
  noCache: false,
  graceMs: 10_000,
  onUnknown: 'ask',
  rollback: false,
};
