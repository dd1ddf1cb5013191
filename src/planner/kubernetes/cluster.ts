/** A description of things in a cluster, understood as a whole: what is made, what is only referred to, and how it hangs together. */
import { appById } from '../catalogue/index.ts';
import { wire } from '../catalogue/wiring.ts';
import type { BuildFact, WorkspaceFacts } from '../context/facts.ts';
import { SIZE, sizeOf } from '../grammar/quantities.ts';
import type { Passage } from '../text.ts';
import { sentences } from '../text.ts';
import { readAccess } from './access.ts';
import { Said } from './attributes.ts';
import { readCanary } from './canary.ts';
import { companionReaders, readHosts, type CompanionContext } from './companions.ts';
import { readConfigMap, readSecret, secretObject } from './config.ts';
import { isWorkload, Reader } from './entities.ts';
import { findKinds } from './kinds.ts';
import { meshReaders } from './mesh.ts';
import type { DraftObject, Entity, K8sObject, ServiceWish, Workload } from './model.ts';
import { findNamespaces, type NamespaceWish } from './namespaces.ts';
import { readOperations, type Operations } from './operations.ts';
import { clientsOnly, readPolicies } from './policy.ts';
import { claimName, claimSpec, headlessName, object, renderService, renderWorkload } from './render.ts';
import { readService } from './services.ts';
import { buildName } from './names.ts';
import { buildWorkload, type WorkloadContext } from './workload.ts';

export interface BuildWish extends BuildFact {
  readonly name: string;
  /** Registry and repository, without a tag. */
  readonly image: string;
  readonly tag: string;
}

export interface ClusterPlan {
  readonly objects: readonly K8sObject[];
  readonly operations: Operations;
  readonly builds: readonly BuildWish[];
  /** Secrets that the workflow asks for. */
  readonly variables: readonly string[];
  readonly components: readonly string[];
  readonly assumptions: readonly string[];
  readonly questions: readonly string[];
  /** Objects that are referred to and must be there. */
  readonly expected: readonly { readonly kind: string; readonly name: string }[];
  readonly namespaces: readonly string[];
}

export interface ClusterOptions {
  readonly facts: WorkspaceFacts;
  readonly registry: string;
  /** An environment that the text names, such as staging. */
  readonly environment: string | undefined;
  /** Components that other words ask for ("with monitoring"). */
  readonly extra: readonly string[];
}

/** Everything that is being put together. */
export class ClusterBuilder {
  readonly objects: K8sObject[] = [];
  readonly assumptions: string[] = [];
  readonly questions: string[] = [];
  readonly variables = new Set<string>();
  readonly components: string[] = [];
  readonly builds: BuildWish[] = [];
  readonly workloads = new Map<Entity, Workload>();
  readonly refs = { configMaps: new Set<string>(), secrets: new Set<string>(), claims: new Set<string>() };
  readonly expected: { kind: string; name: string }[] = [];
  readonly namespaces: NamespaceWish[];
  readonly #default: string | undefined;

  constructor(
    readonly text: Passage,
    readonly options: ClusterOptions,
  ) {
    this.namespaces = findNamespaces(text);
    const environment = options.environment;
    this.#default = this.namespaces[0]?.name ?? environment;
    if (this.namespaces[0] === undefined && environment !== undefined)
      this.assumptions.push(`Everything goes to the namespace ${environment}.`);
  }

  assume(text: string): void {
    if (!this.assumptions.includes(text)) this.assumptions.push(text);
  }

  /** The namespace for what a sentence says: its own, else the description's first. */
  namespaceOf = (passage: Passage): string | undefined => {
    const own = this.namespaces.filter((n) => n.at >= passage.at && n.at < passage.at + passage.text.length);
    return own[0]?.name ?? this.#default;
  };

  entityNamespace(entity: Entity): string | undefined {
    for (const passage of entity.passages) {
      const own = this.namespaces.find((n) => n.at >= passage.at && n.at < passage.at + passage.text.length);
      if (own !== undefined) return own.name;
    }
    const first = entity.passages[0];
    if (first === undefined) return this.#default;
    const sentence = sentences(this.text).find((s) => first.at >= s.at && first.at <= s.at + s.text.length);
    return sentence === undefined ? this.#default : this.namespaceOf(sentence);
  }

  /** The image and port for an application that somebody wrote. */
  imageFor = (
    build: string,
    name: string,
  ): { image: string; port: number | undefined; assumption: string | undefined } => {
    const { facts, registry } = this.options;
    const known = this.builds.find((b) => b.name === name);
    const fact =
      facts.builds.find(
        (b) => b.dir !== '.' && (b.dir.toLowerCase().includes(buildName(build)) || b.dir.toLowerCase().includes(name)),
      ) ??
      (facts.builds.length === 1 || /\b(?:this|the|my|our)\b|^(?:web|app|api)/i.test(build)
        ? facts.builds[0]
        : facts.builds.find((b) => b.dir === '.'));
    const port = fact?.port ?? portOf(build, facts);
    if (known !== undefined || fact === undefined)
      return {
        image: `${registry}/${name}:1.0.0`,
        port,
        assumption:
          known === undefined
            ? `There is no Dockerfile for ${build.trim()}: the image ${registry}/${name}:1.0.0 is taken to be there.`
            : undefined,
      };
    const wish: BuildWish = { ...fact, name, image: `${registry}/${name}`, tag: '1.0.0' };
    this.builds.push(wish);
    return {
      image: `${wish.image}:${wish.tag}`,
      port,
      assumption: `${fact.file} is built as ${wish.image}:${wish.tag} and pushed there.`,
    };
  };
}

const FRAMEWORK_PORTS: readonly (readonly [RegExp, number])[] = [
  [/flask/i, 5000],
  [/django|fast ?api/i, 8000],
  [/spring|java|kotlin|quarkus|tomcat/i, 8080],
  [/rails|express|node|next|react|nest/i, 3000],
  [/\.net|asp|dotnet/i, 8080],
  [/go\b|golang|rust/i, 8080],
  [/php|laravel/i, 80],
  [/angular|vue/i, 80],
];

function portOf(build: string, facts: WorkspaceFacts): number | undefined {
  if (/worker|consumer/i.test(build)) return undefined;
  const framework = FRAMEWORK_PORTS.find(([pattern]) => pattern.test(build))?.[1];
  if (framework !== undefined) return framework;
  return facts.languages.includes('node') ? 3000 : facts.languages.includes('python') ? 8000 : 8080;
}

export function planCluster(text: Passage, options: ClusterOptions): ClusterPlan {
  const builder = new ClusterBuilder(text, options);
  const all = sentences(text);
  const canary = readCanary(text, builder.namespaceOf(text));
  const operations = canary === undefined ? readOperations(all, builder.namespaceOf) : NO_OPERATIONS;
  const rest = all.filter((s) => !operations.spans.some(([from, to]) => s.at >= from && s.at < to));
  const access = readAccess(rest, builder.namespaceOf);
  const policies = readPolicies(
    rest.filter((s) => !access.spans.some(([from]) => from === s.at)),
    builder.namespaceOf,
  );
  const blocked = [...operations.spans, ...access.spans, ...policies.spans];
  const isBlocked = (start: number, end: number): boolean => blocked.some(([from, to]) => start < to && end > from);
  builder.assumptions.push(...operations.assumptions);
  builder.questions.push(...operations.questions);
  if (canary !== undefined) {
    builder.assumptions.push(...canary.assumptions);
    builder.objects.push(renderWorkload(canary.workload), ...(canary.service === undefined ? [] : [canary.service]));
  } else {
    const objects = findKinds(text.text).some(
      (k) => k.info.workload === true && !k.plural && !isBlocked(text.at + k.start, text.at + k.end),
    );
    buildEntities(builder, new Reader(text, { objects, builds: options.facts.builds.length > 0 }, isBlocked));
  }
  builder.objects.push(...access.objects, ...policies.objects, ...operations.objects);
  for (const account of access.accounts) addAccount(builder, account.name, account.namespace);
  finish(builder);
  return {
    objects: builder.objects,
    operations,
    builds: builder.builds,
    variables: [...builder.variables],
    components: [...new Set(builder.components)],
    assumptions: builder.assumptions,
    questions: builder.questions,
    expected: builder.expected,
    namespaces: builder.namespaces.map((n) => n.name),
  };
}

const NO_OPERATIONS: Operations = {
  tasks: [],
  objects: [],
  deletions: [],
  spans: [],
  assumptions: [],
  questions: [],
  destructive: false,
};

function addAccount(builder: ClusterBuilder, name: string, namespace: string | undefined): void {
  if (builder.objects.some((o) => o.kind === 'ServiceAccount' && o.metadata.name === name) || name === 'default')
    return;
  builder.objects.push(object('ServiceAccount', name, namespace ?? 'default', {}));
}

function buildEntities(builder: ClusterBuilder, reader: Reader): void {
  const entities = [...reader.entities];
  for (const id of builder.options.extra) {
    const app = appById(id);
    if (app === undefined || entities.some((e) => e.app?.id === id)) continue;
    entities.push({
      id: entities.length,
      kind: undefined,
      name: undefined,
      app,
      image: undefined,
      build: undefined,
      count: undefined,
      passages: [],
      said: '',
      explicit: false,
      exists: false,
      owners: [],
      qualifier: undefined,
    });
  }
  const context: WorkloadContext = {
    refs: builder.refs,
    imageFor: builder.imageFor,
    assume: (t) => builder.assume(t),
    taken: new Set(),
    eachSize: eachSize(builder.text),
  };
  for (const entity of entities) {
    if (
      entity.app === undefined ||
      !RUNTIMES.has(entity.app.id) ||
      entity.explicit ||
      builder.options.facts.builds.length === 0
    )
      continue;
    entity.build = `${entity.app.id} app`;
    entity.app = undefined;
  }
  const made = entities.filter((e) => isWorkload(e) && !isReference(e, builder));
  for (const entity of entities.filter((e) => e.kind?.kind === 'Service' || e.kind?.kind === 'Ingress'))
    returnClauses(entity);
  for (const entity of made) {
    const workload = buildWorkload(entity, context);
    const namespace = builder.entityNamespace(entity);
    if (namespace !== undefined) workload.namespace = namespace;
    builder.workloads.set(entity, workload);
    builder.components.push(
      entity.app?.id ?? (entity.build === undefined ? workload.kind.toLowerCase() : 'application'),
    );
  }
  for (const entity of entities.filter((e) => e.kind?.kind === 'Service')) wishService(builder, entity);
  for (const [entity, workload] of builder.workloads) exposeWords(entity, workload);
  link(builder);
  if (!entities.some((e) => /^(?:Ingress|HTTPRoute|Gateway|IstioGateway|VirtualService)$/.test(e.kind?.kind ?? '')))
    routeHosts(builder);
  for (const entity of entities.filter((e) => !isWorkload(e) && e.kind?.kind !== 'Service'))
    addCompanion(builder, entity);
  render(builder);
}

const SERVICE_WORDS =
  /\bports?\b|\bservices?\b|\btype\b|node ?-?port|load ?-?balancer|cluster ?-?ip|headless|\btarget|\bselect|\bexpos|\bon \d|^\s*(?:and\s+)?\d{2,5}\b|\b\d{2,5}:\d{2,5}|\bpublic|\bintern|\bextern|\baffinity|\bsticky|\breach|\baccess/i;

/** "headless service db, 1Gi volume each": the second clause is about the workload again. */
function returnClauses(entity: Entity): void {
  const owner = entity.owners[0];
  if (owner === undefined || entity.owners.length > 1 || owner.exists) return;
  const stays = (text: string): boolean =>
    entity.kind?.kind === 'Ingress'
      ? !/\breplicas?\b|\benv\b|\bprobe|\blimits?\b|\brequests?\b|\bmemory\b|\dGi\b|\bvolumes?\b/i.test(text)
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

/** A size that is said of several things at once. */
function eachSize(text: Passage): string | undefined {
  const match = text.take(
    new RegExp(
      `${SIZE}\\s*(?:of (?:storage|disk|space) )?(?:for )?(?:each|both|apiece|every one)\\b|(?:each|both)\\b[^.;]{0,30}?${SIZE}(?= of storage| volume| persistent| disk| pvc|[,.;]|$)`,
      'i',
    ),
  );
  const [amount, unit] = [match?.[1] ?? match?.[3], match?.[2] ?? match?.[4]];
  return amount === undefined ? undefined : sizeOf(amount, unit ?? 'Gi');
}

/** Runtimes that are only what an application of the workspace is written in. */
const RUNTIMES: ReadonlySet<string> = new Set(['node', 'python', 'php']);

/** A workload that is only referred to: it is said to exist, or nothing says what it runs. */
function isReference(entity: Entity, builder: ClusterBuilder): boolean {
  if (entity.exists) return true;
  if (!entity.explicit || entity.image !== undefined || entity.app !== undefined) return false;
  const made = /\b(?:create|run|deploy|add|make|start|launch|spin up)\b/i.test(
    builder.text.text.slice(0, (entity.passages[0]?.at ?? 0) + 40),
  );
  const onlyAround = /\b(?:auto-?scal|hpa|pdb|disruption|expose|ingress|budget|monitor)/i.test(builder.text.text);
  if (builder.options.facts.builds.length > 0 && made) return false;
  if (/\bcontainers?\b/i.test(entity.said) && /\bimage|nginx|busybox|redis|alpine/i.test(entity.said)) return false;
  if (
    made &&
    !onlyAround &&
    (entity.kind?.kind === 'Deployment' ||
      entity.kind?.kind === 'Pod' ||
      entity.kind?.kind === 'StatefulSet' ||
      entity.kind?.kind === 'DaemonSet' ||
      entity.kind?.kind.endsWith('Job') === true)
  )
    builder.questions.push(
      `Which image should ${entity.kind.kind.toLowerCase()} ${entity.name ?? ''} run?`.replace('  ', ' '),
    );
  else if (entity.name !== undefined)
    builder.expected.push({ kind: entity.kind?.kind ?? 'Deployment', name: entity.name });
  return true;
}

function wishService(builder: ClusterBuilder, entity: Entity): void {
  const said = new Said(entity.passages);
  const wish = readService(said, entity.name);
  const owners = entity.owners.map((o) => builder.workloads.get(o)).filter((w) => w !== undefined);
  const named = [...builder.workloads.values()].find((w) =>
    new RegExp(
      `\\b(?:for|to|of|in front of|exposing|exposes)\\s+(?:the\\s+)?(?:deployment |stateful ?set |pods? |daemon ?set )?["'\`]?${w.name}\\b`,
      'i',
    ).test(entity.said),
  );
  const targets = named !== undefined ? [named] : owners;
  const namespace = builder.entityNamespace(entity);
  if (targets.length === 0) {
    if (wish.ports.length === 0 && wish.type !== 'ExternalName') wish.ports.push({ port: 80 });
    const about =
      /\b(?:for|of|in front of|exposing|expose)\s+(?:the\s+)?(?:deployment|pods?|stateful ?set)?\s*["'`]?([a-z0-9][a-z0-9-]*)/i.exec(
        entity.said,
      )?.[1];
    builder.objects.push(
      renderService(
        wish.selector === undefined && about !== undefined ? { ...wish, selector: { app: about } } : wish,
        undefined,
        entity.name ?? about ?? 'web',
        namespace,
      ),
    );
    return;
  }
  for (const workload of targets) {
    // "headless service plus a public service": the plain name is for the one that people use.
    workload.services.push({
      ...wish,
      ...(targets.length > 1 && wish.name !== undefined ? { name: workload.name } : {}),
    });
  }
}

/** "expose it on 80", "reachable from outside on 8080", "no external traffic". */
function exposeWords(entity: Entity, workload: Workload): void {
  const said = entity.said;
  if (workload.services.length > 0) return;
  const outside =
    /\b(?:load ?balancer|public(?:ly)?|from outside|external(?:ly)?|internet)\b/i.test(said) &&
    !/\b(?:no|not|without|block|deny)\b[^.;]{0,20}\b(?:external|public|outside|internet)/i.test(said);
  const nodePort = /\bnode ?-?port\b/i.test(said);
  const exposed = /\bexpos(?:e|ed|es|ing)\b|\breachable\b|\baccessible\b|\bservice\b/i.test(said);
  const wanted = workload.explicit
    ? (exposed && workload.kind !== 'Pod' && workload.kind !== 'Job' && workload.kind !== 'CronJob') || nodePort
    : (workload.containers[0]?.ports.length ?? 0) > 0;
  if (!wanted) return;
  const wish: ServiceWish = /\bexpos|node ?port|load ?balancer|service\b/i.test(said)
    ? readService(new Said(entity.passages), undefined)
    : { ports: [] };
  if (!outside && wish.type === 'LoadBalancer') delete wish.type;
  if (workload.kind === 'StatefulSet' && wish.type === undefined) wish.headless = true;
  // Ports of the container decide unless the words give the service its own.
  if (wish.ports.every((p) => p.target === undefined && p.nodePort === undefined)) wish.ports = [];
  workload.services.push(wish);
}

/** Tells applications where their databases are, and makes the secrets that both sides read. */
function link(builder: ClusterBuilder): void {
  const all = [...builder.workloads.values()];
  const leader =
    all.find((w) => w.app?.engine === 'redis' && /leader|primary|master/.test(w.name)) ??
    all.find((w) => w.app?.engine === 'redis' && !/replica|follower|slave|secondar|reader/.test(w.name));
  for (const container of all.flatMap((w) => w.containers)) {
    const args = container.fields['args'];
    if (leader !== undefined && Array.isArray(args))
      container.fields['args'] = args.map((a) => (a === 'redis-leader' ? leader.name : a));
  }
  for (const workload of all) addSecrets(builder, workload);
  const apps = all.filter(
    (w) =>
      !w.explicit &&
      w.containers.length > 0 &&
      (w.app?.uses !== undefined || w.app === undefined || ['node', 'python', 'php'].includes(w.app.id)),
  );
  for (const workload of apps) {
    const container = workload.containers[0];
    if (container === undefined) continue;
    const front = /front-?end/.test(workload.name) && apps.length > 1 && container.app === undefined;
    const env = [...((container.fields['env'] ?? []) as DraftObject[])];
    const engines = new Set<string>();
    for (const peer of front ? [] : all) {
      const engine = peer.app?.engine;
      if (peer === workload || peer.app === undefined || engine === undefined || engines.has(engine)) continue;
      const wires = wire(workload.app, {
        host: peer.services.find((s) => s.name !== undefined && s.headless !== true)?.name ?? peer.name,
        app: peer.app,
      });
      if (wires.length > 0) engines.add(engine);
      for (const w of wires) {
        if (env.some((e) => e['name'] === w.name)) continue;
        env.push(
          'value' in w
            ? { name: w.name, value: w.value }
            : { name: w.name, valueFrom: { secretKeyRef: { name: secretName(peer), key: w.secret } } },
        );
      }
    }
    if (env.length > 0) container.fields['env'] = env;
  }
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

function addCompanion(builder: ClusterBuilder, entity: Entity): void {
  const kind = entity.kind?.kind ?? '';
  const said = new Said(entity.passages);
  const last = entity.owners.map((o) => builder.workloads.get(o)).find((w) => w !== undefined);
  // People reach the application, not the database that was spoken of last.
  const stores = last?.app?.role === 'database' || last?.app?.role === 'cache' || last?.app?.role === 'queue';
  const owner =
    kind === 'Ingress' && stores
      ? ([...builder.workloads.values()].find(
          (w) => w.app === undefined || w.app.role === 'app' || w.app.role === 'proxy',
        ) ?? last)
      : last;
  const reference = entity.owners.find((o) => !builder.workloads.has(o) && o.name !== undefined);
  const namespace = builder.entityNamespace(entity);
  const context: CompanionContext = {
    namespace,
    whole: builder.text.text,
    workload: owner ?? (reference === undefined ? undefined : stand(reference)),
    workloadNamed: (name) =>
      [...builder.workloads.values()].find((w) => w.name === name || w.services.some((s) => s.name === name)),
    assume: (t) => builder.assume(t),
  };
  if (entity.exists) return;
  if (kind === 'ConfigMap') {
    const made = readConfigMap(entity, said, namespace, owner?.name ?? 'app');
    if (made !== undefined) builder.objects.push(made);
    else if (entity.name !== undefined) builder.refs.configMaps.add(entity.name);
    return;
  }
  if (kind === 'Secret') {
    const made = readSecret(entity, said, namespace, owner?.name ?? 'app');
    builder.objects.push(made.object);
    for (const v of made.variables) builder.variables.add(v);
    if (made.literal)
      builder.assume(
        `The values for the secret ${made.object.metadata.name} are not written to a file: they are asked for when the workflow runs.`,
      );
    return;
  }
  if (kind === 'ServiceAccount') {
    addAccount(builder, entity.name ?? owner?.name ?? 'app', namespace);
    return;
  }
  const made = (companionReaders[kind] ?? meshReaders[kind])?.(entity, said, context);
  if (
    made !== undefined &&
    !builder.objects.some((o) => o.kind === made.kind && o.metadata.name === made.metadata.name)
  )
    builder.objects.push(made);
  if (made !== undefined) builder.components.push(kind);
}

/** "reachable at shop.example.com over TLS": an ingress that nobody called one. */
function routeHosts(builder: ClusterBuilder): void {
  for (const [entity, workload] of builder.workloads) {
    if (
      workload.services.length === 0 ||
      workload.app?.role === 'database' ||
      !/\b(?:reachable|available|accessible|served|serving|domain|host|url|under|public\w*|at)\b[^.;]{0,40}\b[a-z0-9-]+(?:\.[a-z0-9-]+)+\b/i.test(
        entity.said,
      )
    )
      continue;
    const said = new Said(entity.passages);
    if (readHosts(said).length === 0) continue;
    const made = companionReaders['Ingress']?.({ ...entity, kind: undefined, name: workload.name }, said, {
      namespace: workload.namespace,
      whole: builder.text.text,
      workload,
      workloadNamed: () => undefined,
      assume: (t) => builder.assume(t),
    });
    if (made !== undefined) builder.objects.push(made);
  }
}

/** A workload that is there already, as far as its companions need to know it. */
const stand = (entity: Entity): Workload => ({
  kind: (entity.kind?.kind ?? 'Deployment') as Workload['kind'],
  name: entity.name ?? 'app',
  explicit: true,
  labels: { app: entity.name ?? 'app' },
  annotations: {},
  containers: [],
  initContainers: [],
  volumes: [],
  claims: [],
  pod: {},
  spec: {},
  services: [],
});

function render(builder: ClusterBuilder): void {
  for (const workload of builder.workloads.values()) {
    builder.objects.push(renderWorkload(workload));
    if (workload.kind !== 'StatefulSet')
      for (const claim of workload.claims)
        builder.objects.push(
          object('PersistentVolumeClaim', claimName(workload, claim), workload.namespace, { spec: claimSpec(claim) }),
        );
    if (workload.kind === 'StatefulSet' && !workload.services.some((s) => s.headless === true))
      workload.services.push({ name: headlessName(workload), headless: true, ports: [] });
    for (const wish of workload.services) {
      const fallback = wish.headless === true ? headlessName(workload) : workload.name;
      const made = renderService(wish, workload, fallback, workload.namespace);
      if (((made['spec'] as DraftObject)['ports'] as unknown[] | undefined)?.length === 0) continue;
      if (!builder.objects.some((o) => o.kind === 'Service' && o.metadata.name === made.metadata.name))
        builder.objects.push(made);
    }
    const config = workload.app?.config;
    if (config !== undefined) mountConfig(builder, workload, config);
    const account = workload.pod['serviceAccountName'];
    if (typeof account === 'string') addAccount(builder, account, workload.namespace);
  }
  isolate(builder);
}

function mountConfig(
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

/** Databases and caches answer their own clients only; "no external traffic" closes the namespace. */
function isolate(builder: ClusterBuilder): void {
  const all = [...builder.workloads.values()].filter((w) => !w.explicit);
  const clients = all.filter(
    (w) => w.app === undefined || w.app.role === 'app' || w.app.role === 'tool' || w.app.uses !== undefined,
  );
  for (const [entity, workload] of builder.workloads) {
    const only =
      /\b(?:reachable|accessible|accessed|reached|access) only (?:from|by|for) (?:the )?pods? (?:labell?ed|with (?:the )?labels?)\s+([\w./-]+)\s*[=:]\s*([\w./-]*\w)/i.exec(
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
  for (const workload of all) {
    const role = workload.app?.role;
    const ports = workload.containers[0]?.ports.map((p) => p.port) ?? [];
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
        ? all.filter((w) => w.app?.id === workload.app?.id).map((w) => w.name)
        : [];
    builder.objects.push(
      clientsOnly(workload.name, workload.namespace, ports, [
        ...clients.map((c) => c.labels['app'] ?? c.name),
        ...peers,
      ]),
    );
  }
  if (
    builder.text.take(
      /\b(?:no|without|block(?:s|ed)?|den(?:y|ies)|reject|not (?:reachable|accessible|exposed)|never reachable)\b[^.;]{0,30}?\b(?:external|outside|internet|public|inbound)\b(?:[^.;]{0,16}\b(?:traffic|access|connections?))?|\b(?:only|purely|strictly) (?:internal|inside the cluster|within the cluster|cluster-internal)\b|\binternal only\b/i,
    ) === undefined
  )
    return;
  const namespace = all[0]?.namespace;
  builder.objects.push(
    object('NetworkPolicy', 'same-namespace-only', namespace, {
      spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: {} }] }] },
    }),
  );
}

/** Namespaces first, and everything that is referred to but not made is listed. */
function finish(builder: ClusterBuilder): void {
  const used = new Set(builder.objects.map((o) => o.metadata.namespace).filter((n) => n !== undefined));
  const onlyOperations =
    builder.objects.length === 0 && !/^\s*(?:create\s+(?:an?\s+|the\s+)?)?namespaces?\b/i.test(builder.text.text);
  const wished = builder.namespaces.filter(
    (n) => !n.exists && !onlyOperations && (used.has(n.name) || /\bnamespaces?\b/i.test(builder.text.text)),
  );
  const names = new Set([
    ...wished.map((n) => n.name),
    ...(builder.options.environment !== undefined && used.has(builder.options.environment)
      ? [builder.options.environment]
      : []),
  ]);
  for (const n of builder.namespaces) if (n.exists) names.delete(n.name);
  const level = builder.text.take(
    /\bpod ?-?security(?: standard| admission)?[^.;]{0,24}?\b(restricted|baseline|privileged)\b|\b(restricted|baseline|privileged) pod ?-?security/i,
  );
  const podSecurity =
    level === undefined
      ? {}
      : { 'pod-security.kubernetes.io/enforce': (level[1] ?? level[2] ?? 'restricted').toLowerCase() };
  for (const name of names)
    if (!/^(?:default|kube-)/.test(name))
      builder.objects.unshift(
        object('Namespace', name, undefined, {}, { 'app.kubernetes.io/managed-by': 'code-engine', ...podSecurity }),
      );
  spread(builder);
  const has = (kind: string, name: string): boolean =>
    builder.objects.some((o) => o.kind === kind && o.metadata.name === name);
  for (const [kind, set] of [
    ['ConfigMap', builder.refs.configMaps],
    ['Secret', builder.refs.secrets],
    ['PersistentVolumeClaim', builder.refs.claims],
  ] as const) {
    for (const name of set) if (!has(kind, name)) builder.expected.push({ kind, name });
  }
}

/** "namespaces dev, test and prod, each with …": what belongs to no one namespace goes to every one. */
function spread(builder: ClusterBuilder): void {
  const many = builder.namespaces.filter((n) => !n.exists);
  if (
    many.length < 2 ||
    !/\b(?:each|every|both|all)\b/i.test(builder.text.text) ||
    !/\bnamespaces\b/i.test(builder.text.text)
  )
    return;
  const first = many[0]?.name;
  for (const one of builder.objects.filter((o) => o.metadata.namespace === first)) {
    for (const n of many.slice(1)) builder.objects.push({ ...one, metadata: { ...one.metadata, namespace: n.name } });
  }
}

export { readHosts };
