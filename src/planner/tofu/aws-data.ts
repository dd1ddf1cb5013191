/** Storage, databases, caches and analytics on AWS. Passwords are made and kept by AWS, never written. */
import type { Component } from './components.ts';
import { nested, raw, type Value } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { rowFor } from './tables.ts';
import { accessTo } from './network.ts';
import { NUMBER, numberOf } from './words.ts';
import { dynamodb } from './aws-tables.ts';

/** Words for a database or a cache, where somebody may reach it. */
const STORE =
  'databases?|rds|aurora|postgres\\w*|mysql|mariadb|redis|valkey|memcached|cache|elasticache|5432|3306|6379|11211|port \\d+';

const ENGINES: readonly (readonly [RegExp, string, string, number])[] = [
  [/\bpostgres/i, 'postgres', '16', 5432],
  [/\bmaria ?db\b/i, 'mariadb', '11.4', 3306],
  [/\bsql server\b|\bmssql\b/i, 'sqlserver-ex', '16.00', 1433],
  [/\boracle\b/i, 'oracle-se2', '19', 1521],
  [/\bmysql\b/i, 'mysql', '8.0', 3306],
];

/** "db.t4g.medium, 100 GB": a size that belongs to nothing else. */
function bareGigabytes(m: TofuModule): number | undefined {
  const match = m.mine(/\b(\d{2,5})\s?(?:GB|GiB|gigabytes?)\b/i, ['alarm'])?.[1];
  return match === undefined ? undefined : Number(match);
}

/** "0.5 to 4 ACU" */
function capacity(m: TofuModule): { min_capacity: number; max_capacity: number } {
  const match = m.take(/\b(\d+(?:\.\d+)?)\s*(?:acus?\s*)?(?:to|-|and|up to)\s*(\d+(?:\.\d+)?)\s*acus?\b/i) ?? m.take(/\b(?:acus?|capacity)\b[^.;\d]{0,16}(\d+(?:\.\d+)?)\s*(?:to|-|and)\s*(\d+(?:\.\d+)?)/i); // prettier-ignore
  return { min_capacity: Number(match?.[1] ?? 0.5), max_capacity: Number(match?.[2] ?? 4) };
}

/** One that writes, and those that only read. */
function auroraInstances(m: TofuModule): number {
  const readers = m.take(
    new RegExp(`\\b(${NUMBER})\\s+(?:read(?:er|ing)?[- ]?(?:instance|replica|node)?s?|readers?)\\b`, 'i'),
  )?.[1];
  m.take(/\b(?:one|1|a|single) writer\b(?: and)?/i);
  return readers === undefined ? m.count('(?:instance|node|replica)', 2) : numberOf(readers) + 1;
}

/** Metrics of the machine below, through a role of their own. */
function monitoring(m: TofuModule): Record<string, Value> {
  if (m.take(/\benhanced monitoring\b|\bmonitoring interval\b/i) === undefined) return {};
  const role = m.role('monitoring', ['monitoring.rds.amazonaws.com'], [], ['arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole']); // prettier-ignore
  const asked = m.seconds('(?:monitoring|every|interval)') ?? 60;
  const interval = [1, 5, 10, 15, 30, 60].find((s) => s >= asked) ?? 60;
  return { monitoring_interval: interval, monitoring_role_arn: raw(`${role}.arn`) };
}

/** "a parameter group that sets log_min_duration_statement to 500". @returns the settings */
function parameterGroup(m: TofuModule, engine: string, version: string): readonly (readonly [string, string])[] {
  const settings = m.text
    .takeAll(/\b([a-z]+(?:_[a-z]+)+|[a-z]+\.[a-z_]+)\s*(?:=|:|to|set to|of)\s*["'`]?(\d+|on|off|[A-Za-z_]+)\b/g)
    .filter((x) => !/^(?:instance|engine|allocated|storage|backup|multi|db)_/.test(x[1] ?? ''))
    .map((x) => [x[1] ?? '', x[2] ?? ''] as const);
  if (!m.has(/\bparameter group\b/i)) return [];
  m.take(/\bparameter group\b(?: that sets| with| setting)?/i);
  const major = engine === 'mysql' || engine === 'mariadb' ? version.split('.').slice(0, 2).join('.') : (version.split('.')[0] ?? ''); // prettier-ignore
  m.resource('aws_db_parameter_group', 'main', {
    name: m.name('parameters'),
    family: `${engine}${major}`,
    parameter: settings.map(([name, value]) => nested({ name, value })),
  });
  return settings.length === 0 ? [['', '']] : settings;
}

/** "error and slow query logs exported to CloudWatch": the names that each engine has for its logs. */
function logExports(m: TofuModule, engine: string): string[] {
  if (!m.has(/\blogs?\b[^.;]{0,40}\b(?:export\w*|cloud ?watch|published|sent)\b|\bexport\w*[^.;]{0,40}\blogs?\b/i))
    return [];
  m.take(/\blogs? (?:are |is )?export\w*(?: to cloud ?watch)?|\bexport\w*[^.;,]{0,40}\blogs?\b/i);
  if (engine === 'postgres') return ['postgresql', ...(m.has(/\bupgrade\b/i) ? ['upgrade'] : [])];
  const all: readonly (readonly [RegExp, string])[] = [[/\berror\b/i, 'error'], [/\bslow/i, 'slowquery'], [/\bgeneral\b/i, 'general'], [/\baudit\b/i, 'audit']]; // prettier-ignore
  const named = all.filter(([words]) => m.take(words) !== undefined).map(([, name]) => name);
  return named.length > 0 ? named : ['error', 'slowquery'];
}

function rds(m: TofuModule): void {
  const aurora = m.has(/\baurora\b/i);
  const [, engine, usual, port] = rowFor(m, ENGINES, aurora ? 4 : 0);
  m.take(
    /\b(?:rds|aurora)?\s*(?:postgres(?:ql)?|mysql|maria ?db|sql server|oracle)(?:\s+(\d[\d.]*))?(?: database| instance| cluster)?/i,
  );
  const version =
    m.take(/\b(?:engine )?version\s+(\d+(?:\.\d+)*)/i)?.[1] ??
    new RegExp(`${engine.replace(/-.*/, '')}(?:ql)?\\s+(\\d+(?:\\.\\d+)?)`, 'i').exec(m.text.text)?.[1] ??
    usual;
  const klass = m.take(/\bdb\.[a-z0-9]+\.[a-z0-9]+\b/i)?.[0];
  const subnets = m.network().privateSubnets;
  m.resource('aws_db_subnet_group', 'main', { name: m.name('database'), subnet_ids: subnets });
  const group = m.securityGroup('database', 'The database', [{ port, ...accessTo(m, STORE) }]);
  const backups = Math.round((m.seconds('(?:backups?|retention|retain\\w*|kept)') ?? 604_800) / 86_400);
  const protect = !m.has(/\b(?:no|without) deletion protection\b/i);
  const common = {
    db_subnet_group_name: raw('aws_db_subnet_group.main.name'),
    vpc_security_group_ids: [raw(`${group}.id`)],
    storage_encrypted: true,
    backup_retention_period: Math.min(35, Math.max(1, backups)),
    deletion_protection: protect,
    skip_final_snapshot: false,
    final_snapshot_identifier: m.name('final'),
  };
  const exported = logExports(m, engine);
  const window = m.take(/\bbackups?(?: window)?\b[^.;,\d]{0,16}(\d{2}:\d{2}-\d{2}:\d{2})/i)?.[1];
  const maintenance = m.take(/\bmaintenance(?: window)?\b[^.;]{0,12}?((?:mon|tue|wed|thu|fri|sat|sun):\d{2}:\d{2}-(?:mon|tue|wed|thu|fri|sat|sun):\d{2}:\d{2})/i)?.[1]; // prettier-ignore
  const more = {
    ...(exported.length === 0 ? {} : { enabled_cloudwatch_logs_exports: exported }),
    ...(m.take(/\biam (?:database )?auth\w*/i) === undefined ? {} : { iam_database_authentication_enabled: true }),
  };
  const name = m.take(/\bdatabase (?:called|named)\s+["'`]?([a-z]\w*)/i)?.[1] ?? 'app';
  m.assume('The password of the database is made and kept by AWS Secrets Manager.');
  if (aurora) {
    const serverless = m.has(/\bserverless\b/i);
    m.resource('aws_rds_cluster', 'main', {
      cluster_identifier: m.name('database', m.called('cluster')),
      engine: engine === 'postgres' ? 'aurora-postgresql' : 'aurora-mysql',
      database_name: name,
      master_username: 'app',
      manage_master_user_password: true,
      ...common,
      ...more,
      ...(window === undefined ? {} : { preferred_backup_window: window }),
      ...(maintenance === undefined ? {} : { preferred_maintenance_window: maintenance.toLowerCase() }),
      ...(m.present.has('kms') ? (m.need('kms'), { kms_key_id: raw('aws_kms_key.main.arn') }) : {}),
      ...(m.take(/\b(?:data api|http endpoint)\b/i) === undefined ? {} : { enable_http_endpoint: true }),
      ...(serverless ? { serverlessv2_scaling_configuration: nested(capacity(m)) } : {}),
    });
    m.resource('aws_rds_cluster_instance', 'main', {
      count: auroraInstances(m),
      identifier: raw('"${var.name}-database-${count.index}"'),
      cluster_identifier: raw('aws_rds_cluster.main.id'),
      engine: raw('aws_rds_cluster.main.engine'),
      instance_class: serverless ? 'db.serverless' : (klass ?? 'db.t4g.medium'),
    });
    m.output('endpoint', 'aws_rds_cluster.main.endpoint', 'Where the database answers.');
    return;
  }
  const volume = m.take(/\b(gp2|gp3|io1|io2|standard)\b/i)?.[1]?.toLowerCase() ?? 'gp3';
  const iops = m.take(/\b(\d{3,6})\s*(?:provisioned )?iops\b|\biops\s*(?:of|=|:)?\s*(\d{3,6})/i)?.slice(1).find((x: string | undefined) => x !== undefined); // prettier-ignore
  const parameters = parameterGroup(m, engine, version);
  const storage = m.gigabytes('(?:storage|disk|allocated)') ?? bareGigabytes(m) ?? 20;
  m.resource('aws_db_instance', 'main', {
    identifier: m.name('database', m.called('(?:instance|database)')),
    engine,
    engine_version: version,
    instance_class:
      klass ??
      (m.has(/\bmicro\b/i)
        ? 'db.t4g.micro'
        : engine.startsWith('sqlserver') || engine.startsWith('oracle')
          ? 'db.t3.small'
          : 'db.t4g.small'),
    allocated_storage: storage,
    max_allocated_storage: storage * 5,
    storage_type: volume,
    ...(iops === undefined ? {} : { iops: Number(iops) }),
    ...monitoring(m),
    ...(parameters.length === 0 ? {} : { parameter_group_name: raw('aws_db_parameter_group.main.name') }),
    ...(engine.startsWith('sqlserver') ? {} : { db_name: name }),
    username: 'app',
    manage_master_user_password: true,
    multi_az: m.take(/\bmulti[- ]?az\b|\bhighly available\b|\bhigh availability\b|\bstand-?by\b/i) !== undefined,
    publicly_accessible: m.has(/\bpublicly accessible\b/i) && !m.has(/\bnot publicly\b/i),
    auto_minor_version_upgrade: true,
    copy_tags_to_snapshot: true,
    performance_insights_enabled: !engine.startsWith('oracle'),
    ...common,
    ...more,
    ...(window === undefined ? {} : { backup_window: window }),
    ...(maintenance === undefined ? {} : { maintenance_window: maintenance.toLowerCase() }),
    ...(m.present.has('kms') ? (m.need('kms'), { kms_key_id: raw('aws_kms_key.main.arn') }) : {}),
  });
  if (m.take(/\bread[- ]?replicas?\b/i))
    m.resource('aws_db_instance', 'replica', {
      count: m.count('read[- ]?replica', 1),
      identifier: raw('"${var.name}-replica-${count.index}"'),
      replicate_source_db: raw('aws_db_instance.main.identifier'),
      instance_class: klass ?? 'db.t4g.small',
      storage_encrypted: true,
      skip_final_snapshot: true,
    });
  m.output('endpoint', 'aws_db_instance.main.endpoint', 'Where the database answers.');
}

function elasticache(m: TofuModule): void {
  const memcached = m.has(/\bmemcached\b/i);
  const port = memcached ? 11211 : 6379;
  m.resource('aws_elasticache_subnet_group', 'main', { name: m.name('cache'), subnet_ids: m.network().privateSubnets });
  const group = m.securityGroup('cache', 'The cache', [{ port, ...accessTo(m, STORE) }]);
  const type = m.take(/\bcache\.[a-z0-9]+\.[a-z0-9]+\b/i)?.[0] ?? 'cache.t4g.small';
  const shards = m.take(new RegExp(`\\b(${NUMBER})\\s+shards?\\b`, 'i'))?.[1];
  const replicas = m.take(new RegExp(`\\b(${NUMBER}|an?)\\s+replicas?\\b`, 'i'))?.[1];
  const alone = m.take(/\b(?:single|one|1)[- ]node\b/i) !== undefined;
  const nodes = alone
    ? 1
    : shards === undefined && replicas !== undefined
      ? numberOf(replicas) + 1
      : m.count('(?:cache )?nodes?', 2);
  const snapshots = m.take(/\bsnapshots?\b[^.;\d]{0,24}(\d{2}:\d{2}-\d{2}:\d{2})/i)?.[1];
  const common = {
    subnet_group_name: raw('aws_elasticache_subnet_group.main.name'),
    security_group_ids: [raw(`${group}.id`)],
    node_type: type,
    port,
  };
  if (memcached)
    return void m.resource('aws_elasticache_cluster', 'main', {
      cluster_id: m.name('cache', m.called('cluster')),
      engine: 'memcached',
      num_cache_nodes: nodes,
      ...common,
    });
  m.resource('aws_elasticache_replication_group', 'main', {
    replication_group_id: m.name('cache', m.called('(?:cluster|group)')),
    description: 'Made from a description.',
    engine: m.has(/\bvalkey\b/i) ? 'valkey' : 'redis',
    ...(shards === undefined
      ? { num_cache_clusters: nodes, automatic_failover_enabled: nodes > 1, multi_az_enabled: nodes > 1 }
      : { num_node_groups: numberOf(shards), replicas_per_node_group: replicas === undefined ? 1 : numberOf(replicas), automatic_failover_enabled: true, multi_az_enabled: true }), // prettier-ignore
    ...(snapshots === undefined ? {} : { snapshot_window: snapshots }),
    ...(m.take(/\bauth token\b/i) === undefined ? {} : { auth_token: m.variable('auth_token', 'string', 'Token that clients log in with.', { sensitive: true }) }), // prettier-ignore
    at_rest_encryption_enabled: true,
    transit_encryption_enabled: true,
    snapshot_retention_limit: Math.round((m.seconds('(?:snapshots?|backups?)') ?? 432_000) / 86_400),
    ...common,
  });
  m.output(
    'cache_endpoint',
    'aws_elasticache_replication_group.main.primary_endpoint_address',
    'Where the cache answers.',
  );
}

function redshift(m: TofuModule): void {
  const nodes = m.count('node', 1);
  m.resource('aws_redshift_subnet_group', 'main', {
    name: m.name('warehouse'),
    subnet_ids: m.network().privateSubnets,
  });
  m.resource('aws_redshift_cluster', 'main', {
    cluster_identifier: m.name('warehouse', m.called('(?:redshift )?cluster')),
    database_name: m.called('database') ?? 'app',
    automated_snapshot_retention_period: Math.round(
      (m.seconds('(?:snapshots?|backups?|retention)') ?? 604_800) / 86_400,
    ),
    master_username: 'app',
    manage_master_password: true,
    node_type: m.take(/\b(?:ra3|dc2)\.[a-z0-9]+\b/i)?.[0] ?? 'ra3.large',
    cluster_type: nodes > 1 ? 'multi-node' : 'single-node',
    number_of_nodes: nodes,
    cluster_subnet_group_name: raw('aws_redshift_subnet_group.main.name'),
    encrypted: true,
    publicly_accessible: false,
    skip_final_snapshot: false,
    final_snapshot_identifier: m.name('final'),
  });
  if (m.present.has('s3') && m.take(/\blogs?\b|\blogging\b|\baudit\b/i) !== undefined) {
    m.need('s3');
    m.resource('aws_redshift_logging', 'main', { cluster_identifier: raw('aws_redshift_cluster.main.id'), log_destination_type: 's3', bucket_name: raw('aws_s3_bucket.main.id'), s3_key_prefix: 'redshift/' }); // prettier-ignore
  }
}

function emr(m: TofuModule): void {
  const service = m.role(
    'emr',
    ['elasticmapreduce.amazonaws.com'],
    [],
    ['arn:aws:iam::aws:policy/service-role/AmazonElasticMapReduceRole'],
  );
  const node = m.role(
    'emr_node',
    ['ec2.amazonaws.com'],
    [],
    ['arn:aws:iam::aws:policy/service-role/AmazonElasticMapReduceforEC2Role'],
  );
  m.resource('aws_iam_instance_profile', 'emr', { name: m.name('emr'), role: raw(`${node}.name`) });
  const type = m.take(/\b[a-z]\d[a-z]*\.\d*x?large\b/i)?.[0] ?? 'm5.xlarge';
  m.resource('aws_emr_cluster', 'main', {
    name: m.name('emr', m.called('cluster')),
    release_label: 'emr-7.5.0',
    applications: m.has(/\bhadoop\b/i) ? ['Hadoop', 'Spark'] : ['Spark'],
    service_role: raw(`${service}.arn`),
    ec2_attributes: nested({
      instance_profile: raw('aws_iam_instance_profile.emr.arn'),
      subnet_id: raw(`${m.network().privateSubnets.text}[0]`),
    }),
    master_instance_group: nested({ instance_type: type }),
    core_instance_group: nested({ instance_type: type, instance_count: m.count('(?:core|node)', 2) }),
  });
}

export const DATA: readonly Component[] = [
  {
    id: 'dynamodb',
    names:
      /\bdynamo ?db\b|(?<!\b(?:route|routing|glue|catalog|target|look-?up|hash|iceberg|prefix) )\btable\s+(?!in\b|of\b|for\b|with\b|that\b|which\b|is\b|and\b)["'`]?[a-z]/i,
    make: dynamodb,
  },
  {
    id: 'rds',
    names:
      /\brds\b|\baurora\b|\b(?:postgres(?:ql)?|mysql|maria ?db|sql server|oracle)(?: relational)?(?: database| instance| db)?\b|\brelational database\b/i,
    make: rds,
  },
  { id: 'elasticache', names: /\belasti ?cache\b|\b(?:redis|memcached|valkey)\b/i, make: elasticache },
  { id: 'redshift', names: /\bredshift\b|\bdata warehouse\b/i, make: redshift },
  { id: 'emr', names: /\bemr\b|\belastic map ?reduce\b/i, make: emr },
];
