/** What watches an account, and stores beside the usual ones: findings, checks, proxies, caches, copies. */
import { choice, flag, number, size, span, text } from './fields.ts';
import { nested, raw, type Body } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { component, linked } from './rows.ts';
import type { Component } from './components.ts';

/** Pools connections; its password comes from where the database keeps it. */
function proxy(m: TofuModule): void {
  m.present.add('rds');
  m.need('rds');
  const cluster = m.hasResource('aws_rds_cluster.main');
  const address = cluster ? 'aws_rds_cluster.main' : 'aws_db_instance.main';
  const secret = raw(`${address}.master_user_secret[0].secret_arn`);
  const role = m.role('proxy', ['rds.amazonaws.com'], [{ actions: ['secretsmanager:GetSecretValue'], resources: [secret] }]); // prettier-ignore
  m.resource('aws_db_proxy', 'main', {
    name: m.name('proxy', m.called('proxy')),
    engine_family: m.has(/\bpostgres/i) ? 'POSTGRESQL' : m.has(/\bsql server\b/i) ? 'SQLSERVER' : 'MYSQL',
    role_arn: raw(`${role}.arn`),
    vpc_subnet_ids: m.network().privateSubnets,
    vpc_security_group_ids: [raw('aws_security_group.database.id')],
    require_tls: true,
    idle_client_timeout: m.seconds('idle(?: client)?(?: timeout)?') ?? 1800,
    auth: nested({ auth_scheme: 'SECRETS', iam_auth: m.has(/\biam auth/i) ? 'REQUIRED' : 'DISABLED', secret_arn: secret }), // prettier-ignore
  });
  const most = m.take(/\b(\d{1,3})\s?(?:%|percent)\b[^.;,]{0,24}\bconnections?\b|\bmax(?:imum)? connections?\b[^.;,\d]{0,12}(\d{1,3})\s?(?:%|percent)/i); // prettier-ignore
  m.resource('aws_db_proxy_default_target_group', 'main', {
    db_proxy_name: raw('aws_db_proxy.main.name'),
    connection_pool_config: nested({ max_connections_percent: Number(most?.[1] ?? most?.[2] ?? 100) }),
  });
  m.resource('aws_db_proxy_target', 'main', {
    db_proxy_name: raw('aws_db_proxy.main.name'),
    target_group_name: raw('aws_db_proxy_default_target_group.main.name'),
    ...(cluster ? { db_cluster_identifier: raw(`${address}.cluster_identifier`) } : { db_instance_identifier: raw(`${address}.identifier`) }), // prettier-ignore
  });
  m.output('proxy_endpoint', 'aws_db_proxy.main.endpoint', 'Where the proxy answers.');
}

const STANDARDS: readonly (readonly [RegExp, string])[] = [
  [/\bcis\b/i, 'standards/cis-aws-foundations-benchmark/v/3.0.0'],
  [/\bpci\b/i, 'standards/pci-dss/v/3.2.1'],
  [/\bnist\b/i, 'standards/nist-800-53/v/5.0.0'],
  [/\bfoundational|best practices|\bfsbp\b/i, 'standards/aws-foundational-security-best-practices/v/1.0.0'],
];

function standards(m: TofuModule): void {
  for (const [words, arn] of STANDARDS) {
    if (m.take(words) === undefined) continue;
    m.resource('aws_securityhub_standards_subscription', arn.split('/')[1]?.replace(/\W+/g, '_') ?? 'main', {
      standards_arn: raw(`"arn:aws:securityhub:\${var.region}::${arn}"`),
      depends_on: [raw('aws_securityhub_account.main')],
    });
  }
}

/** Daily copies of volumes that carry a tag. */
function lifecycle(m: TofuModule): Body {
  const role = m.role('snapshots', ['dlm.amazonaws.com'], [], ['arn:aws:iam::aws:policy/service-role/AWSDataLifecycleManagerServiceRole']); // prettier-ignore
  const tag = m.take(/\btag(?:s|ged)?\s+(?:with\s+)?["'`]?(\w[\w-]*)["'`]?\s*[=:]\s*["'`]?([\w-]+)/i);
  const every = Number(m.take(/\bevery (\d+) hours\b/i)?.[1] ?? 24);
  const time = m.take(/\b(\d{2}:\d{2})\b/)?.[1] ?? '03:00';
  const kept = m.take(/\b(?:keep|keeps|kept|retain\w*|last)\s+(?:the\s+)?(?:last\s+|newest\s+)?(\d+)\b/i)?.[1];
  return {
    description: 'Snapshots of volumes',
    execution_role_arn: raw(`${role}.arn`),
    state: 'ENABLED',
    policy_details: nested({
      resource_types: [m.has(/\binstances?\b/i) && !m.has(/\bvolumes?\b/i) ? 'INSTANCE' : 'VOLUME'],
      target_tags: { [tag?.[1] ?? 'snapshot']: tag?.[2] ?? 'true' },
      schedule: nested({
        name: 'daily',
        create_rule: nested({ interval: every, interval_unit: 'HOURS', times: [time] }),
        retain_rule: nested({ count: Number(kept ?? 7) }),
        copy_tags: true,
      }),
    }),
  };
}

const dax = (m: TofuModule): Body => {
  const table = linked(m, 'dynamodb');
  const role = m.role('dax', ['dax.amazonaws.com'], table ? [{ actions: ['dynamodb:*Item', 'dynamodb:Query', 'dynamodb:Scan', 'dynamodb:DescribeTable'], resources: [raw('aws_dynamodb_table.main.arn')] }] : []); // prettier-ignore
  m.resource('aws_dax_subnet_group', 'main', { name: m.name('dax'), subnet_ids: m.network().privateSubnets });
  return {
    iam_role_arn: raw(`${role}.arn`),
    node_type: m.take(/\bdax\.[a-z0-9]+\.\w+/i)?.[0] ?? 'dax.t3.small',
    replication_factor: 3,
    cluster_endpoint_encryption_type: 'TLS',
    server_side_encryption: nested({ enabled: true }),
    subnet_group_name: raw('aws_dax_subnet_group.main.name'),
  };
};

function memorydb(m: TofuModule): Body {
  m.resource('aws_memorydb_subnet_group', 'main', { name: m.name('memory'), subnet_ids: m.network().privateSubnets });
  return {
    node_type: m.take(/\bdb\.[a-z0-9]+\.\w+/i)?.[0] ?? 'db.t4g.small',
    acl_name: 'open-access',
    tls_enabled: true,
    subnet_group_name: raw('aws_memorydb_subnet_group.main.name'),
  };
}

export const GUARDIANS: readonly Component[] = [
  { id: 'proxy', names: /\b(?:rds|db|database) prox(?:y|ies)\b/i, make: proxy },
  component({ id: 'securityhub', names: /\bsecurity ?hub\b/i, type: 'aws_securityhub_account', body: () => ({ enable_default_standards: false }), beside: standards }),
  component({
    id: 'inspector', names: /\binspector\b/i, type: 'aws_inspector2_enabler',
    body: (m) => {
      m.data('aws_caller_identity', 'current', {});
      const kinds = ([[/\bec2\b|\binstances?\b/i, 'EC2'], [/\becr\b|\bimages?\b/i, 'ECR'], [/\blambda\b|\bfunctions?\b/i, 'LAMBDA']] as const).filter(([p]) => m.has(p)).map(([, k]) => k);
      return { account_ids: [raw('data.aws_caller_identity.current.account_id')], resource_types: kinds.length === 0 ? ['EC2', 'ECR', 'LAMBDA'] : kinds };
    },
  }),
  component({ id: 'macie', names: /\bmacie\b/i, type: 'aws_macie2_account', body: () => ({ status: 'ENABLED', finding_publishing_frequency: 'FIFTEEN_MINUTES' }) }),
  component({
    id: 'analyzer', names: /\baccess analy[sz]er\b/i, type: 'aws_accessanalyzer_analyzer', called: ['analy[sz]er', 'analyzer_name', 'analyzer'],
    body: (m) => ({ type: m.has(/\borgani[sz]ation\b/i) ? 'ORGANIZATION' : 'ACCOUNT' }),
  }),
  component({ id: 'detective', names: /\bamazon detective\b/i, type: 'aws_detective_graph' }),
  component({ id: 'dlm', names: /\bdata lifecycle manager\b|\bdlm\b|\bsnapshot lifecycle\b|\bebs snapshots?\b/i, type: 'aws_dlm_lifecycle_policy', body: lifecycle }),
  component({ id: 'dax', names: /\bdax\b(?!\.)/i, type: 'aws_dax_cluster', called: ['(?:dax )?cluster', 'cluster_name', 'dax'], body: dax, fields: [number('replication_factor', 'nodes?|replication factor')] }),
  component({ id: 'memorydb', names: /\bmemory ?db\b/i, type: 'aws_memorydb_cluster', called: ['cluster', 'name', 'memory'], body: memorydb, fields: [number('num_shards', 'shards?'), number('num_replicas_per_shard', 'replicas?(?: per shard)?'), span('snapshot_retention_limit', 'snapshots?|backups?', 'days')] }),
  component({
    id: 'timestream', names: /\btime ?stream\b/i, type: 'aws_timestreamwrite_database',
    body: (m) => ({ database_name: m.called('database') ?? raw('var.name') }),
    beside: (m) => void m.resource('aws_timestreamwrite_table', 'main', {
      database_name: raw('aws_timestreamwrite_database.main.database_name'), table_name: m.called('table') ?? 'metrics',
      retention_properties: nested({ memory_store_retention_period_in_hours: Math.round((m.seconds('memory(?: store)?') ?? 86_400) / 3600), magnetic_store_retention_period_in_days: Math.round((m.seconds('magnetic(?: store)?') ?? 31_536_000) / 86_400) }),
    }),
  }),
  component({
    id: 'keyspaces', names: /\bkeyspaces?\b/i, type: 'aws_keyspaces_keyspace',
    body: (m) => ({ name: (m.called('keyspace') ?? 'app').replace(/-/g, '_') }),
  }),
  component({
    id: 'redshiftserverless', names: /\bredshift serverless\b|\bserverless redshift\b/i, type: 'aws_redshiftserverless_namespace',
    body: (m) => ({ namespace_name: m.called('namespace') ?? raw('var.name'), admin_username: 'app', manage_admin_password: true, db_name: 'app' }),
    beside: (m) => void m.resource('aws_redshiftserverless_workgroup', 'main', { namespace_name: raw('aws_redshiftserverless_namespace.main.namespace_name'), workgroup_name: m.called('work ?group') ?? raw('var.name'), base_capacity: Number(m.take(/\b(\d+)\s*rpus?\b/i)?.[1] ?? 32), publicly_accessible: false, subnet_ids: m.network().privateSubnets }),
  }),
  component({
    id: 'opensearchserverless', names: /\bopen ?search serverless\b|\bserverless open ?search\b/i, type: 'aws_opensearchserverless_collection', called: ['collection', 'name', 'search'],
    body: (m) => {
      const name = m.called('collection') ?? 'search';
      m.resource('aws_opensearchserverless_security_policy', 'main', { name: `${name}-encryption`, type: 'encryption', policy: raw(`jsonencode({\n  Rules       = [{ ResourceType = "collection", Resource = ["collection/${name}"] }]\n  AWSOwnedKey = true\n})`) });
      return { name, depends_on: [raw('aws_opensearchserverless_security_policy.main')] };
    },
    fields: [choice('type', [['vector ?search', 'VECTORSEARCH'], ['time ?series', 'TIMESERIES'], ['search', 'SEARCH']])],
  }),
  component({
    id: 'dms', names: /\bdms\b|\bdatabase migration service\b/i, type: 'aws_dms_replication_instance', called: ['replication instance', 'replication_instance_id', 'migration'],
    body: (m) => ({ replication_instance_class: m.take(/\bdms\.[a-z0-9]+\.\w+/i)?.[0] ?? 'dms.t3.medium', publicly_accessible: false }),
    fields: [size('allocated_storage', 'storage|disk|volume', 'GB'), flag('multi_az', 'multi-?az')],
  }),
  component({
    id: 'mwaa', names: /\bmwaa\b|\bmanaged (?:workflows for )?(?:apache )?airflow\b/i, type: 'aws_mwaa_environment', called: ['environment', 'name', 'airflow'],
    body: (m) => {
      m.present.add('s3');
      m.need('s3');
      const role = m.role('airflow', ['airflow.amazonaws.com', 'airflow-env.amazonaws.com'], [{ actions: ['s3:GetObject*', 's3:GetBucket*', 's3:List*'], resources: [raw('aws_s3_bucket.main.arn'), raw('"${aws_s3_bucket.main.arn}/*"')] }]);
      return {
        dag_s3_path: 'dags/', execution_role_arn: raw(`${role}.arn`), source_bucket_arn: raw('aws_s3_bucket.main.arn'), environment_class: 'mw1.small',
        network_configuration: nested({ security_group_ids: [raw(`${m.securityGroup('airflow', 'Airflow', [])}.id`)], subnet_ids: raw(`slice(${m.network().privateSubnets.text}, 0, 2)`) }),
      };
    },
    fields: [number('max_workers', 'max(?:imum)? workers|workers'), text('airflow_version', '(?:airflow )?version', '\\d+\\.\\d+\\.\\d+'), text('environment_class', 'class', 'mw1\\.\\w+')],
  }),
  component({
    id: 'organization', names: /\bservice control polic(?:y|ies)\b|\bscps?\b/i, type: 'aws_organizations_policy', called: ['policy', 'name', 'guard'],
    body: (m) => {
      const regions = [...new Set([...m.text.text.matchAll(/\b(?:us|eu|ap|sa|ca|me|af)-[a-z]+-\d\b/gi)].map((r) => r[0].toLowerCase()))];
      const condition = regions.length === 0 ? '' : `\n    Condition = { StringNotEquals = { "aws:RequestedRegion" = ${JSON.stringify(regions)} } }`;
      const actions = regions.length > 0 ? ['*'] : m.has(/\bleav/i) ? ['organizations:LeaveOrganization'] : m.has(/\bcloud ?trail\b/i) ? ['cloudtrail:StopLogging', 'cloudtrail:DeleteTrail'] : m.has(/\broot\b/i) ? ['*'] : ['organizations:LeaveOrganization'];
      return { type: 'SERVICE_CONTROL_POLICY', content: raw(`jsonencode({\n  Version = "2012-10-17"\n  Statement = [{\n    Effect   = "Deny"\n    Action   = ${JSON.stringify(actions)}\n    Resource = "*"${condition}\n  }]\n})`) };
    },
    beside: (m) => void m.resource('aws_organizations_policy_attachment', 'main', { policy_id: raw('aws_organizations_policy.main.id'), target_id: m.take(/\b((?:ou|r)-[a-z0-9-]{4,}|\d{12})\b/)?.[1] ?? m.variable('target_id', 'string', 'Account, unit or root that the policy binds.') }),
  }),
]; // prettier-ignore
