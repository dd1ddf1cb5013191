/** Pods, namespaces, addresses and ports as whole sentences about traffic name them. */
import type { Draft, DraftObject } from './model.ts';
import { isNameWord } from './names.ts';
import { LABELS, pairs, portsOf } from './peers.ts';

export const REACH = String.raw`(?:reach|call|connect to|open connections? (?:only )?to|access|talk(?: only)? to|query|contact|send (?:traffic|requests|packets)(?: only)? to|use|get (?:in)?to|go (?:out )?(?:only )?to)`;

/** Where a sentence stands: the policy's own namespace, and those that it names. */
export interface Place {
  readonly own: string | undefined;
  readonly namespaces: string[];
}

/** "TCP 443", "on 9000": ports without their word. */
export const bare = (text: string): DraftObject[] =>
  portsOf(text).length > 0
    ? []
    : [...text.matchAll(/\b(tcp|udp)[\s/]+(\d{2,5})\b|\bon\s+(\d{2,5})\b/gi)].map((m) => ({
        protocol: (m[1] ?? 'TCP').toUpperCase(),
        port: Number(m[2] ?? m[3]),
      }));

/** To anywhere where that is said, else to the cluster's own. */
export const dnsRule = (text: string): DraftObject => ({
  ...(/\bany ?where\b|\banybody\b|\bany (?:server|address)\b/i.test(text)
    ? {}
    : { to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }] }),
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
});

export function peersIn(text: string, state: Place): Draft[] {
  const blocks = [
    ...text.matchAll(
      /\b(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})\b(?:\s+(?:except|but not|excluding|without)\s+(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}))?/gi,
    ),
  ];
  if (blocks.length > 0)
    return blocks.map((m) => ({ ipBlock: { cidr: m[1] ?? '', ...(m[2] === undefined ? {} : { except: [m[2]] }) } }));
  return text
    .split(/,?\s+(?:and|or)\s+(?=(?:from\s+|to\s+)?(?:pods?|the|namespace|those|other|all)\b)/i)
    .flatMap((part): Draft[] => {
      const one = peerOf(part, state);
      return one === undefined ? [] : [one];
    });
}

function peerOf(part: string, { own, namespaces }: Place): Draft | undefined {
  const space = new RegExp(
    String.raw`\bnamespaces?\s+(?:that (?:are|have|carry)\s+|with\s+|labell?ed\s+|(?:the\s+)?labels?\s+)+${LABELS}`,
    'i',
  ).exec(part)?.[1];
  const named =
    /\bnamespace\s+(?:called\s+|named\s+)?["'`]?([a-z0-9][a-z0-9-]*)/i.exec(part)?.[1] ??
    /["'`]?([a-z0-9]+(?:-[a-z0-9]+)*)["'`]?\s+namespace\b/i.exec(part)?.[1] ??
    /\bpods?\s+(?:in|of|from)\s+(?!the\b|this\b|that\b|same\b|any\b|all\b|other\b|its\b|our\b)["'`]?([a-z0-9][a-z0-9-]*)/i.exec(
      part,
    )?.[1];
  const name =
    named !== undefined &&
    !/^(?:the|this|same|that|own|any|all|other|its|labell?ed|with|called|named|everything|which)$/i.test(named)
      ? named
      : undefined;
  const plain = new RegExp(String.raw`^(?:from|to)\s+(?:the\s+)?${LABELS}`, 'i').exec(part.trim())?.[1];
  const label =
    plain ??
    new RegExp(
      String.raw`\bpods?\s+(?:(?:that (?:have|carry|are)|with|labell?ed|having|of)\s+)+(?:the\s+)?(?:labels?\s+)?${LABELS}`,
      'i',
    ).exec(part)?.[1];
  const word =
    /^(?:from|to)\s+(?:only\s+|the\s+)*["'`]?([a-z][a-z0-9-]*)["'`]?(?:\s+(?:pods?|deployment|app|service|tier))?$/i.exec(
      part.trim(),
    )?.[1];
  const podSelector = label !== undefined ? { matchLabels: pairs(label) } : word !== undefined && name === undefined && isNameWord(word) && !/^(?:pods?|anyone|everybody|everyone|nobody)$/.test(word) ? { matchLabels: { app: word } } : undefined; // prettier-ignore
  const every = /\b(?:any|all|every) namespaces?\b|\banywhere in the cluster\b|\b(?:inside|within) the cluster\b/i.test(
    part,
  );
  if (name !== undefined && name !== own) namespaces.push(name);
  const namespaceSelector = space !== undefined ? { matchLabels: pairs(space) } : every ? {} : name !== undefined && name !== own ? { matchLabels: { 'kubernetes.io/metadata.name': name } } : undefined; // prettier-ignore
  if (namespaceSelector !== undefined || podSelector !== undefined)
    return {
      ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
      ...(podSelector === undefined ? {} : { podSelector }),
    };
  return /\b(?:same|own|this|its) namespace\b|\b(?:other|all) pods\b|\bpods (?:there|in it)\b|\beach other\b/i.test(
    part,
  ) || name === own
    ? { podSelector: {} }
    : undefined;
}

/** Whom the policy is for: pods with labels that are spoken of first and of whom it is not said that they may reach others. */
export function targetOf(text: string): Record<string, string> | undefined {
  const first = new RegExp(
    String.raw`\bpods?\s*(?:\(\s*(?:labels?\s+)?|\s(?:(?:that (?:have|carry|are)|with|labell?ed|having)\s+)+)(?:the\s+)?(?:labels?\s+)?${LABELS}`,
    'i',
  ).exec(text);
  if (first?.[1] === undefined) return undefined;
  const before = text.slice(0, first.index);
  const reached = new RegExp(`${REACH}\\s+(?:the\\s+)?$`, 'i').test(before);
  const peer =
    /\b(?:only|from|by|lets?|allows?|permits?|letting|allowing)\s+(?:only\s+)?(?:the\s+|other\s+)?$/i.test(before) &&
    !reached;
  if (!peer) return pairs(first[1]);
  const object = new RegExp(
    String.raw`${REACH}\s+(?:the\s+)?pods?\s+(?:(?:that (?:have|carry)|with|labell?ed)\s+)+(?:the\s+)?(?:labels?\s+)?${LABELS}`,
    'i',
  ).exec(text)?.[1];
  return object === undefined ? undefined : pairs(object);
}
