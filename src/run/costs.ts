/** What the things that a workflow deploys cost, as the command line prints it and the relay answers it. Money is in `currency`. */
import { finite, listOf, oneOf, shape, text, type Check } from '../core/check.ts';

/** Of everything as much as is asked for at all times. */
export interface Amounts {
  /** Virtual CPUs. */
  readonly cpu: number;
  readonly memoryGib: number;
  readonly storageGib: number;
  readonly gpu: number;
  readonly loadBalancers: number;
}

/** Money for an hour, by what it is for. */
export interface HourlyCost {
  readonly cpu: number;
  readonly memory: number;
  readonly storage: number;
  readonly gpu: number;
  readonly loadBalancer: number;
  readonly total: number;
}

export interface Costs {
  readonly currency: string;
  /** Where the prices come from. */
  readonly prices: string;
  readonly hourly: HourlyCost;
  readonly monthly: number;
  /** With every autoscaler at its most; the same where there is none. */
  readonly mostMonthly: number;
  readonly amounts: Amounts;
  readonly sources: readonly {
    readonly source: string;
    readonly from: 'manifests' | 'chart' | 'compose';
    readonly monthly: number;
    readonly objects: readonly CostLine[];
  }[];
  /** `source: object: container` that asks for no CPU or no memory. */
  readonly silent: readonly string[];
  /** What could not be counted, and why. */
  readonly notes: readonly string[];
}

export interface CostLine {
  readonly what: string;
  readonly replicas: number;
  readonly monthly: number;
}

const amounts = shape({ cpu: finite, memoryGib: finite, storageGib: finite, gpu: finite, loadBalancers: finite });

export const costsCheck: Check<Costs> = shape({
  currency: text,
  prices: text,
  hourly: shape({ cpu: finite, memory: finite, storage: finite, gpu: finite, loadBalancer: finite, total: finite }),
  monthly: finite,
  mostMonthly: finite,
  amounts,
  sources: listOf(
    shape({
      source: text,
      from: oneOf('manifests', 'chart', 'compose'),
      monthly: finite,
      objects: listOf(shape({ what: text, replicas: finite, monthly: finite })),
    }),
  ),
  silent: listOf(text),
  notes: listOf(text),
});
