/** Delivery, backup and cost on AWS. */
import type { Component } from './components.ts';
import { readSchedule } from '../grammar/schedule.ts';
import { awsSchedule } from './aws-functions.ts';
import { nested, raw } from './hcl.ts';
import type { TofuModule } from './module.ts';

function budget(m: TofuModule): void {
  const amount = m.take(/\$\s?(\d[\d,]*)|\b(\d[\d,]*)\s*(?:usd|dollars?)\b/i);
  const email = m.take(/\b([\w.+-]+@[\w-]+\.[\w.]+\w)\b/)?.[1] ?? m.variable('email', 'string', 'Who is told.');
  const percent = Number(m.take(/\b(\d{2,3})\s?(?:%|percent)/i)?.[1] ?? 80);
  m.resource('aws_budgets_budget', 'main', {
    name: m.name('budget', m.called('budget')),
    budget_type: 'COST',
    limit_amount: (amount?.[1] ?? amount?.[2] ?? '100').replace(/,/g, ''),
    limit_unit: 'USD',
    time_unit: m.has(/\byear|annual/i) ? 'ANNUALLY' : m.has(/\bquarter/i) ? 'QUARTERLY' : 'MONTHLY',
    notification: nested({
      comparison_operator: 'GREATER_THAN',
      threshold: percent,
      threshold_type: 'PERCENTAGE',
      notification_type: m.has(/\bforecast/i) ? 'FORECASTED' : 'ACTUAL',
      subscriber_email_addresses: [email],
    }),
  });
}

function codebuild(m: TofuModule): void {
  const role = m.role(
    'build',
    ['codebuild.amazonaws.com'],
    [
      { actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], resources: ['*'] },
      ...(m.present.has('s3') || m.present.has('codepipeline')
        ? [
            {
              actions: ['s3:GetObject', 's3:PutObject', 's3:GetObjectVersion'],
              resources: [raw('"${aws_s3_bucket.main.arn}/*"')],
            },
          ]
        : []),
    ],
  );
  const pipeline = m.present.has('codepipeline');
  m.resource('aws_codebuild_project', 'main', {
    name: m.name('build', m.called('project')),
    service_role: raw(`${role}.arn`),
    build_timeout: 30,
    artifacts: nested({ type: pipeline ? 'CODEPIPELINE' : 'NO_ARTIFACTS' }),
    environment: nested({
      compute_type: 'BUILD_GENERAL1_SMALL',
      image: 'aws/codebuild/amazonlinux2-x86_64-standard:5.0',
      type: 'LINUX_CONTAINER',
      privileged_mode: m.has(/\bdocker\b/i),
    }),
    source: nested(
      pipeline
        ? { type: 'CODEPIPELINE' }
        : {
            type: m.has(/\bgithub\b/i) ? 'GITHUB' : m.present.has('codecommit') ? 'CODECOMMIT' : 'NO_SOURCE',
            ...(m.has(/\bgithub\b/i)
              ? { location: m.variable('repository', 'string', 'Address of the repository.') }
              : m.present.has('codecommit')
                ? { location: raw('aws_codecommit_repository.main.clone_url_http') }
                : { buildspec: 'version: 0.2\nphases:\n  build:\n    commands:\n      - echo build\n' }),
          },
    ),
  });
  if (m.present.has('codecommit')) m.need('codecommit');
}

function codepipeline(m: TofuModule): void {
  m.present.add('s3');
  m.need('s3');
  m.need('codebuild');
  const role = m.role(
    'pipeline',
    ['codepipeline.amazonaws.com'],
    [
      {
        actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject', 's3:GetBucketVersioning'],
        resources: [raw('aws_s3_bucket.main.arn'), raw('"${aws_s3_bucket.main.arn}/*"')],
      },
      {
        actions: ['codebuild:BatchGetBuilds', 'codebuild:StartBuild'],
        resources: [raw('aws_codebuild_project.main.arn')],
      },
      {
        actions: [
          'codestar-connections:UseConnection',
          'codecommit:GetBranch',
          'codecommit:GetCommit',
          'codecommit:UploadArchive',
          'codecommit:GetUploadArchiveStatus',
        ],
        resources: ['*'],
      },
    ],
  );
  const commit = m.present.has('codecommit');
  if (commit) m.need('codecommit');
  else m.resource('aws_codestarconnections_connection', 'main', { name: m.name('source'), provider_type: 'GitHub' });
  const action = (
    name: string,
    category: string,
    provider: string,
    more: Record<string, unknown>,
  ): ReturnType<typeof nested> => nested({ name, category, owner: 'AWS', provider, version: '1', ...more });
  m.resource('aws_codepipeline', 'main', {
    name: m.name('pipeline', m.called('pipeline')),
    role_arn: raw(`${role}.arn`),
    artifact_store: nested({ location: raw('aws_s3_bucket.main.id'), type: 'S3' }),
    stage: [
      nested({
        name: 'Source',
        action: commit
          ? action('Source', 'Source', 'CodeCommit', {
              output_artifacts: ['source'],
              configuration: {
                RepositoryName: raw('aws_codecommit_repository.main.repository_name'),
                BranchName: 'main',
              },
            })
          : action('Source', 'Source', 'CodeStarSourceConnection', {
              output_artifacts: ['source'],
              configuration: {
                ConnectionArn: raw('aws_codestarconnections_connection.main.arn'),
                FullRepositoryId: m.variable('repository', 'string', 'Repository as owner/name.'),
                BranchName: 'main',
              },
            }),
      }),
      nested({
        name: 'Build',
        action: action('Build', 'Build', 'CodeBuild', {
          input_artifacts: ['source'],
          output_artifacts: ['build'],
          configuration: { ProjectName: raw('aws_codebuild_project.main.name') },
        }),
      }),
      ...(m.has(/\bapprov/i) ? [nested({ name: 'Approve', action: action('Approve', 'Approval', 'Manual', {}) })] : []),
    ],
  });
}

const codecommit = (m: TofuModule): void =>
  void m.resource('aws_codecommit_repository', 'main', {
    repository_name: m.name('code', m.called('repository')),
    description: 'Made from a description.',
  });

function backup(m: TofuModule): void {
  m.resource('aws_backup_vault', 'main', {
    name: m.name('vault', m.called('vault')),
    ...(m.present.has('kms') ? { kms_key_arn: raw('aws_kms_key.main.arn') } : {}),
  });
  const days = Math.round((m.seconds('(?:retention|retain\\w*|kept|keep\\w*|delete\\w* after)') ?? 3_024_000) / 86_400);
  m.resource('aws_backup_plan', 'main', {
    name: m.name('plan'),
    rule: nested({
      rule_name: 'daily',
      target_vault_name: raw('aws_backup_vault.main.name'),
      schedule: awsSchedule(readSchedule(m.text) ?? '0 5 * * *').replace(/^rate.*$/, 'cron(0 5 * * ? *)'),
      lifecycle: nested({ delete_after: days }),
    }),
  });
  const role = m.role(
    'backup',
    ['backup.amazonaws.com'],
    [],
    ['arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup'],
  );
  m.resource('aws_backup_selection', 'main', {
    name: m.name('tagged'),
    iam_role_arn: raw(`${role}.arn`),
    plan_id: raw('aws_backup_plan.main.id'),
    selection_tag: nested({ type: 'STRINGEQUALS', key: 'backup', value: 'true' }),
  });
}

const sagemaker = (m: TofuModule): void => {
  const role = m.role(
    'notebook',
    ['sagemaker.amazonaws.com'],
    [],
    ['arn:aws:iam::aws:policy/AmazonSageMakerFullAccess'],
  );
  m.resource('aws_sagemaker_notebook_instance', 'main', {
    name: m.name('notebook', m.called('notebook(?: instance)?')),
    role_arn: raw(`${role}.arn`),
    instance_type: m.take(/\bml\.[a-z0-9]+\.\w+\b/i)?.[0] ?? 'ml.t3.medium',
    direct_internet_access: 'Enabled',
  });
};

const iot = (m: TofuModule): void => {
  m.resource('aws_iot_thing', 'main', { name: m.name('thing', m.called('thing')) });
  if (m.has(/\bpolicy\b/i))
    m.resource('aws_iot_policy', 'main', {
      name: m.name('device'),
      policy: raw(
        'jsonencode({\n  Version   = "2012-10-17"\n  Statement = [{ Effect = "Allow", Action = ["iot:Connect", "iot:Publish"], Resource = "*" }]\n})',
      ),
    });
};

export const DELIVERY: readonly Component[] = [
  { id: 'budget', names: /\bbudgets?\b/i, make: budget },
  { id: 'codepipeline', names: /\bcode ?pipeline\b/i, make: codepipeline },
  { id: 'codebuild', names: /\bcode ?build\b/i, make: codebuild },
  { id: 'codecommit', names: /\bcode ?commit\b/i, make: codecommit },
  { id: 'backup', names: /\baws backup\b|\bbackup (?:plan|vault)\b/i, make: backup },
  { id: 'sagemaker', names: /\bsage ?maker\b/i, make: sagemaker },
  { id: 'iot', names: /\biot\b/i, make: iot },
];
