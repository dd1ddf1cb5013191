/** Who may do what on AWS, and what they must keep: roles, keys, secrets, parameters. */
import { readSchedule } from '../grammar/schedule.ts';
import { awsSchedule } from './aws-functions.ts';
import type { Component } from './components.ts';
import { numberOf } from './words.ts';
import { nested, raw, type Raw } from './hcl.ts';
import { type Statement, type TofuModule } from './module.ts';
import { policy } from './policy.ts';
import { ownRole, passwordRules } from './aws-roles.ts';

const MANAGED: readonly (readonly [RegExp, string])[] = [
  [/\bread[- ]?only(?: access)?\b/i, 'arn:aws:iam::aws:policy/ReadOnlyAccess'],
  [/\badministrator|\badmin(?: access)?\b/i, 'arn:aws:iam::aws:policy/AdministratorAccess'],
  [/\bpower ?user/i, 'arn:aws:iam::aws:policy/PowerUserAccess'],
];

const NAMED = /\b((?:AWS|Amazon|Cloud|IAM|Power|ReadOnly|Administrator|ViewOnly|Security|Database|Network|Billing|Job)[A-Za-z0-9]*(?:Access|Audit|ReadOnly|Core|Administrator|Policy|Role))\b/g; // prettier-ignore
const arnOf = (name: string): string => `arn:aws:iam::aws:policy/${/^AWS(?:Lambda|Batch|Glue)|ExecutionRolePolicy$/.test(name) ? 'service-role/' : /^(?:ViewOnly|DatabaseAdmin|NetworkAdmin|Billing$|SupportUser)/.test(name) ? 'job-function/' : ''}${name}`; // prettier-ignore

/** A policy of AWS by its own name, or by what it allows. @param next the one after those that were taken before */
function managedPolicy(m: TofuModule, next = false): string | undefined {
  const named = [...m.text.text.matchAll(NAMED)].find((x) => !m.text.ledger.isUsed(m.text.at + x.index, m.text.at + x.index + x[0].length)); // prettier-ignore
  if (named?.[1] !== undefined) {
    m.text.ledger.use(m.text.at + named.index, m.text.at + named.index + named[0].length);
    return arnOf(named[1]);
  }
  if (next) return undefined;
  const first = [...m.text.text.matchAll(NAMED)][0]?.[1];
  return first !== undefined ? arnOf(first) : MANAGED.find(([p]) => m.take(p) !== undefined)?.[1];
}

/** What a role may do beside reading and writing things of the module. */
const GRANTS: readonly (readonly [RegExp, readonly string[], readonly string[]])[] = [
  [/\b(?:writ\w*|send\w*|put\w*|creat\w*|push\w*)\b[^.;]{0,40}\b(?:cloud ?watch )?logs?\b(?! group called)/i, ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'], ['arn:aws:logs:*:*:*']],
  [/\b(?:put|publish|send|write)\w*\b[^.;]{0,24}\b(?:custom )?metrics?\b/i, ['cloudwatch:PutMetricData'], ['*']],
  [/\bread\w*\b[^.;]{0,30}\b(?:ssm )?parameters?\b/i, ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'], ['arn:aws:ssm:*:*:parameter/*']],
  [/\bpull\w*\b[^.;]{0,24}\b(?:images?|ecr)\b/i, ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'], ['*']],
  [/\bsend\w*\b[^.;]{0,16}\b(?:e-?)?mails?\b/i, ['ses:SendEmail', 'ses:SendRawEmail'], ['*']],
  [/\bassume\w*\b[^.;]{0,24}\broles? (?:in|of) (?:another|other)/i, ['sts:AssumeRole'], ['*']],
]; // prettier-ignore

/** "eva and tom are in it": who belongs to the group. */
function members(m: TofuModule): void {
  const list = m.take(/\b([a-z]\w*(?:\s*,\s*[a-z]\w*)*\s*,?\s*and\s+[a-z]\w*)\s+(?:are|belong\w*|go|should be)\s+(?:all\s+|both\s+)?(?:in|part|members?|to)\b|\b(?:members?|with|contains?|containing)\s*:?\s+(?:users?\s+)?([a-z]\w*(?:\s*,\s*[a-z]\w*)*\s*,?\s*and\s+[a-z]\w*)(?=[.;,]|$)/i); // prettier-ignore
  const names = (list?.[1] ?? list?.[2] ?? '').split(/\s*(?:,|\band\b)\s*/).filter((n) => /^[a-z]\w*$/i.test(n) && !/^(?:policies|policy|mfa|access|keys?|it|both|all)$/i.test(n)); // prettier-ignore
  if (names.length < 2 || /\busers?\s/i.test(m.text.text)) return;
  for (const name of names) {
    const user = m.resource('aws_iam_user', name.toLowerCase(), { name: name.toLowerCase() });
    m.resource('aws_iam_user_group_membership', name.toLowerCase(), { user: raw(`${user}.name`), groups: [raw('aws_iam_group.main.name')] }); // prettier-ignore
  }
}

function iam(m: TofuModule): void {
  const users = /\b(?:iam )?users?\b/i.test(m.text.text.replace(/user pools?|power ?user\w*/gi, ''));
  const groups =
    m.has(/\b(?:iam )?groups?\b/i) && !m.has(/\bsecurity group|scaling group|log group|target group|subnet group/i);
  const s3 = m.present.has('s3');
  if (s3) m.need('s3');
  const statements: Statement[] = [];
  const readOnly = m.has(/\bread[- ]?only\b|\bread\b/i);
  if (s3)
    statements.push({
      actions: readOnly
        ? ['s3:GetObject', 's3:ListBucket']
        : ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:ListBucket'],
      resources: [raw('aws_s3_bucket.main.arn'), raw('"${aws_s3_bucket.main.arn}/*"')],
    });
  if (m.present.has('dynamodb')) {
    m.need('dynamodb');
    statements.push({
      actions: readOnly
        ? ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan']
        : ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:Query'],
      resources: [raw('aws_dynamodb_table.main.arn')],
    });
  }
  if (m.present.has('sqs')) {
    m.need('sqs');
    statements.push({
      actions: ['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage'],
      resources: [raw('aws_sqs_queue.main.arn')],
    });
  }
  for (const [words, actions, resources] of GRANTS)
    if (m.take(words) !== undefined) statements.push({ actions, resources });
  const managed =
    statements.length === 0
      ? (managedPolicy(m) ?? (m.has(/\bpolic(?:y|ies)\b/i) ? undefined : 'arn:aws:iam::aws:policy/ReadOnlyAccess'))
      : undefined;
  let attached = managed;
  if (statements.length > 0 || managed === undefined) {
    const document = policy(
      (statements.length > 0 ? statements : [{ actions: ['ec2:Describe*'], resources: ['*'] }]).map((s) =>
        nested({ actions: [...s.actions], resources: [...s.resources] }),
      ),
    );
    attached = `${m.resource('aws_iam_policy', 'main', { name: m.name('policy', m.called('policy')), policy: document })}.arn`;
  }
  const arn = attached === undefined ? '' : attached.startsWith('arn:') ? attached : raw(attached);
  if (groups) {
    m.resource('aws_iam_group', 'main', { name: m.name('group', m.called('group')) });
    m.resource('aws_iam_group_policy_attachment', 'main', { group: raw('aws_iam_group.main.name'), policy_arn: arn });
    for (let n = 2, next = managedPolicy(m, true); statements.length === 0 && next !== undefined && n < 8; n++, next = managedPolicy(m, true)) // prettier-ignore
      if (next !== attached) m.resource('aws_iam_group_policy_attachment', `main_${n}`, { group: raw('aws_iam_group.main.name'), policy_arn: next }); // prettier-ignore
    members(m);
  }
  if (users) {
    const names = m.several('user', 'aws_iam_user.main');
    m.resource('aws_iam_user', 'main', { name: names.length > 0 ? raw('each.key') : m.name('user', m.called('user')) });
    if (groups)
      m.resource('aws_iam_user_group_membership', 'main', {
        user: raw('aws_iam_user.main.name'),
        groups: [raw('aws_iam_group.main.name')],
      });
    else m.resource('aws_iam_user_policy_attachment', 'main', { user: raw('aws_iam_user.main.name'), policy_arn: arn });
    if (m.has(/\baccess keys?\b/i))
      m.assume('No access key is made: its secret would lie in the state. Prefer a role.');
  }
  const role = m.has(/\broles?\b/i) || (!users && !groups);
  if (role && !m.present.has('lambda') && !m.present.has('ecs') && !m.present.has('eks')) {
    ownRole(m, arn);
  }
}

/** A role that pipelines of a code host take without a key of their own. */
function oidc(m: TofuModule): void {
  const gitlab = m.has(/\bgitlab\b/i);
  const host = gitlab ? 'gitlab.com' : 'token.actions.githubusercontent.com';
  const repository = m.take(/\b(?:repo(?:sitory)?|project|github(?: actions)?|gitlab(?: ci)?|workflows?|pipelines?)\s+(?:called |named |of |in |from |for )?(?:the )?(?:repo(?:sitory)? )?["'`]?([\w.-]+\/[\w.-]*\w)/i)?.[1]; // prettier-ignore
  const branch = m.take(/\bbranch\s+["'`]?([\w./-]+\w)/i)?.[1] ?? m.take(/\b(main|master|develop) branch\b/i)?.[1];
  m.take(
    /\b(?:github actions|gitlab(?: ci)?|oidc|openid connect|assume(?:s)? (?:a |the )?role|without (?:any )?long-?lived keys?|(?:web )?identity provider)\b/i,
  );
  m.resource('aws_iam_openid_connect_provider', 'main', {
    url: `https://${host}`,
    client_id_list: [gitlab ? 'https://gitlab.com' : 'sts.amazonaws.com'],
  });
  const said =
    repository ?? m.variable('repository', 'string', 'Repository whose pipelines may take the role, as owner/name.');
  const subject = gitlab
    ? `project_path:${said instanceof Object ? '${var.repository}' : said}:*`
    : `repo:${said instanceof Object ? '${var.repository}' : said}:${branch === undefined ? '*' : `ref:refs/heads/${branch}`}`;
  const trust = policy(
    nested({
      actions: ['sts:AssumeRoleWithWebIdentity'],
      principals: nested({ type: 'Federated', identifiers: [raw('aws_iam_openid_connect_provider.main.arn')] }),
      condition: [
        nested({
          test: 'StringEquals',
          variable: `${host}:aud`,
          values: [gitlab ? 'https://gitlab.com' : 'sts.amazonaws.com'],
        }),
        nested({ test: 'StringLike', variable: `${host}:sub`, values: [subject] }),
      ],
    }),
  );
  const role = m.resource('aws_iam_role', 'oidc', {
    name: m.name('pipeline', m.called('role')),
    assume_role_policy: trust,
  });
  if (m.present.has('ecr')) {
    m.need('ecr');
    m.take(/\b(?:allowed|may|can|rights?) to push\b|\bpush(?:es)?\b/i);
    const push = policy([
      nested({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
      nested({
        actions: [
          'ecr:BatchCheckLayerAvailability',
          'ecr:CompleteLayerUpload',
          'ecr:InitiateLayerUpload',
          'ecr:PutImage',
          'ecr:UploadLayerPart',
          'ecr:BatchGetImage',
        ],
        resources: [raw('aws_ecr_repository.main.arn')],
      }),
    ]);
    m.resource('aws_iam_role_policy', 'push', { name: 'push', role: raw(`${role}.id`), policy: push });
  }
  if (m.present.has('s3')) {
    m.need('s3');
    const write = policy(
      nested({
        actions: ['s3:PutObject', 's3:GetObject', 's3:ListBucket'],
        resources: [raw('aws_s3_bucket.main.arn'), raw('"${aws_s3_bucket.main.arn}/*"')],
      }),
    );
    m.resource('aws_iam_role_policy', 'upload', {
      name: 'upload',
      role: raw(`${role}.id`),
      policy: write,
    });
  }
  m.output('role_arn', 'aws_iam_role.oidc.arn', 'What the pipeline assumes.');
}

/** "usable by role arn:aws:iam::…": the account keeps the key, the role may use it. */
function usableBy(m: TofuModule): { policy?: Raw } {
  const users = m.text.takeAll(/\b(arn:aws:iam::\d{12}:(?:role|user)\/[\w+=,.@/-]*\w)/g).map((x) => x[1] ?? '');
  if (users.length === 0) return {};
  m.data('aws_caller_identity', 'current', {});
  return {
    policy: policy([
      nested({
        actions: ['kms:*'],
        resources: ['*'],
        principals: nested({
          type: 'AWS',
          identifiers: [raw('"arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"')],
        }),
      }),
      nested({
        actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        resources: ['*'],
        principals: nested({ type: 'AWS', identifiers: users }),
      }),
    ]),
  };
}

function kms(m: TofuModule): void {
  const window = Math.round((m.seconds('(?:deletion|pending)(?: window)?') ?? 2_592_000) / 86_400);
  m.resource('aws_kms_key', 'main', {
    description: 'Made from a description.',
    enable_key_rotation: true,
    deletion_window_in_days: Math.min(30, Math.max(7, window)),
    ...(m.has(/\bmulti-region\b/i) ? { multi_region: true } : {}),
    ...usableBy(m),
  });
  m.take(/\b(?:key )?rotat(?:ion|ed?|es)\b/i);
  m.resource('aws_kms_alias', 'main', {
    name: raw(
      `"alias/${(m.take(/\balias\s+(?:called |named )?["'`]?((?:alias\/)?[\w-]+\/[\w/-]*\w)/i)?.[1] ?? m.called('alias') ?? m.take(/\b(alias\/[\w/-]+)/i)?.[1])?.replace(/^alias\//, '') ?? '${var.name}'}"`,
    ),
    target_key_id: raw('aws_kms_key.main.key_id'),
  });
}

function secrets(m: TofuModule): void {
  m.providers.add('random');
  m.resource('random_password', 'main', { length: 32, special: true, override_special: '!#%*-_=+' });
  m.resource('aws_secretsmanager_secret', 'main', {
    name: m.name('secret', m.called('secret') ?? m.take(/\bsecret\s+([a-z][\w-]*\/[\w./-]*\w)/i)?.[1]),
    recovery_window_in_days: Math.round((m.seconds('recovery(?: window)?') ?? 604_800) / 86_400),
    ...(m.present.has('kms') ? { kms_key_id: raw('aws_kms_key.main.arn') } : {}),
  });
  if (m.present.has('kms')) m.need('kms');
  m.resource('aws_secretsmanager_secret_version', 'main', {
    secret_id: raw('aws_secretsmanager_secret.main.id'),
    secret_string: raw('random_password.main.result'),
  });
  if (m.has(/\brotat/i) && m.present.has('lambda')) {
    m.need('lambda');
    const days = m.seconds('rotat\\w*');
    m.resource('aws_lambda_permission', 'rotation', {
      statement_id: 'AllowRotation',
      action: 'lambda:InvokeFunction',
      function_name: raw('aws_lambda_function.main.function_name'),
      principal: 'secretsmanager.amazonaws.com',
      source_arn: raw('aws_secretsmanager_secret.main.arn'),
    });
    m.resource('aws_secretsmanager_secret_rotation', 'main', {
      secret_id: raw('aws_secretsmanager_secret.main.id'),
      rotation_lambda_arn: raw('aws_lambda_function.main.arn'),
      rotation_rules: nested({
        automatically_after_days: days === undefined ? 30 : Math.max(1, Math.round(days / 86_400)),
      }),
    });
  }
  const reader = m.take(/\b(?:lets?|allows?|permits?|so that|for)\b[^.;]{0,24}?\brole\s+(?:called |named )?["'`]?([a-zA-Z][\w+=,.@-]*)["'`]?\s+(?:to )?(?:can )?read/i)?.[1]; // prettier-ignore
  if (reader !== undefined || m.has(/\bpolicy\b[^.;]{0,40}\bread\b/i)) {
    const read = m.resource('aws_iam_policy', 'read_secret', {
      name: m.name('read-secret'),
      policy: policy(
        nested({
          actions: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
          resources: [raw('aws_secretsmanager_secret.main.arn')],
        }),
      ),
    });
    if (reader !== undefined)
      m.resource('aws_iam_role_policy_attachment', 'read_secret', { role: reader, policy_arn: raw(`${read}.arn`) });
  }
  m.assume('The value of the secret is random and lies in the state: keep the state encrypted.');
}

/** "/app/level = info (String) and /app/password (SecureString)": each by its own name. */
function listedParameters(m: TofuModule): boolean {
  const all = m.text.takeAll(
    /(?<![\w.])(\/[A-Za-z][\w.-]*(?:\/[\w.-]*\w)*)(?:\s*(?:=|:|with (?:the )?value|set to|is(?! an?\b))\s*["'`]?([^\s,;()"'`]+)["'`]?)?(?:\s*[(,]?\s*(?:is an? |as an? |an? )?(SecureString|StringList|String)\b[^)]{0,60}\)?)?/g,
  );
  const named = all.filter((p) => p[2] !== undefined || p[3] !== undefined);
  for (const [, name = '/app/value', value, type = value === undefined ? 'SecureString' : 'String'] of named) {
    const label = name.replace(/^\//, '').replace(/\W+/g, '_').toLowerCase();
    const secure = type === 'SecureString';
    m.resource('aws_ssm_parameter', label, {
      name,
      type,
      value:
        value !== undefined && !secure ? value : m.variable(label, 'string', `Value of ${name}.`, { sensitive: true }),
    });
  }
  return named.length > 0;
}

/** Times when machines may be worked on, which ones, and what is done. */
function maintenanceWindow(m: TofuModule): void {
  const hours = m.take(/\bfor\s+(\d+|one|two|three|four|six)\s+hours?\b|\b(\d+)[- ]hours?\b/i);
  const duration = hours === undefined ? 3 : numberOf(hours[1] ?? hours[2] ?? '3');
  const cron = m.take(/\b((?:cron|rate)\([^)]*\))/i)?.[1] ?? awsSchedule(readSchedule(m.text) ?? '0 2 * * 0');
  const window = m.resource('aws_ssm_maintenance_window', 'main', { name: m.name('window', m.called('maintenance window')), schedule: cron, duration, cutoff: Math.min(1, duration - 1) }); // prettier-ignore
  const tag = m.take(/\btag(?:s|ged)?\s+(?:with\s+)?["'`]?([A-Za-z][\w-]*)["'`]?\s*[=:]\s*["'`]?([\w-]+)/i);
  const target = m.resource('aws_ssm_maintenance_window_target', 'main', { window_id: raw(`${window}.id`), name: 'machines', resource_type: 'INSTANCE', targets: nested({ key: `tag:${tag?.[1] ?? 'Patch'}`, values: [tag?.[2] ?? 'true'] }) }); // prettier-ignore
  const patches = m.take(/\bpatch\w*\b/i) !== undefined;
  const command = m.take(/\b(?:runs?|command)\s+["'`]([^"'`]+)["'`]/i)?.[1];
  m.resource('aws_ssm_maintenance_window_task', 'main', {
    window_id: raw(`${window}.id`),
    task_type: 'RUN_COMMAND',
    task_arn: patches ? 'AWS-RunPatchBaseline' : 'AWS-RunShellScript',
    priority: 1,
    max_concurrency: '25%',
    max_errors: '10%',
    targets: nested({ key: 'WindowTargetIds', values: [raw(`${target}.id`)] }),
    task_invocation_parameters: nested({
      run_command_parameters: nested({
        parameter: nested(patches ? { name: 'Operation', values: ['Install'] } : { name: 'commands', values: [command ?? 'uptime'] }),
      }),
    }),
  }); // prettier-ignore
}

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bwindows\b/i, 'WINDOWS'],
  [/\bubuntu\b/i, 'UBUNTU'],
  [/\bred ?hat\b|\brhel\b/i, 'REDHAT_ENTERPRISE_LINUX'],
  [/\bdebian\b/i, 'DEBIAN'],
  [/\bamazon linux 2\b(?!0)/i, 'AMAZON_LINUX_2'],
];

const ssm = (m: TofuModule): void => {
  if (m.has(/\bdocuments?\b/i)) {
    const command = m.take(/\b(?:runs?|command|script)\s+["'`]([^"'`]+)["'`]/i)?.[1] ?? 'uptime';
    return void m.resource('aws_ssm_document', 'main', {
      name: m.name('document', m.called('document')),
      document_type: m.has(/\bautomation\b/i) ? 'Automation' : 'Command',
      content: raw(`jsonencode({\n  schemaVersion = "2.2"\n  description   = "Made from a description"\n  mainSteps     = [{ action = "aws:runShellScript", name = "run", inputs = { runCommand = [${JSON.stringify(command)}] } }]\n})`), // prettier-ignore
    });
  }
  if (m.has(/\bmaintenance window\b/i)) maintenanceWindow(m);
  if (m.has(/\bpatch\w*\b[^.;]{0,60}\bbaseline\b|\bbaseline\b/i)) {
    const days = Math.round((m.seconds('(?:approv\\w*|after)') ?? 604_800) / 86_400);
    return void m.resource('aws_ssm_patch_baseline', 'main', {
      name: m.name('baseline', m.called('(?:patch )?baseline')),
      operating_system: SYSTEMS.find(([words]) => m.has(words))?.[1] ?? 'AMAZON_LINUX_2023',
      approval_rule: nested({
        approve_after_days: days,
        patch_filter: nested({ key: 'CLASSIFICATION', values: ['Security'] }),
      }),
    });
  }
  if (m.hasResource('aws_ssm_maintenance_window')) return;
  if (listedParameters(m)) return;
  const secure = m.has(/\bsecure(?: ?string)?\b|\bencrypted\b|\bsecret\b/i);
  m.resource('aws_ssm_parameter', 'main', {
    name: raw(`"/\${var.name}/${m.called('parameter')?.replace(/^\//, '') ?? 'value'}"`),
    type: secure ? 'SecureString' : 'String',
    value: m.variable(
      'parameter_value',
      'string',
      'Value of the parameter.',
      secure ? { sensitive: true } : { default: 'changeme' },
    ),
  });
};

export const IDENTITY: readonly Component[] = [
  { id: 'kms', names: /\bkms\b|\bcustomer[- ]managed keys?\b/i, make: kms },
  { id: 'secrets', names: /\bsecrets? manager\b/i, make: secrets },
  {
    id: 'ssm',
    names:
      /\bssm\b|\bsystems manager\b|\bparameter store\b|\bssm parameters?\b|\bmaintenance window\b|\bpatch baseline\b/i,
    make: ssm,
  },
  { id: 'oidc', names: /\boidc\b|\bopenid connect\b|\bgithub actions\b|\bweb identity\b/i, make: oidc },
  {
    id: 'passwords',
    names: /\bpassword (?:policy|rules?)\b|\b(?:policy|rules?) (?:for|of|about) (?:(?:the|all|our) )*passwords?\b/i,
    make: passwordRules,
  },
  {
    id: 'iam',
    names:
      /\biam\b(?! (?:account )?password)|\binstance profiles?\b|\bcross-account roles?\b|\bassum\w+\b[^.;]{0,24}\broles?\b|\broles?\b[^.;]{0,40}\bassum\w+/i,
    make: iam,
  },
];
