/** "a redis with password": a cache that asks for one, and those that know it. */
import type { ClusterBuilder } from './builder.ts';
import type { DraftObject, Workload } from './model.ts';

const WORDS =
  /\b(?:with (?:an? )?(?:password|authentication|auth)|password[- ]protected|requirepass|password|protected by (?:an? )?password)\b/i;
export const CACHE_PASSWORD = 'REDIS_PASSWORD';

/** Caches that are said to have a password read it from a secret and are asked with it. */
export function guardCaches(builder: ClusterBuilder): void {
  for (const [entity, workload] of builder.workloads) {
    const container = workload.containers[0];
    if (workload.app?.engine !== 'redis' || workload.explicit || container === undefined) continue;
    const env = (container.fields['env'] ?? []) as DraftObject[];
    const given = env.find((e) => e['name'] === CACHE_PASSWORD)?.['valueFrom'] as DraftObject | undefined;
    if (given === undefined && !entity.passages.some((p) => p.take(WORDS) !== undefined)) continue;
    guard(workload, given);
  }
}

function guard(workload: Workload, given: DraftObject | undefined): void {
  const container = workload.containers[0];
  if (container === undefined || workload.app === undefined) return;
  const server = workload.app.id === 'valkey' ? 'valkey-server' : 'redis-server';
  const known = given ?? { secretKeyRef: { name: `${workload.name}-credentials`, key: CACHE_PASSWORD } };
  const env = ((container.fields['env'] ?? []) as DraftObject[]).filter((e) => e['name'] !== CACHE_PASSWORD);
  // The client of the probe reads REDISCLI_AUTH.
  container.fields['env'] = [
    ...env,
    ...(given === undefined ? [] : [{ name: CACHE_PASSWORD, valueFrom: { ...known } }]),
    { name: 'REDISCLI_AUTH', valueFrom: { ...known } },
  ];
  if (given === undefined) container.secrets.push(CACHE_PASSWORD);
  container.fields['args'] ??= [server, '--requirepass', `$(${CACHE_PASSWORD})`];
}

/** Whether clients need the password. */
export const isGuarded = (workload: Workload): boolean =>
  ((workload.containers[0]?.fields['env'] ?? []) as DraftObject[]).some((e) => e['name'] === CACHE_PASSWORD);
