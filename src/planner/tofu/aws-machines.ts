/** Machines on AWS: instances, launch templates, auto scaling groups. */
import { openPorts } from './aws-network.ts';
import type { Component } from './components.ts';
import { readSchedule } from '../grammar/schedule.ts';
import { nested, raw, type Body, type Value } from './hcl.ts';
import type { TofuModule } from './module.ts';

function image(m: TofuModule): string {
  const said = m.take(/\b(ami-[0-9a-f]{6,17})\b/i)?.[1];
  if (said !== undefined) return `"${said}"`;
  const ubuntu = m.has(/\bubuntu\b/i);
  const windows = m.has(/\bwindows\b/i);
  if (windows)
    m.data('aws_ami', 'main', {
      most_recent: true,
      owners: ['amazon'],
      filter: nested({ name: 'name', values: ['Windows_Server-2022-English-Full-Base-*'] }),
    });
  else if (ubuntu)
    m.data('aws_ami', 'main', {
      most_recent: true,
      owners: ['099720109477'],
      filter: nested({ name: 'name', values: ['ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*'] }),
    });
  else
    m.data('aws_ami', 'main', {
      most_recent: true,
      owners: ['amazon'],
      filter: nested({ name: 'name', values: ['al2023-ami-2023.*-x86_64'] }),
    });
  return 'data.aws_ami.main.id';
}

const USER_DATA = `#!/bin/bash
set -euo pipefail
if command -v dnf >/dev/null; then dnf install -y SERVER; else apt-get update && apt-get install -y SERVER; fi
systemctl enable --now SERVICE
`;

function userData(m: TofuModule): string | undefined {
  if (m.has(/\bnginx\b/i)) return USER_DATA.replaceAll('SERVER', 'nginx').replaceAll('SERVICE', 'nginx');
  if (m.has(/\bdocker\b/i)) return USER_DATA.replaceAll('SERVER', 'docker').replaceAll('SERVICE', 'docker');
  if (m.has(/\bweb ?server|\bapache|\bhttpd|\bhttp\b/i))
    return USER_DATA.replaceAll('SERVER', 'httpd').replaceAll('SERVICE', 'httpd');
  return undefined;
}

export const instanceType = (m: TofuModule): string =>
  m
    .take(/\b(?:[a-z]\d[a-z]{0,3}|[a-z]{1,3}\d[a-z]{0,2})\.(?:nano|micro|small|medium|large|\d*x?large|metal)\b/i)?.[0]
    .toLowerCase() ?? 't3.micro';

export function instanceProfile(m: TofuModule): string {
  const role = m.role(
    'instance',
    ['ec2.amazonaws.com'],
    m.present.has('s3')
      ? [
          {
            actions: ['s3:GetObject', 's3:ListBucket'],
            resources: [raw('aws_s3_bucket.main.arn'), raw('"${aws_s3_bucket.main.arn}/*"')],
          },
        ]
      : [],
    ['arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore'],
  );
  if (m.present.has('s3')) m.need('s3');
  return m.resource('aws_iam_instance_profile', 'main', { name: m.name('instance'), role: raw(`${role}.name`) });
}

/** The key that logs in: a pair made from a public key, or one that exists. */
function keyName(m: TofuModule): Value | undefined {
  const named = m.called('key(?: pair)?');
  const variable = m.variableFor('\\b(?:key pair|public key|ssh key)\\b');
  const made =
    variable !== undefined || m.has(/\b(?:new|create\w*|make|own|from) [^.;,]{0,20}key ?pair\b|\bpublic key\b/i);
  if (made) {
    m.take(/\b(?:ssh )?key ?pair\b|\bpublic key\b/i);
    m.resource('aws_key_pair', 'main', {
      key_name: m.name('key', named),
      public_key: m.variable(
        variable ?? 'public_key',
        'string',
        'Public key that may log in, as in ~/.ssh/id_ed25519.pub.',
      ),
    });
    return raw('aws_key_pair.main.key_name');
  }
  if (named !== undefined) return named;
  return m.take(/\bkey ?pair\b/i) === undefined
    ? undefined
    : m.variable('key_name', 'string', 'Name of a key pair that exists.');
}

function ec2(m: TofuModule): void {
  if (m.present.has('asg')) return;
  const ports = openPorts(m);
  const network = m.network();
  const group = m.securityGroup('instance', 'The machine', ports);
  const variable = m.countVariable(/^(?:instance|machine|server|vm|node)s?_?count$|^count$/);
  const count = variable === undefined ? m.count('(?:instance|machine|vm|server|ec2)', 1) : 2;
  const script = userData(m);
  const profile = instanceProfile(m);
  const key = keyName(m);
  m.resource('aws_instance', 'main', {
    ...(count > 1 ? { count: variable ?? count } : {}),
    ami: raw(image(m)),
    instance_type: instanceType(m),
    subnet_id: raw(
      count > 1 ? `element(${network.publicSubnets.text}, count.index)` : `${network.publicSubnets.text}[0]`,
    ),
    vpc_security_group_ids: [raw(`${group}.id`)],
    iam_instance_profile: raw(`${profile}.name`),
    ...(key === undefined ? {} : { key_name: key }),
    ...(script === undefined ? {} : { user_data: raw(`<<-EOT\n${script}EOT`) }),
    ...(m.has(/\bdetailed monitoring\b/i) ? { monitoring: true } : {}),
    metadata_options: nested({ http_tokens: 'required', http_endpoint: 'enabled' }),
    root_block_device: nested({
      volume_type: m.has(/\bgp2\b/i) ? 'gp2' : 'gp3',
      volume_size: m.gigabytes('(?:root|disk|volume|encrypted|gp[23]|storage|ebs)') ?? 20,
      encrypted: true,
    }),
    tags: { Name: count > 1 ? '${var.name}-${count.index}' : m.name('instance', m.called('instance')) },
  });
  const at = count > 1 ? '[0]' : '';
  if (m.take(/\belastic ip\b|\beip\b|\bstatic (?:public )?ip\b/i))
    m.resource('aws_eip', 'instance', { domain: 'vpc', instance: raw(`aws_instance.main${at}.id`) });
  if (m.has(/\bebs\b|\b(?:data|extra|additional|second|attached) (?:volume|disk)\b/i)) {
    const size = m.gigabytes('(?:ebs|volume|disk)') ?? 20;
    m.resource('aws_ebs_volume', 'data', {
      availability_zone: raw(`aws_instance.main${at}.availability_zone`),
      size,
      type: m.take(/\b(gp2|gp3|io1|io2|st1|sc1)\b/i)?.[1]?.toLowerCase() ?? 'gp3',
      encrypted: true,
      tags: { Name: m.name('data') },
    });
    m.resource('aws_volume_attachment', 'data', {
      device_name: '/dev/sdf',
      volume_id: raw('aws_ebs_volume.data.id'),
      instance_id: raw(`aws_instance.main${at}.id`),
    });
  }
  if (m.take(/\bpublic (?:ip|address|dns)\b/i))
    m.output(
      'public_ip',
      m.hasResource('aws_eip.instance')
        ? 'aws_eip.instance.public_ip'
        : `aws_instance.main${count > 1 ? '[*]' : ''}.public_ip`,
      'Address of the machine.',
    );
  if (m.take(/\bprivate (?:ip|address)(?:s|es)?\b/i))
    m.output('private_ip', `aws_instance.main${count > 1 ? '[*]' : ''}.private_ip`, 'Address inside the network.');
  m.take(/\bimds ?v2\b[^.;,]{0,12}|\boutput\b/i);
  m.output('instance_id', count > 1 ? 'aws_instance.main[*].id' : 'aws_instance.main.id', 'The machine.');
}

const TYPES = /\b(?:[a-z]\d[a-z]{0,3}|[a-z]{1,3}\d[a-z]{0,2})\.(?:nano|micro|small|medium|large|\d*x?large|metal)\b/gi;

/** Several types of machine, by preference cheap ones. */
const mixedPolicy = (types: readonly string[], spot: boolean): Body => ({
  instances_distribution: nested({
    on_demand_base_capacity: 0,
    on_demand_percentage_above_base_capacity: spot ? 0 : 100,
    spot_allocation_strategy: 'price-capacity-optimized',
  }),
  launch_template: nested({
    launch_template_specification: nested({
      launch_template_id: raw('aws_launch_template.main.id'),
      version: '$Latest',
    }),
    override: types.map((type) => nested({ instance_type: type })),
  }),
});

/** "scheduled scale down to 0 at 20:00 on weekdays": when, and to how many. */
function scheduled(m: TofuModule, max: number): void {
  const to = m.take(/\bscal\w*(?: down| in| up| out)? to (\d+|zero)\b/i)?.[1];
  const size = to === undefined || /zero/i.test(to) ? 0 : Number(to);
  const when = readSchedule(m.text) ?? '0 20 * * 1-5';
  m.take(/\bschedul\w*\b/i);
  m.resource('aws_autoscaling_schedule', 'main', {
    scheduled_action_name: m.name('schedule'),
    autoscaling_group_name: raw('aws_autoscaling_group.main.name'),
    min_size: Math.min(size, max),
    max_size: Math.max(size, max),
    desired_capacity: size,
    recurrence: when,
  });
}

function asg(m: TofuModule): void {
  const network = m.network();
  const balanced = m.present.has('alb');
  if (balanced) m.need('alb');
  const group = m.securityGroup(
    'instance',
    'The machines',
    balanced ? [{ port: 80, from: 'aws_security_group.balancer.id', group: true }] : openPorts(m),
  );
  const script = userData(m);
  const profile = instanceProfile(m);
  const spot = m.has(/\bspot\b/i);
  const mixed = [...new Set([...m.text.text.matchAll(TYPES)].map((t) => t[0].toLowerCase()))];
  if (mixed.length > 1) for (const type of mixed) m.take(new RegExp(`\\b${type.replace('.', '\\.')}\\b`, 'i'));
  m.resource('aws_launch_template', 'main', {
    name_prefix: '${var.name}-',
    image_id: raw(image(m)),
    instance_type: instanceType(m),
    vpc_security_group_ids: [raw(`${group}.id`)],
    ...(script === undefined ? {} : { user_data: raw(`base64encode(<<-EOT\n${script}EOT\n)`) }),
    iam_instance_profile: nested({ arn: raw(`${profile}.arn`) }),
    metadata_options: nested({ http_tokens: 'required' }),
    block_device_mappings: nested({ device_name: '/dev/xvda', ebs: nested({ volume_size: m.gigabytes('(?:root|disk|volume|encrypted|gp[23]|storage|ebs)') ?? 20, volume_type: m.has(/\bgp2\b/i) ? 'gp2' : 'gp3', encrypted: true }) }), // prettier-ignore
    ...(spot && mixed.length < 2 ? { instance_market_options: nested({ market_type: 'spot' }) } : {}),
  });
  const range = m.range('instances?|machines?|servers?|t\\d\\w*\\.\\w+|m\\d\\w*\\.\\w+|c\\d\\w*\\.\\w+');
  const min = range?.[0] ?? 2;
  const max = range?.[1] ?? Math.max(4, min);
  const desired = Number(m.take(/\bdesired(?: capacity)?(?: of)?\s*(\d+)/i)?.[1] ?? min);
  m.resource('aws_autoscaling_group', 'main', {
    name: m.name('group', m.called('group')),
    min_size: min,
    max_size: max,
    desired_capacity: desired,
    vpc_zone_identifier:
      m.subnetsVariable() ??
      (balanced || m.has(/\bprivate subnets?\b/i) ? network.privateSubnets : network.publicSubnets),
    health_check_type: balanced ? 'ELB' : 'EC2',
    health_check_grace_period: 120,
    ...(balanced ? { target_group_arns: [raw('aws_lb_target_group.main.arn')] } : {}),
    ...(mixed.length > 1 || (spot && mixed.length > 0 && m.has(/\bmixed\b/i))
      ? { mixed_instances_policy: nested(mixedPolicy(mixed, spot)) }
      : { launch_template: nested({ id: raw('aws_launch_template.main.id'), version: '$Latest' }) }),
    instance_refresh: nested({ strategy: 'Rolling' }),
    tag: nested({ key: 'Name', value: m.name('group'), propagate_at_launch: true }),
  });
  const percent = Number(m.take(/\b(\d{1,3})\s?(?:%|percent)/i)?.[1] ?? 60);
  m.resource('aws_autoscaling_policy', 'cpu', {
    name: m.name('cpu'),
    autoscaling_group_name: raw('aws_autoscaling_group.main.name'),
    policy_type: 'TargetTrackingScaling',
    target_tracking_configuration: nested({
      target_value: percent,
      predefined_metric_specification: nested({ predefined_metric_type: 'ASGAverageCPUUtilization' }),
    }),
  });
  if (m.has(/\bschedul/i)) scheduled(m, max);
}

export const MACHINES: readonly Component[] = [
  {
    id: 'asg',
    names: /\basg\b|\bauto ?-?scaling groups?\b|\bauto-?scal(?:ed|ing) (?:ec2|fleet|web|instances|machines)/i,
    make: asg,
  },
  {
    id: 'ec2',
    names:
      /\bec2\b|\b(?:virtual machines?|vms?|bastion|jump (?:host|box)|(?:web|linux|ubuntu|windows) servers?|(?<![.\w])t[234][a-z]*\.\w+)\b/i,
    make: ec2,
  },
];
