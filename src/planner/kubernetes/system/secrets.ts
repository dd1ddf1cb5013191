/** Secrets and settings that are there already and that a system's services are told to read. */
import type { ClusterBuilder } from '../builder.ts';
import type { Draft, DraftObject, Workload } from '../model.ts';
import type { Passage } from '../../text.ts';
import { CACHE_PASSWORD } from '../guarded.ts';
import { wholeSentences } from './naming.ts';
import type { Part } from './part.ts';
import type { Parts } from './parts.ts';

const NAME = String.raw`["'\x60]?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)["'\x60]?`;
const KEY = String.raw`["'\x60]?([A-Za-z_][\w.-]*\w|[a-z])["'\x60]?`;
const SECRET = String.raw`(?:the\s+)?(?:existing\s+|given\s+|present\s+)?(?:k8s |kubernetes )?secret\s+(?:called |named |is )?`;
const WHAT = String.raw`\b((?:database|db|root|admin|user|login|mysql|postgres\w*|mariadb|mongo\w*|its|their|the|dashboard|broker|rabbitmq|redis)\s+)?(?:passwords?|pass|pw|credentials?|token)\b`;
const PASSWORDS: readonly { readonly pattern: RegExp; readonly key: number; readonly name: number }[] = [
  { pattern: new RegExp(String.raw`${WHAT}[^.;]{0,60}?\bkey\s*[:=]?\s*${KEY}\s*,?\s+(?:of|in|from)\s+${SECRET}${NAME}`, 'i'), key: 2, name: 3 },
  { pattern: new RegExp(String.raw`${WHAT}[^.;]{0,60}?\b${SECRET}${NAME}[,\s(]+(?:under\s+|with\s+|and\s+|the\s+|in\s+|at\s+)*key\s*[:=]?\s*${KEY}`, 'i'), key: 3, name: 2 },
  { pattern: new RegExp(String.raw`${WHAT}[^.;]{0,40}?\b(?:from|in|out of|of|is)\s+(?:the\s+)?existing\s+secret\s+(?:called |named )?${NAME}`, 'i'), key: -1, name: 2 },
]; // prettier-ignore

const SETTINGS = new RegExp(
  String.raw`\b(?:settings?|config(?:uration)?|env(?:ironment)?(?: variables?| vars?)?|variables|values|secrets|credentials|(?:access )?keys|[A-Z][A-Z0-9_]*_[A-Z0-9_]+(?:\s*(?:,|and)\s*(?:[A-Z][A-Z0-9_]+|such|so on|the like|friends|others?|etc\.?))+)(?:\s+[\w,]+){0,7}?\s+(?:comes?|are|is|taken|read|loaded|lives?|lies?|stored|found|provided|sits?)\b[^.;]{0,24}?\b(?:from|in|by)\s+(?:the\s+|an?\s+)?(?:existing\s+|given\s+)?(secret|config ?map)\s+(?:called |named )?${NAME}(?!\s+key\b)`,
  'i',
);

const READS = new RegExp(
  String.raw`\b(?:reads?|takes?|gets?|loads?|has|have)\s+(?:all\s+|both\s+)*(?:its|their|the)\s+(?:config\w*|settings?|env(?:ironment)?(?: variables?)?|variables|secrets)\s+from\s+(?:the\s+)?(?:existing\s+|given\s+)?(secret|config ?map)\s+(?:called |named )?${NAME}(?!\s+key\b)`,
  'i',
);

/** Words that only repeat what is done anyway: passwords are never written. */
const USUAL =
  /\b(?:(?:both|all|db|database|admin|the|its|their|root|user)\s+(?:and\s+)?)*(?:passwords?|credentials?|tokens?)\s+(?:should\s+|must\s+)?(?:are\s+|is\s+|be\s+|come\s+|comes\s+|go\s+|kept\s+)?(?:taken\s+|read\s+)?(?:via|from|in|as|out of|through|by)\s+(?:an?\s+)?(?:kubernetes\s+|k8s\s+)?secrets?\b(?!\s+[a-z0-9]+-)|\bpasswords?\s+never\s+in\s+(?:clear|plain)\s*-?\s*text\b|\b[\w-]+ token as an? secret\b/gi;

/** Reads them and sets them in the workloads, before these are wired to each other. */
export function giveSecrets(
  builder: ClusterBuilder,
  parts: Parts,
  workloadOf: (part: Part) => Workload | undefined,
): void {
  for (const sentence of wholeSentences(parts.text)) {
    const here = parts.spoken.filter((s) => s.start >= sentence.at && s.start < sentence.at + sentence.text.length);
    password(
      builder,
      parts,
      sentence,
      here.map((s) => s.part),
      workloadOf,
    );
    settings(
      builder,
      parts,
      sentence,
      here.map((s) => s.part),
      workloadOf,
    );
    sentence.takeAll(USUAL);
  }
}

function password(
  builder: ClusterBuilder,
  parts: Parts,
  sentence: Passage,
  here: readonly Part[],
  workloadOf: (part: Part) => Workload | undefined,
): void {
  for (const { pattern, key, name } of PASSWORDS) {
    const match = sentence.take(pattern);
    const secret = match?.[name];
    if (match === undefined || secret === undefined || /^(?:with|key|named|called|that|which|for)$/.test(secret))
      continue;
    const ref: DraftObject = { secretKeyRef: { name: secret, key: key < 0 ? 'password' : (match[key] ?? 'password') } };
    const admin = /\badmin|dashboard|login/i.test(match[1] ?? '');
    // A cache of whose password the words speak has one.
    if (/redis|cache/i.test(match[1] ?? '') || here.some((p) => p.entity.app?.engine === 'redis'))
      for (const part of parts.parts)
        if (part.entity.app?.engine === 'redis') workloadOf(part)?.containers[0]?.secrets.push(CACHE_PASSWORD);
    const holders = parts.parts.filter((p) => (workloadOf(p)?.containers[0]?.secrets.length ?? 0) > 0);
    const chosen = admin
      ? here.filter((p) => holders.includes(p))
      : holders.filter((p) =>
          /redis|cache/i.test(match[1] ?? '') ? p.entity.app?.engine === 'redis' : p.entity.app?.role === 'database',
        );
    const named = chosen.filter((p) => here.includes(p));
    for (const part of named.length > 0 ? named : chosen.length > 0 ? chosen : holders.slice(0, 1)) {
      const container = workloadOf(part)?.containers[0];
      if (container === undefined) continue;
      const env = (container.fields['env'] ?? []) as Draft[];
      const own = container.secrets.filter(
        (s) => /PASS|TOKEN|SECRET/.test(s) && (!/\broot/i.test(match[1] ?? '') || /ROOT/.test(s)),
      );
      container.fields['env'] = [...env, ...own.map((s): Draft => ({ name: s, valueFrom: { ...ref } }))];
    }
    builder.refs.secrets.add(secret);
    return;
  }
}

function settings(
  builder: ClusterBuilder,
  parts: Parts,
  sentence: Passage,
  here: readonly Part[],
  workloadOf: (part: Part) => Workload | undefined,
): void {
  const match = sentence.take(SETTINGS) ?? sentence.take(READS);
  if (match?.[2] === undefined || /\bkey\b/i.test(match[0])) return;
  const secret = /^s/i.test(match[1] ?? '');
  const named = here.filter((p) => p.own && p.of === undefined);
  const own = parts.parts.filter(
    (p) => p.own && (named.length === 0 || named.includes(p) || (p.of !== undefined && named.includes(p.of))),
  );
  for (const part of own) {
    const container = workloadOf(part)?.containers[0];
    if (container === undefined) continue;
    const ref: Draft = { [secret ? 'secretRef' : 'configMapRef']: { name: match[2] } };
    const present = (container.fields['envFrom'] ?? []) as Draft[];
    builder.told.add(container);
    if (!present.some((p) => JSON.stringify(p) === JSON.stringify(ref)))
      container.fields['envFrom'] = [...present, ref];
  }
  (secret ? builder.refs.secrets : builder.refs.configMaps).add(match[2]);
}
