/** Manifests of a description, changed as its words ask: clause by clause, each to the object and the containers that it names. */
import { readPairs } from '../attributes.ts';
import { fillFields } from '../fields.ts';
import { copyOf, listOf, mapOf, nameOf, podLabelsOf, podSpecOf, same, templateOf, wordOf } from '../mend/shape.ts';
import type { Draft, DraftObject, K8sObject } from '../model.ts';
import { readPodSpec } from '../podspec.ts';
import { readWorkloadSpec } from '../rollout.ts';
import { kinds } from '../schema.ts';
import { changesIn, type Change } from './clauses.ts';
import { containersIn } from '../containers.ts';
import { renderContainer } from '../render.ts';
import { readMounts } from '../volumes.ts';
import { escaped } from '../../text.ts';
import { changeContainer, containerChange, countIn, passageOf, saidOf } from './container.ts';
import { changeOther } from './others.ts';
import { laidOver } from './over.ts';
import { remove } from './removal.ts';

/** @param objects the manifests as they are @returns them with the changes, and the words that changed nothing */
export function amendObjects(
  objects: readonly K8sObject[],
  words: string,
): { objects: readonly K8sObject[]; unplaced: readonly string[] } {
  const all = objects.map((o) => structuredClone(o));
  const unplaced: string[] = [];
  for (const change of changesIn(words, all)) {
    const before = copyOf(all as unknown as DraftObject[]);
    if (!moved(change, all) && !literally(change)) {
      if (change.removes) remove(change);
      else apply(change);
    }
    if (same(before, all)) unplaced.push(change.text);
  }
  return { objects: all, unplaced };
}

/** "put everything in the namespace prod", "rename the deployment to web". */
function moved({ text, object }: Change, all: readonly K8sObject[]): boolean {
  const place = /\b(?:move|put|place|deploy|change|set|use|run|should be|belongs?|to|into)\b[^.;,]{0,50}?\bnamespace\b\s*(?:to\s+|from\s+[\w-]+\s+to\s+|called\s+|named\s+)?["'`]?([a-z0-9][a-z0-9-]*)|\b(?:move|put)\b[^.;,]{0,40}?\b(?:to|into|in)\s+the\s+["'`]?([a-z0-9][a-z0-9-]*)["'`]?\s+namespace\b/i.exec(text); // prettier-ignore
  const name = place?.[1] ?? place?.[2];
  if (
    name !== undefined &&
    !/^(?:of|and|to|is|for|called|named|where|in|with|labell?ed)$/.test(name) &&
    !/\bfrom\b|\bonly\b|\ballow/i.test(text.slice(0, place?.index ?? 0))
  ) {
    for (const one of /\b(?:everything|all|both|them|these|they)\b/i.test(text) ? all : [object]) one['metadata'] = { ...mapOf(one['metadata']), name: nameOf(one), namespace: name }; // prettier-ignore
    return true;
  }
  const renamed = /\brename\b[^.;,]*?\bto\s+["'`]?([a-z0-9][a-z0-9-]*)/i.exec(text)?.[1];
  if (renamed === undefined || /\bcontainer|\bvolume|\bport\b|\bvariable|\bkey\b|\blabel/i.test(text)) return false;
  object['metadata'] = { ...mapOf(object['metadata']), name: renamed };
  return true;
}

/** "from 8080 to 9090", "replace 'a' by 'b'": a value that stands in one place, or means the same wherever it stands. */
function literally({ text, object }: Change): boolean {
  const value = String.raw`(?:"([^"]+)"|'([^']+)'|\x60([^\x60]+)\x60|([\w][\w./:@-]*))`;
  const found =
    new RegExp(String.raw`\bfrom\s+(?:port\s+|version\s+|tag\s+|image\s+)?${value}\s+to\s+(?:port\s+|version\s+|tag\s+|image\s+)?${value}(?=[\s,.;)]|$)`, 'i').exec(text) ??
    new RegExp(String.raw`\b(?:replace|change|rename|swap|substitute)\s+(?:the\s+)?(?:\w+\s+){0,3}?${value}\s+(?:with|by|to|for|into)\s+(?:the\s+)?(?:image\s+|port\s+|name\s+)?${value}(?=[\s,.;)]|$)`, 'i').exec(text); // prettier-ignore
  if (found === null) return mistyped(text, object);
  const before = found.slice(1, 5).find((v: string | undefined) => v !== undefined) ?? '';
  const after = (found.slice(5, 9).find((v: string | undefined) => v !== undefined) ?? '').replace(/\.$/, '');
  return before !== '' && after !== '' && exchanged(object, before, after, text);
}

/** "somebody typed nginxx instead of nginx" */
function mistyped(text: string, object: DraftObject): boolean {
  const found = /["'`]?([\w][\w./:-]*\w)["'`]?\s+instead of\s+["'`]?([\w][\w./:-]*\w)/i.exec(text);
  const [, wrong, right] = found ?? [];
  if (wrong === undefined || right === undefined || !JSON.stringify(object).includes(wrong)) return false;
  const walk = (value: DraftObject | Draft[]): void => {
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'object' && inner !== null) walk(inner);
      else if (typeof inner === 'string' && new RegExp(`(?<![\\w-])${escaped(wrong)}(?![\\w-])`).test(inner))
        (value as DraftObject)[key] = inner.replace(new RegExp(`(?<![\\w-])${escaped(wrong)}(?![\\w-])`), right);
    }
  };
  walk(object);
  return true;
}

/** @returns whether the value was there */
function exchanged(object: DraftObject, before: string, after: string, text: string): boolean {
  let done = false;
  const retyped = (old: Draft): Draft => (typeof old === 'number' && /^\d+$/.test(after) ? Number(after) : after);
  const walk = (value: DraftObject | Draft[], path: string): void => {
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === 'object' && inner !== null) walk(inner, `${path}.${key}`);
      else if (wordOf(inner) === before && fits(`${path}.${key}`, text)) {
        (value as DraftObject)[key] = retyped(inner as Draft);
        done = true;
      } else if (key === 'image' && typeof inner === 'string' && new RegExp(`[:]${escaped(before)}$`).test(inner)) {
        (value as DraftObject)[key] = inner.replace(new RegExp(`${escaped(before)}$`), after);
        done = true;
      }
    }
  };
  walk(object, '');
  return done;
}

/** A word of the clause says which field; a bare number is not changed everywhere for it. */
const FIELD_WORDS: readonly (readonly [RegExp, RegExp])[] = [
  [/\btarget ?-?port\b/i, /targetPort$/],
  [/\bcontainer ?-?port\b/i, /containerPort$/],
  [/\bnode ?-?port\b/i, /nodePort$/],
  [/\breplicas?\b|\bscale\b/i, /replicas$/],
  [/\b(?:initial )?delay\b/i, /initialDelaySeconds$/],
  [/\bperiod\b/i, /periodSeconds$/],
  [/\btime ?out\b/i, /timeout|Timeout/],
  [/\bthreshold\b/i, /Threshold$/],
  [/\bmin(?:imum)?\b/i, /min/i],
  [/\bmax(?:imum)?\b/i, /max/i],
  [/\bmemory\b/i, /memory$/],
  [/\bcpu\b/i, /cpu$|averageUtilization$/i],
  [/\bliveness\b/i, /livenessProbe/],
  [/\breadiness\b/i, /readinessProbe/],
  [/\bports?\b/i, /port/i],
];

const fits = (path: string, text: string): boolean => {
  const said = FIELD_WORDS.filter(([word]) => word.test(text));
  return said.length === 0 ? !/\.metadata\.|selector/i.test(path) || !/^\.?\d/.test(path) : said.some(([, field]) => field.test(path)); // prettier-ignore
};

function apply(change: Change): void {
  const { text, object, containers } = change;
  labels(text, object);
  const pod = podSpecOf(object);
  if (pod === undefined) {
    changeOther(text, object);
    return;
  }
  if (added(text, pod)) return;
  for (const container of containers) {
    const { change: own, volumes } = containerChange(text, container, change.whole);
    changeContainer(container, own);
    if (volumes.length > 0)
      pod['volumes'] = laidOver(
        listOf(pod['volumes']),
        volumes.map((v) => ({ ...v })),
      );
  }
  selectNodes(text, change.whole, pod);
  const said = saidOf(text);
  const spec = readPodSpec(said, podLabelsOf(object) as Record<string, string>);
  fillFields(spec, 'V1PodSpec', said);
  Object.assign(pod, laidOver(pod, spec));
  const kind = wordOf(object['kind']);
  const own = mapOf(object['spec']);
  if (kind !== 'Pod') {
    const workload = readWorkloadSpec(saidOf(text), kind);
    fillFields(workload, kinds[`${wordOf(object['apiVersion'])}/${kind}`]?.concat('Spec') ?? '', saidOf(text), true);
    Object.assign(own, laidOver(own, workload));
    const count = countIn(text);
    if (count !== undefined && /^(?:Deployment|StatefulSet|ReplicaSet)$/.test(kind)) own['replicas'] = count;
  }
  if (kind === 'CronJob' || kind === 'Job') changeOther(text, object);
}

const NEW =
  /\b(?:add|create|put|inject|include|attach|run)\s+(?:in\s+)?(?:an?|another|a new|the following|two)\s+(?:[\w-]+\s+){0,3}?(?:containers?|side-?cars?)\b/i;

/** "add a sidecar exporter (prom/x:1, port 9121)" @returns whether a container came in */
function added(text: string, pod: DraftObject): boolean {
  if (!NEW.test(text)) return false;
  const refs = { configMaps: new Set<string>(), secrets: new Set<string>(), claims: new Set<string>() };
  const made = containersIn([passageOf(text)], refs);
  for (const [key, fresh] of [
    ['initContainers', made.init],
    ['containers', made.own],
  ] as const) {
    if (fresh.length === 0) continue;
    pod[key] = [...listOf(pod[key]), ...fresh.map((c) => renderContainer(c, 'none', {}))];
  }
  const { volumes } = readMounts(saidOf(text), refs);
  if (volumes.length > 0)
    pod['volumes'] = laidOver(
      listOf(pod['volumes']),
      volumes.map((v) => ({ ...v })),
    );
  return made.init.length + made.own.length > 0;
}

/** "ours carry accelerator=nvidia. Change the node selector accordingly." */
function selectNodes(text: string, whole: string, pod: DraftObject): void {
  if (!/\bnode ?-?selector\b/i.test(text) || /\badd\b/i.test(text)) return;
  const own = readPairs(saidOf(text), '(?:to|selector|with|for|label)');
  const said =
    Object.keys(own).length > 0
      ? own
      : readPairs(
          saidOf(whole),
          '(?:ours|nodes?|machines|they|the cluster)\\b[^.;=]{0,40}?\\b(?:carr(?:y|ies)|ha(?:ve|s)|are|is|labell?ed|with)(?: (?:the )?labels?)?',
        );
  const there = mapOf(pod['nodeSelector']);
  const fresh = Object.fromEntries(Object.entries(said).filter(([k, v]) => there[k] !== v));
  if (Object.keys(fresh).length > 0) pod['nodeSelector'] = fresh;
}

/** "label the pods team=a", "add the annotation x=y". */
function labels(text: string, object: DraftObject): void {
  for (const [part, word] of [
    ['labels', 'labell?(?:s|ed|ling)?'],
    ['annotations', 'annotat(?:e|es|ed|ions?)'],
  ] as const) {
    if (
      !new RegExp(`\\b${word}\\b`, 'i').test(text) ||
      /\bselect|\bmatching|\bnodes?\b|\bpods? (?:with|labell?ed)/i.test(text)
    )
      continue;
    const pairs = readPairs(saidOf(text), `${word}(?: (?:it|them|the pods?|pods|this|the \\w+))?(?: with| to)?`);
    const more = Object.keys(pairs).length > 0 ? pairs : readPairs(saidOf(text), '(?:add|set|put|with)(?: the)?');
    if (Object.keys(more).length === 0) continue;
    const template = templateOf(object);
    const pods = /\bpods?\b|\btemplate\b/i.test(text) && template !== undefined && template !== object;
    const whole = !pods || /\bboth\b|\band (?:the|its) (?:deployment|stateful)/i.test(text);
    if (pods) template['metadata'] = laidOver(mapOf(template['metadata']), { [part]: more });
    if (whole) object['metadata'] = laidOver(mapOf(object['metadata']), { [part]: more });
  }
}
