/**
 * A large plan on its way to a window. Ten thousand tasks are almost two megabytes; read in one go they would block the thread
 * that all extensions of the editor share. So the tasks are sent ahead in parts, and the event that brings the plan follows them.
 */
import type { EventOf, PlanSummary, RunEvent, TaskSummary } from './events.ts';

/** The most tasks that travel in one piece: about 40 kB, a millisecond or two to read, check and pass on. */
export const PLAN_PART = 250;

/** Some tasks of the plan that the event with the same number brings. */
export interface PlanPart {
  readonly v: RunEvent['v'];
  readonly seq: number;
  readonly time: string;
  readonly runId: string;
  readonly type: 'plan.part';
  /** The place of the first of them in the plan; 0 begins a plan anew. */
  readonly at: number;
  readonly tasks: readonly TaskSummary[];
}

type PlanEvent = EventOf<'run.started'> | EventOf<'run.resumed'>;
/** The event itself, whose plan has no tasks: `parted` is how many were sent ahead of it. */
type PartedEvent = PlanEvent & { readonly parted: number };

/** What is sent of a run: its events, large plans in parts. */
export type SentEvent = RunEvent | PlanPart | PartedEvent;

const bringsPlan = (event: SentEvent): event is PlanEvent | PartedEvent =>
  event.type === 'run.started' || event.type === 'run.resumed';

/** The tasks of a plan in pieces that each block the thread only briefly; a small plan is one piece. */
export function planPieces(plan: PlanSummary): readonly (readonly TaskSummary[])[] {
  const pieces: (readonly TaskSummary[])[] = [];
  for (let at = 0; at < plan.tasks.length; at += PLAN_PART) pieces.push(plan.tasks.slice(at, at + PLAN_PART));
  return pieces;
}

/** An event as it is sent: itself, or the parts of its plan and then what is left of it. */
export function sentAs(event: RunEvent): readonly SentEvent[] {
  if (!bringsPlan(event) || event.plan.tasks.length <= PLAN_PART) return [event];
  const { v, seq, time, runId, plan } = event;
  const parts = planPieces(plan).map((tasks, i): PlanPart => ({
    v,
    seq,
    time,
    runId,
    type: 'plan.part',
    at: i * PLAN_PART,
    tasks,
  }));
  return [...parts, { ...event, plan: { ...plan, tasks: [] }, parted: plan.tasks.length }];
}

/** Events in batches of at most so many; each part of a plan is a batch of its own. */
export function sentBatches(events: readonly RunEvent[], most: number): readonly (readonly SentEvent[])[] {
  const batches: SentEvent[][] = [];
  let open: SentEvent[] | undefined;
  for (const event of events) {
    const sent = sentAs(event);
    if (sent.length > 1) {
      batches.push(...sent.map((each) => [each]));
      open = undefined;
    } else if (open === undefined || open.length >= most) batches.push((open = [event]));
    else open.push(event);
  }
  return batches;
}

/** Whether this is the first thing sent of a run that is sent from its first event on. */
export const opensRun = (sent: SentEvent): boolean =>
  sent.seq === 1 && (sent.type === 'plan.part' ? sent.at === 0 : !('parted' in sent));

/** Puts plans that were sent in parts together again. */
export class PlanJoiner {
  #tasks: TaskSummary[] = [];

  /** @returns the event as it happened; none for a part, and for an event whose parts were not all seen */
  take(sent: SentEvent): RunEvent | undefined {
    if (sent.type === 'plan.part') {
      if (sent.at === 0) this.#tasks = [];
      if (sent.at === this.#tasks.length) this.#tasks.push(...sent.tasks);
      return undefined;
    }
    if (!('parted' in sent)) return sent;
    const { parted, ...event } = sent;
    const tasks = this.#tasks;
    this.#tasks = [];
    return tasks.length === parted ? { ...event, plan: { ...event.plan, tasks } } : undefined;
  }
}
