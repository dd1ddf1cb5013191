/** Pods, namespaces and ports as sentences about traffic name them. */
import type { DraftObject } from './model.ts';
import { isNameWord } from './names.ts';

/** Lookups of names, which nearly everything needs. */
export const DNS: DraftObject = {
  to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};

export const LABELS = String.raw`((?:["'\x60]?[\w./-]+["'\x60]?\s*(?:=|:\s?)\s*["'\x60]?[\w./-]*\w["'\x60]?(?:\s*(?:,|and)\s*(?=[\w./-]+\s*[=:]))?)+)`;

/** `a=b, c: d` as labels. */
export function pairs(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const m of text.matchAll(/([\w./-]+)["'`]?\s*(?:=|:\s?)\s*["'`]?([\w./-]*\w)/g)) found[m[1] ?? ''] = m[2] ?? '';
  return found;
}

/** Pods by label (`pods labelled app=web`) or by a plain name (`the api pods`). */
export function podsOf(text: string, role: 'target' | 'from' | 'to'): Record<string, string> | undefined {
  const lead =
    role === 'target'
      ? String.raw`(?:(?:appl(?:y|ies|ied) to|for|on|select(?:s|ing)?|protect(?:s|ing)?|isolat(?:es?|ing)|around|to|reach(?:es)?|so that|access to|into)\s+(?:the\s+|only\s+|all\s+)?)`
      : role === 'from'
        ? String.raw`\b(?:from|only|by)\s+(?:only\s+|the\s+|all\s+)?`
        : String.raw`\b(?:to|reach|with)\s+(?:only\s+|the\s+|all\s+)?`;
  const other = role === 'target' ? '(?<!egress )(?<!traffic )(?<!only )' : '';
  const labelled = new RegExp(
    `${other}${lead}pods?(?:\\s+(?:that (?:have|carry)|with|labell?ed|having|selected by|matching))*(?:\\s+(?:the\\s+)?labels?)?\\s*:?\\s*${LABELS}`,
    'i',
  ).exec(text);
  if (labelled?.[1] !== undefined) return pairs(labelled[1]);
  const plain = new RegExp(
    `${other}${lead}(?:pods? (?:called |named )?)?["'\`]?([a-z][a-z0-9-]*)["'\`]?(?:\\s+(?:pods?|deployment|app|service|tier|database|back-?end|front-?end))\\b`,
    'i',
  ).exec(text);
  const name = plain?.[1];
  if (name !== undefined && isNameWord(name) && !/^(?:all|any|other|namespace|traffic|incoming)$/.test(name))
    return { app: name };
  if (role === 'target') {
    const first = new RegExp(
      `pods?\\s+(?:labell?ed|with (?:the )?labels?|with(?= [\\w./-]+\\s*=))\\s*${LABELS}`,
      'i',
    ).exec(text);
    if (first?.[1] !== undefined && !/\b(?:from|to)\s+(?:only\s+|the\s+|all\s+)?$/i.test(text.slice(0, first.index)))
      return pairs(first[1]);
  }
  return undefined;
}

/** Ports with their protocols. */
export function portsOf(text: string): DraftObject[] {
  const found: DraftObject[] = [];
  for (const m of text.matchAll(
    /\b(?:(tcp|udp)[\s/]+)?(?:ports?|on|accepts?|allows?|receives?)\s+(?:(tcp|udp)[\s/]+)?((?:\d{2,5}(?:\/(?:tcp|udp))?(?:\s*(?:,|and)\s*)?)+)/gi,
  )) {
    for (const one of (m[3] ?? '').matchAll(/(\d{2,5})(?:\/(tcp|udp))?/gi))
      found.push({ protocol: (m[1] ?? m[2] ?? one[2] ?? 'TCP').toUpperCase(), port: Number(one[1]) });
  }
  return found;
}
