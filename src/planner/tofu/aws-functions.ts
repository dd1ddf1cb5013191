/** Functions, events and workflows on AWS. */
import type { Component } from './components.ts';
import { readSchedule } from '../grammar/schedule.ts';
import { nested, raw, type Body, type Value } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { rowFor } from './tables.ts';

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
    /\bjava\s?\d*\b(?!script)|\bkotlin\b/i,
    'java21',
    'Handler.java',
    'import java.util.Map;\n\npublic class Handler {\n  public Map<String, Object> handle(Map<String, Object> event) {\n    System.out.println(event);\n    return Map.of("statusCode", 200, "body", "ok");\n  }\n}\n',
  ],
  [
    /\b(?:golang|go lambda|go function|in go|rust|custom runtime|provided\.al2023)\b/i,
    'provided.al2023',
    'bootstrap',
    '#!/bin/sh\nset -eu\nwhile true; do\n  headers="$(mktemp)"\n  curl -sS -D "$headers" "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/next"\n  id="$(grep -i lambda-runtime-aws-request-id "$headers" | tr -d "[:space:]" | cut -d: -f2)"\n  curl -sS "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation/$id/response" -d ok\ndone\n',
  ],
  [
    /\b(?:dotnet|\.net|c#)\s?\d*/i,
    'dotnet8',
    'Function.cs',
    'using System.Text.Json;\n\npublic class Function\n{\n    public object Handle(JsonElement input)\n    {\n        System.Console.WriteLine(input);\n        return new { statusCode = 200, body = "ok" };\n    }\n}\n',
  ],
  [
    /\bruby\b/i,
    'ruby3.3',
    'index.rb',
    'require "json"\n\ndef handler(event:, context:)\n  puts JSON.generate(event)\n  { statusCode: 200, body: "ok" }\nend\n',
  ],
];

const HANDLERS: readonly (readonly [string, string])[] = [
  ['java', 'Handler::handle'],
  ['dotnet', 'Function::Function::Handle'],
  ['provided', 'bootstrap'],
];

/** "handler app.handler": the file and the function in it. */
function handlerSaid(
  m: TofuModule,
  runtime: string,
  file: string,
  code: string,
): { handler?: string; file: string; code: string } {
  // prettier-ignore
  const handler = m.take(/\bhandler\s+(?:is |called |named |= ?|: ?)?["'`]?([A-Za-z_][\w/]*\.[A-Za-z_]\w*)\b/i)?.[1];
  if (handler === undefined || !/^(?:python|nodejs|ruby)/.test(runtime)) return handler === undefined ? { file, code } : { handler, file, code }; // prettier-ignore
  const [module = 'index', name = 'handler'] = handler.split('.');
  const extension = file.slice(file.lastIndexOf('.'));
  return { handler, file: `${module}${extension}`, code: code.replace(/\bhandler\b/g, name) };
}

/** Settings of a function beside what every one has. */
function functionMore(m: TofuModule): Body {
  const reserved = m.take(
    /\b(?:reserved )?concurrency\s*(?:of|is|=|:|limited to)?\s*(\d+)|\b(\d+) (?:reserved )?concurrent\b|\b(?:never|no|not) more than (\d+) (?:at once|at a time|in parallel|at the same time)\b/i,
  );
  const disk = m.take(
    /\b(?:ephemeral(?: storage)?|\/tmp)\b[^.;,\d]{0,20}(\d+)\s?(GB|GiB|MB|MiB)\b|\b(\d+)\s?(GB|GiB|MB|MiB) (?:of )?(?:ephemeral|\/tmp)/i,
  );
  const amount = disk?.[1] ?? disk?.[3];
  const published = m.take(/\bpublish\w*\b[^.;,]{0,12}\bversions?\b|\bversions? (?:is |are )?published\b|\balias(?:es)?\b|\bprovisioned concurrency\b/i) !== undefined; // prettier-ignore
  const layer = m.take(/\blayers?\b(?:[^.;,]{0,24}?([\w./-]+\.zip))?/i);
  if (layer !== undefined)
    m.resource('aws_lambda_layer_version', 'main', { layer_name: m.name('layer'), filename: layer[1] ?? 'layer.zip', compatible_architectures: ['arm64', 'x86_64'] }); // prettier-ignore
  return {
    ...(reserved === undefined || m.has(/\bprovisioned concurrency\b/i) ? {} : { reserved_concurrent_executions: Number(reserved[1] ?? reserved[2] ?? reserved[3]) }), // prettier-ignore
    ...(amount === undefined ? {} : { ephemeral_storage: nested({ size: Number(amount) * (/^G/i.test(disk?.[2] ?? disk?.[4] ?? 'M') ? 1024 : 1) }) }), // prettier-ignore
    ...(published ? { publish: true } : {}),
    ...(layer === undefined ? {} : { layers: [raw('aws_lambda_layer_version.main.arn')] }),
  };
}

/** Aliases, capacity that is kept warm, and what becomes of events that fail. */
function functionBeside(m: TofuModule): void {
  const warm = m.take(/\bprovisioned concurrency\s*(?:of|is|=|:)?\s*(\d+)/i)?.[1];
  const alias = m.called('alias') ?? (warm === undefined ? undefined : 'live');
  if (alias !== undefined)
    m.resource('aws_lambda_alias', 'main', { name: alias, function_name: raw('aws_lambda_function.main.function_name'), function_version: raw('aws_lambda_function.main.version') }); // prettier-ignore
  if (warm !== undefined)
    m.resource('aws_lambda_provisioned_concurrency_config', 'main', { function_name: raw('aws_lambda_function.main.function_name'), qualifier: raw('aws_lambda_alias.main.name'), provisioned_concurrent_executions: Number(warm) }); // prettier-ignore
  const age = m.seconds('(?:maximum |max )?(?:event )?age');
  const tries = m.take(/\b(?:asynchronous|async)\b[^.;]{0,60}?(\d|no|one|two) retr(?:y|ies)|\b(?:after|max(?:imum)?|with) (\d|no|one|two) retr(?:y|ies)\b/i); // prettier-ignore
  const onSuccess = m.take(/\bon success\b|\bsuccess(?:ful)? (?:destination|results?)\b/i) !== undefined;
  if (age === undefined && tries === undefined && !onSuccess && !m.has(/\bdestinations?\b/i)) return;
  const sink = onlyDeadLetters(m)
    ? 'aws_sqs_queue.main.arn'
    : m.present.has('sns')
      ? 'aws_sns_topic.main.arn'
      : undefined;
  const words: Readonly<Record<string, number>> = { no: 0, one: 1, two: 2 };
  const count = (tries?.[1] ?? tries?.[2] ?? '2').toLowerCase();
  m.resource('aws_lambda_function_event_invoke_config', 'main', {
    function_name: raw('aws_lambda_function.main.function_name'),
    maximum_retry_attempts: words[count] ?? Number(count),
    ...(age === undefined ? {} : { maximum_event_age_in_seconds: Math.min(21_600, Math.max(60, age)) }),
    ...(sink === undefined ? {} : { destination_config: nested(onSuccess ? { on_success: nested({ destination: raw(sink) }) } : { on_failure: nested({ destination: raw(sink) }) }) }), // prettier-ignore
  });
}

function lambda(m: TofuModule): void {
  m.providers.add('archive');
  const [, usual, file, code] = rowFor(m, RUNTIMES);
  const version = m.take(
    /\b(?:python\s?(3\.\d+)|node(?:\.?js)?\s?v?(\d{2})(?:\.x)?|java\s?(\d{2})|(?:dotnet|\.net)\s?(\d)|ruby\s?(3\.\d))\b/i,
  );
  const named = ['python', 'nodejs', 'java', 'dotnet', 'ruby'].findIndex((_, i) => version?.[i + 1] !== undefined);
  const runtime =
    version === undefined || named < 0
      ? usual
      : `${['python', 'nodejs', 'java', 'dotnet', 'ruby'][named] ?? ''}${version[named + 1] ?? ''}${named === 1 ? '.x' : ''}`;
  m.take(/\b(?:python|node\.?js|ruby|java|golang|dotnet)\b/i);
  if (/^(?:java|dotnet)/.test(runtime))
    m.assume('The function is compiled before it is packed; function/ holds its source.');
  const names = m.several('[Ll]ambda(?: function)?|function', 'aws_lambda_function.main', [
    'aws_cloudwatch_log_group.function',
    'aws_iam_role.function',
    'aws_iam_role_policy.function',
    'aws_iam_role_policy_attachment.function_vpc',
  ]);
  const name = names.length > 0 ? '${each.key}' : m.name('function', m.called('(?:function|lambda)'));
  const said = handlerSaid(m, runtime, file, code);
  m.files.push({ path: `function/${said.file}`, text: said.code });
  m.data('archive_file', 'function', {
    type: 'zip',
    source_dir: raw('"${path.module}/function"'),
    output_path: raw('"${path.module}/function.zip"'),
  });
  m.resource('aws_cloudwatch_log_group', 'function', {
    name: `/aws/lambda/${name}`,
    retention_in_days: Math.round(
      (m.seconds(
        '(?:log (?:group )?retention|logs?(?: ?groups?)?[^.;,\\d]{0,40}?(?:kept|retain\\w*|retention|expire\\w*))',
      ) ?? 1_209_600) / 86_400,
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
  const memory = m.take(
    /\b(\d{3,5})\s?(?:MB?|megabytes?|MiB)\b|\b(\d{1,2})\s?(?:GB|gigabytes?|GiB)\b(?=[^.;,]{0,12}\b(?:memory|ram))|\b(\d{1,2})\s?(?:GB|GiB|gigabytes?)\b(?! (?:disk|storage|volume))/i,
  );
  const megabytes =
    memory?.[1] !== undefined ? Number(memory[1]) : memory === undefined ? 128 : Number(memory[2] ?? memory[3]) * 1024;
  const timeout = m.seconds('(?:time ?out|run(?:s|ning)? time|at most|no longer than|max(?:imum)? duration)');
  const variables = lambdaVariables(m);
  m.resource('aws_lambda_function', 'main', {
    function_name: name,
    role: raw(`${role}.arn`),
    runtime,
    handler: said.handler ?? HANDLERS.find(([p]) => runtime.startsWith(p))?.[1] ?? 'index.handler',
    filename: raw('data.archive_file.function.output_path'),
    source_code_hash: raw('data.archive_file.function.output_base64sha256'),
    memory_size: megabytes,
    timeout: timeout ?? 30,
    architectures: [m.take(/\bx86(?:_64)?\b|\bintel\b|\bamd64\b/i) === undefined ? 'arm64' : 'x86_64'],
    ...functionMore(m),
    ...(Object.keys(variables).length === 0 ? {} : { environment: nested({ variables }) }),
    ...(vpc
      ? {
          vpc_config: nested({
            subnet_ids: m.network().privateSubnets,
            security_group_ids: [raw(`${m.securityGroup('function', 'The function', [])}.id`)],
          }),
        }
      : {}),
    ...(onlyDeadLetters(m) ? { dead_letter_config: nested({ target_arn: raw('aws_sqs_queue.main.arn') }) } : {}),
    ...(m.has(/\bx-?ray\b|\btracing\b/i) ? { tracing_config: nested({ mode: 'Active' }) } : {}),
    depends_on: [raw('aws_cloudwatch_log_group.function')],
  });
  triggers(m);
  functionBeside(m);
  m.output('function_name', 'aws_lambda_function.main.function_name', 'The function.');
}

/** What the function is told: where its table or bucket is, and the variables that the words name. */
function lambdaVariables(m: TofuModule): Record<string, Value> {
  const made: Record<string, Value> = {
    ...(m.present.has('dynamodb') ? { TABLE_NAME: raw('aws_dynamodb_table.main.name') } : {}),
    ...(m.present.has('s3') && !m.has(/trigger|notif|upload|creat/i) ? { BUCKET: raw('aws_s3_bucket.main.id') } : {}),
  };
  for (const match of m.text.takeAll(/\b([A-Z][A-Z0-9_]{2,})\s*=\s*["'`]?([^\s,;"'`)]+)/g))
    made[match[1] ?? ''] = match[2] ?? '';
  for (const match of m.text.takeAll(/\benv(?:ironment)?(?: variables?| vars?)?\s+([A-Z][A-Z0-9_]{2,})(?!\s*=)/g))
    made[match[1] ?? ''] ??=
      /QUEUE/.test(match[1] ?? '') && m.present.has('sqs')
        ? raw('aws_sqs_queue.main.url')
        : /TOPIC/.test(match[1] ?? '') && m.present.has('sns')
          ? raw('aws_sns_topic.main.arn')
          : m.variable((match[1] ?? '').toLowerCase(), 'string', `Value of ${match[1] ?? ''}.`, { default: '' });
  return made;
}

/** "failed events go to an SQS dead letter queue": a queue that nothing is read from. */
const onlyDeadLetters = (m: TofuModule): boolean =>
  m.present.has('sqs') &&
  m.has(/\b(?:failed|failures?|failing|errors?)\b[^.;,]{0,40}\b(?:queue|dlq|sqs)\b|\b(?:dead[- ]?letter queue|dlq)\b[^.;,]{0,20}\bfor (?:the |its )?(?:lambda|function|failed)/i) &&
  !m.has(/\b(?:triggered|invoked|fed|started) (?:by|from)[^.;,]{0,20}\b(?:sqs|queue)|\b(?:sqs|queue)\b[^.;,]{0,24}\b(?:triggers?|invokes?|feeds?)|\b(?:reads?|consum\w*|poll\w*|process\w*)\b[^.;,]{0,24}\b(?:sqs|queue)|\bbatch size\b/i); // prettier-ignore

function lambdaAccess(m: TofuModule): { actions: string[]; resources: ReturnType<typeof raw>[] }[] {
  const access: { actions: string[]; resources: ReturnType<typeof raw>[] }[] = [];
  if (m.present.has('sqs')) {
    m.need('sqs');
    access.push({
      actions: onlyDeadLetters(m)
        ? ['sqs:SendMessage']
        : [
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

/** Where in a stream a function begins, and how much it takes at once. */
const streamStart = (m: TofuModule): Record<string, string | number | boolean> => ({
  starting_position: m.take(/\bTRIM_HORIZON\b|\b(?:from|at) the (?:beginning|start|oldest)\b|\bfrom the oldest\b/i) === undefined ? 'LATEST' : 'TRIM_HORIZON', // prettier-ignore
  batch_size: Number(m.take(/\bbatch(?:es)?(?: size)?\s*(?:of|=|:|is)?\s*(\d+)/i)?.[1] ?? 100),
  ...(m.take(/\bbisect\w*/i) === undefined ? {} : { bisect_batch_on_function_error: true }),
});

function triggers(m: TofuModule): void {
  const mapping = (label: string, arn: string, more: Body): string =>
    m.resource('aws_lambda_event_source_mapping', label, {
      event_source_arn: raw(arn),
      function_name: raw('aws_lambda_function.main.arn'),
      ...more,
    });
  if (m.present.has('sqs') && !onlyDeadLetters(m))
    mapping('queue', 'aws_sqs_queue.main.arn', {
      batch_size: Number(m.take(/\bbatch(?:es)?(?: size)?\s*(?:of|=|:|is)?\s*(\d+)/i)?.[1] ?? 10),
      ...(m.take(/\bpartial (?:batch )?(?:failures?|responses?)\b(?: reported)?|\bReportBatchItemFailures\b/i) === undefined ? {} : { function_response_types: raw('["ReportBatchItemFailures"]') }), // prettier-ignore
    });
  if (m.present.has('kinesis')) mapping('stream', 'aws_kinesis_stream.main.arn', streamStart(m));
  if (m.present.has('dynamodb') && m.has(/\bstreams?\b/i))
    mapping('table', 'aws_dynamodb_table.main.stream_arn', streamStart(m));
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
      authorization_type: m.take(/\bpublic\b|\bno auth\w*|\bwithout auth\w*|\banybody\b|\banyone\b/i) === undefined ? 'AWS_IAM' : 'NONE', // prettier-ignore
      ...(m.has(/\bcors\b/i) ? { cors: nested({ allow_origins: [m.take(/\b(?:cors|origins?)\b[^.;]{0,24}?(https?:\/\/[\w.:-]*\w)/i)?.[1] ?? '*'], allow_methods: ['*'], allow_headers: ['*'] }) } : {}), // prettier-ignore
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

export const FUNCTIONS: readonly Component[] = [
  { id: 'lambda', names: /\blambdas?\b|\bserverless (?:functions?|api|back-?end)\b/i, make: lambda },
];
