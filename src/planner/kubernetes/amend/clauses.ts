/** What is said about manifests that are given, clause by clause: which object, which containers, whether something goes or comes. */
import { escaped, readText, sentences } from '../../text.ts';
import type { DraftObject } from '../model.ts';
import { allContainers, listOf, nameOf, podSpecOf, wordOf } from '../mend/shape.ts';

export interface Change {
  readonly text: string;
  /** Something is taken out. */
  readonly removes: boolean;
  readonly object: DraftObject;
  /** The containers that are meant; empty where it is about the whole. */
  readonly containers: readonly DraftObject[];
  /** All that is said, for what a clause only points at. */
  readonly whole: string;
}

const VERB = String.raw`(?:please\s+|also\s+|then\s+|finally\s+|instead\s+)*(?:add|set|change|remove|drop|delete|raise|increase|decrease|lower|reduce|give|use|make|run|mount|expose|scale|update|upgrade|switch|replace|rename|move|limit|enable|disable|put|turn|bump|configure|ensure|let|allow|keep|point|attach|inject|label|annotate|get rid|take|pin|double|halve|tolerate|spread|do not|don't|stop|it (?:should|must)|they (?:should|must)|the \w+ (?:should|must))\b`;
const BORDER = new RegExp(String.raw`(?:,\s*(?:and\s+|then\s+|but\s+)?|\s+(?:and|then|but)\s+)(?=${VERB})`, 'i');
const REMOVES =
  /^\s*(?:please\s+|also\s+|then\s+|finally\s+|and\s+|to\s+|can you\s+|could you\s+)*(?:remove|drop(?!\s+(?:all|every|the|any)?\s*(?:linux\s+)?capabilit)|delete|get rid of|take (?:out|away)|strip|unset|disable|turn off|switch off|stop using|no longer use|do not use|don't use|undo)\b|\b(?:without|no longer (?:has|have|needs?|uses?)|must not (?:use|have)|should not (?:use|have)|is not needed|are not needed|should go)\b/i;

const KIND_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bcron ?-?jobs?\b/i, 'CronJob'],
  [/\bdeployments?\b/i, 'Deployment'],
  [/\bstateful ?-?sets?\b/i, 'StatefulSet'],
  [/\bdaemon ?-?sets?\b/i, 'DaemonSet'],
  [/\bservices?\b(?! ?account)/i, 'Service'],
  [/\bingress(?:es)?\b/i, 'Ingress'],
  [/\bconfig ?-?maps?\b/i, 'ConfigMap'],
  [/\b(?:hpa|auto-?scaler|horizontal ?pod ?autoscaler)\b/i, 'HorizontalPodAutoscaler'],
  [/\b(?:pvc|claim|persistent ?volume ?claim)\b/i, 'PersistentVolumeClaim'],
  [/\bnetwork ?-?polic(?:y|ies)\b/i, 'NetworkPolicy'],
  [/\b(?:pdb|disruption budget)\b/i, 'PodDisruptionBudget'],
  [/\b(?:cluster ?)?roles?\b(?! ?bind)/i, 'Role'],
  [/\bjobs?\b/i, 'Job'],
];

/** The object that a clause is about: by its name, by its kind, else the one before it, else the first workload. */
function objectFor(
  text: string,
  objects: readonly DraftObject[],
  last: DraftObject | undefined,
): DraftObject | undefined {
  const byKind = objects.filter((o) => KIND_WORDS.some(([word, kind]) => kind === o['kind'] && word.test(text)));
  const byName = objects.filter((o) => new RegExp(`(?<![\\w-])${escaped(nameOf(o))}(?![\\w-])`).test(text));
  return (
    byKind.find((o) => byName.includes(o)) ??
    (byKind.length > 0 ? (last !== undefined && byKind.includes(last) ? last : byKind[0]) : undefined) ??
    byName.find((o) => podSpecOf(o) !== undefined) ??
    last ??
    objects.find((o) => podSpecOf(o) !== undefined) ??
    objects[0]
  );
}

/** The containers that a clause is about; of one pod with one container it is always that. */
function containersFor(
  text: string,
  object: DraftObject,
  last: readonly DraftObject[],
): { containers: readonly DraftObject[]; said: boolean } {
  const pod = podSpecOf(object);
  const all = listOf(pod?.['containers']);
  const init = listOf(pod?.['initContainers']);
  if (
    /\b(?:all|both|each|every|the two|the three)\b[^.;,]{0,24}\bcontainers?\b|\beach of them\b|\bboth of them\b|\bto both\b|\bthe containers\b/i.test(
      text,
    )
  )
    return { containers: /\binit/i.test(text) ? [...init, ...all] : all, said: true };
  const named = [...all, ...init].filter((c) =>
    new RegExp(`(?<![\\w./:-])["'\`]?${escaped(wordOf(c['name']))}["'\`]?(?![\\w./-]|:\\w)`, 'i').test(
      withoutObject(text, object),
    ),
  );
  if (named.length > 0) return { containers: named, said: true };
  if (/\binit[ -]?containers?\b/i.test(text) && init.length > 0) return { containers: init, said: true };
  if (/\bside-?cars?\b/i.test(text) && all.length > 1) {
    const sidecar = all.find((c) => /side-?car|proxy|agent|exporter|log/i.test(wordOf(c['name']))) ?? all[1];
    if (sidecar !== undefined) return { containers: [sidecar], said: true };
  }
  if (/\b(?:main|app(?:lication)?|first) container\b/i.test(text)) return { containers: all.slice(0, 1), said: true };
  if (/\b(?:second|other) container\b/i.test(text) && all.length > 1)
    return { containers: all.slice(1, 2), said: true };
  if (last.length > 0 && allContainers(pod).includes(last[0] as DraftObject)) return { containers: last, said: false };
  return {
    containers:
      all.length === 1
        ? all
        : all
            .filter((c) => c['name'] === nameOf(object))
            .concat(all)
            .slice(0, 1),
    said: all.length === 1,
  };
}

/** "the deployment web": its name there is no container's. */
const withoutObject = (text: string, object: DraftObject): string =>
  text.replace(
    new RegExp(`\\b${wordOf(object['kind'])}\\s+["'\`]?${escaped(nameOf(object))}["'\`]?`, 'gi'),
    wordOf(object['kind']),
  );

/** A clause that makes something new rather than changing what is there. */
const MAKES = new RegExp(
  String.raw`\b(?:add|create|write|make|generate|define|give me|needs?|want|put|gets?|has|have|expose (?:it|this|the \w+) (?:with|by|through|via|as|using)|behind|plus|provide|include)\s+(?:me\s+)?(?:for\s+)?(?:it\s+|this\s+|them\s+|the deployment\s+)?(?:with\s+)?(?:an?|another|a new|the matching|a matching|one)\s+(?:[\w-]+\s+){0,3}?(service(?! ?account)|ingress|http ?route|gateway|hpa|horizontal ?pod ?autoscaler|autoscaler|pdb|(?:pod )?disruption ?budget|network ?policy|config ?-?map|secret|pvc|persistent ?volume ?claim|service ?monitor|namespace|role|service ?account|cron ?job|job|deployment|stateful ?set)\b(?! (?:volume|variable|env|reference|key))`,
  'i',
);

/** Words that ask for something, rather than tell how things stand. */
const ASKS = new RegExp(
  String.raw`^\s*(?:and\s+|so\s+|can you\s+|could you\s+|i (?:want|need|would like|'d like)(?: you)?(?: to)?\s+|we (?:want|need)(?: to)?\s+|to\s+)*${VERB}|\b(?:please|should|must|shall|need(?:s|ed)?(?: to)?|wants?|has to|have to|so that|make sure|ensure|instead|extend|would like|can you)\b`,
  'i',
);

/** The words that make new objects beside the manifests, and those that change the manifests. */
export function parted(words: string): { makes: string; changes: string[][] } {
  const makes: string[] = [];
  const changes: string[][] = [];
  let making = false;
  for (const sentence of sentences(readText(words.replace(/^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]+/gm, '')))) {
    const own: string[] = [];
    const clauses = sentence.split(BORDER).map((c) => c.text.trim());
    const asks = clauses.some((c) => ASKS.test(c));
    for (const clause of clauses) {
      const changing = new RegExp(`^${VERB}`, 'i').test(clause) && !MAKES.test(clause);
      making = MAKES.test(clause) || (making && !changing);
      if (making) makes.push(clause);
      else if (asks) own.push(clause);
    }
    if (own.length > 0) changes.push(own);
  }
  return { makes: makes.join('.\n'), changes };
}

/** The changes that words ask for, in their order; each is to be made before the next is asked for, which may speak of what came in. */
export function* changesIn(words: string, objects: readonly DraftObject[]): Generator<Change, void> {
  let object: DraftObject | undefined;
  let containers: readonly DraftObject[] = [];
  for (const clauses of parted(words).changes) {
    let removes = false;
    for (const [index, text] of clauses.entries()) {
      object = objectFor(text, objects, object);
      if (object === undefined) return;
      ({ containers } = containersFor(text, object, containers));
      removes = REMOVES.test(text) || (index > 0 && removes && !new RegExp(`^\\s*${VERB}`, 'i').test(text));
      const before = allContainers(podSpecOf(object));
      yield { text, removes, object, containers, whole: words };
      const fresh = allContainers(podSpecOf(object)).filter((c) => !before.some((b) => b['name'] === c['name']));
      if (fresh.length > 0) containers = fresh;
    }
  }
}
