/**
 * What a unit costs for an hour. The defaults are OpenCost's published ones for clusters whose prices are not known
 * (https://github.com/opencost/opencost/blob/develop/configs/default.json, "Default prices based on GCP us-central1"), so that a figure here
 * and a figure there can be compared; a workspace states its own in `.code/prices.yaml`.
 */
import * as z from 'zod';
import { parseDocument } from 'yaml';
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';

const price = z.number().min(0).max(1e6);

const table = z.strictObject({
  currency: z.string().min(1).max(8).optional(),
  /** A virtual CPU for an hour. */
  cpu: price.optional(),
  /** A GiB of memory for an hour. */
  memory: price.optional(),
  /** A GiB of persistent storage for an hour. */
  storage: price.optional(),
  /** A GPU for an hour. */
  gpu: price.optional(),
  /** A Service of type LoadBalancer for an hour. */
  load_balancer: price.optional(),
  /** Nodes that a DaemonSet runs on. */
  nodes: z.int().min(1).max(100_000).optional(),
});

type Name = keyof z.output<typeof table>;

export type Prices = { readonly [K in Exclude<Name, 'currency'>]: number } & {
  readonly currency: string;
  /** For people: where the prices come from. */
  readonly source: string;
};

export const DEFAULT_PRICES: Prices = {
  currency: 'USD',
  cpu: 0.031611,
  memory: 0.004237,
  storage: 0.00005479452,
  gpu: 0.95,
  // OpenCost's table leaves it at 0; this is what a forwarding rule costs where its other prices come from.
  load_balancer: 0.025,
  nodes: 1,
  source: 'OpenCost’s default prices (GCP us-central1)',
};

/** A month as OpenCost and the clouds count it. */
export const HOURS_A_MONTH = 730;

/** @param shown how the file is named in messages @returns the defaults, changed by what the text states */
export function pricesFrom(text: string, shown: string): Result<Prices> {
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault !== undefined) return wrong(shown, fault.message.split('\n')[0] ?? '');
  const read = table.safeParse(document.toJS() ?? {});
  if (!read.success) {
    const [issue] = read.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    return wrong(shown, `${where}${issue?.message ?? ''}`);
  }
  const stated = Object.fromEntries(Object.entries(read.data).filter(([, value]) => value !== undefined));
  const rest = Object.keys(table.shape).some((name) => !(name in stated) && name !== 'nodes' && name !== 'currency');
  return ok({ ...DEFAULT_PRICES, ...stated, source: rest ? `${shown}, the rest ${DEFAULT_PRICES.source}` : shown });
}

const wrong = (shown: string, why: string): Result<never> =>
  err(
    failure('invalid', `The prices in ${shown} cannot be read: ${why}`, {
      next: `It may state ${Object.keys(table.shape).join(', ')}: prices for an hour, of a CPU, a GiB, a GPU, a load balancer.`,
    }),
  );
