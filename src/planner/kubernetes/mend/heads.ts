/** What an object is: its kind and version in the API's present words, its name, and the fields that must be there. */
import { distance } from '../../grammar/spelling.ts';
import { groupOf } from '../access.ts';
import { KINDS } from '../kinds.ts';
import type { DraftObject } from '../model.ts';
import { dnsName } from '../names.ts';
import { kinds } from '../schema.ts';
import { allContainers, isMap, listOf, mapOf, nameOf, podSpecOf, templateOf, wordOf, type Note } from './shape.ts';

const ALL = [...new Set([...Object.keys(kinds).map((k) => k.split('/').at(-1) ?? ''), ...KINDS.map((k) => k.kind)])];

/** The kind that is meant: another case, a letter more or less, the plural. */
function kindFor(word: string): string | undefined {
  const plain = word.toLowerCase().replace(/[\s_-]/g, '');
  return (
    ALL.find((k) => k.toLowerCase() === plain) ??
    ALL.find((k) => `${k.toLowerCase()}s` === plain) ??
    (plain.length > 5 ? ALL.find((k) => distance(k.toLowerCase(), plain) <= 1) : undefined)
  );
}

const currentVersion = (kind: string): string | undefined =>
  KINDS.find((k) => k.kind === kind)?.apiVersion ??
  Object.keys(kinds)
    .find((k) => k.endsWith(`/${kind}`))
    ?.replace(/\/[^/]+$/, '');

/** Groups whose kinds we know; anybody else's stay as they are. */
const OURS = /^(?:v1|[a-z]+\/v\w+|[\w.]+\.k8s\.io\/v\w+)$/;

/** Kind, version and name. */
export function mendHead(object: DraftObject, note: Note): void {
  const word = wordOf(object['kind']);
  const kind = kindFor(word);
  if (kind !== undefined && kind !== word) {
    object['kind'] = kind;
    note(`The kind is written ${kind}.`);
  }
  const version = wordOf(object['apiVersion']);
  const current = currentVersion(wordOf(object['kind']));
  if (
    current !== undefined &&
    version !== current &&
    OURS.test(version) &&
    kinds[`${version}/${wordOf(object['kind'])}`] === undefined
  ) {
    // prettier-ignore
    object['apiVersion'] = current;
    note(`${wordOf(object['kind'])} is served as ${current}${version === '' ? '' : `, not as ${version}`}.`);
  }
  const metadata = mapOf(object['metadata']);
  const name = wordOf(metadata['name']);
  const right = dnsName(name);
  if (name !== '' && right !== name && !/^(?:Cluster)?Role/.test(wordOf(object['kind']))) {
    metadata['name'] = right;
    note(`A name holds small letters, digits and dashes: ${right}.`);
  }
}

/** Fields that must be there and follow from the others. */
export function mendRequired(object: DraftObject, note: Note): void {
  const spec = mapOf(object['spec']);
  switch (object['kind']) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
      labelled(object, spec, note);
      break;
    case 'Ingress':
      for (const rule of listOf(spec['rules']))
        for (const path of listOf(mapOf(rule['http'])['paths'])) path['pathType'] ??= 'Prefix';
      classOf(object, spec, note);
      break;
    case 'PersistentVolumeClaim':
      spec['accessModes'] ??= ['ReadWriteOnce'];
      break;
    case 'RoleBinding':
    case 'ClusterRoleBinding': {
      const role = mapOf(object['roleRef']);
      if (Object.keys(role).length > 0) role['apiGroup'] ??= 'rbac.authorization.k8s.io';
      break;
    }
    case 'Role':
    case 'ClusterRole':
      for (const rule of listOf(object['rules'])) grouped(rule, note);
      break;
    default:
  }
  named(object, note);
}

/** Every resource in the API group that has it. */
function grouped(rule: DraftObject, note: Note): void {
  const resources = (Array.isArray(rule['resources']) ? rule['resources'] : []).map(wordOf);
  const groups = Array.isArray(rule['apiGroups']) ? rule['apiGroups'].map(wordOf) : undefined;
  const known = resources.filter((r) => r !== '*').map((r) => groupOf(r.toLowerCase()));
  if (groups?.includes('*') === true || resources.length === 0) return;
  const wanted = [...new Set(known.filter((g) => g !== undefined))];
  if (groups === undefined) rule['apiGroups'] = wanted.length === 0 ? [''] : wanted;
  else if (wanted.some((g) => !groups.includes(g)) && known.every((g) => g !== undefined)) {
    rule['apiGroups'] = wanted;
    note(
      `${resources.join(', ')} ${resources.length === 1 ? 'is' : 'are'} in the API group ${wanted.map((g) => (g === '' ? '"" (core)' : g)).join(', ')}.`,
    );
  }
}

/** The class of an Ingress stands in its spec since networking.k8s.io/v1. */
function classOf(object: DraftObject, spec: DraftObject, note: Note): void {
  const annotations = mapOf(mapOf(object['metadata'])['annotations']);
  const old = annotations['kubernetes.io/ingress.class'];
  if (old === undefined || spec['ingressClassName'] !== undefined) return;
  delete annotations['kubernetes.io/ingress.class'];
  if (Object.keys(annotations).length === 0) delete mapOf(object['metadata'])['annotations'];
  spec['ingressClassName'] = old;
  note('The class of the Ingress stands in ingressClassName.');
}

/** A selector for a template, labels for a selector. */
function labelled(object: DraftObject, spec: DraftObject, note: Note): void {
  const template = templateOf(object);
  if (template === undefined) return;
  const metadata = (template['metadata'] = mapOf(template['metadata']));
  const labels = mapOf(metadata['labels']);
  const selector = mapOf(spec['selector']);
  const wanted = mapOf(selector['matchLabels']);
  if (Object.keys(labels).length === 0 && Object.keys(wanted).length === 0) {
    metadata['labels'] = { app: nameOf(object) };
    spec['selector'] = { matchLabels: { app: nameOf(object) } };
    note(`The pods of ${nameOf(object)} carry app=${nameOf(object)}, and its selector says so.`);
  } else if (Object.keys(wanted).length === 0 && !Array.isArray(selector['matchExpressions'])) {
    spec['selector'] = { matchLabels: { ...labels } };
    note(`The selector of ${nameOf(object)} is that of its pods.`);
  } else if (Object.entries(wanted).some(([k, v]) => labels[k] !== v)) {
    metadata['labels'] = { ...labels, ...wanted };
    note(`The pods of ${nameOf(object)} carry the labels that its selector asks for.`);
  }
}

/** Containers with names of their own; a Job that does not run for ever; mounts of volumes that are there. */
function named(object: DraftObject, note: Note): void {
  const pod = podSpecOf(object);
  if (pod === undefined) return;
  const seen = new Set<string>();
  for (const container of allContainers(pod)) {
    const said = wordOf(container['name']);
    const base = dnsName(said === '' ? (wordOf(container['image']).replace(/[:@].*$/, '').split('/').at(-1) ?? 'main') : said).replaceAll('.', '-') || 'main'; // prettier-ignore
    let name = base;
    for (let i = 2; seen.has(name); i++) name = `${base}-${i}`;
    seen.add(name);
    if (name !== said) {
      container['name'] = name;
      note(`A container is called ${name}.`);
    }
  }
  restarts(object, pod, note);
  mounts(pod, note);
}

function restarts(object: DraftObject, pod: DraftObject, note: Note): void {
  const policy = wordOf(pod['restartPolicy']);
  if (/^(?:Job|CronJob)$/.test(wordOf(object['kind'])) && (policy === '' || policy === 'Always')) {
    pod['restartPolicy'] = 'Never';
    note(`${nameOf(object)} has the restart policy Never: a Job may not run for ever.`);
  } else if (
    /^(?:Deployment|StatefulSet|DaemonSet|ReplicaSet)$/.test(wordOf(object['kind'])) &&
    /^(?:Never|OnFailure)$/.test(policy)
  ) {
    // prettier-ignore
    pod['restartPolicy'] = 'Always';
    note(`The pods of ${nameOf(object)} have the restart policy Always: there is no other for them.`);
  }
}

/** A mount whose volume has another name is that of the only volume that nothing mounts, or of the nearest name. */
function mounts(pod: DraftObject, note: Note): void {
  const volumes = listOf(pod['volumes']).map((v) => wordOf(v['name']));
  const all = allContainers(pod).flatMap((c) => listOf(c['volumeMounts']));
  for (const mount of all) {
    const name = wordOf(mount['name']);
    if (volumes.includes(name) || volumes.length === 0) continue;
    const free = volumes.filter((v) => !all.some((m) => m['name'] === v));
    const right =
      volumes.find((v) => distance(v, name) <= 2) ?? (free.length === 1 ? free[0] : volumes.length === 1 ? volumes[0] : undefined); // prettier-ignore
    if (right === undefined) continue;
    mount['name'] = right;
    note(`The mount at ${wordOf(mount['mountPath'])} is of the volume ${right}.`);
  }
}

/** Requests are never more than limits. */
export function mendAmounts(object: DraftObject, note: Note): void {
  for (const container of allContainers(podSpecOf(object))) {
    const resources = mapOf(container['resources']);
    const limits = mapOf(resources['limits']);
    const requests = mapOf(resources['requests']);
    for (const [what, limit] of Object.entries(limits)) {
      const request = requests[what];
      if (request === undefined || limit === undefined || isMap(request) || bytes(wordOf(request)) <= bytes(wordOf(limit))) continue; // prettier-ignore
      requests[what] = limit;
      note(`${wordOf(container['name'])} requests no more ${what} than its limit of ${wordOf(limit)}.`);
    }
  }
}

const FACTORS: Readonly<Record<string, number>> = { m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4 }; // prettier-ignore
const bytes = (text: string): number => {
  const [, number = '0', unit = ''] = /^([\d.]+)([A-Za-z]*)$/.exec(text) ?? [];
  return Number(number) * (FACTORS[unit] ?? 1);
};
