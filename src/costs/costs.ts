/** From what is asked for to what it costs. Prices are for an hour; the whole is what a cluster would be charged for, not what it uses. */
import type { Amounts, Costs, HourlyCost } from '../run/costs.ts';
import { NOTHING, plus, type Ask } from './asks.ts';
import { HOURS_A_MONTH, type Prices } from './prices.ts';

/** The objects of one task, or of one Compose file. */
export interface CostSource {
  /** The task, or the file. */
  readonly source: string;
  readonly from: Costs['sources'][number]['from'];
  readonly asks: readonly Ask[];
}

export function costsOf(sources: readonly CostSource[], prices: Prices, notes: readonly string[]): Costs {
  const lasting = sources.flatMap(({ asks }) => asks.filter(({ temporary }) => temporary !== true));
  const amounts = lasting.map((one) => one.amounts).reduce(plus, NOTHING);
  const hourly = hourlyOf(amounts, prices);
  const most = hourlyOf(lasting.map((one) => one.most ?? one.amounts).reduce(plus, NOTHING), prices);
  const temporary = sources.flatMap(({ asks }) => asks.filter((one) => one.temporary === true).map(({ what }) => what));
  return {
    currency: prices.currency,
    prices: prices.source,
    hourly,
    monthly: hourly.total * HOURS_A_MONTH,
    mostMonthly: most.total * HOURS_A_MONTH,
    amounts,
    sources: sources.map(({ source, from, asks }) => {
      const objects = asks
        .filter((one) => one.temporary !== true)
        .map(({ what, replicas, amounts: own }) => ({
          what,
          replicas,
          monthly: hourlyOf(own, prices).total * HOURS_A_MONTH,
        }));
      return { source, from, monthly: objects.reduce((sum, one) => sum + one.monthly, 0), objects };
    }),
    silent: sources.flatMap(({ source, asks }) =>
      asks.flatMap(({ what, silent }) => silent.map((name) => `${source}: ${what}: ${name}`)),
    ),
    notes: [
      ...notes,
      ...(temporary.length === 0 ? [] : [`not counted, since they run to an end: ${temporary.join(', ')}`]),
    ],
  };
}

function hourlyOf(amounts: Amounts, prices: Prices): HourlyCost {
  const parts = {
    cpu: amounts.cpu * prices.cpu,
    memory: amounts.memoryGib * prices.memory,
    storage: amounts.storageGib * prices.storage,
    gpu: amounts.gpu * prices.gpu,
    loadBalancer: amounts.loadBalancers * prices.load_balancer,
  };
  return { ...parts, total: Object.values(parts).reduce((a, b) => a + b, 0) };
}
