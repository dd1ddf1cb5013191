/** What holds workloads together: wiring, secrets, configuration, isolation, routes. */
import { wire } from '../catalogue/wiring.ts';
import { annotationsIn, readPairs, Said } from './attributes.ts';
import { companionReaders } from './companions.ts';
import { readHosts } from './ingress.ts';
import { secretObject } from './config.ts';
import { NUMBER, numberOf } from '../grammar/quantities.ts';
import type { Draft, DraftObject, Workload } from './model.ts';
import { clientsOnly } from './policy.ts';
import { object, selectorOf } from './render.ts';
import type { ClusterBuilder } from './builder.ts';
import { CACHE_PASSWORD, guardCaches, isGuarded } from './guarded.ts';
import { asCalled, nameDatabases, oneSecret } from './system/logins.ts';
import { closedTo, isSeparate, mayUse, settle } from './system/settle.ts';

export function addAccount(builder: ClusterBuilder, name: string, namespace: string | undefined, said?: Said): void {
  if (builder.objects.some((o) => o.kind === 'ServiceAccount' && o.metadata.name === name) || name === 'default')
    return;
  const made = object('ServiceAccount', name, namespace ?? 'default', said === undefined ? {} : accountFields(said));
  const annotations = said === undefined ? {} : annotationsIn(said);
  if (Object.keys(annotations).length > 0) made.metadata['annotations'] = annotations;
  builder.objects.push(made);
}

/** "pulling images with the secret regcred" */
const PULLED =
  /\bpull(?:s|ed|ing)?\s+(?:its\s+|the\s+|private\s+|all\s+)*images?\s+(?:with|using|by|through)\s+(?:the\s+|an?\s+)?(?:existing\s+)?secret\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)/i;

/** "do not automount its token\", "with the pull secret regcred". */
function accountFields(said: Said): DraftObject {
  const fields: DraftObject = {};
  const quiet = said.take(
    /\b(?:do not|don't|no|not|never|without|disable[sd]?)\b[^.;,]{0,20}\bauto-?mount\w*(?:[^.;,]{0,16}\btoken)?|\bauto-?mount\w*[^.;,]{0,24}\b(?:off|false|disabled)\b|\b(?:no|without(?: an?| the| its)?)\s+auto(?:matically|-)?\s*-?mounted\s+(?:\w+\s+){0,2}?token\b/i,
  );
  if (quiet !== undefined) fields['automountServiceAccountToken'] = false;
  const pull =
    said.take(/\b(?:image ?)?pull ?-?secrets?\s*(?:called |named |=|:)?\s*["'`]?([a-z0-9][a-z0-9-]*)/i)?.[1] ??
    said.take(PULLED)?.[1];
  if (pull !== undefined) fields['imagePullSecrets'] = [{ name: pull }];
  return fields;
}

/** Tells applications where their databases are, and makes the secrets that both sides read. */
export function link(builder: ClusterBuilder): void {
  const all = [...builder.workloads.values()];
  const leader =
    all.find((w) => w.app?.engine === 'redis' && /leader|primary|master/.test(w.name)) ??
    all.find((w) => w.app?.engine === 'redis' && !/replica|follower|slave|secondar|reader/.test(w.name));
  for (const container of all.flatMap((w) => w.containers)) {
    const args = container.fields['args'];
    if (leader !== undefined && Array.isArray(args))
      container.fields['args'] = args.map((a) => (a === 'redis-leader' ? leader.name : a));
  }
  settle(builder);
  nameDatabases(builder);
  oneSecret(builder);
  guardCaches(builder);
  for (const workload of all) addSecrets(builder, workload);
  const apps = all.filter(
    (w) =>
      (!w.explicit || wiredByWords(builder, w, all)) &&
      w.containers.length > 0 &&
      (w.app?.uses !== undefined || w.app === undefined || ['node', 'python', 'php'].includes(w.app.id)),
  );
  const stores = all.filter((w) => w.app?.engine !== undefined);
  const owners = ownersOf(stores, all);
  for (const workload of apps) {
    const container = workload.containers[0];
    if (container === undefined || builder.told.has(container)) continue;
    const front = /front-?end/.test(workload.name) && apps.length > 1 && container.app === undefined;
    const env = [...((container.fields['env'] ?? []) as DraftObject[])];
    const engines = new Set<string>();
    // Its own store before anybody's; never another's own.
    for (const peer of front ? [] : stores) {
      if (owners.get(peer)?.some((o) => o !== workload) === true) continue;
      const engine = peer.app?.engine;
      if (peer === workload || peer.app === undefined || engine === undefined || engines.has(engine)) continue;
      if (!mayUse(builder, workload, peer) || (peer.app.role === 'database' && env.some(isAddress))) continue;
      const wires = wire(workload.app, {
        host: peer.services.find((s) => s.name !== undefined && s.headless !== true)?.name ?? peer.name,
        app: peer.app,
      });
      if (wires.length > 0) engines.add(engine);
      if (wires.length > 0 && peer.app.engine === 'redis' && isGuarded(peer))
        env.push({ name: CACHE_PASSWORD, valueFrom: heldIn(peer, CACHE_PASSWORD) });
      for (const w of wires) {
        if (env.some((e) => e['name'] === w.name)) continue;
        env.push(
          'value' in w
            ? { name: w.name, value: asCalled(peer, w.name, w.value) }
            : { name: w.name, valueFrom: heldIn(peer, w.secret) },
        );
      }
    }
    if (env.length > 0) container.fields['env'] = env;
  }
}

/** "orders-postgres" is the store of orders: whose each store is by its name. */
function ownersOf(stores: readonly Workload[], all: readonly Workload[]): ReadonlyMap<Workload, readonly Workload[]> {
  const named = new Map<string, Workload[]>();
  for (const w of all) if (w.app === undefined) named.set(w.name, [...(named.get(w.name) ?? []), w]);
  return new Map(
    stores.map((s) => [s, [...s.name.matchAll(/-/g)].flatMap((m) => named.get(s.name.slice(0, m.index)) ?? [])]),
  );
}

/** A named object that is said to use a component: "gets RABBITMQ_HOST", "connects to the postgres". */
function wiredByWords(builder: ClusterBuilder, workload: Workload, all: readonly Workload[]): boolean {
  const said = [...builder.workloads].find(([, w]) => w === workload)?.[0].said ?? '';
  return all.some(
    (peer) =>
      peer !== workload &&
      peer.app?.engine !== undefined &&
      new RegExp(
        `\\b(?:uses?|using|connect\\w*|talks? to|needs?|gets?|reads?|writes?|stores?|with)\\b[^.;]{0,40}(?:${peer.app.names}|${peer.app.engine}_)`,
        'i',
      ).test(said),
  );
}

/** A variable that says where the database is, whatever its kind. */
const isAddress = (env: DraftObject): boolean =>
  typeof env['name'] === 'string' &&
  /(?:DATABASE|DB|POSTGRES\w*|MYSQL|MONGO\w*|JDBC)_?(?:URL|URI|DSN)$/.test(env['name']);

/** Where a store's password is: the secret that it was told to read, else its own. */
function heldIn(peer: Workload, key: string): DraftObject {
  const env = (peer.containers[0]?.fields['env'] ?? []) as DraftObject[];
  const given = env.find((e) => e['name'] === key)?.['valueFrom'];
  return given === undefined ? { secretKeyRef: { name: secretName(peer), key } } : { ...(given as DraftObject) };
}

const secretName = (workload: Workload): string => `${workload.name}-credentials`;

/** Variables with secret values become references; values that somebody typed are not written anywhere. */
function addSecrets(builder: ClusterBuilder, workload: Workload): void {
  const keys: string[] = [];
  for (const container of [...workload.containers, ...workload.initContainers]) {
    const env = ((container.fields['env'] ?? []) as DraftObject[]).map((e): DraftObject => {
      const name = typeof e['name'] === 'string' ? e['name'] : '';
      if (
        typeof e['value'] !== 'string' ||
        !/(?:PASS(?:WORD|WD)?|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|CREDENTIALS?)$/i.test(name) ||
        /_FILE$/i.test(name)
      )
        return e;
      keys.push(name);
      builder.assume(`The value of ${name} is not written to a file: it is asked for as the secret ${name}.`);
      return { name, valueFrom: { secretKeyRef: { name: secretName(workload), key: name } } };
    });
    const own = container.secrets.filter((name) => !env.some((e) => e['name'] === name));
    for (const name of own) env.push({ name, valueFrom: { secretKeyRef: { name: secretName(workload), key: name } } });
    keys.push(...own);
    if (env.length > 0) container.fields['env'] = env;
  }
  if (keys.length === 0) return;
  const { object: made, variables } = secretObject(secretName(workload), workload.namespace, [...new Set(keys)]);
  builder.objects.push(made);
  for (const v of variables) builder.variables.add(v);
}

/** "reachable at shop.example.com over TLS": an ingress that nobody called one. */
export function routeHosts(builder: ClusterBuilder): void {
  const stores = (w: Workload): boolean => ['database', 'cache', 'queue'].includes(w.app?.role ?? '');
  for (const [entity, spoken] of builder.workloads) {
    // What people reach is the application, though the store was spoken of last.
    const workload = stores(spoken) ? ([...builder.workloads.values()].find((w) => !stores(w)) ?? spoken) : spoken;
    if (
      workload.services.length === 0 ||
      stores(workload) ||
      !/\b(?:reachable|available|accessible|served|serving|domain|host|url|under|public\w*|at)\b[^.;]{0,40}\b[a-z0-9-]+(?:\.[a-z0-9-]+)+\b/i.test(
        entity.said,
      )
    )
      continue;
    const said = new Said(entity.passages);
    if (readHosts(said).length === 0) continue;
    const made = companionReaders['Ingress']?.({ ...entity, kind: undefined, name: workload.name }, said, {
      namespace: workload.namespace,
      text: builder.text,
      services: builder.services,
      workload,
      workloadNamed: () => undefined,
      made: () => [],
      assume: (t) => builder.assume(t),
    });
    if (made !== undefined) builder.objects.push(made);
  }
}

export function mountConfig(
  builder: ClusterBuilder,
  workload: Workload,
  config: { path: string; file: string; text: string },
): void {
  const name = `${workload.name}-config`;
  builder.objects.push(object('ConfigMap', name, workload.namespace, { data: { [config.file]: config.text } }));
  const target = builder.objects.find((o) => o.kind === workload.kind && o.metadata.name === workload.name);
  const spec = (((target?.['spec'] as DraftObject | undefined)?.['template'] as DraftObject | undefined)?.['spec'] ??
    target?.['spec']) as DraftObject | undefined;
  const container = (spec?.['containers'] as DraftObject[] | undefined)?.[0];
  if (spec === undefined || container === undefined) return;
  spec['volumes'] = [...((spec['volumes'] ?? []) as DraftObject[]), { name: 'config', configMap: { name } }];
  container['volumeMounts'] = [
    ...((container['volumeMounts'] ?? []) as DraftObject[]),
    { name: 'config', mountPath: config.path, readOnly: true },
  ];
}

/** "at most one down at a time", "at least two must stay up": a budget that nobody called one. */
export function budgets(builder: ClusterBuilder): void {
  if (builder.objects.some((o) => o.kind === 'PodDisruptionBudget')) return;
  const amount = `(\\d+\\s?%|${NUMBER})`;
  const value = (text: string): Draft => (text.includes('%') ? text.replace(/\s/g, '') : numberOf(text));
  for (const [entity, workload] of builder.workloads) {
    const said = new Said(entity.passages);
    const away = said.take(
      new RegExp(
        `\\b(?:at most|no more than|only|max(?:imum)?(?: of)?|never more than)\\s+${amount}\\s*(?:of (?:them|the pods|its pods)\\s*|pods?\\s*|replicas?\\s*|nodes?\\s*)?(?:(?:may|can|is|are|should|must)\\s+)?(?:be\\s+)?(?:down|unavailable|disrupted|missing|gone|evicted)(?:\\s+at (?:a|the same|any|once)(?: time)?)?`,
        'i',
      ),
    )?.[1];
    const up = said.take(
      new RegExp(
        `\\b(?:at least|min(?:imum)?(?: of)?|(?:never|not) (?:less|fewer) than)\\s+${amount}\\s*(?:of (?:them|the pods|its pods)\\s*|pods?\\s*|replicas?\\s*|nodes?\\s*)?(?:(?:must|should|have to|has to|always|are|is|kept)\\s+)?(?:always\\s+)?(?:be\\s+|stay\\s+|remain\\s+)?(?:available|up|running|ready|alive)`,
        'i',
      ),
    )?.[1];
    if (away === undefined && up === undefined) continue;
    const limit: DraftObject =
      away === undefined ? { minAvailable: value(up ?? '1') } : { maxUnavailable: value(away) };
    builder.objects.push(
      object('PodDisruptionBudget', `${workload.name}-pdb`, workload.namespace, {
        spec: { ...limit, selector: { matchLabels: selectorOf(workload) } },
      }),
    );
  }
}

/** "reachable only from pods labelled x=y" */
function byLabel(builder: ClusterBuilder): void {
  for (const [entity, workload] of builder.workloads) {
    const only =
      /\b(?:(?:reachable|accessible|accessed|reached|access) )?only (?:from|by|for) (?:the )?pods? (?:labell?ed|with (?:the )?labels?)\s+([\w./-]+)\s*[=:]\s*([\w./-]*\w)/i.exec(
        entity.said,
      );
    if (only?.[1] === undefined) continue;
    const ports = workload.containers[0]?.ports.map((p) => ({ protocol: 'TCP', port: p.port })) ?? [];
    builder.objects.push(
      object('NetworkPolicy', `${workload.name}-clients`, workload.namespace, {
        spec: {
          podSelector: { matchLabels: { app: workload.name } },
          policyTypes: ['Ingress'],
          ingress: [{ from: [{ podSelector: { matchLabels: { [only[1]]: only[2] ?? '' } } }], ports }],
        },
      }),
    );
  }
}

/** Databases and caches answer their own clients only; "no external traffic" closes the namespace. */
export function isolate(builder: ClusterBuilder): void {
  const all = [...builder.workloads.values()].filter((w) => !w.explicit);
  const clients = all.filter(
    (w) => w.app === undefined || w.app.role === 'app' || w.app.role === 'tool' || w.app.uses !== undefined,
  );
  byLabel(builder);
  for (const workload of all) {
    const role = workload.app?.role;
    const ports = workload.containers[0]?.ports.map((p) => p.port) ?? [];
    const closed = closedTo(builder, workload);
    if (closed !== undefined && ports.length > 0) {
      builder.objects.push(clientsOnly(workload, ports, closed));
      continue;
    }
    if (
      !(role === 'database' || role === 'cache') ||
      clients.length === 0 ||
      clients.includes(workload) ||
      ports.length === 0 ||
      workload.services.some((s) => s.type === 'LoadBalancer' || s.type === 'NodePort')
    )
      continue;
    const peers =
      (workload.replicas ?? 1) > 1 || all.some((w) => w !== workload && w.app?.id === workload.app?.id)
        ? all.filter((w) => w === workload || (w.app?.id === workload.app?.id && !isSeparate(builder, w)))
        : [];
    builder.objects.push(
      clientsOnly(workload, ports, [...clients.filter((c) => mayUse(builder, c, workload)), ...peers]),
    );
  }
  internal(builder, all);
}

const INTERNAL =
  /\b(?:no|without|block(?:s|ed)?|den(?:y|ies)|reject|not (?:reachable|accessible|exposed)|never reachable)\b[^.;]{0,30}?\b(?:external|outside|internet|public|inbound)\b(?:[^.;]{0,16}\b(?:traffic|access|connections?))?|\b(?:only|purely|strictly) (?:internal|inside the cluster|within the cluster|cluster-internal)\b|\binternal only\b/i;

/** Closes what is said to be internal: one of several services, or all of the namespace. */
function internal(builder: ClusterBuilder, all: readonly Workload[]): void {
  const inner = all.filter((w) => insides(builder, w));
  if (inner.length > 0) {
    for (const workload of inner)
      builder.objects.push(
        object('NetworkPolicy', `${workload.name}-internal`, workload.namespace, {
          spec: {
            podSelector: { matchLabels: selectorOf(workload) },
            policyTypes: ['Ingress'],
            ingress: [{ from: [{ podSelector: {} }] }],
          },
        }),
      );
    return;
  }
  const open = all.some((w) => w.services.some((s) => s.type === 'LoadBalancer' || s.type === 'NodePort'));
  if (builder.text.take(INTERNAL) === undefined || builder.bordered || open) return;
  builder.objects.push(
    object('NetworkPolicy', 'same-namespace-only', all[0]?.namespace, {
      spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] },
    }),
  );
}

/** Of several services the one that is said to be internal, where others are open. */
function insides(builder: ClusterBuilder, workload: Workload): boolean {
  const said = [...builder.workloads].find(([, w]) => w === workload)?.[0].said ?? '';
  const store = ['database', 'cache', 'queue'].includes(workload.app?.role ?? '');
  return builder.system !== undefined && builder.workloads.size > 1 && !store && INTERNAL.test(said);
}

/** "namespace x … label it team=platform": where there is nothing else that labels could be of. */
export function namespaceLabels(builder: ClusterBuilder): Record<string, string> {
  return builder.workloads.size > 0
    ? {}
    : readPairs(
        new Said([builder.text]),
        '(?<!pods? )(?<!pods? with )(?<!pods? with the )(?:labell?(?:s|ed)?(?: it)?(?: with)?)',
      );
}

/** "namespaces dev, test and prod, each with …": what belongs to no one namespace goes to every one. */
export function spread(builder: ClusterBuilder): void {
  const many = builder.namespaces.filter((n) => !n.exists);
  if (
    many.length < 2 ||
    !/\b(?:each|every|both|all)\b/i.test(builder.text.text) ||
    !/\bnamespaces\s*:?\s+(?:called |named )?["'`]?[a-z0-9-]+["'`]?\s*(?:,|and\b)/i.test(builder.text.text)
  )
    return;
  const first = many[0]?.name;
  for (const one of builder.objects.filter((o) => o.metadata.namespace === first)) {
    for (const n of many.slice(1)) builder.objects.push({ ...one, metadata: { ...one.metadata, namespace: n.name } });
  }
}

export { readHosts };
