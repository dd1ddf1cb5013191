/** How the services of a Compose project know each other, and their secrets. */
import { wire } from '../catalogue/wiring.ts';
import { type Service, type Project, healthcheck } from './project.ts';

/** Hosts, users and passwords of what a service uses, and that it waits for it. */
export function connect(project: Project, service: Service): void {
  for (const secret of service.app?.secrets ?? []) addSecret(project, service, secret, secret);
  const first = project.services.filter((s) => s.app === undefined);
  const front = first.length > 1 && /front|client|ui|react|vue|angular/.test(service.name);
  const engines = new Set<string>();
  for (const peer of project.services) {
    if (peer === service || peer.app?.engine === undefined || front || engines.has(peer.app.engine)) continue;
    if (service.app !== undefined && (service.app.engine !== undefined || service.app.role === 'proxy')) continue;
    const wires = wire(service.app, { host: peer.name, app: peer.app });
    if (wires.length === 0) continue;
    engines.add(peer.app.engine);
    for (const w of wires) {
      if ('value' in w) service.environment[w.name] ??= w.value;
      else addSecret(project, service, w.name, w.secret);
    }
    service.dependsOn[peer.name] = {
      condition: healthcheck(peer) === undefined ? 'service_started' : 'service_healthy',
    };
  }
  if (service.app?.id === 'grafana' && project.services.some((s) => s.app?.id === 'prometheus'))
    service.dependsOn['prometheus'] = { condition: 'service_started' };
  if (service.app?.id === 'pgadmin' || service.app?.id === 'adminer')
    for (const db of project.services.filter((s) => s.app?.role === 'database'))
      service.dependsOn[db.name] = { condition: 'service_healthy' };
  const hub = project.services.find((s) => s.app?.id === 'selenium-hub');
  if (hub !== undefined && /^selenium-(?:chrome|firefox)$/.test(service.app?.id ?? '')) {
    service.environment['SE_EVENT_BUS_HOST'] = hub.name;
    service.dependsOn[hub.name] = { condition: 'service_started' };
  }
  if (service.app?.id === 'logstash')
    for (const es of project.services.filter((s) => s.app?.id === 'elasticsearch'))
      service.dependsOn[es.name] = { condition: 'service_started' };
}

const FILE_READERS: Readonly<Record<string, string>> = {
  wordpress: '_FILE',
  nextcloud: '_FILE',
  gitea: '__FILE',
  forgejo: '__FILE',
  joomla: '_FILE',
  n8n: '_FILE',
  drupal: '_FILE',
};

/** A secret by file where the image can read one, else by a variable that must be set. */
function addSecret(project: Project, service: Service, variable: string, key: string): void {
  const suffix =
    service.app === undefined
      ? '_FILE'
      : ((service.app.secrets?.includes(variable) === true ? service.app.fileSuffix : undefined) ??
        FILE_READERS[service.app.id]);
  if (suffix === undefined) {
    project.variables.add(key);
    service.environment[variable] = `\${${key}:?set ${key}}`;
    return;
  }
  const secret = key.toLowerCase();
  project.secrets.add(secret);
  if (!service.secrets.includes(secret)) service.secrets.push(secret);
  service.environment[`${variable}${suffix}`] = `/run/secrets/${secret}`;
}
