/** Which pods may talk to which: NetworkPolicies from sentences about traffic. */
import type { Passage } from '../text.ts';
import { Said } from './attributes.ts';
import type { Draft, DraftObject, K8sObject } from './model.ts';
import { findKinds } from './kinds.ts';
import { dnsName, isNameWord, nameAfter } from './names.ts';
import { object } from './render.ts';

const TRIGGER =
  /\bnetwork ?-?polic(?:y|ies)\b|\bonly\b[^.;]{0,60}\bpods?\b[^.;]{0,60}\b(?:connect|reach|talk|access)\b|\b(?:deny|denies|block(?:s|ed)?|isolat(?:e|es|ed)|forbid|restrict(?:s|ed)?|allow(?:s|ed)?|permit(?:s|ted)?|only accept(?:s)?)\b[^.;]{0,60}\b(?:ingress|egress|traffic|connections?|network)\b/i;
const DNS: DraftObject = {
  to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};

export interface PolicyResult {
  readonly objects: K8sObject[];
  readonly spans: readonly (readonly [number, number])[];
  /** Namespaces that the policies name. */
  readonly namespaces: readonly string[];
}

export function readPolicies(
  all: readonly Passage[],
  namespaceOf: (passage: Passage) => string | undefined,
): PolicyResult {
  const about = all
    .flatMap(clausesOf)
    .filter(
      (s) =>
        TRIGGER.test(s.text) &&
        !/\b(?:istio|authori[sz]ation polic|security group|vpc|aws|canary|weight|(?:external|internal) ?traffic ?policy)\b/i.test(
          s.text,
        ),
    );
  if (about.length === 0) return { objects: [], spans: [], namespaces: [] };
  const named = about.some((s) => /\bnetwork ?-?polic/i.test(s.text));
  const group = about.length === 1 || !named ? [about] : groupByPolicy(about);
  const namespaces: string[] = [];
  const objects = group.flatMap((part) => {
    for (const s of part) s.ledger.use(s.at, s.at + s.text.length);
    return policiesOf(
      part,
      part.map(namespaceOf).find((n) => n !== undefined),
      namespaces,
    );
  });
  return { objects, spans: about.map((s) => [s.at, s.at + s.text.length] as const), namespaces };
}

/** Of a sentence that also speaks of quotas, roles and the like only the clauses about traffic are read here. */
function clausesOf(sentence: Passage): Passage[] {
  const others = findKinds(sentence.text).some(
    (k) =>
      /^(?:ResourceQuota|LimitRange|Role|ClusterRole|RoleBinding|Deployment|StatefulSet|Job|CronJob)$/.test(
        k.info.kind,
      ) && !k.plural,
  );
  if (!others) return [sentence];
  return sentence
    .split(/,\s+(?:and\s+)?|\s+and\s+(?=an?\s)/)
    .filter((c) => TRIGGER.test(c.text) || c.at === sentence.at);
}

/** Sentences up to the next one that names a policy describe the same one. */
function groupByPolicy(about: readonly Passage[]): Passage[][] {
  const groups: Passage[][] = [];
  for (const s of about) {
    if (groups.length === 0 || /\bnetwork ?-?polic/i.test(s.text)) groups.push([s]);
    else groups.at(-1)?.push(s);
  }
  return groups;
}

/** "deny everything, but allow a to reach b": two policies; else one. */
function policiesOf(part: readonly Passage[], namespace: string | undefined, namespaces: string[]): K8sObject[] {
  const { text } = new Said(part);
  const rule = reachRule(text);
  if (rule === undefined) return [onePolicy(part, namespace, namespaces)];
  const mention = /\bnetwork ?-?polic(?:y|ies)\b/i.exec(text);
  const named = mention === null ? undefined : nameAfter(text, mention.index + mention[0].length)?.name;
  const denies =
    /\bdefault[- ]deny\b|\bden(?:y|ies) (?:all|every|any)|\bblock(?:s)? (?:all|every|any)|\b(?:all|everything) (?:else )?(?:is )?(?:denied|blocked)|\bby default\b/i.test(
      text,
    );
  const ports = portsOf(text);
  const where = rule.target ?? namespace;
  const peer: DraftObject = {
    ...(rule.namespace === undefined || rule.namespace === where
      ? {}
      : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': rule.namespace } } }),
    ...(Object.keys(rule.from).length === 0 ? {} : { podSelector: { matchLabels: rule.from } }),
  };
  const allow = object(
    'NetworkPolicy',
    named ??
      `allow-${dnsName(Object.values(rule.from)[0] ?? rule.namespace ?? 'listed')}-to-${dnsName(Object.values(rule.to)[0] ?? 'pods')}`,
    where ?? 'default',
    {
      spec: {
        podSelector: Object.keys(rule.to).length === 0 ? {} : { matchLabels: rule.to },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [Object.keys(peer).length === 0 ? { podSelector: {} } : peer],
            ...(ports.length === 0 ? {} : { ports }),
          },
        ],
      },
    },
  );
  if (!denies || /\beverything else\b/i.test(text)) return [allow];
  return [
    object('NetworkPolicy', 'default-deny', namespace ?? 'default', {
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    }),
    allow,
  ];
}

interface Reach {
  readonly from: Record<string, string>;
  readonly to: Record<string, string>;
  readonly namespace: string | undefined;
  /** Where what is reached lives. */
  readonly target: string | undefined;
}

/** Who may reach whom: "allow pods labelled a=b to reach pods labelled c=d", "only the api may reach the database", "db accepts traffic only from api". */
function reachRule(text: string): Reach | undefined {
  const peer = String.raw`(?:(?:the\s+|all\s+|any\s+)?pods?\s+(?:(?:that (?:have|carry)|with|labell?ed|having)\s+)+(?:the\s+)?(?:labels?\s+)?${LABELS}|(?:the\s+)?(?:pods?\s+(?:called |named |of )?)?["'\x60]?([a-z][a-z0-9-]*)["'\x60]?(?:\s+(?:pods?|deployment|app|service|tier|database|back-?end|front-?end))?)(?:\s+(?:in|from|of)\s+(?:the\s+)?(?:namespace\s+)?["'\x60]?([a-z0-9][a-z0-9-]*))?`;
  const verb = String.raw`(?:reach|access|connect to|talk to|call|query|contact|send traffic to)`;
  const active = new RegExp(
    String.raw`\b(?:allow(?:s|ing)?|let(?:s|ting)?|permit(?:s|ting)?|only)\s+(?:only\s+|traffic from\s+)?${peer}\s+(?:may\s+|can\s+|to\s+|is allowed to\s+|are allowed to\s+|should be able to\s+)?${verb}\s+${peer}`,
    'i',
  ).exec(text);
  if (active !== null) return reachOf(active.slice(1, 4), active.slice(4, 7));
  const passive = new RegExp(
    String.raw`${peer}\s+(?:(?:must|may|should|can|to)\s+)?(?:only\s+)?(?:accepts?|allows?|receives?|takes?|be reached|is reachable|be reachable)\s+(?:only\s+)?(?:ingress|traffic|connections|requests)?\s*(?:only\s+)?(?:from|by)\s+(?:only\s+)?${peer}`,
    'i',
  ).exec(text);
  return passive === null ? undefined : reachOf(passive.slice(4, 7), passive.slice(1, 4));
}

function reachOf(from: readonly (string | undefined)[], to: readonly (string | undefined)[]): Reach | undefined {
  const labels = ([text, word]: readonly (string | undefined)[]): Record<string, string> | undefined =>
    text !== undefined
      ? pairs(text)
      : word === undefined
        ? {}
        : /^(?:pods?|all|any|anything|everything|it|them|each|other|others|namespace|traffic)$/i.test(word)
          ? {}
          : isNameWord(word)
            ? { app: word }
            : undefined;
  const a = labels(from);
  const b = labels(to);
  return a === undefined || b === undefined ? undefined : { from: a, to: b, namespace: from[2], target: to[2] };
}

function onePolicy(part: readonly Passage[], namespace: string | undefined, namespaces: string[]): K8sObject {
  const said = new Said(part);
  const { text } = said;
  const mention = /\bnetwork ?-?polic(?:y|ies)\b/i.exec(text);
  const named = mention === null ? undefined : nameAfter(text, mention.index + mention[0].length)?.name;
  const denyAll =
    /\b(?:default[- ])?deny(?:ing|ies)?[- ](?:all|everything|any)\b|\b(?:deny|denies|denying|block|blocks|no) (?:all |any |every )?(?:ingress|egress|traffic|incoming|outgoing)\b|\bdefault[- ]deny\b|\bisolat/i.test(
      text,
    );
  const egressWords =
    /\begress\b|\boutgoing\b|\boutbound\b|\b(?:may|can|only|to) (?:talk|connect|reach|send)(?: only)? to\b|\b(?:talk|connect|reach)s? (?:only )?(?:to )?(?:the )?(?:pods?|namespace|dns)/i.test(
      text,
    );
  const ingressWords = /\bingress\b|\bincoming\b|\binbound\b|\bfrom\b|\baccept/i.test(text);
  const both =
    /\b(?:all traffic|both directions|ingress and egress|egress and ingress|all (?:the )?network traffic)\b/i.test(
      text,
    );
  const types = [
    ...(ingressWords || both || !egressWords ? ['Ingress'] : []),
    ...(egressWords || both ? ['Egress'] : []),
  ];
  const target = podsOf(text, 'target');
  const ports = portsOf(text);
  const spec: DraftObject = { podSelector: target === undefined ? {} : { matchLabels: target }, policyTypes: types };
  const ingress = rules(text, 'from', namespaces, namespace, ports);
  const egress = rules(text, 'to', namespaces, namespace, ports);
  // "from other namespaces" is denied: from its own it stays allowed.
  if (denyAll && /\bother namespaces\b|\boutside (?:the |its )?namespace\b/i.test(text)) {
    return object('NetworkPolicy', named ?? 'same-namespace-only', namespace ?? 'default', {
      spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] },
    });
  }
  const allows = !denyAll || /\b(?:except|but|allow|only|other than|unless)\b/i.test(text);
  if (types.includes('Ingress') && allows && ingress.length > 0) spec['ingress'] = ingress;
  if (types.includes('Egress')) {
    const rest = allows ? egress : [];
    if (/\bdns\b/i.test(text) && !/\b(?:no|not|without|deny|block) dns\b/i.test(text)) rest.push({ ...DNS });
    if (rest.length > 0) spec['egress'] = rest;
  }
  return object(
    'NetworkPolicy',
    named ??
      (denyAll && spec['ingress'] === undefined && spec['egress'] === undefined
        ? 'default-deny'
        : target === undefined
          ? 'allow-listed'
          : `${Object.values(target)[0] ?? 'app'}-policy`),
    namespace ?? 'default',
    { spec },
  );
}

const LABELS = String.raw`((?:["'\x60]?[\w./-]+["'\x60]?\s*(?:=|:\s?)\s*["'\x60]?[\w./-]*\w["'\x60]?(?:\s*(?:,|and)\s*(?=[\w./-]+\s*[=:]))?)+)`;

function pairs(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const m of text.matchAll(/([\w./-]+)["'`]?\s*(?:=|:\s?)\s*["'`]?([\w./-]*\w)/g)) found[m[1] ?? ''] = m[2] ?? '';
  return found;
}

/** Pods by label (`pods labelled app=web`) or by a plain name (`the api pods`). */
function podsOf(text: string, role: 'target' | 'from' | 'to'): Record<string, string> | undefined {
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
    const first = new RegExp(`pods?\\s+(?:labell?ed|with (?:the )?labels?)\\s*${LABELS}`, 'i').exec(text);
    if (first?.[1] !== undefined && !/\b(?:from|to)\s+(?:only\s+|the\s+|all\s+)?$/i.test(text.slice(0, first.index)))
      return pairs(first[1]);
  }
  return undefined;
}

function portsOf(text: string): DraftObject[] {
  const found: DraftObject[] = [];
  for (const m of text.matchAll(
    /\b(?:(tcp|udp)[\s/]+)?(?:ports?|on)\s+(?:(tcp|udp)[\s/]+)?((?:\d{2,5}(?:\/(?:tcp|udp))?(?:\s*(?:,|and)\s*)?)+)/gi,
  )) {
    for (const one of (m[3] ?? '').matchAll(/(\d{2,5})(?:\/(tcp|udp))?/gi))
      found.push({ protocol: (m[1] ?? m[2] ?? one[2] ?? 'TCP').toUpperCase(), port: Number(one[1]) });
  }
  return found;
}

function rules(
  text: string,
  direction: 'from' | 'to',
  namespaces: string[],
  own: string | undefined,
  ports: DraftObject[],
): DraftObject[] {
  const lead = direction === 'from' ? String.raw`\b(?:from|by)\b` : String.raw`\b(?:to|reach|with)\b`;
  const peers: Draft[] = [];
  const pods = podsOf(text, direction);
  const space = new RegExp(
    `${lead}[^.;]{0,60}?\\bnamespaces?\\s+(?:called |named )?["'\`]?([a-z0-9][a-z0-9-]*)|${lead}[^.;]{0,40}?["'\`]?([a-z0-9]+(?:-[a-z0-9]+)*)["'\`]?\\s+namespace\\b`,
    'i',
  ).exec(text);
  const label = new RegExp(
    `${lead}[^.;]{0,40}?\\bnamespaces?\\s+(?:labell?ed|with (?:the )?labels?)\\s*${LABELS}`,
    'i',
  ).exec(text);
  const name = [space?.[1], space?.[2]].find(
    (n) => n !== undefined && !/^(?:labell?ed|with|the|same|own|this|that|any|all|other)$/.test(n),
  );
  const elsewhere = name !== undefined && name !== own;
  if (elsewhere) namespaces.push(name);
  const namespaceSelector =
    label?.[1] !== undefined
      ? { matchLabels: pairs(label[1]) }
      : elsewhere
        ? { matchLabels: { 'kubernetes.io/metadata.name': name } }
        : undefined;
  if (namespaceSelector !== undefined || pods !== undefined)
    peers.push({
      ...(namespaceSelector === undefined ? {} : { namespaceSelector }),
      ...(pods === undefined ? {} : { podSelector: { matchLabels: pods } }),
    });
  else if (new RegExp(`${lead}[^.;]{0,30}\\b(?:same|own|this) namespace`, 'i').test(text))
    peers.push({ podSelector: {} });
  for (const m of text.matchAll(
    /\b(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})\b(?:\s+except\s+(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}))?/gi,
  ))
    peers.push({ ipBlock: { cidr: m[1] ?? '', ...(m[2] === undefined ? {} : { except: [m[2]] }) } });
  if (peers.length === 0) return [];
  return [{ [direction]: peers, ...(ports.length === 0 ? {} : { ports }) }];
}

/** Lets only `clients` reach a workload, on its own ports. */
export const clientsOnly = (
  name: string,
  namespace: string | undefined,
  ports: readonly number[],
  clients: readonly string[],
): K8sObject =>
  object('NetworkPolicy', `${name}-clients`, namespace, {
    spec: {
      podSelector: { matchLabels: { app: name } },
      policyTypes: ['Ingress'],
      ingress:
        clients.length === 0
          ? []
          : [
              {
                from: clients.map((c) => ({ podSelector: { matchLabels: { app: c } } })),
                ports: ports.map((port) => ({ protocol: 'TCP', port })),
              },
            ],
    },
  });
