/** Volumes that several containers of a pod have in common. */
import type { Said } from './attributes.ts';
import { readMounts } from './volumes.ts';
import { addMounts } from './fill.ts';
import type { ContainerFacts, DraftObject, Workload } from './model.ts';
import { type WorkloadContext } from './workload.ts';

/** "they share an emptyDir": without a path it is where the containers say that they write and read. */
function sharedByWords(workload: Workload, said: Said): void {
  if (workload.containers.length < 2 || workload.volumes.length > 0) return;
  if (
    said.take(
      /\b(?:they|both|the containers|containers)\s+(?:both\s+)?shar\w+\s+(?:an?\s+|the\s+|one\s+)?(?:empty ?-?dir(?: volume)?|volume|folder|directory)(?![^.;]{0,40}\s\/)/i,
    ) === undefined
  )
    return;
  const path =
    /\s(\/[\w./-]+)/.exec(
      JSON.stringify(workload.containers.map((c) => c.fields['command'] ?? '')).replace(/"/g, ' '),
    )?.[1] ?? /\s(\/[\w./-]*\w)/.exec(said.text)?.[1];
  if (path === undefined) return;
  const folder = /\.\w+$/.test(path) ? path.slice(0, path.lastIndexOf('/')) : path;
  workload.volumes.push({ name: 'shared', emptyDir: {} });
  for (const container of workload.containers) addMounts(container, [{ name: 'shared', mountPath: folder }]);
}

/** "is mounted into proxy at /etc/envoy": the container that is named beside the folder. */
const mountedIn = (workload: Workload, said: Said): ContainerFacts[] =>
  workload.containers.filter(
    (c) =>
      workload.containers.length > 1 &&
      new RegExp(
        `\\bmount\\w*\\b[^.;]{0,40}?\\b(?:in|into|to|by|for|of)\\s+(?:the\\s+)?(?:container\\s+)?["'\`]?${c.name}\\b`,
        'i',
      ).test(said.text),
  );

/** Volumes of the pod; with `all`, or where the words are about all containers, mounted everywhere. */
export function shareMounts(workload: Workload, said: Said, context: WorkloadContext, all = false): void {
  const { volumes, mounts } = readMounts(said, context.refs);
  sharedByWords(workload, said);
  for (const volume of volumes)
    if (!workload.volumes.some((v) => v['name'] === volume['name'])) workload.volumes.push(volume);
  const everywhere =
    all || /\b(?:both|share[sd]?|sharing|all containers|each container|every container|either)\b/i.test(said.text);
  const named = everywhere && !all ? [] : mountedIn(workload, said);
  const first = named[0] ?? workload.containers[0];
  const shared =
    !all || (workload.initContainers.length > 0 && /\b(?:they|both|all)\b[^.;]{0,20}\bshar/i.test(said.text));
  for (const container of everywhere
    ? [...workload.containers, ...(shared ? workload.initContainers : [])]
    : first === undefined
      ? []
      : [first])
    addMounts(container, mounts);
  for (const container of [...workload.containers, ...workload.initContainers]) {
    for (const mount of (container.fields['volumeMounts'] ?? []) as DraftObject[]) {
      if (!workload.volumes.some((v) => v['name'] === mount['name']))
        workload.volumes.push({ name: mount['name'] ?? 'data', emptyDir: {} });
    }
  }
}
