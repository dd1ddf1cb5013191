/** AWS Backup: vaults, plans, and what is copied. */
import { readSchedule } from '../grammar/schedule.ts';
import type { Component } from './components.ts';
import { awsSchedule } from './aws-functions.ts';
import { nested, raw, type Block, type Raw } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { secondsOf, DURATION_PATTERN } from './words.ts';

/** What can be copied, and by what it is named. */
const KEPT: readonly (readonly [id: string, address: string])[] = [
  ['efs', 'aws_efs_file_system.main'],
  ['dynamodb', 'aws_dynamodb_table.main'],
  ['rds', 'aws_db_instance.main'],
  ['rds', 'aws_rds_cluster.main'],
  ['ec2', 'aws_instance.main'],
  ['s3', 'aws_s3_bucket.main'],
  ['fsx', 'aws_fsx_lustre_file_system.main'],
];

/** Days in what is said of one rule. */
function days(text: string, lead: string): number | undefined {
  const match =
    new RegExp(`\\b(?:${lead})\\b[^.;,\\d]{0,40}?${DURATION_PATTERN}`, 'i').exec(text) ??
    new RegExp(`${DURATION_PATTERN}[^.;,\\d]{0,12}?\\b(?:${lead})\\b`, 'i').exec(text);
  return match?.[1] === undefined ? undefined : Math.round(secondsOf(match[1], match[2] ?? 'd') / 86_400);
}

const KEEP = 'retention|retain\\w*|kept|keeps?|delet\\w*(?: them)? after|expir\\w*(?: after)?|for';
const COLD = 'cold(?: storage)?';

function rule(m: TofuModule, name: string, cron: string, text: string): Block {
  const cold = days(text, COLD);
  const kept = days(text, KEEP) ?? 35;
  const copy = m.has(/\bcop(?:y|ied|ies)\b[^.;]{0,40}\b(?:another|other|second) (?:region|vault|account)\b/i);
  return nested({
    rule_name: name,
    target_vault_name: raw('aws_backup_vault.main.name'),
    schedule: awsSchedule(cron).replace(/^rate.*$/, 'cron(0 5 * * ? *)'),
    lifecycle: nested({
      // What has gone cold stays there for ninety days at least.
      ...(cold === undefined ? {} : { cold_storage_after: cold }),
      delete_after: cold === undefined ? kept : Math.max(kept, cold + 90),
    }),
    ...(copy ? { copy_action: nested({ destination_vault_arn: m.variable('copy_vault_arn', 'string', 'Vault that copies go to.') }) } : {}), // prettier-ignore
  });
}

/** "daily kept 7 days, weekly kept 4 weeks and monthly kept a year": a rule for each. */
function rules(m: TofuModule): Block[] {
  const { text } = m.text;
  const marks = [...text.matchAll(/\b(hourly|daily|nightly|weekly|monthly|yearly)\b/gi)].filter((x, i, all) => all.findIndex((y) => y[1]?.toLowerCase() === x[1]?.toLowerCase()) === i); // prettier-ignore
  if (marks.length > 1) {
    const usual: Readonly<Record<string, string>> = { hourly: '0 * * * *', daily: '0 5 * * *', nightly: '0 2 * * *', weekly: '0 5 * * 0', monthly: '0 5 1 * *', yearly: '0 5 1 1 *' }; // prettier-ignore
    return marks.map((mark, i) => {
      const name = (mark[1] ?? 'daily').toLowerCase();
      m.take(new RegExp(`\\b${name}\\b`, 'i'));
      return rule(m, name, usual[name] ?? '0 5 * * *', text.slice(mark.index, marks[i + 1]?.index));
    });
  }
  const cron = m.take(/\b(cron\([^)]*\))/i)?.[1];
  const said = readSchedule(m.text) ?? '0 5 * * *';
  const made = rule(m, marks[0]?.[1]?.toLowerCase() ?? 'daily', said, text);
  return [cron === undefined ? made : nested({ ...made.body, schedule: cron })];
}

/** What is copied: resources of the module, those that carry a tag, or all of a kind. */
function selection(m: TofuModule): void {
  const role = m.role('backup', ['backup.amazonaws.com'], [], [
    'arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup',
    'arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores',
  ]); // prettier-ignore
  const tag = m.take(/\btag(?:s|ged)?\s+(?:with\s+|as\s+)?(?:the\s+)?(?:key\s+)?["'`]?([A-Za-z][\w-]*)["'`]?\s*(?:=|:|with (?:the )?value|set to)\s*["'`]?([\w-]+)/i); // prettier-ignore
  const own: Raw[] = [];
  for (const [id, address] of tag === undefined ? KEPT : []) {
    if (!m.present.has(id)) continue;
    m.need(id);
    if (m.hasResource(address)) own.push(raw(`${address}.arn`));
  }
  m.resource('aws_backup_selection', 'main', {
    name: m.name('selection'),
    iam_role_arn: raw(`${role}.arn`),
    plan_id: raw('aws_backup_plan.main.id'),
    ...(own.length > 0
      ? { resources: own }
      : { selection_tag: nested({ type: 'STRINGEQUALS', key: tag?.[1] ?? 'backup', value: tag?.[2] ?? 'true' }) }),
  });
}

function backup(m: TofuModule): void {
  if (m.present.has('kms')) m.need('kms');
  m.resource('aws_backup_vault', 'main', {
    name: m.name('vault', m.called('(?:backup )?vault')),
    ...(m.present.has('kms') ? { kms_key_arn: raw('aws_kms_key.main.arn') } : {}),
  });
  const locked = m.take(/\b(?:vault )?lock(?:ed)?\b/i);
  if (locked !== undefined)
    m.resource('aws_backup_vault_lock_configuration', 'main', {
      backup_vault_name: raw('aws_backup_vault.main.name'),
      min_retention_days: 7,
    });
  m.resource('aws_backup_plan', 'main', { name: m.name('plan', m.called('(?:backup )?plan')), rule: rules(m) });
  selection(m);
  if (m.present.has('sns')) {
    m.need('sns');
    m.resource('aws_backup_vault_notifications', 'main', {
      backup_vault_name: raw('aws_backup_vault.main.name'),
      sns_topic_arn: raw('aws_sns_topic.main.arn'),
      backup_vault_events: ['BACKUP_JOB_COMPLETED', 'BACKUP_JOB_FAILED', 'RESTORE_JOB_COMPLETED'],
    });
  }
}

export const BACKUP: readonly Component[] = [
  { id: 'backup', names: /\baws backup\b|\bbackup (?:plans?|vaults?)\b/i, make: backup },
];
