/** AWS Config: the recorder, where it delivers, and the rules that it holds the account against. */
import { nested, raw } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { auditBucket } from './audit-bucket.ts';
import { linked } from './rows.ts';
import type { Component } from './components.ts';

/** The words for a managed rule, its label and its identifier. */
const RULES: readonly (readonly [RegExp, string, string])[] = [
  [/\bencrypt\w*[^.;,]*(?:volumes?|ebs)|(?:volumes?|ebs)[^.;,]*encrypt/i, 'encrypted_volumes', 'ENCRYPTED_VOLUMES'],
  [/\bpublic(?:ly)?[^.;,]*\bwrit[^.;,]*(?:s3|bucket)|(?:s3|buckets?)[^.;,]*public(?:ly)?[- ]writ/i, 's3_public_write', 'S3_BUCKET_PUBLIC_WRITE_PROHIBITED'],
  [/\bpublic(?:ly)?[^.;,]*(?:s3|buckets?)|(?:s3|buckets?)[^.;,]*public/i, 's3_public_read', 'S3_BUCKET_PUBLIC_READ_PROHIBITED'],
  [/\broot[^.;,]*mfa|mfa[^.;,]*root/i, 'root_mfa', 'ROOT_ACCOUNT_MFA_ENABLED'],
  [/\b(?:users?|iam|console)[^.;,]*mfa|mfa[^.;,]*(?:users?|iam|console)/i, 'user_mfa', 'IAM_USER_MFA_ENABLED'],
  [/\bssh\b|\bport 22\b/i, 'restricted_ssh', 'INCOMING_SSH_DISABLED'],
  [/\btags?\b/i, 'required_tags', 'REQUIRED_TAGS'],
  [/\b(?:s3|buckets?)\b[^.;,]*\bencrypt|\bencrypt\w*[^.;,]*\b(?:s3|buckets?)/i, 's3_encryption', 'S3_BUCKET_SERVER_SIDE_ENCRYPTION_ENABLED'],
  [/\b(?:s3|buckets?)\b[^.;,]*\bversion/i, 's3_versioning', 'S3_BUCKET_VERSIONING_ENABLED'],
  [/\b(?:s3|buckets?)\b[^.;,]*\b(?:ssl|tls)\b/i, 's3_ssl', 'S3_BUCKET_SSL_REQUESTS_ONLY'],
  [/\baccess keys?\b[^.;]*\brotat|\brotat\w*[^.;]*\baccess keys?/i, 'access_keys_rotated', 'ACCESS_KEYS_ROTATED'],
  [/\bpassword policy\b/i, 'password_policy', 'IAM_PASSWORD_POLICY'],
  [/\bcloud ?trail\b[^.;,]*\b(?:enabled|on)\b/i, 'cloudtrail_enabled', 'CLOUD_TRAIL_ENABLED'],
  [/\b(?:rds|database)\b[^.;,]*\bencrypt/i, 'rds_encrypted', 'RDS_STORAGE_ENCRYPTED'],
  [/\b(?:rds|database)\b[^.;,]*\bpublic/i, 'rds_private', 'RDS_INSTANCE_PUBLIC_ACCESS_CHECK'],
  [/\bdefault security group/i, 'default_group_closed', 'VPC_DEFAULT_SECURITY_GROUP_CLOSED'],
  [/\bflow logs?\b/i, 'flow_logs', 'VPC_FLOW_LOGS_ENABLED'],
  [/\bguard ?duty\b/i, 'guardduty_enabled', 'GUARDDUTY_ENABLED_CENTRALIZED'],
  [/\bunused (?:credentials|users?)\b/i, 'unused_credentials', 'IAM_USER_UNUSED_CREDENTIALS_CHECK'],
  [/\b(?:eips?|elastic ips?)\b[^.;,]*\b(?:unused|attached)/i, 'eip_attached', 'EIP_ATTACHED'],
]; // prettier-ignore

const FREQUENCIES: readonly (readonly [RegExp, string])[] = [
  [/\b(?:every|each) hour\b|\bhourly\b|\bonce an hour\b|\bevery (?:one|1) hours?\b/i, 'One_Hour'],
  [/\bevery (?:three|3) hours\b/i, 'Three_Hours'],
  [/\bevery (?:six|6) hours\b/i, 'Six_Hours'],
  [/\bevery (?:twelve|12) hours\b|\btwice a day\b/i, 'Twelve_Hours'],
  [/\b(?:every|each) day\b|\bdaily\b|\bonce a day\b|\bevery (?:24|twenty-four) hours\b/i, 'TwentyFour_Hours'],
];

function parametersOf(m: TofuModule, rule: string): Record<string, ReturnType<typeof raw>> {
  if (rule === 'REQUIRED_TAGS') {
    const tags = m.take(/\btags?\s+((?:["'`]?[A-Z]\w*["'`]?(?:\s*(?:,|and)\s*)?)+)/)?.[1]?.match(/[A-Z]\w*/g) ?? ['project']; // prettier-ignore
    return { input_parameters: raw(`jsonencode({ ${tags.slice(0, 6).map((t, i) => `tag${i + 1}Key = "${t}"`).join(', ')} })`) }; // prettier-ignore
  }
  if (rule === 'ACCESS_KEYS_ROTATED' || rule === 'IAM_USER_UNUSED_CREDENTIALS_CHECK') {
    const days = Math.round(
      (m.seconds('(?:rotat\\w*|within|older than|every|unused|after|for)') ?? 7_776_000) / 86_400,
    );
    return { input_parameters: raw(`jsonencode({ ${rule === 'ACCESS_KEYS_ROTATED' ? 'maxAccessKeyAge' : 'maxCredentialUsageAge'} = "${days}" })`) }; // prettier-ignore
  }
  return {};
}

function config(m: TofuModule): void {
  const bucket = auditBucket(m, 'config', 'config.amazonaws.com');
  const role = m.role('config', ['config.amazonaws.com'], [{ actions: ['s3:PutObject'], resources: [raw(`"\${${bucket}.arn}/*"`)] }, { actions: ['s3:GetBucketAcl'], resources: [raw(`${bucket}.arn`)] }], ['arn:aws:iam::aws:policy/service-role/AWS_ConfigRole']); // prettier-ignore
  const topic = linked(m, 'sns');
  m.resource('aws_config_configuration_recorder', 'main', {
    name: m.name('recorder', m.called('recorder')),
    role_arn: raw(`${role}.arn`),
    recording_group: nested({ all_supported: true, include_global_resource_types: true }),
  });
  const frequency = FREQUENCIES.find(([words]) => m.take(words) !== undefined)?.[1];
  m.resource('aws_config_delivery_channel', 'main', {
    name: m.name('channel'),
    s3_bucket_name: raw(`${bucket}.id`),
    ...(topic ? { sns_topic_arn: raw('aws_sns_topic.main.arn') } : {}),
    ...(frequency === undefined ? {} : { snapshot_delivery_properties: nested({ delivery_frequency: frequency }) }),
    depends_on: [raw('aws_config_configuration_recorder.main')],
  });
  m.resource('aws_config_configuration_recorder_status', 'main', {
    name: raw('aws_config_configuration_recorder.main.name'),
    is_enabled: true,
    depends_on: [raw('aws_config_delivery_channel.main')],
  });
  if (m.take(/\baggregat\w+\b/i) !== undefined) aggregator(m);
  if (!m.has(/\brules?\b|\bchecks?\b|\bcomplian\w*/i)) return;
  const rules = RULES.filter(([words]) => m.has(words));
  for (const [words, label, id] of rules.length > 0 ? rules : RULES.slice(0, 3)) {
    m.take(words);
    m.resource('aws_config_config_rule', label, {
      name: m.name(label.replace(/_/g, '-')),
      source: nested({ owner: 'AWS', source_identifier: id }),
      ...parametersOf(m, id),
      depends_on: [raw('aws_config_configuration_recorder.main')],
    });
  }
}

function aggregator(m: TofuModule): void {
  const whole = m.has(/\borgani[sz]ation/i);
  const accounts = m.text.takeAll(/\b(\d{12})\b/g).map((a) => a[1] ?? '');
  const role = whole ? m.role('aggregator', ['config.amazonaws.com'], [], ['arn:aws:iam::aws:policy/service-role/AWSConfigRoleForOrganizations']) : undefined; // prettier-ignore
  if (!whole && accounts.length === 0) m.data('aws_caller_identity', 'current', {});
  m.resource('aws_config_configuration_aggregator', 'main', {
    name: m.name('aggregator'),
    ...(role === undefined
      ? { account_aggregation_source: nested({ account_ids: accounts.length > 0 ? accounts : [raw('data.aws_caller_identity.current.account_id')], all_regions: true }) } // prettier-ignore
      : { organization_aggregation_source: nested({ all_regions: true, role_arn: raw(`${role}.arn`) }) }),
  });
}

export const CONFIG: readonly Component[] = [
  { id: 'config', names: /\baws config\b|\bconfig (?:rules?|recorder)\b|\bcompliance rules?\b/i, make: config },
];
