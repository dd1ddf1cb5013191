/** Claims, volumes and storage classes. */
import { SIZE, sizeOf } from '../grammar/quantities.ts';
import type { Said } from './attributes.ts';
import { accessMode, readStorage } from './volumes.ts';
import { object } from './render.ts';
import type { Reader } from './companions.ts';

export const pvc: Reader = (entity, said, context) => {
  const storage = readStorage(said);
  const size = storage.size ?? first(said, SIZE);
  const mode = said.take(
    /\b(read ?-?write ?-?once(?: ?-?pod)?|read ?-?write ?-?many|read ?-?only ?-?many|RWOP|RWO|RWX|ROX)\b/i,
  )?.[1];
  if (size === undefined) context.assume(`The claim ${entity.name ?? 'data'} asks for 1Gi.`);
  const volume = said.take(
    /\bvolume ?name\s*(?:=|:)?\s*["'`]?([a-z0-9][a-z0-9-]*)|\b(?:bound to|bind(?:s|ing)? to|from)\s+(?:the )?(?:pv|persistent ?volume)\s+["'`]?([a-z0-9][a-z0-9-]*)/i,
  );
  const className =
    storage.storageClass ??
    (/\bno storage ?class\b|\bmanual\b/i.test(said.text) ? (/\bmanual\b/i.test(said.text) ? 'manual' : '') : undefined);
  return object('PersistentVolumeClaim', entity.name ?? `${context.workload?.name ?? 'app'}-data`, context.namespace, {
    spec: {
      accessModes: [mode === undefined ? (storage.mode ?? 'ReadWriteOnce') : accessMode(mode)],
      ...(className === undefined ? {} : { storageClassName: className }),
      ...(volume === undefined ? {} : { volumeName: volume[1] ?? volume[2] ?? '' }),
      resources: { requests: { storage: size ?? '1Gi' } },
    },
  });
};

function first(said: Said, size: string): string | undefined {
  const match = said.take(new RegExp(size));
  return match?.[1] === undefined ? undefined : sizeOf(match[1], match[2] ?? 'Gi');
}

export const pv: Reader = (entity, said) => {
  const size = first(said, SIZE) ?? '1Gi';
  const mode = said.take(/\b(read ?-?write ?-?once|read ?-?write ?-?many|read ?-?only ?-?many|RWO|RWX|ROX)\b/i)?.[1];
  const nfs = said.take(
    /\bnfs\b[^.;]*?(?:server\s+)?((?:\d{1,3}\.){3}\d{1,3}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)[^.;/]*?(\/[\w./-]*)/i,
  );
  const path = said.take(/(?:\bhost ?path|\bpath|\bat|\bunder|\bon)\s+(?:of\s+)?["'`]?(\/[\w./-]+)/i)?.[1];
  const reclaim = said.take(/\b(retain|delete|recycle)\b/i)?.[1]?.toLowerCase();
  const className = readStorage(said).storageClass ?? (/\bmanual\b/i.test(said.text) ? 'manual' : '');
  return object('PersistentVolume', entity.name ?? 'data', undefined, {
    spec: {
      capacity: { storage: size },
      accessModes: [mode === undefined ? 'ReadWriteOnce' : accessMode(mode)],
      persistentVolumeReclaimPolicy: reclaim === 'delete' ? 'Delete' : 'Retain',
      storageClassName: className,
      ...(nfs === undefined
        ? { hostPath: { path: path ?? '/mnt/data' } }
        : { nfs: { server: nfs[1] ?? '', path: nfs[2] ?? '/' } }),
    },
  });
};

export const storageClass: Reader = (entity, said) => {
  const provisioner =
    said.take(/\bprovisioner\s*(?:of|is|=|:)?\s*["'`]?([a-z0-9][\w./-]*[\w])/i)?.[1] ??
    said.take(/\b([a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:csi\.[a-z.]+|io\/[\w-]+|com))\b/i)?.[1] ??
    (said.take(/\bebs\b|\bgp3\b/i) ? 'ebs.csi.aws.com' : 'kubernetes.io/no-provisioner');
  const reclaim = said.take(/\b(retain|delete)\b/i)?.[1]?.toLowerCase();
  const wait =
    /\bwait ?for ?first ?consumer\b|\bfirst consumer\b|\buntil (?:a )?pod/i.test(said.text) ||
    provisioner.endsWith('no-provisioner');
  const expand = said.take(/\b(?:allow ?volume ?expansion|expan(?:d|sion|dable)|resiz)/i);
  const made = object('StorageClass', entity.name ?? 'standard', undefined, {
    provisioner,
    reclaimPolicy: reclaim === 'retain' ? 'Retain' : 'Delete',
    volumeBindingMode: wait ? 'WaitForFirstConsumer' : 'Immediate',
    ...(expand === undefined ? {} : { allowVolumeExpansion: true }),
    ...(/\bgp3\b/i.test(said.text) ? { parameters: { type: 'gp3' } } : {}),
  });
  if (said.take(/\bdefault\b/i))
    made.metadata['annotations'] = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  return made;
};
