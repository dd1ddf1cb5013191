/** Descriptions of Compose projects: services from the catalogue and the workspace, wired, kept apart and with their data kept. */
import { appById, type App } from '../catalogue/index.ts';
import type { WorkspaceFacts } from '../context/facts.ts';
import { Reader } from '../kubernetes/entities.ts';
import type { Entity } from '../kubernetes/model.ts';
import { buildName, envName } from '../kubernetes/names.ts';
import { extraComponents } from '../intent.ts';
import { emptyDraft, type PlanDraft, type PlannedFile, type StageDraft } from '../plan.ts';
import type { Passage } from '../text.ts';
import { readServiceWords } from './words.ts';
import { type Service, type Project, defaultPort, isBackend, composeYaml } from './project.ts';
import { connect } from './connect.ts';

/** Applications that are of no use without something to store in. */
const NEED: ReadonlySet<string> = new Set([
  'wordpress',
  'joomla',
  'matomo',
  'odoo',
  'hasura',
  'phpmyadmin',
  'mongo-express',
  'kibana',
  'mediawiki',
]);

export function planCompose(text: Passage, facts: WorkspaceFacts, name: string, summary: string): PlanDraft {
  text.take(/\b(?:docker[- ]?)?compose(?: file|\.ya?ml| stack| project)?\b/i);
  const project: Project = {
    services: [],
    files: [],
    assumptions: [],
    secrets: new Set(),
    variables: new Set(),
    volumes: new Set(),
  };
  const entities = new Reader(text, { objects: false }).entities.filter((e) => e.kind === undefined);
  for (const entity of entities) addService(project, entity, facts);
  for (const id of extraComponents(text))
    if (!project.services.some((s) => s.app?.id === id)) addService(project, standIn(appById(id)), facts);
  for (const service of [...project.services]) addNeeded(project, service, facts);
  buildsWithoutWords(project, facts, text);
  if (project.services.length === 0)
    return emptyDraft(name, summary, {
      questions: [
        'Which services should the Compose file have? Name images, components or the application of this folder.',
      ],
    });
  for (const service of project.services) connect(project, service);
  publish(project, text);
  for (const service of project.services) finishService(project, service, text);
  const separated = separate(project, text);
  const compose: PlannedFile = {
    path: 'compose.yaml',
    text: composeYaml(project, name, separated, text),
    origin: 'catalogue',
  };
  const secrets = [...new Set([...project.secrets].map((s) => envName(s)).concat([...project.variables]))];
  return emptyDraft(name, summary, {
    components: project.services.map((s) => s.app?.id ?? 'application'),
    files: [compose, ...project.files],
    secrets,
    assumptions: project.assumptions,
    stages: stagesFor(secrets),
  });
}

function stagesFor(secrets: readonly string[]): StageDraft[] {
  return [
    {
      stage: 'check',
      tasks: [
        {
          task: 'check_compose',
          type: 'shell',
          description: 'Check the Compose file.',
          with: { command: ['docker', 'compose', '--file', 'compose.yaml', 'config', '--quiet'] },
          env: environment(secrets),
          timeout: '1m',
        },
      ],
    },
    {
      stage: 'deploy',
      tasks: [
        {
          task: 'compose_up',
          type: 'shell',
          description: 'Build, start and wait until every service is healthy.',
          dependsOn: ['check_compose'],
          with: { command: ['docker', 'compose', '--file', 'compose.yaml', 'up', '--detach', '--build', '--wait'] },
          env: environment(secrets),
          timeout: '20m',
        },
      ],
    },
  ];
}

const environment = (secrets: readonly string[]): Record<string, string> =>
  Object.fromEntries(secrets.map((s) => [s, `\${{ secrets.${s} }}`]));

const standIn = (app: App | undefined): Entity => ({
  id: -1,
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

/** Runtimes that are only what an application of the workspace is written in. */
const RUNTIMES: ReadonlySet<string> = new Set(['node', 'python', 'php']);

const SHORT_NAMES: Readonly<Record<string, string>> = {
  postgres: 'db',
  mysql: 'db',
  mariadb: 'db',
  mongo: 'mongo',
  mssql: 'db',
  nginx: 'proxy',
  httpd: 'web',
};

function addService(project: Project, entity: Entity, facts: WorkspaceFacts): void {
  if (entity.app !== undefined && RUNTIMES.has(entity.app.id) && facts.builds.length > 0) {
    entity.build = `${entity.app.id} app`;
    entity.app = undefined;
  }
  const { app } = entity;
  const build = buildFor(entity, facts);
  const short =
    app === undefined
      ? undefined
      : app.id === 'nginx' && !project.services.length && facts.builds.length === 0
        ? 'nginx'
        : SHORT_NAMES[app.id];
  let name = entity.name ?? short ?? app?.id ?? (entity.build === undefined ? 'app' : buildName(entity.build));
  if (project.services.some((s) => s.name === name)) name = app?.id ?? `${name}-2`;
  if (project.services.some((s) => s.name === name))
    name = `${name}-${entity.qualifier ?? String(project.services.length + 1)}`;
  if (app === undefined && entity.image === undefined && build === undefined)
    project.assumptions.push(
      `There is no Dockerfile for ${entity.build ?? name}: it is looked for in ${facts.builds.length === 0 ? '.' : `./${name}`}.`,
    );
  project.services.push({
    name,
    app,
    entity,
    words: readServiceWords(entity.passages),
    build:
      build ??
      (app === undefined && entity.image === undefined ? (facts.builds.length === 0 ? '.' : `./${name}`) : undefined),
    image:
      build !== undefined ? undefined : (entity.image ?? (app === undefined ? undefined : `${app.image}:${app.tag}`)),
    ports: [],
    environment: { ...(app?.env ?? {}) },
    volumes: [],
    dependsOn: {},
    secrets: [],
    networks: [],
    labels: [],
    extra: {},
  });
}

const ROLE_WORDS: readonly (readonly [RegExp, RegExp])[] = [
  [/front|react|vue|angular|svelte|next|client|ui|web ?site/i, /front|client|web|ui|react|vue|angular|svelte/i],
  [
    /back|api|flask|django|fastapi|express|spring|golang|\bgo\b|rust|server|rails|java|\.net|asp|node/i,
    /back|api|server|app/i,
  ],
  [/nginx|proxy|httpd|apache/i, /proxy|nginx|apache|web/i],
  [/worker|consumer/i, /worker|consumer/i],
];

/** The folder of the workspace that a service is built from. */
function buildFor(entity: Entity, facts: WorkspaceFacts): string | undefined {
  const dirs = facts.builds.map((b) => b.dir);
  const dot = (dir: string): string => (dir === '.' ? '.' : `./${dir}`);
  const word = entity.build ?? entity.app?.id ?? '';
  const exact = dirs.find(
    (d) =>
      d !== '.' &&
      (d.toLowerCase().includes(word.toLowerCase().replace(/\s+(?:app|application)$/, '')) ||
        word.toLowerCase().includes(d.toLowerCase())),
  );
  const role = ROLE_WORDS.find(([words]) => words.test(word))?.[1];
  const byRole = role === undefined ? undefined : dirs.find((d) => d !== '.' && role.test(d));
  if (entity.app !== undefined)
    return entity.app.role === 'proxy' && (exact ?? byRole) !== undefined ? dot(exact ?? byRole ?? '.') : undefined;
  if (entity.image !== undefined) return undefined;
  const found = exact ?? byRole ?? (dirs.includes('.') ? '.' : dirs.length === 1 ? dirs[0] : undefined);
  return found === undefined ? undefined : dot(found);
}

/** Dockerfiles that no words spoke of, where the text wants "this" project as a whole. */
function buildsWithoutWords(project: Project, facts: WorkspaceFacts, text: Passage): void {
  if (!/\b(?:this|these|the|my|our)\b/i.test(text.text) && project.services.some((s) => s.app === undefined)) return;
  const used = new Set(project.services.map((s) => s.build?.replace(/^\.\//, '')));
  const rest = facts.builds.filter((b) => !used.has(b.dir));
  if (rest.length === 0 || project.services.some((s) => s.build === '.' && facts.builds.length === 1)) return;
  for (const build of rest) {
    const word = build.dir === '.' ? facts.name : build.dir;
    if (project.services.some((s) => s.name === word)) continue;
    addService(project, { ...standIn(undefined), build: word, name: word.split('/').at(-1) ?? 'app' }, facts);
    project.assumptions.push(`${build.file} becomes a service too.`);
  }
}

function addNeeded(project: Project, service: Service, facts: WorkspaceFacts): void {
  const { app } = service;
  if (app?.uses === undefined || !NEED.has(app.id)) return;
  if (project.services.some((s) => s.app?.engine !== undefined && app.uses?.includes(s.app.engine) === true)) return;
  const id = { mysql: 'mariadb', postgres: 'postgres', mongo: 'mongo', elasticsearch: 'elasticsearch' }[
    app.uses[0] as string
  ];
  const peer = id === undefined ? undefined : appById(id);
  if (peer === undefined) return;
  addService(project, standIn(peer), facts);
  project.assumptions.push(`${service.name} stores its data in ${peer.id}.`);
}

/** Which service is reachable from outside, and where. */
function publish(project: Project, text: Passage): void {
  behindProxy(project);
  const said = project.services.filter((s) => s.words.ports.length > 0 && !isBackend(s));
  for (const service of project.services) {
    const own = Object.values(service.app?.ports ?? {});
    const udp = (port: number): string =>
      service.app?.id === 'wireguard' || service.app?.id === 'pihole'
        ? port === 53
          ? '/udp'
          : port === 51820
            ? '/udp'
            : ''
        : '';
    for (const port of service.words.ports) {
      // "…with MariaDB, published on port 80" speaks of what people see, not of the database.
      if (isBackend(service) && !own.includes(port.port) && !(port.target !== undefined && own.includes(port.target)))
        continue;
      if (isBackend(service) && !service.words.published) continue;
      const inside = port.target ?? (own.includes(port.port) || own.length === 0 ? port.port : (own[0] ?? port.port));
      service.ports.push(`${port.port}:${inside}${udp(inside)}`);
      if (inside === 53) service.ports.push('53:53/tcp');
    }
    if (service.ports.length > 0 && service.app?.id === 'pihole' && !service.ports.some((p) => p.startsWith('53:')))
      service.ports.push('53:53/tcp', '53:53/udp');
  }
  if (said.length > 0 && project.services.some((s) => s.ports.length > 0)) return;
  const front =
    project.services.find((s) => s.app?.role === 'proxy' && s.app.id !== 'cloudflared') ??
    project.services.find((s) => /front|web|client/.test(s.name) && s.app === undefined) ??
    project.services.find((s) => s.app?.role === 'app') ??
    project.services.find((s) => s.app === undefined) ??
    project.services.find((s) => !isBackend(s)) ??
    project.services[0];
  if (front === undefined) return;
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
    const inside = all[0]?.[1] ?? Number(loose ?? defaultPort(front));
    front.ports.push(`${loose ?? String(inside)}:${inside}`);
  }
  if (loose === undefined) project.assumptions.push(`${front.name} is published on ${front.ports.join(', ')}.`);
}

/** With a proxy in front, the port that the words give to what is behind it is the proxy's. */
function behindProxy(project: Project): void {
  const proxy = project.services.find((s) => s.app?.role === 'proxy' && s.app.id !== 'cloudflared');
  if (proxy === undefined || proxy.words.ports.length > 0) return;
  const behind = project.services.find(
    (s) => s !== proxy && !isBackend(s) && s.words.ports.length > 0 && !s.words.published,
  );
  if (behind === undefined) return;
  proxy.words.ports.push(...behind.words.ports.splice(0));
}

function finishService(project: Project, service: Service, text: Passage): void {
  const { app, words } = service;
  Object.assign(service.environment, words.environment);
  for (const name of Object.keys(words.environment)) {
    if (!/(?:PASS(?:WORD)?|SECRET|TOKEN|API_?KEY)$/i.test(name)) continue;
    service.environment[name] = `\${${name}:?set ${name}}`;
    project.variables.add(name);
  }
  if (
    app?.data !== undefined &&
    !/\b(?:no|without) (?:persisten\w+|volumes?)\b/i.test(service.entity?.said ?? '') &&
    (app.role !== 'cache' || /\b(?:persist|keep|surviv|data)\w*/i.test(text.text)) &&
    service.build === undefined
  ) {
    const volume = `${service.name}-data`;
    project.volumes.add(volume);
    service.volumes.push(`${volume}:${words.dataPath ?? app.data.path}`);
  }
  service.volumes.push(...words.binds);
  if (app?.config !== undefined && service.build === undefined) {
    const file = `${service.name}/${app.config.file}`;
    project.files.push({ path: file, text: configText(project, app), origin: 'catalogue' });
    service.volumes.push(`./${file}:${app.config.path}/${app.config.file}:ro`);
  }
  if (app !== undefined && ['traefik', 'portainer', 'cadvisor', 'promtail'].includes(app.id))
    service.volumes.push('/var/run/docker.sock:/var/run/docker.sock:ro');
  if (app?.id === 'nginx' && service.build === undefined) reverseProxy(project, service);
  if (app?.id === 'traefik')
    for (const s of project.services)
      if (s !== service && !isBackend(s))
        s.labels.push(
          'traefik.enable=true',
          `traefik.http.routers.${s.name}.rule=PathPrefix(\`/\`)`,
          `traefik.http.services.${s.name}.loadbalancer.server.port=${Object.values(s.app?.ports ?? {})[0] ?? defaultPort(s)}`,
        );
  const caps = (app?.caps ?? []).filter((c) => c.startsWith('NET_ADMIN') || c.startsWith('SYS_'));
  if (caps.length > 0) service.extra['cap_add'] = caps;
  if (app?.id === 'wireguard') service.extra['sysctls'] = { 'net.ipv4.conf.all.src_valid_mark': 1 };
  const replicas =
    words.replicas ?? (app === undefined && (service.entity?.count ?? 1) > 1 ? service.entity?.count : undefined);
  if (replicas !== undefined || words.limits !== undefined)
    service.extra['deploy'] = {
      ...(replicas === undefined ? {} : { replicas }),
      ...(words.limits === undefined ? {} : { resources: { limits: words.limits } }),
    };
  for (const secret of words.secrets)
    if (!service.secrets.includes(secret)) {
      project.secrets.add(secret);
      service.secrets.push(secret);
    }
}

function configText(project: Project, app: App): string {
  if (app.id !== 'prometheus') return app.config?.text ?? '';
  const targets = project.services.filter(
    (s) => ['node-exporter', 'cadvisor', 'alertmanager', 'grafana'].includes(s.app?.id ?? '') || s.app === undefined,
  );
  const more = targets.map(
    (s) =>
      `  - job_name: ${s.name}\n    static_configs:\n      - targets: ['${s.name}:${Object.values(s.app?.ports ?? {})[0] ?? defaultPort(s)}']\n`,
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
  const port = behind.words.ports[0]?.target ?? Object.values(behind.app?.ports ?? {})[0] ?? defaultPort(behind);
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
function separate(project: Project, text: Passage): boolean {
  const asked =
    text.take(
      /\b(?:cannot|can't|can not|must not|may not|never|no)\b[^.;,]{0,24}\b(?:reach|access|see|talk|connect)\w*\b[^.;,]*|\b(?:separate|isolated|two|different) networks?\b|\bnetworks?\b/i,
    ) !== undefined;
  const backs = project.services.filter(isBackend);
  const fronts = project.services.filter(
    (s) => s.app?.role === 'proxy' || (/front|client/.test(s.name) && s.app === undefined),
  );
  if (!asked && (backs.length === 0 || fronts.length === 0)) return false;
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
  return true;
}
