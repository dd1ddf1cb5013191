/** What a workload's pods each keep for themselves: claims by their names, sizes, classes and places. */
import { SIZE, sizeOf } from '../grammar/quantities.ts';
import type { Said } from './attributes.ts';
import { addMounts, type References } from './fill.ts';
import type { Claim, DraftObject, Workload } from './model.ts';
import { readStorage } from './volumes.ts';

/** `"data" of 20Gi on class a mounted at /a and "wal" of 5Gi at /b`: each with its own size and place. */
export function severalClaims(workload: Workload, said: Said): void {
  const name = String.raw`(?:["'\x60]([a-z][a-z0-9-]*)["'\x60]|(?<![\w-])(?!of\b|with\b|and\b|at\b|volume\b)([a-z][a-z0-9-]*))`;
  const one = String.raw`${name}\s*(?:\(|:|of|with|=|,)?\s*(?:an?\s+)?${SIZE}((?:(?!\bmemory\b|\bram\b)[^.;/]){0,60}?)\s["'\x60]?(\/[\w./-]*\w)`;
  const container = workload.containers[0];
  const text = said.text;
  if (container === undefined || [...text.matchAll(new RegExp(one, 'gi'))].length < 2) return;
  if (
    !/\bvolumes?\b|\bclaims?\b|\bstorage\b|\bdisks?\b/i.test(text) ||
    workload.volumes.some((v) => v['persistentVolumeClaim'] !== undefined)
  )
    return;
  const mode = /\b(read ?-?write ?-?many|RWX)\b/i.test(text) ? 'ReadWriteMany' : 'ReadWriteOnce';
  for (const m of said.takeAll(new RegExp(one, 'gi'))) {
    const storageClass =
      /\bclass\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)/i.exec(m[5] ?? '')?.[1] ??
      /\b(?:both|all|each)\b[^.;,]{0,24}\bclass\s+["'`]?([a-z0-9][a-z0-9-]*)/i.exec(text)?.[1];
    const claim: Claim = {
      name: m[1] ?? m[2] ?? 'data',
      path: m[6] ?? '/data',
      size: sizeOf(m[3] ?? '1', m[4] ?? 'Gi'),
      ...(storageClass === undefined ? {} : { storageClass }),
      modes: [mode],
    };
    if (workload.claims.some((c) => c.name === claim.name)) continue;
    workload.claims.push(claim);
    workload.volumes = workload.volumes.filter((v) => v['name'] !== claim.name);
    container.fields['volumeMounts'] = ((container.fields['volumeMounts'] ?? []) as DraftObject[]).filter((v) => v['mountPath'] !== claim.path); // prettier-ignore
    addMounts(container, [{ name: claim.name, mountPath: claim.path }]);
  }
}

/** "each replica with its own claim called data": a claim of a StatefulSet is a template, not one that is there. */
export function claimEach(workload: Workload, said: Said, refs: References): void {
  const volume = workload.volumes.find((v) => v['persistentVolumeClaim'] !== undefined);
  if (volume === undefined || /\bexisting\b/i.test(said.text)) return;
  const name = (volume['persistentVolumeClaim'] as { claimName: string }).claimName;
  const size = said.take(new RegExp(SIZE));
  const mount = ((workload.containers[0]?.fields['volumeMounts'] ?? []) as DraftObject[]).find(
    (m) => m['name'] === volume['name'],
  );
  const storage = readStorage(said);
  workload.volumes = workload.volumes.filter((v) => v !== volume);
  refs.claims.delete(name);
  workload.claims.push({
    name,
    path: typeof mount?.['mountPath'] === 'string' ? mount['mountPath'] : '/data',
    size: size?.[1] === undefined ? '1Gi' : sizeOf(size[1], size[2] ?? 'Gi'),
    ...(storage.storageClass === undefined ? {} : { storageClass: storage.storageClass }),
    modes: [storage.mode ?? 'ReadWriteOnce'],
  });
}
