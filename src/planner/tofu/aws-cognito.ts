/** Users that sign in: pools, clients, domains, groups, identities. */
import { number, span, withFields, type Field } from './fields.ts';
import { nested, raw, type Body, type Value } from './hcl.ts';
import type { TofuModule } from './module.ts';
import type { Component } from './components.ts';
import { policy } from './policy.ts';
import { linked } from './rows.ts';

const POOL_FIELDS: readonly Field[] = [
  number('password_policy.minimum_length', '(?:minimum |min )?(?:password )?(?:length|characters)|passwords?[^.;,\\d]{0,24}?(?:at least|minimum(?: of)?|length(?: of)?)'),
  span('password_policy.temporary_password_validity_days', 'temporary passwords?', 'days'),
]; // prettier-ignore

/** "upper case, lower case and digits": what a password must have; all of it where nobody says. */
function passwordRules(m: TofuModule): Body {
  const asked: readonly (readonly [string, RegExp])[] = [
    ['require_uppercase', /\bupper ?-?case\b|\bcapital/i],
    ['require_lowercase', /\blower ?-?case\b/i],
    ['require_numbers', /\bdigits?\b|\bnumbers?\b|\bnumerals?\b/i],
    ['require_symbols', /\bsymbols?\b|\bspecial characters?\b/i],
  ];
  const said = asked.filter(([, words]) => m.has(words));
  const none = m.has(/\b(?:no|without) (?:symbols?|special characters?)\b/i);
  return Object.fromEntries(
    asked.map(([key, words]) => {
      const wanted = said.length === 0 || m.take(words) !== undefined;
      return [key, key === 'require_symbols' && none ? false : wanted];
    }),
  );
}

/** How people sign in: by mail, by phone, by a name. */
function signIn(m: TofuModule): { username_attributes?: string[]; auto_verified_attributes: string[] } {
  const phone = m.has(/\bphone(?: numbers?)?\b|\bsms sign/i);
  const mail = !phone || m.has(/\be-?mails?\b/i);
  const names = m.has(/\b(?:sign|log)[- ]?in (?:with|by|via) (?:a )?user ?names?\b/i);
  const both = [...(mail ? ['email'] : []), ...(phone ? ['phone_number'] : [])];
  return { ...(names ? {} : { username_attributes: both }), auto_verified_attributes: both };
}

/** Functions that the pool asks at certain points. */
const TRIGGERS: readonly (readonly [RegExp, string])[] = [
  [/\bpre[- ]?sign[- ]?up\b/i, 'pre_sign_up'],
  [/\bpost[- ]?confirmation\b/i, 'post_confirmation'],
  [/\bpre[- ]?token(?:[- ]?generation)?\b/i, 'pre_token_generation'],
  [/\bpost[- ]?auth\w*/i, 'post_authentication'],
  [/\bpre[- ]?auth\w*/i, 'pre_authentication'],
  [/\bcustom messages?\b/i, 'custom_message'],
];

function triggers(m: TofuModule): Body {
  const found = TRIGGERS.filter(([words]) => m.take(words) !== undefined);
  if (found.length === 0 || !linked(m, 'lambda')) return {};
  m.resource('aws_lambda_permission', 'users', {
    statement_id: 'AllowUsers',
    action: 'lambda:InvokeFunction',
    function_name: raw('aws_lambda_function.main.function_name'),
    principal: 'cognito-idp.amazonaws.com',
    source_arn: raw('aws_cognito_user_pool.main.arn'),
  });
  return {
    lambda_config: nested(Object.fromEntries(found.map(([, key]) => [key, raw('aws_lambda_function.main.arn')]))),
  };
}

function flows(m: TofuModule): Body {
  const urls = (lead: string): string[] => {
    const part = new RegExp(`\\b(?:${lead})\\b[^;]{0,24}?((?:https?:\\/\\/[^\\s,;)"'\`]+(?:\\s*(?:,|and)\\s*)?)+)`, 'i'); // prettier-ignore
    return m.take(part)?.[1]?.match(/https?:\/\/[^\s,;)"'`]*[\w/]/g) ?? [];
  };
  const logouts = urls('log ?-?out|sign ?-?out');
  const callbacks = urls('callbacks?|call ?back|redirects?');
  const kinds = [
    ...(m.take(/\bauthori[sz]ation code\b|\bcode (?:flow|grant)\b/i) === undefined ? [] : ['code']),
    ...(m.take(/\bimplicit\b/i) === undefined ? [] : ['implicit']),
    ...(m.take(/\bclient credentials\b/i) === undefined ? [] : ['client_credentials']),
  ];
  if (callbacks.length === 0 && kinds.length === 0) return {};
  const named = (m.take(/\bscopes?\s+((?:["'`]?[a-z][\w./:-]*["'`]?(?:\s*,\s*(?:and\s+)?|\s+and\s+)?)+)/i)?.[1] ?? '').match(/\b(?:openid|email|profile|phone|aws\.cognito\.signin\.user\.admin|[a-z][\w-]*\/[\w.:-]+)\b/g); // prettier-ignore
  const machine = kinds.includes('client_credentials');
  return {
    allowed_oauth_flows_user_pool_client: true,
    allowed_oauth_flows: kinds.length === 0 ? ['code'] : kinds,
    allowed_oauth_scopes: named ?? (machine ? ['api/read'] : ['openid', 'email', 'profile']),
    supported_identity_providers: ['COGNITO', ...(m.has(/\bgoogle\b/i) ? ['Google'] : [])],
    ...(machine ? {} : { callback_urls: callbacks.length > 0 ? callbacks : [m.variable('callback_url', 'string', 'Where users come back to.')] }), // prettier-ignore
    ...(logouts.length > 0 ? { logout_urls: logouts } : {}),
  };
}

function client(m: TofuModule): void {
  const secret = m.has(/\bwith (?:a )?(?:client )?secret\b|\bclient secret\b|\bclient credentials\b/i) && !m.has(/\b(?:no|without) (?:a )?(?:client )?secret\b/i); // prettier-ignore
  m.take(/\b(?:no|without) (?:a )?(?:client )?secret\b|\b(?:one |an? )?app(?:lication)? clients?\b/i);
  const password = m.has(/\bUSER_PASSWORD_AUTH\b|\busername and password\b|\bpassword auth\w*/i);
  const body: Body = {
    name: m.name('client', m.called('(?:app )?client')),
    user_pool_id: raw('aws_cognito_user_pool.main.id'),
    generate_secret: secret,
    explicit_auth_flows: [password ? 'ALLOW_USER_PASSWORD_AUTH' : 'ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    prevent_user_existence_errors: 'ENABLED',
    enable_token_revocation: true,
    ...flows(m),
  };
  m.resource('aws_cognito_user_pool_client', 'main', withFields(m, body, [span('access_token_validity', 'access tokens?', 'hours'), span('refresh_token_validity', 'refresh tokens?', 'days')])); // prettier-ignore
}

/** Identities that come with rights of AWS. */
function identities(m: TofuModule): void {
  if (m.take(/\bidentity pools?\b/i) === undefined) return;
  const open = m.has(/\b(?:unauthenticated|guest|anonymous)\b/i) && !m.has(/\b(?:no|without|not) (?:unauthenticated|guest|anonymous)\b/i); // prettier-ignore
  m.resource('aws_cognito_identity_pool', 'main', {
    identity_pool_name: m.called('identity pool') ?? raw('var.name'),
    allow_unauthenticated_identities: open,
    cognito_identity_providers: nested({ client_id: raw('aws_cognito_user_pool_client.main.id'), provider_name: raw('aws_cognito_user_pool.main.endpoint'), server_side_token_check: true }), // prettier-ignore
  });
  const role = m.resource('aws_iam_role', 'authenticated', {
    name: m.name('authenticated'),
    assume_role_policy: policy(
      nested({
        actions: ['sts:AssumeRoleWithWebIdentity'],
        principals: nested({ type: 'Federated', identifiers: ['cognito-identity.amazonaws.com'] }),
        condition: [
          nested({ test: 'StringEquals', variable: 'cognito-identity.amazonaws.com:aud', values: [raw('aws_cognito_identity_pool.main.id')] }), // prettier-ignore
          nested({ test: 'ForAnyValue:StringLike', variable: 'cognito-identity.amazonaws.com:amr', values: ['authenticated'] }), // prettier-ignore
        ],
      }),
    ),
  });
  m.resource('aws_cognito_identity_pool_roles_attachment', 'main', { identity_pool_id: raw('aws_cognito_identity_pool.main.id'), roles: { authenticated: raw(`${role}.arn`) } }); // prettier-ignore
}

const NO_DOMAIN = /^(?:for|with|and|in|is|of|name|prefix|the|a|an)$/;

function domainOf(m: TofuModule): void {
  const found = m.take(/\b(?:hosted ui|hosted|user pool|login|sign-?in)?\s*(?:login |ui )?domain\s+(?:prefix\s+)?(?:called |named |is |= ?)?["'`]?([a-z][a-z0-9-]*)(?![\w.])/i)?.[1]; // prettier-ignore
  const domain: Value | undefined = found !== undefined && !NO_DOMAIN.test(found) ? found : m.has(/\bhosted (?:ui|login)\b/i) ? raw('var.name') : undefined; // prettier-ignore
  if (domain !== undefined)
    m.resource('aws_cognito_user_pool_domain', 'main', { domain, user_pool_id: raw('aws_cognito_user_pool.main.id') });
}

const mfaOf = (m: TofuModule): string => {
  const off = m.has(/\b(?:no|without) (?:mfa|multi-?factor)/i);
  const asked = !off && m.take(/\bmfa\b|\bmulti-?factor\b|\btotp\b|\btwo-?factor\b|\b2fa\b/i) !== undefined;
  return !asked ? 'OFF' : m.has(/\boptional\b/i) ? 'OPTIONAL' : 'ON';
};

function cognito(m: TofuModule): void {
  const mfa = mfaOf(m);
  const adminsOnly = m.take(/\b(?:only )?admin(?:istrator)?s?\b[^.;,]{0,24}\bcreates?\b[^.;,]{0,16}\busers?\b|\bno self[- ]?(?:sign[- ]?up|registration)\b|\bself[- ]?(?:sign[- ]?up|registration)\s+(?:is )?(?:off|disabled|not allowed)\b|\bsign[- ]?up (?:is )?(?:off|disabled|closed)\b/i); // prettier-ignore
  const groups = m.text.takeAll(/\b(?:user )?groups?\s+(?:called |named )?((?:["'`]?[a-z][\w-]*["'`]?(?:\s*,\s*(?:and\s+)?|\s+and\s+)?)+)/gi).flatMap((g) => (g[1] ?? '').split(/\s*(?:,|\band\b)\s*/)).map((g) => g.replace(/["'`]/g, '').trim()).filter((g) => /^[a-z][\w-]+$/.test(g) && !/^(?:with|the|for|that|of|in|is|are|who|which)$/.test(g)); // prettier-ignore
  const base: Body = {
    name: m.name('users', m.called('(?:user )?pool')),
    ...signIn(m),
    mfa_configuration: mfa,
    password_policy: nested({ minimum_length: 12, ...passwordRules(m) }),
    account_recovery_setting: nested({ recovery_mechanism: nested({ name: 'verified_email', priority: 1 }) }),
    ...(mfa === 'OFF' ? {} : { software_token_mfa_configuration: nested({ enabled: true }) }),
    ...(adminsOnly === undefined ? {} : { admin_create_user_config: nested({ allow_admin_create_user_only: true }) }),
    ...triggers(m),
  };
  m.take(/\b(?:sign|log)[- ]?in\b[^.;,]{0,12}\be-?mails?\b|\be-?mails?\b[^.;]{0,20}\bverif\w*/i);
  m.resource('aws_cognito_user_pool', 'main', withFields(m, base, POOL_FIELDS));
  client(m);
  domainOf(m);
  for (const group of [...new Set(groups)]) m.resource('aws_cognito_user_group', group.replace(/\W+/g, '_'), { name: group, user_pool_id: raw('aws_cognito_user_pool.main.id') }); // prettier-ignore
  identities(m);
}

export const COGNITO: readonly Component[] = [
  { id: 'cognito', names: /\bcognito\b|\buser pools?\b|\bidentity pools?\b/i, make: cognito },
];
