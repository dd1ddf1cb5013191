/** Reading a saved plan as `tofu show -json` prints it: counts, what changes, and the digest that an approval binds to. */
import * as z from 'zod';
import { sha256 } from '../../core/hash.ts';
import { canonical } from '../../core/json.ts';
import type { Preview } from '../../core/task-type.ts';

const action = z.enum(['no-op', 'create', 'read', 'update', 'delete', 'forget']);

/** Format version 1, of both tools. https://opentofu.org/docs/internals/json-format/ */
export const planJson = z.looseObject({
  format_version: z.string(),
  resource_changes: z
    .array(z.looseObject({ address: z.string(), change: z.looseObject({ actions: z.array(action).min(1) }) }))
    .default([]),
  output_changes: z.record(z.string(), z.unknown()).default({}),
});

export type PlanJson = z.output<typeof planJson>;
export type Counts = Preview['changes'];

type Kind = keyof Counts | 'none';

function kindOf(actions: readonly string[]): Kind {
  if (actions.includes('create'))
    return actions.includes('delete') || actions.includes('forget') ? 'replace' : 'create';
  if (actions.includes('delete')) return 'destroy';
  return actions.includes('update') ? 'update' : 'none';
}

export function countsOf(plan: PlanJson): Counts {
  const counts = { create: 0, update: 0, replace: 0, destroy: 0 };
  for (const { change } of plan.resource_changes) {
    const kind = kindOf(change.actions);
    if (kind !== 'none') counts[kind]++;
  }
  return counts;
}

/** `2 to add, 1 to change, 0 to replace, 0 to destroy`. */
export const summaryOf = (c: Counts): string =>
  `${c.create} to add, ${c.update} to change, ${c.replace} to replace, ${c.destroy} to destroy`;

/** What would happen, without what stays: equal digests mean equal changes. Values go in only as part of the hash. */
export function digestOf(plan: PlanJson): string {
  const changes = plan.resource_changes.filter(({ change }) => kindOf(change.actions) !== 'none');
  return `sha256:${sha256(canonical([changes, plan.output_changes]))}`;
}

/** Who holds the state, as the tool tells it when a lock cannot be had. */
export interface LockHolder {
  readonly id: string;
  readonly who: string;
  readonly operation: string;
  readonly created: string;
}

/** The block `Lock Info:` of the tool's message; both tools have printed it in this form since 0.12. */
export function lockHolder(stderr: string): LockHolder | undefined {
  const field = (name: string): string => new RegExp(`\\b${name}:\\s+(\\S.*?)\\s*$`, 'm').exec(stderr)?.[1] ?? '';
  if (!/Error acquiring the state lock|Lock Info:/.test(stderr)) return undefined;
  return { id: field('ID'), who: field('Who'), operation: field('Operation'), created: field('Created') };
}
