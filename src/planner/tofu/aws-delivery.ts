/** Delivery, backup and cost on AWS. */
import type { Component } from './components.ts';
import { nested, raw, type Block, type Body, type Raw } from './hcl.ts';
import { policy } from './policy.ts';
import type { TofuModule } from './module.ts';

/** "100 % forecasted": the limit that is said beside the forecast. */
const forecastAt = (text: string, limits: readonly number[]): number | undefined => {
  const beside = /\b(\d{2,3})\s?(?:%|percent)\s+(?:of (?:the )?)?forecast/i.exec(text)?.[1] ?? /\bforecast\w*\b[^.;,\d]{0,24}(\d{2,3})\s?(?:%|percent)/i.exec(text)?.[1];
  return beside === undefined ? undefined : limits.find((n) => n === Number(beside));
}; // prettier-ignore

const SERVICES: readonly (readonly [RegExp, string])[] = [
  [/\bec2\b/i, 'Amazon Elastic Compute Cloud - Compute'],
  [/\brds\b/i, 'Amazon Relational Database Service'],
  [/\bs3\b/i, 'Amazon Simple Storage Service'],
  [/\blambda\b/i, 'AWS Lambda'],
];

/** What of the bill is counted. */
function filterOf(m: TofuModule): Body {
  const named = SERVICES.filter(([words]) => new RegExp(`\\b(?:for|of|only)\\b[^.;]{0,24}${words.source}`, 'i').test(m.text.text)).map(([, name]) => name); // prettier-ignore
  return named.length === 0 ? {} : { cost_filter: nested({ name: 'Service', values: named }) };
}

function budget(m: TofuModule): void {
  const amount = m.take(/\$\s?(\d[\d,]*)|\b(\d[\d,]*)\s*(?:usd|dollars?)\b/i);
  const email = m.take(/\b([\w.+-]+@[\w-]+\.[\w.]+\w)\b/)?.[1] ?? m.variable('email', 'string', 'Who is told.');
  const told = m.text.takeAll(/\b(\d{2,3})\s?(?:%|percent)?(?=\s*(?:,|and|%|percent)[^.;]{0,24}?(?:%|percent))|\b(\d{2,3})\s?(?:%|percent)/gi).map((p) => Number(p[1] ?? p[2])).filter((n) => n >= 10 && n <= 200); // prettier-ignore
  const forecast = m.take(/\bforecast\w*/i) !== undefined;
  const actual = !forecast || told.length > 1 || m.has(/\bactual\b/i);
  const limits = [...new Set(told)];
  const notify = (threshold: number, type: string): Block => nested({ comparison_operator: 'GREATER_THAN', threshold, threshold_type: 'PERCENTAGE', notification_type: type, subscriber_email_addresses: [email] }); // prettier-ignore
  const near = forecast ? forecastAt(m.text.text, limits) : undefined;
  m.resource('aws_budgets_budget', 'main', {
    name: m.name('budget', m.called('budget')),
    budget_type: 'COST',
    limit_amount: (amount?.[1] ?? amount?.[2] ?? '100').replace(/,/g, ''),
    limit_unit: 'USD',
    time_unit: m.has(/\byear|annual/i) ? 'ANNUALLY' : m.has(/\bquarter/i) ? 'QUARTERLY' : 'MONTHLY',
    ...filterOf(m),
    notification: [
      ...(actual ? (limits.length === 0 ? [80] : limits.filter((n) => n !== near || limits.length === 1)).map((n) => notify(n, 'ACTUAL')) : []), // prettier-ignore
      ...(forecast ? [notify(near ?? (actual ? 100 : (limits[0] ?? 80)), 'FORECASTED')] : []),
    ],
  });
}

/** Where a build writes its log, and what it keeps for the next. */
function buildLogs(m: TofuModule): Body {
  const group = m.take(/\bgroup\s+(?:called |named )?["'`]?(\/?[\w.-]+(?:[/-][\w.-]+)+)/i)?.[1];
  const cached = m.take(/\bcach(?:e|ed|ing)\b[^.;,]{0,16}\b(?:s3|bucket)\b/i) !== undefined && m.present.has('s3');
  if (cached) m.need('s3');
  return {
    ...(group === undefined ? {} : { logs_config: nested({ cloudwatch_logs: nested({ group_name: group }) }) }),
    ...(cached ? { cache: nested({ type: 'S3', location: raw('"${aws_s3_bucket.main.id}/cache"') }) } : {}),
  };
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
      compute_type: `BUILD_GENERAL1_${(m.take(/\b(small|medium|2xlarge|large)(?: compute| build| instance)?\b/i)?.[1] ?? 'small').toUpperCase()}`,
      image: m.take(/\b(aws\/codebuild\/[\w.:-]*\w)/i)?.[1] ?? (m.take(/\bubuntu(?: standard)?(?: image)?\b/i) === undefined ? 'aws/codebuild/amazonlinux2-x86_64-standard:5.0' : `aws/codebuild/standard:${m.take(/\bimage (?:version )?(\d\.\d)\b/i)?.[1] ?? '7.0'}`), // prettier-ignore
      type: 'LINUX_CONTAINER',
      privileged_mode: m.has(/\bdocker\b|\bprivileged\b/i),
    }),
    ...buildLogs(m),
    source: nested(
      pipeline
        ? { type: 'CODEPIPELINE', ...buildspec(m) }
        : {
            type: m.has(/\bgithub\b/i) ? 'GITHUB' : m.present.has('codecommit') ? 'CODECOMMIT' : 'NO_SOURCE',
            ...(m.has(/\bgithub\b/i)
              ? { location: m.take(/\b(https:\/\/(?:www\.)?(?:github|gitlab|bitbucket)\.\w+\/[\w./-]*\w)/i)?.[1] ?? m.variable('repository', 'string', 'Address of the repository.'), ...buildspec(m) } // prettier-ignore
              : m.present.has('codecommit')
                ? { location: raw('aws_codecommit_repository.main.clone_url_http') }
                : { buildspec: 'version: 0.2\nphases:\n  build:\n    commands:\n      - echo build\n' }),
          },
    ),
  });
  if (m.present.has('codecommit')) m.need('codecommit');
}

/** The file that says what is built, where the words name one. */
const buildspec = (m: TofuModule): Body => {
  const file = m.take(/\b((?:[\w-]+\/)*buildspec[\w.-]*\.ya?ml)\b/i)?.[1];
  return file === undefined ? {} : { buildspec: file };
};

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
  const source = sourceOf(m);
  m.resource('aws_codepipeline', 'main', {
    name: m.name('pipeline', m.called('(?:code ?)?pipeline')),
    role_arn: raw(`${role}.arn`),
    artifact_store: nested({ location: raw('aws_s3_bucket.main.id'), type: 'S3' }),
    stage: [
      nested({ name: 'Source', action: source }),
      nested({
        name: 'Build',
        action: action('Build', 'Build', 'CodeBuild', {
          input_artifacts: ['source'],
          output_artifacts: ['build'],
          configuration: { ProjectName: raw('aws_codebuild_project.main.name') },
        }),
      }),
      ...(m.take(/\b(?:manual )?approv\w*|\bsign-?off\b/i) === undefined ? [] : [nested({ name: 'Approve', action: action('Approve', 'Approval', 'Manual', m.present.has('sns') ? (m.need('sns'), { configuration: { NotificationArn: raw('aws_sns_topic.main.arn') } }) : {}) })]), // prettier-ignore
      ...deployOf(m),
    ],
  });
}

const action = (name: string, category: string, provider: string, more: Body): Block =>
  nested({ name, category, owner: 'AWS', provider, version: '1', ...more });

/** Where the code comes from: a repository of AWS, a bucket, or a connection to a host outside. */
function sourceOf(m: TofuModule): Block {
  const branch = m.take(/\bbranch\s+(?:called |named )?["'`]?([\w./-]*\w)|\b(main|master|develop) branch\b/i);
  const name = branch?.[1] ?? branch?.[2] ?? 'main';
  if (m.present.has('codecommit')) {
    m.need('codecommit');
    return action('Source', 'Source', 'CodeCommit', {
      output_artifacts: ['source'],
      configuration: { RepositoryName: raw('aws_codecommit_repository.main.repository_name'), BranchName: name },
    });
  }
  const given = m.variableFor('\\b(?:connection|codestar)\\b');
  const connection =
    given === undefined ? undefined : m.variable(given, 'string', 'Connection to the host of the code.');
  const repository = m.take(/\b(?:repo(?:sitory)?|github|gitlab|bitbucket)\s+(?:called |named |repo(?:sitory)? )?["'`]?([\w.-]+\/[\w.-]*\w)/i)?.[1]; // prettier-ignore
  if (connection === undefined)
    m.resource('aws_codestarconnections_connection', 'main', { name: m.name('source'), provider_type: m.has(/\bgitlab\b/i) ? 'GitLab' : m.has(/\bbitbucket\b/i) ? 'Bitbucket' : 'GitHub' }); // prettier-ignore
  return action('Source', 'Source', 'CodeStarSourceConnection', {
    output_artifacts: ['source'],
    configuration: {
      ConnectionArn: connection ?? raw('aws_codestarconnections_connection.main.arn'),
      FullRepositoryId: repository ?? m.variable('repository', 'string', 'Repository as owner/name.'),
      BranchName: name,
    },
  });
}

/** "then deploy to ECS", "to a bucket". */
function deployOf(m: TofuModule): Block[] {
  if (m.has(/\bdeploy\w*\b[^.;]{0,30}\b(?:ecs|fargate)\b/i) && m.present.has('ecs')) {
    m.need('ecs');
    return [nested({ name: 'Deploy', action: action('Deploy', 'Deploy', 'ECS', { input_artifacts: ['build'], configuration: { ClusterName: raw('aws_ecs_cluster.main.name'), ServiceName: raw('aws_ecs_service.main.name') } }) })]; // prettier-ignore
  }
  if (m.has(/\bdeploy\w*\b[^.;]{0,40}\b(?:s3|bucket)\b/i))
    return [nested({ name: 'Deploy', action: action('Deploy', 'Deploy', 'S3', { input_artifacts: ['build'], configuration: { BucketName: raw('aws_s3_bucket.main.id'), Extract: 'true' } }) })]; // prettier-ignore
  return [];
}

const codecommit = (m: TofuModule): void =>
  void m.resource('aws_codecommit_repository', 'main', {
    repository_name: m.name('code', m.called('repository')),
    description: 'Made from a description.',
  });

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

/** "a topic rule SELECT * FROM 'sensors/+/data' into the table": what arrives, and where it goes. */
function topicRule(m: TofuModule): void {
  const sql = m.take(/\b(SELECT\s[^;]*?\sFROM\s+['"][^'"]+['"](?:\s+WHERE\s[^;.]*)?)/i)?.[1];
  if (sql === undefined && m.take(/\b(?:topic|iot) rules?\b/i) === undefined) return;
  const targets: readonly (readonly [id: string, block: string, body: (role: Raw) => Body, action: string, arn: string])[] = [
    ['dynamodb', 'dynamodbv2', (role) => ({ role_arn: role, put_item: nested({ table_name: raw('aws_dynamodb_table.main.name') }) }), 'dynamodb:PutItem', 'aws_dynamodb_table.main.arn'],
    ['kinesis', 'kinesis', (role) => ({ role_arn: role, stream_name: raw('aws_kinesis_stream.main.name'), partition_key: '${newuuid()}' }), 'kinesis:PutRecord', 'aws_kinesis_stream.main.arn'],
    ['firehose', 'firehose', (role) => ({ role_arn: role, delivery_stream_name: raw('aws_kinesis_firehose_delivery_stream.main.name') }), 'firehose:PutRecord', 'aws_kinesis_firehose_delivery_stream.main.arn'],
    ['sqs', 'sqs', (role) => ({ role_arn: role, queue_url: raw('aws_sqs_queue.main.url'), use_base64: false }), 'sqs:SendMessage', 'aws_sqs_queue.main.arn'],
    ['sns', 'sns', (role) => ({ role_arn: role, target_arn: raw('aws_sns_topic.main.arn') }), 'sns:Publish', 'aws_sns_topic.main.arn'],
  ]; // prettier-ignore
  const target = targets.find(([id]) => m.present.has(id));
  if (target !== undefined) m.need(target[0]);
  else if (m.present.has('lambda')) m.need('lambda');
  const role = target === undefined ? undefined : m.role('iot', ['iot.amazonaws.com'], [{ actions: [target[3]], resources: [raw(target[4])] }]); // prettier-ignore
  m.resource('aws_iot_topic_rule', 'main', {
    name: (m.called('(?:topic |iot )?rule') ?? 'incoming').replace(/-/g, '_'),
    enabled: true,
    sql: sql ?? "SELECT * FROM 'devices/+/data'",
    sql_version: '2016-03-23',
    ...(target !== undefined && role !== undefined ? { [target[1]]: nested(target[2](raw(`${role}.arn`))) } : m.present.has('lambda') ? { lambda: nested({ function_arn: raw('aws_lambda_function.main.arn') }) } : {}), // prettier-ignore
  });
}

const iot = (m: TofuModule): void => {
  const type = m.called('thing type');
  if (type !== undefined) m.resource('aws_iot_thing_type', 'main', { name: type });
  else if (m.has(/\bthings?\b/i) || !m.has(/\bpolicy\b|\brules?\b/i)) m.resource('aws_iot_thing', 'main', { name: m.name('thing', m.called('thing')) }); // prettier-ignore
  if (m.take(/\bpolicy\b/i) !== undefined) {
    const path = m.take(/\b((?:[\w-]+\/)+[\w+#*-]*[\w*#])/)?.[1]?.replace(/[+#]/g, '*');
    const verbs = (['Connect', 'Publish', 'Subscribe', 'Receive'] as const).filter((v) => m.take(new RegExp(`\\b${v}\\w*`, 'i')) !== undefined); // prettier-ignore
    const actions = verbs.length === 0 ? ['iot:Connect', 'iot:Publish'] : verbs.map((v) => `iot:${v}`);
    m.resource('aws_iot_policy', 'main', {
      name: m.name('device', m.called('policy')),
      policy: policy([
        nested({ actions: actions.filter((x) => x === 'iot:Connect'), resources: ['arn:aws:iot:*:*:client/*'] }), // prettier-ignore
        nested({ actions: actions.filter((x) => x !== 'iot:Connect'), resources: [`arn:aws:iot:*:*:topic/${path ?? '*'}`] }), // prettier-ignore
      ]),
    });
  }
  if (m.take(/\bcertificates?\b/i) !== undefined) m.resource('aws_iot_certificate', 'main', { active: true });
  topicRule(m);
};

export const DELIVERY: readonly Component[] = [
  { id: 'budget', names: /\bbudgets?\b/i, make: budget },
  { id: 'codepipeline', names: /\bcode ?pipeline\b/i, make: codepipeline },
  { id: 'codebuild', names: /\bcode ?build\b/i, make: codebuild },
  { id: 'codecommit', names: /\bcode ?commit\b/i, make: codecommit },
  { id: 'sagemaker', names: /\bsage ?maker\b/i, make: sagemaker },
  { id: 'iot', names: /\biot\b/i, make: iot },
];
