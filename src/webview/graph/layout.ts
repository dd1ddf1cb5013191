/** Gets the picture of a plan's graph: at once for very many tasks, from a worker where a finer layout is worth its time. */
import type { PlanSummary } from '../../run/events.ts';
import { columnsLayout } from '../../views/graph/columns.ts';
import { LAYERED_AT_MOST, type GraphPicture } from '../../views/graph/picture.ts';
import { orderOf } from '../../views/order.ts';

/** @param refined called later with the finer layout, where there is one */
export function layoutOf(plan: PlanSummary, refined: (picture: GraphPicture) => void): GraphPicture {
  const edges = plan.tasks.reduce((sum, task) => sum + task.dependsOn.length, 0);
  if (plan.tasks.length <= LAYERED_AT_MOST && edges <= LAYERED_AT_MOST * 3) void layered(plan, refined);
  return columnsLayout(orderOf(plan));
}

/** Without a worker the columns stay: a plain picture is better than none. */
async function layered(plan: PlanSummary, refined: (picture: GraphPicture) => void): Promise<void> {
  const source = document.body.dataset['layout'];
  if (source === undefined) return;
  try {
    // A page of the editor may start workers only from a blob of its own.
    const script = await (await fetch(source)).blob();
    const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    const worker = new Worker(url);
    worker.addEventListener('message', (event: MessageEvent<GraphPicture>) => {
      refined(event.data);
      worker.terminate();
      URL.revokeObjectURL(url);
    });
    worker.postMessage(plan);
  } catch {
    return;
  }
}
