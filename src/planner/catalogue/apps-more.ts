/** Further applications that people run beside the others: dashboards, exporters, home servers, tools for developers. */
import { ROOT_START, type App } from './app.ts';

const root = { caps: ROOT_START } as const;

export const MORE_APPS: readonly App[] = [
  { id: 'opensearch-dashboards', names: 'open ?search[- ]dashboards?', image: 'opensearchproject/opensearch-dashboards', tag: '2.19.1', ports: { http: 5601 }, role: 'monitoring', uses: ['elasticsearch'], env: { DISABLE_SECURITY_DASHBOARDS_PLUGIN: 'true' }, uid: 1000, probe: { tcp: 5601 }, memory: '512Mi' },
  { id: 'redisinsight', names: 'redis ?insight', image: 'redis/redisinsight', tag: '2.68', ports: { http: 5540 }, role: 'tool', data: { path: '/data', size: '1Gi' }, uid: 1000, probe: { tcp: 5540 } },
  { id: 'schema-registry', names: '(?:confluent )?schema[- ]registry', image: 'confluentinc/cp-schema-registry', tag: '7.9.0', ports: { http: 8081 }, role: 'app', uses: ['kafka'], env: { SCHEMA_REGISTRY_HOST_NAME: 'schema-registry' }, uid: 1000, probe: { tcp: 8081 }, memory: '512Mi' },
  { id: 'kafka-connect', names: 'kafka[- ]connect', image: 'confluentinc/cp-kafka-connect', tag: '7.9.0', ports: { http: 8083 }, role: 'app', uses: ['kafka'], uid: 1000, probe: { tcp: 8083 }, memory: '1Gi' },
  { id: 'localstack', names: 'local ?stack', image: 'localstack/localstack', tag: '4.3', ports: { http: 4566 }, role: 'tool', data: { path: '/var/lib/localstack', size: '1Gi' }, probe: { http: '/_localstack/health' }, ...root },
  { id: 'watchtower', names: 'watch ?tower', image: 'containrrr/watchtower', tag: '1.7.1', ports: {}, role: 'tool', probe: 'none', ...root },
  { id: 'dozzle', names: 'dozzle', image: 'amir20/dozzle', tag: 'v8.12.0', ports: { http: 8080 }, role: 'tool', probe: 'none', ...root },
  { id: 'nginx-proxy-manager', names: 'nginx proxy manager', image: 'jc21/nginx-proxy-manager', tag: '2.12.3', ports: { http: 80, admin: 81, https: 443 }, role: 'proxy', data: { path: '/data', size: '1Gi' }, probe: { tcp: 81 }, ...root },
  { id: 'swagger-ui', names: 'swagger[- ]?ui', image: 'swaggerapi/swagger-ui', tag: 'v5.21.0', ports: { http: 8080 }, role: 'tool', probe: { http: '/' }, ...root },
  { id: 'mailcatcher', names: 'mail ?catcher', image: 'dockage/mailcatcher', tag: '0.9.0', ports: { http: 1080, smtp: 1025 }, role: 'tool', probe: { tcp: 1080 }, ...root },
  { id: 'postgres-exporter', names: 'postgres(?:ql)?[- ]exporter', image: 'quay.io/prometheuscommunity/postgres-exporter', tag: 'v0.17.1', ports: { metrics: 9187 }, role: 'monitoring', uses: ['postgres'], uid: 65534, probe: { tcp: 9187 } },
  { id: 'redis-exporter', names: 'redis[- ]exporter', image: 'oliver006/redis_exporter', tag: 'v1.71.0', ports: { metrics: 9121 }, role: 'monitoring', uses: ['redis'], uid: 59000, probe: { tcp: 9121 } },
  { id: 'blackbox-exporter', names: 'black ?box[- ]exporter', image: 'quay.io/prometheus/blackbox-exporter', tag: 'v0.26.0', ports: { http: 9115 }, role: 'monitoring', uid: 65534, probe: { http: '/-/healthy' } },
  { id: 'pushgateway', names: 'push ?gateway', image: 'prom/pushgateway', tag: 'v1.11.1', ports: { http: 9091 }, role: 'monitoring', uid: 65534, probe: { http: '/-/healthy' } },
  { id: 'victoriametrics', names: 'victoria ?metrics', image: 'victoriametrics/victoria-metrics', tag: 'v1.115.0', ports: { http: 8428 }, role: 'monitoring', data: { path: '/victoria-metrics-data', size: '20Gi' }, uid: 1000, probe: { http: '/health' } },
  { id: 'graylog', names: 'graylog', image: 'graylog/graylog', tag: '6.1', ports: { http: 9000, gelf: 12201 }, role: 'monitoring', uses: ['mongo', 'elasticsearch'], data: { path: '/usr/share/graylog/data', size: '10Gi' }, secrets: ['GRAYLOG_PASSWORD_SECRET', 'GRAYLOG_ROOT_PASSWORD_SHA2'], uid: 1100, probe: { tcp: 9000 }, memory: '1Gi' },
  { id: 'syncthing', names: 'sync ?thing', image: 'syncthing/syncthing', tag: '1.29', ports: { http: 8384, sync: 22000 }, role: 'app', data: { path: '/var/syncthing', size: '20Gi' }, uid: 1000, probe: { http: '/rest/noauth/health' } },
  { id: 'paperless', names: 'paperless(?:[- ]ngx)?', image: 'ghcr.io/paperless-ngx/paperless-ngx', tag: '2.15', ports: { http: 8000 }, role: 'app', uses: ['postgres', 'redis'], data: { path: '/usr/src/paperless/data', size: '10Gi' }, secrets: ['PAPERLESS_SECRET_KEY'], fileSuffix: '_FILE', probe: { tcp: 8000 }, memory: '512Mi', ...root },
  { id: 'umami', names: 'umami', image: 'ghcr.io/umami-software/umami', tag: 'postgresql-v2.18.0', ports: { http: 3000 }, role: 'app', uses: ['postgres'], secrets: ['APP_SECRET'], uid: 1001, probe: { http: '/api/heartbeat' } },
  { id: 'bookstack', names: 'book ?stack', image: 'lscr.io/linuxserver/bookstack', tag: '25.02.2', ports: { http: 80 }, role: 'app', uses: ['mysql'], data: { path: '/config', size: '5Gi' }, secrets: ['APP_KEY'], probe: { tcp: 80 }, ...root },
  { id: 'wikijs', names: 'wiki\\.?js', image: 'ghcr.io/requarks/wiki', tag: '2', ports: { http: 3000 }, role: 'app', uses: ['postgres', 'mysql'], uid: 1000, probe: { http: '/healthz' } },
  { id: 'mattermost', names: 'matter ?most', image: 'mattermost/mattermost-team-edition', tag: '10.7', ports: { http: 8065 }, role: 'app', uses: ['postgres'], data: { path: '/mattermost/data', size: '10Gi' }, uid: 2000, probe: { http: '/api/v4/system/ping' }, memory: '512Mi' },
  { id: 'freshrss', names: 'fresh ?rss', image: 'freshrss/freshrss', tag: '1.26.2', ports: { http: 80 }, role: 'app', uses: ['postgres', 'mysql'], data: { path: '/var/www/FreshRSS/data', size: '2Gi' }, probe: { tcp: 80 }, ...root },
  { id: 'airflow', names: '(?:apache )?airflow', image: 'apache/airflow', tag: '2.10.5', ports: { http: 8080 }, role: 'app', uses: ['postgres', 'redis'], command: ['airflow', 'standalone'], uid: 50000, probe: { http: '/health' }, memory: '2Gi' },
  { id: 'temporal', names: 'temporal (?:server|cluster)', image: 'temporalio/auto-setup', tag: '1.27.2', ports: { grpc: 7233 }, role: 'app', uses: ['postgres', 'mysql'], uid: 1000, probe: { tcp: 7233 }, memory: '512Mi' },
  { id: 'chroma', names: 'chroma(?: ?db)?', image: 'chromadb/chroma', tag: '1.0.5', ports: { http: 8000 }, role: 'database', data: { path: '/data', size: '10Gi' }, uid: 1000, probe: { http: '/api/v2/heartbeat' } },
  { id: 'pgbouncer', names: 'pg ?bouncer', image: 'edoburu/pgbouncer', tag: 'v1.24.1-p1', ports: { postgres: 5432 }, role: 'tool', uses: ['postgres'], uid: 70, probe: { tcp: 5432 } },
  { id: 'questdb', names: 'quest ?db', image: 'questdb/questdb', tag: '8.3.1', ports: { http: 9000, postgres: 8812, ilp: 9009 }, role: 'database', data: { path: '/var/lib/questdb', size: '10Gi' }, probe: { tcp: 9000 }, ...root },
  { id: 'dragonfly', names: 'dragonfly(?: ?db)?', image: 'docker.dragonflydb.io/dragonflydb/dragonfly', tag: 'v1.29.0', ports: { redis: 6379 }, role: 'database', engine: 'redis', data: { path: '/data', size: '2Gi' }, uid: 999, probe: { tcp: 6379 } },
  { id: 'zabbix', names: 'zabbix(?: server)?', image: 'zabbix/zabbix-server-pgsql', tag: 'alpine-7.2-latest', ports: { trapper: 10051 }, role: 'monitoring', uses: ['postgres'], uid: 1997, probe: { tcp: 10051 } },
  { id: 'stirling-pdf', names: 'stirling[- ]?pdf', image: 'stirlingtools/stirling-pdf', tag: '0.46.1', ports: { http: 8080 }, role: 'app', data: { path: '/configs', size: '1Gi' }, probe: { tcp: 8080 }, memory: '1Gi', ...root },
]; // prettier-ignore
