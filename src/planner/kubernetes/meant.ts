/** Which of the things spoken of a mention means again, and which mentions mean no thing at all. */
import type { App } from '../catalogue/index.ts';
import type { Passage } from '../text.ts';
import { PARTS, ROUTES } from './beside.ts';
import { COUNTING, ROUTING } from './generic.ts';
import type { KindInfo } from './kinds.ts';
import type { Entity } from './model.ts';

/** What is counted, routed to or hung on by what the sentence is about is not made. */
export function isOnlySaid(
  info: KindInfo,
  mention: { readonly plural?: boolean },
  before: string,
  subject: string,
  making: boolean,
): boolean {
  // "a quota of 10 config maps", "claims must be at least 1Gi": what is counted is not made.
  if (
    COUNTING.has(subject) &&
    !making &&
    (mention.plural === true || /\b(?:\d+|no|one|two|three|four|five|six|ten)\s+(?:[\w-]+\s+)?$/i.test(before))
  )
    return true;
  const joined = info.kind === 'Service' && /\band an?\s+(?:new\s+|matching\s+)?$/i.test(before);
  if (/^(?:Service|Secret|(?:Cluster)?Issuer)$/.test(info.kind) && ROUTING.has(subject) && !joined) return true;
  if (info.kind === 'Gateway' && subject === 'HTTPRoute' && !making) return true;
  return false;
}

/** "a Service and a Deployment. Deployment: web", "expose it as service web": what was spoken of without its name. */
export function unnamed(
  entities: readonly Entity[],
  info: KindInfo,
  before: string,
  subject: Entity | undefined,
): Entity | undefined {
  const first = before.trim() === '';
  return entities.find(
    (e) =>
      e.kind?.kind === info.kind &&
      e.name === undefined &&
      e.explicit &&
      !e.exists &&
      (first || e === subject) &&
      (first || info.kind === 'Service'),
  );
}

/**
 * A component's word that only says where a volume is or what routes.
 * @param about the kind of what the sentence is about
 */
export function isPlace(about: string, app: App | undefined, image: string | undefined, whole: string): boolean {
  // "(nginx annotations)": the proxy that does the routing.
  if (ROUTING.has(about) && image === undefined && app?.role === 'proxy') return true;
  // "NFS server 10.0.0.5": where a volume is.
  if (
    (/^(?:PersistentVolume|PersistentVolumeClaim|StorageClass|Endpoint)/.test(about) ||
      /\bpersistent ?volumes?\b(?! ?claim)/i.test(whole)) &&
    image === undefined &&
    app?.id === 'nfs'
  )
    return true;
  return false;
}

/** The component of before that is meant again. */
export function spokenOf(
  entities: readonly Entity[],
  app: App | undefined,
  count: number | undefined,
  qualifier: string | undefined,
): Entity | undefined {
  const known = entities.find(
    (e) =>
      e.app?.id === app?.id &&
      app !== undefined &&
      (qualifier === undefined || e.qualifier === qualifier) &&
      (count === undefined || e.count === count),
  );
  if (known !== undefined || qualifier === undefined || !/^(?:leader|master|primary|hub)$/.test(qualifier))
    return known;
  // "with Redis: … Redis primary and two replicas": the first word spoken of is the primary.
  const plain = entities.find(
    (e) => e.app?.id === app?.id && e.qualifier === undefined && e.count === undefined && e.name === undefined,
  );
  if (plain !== undefined) plain.qualifier = qualifier;
  return plain;
}

/** "Scale down slowly …": a sentence that only an autoscaler can be meant by. */
export function continued(entities: readonly Entity[], text: string): Entity | undefined {
  const last = entities.at(-1);
  if (last !== undefined && ROUTING.has(last.kind?.kind ?? '') && ROUTES.test(text)) return last;
  return /^\s*(?:up|down|upwards?|downwards?)\s*:|\bscal(?:e|es|ing)[ -](?:down|up|in|out)\b|\bstabili[sz]ation\b/i.test(
    text,
  )
    ? entities.find((e) => e.kind?.kind === 'HorizontalPodAutoscaler')
    : undefined;
}

/** A sentence that begins with the name of something that was spoken of before. */
export function atTheStart(entities: readonly Entity[], text: string): Entity | undefined {
  const word =
    /^\s*(?:the\s+|and\s+)?["'`]?([a-z0-9][a-z0-9.-]*[a-z0-9])["'`]?\s+(?:has|is|runs|gets|needs|uses|should|must|holds|contains|with)\b/i.exec(
      text,
    )?.[1];
  return word === undefined ? undefined : entities.find((e) => e.name === word);
}

const isWorkload = (entity: Entity): boolean => entity.kind === undefined || entity.kind.workload === true;

/** "We have five items; run them as a Job": what was said before anything was named is about the only thing there is. */
export function saidEarly(entities: readonly Entity[], orphans: readonly Passage[]): void {
  const [only, another] = entities.filter((e) => isWorkload(e) && !e.exists);
  if (only === undefined || another !== undefined) return;
  const [first] = only.passages;
  only.passages.unshift(...orphans.filter((p) => first === undefined || p.at < first.at));
  only.said = only.passages.map((p) => p.text.trim()).join('; ');
}

/** "CronJob every 15 minutes named report": the name comes late. */
export function lateNames(entities: readonly Entity[]): void {
  for (const entity of entities) {
    const alone = entity.image !== undefined && entities.filter(isWorkload).length === 1;
    if ((!entity.explicit && !alone) || entity.name !== undefined) continue;
    const late = [...entity.said.matchAll(/\b(?:named|called)\s+["'`]?([a-z0-9][a-z0-9-]*[a-z0-9])/gi)].find(
      (m) => !PARTS.test(entity.said.slice(0, m.index)),
    )?.[1];
    if (late !== undefined) entity.name = late.toLowerCase();
  }
}
