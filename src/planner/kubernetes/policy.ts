/** Which pods may talk to which: NetworkPolicies from sentences about traffic. */
import type { Passage } from '../text.ts';
import { blanked, Said } from './attributes.ts';
import type { Draft, DraftObject, K8sObject, Workload } from './model.ts';
import { findImages } from './images.ts';
import { findKinds } from './kinds.ts';
import { dnsName, isNameWord, nameAfter } from './names.ts';
import { DNS, LABELS, pairs, podsOf, portsOf } from './peers.ts';
import { CLOSES, goesOn, readAllowances, type Allowed } from './allowances.ts';
import { mapOf, same } from './mend/shape.ts';
import { complete, KEPT_OPEN, leaveOpen, OWN_PODS } from './policy-whole.ts';
import { severalRules } from './traffic.ts';
import { object, selectorOf } from './render.ts';

const TRIGGER =
  /\bnetwork ?-?polic(?:y|ies)\b|\bpods?\b[^.;]{0,60}\b(?:may|can|must|should)(?: only)? be (?:reached|accessed|contacted)\b|\bonly\b[^.;]{0,60}\bpods?\b[^.;]{0,60}\b(?:connect|reach|talk|access)\b|\b(?:deny|denies|block(?:s|ed)?|isolat(?:e|es|ed)|forbid|restrict(?:s|ed)?|allow(?:s|ed)?|permit(?:s|ted)?|only accept(?:s)?)\b[^.;]{0,60}\b(?:ingress|egress|traffic|connections?|network)\b/i;
export interface PolicyResult {
  /** Policies for "it" and "its pods": those of the only workload. */
  readonly loose: readonly K8sObject[];
  readonly objects: K8sObject[];
  readonly spans: readonly (readonly [number, number])[];
  /** Namespaces that the policies name. */
  readonly namespaces: readonly string[];
}

export function readPolicies(
  all: readonly Passage[],
  namespaceOf: (passage: Passage) => string | undefined,
): PolicyResult {
  const about = withNeighbours(continued(all.flatMap(clausesOf).filter(isAbout), all), all);
  if (about.length === 0) return { objects: [], spans: [], namespaces: [], loose: [] };
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
  const [only, other] = objects;
  const late = all.find((s) => /^\s*named ["'`]?[a-z0-9][a-z0-9-]*["'`]?\s*$/i.test(s.text));
  if (
    only !== undefined &&
    other === undefined &&
    late !== undefined &&
    /^(?:default-deny|allow-listed)$/.test(only.metadata.name)
  ) {
    only.metadata.name = dnsName(late.text.replace(/^\s*named\s+/i, ''));
    late.ledger.use(late.at, late.at + late.text.length);
  }
  const it = /\b(?:it|its pods|them|these pods)\b/i.test(about.map((s) => s.text).join(' '));
  const loose = it ? objects.filter((o) => same(podSelectorOf(o), {})) : [];
  return { objects, spans: about.map((s) => [s.at, s.at + s.text.length] as const), namespaces, loose };
}

const podSelectorOf = (o: K8sObject): unknown => mapOf(o['spec'])['podSelector'];

const isAbout = (s: Passage): boolean =>
  (TRIGGER.test(s.text) || CLOSES.test(s.text)) &&
  !/\b(?:istio|authori[sz]ation polic|security group|vpc|aws|canary|weight|(?:external|internal) ?traffic ?policy)\b/i.test(
    s.text,
  );

/** With the sentences before and behind them that say where the pods listen, and what stays as it is. */
function withNeighbours(about: readonly Passage[], all: readonly Passage[]): Passage[] {
  if (about.length === 0) return [];
  const found = [...about];
  for (const s of all)
    if (
      !about.some((a) => a.at >= s.at && a.at < s.at + s.text.length) &&
      findImages(s.text).length === 0 &&
      !findKinds(s.text).some((k) => k.info.workload === true && k.info.kind !== 'Pod') &&
      goesOn(s.text)
    )
      found.push(s);
  return found.sort((a, b) => a.at - b.at);
}

/** With the sentences after them that go on about a policy: "It applies to pods labelled …", "Egress: only …". */
function continued(about: readonly Passage[], all: readonly Passage[]): Passage[] {
  const found: Passage[] = [];
  let open = false;
  for (const s of all) {
    const own = about.filter((a) => a.at >= s.at && a.at < s.at + s.text.length);
    if (own.length > 0) {
      found.push(...own);
      open = own.some((o) => /\bnetwork ?-?polic/i.test(o.text));
    } else if (
      open &&
      /^\s*(?:and\s+)?(?:it|the policy|this policy|they|only|ingress|egress|incoming|outgoing|inbound|outbound|allow\w*|permit\w*|from|to|policy ?types?|pods?|pod ?selector|select\w*|appl\w+|all other|everything else|nothing else|deny|block)\b/i.test(
        s.text,
      ) &&
      !findKinds(s.text).some((k) => k.info.workload === true && k.info.kind !== 'Pod')
    )
      found.push(s);
    else open = false;
  }
  return found;
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
  const open = KEPT_OPEN.exec(text)?.[0];
  const rest = open === undefined ? part : part.map((p) => blanked(p, KEPT_OPEN)).filter((p) => p.text.trim() !== '');
  const own = OWN_PODS.exec(text)?.[1];
  const made = complete(text, plainPolicies(rest, own !== undefined && isNameWord(own) ? own : namespace, namespaces));
  if (open !== undefined) for (const policy of made) leaveOpen(policy, /\b(?:in|incoming|ingress|inbound)\b/i.test(open) ? 'Ingress' : 'Egress'); // prettier-ignore
  return made;
}

function plainPolicies(part: readonly Passage[], namespace: string | undefined, namespaces: string[]): K8sObject[] {
  const { text } = new Said(part);
  const said = readAllowances(text, namespace, namespaces);
  if (said !== undefined) {
    const denied = /\bdefault[- ]deny\b|\bden(?:y|ies) (?:all|every|any)\b|\bblocks? (?:all|every|any)\b/i.test(text) && said.target !== undefined; // prettier-ignore
    const all = object('NetworkPolicy', 'default-deny', namespace ?? 'default', {
      spec: { podSelector: {}, policyTypes: ['Ingress'] },
    });
    return [...(denied ? [all] : []), allowed(text, said, namespace)];
  }
  const several = severalRules(text, namespace, namespaces);
  if (several !== undefined) {
    const mention = /\bnetwork ?-?polic(?:y|ies)\b/i.exec(text);
    const name = mention === null ? undefined : nameAfter(text, mention.index + mention[0].length)?.name;
    return [object('NetworkPolicy', name ?? `${several.about}-policy`, namespace ?? 'default', { spec: several.spec })];
  }
  const onlys = text.split(/(?:,\s*(?:and\s+)?|;\s*|\s+and\s+)(?=only\b)/i);
  if (onlys.length > 1 && onlys.every((o) => reachRule(o) !== undefined))
    return onlys.flatMap((o) => reachPolicies(o, reachRule(o) as Reach, namespace));
  const rule = reachRule(text);
  if (rule === undefined) return [onePolicy(part, namespace, namespaces)];
  return reachPolicies(text, rule, namespace);
}

/** A policy of what whole sentences allow. */
function allowed(text: string, { ingress, egress, target }: Allowed, namespace: string | undefined): K8sObject {
  const mention = /\bnetwork ?-?polic(?:y|ies)\b/i.exec(text);
  const named = mention === null ? undefined : nameAfter(text, mention.index + mention[0].length)?.name;
  const about = target === undefined ? 'allow-listed' : `${Object.values(target)[0] ?? 'app'}-policy`;
  return object('NetworkPolicy', named ?? about, namespace ?? 'default', {
    spec: {
      podSelector: target === undefined ? {} : { matchLabels: target },
      policyTypes: [...(ingress === undefined ? [] : ['Ingress']), ...(egress === undefined ? [] : ['Egress'])],
      ...(ingress === undefined || ingress.length === 0 ? {} : { ingress }),
      ...(egress === undefined || egress.length === 0 ? {} : { egress }),
    },
  });
}

function reachPolicies(text: string, rule: Reach, namespace: string | undefined): K8sObject[] {
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
  const open = types.length === 1 && !denyAll && ports.length > 0 ? [{ ports }] : [];
  if (types.includes('Ingress') && allows && ingress.length + open.length > 0)
    spec['ingress'] = ingress.length > 0 ? ingress : open;
  if (types.includes('Egress')) {
    const rest: DraftObject[] = allows ? (egress.length > 0 || types.length > 1 ? egress : open) : [];
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
export const clientsOnly = (workload: Workload, ports: readonly number[], clients: readonly Workload[]): K8sObject =>
  object('NetworkPolicy', `${workload.name}-clients`, workload.namespace, {
    spec: {
      podSelector: { matchLabels: selectorOf(workload) },
      policyTypes: ['Ingress'],
      ingress:
        clients.length === 0
          ? []
          : [
              {
                from: clients.map((c) => ({ podSelector: { matchLabels: selectorOf(c) } })),
                ports: ports.map((port) => ({ protocol: 'TCP', port })),
              },
            ],
    },
  });
