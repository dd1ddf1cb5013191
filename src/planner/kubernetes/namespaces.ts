/** Which namespace things live in. */
import type { Passage } from '../text.ts';
import { isNameWord, looksLikeName } from './names.ts';

/** Names that would be odd for other things but are usual for namespaces. */
const isNamespaceWord = (word: string): boolean =>
  (isNameWord(word) && word.length > 1) ||
  /^(?:storage|cpu|memory|data|kubernetes|mesh|tls|prod|production|staging|dev|development|test|qa|canary|stable|blue|green|public|internal|external|shared)$/.test(
    word,
  );

export interface NamespaceWish {
  readonly name: string;
  /** Offset in the description. */
  readonly at: number;
  readonly exists: boolean;
}

const NAME = String.raw`["'\x60]?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)["'\x60]?`;
/** What follows the word namespace without being its name. */
const FUNCTION =
  /^(?:an?|the|and|or|of|for|to|in|on|at|by|with|without|that|which|is|are|was|should|must|may|can|each|every|all|it|its|there|where|called|named|quotas?|polic(?:y|ies)|labels?|labell?ed|selectors?|exists?|already|only|itself|isolation|admin|scoped?|wide|level|so|then|but|if|from|into|\d+)$/i;

const BEFORE_NOT =
  /\b(?:same|this|that|own|every|each|all|any|other|new|default|target|separate|dedicated|the|a|named|its|their|existing|different|another|to|namespaces?)$/i;

type Add = (name: string | undefined, at: number, end: number, exists: boolean, plainly?: boolean) => void;

/** "in the shop namespace" */
function beforeTheWord(text: string, add: Add): void {
  for (const m of text.matchAll(new RegExp(`(?<![\\w-])${NAME}[ \\t]+namespace\\b`, 'gi'))) {
    const name = m[1] ?? '';
    if (BEFORE_NOT.test(name)) continue;
    const lead = text.slice(Math.max(0, m.index - 12), m.index);
    if (looksLikeName(name) || /\b(?:in|into|inside|within|to|the|a|from|for)\s+(?:the\s+|an?\s+)?["'`]?$/i.test(lead))
      add(name, m.index, m.index + m[0].length, false);
  }
}

/** "deployment web in shop-eu": said right behind an object's name, what looks like a name is where it is. */
const OF_OBJECT =
  /\b(?:deployment|(?:stateful|daemon|replica) ?set|pod|service|(?:cron ?)?job|hpa|autoscaler|config ?map|secret|claim|pvc)\s+(?:(?:called|named)\s+)?["'`]?[a-z0-9][a-z0-9.-]*["'`]?$/i;
/** "deployment web in edge should": the same for a plain word, where the sentence goes on. */
const PLAINLY = new RegExp(
  `${OF_OBJECT.source.slice(0, -1)}\\s+in\\s+${NAME}(?=\\s*(?:,|\\.(?:\\s|$)|:|$)|\\s+(?:should|must|shall|has|have|is|are|needs?|gets?|runs?|may|can|to)\\b)`,
  'gi',
);
const NO_PLACE =
  /^(?:order|place|parallel|front|total|turn|full|detail|general|particular|case|memory|docker|use|charge|sync|half|it|there|production|prod|staging|stage|dev|test|development|kubernetes|k8s|aws|gcp|azure|eks|gke|minikube|kind|go|python|java|rust|node|php)$/i;

/** "in shop-prod": without the word, only what looks like a name. */
function behindAPreposition(text: string, add: Add, isFirst: () => boolean): void {
  for (const m of text.matchAll(
    new RegExp(
      `(?:^|[.;,]\\s*|\\s)(?:in|into|inside|within)\\s+${NAME}(?=[\\s,.;:?!)]|$)(?!\\s+(?:deployments?|pods?|services?|containers?|config|stateful|folder|directory|cluster|aws|region|file))`,
      'gi',
    ),
  )) {
    const name = m[1] ?? '';
    const first = m.index === 0 || /[.;]\s*$/.test(text.slice(0, m.index + 1));
    if (
      looksLikeName(name) &&
      !/^(?:us|eu|ap|sa|ca|me|af)-[a-z]+-\d$/.test(name) &&
      !/\d+(?:gi|mi|m|s)$/.test(name) &&
      !/\./.test(name) &&
      (first ||
        OF_OBJECT.test(text.slice(Math.max(0, m.index - 80), m.index)) ||
        /-(?:ns|namespace|test|prod|dev|staging|env)$/.test(name) ||
        isFirst())
    )
      add(name, m.index, m.index + m[0].length, false);
  }
}

/** Every namespace that the text names, in order. */
export function findNamespaces(passage: Passage): NamespaceWish[] {
  const found: NamespaceWish[] = [];
  const add: Add = (name, at, end, exists, plainly = false) => {
    if (
      name === undefined ||
      !(isNamespaceWord(name) || (plainly && !FUNCTION.test(name))) ||
      found.some((f) => f.name === name)
    )
      return;
    passage.ledger.use(passage.at + at, passage.at + end);
    found.push({ name, at: passage.at + at, exists });
  };
  const { text } = passage;
  for (const m of text.matchAll(PLAINLY))
    if (!NO_PLACE.test(m[1] ?? '')) add(m[1], m.index, m.index + m[0].length, false);
  for (const m of text.matchAll(
    new RegExp(
      `\\bnamespaces\\s*(?:called|named|:)?\\s*((?:${NAME}(?:\\s*,\\s*(?:and\\s+)?|\\s+and\\s+))+${NAME})`,
      'gi',
    ),
  )) {
    for (const one of (m[1] ?? '').matchAll(/[a-z0-9][a-z0-9-]*/g))
      if (one[0] !== 'and') add(one[0], m.index, m.index + m[0].length, false);
  }
  for (const m of text.matchAll(
    new RegExp(
      `\\b(existing\\s+)?(?<!\\b(?:every|each|all|any|other|process|pid|network|user|ipc|mount)\\s)(?:namespaces?|ns|project)(?:\\s+is\\s+|\\s*[:=]\\s*|\\s+)(?:called\\s+|named\\s+)?${NAME}(?![\\w-])(?!\\s*=\\s*\\w)`,
      'gi',
    ),
  )) {
    if (/labell?ed$/i.test(m[2] ?? '')) continue;
    add(
      m[2],
      m.index,
      m.index + m[0].length,
      m[1] !== undefined || /^[^.;]{0,24}\balready exists\b/i.test(text.slice(m.index + m[0].length)),
      true,
    );
  }
  beforeTheWord(text, add);
  behindAPreposition(text, add, () => found.length === 0);
  for (const m of text.matchAll(
    /\bin\s+(monitoring|logging|observability|tracing|kube-system|ingress-nginx|cert-manager)(?=[\s,.;:]|$)/gi,
  )) {
    add(m[1]?.toLowerCase(), m.index, m.index + m[0].length, false);
  }
  for (const m of text.matchAll(/(?:^|\s)(?:-n|--namespace)[ =]([a-z0-9][a-z0-9-]*)/g))
    add(m[1], m.index, m.index + m[0].length, false);
  return found.sort((a, b) => a.at - b.at);
}

/** "enforces the restricted pod security standard and warns on baseline", as labels of a namespace. */
export function securityLevels(text: Passage): Record<string, string> {
  if (!text.has(/\bpod ?-?security\b/i)) return {};
  const labels: Record<string, string> = {};
  // "baseline enforced, restricted as a warning": the level stands first.
  for (const m of text.takeAll(
    /\b(restricted|baseline|privileged)(?: pod ?-?security)?(?: level| standard)? (?:is |are |be )?(?:(enforced|warned|audited)|(?:as|for)(?: an?)? (warning|audit)s?)\b/gi,
  ))
    labels[`pod-security.kubernetes.io/${({ e: 'enforce', w: 'warn', a: 'audit' } as Record<string, string>)[(m[2] ?? m[3] ?? 'e').toLowerCase().charAt(0)] ?? 'enforce'}`] = (m[1] ?? '').toLowerCase(); // prettier-ignore
  for (const mode of ['enforce', 'warn', 'audit']) {
    const level = text.take(
      new RegExp(`\\b${mode}\\w*\\b[^.;,]{0,30}?\\b(restricted|baseline|privileged)\\b`, 'i'),
    )?.[1];
    if (level !== undefined) labels[`pod-security.kubernetes.io/${mode}`] ??= level.toLowerCase();
  }
  const plain = text.take(
    /\bpod ?-?security(?: standard| admission)?[^.;]{0,24}?\b(restricted|baseline|privileged)\b|\b(restricted|baseline|privileged) pod ?-?security(?: standards?)?/i,
  );
  if (plain !== undefined)
    labels['pod-security.kubernetes.io/enforce'] ??= (plain[1] ?? plain[2] ?? 'restricted').toLowerCase();
  return labels;
}
