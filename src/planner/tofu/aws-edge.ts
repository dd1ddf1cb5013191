/** What faces users on AWS: names, certificates, gateways, distributions, sign-in, firewalls. */
import type { Component } from './components.ts';
import { nested, raw, type Block, type Body, type Raw } from './hcl.ts';
import { numberOf } from './words.ts';
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

/** "a cache policy of its own with a TTL of 60 seconds". @returns the policy's id */
function cachePolicy(m: TofuModule): string | Raw {
  const usual = m.seconds('default ttl') ?? m.seconds('ttl') ?? (m.has(/\bcach(?:e|ed|ing)\b/i) ? m.seconds('(?:cach\\w+|kept|keep)') : undefined); // prettier-ignore
  if (usual === undefined && !m.has(/\b(?:own|custom|new) cache policy\b/i))
    return '658327ea-f89d-4fab-a63d-7e88639e58f6';
  m.take(/\b(?:own |custom |new )?cache polic(?:y|ies)\b/i);
  const most = m.seconds('max(?:imum)? ttl');
  const least = m.seconds('min(?:imum)? ttl');
  const ttl = usual ?? 86_400;
  m.resource('aws_cloudfront_cache_policy', 'main', {
    name: m.name('cache', m.called('cache policy')),
    default_ttl: ttl,
    max_ttl: most ?? Math.max(ttl, 31_536_000),
    min_ttl: least ?? Math.min(1, ttl),
    parameters_in_cache_key_and_forwarded_to_origin: nested({
      cookies_config: nested({ cookie_behavior: 'none' }),
      headers_config: nested({ header_behavior: 'none' }),
      query_strings_config: nested({ query_string_behavior: m.has(/\bquery strings?\b/i) ? 'all' : 'none' }),
      enable_accept_encoding_brotli: true,
      enable_accept_encoding_gzip: true,
    }),
  });
  return raw('aws_cloudfront_cache_policy.main.id');
}

const PRICE: Readonly<Record<string, string>> = {
  '100': 'PriceClass_100',
  '200': 'PriceClass_200',
  all: 'PriceClass_All',
};

/** Who may fetch what is signed only. */
function signedOnly(m: TofuModule): { trusted_key_groups?: Raw[] } {
  if (m.take(/\bsigned (?:urls?|cookies)\b|\bkey groups?\b/i) === undefined) return {};
  m.resource('aws_cloudfront_public_key', 'main', { name: m.name('key'), encoded_key: m.variable('cloudfront_public_key', 'string', 'Public key that signatures are checked with, as PEM.') }); // prettier-ignore
  m.resource('aws_cloudfront_key_group', 'main', { name: m.name('keys', m.called('key group')), items: [raw('aws_cloudfront_public_key.main.id')] }); // prettier-ignore
  return { trusted_key_groups: [raw('aws_cloudfront_key_group.main.id')] };
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
    ...(balancer
      ? {}
      : {
          default_root_object:
            m.take(/\b(?:default )?root object\s+(?:is |of |= ?)?["'`]?([\w.-]+\.\w+)/i)?.[1] ?? 'index.html',
        }),
    price_class: m.take(/\bPriceClass_\w+\b/)?.[0] ?? PRICE[m.take(/\bprice class (100|200|all)\b/i)?.[1]?.toLowerCase() ?? '100'] ?? 'PriceClass_100', // prettier-ignore
    ...(m.take(/\bhttp\/?3\b/i) === undefined ? { http_version: 'http2' } : { http_version: 'http2and3' }),
    is_ipv6_enabled: true,
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
      cache_policy_id: cachePolicy(m),
      ...(m.take(/\bsecurity headers?\b|\bhsts\b/i) === undefined ? {} : { response_headers_policy_id: '67f7725c-6f97-4210-82d7-5512b31e9d03' }), // prettier-ignore
      ...signedOnly(m),
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

/** Rule groups that AWS keeps, by what they are against. */
const GROUPS: readonly (readonly [RegExp, string, string])[] = [
  [/\bsql/i, 'sql', 'AWSManagedRulesSQLiRuleSet'],
  [/\bknown bad inputs?\b|\blog4j\b/i, 'bad-inputs', 'AWSManagedRulesKnownBadInputsRuleSet'],
  [/\b(?:ip )?reputation\b/i, 'reputation', 'AWSManagedRulesAmazonIpReputationList'],
  [/\banonymous ips?\b|\bproxies\b|\btor\b/i, 'anonymous', 'AWSManagedRulesAnonymousIpList'],
  [/\bbots?\b/i, 'bots', 'AWSManagedRulesBotControlRuleSet'],
  [/\bwordpress\b/i, 'wordpress', 'AWSManagedRulesWordPressRuleSet'],
  [/\blinux\b/i, 'linux', 'AWSManagedRulesLinuxRuleSet'],
  [/\badmin (?:protection|pages?)\b/i, 'admin', 'AWSManagedRulesAdminProtectionRuleSet'],
];

function wafRules(m: TofuModule, visible: (name: string) => Block): Block[] {
  const rules: Body[] = [];
  const addresses = [...m.text.text.matchAll(/\b(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})\b/g)].map((x) => x[1] ?? '');
  const listed = m.take(/\bip sets?\b|\b(?:block|deny|allow)\w*\b[^.;]{0,40}\b(?:ips?|address(?:es)?|ranges?)\b(?! with)/i) !== undefined && (addresses.length > 0 || m.has(/\bip sets?\b/i)); // prettier-ignore
  if (listed) {
    m.resource('aws_wafv2_ip_set', 'main', { name: m.name('addresses', m.called('ip set')), scope: scopeOf(m), ip_address_version: 'IPV4', addresses: addresses.length > 0 ? addresses : [] }); // prettier-ignore
    const allow = m.has(/\b(?:allow|permit)\w*\b[^.;]{0,30}\b(?:ip|address|range|only)/i) && !m.has(/\b(?:block|deny)\w*\b[^.;]{0,40}\b(?:ip|address|range|\d{1,3}\.)/i); // prettier-ignore
    rules.push({ name: 'addresses', action: nested(allow ? { allow: nested({}) } : { block: nested({}) }), statement: nested({ ip_set_reference_statement: nested({ arn: raw('aws_wafv2_ip_set.main.arn') }) }) }); // prettier-ignore
  }
  const countries = m
    .take(/\b(?:countr(?:y|ies)|from)\s+((?:[A-Z]{2}\b(?:\s*(?:,|and|or)\s*)?)+)/)?.[1]
    ?.match(/[A-Z]{2}/g);
  if (countries !== undefined && countries !== null) {
    const matched = nested({ geo_match_statement: nested({ country_codes: [...countries] }) });
    const only =
      m.has(/\bonly\b[^.;]{0,30}\b(?:countr|from [A-Z]{2})|\ballow\w*[^.;]{0,30}\bcountr/i) &&
      !m.has(/\bblock\w*[^.;]{0,20}\bcountr/i);
    rules.push({ name: 'countries', action: nested({ block: nested({}) }), statement: only ? nested({ not_statement: nested({ statement: matched }) }) : matched }); // prettier-ignore
  }
  const managed: readonly (readonly [string, string])[] = [['common', 'AWSManagedRulesCommonRuleSet'], ...GROUPS.filter(([words]) => m.take(words) !== undefined).map(([, name, group]) => [name, group] as const)]; // prettier-ignore
  for (const [name, group] of managed)
    rules.push({ name, override_action: nested({ none: nested({}) }), statement: nested({ managed_rule_group_statement: nested({ name: group, vendor_name: 'AWS' }) }) }); // prettier-ignore
  m.take(/\b(?:aws )?managed (?:common )?rules?(?: (?:set|group)s?)?\b|\bcommon rule set\b/i);
  const limit = m.take(
    /\b(\d{2,}(?:,\d{3})*)\s*(?:requests?|per|in \w+ minutes?)|\brate(?: limit\w*)?\b[^.;\d]{0,20}(\d{2,})/i,
  );
  const window = m.take(/\b(?:in|per|within|every)\s+(?:an?\s+)?(\d+|one|two|five|ten)?\s*minutes?\b/i)?.[1];
  const seconds = window === undefined ? 300 : 60 * numberOf(window);
  if (limit !== undefined || !m.has(/\b(?:no|without) rate\b/i))
    rules.push({ name: 'rate', action: nested({ block: nested({}) }), statement: nested({ rate_based_statement: nested({ limit: Number((limit?.[1] ?? limit?.[2] ?? '2000').replace(/,/g, '')), aggregate_key_type: 'IP', ...([60, 120, 600].includes(seconds) ? { evaluation_window_sec: seconds } : {}) }) }) }); // prettier-ignore
  return rules.map((rule, i) => nested({ ...rule, priority: i + 1, visibility_config: visible(typeof rule['name'] === 'string' ? rule['name'] : 'rule') })); // prettier-ignore
}

const scopeOf = (m: TofuModule): string =>
  m.present.has('cloudfront') && !m.has(/\bregional\b/i) ? 'CLOUDFRONT' : 'REGIONAL';

function waf(m: TofuModule): void {
  const scope = scopeOf(m);
  const visible = (name: string): Block =>
    nested({ cloudwatch_metrics_enabled: true, metric_name: name, sampled_requests_enabled: true });
  const blocks =
    m.take(/\b(?:block|deny)\w* by default\b|\bdefault (?:action )?(?:is )?(?:block|deny)\b/i) !== undefined;
  m.resource('aws_wafv2_web_acl', 'main', {
    name: m.name('firewall', m.called('acl')),
    scope,
    default_action: nested(blocks ? { block: nested({}) } : { allow: nested({}) }),
    rule: wafRules(m, visible),
    visibility_config: visible('firewall'),
  });
  if (scope !== 'REGIONAL') return;
  const given = m.variableFor('\\b(?:alb|load balancer|balancer|arn|api|stage)\\b');
  const target =
    given !== undefined
      ? m.variable(given, 'string', 'What stands behind the firewall.')
      : m.present.has('alb')
        ? (m.need('alb'), raw('aws_lb.main.arn'))
        : m.present.has('apigateway') && (m.need('apigateway'), m.hasResource('aws_api_gateway_stage'))
          ? raw('aws_api_gateway_stage.main.arn')
          : undefined;
  if (target !== undefined)
    m.resource('aws_wafv2_web_acl_association', 'main', { resource_arn: target, web_acl_arn: raw('aws_wafv2_web_acl.main.arn') }); // prettier-ignore
}

export const EDGE: readonly Component[] = [
  { id: 'route53', names: /\broute ?53\b|\bhosted zones?\b|\bdns (?:zone|record)s?\b/i, make: route53 },
  { id: 'acm', names: /\bacm\b|\bcertificate manager\b|\btls certificate\b|\bssl certificate\b/i, make: acm },
  { id: 'cloudfront', names: /\bcloud ?front\b|\bcdn\b/i, make: cloudfront },
  { id: 'waf', names: /\bwaf\b|\bweb acl\b|\bweb application firewall\b/i, make: waf },
];
