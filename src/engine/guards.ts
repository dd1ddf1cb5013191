/** What stands between a task that is due and its first attempt: the locks that it names, and its cache. */
import { createHash } from 'node:crypto';
import { canonical, type JsonObject } from '../core/json.ts';
import type { ProcessIdentity } from '../core/process.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Plan, PlannedTask } from '../graph/plan.ts';
import { openCache, type CacheSubject, type ResultCache } from './cache.ts';
import { acquireLocks } from './locks.ts';
import type { Rendered } from './values.ts';

export interface TaskGuards {
  /** Waits for the task's locks; `undefined` where it names none. */
  lock(
    task: PlannedTask,
    signal: AbortSignal,
    onWaiting: (lock: string, position: number, holder: string) => void,
  ): Promise<Result<() => void>> | undefined;
  /** An earlier success with the same inputs; `undefined` where the task has no cache. */
  cached(task: PlannedTask, rendered: Rendered, upstream: JsonObject): Promise<CacheAnswer> | undefined;
}

export interface CacheAnswer {
  /** Why it hit or missed, for a person. */
  readonly reason: string;
  readonly hit?: { readonly outputs: JsonObject };
  /** Keeps a success. */
  save(outputs: JsonObject, durationMs: number): Promise<Result<void>>;
}

export interface GuardOptions {
  readonly plan: Plan;
  readonly runId: string;
  readonly self: ProcessIdentity;
  readonly isAlive: (identity: ProcessIdentity) => boolean;
  /** Where the locks of all runs of this user lie. */
  readonly lockDirectory: string;
  readonly noCache: boolean;
  /** Name and version of what the type runs with, a part of the cache's key; empty where it needs no tool. */
  toolOf(type: string): Promise<string>;
  holdsSecret(text: string): boolean;
}

export function makeGuards(options: GuardOptions): TaskGuards {
  let cache: Promise<Result<ResultCache>> | undefined;
  return {
    lock: (task, signal, onWaiting) => (task.locks.length === 0 ? undefined : lock(options, task, signal, onWaiting)),
    cached(task, rendered, upstream) {
      if (task.cache === undefined || options.noCache) return undefined;
      cache ??= openCache(options.plan.root);
      return lookUp(options, cache, task, rendered, upstream);
    },
  };
}

async function lock(
  { self, isAlive, lockDirectory, runId }: GuardOptions,
  task: PlannedTask,
  signal: AbortSignal,
  onWaiting: (lock: string, position: number, holder: string) => void,
): Promise<Result<() => void>> {
  const hold = await acquireLocks(
    { directory: lockDirectory, self, isAlive },
    {
      names: task.locks,
      holder: `run ${runId}, task ${task.id}`,
      signal,
      onWaiting: (wait) => onWaiting(wait.lock, wait.position, wait.holder),
    },
  );
  return hold.ok ? ok(() => hold.value.release()) : hold;
}

async function lookUp(
  options: GuardOptions,
  opening: Promise<Result<ResultCache>>,
  task: PlannedTask,
  rendered: Rendered,
  upstream: JsonObject,
): Promise<CacheAnswer> {
  const useless = (reason: string): CacheAnswer => ({ reason, save: () => Promise.resolve(ok(undefined)) });
  const opened = await opening;
  if (!opened.ok) return useless(opened.failure.message);
  const cache = opened.value;
  const subject: CacheSubject = {
    workflow: options.plan.file,
    task: task.id,
    policy: task.cache ?? { inputs: [], outputs: [] },
    taskHash: createHash('sha256')
      .update(canonical([task.type, rendered]))
      .digest('hex'),
    tool: await options.toolOf(task.type),
    upstream,
  };
  const found = await cache.lookup(subject);
  if (!found.ok) return useless(found.failure.message);
  const { hit, reason } = found.value;
  const restored = hit === undefined ? undefined : await cache.restore(hit);
  return {
    reason: restored?.ok === false ? restored.failure.message : reason,
    ...(hit !== undefined && restored?.ok === true ? { hit: { outputs: hit.outputs } } : {}),
    async save(outputs, durationMs) {
      const success = { outputs, durationMs, holdsSecret: (text: string) => options.holdsSecret(text) };
      const saved = await cache.save(subject, found.value, success);
      return saved.ok ? ok(undefined) : err(saved.failure);
    },
  };
}
