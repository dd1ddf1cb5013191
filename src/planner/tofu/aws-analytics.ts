/** What reads data where it lies: the catalogue of Glue, queries of Athena. */
import { readSchedule } from '../grammar/schedule.ts';
import { awsSchedule } from './aws-functions.ts';
import { nested, raw, type Block } from './hcl.ts';
import { type TofuModule } from './module.ts';

/** "updates changed schemas and only logs deletions". */
function schemaChanges(m: TofuModule): Block | undefined {
  const update = m.take(/\bupdat\w*\b[^.;,]{0,30}\b(?:schemas?|tables?|catalog\w*)\b|\bUPDATE_IN_DATABASE\b/i);
  const kept = m.take(/\b(?:logs?|log only|only logs?|ignor\w*)\b[^.;,]{0,24}\b(?:changes?|updates?)\b/i);
  const deletion = m.take(
    /\b(logs?|depreciat\w*|deprecat\w*|delet\w*)\b[^.;,]{0,24}\b(?:deletions?|deleted|removed|gone)\b/i,
  )?.[1];
  if (update === undefined && kept === undefined && deletion === undefined) return undefined;
  const gone = /^log/i.test(deletion ?? '') ? 'LOG' : /^de(?:pre|preci)/i.test(deletion ?? '') ? 'DEPRECATE_IN_DATABASE' : deletion === undefined ? 'LOG' : 'DELETE_FROM_DATABASE'; // prettier-ignore
  return nested({ update_behavior: kept === undefined ? 'UPDATE_IN_DATABASE' : 'LOG', delete_behavior: gone });
}

/** A table in the catalogue, by the columns that the words name. */
function table(m: TofuModule): void {
  const columns = m.text.takeAll(/\b([a-z]\w*)\s*\(?(string|int|bigint|double|boolean|timestamp|date)\)?/gi);
  m.resource('aws_glue_catalog_table', 'main', {
    name: (m.called('(?:glue )?table') ?? 'events').replace(/-/g, '_').toLowerCase(),
    database_name: raw('aws_glue_catalog_database.main.name'),
    table_type: 'EXTERNAL_TABLE',
    parameters: { EXTERNAL: 'TRUE', classification: m.has(/\bjson\b/i) && !m.has(/\bparquet\b/i) ? 'json' : 'parquet' },
    storage_descriptor: nested({
      location: raw('"s3://${aws_s3_bucket.main.id}/"'),
      input_format: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
      output_format: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
      ser_de_info: nested({ serialization_library: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe' }),
      columns: (columns.length > 0 ? columns : [['', 'id', 'string'], ['', 'time', 'timestamp']]).map(([, name = 'id', type = 'string']) => nested({ name: name.toLowerCase(), type: type.toLowerCase() })), // prettier-ignore
    }),
  });
}

export function glue(m: TofuModule): void {
  const path = m.take(/\b(s3:\/\/[^\s,;"'`]*[\w/])/i)?.[1];
  if (path === undefined) m.need('s3');
  m.resource('aws_glue_catalog_database', 'main', {
    name: m.called('(?:glue |catalog )?database')?.toLowerCase() ?? raw('replace("${var.name}_catalog", "-", "_")'),
  });
  const given = path === undefined ? undefined : /^s3:\/\/([^/]+)/.exec(path)?.[1];
  const resources = given === undefined ? [raw('aws_s3_bucket.main.arn'), raw('"${aws_s3_bucket.main.arn}/*"')] : [`arn:aws:s3:::${given}`, `arn:aws:s3:::${given}/*`]; // prettier-ignore
  const role = m.role('glue', ['glue.amazonaws.com'], [{ actions: ['s3:GetObject', 's3:PutObject', 's3:ListBucket'], resources }], ['arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole']); // prettier-ignore
  const crawl = m.has(/\b(?:every|daily|nightly|hourly|weekly|schedul|o.clock|cron)/i) ? (m.take(/\b(cron\([^)]*\))/i)?.[1] ?? readSchedule(m.text)) : undefined; // prettier-ignore
  if (m.has(/\bcrawl/i) || !m.has(/\bjobs?\b|\btables?\b/i)) {
    const changes = schemaChanges(m);
    const prefix = m.take(/\b(?:table )?prefix\w*\s+(?:(?:its|the|their|all)\s+)?(?:tables?\s+)?(?:with\s+|of\s+|is\s+|= ?)?["'`]?([a-z]\w*_|[a-z]\w*)["'`]?/i)?.[1]; // prettier-ignore
    m.resource('aws_glue_crawler', 'main', {
      name: m.name('crawler', m.called('crawler')),
      database_name: raw('aws_glue_catalog_database.main.name'),
      ...(crawl === undefined ? {} : { schedule: /\(/.test(crawl) ? crawl : awsSchedule(crawl) }),
      ...(prefix === undefined || /^(?:its|the|with|tables?)$/.test(prefix) ? {} : { table_prefix: prefix }),
      role: raw(`${role}.arn`),
      s3_target: nested({ path: path ?? raw('"s3://${aws_s3_bucket.main.id}"') }),
      ...(changes === undefined ? {} : { schema_change_policy: changes }),
    });
  }
  if (m.has(/\bcatalog tables?\b|\bglue tables?\b|\btable (?:in|of) the catalog/i)) table(m);
  if (!m.has(/\b(?:glue|etl|spark|python shell) jobs?\b|\betl\b/i)) return;
  const workers = m.take(/\b(\d+)\s+(?:[GZ]\.\d+X\s+)?workers?\b/i)?.[1];
  m.resource('aws_glue_job', 'main', {
    name: m.name('job', m.called('(?:glue |etl )?job')),
    role_arn: raw(`${role}.arn`),
    glue_version: m.take(/\bglue (?:version )?(\d\.\d)\b/i)?.[1] ?? '4.0',
    worker_type: m.take(/\b([GZ]\.\d+X)\b/)?.[1] ?? 'G.1X',
    number_of_workers: Number(workers ?? 2),
    max_retries: Number(m.take(/\b(\d+) retries\b|\bretr\w+ (\d+)/i)?.slice(1).find((x: string | undefined) => x !== undefined) ?? 0), // prettier-ignore
    ...(m.seconds('time ?out') === undefined ? {} : { timeout: Math.round((m.seconds('time ?out') ?? 3600) / 60) }),
    command: nested({ script_location: /\.py$/.test(path ?? '') ? (path ?? '') : raw('"s3://${aws_s3_bucket.main.id}/scripts/job.py"'), python_version: '3' }), // prettier-ignore
  });
  if (path !== undefined && !/\.py$/.test(path)) m.need('s3');
  if (crawl !== undefined && !m.hasResource('aws_glue_crawler'))
    m.resource('aws_glue_trigger', 'main', { name: m.name('trigger'), type: 'SCHEDULED', schedule: /\(/.test(crawl) ? crawl : awsSchedule(crawl), actions: nested({ job_name: raw('aws_glue_job.main.name') }) }); // prettier-ignore
}

export function athena(m: TofuModule): void {
  m.need('s3');
  const limit = m.take(/\b(\d+)\s?(MB|GB|TB)\b[^.;]{0,24}\b(?:scan\w*|per quer|limit|quer)|\b(?:scan\w*|limit\w*|at most)\b[^.;\d]{0,24}(\d+)\s?(MB|GB|TB)\b/i); // prettier-ignore
  const bytes = limit === undefined ? undefined : Number(limit[1] ?? limit[3]) * 1024 ** ('MGT'.indexOf((limit[2] ?? limit[4] ?? 'G').charAt(0).toUpperCase()) + 2); // prettier-ignore
  m.resource('aws_athena_workgroup', 'main', {
    name: m.name('queries', m.called('work ?group')),
    configuration: nested({
      enforce_workgroup_configuration: true,
      publish_cloudwatch_metrics_enabled: true,
      ...(bytes === undefined ? {} : { bytes_scanned_cutoff_per_query: bytes }),
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
