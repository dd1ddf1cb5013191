/** Containers and batch work on AWS. */
import type { Component } from './components.ts';
import { nested, raw, type Block, type Value } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { policy } from './policy.ts';
import { scaleBy } from './scaling.ts';
import { instanceType, instanceProfile } from './aws-machines.ts';

function ecs(m: TofuModule): void {
  const network = m.network();
  const port = Number(m.take(/\b(?:container )?port\s+(\d{2,5})\b/i)?.[1] ?? 80);
  const balanced = m.present.has('alb');
  if (balanced) m.need('alb');
  const name =
    m.take(/\bimage\s+["'`]?([\w./:-]+)/i)?.[1] ??
    m.take(
      /\b(?:of|running|runs?|with|container|from|for|uses?)\s+["'`]?((?:[\w.-]+\/)+[\w.-]+(?::[\w.-]+)?|[a-z][\w-]*:(?!\s)[\w.-]+)(?=[\s,.;)"'`]|$)/i,
    )?.[1] ??
    m.take(/\b(nginx|httpd)(?::[\w.-]+)?\b/i)?.[0];
  const repository = m.present.has('ecr');
  if (repository) m.need('ecr');
  const container: Value =
    name ??
    (repository
      ? raw('"${aws_ecr_repository.main.repository_url}:latest"')
      : m.variable('image', 'string', 'Image of the service.', { default: 'public.ecr.aws/nginx/nginx:1.28' }));
  m.resource('aws_ecs_cluster', 'main', {
    name: m.name('cluster', m.called('cluster')),
    setting: nested({ name: 'containerInsights', value: 'enabled' }),
  });
  capacity(m);
  // A cluster alone, for what others will run on it.
  if (
    !m.has(/\b(?:services?|tasks?|images?|containers?(?! insights)|nginx|httpd|replicas?|copies)\b/i) &&
    name === undefined
  )
    return;
  m.resource('aws_cloudwatch_log_group', 'service', {
    name: m.take(/\b(?:log ?)?groups?\s+(?:called |named )?["'`]?(\/[\w/.-]*\w)/i)?.[1] ?? '/ecs/${var.name}',
    retention_in_days: Math.round((m.seconds('(?:log (?:group )?retention|logs?(?: ?groups?)?\\b[^.;,\\d]{0,60}?(?:kept|retain\\w*|retention|expire\\w*|for))') ?? 2_592_000) / 86_400), // prettier-ignore
  });
  const execution = m.role(
    'task_execution',
    ['ecs-tasks.amazonaws.com'],
    [],
    ['arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy'],
  );
  const cpu = taskCpu(m);
  const memory = taskMemory(m, cpu);
  const text = container instanceof Object && 'text' in container ? container.text : JSON.stringify(container);
  m.resource('aws_ecs_task_definition', 'main', {
    family: m.name('service'),
    requires_compatibilities: ['FARGATE'],
    network_mode: 'awsvpc',
    cpu,
    memory,
    execution_role_arn: raw(`${execution}.arn`),
    container_definitions: raw(
      `jsonencode([{\n  name         = "app"\n  image        = ${text}\n  essential    = true\n${environmentOf(m)}${secretsOf(m, execution)}  portMappings = [{ containerPort = ${port}, protocol = "tcp" }]\n  logConfiguration = {\n    logDriver = "awslogs"\n    options = {\n      "awslogs-group"         = aws_cloudwatch_log_group.service.name\n      "awslogs-region"        = var.region\n      "awslogs-stream-prefix" = "app"\n    }\n  }\n}])`,
    ),
  });
  const group = m.securityGroup(
    'service',
    'The service',
    balanced ? [{ port, from: 'aws_security_group.balancer.id', group: true }] : [{ port, from: '0.0.0.0/0' }],
  );
  m.resource('aws_ecs_service', 'main', {
    name: m.name('service', m.called('service')),
    cluster: raw('aws_ecs_cluster.main.id'),
    task_definition: raw('aws_ecs_task_definition.main.arn'),
    desired_count:
      m.take(/\bdesired count\s*(?:of|is|=|:)?\s*(\d+)/i) === undefined
        ? m.count('(?:task|replica|copies|container|instance)', 2)
        : Number(/\bdesired count\s*(?:of|is|=|:)?\s*(\d+)/i.exec(m.text.text)?.[1] ?? 2),
    launch_type: 'FARGATE',
    network_configuration: nested({
      subnets: balanced ? network.privateSubnets : network.publicSubnets,
      security_groups: [raw(`${group}.id`)],
      assign_public_ip: !balanced || !m.present.has('vpc'),
    }),
    deployment_circuit_breaker: nested({ enable: true, rollback: true }),
    ...(balanced
      ? {
          load_balancer: nested({
            target_group_arn: raw('aws_lb_target_group.main.arn'),
            container_name: 'app',
            container_port: port,
          }),
          depends_on: [raw('aws_lb_listener.http')],
        }
      : {}),
  });
  if (m.has(/\bauto ?-?scal|\bscal(?:es?|ed|ing) (?:between|from|up to|out)\b/i)) {
    const most = m.take(/\b(?:at most|up to|max(?:imum)?(?: of)?)\s+(\d+)\b/i)?.[1];
    const between = m.range('tasks?|replicas?|containers?|instances?') ?? (most === undefined ? undefined : [Math.min(Number(most), m.count('(?:task|replica|copies|container|instance)', 2)), Number(most)] as const); // prettier-ignore
    const aim = m.take(/\b(\d{1,3})\s?(?:%|percent)(?:\s+(?:of )?(?:average )?(?:cpu|memory))?/i);
    const percent = Number(aim?.[1] ?? 60);
    scaleBy(m, {
      label: 'service',
      policy: 'cpu',
      service: 'ecs',
      resource: '"service/${aws_ecs_cluster.main.name}/${aws_ecs_service.main.name}"',
      dimension: 'ecs:service:DesiredCount',
      least: between?.[0] ?? 2,
      most: between?.[1] ?? 10,
      metric: `ECSServiceAverage${/\bmemory\b/i.test(aim?.[0] ?? '') ? 'Memory' : 'CPU'}Utilization`,
      target: percent,
    });
  }
}

/** "environment LOG_LEVEL=info": what the container is told. @returns lines of the definition */
function environmentOf(m: TofuModule): string {
  const pairs = m.text
    .takeAll(/\b([A-Z][A-Z0-9_]{1,})\s*=\s*["'`]?([^\s,;"'`)]+)/g)
    .map((p) => [p[1] ?? '', (p[2] ?? '').replace(/\.$/, '')] as const);
  return pairs.length === 0
    ? ''
    : `  environment  = [${pairs.map(([n, v]) => `{ name = "${n}", value = ${JSON.stringify(v)} }`).join(', ')}]\n`;
}

/** "spot by default, weight 4; on-demand base of 1": what tasks run on where they do not say. */
function capacity(m: TofuModule): void {
  if (m.take(/\bFARGATE_SPOT\b|\bfargate spot\b|\bcapacity providers?\b|\bspot\b/i) === undefined) return;
  const figure = (words: string): number | undefined => {
    const match = m.take(new RegExp(`\\b${words}\\s*(?:of|is|=|:)?\\s*(\\d+)`, 'i'))?.[1];
    return match === undefined ? undefined : Number(match);
  };
  const base = figure('base');
  const weight = figure('weight');
  const first = !/\bon-?demand (?:by default|first)\b/i.test(m.text.text);
  const onDemandBase =
    base !== undefined && /\bon-?demand\b[^.;]{0,20}\bbase|\bbase\b[^.;]{0,20}\bon-?demand/i.test(m.text.text);
  m.resource('aws_ecs_cluster_capacity_providers', 'main', {
    cluster_name: raw('aws_ecs_cluster.main.name'),
    capacity_providers: ['FARGATE', 'FARGATE_SPOT'],
    default_capacity_provider_strategy: [
      nested({ capacity_provider: first ? 'FARGATE_SPOT' : 'FARGATE', weight: weight ?? 1, ...(base === undefined || onDemandBase ? {} : { base }) }), // prettier-ignore
      ...(onDemandBase ? [nested({ capacity_provider: 'FARGATE', weight: 1, base })] : []),
    ],
  });
}

/** "secrets DB_PASSWORD from Secrets Manager": values that the agent hands to the container. @returns lines of the definition */
function secretsOf(m: TofuModule, execution: string): string {
  const list = m.take(/\bsecrets?\s+((?:[A-Z][A-Z0-9_]+(?:\s*(?:,|and)\s*)?)+)\s*(?:from|in|out of)\s+(?:AWS |aws )?(?:[Ss]ecrets? [Mm]anager|SSM|ssm|[Pp]arameter [Ss]tore)/)?.[1]; // prettier-ignore
  const names = list?.match(/[A-Z][A-Z0-9_]+/g) ?? [];
  if (names.length === 0) return '';
  m.present.add('secrets');
  m.need('secrets');
  m.resource('aws_iam_role_policy', 'task_secrets', {
    name: m.name('task-secrets'),
    role: raw(`${execution}.id`),
    policy: policy(
      nested({ actions: ['secretsmanager:GetSecretValue'], resources: [raw('aws_secretsmanager_secret.main.arn')] }),
    ),
  });
  return `  secrets      = [${names.map((n) => `{ name = "${n}", valueFrom = aws_secretsmanager_secret.main.arn }`).join(', ')}]\n`;
}

/** CPU units of a task: "512 cpu", "half a vCPU", "1 vCPU". */
function taskCpu(m: TofuModule): number {
  const units = m.take(
    /\b(256|512|1024|2048|4096|8192|16384)\s*(?:cpu units?|cpu|units?)\b|\bcpu\s*(?:of|=|:)?\s*(256|512|1024|2048|4096)\b/i,
  );
  if (units !== undefined) return Number(units[1] ?? units[2]);
  const cores = m.take(/\b(0?\.25|0?\.5|half an?|quarter|\d+)\s*v?cpus?\b/i)?.[1]?.toLowerCase();
  if (cores === undefined) return 256;
  return cores.startsWith('half') ? 512 : cores === 'quarter' ? 256 : Number(cores) * 1024;
}

/** Memory of a task in MiB, never less than its CPU allows. */
function taskMemory(m: TofuModule, cpu: number): number {
  const match = m.take(
    /\b(\d{3,5})\s*(?:MiB|MB|M|memory)\b|\b(\d{1,3}(?:\.5)?)\s*(?:GiB|GB|G|gigs?|gigabytes?)\b(?! (?:disk|storage|volume|root))/i,
  );
  const asked =
    match?.[1] !== undefined ? Number(match[1]) : match?.[2] !== undefined ? Number(match[2]) * 1024 : cpu * 2;
  return Math.max(asked, cpu === 256 ? 512 : cpu * 2 > asked && asked >= cpu ? asked : Math.min(asked, cpu * 8));
}

const ADDONS: readonly (readonly [RegExp, string])[] = [
  [/\bvpc-?cni\b/i, 'vpc-cni'],
  [/\bcore-?dns\b/i, 'coredns'],
  [/\bkube-?proxy\b/i, 'kube-proxy'],
  [/\bebs(?:[- ]csi)?(?:[- ]driver)?\b/i, 'aws-ebs-csi-driver'],
  [/\befs[- ]csi(?:[- ]driver)?\b/i, 'aws-efs-csi-driver'],
  [/\bpod identity(?: agent)?\b/i, 'eks-pod-identity-agent'],
];

/** Parts of the cluster that AWS keeps up to date. */
function addons(m: TofuModule): void {
  if (!m.has(/\badd-?ons?\b|\bcsi\b/i)) return;
  for (const [words, name] of ADDONS)
    if (m.take(words) !== undefined)
      m.resource('aws_eks_addon', name.replace(/-/g, '_'), { cluster_name: raw('aws_eks_cluster.main.name'), addon_name: name, depends_on: [raw('aws_eks_node_group.main')] }); // prettier-ignore
}

function eks(m: TofuModule): void {
  const network = m.network();
  const cluster = m.role('cluster', ['eks.amazonaws.com'], [], ['arn:aws:iam::aws:policy/AmazonEKSClusterPolicy']);
  const nodes = m.role(
    'node',
    ['ec2.amazonaws.com'],
    [],
    [
      'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy',
      'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy',
      'arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly',
    ],
  );
  const version = m.take(/\b(1\.\d{2})\b/)?.[1];
  const kms = m.has(
    /\bkms\b|\bsecrets?\b[^.;,]{0,20}\bencrypt|\bencrypt\w*[^.;,]{0,20}\bsecrets?\b|\benvelope encryption\b/i,
  );
  if (kms) {
    m.present.add('kms');
    m.need('kms');
    m.take(/\b(?:kubernetes )?secrets? (?:are )?encrypted\b|\bencrypt\w* (?:the )?secrets?\b/i);
  }
  m.take(/\b(?:control plane |cluster |api )?logging\b/i);
  m.resource('aws_eks_cluster', 'main', {
    name: m.name('cluster', m.called('cluster')),
    role_arn: raw(`${cluster}.arn`),
    ...(version === undefined ? {} : { version }),
    enabled_cluster_log_types: ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler'],
    ...(kms
      ? {
          encryption_config: nested({
            resources: ['secrets'],
            provider: nested({ key_arn: raw('aws_kms_key.main.arn') }),
          }),
        }
      : {}),
    vpc_config: nested({
      subnet_ids: network.privateSubnets,
      endpoint_private_access: true,
      endpoint_public_access: m.take(/\bprivate (?:endpoint|api)(?: only)?\b/i) === undefined,
    }),
    access_config: nested({ authentication_mode: 'API' }),
    depends_on: [raw('aws_iam_role_policy_attachment.cluster')],
  });
  addons(m);
  const range = m.range('nodes?|workers?|instances?');
  const count = range?.[0] ?? m.count('(?:node|worker)', 2);
  m.take(/\b(?:managed )?node ?groups?\b/i);
  m.resource('aws_eks_node_group', 'main', {
    cluster_name: raw('aws_eks_cluster.main.name'),
    node_group_name: m.name('nodes'),
    ...(m.take(/\bspot\b/i) === undefined ? {} : { capacity_type: 'SPOT' }),
    node_role_arn: raw(`${nodes}.arn`),
    subnet_ids: network.privateSubnets,
    instance_types: [instanceType(m).replace('t3.micro', 't3.medium')],
    scaling_config: nested({
      desired_size: count,
      min_size: range?.[0] ?? Math.min(1, count),
      max_size: range?.[1] ?? count + 2,
    }),
    depends_on: [
      raw('aws_iam_role_policy_attachment.node'),
      raw('aws_iam_role_policy_attachment.node_2'),
      raw('aws_iam_role_policy_attachment.node_3'),
    ],
  });
}

function ecr(m: TofuModule): void {
  const keep = Number(
    m.take(
      /\b(?:keep|last|newest|only)\s+(?:only\s+)?(?:the\s+)?(?:last\s+|newest\s+|latest\s+)?(\d+)(?:\s+images?)?/i,
    )?.[1] ?? 20,
  );
  const names = m.several('repositor(?:y|ie)', 'aws_ecr_repository.main');
  const mutable = m.take(/\bmutable tags?\b|\btags? (?:are |can be )?mutable\b/i) !== undefined;
  m.take(/\bimmutable tags?\b|\btags? immutable\b|\b(?:image )?scan(?:ning)? on push\b/i);
  // With a place before it: "acme/api"; a repository of the code may be called so too.
  const placed = m.take(/(?<!\bgit ?(?:hub|lab) )\b(?:repository|ecr|registry)\s+(?:called |named )?["'`]?([a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*\/[a-z0-9._-]*[a-z0-9])/i)?.[1]; // prettier-ignore
  const said = placed ?? m.called('(?:repositor(?:y|ie)|ecr|registry)');
  m.resource('aws_ecr_repository', 'main', {
    name: names.length > 0 ? raw('each.key') : m.name('app', said),
    image_tag_mutability: mutable ? 'MUTABLE' : 'IMMUTABLE',
    image_scanning_configuration: nested({ scan_on_push: true }),
    encryption_configuration: nested({ encryption_type: m.present.has('kms') ? 'KMS' : 'AES256' }),
  });
  const untagged = m.seconds('untagged(?: images)?');
  const accounts = m.text.takeAll(/\b(\d{12})\b(?!\.dkr)/g).map((a) => a[1] ?? '');
  const shared = m.take(/\b(?:repository|resource|registry) policy\b|\bpolicy\b[^.;]{0,60}\b(?:push|pull)\w*|\b(?:let|allow)s?\b[^.;]{0,60}\b(?:push|pull)\w*/i); // prettier-ignore
  const push = shared !== undefined && m.has(/\b(?:let|allow|polic|may|can|right)\w*\b[^.;]{0,80}\bpush\b/i);
  if (shared !== undefined && accounts.length === 0) m.data('aws_caller_identity', 'current', {});
  const owners = accounts.length > 0 ? accounts.map((a) => `arn:aws:iam::${a}:root`) : shared === undefined ? [] : [raw('"arn:aws:iam::${data.aws_caller_identity.current.account_id}:root"')]; // prettier-ignore
  if (owners.length > 0)
    m.resource('aws_ecr_repository_policy', 'main', {
      repository: raw('aws_ecr_repository.main.name'),
      policy: policy(nested({ actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability', ...(push ? ['ecr:PutImage', 'ecr:InitiateLayerUpload', 'ecr:UploadLayerPart', 'ecr:CompleteLayerUpload'] : [])], principals: nested({ type: 'AWS', identifiers: owners }) })), // prettier-ignore
    });
  m.resource('aws_ecr_lifecycle_policy', 'main', {
    repository: raw('aws_ecr_repository.main.name'),
    policy: raw(
      untagged !== undefined && !m.has(/\b(?:keep|last|newest)\b[^.;,]{0,20}\d/i)
        ? `jsonencode({\n  rules = [{\n    rulePriority = 1\n    description  = "Remove untagged images"\n    selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = ${Math.max(1, Math.round(untagged / 86_400))} }\n    action       = { type = "expire" }\n  }]\n})`
        : `jsonencode({\n  rules = [{\n    rulePriority = 1\n    description  = "Keep the newest images"\n    selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = ${keep} }\n    action       = { type = "expire" }\n  }]\n})`,
    ),
  });
  m.output('repository_url', 'aws_ecr_repository.main.repository_url', 'Where images are pushed to.');
}

/** "two to four instances": settings of the environment's group. */
function sizes(m: TofuModule): Block[] {
  const range = m.range('instances?|machines?');
  if (range === undefined) return [];
  const size = (name: string, value: number): Block =>
    nested({ namespace: 'aws:autoscaling:asg', name, value: String(value) });
  return [size('MinSize', range[0]), size('MaxSize', range[1])];
}

function beanstalk(m: TofuModule): void {
  const name = m.name('app', m.called('application'));
  m.resource('aws_elastic_beanstalk_application', 'main', { name, description: 'Made from a description.' });
  const profile = instanceProfile(m);
  const stack = m.has(/\bpython\b/i)
    ? 'Python 3\\\\.12'
    : m.has(/\bnode/i)
      ? 'Node\\\\.js 22'
      : m.has(/\bjava|tomcat\b/i)
        ? 'Corretto 21'
        : m.has(/\bphp\b/i)
          ? 'PHP 8\\\\.3'
          : 'Docker';
  m.data('aws_elastic_beanstalk_solution_stack', 'main', {
    most_recent: true,
    name_regex: raw(`"^64bit Amazon Linux 2023 .* running ${stack}.*$"`),
  });
  m.resource('aws_elastic_beanstalk_environment', 'main', {
    name: m.name('env', m.called('environment')),
    application: raw('aws_elastic_beanstalk_application.main.name'),
    solution_stack_name: raw('data.aws_elastic_beanstalk_solution_stack.main.name'),
    setting: [
      nested({
        namespace: 'aws:autoscaling:launchconfiguration',
        name: 'IamInstanceProfile',
        value: raw(`${profile}.name`),
      }),
      nested({ namespace: 'aws:autoscaling:launchconfiguration', name: 'InstanceType', value: instanceType(m) }),
      ...sizes(m),
      nested({
        namespace: 'aws:elasticbeanstalk:environment',
        name: 'EnvironmentType',
        value: m.has(/\bload balanc/i) ? 'LoadBalanced' : 'SingleInstance',
      }),
    ],
  });
}

export const CONTAINERS: readonly Component[] = [
  { id: 'ecs', names: /\becs\b|\bfargate\b/i, make: ecs },
  { id: 'eks', names: /\beks\b/i, make: eks },
  { id: 'ecr', names: /\becr\b|\b(?:container|docker|image) (?:registry|repository)\b/i, make: ecr },
  { id: 'beanstalk', names: /\bbeanstalk\b/i, make: beanstalk },
];
