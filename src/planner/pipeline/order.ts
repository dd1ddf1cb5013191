/** In which order the parts of a delivery come, and which run side by side. */
import type { Part, PartContext, PartId } from './parts.ts';

/** Ranks of the usual order; equal ranks run side by side. */
export const USUAL: Readonly<Record<PartId, number>> = {
  install: -1,
  lint: 0, test: 0, policy: 0, 'iac-scan': 0, run: 0.5,
  'code-build': 0.7,
  cluster: 1, build: 1, 'infra-plan': 1,
  scan: 2,
  push: 3, 'infra-apply': 3, 'infra-destroy': 3, load: 3,
  platform: 3.5,
  backup: 3.7, migrate: 4,
  deploy: 5, tekton: 5, rollout: 5,
  smoke: 6, gate: 6, dast: 6, e2e: 6.5, watch: 6.5, 'ask-model': 5,
  publish: 4.5, upload: 5, sbom: 2, sign: 3.2, flux: 5, logs: 6.7, traces: 6.7, annotate: 7, cleanup: 8, delete: 8, notify: 9,
}; // prettier-ignore

const STAGE_NAMES: Readonly<Record<PartId, string>> = {
  install: 'prepare', lint: 'check', test: 'check', policy: 'check', 'iac-scan': 'check', run: 'run', 'code-build': 'compile', cluster: 'build',
  build: 'build', 'infra-plan': 'build', scan: 'scan', push: 'push', 'infra-apply': 'apply', 'infra-destroy': 'destroy', load: 'load',
  platform: 'platform', backup: 'backup', migrate: 'migrate', deploy: 'deploy', tekton: 'run', rollout: 'deploy', smoke: 'verify',
  gate: 'verify', e2e: 'verify', dast: 'verify', watch: 'verify', 'ask-model': 'ask', cleanup: 'cleanup', notify: 'notify',
  sbom: 'scan', sign: 'sign', flux: 'deploy', logs: 'verify', traces: 'verify', annotate: 'annotate', publish: 'publish', upload: 'upload', delete: 'delete',
}; // prettier-ignore

/** What cannot come before what it needs, wherever the text speaks of it. */
const NEEDS: Readonly<Partial<Record<PartId, readonly PartId[]>>> = {
  scan: ['build'],
  push: ['build', 'test', 'scan', 'sbom'],
  sbom: ['build'],
  sign: ['build', 'push', 'scan'],
  logs: ['deploy', 'flux', 'tekton', 'smoke'],
  traces: ['deploy', 'flux', 'tekton', 'smoke'],
  annotate: ['deploy', 'flux', 'smoke'],
  flux: ['push', 'sign'],
  build: ['test', 'lint', 'code-build'],
  load: ['build', 'cluster'],
  'infra-plan': ['iac-scan', 'policy'],
  'infra-apply': ['infra-plan', 'iac-scan'],
  migrate: ['backup', 'build'],
  deploy: [
    'push',
    'infra-plan',
    'iac-scan',
    'sign',
    'load',
    'build',
    'infra-apply',
    'migrate',
    'platform',
    'policy',
    'cluster',
  ],
  publish: ['test', 'lint', 'code-build'],
  upload: ['test', 'lint', 'code-build'],
  smoke: ['deploy'],
  gate: ['deploy'],
  dast: ['deploy'],
  e2e: ['deploy', 'smoke'],
  watch: ['deploy'],
  cleanup: ['deploy', 'smoke', 'e2e'],
  notify: ['publish', 'infra-apply', 'deploy', 'smoke', 'dast', 'push', 'ask-model', 'scan'],
};

export interface Placed {
  readonly name: string;
  readonly parts: readonly Part[];
}

const TOGETHER = /\b(?:in parallel|at the same time|side by side|concurrently|simultaneously|parallel|together)\b/gi;

/** Stretches of the text whose parts run side by side. */
function togetherSpans(text: string): [number, number][] {
  return [...text.matchAll(TOGETHER)].map((m) => {
    const before = text.slice(0, m.index);
    const from =
      Math.max(
        before.lastIndexOf('.'),
        before.lastIndexOf(';'),
        before.search(/(?:,\s*then|\bthen|\bafterwards|\band finally)\b(?!.*(?:then|afterwards|finally))/),
      ) + 1;
    const after = text.slice(m.index);
    const to =
      m.index + (/[.;]|,\s*(?:then|and then|afterwards)|\b(?:then|afterwards)\b|,/.exec(after)?.index ?? after.length);
    return [from, to];
  });
}

/** Places by the words "before", "after" and "first", which turn the order of the text around. */
function turned(parts: readonly Part[], text: string): Part[] {
  const inside = (p: Part, from: number, to: number): boolean => p.at >= from && p.at < to;
  let made = [...parts];
  for (const m of text.matchAll(/\bbefore (?:that|this|it)\b|\bbeforehand\b/gi)) {
    const clause = text.lastIndexOf(',', m.index) + 1;
    made = made.map((p) =>
      inside(p, clause, m.index)
        ? { ...p, at: Math.max(-1, Math.min(...made.filter((o) => o.at < clause).map((o) => o.at), clause)) - 0.5 }
        : p,
    );
  }
  for (const m of text.matchAll(
    /\bbefore\s+(?!that\b|this\b|it\b)(?:the\s+|a\s+|any\s+)?[^,;.]{2,60}?(?=,|;|\.|$|\s(?:run|make|do|execute|take|there)\b)/gi,
  )) {
    const end = m.index + m[0].length;
    // "run b before a" is already told in the right order; "before a, run b" is not.
    const leads = /(?:^|[.;]\s*|,\s*)$/.test(text.slice(0, m.index));
    if (leads) made = made.map((p) => (inside(p, m.index, end) ? { ...p, at: text.length + p.at / 1000 } : p));
  }
  for (const m of text.matchAll(/(?<=[a-z] )after\s+(?!that\b|this\b|it\b|approv|a person|my\b)[^,;.]{2,60}/gi)) {
    const end = m.index + m[0].length;
    const main = Math.max(-1, ...made.filter((p) => p.at < m.index).map((p) => p.at));
    made = made.map((p) => (inside(p, m.index, end) && main >= 0 ? { ...p, at: main - 0.3 } : p));
  }
  for (const m of text.matchAll(
    /\b(?:must|has to|have to|should)?\s*(?:pass|succeed|run|come|go(?:es)?)?\s*first\b/gi,
  )) {
    const from =
      Math.max(text.lastIndexOf(';', m.index), text.lastIndexOf(',', m.index), text.lastIndexOf('.', m.index)) + 1;
    made = made.map((p) => (inside(p, from, m.index) ? { ...p, at: -2 } : p));
  }
  return made;
}

/** The text's own order where it tells one ("then", "after"), else the usual one with what can run side by side. */
export function arrange(parts: readonly Part[], context: PartContext): Placed[] {
  const { text } = context.text;
  const spans = togetherSpans(text);
  const groupOf = (p: Part): number => spans.findIndex(([from, to]) => p.at >= from && p.at < to);
  const groups = new Map(parts.map((p) => [p.id, groupOf(p)]));
  const sequence =
    parts.some((p) => p.fixed === true) ||
    /\b(?:then|after(?:wards| that)?|before|finally|next|first|in (?:this|that) order|one after (?:the )?other|until|against (?:it|them|the (?:stack|environment|deployment)))\b|->|=>/i.test(
      text,
    );
  const moved = turned(parts, text);
  const rank = (p: Part): number => (sequence ? textRank(p, moved) : USUAL[p.id]);
  const ordered = [...moved].sort((a, b) => rank(a) - rank(b) || a.at - b.at);
  const placed: { name: string; rank: number; group: number; parts: Part[] }[] = [];
  for (const part of ordered) {
    const group = groups.get(part.id) ?? -1;
    const same = placed.find((s) => group >= 0 && s.group === group && !needsAny(part, s.parts));
    const last = placed.at(-1);
    if (same !== undefined) same.parts.push(part);
    else if (last !== undefined && !sequence && last.rank === rank(part) && last.group === group) last.parts.push(part);
    else placed.push({ name: STAGE_NAMES[part.id], rank: rank(part), group, parts: [part] });
  }
  return placed;
}

const needsAny = (part: Part, others: readonly Part[]): boolean =>
  others.some(
    (o) => (NEEDS[part.id] ?? []).includes(o.id) && !(['test', 'lint'].includes(o.id) && part.id === 'build'),
  );

/** Position in the text, but never before what it cannot do without. */
function textRank(part: Part, parts: readonly Part[], seen: readonly PartId[] = []): number {
  if (part.fixed === true) return part.at;
  const before = (NEEDS[part.id] ?? [])
    .filter((id) => !seen.includes(id))
    .flatMap((id) => {
      const those = parts.filter((p) => p.id === id && p !== part);
      // Of several deployments it follows those that the text tells before it.
      const earlier = those.filter((p) => p.fixed !== true || p.at < part.at);
      return earlier.length > 0 ? earlier : those;
    });
  return Math.max(part.at, ...before.map((p) => textRank(p, parts, [...seen, part.id]) + 0.5));
}
