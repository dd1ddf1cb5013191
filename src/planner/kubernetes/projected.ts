/** Projected volumes: one folder made of Secrets, ConfigMaps, what the pod knows of itself, and tokens of its service account. */
import { DURATION, secondsOf } from '../grammar/quantities.ts';
import type { Passage } from '../text.ts';
import type { Said } from './attributes.ts';
import type { DraftObject } from './model.ts';

const ID = String.raw`["'\x60]?([a-z0-9][a-z0-9.-]*[a-z0-9]|[a-z])["'\x60]?`;
const NO_ID =
  /^(?:and|with|the|at|as|in|into|to|of|for|from|called|named|under|key|keys|its|token|a|an|volume|which|that)$/;
const ONE_FOLDER =
  /\bprojected (?:volume|folder|directory)|\bvolumes? (?:\w+ )?(?:is |are )?projected\b|\b(?:one|a single|the same|a common) (?:volume|folder|directory)\b[^.;]{0,60}\b(?:made (?:up )?(?:of|from)|combin\w+|contain\w+|merg\w+|from|with|holding)\b/i;

interface References {
  readonly configMaps: Set<string>;
  readonly secrets: Set<string>;
}

/** @returns the volume and where it goes, where the words speak of one */
export function readProjected(said: Said, refs: References): { volume: DraftObject; mount: DraftObject } | undefined {
  const about = said.passages.filter((p) => ONE_FOLDER.test(p.text));
  if (about.length === 0) return undefined;
  const first = said.passages.findIndex((p) => p === about[0]);
  // What the volume is made of may be said in the sentences that follow.
  const parts = said.passages.slice(first);
  const sources = [...objectsIn(parts, refs), ...tokenIn(parts), ...downwardIn(parts)];
  if (sources.length === 0) return undefined;
  const take = (pattern: RegExp): string | undefined => {
    for (const part of parts) {
      const match = part.take(pattern);
      if (match !== undefined) return match[1] ?? match[2];
    }
    return undefined;
  };
  const name = take(new RegExp(String.raw`\b(?:projected\s+)?volume\s*,?\s+(?:called|named)\s+${ID}|\bprojected volume\s+${ID}(?=\s+(?:at|mounted|under|to|in)\b)`, 'i')); // prettier-ignore
  const path = take(/\b(?:at|under|in|into|on|to)\s+(?:the (?:path|folder|directory)\s+)?["'`]?(\/[\w./-]*\w)/i);
  if (path === undefined) return undefined;
  take(/\bprojected(?: volume)?s?\b/i);
  take(/\b(?:that |which )?(?:combin|contain|merg)\w+\b/i);
  const mode = modeIn(parts);
  const volume = name !== undefined && !NO_ID.test(name) ? name : 'projected';
  const readOnly = parts.some((p) => p.take(/\bread[- ]?only\b/i) !== undefined);
  return {
    volume: { name: volume, projected: { sources, ...(mode === undefined ? {} : { defaultMode: mode }) } },
    mount: { name: volume, mountPath: path, ...(readOnly ? { readOnly: true } : {}) },
  };
}

/** "mode 0440", "default mode of 0400": the number that the octal text stands for. */
export function modeIn(parts: readonly Passage[]): number | undefined {
  for (const part of parts) {
    const mode = part.take(/\b(?:default ?)?(?:mode|permissions?)\s*(?:of|is|=|:)?\s*["'`]?(0?[0-7]{3})\b/i)?.[1];
    if (mode !== undefined) return Number.parseInt(mode, 8);
  }
  return undefined;
}

/** "its key settings as app.ini", "key ca.crt to path certs/ca.crt": which keys become which files. */
export function itemsIn(text: string): DraftObject[] {
  return [
    ...text.matchAll(
      /\bkeys?\s+["'`]?([\w.-]*\w)["'`]?\s*(?:(?:is|are|gets?)\s+)?(?:(?:mounted|projected|mapped|placed|available)\s*,?\s*)?(?:as|to|under|at|->|=>|into|in)\s+(?:the\s+)?(?:file\s*(?:named |called )?|path\s+|name\s+)?["'`]?([\w-][\w./-]*\w)/gi,
    ),
  ]
    .filter(
      (m) => !/^(?:environment|env|variable|the|a|an)$/i.test(m[2] ?? '') && !/^[A-Z][A-Z0-9_]+$/.test(m[2] ?? ''),
    )
    .map((m) => ({ key: m[1] ?? '', path: m[2] ?? '' }));
}

function objectsIn(parts: readonly Passage[], refs: References): DraftObject[] {
  const found: DraftObject[] = [];
  for (const part of parts)
    for (const m of part.takeAll(
      new RegExp(
        String.raw`\b(secret|config ?-?map)(s)?\s+(?:called |named )?${ID}((?:\s*(?:,\s*and|,|and|&)\s*(?!(?:the|a|an|secrets?|config|service|downward|pods?)\b)["'\x60]?[a-z0-9][a-z0-9.-]*["'\x60]?(?=[\s,.;)]))*)(?=([^.;]{0,70}))`,
        'gi',
      ),
    )) {
      const secret = /^s/i.test(m[1] ?? '');
      const more = m[2] === undefined ? [] : (m[4] ?? '').split(/\s*(?:,\s*and|,|\band\b|&)\s*/);
      for (const name of [m[3] ?? '', ...more]
        .map((n) => n.replace(/["'`\s]/g, ''))
        .filter((n) => n !== '' && !NO_ID.test(n))) {
        (secret ? refs.secrets : refs.configMaps).add(name);
        const items = itemsIn((m[5] ?? '').split(/\b(?:secret|config ?-?map|downward|service ?account)\b/i)[0] ?? '');
        const source = { name, ...(items.length === 0 ? {} : { items }) };
        if (!JSON.stringify(found).includes(JSON.stringify(source)))
          found.push({ [secret ? 'secret' : 'configMap']: source });
      }
    }
  return found;
}

/** "a service account token for audience vault that expires after 7200 seconds (path token)". */
function tokenIn(parts: readonly Passage[]): DraftObject[] {
  for (const part of parts) {
    const mark = part.take(/\bservice ?-?account ?-?tokens?\b|\b(?:bound|api) token\b/i);
    if (mark === undefined) continue;
    const words = part.slice(mark.index);
    const audience = words.take(/\baudience\s*(?:of|is|=|:)?\s*["'`]?([a-z0-9][\w.:/-]*\w)/i)?.[1];
    const expires = words.take(
      new RegExp(`\\bexpir\\w*(?: seconds)?\\s*(?:after|in|of|is|=|:|time)*\\s*(?:${DURATION}|(\\d+))`, 'i'),
    );
    const path = words.take(/\b(?:path|file)\s*(?:of|is|=|:|named|called)?\s*["'`]?([a-z0-9][\w.-]*)/i)?.[1];
    return [
      {
        serviceAccountToken: {
          path: path ?? 'token',
          ...(audience === undefined ? {} : { audience }),
          expirationSeconds:
            expires === undefined
              ? 3600
              : expires[1] === undefined
                ? Number(expires[3])
                : secondsOf(expires[1], expires[2] ?? 's'),
        },
      },
    ];
  }
  return [];
}

const OWN: readonly (readonly [RegExp, string, string])[] = [
  [/\blabels?\b/i, 'labels', 'metadata.labels'],
  [/\bannotations?\b/i, 'annotations', 'metadata.annotations'],
  [/\b(?:pod'?s? )?name\b(?! ?space)/i, 'name', 'metadata.name'],
  [/\bnamespace\b/i, 'namespace', 'metadata.namespace'],
  [/\buid\b/i, 'uid', 'metadata.uid'],
];
const AMOUNTS: readonly (readonly [RegExp, string, string])[] = [
  [/\bcpu limits?\b/i, 'cpu_limit', 'limits.cpu'],
  [/\bcpu requests?\b/i, 'cpu_request', 'requests.cpu'],
  [/\bmemory limits?\b/i, 'mem_limit', 'limits.memory'],
  [/\bmemory requests?\b/i, 'mem_request', 'requests.memory'],
];

/** What the pod tells of itself, in the clause that speaks of the downward API. */
export function downwardItems(clause: string): DraftObject[] {
  const named = /\bfiles?\s+(?:named |called )?["'`]?([\w.-]*\w)/i.exec(clause)?.[1];
  const plain = OWN.filter(([word]) => word.test(clause));
  return [
    ...plain.map(([, path, fieldPath]) => ({
      path: plain.length === 1 && named !== undefined && !/^(?:with|of|for|and)$/.test(named) ? named : path,
      fieldRef: { fieldPath },
    })),
    ...AMOUNTS.filter(([word]) => word.test(clause)).map(([, path, resource]) => ({
      path,
      resourceFieldRef: { resource },
    })),
  ];
}

function downwardIn(parts: readonly Passage[]): DraftObject[] {
  for (const part of parts) {
    const mark = part.take(/[^.;]*\bdownward ?api\b[^.;]*/i);
    if (mark === undefined) continue;
    const clause = mark[0].split(/,\s*(?:and\s+)?(?=(?:the\s+|an?\s+)?(?:secret|config ?map|service ?account))/i).find((c) => /downward/i.test(c)) ?? ''; // prettier-ignore
    const own = clause.replace(
      /[^]*\b(?:secret|config ?-?map)s?\s+["'`]?[a-z0-9][a-z0-9.-]*["'`]?\s*(?:,\s*and|,|and)/i,
      '',
    );
    const items = downwardItems(own);
    return [{ downwardAPI: { items: items.length > 0 ? items : downwardItems('labels') } }];
  }
  return [];
}
