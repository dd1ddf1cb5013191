/** What the barriers between stages cost: the time that `schedule: graph` would save. */
import type { PlacedTask } from './assembly.ts';
import type { Links } from './links.ts';
import { formatDuration } from '../core/duration.ts';
import { keyNamed, spotOf } from './assembly.ts';
import { finding, type Finding, type FindingFix } from './report.ts';
import type { PastDurations } from './surroundings.ts';

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
  if (links.order === undefined) return undefined;
  const durations = new Float64Array(assembly.tasks.length);
  for (const task of assembly.tasks) {
    const duration = task.stage < 0 ? 0 : durationMs(task);
    if (duration === undefined) return undefined;
    durations[task.index] = duration;
  }
  const stages = finishTimes(links, durations, false);
  const graph = finishTimes(links, durations, true);
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

function finishTimes(links: Links, durations: Float64Array, graph: boolean): { starts: Float64Array; end: number } {
  const { assembly, needs, order } = links;
  const starts = new Float64Array(assembly.tasks.length);
  const ends = new Float64Array(assembly.tasks.length);
  // doneBy[s]: when all stages before s are done.
  const doneBy = new Float64Array(assembly.stages.length + 1);
  let stage = 0;
  for (const index of order ?? []) {
    const task = assembly.tasks[index];
    if (task === undefined || task.stage < 0) continue;
    while (stage < task.stage) {
      stage++;
      doneBy[stage] = Math.max(doneBy[stage] ?? 0, doneBy[stage - 1] ?? 0);
    }
    const barred = !graph || task.item.dependsOn.length === 0;
    let start = barred ? (doneBy[task.stage] ?? 0) : 0;
    for (let e = needs.from(index); e < needs.end(index); e++) start = Math.max(start, ends[needs.at(e)] ?? 0);
    starts[index] = start;
    ends[index] = start + (durations[index] ?? 0);
    doneBy[task.stage + 1] = Math.max(doneBy[task.stage + 1] ?? 0, ends[index] ?? 0);
  }
  return { starts, end: doneBy.reduce((a, b) => Math.max(a, b), 0) };
}

/** Tells the stages at which waiting costs time, where durations (or timeouts, as bounds) are known for all tasks. */
export function checkBarriers(
  links: Links,
  durations: ReadonlyMap<string, PastDurations> | undefined,
  findings: Finding[],
): void {
  if (links.graph || links.assembly.stages.length < 2) return;
  const measured = durations !== undefined && durations.size > 0;
  const found = barriersOf(
    links,
    (task) => durations?.get(task.item.name?.value ?? '')?.medianMs ?? task.item.timeoutMs,
  );
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
