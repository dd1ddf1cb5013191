/** What faces users on AWS: names, certificates, gateways, distributions, sign-in, firewalls. */
import type { Component } from './components.ts';
import { nested, raw, type Block, type Raw } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { policy } from './policy.ts';

const domainOf = (m: TofuModule): string | undefined =>
  m
    .take(/\b((?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|example|internal|cloud|app|co|de|uk|eu|local))\b/i)?.[1]
    ?.toLowerCase();

/** The domain that the words name, else a variable. */
function domain(m: TofuModule): string | Raw {
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

function route53(m: TofuModule): void {
  const name = domain(m);
  const isPrivate = m.has(/\bprivate (?:hosted )?zone\b/i);
  const literal = /\b((?:[a-z0-9-]+\.)+[a-z]{2,})\b/i.exec(m.text.text)?.[1]?.toLowerCase();
  m.resource('aws_route53_zone', 'main', {
    name: literal ?? name,
    ...(isPrivate ? { vpc: nested({ vpc_id: m.network().vpc }) } : {}),
  });
  const zone = raw('aws_route53_zone.main.zone_id');
  otherRecords(m, zone, name);
  if (steered(m, zone, name)) return;
  const ip = m.take(/\b(\d{1,3}(?:\.\d{1,3}){3})\b(?!\/)/)?.[1];
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
  } else if (ip !== undefined || m.has(/\brecords?\b/i))
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

function acm(m: TofuModule): void {
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

/** "caching disabled for /api/*": paths that are treated in a way of their own. */
function behaviours(m: TofuModule): { ordered_cache_behavior?: Block[] } {
  const paths = m.text.takeAll(/(?<![\w.])(\/[\w-]+(?:\/[\w*-]+)*\/?\*)/g).map((p) => p[1] ?? '');
  if (paths.length === 0) return {};
  const off = m.take(/\b(?:cach(?:e|ing) (?:is )?(?:disabled|off)|no cach(?:e|ing)|not cached|disabl\w+ cach\w+|without cach\w+)\b/i) !== undefined; // prettier-ignore
  return {
    ordered_cache_behavior: [...new Set(paths)].map((path) =>
      nested({
        path_pattern: path,
        target_origin_id: 'main',
        viewer_protocol_policy: 'redirect-to-https',
        allowed_methods: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
        cached_methods: ['GET', 'HEAD'],
        // The managed policies CachingDisabled and AllViewer, CachingOptimized.
        cache_policy_id: off ? '4135ea2d-6df8-44a3-9df3-4b5a84be39ad' : '658327ea-f89d-4fab-a63d-7e88639e58f6',
        ...(off ? { origin_request_policy_id: '216adef6-5c7f-47e4-b989-5492eafa07d3' } : {}),
      }),
    ),
  };
}

/** Who asked for what, kept in a bucket that the distribution may write to. */
function edgeLogs(m: TofuModule): { logging_config?: Block } {
  if (m.take(/\b(?:access )?logg?(?:s|ing)\b[^.;,]{0,30}\b(?:s3|bucket)\b|\baccess logs?\b/i) === undefined) return {};
  m.data('aws_caller_identity', 'current', {});
  m.resource('aws_s3_bucket', 'cdn_logs', {
    bucket: raw('"${var.name}-cdn-logs-${data.aws_caller_identity.current.account_id}"'),
  });
  m.resource('aws_s3_bucket_ownership_controls', 'cdn_logs', {
    bucket: raw('aws_s3_bucket.cdn_logs.id'),
    rule: nested({ object_ownership: 'BucketOwnerPreferred' }),
  });
  m.resource('aws_s3_bucket_public_access_block', 'cdn_logs', {
    bucket: raw('aws_s3_bucket.cdn_logs.id'),
    block_public_acls: true,
    block_public_policy: true,
    ignore_public_acls: true,
    restrict_public_buckets: true,
  });
  return {
    logging_config: nested({ bucket: raw('aws_s3_bucket.cdn_logs.bucket_domain_name'), include_cookies: false, prefix: 'cdn/' }), // prettier-ignore
  };
}

/** "only for viewers in DE and AT". */
function geography(m: TofuModule): Block {
  const countries = m.take(/\b(?:only|restrict\w*|limit\w*|block\w*|whitelist\w*|blacklist\w*)\b[^.;]{0,40}?\b((?:[A-Z]{2})(?:\s*(?:,|and)\s*[A-Z]{2})*)\b/)?.[1]?.match(/\b[A-Z]{2}\b/g); // prettier-ignore
  if (countries === undefined || countries === null) return nested({ restriction_type: 'none' });
  return nested({
    restriction_type: m.has(/\bblock|blacklist/i) ? 'blacklist' : 'whitelist',
    locations: [...countries],
  });
}

function cloudfront(m: TofuModule): void {
  const balancer = m.present.has('alb') && !m.present.has('s3');
  if (balancer) m.need('alb');
  else {
    m.present.add('s3');
    m.need('s3');
  }
  if (m.has(/\bcertificate\b/i) && !m.has(/\bdefault certificate\b/i)) m.present.add('acm');
  const certificate = m.present.has('acm');
  if (certificate) m.need('acm');
  if (m.present.has('waf')) m.need('waf');
  if (!balancer)
    m.resource('aws_cloudfront_origin_access_control', 'main', {
      name: m.name('origin'),
      origin_access_control_origin_type: 's3',
      signing_behavior: 'always',
      signing_protocol: 'sigv4',
    });
  m.resource('aws_cloudfront_distribution', 'main', {
    enabled: true,
    comment: raw('var.name'),
    ...(balancer ? {} : { default_root_object: 'index.html' }),
    price_class: m.take(/\bPriceClass_\w+\b/)?.[0] ?? 'PriceClass_100',
    ...(certificate || m.has(/\b(?:alias|custom domain|domain name)\b/i) ? { aliases: [domain(m)] } : {}),
    ...(m.present.has('waf') ? { web_acl_id: raw('aws_wafv2_web_acl.main.arn') } : {}),
    origin: nested(
      balancer
        ? {
            origin_id: 'main',
            domain_name: raw('aws_lb.main.dns_name'),
            custom_origin_config: nested({
              http_port: 80,
              https_port: 443,
              origin_protocol_policy: 'http-only',
              origin_ssl_protocols: ['TLSv1.2'],
            }),
          }
        : {
            origin_id: 'main',
            domain_name: raw('aws_s3_bucket.main.bucket_regional_domain_name'),
            origin_access_control_id: raw('aws_cloudfront_origin_access_control.main.id'),
          },
    ),
    default_cache_behavior: nested({
      target_origin_id: 'main',
      viewer_protocol_policy: 'redirect-to-https',
      allowed_methods: ['GET', 'HEAD', 'OPTIONS'],
      cached_methods: ['GET', 'HEAD'],
      compress: true,
      cache_policy_id: '658327ea-f89d-4fab-a63d-7e88639e58f6',
    }),
    ...(m.take(/\bcustom error (?:page|response)s?\b|\berror page\b/i) && !m.has(/\bspa\b|single[- ]page/i)
      ? { custom_error_response: nested({ error_code: 404, response_code: 404, response_page_path: '/error.html' }) }
      : {}),
    ...(m.has(/\bspa\b|single[- ]page/i)
      ? { custom_error_response: nested({ error_code: 403, response_code: 200, response_page_path: '/index.html' }) }
      : {}),
    ...behaviours(m),
    ...edgeLogs(m),
    restrictions: nested({ geo_restriction: geography(m) }),
    viewer_certificate: nested(
      certificate
        ? {
            acm_certificate_arn: raw('aws_acm_certificate.main.arn'),
            ssl_support_method: 'sni-only',
            minimum_protocol_version: 'TLSv1.2_2021',
          }
        : { cloudfront_default_certificate: true },
    ),
  });
  if (!balancer) {
    const read = policy(
      nested({
        actions: ['s3:GetObject'],
        resources: [raw('"${aws_s3_bucket.main.arn}/*"')],
        principals: nested({ type: 'Service', identifiers: ['cloudfront.amazonaws.com'] }),
        condition: nested({
          test: 'StringEquals',
          variable: 'AWS:SourceArn',
          values: [raw('aws_cloudfront_distribution.main.arn')],
        }),
      }),
    );
    m.resource('aws_s3_bucket_policy', 'main', { bucket: raw('aws_s3_bucket.main.id'), policy: read });
  }
  m.output('address', 'aws_cloudfront_distribution.main.domain_name', 'Where it answers.');
}

function cognito(m: TofuModule): void {
  m.resource('aws_cognito_user_pool', 'main', {
    name: m.name('users', m.called('(?:user )?pool')),
    username_attributes: ['email'],
    auto_verified_attributes: ['email'],
    mfa_configuration: m.has(/\bmfa\b|multi-factor/i) ? (m.has(/\boptional\b/i) ? 'OPTIONAL' : 'ON') : 'OFF',
    password_policy: nested({
      minimum_length: Number(
        m.take(/\b(?:at least|min(?:imum)?(?: of)?|length(?: of)?)\s*(\d{1,2})(?:\s+characters)?/i)?.[1] ?? 12,
      ),
      require_lowercase: true,
      require_numbers: true,
      require_symbols: true,
      require_uppercase: true,
    }),
    ...(m.has(/\bmfa\b|multi-factor/i) ? { software_token_mfa_configuration: nested({ enabled: true }) } : {}),
  });
  m.resource('aws_cognito_user_pool_client', 'main', {
    name: m.name('client'),
    user_pool_id: raw('aws_cognito_user_pool.main.id'),
    generate_secret:
      m.has(/\bwith (?:a )?(?:client )?secret\b|\bclient secret\b/i) &&
      !m.has(/\b(?:no|without) (?:a )?(?:client )?secret\b/i),
    explicit_auth_flows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    prevent_user_existence_errors: 'ENABLED',
  });
  const hosted = m.take(
    /\b(?:hosted ui|user pool|login)?\s*domain\s+(?:prefix\s+)?(?:called |named )?["'`]?([a-z][a-z0-9-]*)(?![\w.])/i,
  )?.[1];
  if (hosted !== undefined && !/^(?:for|with|and|in|is|of|name)$/.test(hosted))
    m.resource('aws_cognito_user_pool_domain', 'main', {
      domain: hosted,
      user_pool_id: raw('aws_cognito_user_pool.main.id'),
    });
  if (m.has(/\bidentity pool\b/i))
    m.resource('aws_cognito_identity_pool', 'main', {
      identity_pool_name: raw('var.name'),
      allow_unauthenticated_identities: false,
      cognito_identity_providers: nested({
        client_id: raw('aws_cognito_user_pool_client.main.id'),
        provider_name: raw('aws_cognito_user_pool.main.endpoint'),
      }),
    });
}

function waf(m: TofuModule): void {
  const scope = m.present.has('cloudfront') ? 'CLOUDFRONT' : 'REGIONAL';
  const visible = (name: string): ReturnType<typeof nested> =>
    nested({ cloudwatch_metrics_enabled: true, metric_name: name, sampled_requests_enabled: true });
  const limit = Number(m.take(/\b(\d{3,})\s*(?:requests?)/i)?.[1] ?? 2000);
  m.resource('aws_wafv2_web_acl', 'main', {
    name: m.name('firewall', m.called('acl')),
    scope,
    default_action: nested({ allow: nested({}) }),
    rule: [
      nested({
        name: 'common',
        priority: 1,
        override_action: nested({ none: nested({}) }),
        statement: nested({
          managed_rule_group_statement: nested({ name: 'AWSManagedRulesCommonRuleSet', vendor_name: 'AWS' }),
        }),
        visibility_config: visible('common'),
      }),
      ...(m.has(/\bsql/i)
        ? [
            nested({
              name: 'sql',
              priority: 2,
              override_action: nested({ none: nested({}) }),
              statement: nested({
                managed_rule_group_statement: nested({ name: 'AWSManagedRulesSQLiRuleSet', vendor_name: 'AWS' }),
              }),
              visibility_config: visible('sql'),
            }),
          ]
        : []),
      nested({
        name: 'rate',
        priority: 3,
        action: nested({ block: nested({}) }),
        statement: nested({ rate_based_statement: nested({ limit, aggregate_key_type: 'IP' }) }),
        visibility_config: visible('rate'),
      }),
    ],
    visibility_config: visible('firewall'),
  });
  if (scope === 'REGIONAL' && m.present.has('alb')) {
    m.need('alb');
    m.resource('aws_wafv2_web_acl_association', 'main', {
      resource_arn: raw('aws_lb.main.arn'),
      web_acl_arn: raw('aws_wafv2_web_acl.main.arn'),
    });
  }
}

export const EDGE: readonly Component[] = [
  { id: 'route53', names: /\broute ?53\b|\bhosted zones?\b|\bdns (?:zone|record)s?\b/i, make: route53 },
  { id: 'acm', names: /\bacm\b|\bcertificate manager\b|\btls certificate\b|\bssl certificate\b/i, make: acm },
  { id: 'cloudfront', names: /\bcloud ?front\b|\bcdn\b/i, make: cloudfront },
  { id: 'cognito', names: /\bcognito\b|\buser pool\b/i, make: cognito },
  { id: 'waf', names: /\bwaf\b|\bweb acl\b|\bweb application firewall\b/i, make: waf },
];
