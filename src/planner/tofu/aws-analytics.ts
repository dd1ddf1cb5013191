/** What reads data where it lies: the catalogue of Glue, queries of Athena. */
import { readSchedule } from '../grammar/schedule.ts';
import { awsSchedule } from './aws-functions.ts';
import { nested, raw } from './hcl.ts';
import { type TofuModule } from './module.ts';

export function glue(m: TofuModule): void {
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
  const crawl = m.has(/\b(?:every|daily|nightly|hourly|weekly|schedul)/i) ? readSchedule(m.text) : undefined;
  if (m.has(/\bcrawl/i) || !m.has(/\bjobs?\b/i))
    m.resource('aws_glue_crawler', 'main', {
      name: m.name('crawler', m.called('crawler')),
      database_name: raw('aws_glue_catalog_database.main.name'),
      ...(crawl === undefined ? {} : { schedule: awsSchedule(crawl) }),
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

export function athena(m: TofuModule): void {
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
