/** What the barriers between stages cost: the time that `schedule: graph` would save. */
import type { PlacedTask } from './assembly.ts';
import type { Links } from './links.ts';
import { formatDuration } from '../core/duration.ts';
import { keyNamed, spotOf } from './assembly.ts';
import { finding, type Finding, type FindingFix } from './report.ts';

/** Less than this, or less than a twentieth of the whole, is not worth a word. */
const LEAST_MS = 1000;

export interface Barrier {
  /** Number of the stage that waits. */
  readonly stage: number;
  /** How much earlier its tasks with dependencies could start, summed up to the longest. */
  readonly savesMs: number;
}

/**
 * @param durationMs of each task; `undefined` where it is not known, which makes the answer empty
 * @returns the ends of the whole in both schedules, and the stages that wait longest for nothing
 */
export function barriersOf(
  links: Links,
  durationMs: (task: PlacedTask) => number | undefined,
): { stagesMs: number; graphMs: number; barriers: readonly Barrier[] } | undefined {
  const { assembly } = links;
  const durations: number[] = [];
  for (const task of assembly.tasks) {
    const duration = task.stage < 0 ? 0 : durationMs(task);
    if (duration === undefined) return undefined;
    durations.push(duration);
  }
  const order = orderOf(links);
  if (order === undefined) return undefined;
  const stages = finishTimes(links, order, durations, false);
  const graph = finishTimes(links, order, durations, true);
  const barriers: Barrier[] = [];
  assembly.stages.forEach((stage, s) => {
    let saves = 0;
    for (const task of stage.tasks)
      if (task.item.dependsOn.length > 0)
        saves = Math.max(saves, (stages.starts[task.index] ?? 0) - (graph.starts[task.index] ?? 0));
    if (saves >= LEAST_MS) barriers.push({ stage: s, savesMs: saves });
  });
  return { stagesMs: stages.end, graphMs: graph.end, barriers };
}

/** Tasks of the stages, each after what it waits for; `undefined` where a circle is among them. */
function orderOf({ assembly, needs }: Links): PlacedTask[] | undefined {
  const open = new Int32Array(assembly.tasks.length);
  const dependents: number[][] = assembly.tasks.map(() => []);
  for (const task of assembly.tasks) {
    for (const need of needs[task.index] ?? []) {
      if (assembly.tasks[need]?.stage !== task.stage) continue;
      open[task.index] = (open[task.index] ?? 0) + 1;
      dependents[need]?.push(task.index);
    }
  }
  const order: PlacedTask[] = [];
  let expected = 0;
  for (const stage of assembly.stages) {
    expected += stage.tasks.length;
    const queue = stage.tasks.filter((task) => open[task.index] === 0);
    for (let head = 0; head < queue.length; head++) {
      const task = queue[head];
      if (task === undefined) break;
      order.push(task);
      for (const dependent of dependents[task.index] ?? []) {
        open[dependent] = (open[dependent] ?? 0) - 1;
        const next = assembly.tasks[dependent];
        if (open[dependent] === 0 && next !== undefined) queue.push(next);
      }
    }
  }
  return order.length === expected ? order : undefined;
}

function finishTimes(
  { assembly, needs }: Links,
  order: readonly PlacedTask[],
  durations: readonly number[],
  graph: boolean,
): { starts: Float64Array; end: number } {
  const starts = new Float64Array(assembly.tasks.length);
  const ends = new Float64Array(assembly.tasks.length);
  // doneBy[s]: when all stages before s are done.
  const doneBy = new Float64Array(assembly.stages.length + 1);
  let stage = 0;
  for (const task of order) {
    while (stage < task.stage) {
      stage++;
      doneBy[stage] = Math.max(doneBy[stage] ?? 0, doneBy[stage - 1] ?? 0);
    }
    const barred = !graph || task.item.dependsOn.length === 0;
    let start = barred ? (doneBy[task.stage] ?? 0) : 0;
    for (const need of needs[task.index] ?? []) start = Math.max(start, ends[need] ?? 0);
    starts[task.index] = start;
    ends[task.index] = start + (durations[task.index] ?? 0);
    doneBy[task.stage + 1] = Math.max(doneBy[task.stage + 1] ?? 0, ends[task.index] ?? 0);
  }
  return { starts, end: Math.max(0, ...doneBy) };
}

/** Tells the stages at which waiting costs time, where durations (or timeouts, as bounds) are known for all tasks. */
export function checkBarriers(
  links: Links,
  durations: ReadonlyMap<string, number> | undefined,
  findings: Finding[],
): void {
  if (links.graph || links.assembly.stages.length < 2) return;
  const measured = durations !== undefined && durations.size > 0;
  const found = barriersOf(links, (task) => durations?.get(task.item.name?.value ?? '') ?? task.item.timeoutMs);
  if (found === undefined || found.stagesMs - found.graphMs < Math.max(LEAST_MS, found.stagesMs / 20)) return;
  const saved = formatDuration(found.stagesMs - found.graphMs);
  for (const barrier of found.barriers) {
    const stage = links.assembly.stages[barrier.stage];
    const before = links.assembly.stages[barrier.stage - 1];
    if (stage === undefined || before === undefined) continue;
    const basis = measured ? 'by earlier runs' : 'if tasks took as long as their timeouts';
    findings.push(
      finding(
        'CODE022',
        spotOf(stage, stage.item.at),
        `tasks of ${stage.item.name} wait up to ${formatDuration(barrier.savesMs)} for ${before.item.name} although what they depend on is done; schedule: graph would save ${saved} of ${formatDuration(found.stagesMs)} (${basis})`,
        { fixes: scheduleFix(links) },
      ),
    );
  }
}

function scheduleFix(links: Links): FindingFix[] {
  const schedule = keyNamed(links.assembly, 'schedule');
  if (schedule !== undefined) {
    const { value } = schedule.item;
    return value.end > value.start
      ? [{ title: 'Use schedule: graph', edits: [{ spot: spotOf(schedule, value), newText: 'graph' }] }]
      : [];
  }
  const deployment = keyNamed(links.assembly, 'parallel_deployment');
  if (deployment?.block.kind !== 'section') return [];
  return [
    {
      title: 'Use schedule: graph',
      edits: [{ spot: spotOf(deployment, { start: 0, end: 0 }), newText: 'schedule: graph\n' }],
    },
  ];
}
