/** Storage, databases, caches and analytics on AWS. Passwords are made and kept by AWS, never written. */
import type { Component } from './components.ts';
import { nested, raw, type Block, type Body } from './hcl.ts';
import { rowFor, type TofuModule } from './module.ts';

function s3(m: TofuModule): void {
  const website = m.has(/\bstatic (?:web ?)?(?:site|hosting)|\bweb ?site\b/i) && !m.present.has('cloudfront');
  const kms = m.has(/\bkms\b|customer[- ]managed/i);
  if (kms && m.present.has('kms')) m.need('kms');
  m.resource('aws_s3_bucket', 'main', {
    bucket: m.called('bucket')?.toLowerCase() ?? raw('"${var.name}-${data.aws_caller_identity.current.account_id}"'),
    ...(m.has(/\bobject lock\b/i) ? { object_lock_enabled: true } : {}),
  });
  m.data('aws_caller_identity', 'current', {});
  const bucket = raw('aws_s3_bucket.main.id');
  m.resource('aws_s3_bucket_public_access_block', 'main', {
    bucket,
    block_public_acls: true,
    block_public_policy: !website,
    ignore_public_acls: true,
    restrict_public_buckets: !website,
  });
  m.resource('aws_s3_bucket_ownership_controls', 'main', {
    bucket,
    rule: nested({ object_ownership: 'BucketOwnerEnforced' }),
  });
  m.take(/\b(?:server[- ]side )?encrypt\w*(?: at rest)?\b/i);
  m.resource('aws_s3_bucket_server_side_encryption_configuration', 'main', {
    bucket,
    rule: nested({
      apply_server_side_encryption_by_default: nested(
        kms
          ? {
              sse_algorithm: 'aws:kms',
              ...(m.present.has('kms') ? { kms_master_key_id: raw('aws_kms_key.main.arn') } : {}),
            }
          : { sse_algorithm: 'AES256' },
      ),
      ...(kms ? { bucket_key_enabled: true } : {}),
    }),
  });
  if (!m.has(/\b(?:no|without|disable[sd]?) versioning\b/i)) {
    m.take(/\bversion(?:ed|ing|s)?\b/i);
    m.resource('aws_s3_bucket_versioning', 'main', {
      bucket,
      versioning_configuration: nested({ status: 'Enabled' }),
    });
  }
  lifecycle(m);
  if (website) {
    m.resource('aws_s3_bucket_website_configuration', 'main', {
      bucket,
      index_document: nested({
        suffix: m.take(/\bindex(?: document| page)?\s+(?:is\s+)?([\w-]+\.html)/i)?.[1] ?? 'index.html',
      }),
      error_document: nested({
        key: m.take(/\berror(?: document| page)?\s+(?:is\s+)?([\w-]+\.html)/i)?.[1] ?? 'error.html',
      }),
    });
    const read = m.data('aws_iam_policy_document', 'website', {
      statement: nested({
        actions: ['s3:GetObject'],
        resources: [raw('"${aws_s3_bucket.main.arn}/*"')],
        principals: nested({ type: '*', identifiers: ['*'] }),
      }),
    });
    m.resource('aws_s3_bucket_policy', 'main', {
      bucket,
      policy: raw(`${read}.json`),
      depends_on: [raw('aws_s3_bucket_public_access_block.main')],
    });
    m.output('website', 'aws_s3_bucket_website_configuration.main.website_endpoint', 'Address of the site.');
  } else if (
    m.has(
      /\b(?:tls|https|ssl|secure transport)\b[^.;]{0,20}\bonly\b|\bonly\b[^.;]{0,20}\b(?:tls|https|ssl|secure transport)\b|\bden(?:y|ies) (?:http|unencrypted|insecure)/i,
    )
  ) {
    const deny = m.data('aws_iam_policy_document', 'tls_only', {
      statement: nested({
        effect: 'Deny',
        actions: ['s3:*'],
        resources: [raw('aws_s3_bucket.main.arn'), raw('"${aws_s3_bucket.main.arn}/*"')],
        principals: nested({ type: '*', identifiers: ['*'] }),
        condition: nested({ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }),
      }),
    });
    m.resource('aws_s3_bucket_policy', 'main', { bucket, policy: raw(`${deny}.json`) });
  }
  if (m.has(/\bcors\b/i))
    m.resource('aws_s3_bucket_cors_configuration', 'main', {
      bucket,
      cors_rule: nested({
        allowed_methods: ['GET', 'HEAD', ...(m.has(/\bput|upload/i) ? ['PUT', 'POST'] : [])],
        allowed_origins: [m.take(/\b(https?:\/\/[\w.-]+)/i)?.[1] ?? '*'],
        allowed_headers: ['*'],
        max_age_seconds: 3000,
      }),
    });
  if (m.has(/\baccess log|\blogging bucket|\bserver access\b|\blogs? (?:in|to) (?:a|another|its own|separate)\b/i)) {
    m.resource('aws_s3_bucket', 'logs', {
      bucket: raw('"${var.name}-logs-${data.aws_caller_identity.current.account_id}"'),
    });
    m.resource('aws_s3_bucket_public_access_block', 'logs', {
      bucket: raw('aws_s3_bucket.logs.id'),
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    m.resource('aws_s3_bucket_logging', 'main', {
      bucket,
      target_bucket: raw('aws_s3_bucket.logs.id'),
      target_prefix: 'access/',
    });
  }
  if (m.has(/\breplicat/i)) replication(m);
  notifications(m);
  m.output('bucket', 'aws_s3_bucket.main.id', 'Name of the bucket.');
}

function lifecycle(m: TofuModule): void {
  const days = (pattern: RegExp): number | undefined => {
    const match = m.take(pattern);
    return match?.[1] === undefined
      ? undefined
      : Number(match[1]) * (/year/i.test(match[2] ?? '') ? 365 : /month/i.test(match[2] ?? '') ? 30 : 1);
  };
  const glacier =
    days(/\bglacier\b[^.;\d]{0,24}(\d+)\s*(days?|months?|years?)/i) ??
    days(/(\d+)\s*(days?|months?|years?)[^.;\d]{0,24}\bglacier/i);
  const infrequent =
    days(/\b(?:infrequent|standard[-_ ]ia|IA)\b[^.;\d]{0,24}(\d+)\s*(days?|months?)/i) ??
    days(/(\d+)\s*(days?|months?)[^.;\d]{0,24}\b(?:infrequent|standard[-_ ]ia|IA)\b/);
  const expire =
    days(/\b(?:expir\w+|delet\w+|remov\w+)\b[^.;\d]{0,24}(\d+)\s*(days?|months?|years?)/i) ??
    days(/(\d+)\s*(days?|months?|years?)[^.;\d]{0,20}\b(?:expir|delet|remov)/i);
  const asked = glacier ?? infrequent ?? expire;
  if (asked === undefined && !m.has(/\blife ?cycle\b/i)) return;
  const transition: Block[] = [
    ...(infrequent === undefined ? [] : [nested({ days: Math.max(30, infrequent), storage_class: 'STANDARD_IA' })]),
    ...(glacier === undefined
      ? asked === undefined
        ? [nested({ days: 90, storage_class: 'GLACIER' })]
        : []
      : [nested({ days: glacier, storage_class: m.has(/\bdeep archive\b/i) ? 'DEEP_ARCHIVE' : 'GLACIER' })]),
  ];
  m.resource('aws_s3_bucket_lifecycle_configuration', 'main', {
    bucket: raw('aws_s3_bucket.main.id'),
    rule: nested({
      id: 'age',
      status: 'Enabled',
      filter: nested({}),
      ...(transition.length === 0 ? {} : { transition }),
      ...(expire === undefined ? {} : { expiration: nested({ days: expire }) }),
      abort_incomplete_multipart_upload: nested({ days_after_initiation: 7 }),
      noncurrent_version_expiration: nested({ noncurrent_days: 90 }),
    }),
  });
}

function replication(m: TofuModule): void {
  m.resource('aws_s3_bucket', 'replica', {
    bucket: raw('"${var.name}-replica-${data.aws_caller_identity.current.account_id}"'),
  });
  m.resource('aws_s3_bucket_versioning', 'replica', {
    bucket: raw('aws_s3_bucket.replica.id'),
    versioning_configuration: nested({ status: 'Enabled' }),
  });
  const role = m.role(
    'replication',
    ['s3.amazonaws.com'],
    [
      { actions: ['s3:GetReplicationConfiguration', 's3:ListBucket'], resources: [raw('aws_s3_bucket.main.arn')] },
      {
        actions: ['s3:GetObjectVersionForReplication', 's3:GetObjectVersionAcl', 's3:GetObjectVersionTagging'],
        resources: [raw('"${aws_s3_bucket.main.arn}/*"')],
      },
      {
        actions: ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'],
        resources: [raw('"${aws_s3_bucket.replica.arn}/*"')],
      },
    ],
  );
  m.resource('aws_s3_bucket_replication_configuration', 'main', {
    bucket: raw('aws_s3_bucket.main.id'),
    role: raw(`${role}.arn`),
    rule: nested({
      id: 'all',
      status: 'Enabled',
      filter: nested({}),
      delete_marker_replication: nested({ status: 'Enabled' }),
      destination: nested({ bucket: raw('aws_s3_bucket.replica.arn'), storage_class: 'STANDARD' }),
    }),
    depends_on: [raw('aws_s3_bucket_versioning.main')],
  });
}

/** "every object created in the bucket must notify …" */
function notifications(m: TofuModule): void {
  const asked = m.has(
    /\b(?:notif\w*|trigger\w*|invok\w*|process\w*|whenever|on (?:each|every|new)|when (?:an?|new) (?:object|file)|uploads?|created)\b/i,
  );
  if (!asked) return;
  const events = [m.has(/\b(?:delet|remov)/i) ? 's3:ObjectRemoved:*' : undefined, 's3:ObjectCreated:*'].filter(
    (e) => e !== undefined,
  );
  const prefix = m.take(/\bprefix\s+["'`]?([\w./-]+)/i)?.[1];
  const suffix =
    m.take(/\b(?:suffix|ending (?:in|with))\s+["'`]?(\.[\w]+)/i)?.[1] ??
    m.take(/\s(\.(?:jpe?g|png|csv|json|txt|pdf|gz|parquet))\b/i)?.[1];
  const filter: Body = {
    ...(prefix === undefined ? {} : { filter_prefix: prefix }),
    ...(suffix === undefined ? {} : { filter_suffix: suffix }),
  };
  const body: Record<string, Body[string]> = { bucket: raw('aws_s3_bucket.main.id') };
  const depends: string[] = [];
  if (m.present.has('sns')) {
    m.need('sns');
    body['topic'] = nested({ topic_arn: raw('aws_sns_topic.main.arn'), events, ...filter });
    depends.push('aws_sns_topic_policy.main');
    m.take(/\b(?:every|each|all|any)?\s*objects? created[^.;]*|\bonly that bucket may publish\b/i);
  } else if (m.present.has('sqs')) {
    m.need('sqs');
    const allow = m.data('aws_iam_policy_document', 'bucket_queue', {
      statement: nested({
        actions: ['sqs:SendMessage'],
        resources: [raw('aws_sqs_queue.main.arn')],
        principals: nested({ type: 'Service', identifiers: ['s3.amazonaws.com'] }),
        condition: nested({ test: 'ArnEquals', variable: 'aws:SourceArn', values: [raw('aws_s3_bucket.main.arn')] }),
      }),
    });
    m.resource('aws_sqs_queue_policy', 'bucket', {
      queue_url: raw('aws_sqs_queue.main.id'),
      policy: raw(`${allow}.json`),
    });
    body['queue'] = nested({ queue_arn: raw('aws_sqs_queue.main.arn'), events, ...filter });
    depends.push('aws_sqs_queue_policy.bucket');
  } else if (m.present.has('lambda')) {
    m.need('lambda');
    m.resource('aws_lambda_permission', 'bucket', {
      statement_id: 'AllowBucket',
      action: 'lambda:InvokeFunction',
      function_name: raw('aws_lambda_function.main.function_name'),
      principal: 's3.amazonaws.com',
      source_arn: raw('aws_s3_bucket.main.arn'),
    });
    body['lambda_function'] = nested({ lambda_function_arn: raw('aws_lambda_function.main.arn'), events, ...filter });
    depends.push('aws_lambda_permission.bucket');
  } else if (m.present.has('eventbridge')) body['eventbridge'] = true;
  else return;
  m.resource('aws_s3_bucket_notification', 'main', {
    ...body,
    ...(depends.length === 0 ? {} : { depends_on: depends.map((d) => raw(d)) }),
  });
}

function dynamodb(m: TofuModule): void {
  m.take(/\bdynamo ?db(?: tables?)?\b/i);
  const provisioned =
    m.has(/\bprovisioned\b|\bread capacity|\bwrite capacity|\b\d+ (?:read|write|RCU|WCU)/i) &&
    !m.has(/\bon[- ]demand\b|\bpay[- ]per/i);
  m.take(/\bon[- ]demand(?: billing| capacity)?\b|\bpay[- ]per[- ]request\b/i);
  const number = (k: string): 'N' | 'S' =>
    /(?:time|date|timestamp|epoch|count|number|age|amount|year|score)$/i.test(k) &&
    m.has(new RegExp(`\\b${k}\\b[^.;,]{0,16}\\bnumber|\\bnumeric\\b`, 'i'))
      ? 'N'
      : 'S';
  const hash =
    m.take(/\b(?:partition|hash|primary) ?key\s+(?:is\s+|of\s+|named\s+|called\s+|=\s*)?["'`]?([A-Za-z][\w]*)/i)?.[1] ??
    m.take(/\bkeyed (?:by|on)\s+["'`]?([A-Za-z]\w*)/i)?.[1];
  const range = m.take(/\b(?:sort|range) ?key\s+(?:is\s+|of\s+|named\s+|called\s+|=\s*)?["'`]?([A-Za-z][\w]*)/i)?.[1];
  const index = m.take(
    /\b(?:(?:global )?(?:secondary )?index(?:es)?|gsi)\s+(?:named\s+[\w-]+\s+)?(?:on|by|over|for|with(?: (?:key|partition key))?)\s+["'`]?([A-Za-z]\w*)["'`]?(?:\s*(?:and|,|\+|\/|then|with (?:sort|range)(?: key)?)\s*["'`]?([A-Za-z]\w*)["'`]?)?/i,
  );
  const key = hash ?? 'id';
  const attributes = new Map<string, 'S' | 'N'>([[key, number(key)]]);
  for (const k of [range, index?.[1], index?.[2]])
    if (k !== undefined && !/^(?:and|with|the|on)$/i.test(k)) attributes.set(k, number(k));
  const ttl = m.take(
    /\bttl(?:\s+(?:attribute|on|field))?(?:\s+["'`]?([A-Za-z]\w*))?|\b(?:old )?items? (?:expire|are (?:deleted|removed))[^.;,]*|\bexpir\w+(?: by themselves| automatically)?/i,
  );
  const ttlName =
    ttl?.[1] !== undefined && !/^(?:on|enabled|attribute|is|and|with|for|of)$/i.test(ttl[1]) ? ttl[1] : 'expiresAt';
  const capacity = (word: string): number =>
    Number(
      m
        .take(new RegExp(`\\b(\\d+)\\s+${word}|\\b${word}\\w*(?: capacity(?: units?)?)?\\s*(?:of|=|:)?\\s*(\\d+)`, 'i'))
        ?.slice(1)
        .find((x) => x !== undefined) ?? 5,
    );
  m.resource('aws_dynamodb_table', 'main', {
    name: m.name('table', m.called('table')),
    billing_mode: provisioned ? 'PROVISIONED' : 'PAY_PER_REQUEST',
    ...(provisioned ? { read_capacity: capacity('read'), write_capacity: capacity('write') } : {}),
    hash_key: key,
    ...(range === undefined ? {} : { range_key: range }),
    ...(m.has(/\bstreams?\b/i) && !m.has(/kinesis (?:data )?stream/i)
      ? { stream_enabled: true, stream_view_type: 'NEW_AND_OLD_IMAGES' }
      : {}),
    attribute: [...attributes].map(([name, type]) => nested({ name, type })),
    ...(index?.[1] === undefined
      ? {}
      : {
          global_secondary_index: nested({
            name: `by-${index[1].toLowerCase()}`,
            hash_key: index[1],
            ...(index[2] === undefined ? {} : { range_key: index[2] }),
            projection_type: 'ALL',
            ...(provisioned ? { read_capacity: 5, write_capacity: 5 } : {}),
          }),
        }),
    ...(ttl === undefined ? {} : { ttl: nested({ attribute_name: ttlName, enabled: true }) }),
    point_in_time_recovery: nested({ enabled: true }),
    server_side_encryption: nested({ enabled: true }),
  });
  if (m.has(/\bauto ?-?scal/i) && provisioned) {
    for (const kind of ['read', 'write'] as const) {
      const dimension = `dynamodb:table:${kind === 'read' ? 'Read' : 'Write'}CapacityUnits`;
      const target = m.resource('aws_appautoscaling_target', kind, {
        min_capacity: 5,
        max_capacity: 100,
        resource_id: raw('"table/${aws_dynamodb_table.main.name}"'),
        scalable_dimension: dimension,
        service_namespace: 'dynamodb',
      });
      m.resource('aws_appautoscaling_policy', kind, {
        name: m.name(`${kind}-scaling`),
        policy_type: 'TargetTrackingScaling',
        resource_id: raw(`${target}.resource_id`),
        scalable_dimension: raw(`${target}.scalable_dimension`),
        service_namespace: raw(`${target}.service_namespace`),
        target_tracking_scaling_policy_configuration: nested({
          target_value: 70,
          predefined_metric_specification: nested({
            predefined_metric_type: `DynamoDB${kind === 'read' ? 'Read' : 'Write'}CapacityUtilization`,
          }),
        }),
      });
    }
  }
  m.output('table', 'aws_dynamodb_table.main.name', 'Name of the table.');
}

const ENGINES: readonly (readonly [RegExp, string, string, number])[] = [
  [/\bpostgres/i, 'postgres', '16', 5432],
  [/\bmaria ?db\b/i, 'mariadb', '11.4', 3306],
  [/\bsql server\b|\bmssql\b/i, 'sqlserver-ex', '16.00', 1433],
  [/\boracle\b/i, 'oracle-se2', '19', 1521],
  [/\bmysql\b/i, 'mysql', '8.0', 3306],
];

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
  const cidr = m.present.has('vpc') ? 'aws_vpc.main.cidr_block' : 'data.aws_vpc.default.cidr_block';
  const group = m.securityGroup('database', 'The database', [{ port, from: cidr }]);
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
      ...(serverless ? { serverlessv2_scaling_configuration: nested({ min_capacity: 0.5, max_capacity: 4 }) } : {}),
    });
    m.resource('aws_rds_cluster_instance', 'main', {
      count: m.count('(?:instance|reader|node|replica)', 2),
      identifier: raw('"${var.name}-database-${count.index}"'),
      cluster_identifier: raw('aws_rds_cluster.main.id'),
      engine: raw('aws_rds_cluster.main.engine'),
      instance_class: serverless ? 'db.serverless' : (klass ?? 'db.t4g.medium'),
    });
    m.output('endpoint', 'aws_rds_cluster.main.endpoint', 'Where the database answers.');
    return;
  }
  const storage = m.gigabytes('(?:storage|disk|allocated)') ?? 20;
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
    storage_type: 'gp3',
    ...(engine.startsWith('sqlserver') ? {} : { db_name: name }),
    username: 'app',
    manage_master_user_password: true,
    multi_az: m.take(/\bmulti[- ]?az\b|\bhighly available\b|\bhigh availability\b|\bstand-?by\b/i) !== undefined,
    publicly_accessible: m.has(/\bpublicly accessible\b/i) && !m.has(/\bnot publicly\b/i),
    auto_minor_version_upgrade: true,
    copy_tags_to_snapshot: true,
    performance_insights_enabled: !engine.startsWith('oracle'),
    ...common,
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
  if (m.has(/\bparameter group\b/i))
    m.resource('aws_db_parameter_group', 'main', {
      name: m.name('parameters'),
      family: `${engine}${version.split('.')[0] ?? ''}`,
    });
  m.output('endpoint', 'aws_db_instance.main.endpoint', 'Where the database answers.');
}

function elasticache(m: TofuModule): void {
  const memcached = m.has(/\bmemcached\b/i);
  const port = memcached ? 11211 : 6379;
  const cidr = m.present.has('vpc') ? 'aws_vpc.main.cidr_block' : 'data.aws_vpc.default.cidr_block';
  m.resource('aws_elasticache_subnet_group', 'main', { name: m.name('cache'), subnet_ids: m.network().privateSubnets });
  const group = m.securityGroup('cache', 'The cache', [{ port, from: cidr }]);
  const type = m.take(/\bcache\.[a-z0-9]+\.[a-z0-9]+\b/i)?.[0] ?? 'cache.t4g.small';
  const nodes = m.count('(?:node|replica|shard)', memcached ? 2 : 2);
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
    num_cache_clusters: nodes,
    automatic_failover_enabled: nodes > 1,
    multi_az_enabled: nodes > 1,
    at_rest_encryption_enabled: true,
    transit_encryption_enabled: true,
    snapshot_retention_limit: 5,
    ...common,
  });
  m.output(
    'cache_endpoint',
    'aws_elasticache_replication_group.main.primary_endpoint_address',
    'Where the cache answers.',
  );
}

function efs(m: TofuModule): void {
  m.resource('aws_efs_file_system', 'main', {
    creation_token: m.name('files'),
    encrypted: true,
    throughput_mode: 'elastic',
    lifecycle_policy: nested({ transition_to_ia: 'AFTER_30_DAYS' }),
  });
  const cidr = m.present.has('vpc') ? 'aws_vpc.main.cidr_block' : 'data.aws_vpc.default.cidr_block';
  const subnets = m.network().privateSubnets;
  const group = m.securityGroup('files', 'The file system', [{ port: 2049, from: cidr }]);
  m.resource('aws_efs_mount_target', 'main', {
    count: raw(`length(${subnets.text})`),
    file_system_id: raw('aws_efs_file_system.main.id'),
    subnet_id: raw(`${subnets.text}[count.index]`),
    security_groups: [raw(`${group}.id`)],
  });
  if (m.has(/\baccess points?\b/i))
    m.resource('aws_efs_access_point', 'main', {
      file_system_id: raw('aws_efs_file_system.main.id'),
      posix_user: nested({ uid: 1000, gid: 1000 }),
      root_directory: nested({
        path: '/app',
        creation_info: nested({ owner_uid: 1000, owner_gid: 1000, permissions: '0755' }),
      }),
    });
  if (m.has(/\bbackups?\b/i))
    m.resource('aws_efs_backup_policy', 'main', {
      file_system_id: raw('aws_efs_file_system.main.id'),
      backup_policy: nested({ status: 'ENABLED' }),
    });
}

function redshift(m: TofuModule): void {
  const nodes = m.count('node', 1);
  m.resource('aws_redshift_subnet_group', 'main', {
    name: m.name('warehouse'),
    subnet_ids: m.network().privateSubnets,
  });
  m.resource('aws_redshift_cluster', 'main', {
    cluster_identifier: m.name('warehouse', m.called('cluster')),
    database_name: 'app',
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
}

function opensearch(m: TofuModule): void {
  m.resource('aws_opensearch_domain', 'main', {
    domain_name: m.name('search', m.called('domain')),
    engine_version: 'OpenSearch_2.17',
    cluster_config: nested({
      instance_type: m.take(/\b[a-z0-9]+\.[a-z0-9]+\.search\b/i)?.[0] ?? 't3.small.search',
      instance_count: m.count('(?:node|instance)', 1),
    }),
    ebs_options: nested({
      ebs_enabled: true,
      volume_type: 'gp3',
      volume_size: m.gigabytes('(?:storage|disk|ebs|volume)') ?? 20,
    }),
    encrypt_at_rest: nested({ enabled: true }),
    node_to_node_encryption: nested({ enabled: true }),
    domain_endpoint_options: nested({ enforce_https: true, tls_security_policy: 'Policy-Min-TLS-1-2-2019-07' }),
  });
}

function docdb(m: TofuModule, kind: 'docdb' | 'neptune'): void {
  m.resource(`aws_${kind}_subnet_group`, 'main', { name: m.name(kind), subnet_ids: m.network().privateSubnets });
  m.resource(`aws_${kind}_cluster`, 'main', {
    cluster_identifier: m.name(kind, m.called('cluster')),
    ...(kind === 'docdb'
      ? {
          engine: 'docdb',
          master_username: 'app',
          manage_master_user_password: true,
          db_subnet_group_name: raw('aws_docdb_subnet_group.main.name'),
        }
      : {
          engine: 'neptune',
          neptune_subnet_group_name: raw('aws_neptune_subnet_group.main.name'),
          iam_database_authentication_enabled: true,
        }),
    storage_encrypted: true,
    backup_retention_period: 7,
    skip_final_snapshot: false,
    final_snapshot_identifier: m.name('final'),
  });
  m.resource(`aws_${kind}_cluster_instance`, 'main', {
    count: m.count('(?:instance|node)', 1),
    identifier: raw(`"\${var.name}-${kind}-\${count.index}"`),
    cluster_identifier: raw(`aws_${kind}_cluster.main.id`),
    instance_class: m.take(/\bdb\.[a-z0-9]+\.[a-z0-9]+\b/i)?.[0] ?? 'db.t4g.medium',
  });
}

function glue(m: TofuModule): void {
  m.need('s3');
  m.resource('aws_glue_catalog_database', 'main', {
    name: m.called('database')?.toLowerCase() ?? raw('replace("${var.name}_catalog", "-", "_")'),
  });
  const role = m.role(
    'glue',
    ['glue.amazonaws.com'],
    [
      {
        actions: ['s3:GetObject', 's3:PutObject', 's3:ListBucket'],
        resources: [raw('aws_s3_bucket.main.arn'), raw('"${aws_s3_bucket.main.arn}/*"')],
      },
    ],
    ['arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole'],
  );
  if (m.has(/\bcrawl/i) || !m.has(/\bjobs?\b/i))
    m.resource('aws_glue_crawler', 'main', {
      name: m.name('crawler', m.called('crawler')),
      database_name: raw('aws_glue_catalog_database.main.name'),
      role: raw(`${role}.arn`),
      s3_target: nested({ path: raw('"s3://${aws_s3_bucket.main.id}"') }),
    });
  if (m.has(/\bjobs?\b|\betl\b/i))
    m.resource('aws_glue_job', 'main', {
      name: m.name('job', m.called('job')),
      role_arn: raw(`${role}.arn`),
      glue_version: '4.0',
      worker_type: 'G.1X',
      number_of_workers: 2,
      command: nested({ script_location: raw('"s3://${aws_s3_bucket.main.id}/scripts/job.py"'), python_version: '3' }),
    });
}

function athena(m: TofuModule): void {
  m.need('s3');
  m.resource('aws_athena_workgroup', 'main', {
    name: m.name('queries', m.called('work ?group')),
    configuration: nested({
      enforce_workgroup_configuration: true,
      publish_cloudwatch_metrics_enabled: true,
      result_configuration: nested({
        output_location: raw('"s3://${aws_s3_bucket.main.id}/results/"'),
        encryption_configuration: nested({ encryption_option: 'SSE_S3' }),
      }),
    }),
  });
  m.resource('aws_athena_database', 'main', {
    name: raw('replace("${var.name}_db", "-", "_")'),
    bucket: raw('aws_s3_bucket.main.id'),
  });
}

function msk(m: TofuModule): void {
  const group = m.securityGroup('kafka', 'Kafka', [
    { port: 9094, from: m.present.has('vpc') ? 'aws_vpc.main.cidr_block' : 'data.aws_vpc.default.cidr_block' },
  ]);
  m.resource('aws_msk_cluster', 'main', {
    cluster_name: m.name('kafka', m.called('cluster')),
    kafka_version: '3.7.x',
    number_of_broker_nodes: m.count('broker', 3),
    broker_node_group_info: nested({
      instance_type: m.take(/\bkafka\.[a-z0-9]+\.[a-z0-9]+\b/i)?.[0] ?? 'kafka.t3.small',
      client_subnets: m.network().privateSubnets,
      security_groups: [raw(`${group}.id`)],
      storage_info: nested({
        ebs_storage_info: nested({ volume_size: m.gigabytes('(?:storage|disk|ebs|volume)') ?? 100 }),
      }),
    }),
    encryption_info: nested({ encryption_in_transit: nested({ client_broker: 'TLS', in_cluster: true }) }),
  });
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
  { id: 's3', names: /\bs3\b|\bbuckets?\b|\bobject storage\b/i, make: s3 },
  { id: 'dynamodb', names: /\bdynamo ?db\b/i, make: dynamodb },
  {
    id: 'rds',
    names:
      /\brds\b|\baurora\b|\b(?:postgres(?:ql)?|mysql|maria ?db|sql server|oracle)(?: relational)?(?: database| instance| db)?\b|\brelational database\b/i,
    make: rds,
  },
  { id: 'elasticache', names: /\belasti ?cache\b|\b(?:redis|memcached|valkey)\b/i, make: elasticache },
  { id: 'efs', names: /\befs\b|\belastic file system\b|\bshared file system\b/i, make: efs },
  { id: 'redshift', names: /\bredshift\b|\bdata warehouse\b/i, make: redshift },
  { id: 'opensearch', names: /\bopen ?search\b|\belastic ?search\b/i, make: opensearch },
  { id: 'docdb', names: /\bdocument ?db\b/i, make: (m) => docdb(m, 'docdb') },
  { id: 'neptune', names: /\bneptune\b|\bgraph database\b/i, make: (m) => docdb(m, 'neptune') },
  { id: 'glue', names: /\bglue\b|\bcrawlers?\b|\bdata catalog\b/i, make: glue },
  { id: 'athena', names: /\bathena\b/i, make: athena },
  { id: 'msk', names: /\bmsk\b|\bmanaged (?:streaming for )?(?:apache )?kafka\b|\bkafka\b/i, make: msk },
  { id: 'emr', names: /\bemr\b|\belastic map ?reduce\b/i, make: emr },
];
