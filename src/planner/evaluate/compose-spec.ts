/**
 * Compose files held against the Compose specification: keys that it does not know, values of the wrong type, and names that are nowhere.
 * https://github.com/compose-spec/compose-spec/blob/main/spec.md
 */
import { isRecord } from './strict.ts';

type Shape =
  | 'text'
  | 'number'
  | 'bool'
  | 'list'
  | 'map'
  | 'any'
  | 'list|map'
  | 'text|list'
  | 'text|map'
  | 'text|number'
  | 'list|text|map';

const SERVICE: Readonly<Record<string, Shape>> = {
  annotations: 'list|map', attach: 'bool', blkio_config: 'map', build: 'text|map', cap_add: 'list', cap_drop: 'list', cgroup: 'text',
  cgroup_parent: 'text', command: 'text|list', configs: 'list', container_name: 'text', cpu_count: 'text|number', cpu_percent: 'text|number',
  cpu_period: 'text|number', cpu_quota: 'text|number', cpu_shares: 'text|number', cpus: 'text|number', cpuset: 'text', depends_on: 'list|map',
  deploy: 'map', develop: 'map', device_cgroup_rules: 'list', devices: 'list', dns: 'text|list', dns_opt: 'list', dns_search: 'text|list',
  domainname: 'text', entrypoint: 'text|list', env_file: 'text|list', environment: 'list|map', expose: 'list', extends: 'text|map',
  external_links: 'list', extra_hosts: 'list|map', gpus: 'any', group_add: 'list', healthcheck: 'map', hostname: 'text', image: 'text', init: 'bool',
  ipc: 'text', isolation: 'text', labels: 'list|map', links: 'list', logging: 'map', mac_address: 'text', mem_limit: 'text|number',
  mem_reservation: 'text|number', mem_swappiness: 'text|number', memswap_limit: 'text|number', network_mode: 'text', networks: 'list|map',
  oom_kill_disable: 'bool', oom_score_adj: 'text|number', pid: 'text', pids_limit: 'text|number', platform: 'text', ports: 'list',
  post_start: 'list', pre_stop: 'list', privileged: 'bool', profiles: 'list', provider: 'map', pull_policy: 'text', read_only: 'bool',
  restart: 'text', runtime: 'text', scale: 'number', secrets: 'list', security_opt: 'list', shm_size: 'text|number', stdin_open: 'bool',
  stop_grace_period: 'text', stop_signal: 'text', storage_opt: 'map', sysctls: 'list|map', tmpfs: 'text|list', tty: 'bool', ulimits: 'map',
  user: 'text', userns_mode: 'text', uts: 'text', volumes: 'list', volumes_from: 'list', working_dir: 'text',
}; // prettier-ignore

const PARTS: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  build: { additional_contexts: 'list|map', args: 'list|map', cache_from: 'list', cache_to: 'list', context: 'text', dockerfile: 'text', dockerfile_inline: 'text', entitlements: 'list', extra_hosts: 'list|map', isolation: 'text', labels: 'list|map', network: 'text', no_cache: 'bool', platforms: 'list', privileged: 'bool', pull: 'bool', secrets: 'list', shm_size: 'text|number', ssh: 'list|map', tags: 'list', target: 'text', ulimits: 'map' },
  healthcheck: { disable: 'bool', interval: 'text', retries: 'number', start_interval: 'text', start_period: 'text', test: 'text|list', timeout: 'text' },
  deploy: { endpoint_mode: 'text', labels: 'list|map', mode: 'text', placement: 'map', replicas: 'number', resources: 'map', restart_policy: 'map', rollback_config: 'map', update_config: 'map' },
  logging: { driver: 'text', options: 'map' },
}; // prettier-ignore

const TOP: Readonly<Record<string, Shape>> = { configs: 'map', include: 'list', models: 'map', name: 'text', networks: 'map', secrets: 'map', services: 'map', version: 'text', volumes: 'map' }; // prettier-ignore
const CONDITIONS = /^service_(?:started|healthy|completed_successfully)$/;
const RESTARTS = /^(?:no|always|unless-stopped|on-failure(?::\d+)?)$/;
const DURATION = /^(?:\d+(?:\.\d+)?(?:us|ms|s|m|h|d))+$/;
const PORT =
  /^(?:(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:]+\]):)?(?:(?:\d+(?:-\d+)?|\$\{[^}]+\}):)?(?:\d+(?:-\d+)?)(?:\/(?:tcp|udp|sctp))?$/i;

const fits = (value: unknown, shape: Shape): boolean =>
  shape === 'any' ||
  shape.split('|').some((s) => {
    switch (s) {
      case 'text':
        return typeof value === 'string';
      case 'number':
        return typeof value === 'number' || (typeof value === 'string' && /^\$\{/.test(value));
      case 'bool':
        return typeof value === 'boolean';
      case 'list':
        return Array.isArray(value);
      default:
        return isRecord(value);
    }
  });

function checkKeys(
  value: Record<string, unknown>,
  known: Readonly<Record<string, Shape>>,
  at: string,
  faults: string[],
): void {
  for (const [key, inner] of Object.entries(value)) {
    const shape = known[key];
    if (key.startsWith('x-')) continue;
    if (shape === undefined) faults.push(`${at}${key}: the Compose specification knows no such key`);
    else if (inner !== null && !fits(inner, shape))
      faults.push(`${at}${key}: must be ${shape.replaceAll('|', ' or ')}`);
  }
}

const keysOf = (value: unknown): string[] => (isRecord(value) ? Object.keys(value) : Array.isArray(value) ? value.map((v) => (isRecord(v) ? String(v['source']) : String(v))) : []); // prettier-ignore

/** @returns what is wrong, each with where; nothing for a file that Compose takes */
export function checkCompose(file: Record<string, unknown>): string[] {
  const faults: string[] = [];
  checkKeys(file, TOP, '', faults);
  const services = isRecord(file['services']) ? file['services'] : {};
  if (Object.keys(services).length === 0) faults.push('services: there are none');
  for (const [name, service] of Object.entries(services)) {
    if (!/^[a-zA-Z0-9._-]+$/.test(name)) faults.push(`services.${name}: is no name of a service`);
    if (isRecord(service)) checkService(file, name, service, faults);
    else faults.push(`services.${name}: must be a map`);
  }
  for (const [name, secret] of Object.entries(isRecord(file['secrets']) ? file['secrets'] : {}))
    if (isRecord(secret) && !['file', 'environment', 'external'].some((k) => secret[k] !== undefined))
      faults.push(`secrets.${name}: comes from nowhere (file, environment or external)`);
  for (const [name, config] of Object.entries(isRecord(file['configs']) ? file['configs'] : {}))
    if (isRecord(config) && !['file', 'content', 'environment', 'external'].some((k) => config[k] !== undefined))
      faults.push(`configs.${name}: comes from nowhere (file, content, environment or external)`);
  return faults;
}

function checkService(
  file: Record<string, unknown>,
  name: string,
  service: Record<string, unknown>,
  faults: string[],
): void {
  const at = `services.${name}.`;
  checkKeys(service, SERVICE, at, faults);
  for (const [part, known] of Object.entries(PARTS)) {
    const inner = service[part];
    if (isRecord(inner)) checkKeys(inner, known, `${at}${part}.`, faults);
  }
  if (service['image'] === undefined && service['build'] === undefined) faults.push(`${at}image: neither an image nor a build`); // prettier-ignore
  for (const port of Array.isArray(service['ports']) ? (service['ports'] as unknown[]) : [])
    if (!isRecord(port) && !PORT.test(String(port))) faults.push(`${at}ports: ${String(port)} is no port`);
  if (typeof service['restart'] === 'string' && !RESTARTS.test(service['restart'])) faults.push(`${at}restart: ${service['restart']} is no restart policy`); // prettier-ignore
  for (const key of ['interval', 'timeout', 'start_period', 'start_interval']) {
    const time = isRecord(service['healthcheck']) ? service['healthcheck'][key] : undefined;
    if (typeof time === 'string' && !DURATION.test(time))
      faults.push(`${at}healthcheck.${key}: ${time} is no duration`);
  }
  for (const [peer, how] of Object.entries(isRecord(service['depends_on']) ? service['depends_on'] : {}))
    if (isRecord(how) && !CONDITIONS.test(String(how['condition']))) faults.push(`${at}depends_on.${peer}: ${String(how['condition'])} is no condition`); // prettier-ignore
  const declared = (key: string): string[] => keysOf(file[key]);
  for (const peer of keysOf(service['depends_on'])) if (!declared('services').includes(peer)) faults.push(`${at}depends_on: there is no service ${peer}`); // prettier-ignore
  for (const key of ['networks', 'secrets', 'configs'])
    for (const one of keysOf(service[key]))
      if (one !== 'default' && !declared(key).includes(one)) faults.push(`${at}${key}: ${one} is not declared`);
  for (const volume of Array.isArray(service['volumes']) ? (service['volumes'] as unknown[]) : []) {
    const source = typeof volume === 'string' ? (volume.split(':')[0] ?? '') : '';
    if (typeof volume === 'string' && volume.includes(':') && /^[a-zA-Z0-9][\w.-]*$/.test(source) && !declared('volumes').includes(source)) faults.push(`${at}volumes: ${source} is not declared`); // prettier-ignore
  }
}
