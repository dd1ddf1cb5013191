/** Tables of DynamoDB. */
import { nested, raw } from './hcl.ts';
import { type TofuModule } from './module.ts';
import { scaleBy } from './scaling.ts';

/** "the write side scales between 5 and 500": the bounds of one side. */
function scaleOf(m: TofuModule, kind: 'read' | 'write'): readonly [number, number] | undefined {
  const other = kind === 'read' ? 'write' : 'read';
  const match = m.take(new RegExp(`\\b${kind}\\w*\\b(?:(?!\\b${other})[^.;]){0,50}?\\b(?:between|from)\\s+(\\d+)\\s*(?:and|to|-)\\s*(\\d+)`, 'i')) ?? m.take(new RegExp(`\\b(?:between|from)\\s+(\\d+)\\s*(?:and|to|-)\\s*(\\d+)\\s+${kind}\\b`, 'i')); // prettier-ignore
  return match?.[1] === undefined ? undefined : [Number(match[1]), Number(match[2])];
}

/** What an index holds of each item. */
function projectionOf(m: TofuModule): { projection_type: string; non_key_attributes?: string[] } {
  const only = m.take(/\b(?:project\w*|includ\w*)\s+(?:only\s+)?(?:the\s+)?(?:attributes?\s+)?((?:["'`]?[a-z]\w*["'`]?(?:\s*,\s*(?:and\s+)?|\s+and\s+)?)+)/i)?.[1]; // prettier-ignore
  if (m.has(/\bkeys only\b|\bonly (?:the )?keys\b|\bKEYS_ONLY\b/i)) return { projection_type: 'KEYS_ONLY' };
  const names = (only ?? '').split(/\s*(?:,|\band\b)\s*/).map((n) => n.replace(/["'`]/g, '').trim()).filter((n) => /^[a-zA-Z]\w*$/.test(n) && !/^(?:all|attributes?|keys?|everything|only|the)$/i.test(n)); // prettier-ignore
  return names.length > 0 ? { projection_type: 'INCLUDE', non_key_attributes: names } : { projection_type: 'ALL' };
}

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
    /\b(?:(?:global )?(?:secondary )?index(?:es)?|gsi)\s+(?:(?:named\s+|called\s+)?(?!on\b|by\b|over\b|for\b|with\b)[\w-]+\s+)?\(?(?:on|by|over|for|with(?: (?:(?:the )?key|partition key))?)\s+["'`]?([A-Za-z]\w*)["'`]?(?:\s*(?:and|,|\+|\/|then|with (?:sort|range)(?: key)?)\s*["'`]?([A-Za-z]\w*)["'`]?)?/i,
  );
  const key = hash ?? 'id';
  const attributes = new Map<string, 'S' | 'N'>([[key, number(key)]]);
  for (const k of [range, index?.[1], index?.[2]])
    if (k !== undefined && !/^(?:and|with|the|on)$/i.test(k)) attributes.set(k, number(k));
  const expiry = m.take(/\bexpir\w+\s+(?:through|by|via|on|after|with|using)\s+(?:the\s+)?(?:attribute\s+|field\s+)?["'`]?([a-z]+[A-Z_]\w*)/i)?.[1] ?? m.take(/\b(?:expir\w*|vanish\w*|disappear\w*|go(?:es)? away|ttl|removed|deleted)\b[^.;,]{0,20}?\b(?:attribute|field)\s+["'`]?([A-Za-z]\w*)/i)?.[1]; // prettier-ignore
  const ttl = m.take(
    /\bttl(?:\s+(?:attribute|on|field|enabled on|by|via|is))*(?:\s+["'`]?([A-Za-z]\w*))?|\bexpir\w+\s+(?:through|by|via|on|after|with|using)\s+(?:the\s+)?(?:attribute\s+|field\s+)?["'`]?([a-z]+[A-Z_]\w*)|\b(?:old )?items? (?:expire|are (?:deleted|removed))[^.;,]*|\bexpir\w+(?: by themselves| automatically)?/i,
  );
  const ttlSaid = ttl?.[2] ?? ttl?.[1];
  const ttlName =
    expiry ??
    (ttlSaid !== undefined && !/^(?:on|enabled|attribute|is|and|with|for|of)$/i.test(ttlSaid) ? ttlSaid : 'expiresAt');
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
            name: m.take(/\b(?:(?:global )?(?:secondary )?index|gsi)\s+(?:called |named )?["'`]?([A-Za-z][\w-]*[A-Za-z0-9])["'`]?(?=\s+(?:on|by|with|for|over|keyed|\())/i)?.[1] ?? `by-${index[1].toLowerCase()}`, // prettier-ignore
            hash_key: index[1],
            ...(index[2] === undefined ? {} : { range_key: index[2] }),
            ...projectionOf(m),
            ...(provisioned ? { read_capacity: 5, write_capacity: 5 } : {}),
          }),
        }),
    ...(ttl === undefined && expiry === undefined ? {} : { ttl: nested({ attribute_name: ttlName, enabled: true }) }),
    point_in_time_recovery: nested({ enabled: true }),
    ...(m.take(/\bdeletion protection\b|\bprotect\w* against deletion\b/i) === undefined ? {} : { deletion_protection_enabled: true }), // prettier-ignore
    server_side_encryption: nested({
      enabled: true,
      ...(m.present.has('kms') ? { kms_key_arn: raw('aws_kms_key.main.arn') } : {}),
    }),
    ...(replicas.length === 0 ? {} : { replica: replicas.map((region) => nested({ region_name: region })) }),
  });
  if (provisioned && m.has(/\bauto ?-?scal|\bscal(?:e|es|ed|ing)\b|\btarget tracking\b/i)) {
    const both = (['read', 'write'] as const).map((kind) => [kind, scaleOf(m, kind)] as const);
    const told = both.filter(([, range]) => range !== undefined);
    const percent = Number(m.take(/\b(\d{2})\s?(?:%|percent)/i)?.[1] ?? 70);
    const [least, most] = told.length > 0 ? [0, 0] : (m.range('units?|RCUs?|WCUs?|capacity') ?? [5, 100]);
    for (const [kind, range] of told.length > 0 ? told : both) {
      const units = kind === 'read' ? 'Read' : 'Write';
      scaleBy(m, {
        label: kind,
        policy: `${kind}-scaling`,
        service: 'dynamodb',
        resource: '"table/${aws_dynamodb_table.main.name}"',
        dimension: `dynamodb:table:${units}CapacityUnits`,
        least: range?.[0] ?? least,
        most: range?.[1] ?? most,
        metric: `DynamoDB${units}CapacityUtilization`,
        target: percent,
      });
    }
  }
  m.output('table', 'aws_dynamodb_table.main.name', 'Name of the table.');
}
