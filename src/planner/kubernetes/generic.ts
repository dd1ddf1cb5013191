/** When the word for a kind of object is only said in passing. */
import type { Passage } from '../text.ts';
import { findKinds, type KindInfo } from './kinds.ts';
import type { Entity } from './model.ts';
import { type Named } from './names.ts';

/** Kinds whose words are as often an attribute of something else, even with a name. */
const MAYBE: ReadonlySet<string> = new Set(['Secret', 'StorageClass', 'PriorityClass', 'RuntimeClass', 'IngressClass']);

/** "Priority class high.": a sentence of its own is about the workload unless it says what the class is. */
const isClassWord = (before: string, after: string): boolean =>
  before !== '' && before.trim() === ''
    ? !/\b(?:value|provisioner|handler|controller|reclaim|preempt\w*)\b/i.test(after.slice(0, 160))
    : !/(?:^|\b(?:create|add|define|new|also|an?)\s+(?:the\s+|a\s+)?)(?:[\w-]+\s+)?$/i.test(before);

/** "a service account token", "restored from the snapshot x": what something else is made of. */
const isSource = (info: KindInfo, before: string, after: string): boolean =>
  info.kind === 'Namespace' ||
  (info.kind === 'Secret' &&
    /\bpull(?:s|ed|ing)?\s+(?:[\w-]+\s+)?images?\s+(?:with|using|by|through)\s+(?:the\s+|an?\s+)?(?:existing\s+)?$/i.test(
      before,
    )) || // prettier-ignore
  (info.kind === 'ServiceAccount' && /^[ -]tokens?\b/i.test(after)) ||
  (info.kind === 'VolumeSnapshot' && /\b(?:from|restor\w+|source)\b[^.;,]{0,24}$/i.test(before));

/** "each pod", "if a pod": said of all of its kind, or of whichever it may be. */
export const isOfAll = (before: string): boolean =>
  /\b(?:(?:each|every|any|no|either|per)|(?:if|when|whenever|once|unless|until|while|before|after)(?: (?:an?|one|the))?)\s+$/i.test(
    before,
  );

/** "at most 1 pod a minute", "each pod", "the pods": said of what something else is made of. */
const isPodWord = (before: string, after: string, plural: boolean): boolean =>
  plural ||
  isOfAll(before) ||
  /\b(?:at most|no more than|never more than|up to|by|max(?:imum)?(?: of)?)\s+(?:\d+|one|two|three|four)\s+$/i.test(
    before,
  ) ||
  /\b(?:the|from|to|of)\s+$/i.test(before) ||
  /^\s+(?:each\b|apiece\b|(?:a|per|every|each|at)\s+(?:an?\s+)?(?:minute|second|hour|time|once|node)|may\b|can be\b|must\b|should\b|down\b|restarts?\b)/i.test(
    after,
  ) ||
  /^\s+(?:management|template|security|disruption|anti|affinity|label|template|is ready|counts)/i.test(after);

/** A kind said in passing (`access to pods`, `the pods`, `ingress traffic`) begins nothing. */
export function isGeneric(
  info: KindInfo,
  text: string,
  mention: { start: number; end: number; plural?: boolean },
  named: Named | undefined,
  before: string,
): boolean {
  const after = text.slice(mention.end);
  // What an init container waits for is there, or is made elsewhere.
  if (info.kind === 'Service' && /\b(?:wait\w*|until|answers?)\b[^.;,]{0,40}$/i.test(before)) return true;
  if (isSource(info, before, after)) return true;
  if (named !== undefined && mention.plural !== true && !MAYBE.has(info.kind)) return false;
  switch (info.kind) {
    case 'Pod':
      return isPodWord(before, after, mention.plural === true);
    case 'ReplicaSet':
      return /\bmongo(?:db)?\s+$/i.test(before) && named === undefined;
    case 'Job':
      return (
        /\bcron\s+$/i.test(before) || (mention.plural === true && (named === undefined || !/[-\d]/.test(named.name)))
      );
    case 'Deployment':
      return (
        /^\s+(?:strategy|pipeline|order|environment|of the (?:app|image))/i.test(after) ||
        /\b(?:each|every|blue\/?green|canary|rolling)\s+$/i.test(before)
      );
    case 'ServiceAccount':
      return named === undefined && /\bdefault\s+$/i.test(before);
    case 'Secret':
      return (
        /\b(?:pull|from|as|in|tls|compose|using|of|per)\s+(?:an?\s+|the\s+|image pull\s+)?(?:tls\s+)?$/i.test(before) &&
        !/\bcreate\b/i.test(before)
      );
    case 'ConfigMap':
      return /\b(?:from|of)\s+(?:an?\s+|the\s+)?$/i.test(before) && named === undefined;
    case 'Service':
      if (mention.plural === true && named === undefined && /^\s*(?::|in\b|to\b|on\b|for\b|,|\.|$)/.test(after))
        return true;
      return (
        named === undefined &&
        /\b(?:web|micro|back-?end|api|managed|cloud|per)[\s-]+$/i.test(before) &&
        !/\b(?:behind|through|by|expose)/i.test(before)
      );
    case 'StorageClass':
    case 'PriorityClass':
    case 'RuntimeClass':
    case 'IngressClass':
      return isClassWord(before, after);
    case 'Role':
      return named === undefined;
    default:
      return false;
  }
}

/** Objects that are spoken of within a workload's sentence: the sentence goes on about the workload. */
export const BESIDE: ReadonlySet<string> = new Set(['ConfigMap', 'Secret', 'PersistentVolumeClaim', 'ServiceAccount']);

/** Objects that are about a workload that they name. */
export const AROUND: ReadonlySet<string> = new Set([
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Service',
  'ServiceMonitor',
  'PodMonitor',
  'Ingress',
]);

/** Objects whose names are those of what they are for, never components. */
export const SCALES: ReadonlySet<string> = new Set(['HorizontalPodAutoscaler', 'PodDisruptionBudget']);

/** Objects that count other objects. */
export const COUNTING: ReadonlySet<string> = new Set(['ResourceQuota', 'LimitRange']);

/** Objects that name Services rather than wish for them. */
export const ROUTING: ReadonlySet<string> = new Set([
  'Ingress',
  'HTTPRoute',
  'Gateway',
  'IstioGateway',
  'VirtualService',
  'DestinationRule',
  'Certificate',
]);

/** Whether the words say that an object is there already: "the existing service x", "deployment x runs already". */
export function isThere(info: KindInfo, text: string, mention: { start: number }, end: number): boolean {
  const before = text.slice(0, mention.start);
  return (
    /\b(?:existing|already|current|running|(?:given|assume|suppose)(?: that)?(?: there is)?(?: an?| the)?)\s+(?:[\w-]+\s+)?$/i.test(
      before,
    ) ||
    /^["'`]?,?\s+(?:which|that) (?:already )?(?:exists?|is (?:already )?there)\b/i.test(text.slice(end)) ||
    /^\s+(?:in (?:namespace |ns )?\S+ )?(?:already (?:runs|exists|is there)|(?:runs?|exists?|is running|is there|is deployed) already)\b/i.test(
      text.slice(end),
    ) ||
    (info.kind === 'Service' && /\bexpose\s+(?:the\s+)?(?:existing\s+)?$/i.test(before) && /\bingress\b/i.test(text))
  );
}

/** "The services exist already": says nothing of its own but what is there. */
export function readExistence(sentence: Passage, entities: readonly Entity[]): boolean {
  const said =
    /^\s*(?:and\s+)?(?:(?:both|all)(?: of (?:them|these))?|they|these|the(?:se)?\s+((?:[\w-]+\s+){0,4}?[\w-]+))\s+(?:do\s+|all\s+|both\s+)?(?:already\s+)?(?:exists?|(?:is|are)\s+(?:already\s+)?(?:there|in place|running|present|deployed))(?:\s+(?:already|there|in .*))*\s*$/i.exec(
      sentence.text,
    );
  if (said === null) return false;
  sentence.ledger.use(sentence.at, sentence.at + sentence.text.length);
  const kinds = said[1] === undefined ? [] : findKinds(said[1]).map((k) => k.info.kind);
  const about = (e: Entity): boolean =>
    said[1] === undefined
      ? e.kind?.workload !== true
      : kinds.includes(e.kind?.kind ?? '') || said[1].split(' ').includes(e.name ?? '');
  for (const entity of entities) if (about(entity)) entity.exists = true;
  return true;
}
