/** Access, keys, secrets, alarms, audit, cost and delivery on AWS. */
import type { Component } from './components.ts';
import { nested, raw } from './hcl.ts';
import { type TofuModule } from './module.ts';
import { metricAlarms } from './aws-alarms.ts';
import { auditBucket } from './audit-bucket.ts';

/** "when ERROR appears more than 5 times in 5 minutes": an alarm on what a log group's filter counts. */
function logAlarm(m: TofuModule): void {
  m.need('logs');
  const count = Number(
    m.take(/\b(?:more than|over|at least|exceeds?|above|reach\w*)\s+(\d+)\b/i)?.[1] ??
      m.take(/\b(\d+) times\b/i)?.[1] ??
      1,
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

/** "everything is streamed to the function": what else reads a log group. */
function subscriptions(m: TofuModule): void {
  if (
    m.take(/\bsubscription(?: filter)?\b|\bstream(?:s|ed)?\b[^.;]{0,30}\b(?:to|into)\b|\bforward\w*\b/i) === undefined
  )
    return;
  const group = raw('aws_cloudwatch_log_group.main.name');
  if (m.present.has('lambda')) {
    m.need('lambda');
    const allowed = m.resource('aws_lambda_permission', 'logs', { statement_id: 'AllowLogs', action: 'lambda:InvokeFunction', function_name: raw('aws_lambda_function.main.function_name'), principal: 'logs.amazonaws.com', source_arn: raw('"${aws_cloudwatch_log_group.main.arn}:*"') }); // prettier-ignore
    m.resource('aws_cloudwatch_log_subscription_filter', 'main', { name: m.name('stream'), log_group_name: group, filter_pattern: '', destination_arn: raw('aws_lambda_function.main.arn'), depends_on: [raw(allowed)] }); // prettier-ignore
    return;
  }
  const streams = [['kinesis', 'aws_kinesis_stream.main.arn', 'kinesis:PutRecord'], ['firehose', 'aws_kinesis_firehose_delivery_stream.main.arn', 'firehose:PutRecord']] as const; // prettier-ignore
  const found = streams.find(([id]) => m.present.has(id));
  if (found === undefined) return;
  m.need(found[0]);
  const role = m.role('logs', ['logs.amazonaws.com'], [{ actions: [found[2]], resources: [raw(found[1])] }]);
  m.resource('aws_cloudwatch_log_subscription_filter', 'main', { name: m.name('stream'), log_group_name: group, filter_pattern: '', destination_arn: raw(found[1]), role_arn: raw(`${role}.arn`) }); // prettier-ignore
}

function logs(m: TofuModule): void {
  const days = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1827, 3653];
  const wanted = Math.round((m.seconds('(?:retention|retain\\w*|kept|keep\\w*|for)') ?? 2_592_000) / 86_400);
  m.resource('aws_cloudwatch_log_group', 'main', {
    name: m.name('logs', m.called('(?:logs? )?group')),
    retention_in_days: days.find((d) => d >= wanted) ?? 3653,
    ...(m.present.has('kms') || m.has(/\bencrypt\w*\b[^.;]{0,16}\bkey\b/i)
      ? (m.present.add('kms'), m.need('kms'), { kms_key_id: raw('aws_kms_key.main.arn') })
      : {}),
  });
  subscriptions(m);
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
    name: m.name('trail', m.called('(?:cloud ?)?trail')),
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

const guardduty = (m: TofuModule): void =>
  void m.resource('aws_guardduty_detector', 'main', { enable: true, finding_publishing_frequency: 'FIFTEEN_MINUTES' });

export const MANAGE: readonly Component[] = [
  { id: 'alarm', names: /\balarms?\b/i, make: alarm },
  { id: 'logs', names: /\blog ?groups?\b|\b(?:cloud ?watch )?logs group\b/i, make: logs },
  { id: 'cloudtrail', names: /\bcloud ?trail\b|\baudit trail\b/i, make: cloudtrail },
  { id: 'guardduty', names: /\bguard ?duty\b/i, make: guardduty },
];
