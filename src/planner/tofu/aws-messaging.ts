/** Queues, topics, streams, events and functions on AWS. */
import { readSchedule } from '../grammar/schedule.ts';
import { nested, raw } from './hcl.ts';
import { rowFor, type TofuModule } from './module.ts';
import type { Component } from './components.ts';

const policyFor = (
  m: TofuModule,
  label: string,
  service: string,
  actions: readonly string[],
  resource: string,
  source: string,
): string =>
  `${m.data('aws_iam_policy_document', label, { statement: nested({ effect: 'Allow', actions: [...actions], resources: [raw(resource)], principals: nested({ type: 'Service', identifiers: [service] }), condition: nested({ test: 'ArnEquals', variable: 'aws:SourceArn', values: [raw(source)] }) }) })}.json`;

function sqs(m: TofuModule): void {
  const fifo = m.has(/\bfifo\b/i);
  const said = m.called('queue');
  const visibility = m.seconds('visibility(?: timeout)?') ?? (m.present.has('lambda') ? 180 : 60);
  const retention = m.seconds('(?:retention|retain\\w*|keep\\w*(?: messages)?)');
  const delay = m.seconds('delay\\w*');
  const dead = m.has(/\bdead[- ]?letter|\bdlq\b|\bredrive\b/i);
  m.take(/\bdead[- ]?letter(?: queue)?|\bdlq\b/i);
  const suffix = fifo ? '.fifo' : '';
  const encryption = m.has(/\bkms\b|customer[- ]managed/i)
    ? { kms_master_key_id: m.present.has('kms') ? raw('aws_kms_key.main.arn') : 'alias/aws/sqs' }
    : { sqs_managed_sse_enabled: true };
  const receives = Number(
    m.take(/\b(?:after|max(?:imum)?)\s*(?:of\s+)?(\d+)\s+(?:receives?|attempts|tries|failures|failed)/i)?.[1] ?? 5,
  );
  if (dead)
    m.resource('aws_sqs_queue', 'dead_letter', {
      name: `${m.name('dead-letter', said === undefined ? undefined : `${said}-dlq`)}${suffix}`,
      message_retention_seconds: 1_209_600,
      ...(fifo ? { fifo_queue: true } : {}),
      ...encryption,
    });
  m.resource('aws_sqs_queue', 'main', {
    name: `${m.name('queue', said?.replace(/\.fifo$/, ''))}${suffix}`,
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
      policy: raw(
        policyFor(
          m,
          'queue',
          'sns.amazonaws.com',
          ['sqs:SendMessage'],
          'aws_sqs_queue.main.arn',
          'aws_sns_topic.main.arn',
        ),
      ),
    });
    m.resource('aws_sns_topic_subscription', 'queue', {
      topic_arn: raw('aws_sns_topic.main.arn'),
      protocol: 'sqs',
      endpoint: raw('aws_sqs_queue.main.arn'),
    });
  }
  m.output('queue_url', 'aws_sqs_queue.main.url', 'Where messages are sent to.');
}

function sns(m: TofuModule): void {
  const fifo = m.has(/\bfifo topic\b/i);
  m.resource('aws_sns_topic', 'main', {
    name: `${m.name('topic', m.called('topic'))}${fifo ? '.fifo' : ''}`,
    ...(fifo ? { fifo_topic: true } : {}),
    kms_master_key_id: m.present.has('kms')
      ? raw('aws_kms_key.main.arn')
      : m.present.has('s3') || m.present.has('alarm') || m.present.has('eventbridge')
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
  if (m.present.has('s3')) {
    m.need('s3');
    m.resource('aws_sns_topic_policy', 'main', {
      arn: raw('aws_sns_topic.main.arn'),
      policy: raw(
        policyFor(m, 'topic', 's3.amazonaws.com', ['sns:Publish'], 'aws_sns_topic.main.arn', 'aws_s3_bucket.main.arn'),
      ),
    });
  } else if (m.present.has('eventbridge') || m.present.has('cloudtrail') || m.present.has('config')) {
    const document = m.data('aws_iam_policy_document', 'topic', {
      statement: nested({
        actions: ['sns:Publish'],
        resources: [raw('aws_sns_topic.main.arn')],
        principals: nested({ type: 'Service', identifiers: ['events.amazonaws.com', 'cloudwatch.amazonaws.com'] }),
      }),
    });
    m.resource('aws_sns_topic_policy', 'main', { arn: raw('aws_sns_topic.main.arn'), policy: raw(`${document}.json`) });
  }
  m.output('topic_arn', 'aws_sns_topic.main.arn', 'The topic.');
}

function kinesis(m: TofuModule): void {
  const shards = m.take(/\b(\d+)\s+shards?\b/i)?.[1];
  const retention = m.seconds('(?:retention|retain\\w*|keep\\w*)');
  m.resource('aws_kinesis_stream', 'main', {
    name: m.name('stream', m.called('stream')),
    retention_period: retention === undefined ? 24 : Math.max(24, Math.round(retention / 3600)),
    encryption_type: 'KMS',
    kms_key_id: m.present.has('kms') ? raw('aws_kms_key.main.arn') : 'alias/aws/kinesis',
    ...(shards === undefined ? {} : { shard_count: Number(shards) }),
    stream_mode_details: nested({ stream_mode: shards === undefined ? 'ON_DEMAND' : 'PROVISIONED' }),
  });
  if (m.has(/\balarms?\b/i)) {
    m.take(/\balarms?\b[^.;]*/i);
    const write = m.has(/\bwrite/i) || !m.has(/\bread/i);
    const read = m.has(/\bread/i) || !m.has(/\bwrite/i);
    for (const [label, metric] of [
      ...(read ? [['read', 'ReadProvisionedThroughputExceeded'] as const] : []),
      ...(write ? [['write', 'WriteProvisionedThroughputExceeded'] as const] : []),
    ]) {
      m.resource('aws_cloudwatch_metric_alarm', `${label}_throttled`, {
        alarm_name: m.name(`${label}-throttled`),
        alarm_description: `The stream's ${label} throughput is exceeded.`,
        namespace: 'AWS/Kinesis',
        metric_name: metric,
        dimensions: { StreamName: raw('aws_kinesis_stream.main.name') },
        statistic: 'Sum',
        period: 300,
        evaluation_periods: 1,
        threshold: 0,
        comparison_operator: 'GreaterThanThreshold',
        treat_missing_data: 'notBreaching',
        ...alarmActions(m),
      });
    }
  }
  m.output('stream_arn', 'aws_kinesis_stream.main.arn', 'The stream.');
}

function alarmActions(m: TofuModule): { alarm_actions?: ReturnType<typeof raw>[] } {
  if (!m.present.has('sns')) return {};
  m.need('sns');
  return { alarm_actions: [raw('aws_sns_topic.main.arn')] };
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
      compression_format: 'GZIP',
      buffering_interval: 300,
      buffering_size: 5,
    }),
  });
}

const RUNTIMES: readonly (readonly [RegExp, string, string, string])[] = [
  [
    /\bpython\b/i,
    'python3.12',
    'index.py',
    'import json\n\n\ndef handler(event, context):\n    print(json.dumps(event))\n    return {"statusCode": 200, "body": "ok"}\n',
  ],
  [
    /\bnode(?:\.?js)?\b|javascript|typescript/i,
    'nodejs22.x',
    'index.mjs',
    'export const handler = async (event) => {\n  console.log(JSON.stringify(event));\n  return { statusCode: 200, body: "ok" };\n};\n',
  ],
  [
    /\bruby\b/i,
    'ruby3.3',
    'index.rb',
    'require "json"\n\ndef handler(event:, context:)\n  puts JSON.generate(event)\n  { statusCode: 200, body: "ok" }\nend\n',
  ],
];

function lambda(m: TofuModule): void {
  m.providers.add('archive');
  const [, usual, file, code] = rowFor(m, RUNTIMES);
  const version = m.take(/\b(?:python\s?(3\.\d+)|node(?:\.?js)?\s?(\d{2})(?:\.x)?)\b/i);
  const runtime =
    version?.[1] !== undefined ? `python${version[1]}` : version?.[2] !== undefined ? `nodejs${version[2]}.x` : usual;
  m.take(/\b(?:python|node\.?js|ruby)\b/i);
  const name = m.name('function', m.called('(?:function|lambda)'));
  m.files.push({ path: `function/${file}`, text: code });
  m.data('archive_file', 'function', {
    type: 'zip',
    source_dir: raw('"${path.module}/function"'),
    output_path: raw('"${path.module}/function.zip"'),
  });
  m.resource('aws_cloudwatch_log_group', 'function', {
    name: `/aws/lambda/${name}`,
    retention_in_days: Math.round(
      (m.seconds('(?:log retention|logs?\\s+(?:are )?(?:kept|retained))') ?? 1_209_600) / 86_400,
    ),
  });
  m.take(/\b(?:write|writes|writing|allowed only to write|only write)[^.;,]*\blogs?\b/i);
  const role = m.role(
    'function',
    ['lambda.amazonaws.com'],
    [
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [raw('"${aws_cloudwatch_log_group.function.arn}:*"')],
      },
      ...lambdaAccess(m),
    ],
  );
  const vpc = m.present.has('rds') || m.present.has('vpc') || m.has(/\bin (?:a|the|its) vpc\b/i);
  if (vpc)
    m.resource('aws_iam_role_policy_attachment', 'function_vpc', {
      role: raw(`${role}.name`),
      policy_arn: 'arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole',
    });
  const memory = m.take(/\b(\d{3,5})\s?MB?\b/)?.[1];
  const timeout = m.seconds('timeout');
  m.resource('aws_lambda_function', 'main', {
    function_name: name,
    role: raw(`${role}.arn`),
    runtime,
    handler: 'index.handler',
    filename: raw('data.archive_file.function.output_path'),
    source_code_hash: raw('data.archive_file.function.output_base64sha256'),
    memory_size: Number(memory ?? 128),
    timeout: timeout ?? 30,
    architectures: ['arm64'],
    ...(m.present.has('dynamodb')
      ? { environment: nested({ variables: { TABLE_NAME: raw('aws_dynamodb_table.main.name') } }) }
      : m.present.has('s3') && !m.has(/trigger|notif|upload|creat/i)
        ? { environment: nested({ variables: { BUCKET: raw('aws_s3_bucket.main.id') } }) }
        : {}),
    ...(vpc
      ? {
          vpc_config: nested({
            subnet_ids: m.network().privateSubnets,
            security_group_ids: [raw(`${m.securityGroup('function', 'The function', [])}.id`)],
          }),
        }
      : {}),
    ...(m.has(/\bx-?ray\b|\btracing\b/i) ? { tracing_config: nested({ mode: 'Active' }) } : {}),
    depends_on: [raw('aws_cloudwatch_log_group.function')],
  });
  triggers(m);
  m.output('function_name', 'aws_lambda_function.main.function_name', 'The function.');
}

function lambdaAccess(m: TofuModule): { actions: string[]; resources: ReturnType<typeof raw>[] }[] {
  const access: { actions: string[]; resources: ReturnType<typeof raw>[] }[] = [];
  if (m.present.has('sqs')) {
    m.need('sqs');
    access.push({
      actions: [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        ...(m.has(/\bsend/i) ? ['sqs:SendMessage'] : []),
      ],
      resources: [raw('aws_sqs_queue.main.arn')],
    });
  }
  if (m.present.has('dynamodb')) {
    m.need('dynamodb');
    access.push({
      actions: [
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:UpdateItem',
        'dynamodb:DeleteItem',
        'dynamodb:Query',
        'dynamodb:Scan',
      ],
      resources: [raw('aws_dynamodb_table.main.arn'), raw('"${aws_dynamodb_table.main.arn}/index/*"')],
    });
  }
  if (m.present.has('dynamodb') && m.has(/\bstreams?\b/i))
    access.push({
      actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
      resources: [raw('aws_dynamodb_table.main.stream_arn')],
    });
  if (m.present.has('kinesis')) {
    m.need('kinesis');
    access.push({
      actions: [
        'kinesis:DescribeStream',
        'kinesis:DescribeStreamSummary',
        'kinesis:GetRecords',
        'kinesis:GetShardIterator',
        'kinesis:ListShards',
      ],
      resources: [raw('aws_kinesis_stream.main.arn')],
    });
  }
  if (m.present.has('s3')) {
    m.need('s3');
    access.push({ actions: ['s3:GetObject', 's3:PutObject'], resources: [raw('"${aws_s3_bucket.main.arn}/*"')] });
  }
  if (m.present.has('sns')) {
    m.need('sns');
    access.push({ actions: ['sns:Publish'], resources: [raw('aws_sns_topic.main.arn')] });
  }
  return access;
}

const permission = (m: TofuModule, label: string, principal: string, source: string): string =>
  m.resource('aws_lambda_permission', label, {
    statement_id: `Allow${label}`,
    action: 'lambda:InvokeFunction',
    function_name: raw('aws_lambda_function.main.function_name'),
    principal,
    source_arn: raw(source),
  });

function triggers(m: TofuModule): void {
  const mapping = (label: string, arn: string, more: Record<string, string | number | boolean>): string =>
    m.resource('aws_lambda_event_source_mapping', label, {
      event_source_arn: raw(arn),
      function_name: raw('aws_lambda_function.main.arn'),
      ...more,
    });
  if (m.present.has('sqs')) mapping('queue', 'aws_sqs_queue.main.arn', { batch_size: 10 });
  if (m.present.has('kinesis'))
    mapping('stream', 'aws_kinesis_stream.main.arn', { starting_position: 'LATEST', batch_size: 100 });
  if (m.present.has('dynamodb') && m.has(/\bstreams?\b/i))
    mapping('table', 'aws_dynamodb_table.main.stream_arn', { starting_position: 'LATEST', batch_size: 100 });
  if (m.present.has('sns') && m.has(/\bsubscri|trigger|invok|notif|whenever|on (?:each|every) message/i)) {
    permission(m, 'topic', 'sns.amazonaws.com', 'aws_sns_topic.main.arn');
    m.resource('aws_sns_topic_subscription', 'function', {
      topic_arn: raw('aws_sns_topic.main.arn'),
      protocol: 'lambda',
      endpoint: raw('aws_lambda_function.main.arn'),
    });
  }
  const schedule =
    !m.present.has('eventbridge') && m.has(/\bevery\b|\bcron\b|\bschedul|\bhourly|\bdaily|\bnightly|\bweekly/i)
      ? readSchedule(m.text)
      : undefined;
  if (schedule !== undefined || (m.has(/\bschedul/i) && !m.present.has('eventbridge'))) {
    m.resource('aws_cloudwatch_event_rule', 'schedule', {
      name: m.name('schedule'),
      schedule_expression: awsSchedule(schedule ?? '0 0 * * *'),
    });
    m.resource('aws_cloudwatch_event_target', 'schedule', {
      rule: raw('aws_cloudwatch_event_rule.schedule.name'),
      arn: raw('aws_lambda_function.main.arn'),
    });
    permission(m, 'schedule', 'events.amazonaws.com', 'aws_cloudwatch_event_rule.schedule.arn');
  }
  if (m.has(/\bfunction url\b|\burl of its own\b/i))
    m.resource('aws_lambda_function_url', 'main', {
      function_name: raw('aws_lambda_function.main.function_name'),
      authorization_type: m.has(/\bpublic|no auth/i) ? 'NONE' : 'AWS_IAM',
    });
}

/** Five cron fields as the six of AWS, or a rate. */
export function awsSchedule(cron: string): string {
  const minutes = /^\*\/(\d+) \* \* \* \*$/.exec(cron)?.[1];
  if (minutes !== undefined) return `rate(${minutes} minute${minutes === '1' ? '' : 's'})`;
  if (cron === '* * * * *') return 'rate(1 minute)';
  if (cron === '0 * * * *') return 'rate(1 hour)';
  const hours = /^0 \*\/(\d+) \* \* \*$/.exec(cron)?.[1];
  if (hours !== undefined) return `rate(${hours} hours)`;
  const [minute = '0', hour = '0', day = '*', month = '*', weekday = '*'] = cron.split(' ');
  const days =
    weekday === '*'
      ? '?'
      : weekday.replace(/\d/g, (d) => ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'][Number(d)] ?? d);
  return `cron(${minute} ${hour} ${days === '?' ? day : '?'} ${month} ${days} *)`;
}

function eventbridge(m: TofuModule): void {
  if (m.has(/\b(?:custom |event )bus\b/i))
    m.resource('aws_cloudwatch_event_bus', 'main', { name: m.name('bus', m.called('(?:event )?bus')) });
  const schedule = readSchedule(m.text);
  const source = m.has(/\bec2\b|\binstance/i)
    ? { source: ['aws.ec2'], 'detail-type': ['EC2 Instance State-change Notification'] }
    : m.has(/\bs3\b|\bbucket/i)
      ? { source: ['aws.s3'], 'detail-type': ['Object Created'] }
      : m.has(/\bcode ?pipeline\b/i)
        ? { source: ['aws.codepipeline'], 'detail-type': ['CodePipeline Pipeline Execution State Change'] }
        : m.has(/\bguard ?duty\b/i)
          ? { source: ['aws.guardduty'], 'detail-type': ['GuardDuty Finding'] }
          : m.has(/\bconsole sign|root login|sign-?in/i)
            ? { source: ['aws.signin'], 'detail-type': ['AWS Console Sign In via CloudTrail'] }
            : { source: ['custom.app'] };
  const pattern = `jsonencode({\n${Object.entries(source)
    .map(([k, v]) => `  ${/-/.test(k) ? `"${k}"` : k} = ${JSON.stringify(v)}\n`)
    .join('')}})`;
  m.resource('aws_cloudwatch_event_rule', 'main', {
    name: m.name('rule', m.called('rule')),
    description: 'Made from a description.',
    ...(m.hasResource('aws_cloudwatch_event_bus') ? { event_bus_name: raw('aws_cloudwatch_event_bus.main.name') } : {}),
    ...(schedule === undefined ? { event_pattern: raw(pattern) } : { schedule_expression: awsSchedule(schedule) }),
  });
  const targets: readonly (readonly [string, string, string])[] = [
    ['lambda', 'function', 'aws_lambda_function.main.arn'],
    ['sns', 'topic', 'aws_sns_topic.main.arn'],
    ['sqs', 'queue', 'aws_sqs_queue.main.arn'],
    ['kinesis', 'stream', 'aws_kinesis_stream.main.arn'],
    ['states', 'machine', 'aws_sfn_state_machine.main.arn'],
  ];
  for (const [id, label, arn] of targets) {
    if (!m.present.has(id)) continue;
    m.need(id);
    const role =
      id === 'states' || id === 'kinesis'
        ? m.role(
            'events',
            ['events.amazonaws.com'],
            [{ actions: [id === 'states' ? 'states:StartExecution' : 'kinesis:PutRecord'], resources: [raw(arn)] }],
          )
        : undefined;
    m.resource('aws_cloudwatch_event_target', label, {
      rule: raw('aws_cloudwatch_event_rule.main.name'),
      ...(m.hasResource('aws_cloudwatch_event_bus')
        ? { event_bus_name: raw('aws_cloudwatch_event_bus.main.name') }
        : {}),
      arn: raw(arn),
      ...(role === undefined ? {} : { role_arn: raw(`${role}.arn`) }),
    });
    if (id === 'lambda') permission(m, 'events', 'events.amazonaws.com', 'aws_cloudwatch_event_rule.main.arn');
  }
}

function states(m: TofuModule): void {
  const withLambda = m.present.has('lambda');
  if (withLambda) m.need('lambda');
  const role = m.role(
    'states',
    ['states.amazonaws.com'],
    [
      withLambda
        ? { actions: ['lambda:InvokeFunction'], resources: [raw('aws_lambda_function.main.arn')] }
        : {
            actions: [
              'logs:CreateLogDelivery',
              'logs:GetLogDelivery',
              'logs:UpdateLogDelivery',
              'logs:DeleteLogDelivery',
              'logs:ListLogDeliveries',
              'logs:PutResourcePolicy',
              'logs:DescribeResourcePolicies',
              'logs:DescribeLogGroups',
            ],
            resources: ['*'],
          },
    ],
  );
  const first = withLambda
    ? '    Work = {\n      Type     = "Task"\n      Resource = aws_lambda_function.main.arn\n      Retry    = [{ ErrorEquals = ["States.ALL"], IntervalSeconds = 2, MaxAttempts = 3, BackoffRate = 2 }]\n      End      = true\n    }'
    : '    Wait = {\n      Type    = "Wait"\n      Seconds = 5\n      Next    = "Done"\n    }\n    Done = {\n      Type = "Succeed"\n    }';
  m.resource('aws_sfn_state_machine', 'main', {
    name: m.name('workflow', m.called('state machine')),
    role_arn: raw(`${role}.arn`),
    type: m.has(/\bexpress\b/i) ? 'EXPRESS' : 'STANDARD',
    definition: raw(`jsonencode({\n  StartAt = "${withLambda ? 'Work' : 'Wait'}"\n  States = {\n${first}\n  }\n})`),
  });
}

function mq(m: TofuModule): void {
  const engine = m.has(/rabbit/i) ? 'RabbitMQ' : 'ActiveMQ';
  m.resource('aws_mq_broker', 'main', {
    broker_name: m.name('broker', m.called('broker')),
    engine_type: engine,
    engine_version: engine === 'RabbitMQ' ? '3.13' : '5.18',
    host_instance_type: 'mq.t3.micro',
    auto_minor_version_upgrade: true,
    publicly_accessible: false,
    user: nested({
      username: 'app',
      password: m.variable('broker_password', 'string', 'Password of the broker user; hand it over as a secret.', {
        sensitive: true,
      }),
    }),
  });
}

export const MESSAGING: readonly Component[] = [
  { id: 'sqs', names: /\bsqs\b|\b(?:message |fifo |work )?queues?\b(?! depth)/i, make: sqs },
  { id: 'sns', names: /\bsns\b|\btopics?\b|\be-?mail notifications?\b/i, make: sns },
  { id: 'kinesis', names: /\bkinesis\b(?! (?:data )?firehose)|\bdata streams?\b/i, make: kinesis },
  { id: 'firehose', names: /\bfirehose\b|\bdelivery streams?\b/i, make: firehose },
  { id: 'lambda', names: /\blambdas?\b|\bserverless (?:functions?|api|back-?end)\b/i, make: lambda },
  {
    id: 'eventbridge',
    names: /\bevent ?bridge\b|\bcloud ?watch events?\b|\bevent (?:rules?|bus)\b/i,
    make: eventbridge,
  },
  { id: 'states', names: /\bstep functions?\b|\bstate machines?\b/i, make: states },
  { id: 'mq', names: /\bamazon mq\b|\bactive ?mq\b|\brabbit ?mq broker\b/i, make: mq },
];
