/** The rest of a service once its neighbours are known: data, configuration, routes, networks. */
import type { App } from '../catalogue/index.ts';
import { deepMerge, type Tree } from '../values.ts';
import type { Passage } from '../text.ts';
import { OWN } from './binds.ts';
import { readKeys } from './fields.ts';
import { isConfig, placeOf, targetFor } from './places.ts';
import { SAME } from './volumes.ts';
import { routeByLabels } from './routes.ts';
import { innerPort, isBackend, type Project, type Service } from './project.ts';

/** Volumes as they are told; one without a place is where the component keeps its data. */
function namedVolumes(project: Project, service: Service): void {
  const { app, words } = service;
  for (const { name: said, target, readOnly } of words.volumes) {
    const name = said === SAME ? project.services.flatMap((s) => (s === service ? [] : s.words.volumes)).map((v) => v.name).filter((n) => n !== SAME && n !== undefined).at(-1) : said; // prettier-ignore
    if (said === SAME && name === undefined) continue;
    const free = app?.data?.path !== undefined && !words.volumes.some((v) => v.target === app.data?.path);
    const place = target ?? words.dataPath ?? (free && !service.volumes.some((v) => v.includes(`:${app.data?.path ?? ''}`)) ? app.data.path : undefined); // prettier-ignore
    if (place === undefined) continue;
    // "keep /etc/pihole": what must outlive the container needs a name.
    const kept = name ?? (place === app?.data?.path && !words.said.has(/\b(?:anonymous|unnamed|nameless)\b/i) ? `${service.name}-data` : undefined); // prettier-ignore
    if (kept !== undefined) project.volumes.add(kept);
    service.volumes.push(kept === undefined ? place : `${kept}:${place}${readOnly ? ':ro' : ''}`);
  }
}

/** What a component must keep goes to a volume of its name, unless the words say where it goes. */
function ownData(project: Project, service: Service, text: Passage): void {
  const { app, words } = service;
  const path = words.dataPath ?? app?.data?.path;
  if (app?.data === undefined || path === undefined || service.build !== undefined) return;
  if (/\b(?:no|without) (?:persisten\w+|(?:named )?volumes?|data kept)\b|\b(?:not|never) (?:kept|persisted)\b/i.test(service.entity?.said ?? '')) return; // prettier-ignore
  if (app.role === 'cache' && !/\b(?:persist|keep|surviv|data|volume)\w*/i.test(text.text)) return;
  if (words.binds.some((b) => b.target === path || (b.target === undefined && !isConfig(service, b.source)))) return;
  if (service.volumes.some((v) => v.split(':').includes(path))) return;
  if (new RegExp(`\\btmpfs\\b[^.;]{0,30}${path}(?![\\w/])`, 'i').test(words.said.text)) return;
  const volume = `${service.name}-data`;
  project.volumes.add(volume);
  service.volumes.push(`${volume}:${path}`);
}

export function finishService(project: Project, service: Service, text: Passage): void {
  const { app, words } = service;
  Object.assign(service.environment, words.environment);
  for (const name of Object.keys(words.environment)) {
    if (!/(?:PASS(?:WORD)?|SECRET|TOKEN|API_?KEY)$/i.test(name)) continue;
    service.environment[name] = `\${${name}:?set ${name}}`;
    project.variables.add(name);
  }
  namedVolumes(project, service);
  ownData(project, service, text);
  const config = mountBinds(project, service);
  if (app?.config !== undefined && service.build === undefined && !config) {
    const file = `${service.name}/${app.config.file}`;
    // What is there already is used and not written over.
    if (!project.here.has(file)) project.files.push({ path: file, text: configText(project, app), origin: 'catalogue' }); // prettier-ignore
    service.volumes.push(`./${file}:${app.config.path}/${app.config.file}:ro`);
  }
  if (app !== undefined && SOCKET_APPS.has(app.id))
    service.volumes.push('/var/run/docker.sock:/var/run/docker.sock:ro');
  if (app?.id === 'nginx' && service.build === undefined && !service.volumes.some((v) => /:\/etc\/nginx\//.test(v)))
    reverseProxy(project, service);
  if (app?.id === 'traefik') routeByLabels(project, service, text);
  const caps = (app?.caps ?? []).filter((c) => c.startsWith('NET_ADMIN') || c.startsWith('SYS_'));
  if (caps.length > 0) service.extra['cap_add'] = caps;
  if (app?.id === 'wireguard') service.extra['sysctls'] = { 'net.ipv4.conf.all.src_valid_mark': 1 };
  replicate(service);
  const keys = readKeys(words.said, innerPort(service), app?.data?.path);
  const memory = (keys['tmpfs'] as string[] | undefined) ?? [];
  service.volumes = service.volumes.filter((v) => {
    const [name, path] = v.split(':');
    if (path === undefined || !memory.includes(path) || name === undefined) return true;
    project.volumes.delete(name);
    return false;
  });
  heap(service, keys);
  perReplica(project, service, keys);
  deepMerge(service.extra, keys);
  oneHostPort(project, service);
  if (service.extra['cap_drop'] === undefined && Array.isArray(keys['cap_add']))
    service.extra['cap_add'] = [...new Set([...caps, ...(keys['cap_add'] as string[])])];
  ownAddress(service, text);
  secretFile(project, service);
  for (const secret of words.secrets)
    if (!service.secrets.includes(secret)) {
      project.secrets.add(secret);
      service.secrets.push(secret);
    }
}

/** As many as the words count, of what can have a twin. */
function replicate({ app, entity, extra }: Service): void {
  const several = app === undefined || (app.data === undefined && app.role !== 'proxy');
  if (several && (entity?.count ?? 1) > 1) extra['deploy'] = { replicas: entity?.count };
}

/** "at most 128M per replica": the limits of what there are several of, wherever the words stand. */
function perReplica(project: Project, service: Service, keys: Record<string, unknown>): void {
  if (!service.words.said.has(/\b(?:per|each|every) (?:replica|instance|copy|container)\b/i)) return;
  const owner = project.services.find((s) => s !== service && s.app === undefined && Number((s.extra['deploy'] as Tree | undefined)?.['replicas'] ?? 1) > 1); // prettier-ignore
  const deploy = keys['deploy'] as Tree | undefined;
  if (owner === undefined || (service.entity?.count ?? 1) > 1 || deploy?.['resources'] === undefined) return;
  deepMerge(owner.extra, { deploy: { resources: deploy['resources'] } });
  delete deploy['resources'];
  if (Object.keys(deploy).length === 0) delete keys['deploy'];
}

/** Several containers cannot have one port of the host: a range, or none where a proxy stands in front. */
function oneHostPort(project: Project, service: Service): void {
  const replicas = (service.extra['deploy'] as Tree | undefined)?.['replicas'];
  if (typeof replicas !== 'number' || replicas < 2 || service.ports.length === 0) return;
  const proxy = project.services.some((s) => s !== service && s.app?.role === 'proxy');
  service.ports = proxy
    ? []
    : service.ports.map((p) => p.replace(/^(\d+):/, (_all, port: string) => `${port}-${Number(port) + replicas - 1}:`));
}

/** "passwords as secrets from ./a.txt and ./a_root.txt": each file is that of the secret whose name it bears. */
function secretFiles(project: Project, service: Service): boolean {
  const list = service.words.said.take(
    /\b(?:passwords?|credentials|secrets)\b[^.;]{0,40}?\b(?:from|in|files?)\s*[(:]?\s*((?:["'`]?\.{0,2}\/?[\w./-]+\.(?:txt|secret|pass|key|pem|token)["'`]?(?:\s*,\s*(?:and\s+)?|\s+and\s+)?){2,})/i,
  )?.[1];
  const files = list?.match(/\.{0,2}\/?[\w./-]+\.(?:txt|secret|pass|key|pem|token)/g) ?? [];
  if (files.length < 2) return false;
  for (const file of files) {
    const root = /root/i.test(file.split('/').at(-1) ?? '');
    const key =
      service.secrets.find((s) => /root/.test(s) === root) ??
      (file.split('/').at(-1) ?? 'secret').replace(/\.\w+$/, '');
    project.secrets.add(key);
    if (!service.secrets.includes(key)) service.secrets.push(key);
    project.secretFiles.set(key, /^[./]/.test(file) ? file : `./${file}`);
  }
  return true;
}

/** "root password from the secret file ./db_root.txt": the secret of that variable, else the only one. */
function secretFile(project: Project, service: Service): void {
  if (secretFiles(project, service)) return;
  const named = service.words.said.take(
    /\bsecret\s+(?:called |named )?["'`]?([a-z][a-z0-9]*(?:[_-][a-z0-9]+)*)["'`]?\s*[(,]?\s*(?:from|in|file)\s+(?:the\s+)?(?:file\s+)?["'`]?(\.{0,2}\/?[\w./-]+\.\w+)/i,
  );
  if (named?.[1] !== undefined && named[2] !== undefined) {
    project.secrets.add(named[1]);
    if (!service.secrets.includes(named[1])) service.secrets.push(named[1]);
    project.secretFiles.set(named[1], /^[./]/.test(named[2]) ? named[2] : `./${named[2]}`);
    return;
  }
  const match = service.words.said.take(
    /\b(root )?(?:passwords?|secret|token|credentials?)\b[^.;,]{0,40}?\b(?:file|from|in)\s*[(:]?\s*["'`]?(\.{0,2}\/?[\w./-]+\.(?:txt|secret|pass|key|pem|token))/i,
  );
  const file = match?.[2];
  if (file === undefined) return;
  const root = match?.[1] !== undefined;
  const key =
    service.secrets.find((s) => (root ? /root/.test(s) : !/root/.test(s))) ??
    service.secrets[0] ??
    (/([\w-]+)\.\w+$/.exec(file)?.[1] ?? 'secret').toLowerCase();
  project.secrets.add(key);
  if (!service.secrets.includes(key)) service.secrets.push(key);
  project.secretFiles.set(key, file.startsWith('.') || file.startsWith('/') ? file : `./${file}`);
  // One secret was given: the others that the image could take are not needed.
  if (root)
    for (const other of service.secrets.filter(
      (s) => s !== key && /password/.test(s) && !project.services.some((p) => p !== service && p.secrets.includes(s)),
    )) {
      // prettier-ignore
      service.secrets = service.secrets.filter((s) => s !== other);
      project.secrets.delete(other);
      service.environment = Object.fromEntries(
        // A user without a password is refused by the image.
        Object.entries(service.environment).filter(([n, v]) => v !== `/run/secrets/${other}` && !n.endsWith('_USER')),
      );
    }
}

/** The address that an application must be told of itself. */
function ownAddress(service: Service, text: Passage): void {
  const { app } = service;
  const url =
    app?.id === 'ghost'
      ? text.take(
          /\b(?:url|address)\s*(?:is|env(?:ironment)?(?: variable)?|set to|=|:|of)?\s*(https?:\/\/[^\s,;]+)/i,
        )?.[1]
      : undefined;
  if (url !== undefined) service.environment['url'] = url;
}

/** Programs that are told how much memory they may take. */
export const HEAPS: Readonly<Record<string, readonly [variable: string, text: string]>> = {
  elasticsearch: ['ES_JAVA_OPTS', '-Xms$ -Xmx$'],
  opensearch: ['OPENSEARCH_JAVA_OPTS', '-Xms$ -Xmx$'],
  logstash: ['LS_JAVA_OPTS', '-Xms$ -Xmx$'],
  kafka: ['KAFKA_HEAP_OPTS', '-Xms$ -Xmx$'],
  cassandra: ['MAX_HEAP_SIZE', '$'],
  minecraft: ['MEMORY', '$'],
};

/** A heap that is asked for; a game server's memory is its heap. */
function heap(service: Service, keys: Record<string, unknown>): void {
  const row = HEAPS[service.app?.id ?? ''];
  if (row === undefined) return;
  const limits = ((keys['deploy'] as Tree | undefined)?.['resources'] as Tree | undefined)?.['limits'] as
    Tree | undefined;
  const memory = limits?.['memory'];
  const size =
    service.words.heap ?? (service.app?.id === 'minecraft' && typeof memory === 'string' ? memory : undefined);
  if (size === undefined) return;
  // Java takes no fractions.
  const whole = /^\d+\.\d/.test(size) ? `${Math.round(Number.parseFloat(size) * 1024)}${/^[\d.]+g/i.test(size) ? 'm' : 'k'}` : size; // prettier-ignore
  service.environment[row[0]] = row[1].replaceAll('$', row[0] === 'MEMORY' ? whole.toUpperCase() : whole);
}

/** What talks to Docker. */
const SOCKET_APPS: ReadonlySet<string> = new Set([
  'traefik',
  'portainer',
  'cadvisor',
  'promtail',
  'watchtower',
  'dozzle',
  'nginx-proxy',
  'homepage',
  'uptime-kuma-docker',
  'autoheal',
  'diun',
]);

/** Folders and files of the host. @returns whether one of them is the component's configuration */
function mountBinds(project: Project, service: Service): boolean {
  const { app } = service;
  // A program that is told runs in the source that is mounted, wherever the image would start.
  const source = service.words.binds.find((b) => b.source === '.' && b.target !== undefined);
  if (source !== undefined && service.words.command !== undefined && service.build !== undefined)
    service.extra['working_dir'] = source.target;
  let config = false;
  const socketOf = project.services.find((s) => SOCKET_APPS.has(s.app?.id ?? ''));
  for (const said of service.words.binds) {
    const bind = said.source === OWN ? { ...said, source: service.build ?? '.' } : said;
    // The socket is for what routes or watches containers, wherever the words stand.
    if (bind.source.endsWith('docker.sock') && socketOf !== undefined && !SOCKET_APPS.has(app?.id ?? '')) continue;
    const file = /[^/]+\.\w+$/.exec(bind.source)?.[0];
    const own =
      app?.config !== undefined &&
      file !== undefined &&
      (file === app.config.file || bind.target?.startsWith(app.config.path) === true);
    const folder = app?.config !== undefined && file === undefined && (bind.target === app.config.path || (bind.target === undefined && placeOf(app.id, bind.source) === app.config.path)); // prettier-ignore
    config ||= own || folder;
    const target = bind.target ?? targetFor(service, bind.source, file, own);
    if (bind.target === undefined && app?.data === undefined && !own)
      project.assumptions.push(`${bind.source} is mounted at ${target} in ${service.name}.`);
    const variable = /^\$\{(\w+)\}$/.exec(bind.source)?.[1];
    if (variable !== undefined) project.variables.add(variable);
    if (!service.volumes.some((v) => v.split(':')[1] === target))
      service.volumes.push(`${bind.source}:${target}${bind.readOnly ? ':ro' : ''}`);
  }
  return config;
}

function configText(project: Project, app: App): string {
  if (app.id !== 'prometheus') return app.config?.text ?? '';
  const targets = project.services.filter(
    (s) => ['node-exporter', 'cadvisor', 'alertmanager', 'grafana'].includes(s.app?.id ?? '') || s.app === undefined,
  );
  const more = targets.map(
    (s) => `  - job_name: ${s.name}\n    static_configs:\n      - targets: ['${s.name}:${innerPort(s)}']\n`,
  );
  return `${app.config?.text ?? ''}${more.join('')}`;
}

/** nginx in front of the application: a configuration that passes requests on. */
function reverseProxy(project: Project, service: Service): void {
  const behind =
    project.services.find((s) => s.app === undefined && /back|api|app|server/.test(s.name)) ??
    project.services.find((s) => s.app === undefined) ??
    project.services.find((s) => s !== service && s.app?.role === 'app');
  if (behind === undefined) return;
  const port = innerPort(behind);
  const file = `${service.name}/default.conf`;
  project.files.push({
    path: file,
    text: `server {\n  listen 80;\n  location / {\n    proxy_pass http://${behind.name}:${port};\n    proxy_set_header Host $host;\n    proxy_set_header X-Real-IP $remote_addr;\n    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n    proxy_set_header X-Forwarded-Proto $scheme;\n  }\n}\n`,
    origin: 'catalogue',
  });
  service.volumes.push(`./${file}:/etc/nginx/conf.d/default.conf:ro`);
  service.dependsOn[behind.name] ??= { condition: 'service_started' };
}

/** Two networks where something in front must not see the database. */
export function separate(project: Project, text: Passage): void {
  const asked =
    text.take(
      /\b(?:cannot|can't|can not|must not|may not|never|no)\b[^.;,]{0,24}\b(?:reach|access|see|talk|connect)\w*\b[^.;,]*|\b(?:separate|isolated|two|different) networks?\b|\bnetworks?\b/i,
    ) !== undefined;
  const backs = project.services.filter(isBackend);
  const fronts = project.services.filter(
    (s) => s.app?.role === 'proxy' || (/front|client/.test(s.name) && s.app === undefined),
  );
  const together = text.take(
    /\b(?:both|all|they|everything|services?)\b[^.;,]{0,30}?\b(?:on|in|share)\s+(?:an?|one|the same)\s+(?:(private|internal|common|shared|own)\s+)?network\b/i,
  );
  if (together !== undefined) {
    const name = together[1]?.toLowerCase() ?? 'internal';
    project.networks.set(name, {});
    for (const s of project.services) s.networks = [name];
    return;
  }
  if (!asked && (backs.length === 0 || fronts.length === 0)) return;
  project.networks.set('frontend', {});
  project.networks.set('backend', /\binternal network\b/i.test(text.text) ? { internal: true } : {});
  const middle = project.services.filter((s) => !backs.includes(s) && !fronts.includes(s));
  for (const s of project.services)
    s.networks = backs.includes(s)
      ? ['backend']
      : fronts.includes(s) && (middle.length > 0 || asked)
        ? ['frontend']
        : ['frontend', 'backend'];
  for (const front of fronts) {
    for (const s of middle)
      if (front.app?.role === 'proxy' && Object.keys(front.dependsOn).length === 0 && s.app === undefined)
        front.dependsOn[s.name] = { condition: 'service_started' };
  }
}
