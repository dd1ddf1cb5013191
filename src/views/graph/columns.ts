/** Layout for very many tasks: stages from left to right, each a block of columns. O(tasks); nothing to wait for at ten thousand. */
import type { Order } from '../order.ts';
import { NODE_HEIGHT, NODE_WIDTH, STAGE_ROOM, type GraphPicture } from './picture.ts';

const GAP_X = 14;
const GAP_Y = 8;
const STAGE_GAP = 56;

export function columnsLayout(order: Order): GraphPicture {
  const x = new Float64Array(order.count);
  const y = new Float64Array(order.count);
  const rows = rowsPerColumn(order.count);
  const stages: { name: string; left: number; right: number }[] = [];
  let left = 24;
  let height = 0;
  // In the order in which they can run, so that a chain within a stage reads from left to right.
  const members: number[][] = order.members.map(() => []);
  for (const task of order.sequence) members[order.stageOf[task] ?? 0]?.push(task);
  members.forEach((tasks, stage) => {
    if (tasks.length === 0) return;
    const columns = Math.ceil(tasks.length / rows);
    tasks.forEach((task, at) => {
      x[task] = left + Math.floor(at / rows) * (NODE_WIDTH + GAP_X);
      y[task] = STAGE_ROOM + (at % rows) * (NODE_HEIGHT + GAP_Y);
      height = Math.max(height, (y[task] ?? 0) + NODE_HEIGHT);
    });
    const right = left + columns * (NODE_WIDTH + GAP_X) - GAP_X;
    stages.push({ name: order.stages[stage] ?? '', left, right });
    left = right + STAGE_GAP;
  });
  return {
    width: left - STAGE_GAP + 24,
    height: height + 24,
    x,
    y,
    nodeWidth: NODE_WIDTH,
    nodeHeight: NODE_HEIGHT,
    edges: [],
    stages,
  };
}

/** About three times as wide as high: the shape of the space above the log. */
function rowsPerColumn(count: number): number {
  return Math.max(12, Math.ceil(Math.sqrt((count * ((NODE_WIDTH + GAP_X) / (NODE_HEIGHT + GAP_Y))) / 3)));
}
