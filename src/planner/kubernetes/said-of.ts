/** Whose words a clause is: said of several things at once, or of the workload again after an object beside it. */
import { NUMBER, SIZE, sizeOf } from '../grammar/quantities.ts';
import type { Passage } from '../text.ts';
import type { ClusterBuilder } from './builder.ts';
import { isWorkload } from './entities.ts';
import { addPassage } from './leads.ts';
import type { Entity } from './model.ts';

const SERVICE_WORDS =
  /\bports?\b|\bservices?\b|\btype\b|node ?-?port|load ?-?balancer|cluster ?-?ip|headless|\btarget|\bselect|\bexpos|\bon \d|^\s*(?:and\s+)?\d{2,5}\b|\b\d{2,5}:\d{2,5}|\bpublic|\bintern|\bextern|\baffinity|\bsticky|\breach|\baccess|^\s*with \d{3,5}\b(?!\s*(?:[GMK]i|replicas|pods|%|copies))/i;

/** "headless service db, 1Gi volume each": the second clause is about the workload again. */
export function returnClauses(entity: Entity): void {
  const owner = entity.owners[0];
  if (owner === undefined || entity.owners.length > 1 || owner.exists) return;
  const stays = (text: string): boolean =>
    entity.kind?.kind === 'Ingress'
      ? !/\breplicas?\b|\benv\b|\bprobe|\blimits?\b|\brequests?\b|\bmemory\b|\dGi\b|\bvolumes?\b/i.test(text)
      : entity.kind?.kind === 'HorizontalPodAutoscaler'
        ? !/^\s*(?:and\s+)?(?:requests?|requesting|limits?|env|port|with (?:a )?(?:pvc|volume|service|secret|config))\b/i.test(
            text,
          )
        : SERVICE_WORDS.test(text);
  const kept: Passage[] = [];
  for (const passage of entity.passages) {
    passage
      .split(/,\s+|\s+(?=with \d|with a (?:volume|pvc|persistent))/)
      .forEach((clause, index) => (index === 0 || stays(clause.text) ? kept : owner.passages).push(clause));
  }
  entity.passages = kept;
  entity.said = kept.map((p) => p.text.trim()).join(', ');
}

/** "…, both get LOG_LEVEL=debug": said of every workload before it. */
export function saidOfAll(entities: readonly Entity[]): void {
  const workloads = entities.filter((e) => isWorkload(e) && e.explicit && !e.exists);
  for (const entity of workloads)
    for (const passage of [...entity.passages]) {
      const at = passage.text.search(
        /\b(?:both|all(?: (?:of them|three|four|the deployments))?|each(?: of them)?|they all)\s+(?:deployments\s+)?(?:gets?|ha(?:s|ve)|uses?|runs?|needs?|mounts?|reads?|share|takes?|loads?|listens?|exposes?|with|should (?:get|have|use|run)|must (?:get|have|use|run))\b/i,
      );
      if (at >= 0)
        for (const other of workloads)
          if (other !== entity && other.id < entity.id) addPassage(other, passage.slice(at));
      // "deployment a with x and deployment b with y, 2 pods each"
      const each = new RegExp(`\\b${NUMBER}\\s+(?:pods?|replicas?|copies|instances)\\s+each\\b`, 'i').exec(
        passage.text,
      );
      if (each !== null)
        for (const other of workloads)
          if (other !== entity && other.id < entity.id && !/\b(?:pods|replicas|copies|instances)\b/i.test(other.said))
            addPassage(other, passage.slice(each.index, each.index + each[0].length));
    }
}

/** "All names should be mysql": what has no name of its own. */
export function nameAll(builder: ClusterBuilder, entities: readonly Entity[]): void {
  const name = builder.text.take(
    /\ball (?:the )?(?:potential |possible |object |resource |their )?names\s+(?:are|should be|must be|named|=|:)?\s*["'`]?([a-z0-9][a-z0-9-]*)/i,
  )?.[1];
  if (name !== undefined) for (const e of entities) if (e.explicit && !e.exists) e.name ??= name;
}

/** A size that is said of several things at once. */
export function eachSize(text: Passage): string | undefined {
  const match = text.take(
    new RegExp(
      `${SIZE}\\s*(?:of (?:storage|disk|space) )?(?:for )?(?:each|both|apiece|every one)\\b|(?:each|both)\\b[^.;]{0,30}?${SIZE}(?= of storage| volume| persistent| disk| pvc|[,.;]|$)`,
      'i',
    ),
  );
  const [amount, unit] = [match?.[1] ?? match?.[3], match?.[2] ?? match?.[4]];
  return amount === undefined ? undefined : sizeOf(amount, unit ?? 'Gi');
}
