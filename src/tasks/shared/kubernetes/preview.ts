/** What an apply or a delete would change: asked of the server by a dry run, object by object. */
import { sha256 } from '../../../core/hash.ts';
import { canonical } from '../../../core/json.ts';
import { err, ok } from '../../../core/result.ts';
import type { Preview, TaskResult } from '../../../core/task-type.ts';
import { applyOne, conflicts, explain, liveObjects, type ApplyOptions } from './apply.ts';
import type { Cluster } from './client.ts';
import { concurrently } from './concurrently.ts';
import { changeLines, changesBetween, essence, wholeLines } from './diff.ts';
import { nameOf, type KubeObject } from './objects.ts';
import type { Doomed } from './remove.ts';
import type { Target } from './targets.ts';

interface Change {
  readonly name: string;
  readonly kind: 'create' | 'update' | 'destroy' | 'conflict' | 'same';
  readonly lines: readonly string[];
  /** The state that would be; part of the digest. */
  readonly after: unknown;
}

export async function previewApply(
  cluster: Cluster,
  targets: readonly Target[],
  pruned: readonly Doomed[],
  options: ApplyOptions,
): Promise<TaskResult<Preview>> {
  const live = await liveObjects(cluster, targets);
  if (!live.ok) return live;
  const changes = await concurrently(targets, 8, (target) =>
    previewOne(cluster, target, live.value.get(target.path), options),
  );
  const failed = changes.find((change) => !change.ok);
  if (failed !== undefined) return failed;
  const applied = changes.flatMap((change) => (change.ok ? [change.value] : []));
  return ok(previewOf([...applied, ...pruned.map(destroyed)]));
}

export const previewDelete = (doomed: readonly Doomed[]): Preview => previewOf(doomed.map(destroyed));

async function previewOne(
  cluster: Cluster,
  target: Target,
  before: KubeObject | undefined,
  options: ApplyOptions,
): Promise<TaskResult<Change>> {
  const name = nameOf(target.object);
  const answer = await applyOne(cluster, target, { ...options, dryRun: true });
  if (answer.ok) {
    const changed = changesBetween(before, answer.value);
    const after = essence(answer.value);
    if (before === undefined) return ok({ name, kind: 'create', lines: wholeLines(target.object), after });
    return ok({ name, kind: changed.length === 0 ? 'same' : 'update', lines: changeLines(changed), after });
  }
  // Its namespace or its kind comes with this very set: the server can check it only then.
  const early = answer.failure.status === 404 && before === undefined;
  if (early)
    return ok({
      name,
      kind: 'create',
      lines: wholeLines(target.object),
      after: essence(target.object),
    });
  const owned = conflicts(answer.failure);
  if (owned.length === 0) return err(explain(target, answer.failure));
  const lines = owned.map(
    ({ field, manager }) => `  ! ${field} is owned by ${manager}; without \`force: true\` the apply will be refused`,
  );
  return ok({ name, kind: 'conflict', lines, after: owned });
}

const destroyed = ({ object }: Doomed): Change => ({ name: nameOf(object), kind: 'destroy', lines: [], after: null });

const MARKS = { create: '+', update: '~', destroy: '-', conflict: '!', same: '=' } as const;

function previewOf(changes: readonly Change[]): Preview {
  const count = (kind: Change['kind']): number => changes.filter((change) => change.kind === kind).length;
  const [create, update, destroy, conflict] = [count('create'), count('update'), count('destroy'), count('conflict')];
  const inConflict = conflict === 0 ? '' : `, ${conflict} in conflict`;
  const shown = changes.filter(({ kind }) => kind !== 'same');
  const text = shown.flatMap(({ name, kind, lines }) => [`${MARKS[kind]} ${name}`, ...lines]);
  return {
    summary: `${create} to create, ${update} to change, ${destroy} to delete, ${count('same')} unchanged${inConflict}`,
    changes: { create, update: update + conflict, replace: 0, destroy },
    text: text.length === 0 ? 'Nothing would change.' : text.join('\n'),
    digest: sha256(canonical(changes.map(({ name, kind, after }) => ({ name, kind, after })))),
  };
}
