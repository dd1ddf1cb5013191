/** Configuration that a component needs to know its neighbours: data sources, targets to scrape, brokers to listen to. */
import type { App } from '../../catalogue/index.ts';
import type { ClusterBuilder } from '../builder.ts';
import type { Draft, DraftObject, Workload } from '../model.ts';

type Config = NonNullable<App['config']>;

const DASHBOARDS: Readonly<Record<string, (url: string) => string>> = {
  prometheus: (url) => `  - name: Prometheus\n    type: prometheus\n    access: proxy\n    url: ${url}\n    isDefault: true\n`,
  victoriametrics: (url) => `  - name: VictoriaMetrics\n    type: prometheus\n    access: proxy\n    url: ${url}\n`,
  loki: (url) => `  - name: Loki\n    type: loki\n    access: proxy\n    url: ${url}\n`,
  tempo: (url) => `  - name: Tempo\n    type: tempo\n    access: proxy\n    url: ${url}\n`,
  jaeger: (url) => `  - name: Jaeger\n    type: jaeger\n    access: proxy\n    url: ${url}\n`,
  influxdb: (url) => `  - name: InfluxDB\n    type: influxdb\n    access: proxy\n    url: ${url}\n    jsonData:\n      version: Flux\n      organization: app\n      defaultBucket: app\n    secureJsonData:\n      token: $INFLUX_TOKEN\n`,
}; // prettier-ignore

const MOSQUITTO = 'listener 1883\nallow_anonymous true\npersistence true\npersistence_location /mosquitto/data/\n';

const addressOf = (peer: Workload, port?: number): string =>
  `${peer.name}:${port ?? peer.containers[0]?.ports[0]?.port ?? 80}`;

/** @returns the catalogue's own where its neighbours change nothing */
export function configOf(builder: ClusterBuilder, workload: Workload): Config | undefined {
  const peers = [...builder.workloads.values()].filter((w) => w !== workload);
  const of = (id: string): Workload | undefined => peers.find((p) => p.app?.id === id);
  switch (workload.app?.id) {
    case 'grafana': {
      const sources = peers.flatMap((p) => DASHBOARDS[p.app?.id ?? '']?.(`http://${addressOf(p)}`) ?? []);
      return sources.length === 0
        ? undefined
        : { path: '/etc/grafana/provisioning/datasources', file: 'datasources.yaml', text: `apiVersion: 1\ndatasources:\n${sources.join('')}` }; // prettier-ignore
    }
    case 'prometheus':
      return scraping(workload.app.config, peers);
    case 'telegraf': {
      const { broker, store } = { broker: of('mosquitto'), store: of('influxdb') };
      if (broker === undefined && store === undefined) return undefined;
      return { path: '/etc/telegraf', file: 'telegraf.conf', text: telegraf(broker, store) };
    }
    case 'nginx':
      return proxying(builder, workload) ?? workload.app.config;
    case 'mosquitto':
      builder.assume(`${workload.name} listens on 1883 and takes clients without a password; its configuration is in the config map.`); // prettier-ignore
      return { path: '/mosquitto/config', file: 'mosquitto.conf', text: MOSQUITTO };
    default:
      return workload.app?.config;
  }
}

const ASKED = /\b(?:config\w*|settings|site)\b[^.;]{0,24}\bconfig ?map\b/i;

/** "nginx proxies everything to api": its site hands every request on; nothing where it is said to serve several, or none. */
function proxying(builder: ClusterBuilder, workload: Workload): Config | undefined {
  const { system } = builder;
  const entity = [...builder.workloads].find(([, w]) => w === workload)?.[0];
  const part = system?.parts.parts.find((p) => builder.workloads.get(p.entity) === workload);
  const used = part === undefined ? [] : [...(system?.relations.uses.get(part) ?? [])].filter((p) => p.own);
  // "takes its configuration from a config map": there is one, whoever is behind it.
  const asked = ASKED.test(entity?.said ?? '') || (ASKED.test(builder.text.text) && [...builder.workloads.values()].filter((w) => w.app?.role === 'proxy').length === 1); // prettier-ignore
  const behind = asked && !builder.objects.some((o) => o.kind === 'ConfigMap') ? [...builder.workloads.values()].find((w) => w !== workload && w.app === undefined) : undefined; // prettier-ignore
  const peer = used.length === 1 && used[0] !== undefined ? builder.workloads.get(used[0].entity) : behind;
  if (peer?.containers[0]?.ports[0] === undefined) return undefined;
  builder.assume(`${workload.name} hands every request on to ${peer.name}; its site is in the config map.`);
  return { path: '/etc/nginx/conf.d', file: 'default.conf', text: site(workload, addressOf(peer)) };
}

const site = (workload: Workload, to: string): string =>
  [
    'server {',
    `  listen ${workload.containers[0]?.ports[0]?.port ?? 80};`,
    '  location / {',
    `    proxy_pass http://${to};`,
    '    proxy_set_header Host $host;',
    '    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    '    proxy_set_header X-Forwarded-Proto $scheme;',
    '  }',
    '}',
    '',
  ].join('\n');

/** What is there to be scraped, and where alerts go. */
function scraping(config: Config | undefined, peers: readonly Workload[]): Config | undefined {
  if (config === undefined) return undefined;
  const scraped = peers.flatMap((p) => {
    const port = p.app?.ports['metrics'] ?? (/exporter|cadvisor|pushgateway/.test(p.app?.id ?? '') ? p.containers[0]?.ports[0]?.port : undefined); // prettier-ignore
    return port === undefined ? [] : [`  - job_name: ${p.name}\n    static_configs:\n      - targets: ['${p.name}:${port}']\n`]; // prettier-ignore
  });
  const alerts = peers.find((p) => p.app?.id === 'alertmanager');
  const alerting = alerts === undefined ? '' : `alerting:\n  alertmanagers:\n    - static_configs:\n        - targets: ['${addressOf(alerts)}']\n`; // prettier-ignore
  return { ...config, text: `${config.text}${scraped.join('')}${alerting}` };
}

const telegraf = (broker: Workload | undefined, store: Workload | undefined): string =>
  [
    '[agent]\n  interval = "10s"\n',
    broker === undefined
      ? '[[inputs.cpu]]\n[[inputs.mem]]\n'
      : `[[inputs.mqtt_consumer]]\n  servers = ["tcp://${addressOf(broker)}"]\n  topics = ["#"]\n  data_format = "json"\n`,
    store === undefined
      ? '[[outputs.file]]\n  files = ["stdout"]\n'
      : `[[outputs.influxdb_v2]]\n  urls = ["http://${addressOf(store)}"]\n  token = "$INFLUX_TOKEN"\n  organization = "app"\n  bucket = "app"\n`,
  ].join('\n');

/** InfluxDB is set up with an organisation, a bucket and a token, which those that write to it or read from it are given. */
export function setUpStores(builder: ClusterBuilder): void {
  const all = [...builder.workloads.values()];
  const store = all.find((w) => w.app?.id === 'influxdb');
  const clients = all.filter((w) => w.app?.id === 'telegraf' || w.app?.id === 'grafana');
  const container = store?.containers[0];
  if (store === undefined || container === undefined || clients.length === 0) return;
  const token = 'DOCKER_INFLUXDB_INIT_ADMIN_TOKEN';
  const init = { MODE: 'setup', USERNAME: 'admin', ORG: 'app', BUCKET: 'app' };
  const env = (container.fields['env'] ?? []) as DraftObject[];
  container.fields['env'] = [
    ...env,
    ...Object.entries(init).map(([k, value]): Draft => ({ name: `DOCKER_INFLUXDB_INIT_${k}`, value })),
  ];
  container.secrets.push('DOCKER_INFLUXDB_INIT_PASSWORD', token);
  for (const client of clients) {
    const own = client.containers[0];
    if (own === undefined) continue;
    const ref: Draft = {
      name: 'INFLUX_TOKEN',
      valueFrom: { secretKeyRef: { name: `${store.name}-credentials`, key: token } },
    };
    own.fields['env'] = [...((own.fields['env'] ?? []) as Draft[]), ref];
  }
}
