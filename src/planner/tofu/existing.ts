/** Things that the words say are there already: read by their names instead of made. */
import type { Passage } from '../text.ts';
import { topLevel, type Value } from './hcl.ts';
import type { Parts } from './several.ts';

interface Kind {
  readonly type: string;
  /** The words for it, as a regular expression. */
  readonly noun: string;
  /** What it is found by. */
  readonly by: string;
  /** What is made beside it, and would change it. */
  readonly also?: RegExp;
}

const KINDS: readonly Kind[] = [
  { type: 'aws_s3_bucket', noun: '(?:s3 )?bucket', by: 'bucket', also: /^aws_s3_bucket_(?:public_access_block|ownership_controls|server_side_encryption_configuration|versioning)\.main$/ },
  { type: 'aws_sqs_queue', noun: '(?:sqs )?queue', by: 'name' },
  { type: 'aws_sns_topic', noun: '(?:sns )?topic', by: 'name' },
  { type: 'aws_dynamodb_table', noun: '(?:dynamo ?db )?table', by: 'name' },
  { type: 'aws_lambda_function', noun: '(?:lambda )?function|lambda', by: 'function_name', also: /^(?:aws_iam_role\.function|aws_iam_role_policy\.function|aws_iam_role_policy_attachment\.function_vpc|aws_cloudwatch_log_group\.function)$/ },
  { type: 'aws_kms_key', noun: '(?:kms |encryption )?key', by: 'key_id', also: /^aws_kms_alias\.main$/ },
  { type: 'aws_kinesis_stream', noun: '(?:kinesis )?(?:data )?stream', by: 'name' },
  { type: 'aws_cloudwatch_log_group', noun: 'log ?group', by: 'name' },
  { type: 'aws_ecr_repository', noun: '(?:ecr )?repository', by: 'name', also: /^aws_ecr_lifecycle_policy\.main$/ },
  { type: 'aws_secretsmanager_secret', noun: '(?:secrets manager )?secret', by: 'name', also: /^(?:aws_secretsmanager_secret_version|random_password)\.main$/ },
  { type: 'aws_route53_zone', noun: '(?:route ?53 )?(?:hosted |dns )?zone', by: 'name' },
  { type: 'aws_ecs_cluster', noun: '(?:ecs )?cluster', by: 'cluster_name' },
  { type: 'aws_sfn_state_machine', noun: '(?:step functions? )?state machine', by: 'name', also: /^aws_iam_role(?:_policy)?\.states$/ },
]; // prettier-ignore

const NAME = String.raw`(?:called |named )?["'\x60]?([A-Za-z0-9/](?:[\w./-]*\w)?)["'\x60]?`;
const NO_NAME = /^(?:that|which|with|for|and|in|on|to|of|is|are|by|from|as|the|when|using|has|so)$/i;

/** The name of what exists: "the existing bucket logs-eu", "queue jobs, which already exists". */
function existing(text: Passage, { noun }: Kind): string | undefined {
  const lead = String.raw`\b(?:existing|already existing|pre-?existing)\s+(?:[\w-]+\s+){0,2}?`;
  const match =
    text.take(new RegExp(`${lead}(?:${noun})\\s+${NAME}`, 'i')) ??
    text.take(new RegExp(`\\b(?:${noun})\\s+${NAME}[,\\s]*(?:\\(|that |which )?(?:already )?exist(?:s|ing)\\b`, 'i'));
  const name = match?.[1];
  return name === undefined || NO_NAME.test(name) ? undefined : name;
}

const fixed = (text: string, address: string): string =>
  text.replace(new RegExp(`(?<![\\w."])(?<!data\\.)${address.replace('.', '\\.')}(?=[.\\[])`, 'g'), `data.${address}`);

/** Turns what is there into something that is only read. */
export function readExisting({ resources, data, outputs }: Parts, text: Passage): void {
  for (const kind of KINDS) {
    const address = `${kind.type}.main`;
    if (!resources.has(address)) continue;
    const name = existing(text, kind);
    if (name === undefined) continue;
    resources.delete(address);
    const by: Value = kind.type === 'aws_kms_key' && !/^(?:alias\/|arn:|[0-9a-f-]{36}$)/.test(name) ? `alias/${name}` : name; // prettier-ignore
    data.set(address, topLevel(`data "${kind.type}" "main"`, { [kind.by]: by }));
    for (const other of [...resources.keys()])
      if (kind.also?.test(other) === true && !(/versioning/.test(other) && /\bversion(?:ing|ed)\b/i.test(text.text)))
        resources.delete(other);
    for (const blocks of [resources, outputs, data])
      for (const [key, block] of blocks) if (key !== address) blocks.set(key, fixed(block, address));
    if (kind.type === 'aws_lambda_function') data.delete('archive_file.function');
  }
}
