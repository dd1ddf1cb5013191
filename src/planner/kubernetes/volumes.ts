/** Folders, configuration and storage that words put into a pod. */
import { SIZE, sizeOf } from '../grammar/quantities.ts';
import type { DraftObject } from './model.ts';
import { dnsName } from './names.ts';
import type { Said } from './attributes.ts';

/** Volumes and mounts in words: shared folders, ConfigMaps, Secrets, claims and host folders at a path. */
export function readMounts(
  said: Said,
  refs: { configMaps: Set<string>; secrets: Set<string>; claims: Set<string> },
): { volumes: DraftObject[]; mounts: DraftObject[] } {
  const volumes: DraftObject[] = [];
  const mounts: DraftObject[] = [];
  const add = (name: string, source: DraftObject, path: string, more: DraftObject = {}): void => {
    if (!volumes.some((v) => v['name'] === name)) volumes.push({ name, ...source });
    if (!mounts.some((m) => m['mountPath'] === path)) mounts.push({ name, mountPath: path, ...more });
  };
  const id = String.raw`["'\x60]?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)["'\x60]?`;
  const path = String.raw`["'\x60]?(\/[\w./-]*\w|\/)["'\x60]?`;
  const mounted = String.raw`(?:(?!config ?-?map|secret|pvc|claim)[^.;/]){0,60}?\b(?:mount(?:ed|s)?|at|under|in|into|to|available)\b[^.;/,]{0,24}?`;
  for (const match of said.takeAll(
    new RegExp(
      String.raw`\b(config ?-?map|secret|pvc|(?:persistent ?volume ?|volume )?claim|persistentvolumeclaim)\s+(?:named |called )?${id}${mounted}\s${path}`,
      'gi',
    ),
  )) {
    const [, kind = '', name = '', where = '/data'] = match;
    if (/^(?:at|mounted|as|is|from|the|and|in|to)$/i.test(name)) continue;
    if (/^c(?:on)/i.test(kind)) {
      refs.configMaps.add(name);
      add(name, { configMap: { name } }, where, { readOnly: true });
    } else if (/^s/i.test(kind)) {
      refs.secrets.add(name);
      add(name, { secret: { secretName: name } }, where, { readOnly: true });
    } else {
      refs.claims.add(name);
      add(name, { persistentVolumeClaim: { claimName: name } }, where);
    }
  }
  for (const match of said.takeAll(
    new RegExp(
      String.raw`\bmount(?:s|ed|ing)?\s+(?:the\s+)?(config ?-?map|secret|pvc|claim)\s+(?:named |called )?${id}\s+(?:at|to|in|under|on)\s+${path}`,
      'gi',
    ),
  )) {
    const [, kind = '', name = '', where = '/data'] = match;
    if (/^c(?:on)/i.test(kind)) {
      refs.configMaps.add(name);
      add(name, { configMap: { name } }, where, { readOnly: true });
    } else if (/^s/i.test(kind)) {
      refs.secrets.add(name);
      add(name, { secret: { secretName: name } }, where, { readOnly: true });
    } else {
      refs.claims.add(name);
      add(name, { persistentVolumeClaim: { claimName: name } }, where);
    }
  }
  for (const match of said.takeAll(
    new RegExp(
      String.raw`\b(?:host ?path|host (?:folder|directory|path)|node'?s? (?:folder|directory|path))(?: volume)?\s+(?:of\s+)?${path}(?:[^.;/]{0,40}?\b(?:at|to|under|into|on)\s+${path})?`,
      'gi',
    ),
  )) {
    const where = match[2] ?? match[1] ?? '/host';
    add(
      `host${dnsName(match[1] ?? 'path').replace(/[^a-z0-9]+/g, '-') === '' ? '' : '-'}${dnsName((match[1] ?? '').replaceAll('/', '-'))}`,
      { hostPath: { path: match[1] ?? '/' } },
      where,
      match[2] === undefined ? { readOnly: true } : {},
    );
  }
  for (const match of said.takeAll(
    new RegExp(
      String.raw`\b(?:shar(?:es?|ed|ing)\s+(?:an?\s+|the\s+)?)?(?:empty ?-?dir(?:\s+volume)?|volume|shared volume|scratch volume)\s+(?:named |called )?${id}[^.;/]{0,40}?\b(?:at|mounted|under|on|in|to)\b[^.;/]{0,16}?\s${path}`,
      'gi',
    ),
  )) {
    const name = match[1] ?? 'shared';
    if (/^(?:at|mounted|is|the|in|on|for|under|of|each|per|with|that|to|and|both)$/.test(name) || refs.claims.has(name))
      continue;
    add(name, { emptyDir: {} }, match[2] ?? '/shared');
  }
  if (volumes.length === 0) {
    const shared = said.take(
      new RegExp(
        String.raw`\b(?:empty ?-?dir|shared? (?:an? )?(?:volume|folder|directory)|share (?:an? )?(?:volume|folder|directory)|scratch (?:space|volume))\b[^.;/]{0,40}?\s${path}`,
        'i',
      ),
    );
    if (shared?.[1] !== undefined) add('shared', { emptyDir: {} }, shared[1]);
  }
  const shm = said.take(new RegExp(String.raw`\bshared memory\b|/dev/shm|\bmemory-backed\b`, 'i'));
  if (shm !== undefined) {
    const size = said.take(new RegExp(`${SIZE}(?=\\s+(?:of\\s+)?(?:shared memory|shm))`, 'i'));
    add(
      'shm',
      {
        emptyDir: {
          medium: 'Memory',
          ...(size?.[1] === undefined ? {} : { sizeLimit: sizeOf(size[1], size[2] ?? 'Gi') }),
        },
      },
      '/dev/shm',
    );
  }
  return { volumes, mounts };
}

/** How much to keep, from "10Gi each", "20 GB of storage", "a 5Gi volume". */
export function readStorage(said: Said): {
  size: string | undefined;
  storageClass: string | undefined;
  path: string | undefined;
  mode: string | undefined;
} {
  const size =
    said.take(
      new RegExp(
        `${SIZE}\\s*(?:of\\s+)?(?:persistent |block |ssd |disk |fast )*(?:storage|disk|volumes?|pvcs?|claims?|each|per (?:node|pod|replica|broker)|persist\\w*|ssd|data|capacity|for (?:the |its )?(?:models?|data|weights|files?|uploads?|media|logs?|metrics|content|images))`,
        'i',
      ),
    ) ??
    said.take(
      new RegExp(
        `(?:storage|disk|volumes?|pvcs?|claims?|volume claim template|data|capacity|persist\\w*)\\b[^.;\\d]{0,30}?${SIZE}`,
        'i',
      ),
    );
  const storageClass =
    said.take(
      /\bstorage ?-?class(?:name)?\s*(?:named |called |of |is |=|:)?\s*["'`]?([a-z0-9][a-z0-9.-]*[a-z0-9])/i,
    )?.[1] ?? said.take(/["'`]?([a-z0-9][a-z0-9-]*)["'`]? storage ?class/i)?.[1];
  const path = said.take(
    /\b(?:data|storage|volume|pvc|claim|disk|persist\w*)\b[^.;/]{0,40}?\b(?:at|under|in|on|mounted)\b[^.;/]{0,12}\s(\/[\w./-]*\w)/i,
  )?.[1];
  const mode = said.take(
    /\b(read ?-?write ?-?once ?-?pod|read ?-?write ?-?once|read ?-?write ?-?many|read ?-?only ?-?many|RWOP|RWO|RWX|ROX)\b/i,
  )?.[1];
  return {
    size: size?.[1] === undefined ? undefined : sizeOf(size[1], size[2] ?? 'Gi'),
    storageClass: /^(?:the|a|default|given)$/.test(storageClass ?? '') ? undefined : storageClass,
    path,
    mode: mode === undefined ? undefined : accessMode(mode),
  };
}

export function accessMode(text: string): string {
  const t = text.toLowerCase().replace(/[^a-z]/g, '');
  if (t === 'rwx' || t === 'readwritemany') return 'ReadWriteMany';
  if (t === 'rox' || t === 'readonlymany') return 'ReadOnlyMany';
  if (t === 'rwop' || t === 'readwriteoncepod') return 'ReadWriteOncePod';
  return 'ReadWriteOnce';
}
