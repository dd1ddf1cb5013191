/**
 * Manifests inside a description: "given this deployment, add …". They are told to the grammars as things that are there; what the words
 * change in them is laid over the manifest as it was written, and everything else of it stays.
 */
import { parseAllDocuments } from 'yaml';
import { readText } from '../text.ts';
import { Said } from './attributes.ts';
import type { Draft, DraftObject, K8sObject } from './model.ts';
import { readService } from './services.ts';

export interface Given {
  /** The description without the manifests. */
  readonly rest: string;
  readonly objects: readonly K8sObject[];
  /** Sentences that say what the manifests hold. */
  readonly heads: string;
  /** The same without what the words change. */
  readonly told: string;
}

const FENCE = /```(?:ya?ml|yml|kubernetes|k8s)?[ \t]*\n([\s\S]*?)(?:```|$)/gi;
/** A line of YAML: a key, an item of a list, a comment, a border. */
const LINE = /^\s*(?:-{3}\s*$|#|-\s|[\w."'/-]+:(?:\s|$))|^\s{2,}\S/;

/** Takes the manifests out of a description; nothing where there are none. */
export function takeManifests(description: string): Given | undefined {
  if (!/\bapiVersion:/.test(description) || !/\bkind:/.test(description)) return undefined;
  const blocks: string[] = [];
  const rest = withoutLines(
    description.replace(FENCE, (whole, body: string) => {
      if (!/\bkind:/.test(body)) return whole;
      blocks.push(body);
      return '\n';
    }),
    blocks,
  );
  const objects = blocks.flatMap(objectsIn);
  if (objects.length === 0) return undefined;
  const newImage = /\bimage\b[^.;]{0,40}\b(?:to|with)\b|\b(?:upgrade|bump)\b|\buse (?:the )?(?:image|version)\b/i.test(
    rest,
  );
  return {
    rest: counted(rest.trim()),
    objects,
    heads: objects.map((o) => headOf(o, true)).join('\n'),
    told: objects.map((o) => headOf(o, !newImage)).join('\n'),
  };
}

/** "raise the replicas to 3": of a manifest that is written anew it is only how many there are. */
const counted = (text: string): string =>
  text.replace(
    /\b(?:raise|increase|set|change|bump|scale|reduce|lower|decrease|update)(?: (?:it|the|its|number of|deployment))*(?: replicas?(?: count)?)?\s+(?:to|=)\s*(\d+)( replicas?)?\b/gi,
    (whole, count: string, behind: string | undefined) =>
      /replica/i.test(whole) || behind !== undefined ? `with ${count} replicas` : whole,
  );

/** Manifests without a fence: from `apiVersion:` on, as long as the lines are YAML. */
function withoutLines(text: string, blocks: string[]): string {
  const kept: string[] = [];
  let block: string[] | undefined;
  for (const line of text.split('\n')) {
    if (block === undefined && /^\s*apiVersion:/.test(line)) block = [];
    if (block !== undefined && (line.trim() === '' || LINE.test(line))) block.push(line);
    else {
      if (block !== undefined) blocks.push(block.join('\n'));
      block = undefined;
      kept.push(line);
    }
  }
  if (block !== undefined) blocks.push(block.join('\n'));
  return kept.join('\n');
}

function objectsIn(block: string): K8sObject[] {
  try {
    return parseAllDocuments(block, { logLevel: 'silent' }).flatMap((document): K8sObject[] => {
      if ('empty' in document || document.errors.length > 0) return [];
      const value: unknown = document.toJS();
      return isObject(value) ? [value] : [];
    });
  } catch {
    return [];
  }
}

const isObject = (value: unknown): value is K8sObject =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as K8sObject).kind === 'string' &&
  typeof (value as K8sObject).apiVersion === 'string' &&
  typeof (value as { metadata?: { name?: unknown } }).metadata?.name === 'string';

/** A value of a manifest as text; nothing for what is no single value. */
const words = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
const record = (value: unknown): DraftObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as DraftObject) : {};
const list = (value: unknown): DraftObject[] => (Array.isArray(value) ? value.map(record) : []);

/** The pod's own description inside a workload. */
function podOf(object: K8sObject): { labels: DraftObject; spec: DraftObject } {
  const spec = record(object['spec']);
  const template = record(object.kind === 'CronJob' ? record(record(spec['jobTemplate'])['spec'])['template'] : spec['template']); // prettier-ignore
  return object.kind === 'Pod'
    ? { labels: record(object.metadata['labels']), spec }
    : { labels: record(record(template['metadata'])['labels']), spec: record(template['spec']) };
}

/** What a manifest holds, as a sentence that the grammars read. */
function headOf(object: K8sObject, withImage: boolean): string {
  const { kind } = object;
  const { name, namespace } = object.metadata;
  const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
  const { labels, spec } = podOf(object);
  const container = list(spec['containers'])[0];
  const port = list(record(object['spec'])['ports'])[0]?.['port'];
  const on = kind === 'Service' && typeof port === 'number' ? ` on port ${port}` : '';
  if (container === undefined || typeof container['image'] !== 'string')
    return `Existing ${kind} named ${name}${on}${where}.`;
  const pairs = Object.entries(labels).map(([k, v]) => `${k}=${words(v)}`);
  const ports = list(container['ports']).map((p) => words(p['containerPort']));
  return [
    `${kind} named ${name}${where}, container named ${words(container['name'])}`,
    ...(withImage ? [`image ${container['image']}`] : []),
    ...(ports.length === 0 ? [] : [`container port ${ports[0] ?? ''}`]),
    ...(pairs.length === 0 ? [] : [`labels ${pairs.join(', ')}`]),
    ...(kind === 'CronJob' ? [`schedule ${words(record(object['spec'])['schedule'])}`] : []),
  ]
    .join(', ')
    .concat('.');
}

/**
 * @param planned from the manifests and the words @param plain from the manifests alone
 * @returns what is to be applied: manifests that changed, with the changes in them, and what is new
 */
export function extend(given: Given, planned: readonly K8sObject[], plain: readonly K8sObject[]): K8sObject[] {
  const same = (a: K8sObject, b: K8sObject): boolean => a.kind === b.kind && a.metadata.name === b.metadata.name;
  const made: K8sObject[] = [];
  for (const object of planned) {
    const own = given.objects.find((g) => same(g, object));
    const before = plain.find((p) => same(p, object));
    if (own === undefined) {
      if (before === undefined || JSON.stringify(before) !== JSON.stringify(object))
        made.push(asGiven(object, given, planned));
      continue;
    }
    const change = before === undefined ? undefined : changeOf(before, object);
    const said = withSaid(own, object, given.rest);
    if (change !== undefined || said !== own) made.push(laidOver(said, change ?? {}) as K8sObject);
  }
  if (made.length > 0) return made;
  return given.objects.map((own) => (own.kind === 'Service' ? serviceAs(own, given.rest) : own));
}

/** "make it a LoadBalancer that listens on 8080 and still forwards to container port 80": the type and the ports of a Service that is given. */
function serviceAs(own: K8sObject, rest: string): K8sObject {
  const wish = readService(new Said([readText(rest)]), undefined);
  const spec = record(own['spec']);
  const [first, ...others] = list(spec['ports']);
  const port = wish.ports[0];
  const before = typeof first?.['targetPort'] === 'undefined' ? first?.['port'] : first['targetPort'];
  const ports =
    port === undefined || first === undefined || wish.ports.length > 1
      ? {}
      : { ports: [{ ...first, port: port.port, targetPort: port.target ?? before, ...(port.nodePort === undefined ? {} : { nodePort: port.nodePort }) }, ...others] }; // prettier-ignore
  return {
    ...own,
    spec: {
      ...spec,
      ...(wish.type === undefined ? {} : { type: wish.type }),
      ...(wish.sessionAffinity === true ? { sessionAffinity: 'ClientIP' } : {}),
      ...wish.fields,
      ...ports,
    },
  };
}

/** What the words ask for though it is what a plan would have without them: probes that are named, amounts. */
function withSaid(own: K8sObject, planned: K8sObject, rest: string): K8sObject {
  const ours = list(podOf(own).spec['containers']);
  const theirs = list(podOf(planned).spec['containers']);
  const change = ours.map((container, i): DraftObject => {
    const twin = theirs.find((t) => t['name'] === container['name']) ?? (ours.length === 1 ? theirs[i] : undefined);
    if (twin === undefined) return {};
    const wanted: DraftObject = {};
    for (const probe of ['liveness', 'readiness', 'startup'])
      if (new RegExp(`\\b${probe}\\b`, 'i').test(rest) && twin[`${probe}Probe`] !== undefined)
        wanted[`${probe}Probe`] = twin[`${probe}Probe`];
    for (const part of ['limits', 'requests'])
      for (const [what, amount] of Object.entries(record(record(twin['resources'])[part])))
        if (
          record(record(container['resources'])[part])[what] !== amount &&
          new RegExp(`(?<![\\w.])${words(amount)}(?![\\w.])`).test(rest)
        )
          wanted['resources'] = laidOver(record(wanted['resources']), { [part]: { [what]: amount } });
    return wanted;
  });
  if (change.every((c) => Object.keys(c).length === 0)) return own;
  const containers = ours.map((container, i) => laidOver(container, change[i] ?? {}));
  const spec = record(own['spec']);
  return own.kind === 'Pod'
    ? { ...own, spec: { ...spec, containers } }
    : {
        ...own,
        spec: { ...spec, template: { ...record(spec['template']), spec: { ...podOf(own).spec, containers } } },
      };
}

/** New objects speak of the manifest's pods by its own labels and port numbers. */
function asGiven(object: K8sObject, given: Given, planned: readonly K8sObject[]): K8sObject {
  const spec = record(object['spec']);
  for (const own of given.objects) {
    const twin = planned.find((p) => p.kind === own.kind && p.metadata.name === own.metadata.name);
    const ours = record(record(record(twin?.['spec'])['selector'])['matchLabels']);
    const theirs = record(record(record(own['spec'])['selector'])['matchLabels']);
    const pod = podOf(own);
    const labels = Object.keys(theirs).length > 0 ? theirs : pod.labels;
    if (object.kind === 'Service' && Object.keys(labels).length > 0) {
      const named = new Map(
        list(list(pod.spec['containers'])[0]?.['ports']).map((p) => [p['name'], p['containerPort']]),
      );
      const numbers = new Map(
        list(list(podOf(twin ?? own).spec['containers'])[0]?.['ports']).map((p) => [p['name'], p['containerPort']]),
      );
      const ports = list(spec['ports']).map((p) => {
        const target = p['targetPort'];
        return typeof target === 'string' && !named.has(target)
          ? { ...p, targetPort: numbers.get(target) ?? p['port'] }
          : p;
      });
      if (JSON.stringify(spec['selector']) === JSON.stringify(ours) || given.objects.length === 1)
        return { ...object, spec: { ...spec, selector: { ...labels }, ports } };
    }
    const selector = record(spec['selector']);
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
      return change === undefined ? [] : [{ ...headKeys(item), ...record(change) }];
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

const KEYS = ['name', 'mountPath', 'containerPort', 'port', 'key'] as const;

const keyOf = (item: Draft): string | undefined => {
  const own = record(item);
  const key = KEYS.find((k) => own[k] !== undefined);
  return key === undefined ? undefined : `${key}=${words(own[key])}`;
};

const headKeys = (item: Draft): DraftObject => {
  const own = record(item);
  const key = KEYS.find((k) => own[k] !== undefined);
  return key === undefined ? {} : { [key]: own[key] };
};

function laidOver(own: Draft | undefined, change: Draft): Draft {
  if (Array.isArray(change) && Array.isArray(own) && change.every((c) => keyOf(c) !== undefined)) {
    const found = own.map((item, index) => {
      const next =
        change.find((c) => keyOf(c) === keyOf(item)) ??
        // The only container is meant, whatever it is called.
        (own.length === 1 && change.length === 1 && index === 0 && record(item)['image'] !== undefined
          ? change[0]
          : undefined);
      return next === undefined
        ? item
        : laidOver(item, {
            ...record(next),
            ...(record(item)['name'] === undefined ? {} : { name: record(item)['name'] }),
          });
    });
    const fresh = change.filter((c) => !own.some((o) => keyOf(o) === keyOf(c)) && !(own.length === 1 && change.length === 1 && record(own[0])['image'] !== undefined)); // prettier-ignore
    return [...found, ...fresh];
  }
  if (typeof change !== 'object' || change === null || Array.isArray(change)) return change;
  const into: DraftObject = { ...record(own) };
  for (const [key, value] of Object.entries(change)) if (value !== undefined) into[key] = laidOver(into[key], value);
  return into;
}
