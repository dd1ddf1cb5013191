/** APIs on AWS: HTTP, REST, WebSocket and GraphQL, and hosted front ends. */
import type { Component } from './components.ts';
import { nested, raw } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { restApi, speaksDirectly } from './aws-rest.ts';

/** Words beside "stage" that are not what it is called. */
const NO_STAGE = /^(?:the|a|an|default|and|with|for|auto|its|one|deployment|single|of|that)$/i;

const routeLabel = (route: string): string => route.toLowerCase().replace(/\W+/g, '_').replace(/^_|_$/g, '') || 'route';

function apiGateway(m: TofuModule): void {
  const websocket = m.has(/\bweb ?socket/i);
  const rest =
    speaksDirectly(m) || (m.has(/\brest(?:ful)?\b|\bapi keys?\b|\busage plans?\b|\bv1\b/i) && !m.has(/\bhttp api\b/i));
  if (rest) {
    restApi(m);
    return;
  }
  m.present.add('lambda');
  m.need('lambda');
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
  const issuer = m.take(/\bissuer\b[^.;]{0,16}?(https:\/\/[^\s,;"'`)]*[\w/])/i)?.[1];
  const routes = m.text
    .takeAll(/\b(GET|POST|PUT|DELETE|PATCH|ANY)\s+(?:(?:on|to|at)\s+)?(\/[\w{}+/-]*)/g)
    .map((r) => `${r[1] ?? 'ANY'} ${r[2] ?? '/'}`);
  for (const [i, route] of (routes.length === 0 ? [websocket ? '$default' : '$default'] : routes).entries())
    m.resource('aws_apigatewayv2_route', i === 0 ? 'main' : routeLabel(route), {
      api_id: raw('aws_apigatewayv2_api.main.id'),
      route_key: route,
      target: raw('"integrations/${aws_apigatewayv2_integration.main.id}"'),
      ...(m.present.has('cognito') || issuer !== undefined
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
  if (issuer !== undefined && !m.present.has('cognito'))
    m.resource('aws_apigatewayv2_authorizer', 'main', { api_id: raw('aws_apigatewayv2_api.main.id'), name: 'tokens', authorizer_type: 'JWT', identity_sources: ['$request.header.Authorization'], jwt_configuration: nested({ issuer, audience: [m.take(/\baudience\s+(?:is |of |= ?)?["'`]?([\w.:/-]*\w)/i)?.[1] ?? 'api'] }) }); // prettier-ignore
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

/** "resolvers for Query.getPost and Mutation.addPost". */
function resolvers(m: TofuModule, source: string): void {
  const fields = m.text.takeAll(/\b(Query|Mutation|Subscription)\.([a-z]\w*)/g).map((f) => [f[1] ?? 'Query', f[2] ?? 'get'] as const);
  for (const [type, field] of fields.length > 0 ? fields : [['Query', 'getItem'] as const, ['Mutation', 'addItem'] as const]) {
    const writes = type === 'Mutation';
    m.resource('aws_appsync_resolver', field, {
      api_id: raw('aws_appsync_graphql_api.main.id'),
      type,
      field,
      data_source: raw(`${source}.name`),
      ...(source.endsWith('.table')
        ? {
            request_template: writes
              ? '{"version": "2018-05-29", "operation": "PutItem", "key": {"id": $util.dynamodb.toDynamoDBJson($util.autoId())}, "attributeValues": $util.dynamodb.toMapValuesJson($ctx.args)}'
              : '{"version": "2018-05-29", "operation": "GetItem", "key": {"id": $util.dynamodb.toDynamoDBJson($ctx.args.id)}}',
            response_template: '$util.toJson($ctx.result)',
          }
        : {}),
    });
  }
} // prettier-ignore

/** What stands behind a GraphQL API, and how it may be reached. */
function dataSource(m: TofuModule): string | undefined {
  const apiId = raw('aws_appsync_graphql_api.main.id');
  if (m.present.has('dynamodb')) {
    m.need('dynamodb');
    const role = m.role('graphql', ['appsync.amazonaws.com'], [{ actions: ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:Query', 'dynamodb:Scan'], resources: [raw('aws_dynamodb_table.main.arn'), raw('"${aws_dynamodb_table.main.arn}/index/*"')] }]); // prettier-ignore
    return m.resource('aws_appsync_datasource', 'table', { api_id: apiId, name: 'table', type: 'AMAZON_DYNAMODB', service_role_arn: raw(`${role}.arn`), dynamodb_config: nested({ table_name: raw('aws_dynamodb_table.main.name') }) }); // prettier-ignore
  }
  if (!m.present.has('lambda')) return undefined;
  m.need('lambda');
  const role = m.role('graphql', ['appsync.amazonaws.com'], [{ actions: ['lambda:InvokeFunction'], resources: [raw('aws_lambda_function.main.arn')] }]); // prettier-ignore
  return m.resource('aws_appsync_datasource', 'function', { api_id: apiId, name: 'function', type: 'AWS_LAMBDA', service_role_arn: raw(`${role}.arn`), lambda_config: nested({ function_arn: raw('aws_lambda_function.main.arn') }) }); // prettier-ignore
}

const appsync = (m: TofuModule): void => {
  const key = m.take(/\bapi[- ]?keys?\b/i) !== undefined;
  const fields = [...m.text.text.matchAll(/\b(Query|Mutation)\.([a-z]\w*)/g)];
  const lines = (type: string): string =>
    fields
      .filter((f) => f[1] === type)
      .map((f) => `  ${f[2] ?? 'get'}(id: ID, content: String): Item\n`)
      .join('');
  const queries = lines('Query');
  const mutations = lines('Mutation');
  m.resource('aws_appsync_graphql_api', 'main', {
    name: m.name('graphql', m.called('(?:graphql )?api')),
    authentication_type: m.present.has('cognito') ? 'AMAZON_COGNITO_USER_POOLS' : key ? 'API_KEY' : 'AWS_IAM',
    ...(m.present.has('cognito')
      ? { user_pool_config: nested({ user_pool_id: raw('aws_cognito_user_pool.main.id'), default_action: 'ALLOW' }) }
      : {}),
    ...(m.has(/\bx-?ray\b/i) ? { xray_enabled: true } : {}),
    schema: raw(`<<-EOT\ntype Item {\n  id: ID!\n  content: String\n}\n\ntype Query {\n${queries === '' ? '  getItem(id: ID!): Item\n' : queries}}\n\ntype Mutation {\n${mutations === '' ? '  addItem(content: String): Item\n' : mutations}}\nEOT`), // prettier-ignore
  });
  if (m.present.has('cognito')) m.need('cognito');
  if (key) m.resource('aws_appsync_api_key', 'main', { api_id: raw('aws_appsync_graphql_api.main.id'), description: 'Made from a description.' }); // prettier-ignore
  const source = dataSource(m);
  if (source !== undefined) resolvers(m, source);
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
