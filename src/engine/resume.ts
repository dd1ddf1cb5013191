/**
 * What an earlier supervisor of a run left behind, read from its journal: what ended well and stays so, and the attempts whose end
 * nobody saw. A supervisor that died leaves its tasks running; they are found again by their identity and marker.
 */
import type { JsonObject } from '../core/json.ts';
import type { ProcessIdentity } from '../core/process.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import { removeCgroup } from '../platform/cgroups.ts';
import { thisMachine, type Machine } from '../platform/machine.ts';
import type { Tree } from '../platform/processes.ts';
import type { RunEvent, Stream, TaskOutcome } from '../run/events.ts';

export interface Finished {
  readonly outcome: TaskOutcome;
  readonly outputs: JsonObject;
  readonly durationMs: number;
  /** The number of an attempt whose end is not in the journal: it was found out now, and is to be written down. 0: of an undoing. */
  readonly found?: number;
}

/** An attempt that was begun, or may have been, and whose end is not in the journal. */
export interface Unseen {
  readonly task: string;
  readonly attempt: number;
  /** False: it was admitted, and a power cut may have hidden its start. */
  readonly begun: boolean;
  readonly tree: Tree;
  /** The task is now what it was then. */
  readonly same: boolean;
  /** What it started as, where the journal tells. */
  readonly leader: ProcessIdentity | undefined;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** It undid what the task had done, and the task had ended so. */
  readonly undoing: Finished | undefined;
  /** Bytes of its logs that the journal tells of. */
  readonly told: Readonly<Record<Stream, number>>;
}

export interface Before {
  readonly finished: ReadonlyMap<string, Finished>;
  /** The last attempt that was started, by task. */
  readonly attempts: ReadonlyMap<string, number>;
  readonly unseen: readonly Unseen[];
  /** What was undone already, for what is still to be undone and reads its outputs. */
  readonly undone: ReadonlyMap<string, Finished>;
  /** How often the run was started already. */
  readonly starts: number;
  readonly startedAt: number;
}

interface Open {
  attempt: number;
  begun: boolean;
  startedAt: number;
  told: Record<Stream, number>;
  group?: number;
  cgroup?: string | undefined;
  spare?: number | undefined;
  leader?: ProcessIdentity;
}

const opened = (attempt: number, begun: boolean, time: string): Open => ({
  attempt,
  begun,
  startedAt: Date.parse(time),
  told: { stdout: 0, stderr: 0 },
});

/** What the journal says, event by event. */
class Replay {
  readonly finished = new Map<string, Finished>();
  readonly attempts = new Map<string, number>();
  readonly open = new Map<string, Open>();
  readonly undone = new Map<string, Finished>();
  /** Tasks of whose undoing the end was not seen, and how they had ended. */
  readonly undoing = new Map<string, Finished>();
  /** Tasks whose condition was false when they were last asked; a resume that came to nothing does not change that. */
  readonly skipped = new Set<string>();
  /** Of each task, the hash that it had when it last was part of the plan. */
  readonly hashes = new Map<string, string>();
  starts = 0;
  bootId = '';

  apply(event: RunEvent): void {
    switch (event.type) {
      case 'run.started':
      case 'run.resumed':
        this.starts++;
        this.bootId = event.supervisor.bootId;
        for (const { task, hash } of event.plan.tasks) this.hashes.set(task, hash);
        if (event.type === 'run.resumed') for (const task of event.reset) this.finished.delete(task);
        break;
      case 'tasks.admitted':
        for (const task of event.tasks) {
          const attempt = (this.attempts.get(task) ?? 0) + 1;
          if (!this.open.has(task)) this.open.set(task, opened(attempt, false, event.time));
        }
        break;
      case 'task.started':
        this.skipped.delete(event.task);
        this.attempts.set(event.task, event.attempt);
        this.open.set(event.task, opened(event.attempt, true, event.time));
        break;
      case 'task.process': {
        const known = this.open.get(event.task);
        const { group, process: leader, cgroup, spare } = event;
        if (known !== undefined) Object.assign(known, { group, leader, cgroup, spare });
        break;
      }
      case 'task.output': {
        const told = this.open.get(event.task)?.told;
        if (told !== undefined) told[event.stream] = Math.max(told[event.stream], event.offset + event.length);
        break;
      }
      case 'task.retrying':
        this.open.delete(event.task);
        break;
      case 'task.finished': {
        const { task, status: outcome, outputs, durationMs } = event;
        this.open.delete(task);
        this.finished.set(task, { outcome, outputs, durationMs });
        if (outcome === 'skipped') this.skipped.add(task);
        break;
      }
      case 'task.rolling_back': {
        const done = this.finished.get(event.task);
        if (done !== undefined) this.undoing.set(event.task, done);
        this.finished.delete(event.task);
        this.open.set(event.task, opened(0, true, event.time));
        break;
      }
      case 'task.rolled_back': {
        const done = this.undoing.get(event.task);
        if (done !== undefined) (event.ok ? this.undone : this.finished).set(event.task, done);
        this.undoing.delete(event.task);
        this.open.delete(event.task);
        break;
      }
      default:
        break;
    }
  }
}

/** Folds the journal for a resume. A task whose hash differs from the plan's counts as not run. */
export function readBefore(
  events: readonly RunEvent[],
  plan: Plan,
  runId: string,
  {
    reset = [],
    resetAlone = false,
    rollbackOnly = false,
  }: { readonly reset?: readonly string[]; readonly resetAlone?: boolean; readonly rollbackOnly?: boolean } = {},
  machine: Machine = thisMachine,
): Before {
  const replay = new Replay();
  for (const event of events) replay.apply(event);
  const { finished, attempts, open, starts } = replay;
  if (rollbackOnly) for (const [task, done] of replay.undoing) finished.set(task, done); // to be undone once more
  const hashes = new Map(plan.tasks.map((task) => [task.id, task.hash]));
  const { skipped } = replay;
  for (const [task, { outcome }] of finished) {
    if (!stays(outcome) || hashes.get(task) !== replay.hashes.get(task)) finished.delete(task);
  }
  const isReset = ({ id, name }: PlannedTask): boolean => reset.includes(id) || reset.includes(name);
  if (!resetAlone) for (const task of plan.tasks.filter(isReset)) finished.delete(task.id);
  for (const task of plan.tasks.filter(isReset)) skipped.delete(task.id);
  // An undoing goes on with what it could not undo before, although what that was built on is undone.
  if (!rollbackOnly) dropDependents(finished, skipped, plan);
  if (resetAlone) for (const task of plan.tasks.filter(isReset)) finished.delete(task.id);
  const sameBoot = replay.bootId === machine.bootId;
  const unseen = [...open]
    .filter(([task, { begun }]) => hashes.has(task) && (begun || !sameBoot))
    .map(([task, { group, cgroup, spare, ...known }]) => ({
      task,
      ...known,
      leader: known.leader,
      same: hashes.get(task) === replay.hashes.get(task),
      undoing: replay.undoing.get(task),
      tree: {
        marker: `${runId}/${task}/${known.attempt}`,
        ...(group !== undefined && isStillOurs(known.leader, machine)
          ? { group, ...(cgroup === undefined ? {} : { cgroup }), ...(spare === undefined ? {} : { spare }) }
          : {}),
      },
    }));
  return { finished, undone: replay.undone, attempts, unseen, starts, startedAt: Date.parse(events[0]?.time ?? '') };
}

/**
 * A process group's number is free for others once its last member has ended, so a living leader that started at another time is
 * somebody else. Without a leader, whoever is in the group is ours.
 */
function isStillOurs(leader: ProcessIdentity | undefined, machine: Machine): boolean {
  if (leader === undefined || leader.bootId !== machine.bootId) return false;
  const now = machine.identityOf(leader.pid);
  return now === undefined || now.startTime === leader.startTime;
}

/** What need not be done again. A task skipped by its condition is asked again: its condition may read what changed. */
const stays = (outcome: TaskOutcome): boolean => outcome === 'succeeded' || outcome === 'cached';

/**
 * What depends on a task that is to run again runs again, too. A task that was skipped by its condition did nothing that others could
 * have been built on: what succeeded after it stays, even where its condition is true now.
 */
function dropDependents(finished: Map<string, Finished>, skipped: ReadonlySet<string>, plan: Plan): void {
  const mustRun = (id: string): boolean => !finished.has(id) && !skipped.has(id) && isPlanned(plan, id);
  for (let changed = true; changed;) {
    changed = false;
    for (const task of plan.tasks) {
      if (finished.has(task.id) && task.needs.some(mustRun)) {
        finished.delete(task.id);
        changed = true;
      }
    }
  }
}

function isPlanned(plan: Plan, id: string): boolean {
  return plan.tasks.some((task) => task.id === id && !task.allowFailure);
}

/** Ends what a dead supervisor's tasks left running. @returns pids that could not be ended */
export async function endLeftovers(
  unseen: readonly Unseen[],
  graceMs: number,
  machine: Machine = thisMachine,
): Promise<number[]> {
  const left = await Promise.all(
    unseen.map(({ tree: { spare: _alsoTheShell, ...tree } }) => machine.endTree(tree, { graceMs })),
  );
  // The dead supervisor cannot remove its control groups any more.
  for (const { tree } of unseen) if (tree.cgroup !== undefined) removeCgroup(tree.cgroup);
  return left.flat();
}
