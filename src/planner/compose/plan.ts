/** Descriptions of Compose projects: services from the catalogue and the workspace, wired, kept apart and with their data kept. */
import { MASK } from '../../core/redact.ts';
import { withoutSpokenSecrets } from '../../core/secret-shapes.ts';
import { appById } from '../catalogue/index.ts';
import type { WorkspaceFacts } from '../context/facts.ts';
import type { Entity } from '../kubernetes/model.ts';
import { buildName, envName } from '../kubernetes/names.ts';
import { extraComponents } from '../intent.ts';
import { emptyDraft, type PlanDraft, type PlannedFile, type StageDraft } from '../plan.ts';
import type { Passage } from '../text.ts';
import { makeBuckets } from './buckets.ts';
import { callersVariables } from './callers.ts';
import { variablesOfClients } from './clients.ts';
import { connect } from './connect.ts';
import { addCopies, takeCopies, type Copies } from './copies.ts';
import { finishService, separate } from './finish.ts';
import { toTheirOwners } from './owners.ts';
import { addMigration, takeMigration, type Migration } from './migrations.ts';
import { composeYaml, type Project, type Service } from './project.ts';
import { plainly } from './plainly.ts';
import { publish } from './publish.ts';
import { commandsInTurn, hostNames, readProfiles, timeZone } from './relations.ts';
import { readNetworks } from './networks.ts';
import { readDependencies, readPrecedence } from './waits.ts';
import { mountConfigs, nameSecrets } from './mounted.ts';
import { mountNamed } from './places.ts';
import { namedTogether } from './volumes.ts';
import { readSecrets } from './secrets.ts';
import { settings } from './settings.ts';
import { sceneOf, type Scene } from './scene.ts';
import { notThings } from './spans.ts';
import { addNeeded, addService, buildsWithoutWords, standIn } from './services.ts';

/** "react frontend (./frontend) … Frontend talks to": what is spoken of again by what it is. */
function sameName(entities: Entity[]): void {
  for (const entity of [...entities]) {
    if (entity.build === undefined || entity.explicit) continue;
    const named = entities.find((e) => e !== entity && e.explicit && e.name === buildName(entity.build ?? ''));
    if (named === undefined) continue;
    named.passages.push(...entity.passages);
    named.count ??= entity.count;
    entities.splice(entities.indexOf(entity), 1);
  }
}

/** What the text speaks of as services. */
function entitiesOf(text: Passage, facts: WorkspaceFacts): Scene {
  const scene = sceneOf(text, facts, notThings(text));
  const entities = [...scene.entities];
  sameName(entities);
  toTheirOwners(entities);
  const named = entities.filter((e) => e.explicit && e.app === undefined && e.image === undefined);
  // "Django project: services web, worker, beat": the framework is what they are written in.
  const whole = (e: Entity): boolean =>
    !e.explicit && e.name === undefined && e.image === undefined && (e.build !== undefined || e.app?.id === 'celery');
  const kept = named.length > 1 && facts.builds.length < 2 ? entities.filter((e) => !whole(e)) : entities;
  return { ...scene, entities: kept };
}

/** What the words say of each service, then of several at once. */
function readWords(project: Project, scene: Scene, text: Passage): void {
  for (const service of project.services) {
    nameSecrets(project, service);
    finishService(project, service, text);
    mountConfigs(project, service);
    settings(project, service, text);
  }
  readSecrets(project, scene, text);
  mountNamed(project, scene, text);
  namedTogether(project, text);
  callersVariables(project, scene, text);
  restartAll(project, text);
  sharedEnvFile(project, text);
  commandsInTurn(project, scene, text);
  variablesToTheirOwners(project);
  sameLogin(project);
  timeZone(project);
  hostNames(project, scene, text);
  readDependencies(project, scene, text);
  readPrecedence(project, scene, text);
  readProfiles(project, scene, text);
  project.networks = readNetworks(project, scene, text);
  if (project.networks.size === 0) separate(project, text);
  for (const volume of project.volumes)
    if (text.take(new RegExp(`\\b(?:external|existing|already existing)\\s+(?:(?:named|docker)\\s+)*volume\\s+(?:called |named )?["'\`]?${volume}(?![\\w-])|(?<![\\w-])${volume}["'\`]?\\s*[,(]?\\s*(?:is |which is |being )?(?:an? )?(?:external|already there|existing already)\\b`, 'i'))) project.external.add(volume); // prettier-ignore
  makeBuckets(project, text);
  for (const service of project.services) for (const secret of service.secrets) project.secrets.add(secret);
}

/** The wish in one way of saying it; what of that finds no place is told, and not the words that it came from. */
export function planCompose(said: Passage, facts: WorkspaceFacts, name: string, summary: string): PlanDraft {
  const told = takeCopies(plainly(said, facts));
  const { text, migration } = takeMigration(told.text);
  const draft = planStack(text, { migration, copies: told.copies }, facts, name, summary);
  said.ledger.use(0, said.ledger.text.length);
  return { ...draft, unplaced: text.ledger.leftOver().map((words) => withoutSpokenSecrets(words, MASK)) };
}

/** The folders that a file lies in. */
function foldersOf(file: string): string[] {
  const found: string[] = [];
  for (let end = file.lastIndexOf('/'); end > 0; end = file.lastIndexOf('/', end - 1)) found.push(file.slice(0, end));
  return found;
}

function planStack(
  text: Passage,
  apart: { readonly migration: Migration | undefined; readonly copies: Copies | undefined },
  facts: WorkspaceFacts,
  name: string,
  summary: string,
): PlanDraft {
  // prettier-ignore
  text.take(/\b(?:docker[- ]?)?compose(?: file|\.ya?ml| stack| project)?\b/i);
  const project: Project = {
    here: new Set(facts.files.flatMap((f) => [f, ...foldersOf(f)])),
    services: [],
    files: [],
    assumptions: [],
    secrets: new Set(),
    variables: new Set(),
    volumes: new Set(),
    external: new Set(),
    secretFiles: new Map(),
    configs: new Map(),
    networks: new Map(),
  };
  const scene = entitiesOf(text, facts);
  for (const entity of scene.entities) addService(project, entity, facts);
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
  publish(project, scene, text);
  readWords(project, scene, text);
  variablesOfClients(project);
  addCopies(project, apart.copies);
  addMigration(project, apart.migration);
  const compose: PlannedFile = {
    path: 'compose.yaml',
    text: composeYaml(project, name),
    origin: 'catalogue',
  };
  const secrets = [
    ...new Set(
      [...project.secrets]
        .filter((s) => !project.secretFiles.has(s))
        .map((s) => envName(s))
        .concat([...project.variables]),
    ),
  ];
  return emptyDraft(name, summary, {
    components: project.services.map((s) => s.app?.id ?? 'application'),
    files: [compose, ...project.files],
    secrets,
    assumptions: project.assumptions,
    stages: stagesFor(project, secrets),
  });
}

/** A sentence that says nothing but how all of them restart. */
function restartAll(project: Project, text: Passage): void {
  const match = text.take(
    /(?:^|[.;\n]\s*)(?:please\s+)?(?:use\s+|with\s+)?(?:(?:everything|all|all of (?:them|it)|they|the (?:whole )?(?:stack|lot))\s+)?(?:should\s+|must\s+)?restart(?:s|ed)?(?: policy)?:?\s+(always|unless[- ]stopped|on[- ]failure)\s*(?=[.;\n]|$)|\b(?:all|everything|every service|they)\b[^.;]{0,40}\brestart(?:s|ed)?\s+(always|unless[- ]stopped|on[- ]failure)\b/i,
  );
  const policy = (match?.[1] ?? match?.[2])?.toLowerCase().replace(' ', '-');
  if (policy === undefined) return;
  for (const service of project.services) if (service.extra['restart'] !== 'no') service.extra['restart'] = policy;
}

/** "Use env_file .env" on its own, or for all: of every service that is not a component's. */
function sharedEnvFile(project: Project, text: Passage): void {
  const match = text.take(
    /(?:^|[.;\n]\s*|\b(?:all|both|each|every|they|everything)\b[^.;]{0,40}?)(?:please )?(?:use|uses|using|load|loads|read|reads|with|get|share)\s+(?:an? |the |their |its )?(?:env(?:ironment)?[-_ ]?(?:file|variables?|settings)\s*(?:from |of |in )?|(?:variables|environment|settings) from )["'`]?(\.env[\w.]*)/i,
  )?.[1];
  if (match === undefined) return;
  for (const service of project.services) {
    if (service.app === undefined) service.extra['env_file'] = [match];
    else delete service.extra['env_file'];
  }
}

/** "PAPERLESS_REDIS=…" in a sentence of its own: whose name it bears. */
function variablesToTheirOwners(project: Project): void {
  const bears = (s: Service, prefix: string): boolean =>
    [s.name, s.app?.id ?? '', s.image?.split('/').at(-1) ?? ''].some(
      (n) => n.toLowerCase().split(/[^a-z0-9]/)[0] === prefix,
    );
  for (const service of project.services)
    for (const [name, value] of Object.entries(service.words.environment)) {
      const prefix = name.split('_')[0]?.toLowerCase() ?? '';
      if (!name.includes('_') || prefix.length < 3 || bears(service, prefix)) continue;
      // Its own words say so.
      const own = service.entity?.passages.find((p) => p.text.includes(name));
      const called = [service.name, service.app?.names ?? service.name].join('|').replace(/\((?!\?)/g, '(?:');
      const words = own === undefined ? '' : own.text.replace(/\b[A-Z][A-Z0-9_]+\s*=\s*\S+/g, ' ');
      if (new RegExp(`(?<![\\w-])(?:${called})(?![\\w-])`, 'i').test(words)) continue;
      const owners = project.services.filter((s) => s !== service && bears(s, prefix) && s.app?.role !== 'database' && s.app?.role !== 'cache' && s.app?.role !== 'queue'); // prettier-ignore
      const [owner] = owners;
      if (owner === undefined || owners.length !== 1) continue;
      owner.environment[name] = value;
      service.environment = Object.fromEntries(Object.entries(service.environment).filter(([n]) => n !== name));
    }
}

/** "DB_USER=wiki, DB_NAME=wiki" for an application: the store that it uses has such a user and such a database. */
function sameLogin(project: Project): void {
  for (const service of project.services)
    for (const store of project.services) {
      if (service === store || store.app?.role !== 'database' || service.dependsOn[store.name] === undefined) continue;
      for (const [told, ends] of [
        [/^(?:[A-Z]+_)?(?:DB|DATABASE|POSTGRES|PG|MYSQL)_?USER(?:NAME)?$/, /_USER$/],
        [/^(?:[A-Z]+_)?(?:DB|DATABASE|POSTGRES|PG|MYSQL)_?(?:NAME|DATABASE|DB)$/, /_(?:DB|DATABASE)$/],
      ] as const) {
        // prettier-ignore
        const value = Object.entries(service.environment).find(([n, v]) => told.test(n) && project.services.some((s) => s.words.environment[n] === v))?.[1];
        const own = Object.keys(store.environment).find((n) => ends.test(n) && n !== 'PGDATA');
        if (value !== undefined && own !== undefined && store.environment[own] === store.app.env?.[own]) store.environment[own] = value; // prettier-ignore
      }
    }
}

/** Made for a purpose that nobody's words name as a service, and done with it. */
const endsByItself = (s: Service): boolean => s.entity === undefined && s.extra['restart'] === 'no';

function stagesFor(project: Project, secrets: readonly string[]): StageDraft[] {
  // What ends by itself and nobody waits for would count as a service that has stopped: it is run on its own.
  const once = project.services.filter(endsByItself).map((s) => s.name);
  const lasting = once.length === 0 ? [] : project.services.filter((s) => !endsByItself(s)).map((s) => s.name);
  return composeStages(secrets, lasting, once);
}

/**
 * `compose.yaml` is checked and brought up.
 * @param lasting services to bring up; none for all
 * @param once services that run to their end afterwards
 */
export function composeStages(
  secrets: readonly string[],
  lasting: readonly string[] = [],
  once: readonly string[] = [],
): StageDraft[] {
  const file = ['docker', 'compose', '--file', 'compose.yaml'];
  return [
    {
      stage: 'check',
      tasks: [
        {
          task: 'check_compose',
          type: 'shell',
          description: 'Check the Compose file.',
          with: { command: [...file, 'config', '--quiet'] },
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
          with: { command: [...file, 'up', '--detach', '--build', '--wait', ...lasting] },
          env: environment(secrets),
          timeout: '20m',
        },
        ...once.map((name) => ({
          task: name.replace(/\W+/g, '_'),
          type: 'shell',
          description: `Run ${name} to its end.`,
          dependsOn: ['compose_up'],
          with: { command: [...file, 'run', '--rm', '--no-deps', name] },
          env: environment(secrets),
          timeout: '5m',
        })),
      ],
    },
  ];
}

const environment = (secrets: readonly string[]): Record<string, string> =>
  Object.fromEntries(secrets.map((s) => [s, `\${{ secrets.${s} }}`]));
