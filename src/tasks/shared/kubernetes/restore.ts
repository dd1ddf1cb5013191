/** Gives back the recorded state: what was created is deleted, what was changed or deleted is as it was. */
import { canonical } from '../../../core/json.ts';
import { failure } from '../../../core/failure.ts';
import { err, ok } from '../../../core/result.ts';
import type { TaskResult } from '../../../core/task-type.ts';
import { sleep, type ApiResult, type Cluster } from './client.ts';
import { essence } from './diff.ts';
import { appliedBy, ownedPart } from './fields.ts';
import { phaseOf } from './manifests.ts';
import { isKubeObject, type KubeObject } from './objects.ts';
import type { RecordEntry } from './record.ts';
import { together } from './targets.ts';

interface Restored {
  /** Paths of what was deleted. */
  readonly deleted: readonly string[];
  readonly restored: number;
  readonly same: number;
}

/** Restores what existed in the order of applying, then deletes what did not in the reverse order. */
export async function restoreAll(
  cluster: Cluster,
  entries: readonly RecordEntry[],
  manager: string,
  log: (line: string) => void,
): Promise<TaskResult<Restored>> {
  const count = { restored: 0, same: 0 };
  const deleted: string[] = [];
  const failures: { message: string; next?: string }[] = [];
  const existed = entries.filter((entry) => entry.before !== undefined).sort((a, b) => phaseIn(a) - phaseIn(b));
  for (const entry of existed) {
    const done = await restorePatiently(cluster, entry.path, entry.before as KubeObject, manager);
    if (!done.ok) failures.push({ message: `${entry.name}: ${done.failure.message}` });
    else {
      count[done.value] += 1;
      if (done.value === 'restored') log(`${entry.name}: as it was`);
    }
  }
  for (const { path, name } of entries.filter((entry) => entry.before === undefined).reverse()) {
    const gone = await cluster.request('DELETE', path, { query: { propagationPolicy: 'Background' } });
    if (gone.ok) {
      deleted.push(path);
      log(`${name}: deleted`);
    } else if (gone.failure.status !== 404) failures.push({ message: `${name}: ${gone.failure.message}` });
  }
  if (failures.length === 0) return ok({ ...count, deleted });
  const { message, detail } = together(failures);
  return err(
    failure('tool', `Not everything could be undone: ${message}`, {
      detail,
      next: 'Look at the named objects and mend them by hand.',
    }),
  );
}

const phaseIn = ({ before }: RecordEntry): number => (before === undefined ? 0 : phaseOf(before));

/** Undoing is not broken off half-way for the sake of a moment. */
const UNDISTURBED = new AbortController().signal;

/** Controllers write to an object at any moment (its status, its scale); a write that lost that race looks again. */
async function restorePatiently(
  cluster: Cluster,
  path: string,
  before: KubeObject,
  manager: string,
): Promise<ApiResult<'restored' | 'same'>> {
  for (let tries = 1; ; tries++) {
    const done = await restoreOne(cluster, path, before, manager);
    if (done.ok || done.failure.status !== 409 || tries === 8) return done;
    await sleep(50 * tries, UNDISTURBED);
  }
}

async function restoreOne(
  cluster: Cluster,
  path: string,
  before: KubeObject,
  manager: string,
): Promise<ApiResult<'restored' | 'same'>> {
  const live = await cluster.request('GET', path);
  if (!live.ok && live.failure.status !== 404) return live;
  if (!live.ok || !isKubeObject(live.value)) return recreate(cluster, path, before, manager);
  if (canonical(essence(live.value)) === canonical(essence(before))) return ok('same');
  const ours = appliedBy(before, manager);
  let now: KubeObject = live.value;
  if (ours !== undefined) {
    const applied = await applyPart(cluster, path, ownedPart(before, ours), manager);
    if (!applied.ok) return applied;
    now = applied.value;
    if (canonical(essence(now)) === canonical(essence(before))) return ok('restored');
  }
  return replace(cluster, path, before, now);
}

const applyPart = async (
  cluster: Cluster,
  path: string,
  part: KubeObject,
  manager: string,
): Promise<ApiResult<KubeObject>> => {
  const query = { fieldManager: manager, force: true };
  const answer = await cluster.request('PATCH', path, {
    query,
    body: part,
    contentType: 'application/apply-patch+yaml',
  });
  return answer.ok ? ok(answer.value as KubeObject) : answer;
};

/**
 * Writes the whole object as it was, with the owners of its fields as they were: fields that were taken from another manager go back
 * to it. The write itself goes under the name of the manager that wrote the object last.
 */
async function replace(
  cluster: Cluster,
  path: string,
  before: KubeObject,
  now: KubeObject,
): Promise<ApiResult<'restored'>> {
  const { uid, resourceVersion } = now.metadata;
  const { uid: _uid, resourceVersion: _version, ...metadata } = before.metadata;
  const body = { ...before, metadata: { ...metadata, uid, resourceVersion } };
  const writer = before.metadata.managedFields
    ?.filter(({ operation, subresource }) => operation === 'Update' && subresource === undefined)
    .at(-1);
  const query = { fieldManager: writer?.manager ?? 'code-engine-rollback' };
  const answer = await cluster.request('PUT', path, { query, body });
  return answer.ok ? ok('restored') : answer;
}

/** The object is gone (we deleted or pruned it): it is made anew, our part under our name. */
async function recreate(
  cluster: Cluster,
  path: string,
  before: KubeObject,
  manager: string,
): Promise<ApiResult<'restored'>> {
  const ours = appliedBy(before, manager);
  const applied = ours === undefined ? undefined : await applyPart(cluster, path, ownedPart(before, ours), manager);
  if (applied !== undefined && !applied.ok) return applied;
  if (applied !== undefined && before.metadata.managedFields?.length === 1) return ok('restored');
  const now = applied?.value;
  if (now !== undefined) return replace(cluster, path, before, now);
  const {
    uid: _uid,
    resourceVersion: _version,
    managedFields: _fields,
    creationTimestamp: _created,
    ...metadata
  } = before.metadata;
  const { status: _status, ...rest } = before;
  const collection = path.slice(0, path.lastIndexOf('/'));
  const made = await cluster.request('POST', collection, {
    body: { ...rest, metadata },
    query: { fieldManager: 'code-engine-rollback' },
  });
  return made.ok ? ok('restored') : made;
}

/** Waits until nothing is left at these paths; false where something still is. */
export async function untilGone(
  cluster: Cluster,
  paths: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const until = Date.now() + timeoutMs;
  let left = paths;
  for (;;) {
    const answers = await Promise.all(left.map(async (path) => ({ path, answer: await cluster.request('GET', path) })));
    left = answers.filter(({ answer }) => answer.ok || answer.failure.status !== 404).map(({ path }) => path);
    if (left.length === 0) return true;
    if (Date.now() > until || !(await sleep(500, signal))) return false;
  }
}
