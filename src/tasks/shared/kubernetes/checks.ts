/** What is asked around a run: is there a cluster, what would change, did it happen, and back again. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { failure } from '../../../core/failure.ts';
import { err, ok, type Result } from '../../../core/result.ts';
import type { Preview, StepContext, TaskFailure, TaskResult } from '../../../core/task-type.ts';
import { milliseconds } from '../until.ts';
import { applyOne, liveObjects } from './apply.ts';
import { findLeftovers } from './actions.ts';
import { connect, type Cluster } from './client.ts';
import { changesBetween } from './diff.ts';
import type { ClusterChoice } from './config.ts';
import { KUSTOMIZATIONS } from './manifests.ts';
import { textAt, type KubeObject } from './objects.ts';
import type { KubernetesOutputs, KubernetesParameters } from './parameters.ts';
import { previewApply, previewDelete } from './preview.ts';
import { readiness } from './ready.ts';
import { recorded, type RecordEntry } from './record.ts';
import { resourcesOf } from './resources.ts';
import { restoreAll, untilGone } from './restore.ts';
import { openSession } from './session.ts';
import { waitFor, type Awaited } from './wait.ts';

/** How long a cluster may take to say that it is there. */
const REACHABLE_MS = 3000;
/** How long a rollback waits for what it deleted. */
const GONE_MS = 60_000;

/** Asks the cluster for its version; the failure names what was tried. */
export async function reachable(choice: ClusterChoice, context: StepContext): Promise<TaskResult<{ version: string }>> {
  const connected = await connect({ ...choice, patienceMs: 0 }, context);
  if (!connected.ok) return connected;
  const cluster = connected.value;
  try {
    const answer = await cluster.request('GET', '/version', { timeoutMs: REACHABLE_MS });
    if (answer.ok) return ok({ version: textAt(answer.value, 'gitVersion') ?? '' });
    const { failure: why } = answer;
    if (why.kind === 'denied') return err(why);
    const message = `No cluster answers for the context "${cluster.context}" of ${cluster.source}: ${why.message}`;
    return err(
      failure('missing', message, {
        next: why.next ?? 'Start the cluster, or choose another context.',
        detail: why.detail ?? why.message,
      }),
    );
  } finally {
    cluster.close();
  }
}

export async function preflight(p: KubernetesParameters, context: StepContext): Promise<Result<void>> {
  const named = typeof p.manifests === 'string' ? [p.manifests] : p.manifests;
  const built = named.find((folder) =>
    KUSTOMIZATIONS.some((name) => existsSync(join(resolve(context.cwd, folder), name))),
  );
  if (built !== undefined && (await context.which('kubectl')) === undefined) {
    const next = 'Install kubectl: https://kubernetes.io/docs/tasks/tools/';
    return err(
      failure('missing', `${built} is a kustomization, and kubectl, which builds it, is not installed.`, { next }),
    );
  }
  const there = await reachable(p, context);
  return there.ok ? ok(undefined) : there;
}

export async function preview(p: KubernetesParameters, context: StepContext): Promise<TaskResult<Preview>> {
  const opened = await openSession(p, context);
  if (!opened.ok) return opened;
  const session = opened.value;
  const { cluster, targets } = session;
  try {
    if (p.action === 'delete') {
      const live = await liveObjects(cluster, targets);
      if (!live.ok) return live;
      const doomed = targets.flatMap(({ path, resource }) => {
        const object = live.value.get(path);
        return object === undefined ? [] : [{ object, resource, path }];
      });
      return ok(previewDelete(doomed));
    }
    const left = p.prune ? await findLeftovers(p, session) : ok({ prunable: [] });
    if (!left.ok) return left;
    return await previewApply(cluster, targets, left.value.prunable, { manager: p.field_manager, force: p.force });
  } finally {
    cluster.close();
  }
}

/** Done is what a dry run would leave as it is and what is ready. */
export async function probe(p: KubernetesParameters, context: StepContext): Promise<'done' | 'not-done' | 'unknown'> {
  const opened = await openSession(p, context);
  if (!opened.ok) return 'unknown';
  const { cluster, targets } = opened.value;
  try {
    const live = await liveObjects(cluster, targets);
    if (!live.ok) return 'unknown';
    if (p.action === 'delete') return live.value.size === 0 ? 'done' : 'not-done';
    for (const target of targets) {
      const now = live.value.get(target.path);
      if (now === undefined || (p.wait && readiness(now).state !== 'ready')) return 'not-done';
      const dry = await applyOne(cluster, target, { manager: p.field_manager, force: p.force, dryRun: true });
      if (!dry.ok) return dry.failure.status === undefined ? 'unknown' : 'not-done';
      if (changesBetween(now, dry.value).length > 0) return 'not-done';
    }
    return 'done';
  } finally {
    cluster.close();
  }
}

export async function rollback(
  p: KubernetesParameters,
  _outputs: Partial<KubernetesOutputs>,
  context: StepContext,
): Promise<TaskResult<void>> {
  const before = await recorded(context.stateDir);
  if (before === undefined) {
    context.log('Nothing to undo: this task had changed nothing yet.');
    return ok(undefined);
  }
  const connected = await connect(p, context);
  if (!connected.ok) return connected;
  const cluster = connected.value;
  try {
    if (cluster.server !== before.server) return err(otherCluster(cluster, before.server));
    const restored = await restoreAll(cluster, before.entries, p.field_manager, (line) => context.log(line));
    if (!restored.ok) return restored;
    const { deleted, restored: count, same } = restored.value;
    const isGone = !p.wait || (await untilGone(cluster, deleted, GONE_MS, context.signal));
    if (!isGone) context.warn('Some of what was deleted is still going away.');
    context.log(`Undone: ${count} objects as they were, ${deleted.length} deleted, ${same} had not changed.`);
    return await waitForRestored(p, cluster, before.entries, context);
  } finally {
    cluster.close();
  }
}

function otherCluster({ server, context }: Cluster, before: string): TaskFailure {
  const message = `What is to be undone was done at ${before}, but the context "${context}" now means ${server}.`;
  return {
    ...failure('conflict', message, { next: 'Choose the context that the run used, then roll back again.' }),
    retriable: false,
  };
}

async function waitForRestored(
  p: KubernetesParameters,
  cluster: Cluster,
  entries: readonly RecordEntry[],
  context: StepContext,
): Promise<TaskResult<void>> {
  if (!p.wait) return ok(undefined);
  const timeoutMs = milliseconds(p.wait_timeout, 'wait_timeout');
  if (!timeoutMs.ok) return timeoutMs;
  const resources = resourcesOf(cluster);
  const awaited: Awaited[] = [];
  for (const { before } of entries) {
    if (before === undefined || !wasReady(before)) continue;
    const resource = await resources.of(before);
    if (resource.ok) awaited.push({ object: before, resource: resource.value });
  }
  const ready = await waitFor(
    cluster,
    awaited,
    { timeoutMs: timeoutMs.value, failEarly: p.fail_early, until: 'ready' },
    context,
  );
  return ready.ok ? ok(undefined) : ready;
}

/** What was not ready before the change cannot be expected to be after it was undone. */
const wasReady = (before: KubeObject): boolean => readiness(before).state === 'ready';
