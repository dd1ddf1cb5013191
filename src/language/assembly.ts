/** The blocks of a file put together: which task stands in which stage. */
import type { Block } from './block.ts';
import type { KeyItem, StageItem, TaskFacts } from './reading.ts';
import type { Spot } from './report.ts';

export interface Placed<T> {
  readonly block: Block;
  readonly item: T;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Kept with the task's facts from one assembly to the next, which sets its numbers anew: an edit leaves all others as they are. */
export interface PlacedTask extends Mutable<Placed<TaskFacts>> {
  index: number;
  /** Number of the stage, or -1 in `finally`. */
  stage: number;
}

export interface PlacedStage extends Placed<StageItem> {
  readonly tasks: PlacedTask[];
}

export interface Assembly {
  readonly keys: readonly Placed<KeyItem>[];
  readonly stages: readonly PlacedStage[];
  /** All tasks in the order of the file, `finally` included. */
  readonly tasks: readonly PlacedTask[];
  readonly finally: readonly PlacedTask[];
  /** Tasks right under `parallel_deployment`, without a stage. */
  readonly stray: readonly Placed<TaskFacts>[];
}

export function assemble(blocks: readonly Block[]): Assembly {
  const keys: Placed<KeyItem>[] = [];
  const stages: PlacedStage[] = [];
  const tasks: PlacedTask[] = [];
  const last: PlacedTask[] = [];
  const stray: Placed<TaskFacts>[] = [];
  let section = '';
  let stage: PlacedStage | undefined;
  for (const block of blocks) {
    for (const item of block.reading?.items ?? []) {
      if (item.kind === 'key') {
        keys.push({ block, item });
        section = item.name;
        stage = undefined;
      } else if (item.kind === 'stage') {
        stage = { block, item, tasks: [] };
        stages.push(stage);
      } else if (section === 'finally') {
        const task = place(block, item, tasks.length, -1);
        tasks.push(task);
        last.push(task);
      } else if (stage === undefined) stray.push({ block, item });
      else {
        const task = place(block, item, tasks.length, stages.length - 1);
        tasks.push(task);
        stage.tasks.push(task);
      }
    }
  }
  return { keys, stages, tasks, finally: last, stray };
}

function place(block: Block, item: TaskFacts, index: number, stage: number): PlacedTask {
  const known = (item.placed ??= { block, item, index, stage });
  known.index = index;
  known.stage = stage;
  return known;
}

export const keyNamed = (assembly: Assembly, name: string): Placed<KeyItem> | undefined =>
  assembly.keys.find(({ item }) => item.name === name);

export const spotOf = (placed: Placed<unknown>, span: { start: number; end: number }): Spot => ({
  block: placed.block,
  start: span.start,
  end: span.end,
});

/** The word by which a task is shown: its name, or what there is of it. */
export function nameSpot(task: Placed<TaskFacts>): Spot {
  const { item } = task;
  return spotOf(task, item.name ?? item.type ?? { start: item.start, end: Math.min(item.end, item.start + 1) });
}
