/**
 * What an earlier supervisor of a run left behind, read from its journal: what ended well and stays so, and the attempts whose end
 * nobody saw. A supervisor that died leaves its tasks running; they are found again by their identity and marker.
 */
import type { JsonObject } from '../core/json.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import { host } from '../platform/host.ts';
import { endTree, membersOf, type Tree } from '../platform/processes.ts';
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
}

/** Folds the journal for a resume. A task whose hash differs from the plan's counts as not run. */
export function readBefore(
  events: readonly RunEvent[],
  plan: Plan,
  runId: string,
  { reset = [], resetAlone = false }: { readonly reset?: readonly string[]; readonly resetAlone?: boolean } = {},
): Before {
  const hashes = new Map(plan.tasks.map((task) => [task.id, task.hash]));
  const finished = new Map<string, Finished>();
  const attempts = new Map<string, number>();
  const open = new Map<string, Open>();
  const hashThen = new Map<string, string>();
  let starts = 0;
  let bootId = '';
  for (const event of events) {
    switch (event.type) {
      case 'run.started':
      case 'run.resumed':
        starts++;
        bootId = event.supervisor.bootId;
        for (const { task, hash } of event.plan.tasks) hashThen.set(task, hash);
        if (event.type === 'run.resumed') for (const task of event.reset) finished.delete(task);
        break;
      case 'tasks.admitted':
        for (const task of event.tasks)
          if (!open.has(task)) open.set(task, { attempt: (attempts.get(task) ?? 0) + 1, begun: false });
        break;
      case 'task.started':
        attempts.set(event.task, event.attempt);
        open.set(event.task, { attempt: event.attempt, begun: true });
        break;
      case 'task.process': {
        const known = open.get(event.task);
        if (known !== undefined) known.group = event.group;
        break;
      }
      case 'task.retrying':
        open.delete(event.task);
        break;
      case 'task.finished':
        open.delete(event.task);
        finished.set(event.task, { outcome: event.status, outputs: event.outputs, durationMs: event.durationMs });
        break;
      case 'task.rolled_back':
        if (event.ok) finished.delete(event.task);
        break;
      default:
        break;
    }
  }
  for (const [task, { outcome }] of finished) {
    if (!stays(outcome) || hashes.get(task) !== hashThen.get(task)) finished.delete(task);
  }
  const isReset = ({ id, name }: PlannedTask): boolean => reset.includes(id) || reset.includes(name);
  if (!resetAlone) for (const task of plan.tasks.filter(isReset)) finished.delete(task.id);
  dropDependents(finished, plan);
  if (resetAlone) for (const task of plan.tasks.filter(isReset)) finished.delete(task.id);
  const sameBoot = bootId === host().bootId;
  const unseen = [...open]
    .filter(([task, { begun }]) => hashes.has(task) && (begun || !sameBoot))
    .map(([task, { attempt, begun, group }]) => ({
      task,
      attempt,
      begun,
      tree: { marker: `${runId}/${task}/${attempt}`, ...(sameBoot && group !== undefined ? { group } : {}) },
    }));
  return { finished, attempts, unseen, starts, startedAt: Date.parse(events[0]?.time ?? '') };
}

/** What need not be done again. A task skipped by its condition is asked again: its condition may read what changed. */
const stays = (outcome: TaskOutcome): boolean => outcome === 'succeeded' || outcome === 'cached';

/** What depends on a task that is to run again runs again, too. */
function dropDependents(finished: Map<string, Finished>, plan: Plan): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const task of plan.tasks) {
      if (finished.has(task.id) && task.needs.some((need) => !finished.has(need) && isPlanned(plan, need))) {
        finished.delete(task.id);
        changed = true;
      }
    }
  }
}

function isPlanned(plan: Plan, id: string): boolean {
  return plan.tasks.some((task) => task.id === id && !task.allowFailure);
}

/** Those unseen attempts of which some process still lives. */
export function stillLiving(unseen: readonly Unseen[]): Unseen[] {
  return unseen.filter(({ tree }) => membersOf(tree).length > 0);
}

/** Ends what a dead supervisor's tasks left running. @returns pids that could not be ended */
export async function endLeftovers(unseen: readonly Unseen[], graceMs: number): Promise<number[]> {
  const left = await Promise.all(unseen.map(({ tree }) => endTree(tree, { graceMs })));
  return left.flat();
}
