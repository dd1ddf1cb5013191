/** State machines of Step Functions: functions in turn and side by side, choices, waits, and what happens when something fails. */
import { expression, nested, raw, type Raw, type Value } from './hcl.ts';
import type { Statement, TofuModule } from './module.ts';
import { linked } from './rows.ts';
import type { Component } from './components.ts';
import { namesOf } from './names.ts';
import { escaped, Passage, Ledger } from '../text.ts';

type State = Record<string, Value>;

/** One step: a function by its name, a pause, or several side by side. */
type Step =
  | { readonly is: 'task'; readonly name: string }
  | { readonly is: 'wait'; readonly seconds: number }
  | { readonly is: 'together'; readonly names: readonly string[] };

const title = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const label = (name: string): string => name.replace(/\W+/g, '_').replace(/^(?=\d)/, 'n');

/** Names of the functions, in the order in which the words call them. */
const functionNames = (text: string): string[] => namesOf(new Passage(text, 0, new Ledger(text)), '[Ll]ambda(?: function)?|function'); // prettier-ignore

/** "first a, then in parallel b and c, wait 30 seconds, then d". */
function stepsOf(m: TofuModule, names: readonly string[]): Step[] {
  const { text } = m.text;
  const places = names
    .map((name) => ({
      name,
      at: text.search(new RegExp(`(?<![\\w-])${escaped(name)}(?![\\w-])`)),
    })) // prettier-ignore
    .filter((p) => p.at >= 0)
    .sort((a, b) => a.at - b.at);
  const side = /\b(?:in parallel|side by side|at the same time|simultaneously|concurrently|parallel)\b/i.exec(text);
  const from = side === null ? -1 : Math.max(...['. ', ';', ', then', ' then '].map((s) => text.lastIndexOf(s, side.index)), 0); // prettier-ignore
  const rest = side === null ? '' : text.slice(side.index);
  const to = side === null ? -1 : side.index + (/[.;]\s|,\s*(?:and )?(?:then|finally|after)|\b(?:then|finally|afterwards)\b/i.exec(rest)?.index ?? rest.length); // prettier-ignore
  const inside = (at: number): boolean => side !== null && at >= from && at < to;
  const pauses = m.text.takeAll(/\bwaits?(?:ing)?\s+(?:for\s+)?(\d+)\s*(seconds?|s|minutes?|m|hours?|h|days?)\b/gi).map((w) => ({ at: w.index, seconds: Number(w[1]) * ({ s: 1, m: 60, h: 3600, d: 86_400 }[(w[2] ?? 's').charAt(0).toLowerCase()] ?? 1) })); // prettier-ignore
  const together = places.filter((p) => inside(p.at)).map((p) => p.name);
  const steps: (Step & { at: number })[] = [
    ...places.filter((p) => !inside(p.at)).map((p) => ({ is: 'task' as const, name: p.name, at: p.at })),
    ...pauses.map((p) => ({ is: 'wait' as const, seconds: p.seconds, at: p.at })),
    ...(together.length > 0 ? [{ is: 'together' as const, names: together, at: side?.index ?? 0 }] : []),
  ];
  return steps.sort((a, b) => a.at - b.at);
}

/** What each value of a choice leads to: "a Choice on the operator (add, subtract)". */
function branches(m: TofuModule): { readonly on: string; readonly values: readonly string[] } | undefined {
  const listed = m.take(/\b(?:choice|choose\w*|branch\w*|decid\w*|switch\w*|depending|route[sd]?)\b[^.;(]{0,40}?\b(?:on|by|of)\s+(?:the\s+|an?\s+)?(?:value of\s+)?["'`$.]*([a-zA-Z]\w*)["'`]?[^.;(]{0,24}?[(:]\s*([^).;]+)/i); // prettier-ignore
  const values = (listed?.[2] ?? '').split(/\s*(?:,|\band\b|\bor\b|\/)\s*/).map((v) => v.replace(/["'`]/g, '').trim()).filter((v) => /^[\w-]+$/.test(v)); // prettier-ignore
  if (listed?.[1] !== undefined && values.length > 0) return { on: listed[1], values };
  const cases = m.text.takeAll(
    /\b(?:if|when)\s+(?:the\s+)?["'`$.]*([a-zA-Z]\w*)["'`]?\s+(?:is|equals|=|==)\s+["'`]?([\w-]+)["'`]?/gi,
  );
  return cases.length > 0 && m.has(/\bchoice|branch/i) ? { on: cases[0]?.[1] ?? 'status', values: cases.map((c) => c[2] ?? '') } : undefined; // prettier-ignore
}

const retries = (m: TofuModule): State => {
  const count = m.take(/\bretr(?:y|ies|ied)\b[^.;,\d]{0,24}?(\d+|twice|three times)|\b(\d+) retries\b/i);
  const said = count?.[1] ?? count?.[2];
  return {
    Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 2, MaxAttempts: said === undefined ? 3 : /^\d/.test(said) ? Number(said) : said === 'twice' ? 2 : 3, BackoffRate: 2 }], // prettier-ignore
  };
};

/** Where it goes when something fails, if anywhere. */
function handler(m: TofuModule): { readonly name: string; readonly state: State } | undefined {
  const asked = m.take(/\b(?:on|if|when|in case of|case)\b[^.;]{0,24}\b(?:error|fail\w*|exception)s?\b[^.;,]*|\bcatch(?:es)?\b[^.;,]*|\bfail(?:ure)?s? (?:are|is|go|goes|sends?|publish\w*)\b[^.;,]*/i); // prettier-ignore
  if (asked === undefined) return undefined;
  if (linked(m, 'sns'))
    return { name: 'Tell', state: { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', Parameters: { TopicArn: raw('aws_sns_topic.main.arn'), 'Message.$': 'States.JsonToString($)' }, Next: 'Failed' } }; // prettier-ignore
  if (linked(m, 'sqs'))
    return { name: 'Tell', state: { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage', Parameters: { QueueUrl: raw('aws_sqs_queue.main.url'), 'MessageBody.$': '$' }, Next: 'Failed' } }; // prettier-ignore
  return { name: 'Failed', state: { Type: 'Fail', Error: 'Failed', Cause: 'A step failed.' } };
}

/** Calls of services without a function between, where the words speak of them. */
const SERVICES: readonly (readonly [id: string, words: RegExp, name: string, resource: string, parameters: (m: TofuModule) => Value, action: string, arn: string])[] = [
  ['dynamodb', /\b(?:puts?|writes?|stores?|saves?|inserts?)\b/i, 'Store', 'arn:aws:states:::dynamodb:putItem', () => ({ TableName: raw('aws_dynamodb_table.main.name'), Item: { id: { 'S.$': '$.id' } } }), 'dynamodb:PutItem', 'aws_dynamodb_table.main.arn'],
  ['sns', /\b(?:publish\w*|notif\w*|tells?|sends?)\b/i, 'Publish', 'arn:aws:states:::sns:publish', () => ({ TopicArn: raw('aws_sns_topic.main.arn'), 'Message.$': 'States.JsonToString($)' }), 'sns:Publish', 'aws_sns_topic.main.arn'],
  ['sqs', /\b(?:sends?|puts?|queues?)\b/i, 'Send', 'arn:aws:states:::sqs:sendMessage', () => ({ QueueUrl: raw('aws_sqs_queue.main.url'), 'MessageBody.$': '$' }), 'sqs:SendMessage', 'aws_sqs_queue.main.arn'],
]; // prettier-ignore

interface Machine {
  readonly start: string;
  readonly states: Record<string, State>;
}

/** Links states in their order; the last one ends. */
function chain(steps: readonly { name: string; state: State }[], end: State = { End: true }): Record<string, State> {
  return Object.fromEntries(
    steps.map(({ name, state }, i) => {
      const next = steps[i + 1]?.name;
      return [name, { ...state, ...(next === undefined ? end : { Next: next }) }];
    }),
  );
}

function machineOf(m: TofuModule): Machine {
  const names = m.present.has('lambda') ? functionNames(m.text.text) : [];
  const arn = (name?: string): Raw => raw(`aws_lambda_function.${name === undefined || names.length < 2 ? 'main' : label(name)}.arn`); // prettier-ignore
  const caught = handler(m);
  const again = retries(m);
  const task = (name?: string): State => ({
    Type: 'Task',
    Resource: arn(name),
    ...again,
    ...(caught === undefined ? {} : { Catch: [{ ErrorEquals: ['States.ALL'], Next: caught.name, ResultPath: '$.error' }] }), // prettier-ignore
  });
  const ending: Record<string, State> =
    caught === undefined ? {} : { [caught.name]: caught.state, ...(caught.name === 'Tell' ? { Failed: { Type: 'Fail', Error: 'Failed' } } : {}) }; // prettier-ignore
  const choice = branches(m);
  if (choice !== undefined) {
    const other = m.take(/\b(?:anything else|everything else|otherwise|by default|else|unknown\w*)\b[^.;,]*/i);
    const states: Record<string, State> = {
      Choose: { Type: 'Choice', Choices: choice.values.map((v) => ({ Variable: `$.${choice.on}`, StringEquals: v, Next: title(v) })), Default: 'Unknown' }, // prettier-ignore
    };
    for (const value of choice.values)
      states[title(value)] = m.present.has('lambda') ? { ...task(names.find((n) => n === value || n.includes(value))), End: true } : { Type: 'Pass', End: true }; // prettier-ignore
    states['Unknown'] = other !== undefined && /\bsucce/i.test(other[0]) ? { Type: 'Succeed' } : { Type: 'Fail', Error: 'Unknown', Cause: `No branch for this ${choice.on}.` }; // prettier-ignore
    return { start: 'Choose', states: { ...states, ...ending } };
  }
  const steps = stepsOf(m, names.length > 0 ? names : m.present.has('lambda') ? ['Work'] : []);
  const made: { name: string; state: State }[] = [];
  for (const step of steps)
    switch (step.is) {
      case 'task':
        made.push({ name: title(step.name), state: task(step.name) });
        break;
      case 'wait':
        made.push({ name: `Wait${made.length + 1}`, state: { Type: 'Wait', Seconds: step.seconds } });
        break;
      case 'together':
        made.push({
          name: 'Together',
          state: { Type: 'Parallel', Branches: step.names.map((n) => ({ StartAt: title(n), States: { [title(n)]: { Type: 'Task', Resource: arn(n), ...again, End: true } } })), ...(caught === undefined ? {} : { Catch: [{ ErrorEquals: ['States.ALL'], Next: caught.name }] }) }, // prettier-ignore
        });
        break;
    }
  if (names.length === 0 && m.present.has('lambda') && made.every((s) => s.state['Type'] === 'Wait')) made.push({ name: 'Work', state: task() }); // prettier-ignore
  for (const [id, words, name, resource, parameters] of SERVICES)
    if (m.present.has(id) && caught?.name !== 'Tell' && m.has(words)) {
      m.need(id);
      made.push({ name, state: { Type: 'Task', Resource: resource, Parameters: parameters(m) } });
    }
  if (m.has(/\bmap state\b|\bfor each (?:item|element|record|file|of)\b/i)) {
    const inner = made.splice(0, made.length);
    const mapped = inner.length > 0 ? inner : [{ name: 'Work', state: { Type: 'Pass' } as State }];
    made.push({ name: 'Each', state: { Type: 'Map', ItemsPath: '$.items', MaxConcurrency: Number(m.take(/\b(\d+) (?:at a time|at once|in parallel|concurrent\w*)|\bconcurrency (?:of )?(\d+)/i)?.slice(1).find((x: string | undefined) => x !== undefined) ?? 10), ItemProcessor: { StartAt: mapped[0]?.name ?? 'Work', States: chain(mapped) } } }); // prettier-ignore
  }
  if (made.length === 0) made.push({ name: 'Wait', state: { Type: 'Wait', Seconds: 5 } }, { name: 'Done', state: { Type: 'Pass' } }); // prettier-ignore
  return { start: made[0]?.name ?? 'Wait', states: { ...chain(made), ...ending } };
}

function grants(m: TofuModule, logged: boolean): Statement[] {
  const used = SERVICES.filter(([id]) => m.present.has(id)).map(([, , , , , action, arn]) => ({ actions: [action], resources: [raw(arn)] })); // prettier-ignore
  return [
    ...(m.present.has('lambda') ? [{ actions: ['lambda:InvokeFunction'], resources: [raw('aws_lambda_function.main.arn')] }] : []), // prettier-ignore
    ...used,
    ...(logged || (used.length === 0 && !m.present.has('lambda'))
      ? [{ actions: ['logs:CreateLogDelivery', 'logs:GetLogDelivery', 'logs:UpdateLogDelivery', 'logs:DeleteLogDelivery', 'logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:DescribeResourcePolicies', 'logs:DescribeLogGroups'], resources: ['*'] }] // prettier-ignore
      : []),
  ];
}

function states(m: TofuModule): void {
  if (m.present.has('lambda')) m.need('lambda');
  const { start, states: all } = machineOf(m);
  const express = m.has(/\bexpress\b/i);
  const logged = express || m.take(/\b(?:execution |state machine |cloud ?watch )(?:logging|logs?)\b|\blogging\b|\blog level \w+/i) !== undefined; // prettier-ignore
  const role = m.role('states', ['states.amazonaws.com'], grants(m, logged));
  if (logged) m.resource('aws_cloudwatch_log_group', 'states', { name: '/aws/vendedlogs/states/${var.name}', retention_in_days: 30 }); // prettier-ignore
  m.resource('aws_sfn_state_machine', 'main', {
    name: m.name(
      'workflow',
      m.called('(?:state machine|express workflow|standard workflow|step functions?(?: workflow)?)'),
    ),
    role_arn: raw(`${role}.arn`),
    type: express ? 'EXPRESS' : 'STANDARD',
    definition: raw(`jsonencode(${expression({ StartAt: start, States: all }, 0)})`),
    ...(logged ? { logging_configuration: nested({ log_destination: raw('"${aws_cloudwatch_log_group.states.arn}:*"'), include_execution_data: true, level: m.has(/\berrors? only\b|\blevel error\b/i) ? 'ERROR' : 'ALL' }) } : {}), // prettier-ignore
    ...(m.take(/\bx-?ray\b|\btracing\b/i) === undefined ? {} : { tracing_configuration: nested({ enabled: true }) }),
  });
  m.output('state_machine_arn', 'aws_sfn_state_machine.main.arn', 'The state machine.');
}

export const STATES: readonly Component[] = [
  { id: 'states', names: /\bstep functions?\b|\bstate machines?\b|\bexpress workflows?\b/i, make: states },
];
