/** A Compose project as data, and as YAML. */
import { stringify } from 'yaml';
import { type App } from '../catalogue/index.ts';
import type { Entity } from '../kubernetes/model.ts';
import { envName } from '../kubernetes/names.ts';
import { type PlannedFile } from '../plan.ts';
import type { Network } from './networks.ts';
import { type ServiceWords } from './words.ts';

/** One service while it is being put together. */
export interface Service {
  readonly name: string;
  readonly app: App | undefined;
  readonly words: ServiceWords;
  readonly entity: Entity | undefined;
  build: string | undefined;
  image: string | undefined;
  /** The image is the component's own, not another maker's. */
  ownImage: boolean;
  ports: string[];
  environment: Record<string, string>;
  volumes: string[];
  dependsOn: Record<string, { condition: string }>;
  secrets: string[];
  networks: string[];
  /** Fixed addresses by network. */
  addresses: Record<string, string>;
  labels: string[];
  /** Keys that the words ask for; they win over what is usual. */
  extra: Record<string, unknown>;
}

export interface Project {
  /** Files of the workspace. */
  readonly here: ReadonlySet<string>;
  readonly services: Service[];
  readonly files: PlannedFile[];
  readonly assumptions: string[];
  readonly secrets: Set<string>;
  readonly variables: Set<string>;
  readonly volumes: Set<string>;
  /** Volumes that are there already. */
  readonly external: Set<string>;
  /** Secrets that are read from a file instead of a variable. */
  readonly secretFiles: Map<string, string>;
  /** Files of the project's configs, by name. */
  readonly configs: Map<string, string>;
  networks: Map<string, Network>;
}

function defaultPort(service: Service): number {
  const word = service.entity?.build ?? '';
  if (/flask/i.test(word)) return 5000;
  if (/django|fast/i.test(word)) return 8000;
  if (/react|vue|next|express|node|rails/i.test(word)) return 3000;
  if (/php|angular/i.test(word)) return 80;
  return 8080;
}

/** Where the program of a service listens inside its container. */
export const innerPort = (s: Service): number =>
  s.words.listens ??
  s.words.ports[0]?.target ??
  Object.values(s.app?.ports ?? {})[0] ??
  s.words.ports[0]?.port ??
  defaultPort(s);

export const isBackend = (service: Service): boolean =>
  service.app?.role === 'database' || service.app?.role === 'cache' || service.app?.role === 'queue';

export function healthcheck(service: Service): Record<string, unknown> | undefined {
  const probe = service.app?.probe;
  if (probe === undefined || probe === 'none' || service.build !== undefined || !('exec' in probe)) return undefined;
  // Before its fifth version this one's shell had another name.
  const exec = /^mongo:[1-4](?:\D|$)/.test(service.image ?? '') ? probe.exec.map((w) => (w === 'mongosh' ? 'mongo' : w)) : probe.exec; // prettier-ignore
  const [shell, flag, text] = exec;
  const test = shell === 'sh' && flag === '-c' ? ['CMD-SHELL', (text ?? '').replaceAll('$', '$$$$')] : ['CMD', ...exec];
  return { test, interval: '10s', timeout: '5s', retries: 10, start_period: '30s' };
}

export function composeYaml(project: Project, name: string): string {
  const services = Object.fromEntries(project.services.map((s) => [s.name, serviceYaml(s)]));
  const body: Record<string, unknown> = { name: name.replace(/[^a-z0-9_-]/g, '-'), services };
  if (project.volumes.size > 0) body['volumes'] = Object.fromEntries([...project.volumes].map((v) => [v, project.external.has(v) ? { external: true } : {}])); // prettier-ignore
  const networks = Object.fromEntries([...project.networks].map(([n, network]) => [n, networkYaml(network)]));
  if (project.networks.size > 0) body['networks'] = networks;
  if (project.secrets.size > 0)
    body['secrets'] = Object.fromEntries(
      [...project.secrets].map((s) => {
        const file = project.secretFiles.get(s);
        return [s, file === undefined ? { environment: envName(s) } : { file }];
      }),
    );
  if (project.configs.size > 0)
    body['configs'] = Object.fromEntries([...project.configs].map(([n, file]) => [n, { file }]));
  return stringify(body, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' });
}

const networkYaml = ({ external, internal, subnet }: Network): Record<string, unknown> => ({
  ...(external === true ? { external: true } : {}),
  ...(internal === true ? { internal: true } : {}),
  ...(subnet === undefined ? {} : { ipam: { config: [{ subnet }] } }),
});

/** A list of names, or a map where a service has fixed addresses. */
const networksOf = (s: Service): unknown =>
  Object.keys(s.addresses).length === 0
    ? s.networks
    : Object.fromEntries(
        s.networks.map((n) => [n, s.addresses[n] === undefined ? {} : { ipv4_address: s.addresses[n] }]),
      );

/** Where it is built, shortest form first. */
function buildOf({ build, words }: Service): unknown {
  const { dockerfile, target, args } = words.build;
  if (dockerfile === undefined && target === undefined && Object.keys(args).length === 0) return build;
  return {
    context: build,
    ...(dockerfile === undefined ? {} : { dockerfile: dockerfile.split('/').at(-1) }),
    ...(target === undefined ? {} : { target }),
    ...(Object.keys(args).length === 0 ? {} : { args }),
  };
}

/** A check that somebody asked for without saying which: its page, or that its port is open. */
function askedCheck(s: Service): Record<string, unknown> {
  const probe = s.app?.probe;
  if (probe !== undefined && (probe === 'none' || 'exec' in probe)) return {};
  const port =
    (s.build === undefined && probe !== undefined && 'port' in probe ? probe.port : undefined) ?? innerPort(s);
  const url = `http://localhost:${port}${probe !== undefined && 'http' in probe ? probe.http : '/'}`;
  const test =
    probe !== undefined && 'tcp' in probe
      ? `nc -z localhost ${probe.tcp} || exit 1`
      : `curl -fsS ${url} || wget -q -O /dev/null ${url} || exit 1`;
  return { test: ['CMD-SHELL', test], interval: '30s', timeout: '5s', retries: 3, start_period: '30s' };
}

/** The component's own check with what the words say of it; nothing that has no test. */
function healthOf(s: Service, usual: Record<string, unknown> | undefined): Record<string, unknown> {
  const said = s.extra['healthcheck'];
  if (typeof said !== 'object' || said === null) return {};
  const check: Record<string, unknown> = { ...(usual ?? askedCheck(s)), ...said };
  return { healthcheck: check['test'] === undefined ? undefined : check };
}

function serviceYaml(s: Service): Record<string, unknown> {
  const some = <T>(value: T, length: number, key: string): Record<string, T> => (length === 0 ? {} : { [key]: value });
  const check = healthcheck(s);
  const command = s.words.command ?? (s.build === undefined && s.ownImage ? s.app?.command : undefined);
  const usual = s.build === undefined && s.words.command === undefined && s.ownImage ? s.app?.args : undefined;
  const args = s.words.flags.length === 0 ? usual : [...(usual ?? []), ...s.words.flags];
  return {
    ...(s.build === undefined
      ? { image: s.image }
      : { ...(s.words.build.image === undefined ? {} : { image: s.words.build.image }), build: buildOf(s) }),
    ...(command !== undefined && args === undefined
      ? { command: [...command] }
      : args === undefined
        ? {}
        : { command: [...args] }),
    ...(s.words.entrypoint === undefined ? {} : { entrypoint: [...s.words.entrypoint] }),
    restart: 'unless-stopped',
    ...some(s.ports, s.ports.length, 'ports'),
    ...some(s.words.exposed.map(String), s.words.exposed.length, 'expose'),
    ...some(s.environment, Object.keys(s.environment).length, 'environment'),
    ...some(s.secrets, s.secrets.length, 'secrets'),
    ...some(s.volumes, s.volumes.length, 'volumes'),
    ...some(s.dependsOn, Object.keys(s.dependsOn).length, 'depends_on'),
    ...some(networksOf(s), s.extra['network_mode'] === undefined ? s.networks.length : 0, 'networks'),
    ...some(s.labels, s.labels.length, 'labels'),
    ...(check === undefined ? {} : { healthcheck: check }),
    ...(s.app?.id === 'portainer' || s.app?.role !== 'tool' ? { security_opt: ['no-new-privileges:true'] } : {}),
    ...s.extra,
    ...healthOf(s, check),
  };
}
