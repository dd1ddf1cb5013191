/** From what is said about a workload to its facts, the catalogue filling in what is not said. */
import { appOfImage, type App, type Role } from '../catalogue/index.ts';
import { NUMBER, SIZE, numberOf, sizeOf } from '../grammar/quantities.ts';
import { readSchedule } from '../grammar/schedule.ts';
import { blanked, Said, annotationsIn, namePorts, readPairs, readPorts } from './attributes.ts';
import { readStorage } from './volumes.ts';
import { readContainers, waitFor } from './containers.ts';
import { claimEach, severalClaims } from './claims.ts';
import { fillFields } from './fields.ts';
import { addMounts, fillContainer, type References } from './fill.ts';
import { versionSaid } from './images.ts';
import type { WorkloadKind } from './kinds.ts';
import type { Claim, ContainerFacts, Draft, DraftObject, Entity, Port, Workload } from './model.ts';
import { buildName, dnsName } from './names.ts';
import { Ledger, Passage } from '../text.ts';
import { readCronSpec, readJobSpec } from './jobs.ts';
import { handOver } from './prepared.ts';
import { readPodSpec } from './podspec.ts';
import { readWorkloadSpec } from './rollout.ts';
import { shareMounts } from './shared-mounts.ts';

export interface WorkloadContext {
  readonly refs: References;
  /** The image for an application of the workspace. */
  imageFor(build: string, name: string): { image: string; port: number | undefined; assumption: string | undefined };
  assume(text: string): void;
  taken: Set<string>;
  /** The whole description, for what is said before a thing is named. */
  readonly whole: Passage;
  /** There is one CronJob: every word about time is about it. */
  readonly onlyCron: boolean;
  /** "20Gi for each". */
  readonly eachSize: string | undefined;
}

export function buildWorkload(entity: Entity, context: WorkloadContext): Workload {
  const said = new Said(entity.passages);
  const kind = kindOf(entity, said);
  const name = uniqueName(entity, context);
  const labels = {
    app: name,
    ...readPairs(
      said,
      '(?<!\\b(?:from|by|to|for|only)\\s+(?:all\\s+|the\\s+|other\\s+)*pods?\\s)(?<!node )(?<!nodes )(?<!node with )(?<!nodes with )(?<!nodes with the )(?<!nodes with a )(?<!nodes that have )(?<!nodes carrying )(?<!from pods )(?<!by pods )(?<!to pods )(?:pod )?labell?(?:s|ed)?',
    ),
  };
  const workload: Workload = {
    kind,
    name,
    ...(entity.app === undefined ? {} : { app: entity.app }),
    explicit: entity.explicit,
    labels,
    annotations: { ...readPairs(said, 'annotat(?:ions?|ed)(?: with)?'), ...annotationsIn(said) },
    containers: [],
    initContainers: [],
    volumes: [],
    claims: [],
    pod: readPodSpec(said, labels),
    spec: {},
    services: [],
  };
  addSpec(workload, entity, said, context);
  addContainers(workload, entity, said, context);
  waitFirst(workload, said);
  addStorage(workload, said, context);
  handOver(workload, said);
  namedFields(workload, said);
  return workload;
}

/** What the words call by the API's own names. */
function namedFields(workload: Workload, said: Said): void {
  const { kind, spec, pod } = workload;
  if (kind !== 'Pod') fillFields(spec, `V1${kind}Spec`, said);
  if (kind === 'CronJob') fillFields((spec['job'] ??= {}) as DraftObject, 'V1JobSpec', said);
  fillFields(pod, 'V1PodSpec', said);
  if (kind === 'Job' || kind === 'CronJob') delete pod['activeDeadlineSeconds'];
}

const STORES: ReadonlySet<Role> = new Set(['database', 'queue', 'monitoring']);
const PERSISTS =
  /\b(?:persist\w*|keeps?|kept|surviv\w+|durable|stor(?:age|es? its)|volumes?|pvcs?|claims?|disk|stateful)\b|\d\s?[GMT]i?B?\b(?! (?:memory|ram))/i;

function kindOf(entity: Entity, said: Said): WorkloadKind {
  if (entity.kind?.workload === true) return entity.kind.kind as WorkloadKind;
  if (isScheduled(entity, said)) return 'CronJob';
  const app = entity.app;
  if (said.has(/\bon (?:every|each|all) nodes?\b|\bper node\b/i) && app?.role !== 'database') return 'DaemonSet';
  if (app?.kind !== undefined) return app.kind;
  if (app?.data === undefined) return 'Deployment';
  if (STORES.has(app.role)) return 'StatefulSet';
  return app.role === 'cache' && said.has(PERSISTS) ? 'StatefulSet' : 'Deployment';
}

/** "Every night at 3 the cache has to be rebuilt: image x": an image that runs now and then. */
function isScheduled(entity: Entity, said: Said): boolean {
  if (entity.image === undefined || entity.app !== undefined || entity.build !== undefined) return false;
  const { text } = said;
  return (
    /\b(?:every|each)\s+(?:\w+\s+)?(?:night|day|hour|minute|week|month|morning|evening|(?:mon|tues|wednes|thurs|fri|satur|sun)day|weekday)s?\b|\b(?:nightly|daily|hourly|weekly|monthly)\b/i.test(
      text,
    ) &&
    !/\bports?\b|\breplicas?\b|\bservices?\b|\blisten|\bhttps?:|\bprobe|\bendpoint/i.test(text) &&
    readSchedule(new Passage(text, 0, new Ledger(text))) !== undefined
  );
}

function uniqueName(entity: Entity, context: WorkloadContext): string {
  const base =
    entity.name ??
    (entity.app !== undefined
      ? [entity.app.id, entity.qualifier?.replace(/s$/, '')].filter(Boolean).join('-')
      : entity.build !== undefined
        ? buildName(entity.build)
        : (imageName(entity.image) ?? 'app'));
  let name = base;
  for (let i = 2; context.taken.has(name); i++) name = `${base}-${i}`;
  context.taken.add(name);
  return name;
}

const imageName = (image: string | undefined): string | undefined =>
  image === undefined
    ? undefined
    : dnsName(
        image
          .replace(/@.*$/, '')
          .replace(/:[^/:]*$/, '')
          .split('/')
          .at(-1) ?? 'app',
      );

function addSpec(workload: Workload, entity: Entity, said: Said, context: WorkloadContext): void {
  const { kind } = workload;
  const replicas = said.take(
    new RegExp(
      String.raw`(?<![\w.:/-])(?:(${NUMBER})(?<!\d{4})\s+(?:(?!(?:for|on|at|to|of|in|and|with|port|by|or|from|that|the|is)\b)[a-z][\w:./-]*\s+){0,2}?(?:replicas?|instances?|copies|pods|nodes|members|brokers|servers|workers)\b(?! (?:at|in parallel|or))|(?:cluster|ensemble|quorum|group|ring|set|pool) of (?:exactly )?(${NUMBER})\b|replicas?\s*(?:of|is|=|:|count|set to)?\s*(${NUMBER})|(?:scaled? (?:it )?to|times)\s+(${NUMBER})|(?:runs?|start(?:ed|s)?|be there)\s+(?:it\s+)?(${NUMBER})\s+times\b)`,
      'i',
    ),
  );
  const count =
    replicas === undefined
      ? entity.count
      : numberOf(replicas.slice(1).find((v: string | undefined) => v !== undefined) ?? '1');
  workload.spec = readWorkloadSpec(said, kind);
  if (kind === 'Job' || kind === 'CronJob') {
    Object.assign(workload.spec, readJobSpec(said));
    workload.pod['restartPolicy'] ??= kind === 'CronJob' ? 'OnFailure' : 'Never';
    if (kind === 'CronJob') {
      const schedule =
        entity.passages.map((p) => readSchedule(p)).find((s) => s !== undefined) ??
        (context.onlyCron ? readSchedule(context.whole) : undefined);
      if (schedule === undefined) context.assume(`No schedule was named for ${workload.name}: it runs daily at 02:00.`);
      workload.spec = {
        schedule: schedule ?? '0 2 * * *',
        ...readCronSpec(context.onlyCron ? new Said([context.whole]) : said),
        job: workload.spec,
      };
    }
    return;
  }
  if (kind === 'DaemonSet' || kind === 'Pod') return;
  if (count !== undefined) workload.replicas = count;
  else if (/^single[- ]node|\bsingle\b/i.test(said.text)) workload.replicas = 1;
  else if (
    !entity.explicit &&
    kind === 'Deployment' &&
    workload.app?.data === undefined &&
    entity.build !== undefined
  ) {
    workload.replicas = 2;
    context.assume(`${workload.name} runs with 2 replicas.`);
  } else workload.replicas = 1;
}

function addContainers(workload: Workload, entity: Entity, said: Said, context: WorkloadContext): void {
  const { containers, init, rest, name, image, beside } = readContainers(entity.passages, context.refs);
  if (containers.length > 0) {
    workload.containers = beside
      ? [mainContainer(workload, entity, new Said(rest), context, name), ...containers]
      : containers;
    workload.initContainers = init;
    shareMounts(workload, said, context);
    return;
  }
  workload.initContainers = init;
  const own = image === undefined ? entity : { ...entity, image, app: appOfImage(image) };
  workload.containers = [mainContainer(workload, own, init.length === 0 ? said : new Said(rest), context, name)];
  apart(workload);
  shareMounts(workload, init.length === 0 ? said : new Said(rest), context, true);
}

const WAITS =
  /\b(?:(?:has|have|needs?) to wait|must wait|waits?|should wait|only starts?|not start)\b[^.;]*\b(?:until|for|before|once|after|when)\b/i;

/** "has to wait until the service mydb resolves before it starts": in a container that runs first. */
function waitFirst(workload: Workload, said: Said): void {
  if (
    workload.initContainers.length > 0 ||
    !said.has(WAITS) ||
    workload.kind === 'CronJob' ||
    workload.containers.length > 1
  )
    return;
  const command = waitFor(said);
  if (command === undefined) return;
  workload.initContainers.push({ name: 'wait', image: 'busybox:1.36', ports: [], secrets: [], fields: { command } });
}

/** No two containers of a pod have one name. */
function apart(workload: Workload): void {
  const taken = new Set(workload.containers.map((c) => c.name));
  for (const init of workload.initContainers) {
    if (taken.has(init.name)) init.name = `init-${init.name}`;
    taken.add(init.name);
  }
}

function mainContainer(
  workload: Workload,
  entity: Entity,
  said: Said,
  context: WorkloadContext,
  named: string | undefined,
): ContainerFacts {
  const app = entity.app;
  // What it waits for listens elsewhere.
  const own = said.has(WAITS) ? new Said(said.passages.map((p) => blanked(p, /\b(?:wait\w*|(?:has|have|needs?) to wait)\b[^.;]*/gi))) : said; // prettier-ignore
  const ports = namePorts(own, readPorts(own));
  const built =
    entity.image === undefined && app === undefined
      ? context.imageFor(entity.build ?? workload.name, workload.name)
      : undefined;
  if (built?.assumption !== undefined) context.assume(built.assumption);
  const image =
    entity.image ??
    (app === undefined ? (built?.image ?? 'busybox') : imageOf(app, versionSaid(said, app), entity.explicit));
  const container: ContainerFacts = {
    name:
      named ??
      said.take(/\bcontainer(?:'s)? (?:is )?(?:called |named |name[d:]? ?)["'`]?([a-z0-9][a-z0-9-]*)/i)?.[1] ??
      (entity.explicit ? dnsName(imageName(entity.image) ?? workload.name) : (app?.id ?? workload.name)),
    image,
    ...(app === undefined ? {} : { app }),
    build: built !== undefined,
    ports: containerPorts(ports, app, built?.port, entity.explicit, workload.kind),
    secrets: [...(app?.secrets ?? [])],
    fields: {},
  };
  fillContainer(container, said, context.refs, workload.kind === 'Job' || workload.kind === 'CronJob');
  if (app !== undefined && workload.app !== undefined) applyCluster(workload, container, said, app);
  return container;
}

/** A component's image: exactly its name where a person named the object and no version, else pinned. */
function imageOf(app: App, version: string | undefined, explicit: boolean): string {
  if (version === undefined && explicit && app.official === true) return app.image;
  return `${app.image}:${version ?? app.tag}`;
}

const unnamed = (port: Port): boolean => port.name === `port-${port.port}`;

function containerPorts(
  said: readonly Port[],
  app: App | undefined,
  built: number | undefined,
  explicit: boolean,
  kind: WorkloadKind,
): Port[] {
  const known = Object.entries(app?.ports ?? {}).map(([name, port]): Port => ({
    name: name.slice(0, 15),
    port,
    ...(name === 'dns' || name === 'wireguard' ? { protocol: 'UDP' } : {}),
  }));
  if (said.length > 0) {
    const first = known[0];
    const all = said.map((p, index) => ({
      ...p,
      name: unnamed(p)
        ? (known.find((k) => k.port === p.port)?.name ?? (index === 0 ? (first?.name ?? 'http') : p.name))
        : p.name,
    }));
    // A database that is "reachable on 5432" also keeps its other ports; a web server told to listen elsewhere does not.
    return first !== undefined && all.some((p) => p.port === first.port)
      ? [...all, ...known.slice(1).filter((k) => !all.some((p) => p.port === k.port))]
      : all;
  }
  if (kind === 'Job' || kind === 'CronJob') return [];
  if (explicit && known.length > 0) return known.slice(0, 1);
  if (known.length > 0) return known;
  return built === undefined ? [] : [{ name: 'http', port: built }];
}

function addStorage(workload: Workload, said: Said, context: WorkloadContext): void {
  const { kind, app } = workload;
  const asked = readStorage(said);
  // "postgres with 5Gi": a bare size of something that keeps data is what it keeps.
  const bare =
    asked.size === undefined && app?.data !== undefined && !/\b(?:memory|ram|requests?|limits?)\b/i.test(said.text)
      ? said.take(new RegExp(SIZE))
      : undefined;
  const storage = bare?.[1] === undefined ? asked : { ...asked, size: sizeOf(bare[1], bare[2] ?? 'Gi') };
  if (kind === 'StatefulSet' || kind === 'Deployment') severalClaims(workload, said);
  if (kind === 'StatefulSet') claimEach(workload, said, context.refs);
  const mounted = workload.claims.length > 0 || workload.volumes.some((v) => v['persistentVolumeClaim'] !== undefined);
  if (mounted || kind === 'Job' || kind === 'CronJob' || kind === 'DaemonSet') return;
  const wanted = storage.size !== undefined || storage.storageClass !== undefined;
  const usual =
    app?.data !== undefined &&
    !workload.explicit &&
    (kind === 'StatefulSet' || app.role !== 'cache') &&
    !/\b(?:no|without) (?:persisten\w+|storage)|\bforget\w* everything|\bloses? (?:everything|all|its data)|\bnothing (?:is |has to be )?kept|\bno need to keep|\bephemeral\b|\bin-memory only\b/i.test(
      said.text,
    );
  const explicitWish = workload.explicit && kind === 'StatefulSet' && PERSISTS.test(said.text);
  const container = workload.containers[0];
  if (container === undefined || !(wanted || usual || explicitWish)) {
    const mounts = (container?.fields['volumeMounts'] ?? []) as DraftObject[];
    const free = !mounts.some((m) => m['mountPath'] === app?.data?.path);
    if (app?.data !== undefined && container !== undefined && app.uid !== undefined && free) {
      workload.volumes.push({ name: 'data', emptyDir: {} });
      addMounts(container, [{ name: 'data', mountPath: app.data.path }]);
    }
    return;
  }
  const path = storage.path ?? app?.data?.path ?? '/data';
  const size = storage.size ?? context.eachSize ?? app?.data?.size ?? '1Gi';
  if (storage.size === undefined && context.eachSize === undefined)
    context.assume(`${workload.name} keeps its data on ${size} of storage.`);
  if (storage.path === undefined && app?.data === undefined && !workload.explicit)
    context.assume(`Nothing says where ${workload.name} keeps its files: the volume is mounted at ${path}.`);
  const name = said.take(/\bvolume ?claim ?templates?\s+(?:named |called )?["'`]?([a-z][a-z0-9-]*)/i)?.[1] ?? 'data';
  const claim: Claim = {
    name: /^(?:with|of|for|and|that|the|requesting)$/.test(name) ? 'data' : name,
    path,
    size,
    ...(storage.storageClass === undefined ? {} : { storageClass: storage.storageClass }),
    modes: [storage.mode ?? 'ReadWriteOnce'],
  };
  workload.claims.push(claim);
  addMounts(container, [{ name: claim.name, mountPath: path }]);
  for (const init of workload.initContainers)
    if (
      JSON.stringify(init.fields['command'] ?? init.fields['args'] ?? '').includes(`${path}/`) ||
      /\b(?:chown|chmod|permissions)\b/i.test(said.text)
    )
      addMounts(init, [{ name: claim.name, mountPath: path }]);
  if (kind === 'Deployment') workload.spec['strategy'] ??= { type: 'Recreate' };
}

/** "replica set rs0": MongoDB is told its name and listens to its peers. */
function replicaSet(workload: Workload, container: ContainerFacts, said: Said): void {
  if ((workload.replicas ?? 1) < 2 && !said.has(/\breplica ?set\b/i)) return;
  const name = said.take(
    /\b(?:rs|replica ?set)(?:\s+name)?\s*(?:is|=|:|called|named)?\s*["'`]?([a-z][a-z0-9_-]*\d*)["'`]?(?=[\s,.;)]|$)/i,
  )?.[1];
  container.fields['args'] = [
    '--replSet',
    name !== undefined && !/^(?:with|of|in|on|name|and)$/.test(name) ? name : 'rs0',
    '--bind_ip_all',
  ];
}

/** Components that must be told about their own peers when there is more than one. */
function applyCluster(workload: Workload, container: ContainerFacts, said: Said, app: App): void {
  const replicas = workload.replicas ?? 1;
  const { name } = workload;
  const last = replicas - 1;
  if (app.id === 'minio' && replicas > 1)
    container.fields['args'] = [
      'server',
      `http://${name}-{0...${last}}.${name}-headless/data`,
      '--console-address',
      ':9001',
    ];
  if (app.id === 'redis' && /^(?:replica|slave|follower|reader|secondar)/.test(/redis-(\w+)/.exec(name)?.[1] ?? ''))
    container.fields['args'] = ['redis-server', '--replicaof', 'redis-leader', '6379'];
  if (app.id === 'mongo') replicaSet(workload, container, said);
  if (app.id === 'cassandra')
    (container.fields['env'] as Draft[]).push({ name: 'CASSANDRA_SEEDS', value: `${name}-0.${name}` });
  if (app.role === 'ai') {
    const model = said.take(/\b([A-Za-z0-9][\w.-]*\/[A-Za-z][\w.-]*\d?[\w.-]*[\w])\b/)?.[1];
    if (model !== undefined && app.id === 'vllm')
      container.fields['args'] = ['--model', model, '--port', String(container.ports[0]?.port ?? 8000)];
    else if (model !== undefined && app.id === 'tgi')
      container.fields['args'] = ['--model-id', model, '--port', String(container.ports[0]?.port ?? 8080)];
    else if (model !== undefined && app.id === 'sglang')
      container.fields['command'] = `python3 -m sglang.launch_server --model-path ${model} --host 0.0.0.0 --port ${container.ports[0]?.port ?? 30000}`.split(' '); // prettier-ignore
    if (said.take(/\b(?:hugging ?face|hf)\b[^.;,]{0,20}\btoken\b|\btoken\b[^.;,]{0,20}\bhugging ?face\b/i))
      container.secrets.push('HF_TOKEN');
  }
}
