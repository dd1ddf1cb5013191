/** Roles of one's own: who takes them, for how long, and the account's rules for passwords. */
import { flag, number, span, withFields } from './fields.ts';
import { nested, raw, type Body, type Value } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { policy } from './policy.ts';

/** Services that take a role, by the words for them. */
const SERVICES: readonly (readonly [RegExp, string])[] = [
  [/\becs(?: tasks?)?\b|\bfargate\b/i, 'ecs-tasks'],
  [/\blambda\b/i, 'lambda'],
  [/\bcode ?build\b/i, 'codebuild'],
  [/\bcode ?pipeline\b/i, 'codepipeline'],
  [/\bcode ?deploy\b/i, 'codedeploy'],
  [/\bcloud ?formation\b/i, 'cloudformation'],
  [/\bstep functions?\b|\bstate machines?\b/i, 'states'],
  [/\bglue\b/i, 'glue'],
  [/\bapi gateway\b/i, 'apigateway'],
  [/\bevent ?bridge\b/i, 'events'],
  [/\bfirehose\b/i, 'firehose'],
  [/\bsage ?maker\b/i, 'sagemaker'],
  [/\bbackup\b/i, 'backup'],
  [/\bec2\b|\binstances?\b/i, 'ec2'],
];

/** Another account, a service: who may take the role, and under which condition. */
function trust(m: TofuModule, service: string): Value {
  const accounts = m.text.takeAll(/(?<![\d:])(\d{12})\b(?!\.dkr)/g).map((a) => a[1] ?? '');
  const given = accounts.length > 0 ? undefined : m.variableFor('\\b(?:account|trusted)\\b');
  if (accounts.length === 0 && given === undefined)
    return policy(nested({ actions: ['sts:AssumeRole'], principals: nested({ type: 'Service', identifiers: [`${service}.amazonaws.com`] }) })); // prettier-ignore
  const external = m.take(
    /\bexternal ?-?id\b(?:\s+(?:is|of|=|:|called|named))?\s+(?:var(?:iable)?[. ])?["'`]?([\w+=,.@:/-]*\w)/i,
  )?.[1];
  const mfa = m.take(/\b(?:with|requir\w*|only with|needs?) mfa\b|\bmfa (?:is )?required\b/i) !== undefined;
  const identifiers: Value[] =
    given === undefined
      ? accounts.map((a) => `arn:aws:iam::${a}:root`)
      : [raw(`"arn:aws:iam::\${${m.variable(given, 'string', 'Account that may take the role.').text}}:root"`)];
  const conditions = [
    ...(external === undefined
      ? []
      : [nested({ test: 'StringEquals', variable: 'sts:ExternalId', values: [external] })]),
    ...(mfa ? [nested({ test: 'Bool', variable: 'aws:MultiFactorAuthPresent', values: ['true'] })] : []),
  ];
  return policy(
    nested({
      actions: ['sts:AssumeRole'],
      principals: nested({ type: 'AWS', identifiers }),
      ...(conditions.length === 0 ? {} : { condition: conditions }),
    }),
  );
}

/** @param attached the policy that it has */
export function ownRole(m: TofuModule, attached: Value): void {
  const service = SERVICES.find(([words]) => m.has(words))?.[1] ?? 'ec2';
  const session = m.seconds('(?:sessions?|max(?:imum)? (?:session )?duration)');
  const body: Body = {
    name: m.name('role', m.called('(?:iam )?role')),
    assume_role_policy: trust(m, service),
    ...(session === undefined ? {} : { max_session_duration: Math.min(43_200, Math.max(3600, session)) }),
  };
  const role = m.resource('aws_iam_role', 'main', body);
  m.resource('aws_iam_role_policy_attachment', 'main', { role: raw(`${role}.name`), policy_arn: attached });
  if (service === 'ec2' && (m.take(/\binstance profiles?\b/i) !== undefined || m.present.has('ec2')))
    m.resource('aws_iam_instance_profile', 'role', { name: m.name('profile', m.called('instance profile')), role: raw(`${role}.name`) }); // prettier-ignore
}

/** "16 characters, changed every 60 days, the last 12 may not come again". */
export function passwordRules(m: TofuModule): void {
  m.resource(
    'aws_iam_account_password_policy',
    'main',
    withFields(
      m,
      {
        minimum_password_length: 14,
        require_lowercase_characters: true,
        require_uppercase_characters: true,
        require_numbers: true,
        require_symbols: true,
        password_reuse_prevention: 24,
        ...(m.take(/\b(?:no|without) (?:rotation|expiry|expiration)\b|\bnever (?:expires?|change\w*)\b/i) === undefined ? { max_password_age: 90 } : {}), // prettier-ignore
        allow_users_to_change_password: true,
      },
      [
        number('minimum_password_length', 'characters?|(?:minimum |min )?length'),
        number(
          'password_reuse_prevention',
          '(?:old (?:ones|passwords)|last|previous|remember\\w*|history(?: of)?|reuse[^.;,\\d]{0,24})',
        ),
        span('max_password_age', 'chang\\w*|expir\\w*|max(?:imum)? age|rotat\\w*|every', 'days'),
        flag('hard_expiry', 'hard expiry'),
      ],
    ),
  );
}
