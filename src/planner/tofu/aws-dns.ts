/** Domains: zones and records of Route 53, certificates. */
import { nested, raw, type Raw } from './hcl.ts';
import type { TofuModule } from './module.ts';

const domainOf = (m: TofuModule): string | undefined =>
  m
    .take(/\b((?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|example|internal|cloud|app|co|de|uk|eu|local))\b/i)?.[1]
    ?.toLowerCase();

/** The domain that the words name, else a variable. */
export function domain(m: TofuModule): string | Raw {
  const said =
    domainOf(m) ?? /\b((?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|example|internal|cloud|app))\b/i.exec(m.text.text)?.[1];
  if (said !== undefined) return said.toLowerCase();
  return m.variable('domain', 'string', 'Domain name.', { default: 'example.com' });
}

/** Seconds that a record may be remembered. */
const ttlOf = (m: TofuModule): number => {
  const bare = m.take(/\bttl\s*(?:of|is|=|:)?\s*(\d+)\b(?!\s*(?:m|h|d))/i)?.[1];
  return bare === undefined ? (m.seconds('ttl') ?? 300) : Number(bare);
};

/** "an MX record 10 mail.x", "a CNAME blog pointing to y", "a TXT record v=spf1 …". */
function otherRecords(m: TofuModule, zone: Raw, domainName: string | Raw): void {
  const ttl = ttlOf(m);
  for (const [, type = 'TXT', name, value] of m.text.takeAll(
    /\b(MX|TXT|CNAME|AAAA|NS|SRV)\b(?: records?)?\s+(?:for\s+)?(?:["'`]?([a-z_][\w-]*)["'`]?\s+(?:point(?:s|ing) to|to|with(?: value)?|=|->)\s+)?["'`]?((?:\d+\s+)?[a-z0-9][\w.:=~ -]*?[\w.])["'`]?(?=,|;|\.(?:\s|$)|\s+(?:and|with)\s|$)/g,
  ))
    m.resource(
      'aws_route53_record',
      `${type.toLowerCase()}${name === undefined ? '' : `_${name.replace(/\W/g, '_')}`}`,
      {
        zone_id: zone,
        name: name ?? domainName,
        type,
        ttl,
        records: [value ?? ''],
      },
    );
}

/** "primary to 203.0.113.10 with a health check on /health, secondary to 203.0.113.20"; "70 % to a, 30 % to b". @returns whether it is one of these */
function steered(m: TofuModule, zone: Raw, name: string | Raw): boolean {
  const pair = /\b(primary|secondary|active|standby|passive)\b[^.;\d]{0,60}?(\d{1,3}(?:\.\d{1,3}){3})\b(?!\/)/gi;
  const found = m.has(/\bfail-?over\b/i) ? m.text.takeAll(new RegExp(pair.source.replace('[^.;\\d]{0,60}?', '[^;]{0,60}?'), 'gi')) : []; // prettier-ignore
  const shares = m.has(/\bweight/i) ? m.text.takeAll(/\b(\d{1,3})\s?(?:%|percent)?\s+(?:of (?:the )?traffic )?(?:to|for)\s+(\d{1,3}(?:\.\d{1,3}){3})/gi) : []; // prettier-ignore
  if (found.length < 2 && shares.length < 2) return false;
  m.take(/\b(?:fail-?over|weighted)(?: routing)?(?: policy)?\b/i);
  const ttl = ttlOf(m) === 300 ? 60 : ttlOf(m);
  const path = m.take(/\bhealth ?-?checks?\b[^.;]{0,24}?\s(\/[\w./-]*)/i)?.[1];
  const https = m.has(/\bhttps\b|\btls\b/i) || !m.has(/\bhttp\b/i);
  const first = found.find((f) => /^(?:primary|active)/i.test(f[1] ?? ''))?.[2];
  if (m.has(/\bhealth ?-?check/i) || found.length > 0)
    m.resource('aws_route53_health_check', 'main', {
      ...(first === undefined ? { fqdn: name } : { ip_address: first, fqdn: name }),
      port: https ? 443 : 80,
      type: https ? 'HTTPS' : 'HTTP',
      resource_path: path ?? '/',
      failure_threshold: 3,
      request_interval: 30,
    });
  for (const [, role = '', address = ''] of found) {
    const primary = /^(?:primary|active)/i.test(role);
    m.resource('aws_route53_record', primary ? 'primary' : 'secondary', {
      zone_id: zone,
      name,
      type: 'A',
      ttl,
      records: [address],
      set_identifier: primary ? 'primary' : 'secondary',
      ...(primary ? { health_check_id: raw('aws_route53_health_check.main.id') } : {}),
      failover_routing_policy: nested({ type: primary ? 'PRIMARY' : 'SECONDARY' }),
    });
  }
  for (const [i, [, weight = '1', address = '']] of shares.entries())
    m.resource('aws_route53_record', `weighted_${i + 1}`, {
      zone_id: zone,
      name,
      type: 'A',
      ttl,
      records: [address],
      set_identifier: `weighted-${i + 1}`,
      weighted_routing_policy: nested({ weight: Number(weight) }),
    });
  m.output('name_servers', 'aws_route53_zone.main.name_servers', 'Delegate the domain to these.');
  return true;
}

/** "a health check for https://status.acme.io/ping every 10 seconds": of an address, without a zone. */
function addressCheck(m: TofuModule): boolean {
  const url = m.take(/\bhealth ?-?checks?\b[^.;]{0,40}?\b(https?):\/\/([\w.-]+)(?::(\d+))?(\/[\w./-]*)?/i);
  if (url === undefined) return false;
  const secure = url[1]?.toLowerCase() === 'https';
  const every = m.seconds('(?:every|interval)') ?? 30;
  m.resource('aws_route53_health_check', 'main', {
    fqdn: url[2] ?? '',
    port: Number(url[3] ?? (secure ? 443 : 80)),
    type: secure ? 'HTTPS' : 'HTTP',
    resource_path: url[4] ?? '/',
    failure_threshold: Number(m.take(/\b(\d+)\s+(?:failures|times|failed)/i)?.[1] ?? 3),
    request_interval: every <= 10 ? 10 : 30,
    measure_latency: true,
  });
  return !m.has(/\b(?:zone|records?)\b/i);
}

export function route53(m: TofuModule): void {
  if (addressCheck(m)) return;
  const name = domain(m);
  const isPrivate = m.has(/\b(?:private|internal) (?:[\w.]+ ){0,3}zone\b/i);
  const literal = /\b((?:[a-z0-9-]+\.)+[a-z]{2,})\b/i.exec(m.text.text)?.[1]?.toLowerCase();
  m.resource('aws_route53_zone', 'main', {
    name: literal ?? name,
    ...(isPrivate ? { vpc: nested({ vpc_id: m.network().vpc }) } : {}),
  });
  const zone = raw('aws_route53_zone.main.zone_id');
  otherRecords(m, zone, name);
  if (steered(m, zone, name)) return;
  const told = m.text.takeAll(/(?:\b(?:A )?records?\s+(?:for\s+|called\s+|named\s+)?|(?<=\d)(?:,| and|, and) (?=[\w.-]+ ?(?:->|=>)))["'`]?((?:[a-z0-9*-]+\.)+[a-z]{2,}|[a-z][\w-]*)["'`]?\s*(?:->|=>|=|:|(?:that )?(?:point(?:s|ing)?|resolv\w+|goes|to|with(?: (?:the )?(?:ip|address))?)(?: to)?)\s+["'`]?(\d{1,3}(?:\.\d{1,3}){3})\b/gi); // prettier-ignore
  for (const [i, [, host = '', address = '']] of told.entries())
    m.resource('aws_route53_record', i === 0 ? 'main' : `a_${host.replace(/\W+/g, '_').toLowerCase()}`, { zone_id: zone, name: host.toLowerCase(), type: 'A', ttl: ttlOf(m), records: [address] }); // prettier-ignore
  const ip = told.length > 0 ? undefined : m.take(/\b(\d{1,3}(?:\.\d{1,3}){3})\b(?!\/)/)?.[1];
  if (m.present.has('alb')) {
    m.need('alb');
    m.resource('aws_route53_record', 'main', {
      zone_id: zone,
      name: m.take(/\b(?:A )?(?:records?\s+)?\b(www|api|app|shop|blog)\b/i)?.[1]?.toLowerCase() ?? name,
      type: 'A',
      alias: nested({
        name: raw('aws_lb.main.dns_name'),
        zone_id: raw('aws_lb.main.zone_id'),
        evaluate_target_health: true,
      }),
    });
  } else if (m.present.has('cloudfront')) {
    m.need('cloudfront');
    m.resource('aws_route53_record', 'main', {
      zone_id: zone,
      name,
      type: 'A',
      alias: nested({
        name: raw('aws_cloudfront_distribution.main.domain_name'),
        zone_id: raw('aws_cloudfront_distribution.main.hosted_zone_id'),
        evaluate_target_health: false,
      }),
    });
  } else if (
    told.length === 0 &&
    (ip !== undefined || m.has(/\bA records?\b|(?<!\b(?:CNAME|MX|TXT|AAAA|NS|SRV) )\brecords?\b/i))
  )
    m.resource('aws_route53_record', 'main', {
      zone_id: zone,
      name:
        m.take(
          /\bA records?\s+(?:for\s+|called\s+|named\s+)?["'`]?([a-z][\w-]*)\b(?=\s+(?:point|to|with|->|=)|\s*,)/,
        )?.[1] ??
        m.take(/\b(www|api|mail|app)\b/i)?.[1] ??
        name,
      type: ip === undefined ? (m.take(/\b(CNAME|MX|TXT|AAAA)\b/)?.[1] ?? 'A') : 'A',
      ttl: ttlOf(m),
      records: [ip ?? '192.0.2.10'],
    });
  if (m.has(/\bhealth ?checks?\b/i))
    m.resource('aws_route53_health_check', 'main', {
      fqdn: name,
      port: 443,
      type: 'HTTPS',
      resource_path: m.take(/\s(\/[\w./-]+)/)?.[1] ?? '/',
      failure_threshold: 3,
      request_interval: 30,
    });
  m.output('name_servers', 'aws_route53_zone.main.name_servers', 'Delegate the domain to these.');
}

export function acm(m: TofuModule): void {
  const name = domain(m);
  const apex = name;
  m.resource('aws_acm_certificate', 'main', {
    domain_name: name,
    ...(m.take(/\bwild ?card\b|\*\.[a-z0-9-]+\.[a-z]+/i)
      ? { subject_alternative_names: [`*.${apex instanceof Object ? '${var.domain}' : apex}`] }
      : {}),
    validation_method: 'DNS',
    lifecycle: nested({ create_before_destroy: true }),
  });
  if (!m.present.has('route53') && !m.has(/\bdns\b|\bvalidat/i)) return;
  m.take(/\bvalidated? (?:by|with|through|via) dns\b|\bdns[- ]validat\w+/i);
  m.present.add('route53');
  m.need('route53');
  m.resource('aws_route53_record', 'validation', {
    for_each: raw('{ for o in aws_acm_certificate.main.domain_validation_options : o.domain_name => o }'),
    zone_id: raw('aws_route53_zone.main.zone_id'),
    name: raw('each.value.resource_record_name'),
    type: raw('each.value.resource_record_type'),
    records: [raw('each.value.resource_record_value')],
    ttl: 60,
    allow_overwrite: true,
  });
  m.resource('aws_acm_certificate_validation', 'main', {
    certificate_arn: raw('aws_acm_certificate.main.arn'),
    validation_record_fqdns: raw('[for r in aws_route53_record.validation : r.fqdn]'),
  });
}
