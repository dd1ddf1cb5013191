/** Which services can be reached from outside, and on which ports. */
import type { Passage } from '../text.ts';
import type { PortWord } from './ports.ts';
import { servicesIn } from './cast.ts';
import { innerPort, isBackend, type Project, type Service } from './project.ts';
import type { Scene } from './scene.ts';

/** Which service is reachable from outside, and where. */
export function publish(project: Project, scene: Scene, text: Passage): void {
  publishPorts(project, scene, text);
  for (const service of project.services) advertise(service);
}

const HOST_LISTENER = 29_092;

/** A broker tells its clients where to go on: those on the host need an address of theirs, on a listener of its own. */
function advertise(service: Service): void {
  const { environment } = service;
  const at = service.ports.findIndex((p) => p.endsWith(':9092'));
  const listeners = environment['KAFKA_LISTENERS'];
  if (service.app?.id !== 'kafka' || service.build !== undefined || at < 0 || listeners === undefined) return;
  const published = (service.ports[at] ?? '').split(':').at(-2) ?? '9092';
  service.ports[at] = (service.ports[at] ?? '').replace(/:9092$/, `:${HOST_LISTENER}`);
  environment['KAFKA_LISTENERS'] = `${listeners},HOST://:${HOST_LISTENER}`;
  environment['KAFKA_ADVERTISED_LISTENERS'] = `PLAINTEXT://${service.name}:9092,HOST://localhost:${published}`;
  environment['KAFKA_LISTENER_SECURITY_PROTOCOL_MAP'] =
    `${environment['KAFKA_LISTENER_SECURITY_PROTOCOL_MAP'] ?? 'PLAINTEXT:PLAINTEXT'},HOST:PLAINTEXT`;
}

/** "Only nginx is to be published": nothing else is, whatever it listens on. */
function onlyThese(project: Project, scene: Scene, text: Passage): void {
  const match = text.take(/\b(?:only|just)\s+(?:the\s+)?[^.;,]{1,40}?\b(?:(?:is|are|should|to|gets?|has|have|needs?|may|can|must)\b[^.;,]{0,16}?\b)?(?:published|exposed|reachable|public|visible|accessible|open|published ports?)\b|\b(?:publish|expose)s?\s+(?:only|just|nothing but)\s+(?:the\s+)?[^.;,]{1,30}/i); // prettier-ignore
  if (match === undefined) return;
  const open = servicesIn(project, scene, match.index, match.index + match[0].length);
  if (open.length === 0) return;
  // What is given a port of the host in so many words has it all the same.
  for (const service of project.services)
    if (!open.includes(service) && (isBackend(service) || !service.words.ports.some((p) => p.inside !== true)))
      service.words.hidden = true;
}

function publishPorts(project: Project, scene: Scene, text: Passage): void {
  onlyThese(project, scene, text);
  oneEach(project);
  nothingOutside(project, text);
  toTheirOwners(project);
  behindProxy(project);
  const said = project.services.filter((s) => s.words.ports.length > 0 && !isBackend(s));
  if (project.services.every((s) => s.words.hidden)) return;
  for (const service of project.services) {
    const own = Object.values(service.app?.ports ?? {});
    if (onHost(service) || service.words.exposed.length > 0) continue;
    if (service.words.hidden && !service.words.published) continue;
    for (const port of service.words.ports) {
      if (port.inside === true && behind(project, service)) continue;
      // "…with MariaDB, published on port 80" speaks of what people see, not of the database.
      if (
        isBackend(service) &&
        !own.includes(port.port) &&
        !(port.target !== undefined && own.includes(port.target)) &&
        WEB.test(String(port.port))
      )
        continue;
      if (
        isBackend(service) &&
        !service.words.published &&
        port.listed !== true &&
        service.entity?.said.includes(String(port.port)) !== true
      )
        continue;
      service.ports.push(...entriesOf(service, port, own).filter((p) => !service.ports.includes(p)));
    }
    if (service.ports.length > 0 && service.app?.id === 'pihole' && !service.ports.some((p) => p.startsWith('53:')))
      service.ports.push('53:53/tcp', '53:53/udp');
  }
  const some = said.length > 0 || project.services.every(isBackend);
  if (!some || project.services.every((s) => s.ports.length === 0)) publishFront(project, text);
}

/** Where no words say what is reachable: what people look at. */
function publishFront(project: Project, text: Passage): void {
  const open = project.services.filter((s) => !s.words.hidden);
  const front =
    open.find((s) => s.app?.role === 'proxy' && s.app.id !== 'cloudflared') ??
    open.find((s) => /front|web|client/.test(s.name) && s.app === undefined) ??
    open.find((s) => s.app?.role === 'app') ??
    open.find((s) => s.app === undefined) ??
    open.find((s) => !isBackend(s)) ??
    open[0];
  if (
    front === undefined ||
    front.ports.length > 0 ||
    onHost(front) ||
    /worker|etl|consumer|batch|cron|migrat|import|sync|\bbot\b|job|seed|task/.test(front.name) ||
    (front.app === undefined && front.build === undefined)
  )
    return;
  const loose = /\b(?:on|at|port)\s+(?:port\s+)?(\d{2,5})\b/i.exec(text.text)?.[1];
  const all = Object.entries(front.app?.ports ?? {});
  if (front.app !== undefined && loose === undefined && all.length > 0)
    front.ports.push(
      ...all
        .slice(0, front.app.role === 'proxy' || front.app.role === 'app' || front.app.role === 'tool' ? 3 : 1)
        .flatMap(([key, p]) =>
          key === 'dns'
            ? [`${p}:${p}/tcp`, `${p}:${p}/udp`]
            : [`${p === 22 ? 2222 : p}:${p}${key === 'wireguard' ? '/udp' : ''}`],
        ),
    );
  else {
    const inside = all[0]?.[1] ?? front.words.listens ?? Number(loose ?? innerPort(front));
    front.ports.push(`${loose ?? String(inside)}:${inside}`);
  }
  if (loose === undefined) project.assumptions.push(`${front.name} is published on ${front.ports.join(', ')}.`);
}

/** It has the host's network: there is nothing to publish. */
const onHost = (s: Service): boolean =>
  s.words.said.has(
    /\bhost network(?:ing)?\b|\bnetwork[_ ]mode:? host\b|\bnetwork of the host\b|\bhost'?s? (?:own )?network\b/i,
  );

/** "a and b, ports 81:5000 and 82:5000": one each, in the order in which they are told. */
function oneEach(project: Project): void {
  const byPorts = new Map<string, Service[]>();
  for (const s of project.services) {
    const told = s.words.ports.filter((p) => p.inside !== true);
    if (told.length > 1) byPorts.set(JSON.stringify(told), [...(byPorts.get(JSON.stringify(told)) ?? []), s]);
  }
  for (const several of byPorts.values()) {
    const ports = several[0]?.words.ports.filter((p) => p.inside !== true) ?? [];
    if (several.length < 2 || ports.length !== several.length) continue;
    for (const [i, s] of several.entries()) s.words.ports.splice(0, s.words.ports.length, ...ports.slice(i, i + 1));
  }
}

/** "Nothing is published", "nothing reachable from other machines": said of the whole stack. */
function nothingOutside(project: Project, text: Passage): void {
  const here = text.take(/\b(?:nothing|none of (?:it|this|them))\b[^.;,]{0,30}\b(?:reachable|visible|accessible|open|exposed)\b[^.;,]{0,12}\b(?:from|to|on|for) (?:other|another|any other|outside|the outside|the internet|the network|the lan|the rest)\b[^.;,]*|\b(?:all|every) ports?\b[^.;,]{0,16}\b(?:on|to|only|bound)\b[^.;,]{0,14}\b(?:localhost|loopback|127\.0\.0\.1)\b|\b(?:everything|all of (?:it|them)|both)\b[^.;,]{0,20}\b(?:only|just)\b[^.;,]{0,8}\b(?:on|to|from) (?:localhost|loopback|this machine|127\.0\.0\.1)\b/i); // prettier-ignore
  if (here !== undefined)
    for (const s of project.services) s.words.ports.splice(0, s.words.ports.length, ...s.words.ports.map((p) => ({ ...p, address: p.address ?? '127.0.0.1' }))); // prettier-ignore
  const none = text.take(/(?:^|[.;\n]\s*|,\s*)(?:and\s+)?nothing (?:is|gets|should be|must be|will be)?\s*(?:published|exposed|mapped|opened)(?: (?:to|on) the (?:host|outside))?\s*(?=[.;\n]|$)/i); // prettier-ignore
  if (none !== undefined && project.services.length > 1) for (const s of project.services) if (!s.words.ports.some((p) => p.inside !== true)) s.words.hidden = true; // prettier-ignore
}

/** Where people look with a browser, which no store is asked at. */
const WEB = /^(?:80|81|443|3\d{3}|4\d{3}|5000|50[0-9]0|8\d{3}|9[0-9]{3})$/;

/** What only a proxy is said to be in front of. */
const behind = (project: Project, service: Service): boolean =>
  isBackend(service) || project.services.some((s) => s !== service && s.app?.role === 'proxy' && s.app.id !== 'cloudflared' && service.app?.role !== 'proxy'); // prettier-ignore

/** "pihole with cloudflared, web UI on 8053, DNS on 53": a port that only another service has, or that a browser opens. */
function toTheirOwners(project: Project): void {
  for (const service of project.services) {
    const own = Object.values(service.app?.ports ?? {});
    if (service.app === undefined) continue;
    const stay: PortWord[] = [];
    for (const word of service.words.ports) {
      const inside = word.target ?? word.port;
      const browser = new RegExp(
        `\\b(?:web ?(?:ui|interface)|ui|dashboard|admin(?: page)?)\\b[^.;,]{0,12}${word.port}`,
        'i',
      ).test(service.words.said.text);
      const owner = own.includes(inside)
        ? undefined
        : project.services.find(
            (s) =>
              s !== service &&
              s.app !== undefined &&
              s.words.ports.length <= 1 &&
              (Object.values(s.app.ports).includes(inside) ||
                (browser && s.app.ports['http'] !== undefined && service.app?.ports['http'] === undefined)),
          );
      (owner === undefined ? stay : owner.words.ports).push(word);
    }
    service.words.ports.splice(0, service.words.ports.length, ...stay);
  }
}

/** Images that listen where the program in them wants to. */
const ANY_PORT: ReadonlySet<string> = new Set(['node', 'python', 'php', 'busybox', 'alpine', 'ubuntu', 'debian']);

/** Components that speak UDP on a port of theirs. */
const UDP: Readonly<Record<string, readonly number[]>> = {
  wireguard: [51820],
  pihole: [53],
  adguard: [53],
  teamspeak: [9987],
};

function entriesOf(service: Service, word: PortWord, own: readonly number[]): string[] {
  // "web UI on 8053": of several ports the one that people see in a browser.
  const web = service.app?.ports['http'] ?? own[0];
  const anyPort = service.app !== undefined && ANY_PORT.has(service.app.id);
  const outer = word.variable !== undefined ? `\${${word.variable}:-${word.port}}` : word.last === undefined ? String(word.port) : `${word.port}-${word.last}`; // prettier-ignore
  const tls = anyPort || (service.app?.role === 'proxy' && word.port === 443);
  const inside =
    word.target ??
    (word.last !== undefined || tls || own.includes(word.port) || own.length === 0 ? word.port : (web ?? word.port));
  const protocols =
    word.protocols ??
    ((UDP[service.app?.id ?? ''] ?? []).includes(inside) ? (inside === 53 ? ['tcp', 'udp'] : ['udp']) : ['']);
  const address = word.address === undefined ? '' : `${word.address}:`;
  const inner = word.last === undefined ? String(inside) : `${inside}-${inside + word.last - word.port}`;
  return protocols.map((p) => `${address}${outer}:${inner}${p === '' ? '' : `/${p}`}`);
}

/** With a proxy in front, the port that the words give to what is behind it is the proxy's. */
function behindProxy(project: Project): void {
  const proxy = project.services.find((s) => s.app?.role === 'proxy' && s.app.id !== 'cloudflared');
  if (proxy === undefined || proxy.words.ports.length > 0) return;
  const behind = project.services.find(
    (s) =>
      s !== proxy &&
      !isBackend(s) &&
      s.words.ports.some((p) => p.inside !== true && p.target === undefined) &&
      !s.words.published,
  );
  if (behind === undefined) return;
  proxy.words.ports.push(...behind.words.ports.splice(0));
}
