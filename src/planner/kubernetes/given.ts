/**
 * Manifests inside a description: "given this deployment, add …". They are told to the grammars as things that are there; what the words
 * change in them is laid over the manifest as it was written, and everything else of it stays.
 */
import { amendObjects } from './amend/amend.ts';
import { asChanges } from './amend/reported.ts';
import { parted } from './amend/clauses.ts';
import { headKeys, keyOf, laidOver } from './amend/over.ts';
import { isRepair, mendObjects } from './mend/mend.ts';
import { isMap, listOf, mapOf, podLabelsOf, podSpecOf, same, wordOf } from './mend/shape.ts';
import { parseLoosely } from './mend/text.ts';
import type { Draft, DraftObject, K8sObject } from './model.ts';

export interface Given {
  /** The description without the manifests. */
  readonly rest: string;
  /** As they should be: what the API would refuse is mended. */
  readonly objects: readonly K8sObject[];
  /** As they were written. */
  readonly written: readonly K8sObject[];
  /** What was mended. */
  readonly notes: readonly string[];
  /** Something is said not to work. */
  readonly repair: boolean;
  /** Sentences that say what the manifests hold. */
  readonly heads: string;
  /** What is to be planned beside the manifests. */
  readonly told: string;
}

const FENCE = /```(?:ya?ml|yml|kubernetes|k8s)?[ \t]*\n([\s\S]*?)(?:```|$)/gi;
/** A line of YAML: a key, an item of a list, a comment, a border. */
const LINE = /^\s*(?:-{3}\s*$|#|-\s|[\w."'/-]+:(?:\s|$))|^\s{2,}\S/;

/** A line of a list that somebody wrote for people. */
const PROSE =
  /^(?:\s{0,3}(?:[-*]|\d+[.)])\s+)?[A-Za-z][\w'-]*(?:\s+[\w'"`/.=-]+){3,}[^:]*$|^[A-Z][a-z]+ [a-z]+.*[a-z.?!:]$/;

/** Takes the manifests out of a description; nothing where there are none. */
export function takeManifests(description: string): Given | undefined {
  if (!/^[^\S\n]*(?:- )?kind:/im.test(description) || !/^[^\S\n]*(?:apiVersion|metadata):/im.test(description))
    return undefined;
  const blocks: string[] = [];
  const words = withoutLines(
    description.replace(FENCE, (whole, body: string) => {
      if (!/\bkind:/.test(body)) return whole;
      blocks.push(body);
      return '\n';
    }),
    blocks,
  );
  const rest = asChanges(words, true);
  const notes: string[] = [];
  const written = blocks.flatMap((block) => objectsIn(block, (note) => notes.push(note)));
  if (written.length === 0) return undefined;
  const mended = mendObjects(written, words);
  const heads = mended.objects.map(headOf).join('\n');
  return {
    rest: rest.trim(),
    objects: mended.objects,
    written,
    notes: [...notes, ...mended.notes],
    repair: isRepair(words),
    heads,
    told: `${heads}\n${parted(rest).makes}`,
  };
}

/** Manifests without a fence: from `apiVersion:` on, as long as the lines are YAML. */
function withoutLines(text: string, blocks: string[]): string {
  const kept: string[] = [];
  let block: string[] | undefined;
  for (const line of text.split('\n')) {
    if (block === undefined && /^\s*(?:apiVersion|kind):(?:\s|$)/i.test(line)) block = [];
    if (block !== undefined && (line.trim() === '' || (LINE.test(line) && !PROSE.test(line)))) block.push(line);
    else {
      if (block !== undefined) blocks.push(block.join('\n'));
      block = undefined;
      kept.push(line);
    }
  }
  if (block !== undefined) blocks.push(block.join('\n'));
  return kept.join('\n');
}

function objectsIn(block: string, note: (text: string) => void): K8sObject[] {
  return parseLoosely(block, note).flatMap((document): K8sObject[] => {
    if (document.errors.length > 0) return [];
    const value = headed(valueOf(document));
    const items = isMap(value) && Array.isArray(value['items']) && /List$/.test(wordOf(value['kind'])) ? value['items'] : [value]; // prettier-ignore
    return items.filter(isObject);
  });
}

/** Nothing for a document whose aliases multiply without end. */
function valueOf(document: ReturnType<typeof parseLoosely>[number]): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

/** The four keys of every object, in any case. */
function headed(value: unknown): unknown {
  if (!isMap(value)) return value;
  const right = ['apiVersion', 'kind', 'metadata', 'spec'];
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [right.find((r) => r.toLowerCase() === k.toLowerCase()) ?? k, v]),
  );
}

const isObject = (value: unknown): value is K8sObject =>
  isMap(value) && typeof value['kind'] === 'string' && typeof mapOf(value['metadata'])['name'] === 'string';

/** What a manifest holds, as a sentence that the grammars read. */
function headOf(object: K8sObject): string {
  const { kind } = object;
  const { name, namespace } = object.metadata;
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
  const container = listOf(podSpecOf(object)?.['containers'])[0];
  const port = listOf(mapOf(object['spec'])['ports'])[0]?.['port'];
  const on = kind === 'Service' && typeof port === 'number' ? ` on port ${port}` : '';
  if (container === undefined || typeof container['image'] !== 'string')
    return `Existing ${kind} named ${name}${on}${where}.`;
  const pairs = Object.entries(podLabelsOf(object)).map(([k, v]) => `${k}=${wordOf(v)}`);
  const ports = listOf(container['ports']).map((p) => wordOf(p['containerPort']));
  return [
    `${kind} named ${name}${where}, container named ${wordOf(container['name'])}, image ${container['image']}`,
    ...(ports.length === 0 ? [] : [`container port ${ports[0] ?? ''}`]),
    ...(pairs.length === 0 ? [] : [`labels ${pairs.join(', ')}`]),
    ...(kind === 'CronJob' ? [`schedule ${wordOf(mapOf(object['spec'])['schedule'])}`] : []),
  ]
    .join(', ')
    .concat('.');
}

/** What is to be applied, and the words that changed nothing. */
export interface Extended {
  readonly objects: readonly K8sObject[];
  readonly unplaced: readonly string[];
}

/**
 * @param planned from the manifests and the words @param plain from the manifests alone
 * @returns manifests that changed, with the changes in them, and what is new; all of them where something was repaired
 */
export function extend(given: Given, planned: readonly K8sObject[], plain: readonly K8sObject[]): Extended {
  const twin = (all: readonly K8sObject[], of: K8sObject): K8sObject | undefined =>
    all.find((o) => o.kind === of.kind && o.metadata.name === of.metadata.name);
  const fresh = planned
    .filter((o) => twin(given.objects, o) === undefined && !same(twin(plain, o), o))
    .map((o) => asGiven(o, given, planned));
  const joined = given.objects.map((own) => {
    const [before, after] = [twin(plain, own), twin(planned, own)];
    const change = before === undefined || listOf(podSpecOf(own)?.['containers']).length > 1 ? undefined : changeOf(before, after); // prettier-ignore
    return change === undefined ? own : (laidOver(own, change) as K8sObject);
  });
  const amended = amendObjects(joined, given.rest);
  const changed = amended.objects.filter((o, i) => given.repair || !same(o, given.written[i]));
  const made = [...changed, ...fresh];
  return { objects: made.length > 0 ? made : amended.objects, unplaced: amended.unplaced };
}

/** New objects speak of the manifest's pods by its own labels and port numbers. */
function asGiven(object: K8sObject, given: Given, planned: readonly K8sObject[]): K8sObject {
  const spec = mapOf(object['spec']);
  for (const own of given.objects) {
    const twin = planned.find((p) => p.kind === own.kind && p.metadata.name === own.metadata.name);
    const ours = mapOf(mapOf(mapOf(twin?.['spec'])['selector'])['matchLabels']);
    const theirs = mapOf(mapOf(mapOf(own['spec'])['selector'])['matchLabels']);
    const pod = { labels: podLabelsOf(own), spec: podSpecOf(own) ?? {} };
    const labels = Object.keys(theirs).length > 0 ? theirs : pod.labels;
    if (object.kind === 'Service' && Object.keys(labels).length > 0) {
      const named = new Map(
        listOf(listOf(pod.spec['containers'])[0]?.['ports']).map((p) => [p['name'], p['containerPort']]),
      );
      const numbers = new Map(
        listOf(listOf(podSpecOf(twin ?? own)?.['containers'])[0]?.['ports']).map((p) => [
          p['name'],
          p['containerPort'],
        ]),
      );
      const ports = listOf(spec['ports']).map((p) => {
        const target = p['targetPort'];
        return typeof target === 'string' && !named.has(target)
          ? { ...p, targetPort: numbers.get(target) ?? p['port'] }
          : p;
      });
      if (JSON.stringify(spec['selector']) === JSON.stringify(ours) || given.objects.length === 1)
        return { ...object, spec: { ...spec, selector: { ...labels }, ports } };
    }
    const selector = mapOf(spec['selector']);
    if (selector['matchLabels'] !== undefined && JSON.stringify(selector['matchLabels']) === JSON.stringify(ours))
      return { ...object, spec: { ...spec, selector: { matchLabels: { ...labels } } } };
  }
  return object;
}

/** What differs; nothing where all is the same. Items of lists are told apart by their names. */
function changeOf(before: Draft | undefined, after: Draft | undefined): Draft | undefined {
  if (JSON.stringify(before) === JSON.stringify(after) || after === undefined) return undefined;
  if (Array.isArray(after)) {
    if (!Array.isArray(before) || !after.every((a) => keyOf(a) !== undefined)) return after;
    const changed = after.flatMap((item): Draft[] => {
      const old = before.find((b) => keyOf(b) === keyOf(item));
      if (old === undefined) return [item];
      const change = changeOf(old, item);
      return change === undefined ? [] : [{ ...headKeys(item), ...mapOf(change) }];
    });
    return changed.length === 0 ? undefined : changed;
  }
  if (typeof after !== 'object' || after === null || typeof before !== 'object' || before === null) return after;
  const change: DraftObject = {};
  for (const [key, value] of Object.entries(after)) {
    const own = changeOf((before as DraftObject)[key], value);
    if (own !== undefined) change[key] = own;
  }
  return Object.keys(change).length === 0 ? undefined : change;
}
