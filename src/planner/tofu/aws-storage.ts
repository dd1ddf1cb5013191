/** Buckets and file systems on AWS, and what looks into them. */
import type { Component } from './components.ts';
import { nested, raw, type Block, type Body } from './hcl.ts';
import { type TofuModule } from './module.ts';
import { numberOf } from './words.ts';
import { policy } from './policy.ts';
import { TLS_ONLY, tlsOnly } from './audit-bucket.ts';
import { bucketTellsBus } from './aws-events.ts';
import { glue, athena } from './aws-analytics.ts';

function s3(m: TofuModule): void {
  const website = m.has(/\bstatic (?:web ?)?(?:site|hosting)|\bweb ?site\b/i) && !m.present.has('cloudfront');
  const kms = m.has(/\bkms\b|customer[- ]managed/i);
  if (kms && m.present.has('kms')) m.need('kms');
  const names = m.several('bucket', 'aws_s3_bucket.main');
  const prefix =
    names.length > 0 && m.take(/\bprefix\b[^.;,]{0,20}\bvariable\b|\bvariable\b[^.;,]{0,20}\bprefix\b/i) !== undefined;
  if (prefix) m.variable('bucket_prefix', 'string', 'Begins the names of the buckets.', { default: 'app' });
  m.resource('aws_s3_bucket', 'main', {
    bucket:
      names.length > 0
        ? raw(`"\${var.${prefix ? 'bucket_prefix' : 'name'}}-\${each.key}"`)
        : (m.called('bucket')?.toLowerCase() ?? raw('"${var.name}-${data.aws_caller_identity.current.account_id}"')),
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
  objectLock(m);
  if (m.take(/\b(?:transfer )?accelerat\w+\b/i) !== undefined) m.resource('aws_s3_bucket_accelerate_configuration', 'main', { bucket, status: 'Enabled' }); // prettier-ignore
  lifecycle(m);
  if (website) {
    m.resource('aws_s3_bucket_website_configuration', 'main', {
      bucket,
      index_document: nested({
        suffix:
          m.take(/\bindex(?: document| page)?\s+(?:is\s+)?([\w-]+\.html)/i)?.[1] ??
          m.take(/\b([\w-]+\.html)\b(?! (?:for|on|as|at|when|if)\b[^.;,)]{0,24}\berrors?\b)/i)?.[1] ??
          'index.html',
      }),
      error_document: nested({
        key:
          m.take(/\berror(?: document| page)?\s+(?:is\s+)?([\w-]+\.html)/i)?.[1] ??
          m.take(/\b([\w-]+\.html)\b (?:for|on|as|at|when|if)\b[^.;,)]{0,24}\berrors?\b/i)?.[1] ??
          'error.html',
      }),
    });
    const read = policy(
      nested({
        actions: ['s3:GetObject'],
        resources: [raw('"${aws_s3_bucket.main.arn}/*"')],
        principals: nested({ type: '*', identifiers: ['*'] }),
      }),
    );
    m.resource('aws_s3_bucket_policy', 'main', {
      bucket,
      policy: read,
      depends_on: [raw('aws_s3_bucket_public_access_block.main')],
    });
    m.output('website', 'aws_s3_bucket_website_configuration.main.website_endpoint', 'Address of the site.');
  } else if (m.take(TLS_ONLY) !== undefined) {
    const deny = policy([tlsOnly('aws_s3_bucket.main'), ...sealedOnly(m)]);
    m.resource('aws_s3_bucket_policy', 'main', { bucket, policy: deny });
  } else if (SEALED.test(m.text.text))
    m.resource('aws_s3_bucket_policy', 'main', { bucket, policy: policy(sealedOnly(m)) });
  else otherAccount(m);
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
  if (m.take(/\boutput\w*\b[^.;]{0,20}\barns?\b|\barns? (?:as )?outputs?\b/i))
    m.output('bucket_arn', 'aws_s3_bucket.main.arn', 'ARN of the bucket.');
}

/** "that the account 111122223333 may read". */
function otherAccount(m: TofuModule): void {
  const account = m.take(
    /\baccounts?\s+(?:id\s+|number\s+)?(\d{12})\b|\b(\d{12})\b(?=[^.;]{0,30}\b(?:read|access|write))/i,
  );
  const id = account?.[1] ?? account?.[2];
  if (id === undefined) return;
  const write = m.take(/\b(?:may|can|allowed to|let)\b[^.;]{0,16}\b(?:write|put|upload)\b|\bread and write\b|\bwrite access\b/i) !== undefined; // prettier-ignore
  m.take(/\b(?:may|can|allowed to) (?:only )?read\b|\bread access\b|\beverybody else not\b/i);
  const principals = nested({ type: 'AWS', identifiers: [`arn:aws:iam::${id}:root`] });
  m.resource('aws_s3_bucket_policy', 'main', {
    bucket: raw('aws_s3_bucket.main.id'),
    policy: policy([
      nested({ actions: ['s3:ListBucket'], resources: [raw('aws_s3_bucket.main.arn')], principals }),
      nested({
        actions: ['s3:GetObject', ...(write ? ['s3:PutObject'] : [])],
        resources: [raw('"${aws_s3_bucket.main.arn}/*"')],
        principals,
      }),
    ]),
  });
}

/** Objects that nobody may delete for a while. */
function objectLock(m: TofuModule): void {
  if (m.take(/\bobject lock\b/i) === undefined) return;
  const mode = m.take(/\b(compliance|governance)(?: mode)?\b/i)?.[1]?.toUpperCase();
  const span = m.seconds('(?:lock|mode|retention|retain\\w*|kept)(?:\\s+(?:for|of))?') ?? (m.has(/\bfor an? year\b/i) ? 31_536_000 : undefined); // prettier-ignore
  if (mode === undefined && span === undefined) return;
  m.resource('aws_s3_bucket_object_lock_configuration', 'main', {
    bucket: raw('aws_s3_bucket.main.id'),
    rule: nested({ default_retention: nested({ mode: mode ?? 'GOVERNANCE', days: Math.max(1, Math.round((span ?? 2_592_000) / 86_400)) }) }), // prettier-ignore
    depends_on: [raw('aws_s3_bucket_versioning.main')],
  });
}

/** Uploads that nobody encrypts are turned away. */
const SEALED = /\b(?:refus\w*|den(?:y|ies|ied)|reject\w*|block\w*|forbid\w*|no|only)\b[^.;,]{0,40}\b(?:uploads?|puts?|objects?)\b[^.;,]{0,24}\b(?:without|un-?encrypted|not encrypted|encrypted)\b|\b(?:refus\w*|den(?:y|ies|ied)|reject\w*|block\w*|no)\s+unencrypted (?:uploads?|objects?|puts?)/i; // prettier-ignore

const sealedOnly = (m: TofuModule): Block[] =>
  m.take(SEALED) === undefined
    ? []
    : [
        nested({
          effect: 'Deny',
          actions: ['s3:PutObject'],
          resources: [raw('"${aws_s3_bucket.main.arn}/*"')],
          principals: nested({ type: '*', identifiers: ['*'] }),
          condition: nested({ test: 'Null', variable: 's3:x-amz-server-side-encryption', values: ['true'] }),
        }),
      ];

function lifecycle(m: TofuModule): void {
  const days = (pattern: RegExp): number | undefined => {
    const match = m.take(pattern);
    return match?.[1] === undefined
      ? undefined
      : numberOf(match[1]) * (/year/i.test(match[2] ?? '') ? 365 : /month/i.test(match[2] ?? '') ? 30 : 1);
  };
  const deep = days(/\bdeep archive\b[^.;\d]{0,24}(\d+)\s*(days?|months?|years?)/i) ?? days(/(?<!\d)(\d+)\s*(days?|months?|years?)[^.;\d]{0,24}\bdeep archive\b/i); // prettier-ignore
  const tiering = m.take(/\bintelligent[- ]?tiering\b/i) !== undefined;
  const unfinished = days(
    /\b(?:incomplete|unfinished|aborted|partial|failed)\b[^.;]{0,20}\buploads?\b[^.;\d]{0,36}(\d+)\s*(days?)/i,
  );
  const glacier =
    days(/\bglacier\b[^.;\d]{0,24}(\d+|one|two|three|four|five|six|seven|eight|nine|ten)\s*(days?|months?|years?)/i) ??
    days(
      /(?<!\d)(\d+|one|two|three|four|five|six|seven|eight|nine|ten)\s*(days?|months?|years?)[^.;\d]{0,24}\bglacier/i,
    ) ??
    days(/\bglacier\b[^.;,\d]{0,16}(\d+)()(?=\s*(?:[,;)]|\.(?!\d)|and\b|$))/i);
  const infrequent =
    days(/\b(?:infrequent|standard[-_ ]ia|IA)\b[^.;\d]{0,24}(\d+)\s*(days?|months?)/i) ??
    days(/(?<!\d)(\d+)\s*(days?|months?)[^.;\d]{0,24}\b(?:infrequent|standard[-_ ]ia|IA)\b/);
  const old =
    days(
      /\b(?:old|previous|noncurrent|non-current|older)\s+versions?\b[^.;,\d]{0,40}?(\d+)\s*(days?|months?|years?)/i,
    ) ?? days(/\bnoncurrent_?days?\s*(?:of|=|:)?\s*(\d+)()/i);
  const expire =
    old !== undefined && !m.has(/\bobjects?\b[^.;,]{0,30}\b(?:expir|delet|remov)/i)
      ? undefined
      : (days(
          // "to Glacier after 90 days and deleted after 365": the days are not said twice.
          /\b(?:expir\w+|delet\w+|remov\w+|disappear\w*|vanish\w*|purg\w+|gone)\b[^.;,\d]{0,16}\bafter (\d+)()(?=\s*(?:[,;)]|\.(?!\d)|and\b|$))/i,
        ) ??
        days(
          /\b(?:expir\w+|delet\w+|remov\w+|disappear\w*|vanish\w*|purg\w+|gone|thrown away)\b[^.;\d]{0,24}(\d+|one|two|three|four|five|six|seven|eight|nine|ten)\s*(days?|months?|years?)/i,
        ) ??
        days(
          /(?<!\d)(\d+|one|two|three|four|five|six|seven|eight|nine|ten)\s*(days?|months?|years?)[^.;\d]{0,20}\b(?:expir|delet|remov)/i,
        ));
  const asked = deep ?? glacier ?? infrequent ?? expire ?? old ?? unfinished ?? (tiering ? 0 : undefined);
  if (asked === undefined && !m.has(/\blife ?cycle\b/i)) return;
  const transition: Block[] = [
    ...(infrequent === undefined ? [] : [nested({ days: Math.max(30, infrequent), storage_class: 'STANDARD_IA' })]),
    ...(tiering ? [nested({ days: 0, storage_class: 'INTELLIGENT_TIERING' })] : []),
    ...(deep === undefined ? [] : [nested({ days: deep, storage_class: 'DEEP_ARCHIVE' })]),
    ...(glacier === undefined || deep !== undefined
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
      abort_incomplete_multipart_upload: nested({ days_after_initiation: unfinished ?? 7 }),
      noncurrent_version_expiration: nested({ noncurrent_days: old ?? 90 }),
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

const bareSuffix = (word: string | undefined): string | undefined =>
  word === undefined ? undefined : `.${word.toLowerCase()}`;

/** Who can be told by a bucket, and what lets the bucket tell them. */
const LISTENERS: readonly (readonly [id: string, block: string, key: string, arn: string])[] = [
  ['lambda', 'lambda_function', 'lambda_function_arn', 'aws_lambda_function.main.arn'],
  ['sqs', 'queue', 'queue_arn', 'aws_sqs_queue.main.arn'],
  ['sns', 'topic', 'topic_arn', 'aws_sns_topic.main.arn'],
];

/** ".png start the function, whatever is deleted is told to the queue": each with events and a filter of its own. */
function severalNotices(m: TofuModule): boolean {
  const clauses = m.text.text.split(/[,;:]\s|\.\s|\bwhile\b|\band (?=[\w.]+ (?:of|is|are|that|deleted|removed))/);
  const told = LISTENERS.map(([id, ...rest]) => ({ id, rest, clause: clauses.find((c) => m.present.has(id) && m.namesOf(id)?.test(c) === true && /\b(?:objects?|files?|uploads?|delet\w*|remov\w*|creat\w*|whenever|whatever|lands?|arriv\w*|under|new)\b|\.\w{2,5}\b/i.test(c)) })).filter((t) => t.clause !== undefined); // prettier-ignore
  if (told.length < 2) return false;
  const body: Record<string, Body[string]> = { bucket: raw('aws_s3_bucket.main.id') };
  const depends: string[] = [];
  for (const { id, rest, clause = '' } of told) {
    const [block, key, arn] = rest;
    m.need(id);
    const prefix = /\b(?:under|prefix|in)\s+["'`]?([\w-]+(?:\/[\w-]+)*\/)/i.exec(clause)?.[1];
    const suffix = /(?:^|\s)(\.\w{2,5})\b/.exec(clause)?.[1];
    const events = /\b(?:delet|remov)\w*/i.test(clause) ? ['s3:ObjectRemoved:*'] : ['s3:ObjectCreated:*'];
    body[block] = nested({ [key]: raw(arn), events, ...(prefix === undefined ? {} : { filter_prefix: prefix }), ...(suffix === undefined ? {} : { filter_suffix: suffix }) }); // prettier-ignore
    if (id === 'lambda') depends.push(m.resource('aws_lambda_permission', 'bucket', { statement_id: 'AllowBucket', action: 'lambda:InvokeFunction', function_name: raw('aws_lambda_function.main.function_name'), principal: 's3.amazonaws.com', source_arn: raw('aws_s3_bucket.main.arn') })); // prettier-ignore
    if (id === 'sqs') depends.push(m.resource('aws_sqs_queue_policy', 'bucket', { queue_url: raw('aws_sqs_queue.main.id'), policy: policy(nested({ actions: ['sqs:SendMessage'], resources: [raw('aws_sqs_queue.main.arn')], principals: nested({ type: 'Service', identifiers: ['s3.amazonaws.com'] }), condition: nested({ test: 'ArnEquals', variable: 'aws:SourceArn', values: [raw('aws_s3_bucket.main.arn')] }) })) })); // prettier-ignore
    if (id === 'sns') depends.push('aws_sns_topic_policy.main');
  }
  m.resource('aws_s3_bucket_notification', 'main', { ...body, depends_on: depends.map((d) => raw(d)) });
  return true;
}

/** "every object created in the bucket must notify …" */
function notifications(m: TofuModule): void {
  const asked = m.has(
    /\b(?:notif\w*|trigger\w*|invok\w*|process\w*|whenever|on (?:each|every|new)|when (?:an?|new) (?:object|file)|upload(?:s|ed)?|created|arriv(?:es?|ed|ing)|lands?)\b/i,
  );
  if (!asked) return;
  const events = [m.has(/\b(?:delet|remov)/i) ? 's3:ObjectRemoved:*' : undefined, 's3:ObjectCreated:*'].filter(
    (e) => e !== undefined,
  );
  const prefix =
    m.take(/\bprefix\s+["'`]?([\w./-]+)/i)?.[1] ??
    m.take(
      /\b(?:under|below|in(?:to)?(?: the)? (?:folder|prefix)|in)\s+["'`]?([\w-]+(?:\/[\w-]+)*\/)(?=[\s,.;"'`]|$)/i,
    )?.[1];
  const suffix =
    m.take(/\b(?:suffix|ending (?:in|with))\s+["'`]?(\.[\w]+)/i)?.[1] ??
    m.take(/\s(\.(?:jpe?g|png|csv|json|txt|pdf|gz|parquet))\b/i)?.[1] ??
    bareSuffix(
      m.take(
        /\b(?:an?\s+|new\s+)?(jpe?g|png|csv|json|pdf|parquet|xml|mp4)s?\b(?= (?:files?|images?|objects?|is|are|gets?|arrives?|uploads?|land))/i,
      )?.[1],
    );
  const filter: Body = {
    ...(prefix === undefined ? {} : { filter_prefix: prefix }),
    ...(suffix === undefined ? {} : { filter_suffix: suffix }),
  };
  const body: Record<string, Body[string]> = { bucket: raw('aws_s3_bucket.main.id') };
  const depends: string[] = [];
  if (bucketTellsBus(m)) {
    m.need('eventbridge');
    return;
  }
  if (severalNotices(m)) return;
  if (m.present.has('sns')) {
    m.need('sns');
    body['topic'] = nested({ topic_arn: raw('aws_sns_topic.main.arn'), events, ...filter });
    depends.push('aws_sns_topic_policy.main');
    m.take(/\b(?:every|each|all|any)?\s*objects? created[^.;]*|\bonly that bucket may publish\b/i);
  } else if (m.present.has('sqs')) {
    m.need('sqs');
    const allow = policy(
      nested({
        actions: ['sqs:SendMessage'],
        resources: [raw('aws_sqs_queue.main.arn')],
        principals: nested({ type: 'Service', identifiers: ['s3.amazonaws.com'] }),
        condition: nested({ test: 'ArnEquals', variable: 'aws:SourceArn', values: [raw('aws_s3_bucket.main.arn')] }),
      }),
    );
    m.resource('aws_sqs_queue_policy', 'bucket', {
      queue_url: raw('aws_sqs_queue.main.id'),
      policy: allow,
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

export const STORAGE: readonly Component[] = [
  { id: 's3', names: /\bs3\b|\bbuckets?\b|\bobject storage\b/i, make: s3 },
  { id: 'glue', names: /\bglue\b|\bcrawlers?\b|\bdata catalog\b/i, make: glue },
  { id: 'athena', names: /\bathena\b/i, make: athena },
];
