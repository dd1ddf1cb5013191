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
    /\b(?:many|several|multiple|all|any) (?:(?:nodes|pods|machines)\b[^.;,]{0,24}\b(read(?:s|ing)?(?: and |\/)writ\w+(?: at once)?|write|read)\b|(writers?|readers?)\b)/i,
  )?.[0];
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
    /\bvolume ?name\s*(?:=|:|is|of)?\s*["'`]?(?!and\b|with\b|in\b)([a-z0-9][a-z0-9-]*)|\b(?:bound to|bind(?:s|ing)? to|from)\s+(?:the )?(?:pv|persistent ?volume)\s+["'`]?([a-z0-9][a-z0-9-]*)/i,
  );
  const byName = /\bvolume ?name\b|\bbinds? to it\b|\bbound to (?:it|that|this)\b|\bfor (?:it|that|this)\b|\b(?:takes?|claims?|uses?|binds?|wants?|gets?)(?: to)? (?:exactly |precisely |just |only )?(?:this|that|the)(?: very| same)? (?:pv|(?:persistent )?volume)\b/i.test(said.text) ? context.made('PersistentVolume').at(-1)?.metadata.name : undefined; // prettier-ignore
  const volumeName = volume?.[1] ?? volume?.[2] ?? byName;
  said.take(/\b(?:that )?binds? to (?:it|that|this)\b(?: by volume ?name)?/i);
  const className =
    storage.storageClass ??
    (/\bmanual\b/i.test(said.text)
      ? 'manual'
      : said.take(/\bno storage ?class\b/i) !== undefined
        ? ''
        : (volumeSpec?.['storageClassName'] as string | undefined));
  return object('PersistentVolumeClaim', entity.name ?? `${context.workload?.name ?? 'app'}-data`, context.namespace, {
    spec: {
      accessModes: mode === undefined ? (volumeSpec?.['accessModes'] ?? ['ReadWriteOnce']) : [mode],
      ...(className === undefined ? {} : { storageClassName: className }),
      ...(volumeName === undefined ? {} : { volumeName }),
      ...dataSource(said),
      resources: { requests: { storage: size ?? capacity ?? '1Gi' } },
    },
  });
};

/** "restored from the volume snapshot x", "a clone of the claim y". */
function dataSource(said: Said): DraftObject {
  const snapshot = said.take(
    /\b(?:from|of|source)\b[^.;,]{0,24}?\b(?:volume ?)?snapshot\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)/i,
  )?.[1];
  if (snapshot !== undefined)
    return { dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: snapshot } };
  const claim = said.take(
    /\b(?:clon(?:e|ed|ing)|copy|copied)\b[^.;,]{0,24}?\b(?:of|from)\s+(?:the\s+)?(?:existing\s+)?(?:pvc|(?:persistent ?volume ?)?claim)?\s*(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)/i,
  )?.[1];
  return claim === undefined ? {} : { dataSource: { kind: 'PersistentVolumeClaim', name: claim } };
}

function first(said: Said, size: string): string | undefined {
  const match = said.take(new RegExp(size));
  return match?.[1] === undefined ? undefined : sizeOf(match[1], match[2] ?? 'Gi');
}

/** "on node worker-3", "node affinity for kubernetes.io/hostname worker-3": where a disk of one machine is. */
function nodesOf(said: Said): DraftObject | undefined {
  const key = said.take(
    /\bnode ?affinity\b[^.;]{0,30}?\b([a-z][\w.-]*\/[\w.-]+)\s*(?:=|:|in|is|equals)?\s*["'`]?(?!in\b)([a-z0-9][\w.-]*)/i,
  );
  const names =
    said.take(
      /\b(?:on|to|at|of) (?:the )?nodes?\s+(?:named |called )?((?:["'`]?[a-z0-9][a-z0-9.-]*["'`]?(?:\s*(?:,|and|or)\s*)?)+)/i,
    )?.[1] ??
    said.take(
      /\bnode ?affinity\b[^.;]{0,24}?\b(?:to|for|on|with)\s+(?:the )?(?:node\s+)?["'`]?([a-z0-9]+(?:-[a-z0-9]+)+)/i,
    )?.[1];
  said.take(/\bnode ?affinity\b(?: by host ?name)?/i);
  const values =
    key !== undefined
      ? [key[2] ?? '']
      : (names?.match(/[a-z0-9][a-z0-9.-]*/g) ?? []).filter(
          (n) => !/^(?:and|or|the|with|by|storage|class|local|retain\w*)$/.test(n),
        );
  return values.length === 0
    ? undefined
    : {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: key?.[1] ?? 'kubernetes.io/hostname', operator: 'In', values }] },
          ],
        },
      };
}

/** What holds the data: a server's export, a disk of one machine, a driver's volume, a folder of the node. */
function sourceOf(said: Said): DraftObject {
  const text = said.text;
  if (/\bnfs\b/i.test(text)) {
    const server = said.take(
      /\b(?:server|host|address|nfs|from|on)\s*(?:is|=|:|at)?\s*["'`]?((?:\d{1,3}\.){3}\d{1,3}|[a-z0-9-]+(?:\.[a-z0-9-]+)+)/i,
    )?.[1];
    const path = said.take(
      /(?:\bpath|\bexports?|:|\bunder|\bat|\bserver \S+)\s*(?:is|=|:|of)?\s*["'`]?(\/[\w./-]*)/i,
    )?.[1];
    said.takeAll(/\bnfs\b/gi);
    if (server !== undefined) return { nfs: { server, path: path ?? '/' } };
  }
  const csi = said.take(/\b(?:csi )?driver\s*(?:is|=|:|of|named)?\s*["'`]?([a-z0-9-]+(?:\.[a-z0-9-]+)+)/i)?.[1] ?? (/\bcsi\b/i.test(text) ? said.take(/\b([a-z0-9-]+\.csi\.[a-z0-9.-]+\w)/i)?.[1] : undefined); // prettier-ignore
  const handle = said.take(/\bvolume ?handle\s*(?:is|=|:|of)?\s*["'`]?([\w./:-]*\w)/i)?.[1];
  if (csi !== undefined) return { csi: { driver: csi, volumeHandle: handle ?? 'volume-id', ...(/\bxfs\b/i.test(text) ? { fsType: 'xfs' } : /\bext4\b/i.test(text) ? { fsType: 'ext4' } : {}) } }; // prettier-ignore
  const path = said
    .take(
      /(?:\bhost ?path|\bpath|\bat|\bunder|\bon|\bfolder|\bdirectory|\bdisk|\blocal)\s+(?:of\s+|volume\s+)?["'`]?(\/[\w./-]+)/i,
    )?.[1]
    ?.replace(/[.]$/, '');
  const nodeAffinity = nodesOf(said);
  const type = /\bdirectory ?or ?create\b/i.test(text) ? { type: 'DirectoryOrCreate' } : {};
  return /\blocal\b/i.test(text.replace(/\blocal-[a-z-]+/gi, '')) && !/\bhost ?path\b/i.test(text)
    ? { local: { path: path ?? '/mnt/data' }, ...(nodeAffinity === undefined ? {} : { nodeAffinity }) }
    : { hostPath: { path: path ?? '/mnt/data', ...type }, ...(nodeAffinity === undefined ? {} : { nodeAffinity }) };
}

const OPTION = String.raw`["'\x60]?(?:[a-z]{2,}=[\w.:-]*\w|hard|soft|ro|rw|noatime|nodiratime|nolock|sync|async|noexec|nosuid|nodev)(?![\w=])["'\x60]?`;

/** "mount options hard and nfsvers=4.1" */
function mountOptions(said: Said): DraftObject {
  const list = said.take(
    new RegExp(String.raw`\bmount(?:ed|s|ing)?(?: ?options?)?(?:\s*(?:it|them|with|of|are|is|as|the|options?|=|:|\[)(?![\w=]))*\s*(${OPTION}(?:(?:\s*,\s*|\s+)(?:and\s+)?(?:with\s+)?${OPTION})*)`, 'i'), // prettier-ignore
  )?.[1];
  const options = list?.match(new RegExp(OPTION.replace(/["'`]/g, ''), 'gi')) ?? [];
  return options.length === 0 ? {} : { mountOptions: options };
}

export const pv: Reader = (entity, said) => {
  const size = first(said, SIZE) ?? '1Gi';
  const mode = modeOf(said);
  const reclaim = said.take(/\b(retain|delete|recycle)\b/i)?.[1]?.toLowerCase();
  const className = readStorage(said).storageClass ?? (/\bmanual\b/i.test(said.text) ? 'manual' : '');
  return object('PersistentVolume', entity.name ?? 'data', undefined, {
    spec: {
      capacity: { storage: size },
      accessModes: [mode ?? 'ReadWriteOnce'],
      persistentVolumeReclaimPolicy: reclaim === 'delete' ? 'Delete' : 'Retain',
      storageClassName: className,
      ...mountOptions(said),
      ...sourceOf(said),
    },
  });
};

const PARAMETERS: Readonly<Record<string, string>> = {
  iopspergb: 'iopsPerGB', fstype: 'fstype', kmskeyid: 'kmsKeyId', skuname: 'skuName', storageaccounttype: 'storageAccountType', clusterid: 'clusterID', archiveondelete: 'archiveOnDelete',
}; // prettier-ignore

/** How its provisioner is told what to make: `parameter type=gp3`, else the disk type that is named. */
function parameters(said: Said): DraftObject {
  const pairs: Record<string, string> = readPairs(said, 'parameters?');
  for (const m of said.takeAll(
    /\b(type|iops ?per ?gb|iops|throughput|encrypted|fs ?type|csi\.storage\.k8s\.io\/fstype|replication-type|kms ?key ?id|skuname|storage ?account ?type|pool|cluster ?id|archive ?on ?delete|repl)\s*(?:of|is|=|:|set to)?\s+["'`]?([\w.:/-]*\w)|\b(type|fstype|encrypted|pool|clusterID|archiveOnDelete|repl)\s*=\s*["'`]?([\w.:/-]*\w)/gi,
  )) {
    const key = PARAMETERS[(m[1] ?? m[3] ?? '').toLowerCase().replace(/\s/g, '')] ?? m[1] ?? m[3] ?? '';
    const value = m[2] ?? m[4] ?? '';
    if (!/^(?:and|with|the|of|is|or|default|class|volumes?)$/i.test(value)) pairs[key] ??= value;
  }
  const perGb = said.take(/\b(\d+)\s+iops per (?:gb|gib|gigabyte)\b/i)?.[1];
  if (perGb !== undefined) {
    delete pairs['iops'];
    pairs['iopsPerGB'] = perGb;
  }
  if (said.take(/\bencrypted\b(?!\s*(?:=|:|true|false|is))/i) !== undefined) pairs['encrypted'] ??= 'true';
  const disk = said.take(/\b(gp2|gp3|io1|io2|st1|sc1|pd-ssd|pd-standard|pd-balanced|hyperdisk-balanced)\b/i)?.[1];
  if (disk !== undefined) pairs['type'] ??= disk.toLowerCase();
  if (Object.keys(pairs).length > 0) return { parameters: pairs };
  return {};
}

export const storageClass: Reader = (entity, said) => {
  const provisioner =
    (said.take(/\b(?:no|without(?: an?)?)[ -]provisioner\b/i) === undefined
      ? undefined
      : 'kubernetes.io/no-provisioner') ??
    said.take(
      /\bprovisioner\s*(?:of|is|=|:|named|called)?\s*["'`]?(?!and\b|with\b|is\b)([a-z0-9][\w./-]*[\w])/i,
    )?.[1] ??
    said.take(/\b([a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:csi\.[a-z.]+|io\/[\w-]+|com))\b/i)?.[1] ??
    (said.take(/\bebs\b|\bgp3\b/i) ? 'ebs.csi.aws.com' : 'kubernetes.io/no-provisioner');
  const reclaim =
    said.take(/\b(retain|delete)\b/i)?.[1]?.toLowerCase() ??
    (said.take(/\b(?:volumes?|data|disks?)\b[^.;,]{0,24}\b(?:kept|keep|retained|survives?|stays?)\b[^.;,]*/i) ===
    undefined
      ? undefined
      : 'retain');
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

/** A picture of what a claim holds at one moment. */
export const volumeSnapshot: Reader = (entity, said, context) => {
  const claim = said.take(
    /\b(?:of|from|for|source)\s+(?:the\s+)?(?:pvc|(?:persistent ?volume ?)?claim)?\s*(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)/i,
  )?.[1];
  const className = said.take(
    /\b(?:volume ?)?snapshot ?class(?:name)?\s*(?:named |called |is |=|:)?\s*["'`]?([a-z0-9][a-z0-9-]*)|\bclass\s+["'`]?([a-z0-9][a-z0-9-]*)/i,
  );
  const name = className?.[1] ?? className?.[2];
  if (claim === undefined) return undefined;
  return object('VolumeSnapshot', entity.name ?? `${claim}-snapshot`, context.namespace, {
    spec: {
      ...(name === undefined ? {} : { volumeSnapshotClassName: name }),
      source: { persistentVolumeClaimName: claim },
    },
  });
};
