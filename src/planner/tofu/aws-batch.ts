/** Batch work on AWS: where it runs, where it waits, and what it is. */
import type { Component } from './components.ts';
import { expression, nested, raw, type Value } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { numberOf, NUMBER } from './words.ts';

function batch(m: TofuModule): void {
  const network = m.network();
  const group = m.securityGroup('batch', 'Batch', []);
  const fargate = !m.has(/\bec2\b/i);
  const spot = m.take(/\bspot\b/i) !== undefined;
  const most = m.take(/\b(?:up to|at most|max(?:imum)?(?: of)?|limit(?:ed)? to)\s*(\d+)\s*v?cpus?\b|\bmax(?:imum)?[ _]v?cpus?\s*(?:of|=|:|is)?\s*(\d+)/i); // prettier-ignore
  const service = m.role('batch', ['batch.amazonaws.com'], [], ['arn:aws:iam::aws:policy/service-role/AWSBatchServiceRole']); // prettier-ignore
  const execution = m.role('task_execution', ['ecs-tasks.amazonaws.com'], [], ['arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy']); // prettier-ignore
  if (!fargate) {
    m.role('batch_instance', ['ec2.amazonaws.com'], [], ['arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role']); // prettier-ignore
    m.resource('aws_iam_instance_profile', 'batch', { name: m.name('batch'), role: raw('aws_iam_role.batch_instance.name') }); // prettier-ignore
  }
  m.resource('aws_batch_compute_environment', 'main', {
    type: 'MANAGED',
    service_role: raw(`${service}.arn`),
    compute_resources: nested({
      type: fargate ? (spot ? 'FARGATE_SPOT' : 'FARGATE') : spot ? 'SPOT' : 'EC2',
      max_vcpus: Number(most?.[1] ?? most?.[2] ?? 16),
      ...(fargate
        ? {}
        : {
            min_vcpus: 0,
            instance_type: [m.take(/\b[a-z]\d[a-z]*\.\w*(?:large|medium|small)\b/i)?.[0].toLowerCase() ?? 'optimal'],
            instance_role: raw('aws_iam_instance_profile.batch.arn'),
            allocation_strategy: spot ? 'SPOT_PRICE_CAPACITY_OPTIMIZED' : 'BEST_FIT_PROGRESSIVE',
          }),
      subnets: network.privateSubnets,
      security_group_ids: [raw(`${group}.id`)],
    }),
    depends_on: [raw('aws_iam_role_policy_attachment.batch')],
  });
  m.resource('aws_batch_job_queue', 'main', {
    name: m.name('queue', m.called('(?:job )?queue')),
    state: 'ENABLED',
    priority: Number(m.take(/\bpriority\s*(?:of|=|:|is)?\s*(\d+)/i)?.[1] ?? 1),
    compute_environment_order: nested({ order: 1, compute_environment: raw('aws_batch_compute_environment.main.arn') }),
  });
  definition(m, execution, fargate);
}

function definition(m: TofuModule, execution: string, fargate: boolean): void {
  const image =
    m.take(/\bimage\s*:?\s*["'`]?([\w./-]+(?::[\w.-]+)?)/i)?.[1] ?? m.take(/\b((?:[\w.-]+\/)+[\w.-]+:[\w.-]+)/)?.[1];
  const cpus = m.take(
    /(?<!(?:up to|at most|max(?:imum)?(?: of)?|limit(?:ed)? to)\s)\b(\d+(?:\.\d+)?)\s*v?cpus?\b/i,
  )?.[1];
  const memory = m.take(/\b(\d+)\s?(GB|GiB|MB|MiB)\b/i);
  const megabytes = memory === undefined ? 512 : Number(memory[1]) * (/^G/i.test(memory[2] ?? '') ? 1024 : 1);
  const command = m.take(/\bcommand\s*:?\s*["'`]([^"'`]+)["'`]/i)?.[1];
  const tries = m.take(new RegExp(`\\b(${NUMBER}) (?:attempts|tries)\\b|\\bretr\\w+ (?:up to )?(${NUMBER})`, 'i'));
  const limit = m.seconds('time ?out');
  const properties: Value = {
    image: image ?? 'public.ecr.aws/docker/library/busybox:1.37',
    command: command?.split(/\s+/) ?? (image === undefined ? ['echo', 'hello'] : undefined) ?? [],
    executionRoleArn: raw(`${execution}.arn`),
    resourceRequirements: [
      { type: 'VCPU', value: cpus ?? '0.25' },
      { type: 'MEMORY', value: String(megabytes) },
    ],
  };
  m.resource('aws_batch_job_definition', 'main', {
    name: m.name('work', m.called('(?:job )?definition')),
    type: 'container',
    platform_capabilities: [fargate ? 'FARGATE' : 'EC2'],
    container_properties: raw(`jsonencode(${expression(properties, 0)})`),
    ...(tries === undefined ? {} : { retry_strategy: nested({ attempts: numberOf(tries[1] ?? tries[2] ?? '1') }) }),
    ...(limit === undefined ? {} : { timeout: nested({ attempt_duration_seconds: Math.max(60, limit) }) }),
  });
}

export const BATCH: readonly Component[] = [
  { id: 'batch', names: /\baws batch\b|\bbatch (?:compute|jobs?|environment|queue|job)\b|\bjob definitions?\b/i, make: batch }, // prettier-ignore
];
