/** A description of things in a cluster, understood as a whole: what is made, what is only referred to, and how it hangs together. */
import { appById } from '../catalogue/index.ts';
import type { Passage } from '../text.ts';
import { sentences } from '../text.ts';
import { readAccess } from './access.ts';
import { Said } from './attributes.ts';
import { readCanary } from './canary.ts';
import { companionReaders, type CompanionContext } from './companions.ts';
import { readConfigMap, readSecret } from './config.ts';
import { isWorkload, Reader } from './entities.ts';
import { AROUND } from './generic.ts';
import { findImages } from './images.ts';
import { findKinds } from './kinds.ts';
import { exposeWords, wishService } from './exposure.ts';
import { fillFields } from './fields.ts';
import { impliedLimits, impliedQuota } from './implied.ts';
import { meshReaders } from './mesh.ts';
import { kinds } from './schema.ts';
import { entityOf, type DraftObject, type Entity, type Workload } from './model.ts';
import { apart, readOperations } from './operations.ts';
import { readPolicies } from './policy.ts';
import { neededStores } from './needed.ts';
import { resilient } from './resilience.ts';
import { eachSize, nameAll, returnClauses, saidOfAll } from './said-of.ts';
import { readService } from './services.ts';
import { resolvePronouns } from './pronouns.ts';
import { claimName, claimSpec, headlessName, object, renderService, renderWorkload, selectorOf } from './render.ts';
import { buildWorkload, type WorkloadContext } from './workload.ts';
import { backsUpOnly, backUp } from './backup.ts';
import { bordersOf, readBorders } from './borders.ts';
import { readScript } from './scripts.ts';
import { ClusterBuilder, type ClusterOptions, type ClusterPlan } from './builder.ts';
import { addAccount, budgets, isolate, link, mountConfig, namespaceLabels, routeHosts, spread } from './links.ts';
import { securityLevels } from './namespaces.ts';
import { isMountedOnly } from './mounted.ts';
import { migrateFirst } from './migrations.ts';
import { EACH, ownPart } from './series.ts';
import { configOf } from './system/configs.ts';
import { routeAll, sameImage } from './system/settle.ts';
import { namesObjects, readSystem } from './system/system.ts';

export function planCluster(text: Passage, options: ClusterOptions): ClusterPlan {
  const builder = new ClusterBuilder(text, options);
  const all = sentences(text).flatMap(apart);
  const canary = readCanary(text, builder.namespaceOf(text));
  const operations = readOperations(canary === undefined ? all : [], builder.namespaceOf);
  const inside = (spans: Spans) => (start: number, end: number) => spans.some(([from, to]) => start < to && end > from);
  if (
    canary === undefined &&
    !namesObjects(text.text, inside([...operations.spans, ...descriptions(text)])) &&
    operations.spans.length === 0
  )
    builder.system = readSystem(text);
  const read = [...operations.spans, ...(builder.system?.spans ?? [])];
  const rest = all.filter((s) => !read.some(([from, to]) => s.at >= from && s.at < to));
  const access = readAccess(rest, builder.namespaceOf);
  const policies = readPolicies(
    rest.filter((s) => !access.spans.some(([from]) => from === s.at)),
    builder.namespaceOf,
  );
  // Where a sentence about traffic also says what runs, that is read too.
  const traffic = policies.spans.filter(
    ([from, to]) => findImages(text.text.slice(from - text.at, to - text.at)).length === 0,
  );
  const border = readBorders(text, builder.namespaceOf, policies.objects);
  builder.bordered = policies.objects.length > 0 || border !== undefined;
  const blocked = [...operations.spans, ...access.spans, ...traffic, ...descriptions(text)];
  const isBlocked = inside(blocked);
  builder.assumptions.push(...operations.assumptions);
  builder.questions.push(...operations.questions);
  if (canary !== undefined) {
    builder.assumptions.push(...canary.assumptions);
    builder.objects.push(renderWorkload(canary.workload), ...(canary.service === undefined ? [] : [canary.service]));
  } else buildAll(builder, isBlocked, policies.objects.length > 0);
  const [only, another] = [...builder.workloads.values()];
  if (only !== undefined && another === undefined)
    for (const policy of policies.loose)
      (policy['spec'] as DraftObject)['podSelector'] = { matchLabels: selectorOf(only) };
  builder.objects.push(...access.objects, ...policies.objects, ...operations.objects);
  if (border !== undefined && another === undefined) builder.objects.push(bordersOf(border, only));
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

/** All that is not said in sentences about rights, traffic and operations. */
function buildAll(
  builder: ClusterBuilder,
  isBlocked: (start: number, end: number) => boolean,
  onlyPolicies: boolean,
): void {
  const { text } = builder;
  const script = builder.system === undefined ? readScript(builder) : undefined;
  const builds = builder.options.facts.builds.length > 0;
  const objects = (): boolean =>
    findKinds(text.text).some((k) => k.info.workload === true && !k.plural && !isBlocked(text.at + k.start, text.at + k.end)); // prettier-ignore
  if (script !== undefined) buildEntities(builder, { entities: [script] });
  else if (!backsUpOnly(builder))
    buildEntities(builder, builder.system ?? new Reader(text, { objects: objects(), builds }, isBlocked), onlyPolicies);
}

type Spans = readonly (readonly [number, number])[];

/** `description "for payment services only"`: what an object says of itself names nothing. */
const descriptions = (text: Passage): Spans =>
  [...text.text.matchAll(/\bdescription\s*(?:is|of|=|:)?\s*(?:"[^"\n]+"|'[^'\n]+'|`[^`\n]+`)/gi)].map((m) => [
    text.at + m.index,
    text.at + m.index + m[0].length,
  ]);

function buildEntities(
  builder: ClusterBuilder,
  reader: { readonly entities: readonly Entity[] },
  onlyPolicies = false,
): void {
  // Who may reach whom is said of what is there: nothing is built for it.
  const traffic =
    onlyPolicies && builder.options.facts.builds.length === 0 && findImages(builder.text.text).length === 0;
  const entities = reader.entities.filter(
    (e) => !(traffic && e.build !== undefined && !e.explicit && e.image === undefined),
  );
  for (const id of builder.options.extra) {
    const app = appById(id);
    if (app === undefined || entities.some((e) => e.app?.id === id)) continue;
    entities.push(entityOf(entities.length, { app }));
  }
  entities.push(...neededStores(builder, entities));
  const context: WorkloadContext = {
    refs: builder.refs,
    imageFor: builder.imageFor,
    assume: (t) => builder.assume(t),
    taken: new Set(),
    eachSize: eachSize(builder.text),
    whole: builder.text,
    onlyCron: entities.filter((e) => e.kind?.kind === 'CronJob').length === 1,
  };
  nameAll(builder, entities);
  saidOfAll(entities);
  for (const e of entities)
    if (e.kind?.kind === 'Service' && e.exists && e.name !== undefined)
      builder.services.push({ name: e.name, port: readService(new Said(e.passages), e.name).ports[0]?.port });
  runtimesAreBuilt(entities, builder.options.facts.builds.length > 0);
  const made = entities.filter((e) => isWorkload(e) && !isReference(e, builder));
  for (const entity of entities.filter((e) => /^(?:Service|Ingress|HorizontalPodAutoscaler)$/.test(e.kind?.kind ?? '')))
    returnClauses(entity);
  for (const entity of made) makeWorkload(builder, entity, context);
  ownerless(builder, entities);
  resolvePronouns(builder, entities);
  for (const entity of entities.filter((e) => e.kind?.kind === 'Service' && !e.exists)) wishService(builder, entity);
  for (const [entity, workload] of builder.workloads) exposeWords(builder, entity, workload);
  link(builder);
  migrateFirst(builder);
  if (
    !routeAll(builder) &&
    !entities.some((e) => /^(?:Ingress|HTTPRoute|Gateway|IstioGateway|VirtualService)$/.test(e.kind?.kind ?? ''))
  )
    routeHosts(builder);
  for (const entity of entities.filter((e) => !isWorkload(e) && e.kind?.kind !== 'Service'))
    addCompanion(builder, entity);
  budgets(builder);
  resilient(builder);
  for (const entity of [impliedLimits(builder), impliedQuota(builder)])
    if (entity !== undefined) addCompanion(builder, entity);
  render(builder);
  backUp(builder);
}

function makeWorkload(builder: ClusterBuilder, entity: Entity, context: WorkloadContext): void {
  sameImage(builder, entity);
  const workload = buildWorkload(entity, context);
  const namespace = builder.entityNamespace(entity);
  if (namespace !== undefined) workload.namespace = namespace;
  builder.workloads.set(entity, workload);
  builder.components.push(entity.app?.id ?? (entity.build === undefined ? workload.kind.toLowerCase() : 'application'));
}

/** "firstly a Service and then a Deployment": what was spoken of before the only workload belongs to it. */
function ownerless(builder: ClusterBuilder, entities: readonly Entity[]): void {
  const [only, another] = builder.workloads.keys();
  if (only === undefined || another !== undefined) return;
  for (const entity of entities)
    if (
      entity.owners.length === 0 &&
      AROUND.has(entity.kind?.kind ?? '') &&
      !/\bselect\w*\b|\bpods? (?:with|labell?ed|that)\b|\bexisting\b/i.test(entity.said)
    )
      entity.owners = [only];
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

/** Where there are Dockerfiles, a runtime that is named is what the application is written in. */
function runtimesAreBuilt(entities: readonly Entity[], builds: boolean): void {
  for (const entity of entities) {
    if (!builds || entity.app === undefined || !RUNTIMES.has(entity.app.id) || entity.explicit) continue;
    entity.build = `${entity.app.id} app`;
    entity.app = undefined;
  }
}

/** Words that followed on the name of what is there: nothing of it is made, so they are about what is made for it. */
const ofGiven = ({ kind, owners: [owner, other] }: Entity, builder: ClusterBuilder): readonly Passage[] =>
  AROUND.has(kind?.kind ?? '') && owner !== undefined && other === undefined && !builder.workloads.has(owner)
    ? owner.passages
    : [];

function addCompanion(builder: ClusterBuilder, entity: Entity): void {
  const kind = entity.kind?.kind ?? '';
  const said = new Said([...entity.passages, ...ofGiven(entity, builder)]);
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
    text: builder.text,
    services: builder.services,
    workload: owner ?? (reference === undefined ? undefined : stand(reference)),
    workloadNamed: (name) =>
      [...builder.workloads.values()].find((w) => w.name === name || w.services.some((s) => s.name === name)),
    made: (wanted) => builder.objects.filter((o) => o.kind === wanted),
    assume: (t) => builder.assume(t),
  };
  if (entity.exists) return;
  if (kind === 'PersistentVolumeClaim' && isMountedOnly(builder, entity, said)) return;
  if (kind === 'ConfigMap') {
    const made = readConfigMap(entity, said, namespace, owner?.name ?? 'app', (t) => builder.assume(t));
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
    addAccount(builder, entity.name ?? owner?.name ?? 'app', namespace, said);
    return;
  }
  const made = (companionReaders[kind] ?? meshReaders[kind])?.(entity, said, context);
  const model = made === undefined ? undefined : kinds[`${made.apiVersion}/${made.kind}`];
  if (made !== undefined && model !== undefined) fillFields(made, model, said, true);
  if (
    made !== undefined &&
    !builder.objects.some((o) => o.kind === made.kind && o.metadata.name === made.metadata.name)
  )
    builder.objects.push(made);
  if (made !== undefined) builder.components.push(kind);
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
      const spec = made['spec'] as DraftObject;
      if ((spec['ports'] as unknown[] | undefined)?.length === 0) {
        // A name for each pod of a set needs no port; any other Service does.
        if (workload.kind !== 'StatefulSet' || wish.headless !== true) continue;
        delete spec['ports'];
      }
      if (!builder.objects.some((o) => o.kind === 'Service' && o.metadata.name === made.metadata.name))
        builder.objects.push(made);
    }
    const config = configOf(builder, workload);
    if (config !== undefined) mountConfig(builder, workload, config);
    const account = workload.pod['serviceAccountName'];
    if (typeof account === 'string') addAccount(builder, account, workload.namespace);
  }
  isolate(builder);
}

/** Namespaces first, and everything that is referred to but not made is listed. */
function finish(builder: ClusterBuilder): void {
  const used = new Set(builder.objects.map((o) => o.metadata.namespace).filter((n) => n !== undefined));
  const onlyOperations =
    builder.objects.length === 0 &&
    Object.keys(securityLevels(builder.text)).length === 0 &&
    !/^\s*(?:create\s+(?:an?\s+|the\s+)?)?namespaces?\b/i.test(builder.text.text);
  // Rules about the traffic of pods that are there speak of namespaces that are there.
  const onlyTraffic =
    builder.objects.length > 0 &&
    builder.objects.every((o) => o.kind === 'NetworkPolicy') &&
    !/\b(?:create|add|make|set up|new)\b[^.;]{0,40}\bnamespaces?\b|^\s*namespace\b/i.test(builder.text.text);
  const wished = builder.namespaces.filter(
    (n) =>
      !n.exists && !onlyOperations && !onlyTraffic && (used.has(n.name) || /\bnamespaces?\b/i.test(builder.text.text)),
  );
  const names = new Set([
    ...wished.map((n) => n.name),
    ...(builder.options.environment !== undefined && used.has(builder.options.environment)
      ? [builder.options.environment]
      : []),
  ]);
  for (const n of builder.namespaces) if (n.exists) names.delete(n.name);
  const podSecurity = { ...securityLevels(builder.text), ...namespaceLabels(builder) };
  for (const name of names)
    if (!/^(?:default|kube-)/.test(name))
      builder.objects.unshift(
        object(
          'Namespace',
          name,
          undefined,
          {},
          {
            'app.kubernetes.io/managed-by': 'code-engine',
            ...Object.fromEntries(
              Object.entries(podSecurity).map(([k, v]) => [k, v === EACH ? ownPart(name, [...names]) : v]),
            ),
          },
        ),
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
