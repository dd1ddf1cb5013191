/**
 * What an earlier supervisor of a run left behind, read from its journal: what ended well and stays so, and the attempts whose end
 * nobody saw. A supervisor that died leaves its tasks running; they are found again by their identity and marker.
 */
import type { JsonObject } from '../core/json.ts';
import type { ProcessIdentity } from '../core/process.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import { thisMachine, type Machine } from '../platform/machine.ts';
import type { Tree } from '../platform/processes.ts';
import type { RunEvent, TaskOutcome } from '../run/events.ts';

export interface Finished {
  readonly outcome: TaskOutcome;
  readonly outputs: JsonObject;
  readonly durationMs: number;
}

/** An attempt that was begun, or may have been, and whose end is not in the journal. */
export interface Unseen {
  readonly task: string;
  readonly attempt: number;
  /** False: it was admitted, and a power cut may have hidden its start. */
  readonly begun: boolean;
  readonly tree: Tree;
}

export interface Before {
  readonly finished: ReadonlyMap<string, Finished>;
  /** The last attempt that was started, by task. */
  readonly attempts: ReadonlyMap<string, number>;
  readonly unseen: readonly Unseen[];
  /** How often the run was started already. */
  readonly starts: number;
  readonly startedAt: number;
}

interface Open {
  attempt: number;
  begun: boolean;
  group?: number;
  leader?: ProcessIdentity;
}

/** What the journal says, event by event. */
class Replay {
  readonly finished = new Map<string, Finished>();
  readonly attempts = new Map<string, number>();
  readonly open = new Map<string, Open>();
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
          if (!this.open.has(task)) this.open.set(task, { attempt: (this.attempts.get(task) ?? 0) + 1, begun: false });
        }
        break;
      case 'task.started':
        this.attempts.set(event.task, event.attempt);
        this.open.set(event.task, { attempt: event.attempt, begun: true });
        break;
      case 'task.process': {
        const known = this.open.get(event.task);
        if (known !== undefined) Object.assign(known, { group: event.group, leader: event.process });
        break;
      }
      case 'task.retrying':
        this.open.delete(event.task);
        break;
      case 'task.finished': {
        const { task, status: outcome, outputs, durationMs } = event;
        this.open.delete(task);
        this.finished.set(task, { outcome, outputs, durationMs });
        break;
      }
      case 'task.rolled_back':
        if (event.ok) this.finished.delete(event.task);
        break;
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
  { reset = [], resetAlone = false }: { readonly reset?: readonly string[]; readonly resetAlone?: boolean } = {},
  machine: Machine = thisMachine,
): Before {
  const replay = new Replay();
  for (const event of events) replay.apply(event);
  const { finished, attempts, open, starts } = replay;
  const hashes = new Map(plan.tasks.map((task) => [task.id, task.hash]));
  const skipped = new Set<string>();
  for (const [task, { outcome }] of finished) {
    if (outcome === 'skipped') skipped.add(task);
    if (!stays(outcome) || hashes.get(task) !== replay.hashes.get(task)) finished.delete(task);
  }
  const isReset = ({ id, name }: PlannedTask): boolean => reset.includes(id) || reset.includes(name);
  if (!resetAlone) for (const task of plan.tasks.filter(isReset)) finished.delete(task.id);
  for (const task of plan.tasks.filter(isReset)) skipped.delete(task.id);
  dropDependents(finished, skipped, plan);
  if (resetAlone) for (const task of plan.tasks.filter(isReset)) finished.delete(task.id);
  const sameBoot = replay.bootId === machine.bootId;
  const unseen = [...open]
    .filter(([task, { begun }]) => hashes.has(task) && (begun || !sameBoot))
    .map(([task, { attempt, begun, group, leader }]) => ({
      task,
      attempt,
      begun,
      tree: {
        marker: `${runId}/${task}/${attempt}`,
        ...(group !== undefined && isStillOurs(leader, machine) ? { group } : {}),
      },
    }));
  return { finished, attempts, unseen, starts, startedAt: Date.parse(events[0]?.time ?? '') };
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
  const left = await Promise.all(unseen.map(({ tree }) => machine.endTree(tree, { graceMs })));
  return left.flat();
}
