/** Several rules in one policy: each source or destination with ports of its own. */
import type { Draft, DraftObject } from './model.ts';
import { isNameWord } from './names.ts';
import { DNS, LABELS, pairs, podsOf, portsOf } from './peers.ts';

type Direction = 'from' | 'to';

interface Clause {
  readonly text: string;
  readonly direction: Direction;
}

/** Where a clause about another peer may begin. */
const BORDER =
  /(?:[.;:]\s+|,\s*(?:and\s+|as well as\s+|plus\s+)?|\s+(?:and|as well as|plus)\s+)(?=(?:also\s+|only\s+|then\s+|allow\w*\s+|permit\w*\s+|it\s+|(?:all\s+)?(?:egress|ingress|outgoing|incoming|inbound|outbound|udp|tcp)\b[^.;,]{0,40}?)*(?:on\s+(?:tcp|udp|port)|from\b|to\b|by\b|(?:the\s+)?(?:[\w-]+\s+){0,2}?(?:ports?\s+)?\d{2,5}\s+(?:only\s+)?(?:from|to|by)\b|egress\b|ingress\b|outgoing\b|incoming\b|(?:udp|tcp)\s+\d))/gi;
const PEER =
  /\b(?:from|by|to)\s+(?:only\s+|the\s+|all\s+|any\s+|other\s+)*(?:pods?\b|namespaces?\b|["'`]?[a-z0-9-]+["'`]?\s+(?:pods?|namespace)\b|\d{1,3}(?:\.\d{1,3}){3}|kube-?dns|core-?dns|dns\b|anywhere|everywhere|everyone|any(?:one| source| ip)?|the internet|same namespace)|\bdns\b/i;

/** @returns the spec of a policy where two peers have rules of their own; nothing where one rule is enough */
export function severalRules(
  text: string,
  own: string | undefined,
  namespaces: string[],
): { spec: DraftObject; about: string } | undefined {
  const rest = text.replace(/\b(?:all|any|every|everything)?\s*(?:other|else)\b[^.;]*\b(?:block|den)\w*/gi, '').replace(/\b(?:block|deny)\w*\s+(?:all|any|every)?\s*(?:other|everything else|the rest)\b[^.;]*/gi, ''); // prettier-ignore
  if (/\bdeny|\bdenies|\bblock|\bisolat/i.test(rest)) return undefined;
  const clauses = clausesOf(text);
  // "accept TCP 5432 only from a, and from b": said once, for all of them.
  const shared = portsOf(text.slice(0, Math.max(0, text.search(/\b(?:from|by)\s/i))));
  const rules = clauses
    .map((c) => {
      const rule = ruleOf(c, own, namespaces);
      const open = rule !== undefined && rule['ports'] === undefined && c.direction === 'from' && shared.length > 0;
      return { ...c, rule: open ? { ...rule, ports: shared } : rule };
    })
    .filter((c) => c.rule !== undefined);
  const distinct = new Set(rules.map((r) => JSON.stringify([r.direction, (r.rule as DraftObject)['ports']])));
  if (rules.length < 2 || distinct.size < 2) return undefined;
  const of = (direction: Direction): DraftObject[] =>
    rules.filter((r) => r.direction === direction).map((r) => r.rule as DraftObject);
  const [ingress, egress] = [of('from'), of('to')];
  const labels = targetOf(text);
  return {
    about: labels === undefined ? 'allow-listed' : (Object.values(labels)[0] ?? 'app'),
    spec: {
      podSelector: labels === undefined ? {} : { matchLabels: labels },
      policyTypes: [...(ingress.length > 0 ? ['Ingress'] : []), ...(egress.length > 0 ? ['Egress'] : [])],
      ...(ingress.length > 0 ? { ingress } : {}),
      ...(egress.length > 0 ? { egress } : {}),
    },
  };
}

/** Pieces that each hold a peer and its ports: what has no port goes on in the next piece, what has no peer belongs to the one before. */
function clausesOf(text: string): Clause[] {
  const pieces: string[] = [];
  let from = 0;
  for (const m of text.matchAll(BORDER)) {
    pieces.push(text.slice(from, m.index));
    from = m.index + m[0].length;
  }
  pieces.push(text.slice(from));
  const joined: string[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    const open = last !== undefined && PEER.test(last) && portsOf(last).length === 0 && !/\bdns\b/i.test(last);
    const sameWay = last === undefined || wayOf(last) === undefined || wayOf(piece) === undefined || wayOf(last) === wayOf(piece); // prettier-ignore
    if (last !== undefined && (!PEER.test(piece) || (open && sameWay))) joined[joined.length - 1] = `${last}, ${piece}`;
    else joined.push(piece);
  }
  let way: Direction | undefined;
  return joined.map((piece) => {
    way = wayOf(piece) ?? way;
    return { text: piece, direction: way ?? 'from' };
  });
}

function wayOf(text: string): Direction | undefined {
  if (
    /(?<!-)\begress\b|\b(?:talk|connect|send)\w*\s+(?:only\s+)?to\b|\boutgoing\b|\boutbound\b|\b(?:may|can) (?:only )?(?:talk|connect|reach|send)\b/i.test(
      text,
    )
  )
    return 'to';
  if (
    /\bingress\b|\bincoming\b|\binbound\b|\bfrom\b|\bby (?:the |only )*(?:pods?|namespace)|\breached by\b/i.test(text)
  )
    return 'from';
  return undefined;
}

function ruleOf({ text, direction }: Clause, own: string | undefined, namespaces: string[]): DraftObject | undefined {
  if (!PEER.test(text)) return undefined;
  const ports = portsOf(text).concat(barePorts(text)).filter((p, i, all) => all.findIndex((o) => o['port'] === p['port'] && o['protocol'] === p['protocol']) === i); // prettier-ignore
  if (direction === 'to' && /\b(?:kube-?|core-?)?dns\b/i.test(text) && !/\bpods?\s+(?:with|labell?ed)/i.test(text))
    return { ...DNS };
  const lead = direction === 'from' ? String.raw`\b(?:from|by)\s+` : String.raw`\bto\s+`;
  const peers = text
    .split(
      new RegExp(
        String.raw`(?:,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+)(?=(?:from|by|to)\s|(?:the\s+)?(?:pods?|namespace)\s)`,
        'i',
      ),
    )
    .flatMap((part) =>
      peersOf(new RegExp(lead, 'i').test(part) ? part : `${direction} ${part}`, lead, own, namespaces),
    );
  if (peers.length === 0 && !/\b(?:anywhere|everywhere|everyone|any(?:one| source| ip)|the internet)\b/i.test(text))
    return undefined;
  return { ...(peers.length === 0 ? {} : { [direction]: peers }), ...(ports.length === 0 ? {} : { ports }) };
}

/** "UDP 53", "TCP 443": without the word port. */
const barePorts = (text: string): DraftObject[] =>
  [...text.matchAll(/\b(tcp|udp)[\s/]+(\d{2,5})\b/gi)].map((m) => ({
    protocol: (m[1] ?? 'TCP').toUpperCase(),
    port: Number(m[2]),
  }));

function peersOf(text: string, lead: string, own: string | undefined, namespaces: string[]): Draft[] {
  const at = text.search(new RegExp(lead, 'i'));
  if (at < 0) return [];
  const part = text.slice(at);
  const blocks = [
    ...part.matchAll(
      /\b(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})\b(?:\s+(?:except|but not|excluding|without)\s+(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}))?/gi,
    ),
  ].map((m): Draft => ({ ipBlock: { cidr: m[1] ?? '', ...(m[2] === undefined ? {} : { except: [m[2]] }) } }));
  if (blocks.length > 0) return blocks;
  const labelled = new RegExp(
    String.raw`\bnamespaces?\s+(?:that (?:are|have)\s+|with\s+|labell?ed\s+|(?:the\s+)?labels?\s+)+${LABELS}`,
    'i',
  ).exec(part)?.[1];
  const name =
    /\bnamespace\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)/i.exec(part)?.[1] ??
    /["'`]?([a-z0-9]+(?:-[a-z0-9]+)*)["'`]?\s+namespace\b/i.exec(part)?.[1];
  const named =
    name !== undefined && !/^(?:labell?ed|with|the|same|own|this|that|any|all|other|its)$/.test(name) && name !== own;
  if (named && labelled === undefined) namespaces.push(name);
  const namespaceSelector =
    labelled !== undefined
      ? { matchLabels: pairs(labelled) }
      : named
        ? { matchLabels: { 'kubernetes.io/metadata.name': name } }
        : undefined;
  const pods = podsOf(part, lead.includes('from') ? 'from' : 'to');
  if (namespaceSelector === undefined && pods === undefined)
    return /\b(?:same|own|this) namespace\b/i.test(part) ? [{ podSelector: {} }] : [];
  return [
    {
      ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
      ...(pods === undefined ? {} : { podSelector: { matchLabels: pods } }),
    },
  ];
}

/** Whom the policy is for: what is named before the first peer. */
function targetOf(text: string): Record<string, string> | undefined {
  const first = text.search(
    /\b(?:from|by)\s|\b(?:allowed|egress|outgoing|outbound|talk|connect|send)\b[^.;]{0,40}?\bto\s/i,
  );
  const head = first < 0 ? text : text.slice(0, first);
  if (/\b(?:all|every) pods\b/i.test(head)) return undefined;
  const labelled = new RegExp(String.raw`\bpods?\s+(?:(?:that (?:have|carry)|with|labell?ed|having|matching|selected by|where)\s+)*(?:the\s+)?(?:labels?\s+)?${LABELS}`, 'i').exec(head)?.[1]; // prettier-ignore
  if (labelled !== undefined) return pairs(labelled);
  const known = podsOf(head, 'target') ?? podsOf(text, 'target');
  if (known !== undefined) return known;
  const loose = new RegExp(String.raw`\b(?:for|to|on|protect\w*|select\w*)\s+(?:the\s+)?${LABELS}`, 'i').exec(
    head,
  )?.[1];
  if (loose !== undefined) return pairs(loose);
  const word = /\b(?:the\s+)?["'`]?([a-z][a-z0-9-]*)["'`]?\s+(?:pods?|deployment|app|tier)\b/i.exec(head)?.[1];
  return word !== undefined && isNameWord(word) ? { app: word } : undefined;
}
