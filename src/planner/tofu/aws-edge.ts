/** What faces users on AWS: names, certificates, gateways, distributions, sign-in, firewalls. */
import type { Component } from './components.ts';
import { nested, raw } from './hcl.ts';
import type { TofuModule } from './module.ts';

const domainOf = (m: TofuModule): string | undefined =>
  m
    .take(/\b((?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|example|internal|cloud|app|co|de|uk|eu|local))\b/i)?.[1]
    ?.toLowerCase();

function domain(m: TofuModule): ReturnType<typeof raw> {
  const said =
    domainOf(m) ?? /\b((?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|example|internal|cloud|app))\b/i.exec(m.text.text)?.[1];
  return m.variable('domain', 'string', 'Domain name.', { default: said?.toLowerCase() ?? 'example.com' });
}

function route53(m: TofuModule): void {
  const name = domain(m);
  const isPrivate = m.has(/\bprivate (?:hosted )?zone\b/i);
  m.resource('aws_route53_zone', 'main', { name, ...(isPrivate ? { vpc: nested({ vpc_id: m.network().vpc }) } : {}) });
  const zone = raw('aws_route53_zone.main.zone_id');
  const ip = m.take(/\b(\d{1,3}(?:\.\d{1,3}){3})\b(?!\/)/)?.[1];
  if (m.present.has('alb')) {
    m.need('alb');
    m.resource('aws_route53_record', 'main', {
      zone_id: zone,
      name,
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
      name: m.take(/\b(www|api|mail|app)\b/i) === undefined ? name : 'www',
      type: m.take(/\b(CNAME|MX|TXT|AAAA)\b/)?.[1] ?? 'A',
      ttl: 300,
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
  m.resource('aws_acm_certificate', 'main', {
    domain_name: name,
    ...(m.has(/\bwild ?card\b/i) ? { subject_alternative_names: ['*.${var.domain}'] } : {}),
    validation_method: 'DNS',
    lifecycle: nested({ create_before_destroy: true }),
  });
  if (!m.present.has('route53')) return;
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

function cloudfront(m: TofuModule): void {
  const balancer = m.present.has('alb') && !m.present.has('s3');
  if (balancer) m.need('alb');
  else {
    m.present.add('s3');
    m.need('s3');
  }
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
    ...(certificate ? { aliases: [raw('var.domain')] } : {}),
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
    ...(m.has(/\bspa\b|single[- ]page/i)
      ? { custom_error_response: nested({ error_code: 403, response_code: 200, response_page_path: '/index.html' }) }
      : {}),
    restrictions: nested({ geo_restriction: nested({ restriction_type: 'none' }) }),
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
    const read = m.data('aws_iam_policy_document', 'cdn', {
      statement: nested({
        actions: ['s3:GetObject'],
        resources: [raw('"${aws_s3_bucket.main.arn}/*"')],
        principals: nested({ type: 'Service', identifiers: ['cloudfront.amazonaws.com'] }),
        condition: nested({
          test: 'StringEquals',
          variable: 'AWS:SourceArn',
          values: [raw('aws_cloudfront_distribution.main.arn')],
        }),
      }),
    });
    m.resource('aws_s3_bucket_policy', 'main', { bucket: raw('aws_s3_bucket.main.id'), policy: raw(`${read}.json`) });
  }
  m.output('address', 'aws_cloudfront_distribution.main.domain_name', 'Where it answers.');
}

function apiGateway(m: TofuModule): void {
  m.present.add('lambda');
  m.need('lambda');
  const websocket = m.has(/\bweb ?socket/i);
  const rest = m.has(/\brest\b|\bapi keys?\b|\busage plans?\b|\bv1\b/i) && !m.has(/\bhttp api\b/i);
  if (rest) {
    restApi(m);
    return;
  }
  m.resource('aws_apigatewayv2_api', 'main', {
    name: m.name('api', m.called('api')),
    protocol_type: websocket ? 'WEBSOCKET' : 'HTTP',
    ...(websocket ? { route_selection_expression: '$request.body.action' } : {}),
    ...(m.has(/\bcors\b/i)
      ? { cors_configuration: nested({ allow_origins: ['*'], allow_methods: ['*'], allow_headers: ['*'] }) }
      : {}),
  });
  m.resource('aws_apigatewayv2_integration', 'main', {
    api_id: raw('aws_apigatewayv2_api.main.id'),
    integration_type: 'AWS_PROXY',
    integration_uri: raw('aws_lambda_function.main.invoke_arn'),
    ...(websocket ? {} : { payload_format_version: '2.0' }),
  });
  const route = m
    .take(/\b(GET|POST|PUT|DELETE|PATCH|ANY)\s+(\/[\w{}/-]*)/)
    ?.slice(1, 3)
    .join(' ');
  m.resource('aws_apigatewayv2_route', 'main', {
    api_id: raw('aws_apigatewayv2_api.main.id'),
    route_key: route ?? '$default',
    target: raw('"integrations/${aws_apigatewayv2_integration.main.id}"'),
  });
  m.resource('aws_apigatewayv2_stage', 'main', {
    api_id: raw('aws_apigatewayv2_api.main.id'),
    name: '$default',
    auto_deploy: true,
  });
  m.resource('aws_lambda_permission', 'api', {
    statement_id: 'AllowApi',
    action: 'lambda:InvokeFunction',
    function_name: raw('aws_lambda_function.main.function_name'),
    principal: 'apigateway.amazonaws.com',
    source_arn: raw('"${aws_apigatewayv2_api.main.execution_arn}/*"'),
  });
  if (m.present.has('cognito')) {
    m.need('cognito');
    m.resource('aws_apigatewayv2_authorizer', 'main', {
      api_id: raw('aws_apigatewayv2_api.main.id'),
      name: 'users',
      authorizer_type: 'JWT',
      identity_sources: ['$request.header.Authorization'],
      jwt_configuration: nested({
        audience: [raw('aws_cognito_user_pool_client.main.id')],
        issuer: raw('"https://${aws_cognito_user_pool.main.endpoint}"'),
      }),
    });
  }
  m.output('api', 'aws_apigatewayv2_api.main.api_endpoint', 'Where the API answers.');
}

function restApi(m: TofuModule): void {
  const path = m.take(/\s\/([a-z][\w-]*)/i)?.[1] ?? 'items';
  const method = m.take(/\b(GET|POST|PUT|DELETE|PATCH|ANY)\b/)?.[1] ?? 'ANY';
  const key = m.has(/\bapi keys?\b/i);
  const api = raw('aws_api_gateway_rest_api.main.id');
  m.resource('aws_api_gateway_rest_api', 'main', { name: m.name('api', m.called('api')) });
  m.resource('aws_api_gateway_resource', 'main', {
    rest_api_id: api,
    parent_id: raw('aws_api_gateway_rest_api.main.root_resource_id'),
    path_part: path,
  });
  m.resource('aws_api_gateway_method', 'main', {
    rest_api_id: api,
    resource_id: raw('aws_api_gateway_resource.main.id'),
    http_method: method,
    authorization: m.has(/\biam auth/i) ? 'AWS_IAM' : 'NONE',
    ...(key ? { api_key_required: true } : {}),
  });
  m.resource('aws_api_gateway_integration', 'main', {
    rest_api_id: api,
    resource_id: raw('aws_api_gateway_resource.main.id'),
    http_method: raw('aws_api_gateway_method.main.http_method'),
    integration_http_method: 'POST',
    type: 'AWS_PROXY',
    uri: raw('aws_lambda_function.main.invoke_arn'),
  });
  m.resource('aws_api_gateway_deployment', 'main', {
    rest_api_id: api,
    triggers: {
      redeployment: raw(
        'sha1(jsonencode([aws_api_gateway_resource.main.id, aws_api_gateway_method.main.id, aws_api_gateway_integration.main.id]))',
      ),
    },
    lifecycle: nested({ create_before_destroy: true }),
    depends_on: [raw('aws_api_gateway_integration.main')],
  });
  m.resource('aws_api_gateway_stage', 'main', {
    rest_api_id: api,
    deployment_id: raw('aws_api_gateway_deployment.main.id'),
    stage_name: m.take(/\bstage\s+["'`]?([a-z]\w*)/i)?.[1] ?? 'prod',
  });
  m.resource('aws_lambda_permission', 'api', {
    statement_id: 'AllowApi',
    action: 'lambda:InvokeFunction',
    function_name: raw('aws_lambda_function.main.function_name'),
    principal: 'apigateway.amazonaws.com',
    source_arn: raw('"${aws_api_gateway_rest_api.main.execution_arn}/*"'),
  });
  if (key || m.has(/\busage plans?\b/i)) {
    m.resource('aws_api_gateway_api_key', 'main', { name: m.name('key') });
    m.resource('aws_api_gateway_usage_plan', 'main', {
      name: m.name('plan'),
      api_stages: nested({ api_id: api, stage: raw('aws_api_gateway_stage.main.stage_name') }),
      throttle_settings: nested({ burst_limit: 20, rate_limit: 10 }),
    });
    m.resource('aws_api_gateway_usage_plan_key', 'main', {
      key_id: raw('aws_api_gateway_api_key.main.id'),
      key_type: 'API_KEY',
      usage_plan_id: raw('aws_api_gateway_usage_plan.main.id'),
    });
  }
  m.output('api', 'aws_api_gateway_stage.main.invoke_url', 'Where the API answers.');
}

function cognito(m: TofuModule): void {
  m.resource('aws_cognito_user_pool', 'main', {
    name: m.name('users', m.called('(?:user )?pool')),
    username_attributes: ['email'],
    auto_verified_attributes: ['email'],
    mfa_configuration: m.has(/\bmfa\b|multi-factor/i) ? (m.has(/\boptional\b/i) ? 'OPTIONAL' : 'ON') : 'OFF',
    password_policy: nested({
      minimum_length: 12,
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
    explicit_auth_flows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    prevent_user_existence_errors: 'ENABLED',
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

const appsync = (m: TofuModule): void => {
  m.resource('aws_appsync_graphql_api', 'main', {
    name: m.name('graphql', m.called('api')),
    authentication_type: m.present.has('cognito') ? 'AMAZON_COGNITO_USER_POOLS' : 'AWS_IAM',
    ...(m.present.has('cognito')
      ? { user_pool_config: nested({ user_pool_id: raw('aws_cognito_user_pool.main.id'), default_action: 'ALLOW' }) }
      : {}),
    schema: raw('<<-EOT\ntype Query {\n  item(id: ID!): String\n}\nEOT'),
  });
  if (m.present.has('cognito')) m.need('cognito');
};

const amplify = (m: TofuModule): void => {
  m.resource('aws_amplify_app', 'main', {
    name: m.name('app', m.called('app')),
    ...(m.has(/\brepository\b/i)
      ? { repository: m.variable('repository', 'string', 'Address of the repository.') }
      : {}),
  });
  m.resource('aws_amplify_branch', 'main', {
    app_id: raw('aws_amplify_app.main.id'),
    branch_name: 'main',
    stage: 'PRODUCTION',
  });
};

export const EDGE: readonly Component[] = [
  { id: 'route53', names: /\broute ?53\b|\bhosted zones?\b|\bdns (?:zone|record)s?\b/i, make: route53 },
  { id: 'acm', names: /\bacm\b|\bcertificate manager\b|\btls certificate\b|\bssl certificate\b/i, make: acm },
  { id: 'cloudfront', names: /\bcloud ?front\b|\bcdn\b/i, make: cloudfront },
  { id: 'apigateway', names: /\bapi gateway\b|\b(?:rest|http|websocket) api\b|\bserverless api\b/i, make: apiGateway },
  { id: 'cognito', names: /\bcognito\b|\buser pool\b/i, make: cognito },
  { id: 'waf', names: /\bwaf\b|\bweb acl\b|\bweb application firewall\b/i, make: waf },
  { id: 'appsync', names: /\bapp ?sync\b|\bgraphql api\b/i, make: appsync },
  { id: 'amplify', names: /\bamplify\b/i, make: amplify },
];
