/** How an application is told where its database, cache or queue is. */
import type { App, Engine } from './app.ts';

/** A variable of the application: a value, or the secret that another component owns. */
export type Wire = { readonly name: string } & (
  { readonly value: string } | { readonly secret: string; readonly of: string }
);

export interface Peer {
  /** Host name: the service in the cluster, or the service of the Compose file. */
  readonly host: string;
  readonly app: App;
}

type Wiring = (peer: Peer) => readonly Wire[];

const value = (name: string, text: string): Wire => ({ name, value: text });

/** The variable that holds the password for the ordinary user of an engine. */
export const passwordOf: Readonly<Partial<Record<Engine, string>>> = {
  postgres: 'POSTGRES_PASSWORD',
  mysql: 'MYSQL_PASSWORD',
  mongo: 'MONGO_INITDB_ROOT_PASSWORD',
  mssql: 'MSSQL_SA_PASSWORD',
  rabbitmq: 'RABBITMQ_DEFAULT_PASS',
};

function password(name: string, peer: Peer): Wire[] {
  const secret = peer.app.engine === undefined ? undefined : passwordOf[peer.app.engine];
  return secret === undefined ? [] : [{ name, secret, of: peer.host }];
}

const at = (peer: Peer): string => `${peer.host}:${Object.values(peer.app.ports)[0] ?? 0}`;

const APP_WIRING: Readonly<Record<string, Partial<Record<Engine, Wiring>>>> = {
  wordpress: { mysql: (p) => [value('WORDPRESS_DB_HOST', at(p)), value('WORDPRESS_DB_NAME', 'app'), value('WORDPRESS_DB_USER', 'app'), ...password('WORDPRESS_DB_PASSWORD', p)] },
  gitea: giteaWiring(),
  forgejo: giteaWiring(),
  nextcloud: {
    postgres: (p) => [value('POSTGRES_HOST', p.host), value('POSTGRES_DB', 'app'), value('POSTGRES_USER', 'app'), ...password('POSTGRES_PASSWORD', p)],
    mysql: (p) => [value('MYSQL_HOST', p.host), value('MYSQL_DATABASE', 'app'), value('MYSQL_USER', 'app'), ...password('MYSQL_PASSWORD', p)],
    redis: (p) => [value('REDIS_HOST', p.host)],
  },
  ghost: { mysql: (p) => [value('database__client', 'mysql'), value('database__connection__host', p.host), value('database__connection__user', 'app'), value('database__connection__database', 'app'), ...password('database__connection__password', p)] },
  keycloak: {
    postgres: (p) => [value('KC_DB', 'postgres'), value('KC_DB_URL', `jdbc:postgresql://${at(p)}/app`), value('KC_DB_USERNAME', 'app'), ...password('KC_DB_PASSWORD', p)],
    mysql: (p) => [value('KC_DB', 'mysql'), value('KC_DB_URL', `jdbc:mysql://${at(p)}/app`), value('KC_DB_USERNAME', 'app'), ...password('KC_DB_PASSWORD', p)],
  },
  joomla: { mysql: (p) => [value('JOOMLA_DB_HOST', at(p)), value('JOOMLA_DB_NAME', 'app'), value('JOOMLA_DB_USER', 'app'), ...password('JOOMLA_DB_PASSWORD', p)] },
  matomo: { mysql: (p) => [value('MATOMO_DATABASE_HOST', p.host), value('MATOMO_DATABASE_DBNAME', 'app'), value('MATOMO_DATABASE_USERNAME', 'app'), ...password('MATOMO_DATABASE_PASSWORD', p)] },
  odoo: { postgres: (p) => [value('HOST', p.host), value('USER', 'app'), ...password('PASSWORD', p)] },
  redmine: {
    postgres: (p) => [value('REDMINE_DB_POSTGRES', p.host), value('REDMINE_DB_USERNAME', 'app'), value('REDMINE_DB_DATABASE', 'app'), ...password('REDMINE_DB_PASSWORD', p)],
    mysql: (p) => [value('REDMINE_DB_MYSQL', p.host), value('REDMINE_DB_USERNAME', 'app'), value('REDMINE_DB_DATABASE', 'app'), ...password('REDMINE_DB_PASSWORD', p)],
  },
  n8n: { postgres: (p) => [value('DB_TYPE', 'postgresdb'), value('DB_POSTGRESDB_HOST', p.host), value('DB_POSTGRESDB_DATABASE', 'app'), value('DB_POSTGRESDB_USER', 'app'), ...password('DB_POSTGRESDB_PASSWORD', p)] },
  metabase: {
    postgres: (p) => [value('MB_DB_TYPE', 'postgres'), value('MB_DB_HOST', p.host), value('MB_DB_PORT', '5432'), value('MB_DB_DBNAME', 'app'), value('MB_DB_USER', 'app'), ...password('MB_DB_PASS', p)],
    mysql: (p) => [value('MB_DB_TYPE', 'mysql'), value('MB_DB_HOST', p.host), value('MB_DB_PORT', '3306'), value('MB_DB_DBNAME', 'app'), value('MB_DB_USER', 'app'), ...password('MB_DB_PASS', p)],
  },
  phpmyadmin: { mysql: (p) => [value('PMA_HOST', p.host)] },
  'mongo-express': { mongo: (p) => [value('ME_CONFIG_MONGODB_SERVER', p.host), value('ME_CONFIG_MONGODB_ADMINUSERNAME', 'root'), ...password('ME_CONFIG_MONGODB_ADMINPASSWORD', p)] },
  sonarqube: { postgres: (p) => [value('SONAR_JDBC_URL', `jdbc:postgresql://${at(p)}/app`), value('SONAR_JDBC_USERNAME', 'app'), ...password('SONAR_JDBC_PASSWORD', p)] },
  'kafka-ui': { kafka: (p) => [value('KAFKA_CLUSTERS_0_NAME', 'local'), value('KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS', at(p))] },
  'redis-commander': { redis: (p) => [value('REDIS_HOSTS', `local:${at(p)}`)] },
  'opensearch-dashboards': { elasticsearch: (p) => [value('OPENSEARCH_HOSTS', `["http://${at(p)}"]`)] },
  'schema-registry': { kafka: (p) => [value('SCHEMA_REGISTRY_KAFKASTORE_BOOTSTRAP_SERVERS', `PLAINTEXT://${at(p)}`)] },
  'kafka-connect': { kafka: (p) => [value('CONNECT_BOOTSTRAP_SERVERS', at(p))] },
  'redis-exporter': { redis: (p) => [value('REDIS_ADDR', `redis://${at(p)}`)] },
  'postgres-exporter': { postgres: (p) => [value('DATA_SOURCE_URI', `${at(p)}/app?sslmode=disable`), value('DATA_SOURCE_USER', 'app'), ...password('DATA_SOURCE_PASS', p)] },
  paperless: {
    postgres: (p) => [value('PAPERLESS_DBHOST', p.host), value('PAPERLESS_DBNAME', 'app'), value('PAPERLESS_DBUSER', 'app'), ...password('PAPERLESS_DBPASS', p)],
    redis: (p) => [value('PAPERLESS_REDIS', `redis://${at(p)}`)],
  },
  kibana: { elasticsearch: (p) => [value('ELASTICSEARCH_HOSTS', `http://${at(p)}`)] },
}; // prettier-ignore

function giteaWiring(): Partial<Record<Engine, Wiring>> {
  const wire =
    (type: string): Wiring =>
    (p) => [
      value('GITEA__database__DB_TYPE', type),
      value('GITEA__database__HOST', at(p)),
      value('GITEA__database__NAME', 'app'),
      value('GITEA__database__USER', 'app'),
      ...password('GITEA__database__PASSWD', p),
    ];
  return { postgres: wire('postgres'), mysql: wire('mysql') };
}

/** The variables that frameworks read by convention, for applications that the catalogue does not know. */
const GENERIC: Readonly<Partial<Record<Engine, Wiring>>> = {
  postgres: (p) => [
    value('DB_HOST', p.host),
    value('DB_PORT', '5432'),
    value('DB_NAME', 'app'),
    value('DB_USER', 'app'),
    ...password('DB_PASSWORD', p),
  ],
  mysql: (p) => [
    value('DB_HOST', p.host),
    value('DB_PORT', '3306'),
    value('DB_NAME', 'app'),
    value('DB_USER', 'app'),
    ...password('DB_PASSWORD', p),
  ],
  mssql: (p) => [
    value('DB_HOST', p.host),
    value('DB_PORT', '1433'),
    value('DB_USER', 'sa'),
    ...password('DB_PASSWORD', p),
  ],
  mongo: (p) => [
    value('MONGO_HOST', p.host),
    value('MONGO_PORT', '27017'),
    value('MONGO_USER', 'root'),
    ...password('MONGO_PASSWORD', p),
  ],
  redis: (p) => [value('REDIS_HOST', p.host), value('REDIS_PORT', '6379')],
  memcached: (p) => [value('MEMCACHED_SERVERS', at(p))],
  rabbitmq: (p) => [value('RABBITMQ_HOST', p.host), value('RABBITMQ_USER', 'app'), ...password('RABBITMQ_PASSWORD', p)],
  nats: (p) => [value('NATS_URL', `nats://${at(p)}`)],
  kafka: (p) => [value('KAFKA_BROKERS', at(p))],
  elasticsearch: (p) => [value('ELASTICSEARCH_URL', `http://${at(p)}`)],
  cassandra: (p) => [value('CASSANDRA_HOST', p.host)],
  influxdb: (p) => [value('INFLUXDB_URL', `http://${at(p)}`)],
};

/**
 * What `app` (nothing: an application of the workspace) must be told to use `peer`.
 * @returns nothing where the two have nothing to do with each other
 */
export function wire(app: App | undefined, peer: Peer): readonly Wire[] {
  const engine = peer.app.engine;
  if (engine === undefined) return [];
  if (
    app === undefined ||
    app.id === 'node' ||
    app.id === 'python' ||
    app.id === 'php' ||
    app.id === 'celery' ||
    app.id === 'flower'
  )
    return GENERIC[engine]?.(peer) ?? [];
  if (app.uses?.includes(engine) !== true) return [];
  return (APP_WIRING[app.id]?.[engine] ?? GENERIC[engine])?.(peer) ?? [];
}
