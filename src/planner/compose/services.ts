/** Which services a project has, and what each is made from: an image of the catalogue, a named one, or a folder of the workspace. */
import { appById, findApps, type App } from '../catalogue/index.ts';
import type { WorkspaceFacts } from '../context/facts.ts';
import { entityOf, type Entity } from '../kubernetes/model.ts';
import { buildName } from '../kubernetes/names.ts';
import { tagSaid } from './flavours.ts';
import type { Passage } from '../text.ts';
import type { Project, Service } from './project.ts';
import { imageName, RUNTIMES } from './spoken.ts';
import { readServiceWords, type ServiceWords } from './words.ts';

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

export const standIn = (app: App | undefined): Entity => entityOf(-1, { app });

const SHORT_NAMES: Readonly<Record<string, string>> = {
  postgres: 'db',
  mysql: 'db',
  mariadb: 'db',
  mongo: 'mongo',
  mssql: 'db',
  nginx: 'proxy',
  httpd: 'web',
};

/** The tool whose name an image has, whoever built it: it is told of its peers in the same way. */
function toolOf(image: string | undefined): App | undefined {
  const name = image
    ?.replace(/[:@][^/]*$/, '')
    .split('/')
    .at(-1);
  if (name === undefined) return undefined;
  const found = findApps(name)[0];
  return found?.app.role === 'tool' && found.end - found.start === name.length ? found.app : undefined;
}

export function addService(project: Project, entity: Entity, facts: WorkspaceFacts): void {
  if (entity.app !== undefined && RUNTIMES.has(entity.app.id) && facts.builds.length > 0) {
    entity.build = `${entity.app.id} app`;
    entity.app = undefined;
  }
  entity.app ??= toolOf(entity.image);
  // What this maker packs keeps all it has under one path, whatever its own makers do.
  if (entity.app?.data !== undefined && /^(?:lscr\.io\/)?linuxserver\//.test(entity.image ?? '')) entity.app = { ...entity.app, data: { ...entity.app.data, path: '/config' } }; // prettier-ignore
  const { app } = entity;
  const words = readServiceWords(entity.passages);
  const own = app === undefined && entity.image === undefined ? words.build.folder : undefined;
  const build = app !== undefined && app.role !== 'proxy' ? undefined : (words.build.context ?? own ?? folderNamed(words, facts) ?? sameAs(project, words) ?? buildFor(entity, facts)); // prettier-ignore
  barePort(words, app);
  if (own !== undefined) words.said.take(new RegExp(own.replace(/[./]/g, '\\$&')));
  const short =
    app === undefined
      ? undefined
      : app.id === 'nginx' && !project.services.length && facts.builds.length === 0
        ? 'nginx'
        : SHORT_NAMES[app.id];
  let name =
    entity.name ??
    short ??
    app?.id ??
    (entity.build !== undefined
      ? builtName(entity.build, build)
      : entity.image === undefined
        ? 'app'
        : imageName(entity.image));
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
    words,
    build:
      build ??
      (app === undefined && entity.image === undefined ? (facts.builds.length === 0 ? '.' : `./${name}`) : undefined),
    ownImage: entity.image === undefined || app === undefined || entity.image.replace(/[:@][^/]*$/, '').endsWith(app.image), // prettier-ignore
    image: build !== undefined ? undefined : (entity.image ?? (app === undefined ? undefined : imageOf(app, words))),
    ports: [],
    environment: { ...(app?.env ?? {}) },
    volumes: [],
    dependsOn: {},
    secrets: [],
    networks: [],
    addresses: {},
    labels: [],
    extra: {},
  });
}

/** "Prometheus 9090": a number that is one of the component's own ports. */
function barePort(words: ServiceWords, app: App | undefined): void {
  for (const port of words.ports.length > 0 ? [] : Object.values(app?.ports ?? {}))
    if (words.said.take(new RegExp(`(?<![\\w.:/-])${port}(?![\\w.:/-])`)) !== undefined) words.ports.push({ port });
  // "ssh 2222": a port of the component's by what it is for.
  for (const [key, target] of Object.entries(app?.ports ?? {})) {
    if (key === 'http' || Object.keys(app?.ports ?? {}).length < 2) continue;
    const port = words.said.take(new RegExp(`\\b${key}\\s+(?:(?:on|at|port|via|host|the)\\s+)*(\\d{2,5})(?!\\s*(?:->|:|to)\\s*\\d)\\b`, 'i'))?.[1]; // prettier-ignore
    if (port !== undefined && !words.ports.some((p) => p.port === Number(port) && p.target !== undefined)) {
      const same = words.ports.findIndex((p) => p.port === Number(port));
      words.ports.splice(same < 0 ? words.ports.length : same, same < 0 ? 0 : 1, { port: Number(port), target });
    }
  }
  if (app !== undefined || words.ports.length > 0) return;
  // "ui: ./frontend, 3000, restart always": a number that stands alone between commas.
  const alone = words.said.take(/(?:^|[,(]\s*|\bon\s+)(80|443|[1-9]\d{3,4})(?=\s*(?:[,;.)](?:\s|$)|\n|$))/);
  if (alone?.[1] !== undefined && Number(alone[1]) < 65_536) words.ports.push({ port: Number(alone[1]) });
}

const imageOf = (app: App, words: ServiceWords): string => `${app.image}:${tagSaid(words.said, app) ?? app.tag}`;

/** What is only described by its language is called after its folder: "a Go service" in ./backend is backend. */
function builtName(word: string, build: string | undefined): string {
  if (/\b(?:beat|scheduler)$/i.test(word))
    return (
      word
        .split(/[^a-z]+/i)
        .at(-1)
        ?.toLowerCase() ?? 'scheduler'
    );
  const name = buildName(word.replace(/\s+(?:projects?|services?|containers?|servers?|programs?|code ?base|image|binary|daemon)$/i, '')); // prettier-ignore
  const folder = build?.split('/').at(-1)?.toLowerCase() ?? '';
  const language = /^(?:go|golang|php|java|kotlin|rust|python|node|ruby|scala|typescript|javascript|dotnet|net|web|app|spark ?java|spring-?boot?|express|fast-?api|flask|rails|laravel|symfony)$/i.test(name); // prettier-ignore
  return language && /^[a-z][a-z0-9_-]+$/.test(folder) ? folder : name;
}

/** A folder that is named without a dot: one that the workspace has. */
const folderNamed = (words: ServiceWords, facts: WorkspaceFacts): string | undefined =>
  facts.builds.some((b) => b.dir === words.build.named?.replace(/^\.\//, ''))
    ? `./${(words.build.named ?? '').replace(/^\.\//, '')}`
    : undefined;

/** "celery worker from the same image": what an earlier service is built from. */
const sameAs = (project: Project, words: ServiceWords): string | undefined =>
  words.said.take(/\b(?:the )?same (?:image|build|code|Dockerfile|container)\b/i) === undefined
    ? undefined
    : project.services.find((s) => s.build !== undefined)?.build;

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
export function buildsWithoutWords(project: Project, facts: WorkspaceFacts, text: Passage): void {
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

export function addNeeded(project: Project, service: Service, facts: WorkspaceFacts): void {
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
