/** REST APIs of API Gateway: resources and methods as they are told, in front of functions, of queues and tables, or of an address. */
import { nested, raw, type Body, type Raw } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { linked } from './rows.ts';
import { numberOf, NUMBER } from './words.ts';

const api = raw('aws_api_gateway_rest_api.main.id');
const label = (path: string): string => path.toLowerCase().replace(/[{}+]/g, '').replace(/\W+/g, '_').replace(/^_|_$/g, '') || 'root'; // prettier-ignore

interface Method {
  readonly verb: string;
  readonly path: string;
}

/** "methods GET and POST on /orders", "POST /messages, GET /messages/{id}". */
function methodsOf(m: TofuModule): Method[] {
  const each = m.text.takeAll(/\b(GET|POST|PUT|DELETE|PATCH|ANY)\s+(?:(?:on|to|at|for)\s+)?["'`]?(\/[\w{}+/-]*)/g).map((r) => ({ verb: r[1] ?? 'ANY', path: r[2] ?? '/' })); // prettier-ignore
  const paths = [...new Set([...each.map((e) => e.path), ...m.text.takeAll(/(?<![\w.:/-])["'`]?(\/[a-z][\w{}+/-]*)/gi).map((p) => p[1] ?? '')])].filter((p) => !/^\/(?:aws|var|ecs|lambda)\b/.test(p)); // prettier-ignore
  const path = paths[0] ?? '/items';
  if (each.length > 0) {
    const verbs = m.text.takeAll(/\b(?:methods?|verbs?)\s+((?:(?:GET|POST|PUT|DELETE|PATCH)(?:\s*(?:,|and|\/)\s*)?)+)/g).flatMap((v) => v[1]?.match(/[A-Z]+/g) ?? []); // prettier-ignore
    return [...each, ...verbs.filter((v) => !each.some((e) => e.verb === v)).map((verb) => ({ verb, path }))];
  }
  const verbs = [...new Set(m.text.takeAll(/\b(GET|POST|PUT|DELETE|PATCH|ANY)\b/g).map((v) => v[1] ?? 'ANY'))];
  const proxy = m.has(/\{proxy\+\}|\bproxy (?:resource|all)\b|\bcatch-?all\b/i);
  return (verbs.length > 0 ? verbs : ['ANY']).map((verb) => ({ verb, path: proxy ? '/{proxy+}' : path }));
}

/** The resources of a path, one below the other. @returns the address of the last */
function resourceFor(m: TofuModule, path: string): string {
  const parts = path.split('/').filter((p) => p !== '');
  if (parts.length === 0) return 'aws_api_gateway_rest_api.main.root_resource_id';
  let parent = 'aws_api_gateway_rest_api.main.root_resource_id';
  let walked = '';
  for (const part of parts) {
    walked = `${walked}/${part}`;
    const name = parts.length === 1 && !m.hasResource('aws_api_gateway_resource.main') ? 'main' : label(walked);
    const known = m.hasResource(`aws_api_gateway_resource.${label(walked)}`) ? label(walked) : name;
    const address = m.resource('aws_api_gateway_resource', known, { rest_api_id: api, parent_id: raw(parent), path_part: part }); // prettier-ignore
    parent = `${address}.id`;
  }
  return parent;
}

/** A service of AWS behind a method, without a function between. */
interface Direct {
  readonly id: string;
  readonly uri: string;
  readonly action: string;
  readonly resource: string;
  readonly template: Raw | string;
  readonly parameters?: Readonly<Record<string, string>>;
}

const DIRECT: readonly Direct[] = [
  { id: 'sqs', uri: '"arn:aws:apigateway:${var.region}:sqs:path/${data.aws_caller_identity.current.account_id}/${aws_sqs_queue.main.name}"', action: 'sqs:SendMessage', resource: 'aws_sqs_queue.main.arn', template: 'Action=SendMessage&MessageBody=$input.body', parameters: { 'integration.request.header.Content-Type': "'application/x-www-form-urlencoded'" } },
  { id: 'sns', uri: '"arn:aws:apigateway:${var.region}:sns:path//"', action: 'sns:Publish', resource: 'aws_sns_topic.main.arn', template: raw('"Action=Publish&TopicArn=$util.urlEncode(\'${aws_sns_topic.main.arn}\')&Message=$util.urlEncode($input.body)"'), parameters: { 'integration.request.header.Content-Type': "'application/x-www-form-urlencoded'" } },
  { id: 'states', uri: '"arn:aws:apigateway:${var.region}:states:action/StartExecution"', action: 'states:StartExecution', resource: 'aws_sfn_state_machine.main.arn', template: raw('jsonencode({ input = "$util.escapeJavaScript($input.body)", stateMachineArn = aws_sfn_state_machine.main.arn })') },
  { id: 'dynamodb', uri: '"arn:aws:apigateway:${var.region}:dynamodb:action/PutItem"', action: 'dynamodb:PutItem', resource: 'aws_dynamodb_table.main.arn', template: raw('jsonencode({ TableName = aws_dynamodb_table.main.name, Item = { id = { S = "$context.requestId" }, body = { S = "$util.escapeJavaScript($input.body)" } } })') },
  { id: 'kinesis', uri: '"arn:aws:apigateway:${var.region}:kinesis:action/PutRecord"', action: 'kinesis:PutRecord', resource: 'aws_kinesis_stream.main.arn', template: raw('jsonencode({ StreamName = aws_kinesis_stream.main.name, Data = "$util.base64Encode($input.body)", PartitionKey = "$context.requestId" })') },
]; // prettier-ignore

/** Whether the API speaks to a service itself. */
export const speaksDirectly = (m: TofuModule): boolean =>
  m.has(/\b(?:direct(?:ly)?|service) (?:aws )?(?:service )?(?:integration|proxy)\b|\b(?:no|without)(?: an?y?)? lambda\b|\baws (?:service )?integration\b|\bdirectly\b[^.;]{0,30}\b(?:queue|sqs|sns|topic|dynamo|stream|state machine|step functions?)/i); // prettier-ignore

function integrationOf(m: TofuModule): Body {
  const direct = speaksDirectly(m) ? DIRECT.find((d) => m.present.has(d.id)) : undefined;
  if (direct !== undefined) {
    m.need(direct.id);
    if (direct.id === 'sqs') m.data('aws_caller_identity', 'current', {});
    const role = m.role('api', ['apigateway.amazonaws.com'], [{ actions: [direct.action], resources: [raw(direct.resource)] }]); // prettier-ignore
    return {
      integration_http_method: 'POST',
      type: 'AWS',
      credentials: raw(`${role}.arn`),
      uri: raw(direct.uri),
      passthrough_behavior: 'NEVER',
      ...(direct.parameters === undefined ? {} : { request_parameters: direct.parameters }),
      request_templates: { 'application/json': direct.template },
    };
  }
  const url = m.take(
    /\b(?:http(?: proxy)?|backend|proxy|forward\w*)\b[^.;]{0,24}?(https?:\/\/[^\s,;"'`)]*[\w/])/i,
  )?.[1];
  if (url !== undefined) return { integration_http_method: 'ANY', type: 'HTTP_PROXY', uri: url };
  if (m.has(/\bmock\b/i)) return { type: 'MOCK', request_templates: { 'application/json': '{"statusCode": 200}' } };
  m.present.add('lambda');
  m.need('lambda');
  return { integration_http_method: 'POST', type: 'AWS_PROXY', uri: raw('aws_lambda_function.main.invoke_arn') };
}

/** Who may call: users of a pool, roles of AWS, anybody. */
function authorization(m: TofuModule): Body {
  if (linked(m, 'cognito')) {
    m.resource('aws_api_gateway_authorizer', 'main', { name: 'users', rest_api_id: api, type: 'COGNITO_USER_POOLS', provider_arns: [raw('aws_cognito_user_pool.main.arn')] }); // prettier-ignore
    return { authorization: 'COGNITO_USER_POOLS', authorizer_id: raw('aws_api_gateway_authorizer.main.id') };
  }
  return {
    authorization: m.take(/\biam (?:auth\w*|protected)\b|\bAWS_IAM\b|\bsigv4\b/i) === undefined ? 'NONE' : 'AWS_IAM',
  };
}

/** Keys, and how much each may ask. */
function usagePlan(m: TofuModule): void {
  const quota = m.take(/\b(\d[\d,]*)\s+(?:requests?|calls)\s*(?:per|a|each|\/)\s*(day|week|month)\b|\bquota\b[^.;\d]{0,16}(\d[\d,]*)\s*(?:requests?|calls)?\s*(?:per|a|each|\/)\s*(day|week|month)/i); // prettier-ignore
  const rate = m.take(
    /\brate(?: limit)?\s*(?:of|is|=|:)?\s*(\d+)|\b(\d+)\s*(?:requests?|rps)\s*(?:per|a|\/)\s*s(?:ec(?:ond)?)?\b|\b(\d+)\s*rps\b/i,
  );
  const burst = m.take(/\bburst(?: limit)?\s*(?:of|is|=|:)?\s*(\d+)/i)?.[1];
  m.resource('aws_api_gateway_api_key', 'main', { name: m.name('key', m.called('api key')) });
  m.resource('aws_api_gateway_usage_plan', 'main', {
    name: m.name('plan', m.called('usage plan')),
    api_stages: nested({ api_id: api, stage: raw('aws_api_gateway_stage.main.stage_name') }),
    throttle_settings: nested({ burst_limit: Number(burst ?? 20), rate_limit: Number(rate?.[1] ?? rate?.[2] ?? rate?.[3] ?? rate?.[4] ?? 10) }), // prettier-ignore
    ...(quota === undefined ? {} : { quota_settings: nested({ limit: Number((quota[1] ?? quota[3] ?? '1000').replace(/,/g, '')), period: (quota[2] ?? quota[4] ?? 'month').toUpperCase() }) }), // prettier-ignore
  });
  m.resource('aws_api_gateway_usage_plan_key', 'main', {
    key_id: raw('aws_api_gateway_api_key.main.id'),
    key_type: 'API_KEY',
    usage_plan_id: raw('aws_api_gateway_usage_plan.main.id'),
  });
}

const NO_STAGE = /^(?:the|a|an|default|and|with|for|auto|its|one|deployment|single|of|that|named|called|variables?)$/i;

function stageOf(m: TofuModule): void {
  const said = m.take(/\bstage\s+(?:called |named )?["'`]?([a-z]\w*)|\b["'`]?([a-z]\w*)["'`]? stage\b/i)?.slice(1).find((x: string | undefined) => x !== undefined && !NO_STAGE.test(x)); // prettier-ignore
  const logged = m.take(/\b(?:access |execution )(?:logs?|logging)\b|\blogg?(?:s|ing)\b[^.;,]{0,16}\bcloud ?watch\b/i) !== undefined; // prettier-ignore
  if (logged)
    m.resource('aws_cloudwatch_log_group', 'api', { name: '/aws/apigateway/${var.name}', retention_in_days: 30 });
  m.resource('aws_api_gateway_stage', 'main', {
    rest_api_id: api,
    deployment_id: raw('aws_api_gateway_deployment.main.id'),
    stage_name: said ?? 'prod',
    ...(m.take(/\bx-?ray\b|\btracing\b/i) === undefined ? {} : { xray_tracing_enabled: true }),
    ...(logged ? { access_log_settings: nested({ destination_arn: raw('aws_cloudwatch_log_group.api.arn'), format: raw('jsonencode({ requestId = "$context.requestId", ip = "$context.identity.sourceIp", method = "$context.httpMethod", path = "$context.path", status = "$context.status" })') }) } : {}), // prettier-ignore
  });
  const throttle = m.take(new RegExp(`\\bthrottl\\w*\\b[^.;\\d]{0,24}(${NUMBER})`, 'i'))?.[1];
  if (throttle !== undefined && !m.has(/\busage plans?\b|\bapi keys?\b/i))
    m.resource('aws_api_gateway_method_settings', 'main', { rest_api_id: api, stage_name: raw('aws_api_gateway_stage.main.stage_name'), method_path: '*/*', settings: nested({ throttling_rate_limit: numberOf(throttle), throttling_burst_limit: numberOf(throttle) * 2, metrics_enabled: true }) }); // prettier-ignore
}

export function restApi(m: TofuModule): void {
  const key = m.take(/\bapi keys?\b(?: (?:is |are )?required)?/i) !== undefined;
  const methods = methodsOf(m);
  m.resource('aws_api_gateway_rest_api', 'main', {
    name: m.name('api', m.called('(?:rest )?api')),
    endpoint_configuration: nested({ types: [m.has(/\bprivate (?:rest )?api\b/i) ? 'PRIVATE' : m.has(/\bedge\b/i) ? 'EDGE' : 'REGIONAL'] }), // prettier-ignore
  });
  const integration = integrationOf(m);
  const access = authorization(m);
  const made: string[] = [];
  for (const [i, { verb, path }] of methods.entries()) {
    const resource = resourceFor(m, path);
    const name = i === 0 ? 'main' : `${label(path)}_${verb.toLowerCase()}`;
    const method = m.resource('aws_api_gateway_method', name, {
      rest_api_id: api,
      resource_id: raw(resource),
      http_method: verb,
      ...access,
      ...(key ? { api_key_required: true } : {}),
    });
    const own = m.resource('aws_api_gateway_integration', name, { rest_api_id: api, resource_id: raw(resource), http_method: raw(`${method}.http_method`), ...integration }); // prettier-ignore
    made.push(`${method}.id`, `${own}.id`);
    if (integration['type'] !== 'AWS' && integration['type'] !== 'MOCK') continue;
    const answer = m.resource('aws_api_gateway_method_response', name, { rest_api_id: api, resource_id: raw(resource), http_method: raw(`${method}.http_method`), status_code: '200' }); // prettier-ignore
    m.resource('aws_api_gateway_integration_response', name, { rest_api_id: api, resource_id: raw(resource), http_method: raw(`${method}.http_method`), status_code: raw(`${answer}.status_code`), depends_on: [raw(own)] }); // prettier-ignore
  }
  m.resource('aws_api_gateway_deployment', 'main', {
    rest_api_id: api,
    triggers: { redeployment: raw(`sha1(jsonencode([${made.join(', ')}]))`) },
    lifecycle: nested({ create_before_destroy: true }),
    depends_on: methods.map((_, i) => raw(`aws_api_gateway_integration.${i === 0 ? 'main' : `${label(methods[i]?.path ?? '/')}_${methods[i]?.verb.toLowerCase() ?? 'any'}`}`)), // prettier-ignore
  });
  stageOf(m);
  if (integration['type'] === 'AWS_PROXY')
    m.resource('aws_lambda_permission', 'api', {
      statement_id: 'AllowApi',
      action: 'lambda:InvokeFunction',
      function_name: raw('aws_lambda_function.main.function_name'),
      principal: 'apigateway.amazonaws.com',
      source_arn: raw('"${aws_api_gateway_rest_api.main.execution_arn}/*"'),
    });
  if (key || m.has(/\busage plans?\b/i)) usagePlan(m);
  m.output('api', 'aws_api_gateway_stage.main.invoke_url', 'Where the API answers.');
}
