/** Tables of DynamoDB. */
import { nested, raw } from './hcl.ts';
import { type TofuModule } from './module.ts';

export function dynamodb(m: TofuModule): void {
  m.take(/\bdynamo ?db(?: tables?)?\b/i);
  const provisioned =
    m.has(/\bprovisioned\b|\bread capacity|\bwrite capacity|\b\d+ (?:read|write|RCU|WCU)/i) &&
    !m.has(/\bon[- ]demand\b|\bpay[- ]per/i);
  m.take(/\bon[- ]demand(?: billing| capacity)?\b|\bpay[- ]per[- ]request\b/i);
  const number = (k: string): 'N' | 'S' =>
    /(?:time|date|timestamp|epoch|count|number|age|amount|year|score)$/i.test(k) &&
    m.has(new RegExp(`\\b${k}\\b[^.;,]{0,16}\\bnumber|\\bnumeric\\b`, 'i'))
      ? 'N'
      : 'S';
  const hash =
    m.take(/\b(?:partition|hash|primary) ?key\s+(?:is\s+|of\s+|named\s+|called\s+|=\s*)?["'`]?([A-Za-z][\w]*)/i)?.[1] ??
    m.take(/\bkeyed (?:by|on)\s+["'`]?([A-Za-z]\w*)/i)?.[1] ??
    m.take(/(?<!sort )(?<!range )\bkey\s+["'`]?([a-z]+(?:[A-Z_]\w*|id)|id|pk)\b/)?.[1];
  const range = m.take(/\b(?:sort|range) ?key\s+(?:is\s+|of\s+|named\s+|called\s+|=\s*)?["'`]?([A-Za-z][\w]*)/i)?.[1];
  const index = m.take(
    /\b(?:(?:global )?(?:secondary )?index(?:es)?|gsi)\s+(?:named\s+[\w-]+\s+)?(?:on|by|over|for|with(?: (?:key|partition key))?)\s+["'`]?([A-Za-z]\w*)["'`]?(?:\s*(?:and|,|\+|\/|then|with (?:sort|range)(?: key)?)\s*["'`]?([A-Za-z]\w*)["'`]?)?/i,
  );
  const key = hash ?? 'id';
  const attributes = new Map<string, 'S' | 'N'>([[key, number(key)]]);
  for (const k of [range, index?.[1], index?.[2]])
    if (k !== undefined && !/^(?:and|with|the|on)$/i.test(k)) attributes.set(k, number(k));
  const ttl = m.take(
    /\bttl(?:\s+(?:attribute|on|field|enabled on|by|via))*(?:\s+["'`]?([A-Za-z]\w*))?|\b(?:old )?items? (?:expire|are (?:deleted|removed))[^.;,]*|\bexpir\w+(?: by themselves| automatically)?/i,
  );
  const ttlName =
    ttl?.[1] !== undefined && !/^(?:on|enabled|attribute|is|and|with|for|of)$/i.test(ttl[1]) ? ttl[1] : 'expiresAt';
  const capacity = (word: string): number =>
    Number(
      m
        .take(new RegExp(`\\b(\\d+)\\s+${word}|\\b${word}\\w*(?: capacity(?: units?)?)?\\s*(?:of|=|:)?\\s*(\\d+)`, 'i'))
        ?.slice(1)
        .find((x: string | undefined) => x !== undefined) ?? 5,
    );
  if (m.present.has('kms')) m.need('kms');
  const regions = [...m.text.text.matchAll(/\b((?:us|eu|ap|sa|ca|me|af)-[a-z]+-\d)\b/gi)].map((r) =>
    (r[1] ?? '').toLowerCase(),
  );
  const replicas =
    m.take(/\bglobal tables?\b|\breplica\w*\b(?! set)/i) === undefined ? [] : [...new Set(regions)].slice(1);
  const names = m.several('table', 'aws_dynamodb_table.main');
  m.resource('aws_dynamodb_table', 'main', {
    name: names.length > 0 ? raw('each.key') : m.name('table', m.called('table')),
    billing_mode: provisioned ? 'PROVISIONED' : 'PAY_PER_REQUEST',
    ...(provisioned ? { read_capacity: capacity('read'), write_capacity: capacity('write') } : {}),
    hash_key: key,
    ...(range === undefined ? {} : { range_key: range }),
    ...((m.has(/\bstreams?\b/i) && !m.has(/kinesis (?:data )?stream/i)) || replicas.length > 0
      ? { stream_enabled: true, stream_view_type: 'NEW_AND_OLD_IMAGES' }
      : {}),
    attribute: [...attributes].map(([name, type]) => nested({ name, type })),
    ...(index?.[1] === undefined
      ? {}
      : {
          global_secondary_index: nested({
            name: `by-${index[1].toLowerCase()}`,
            hash_key: index[1],
            ...(index[2] === undefined ? {} : { range_key: index[2] }),
            projection_type: 'ALL',
            ...(provisioned ? { read_capacity: 5, write_capacity: 5 } : {}),
          }),
        }),
    ...(ttl === undefined ? {} : { ttl: nested({ attribute_name: ttlName, enabled: true }) }),
    point_in_time_recovery: nested({ enabled: true }),
    server_side_encryption: nested({
      enabled: true,
      ...(m.present.has('kms') ? { kms_key_arn: raw('aws_kms_key.main.arn') } : {}),
    }),
    ...(replicas.length === 0 ? {} : { replica: replicas.map((region) => nested({ region_name: region })) }),
  });
  if (m.has(/\bauto ?-?scal/i) && provisioned) {
    for (const kind of ['read', 'write'] as const) {
      const dimension = `dynamodb:table:${kind === 'read' ? 'Read' : 'Write'}CapacityUnits`;
      const target = m.resource('aws_appautoscaling_target', kind, {
        min_capacity: 5,
        max_capacity: 100,
        resource_id: raw('"table/${aws_dynamodb_table.main.name}"'),
        scalable_dimension: dimension,
        service_namespace: 'dynamodb',
      });
      m.resource('aws_appautoscaling_policy', kind, {
        name: m.name(`${kind}-scaling`),
        policy_type: 'TargetTrackingScaling',
        resource_id: raw(`${target}.resource_id`),
        scalable_dimension: raw(`${target}.scalable_dimension`),
        service_namespace: raw(`${target}.service_namespace`),
        target_tracking_scaling_policy_configuration: nested({
          target_value: 70,
          predefined_metric_specification: nested({
            predefined_metric_type: `DynamoDB${kind === 'read' ? 'Read' : 'Write'}CapacityUtilization`,
          }),
        }),
      });
    }
  }
  m.output('table', 'aws_dynamodb_table.main.name', 'Name of the table.');
}
