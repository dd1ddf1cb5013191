/** Access, keys, secrets, alarms, audit, cost and delivery on AWS. */
import type { Component } from './components.ts';
import { nested, raw } from './hcl.ts';
import { type TofuModule } from './module.ts';
import { metricAlarms } from './aws-alarms.ts';
import { policy } from './policy.ts';

/** "when ERROR appears more than 5 times in 5 minutes": an alarm on what a log group's filter counts. */
function logAlarm(m: TofuModule): void {
  m.need('logs');
  const count = Number(
    m.take(/\b(?:more than|over|at least|exceeds?)\s+(\d+)\s+times?\b/i)?.[1] ?? m.take(/\b(\d+) times\b/i)?.[1] ?? 1,
  );
  m.resource('aws_cloudwatch_metric_alarm', 'main', {
    alarm_name: m.name('alarm', m.called('alarm')),
    namespace: raw('var.name'),
    metric_name: 'Errors',
    statistic: 'Sum',
    comparison_operator: 'GreaterThanThreshold',
    threshold: count,
    period: m.seconds('(?:in|within|per|over)') ?? 300,
    evaluation_periods: 1,
    treat_missing_data: 'notBreaching',
    ...(m.present.has('sns') ? (m.need('sns'), { alarm_actions: [raw('aws_sns_topic.main.arn')] }) : {}),
  });
}

function alarm(m: TofuModule): void {
  if (m.present.has('logs') && m.has(/\b(?:appears?|occurs?|logged|metric filter)\b/i)) {
    logAlarm(m);
    return;
  }
  if (metricAlarms(m)) return;
  m.resource('aws_cloudwatch_metric_alarm', 'main', {
    alarm_name: m.name('alarm', m.called('alarm')),
    namespace: 'AWS/EC2',
    metric_name: 'CPUUtilization',
    statistic: 'Average',
    period: 300,
    evaluation_periods: 2,
    threshold: 80,
    comparison_operator: 'GreaterThanThreshold',
    treat_missing_data: 'notBreaching',
    ...(m.present.has('sns') ? (m.need('sns'), { alarm_actions: [raw('aws_sns_topic.main.arn')] }) : {}),
  });
  m.assume('The alarm watches the load of machines: the description names no metric.');
}

function logs(m: TofuModule): void {
  const days = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653];
  const wanted = Math.round((m.seconds('(?:retention|retain\\w*|kept|keep\\w*|for)') ?? 2_592_000) / 86_400);
  m.resource('aws_cloudwatch_log_group', 'main', {
    name: m.name('logs', m.called('(?:log )?group')),
    retention_in_days: days.find((d) => d >= wanted) ?? 3653,
    ...(m.present.has('kms') ? { kms_key_id: raw('aws_kms_key.main.arn') } : {}),
  });
  const word =
    m.take(/\b(?:when|if|for)\s+["'`]?([A-Z]{3,}|\w+)["'`]?\s+(?:appears?|occurs?|shows up|is logged)/)?.[1] ??
    m.take(/\bpattern\s+["'`]([^"'`]+)["'`]/i)?.[1];
  if (m.has(/\bmetric filter\b/i) || word !== undefined)
    m.resource('aws_cloudwatch_log_metric_filter', 'main', {
      name: m.name('errors'),
      log_group_name: raw('aws_cloudwatch_log_group.main.name'),
      pattern: word ?? 'ERROR',
      metric_transformation: nested({ name: 'Errors', namespace: raw('var.name'), value: '1' }),
    });
}

const dashboard = (m: TofuModule): void =>
  void m.resource('aws_cloudwatch_dashboard', 'main', {
    dashboard_name: m.name('dashboard', m.called('dashboard')),
    dashboard_body: raw(
      'jsonencode({\n  widgets = [{\n    type = "metric", x = 0, y = 0, width = 12, height = 6\n    properties = {\n      title   = "CPU"\n      region  = var.region\n      period  = 300\n      stat    = "Average"\n      metrics = [["AWS/EC2", "CPUUtilization"]]\n    }\n  }]\n})',
    ),
  });

function auditBucket(m: TofuModule, label: string, service: string): string {
  m.data('aws_caller_identity', 'current', {});
  const bucket = m.resource('aws_s3_bucket', label, {
    bucket: raw(`"\${var.name}-${label.replace(/_/g, '-')}-\${data.aws_caller_identity.current.account_id}"`),
  });
  m.resource('aws_s3_bucket_public_access_block', label, {
    bucket: raw(`${bucket}.id`),
    block_public_acls: true,
    block_public_policy: true,
    ignore_public_acls: true,
    restrict_public_buckets: true,
  });
  const document = policy([
    nested({
      actions: ['s3:GetBucketAcl', 's3:ListBucket'],
      resources: [raw(`${bucket}.arn`)],
      principals: nested({ type: 'Service', identifiers: [service] }),
    }),
    nested({
      actions: ['s3:PutObject'],
      resources: [raw(`"\${${bucket}.arn}/*"`)],
      principals: nested({ type: 'Service', identifiers: [service] }),
      condition: nested({ test: 'StringEquals', variable: 's3:x-amz-acl', values: ['bucket-owner-full-control'] }),
    }),
  ]);
  m.resource('aws_s3_bucket_policy', label, { bucket: raw(`${bucket}.id`), policy: document });
  return bucket;
}

function cloudtrail(m: TofuModule): void {
  const bucket = auditBucket(m, 'trail', 'cloudtrail.amazonaws.com');
  const logged = m.has(/\bcloud ?watch\b|\blog group\b/i);
  let role: string | undefined;
  if (logged) {
    m.resource('aws_cloudwatch_log_group', 'trail', { name: m.name('trail'), retention_in_days: 90 });
    role = m.role(
      'trail',
      ['cloudtrail.amazonaws.com'],
      [
        {
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [raw('"${aws_cloudwatch_log_group.trail.arn}:*"')],
        },
      ],
    );
  }
  m.resource('aws_cloudtrail', 'main', {
    name: m.name('trail', m.called('trail')),
    s3_bucket_name: raw(`${bucket}.id`),
    is_multi_region_trail: !m.has(/\bsingle[- ]region\b/i),
    include_global_service_events: true,
    enable_log_file_validation: true,
    ...(m.present.has('kms') ? { kms_key_id: raw('aws_kms_key.main.arn') } : {}),
    ...(role === undefined
      ? {}
      : {
          cloud_watch_logs_group_arn: raw('"${aws_cloudwatch_log_group.trail.arn}:*"'),
          cloud_watch_logs_role_arn: raw(`${role}.arn`),
        }),
    ...(m.present.has('sns') ? { sns_topic_name: raw('aws_sns_topic.main.name') } : {}),
    depends_on: [raw('aws_s3_bucket_policy.trail')],
  });
  if (m.present.has('sns')) m.need('sns');
}

const RULES: readonly (readonly [RegExp, string, string])[] = [
  [/\bencrypt\w*[^.;]*(?:volume|ebs)|(?:volume|ebs)[^.;]*encrypt/i, 'encrypted_volumes', 'ENCRYPTED_VOLUMES'],
  [/\bpublic[^.;]*s3|\bs3[^.;]*public|bucket[^.;]*public/i, 's3_public_read', 'S3_BUCKET_PUBLIC_READ_PROHIBITED'],
  [/\broot[^.;]*mfa|mfa[^.;]*root/i, 'root_mfa', 'ROOT_ACCOUNT_MFA_ENABLED'],
  [/\bssh\b/i, 'restricted_ssh', 'INCOMING_SSH_DISABLED'],
  [/\btags?\b/i, 'required_tags', 'REQUIRED_TAGS'],
  [/\bs3\b[^.;]*\bencrypt|\bbucket[^.;]*encrypt/i, 's3_encryption', 'S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED'],
];

function config(m: TofuModule): void {
  const bucket = auditBucket(m, 'config', 'config.amazonaws.com');
  const role = m.role('config', ['config.amazonaws.com'], [], ['arn:aws:iam::aws:policy/service-role/AWS_ConfigRole']);
  m.resource('aws_config_configuration_recorder', 'main', {
    name: m.name('recorder'),
    role_arn: raw(`${role}.arn`),
    recording_group: nested({ all_supported: true, include_global_resource_types: true }),
  });
  m.resource('aws_config_delivery_channel', 'main', {
    name: m.name('channel'),
    s3_bucket_name: raw(`${bucket}.id`),
    depends_on: [raw('aws_config_configuration_recorder.main')],
  });
  m.resource('aws_config_configuration_recorder_status', 'main', {
    name: raw('aws_config_configuration_recorder.main.name'),
    is_enabled: true,
    depends_on: [raw('aws_config_delivery_channel.main')],
  });
  const rules = RULES.filter(([p]) => m.has(p));
  for (const [, label, id] of rules.length > 0 ? rules : RULES.slice(0, 2))
    m.resource('aws_config_config_rule', label, {
      name: m.name(label.replace(/_/g, '-')),
      source: nested({ owner: 'AWS', source_identifier: id }),
      ...(id === 'REQUIRED_TAGS' ? { input_parameters: raw('jsonencode({ tag1Key = "project" })') } : {}),
      depends_on: [raw('aws_config_configuration_recorder.main')],
    });
}

const guardduty = (m: TofuModule): void =>
  void m.resource('aws_guardduty_detector', 'main', { enable: true, finding_publishing_frequency: 'FIFTEEN_MINUTES' });

export const MANAGE: readonly Component[] = [
  { id: 'alarm', names: /\balarms?\b/i, make: alarm },
  { id: 'logs', names: /\blog groups?\b/i, make: logs },
  { id: 'dashboard', names: /\bcloud ?watch dashboards?\b|\bdashboards?\b/i, make: dashboard },
  { id: 'cloudtrail', names: /\bcloud ?trail\b|\baudit trail\b/i, make: cloudtrail },
  { id: 'config', names: /\baws config\b|\bconfig rules?\b|\bconfig recorder\b|\bcompliance rules?\b/i, make: config },
  { id: 'guardduty', names: /\bguard ?duty\b/i, make: guardduty },
];
