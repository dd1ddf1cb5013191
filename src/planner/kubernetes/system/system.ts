/**
 * A system of several services, read as one: who is who, which words belong to whom, who may talk to whom, what is reached from outside.
 * Objects that are named in so many words ("a Deployment called web") are read by the grammar of objects instead.
 */
import type { Passage } from '../../text.ts';
import { findImages } from '../images.ts';
import { readSchedule } from '../../grammar/schedule.ts';
import { findKinds, kindInfo } from '../kinds.ts';
import type { Entity } from '../model.ts';
import { Parts } from './parts.ts';
import { readRelations, type Relations } from './relations.ts';
import type { Part } from './part.ts';
import { HOST, handOut, plain } from './words.ts';

export interface System {
  readonly parts: Parts;
  readonly relations: Relations;
  /** The services, and the objects that the words ask for around them. */
  readonly entities: readonly Entity[];
  /** What no other grammar reads. */
  readonly spans: readonly (readonly [number, number])[];
}

/** @returns nothing where the description is no system of several services */
export function readSystem(text: Passage): System | undefined {
  const parts = new Parts(text);
  if (!several(parts)) return undefined;
  for (const { start, end, image } of parts.spoken) {
    text.ledger.use(start, end);
    if (image !== undefined) text.ledger.use(image.start, image.end);
  }
  const relations = readRelations(parts);
  const around = handOut(parts);
  const services = parts.parts.map((p) => p.entity);
  if (parts.shared !== undefined) {
    text.ledger.use(parts.shared.at, parts.shared.end);
    for (const entity of services) entity.image ??= parts.shared.image;
  }
  for (const part of parts.parts) byTheClock(part);
  const entities = [...services, ...around].map((e, id) => Object.assign(e, { id }));
  return { parts, relations, entities, spans: relations.spans };
}

/** "cron acme/report:2 every 15 minutes", "nightly cleanup with …": a program that runs by the clock, or once before the others. */
function byTheClock({ entity, own, of }: Part): void {
  if (!own) return;
  const said = entity.passages.map((p) => p.text).join('; ');
  const timed = entity.passages.some((p) => readSchedule(plain(p.text, 0)) !== undefined);
  if (timed && !/\bports?\s+\d|\brestart|\bback-?ups?\b/i.test(said)) entity.kind = kindInfo('CronJob');
  else if (of !== undefined && /^(?:db-|database-)?migrat/.test(entity.name ?? '')) entity.kind = kindInfo('Job');
}

/** "An Ingress for …", "HPA x …": one object is wished for; what it names is there. */
const OBJECT_FIRST =
  /^\s*(?:(?:please|can you|could you|i(?:'d| would) like|i need|we need|i want|create|write|add|make|give me|set up|define|generate|need)\s+)*(?:an?\s+|the\s+|one\s+|me\s+)*(?:["'`]?[a-z0-9-]+["'`]?\s+)?(?:ingress(?! controller)|http ?-?route|gateway|hpa\b|horizontal ?pod ?autoscaler|network ?-?policy|resource ?quota|limit ?range|priority ?class|storage ?class|persistent ?volume|pvc\b|pdb\b|pod ?disruption ?budget|service ?account|cluster ?role|role\b)|^\s*(?:only\s+|all\s+|the\s+)*(?:[a-z]+\s+)?pods?\b/i;

/** Whether a workload is named as an object; "1 pod", "each pod", "when the pod dies" name none. */
export const namesObjects = (text: string, blocked: (start: number, end: number) => boolean = () => false): boolean =>
  // One program on every node is a DaemonSet, whatever addresses its taints look like.
  (/\bon (?:every|each|all)(?: the)? nodes?\b/i.test(text) && findImages(text).length === 1) ||
  (OBJECT_FIRST.test(text) && findImages(text).every((i) => /^[\w.-]+:\d{2,5}$/.test(i.image))) ||
  findKinds(text).some(
    (k) =>
      k.info.workload === true &&
      !k.plural &&
      !blocked(k.start, k.end) &&
      !(k.info.kind === 'Job' && isHanded(text, k.start, k.end)) &&
      !(
        k.info.kind === 'Pod' &&
        (/\b(?:\d+|one|each|every|per|any)\s+$/i.test(text.slice(0, k.start))
          ? !/^\s+(?:called|named|with|that|running|of|["'`])/i.test(text.slice(k.end))
          : /^\s+(?:dies|restarts?|fails?|crash\w*|goes|is gone|stops|moves|always|at (?:a|any) time)\b/i.test(
              text.slice(k.end),
            ))
      ),
  );

/** "puts a job into Redis", "picks the jobs up": work that is handed on, no Job. */
const HANDED =
  /\b(?:puts?|push(?:es)?|writes?|sends?|enqueues?|queues?|adds?|publish(?:es)?|picks?(?: up)?|takes?|reads?|gets?|works?(?: on| off)?|process(?:es)?|consumes?|fetch(?:es)?|handles?|does|as)\s+(?:(?:an?|the|its|their|all|new|these|those|\d+)\s+)*$/i;
const isHanded = (text: string, start: number, end: number): boolean =>
  /^\s+(?:in|on)to\b/i.test(text.slice(end, end + 12)) ||
  (HANDED.test(text.slice(Math.max(0, start - 40), start)) &&
    /^\s+(?:in|to|on|from|up|off|out)\b/i.test(text.slice(end, end + 12)));

/** A secret that is read by its key, not made. */
const GIVEN =
  /\bexisting secret\b|\bkey\s+\S+\s+(?:of|in|from)\s+(?:the\s+)?secret\b|\bsecret\s+\S+[,\s(]+(?:under\s+)?key\b|\b(?:certificate|cert|tls)\b[^.;]{0,24}\bsecret\b/i;

/** Several services, or a program with its image and an address, and no word of an object. */
const several = (parts: Parts): boolean =>
  parts.parts.length > 1 ||
  (parts.parts.length === 1 &&
    HOST.test(parts.text.text) &&
    findKinds(parts.text.text).every(
      (k) => /^(?:Namespace|Pod)$/.test(k.info.kind) || (k.info.kind === 'Secret' && GIVEN.test(parts.text.text)),
    ));
