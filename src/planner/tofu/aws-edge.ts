/** What faces users on AWS: names, certificates, gateways, distributions, sign-in, firewalls. */
import type { Component } from './components.ts';
import { nested, raw, type Block } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { policy } from './policy.ts';
import { domain, route53, acm } from './aws-dns.ts';

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
