/** Rules of EventBridge: which events, on which bus, and where they go. */
import { readSchedule } from '../grammar/schedule.ts';
import type { Component } from './components.ts';
import { CALLED, CALLS, EVENT_SOURCES } from './event-sources.ts';
import { awsSchedule } from './aws-functions.ts';
import { expression, nested, raw, type Body, type Value } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { policy } from './policy.ts';
import { linked } from './rows.ts';

type Pattern = Record<string, Value>;

/** The words about one rule: all of them where there is only one. */
type Words = Pick<TofuModule, 'has' | 'take' | 'text'>;

/** Where a value lies in the details, as nested objects. */
const within = (path: string, value: Value): Value =>
  path.split('.').reduceRight<Value>((inner, key) => ({ [key]: inner }), value);

/** "the calls CreateSecret and DeleteSecret": what the audit trail tells. */
function calls(m: Words): Pattern | undefined {
  const names = [...new Set(m.text.takeAll(CALLS).map((c) => c[1] ?? ''))].filter((n) => !/^(?:CreateObject|PutObject|GetObject)$/.test(n)); // prettier-ignore
  if (names.length === 0 && !m.has(/\bapi calls?\b/i)) return undefined;
  const service = CALLED.find(([p]) => names.some((n) => p.test(n)))?.[1] ?? CALLED.find(([p]) => m.has(p))?.[1] ?? 'ec2'; // prettier-ignore
  m.take(/\b(?:cloud ?trail )?api calls?\b/i);
  return {
    source: [`aws.${service}`],
    'detail-type': ['AWS API Call via CloudTrail'],
    detail: {
      eventSource: [`${service}.amazonaws.com`],
      ...(names.length === 0 ? {} : { eventName: names }),
    },
  };
}

/** "source my.app", "detail type OrderPlaced": events of one's own. */
function custom(m: Words): Pattern | undefined {
  const source = m.take(/\bsources?\s+(?:is |are |=|:|called |named )?\s*["'`]?([a-zA-Z][\w-]*(?:[.-][\w-]+)+|[a-z][\w-]+)["'`]?(?=[\s,.;)]|$)/i)?.[1]; // prettier-ignore
  const types = m.text.takeAll(/\bdetail[- ]?types?\s+(?:is |are |=|:|of )?\s*((?:["'`]?[A-Z][\w.]*(?: [A-Z]\w*)*["'`]?(?:\s*(?:,|and|or)\s*)?)+)/g).flatMap((t) => (t[1] ?? '').split(/\s*(?:,|\band\b|\bor\b)\s*/)).map((t) => t.replace(/["'`]/g, '').trim()).filter((t) => t !== ''); // prettier-ignore
  if (
    (source === undefined || /^(?:the|and|of|is|for|code|stage|repository|events?)$/i.test(source)) &&
    types.length === 0
  )
    return undefined;
  return {
    ...(source === undefined || /^(?:the|and|of|is|for)$/i.test(source) ? {} : { source: [source] }),
    ...(types.length === 0 ? {} : { 'detail-type': types }),
  };
}

/** What a service tells by itself. */
function told(m: TofuModule, words: Words): Pattern {
  const found = EVENT_SOURCES.find((s) => s.words.test(words.text.text));
  if (found === undefined) {
    m.assume('The rule matches events of the source custom.app: the description names no source.');
    return { source: ['custom.app'] };
  }
  words.take(found.words);
  const severity = found.source === 'aws.guardduty' || found.source === 'aws.inspector2' ? words.take(/\b(?:severity|level|score)\b[^.;,\d]{0,30}(\d+(?:\.\d+)?)|\b(?:high|critical)\b(?:[- ]severity)?/i) : undefined; // prettier-ignore
  const values = (found.detail?.[1] ?? []).filter(([value]) => words.take(new RegExp(`\\b(?:${value})\\b`, 'i')) !== undefined).map(([, v]) => v); // prettier-ignore
  const detail: Value | undefined =
    severity !== undefined
      ? { severity: [{ numeric: ['>=', Number(severity[1] ?? 7)] }] }
      : found.detail !== undefined && values.length > 0
        ? within(found.detail[0], values)
        : undefined;
  if (found.source === 'aws.s3') return objects(m, words);
  return { source: [found.source], 'detail-type': [found.type], ...(detail === undefined ? {} : { detail }) };
}

/** Objects that come to, or go from, a bucket. */
function objects(m: TofuModule, words: Words): Pattern {
  const bucket = linked(m, 's3');
  const prefix = words.take(/\b(?:prefix|under|in folder|below)\s+["'`]?([\w.-]+\/[\w./-]*|[\w-]+\/)/i)?.[1];
  const suffix = words.take(/\b(?:suffix|ending (?:in|with))\s+["'`]?(\.\w+)/i)?.[1] ?? words.take(/\s(\.(?:jpe?g|png|csv|json|txt|pdf|gz|parquet))\b/i)?.[1]; // prettier-ignore
  const removed = words.has(/\b(?:delet|remov)\w*/i);
  const key = [...(prefix === undefined ? [] : [{ prefix }]), ...(suffix === undefined ? [] : [{ suffix }])];
  return {
    source: ['aws.s3'],
    'detail-type': [...(removed ? ['Object Deleted'] : []), ...(!removed || words.has(/\b(?:creat|upload|add|new|arriv|put)\w*/i) ? ['Object Created'] : [])], // prettier-ignore
    detail: {
      ...(bucket ? { bucket: { name: [raw('aws_s3_bucket.main.id')] } } : {}),
      ...(key.length === 0 ? {} : { object: { key } }),
    },
  };
}

/** Whether what happens in a bucket is told through EventBridge, and not by the bucket itself. */
export const bucketTellsBus = (m: TofuModule): boolean =>
  m.present.has('s3') &&
  m.present.has('eventbridge') &&
  m.has(/\b(?:object|file|upload|image|document)\w*\b|\bbucket\b[^.;]*\bevents?\b/i) &&
  !m.has(/\bsource [a-z]+\.[a-z]|\bdetail[- ]?type\b|\bguard ?duty\b/i);

interface Target {
  readonly id: string;
  readonly label: string;
  readonly arn: string;
  /** What the rule's own role must be allowed, where the target has no policy of its own. */
  readonly may?: string;
  readonly more?: (m: TofuModule) => Body;
}

const TARGETS: readonly Target[] = [
  { id: 'lambda', label: 'function', arn: 'aws_lambda_function.main.arn' },
  { id: 'sns', label: 'topic', arn: 'aws_sns_topic.main.arn' },
  { id: 'sqs', label: 'queue', arn: 'aws_sqs_queue.main.arn' },
  { id: 'kinesis', label: 'stream', arn: 'aws_kinesis_stream.main.arn', may: 'kinesis:PutRecord' },
  { id: 'firehose', label: 'delivery', arn: 'aws_kinesis_firehose_delivery_stream.main.arn', may: 'firehose:PutRecord' },
  { id: 'states', label: 'machine', arn: 'aws_sfn_state_machine.main.arn', may: 'states:StartExecution' },
  { id: 'codebuild', label: 'build', arn: 'aws_codebuild_project.main.arn', may: 'codebuild:StartBuild' },
  { id: 'codepipeline', label: 'pipeline', arn: 'aws_codepipeline.main.arn', may: 'codepipeline:StartPipelineExecution' },
  { id: 'ecs', label: 'task', arn: 'aws_ecs_cluster.main.arn', may: 'ecs:RunTask', more: (m) => ({ ecs_target: nested({ task_definition_arn: raw('aws_ecs_task_definition.main.arn'), launch_type: 'FARGATE', network_configuration: nested({ subnets: m.network().privateSubnets }) }) }) },
  { id: 'logs', label: 'log', arn: 'aws_cloudwatch_log_group.main.arn' },
]; // prettier-ignore

/** What the pattern is about is its source, not where it goes. */
const isSource = (pattern: Pattern, id: string): boolean =>
  JSON.stringify(pattern['source'] ?? '').includes(`aws.${id === 'ec2' ? 'ec2' : id}`);

const busOf = (m: TofuModule): Body =>
  m.hasResource('aws_cloudwatch_event_bus') ? { event_bus_name: raw('aws_cloudwatch_event_bus.main.name') } : {};

/** An address outside that events are sent to, with how it knows us. */
function destination(m: TofuModule): void {
  const url = m.take(/(https?:\/\/[^\s,;"'`)]*[\w/])/)?.[1];
  if (url === undefined || m.take(/\bapi destinations?\b|\bweb ?hooks?\b|\bPOST(?:s|ed)?\b|\bsent to https?|\bhttp endpoint\b/i) === undefined) return; // prettier-ignore
  const basic = m.has(/\bbasic auth\w*|\buser(?:name)? and password\b/i);
  const secret = (name: string, about: string): Value => m.variable(m.variableFor('\\b(?:key|value|token|password)\\b') ?? name, 'string', about, { sensitive: true }); // prettier-ignore
  m.resource('aws_cloudwatch_event_connection', 'main', {
    name: m.name('connection', m.called('connection')),
    authorization_type: basic ? 'BASIC' : 'API_KEY',
    auth_parameters: nested(
      basic
        ? { basic: nested({ username: m.variable('api_user', 'string', 'User at the destination.'), password: secret('api_password', 'Password at the destination.') }) } // prettier-ignore
        : { api_key: nested({ key: m.take(/\bheader\s+["'`]?([A-Za-z][\w-]+)/i)?.[1] ?? 'x-api-key', value: secret('api_key', 'Key that the destination wants.') }) }, // prettier-ignore
    ),
  });
  m.resource('aws_cloudwatch_event_api_destination', 'main', {
    name: m.name('destination', m.called('destination')),
    invocation_endpoint: url,
    http_method: m.take(/\b(POST|PUT|PATCH|GET|DELETE)(?:s|ed)?\b/)?.[1] ?? 'POST',
    invocation_rate_limit_per_second: Number(m.take(/\b(\d+)\s*(?:requests?|calls|invocations)?\s*(?:per|\/|a)\s*s(?:ec(?:ond)?)?\b/i)?.[1] ?? 10), // prettier-ignore
    connection_arn: raw('aws_cloudwatch_event_connection.main.arn'),
  });
  const role = m.role(
    'events',
    ['events.amazonaws.com'],
    [{ actions: ['events:InvokeApiDestination'], resources: [raw('aws_cloudwatch_event_api_destination.main.arn')] }],
  );
  m.resource('aws_cloudwatch_event_target', 'destination', {
    rule: raw('aws_cloudwatch_event_rule.main.name'),
    ...busOf(m),
    arn: raw('aws_cloudwatch_event_api_destination.main.arn'),
    role_arn: raw(`${role}.arn`),
  });
}

function send(m: TofuModule, target: Target, { pattern, label, words }: Rule): void {
  if (!m.present.has(target.id) || isSource(pattern, target.id)) return;
  // Of several rules each has the targets that its own words name.
  if (words !== m && m.namesOf(target.id)?.test(words.text.text) !== true) return;
  const own = (usual: string): string => (label === 'main' ? usual : `${usual}_${label}`);
  // A log group beside other targets is somebody's own log.
  if (target.id === 'logs' && !m.has(/\b(?:to|into) (?:an? |the )?(?:cloud ?watch )?log ?group\b/i)) return;
  m.need(target.id);
  const role =
    target.may === undefined
      ? undefined
      : m.role(
          own('events'),
          ['events.amazonaws.com'],
          [
            { actions: [target.may], resources: [raw(target.id === 'ecs' ? 'aws_ecs_task_definition.main.arn' : target.arn)] }, // prettier-ignore
            ...(target.id === 'ecs' ? [{ actions: ['iam:PassRole'], resources: [raw('aws_iam_role.task_execution.arn')] }] : []), // prettier-ignore
          ],
        );
  m.resource('aws_cloudwatch_event_target', own(target.label), {
    rule: raw(`aws_cloudwatch_event_rule.${label}.name`),
    ...busOf(m),
    arn: raw(target.arn),
    ...(role === undefined ? {} : { role_arn: raw(`${role}.arn`) }),
    ...target.more?.(m),
  });
  const source = raw(`aws_cloudwatch_event_rule.${label}.arn`);
  if (target.id === 'lambda')
    m.resource('aws_lambda_permission', own('events'), {
      statement_id: label === 'main' ? 'AllowEvents' : `AllowEvents${label}`,
      action: 'lambda:InvokeFunction',
      function_name: raw('aws_lambda_function.main.function_name'),
      principal: 'events.amazonaws.com',
      source_arn: source,
    });
  if (target.id === 'sqs')
    m.resource('aws_sqs_queue_policy', own('events'), {
      queue_url: raw('aws_sqs_queue.main.id'),
      policy: policy(nested({ actions: ['sqs:SendMessage'], resources: [raw('aws_sqs_queue.main.arn')], principals: nested({ type: 'Service', identifiers: ['events.amazonaws.com'] }), condition: nested({ test: 'ArnEquals', variable: 'aws:SourceArn', values: [source] }) })), // prettier-ignore
    });
  if (target.id === 'logs')
    m.resource('aws_cloudwatch_log_resource_policy', 'events', {
      policy_name: m.name('events'),
      policy_document: policy(nested({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [raw('"${aws_cloudwatch_log_group.main.arn}:*"')], principals: nested({ type: 'Service', identifiers: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] }) })), // prettier-ignore
    });
}

/** "rule nightly-report", "a rule called x". */
const calledRule = (words: Words): string | undefined =>
  words.take(/\brule\s+(?:called |named )?["'`]?([a-z][a-z0-9]*(?:[-_][a-z0-9]+)+)["'`]?/i)?.[1];

/** Where a further rule begins: an article, at most a few words, and "rule", or a bus's events that go somewhere. */
const RULE = /(?:^|[,;.:]\s+(?:and\s+)?|\s+and\s+|\n\s*[-*]?\s*)(?=(?:(?:an?|one|another|the (?:first|second|third|other)|first|second|third) (?:[\w-]+ ){0,3}rule|rule (?!for\b|that\b|on\b)["'`]?[\w-]+)\b)/gi; // prettier-ignore
const SENT =
  /\b(?:to|starts?|triggers?|invokes?|runs?|calls?|writes?|sends?|puts?|notif\w+|publish\w*|feeds?|targets?|wakes?)\b/i;

/** "one rule every 5 minutes starts the function, another on state changes writes to the queue": the words of each. */
function rulesIn(m: TofuModule): Words[] {
  const { text } = m.text;
  const starts = [...text.matchAll(RULE)].map((x) => x.index + x[0].length);
  const head = starts[0] === undefined ? '' : text.slice(0, starts[0]);
  // "S3 events go to a machine, and a nightly rule …": what is sent before the first that is called a rule is one, too.
  const before = SENT.test(head) && /\bevents?\b/i.test(head) && !/^[^,;:]*\brules?\b[^,;:]*$/i.test(head) ? [0] : [];
  const from = [...before, ...starts];
  const parts = from.map((at, i) => m.text.slice(at, from[i + 1] ?? text.length)).filter((p) => p.has(SENT));
  if (parts.length < 2) return [m];
  return parts.map((part) => ({ text: part, has: (p) => part.has(p), take: (p) => part.take(p) }));
}

interface Rule {
  readonly pattern: Pattern;
  /** Of the resource; the first is the main one. */
  readonly label: string;
  readonly words: Words;
}

function eventbridge(m: TofuModule): void {
  const ownBus = m.take(/\b(?:custom|own|separate|dedicated|event|new) (?:event ?)?bus\b|\bbus (?:of (?:our|its|my) own|called|named)\b|\bbus\s+[a-z]+[-_]\w+/i); // prettier-ignore
  if (ownBus !== undefined && !m.has(/\bdefault (?:event )?bus\b/i))
    m.resource('aws_cloudwatch_event_bus', 'main', { name: m.name('bus', m.called('(?:event ?)?bus')) });
  const rules = rulesIn(m);
  const names = rules.length > 1 ? [] : m.several('rule', 'aws_cloudwatch_event_rule.main');
  for (const [i, words] of rules.entries()) {
    const label = i === 0 ? 'main' : `rule_${i + 1}`;
    const schedule = words.has(/\b(?:every|daily|nightly|hourly|weekly|monthly|schedul\w*|cron|rate)\b/i) ? (words.take(/\b((?:rate|cron)\([^)]*\))/i)?.[1] ?? readSchedule(words.text)) : undefined; // prettier-ignore
    const pattern = schedule === undefined ? (calls(words) ?? custom(words) ?? told(m, words)) : {};
    const usual = rules.length > 1 ? m.name(`rule-${i + 1}`, calledRule(words)) : m.name('rule', m.called('rule'));
    m.resource('aws_cloudwatch_event_rule', label, {
      name: names.length > 0 ? raw('each.key') : usual,
      description: 'Made from a description.',
      ...(schedule === undefined
        ? { ...busOf(m), event_pattern: raw(`jsonencode(${expression(pattern, 0)})`) }
        : { schedule_expression: /\(/.test(schedule) ? schedule : awsSchedule(schedule) }),
    });
    for (const target of TARGETS) send(m, target, { pattern, label, words });
  }
  if (bucketTellsBus(m)) {
    m.need('s3');
    m.resource('aws_s3_bucket_notification', 'main', { bucket: raw('aws_s3_bucket.main.id'), eventbridge: true });
  }
  destination(m);
}

export const EVENTS: readonly Component[] = [
  { id: 'eventbridge', names: /\bevent ?bridge\b|\bcloud ?watch events?\b|\bevent (?:rules?|bus)\b/i, make: eventbridge }, // prettier-ignore
];
