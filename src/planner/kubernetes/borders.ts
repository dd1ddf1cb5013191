/**
 * What may come in and go out of pods that are there, told without the words of the API: "nobody outside the namespace may reach any pod
 * in it", "must not reach the internet, only DNS and the pods labelled app=db". Where something is made, `policy.ts` reads the words.
 */
import { sentences, type Passage } from '../text.ts';
import { findImages } from './images.ts';
import type { DraftObject, K8sObject, Workload } from './model.ts';
import { dnsName } from './names.ts';
import { DNS, LABELS, pairs } from './peers.ts';
import { object, selectorOf } from './render.ts';

const NS = String.raw`(?:the\s+)?(?:own\s+|same\s+|this\s+)?(?:namespace\s+(?:called |named )?["'\x60]?([a-z0-9][a-z0-9-]*)["'\x60]?|["'\x60]?([a-z0-9][a-z0-9-]*)["'\x60]?\s+namespace)`;
const LABELLED = String.raw`pods?\s+(?:(?:that (?:have|carry)|with|labell?ed|having|carrying)\s+)+(?:the\s+)?(?:labels?\s+)?${LABELS}`;
const REACH = String.raw`(?:reach(?:ed)?|access(?:ed)?|connect(?:ed)?|talk|speak|call(?:ed)?|contact(?:ed)?|get|come|enter|send|quer(?:y|ied)|use)`;
const MAY = String.raw`(?:may|can|should|must|shall|(?:is|are) allowed to|(?:is|are) able to)`;
const NONE = String.raw`(?:nothing|nobody|no[ -]?one|none|no (?:traffic|connections?|requests?|pods?|access))`;

const NO_INTERNET =
  /\b(?:not|n't|never|cannot|can't)\s+(?:be\s+)?(?:(?:able|allowed|permitted)\s+to\s+)?(?:reach|access|talk to|connect to|contact|call|go(?: out)? to|get(?: out)? to|open connections to|send (?:anything|data|traffic) to|see)\s+(?:anything (?:on|outside)\s+)?(?:the\s+)?(?:public\s+)?(?:internet|outside(?: world)?|external (?:addresses|hosts|network))|\bno (?:outgoing|outbound|internet)\s*(?:traffic|access|connections?)?\b(?: to the (?:internet|outside))?|\bwithout (?:internet|outbound|outgoing) (?:access|traffic)\b|\bcut off from the internet\b/i;
const OUTSIDE = new RegExp(
  String.raw`\b${NONE}\s+(?:from\s+)?outside\s+(?:of\s+)?${NS}\s+${MAY}\s+(?:be able to\s+)?${REACH}|\b(?:pods?|everything|it|they)\s+(?:in it\s+)?(?:must|may|can|should)\s+(?:not|only) be (?:reached|reachable|accessible|accessed) from (?:outside|inside|within) ${NS}`,
  'i',
);

const ONLY = new RegExp(
  String.raw`\bonly\s+(?:the\s+)?(?:pods?\s+(?:in|of|from)\s+)?(?:the\s+)?${NS}\s+${MAY}\s+(?:be able to\s+)?(?:${REACH}|scrape)\s+(?:to\s+|with\s+)?(?:the\s+)?${LABELLED}`,
  'i',
);

/** @returns nothing where the words draw no border */
export function readBorders(
  text: Passage,
  namespaceOf: (passage: Passage) => string | undefined,
  others: readonly K8sObject[],
): K8sObject | undefined {
  if (/\bnetwork ?-?polic(?:y|ies)\b/i.test(text.text) || JSON.stringify(others).includes('"Egress"')) return undefined;
  const all = sentences(text);
  const told = others.length > 0;
  const one = told ? undefined : all.map((s) => ({ s, m: ONLY.exec(s.text) })).find(({ m }) => m !== null);
  if (one !== undefined && one.m !== null) return onlyFrom(one.s, one.m);
  const closed = told ? [] : all.filter((s) => OUTSIDE.test(s.text));
  const shut = all.filter((s) => NO_INTERNET.test(s.text));
  const about = [...closed, ...shut];
  if (about.length === 0) return undefined;
  const labels = subjectOf(text.text);
  const namespace = about.map((s) => namespaceOf(s)).find((n) => n !== undefined);
  for (const s of about)
    if (findImages(s.text).length === 0) s.ledger.use(s.at, s.at + s.text.length);
    else for (const words of [OUTSIDE, NO_INTERNET]) s.take(words);
  const spec: DraftObject = {
    podSelector: labels === undefined ? {} : { matchLabels: labels },
    policyTypes: [...(closed.length > 0 ? ['Ingress'] : []), ...(shut.length > 0 ? ['Egress'] : [])],
    ...(closed.length > 0 ? { ingress: [{ from: [{ podSelector: {} }] }] } : {}),
    ...(shut.length > 0 ? { egress: outwards(text.text, shut) } : {}),
  };
  const name = dnsName(Object.values(labels ?? {})[0] ?? namespace ?? 'pods');
  return object('NetworkPolicy', `${name}-borders`, namespace ?? 'default', { spec });
}

/** "only namespace monitoring may scrape the pods labelled app=api in namespace prod on port 9102" */
function onlyFrom(sentence: Passage, match: RegExpExecArray): K8sObject {
  sentence.ledger.use(sentence.at, sentence.at + sentence.text.length);
  const labels = pairs(match[3] ?? '');
  const rest = sentence.text.slice(match.index + match[0].length);
  const where = new RegExp(String.raw`^\s*(?:in|of)\s+${NS}`, 'i').exec(rest);
  const ports = [...rest.matchAll(/\b(?:ports?|on)\s+(?:port\s+)?(\d{2,5})\b/gi)].map((m) => Number(m[1]));
  const from = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': match[1] ?? match[2] ?? '' } } };
  return object(
    'NetworkPolicy',
    `${dnsName(Object.values(labels)[0] ?? 'pods')}-borders`,
    where?.[1] ?? where?.[2] ?? 'default',
    {
      spec: {
        podSelector: { matchLabels: labels },
        policyTypes: ['Ingress'],
        ingress: [
          {
            from: [from],
            ...(ports.length === 0 ? {} : { ports: [...new Set(ports)].map((port) => ({ protocol: 'TCP', port })) }),
          },
        ],
      },
    },
  );
}

/** For the pods of the only thing that the description makes, where it makes one. */
export function bordersOf(policy: K8sObject, only: Workload | undefined): K8sObject {
  const spec = policy['spec'] as DraftObject;
  if (only === undefined || Object.keys((spec['podSelector'] ?? {}) as DraftObject).length > 0) return policy;
  const podSelector = { matchLabels: selectorOf(only) };
  return object('NetworkPolicy', `${only.name}-borders`, only.namespace, { spec: { ...spec, podSelector } });
}

/** The pods that the words are about: those that are labelled, unless they are the ones that may come. */
function subjectOf(text: string): Record<string, string> | undefined {
  for (const m of text.matchAll(new RegExp(LABELLED, 'gi')))
    if (!/\b(?:from|by|only|to|and|reach|call)\s+(?:only\s+|the\s+|all\s+)*$/i.test(text.slice(0, m.index)))
      return pairs(m[1] ?? '');
  return undefined;
}

/** What stays open to the outside: names are always looked up, pods of the cluster unless only some are named. */
function outwards(whole: string, about: readonly Passage[]): DraftObject[] {
  const rules: DraftObject[] = [{ ...DNS }];
  const text = about.map((s) => s.text).join('; ');
  const only = new RegExp(
    String.raw`\bonly\s+(?:dns\s*(?:,|and)\s*)?(?:the\s+)?${LABELLED}(?:\s+in\s+${NS})?(?:[^.;\d]{0,16}?\b(?:on|port)\s+(?:port\s+)?(\d{2,5}))?`,
    'i',
  ).exec(text);
  if (only === null)
    return /\b(?:only|nothing but|except(?: for)?|but|besides) dns\b/i.test(whole)
      ? rules
      : [...rules, { to: [{ namespaceSelector: {} }] }];
  const space = only[2] ?? only[3];
  const to: DraftObject = {
    ...(space === undefined ? {} : { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': space } } }),
    podSelector: { matchLabels: pairs(only[1] ?? '') },
  };
  return [
    ...rules,
    { to: [to], ...(only[5] === undefined ? {} : { ports: [{ protocol: 'TCP', port: Number(only[5]) }] }) },
  ];
}
