/** What people run at home and in small teams: media, downloads, notes, dashboards for databases, further stores. */
import { ROOT_START, type App } from './app.ts';

const root = { caps: ROOT_START } as const;
const web = { caps: [...ROOT_START, 'NET_BIND_SERVICE'] } as const;

export const HOME_APPS: readonly App[] = [
  { id: 'redpanda', names: 'red ?panda', image: 'docker.redpanda.com/redpandadata/redpanda', tag: 'v24.3.6', ports: { kafka: 9092, admin: 9644, proxy: 8082 }, role: 'queue', engine: 'kafka', data: { path: '/var/lib/redpanda/data', size: '10Gi' }, args: ['redpanda', 'start', '--smp=1', '--overprovisioned', '--node-id=0', '--kafka-addr=PLAINTEXT://0.0.0.0:9092', '--advertise-kafka-addr=PLAINTEXT://redpanda:9092'], uid: 101, probe: { http: '/v1/status/ready', port: 9644 }, memory: '1Gi' },
  { id: 'adguard', names: 'ad ?guard(?: ?home)?', image: 'adguard/adguardhome', tag: 'v0.107.61', ports: { http: 3000, dns: 53 }, role: 'tool', data: { path: '/opt/adguardhome/work', size: '2Gi' }, probe: { tcp: 3000 }, ...web },
  { id: 'sonarr', names: 'sonarr', image: 'lscr.io/linuxserver/sonarr', tag: '4.0.14', ports: { http: 8989 }, role: 'app', data: { path: '/config', size: '5Gi' }, probe: { http: '/ping' }, ...root },
  { id: 'radarr', names: 'radarr', image: 'lscr.io/linuxserver/radarr', tag: '5.22.4', ports: { http: 7878 }, role: 'app', data: { path: '/config', size: '5Gi' }, probe: { http: '/ping' }, ...root },
  { id: 'prowlarr', names: 'prowlarr', image: 'lscr.io/linuxserver/prowlarr', tag: '1.34.1', ports: { http: 9696 }, role: 'app', data: { path: '/config', size: '2Gi' }, probe: { http: '/ping' }, ...root },
  { id: 'qbittorrent', names: 'qbit ?torrent', image: 'lscr.io/linuxserver/qbittorrent', tag: '5.0.4', ports: { http: 8080, torrent: 6881 }, role: 'app', data: { path: '/config', size: '2Gi' }, probe: { tcp: 8080 }, ...root },
  { id: 'emby', names: 'emby(?: server)?', image: 'emby/embyserver', tag: '4.8.11.0', ports: { http: 8096 }, role: 'app', data: { path: '/config', size: '10Gi' }, probe: { tcp: 8096 }, ...root },
  { id: 'navidrome', names: 'navidrome', image: 'deluan/navidrome', tag: '0.55.2', ports: { http: 4533 }, role: 'app', data: { path: '/data', size: '2Gi' }, uid: 1000, probe: { http: '/ping' } },
  { id: 'audiobookshelf', names: 'audio ?bookshelf', image: 'ghcr.io/advplyr/audiobookshelf', tag: '2.20.0', ports: { http: 80 }, role: 'app', data: { path: '/config', size: '2Gi' }, probe: { http: '/healthcheck' }, ...web },
  { id: 'kavita', names: 'kavita', image: 'jvmilazz0/kavita', tag: '0.8.6', ports: { http: 5000 }, role: 'app', data: { path: '/kavita/config', size: '2Gi' }, probe: { http: '/api/health' }, ...root },
  { id: 'photoprism', names: 'photo ?prism', image: 'photoprism/photoprism', tag: '250321', ports: { http: 2342 }, role: 'app', data: { path: '/photoprism/storage', size: '20Gi' }, secrets: ['PHOTOPRISM_ADMIN_PASSWORD'], probe: { http: '/api/v1/status' }, memory: '2Gi', ...root },
  { id: 'mealie', names: 'mealie', image: 'ghcr.io/mealie-recipes/mealie', tag: 'v2.8.0', ports: { http: 9000 }, role: 'app', data: { path: '/app/data', size: '2Gi' }, probe: { http: '/api/app/about' }, ...root },
  { id: 'gotify', names: 'gotify', image: 'gotify/server', tag: '2.6.1', ports: { http: 80 }, role: 'app', data: { path: '/app/data', size: '1Gi' }, probe: { http: '/health' }, ...web },
  { id: 'ntfy', names: 'ntfy', image: 'binwiederhier/ntfy', tag: 'v2.11.0', ports: { http: 80 }, role: 'app', data: { path: '/var/cache/ntfy', size: '1Gi' }, args: ['serve'], probe: { http: '/v1/health' }, ...web },
  { id: 'filebrowser', names: 'file ?browser', image: 'filebrowser/filebrowser', tag: 'v2.32.0', ports: { http: 80 }, role: 'app', data: { path: '/database', size: '1Gi' }, probe: { http: '/health' }, ...web },
  { id: 'duplicati', names: 'duplicati', image: 'lscr.io/linuxserver/duplicati', tag: '2.1.0', ports: { http: 8200 }, role: 'app', data: { path: '/config', size: '2Gi' }, probe: { tcp: 8200 }, ...root },
  { id: 'esphome', names: 'esp ?home', image: 'ghcr.io/esphome/esphome', tag: '2025.4.1', ports: { http: 6052 }, role: 'app', data: { path: '/config', size: '2Gi' }, probe: { tcp: 6052 }, ...root },
  { id: 'zigbee2mqtt', names: 'zigbee2mqtt', image: 'koenkk/zigbee2mqtt', tag: '2.2.1', ports: { http: 8080 }, role: 'app', data: { path: '/app/data', size: '1Gi' }, probe: { tcp: 8080 }, ...root },
  { id: 'frigate', names: 'frigate', image: 'ghcr.io/blakeblackshear/frigate', tag: '0.15.1', ports: { http: 5000, https: 8971, rtsp: 8554 }, role: 'app', data: { path: '/config', size: '10Gi' }, probe: { http: '/api/version' }, memory: '1Gi', ...root },
  { id: 'code-server', names: 'code[- ]server', image: 'lscr.io/linuxserver/code-server', tag: '4.99.3', ports: { http: 8443 }, role: 'tool', data: { path: '/config', size: '10Gi' }, secrets: ['PASSWORD'], probe: { http: '/healthz' }, ...root },
  { id: 'verdaccio', names: 'verdaccio', image: 'verdaccio/verdaccio', tag: '6.1', ports: { http: 4873 }, role: 'tool', data: { path: '/verdaccio/storage', size: '10Gi' }, uid: 10001, probe: { http: '/-/ping' } },
  { id: 'nocodb', names: 'noco ?db', image: 'nocodb/nocodb', tag: '0.262.5', ports: { http: 8080 }, role: 'app', data: { path: '/usr/app/data', size: '5Gi' }, probe: { http: '/api/v1/health' }, ...root },
  { id: 'baserow', names: 'baserow', image: 'baserow/baserow', tag: '1.32.5', ports: { http: 80 }, role: 'app', data: { path: '/baserow/data', size: '10Gi' }, probe: { http: '/api/_health/' }, memory: '1Gi', ...web },
  { id: 'hedgedoc', names: 'hedge ?doc', image: 'quay.io/hedgedoc/hedgedoc', tag: '1.10.3', ports: { http: 3000 }, role: 'app', data: { path: '/hedgedoc/public/uploads', size: '2Gi' }, uid: 10000, probe: { http: '/_health' } },
  { id: 'etherpad', names: 'etherpad(?: lite)?', image: 'etherpad/etherpad', tag: '2.3.0', ports: { http: 9001 }, role: 'app', data: { path: '/opt/etherpad-lite/var', size: '1Gi' }, uid: 5001, probe: { http: '/health' } },
  { id: 'excalidraw', names: 'excalidraw', image: 'excalidraw/excalidraw', tag: 'latest', ports: { http: 80 }, role: 'app', probe: { http: '/' }, ...web },
  { id: 'drawio', names: 'draw\\.?io', image: 'jgraph/drawio', tag: '26.2.14', ports: { http: 8080 }, role: 'app', uid: 1001, probe: { http: '/' } },
  { id: 'owncloud', names: 'own ?cloud', image: 'owncloud/server', tag: '10.15', ports: { http: 8080 }, role: 'app', data: { path: '/mnt/data', size: '20Gi' }, probe: { http: '/status.php' }, memory: '512Mi', ...root },
  { id: 'teamspeak', names: 'team ?speak(?: server)?', image: 'teamspeak', tag: '3.13', ports: { voice: 9987, query: 10011, files: 30033 }, role: 'app', data: { path: '/var/ts3server', size: '2Gi' }, env: { TS3SERVER_LICENSE: 'accept' }, probe: { tcp: 10011 }, official: true, ...root },
  { id: 'cloudbeaver', names: 'cloud ?beaver', image: 'dbeaver/cloudbeaver', tag: '25.0', ports: { http: 8978 }, role: 'tool', data: { path: '/opt/cloudbeaver/workspace', size: '1Gi' }, probe: { http: '/status' }, ...root },
  { id: 'pgweb', names: 'pg ?web', image: 'sosedoff/pgweb', tag: '0.16.2', ports: { http: 8081 }, role: 'tool', probe: { tcp: 8081 }, ...root },
  { id: 'mysqld-exporter', names: 'mysqld?[- ]exporter', image: 'prom/mysqld-exporter', tag: 'v0.17.2', ports: { metrics: 9104 }, role: 'monitoring', uid: 65534, probe: { http: '/' } },
  { id: 'typesense', names: 'typesense', image: 'typesense/typesense', tag: '28.0', ports: { http: 8108 }, role: 'database', data: { path: '/data', size: '5Gi' }, env: { TYPESENSE_DATA_DIR: '/data' }, secrets: ['TYPESENSE_API_KEY'], probe: { http: '/health' }, ...root },
  { id: 'arangodb', names: 'arango ?db', image: 'arangodb', tag: '3.12', ports: { http: 8529 }, role: 'database', data: { path: '/var/lib/arangodb3', size: '10Gi' }, secrets: ['ARANGO_ROOT_PASSWORD'], fileSuffix: '_FILE', probe: { tcp: 8529 }, official: true, ...root },
  { id: 'scylladb', names: 'scylla ?(?:db)?', image: 'scylladb/scylla', tag: '6.2', ports: { cql: 9042 }, role: 'database', engine: 'cassandra', data: { path: '/var/lib/scylla', size: '20Gi' }, args: ['--smp', '1', '--overprovisioned', '1'], probe: { exec: ['sh', '-c', 'nodetool status | grep -q "^UN"'] }, memory: '2Gi', kind: 'StatefulSet', ...root },
  { id: 'keydb', names: 'key ?db', image: 'eqalpha/keydb', tag: 'x86_64_v6.3.4', ports: { redis: 6379 }, role: 'cache', engine: 'redis', data: { path: '/data', size: '1Gi' }, uid: 999, probe: { exec: ['keydb-cli', 'ping'] } },
]; // prettier-ignore
