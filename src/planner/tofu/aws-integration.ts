/** What starts and feeds other things on AWS: schedules, pipes, archives of events; mail; files from partners. */
import { readSchedule } from '../grammar/schedule.ts';
import { awsSchedule } from './aws-functions.ts';
import { choice, number, span, text } from './fields.ts';
import { nested, raw, type Body, type Raw } from './hcl.ts';
import type { Statement, TofuModule } from './module.ts';
import { component, linked } from './rows.ts';
import type { Component } from './components.ts';

interface Target {
  readonly id: string;
  readonly arn: string;
  readonly actions: readonly string[];
}

/** What a schedule or a pipe can call, the likeliest first. */
const TARGETS: readonly Target[] = [
  { id: 'states', arn: 'aws_sfn_state_machine.main.arn', actions: ['states:StartExecution'] },
  { id: 'lambda', arn: 'aws_lambda_function.main.arn', actions: ['lambda:InvokeFunction'] },
  { id: 'sns', arn: 'aws_sns_topic.main.arn', actions: ['sns:Publish'] },
  { id: 'kinesis', arn: 'aws_kinesis_stream.main.arn', actions: ['kinesis:PutRecord', 'kinesis:PutRecords'] },
  { id: 'sqs', arn: 'aws_sqs_queue.main.arn', actions: ['sqs:SendMessage'] },
  { id: 'firehose', arn: 'aws_kinesis_firehose_delivery_stream.main.arn', actions: ['firehose:PutRecordBatch'] },
];

interface Source extends Target {
  readonly body: Body;
}

/** What a pipe can read from. */
const SOURCES: readonly Source[] = [
  { id: 'kinesis', arn: 'aws_kinesis_stream.main.arn', actions: ['kinesis:DescribeStream', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'], body: { kinesis_stream_parameters: nested({ starting_position: 'LATEST' }) } },
  { id: 'dynamodb', arn: 'aws_dynamodb_table.main.stream_arn', actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'], body: { dynamodb_stream_parameters: nested({ starting_position: 'LATEST' }) } },
  { id: 'sqs', arn: 'aws_sqs_queue.main.arn', actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], body: {} },
]; // prettier-ignore

const granted = ({ actions, arn }: Target): Statement => ({ actions, resources: [raw(arn)] });

/** The first of them that the words name, other than `not`. */
function chosen<T extends Target>(m: TofuModule, among: readonly T[], not?: string): T | undefined {
  const found = among.find((t) => t.id !== not && m.present.has(t.id));
  if (found !== undefined) m.need(found.id);
  return found;
}

const ecsTask = (m: TofuModule): boolean => linked(m, 'ecs');

function scheduler(m: TofuModule): void {
  const target = ecsTask(m) ? undefined : chosen(m, TARGETS);
  const statements: Statement[] =
    target !== undefined
      ? [granted(target)]
      : [
          { actions: ['ecs:RunTask'], resources: [raw('"${aws_ecs_task_definition.main.arn_without_revision}:*"')] },
          { actions: ['iam:PassRole'], resources: [raw('aws_iam_role.task_execution.arn')] },
        ];
  if (target === undefined && !m.present.has('ecs')) {
    m.present.add('lambda');
    m.need('lambda');
  }
  const own = target ?? (m.present.has('ecs') ? undefined : TARGETS[1]);
  const role = m.role('scheduler', ['scheduler.amazonaws.com'], own === undefined ? statements : [granted(own)]);
  const once = m.take(/\b(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::\d{2})?)?\b/);
  const zone = m.take(/\b((?:Europe|America|Asia|Africa|Australia|Pacific|Atlantic)\/[A-Z]\w+(?:\/\w+)?|UTC)\b/)?.[1];
  const window = m.seconds('(?:flexible (?:time )?window|window)');
  m.resource('aws_scheduler_schedule', 'main', {
    name: m.name('schedule', m.called('schedule')),
    schedule_expression: once === undefined ? scheduleSaid(m) : `at(${once[1] ?? ''}T${once[2] ?? '00:00'}:00)`,
    schedule_expression_timezone: zone ?? 'UTC',
    flexible_time_window: nested(
      window === undefined ? { mode: 'OFF' } : { mode: 'FLEXIBLE', maximum_window_in_minutes: Math.round(window / 60) },
    ),
    target: nested({
      arn: raw(own?.arn ?? 'aws_ecs_cluster.main.arn'),
      role_arn: raw(`${role}.arn`),
      ...(own === undefined ? { ecs_parameters: nested(runTask(m)) } : {}),
      retry_policy: nested({ maximum_retry_attempts: Number(m.take(/\b(\d+) retries\b|\bretr\w+ (\d+) times\b/i)?.slice(1).find((x: string | undefined) => x !== undefined) ?? 3) }), // prettier-ignore
    }),
  });
}

const runTask = (m: TofuModule): Body => ({
  task_definition_arn: raw('aws_ecs_task_definition.main.arn'),
  launch_type: 'FARGATE',
  network_configuration: nested({ subnets: m.network().privateSubnets, assign_public_ip: false }),
});

/** A written expression, "the last weekday of every month", or anything that recurs. */
export function scheduleSaid(m: TofuModule): string {
  const written = m.take(/\b((?:rate|cron|at)\([^)]*\))/i)?.[1];
  if (written !== undefined) return written;
  const last = m.take(/\blast (weekday|working day|day)\b[^.;,]{0,16}\bmonth\b/i)?.[1];
  const cron = readSchedule(m.text) ?? '0 0 * * *';
  if (last === undefined) return awsSchedule(cron);
  const time = /\b(\d{1,2}):(\d{2})\b/.exec(m.text.text);
  return `cron(${Number(time?.[2] ?? 0)} ${Number(time?.[1] ?? 0)} ${/^day/i.test(last) ? 'L' : 'LW'} * ? *)`;
}

/** "one passes only INSERT, the other only MODIFY": a pipe for each kind of change. */
const CHANGES = /\b(INSERT|MODIFY|REMOVE)\b/g;

function pipes(m: TofuModule): void {
  const source = chosen(m, SOURCES);
  const bus = m.take(/\b(?:to|into|onto|and)\s+(?:an?\s+|the\s+)?(?:event ?bridge |custom |event )*(?:event )?bus\b|\bevent ?bridge bus\b/i) !== undefined; // prettier-ignore
  if (bus) m.resource('aws_cloudwatch_event_bus', 'main', { name: m.name('bus', m.called('(?:event ?)?bus')) });
  const target: Target | undefined = bus
    ? { id: 'bus', arn: 'aws_cloudwatch_event_bus.main.arn', actions: ['events:PutEvents'] }
    : chosen(m, TARGETS, source?.id);
  if (source === undefined || target === undefined) {
    m.assume('A pipe needs a queue, stream or table to read from and a thing to send to: the description names fewer.');
    return;
  }
  const role = m.role('pipe', ['pipes.amazonaws.com'], [granted(source), granted(target)]);
  const changes = source.id === 'dynamodb' ? [...new Set(m.text.takeAll(CHANGES).map((c) => c[1] ?? ''))] : [];
  const several = changes.length > 1 && m.has(/\b(?:two|three|2|3|each|one)\b[^.;]{0,40}\bpipes?\b|\bpipes\b/i);
  for (const change of several ? changes : [undefined])
    pipe(m, { source, target, role, label: change?.toLowerCase() ?? 'main', events: change === undefined ? changes : [change] }); // prettier-ignore
}

interface Pipe {
  readonly source: Source;
  readonly target: Target;
  readonly role: string;
  readonly label: string;
  /** Kinds of change that it lets through; all where there are none. */
  readonly events: readonly string[];
}

function pipe(m: TofuModule, { source, target, role, label, events }: Pipe): void {
  const batch = Number(m.take(/\bbatch(?:es)?(?: size)?\s*(?:of|=|:|is)?\s*(\d+)/i)?.[1] ?? 0);
  const [kind = 'sqs_queue_parameters', settings] = Object.entries(source.body)[0] ?? [];
  const sized: Body = { ...(batch > 0 ? { batch_size: batch } : {}), ...(settings === undefined ? {} : { starting_position: 'LATEST' }) }; // prettier-ignore
  const written = m.take(/\bfilter\w*[^.;{]{0,40}(\{[^\n;]*\})/i)?.[1];
  const pattern =
    events.length > 0 ? raw(`jsonencode({ eventName = ${JSON.stringify(events).replaceAll(',', ', ')} })`) : written;
  m.resource('aws_pipes_pipe', label, {
    name: label === 'main' ? m.name('pipe', m.called('pipe')) : m.name(label),
    role_arn: raw(`${role}.arn`),
    source: raw(source.arn),
    target: raw(target.arn),
    source_parameters: nested({
      ...(pattern === undefined ? {} : { filter_criteria: nested({ filter: nested({ pattern }) }) }),
      ...(Object.keys(sized).length === 0 ? {} : { [kind]: nested(sized) }),
    }),
    ...(target.id === 'states' ? { target_parameters: nested({ step_function_state_machine_parameters: nested({ invocation_type: 'FIRE_AND_FORGET' }) }) } : {}), // prettier-ignore
  });
}

/** Bounces and complaints, told to a topic. */
function mailEvents(m: TofuModule): void {
  if (!m.has(/\bconfiguration set\b|\bbounces?\b|\bcomplaints?\b/i)) return;
  m.take(/\bconfiguration set\b/i);
  m.resource('aws_sesv2_configuration_set', 'main', {
    configuration_set_name: m.name('mail', m.called('configuration set')),
    delivery_options: nested({ tls_policy: 'REQUIRE' }),
    reputation_options: nested({ reputation_metrics_enabled: true }),
  });
  const kinds = (['bounce', 'complaint', 'delivery', 'open', 'click', 'reject', 'send'] as const).filter((k) => m.take(new RegExp(`\\b${k}s?\\b|\\b${k === 'delivery' ? 'deliveries' : k}\\b`, 'i')) !== undefined); // prettier-ignore
  if (!m.present.has('sns') && kinds.length === 0) return;
  m.present.add('sns');
  m.need('sns');
  m.resource('aws_sesv2_configuration_set_event_destination', 'main', {
    configuration_set_name: raw('aws_sesv2_configuration_set.main.configuration_set_name'),
    event_destination_name: 'events',
    event_destination: nested({
      enabled: true,
      matching_event_types: kinds.length === 0 ? ['BOUNCE', 'COMPLAINT'] : kinds.map((k) => k.toUpperCase()),
      sns_destination: nested({ topic_arn: raw('aws_sns_topic.main.arn') }),
    }),
  });
}

const sender = (m: TofuModule): string | Raw =>
  m.take(/\b([\w.+-]+@[\w-]+(?:\.[\w-]+)+)\b/)?.[1] ??
  m.take(/\b((?:[a-z0-9-]+\.)+[a-z]{2,})\b/i)?.[1]?.toLowerCase() ??
  m.variable('sender', 'string', 'Domain or address that mail is sent from.', { default: 'example.com' });

function ses(m: TofuModule): void {
  const identity = sender(m);
  m.take(/\bdkim\b/i);
  const domain = typeof identity !== 'string' || !identity.includes('@');
  m.resource('aws_sesv2_email_identity', 'main', {
    email_identity: identity,
    ...(domain ? { dkim_signing_attributes: nested({ next_signing_key_length: 'RSA_2048_BIT' }) } : {}),
  });
  mailEvents(m);
  if (domain && linked(m, 'route53'))
    m.resource('aws_route53_record', 'dkim', {
      count: 3,
      zone_id: raw('aws_route53_zone.main.zone_id'),
      name: raw(`"\${aws_sesv2_email_identity.main.dkim_signing_attributes[0].tokens[count.index]}._domainkey.${typeof identity === 'string' ? identity : '${var.sender}'}"`), // prettier-ignore
      type: 'CNAME',
      ttl: 600,
      records: [raw('"${aws_sesv2_email_identity.main.dkim_signing_attributes[0].tokens[count.index]}.dkim.amazonses.com"')], // prettier-ignore
    });
  if (m.take(/\breceipt rules?\b|\bincoming (?:e-?)?mails?\b|\breceiv\w+ (?:e-?)?mails?\b/i) === undefined) return;
  m.resource('aws_ses_receipt_rule_set', 'main', { rule_set_name: m.name('mail') });
  m.resource('aws_ses_receipt_rule', 'main', {
    name: m.name('receive'),
    rule_set_name: raw('aws_ses_receipt_rule_set.main.rule_set_name'),
    recipients: [identity],
    enabled: true,
    scan_enabled: true,
    tls_policy: 'Require',
    ...(linked(m, 's3') ? { s3_action: nested({ bucket_name: raw('aws_s3_bucket.main.id'), position: 1 }) } : {}),
  });
}

/** A server for files that people outside deliver. */
function transferUsers(m: TofuModule): void {
  const user = m.called('(?:sftp )?user') ?? m.take(/\buser(?:name)?\s+["'`]?([a-z][\w-]*)/i)?.[1] ?? 'partner';
  m.present.add('s3');
  m.need('s3');
  const role = m.role('transfer', ['transfer.amazonaws.com'], [
    { actions: ['s3:ListBucket', 's3:GetBucketLocation'], resources: [raw('aws_s3_bucket.main.arn')] },
    { actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], resources: [raw('"${aws_s3_bucket.main.arn}/*"')] },
  ]); // prettier-ignore
  m.resource('aws_transfer_user', 'main', {
    server_id: raw('aws_transfer_server.main.id'),
    user_name: user,
    role: raw(`${role}.arn`),
    home_directory_type: 'LOGICAL',
    home_directory_mappings: nested({ entry: '/', target: raw(`"/\${aws_s3_bucket.main.id}/${user}"`) }),
  });
  if (m.take(/\b(?:ssh |public )+keys?\b/i) === undefined) return;
  m.resource('aws_transfer_ssh_key', 'main', {
    server_id: raw('aws_transfer_server.main.id'),
    user_name: raw('aws_transfer_user.main.user_name'),
    body: m.variable(m.variableFor('\\bkey\\b') ?? 'ssh_public_key', 'string', 'Public key of the user.'),
  });
}

export const INTEGRATION: readonly Component[] = [
  { id: 'scheduler', names: /\b(?:event ?bridge )?scheduler(?: schedules?)?\b|\bevent ?bridge schedules?\b/i, make: scheduler },
  { id: 'pipes', names: /\bevent ?bridge pipes?\b|\ban? pipe\b/i, make: pipes },
  component({
    id: 'archive', names: /\b(?:event )?archive(?:s|d)?\b(?=[^.;]*\bevents?\b)|\bevent archive\b/i, type: 'aws_cloudwatch_event_archive',
    called: ['archive', 'name', 'archive'],
    body: (m) => ({ event_source_arn: linked(m, 'eventbridge') && m.hasResource('aws_cloudwatch_event_bus') ? raw('aws_cloudwatch_event_bus.main.arn') : raw('"arn:aws:events:${var.region}:${data.aws_caller_identity.current.account_id}:event-bus/default"') }),
    fields: [span('retention_days', 'archive\\w*|retention|retain\\w*|kept|keep\\w*', 'days')],
    rivals: ['logs', 'sqs', 's3', 'kinesis'],
    beside: (m) => {
      if (!m.hasResource('aws_cloudwatch_event_bus')) m.data('aws_caller_identity', 'current', {});
    },
  }),
  { id: 'ses', names: /\bses\b|\bsimple email service\b|\b(?:e-?mail|domain) identit(?:y|ies)\b/i, make: ses },
  component({
    id: 'transfer', names: /\btransfer family\b|\baws transfer\b|\bs?ftps? server\b/i, type: 'aws_transfer_server',
    body: (m) => ({
      identity_provider_type: 'SERVICE_MANAGED',
      protocols: [m.has(/\bftps\b/i) ? 'FTPS' : m.has(/\bas2\b/i) ? 'AS2' : 'SFTP'],
      endpoint_type: 'PUBLIC',
      domain: m.present.has('efs') ? 'EFS' : 'S3',
      security_policy_name: 'TransferSecurityPolicy-2024-01',
      logging_role: raw(`${m.role('transfer_log', ['transfer.amazonaws.com'], [], ['arn:aws:iam::aws:policy/service-role/AWSTransferLoggingAccess'])}.arn`),
    }),
    beside: transferUsers,
  }),
  component({
    id: 'datasync', names: /\bdata ?sync\b/i, type: 'aws_datasync_task', called: ['task', 'name', 'sync'],
    body: (m) => ({
      source_location_arn: m.variable('source_location_arn', 'string', 'Where it is copied from.'),
      destination_location_arn: m.variable('destination_location_arn', 'string', 'Where it is copied to.'),
      ...(m.has(/\bevery\b|\bdaily|\bnightly|\bhourly|\bweekly|\bcron/i) ? { schedule: nested({ schedule_expression: scheduleSaid(m) }) } : {}),
    }),
  }),
  component({
    id: 'schemaregistry', names: /\bevent ?bridge schema\b|\bschema registry\b/i, type: 'aws_schemas_registry', called: ['registry', 'name', 'schemas'],
  }),
  component({
    id: 'appconfig', names: /\bapp ?config\b/i, type: 'aws_appconfig_application', called: ['application', 'name', 'settings'],
    beside: (m) => {
      m.resource('aws_appconfig_environment', 'main', { name: m.take(/\benvironment\s+(?:called |named )?["'`]?([a-z][\w-]*)/i)?.[1] ?? 'production', application_id: raw('aws_appconfig_application.main.id') });
      m.resource('aws_appconfig_configuration_profile', 'main', { application_id: raw('aws_appconfig_application.main.id'), name: m.called('(?:configuration )?profile') ?? 'settings', location_uri: 'hosted' });
    },
  }),
  component({
    id: 'codedeploy', names: /\bcode ?deploy\b/i, type: 'aws_codedeploy_app', called: ['application', 'name', 'deploy'],
    fields: [choice('compute_platform', [['ecs|fargate', 'ECS'], ['lambda', 'Lambda']])],
    beside: (m) => {
      const role = m.role('deploy', ['codedeploy.amazonaws.com'], [], ['arn:aws:iam::aws:policy/service-role/AWSCodeDeployRole']);
      m.resource('aws_codedeploy_deployment_group', 'main', {
        app_name: raw('aws_codedeploy_app.main.name'), deployment_group_name: m.called('deployment group') ?? 'main', service_role_arn: raw(`${role}.arn`),
        ...(m.present.has('asg') ? { autoscaling_groups: [raw('aws_autoscaling_group.main.name')] } : {}),
        auto_rollback_configuration: nested({ enabled: true, events: ['DEPLOYMENT_FAILURE'] }),
      });
      if (m.present.has('asg')) m.need('asg');
    },
  }),
  component({
    id: 'codeartifact', names: /\bcode ?artifact\b/i, type: 'aws_codeartifact_domain',
    body: (m) => ({ domain: m.called('domain') ?? raw('var.name') }),
    beside: (m) => void m.resource('aws_codeartifact_repository', 'main', { repository: m.called('repository') ?? 'packages', domain: raw('aws_codeartifact_domain.main.domain') }),
  }),
  component({
    id: 'synthetics', names: /\bsynthetics?(?: canar(?:y|ies))?\b/i, type: 'aws_synthetics_canary', called: ['canary', 'name', 'canary'],
    body: (m) => {
      m.present.add('s3');
      m.need('s3');
      const role = m.role('canary', ['lambda.amazonaws.com'], [{ actions: ['s3:PutObject', 's3:GetBucketLocation'], resources: [raw('aws_s3_bucket.main.arn'), raw('"${aws_s3_bucket.main.arn}/*"')] }]);
      return { artifact_s3_location: raw('"s3://${aws_s3_bucket.main.id}/canary/"'), execution_role_arn: raw(`${role}.arn`), handler: 'index.handler', runtime_version: 'syn-nodejs-puppeteer-9.1', zip_file: 'canary.zip', schedule: nested({ expression: scheduleSaid(m) }), start_canary: true };
    },
  }),
  component({
    id: 'emrserverless', names: /\bemr serverless\b/i, type: 'aws_emrserverless_application', called: ['(?:application|cluster)', 'name', 'spark'],
    body: () => ({ release_label: 'emr-7.5.0', type: 'spark', auto_stop_configuration: nested({ enabled: true, idle_timeout_minutes: 15 }) }),
    fields: [choice('type', [['hive', 'hive']]), text('release_label', 'release(?: label)?', 'emr-[\\d.]*\\d')],
  }),
  component({
    id: 'xray', names: /\bx-?ray (?:group|sampling)\b/i, type: 'aws_xray_sampling_rule',
    body: () => ({ rule_name: 'default-rate', priority: 1000, version: 1, reservoir_size: 1, fixed_rate: 0.05, url_path: '*', host: '*', http_method: '*', service_name: '*', service_type: '*', resource_arn: '*' }),
    fields: [number('priority', 'priority'), number('reservoir_size', 'reservoir(?: size)?')],
  }),
]; // prettier-ignore
