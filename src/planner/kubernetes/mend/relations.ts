/** What objects say of each other: a Service and its pods, a claim and its volume, a binding and its role. */
import { distance } from '../../grammar/spelling.ts';
import { saidOf } from '../amend/container.ts';
import { readPairs } from '../attributes.ts';
import type { Draft, DraftObject } from '../model.ts';
import { allContainers, isMap, listOf, mapOf, nameOf, podLabelsOf, podSpecOf, spaceOf, templateOf, titleOf, wordOf, type Note } from './shape.ts'; // prettier-ignore

const WORKLOADS = /^(?:Deployment|StatefulSet|DaemonSet|ReplicaSet|Pod)$/;

/** Mends what points at nothing, where it is plain what was meant. */
export function mendRelations(objects: readonly DraftObject[], note: Note, words = ''): void {
  const of = (kind: RegExp): DraftObject[] => objects.filter((o) => kind.test(wordOf(o['kind'])));
  const workloads = of(WORKLOADS);
  for (const service of of(/^Service$/)) {
    mendService(service, workloads, note);
    if (workloads.length === 0) mendByWords(service, words, note);
  }
  for (const hpa of of(/^HorizontalPodAutoscaler$/)) mendTarget(hpa, of(/^(?:Deployment|StatefulSet)$/), note);
  for (const ingress of of(/^Ingress$/)) mendBackends(ingress, of(/^Service$/), note);
  for (const claim of of(/^PersistentVolumeClaim$/)) mendClaim(claim, of(/^PersistentVolume$/), note);
  for (const binding of of(/^(?:Cluster)?RoleBinding$/)) mendBinding(binding, objects, note, words);
  for (const policy of of(/^(?:PodDisruptionBudget|NetworkPolicy)$/)) mendPodSelector(policy, workloads, note);
  for (const set of of(/^StatefulSet$/)) mendServiceName(set, of(/^Service$/), note);
  for (const workload of [...workloads, ...of(/^(?:Job|CronJob)$/)]) mendReferences(workload, objects, note);
}

const carries = (workload: DraftObject, selector: DraftObject): boolean =>
  Object.entries(selector).every(([k, v]) => podLabelsOf(workload)[k] === v);

/** The labels that a selector should have: those of the same keys, else those of the workload's own selector. */
function labelsFor(workload: DraftObject, selector: DraftObject): DraftObject {
  const labels = podLabelsOf(workload);
  const keys = Object.keys(selector).filter((k) => labels[k] !== undefined);
  if (keys.length > 0) return Object.fromEntries(keys.map((k) => [k, labels[k]]));
  const own = mapOf(mapOf(mapOf(workload['spec'])['selector'])['matchLabels']);
  return Object.keys(own).length > 0 ? { ...own } : { ...labels };
}

/** The workload that a name belongs to: its own, one that is part of it, the only one. */
function meant(name: string, all: readonly DraftObject[]): DraftObject | undefined {
  return (
    all.find((w) => nameOf(w) === name) ??
    all.find((w) => name.startsWith(nameOf(w)) || nameOf(w).startsWith(name)) ??
    (all.length === 1 ? all[0] : all.find((w) => distance(nameOf(w), name) <= 2))
  );
}

function mendService(service: DraftObject, workloads: readonly DraftObject[], note: Note): void {
  const spec = mapOf(service['spec']);
  const selector = mapOf(spec['selector']);
  if (spec['type'] === 'ExternalName' || (Object.keys(selector).length === 0 && spec['selector'] === undefined)) return;
  const workload = workloads.find((w) => carries(w, selector)) ?? meant(nameOf(service), workloads);
  if (workload === undefined) return;
  if (!carries(workload, selector)) {
    spec['selector'] = labelsFor(workload, selector);
    note(`${titleOf(service)} selects the pods of ${nameOf(workload)}.`);
  }
  sameSpace(service, workload, note);
  const ports = allContainers(podSpecOf(workload)).flatMap((c) => listOf(c['ports']));
  const [only] = ports;
  for (const port of listOf(spec['ports'])) {
    const target = port['targetPort'] ?? port['port'];
    if (ports.length === 0 || ports.some((p) => p['containerPort'] === target || p['name'] === target)) continue;
    const right = ports.length === 1 ? only : ports.find((p) => p['name'] === port['name']);
    if (right === undefined) continue;
    port['targetPort'] = right['containerPort'];
    note(`${titleOf(service)} sends to port ${wordOf(right['containerPort'])}, where ${nameOf(workload)} listens.`);
  }
  const node = listOf(spec['ports']).find((p) => p['nodePort'] !== undefined);
  if (node !== undefined && (spec['type'] === undefined || spec['type'] === 'ClusterIP')) {
    spec['type'] = 'NodePort';
    note(`${titleOf(service)} has the type NodePort, since it names one.`);
  }
}

/** "The pods carry app=nginx and listen on 8080": what is told of pods that are not shown. */
function mendByWords(service: DraftObject, words: string, note: Note): void {
  const spec = mapOf(service['spec']);
  const labels = readPairs(
    saidOf(words),
    '(?:pods?|deployment|it)\\b[^.;=]{0,50}?\\b(?:carr(?:y|ies)|ha(?:ve|s)|are|is|with|labell?ed)(?: (?:the |a )?labels?)?',
  );
  if (Object.keys(labels).length > 0 && JSON.stringify(labels) !== JSON.stringify(spec['selector'])) {
    spec['selector'] = labels;
    note(
      `${titleOf(service)} selects the pods with ${Object.entries(labels)
        .map(([k, v]) => `${k}=${v}`)
        .join(', ')}.`,
    );
  }
  const listens =
    /\b(?:pods?|containers?|app(?:lication)?|it|process)\b[^.;]{0,30}\blisten\w*\s+(?:only\s+)?on\s+(?:port\s+)?(\d{2,5})/i.exec(
      words,
    )?.[1];
  const ports = listOf(spec['ports']);
  if (
    listens !== undefined &&
    ports.length === 1 &&
    ports[0] !== undefined &&
    ports[0]['targetPort'] !== Number(listens)
  ) {
    ports[0]['targetPort'] = Number(listens);
    note(`${titleOf(service)} sends to port ${listens}, where the pods listen.`);
  }
}

/** What belongs together lies in one namespace: that of the workload. */
function sameSpace(object: DraftObject, workload: DraftObject, note: Note): void {
  if (spaceOf(object) === spaceOf(workload) || spaceOf(workload) === '') return;
  mapOf(object['metadata'])['namespace'] = spaceOf(workload);
  note(`${titleOf(object)} lies in the namespace ${spaceOf(workload)} as ${nameOf(workload)} does.`);
}

function mendTarget(hpa: DraftObject, workloads: readonly DraftObject[], note: Note): void {
  const spec = mapOf(hpa['spec']);
  const target = mapOf(spec['scaleTargetRef']);
  const known = workloads.find((w) => nameOf(w) === target['name'] && w['kind'] === target['kind']);
  const workload = known ?? meant(wordOf(target['name']), workloads);
  if (workload === undefined) return;
  if (known === undefined) {
    spec['scaleTargetRef'] = { apiVersion: 'apps/v1', kind: workload['kind'], name: nameOf(workload) };
    note(`${titleOf(hpa)} scales ${titleOf(workload)}.`);
  }
  sameSpace(hpa, workload, note);
  if (target['apiVersion'] === undefined || target['apiVersion'] === 'v1') mapOf(spec['scaleTargetRef'])['apiVersion'] = 'apps/v1'; // prettier-ignore
  const [least, most] = [Number(spec['minReplicas'] ?? 1), Number(spec['maxReplicas'] ?? 1)];
  if (least > most) {
    Object.assign(spec, { minReplicas: most, maxReplicas: least });
    note(`${titleOf(hpa)} has from ${most} to ${least} replicas.`);
  }
}

function mendBackends(ingress: DraftObject, services: readonly DraftObject[], note: Note): void {
  const spec = mapOf(ingress['spec']);
  const backends = [
    mapOf(mapOf(spec['defaultBackend'])['service']),
    ...listOf(spec['rules']).flatMap((r) =>
      listOf(mapOf(r['http'])['paths']).map((p) => mapOf(mapOf(p['backend'])['service'])),
    ),
  ];
  for (const backend of backends) {
    if (backend['name'] === undefined) continue;
    const service = services.find((s) => nameOf(s) === backend['name']) ?? meant(wordOf(backend['name']), services);
    if (service === undefined) continue;
    if (nameOf(service) !== backend['name']) {
      backend['name'] = nameOf(service);
      note(`${titleOf(ingress)} sends to the service ${nameOf(service)}.`);
    }
    const ports = listOf(mapOf(service['spec'])['ports']);
    const port = mapOf(backend['port']);
    if (ports.length === 0 || ports.some((p) => p['port'] === port['number'] || (port['name'] !== undefined && p['name'] === port['name']))) continue; // prettier-ignore
    backend['port'] = { number: ports[0]?.['port'] };
    note(`${titleOf(ingress)} uses port ${wordOf(ports[0]?.['port'])} of ${nameOf(service)}.`);
  }
}

function mendClaim(claim: DraftObject, volumes: readonly DraftObject[], note: Note): void {
  const [volume] = volumes;
  if (volume === undefined || volumes.length !== 1) return;
  const spec = mapOf(claim['spec']);
  const theirs = mapOf(volume['spec']);
  if ((theirs['storageClassName'] ?? '') !== (spec['storageClassName'] ?? '')) {
    spec['storageClassName'] = theirs['storageClassName'] ?? '';
    note(`${titleOf(claim)} has the storage class of ${nameOf(volume)}.`);
  }
  const modes = Array.isArray(theirs['accessModes']) ? theirs['accessModes'] : [];
  const own = Array.isArray(spec['accessModes']) ? spec['accessModes'] : [];
  if (modes.length > 0 && !own.every((m) => modes.includes(m))) {
    spec['accessModes'] = [...modes];
    note(`${titleOf(claim)} has the access modes of ${nameOf(volume)}.`);
  }
  const capacity = wordOf(mapOf(theirs['capacity'])['storage']);
  const requests = mapOf(mapOf(spec['resources'])['requests']);
  if (gigabytes(wordOf(requests['storage'])) > gigabytes(capacity)) {
    requests['storage'] = capacity;
    note(`${titleOf(claim)} asks for no more than the ${capacity} of ${nameOf(volume)}.`);
  }
}

const gigabytes = (text: string): number =>
  Number.parseFloat(text) * ({ Ki: 2 ** -20, Mi: 2 ** -10, Gi: 1, Ti: 1024, M: 1e-3, G: 1, T: 1e3 }[text.replace(/[\d.]/g, '')] ?? 1); // prettier-ignore

function mendBinding(binding: DraftObject, objects: readonly DraftObject[], note: Note, words: string): void {
  const role = mapOf(binding['roleRef']);
  const roles = objects.filter((o) => /^(?:Cluster)?Role$/.test(wordOf(o['kind'])));
  const right =
    roles.find((r) => nameOf(r) === role['name']) ?? (/^(?:view|edit|admin|cluster-admin|system:.*)$/.test(wordOf(role['name'])) ? undefined : meant(wordOf(role['name']), roles)); // prettier-ignore
  if (right !== undefined && (role['kind'] !== right['kind'] || role['name'] !== nameOf(right))) {
    Object.assign(role, { kind: right['kind'], name: nameOf(right) });
    note(`${titleOf(binding)} binds ${titleOf(right)}.`);
  }
  const told =
    /\bservice ?account\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9-]*)["'`]?\s+(?:in|of|from|\()\s*(?:the\s+)?(?:namespace|ns)\s+["'`]?([a-z0-9][a-z0-9-]*)/i.exec(
      words,
    );
  for (const subject of listOf(binding['subjects']))
    if (
      subject['kind'] === 'ServiceAccount' &&
      told !== null &&
      subject['name'] === told[1] &&
      subject['namespace'] !== told[2]
    ) {
      subject['namespace'] = told[2];
      note(`${titleOf(binding)} finds its account in the namespace ${told[2] ?? ''}.`);
    }
  const accounts = objects.filter((o) => o['kind'] === 'ServiceAccount');
  for (const subject of listOf(binding['subjects'])) {
    if (subject['kind'] !== 'ServiceAccount') continue;
    const account = accounts.find((a) => nameOf(a) === subject['name']) ?? meant(wordOf(subject['name']), accounts);
    if (account === undefined) continue;
    if (nameOf(account) !== subject['name']) note(`${titleOf(binding)} names the account ${nameOf(account)}.`);
    subject['name'] = nameOf(account);
    const where = spaceOf(account) || spaceOf(binding);
    if (where !== '' && subject['namespace'] !== where) {
      subject['namespace'] = where;
      note(`${titleOf(binding)} finds its account in the namespace ${where}.`);
    }
  }
}

function mendPodSelector(object: DraftObject, workloads: readonly DraftObject[], note: Note): void {
  const spec = mapOf(object['spec']);
  const selector = mapOf(spec[object['kind'] === 'NetworkPolicy' ? 'podSelector' : 'selector']);
  const labels = mapOf(selector['matchLabels']);
  if (Object.keys(labels).length === 0 || workloads.some((w) => carries(w, labels))) return;
  const workload = meant(nameOf(object), workloads);
  if (workload === undefined) return;
  selector['matchLabels'] = labelsFor(workload, labels);
  note(`${titleOf(object)} selects the pods of ${nameOf(workload)}.`);
}

function mendServiceName(set: DraftObject, services: readonly DraftObject[], note: Note): void {
  const spec = mapOf(set['spec']);
  const headless = services.filter((s) => mapOf(s['spec'])['clusterIP'] === 'None');
  const right = headless.find((s) => nameOf(s) === spec['serviceName']) ?? (headless.length === 1 ? headless[0] : services.length === 1 ? services[0] : undefined); // prettier-ignore
  if (right === undefined) return;
  if (spec['serviceName'] !== nameOf(right)) {
    spec['serviceName'] = nameOf(right);
    note(`${titleOf(set)} has the service ${nameOf(right)}.`);
  }
  if (headless.length > 0 || mapOf(right['spec'])['type'] !== undefined) return;
  mapOf(right['spec'])['clusterIP'] = 'None';
  note(`${titleOf(right)} is headless, as a StatefulSet needs it.`);
}

const REFERENCES: readonly (readonly [key: string, field: string, kind: string])[] = [
  ['configMapKeyRef', 'name', 'ConfigMap'],
  ['configMapRef', 'name', 'ConfigMap'],
  ['configMap', 'name', 'ConfigMap'],
  ['secretKeyRef', 'name', 'Secret'],
  ['secretRef', 'name', 'Secret'],
  ['secret', 'secretName', 'Secret'],
  ['persistentVolumeClaim', 'claimName', 'PersistentVolumeClaim'],
];

/** Names of objects that are nearly those of the ones that are given, and keys that are nearly theirs. */
function mendReferences(workload: DraftObject, objects: readonly DraftObject[], note: Note): void {
  const walk = (value: Draft | undefined, key: string): void => {
    if (Array.isArray(value)) for (const v of value) walk(v, key);
    if (!isMap(value)) return;
    for (const [lead, field, kind] of REFERENCES) {
      if (key !== lead || value[field] === undefined) continue;
      const all = objects.filter((o) => o['kind'] === kind);
      const known = all.find((o) => nameOf(o) === value[field]) ?? meant(wordOf(value[field]), all);
      if (known === undefined) continue;
      if (nameOf(known) !== value[field]) {
        value[field] = nameOf(known);
        note(`${titleOf(workload)} refers to ${titleOf(known)}.`);
      }
      const keys = [...Object.keys(mapOf(known['data'])), ...Object.keys(mapOf(known['stringData']))];
      const near = keys.find((k) => distance(k.toLowerCase(), wordOf(value['key']).toLowerCase()) <= 2) ?? (keys.length === 1 ? keys[0] : undefined); // prettier-ignore
      if (!/KeyRef$/.test(key) || keys.includes(wordOf(value['key'])) || near === undefined) continue;
      value['key'] = near;
      note(`${titleOf(workload)} reads the key ${near} of ${nameOf(known)}.`);
    }
    for (const [k, v] of Object.entries(value)) walk(v, k);
  };
  walk(templateOf(workload), '');
}
