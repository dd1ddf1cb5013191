/** Where files and folders of the host belong inside a container whose place the words leave out. */
import type { Passage } from '../text.ts';
import { aboutAt } from './cast.ts';
import type { Project, Service } from './project.ts';
import type { Scene } from './scene.ts';

type Place = readonly [file: RegExp, target: string];

/** Where components look for the configuration that they are given: a file, or a folder of such; after a last `/` goes the file's own name. */
const CONFIGS: Readonly<Record<string, Place | readonly Place[]>> = {
  caddy: [/Caddyfile$/, '/etc/caddy/Caddyfile'],
  mosquitto: [/\.conf$/, '/mosquitto/config/mosquitto.conf'],
  haproxy: [/\.cfg$/, '/usr/local/etc/haproxy/haproxy.cfg'],
  traefik: [/traefik\.(?:ya?ml|toml)$/, '/etc/traefik/traefik.yml'],
  httpd: [/\.conf$/, '/usr/local/apache2/conf/httpd.conf'],
  redis: [/\.conf$/, '/usr/local/etc/redis/redis.conf'],
  mysql: [/\.cnf$/, '/etc/mysql/conf.d/my.cnf'],
  mariadb: [/\.cnf$/, '/etc/mysql/conf.d/my.cnf'],
  postgres: [/postgresql\.conf$/, '/etc/postgresql/postgresql.conf'],
  alertmanager: [/\.ya?ml$/, '/etc/alertmanager/alertmanager.yml'],
  loki: [/\.ya?ml$/, '/etc/loki/local-config.yaml'],
  promtail: [/\.ya?ml$/, '/etc/promtail/config.yml'],
  tempo: [/\.ya?ml$/, '/etc/tempo.yaml'],
  kibana: [/kibana\.ya?ml$/, '/usr/share/kibana/config/kibana.yml'],
  elasticsearch: [/elasticsearch\.ya?ml$/, '/usr/share/elasticsearch/config/elasticsearch.yml'],
  envoy: [/\.ya?ml$/, '/etc/envoy/envoy.yaml'],
  php: [/\.ini$/, '/usr/local/etc/php/conf.d/app.ini'],
  rabbitmq: [/\.conf$/, '/etc/rabbitmq/rabbitmq.conf'],
  fluentd: [/\.conf$/, '/fluentd/etc/fluent.conf'],
  'fluent-bit': [/\.(?:conf|ya?ml)$/, '/fluent-bit/etc/fluent-bit.conf'],
  logstash: [
    [/pipeline\/?$/, '/usr/share/logstash/pipeline'],
    [/config\/?$/, '/usr/share/logstash/config'],
    [/logstash\.ya?ml$/, '/usr/share/logstash/config/logstash.yml'],
  ],
  grafana: [
    [/provisioning\/?$/, '/etc/grafana/provisioning'],
    [/data-?source[\w-]*\.ya?ml$/i, '/etc/grafana/provisioning/datasources/'],
    [/dashboards?[\w-]*\.ya?ml$/i, '/etc/grafana/provisioning/dashboards/'],
    [/\.json$/, '/var/lib/grafana/dashboards/'],
    [/grafana\.ini$/, '/etc/grafana/grafana.ini'],
  ],
  prometheus: [/prometheus\/?$/, '/etc/prometheus'],
  homepage: [/config\/?$/, '/app/config'],
};

/** Not what a component keeps, but what it is told. */
export const isConfig = (service: Service, source: string): boolean =>
  /\.\w+$|Caddyfile$/.test(source) || placeOf(service.app?.id, source) !== undefined;

/** Where a component looks for such a file or folder. */
export function placeOf(app: string | undefined, source: string): string | undefined {
  const rows = CONFIGS[app ?? ''] ?? [];
  const place = (isOne(rows) ? [rows] : rows).find(([file]) => file.test(source))?.[1];
  return place?.endsWith('/') === true ? `${place}${source.split('/').at(-1) ?? ''}` : place;
}

const isOne = (rows: Place | readonly Place[]): rows is Place => rows[0] instanceof RegExp;

/** Where web servers look for what they serve. */
const CONTENT: Readonly<Record<string, string>> = {
  nginx: '/usr/share/nginx/html',
  httpd: '/usr/local/apache2/htdocs',
  caddy: '/usr/share/caddy',
  php: '/var/www/html',
  tomcat: '/usr/local/tomcat/webapps',
};

/** Where a file or folder belongs whose place the words leave out; nothing where it could be anywhere. */
function knownPlace(
  { app, words }: Service,
  source: string,
  file: string | undefined,
  own: boolean,
): string | undefined {
  if (app?.role === 'database' && /\.(?:sql|sh)$|(?:init|seed)[\w-]*\/?$/.test(source))
    return `/docker-entrypoint-initdb.d${file === undefined ? '' : `/${file}`}`;
  if (app?.id === 'nginx' && file !== undefined && /\.conf$/.test(file))
    return file !== 'nginx.conf' || /\bdefault\.conf\b/.test(words.said.text)
      ? '/etc/nginx/conf.d/default.conf'
      : '/etc/nginx/nginx.conf';
  return placeOf(app?.id, source) ?? (own && app?.config !== undefined && file !== undefined ? `${app.config.path}/${file}` : undefined); // prettier-ignore
}

/** The same, with a guess where it could be anywhere. */
export function targetFor(service: Service, source: string, file: string | undefined, own: boolean): string {
  const { app, name } = service;
  const place = knownPlace(service, source, file, own);
  if (place !== undefined) return place;
  if (file !== undefined) return `/etc/${app?.id ?? name}/${file}`;
  return app?.data?.path ?? CONTENT[app?.id ?? ''] ?? `/data/${source.split('/').at(-1) ?? ''}`;
}

/** "provision grafana/datasource.yml": what the words name of the workspace and nobody has yet goes to whose kind of file it is. */
export function mountNamed(project: Project, scene: Scene, text: Passage): void {
  for (const m of text.text.matchAll(/(?<![\w.])\.\/([\w./-]*\w)/g)) {
    const [source, path] = [m[0], m[1] ?? ''];
    if (!project.here.has(path) || isTaken(project, source)) continue;
    const fits = (s: Service): string | undefined => s.build === undefined ? knownPlace(s, source, path.split('/').at(-1), path.split('/').at(-1) === s.app?.config?.file) : undefined; // prettier-ignore
    const owner = [...aboutAt(project, scene, m.index), ...project.services].find((s) => fits(s) !== undefined);
    if (owner === undefined) continue;
    owner.volumes.push(`${source}:${fits(owner) ?? ''}:ro`);
    text.slice(m.index, m.index + source.length).take(/^.*$/s);
  }
}

const isTaken = (project: Project, source: string): boolean =>
  [...project.secretFiles.values(), ...project.configs.values()].includes(source) ||
  project.services.some((s) => s.build === source || s.volumes.some((v) => v.startsWith(`${source}:`)) || JSON.stringify(s.extra).includes(source)); // prettier-ignore
