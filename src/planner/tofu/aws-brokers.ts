/** Brokers, search, and databases of graphs and documents, with their settings as tables. */
import type { Component } from './components.ts';
import { choice, flag, number, size, span, text, withFields, type Field } from './fields.ts';
import { nested, raw, type Body } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { accessTo } from './network.ts';

const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** "maintained on Sundays at 03:00". */
function maintenance(m: TofuModule): Body {
  const match = m.take(
    /\bmaint\w*\b[^.;]{0,24}?\b((?:mon|tues|wednes|thurs|fri|satur|sun)day)s?\b[^.;\d]{0,12}(\d{1,2}(?::\d{2})?)/i,
  );
  const day = match?.[1]?.toLowerCase();
  if (day === undefined || !DAYS.includes(day)) return {};
  const time = (match?.[2] ?? '3').includes(':') ? (match?.[2] ?? '03:00') : `${match?.[2] ?? '3'}:00`;
  return { maintenance_window_start_time: nested({ day_of_week: day.toUpperCase(), time_of_day: time.padStart(5, '0'), time_zone: 'UTC' }) }; // prettier-ignore
}

function mq(m: TofuModule): void {
  const rabbit = m.has(/rabbit/i);
  const many = m.take(/\b(?:cluster|three|3)\b[^.;,]{0,16}(?:nodes?|brokers?|of three)?|\bhigh(?:ly)? availab\w+\b|\bactive\W+standby\b|\bmulti-?az\b/i) !== undefined; // prettier-ignore
  m.resource(
    'aws_mq_broker',
    'main',
    withFields(
      m,
      {
        broker_name: m.name('broker', m.called('broker')),
        engine_type: rabbit ? 'RabbitMQ' : 'ActiveMQ',
        engine_version: rabbit ? '3.13' : '5.18',
        host_instance_type: many ? 'mq.m5.large' : 'mq.t3.micro',
        deployment_mode: many ? (rabbit ? 'CLUSTER_MULTI_AZ' : 'ACTIVE_STANDBY_MULTI_AZ') : 'SINGLE_INSTANCE',
        auto_minor_version_upgrade: true,
        publicly_accessible: false,
        ...maintenance(m),
        logs: nested({ general: true, ...(rabbit ? {} : { audit: m.has(/\baudit\b/i) }) }),
        user: nested({
          username: m.take(/\buser(?:name)?\s+(?:called |named )?["'`]?([a-z]\w*)/i)?.[1] ?? 'app',
          password: m.variable(m.variableFor('\\bpassword\\b') ?? 'broker_password', 'string', 'Password of the broker user; hand it over as a secret.', { sensitive: true }), // prettier-ignore
        }),
      },
      [text('host_instance_type', '', 'mq\\.[a-z0-9]+\\.\\w+'), text('engine_version', 'version', '\\d+\\.\\d+')],
    ),
  );
}

function msk(m: TofuModule): void {
  const group = m.securityGroup('kafka', 'Kafka', [{ port: 9094, ...accessTo(m, 'kafka|msk|9094|brokers?') }]);
  const iam = m.take(/\biam auth\w*|\biam access control\b/i) !== undefined;
  const scram = m.take(/\bscram\b|\busername and password\b/i) !== undefined;
  const logged = m.take(/\blogs?\b[^.;,]{0,24}\bcloud ?watch\b|\bcloud ?watch\b[^.;,]{0,24}\blogs?\b/i) !== undefined;
  if (logged) m.resource('aws_cloudwatch_log_group', 'kafka', { name: m.name('kafka'), retention_in_days: 14 });
  if (m.present.has('kms')) m.need('kms');
  const gigabytes = m.gigabytes('(?:storage|disk|ebs|volumes?|broker|each)') ?? Number(m.take(/\b(\d{2,5})\s?(?:GB|GiB)\b/i)?.[1] ?? 100); // prettier-ignore
  m.resource('aws_msk_cluster', 'main', {
    cluster_name: m.name('kafka', m.called('(?:msk |kafka )?cluster')),
    kafka_version: m.take(/\b(?:kafka|version)\s+(?:version\s+)?(\d\.\d+\.[\dx]+)/i)?.[1] ?? '3.7.x',
    number_of_broker_nodes: m.count('broker', 3),
    enhanced_monitoring: 'PER_BROKER',
    broker_node_group_info: nested({
      instance_type: m.take(/\bkafka\.[a-z0-9]+\.[a-z0-9]+\b/i)?.[0] ?? 'kafka.t3.small',
      client_subnets: m.network().privateSubnets,
      security_groups: [raw(`${group}.id`)],
      storage_info: nested({ ebs_storage_info: nested({ volume_size: gigabytes }) }),
    }),
    encryption_info: nested({
      ...(m.present.has('kms') ? { encryption_at_rest_kms_key_arn: raw('aws_kms_key.main.arn') } : {}),
      encryption_in_transit: nested({ client_broker: 'TLS', in_cluster: true }),
    }),
    ...(iam || scram ? { client_authentication: nested({ sasl: nested({ ...(iam ? { iam: true } : {}), ...(scram ? { scram: true } : {}) }) }) } : {}), // prettier-ignore
    ...(logged ? { logging_info: nested({ broker_logs: nested({ cloudwatch_logs: nested({ enabled: true, log_group: raw('aws_cloudwatch_log_group.kafka.name') }) }) }) } : {}), // prettier-ignore
  });
  m.output('brokers', iam ? 'aws_msk_cluster.main.bootstrap_brokers_sasl_iam' : 'aws_msk_cluster.main.bootstrap_brokers_tls', 'Where Kafka answers.'); // prettier-ignore
}

const SEARCH: readonly Field[] = [
  text('cluster_config.instance_type', '', '[a-z0-9]+\\.[a-z0-9]+\\.search'),
  number('cluster_config.instance_count', '(?:[a-z0-9.]+\\s+)?(?:data )?(?:nodes|instances)'),
  size('ebs_options.volume_size', 'storage|disk|ebs|volumes?|gp3|each', 'GB'),
];

function opensearch(m: TofuModule): void {
  const elastic = m.has(/\belastic ?search\b/i) && !m.has(/\bopen ?search\b/i);
  const version = m.take(/\b(?:version|open ?search|elastic ?search)\s+v?(\d+\.\d+)\b/i)?.[1];
  const masters = m.take(/\b(\d|three|two)\s+(?:dedicated )?master(?: node)?s?\b/i)?.[1];
  const zones = m.take(/\b(?:in|across|over)\s+(two|three|2|3)\s+(?:availability )?(?:zones|azs)\b/i)?.[1];
  const count = zones === undefined ? 0 : /^(?:3|three)$/i.test(zones) ? 3 : 2;
  const inside = m.has(/\b(?:inside|in|within) (?:a|the|our|its) (?:vpc|private subnets?)\b|\bprivate subnets?\b/i) || m.present.has('vpc') || m.declared().size > 0; // prettier-ignore
  const group = inside ? m.securityGroup('search', 'Search', [{ port: 443, ...accessTo(m, 'search|opensearch|443') }]) : undefined; // prettier-ignore
  const fine = m.take(/\bfine-grained access(?: control)?\b|\bmaster user\b/i) !== undefined;
  const base: Body = {
    domain_name: m.name('search', m.called('domain')),
    engine_version: elastic ? `Elasticsearch_${version ?? '7.10'}` : `OpenSearch_${version ?? '2.17'}`,
    cluster_config: nested({
      instance_type: 't3.small.search',
      instance_count: Math.max(1, count),
      ...(count > 1 ? { zone_awareness_enabled: true, zone_awareness_config: nested({ availability_zone_count: count }) } : {}), // prettier-ignore
      ...(masters === undefined ? {} : { dedicated_master_enabled: true, dedicated_master_count: /^\d$/.test(masters) ? Number(masters) : masters === 'two' ? 2 : 3, dedicated_master_type: 'm6g.large.search' }), // prettier-ignore
    }),
    ebs_options: nested({ ebs_enabled: true, volume_type: 'gp3', volume_size: 20 }),
    encrypt_at_rest: nested({ enabled: true }),
    node_to_node_encryption: nested({ enabled: true }),
    domain_endpoint_options: nested({ enforce_https: true, tls_security_policy: 'Policy-Min-TLS-1-2-2019-07' }),
    ...(fine ? { advanced_security_options: nested({ enabled: true, internal_user_database_enabled: true, master_user_options: nested({ master_user_name: 'app', master_user_password: m.variable('search_password', 'string', 'Password of the main user.', { sensitive: true }) }) }) } : {}), // prettier-ignore
    ...(group === undefined ? {} : { vpc_options: nested({ subnet_ids: raw(`slice(${m.network().privateSubnets.text}, 0, ${Math.max(1, Math.min(count || 1, 3))})`), security_group_ids: [raw(`${group}.id`)] }) }), // prettier-ignore
  };
  m.resource('aws_opensearch_domain', 'main', withFields(m, base, SEARCH));
  m.output('search_endpoint', 'aws_opensearch_domain.main.endpoint', 'Where the search answers.');
}

function docdb(m: TofuModule, kind: 'docdb' | 'neptune'): void {
  const port = kind === 'docdb' ? 27017 : 8182;
  const exports = kind === 'docdb' ? 'enabled_cloudwatch_logs_exports' : 'enable_cloudwatch_logs_exports';
  const group = m.securityGroup(kind, 'The database', [{ port, ...accessTo(m, 'database|cluster|docdb|documentdb|neptune') }]); // prettier-ignore
  m.resource(`aws_${kind}_subnet_group`, 'main', { name: m.name(kind), subnet_ids: m.network().privateSubnets });
  const logs = (['audit', 'profiler', 'slowquery'] as const).filter((l) => m.take(new RegExp(`\\b${l === 'slowquery' ? 'slow ?query' : l}\\b(?: logs?)?`, 'i')) !== undefined); // prettier-ignore
  const enforced =
    kind === 'docdb' && m.take(/\btls (?:is )?(?:enforced|required|enabled|on)\b|\bparameter group\b/i) !== undefined;
  if (enforced) m.resource('aws_docdb_cluster_parameter_group', 'main', { name: m.name('parameters'), family: 'docdb5.0', parameter: nested({ name: 'tls', value: 'enabled' }) }); // prettier-ignore
  const base: Body = {
    cluster_identifier: m.name(kind, m.called('(?:cluster|neptune|documentdb)')),
    ...(kind === 'docdb'
      ? { engine: 'docdb', master_username: 'app', manage_master_user_password: true, db_subnet_group_name: raw('aws_docdb_subnet_group.main.name') }
      : { engine: 'neptune', neptune_subnet_group_name: raw('aws_neptune_subnet_group.main.name'), iam_database_authentication_enabled: true }), // prettier-ignore
    vpc_security_group_ids: [raw(`${group}.id`)],
    storage_encrypted: true,
    ...(m.present.has('kms') ? (m.need('kms'), { kms_key_arn: raw('aws_kms_key.main.arn') }) : {}),
    backup_retention_period: 7,
    deletion_protection: true,
    skip_final_snapshot: false,
    final_snapshot_identifier: m.name('final'),
    ...(enforced ? { db_cluster_parameter_group_name: raw('aws_docdb_cluster_parameter_group.main.name') } : {}),
    ...(logs.length === 0 ? {} : { [kind === 'docdb' ? exports : exports]: [...logs] }),
  };
  m.resource(`aws_${kind}_cluster`, 'main', withFields(m, base, [
    span('backup_retention_period', 'backups?|retention|retain\\w*|kept', 'days'),
    flag('deletion_protection', 'deletion protection|protected against deletion'),
    choice('engine_version', [['5\\.0', '5.0.0'], ['4\\.0', '4.0.0']]),
  ].slice(0, kind === 'docdb' ? 3 : 2))); // prettier-ignore
  m.resource(`aws_${kind}_cluster_instance`, 'main', {
    count: m.count('(?:instance|node)', 1),
    identifier: raw(`"\${var.name}-${kind}-\${count.index}"`),
    cluster_identifier: raw(`aws_${kind}_cluster.main.id`),
    instance_class: m.take(/\bdb\.[a-z0-9]+\.[a-z0-9]+\b/i)?.[0] ?? 'db.t4g.medium',
  });
  m.output('endpoint', `aws_${kind}_cluster.main.endpoint`, 'Where the database answers.');
}

export const BROKERS: readonly Component[] = [
  { id: 'mq', names: /\bamazon mq\b|\bactive ?mq\b|\brabbit ?mq\b/i, make: mq },
  { id: 'msk', names: /\bmsk\b|\bmanaged (?:streaming for )?(?:apache )?kafka\b|\bkafka\b/i, make: msk },
  { id: 'opensearch', names: /\bopen ?search\b|\belastic ?search\b/i, make: opensearch },
  {
    id: 'docdb',
    names: /\bdocument ?db\b/i,
    make: (m) => {
      docdb(m, 'docdb');
    },
  },
  {
    id: 'neptune',
    names: /\bneptune\b|\bgraph database\b/i,
    make: (m) => {
      docdb(m, 'neptune');
    },
  },
];
