/** Claims, volumes and storage classes. */
import { SIZE, sizeOf } from '../grammar/quantities.ts';
import { readPairs, type Said } from './attributes.ts';
import type { DraftObject } from './model.ts';
import { accessMode, readStorage } from './volumes.ts';
import { object } from './render.ts';
import type { CompanionContext, Reader } from './companions.ts';

/** How a volume may be used: by the API's word, or "many nodes can read and write". */
function modeOf(said: Said): string | undefined {
  const word = said.take(
    /\b(read ?-?write ?-?once(?: ?-?pod)?|read ?-?write ?-?many|read ?-?only ?-?many|RWOP|RWO|RWX|ROX)\b/i,
  )?.[1];
  if (word !== undefined) return accessMode(word);
  const many = said.take(
    /\b(?:many|several|multiple|all|any) (?:nodes|pods|machines)\b[^.;,]{0,24}\b(read(?:s|ing)?(?: and |\/)writ\w+(?: at once)?|write|read)\b/i,
  )?.[1];
  return many === undefined ? undefined : /writ/i.test(many) ? 'ReadWriteMany' : 'ReadOnlyMany';
}

/** The volume that the same words describe, for a claim that says nothing of its own. */
const volumeOf = (context: CompanionContext): DraftObject | undefined =>
  context.made('PersistentVolume').at(-1)?.['spec'] as DraftObject | undefined;

export const pvc: Reader = (entity, said, context) => {
  const storage = readStorage(said);
  const size = storage.size ?? first(said, SIZE);
  const mode = modeOf(said) ?? storage.mode;
  const volumeSpec = volumeOf(context);
  const capacity = (volumeSpec?.['capacity'] as DraftObject | undefined)?.['storage'];
  if (size === undefined && capacity === undefined) context.assume(`The claim ${entity.name ?? 'data'} asks for 1Gi.`);
  const volume = said.take(
    /\bvolume ?name\s*(?:=|:)?\s*["'`]?([a-z0-9][a-z0-9-]*)|\b(?:bound to|bind(?:s|ing)? to|from)\s+(?:the )?(?:pv|persistent ?volume)\s+["'`]?([a-z0-9][a-z0-9-]*)/i,
  );
  const className =
    storage.storageClass ??
    (/\bmanual\b/i.test(said.text)
      ? 'manual'
      : /\bno storage ?class\b/i.test(said.text)
        ? ''
        : (volumeSpec?.['storageClassName'] as string | undefined));
  return object('PersistentVolumeClaim', entity.name ?? `${context.workload?.name ?? 'app'}-data`, context.namespace, {
    spec: {
      accessModes: mode === undefined ? (volumeSpec?.['accessModes'] ?? ['ReadWriteOnce']) : [mode],
      ...(className === undefined ? {} : { storageClassName: className }),
      ...(volume === undefined ? {} : { volumeName: volume[1] ?? volume[2] ?? '' }),
      resources: { requests: { storage: size ?? capacity ?? '1Gi' } },
    },
  });
};

function first(said: Said, size: string): string | undefined {
  const match = said.take(new RegExp(size));
  return match?.[1] === undefined ? undefined : sizeOf(match[1], match[2] ?? 'Gi');
}

export const pv: Reader = (entity, said) => {
  const size = first(said, SIZE) ?? '1Gi';
  const mode = modeOf(said);
  const nfs = said.take(
    /\bnfs\b[^.;]*?(?:server\s+)?((?:\d{1,3}\.){3}\d{1,3}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)[^.;/]*?(\/[\w./-]*)/i,
  );
  const path = said.take(/(?:\bhost ?path|\bpath|\bat|\bunder|\bon)\s+(?:of\s+)?["'`]?(\/[\w./-]+)/i)?.[1];
  const reclaim = said.take(/\b(retain|delete|recycle)\b/i)?.[1]?.toLowerCase();
  const className = readStorage(said).storageClass ?? (/\bmanual\b/i.test(said.text) ? 'manual' : '');
  return object('PersistentVolume', entity.name ?? 'data', undefined, {
    spec: {
      capacity: { storage: size },
      accessModes: [mode ?? 'ReadWriteOnce'],
      persistentVolumeReclaimPolicy: reclaim === 'delete' ? 'Delete' : 'Retain',
      storageClassName: className,
      ...(nfs === undefined
        ? { hostPath: { path: path ?? '/mnt/data' } }
        : { nfs: { server: nfs[1] ?? '', path: nfs[2] ?? '/' } }),
    },
  });
};

/** How its provisioner is told what to make: `parameter type=gp3`, else the disk type that is named. */
function parameters(said: Said): DraftObject {
  const pairs = readPairs(said, 'parameters?');
  if (Object.keys(pairs).length > 0) return { parameters: pairs };
  return /\bgp3\b/i.test(said.text) ? { parameters: { type: 'gp3' } } : {};
}

export const storageClass: Reader = (entity, said) => {
  const provisioner =
    said.take(/\bprovisioner\s*(?:of|is|=|:)?\s*["'`]?([a-z0-9][\w./-]*[\w])/i)?.[1] ??
    said.take(/\b([a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:csi\.[a-z.]+|io\/[\w-]+|com))\b/i)?.[1] ??
    (said.take(/\bebs\b|\bgp3\b/i) ? 'ebs.csi.aws.com' : 'kubernetes.io/no-provisioner');
  const reclaim = said.take(/\b(retain|delete)\b/i)?.[1]?.toLowerCase();
  const wait =
    /\bwait ?for ?first ?consumer\b|\bfirst consumer\b|\buntil (?:a )?pod/i.test(said.text) ||
    provisioner.endsWith('no-provisioner');
  const expand = said.take(
    /\b(?:allow ?volume ?expansion|expan(?:d|sion|dable)\w*|resiz\w*|(?:can|may) (?:be )?(?:grow|enlarged|extended)\w*)/i,
  );
  const made = object('StorageClass', entity.name ?? 'standard', undefined, {
    provisioner,
    reclaimPolicy: reclaim === 'retain' ? 'Retain' : 'Delete',
    volumeBindingMode: wait ? 'WaitForFirstConsumer' : 'Immediate',
    ...(expand === undefined ? {} : { allowVolumeExpansion: true }),
    ...parameters(said),
  });
  if (said.take(/\bdefault\b/i))
    made.metadata['annotations'] = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  return made;
};
