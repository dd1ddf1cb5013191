/** What follows from a system of several services for the workloads that it is made of. */
import { DURATION, secondsOf } from '../../grammar/quantities.ts';
import { wire } from '../../catalogue/wiring.ts';
import type { ClusterBuilder } from '../builder.ts';
import type { DraftObject, Entity, Workload } from '../model.ts';
import { envName } from '../names.ts';
import { setUpStores } from './configs.ts';
import { isStore, type Part } from './part.ts';
import { routeSystem } from './routes.ts';
import { giveSecrets } from './secrets.ts';

const partOf = (builder: ClusterBuilder, workload: Workload): Part | undefined => {
  const entity = [...builder.workloads].find(([, w]) => w === workload)?.[0];
  return builder.system?.parts.parts.find((p) => p.entity === entity);
};

/** A further process runs what the application itself runs. */
export function sameImage(builder: ClusterBuilder, entity: Entity): void {
  const part = builder.system?.parts.parts.find((p) => p.entity === entity);
  const main = part?.of === undefined ? undefined : builder.workloads.get(part.of.entity);
  if (main !== undefined && entity.image === undefined) entity.image = main.containers[0]?.image;
}

const ALONE =
  /\b(?:never|not|no) more than (?:one|1)\b|\bonly (?:ever )?(?:one|1)\b|\bexactly one\b|\bno overlap\w*|\bnever (?:two|overlap\w*|twice)\b|\bmust not overlap\b|\bone at a time\b|\bsingleton\b/i;

/** What follows from the parts for their workloads, before they are wired to each other. */
export function settle(builder: ClusterBuilder): void {
  const { system } = builder;
  if (system === undefined) return;
  const workloadOf = (part: Part): Workload | undefined => builder.workloads.get(part.entity);
  for (const part of system.parts.parts) {
    const workload = workloadOf(part);
    const container = workload?.containers[0];
    if (workload === undefined || container === undefined) continue;
    if (part.of !== undefined) furtherProcess(builder, part, workload, workloadOf(part.of));
    if (ALONE.test(part.entity.said) && workload.kind === 'Deployment' && workload.replicas === 1) {
      workload.spec['strategy'] ??= { type: 'Recreate' };
      for (const p of part.entity.passages) p.takeAll(ALONE);
    }
    mailOf(part, container.fields);
    sharedFiles(builder, workload);
    listenAsServed(part, workload);
    retention(part, workload);
  }
  for (const part of system.parts.parts) if (part.at !== undefined) useGiven(builder, part, part.at);
  setUpStores(builder);
  giveSecrets(builder, system.parts, workloadOf);
  for (const { client, peer, variable } of system.relations.told)
    tell(builder, workloadOf(client), workloadOf(peer), variable);
  for (const [client, used] of system.relations.uses)
    for (const peer of used.size > 0
      ? [...used].filter((p) => !system.relations.told.some((t) => t.client === client && t.peer === p))
      : [])
      callOf(builder, workloadOf(client), workloadOf(peer), client.own && peer.own);
}

const KEPT = new RegExp(String.raw`\b(?:retention(?: time| period)?|keep(?:s|ing)?(?: (?:its |the |all )?(?:data|metrics|samples))?(?: for)?)\s*(?:of|is|=|:|for)?\s*${DURATION}|${DURATION}(?=\s*(?:of\s+)?(?:data\s+|metrics\s+)?(?:retention\b|on\s+\d))`, 'i'); // prettier-ignore

/** "keeps data for 15 days": Prometheus is told so. */
function retention(part: Part, workload: Workload): void {
  const args = workload.containers[0]?.fields['args'];
  const flag = '--storage.tsdb.retention.time=';
  if (workload.app?.id !== 'prometheus' || !Array.isArray(args)) return;
  const kept = part.entity.passages.map((p) => p.take(KEPT)).find((m) => m !== undefined);
  const seconds = secondsOf(kept?.[1] ?? kept?.[3] ?? '15', kept?.[2] ?? kept?.[4] ?? 'days');
  const days = Math.round(seconds / 86_400);
  if (kept === undefined || workload.containers[0] === undefined) return;
  workload.containers[0].fields['args'] = args.map((a) => (typeof a === 'string' && a.startsWith(flag) ? `${flag}${days > 0 ? `${days}d` : `${Math.round(seconds / 3600)}h`}` : a)); // prettier-ignore
}

/** "on port 80 with a NodePort service": where only the service's port is said, the program listens there. */
function listenAsServed(part: Part, workload: Workload): void {
  const container = workload.containers[0];
  const wish = workload.services.flatMap((s) => s.ports).find((p) => p.port > 0);
  if (!part.own || container === undefined || container.ports.length > 0 || wish === undefined) return;
  container.ports = [{ name: 'http', port: typeof wish.target === 'number' ? wish.target : wish.port }];
}

/** Several copies that keep files must see the same ones. */
function sharedFiles(builder: ClusterBuilder, workload: Workload): void {
  if (workload.kind !== 'Deployment' || (workload.replicas ?? 1) < 2 || workload.claims.length === 0) return;
  workload.claims = workload.claims.map((c) => ({ ...c, modes: ['ReadWriteMany'] }));
  delete workload.spec['strategy'];
  builder.assume(`The copies of ${workload.name} share one volume: its storage class must offer ReadWriteMany.`);
}

/** Programs are told where a store is that is there already; its passwords are not known. */
function useGiven(builder: ClusterBuilder, store: Part, host: string): void {
  const { app } = store.entity;
  const { uses } = builder.system?.relations ?? { uses: new Map<Part, ReadonlySet<Part>>() };
  const users = [...uses].filter(([, used]) => used.has(store)).map(([part]) => part);
  for (const part of builder.system?.parts.parts ?? []) {
    const workload = builder.workloads.get(part.entity);
    const container = workload?.containers[0];
    const base = part.of ?? part;
    if (app === undefined || container === undefined || isStore(part)) continue;
    if (users.length > 0 && !users.includes(part) && !users.includes(base)) continue;
    const env = (container.fields['env'] ?? []) as DraftObject[];
    const known = new Set(env.map((e) => e['name']));
    if (builder.told.has(container) || env.some((e) => /_(?:URL|URI|DSN)$/.test(typeof e['name'] === 'string' ? e['name'] : ''))) continue; // prettier-ignore
    const wires = wire(workload?.app, { host, app }).flatMap((w) => ('value' in w && !known.has(w.name) ? [{ name: w.name, value: w.value }] : [])); // prettier-ignore
    if (wires.length > 0) container.fields['env'] = [...env, ...wires];
  }
  builder.assume(`${app?.id ?? 'The store'} is there already at ${host}.`);
}

/** A worker or scheduler of the same image: its command, no ports, never two where two would do everything twice. */
function furtherProcess(builder: ClusterBuilder, part: Part, workload: Workload, main: Workload | undefined): void {
  const container = workload.containers[0];
  if (container === undefined) return;
  const { process } = part;
  if (container.fields['command'] === undefined && container.fields['args'] === undefined && process !== undefined) {
    const known = siblingCommand(builder, part);
    container.fields['command'] = [...(known ?? process.command)];
    if (known === undefined) builder.assume(`${workload.name} is started with "${process.command.join(' ')}".`);
  }
  if (main?.containers[0]?.build === true) container.build = true;
  if (process?.single === true || ALONE.test(part.entity.said)) {
    workload.replicas = 1;
    workload.spec['strategy'] ??= { type: 'Recreate' };
  }
}

/** "celery -A site worker" of one says how its neighbour of the same framework is called. */
function siblingCommand(builder: ClusterBuilder, part: Part): readonly string[] | undefined {
  const own = part.process?.command;
  for (const other of builder.system?.parts.parts ?? []) {
    const command = builder.workloads.get(other.entity)?.containers[0]?.fields['command'];
    if (other === part || !Array.isArray(command) || own === undefined || command[0] !== own[0]) continue;
    const last = own.at(-1) ?? '';
    const verb = other.process?.command.at(-1) ?? 'worker';
    const at = command.indexOf(verb);
    if (at > 0 && own[0] === 'celery') return [...command.slice(0, at), last].map(String);
  }
  return undefined;
}

/** "login mail is x@y": the component's own variable for it. */
function mailOf(part: Part, fields: DraftObject): void {
  const env = (fields['env'] ?? []) as DraftObject[];
  const variable = env.find(
    (e) => /MAIL$/.test(typeof e['name'] === 'string' ? e['name'] : '') && e['value'] !== undefined,
  );
  if (variable === undefined) return;
  for (const passage of part.entity.passages) {
    const mail = passage.take(
      /\b(?:(?:login|user|admin|e-?)\s*)*(?:e-?mail|login|user)(?: address)?\s*(?:is|=|:|of)?\s*([\w.+-]+@[\w-]+(?:\.[\w-]+)+)/i,
    )?.[1];
    if (mail !== undefined) variable['value'] = mail;
  }
}

/** "finds it via SEARCH_HOST": an address in the shape that the variable's name says. */
function tell(builder: ClusterBuilder, client: Workload | undefined, peer: Workload | undefined, name: string): void {
  const container = client?.containers[0];
  const port = peer?.containers[0]?.ports[0]?.port;
  if (container === undefined || peer === undefined) return;
  const env = (container.fields['env'] ?? []) as DraftObject[];
  if (env.some((e) => e['name'] === name)) return;
  const host = peer.services.find((s) => s.name !== undefined && s.headless !== true)?.name ?? peer.name;
  const at = port === undefined ? host : `${host}:${port}`;
  const value = /_URLS?$|_URI$|_ENDPOINT$/.test(name) ? `${schemeOf(peer)}${at}` : /_HOST(?:NAME)?$/.test(name) ? host : /_PORT$/.test(name) ? String(port ?? 80) : at; // prettier-ignore
  container.fields['env'] = [...env, { name, value }];
  builder.assume(`${client?.name ?? ''} is told in ${name} where ${peer.name} is.`);
}

const SCHEMES: Readonly<Record<string, string>> = { redis: 'redis://', nats: 'nats://', rabbitmq: 'amqp://', mongo: 'mongodb://', mongodb: 'mongodb://' }; // prettier-ignore

/** What a URL of a service begins with; nothing where a store speaks a protocol of its own. */
function schemeOf({ app, containers }: Workload): string {
  const own = SCHEMES[app?.engine ?? ''] ?? SCHEMES[app?.id ?? ''];
  const http = app === undefined || /^(?:http|api|web|ui)/.test(containers[0]?.ports[0]?.name ?? '');
  return own ?? (http ? 'http://' : '');
}

/** A service that calls another of the same system is told where that is. */
function callOf(builder: ClusterBuilder, client: Workload | undefined, peer: Workload | undefined, own: boolean): void {
  const container = client?.containers[0];
  const port = peer?.containers[0]?.ports[0]?.port;
  if (!own || container === undefined || peer === undefined || port === undefined) return;
  const name = `${envName(peer.name)}_URL`;
  const env = (container.fields['env'] ?? []) as DraftObject[];
  if (env.some((e) => e['name'] === name)) return;
  container.fields['env'] = [...env, { name, value: `http://${peer.name}:${port}` }];
  builder.assume(`${client?.name ?? ''} is told in ${name} where ${peer.name} is.`);
}

/** Whether one is to be told where the other is: those that are said to use it, all where nobody is. */
export function mayUse(builder: ClusterBuilder, client: Workload, peer: Workload): boolean {
  const { system } = builder;
  const [one, other] = [partOf(builder, client), partOf(builder, peer)];
  if (system === undefined || one === undefined || other === undefined) return true;
  const base = one.of ?? one;
  const { uses, barred } = system.relations;
  if (barred.get(other)?.has(one) === true) return false;
  const users = [...uses].filter(([, used]) => used.has(other)).map(([p]) => p);
  if (users.length > 0) return users.includes(one) || (one.of !== undefined && users.includes(base));
  // One that is said to use certain stores uses no others of their kind.
  return ![...(uses.get(base) ?? [])].some(
    (u) => u.entity.app?.engine !== undefined && u.entity.app.role === other.entity.app?.role,
  );
}

/** One of several of its kind that belong to different services. */
export const isSeparate = (builder: ClusterBuilder, workload: Workload): boolean =>
  partOf(builder, workload)?.owner !== undefined;

/** The parts that alone may reach this one; nothing where nobody says so. */
export function closedTo(builder: ClusterBuilder, workload: Workload): readonly Workload[] | undefined {
  const part = partOf(builder, workload);
  const { relations, parts } = builder.system ?? {};
  const banned = part === undefined || isStore(part) ? undefined : relations?.barred.get(part);
  const rest = banned === undefined ? undefined : new Set(parts?.parts.filter((p) => p !== part && !isStore(p) && !banned.has(p))); // prettier-ignore
  const clients = part === undefined ? undefined : (relations?.closed.get(part) ?? rest);
  if (clients === undefined) return undefined;
  const all = parts?.parts.filter((p) => clients.has(p) || (p.of !== undefined && clients.has(p.of))) ?? [];
  return all.flatMap((p) => builder.workloads.get(p.entity) ?? []);
}

/** @returns whether the addresses were read here */
export function routeAll(builder: ClusterBuilder): boolean {
  const { system } = builder;
  if (system === undefined) return false;
  routeSystem(builder, system.parts, (part) => {
    const chosen = isStore(part) ? undefined : builder.workloads.get(part.entity);
    return chosen?.containers[0]?.ports.length === 0 ? undefined : chosen;
  });
  return true;
}
