/** Queues, topics, streams, events and functions on AWS. */
import { nested, raw, type Body, type Raw } from './hcl.ts';
import { NUMBER, numberOf } from './words.ts';
import { policy } from './policy.ts';
import { type TofuModule } from './module.ts';
import { bucketTellsBus } from './aws-events.ts';
import type { Component } from './components.ts';

/** A service of AWS may act on a resource, on behalf of one source only. */
const policyFor = (service: string, actions: readonly string[], resource: string, source: string): Raw =>
  policy(
    nested({
      actions: [...actions],
      resources: [raw(resource)],
      principals: nested({ type: 'Service', identifiers: [service] }),
      condition: nested({ test: 'ArnEquals', variable: 'aws:SourceArn', values: [raw(source)] }),
    }),
  );

const timesOf = (said: string | undefined): number =>
  said === undefined ? 5 : /^twice$/i.test(said) ? 2 : numberOf(said);

/** "only messages whose attribute kind is refund", "those with Humidity": what a subscription lets through. */
function filterOf(m: TofuModule): Body {
  const written = m.take(/\bfilter(?: policy)?\b[^.;{]{0,30}(\{[^{}]*\})/i)?.[1];
  if (written !== undefined) return { filter_policy: written };
  if (!m.has(/\b(?:only|filter\w*|just)\b/i)) return {};
  const attribute = /\battributes?\s+(?:called |named )?["'`]?([A-Za-z][\w.-]*)["'`]?/i;
  const own = m.take(new RegExp(`${attribute.source}\\s*(?:is|=|:|equals?|of|set to|in|being)\\s*(?:either |one of )?((?:["'\`]?[\\w-]+["'\`]?(?:\\s*(?:,|or|and)\\s*)?)+?)(?=[,.;)]|\\s+(?:to|go|goes|into|are|get|gets|in)\\b|$)`, 'i')); // prettier-ignore
  const key =
    own?.[1] ?? attribute.exec(m.whole.text)?.[1] ?? m.take(/\bfilter\w*\s+(?:on|by)\s+["'`]?([A-Za-z][\w.-]*)/i)?.[1];
  if (key === undefined) return {};
  const said = own?.[2] ?? m.take(/\b(?:those|ones|messages|events|only)\s+(?:with|of|for|where it is|whose \w+ is|that are)\s+(?:type\s+)?["'`]?([\w-]+)/i)?.[1]; // prettier-ignore
  const values = (said ?? '').split(/\s*(?:,|\bor\b|\band\b)\s*/).map((v) => v.replace(/["'`]/g, '')).filter((v) => v !== ''); // prettier-ignore
  if (values.length === 0) return {};
  return { filter_policy: raw(`jsonencode({\n  ${/^\w+$/.test(key) ? key : JSON.stringify(key)} = ${JSON.stringify(values).replaceAll(',', ', ')}\n})`) }; // prettier-ignore
}

function sqs(m: TofuModule): void {
  const fifo = m.has(/\bfifo\b/i);
  const ownDead = !m.has(/\b(?:shared|common|same|single|one) (?:dead[- ]?letter|dlq)/i);
  const names = m.several('queue', 'aws_sqs_queue.main', ownDead ? ['aws_sqs_queue.dead_letter', 'aws_sqs_queue_redrive_allow_policy.dead_letter'] : []); // prettier-ignore
  const said = names.length > 0 ? undefined : m.called('queue');
  const visibility = m.seconds('visibility(?: timeout)?') ?? (m.present.has('lambda') ? 180 : 60);
  const retention = m.seconds('(?:retention|retain\\w*|kept|keep\\w*(?: messages)?)');
  const delay = m.seconds('delay\\w*');
  const dead = m.has(/\bdead[- ]?letter|\bdlq\b|\bredrive\b/i);
  m.take(/\bdead[- ]?letter(?: queue)?|\bdlq\b/i);
  const suffix = fifo ? '.fifo' : '';
  const encryption = m.has(/\bkms\b|customer[- ]managed/i)
    ? { kms_master_key_id: m.present.has('kms') ? raw('aws_kms_key.main.arn') : 'alias/aws/sqs' }
    : { sqs_managed_sse_enabled: true };
  const receives = timesOf(
    m
      .take(
        new RegExp(`\\b(?:(?:after|max(?:imum)?|at most|up to)\\s*(?:of\\s+)?)?(${NUMBER}|twice)\\s+(?:failed |unsuccessful |receive |delivery |processing )*(?:receives?|attempts|tries|times|failures|deliveries)\\b|\\bmax(?:imum)? ?receive ?counts?\\s*(?:of|is|=|:)?\\s*(\\d+)`, 'i'), // prettier-ignore
      )
      ?.slice(1)
      .find((x: string | undefined) => x !== undefined),
  );
  if (dead)
    m.resource('aws_sqs_queue', 'dead_letter', {
      name: `${m.name('dead-letter', said === undefined ? undefined : `${said}-dlq`)}${suffix}`,
      message_retention_seconds: 1_209_600,
      ...(fifo ? { fifo_queue: true } : {}),
      ...encryption,
    });
  m.resource('aws_sqs_queue', 'main', {
    name:
      names.length > 0
        ? raw(fifo ? '"${each.key}.fifo"' : 'each.key')
        : `${m.name('queue', said?.replace(/\.fifo$/, ''))}${suffix}`,
    visibility_timeout_seconds: visibility,
    message_retention_seconds: retention ?? 345_600,
    ...(delay === undefined ? {} : { delay_seconds: delay }),
    receive_wait_time_seconds: 20,
    ...(fifo ? { fifo_queue: true, content_based_deduplication: true } : {}),
    ...encryption,
    ...(dead
      ? {
          redrive_policy: raw(
            `jsonencode({\n  deadLetterTargetArn = aws_sqs_queue.dead_letter.arn\n  maxReceiveCount     = ${receives}\n})`,
          ),
        }
      : {}),
  });
  if (dead)
    m.resource('aws_sqs_queue_redrive_allow_policy', 'dead_letter', {
      queue_url: raw('aws_sqs_queue.dead_letter.id'),
      redrive_allow_policy: raw(
        'jsonencode({\n  redrivePermission = "byQueue"\n  sourceQueueArns   = [aws_sqs_queue.main.arn]\n})',
      ),
    });
  if (m.present.has('sns')) {
    m.need('sns');
    m.resource('aws_sqs_queue_policy', 'main', {
      queue_url: raw('aws_sqs_queue.main.id'),
      policy: policyFor('sns.amazonaws.com', ['sqs:SendMessage'], 'aws_sqs_queue.main.arn', 'aws_sns_topic.main.arn'),
    });
    m.resource('aws_sns_topic_subscription', 'queue', {
      topic_arn: raw('aws_sns_topic.main.arn'),
      protocol: 'sqs',
      endpoint: raw('aws_sqs_queue.main.arn'),
      ...(m.take(/\braw message delivery\b|\braw delivery\b/i) === undefined ? {} : { raw_message_delivery: true }),
      ...filterOf(m),
    });
  }
  m.output('queue_url', 'aws_sqs_queue.main.url', 'Where messages are sent to.');
}

/** Services that tell a topic something, and under which name. */
const PUBLISHERS: readonly (readonly [string, string])[] = [
  ['eventbridge', 'events'],
  ['alarm', 'cloudwatch'],
  ['cloudtrail', 'cloudtrail'],
  ['config', 'config'],
  ['budget', 'budgets'],
  ['ses', 'ses'],
  ['codecommit', 'codestar-notifications'],
  ['backup', 'backup'],
  ['rds', 'events.rds'],
];

/** Who may publish to the topic beside the account itself. */
function publishers(m: TofuModule): void {
  const topic = raw('aws_sns_topic.main.arn');
  const bucket = m.present.has('s3') && !bucketTellsBus(m) && m.has(/\b(?:notif\w*|upload\w*|creat\w*|whenever|object|event)\b/i); // prettier-ignore
  if (bucket) m.need('s3');
  const services = PUBLISHERS.filter(([id]) => m.present.has(id) && !(id === 'rds' && !m.has(/\bevent (?:subscription|notification)/i))).map(([, name]) => `${name}.amazonaws.com`); // prettier-ignore
  const statements = [
    ...(bucket ? [nested({ actions: ['sns:Publish'], resources: [topic], principals: nested({ type: 'Service', identifiers: ['s3.amazonaws.com'] }), condition: nested({ test: 'ArnEquals', variable: 'aws:SourceArn', values: [raw('aws_s3_bucket.main.arn')] }) })] : []), // prettier-ignore
    ...(services.length === 0 ? [] : [nested({ actions: ['sns:Publish'], resources: [topic], principals: nested({ type: 'Service', identifiers: services }) })]), // prettier-ignore
  ];
  if (statements.length > 0) m.resource('aws_sns_topic_policy', 'main', { arn: topic, policy: policy(statements) });
}

function sns(m: TofuModule): void {
  const fifo = m.has(/\bfifo topic\b/i);
  m.resource('aws_sns_topic', 'main', {
    name: `${m.name('topic', m.called('topic'))}${fifo ? '.fifo' : ''}`,
    ...(fifo ? { fifo_topic: true } : {}),
    // The key that AWS manages lets no other service in.
    kms_master_key_id: m.present.has('kms')
      ? raw('aws_kms_key.main.arn')
      : m.present.has('s3') || PUBLISHERS.some(([id]) => m.present.has(id))
        ? undefined
        : 'alias/aws/sns',
  });
  const email = m.take(/\b([\w.+-]+@[\w-]+\.[\w.]+\w)\b/)?.[1];
  if (email !== undefined || m.has(/\be-?mails?\b/i))
    m.resource('aws_sns_topic_subscription', 'email', {
      topic_arn: raw('aws_sns_topic.main.arn'),
      protocol: 'email',
      endpoint: email ?? m.variable('email', 'string', 'Address that gets the notifications.'),
    });
  for (const [i, phone] of m.text.takeAll(/(?<![\w])(\+\d{8,15})\b/g).entries())
    m.resource('aws_sns_topic_subscription', i === 0 ? 'sms' : `sms_${i + 1}`, {
      topic_arn: raw('aws_sns_topic.main.arn'),
      protocol: 'sms',
      endpoint: phone[1] ?? '',
    });
  for (const [i, url] of m.text.takeAll(/\b(https?:\/\/(?![\w.-]*amazonaws)[^\s,;"'`)]*[\w/])/g).entries())
    if (/\b(?:subscri\w*|endpoints?|web ?hooks?|posts?|notif\w*)\b/i.test(m.text.text) && !m.present.has('apigateway') && !m.present.has('cognito') && !m.present.has('route53')) // prettier-ignore
      m.resource('aws_sns_topic_subscription', i === 0 ? 'https' : `https_${i + 1}`, { topic_arn: raw('aws_sns_topic.main.arn'), protocol: (url[1] ?? '').startsWith('https') ? 'https' : 'http', endpoint: url[1] ?? '', endpoint_auto_confirms: false }); // prettier-ignore
  publishers(m);
  m.output('topic_arn', 'aws_sns_topic.main.arn', 'The topic.');
}

function kinesis(m: TofuModule): void {
  const shards = m.take(/\b(\d+)\s+shards?\b/i)?.[1];
  const retention = m.seconds('(?:retention|retain\\w*|kept|keep\\w*)');
  m.resource('aws_kinesis_stream', 'main', {
    name: m.name('stream', m.called('stream')),
    retention_period: retention === undefined ? 24 : Math.max(24, Math.round(retention / 3600)),
    encryption_type: 'KMS',
    kms_key_id: m.present.has('kms') ? raw('aws_kms_key.main.arn') : 'alias/aws/kinesis',
    ...(shards === undefined ? {} : { shard_count: Number(shards) }),
    stream_mode_details: nested({ stream_mode: shards === undefined ? 'ON_DEMAND' : 'PROVISIONED' }),
  });
  m.output('stream_arn', 'aws_kinesis_stream.main.arn', 'The stream.');
}

function firehose(m: TofuModule): void {
  m.need('s3');
  const source = m.present.has('kinesis');
  if (source) m.need('kinesis');
  const role = m.role(
    'firehose',
    ['firehose.amazonaws.com'],
    [
      {
        actions: [
          's3:AbortMultipartUpload',
          's3:GetBucketLocation',
          's3:GetObject',
          's3:ListBucket',
          's3:ListBucketMultipartUploads',
          's3:PutObject',
        ],
        resources: [raw('aws_s3_bucket.main.arn'), raw('"${aws_s3_bucket.main.arn}/*"')],
      },
      ...(source
        ? [
            {
              actions: [
                'kinesis:DescribeStream',
                'kinesis:GetShardIterator',
                'kinesis:GetRecords',
                'kinesis:ListShards',
              ],
              resources: [raw('aws_kinesis_stream.main.arn')],
            },
          ]
        : []),
    ],
  );
  const prefix = m.take(/\bprefix\s+["'`]?([\w./=-]+)/i)?.[1];
  const logged =
    m.take(/\b(?:error\w*|fail\w*|log\w*)\b[^.;]{0,30}\bcloud ?watch\b|\bcloud ?watch log\w*\b/i) !== undefined;
  if (logged) {
    m.resource('aws_cloudwatch_log_group', 'firehose', { name: m.name('firehose'), retention_in_days: 14 });
    m.resource('aws_cloudwatch_log_stream', 'firehose', {
      name: 'errors',
      log_group_name: raw('aws_cloudwatch_log_group.firehose.name'),
    });
  }
  m.resource('aws_kinesis_firehose_delivery_stream', 'main', {
    name: m.name('delivery', m.called('delivery stream')),
    destination: 'extended_s3',
    ...(source
      ? {
          kinesis_source_configuration: nested({
            kinesis_stream_arn: raw('aws_kinesis_stream.main.arn'),
            role_arn: raw(`${role}.arn`),
          }),
        }
      : { server_side_encryption: nested({ enabled: true }) }),
    extended_s3_configuration: nested({
      role_arn: raw(`${role}.arn`),
      bucket_arn: raw('aws_s3_bucket.main.arn'),
      compression_format: m.take(/\b(gzip|snappy|zip|uncompressed)\b/i)?.[1]?.toUpperCase() ?? 'GZIP',
      buffering_interval: m.seconds('(?:buffer\\w*|or|every|interval)') ?? 300,
      buffering_size: Number(m.take(/\b(\d+)\s?(?:MB|MiB|megabytes?)\b/i)?.[1] ?? 5),
      ...(prefix === undefined ? {} : { prefix }),
      ...(logged
        ? {
            cloudwatch_logging_options: nested({
              enabled: true,
              log_group_name: raw('aws_cloudwatch_log_group.firehose.name'),
              log_stream_name: raw('aws_cloudwatch_log_stream.firehose.name'),
            }),
          }
        : {}),
    }),
  });
}

export const MESSAGING: readonly Component[] = [
  { id: 'sqs', names: /\bsqs\b|\b(?:message |fifo |work )?queues?\b(?! depth)/i, make: sqs },
  { id: 'sns', names: /\bsns\b|\btopics?\b|\be-?mail notifications?\b/i, make: sns },
  { id: 'kinesis', names: /\bkinesis\b(?! (?:data )?firehose)|\bdata streams?\b/i, make: kinesis },
  { id: 'firehose', names: /\bfirehose\b|\bdelivery streams?\b/i, make: firehose },
];
