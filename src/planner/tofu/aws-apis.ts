/** APIs on AWS: HTTP, REST, WebSocket and GraphQL, and hosted front ends. */
import type { Component } from './components.ts';
import { nested, raw } from './hcl.ts';
import type { TofuModule } from './module.ts';

/** Words beside "stage" that are not what it is called. */
const NO_STAGE = /^(?:the|a|an|default|and|with|for|auto|its|one|deployment|single|of|that)$/i;

const routeLabel = (route: string): string => route.toLowerCase().replace(/\W+/g, '_').replace(/^_|_$/g, '') || 'route';

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
      ? {
          cors_configuration: nested({
            allow_origins: [m.take(/\b(?:cors|origins?)\b[^.;]{0,24}?(https?:\/\/[\w.:-]*\w)/i)?.[1] ?? '*'],
            allow_methods: ['*'],
            allow_headers: ['*'],
          }),
        }
      : {}),
  });
  m.resource('aws_apigatewayv2_integration', 'main', {
    api_id: raw('aws_apigatewayv2_api.main.id'),
    integration_type: 'AWS_PROXY',
    integration_uri: raw('aws_lambda_function.main.invoke_arn'),
    ...(websocket ? {} : { payload_format_version: '2.0' }),
  });
  const routes = m.text
    .takeAll(/\b(GET|POST|PUT|DELETE|PATCH|ANY)\s+(?:(?:on|to|at)\s+)?(\/[\w{}+/-]*)/g)
    .map((r) => `${r[1] ?? 'ANY'} ${r[2] ?? '/'}`);
  for (const [i, route] of (routes.length === 0 ? [websocket ? '$default' : '$default'] : routes).entries())
    m.resource('aws_apigatewayv2_route', i === 0 ? 'main' : routeLabel(route), {
      api_id: raw('aws_apigatewayv2_api.main.id'),
      route_key: route,
      target: raw('"integrations/${aws_apigatewayv2_integration.main.id}"'),
      ...(m.present.has('cognito')
        ? { authorization_type: 'JWT', authorizer_id: raw('aws_apigatewayv2_authorizer.main.id') }
        : {}),
    });
  const stage = m.take(/\bstage\s+(?:called |named )?["'`]?([a-z]\w*)|\b([a-z]\w*) stage\b/i)?.slice(1).find((x: string | undefined) => x !== undefined); // prettier-ignore
  m.resource('aws_apigatewayv2_stage', 'main', {
    api_id: raw('aws_apigatewayv2_api.main.id'),
    name: stage === undefined || NO_STAGE.test(stage) ? '$default' : stage,
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

export const APIS: readonly Component[] = [
  { id: 'apigateway', names: /\bapi gateway\b|\b(?:rest|http|websocket) api\b|\bserverless api\b/i, make: apiGateway },
  { id: 'appsync', names: /\bapp ?sync\b|\bgraphql api\b/i, make: appsync },
  { id: 'amplify', names: /\bamplify\b/i, make: amplify },
];
