/** Folders, configuration and storage that words put into a pod. */
import { SIZE, sizeOf } from '../grammar/quantities.ts';
import type { DraftObject } from './model.ts';
import { dnsName } from './names.ts';
import type { Said } from './attributes.ts';
import { downwardItems, itemsIn, modeIn, readProjected } from './projected.ts';

/** What is mounted where, while it is being read. */
interface Mounting {
  readonly said: Said;
  readonly refs: { configMaps: Set<string>; secrets: Set<string>; claims: Set<string> };
  readonly volumes: DraftObject[];
  readonly mounts: DraftObject[];
  readonly add: (name: string, source: DraftObject, path: string, more?: DraftObject) => void;
}

const ID = String.raw`["'\x60]?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)["'\x60]?`;
const PATH = String.raw`["'\x60]?(\/[\w./-]*\w|\/)["'\x60]?`;
const MOUNTED = String.raw`(?:(?!config ?-?map|secret|pvc|claim)[^.;/]){0,60}?\b(?:mount(?:ed|s)?|at|under|below|in|into|to|available)\b[^.;/,]{0,24}?`;
const KEPT = [
  String.raw`\b(config ?-?map|secret|pvc|(?:persistent ?volume ?|volume )?claim|persistentvolumeclaim)(?:\s+templates?)?\s+(?:named |called )?${ID}${MOUNTED}\s${PATH}`,
  String.raw`\bmount(?:s|ed|ing)?\s+(?:the\s+)?(config ?-?map|secret|pvc|claim)\s+(?:named |called )?${ID}\s+(?:at|to|in|under|on)\s+${PATH}`,
];
const HOST = [
  String.raw`\b(?:host ?path|host (?:folder|directory|path)|(?:node|host)'?s? (?:folder|directory|path))(?: volume)?\s+(?:of\s+|from\s+)?${PATH}(?:[^.;/]{0,40}?\b(?:at|to|under|into|on)\s+${PATH})?`,
  String.raw`${PATH}\s+(?:of|from|on)\s+(?:the|each|every|its)\s+(?:host|node)\b(?:[^.;/]{0,40}?\b(?:at|to|under|into|on)\s+${PATH})?`,
  String.raw`\b(?:the )?(?:host|node)'?s?\s+${PATH}(?:[^.;/]{0,40}?\b(?:at|to|under|into|on)\s+${PATH})?`,
];
const EMPTY = /\b(?:empty ?-?dirs?|(?:shared?|scratch|temporary|common) (?:volume|folder|directory|space))\b/gi;
const NAMED_VOLUME = String.raw`(?:volume|shared volume)\s+(?:named |called )?${ID}`;
const MOUNT = String.raw`\b(?:mount(?:s|ed|ing)?|shar(?:es?|ed|ing)|us(?:es|ing))\s+(?:(?:the|an?|same)\s+)*(?:${NAMED_VOLUME}|["'\x60]?([a-z0-9]+(?:-[a-z0-9]+)+)["'\x60]?(?: volume)?|["'\x60]([a-z0-9-]+)["'\x60])[^.;/]{0,30}?\b(?:at|on|to|under|in|into)\b[^.;/,]{0,12}?\s?${PATH}(?:\s*\(?(read[- ]?only))?`;

/** Volumes and mounts in words: shared folders, ConfigMaps, Secrets, claims and host folders at a path. */
export function readMounts(said: Said, refs: Mounting['refs']): { volumes: DraftObject[]; mounts: DraftObject[] } {
  const volumes: DraftObject[] = [];
  const mounts: DraftObject[] = [];
  const add: Mounting['add'] = (name, source, path, more = {}) => {
    if (!volumes.some((v) => v['name'] === name)) volumes.push({ name, ...source });
    if (!mounts.some((m) => m['mountPath'] === path)) mounts.push({ name, mountPath: path, ...more });
  };
  const mounting: Mounting = { said, refs, volumes, mounts, add };
  const projected = readProjected(said, refs);
  if (projected !== undefined) {
    volumes.push(projected.volume);
    mounts.push(projected.mount);
    return { volumes, mounts };
  }
  for (const pattern of KEPT) mountKept(mounting, new RegExp(pattern, 'gi'));
  mountPathFirst(mounting);
  mountDownward(mounting);
  mountHost(mounting);
  mountEmpty(mounting);
  mountNamed(mounting);
  mountMemory(mounting);
  return { volumes, mounts };
}

/** Objects with a name: ConfigMaps, Secrets, claims. */
function mountKept(mounting: Mounting, pattern: RegExp): void {
  const { said } = mounting;
  for (const match of said.takeAll(pattern)) {
    const [, kind = '', name = '', where = '/data'] = match;
    const details = detailsOf(said, match, where);
    if (!/^(?:at|mounted|as|is|from|the|and|in|to)$/i.test(name)) mountKind(mounting, kind, name, where, details);
  }
}

/** @param kind the word for the object, as it was said */
function mountKind(
  { refs, add }: Mounting,
  kind: string,
  name: string,
  where: string,
  { source, mount }: ReturnType<typeof detailsOf>,
): void {
  if (/^con/i.test(kind)) {
    refs.configMaps.add(name);
    add(name, { configMap: { name, ...source } }, where, { ...mount, readOnly: true });
  } else if (/^s/i.test(kind)) {
    refs.secrets.add(name);
    add(name, { secret: { secretName: name, ...source } }, where, { ...mount, readOnly: true });
  } else {
    refs.claims.add(name);
    add(name, { persistentVolumeClaim: { claimName: name } }, where, mount);
  }
}

/** "a downwardAPI volume at /etc/podinfo with the labels and annotations": what the pod knows of itself, as files. */
function mountDownward({ said, add }: Mounting): void {
  for (const passage of said.passages) {
    if (!/\bdownward ?-?api\b/i.test(passage.text) || !/\bvolumes?\b|\bfiles?\b|\bmount/i.test(passage.text)) continue;
    const clause = /[^.;]*\bdownward ?-?api\b(?:[^.;]|\.(?=\S))*/i.exec(passage.text)?.[0] ?? '';
    const path = new RegExp(String.raw`\b(?:at|under|in|to|into|on)\s+${PATH}`, 'i').exec(clause)?.[1];
    const items = downwardItems(clause);
    if (path === undefined || items.length === 0) continue;
    passage.take(/\bdownward ?-?api\b(?: volume)?/i);
    add('podinfo', { downwardAPI: { items } }, path);
  }
}

/** "a volume mount for /var/lib/mysql using the PVC x", "/etc/app from config map y". */
function mountPathFirst(mounting: Mounting): void {
  const { said, mounts } = mounting;
  const pattern = new RegExp(
    String.raw`(?<![\w.])${PATH}\s+(?:(?:using|from|with|via|of|comes from|(?:is )?backed by|(?:is )?provided by|(?:is )?filled from|which is|is|on)\s+)(?:an?\s+|the\s+)?(?:existing\s+)?(config ?-?map|secret|pvc|(?:persistent ?volume ?|volume )?claim)\s+(?:named |called )?${ID}`,
    'gi',
  );
  for (const match of said.takeAll(pattern)) {
    const [, where = '/data', kind = '', name = ''] = match;
    if (
      /^(?:at|mounted|as|is|from|the|and|in|to|named|called|which|that)$/i.test(name) ||
      mounts.some((m) => m['mountPath'] === where)
    )
      continue;
    mountKind(mounting, kind, name, where, detailsOf(said, match, where));
  }
}

/** Of an object that is mounted: a file alone (`subPath`), single keys, the files' mode. */
export function detailsOf(
  said: Said,
  match: RegExpExecArray,
  where: string,
): { source: DraftObject; mount: DraftObject } {
  const rest = match.input.slice(match.index);
  const next = rest.slice(1).search(/\b(?:config ?-?map|secret|pvc|claim)\b/i);
  const words = next < 0 || next + 1 < match[0].length ? rest : rest.slice(0, next + 1);
  const sub = said.take(
    /\bsub ?-?path\b(?:\s*(?:of|is|=|:|named)?\s*["'`]?(?!(?:so|to|and|in|for|at|mount\w*)\b)([\w-][\w./-]*\w))?/i,
  );
  const file = /\/([\w-][\w.-]*\.\w+)$/.exec(where)?.[1];
  const single =
    sub === undefined &&
    file !== undefined &&
    said.take(/\b(?:as )?an? (?:single|one) file\b|\bonly (?:this|that|the) file\b/i) !== undefined;
  const subPath = single ? file : sub === undefined ? undefined : (sub[1] ?? file);
  const items = itemsIn(words);
  if (items.length > 0)
    said.take(
      /\b(?:but )?(?:only )?(?:its |the )?keys?\s+["'`]?[\w.-]+["'`]?[^.;]{0,20}?\b(?:as|to)\s+(?:the\s+)?(?:file\s+)?["'`]?[\w./-]+/i,
    );
  const mode = modeIn(said.passages);
  return {
    source: {
      ...(items.length === 0 || subPath !== undefined ? {} : { items }),
      ...(mode === undefined ? {} : { defaultMode: mode }),
    },
    mount: {
      ...(subPath === undefined ? {} : { subPath }),
      ...(/^[^;]*?\bread[- ]?only\b(?! root)/i.test(match[0]) ? { readOnly: true } : {}),
    },
  };
}

function mountHost({ said, add }: Mounting): void {
  for (const pattern of HOST)
    for (const match of said.takeAll(new RegExp(pattern, 'gi'))) {
      const [, source = '/', target] = match;
      const after = match.input.slice(match.index + match[0].length);
      const readOnly =
        target === undefined || /\bread[- ]?only\b/i.test(match[0]) || /^[^.;]{0,12}\bread[- ]?only\b/i.test(after);
      const type = said.take(
        /\b(?:of |with )?type (DirectoryOrCreate|Directory|FileOrCreate|File|Socket|CharDevice|BlockDevice)\b/,
      )?.[1];
      const hostPath = (path: string): DraftObject => ({ hostPath: { path, ...(type === undefined ? {} : { type }) } });
      const add1 = (path: string, where: string, only: boolean): void => add(`host-${dnsName(path.replaceAll('/', '-'))}`.replace(/-$/, ''), hostPath(path), where, only ? { readOnly: true } : {}); // prettier-ignore
      const more = [...after.matchAll(/(?:^|\s*(?:,\s*and|,|and)\s+)["'`]?(\/[\w./-]*\w)["'`]?(?:\s+(?:at|to|on|under)\s+["'`]?(\/[\w./-]*\w))?((?:\s*\(?read[- ]?only)?)/gy)]; // prettier-ignore
      const allReadOnly =
        more.length > 0 &&
        /^[^.;]{0,12}\bread[- ]?only\b/i.test(after.slice((more.at(-1)?.index ?? 0) + (more.at(-1)?.[0].length ?? 0)));
      add1(source, target ?? source, readOnly || allReadOnly);
      for (const m of more) {
        said.take(new RegExp((m[1] ?? '/').replace(/[.]/g, '\\.')));
        add1(m[1] ?? '/', m[2] ?? m[1] ?? '/', m[2] === undefined || m[3] !== '' || allReadOnly);
      }
    }
  said.take(/\(\s*read[- ]?only\s*\)/i);
}

/** Each `emptyDir` with the words around it: its name, its medium, its size and where it goes. */
function mountEmpty({ said, refs, add }: Mounting): void {
  for (const passage of said.passages) {
    const marks = [...passage.text.matchAll(EMPTY)];
    marks.forEach((mark, index) => {
      const from = Math.max(marks[index - 1] === undefined ? 0 : (marks[index - 1]?.index ?? 0) + 8, mark.index - 24);
      const part = passage.slice(from, marks[index + 1]?.index);
      const words = passage.slice(mark.index + mark[0].length, marks[index + 1]?.index);
      const path = words.take(new RegExp(String.raw`[\s(]${PATH}`, 'i'))?.[1];
      if (path === undefined) return;
      const others = /s$/i.test(mark[0]) ? [...words.text.slice(words.text.indexOf(path) + path.length).matchAll(/(?:^|\s*(?:,\s*and|,|and)\s+)["'`]?(\/[\w./-]*\w)/gy)] : []; // prettier-ignore
      others.forEach((m, i) => {
        words.take(new RegExp((m[1] ?? '/').replace(/[.]/g, '\\.')));
        add(`scratch-${i + 2}`, { emptyDir: {} }, m[1] ?? '/');
      });
      const name =
        words.take(new RegExp(String.raw`^[^.;/]{0,40}?\b(?:named|called)\s+${ID}`, 'i'))?.[1] ??
        words.take(new RegExp(String.raw`^(?:\s+volume)?\s+${ID}(?=\s+(?:at|mounted|under|on|in|to|is|shared|of|with)\b)`, 'i'))?.[1]; // prettier-ignore
      part.take(/\bempty ?-?dirs?\b(?: volume)?/i);
      const memory = part.take(/\bin[- ]?memory\b|\bmemory[- ]backed\b|\btmpfs\b|\bmedium\s*(?:=|:|of)?\s*memory\b/i);
      const size = memory === undefined && !/\bsize|limit|^[^.;/]{0,30}\bof\s+\d/i.test(words.text) ? undefined : part.take(new RegExp(`(?:size ?limit|limit(?:ed to)?|size|of)?\\s*(?:of|=|:)?\\s*${SIZE}`, 'i')); // prettier-ignore
      const usable =
        name !== undefined && !/^(?:volumes?|at|mounted|is|the|with|that|which|shared|both|and)$/.test(name);
      if (usable && refs.claims.has(name)) return;
      add(
        usable ? name : index === 0 ? 'shared' : `shared-${index + 1}`,
        {
          emptyDir: {
            ...(memory === undefined ? {} : { medium: 'Memory' }),
            ...(size?.[1] === undefined ? {} : { sizeLimit: sizeOf(size[1], size[2] ?? 'Gi') }),
          },
        },
        path,
      );
    });
  }
}

/** "mounts shared-data at /pod-data": a volume that is named where it is mounted. */
function mountNamed({ said, refs, volumes, mounts }: Mounting): void {
  for (const [, volume, dashed, quoted, path = '/data', readOnly] of said.takeAll(new RegExp(MOUNT, 'gi'))) {
    const name = volume ?? dashed ?? quoted ?? '';
    if (
      /^(?:at|mounted|is|the|in|on|for|under|of|each|per|with|that|to|and|both|read-?only|read-write|in-memory)$/.test(
        name,
      )
    )
      continue;
    if (refs.configMaps.has(name) || refs.secrets.has(name) || refs.claims.has(name)) continue;
    if (!volumes.some((v) => v['name'] === name)) volumes.push({ name, emptyDir: {} });
    if (!mounts.some((m) => m['mountPath'] === path))
      mounts.push({ name, mountPath: path, ...(readOnly === undefined ? {} : { readOnly: true }) });
  }
}

function mountMemory({ said, add, volumes }: Mounting): void {
  if (volumes.some((v) => (v['emptyDir'] as DraftObject | undefined)?.['medium'] === 'Memory')) return;
  if (said.take(/\bshared memory\b|\/dev\/shm/i) === undefined) return;
  const size =
    said.take(new RegExp(`${SIZE}(?=\\s+(?:of\\s+)?(?:shared memory|shm|\\/dev\\/shm))`, 'i')) ??
    said.take(new RegExp(`(?:shared memory|\\/dev\\/shm)\\b[^.;,]{0,16}?${SIZE}`, 'i'));
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
  const path =
    said.take(
      new RegExp(`${SIZE}[^.;/]{0,30}?\\b(?:at|under|in|on|into|mounted at)\\s+["'\`]?(/[\\w./-]*\\w)`, 'i'),
    )?.[3] ??
    said.take(
      /\b(?:data|storage|volume|pvc|claim|disk|persist\w*)\b[^.;/]{0,40}?\b(?:at|under|in|on|mounted)\b[^.;/]{0,12}\s(\/[\w./-]*\w)/i,
    )?.[1];

  // "asks for the class sc, which does not exist; the one we have is standard"
  const instead = said.take(
    /\bclass(?:es)?\b[^.;]{0,30}?\b(?:(?:that )?we (?:do )?have|that (?:does )?exists?|available|there is|to use|instead)\b[^.;]{0,20}?\b(?:is|are|=|:)\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)/i,
  )?.[1];
  if (instead !== undefined)
    return {
      size: size?.[1] === undefined ? undefined : sizeOf(size[1], size[2] ?? 'Gi'),
      storageClass: instead,
      path: undefined,
      mode: modeSaid(said),
    };
  return {
    size: size?.[1] === undefined ? undefined : sizeOf(size[1], size[2] ?? 'Gi'),
    storageClass: /^(?:the|a|an|no|so|that|which|default|given|in|with|and|for|of|on|is|using|from)$/.test(
      storageClass ?? '',
    )
      ? undefined
      : storageClass,
    path,
    mode: modeSaid(said),
  };
}

function modeSaid(said: Said): string | undefined {
  const mode = said.take(
    /\b(read ?-?write ?-?once ?-?pod|read ?-?write ?-?once|read ?-?write ?-?many|read ?-?only ?-?many|RWOP|RWO|RWX|ROX)\b/i,
  )?.[1];
  return mode === undefined ? undefined : accessMode(mode);
}

export function accessMode(text: string): string {
  const t = text.toLowerCase().replace(/[^a-z]/g, '');
  if (t === 'rwx' || t === 'readwritemany') return 'ReadWriteMany';
  if (t === 'rox' || t === 'readonlymany') return 'ReadOnlyMany';
  if (t === 'rwop' || t === 'readwriteoncepod') return 'ReadWriteOncePod';
  return 'ReadWriteOnce';
}
