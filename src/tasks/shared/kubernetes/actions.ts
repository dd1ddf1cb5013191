/** The two actions of the `kubernetes` type, from parameters to outputs. */
import { err, ok } from '../../../core/result.ts';
import type { StepContext, TaskResult } from '../../../core/task-type.ts';
import { milliseconds } from '../until.ts';
import { applyAll, liveObjects, type Applied } from './apply.ts';
import { phases } from './manifests.ts';
import { isCrd, isXrd, keyOf, nameOf } from './objects.ts';
import type { KubernetesOutputs, KubernetesParameters } from './parameters.ts';
import { record } from './record.ts';
import { leftovers, removeAll, type Doomed, type Leftovers } from './remove.ts';
import { expectations, openSession, type Session } from './session.ts';
import { waitFor, type Awaited } from './wait.ts';

export async function applySet(p: KubernetesParameters, context: StepContext): Promise<TaskResult<KubernetesOutputs>> {
  const opened = await openSession(p, context);
  if (!opened.ok) return opened;
  const session = opened.value;
  try {
    const many = session.targets.length === 1 ? '' : 's';
    context.log(
      `${session.targets.length} object${many} for ${session.cluster.server} (context ${session.cluster.context})`,
    );
    const timeoutMs = milliseconds(p.wait_timeout, 'wait_timeout');
    if (!timeoutMs.ok) return timeoutMs;
    const awaited = await expectations(p, session);
    if (!awaited.ok) return awaited;
    const applied = await apply(p, session, context);
    if (!applied.ok) return applied;
    const ready = await waitForAll(p, session, applied.value, awaited.value, timeoutMs.value, context);
    if (!ready.ok) return ready;
    const pruned = p.prune ? await prune(p, session, context) : ok([]);
    if (!pruned.ok) return pruned;
    const count = (change: Applied['change']): number => applied.value.filter((one) => one.change === change).length;
    return ok({
      applied: applied.value.length,
      created: count('created'),
      changed: count('created') + count('configured') + pruned.value.length,
      unchanged: count('unchanged'),
      deleted: pruned.value.length,
      ready: ready.value,
      objects: applied.value.map(({ after }) => nameOf(after)),
      context: session.cluster.context,
    });
  } finally {
    session.cluster.close();
  }
}

/** Records what is there, then applies; definitions are established before objects of their kinds follow. */
export async function apply(
  p: Pick<KubernetesParameters, 'field_manager' | 'force'>,
  { cluster, targets }: Pick<Session, 'cluster' | 'targets'>,
  context: StepContext,
): Promise<TaskResult<Applied[]>> {
  const live = await liveObjects(cluster, targets);
  if (!live.ok) return live;
  // In the order of applying: a rollback deletes in the reverse of it.
  const ordered = phases(targets).flat();
  const entries = ordered.map((target) => {
    const before = live.value.get(target.path);
    return { path: target.path, name: nameOf(target.object), ...(before === undefined ? {} : { before }) };
  });
  const kept = await record(context.stateDir, cluster.server, entries);
  if (!kept.ok) return kept;
  const definitionsMs = 60_000;
  return applyAll(
    cluster,
    targets,
    live.value,
    { manager: p.field_manager, force: p.force },
    {
      applied: ({ after, change }) => context.log(`${nameOf(after)}: ${change}`),
      async phaseDone(done) {
        const definitions = done.filter(({ after }) => isCrd(after) || isXrd(after));
        const awaited = definitions.map(({ target, after }) => ({ object: after, resource: target.resource }));
        const established = await waitFor(
          cluster,
          awaited,
          { timeoutMs: definitionsMs, failEarly: false, until: 'ready' },
          context,
        );
        return established.ok ? ok(undefined) : established;
      },
    },
  );
}

async function waitForAll(
  p: KubernetesParameters,
  { cluster }: Session,
  applied: readonly Applied[],
  expected: readonly Awaited[],
  timeoutMs: number,
  context: StepContext,
): Promise<TaskResult<number>> {
  if (!p.wait && expected.length === 0) return ok(0);
  const own = p.wait ? applied.map(({ target, after }) => ({ object: after, resource: target.resource })) : [];
  const named = new Set(expected.map(({ object }) => keyOf(object)));
  const both = [...own.filter(({ object }) => !named.has(keyOf(object))), ...expected];
  return waitFor(cluster, both, { timeoutMs, failEarly: p.fail_early, until: 'ready' }, context);
}

/** What an earlier apply of this set left behind. */
export async function findLeftovers(
  p: KubernetesParameters,
  { cluster, resources, targets, namespace, set }: Session,
): Promise<TaskResult<Leftovers>> {
  resources.forget();
  const current = new Set(targets.map(({ object }) => keyOf(object)));
  const namespaces = [...new Set([namespace, ...targets.flatMap(({ object }) => object.metadata.namespace ?? [])])];
  return leftovers(cluster, resources, { set, manager: p.field_manager, current, namespaces });
}

async function prune(p: KubernetesParameters, session: Session, context: StepContext): Promise<TaskResult<Doomed[]>> {
  const left = await findLeftovers(p, session);
  if (!left.ok) return left;
  for (const object of left.value.kept)
    context.warn(`${nameOf(object)}: no longer among the objects; left, because its end takes data with it`);
  const { prunable } = left.value;
  const entries = prunable.map(({ object, path }) => ({ path, name: nameOf(object), before: object }));
  const kept = await record(context.stateDir, session.cluster.server, entries);
  if (!kept.ok) return kept;
  const removed = await removeAll(session.cluster, prunable, (line) =>
    context.log(`${line} (no longer among the objects)`),
  );
  return removed.ok ? ok(removed.value) : removed;
}

export async function deleteSet(p: KubernetesParameters, context: StepContext): Promise<TaskResult<KubernetesOutputs>> {
  const opened = await openSession(p, context);
  if (!opened.ok) return opened;
  const { cluster, targets } = opened.value;
  try {
    const timeoutMs = milliseconds(p.wait_timeout, 'wait_timeout');
    if (!timeoutMs.ok) return timeoutMs;
    const live = await liveObjects(cluster, targets);
    if (!live.ok) return live;
    const there = targets.flatMap((target) => {
      const object = live.value.get(target.path);
      return object === undefined ? [] : [{ object, resource: target.resource, path: target.path }];
    });
    const entries = there.map(({ object, path }) => ({ path, name: nameOf(object), before: object }));
    const kept = await record(context.stateDir, cluster.server, entries);
    if (!kept.ok) return kept;
    const removed = await removeAll(cluster, there, (line) => context.log(line));
    if (!removed.ok) return err(removed.failure);
    const wait = { timeoutMs: timeoutMs.value, failEarly: false, until: 'gone' } as const;
    const gone = p.wait ? await waitFor(cluster, there, wait, context) : ok(0);
    if (!gone.ok) return gone;
    return ok({
      applied: 0,
      created: 0,
      changed: removed.value.length,
      unchanged: targets.length - removed.value.length,
      deleted: removed.value.length,
      ready: 0,
      objects: removed.value.map(({ object }) => nameOf(object)),
      context: cluster.context,
    });
  } finally {
    cluster.close();
  }
}
