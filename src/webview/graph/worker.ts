/** Lays a graph out beside the page's own thread, which goes on drawing. Loads only when a graph is looked at. */
import type { PlanSummary } from '../../run/events.ts';
import { layeredLayout } from '../../views/graph/layered.ts';
import { orderOf } from '../../views/order.ts';

self.addEventListener('message', (event: MessageEvent<PlanSummary>) => {
  self.postMessage(layeredLayout(orderOf(event.data)));
});
