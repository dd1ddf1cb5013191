/** Layout for graphs that a person can read whole: layers from left to right with few crossings, barriers as layers of their own. */
import * as dagre from '@dagrejs/dagre';
import type { Order } from '../order.ts';
import { NODE_HEIGHT, NODE_WIDTH, STAGE_ROOM, type GraphPicture } from './picture.ts';

const MARGIN = 24;
const barrierName = (stage: number): string => `barrier ${stage}`;

export function layeredLayout(order: Order): GraphPicture {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 10, ranksep: 32, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (let task = 0; task < order.count; task++)
    graph.setNode(String(task), { width: NODE_WIDTH, height: NODE_HEIGHT });
  addBarriers(graph, order);
  for (let task = 0; task < order.count; task++) {
    for (const need of order.needs[task] ?? []) graph.setEdge(String(need), String(task), { weight: 4 });
  }
  dagre.layout(graph);
  return pictureOf(graph, order);
}

/** A barrier between two stages is one thin node, so that a stage of n tasks before one of m costs n + m edges. */
function addBarriers(graph: dagre.graphlib.Graph, order: Order): void {
  let before: readonly number[] | undefined;
  let previous: string | undefined;
  order.members.forEach((members, stage) => {
    if (members.length === 0) return;
    if (before) {
      const name = barrierName(stage);
      graph.setNode(name, { width: 1, height: 1 });
      for (const task of before) graph.setEdge(String(task), name, { weight: 0 });
      for (const task of members) if (order.barred[task] === 1) graph.setEdge(name, String(task), { weight: 1 });
      if (previous !== undefined) graph.setEdge(previous, name, { weight: 8 });
      previous = name;
    }
    before = members;
  });
}

function pictureOf(graph: dagre.graphlib.Graph, order: Order): GraphPicture {
  const x = new Float64Array(order.count);
  const y = new Float64Array(order.count);
  let width = 0;
  let height = 0;
  for (let task = 0; task < order.count; task++) {
    const node = graph.node(String(task)) as { x?: number; y?: number };
    x[task] = (node.x ?? 0) - NODE_WIDTH / 2;
    y[task] = (node.y ?? 0) - NODE_HEIGHT / 2 + STAGE_ROOM - MARGIN;
    width = Math.max(width, (x[task] ?? 0) + NODE_WIDTH + MARGIN);
    height = Math.max(height, (y[task] ?? 0) + NODE_HEIGHT + MARGIN);
  }
  const edges: GraphPicture['edges'][number][] = [];
  for (const edge of graph.edges()) {
    if (edge.v.startsWith('barrier') || edge.w.startsWith('barrier')) continue;
    const label = graph.edge(edge) as { points?: readonly { x: number; y: number }[] };
    const [from, to] = [Number(edge.v), Number(edge.w)];
    // The first and last way points are where the line cuts the boxes; it reads better from the middle of their sides.
    const between = (label.points ?? []).slice(1, -1).filter((point) => inGap(point.x, x[from] ?? 0, x[to] ?? 0));
    edges.push({
      from,
      to,
      points: [
        (x[from] ?? 0) + NODE_WIDTH,
        (y[from] ?? 0) + NODE_HEIGHT / 2,
        ...between.flatMap((point) => [point.x, point.y + STAGE_ROOM - MARGIN]),
        x[to] ?? 0,
        (y[to] ?? 0) + NODE_HEIGHT / 2,
      ],
    });
  }
  const stages = order.members.flatMap((members, stage) => {
    if (members.length === 0) return [];
    const lefts = members.map((task) => x[task] ?? 0);
    return [{ name: order.stages[stage] ?? '', left: Math.min(...lefts), right: Math.max(...lefts) + NODE_WIDTH }];
  });
  return { width, height, x, y, nodeWidth: NODE_WIDTH, nodeHeight: NODE_HEIGHT, edges, stages };
}

/** A way point between two neighbouring layers adds nothing but a wiggle; one beside the boxes of a layer in between is needed. */
function inGap(at: number, from: number, to: number): boolean {
  return at > from + NODE_WIDTH * 1.6 && at < to - NODE_WIDTH * 0.6;
}
