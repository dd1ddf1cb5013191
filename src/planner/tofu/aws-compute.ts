/** Networks, machines, load balancers and containers on AWS. */
import type { Component } from './components.ts';
import { nested, raw, type Body, type Value } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { numberOf } from './words.ts';

function vpc(m: TofuModule): void {
  const cidrs = [...m.text.text.matchAll(/\b(\d{1,3}(?:\.\d{1,3}){3}\/(\d{1,2}))\b/g)].map((x) => ({
    cidr: x[1] ?? '',
    bits: Number(x[2]),
  }));
  for (const c of cidrs) m.take(new RegExp(c.cidr.replace(/[.]/g, '\\.')));
  const main =
    [...cidrs].filter((c) => c.bits > 0 && c.bits < 24).sort((a, b) => a.bits - b.bits)[0]?.cidr ?? '10.0.0.0/16';
  const rest = cidrs.filter((c) => c.cidr !== main && c.bits >= 20 && c.bits < 32).map((c) => c.cidr);
  const zones = Number(
    m
      .take(/\b(?:across|in|over|spanning)?\s*(two|three|four|2|3|4)\s+(?:availability )?(?:zones|azs)\b/i)?.[1]
      ?.replace(/two/i, '2')
      .replace(/three/i, '3')
      .replace(/four/i, '4') ?? 0,
  );
  const counted = (kind: string): number | undefined => {
    const n = m.take(new RegExp(`\\b(\\d|one|two|three|four|a|single)\\s+${kind}\\s+subnets?\\b`, 'i'))?.[1];
    return n === undefined ? undefined : numberOf(n);
  };
  const publics = counted('public') ?? (zones || 2);
  const wantsPrivate =
    m.has(/\bprivate\b/i) ||
    m.has(/\bnat\b/i) ||
    m.present.has('rds') ||
    m.present.has('ecs') ||
    m.present.has('eks') ||
    !m.has(/\bpublic\b|\bsubnets?\b/i);
  const privates = counted('private') ?? (wantsPrivate ? zones || 2 : 0);
  m.take(/\b(?:public|private)(?: and (?:public|private))? subnets?\b/i);
  m.data('aws_availability_zones', 'available', { state: 'available' });
  m.resource('aws_vpc', 'main', {
    cidr_block: main,
    enable_dns_support: true,
    enable_dns_hostnames: true,
    tags: { Name: m.name('vpc', m.called('vpc')) },
  });
  m.resource('aws_internet_gateway', 'main', { vpc_id: raw('aws_vpc.main.id'), tags: { Name: m.name('internet') } });
  const zone = raw(
    'data.aws_availability_zones.available.names[count.index % length(data.aws_availability_zones.available.names)]',
  );
  const block = (offset: number, own: readonly string[]): Value =>
    own.length > 0
      ? raw(`element(${JSON.stringify(own)}, count.index)`)
      : raw(`cidrsubnet(aws_vpc.main.cidr_block, 8, count.index${offset === 0 ? '' : ` + ${offset}`})`);
  m.resource('aws_subnet', 'public', {
    count: publics,
    vpc_id: raw('aws_vpc.main.id'),
    cidr_block: block(0, rest.slice(0, rest.length > publics ? publics : privates > 0 ? publics : rest.length)),
    availability_zone: zone,
    map_public_ip_on_launch: true,
    tags: { Name: '${var.name}-public-${count.index}' },
  });
  m.resource('aws_route_table', 'public', {
    vpc_id: raw('aws_vpc.main.id'),
    route: nested({ cidr_block: '0.0.0.0/0', gateway_id: raw('aws_internet_gateway.main.id') }),
    tags: { Name: m.name('public') },
  });
  m.resource('aws_route_table_association', 'public', {
    count: publics,
    subnet_id: raw('aws_subnet.public[count.index].id'),
    route_table_id: raw('aws_route_table.public.id'),
  });
  if (privates > 0) {
    m.resource('aws_subnet', 'private', {
      count: privates,
      vpc_id: raw('aws_vpc.main.id'),
      cidr_block: block(100, rest.slice(publics)),
      availability_zone: zone,
      tags: { Name: '${var.name}-private-${count.index}' },
    });
    const nat =
      !m.has(/\b(?:no|without) nat\b/i) &&
      (m.has(/\bnat\b/i) || m.present.has('ecs') || m.present.has('eks') || !m.has(/\bisolated\b/i));
    if (nat) {
      m.take(/\bnat(?: gateways?)?\b/i);
      m.resource('aws_eip', 'nat', { domain: 'vpc', tags: { Name: m.name('nat') } });
      m.resource('aws_nat_gateway', 'main', {
        allocation_id: raw('aws_eip.nat.id'),
        subnet_id: raw('aws_subnet.public[0].id'),
        tags: { Name: m.name('nat') },
        depends_on: [raw('aws_internet_gateway.main')],
      });
    }
    m.resource('aws_route_table', 'private', {
      vpc_id: raw('aws_vpc.main.id'),
      ...(nat ? { route: nested({ cidr_block: '0.0.0.0/0', nat_gateway_id: raw('aws_nat_gateway.main.id') }) } : {}),
      tags: { Name: m.name('private') },
    });
    m.resource('aws_route_table_association', 'private', {
      count: privates,
      subnet_id: raw('aws_subnet.private[count.index].id'),
      route_table_id: raw('aws_route_table.private.id'),
    });
  }
  if (m.has(/\bflow logs?\b/i)) {
    m.take(/\bflow logs?\b/i);
    m.resource('aws_cloudwatch_log_group', 'flow', { name: m.name('flow'), retention_in_days: 30 });
    const role = m.role(
      'flow',
      ['vpc-flow-logs.amazonaws.com'],
      [
        {
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogGroups', 'logs:DescribeLogStreams'],
          resources: [raw('"${aws_cloudwatch_log_group.flow.arn}:*"')],
        },
      ],
    );
    m.resource('aws_flow_log', 'main', {
      vpc_id: raw('aws_vpc.main.id'),
      traffic_type: 'ALL',
      log_destination: raw('aws_cloudwatch_log_group.flow.arn'),
      iam_role_arn: raw(`${role}.arn`),
    });
  }
  for (const [pattern, service] of [
    [/\bs3 (?:gateway )?endpoint|endpoint for s3/i, 's3'],
    [/\bdynamo ?db (?:gateway )?endpoint|endpoint for dynamo/i, 'dynamodb'],
  ] as const)
    if (m.has(pattern))
      m.resource('aws_vpc_endpoint', service, {
        vpc_id: raw('aws_vpc.main.id'),
        service_name: `com.amazonaws.\${var.region}.${service}`,
        vpc_endpoint_type: 'Gateway',
        route_table_ids: [raw(`aws_route_table.${privates > 0 ? 'private' : 'public'}.id`)],
      });
  if (m.has(/\bnetwork acl|\bnacl\b/i))
    m.resource('aws_network_acl', 'main', {
      vpc_id: raw('aws_vpc.main.id'),
      subnet_ids: raw('aws_subnet.public[*].id'),
      ingress: [100, 110].map((n, i) =>
        nested({
          rule_no: n,
          protocol: 'tcp',
          action: 'allow',
          cidr_block: '0.0.0.0/0',
          from_port: i === 0 ? 80 : 443,
          to_port: i === 0 ? 80 : 443,
        }),
      ),
      egress: nested({
        rule_no: 100,
        protocol: '-1',
        action: 'allow',
        cidr_block: '0.0.0.0/0',
        from_port: 0,
        to_port: 0,
      }),
    });
  m.output('vpc_id', 'aws_vpc.main.id', 'The network.');
}

/** Ports that the world or a named range may reach on a machine. */
function openPorts(m: TofuModule): { port: number; from: string }[] {
  const named: readonly (readonly [RegExp, number])[] = [
    [/\bhttps\b|\b443\b/i, 443],
    [/\bhttp\b(?!s)|\bweb ?server\b|\b80\b|\bnginx\b|\bapache\b/i, 80],
    [/\bssh\b|\bbastion\b|\bjump (?:host|box)\b|\b22\b/i, 22],
    [/\brdp\b/i, 3389],
  ];
  const ports = new Set(named.filter(([p]) => m.has(p)).map(([, port]) => port));
  for (const x of m.text.text.matchAll(/\bports?\s+(\d{2,5})\b/gi)) ports.add(Number(x[1]));
  const range = /\bfrom\s+(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})/i.exec(m.text.text)?.[1];
  return [...ports].map((port) => {
    if (port !== 22 && port !== 3389) return { port, from: '0.0.0.0/0' };
    if (range !== undefined) return { port, from: range };
    m.variable('admin_cidr', 'string', 'Addresses that may log in; never the whole internet.', {
      default: '10.0.0.0/8',
    });
    m.assume('Only var.admin_cidr may log in; the internet cannot.');
    return { port, from: 'var.admin_cidr' };
  });
}

function image(m: TofuModule): string {
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

function ec2(m: TofuModule): void {
  if (m.present.has('asg')) return;
  const ports = openPorts(m);
  const network = m.network();
  const group = m.securityGroup('instance', 'The machine', ports);
  const count = m.count('(?:instance|machine|vm|server|ec2)', 1);
  const script = userData(m);
  const profile = instanceProfile(m);
  const key = m.called('key(?: pair)?');
  m.resource('aws_instance', 'main', {
    ...(count > 1 ? { count } : {}),
    ami: raw(image(m)),
    instance_type: instanceType(m),
    subnet_id: raw(
      count > 1 ? `element(${network.publicSubnets.text}, count.index)` : `${network.publicSubnets.text}[0]`,
    ),
    vpc_security_group_ids: [raw(`${group}.id`)],
    iam_instance_profile: raw(`${profile}.name`),
    ...(key === undefined && !m.has(/\bkey pair\b/i)
      ? {}
      : { key_name: key ?? m.variable('key_name', 'string', 'Name of a key pair that exists.') }),
    ...(script === undefined ? {} : { user_data: raw(`<<-EOT\n${script}EOT`) }),
    ...(m.has(/\bdetailed monitoring\b/i) ? { monitoring: true } : {}),
    metadata_options: nested({ http_tokens: 'required', http_endpoint: 'enabled' }),
    root_block_device: nested({ volume_type: 'gp3', volume_size: m.gigabytes('(?:root|disk)') ?? 20, encrypted: true }),
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
  m.output('instance_id', count > 1 ? 'aws_instance.main[*].id' : 'aws_instance.main.id', 'The machine.');
}

function alb(m: TofuModule): void {
  const nlb = m.has(/\bnlb\b|\bnetwork load balancer\b/i);
  const classic = m.has(/\bclassic (?:load balancer|elb)\b/i);
  const network = m.network();
  const https = m.has(/\bhttps\b|\btls\b|\bcertificate\b|\bacm\b/i);
  const target = Number(
    m.take(/\b(?:target|container|instance|backend) port\s+(\d+)/i)?.[1] ?? m.take(/\bport\s+(\d{2,5})\b/i)?.[1] ?? 80,
  );
  const group = m.securityGroup('balancer', 'The load balancer', [
    { port: 80, from: '0.0.0.0/0' },
    ...(https ? [{ port: 443, from: '0.0.0.0/0' }] : []),
  ]);
  if (classic)
    return void m.resource('aws_elb', 'main', {
      name: m.name('balancer'),
      subnets: network.publicSubnets,
      security_groups: [raw(`${group}.id`)],
      listener: nested({ instance_port: target, instance_protocol: 'http', lb_port: 80, lb_protocol: 'http' }),
      health_check: nested({
        healthy_threshold: 2,
        unhealthy_threshold: 3,
        timeout: 5,
        target: `HTTP:${target}/`,
        interval: 30,
      }),
      ...(m.hasResource('aws_instance') ? { instances: [raw('aws_instance.main.id')] } : {}),
    });
  const internal = m.has(/\binternal (?:load balancer|alb|nlb)\b/i);
  m.resource('aws_lb', 'main', {
    name: m.name('balancer', m.called('(?:load balancer|alb|nlb)')),
    internal,
    load_balancer_type: nlb ? 'network' : 'application',
    subnets: internal ? network.privateSubnets : network.publicSubnets,
    security_groups: [raw(`${group}.id`)],
    drop_invalid_header_fields: nlb ? undefined : true,
  });
  const fargate = m.present.has('ecs');
  m.resource('aws_lb_target_group', 'main', {
    name: m.name('targets'),
    port: target,
    protocol: nlb ? 'TCP' : 'HTTP',
    vpc_id: network.vpc,
    target_type: fargate ? 'ip' : m.present.has('lambda') && !m.present.has('ec2') ? 'lambda' : 'instance',
    health_check: nested({
      ...(nlb ? {} : { path: m.take(/\bhealth ?checks?\b[^.;/]{0,20}(\/[\w./-]*)/i)?.[1] ?? '/', matcher: '200-399' }),
      healthy_threshold: 2,
      unhealthy_threshold: 3,
      interval: 30,
    }),
  });
  const forward: Body = { type: 'forward', target_group_arn: raw('aws_lb_target_group.main.arn') };
  if (https && !nlb) {
    const certificate = m.present.has('acm')
      ? (m.need('acm'), raw('aws_acm_certificate.main.arn'))
      : m.variable('certificate_arn', 'string', 'Certificate for HTTPS.');
    m.resource('aws_lb_listener', 'https', {
      load_balancer_arn: raw('aws_lb.main.arn'),
      port: 443,
      protocol: 'HTTPS',
      ssl_policy: 'ELBSecurityPolicy-TLS13-1-2-2021-06',
      certificate_arn: certificate,
      default_action: nested(forward),
    });
    m.resource('aws_lb_listener', 'http', {
      load_balancer_arn: raw('aws_lb.main.arn'),
      port: 80,
      protocol: 'HTTP',
      default_action: nested({
        type: 'redirect',
        redirect: nested({ port: '443', protocol: 'HTTPS', status_code: 'HTTP_301' }),
      }),
    });
  } else
    m.resource('aws_lb_listener', 'http', {
      load_balancer_arn: raw('aws_lb.main.arn'),
      port: nlb ? target : 80,
      protocol: nlb ? 'TCP' : 'HTTP',
      default_action: nested(forward),
    });
  if (m.present.has('ec2') && !m.present.has('asg')) {
    m.need('ec2');
    m.resource('aws_lb_target_group_attachment', 'main', {
      ...(m.count('(?:instance|machine|vm|server|ec2)', 1) > 1
        ? { count: raw('length(aws_instance.main)'), target_id: raw('aws_instance.main[count.index].id') }
        : { target_id: raw('aws_instance.main.id') }),
      target_group_arn: raw('aws_lb_target_group.main.arn'),
      port: target,
    });
  }
  m.output('address', 'aws_lb.main.dns_name', 'Where it answers.');
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
  m.resource('aws_launch_template', 'main', {
    name_prefix: '${var.name}-',
    image_id: raw(image(m)),
    instance_type: instanceType(m),
    vpc_security_group_ids: [raw(`${group}.id`)],
    ...(script === undefined ? {} : { user_data: raw(`base64encode(<<-EOT\n${script}EOT\n)`) }),
    iam_instance_profile: nested({ arn: raw(`${profile}.arn`) }),
    metadata_options: nested({ http_tokens: 'required' }),
    ...(m.has(/\bspot\b/i) ? { instance_market_options: nested({ market_type: 'spot' }) } : {}),
  });
  const range =
    m.take(/\b(?:between|from)\s+(\d+)\s*(?:and|to|-)\s*(\d+)/i) ??
    m.take(/\bmin(?:imum)?(?: of| size)?\s*(\d+)[^.;\d]{0,20}max(?:imum)?(?: of| size)?\s*(\d+)/i) ??
    m.take(/\b(\d+)\s*(?:to|-)\s*(\d+)\s+(?:instances|machines|servers)/i);
  const min = Number(range?.[1] ?? 2);
  const max = Number(range?.[2] ?? 4);
  const desired = Number(m.take(/\bdesired(?: capacity)?(?: of)?\s*(\d+)/i)?.[1] ?? min);
  m.resource('aws_autoscaling_group', 'main', {
    name: m.name('group', m.called('group')),
    min_size: min,
    max_size: max,
    desired_capacity: desired,
    vpc_zone_identifier: balanced ? network.privateSubnets : network.publicSubnets,
    health_check_type: balanced ? 'ELB' : 'EC2',
    health_check_grace_period: 120,
    ...(balanced ? { target_group_arns: [raw('aws_lb_target_group.main.arn')] } : {}),
    launch_template: nested({ id: raw('aws_launch_template.main.id'), version: '$Latest' }),
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
  if (m.has(/\bschedul/i))
    m.resource('aws_autoscaling_schedule', 'evening', {
      scheduled_action_name: 'evening',
      autoscaling_group_name: raw('aws_autoscaling_group.main.name'),
      min_size: 0,
      max_size: max,
      desired_capacity: 0,
      recurrence: '0 20 * * 1-5',
    });
}

function securityGroupOnly(m: TofuModule): void {
  if (['ec2', 'asg', 'alb', 'ecs', 'rds', 'elasticache'].some((id) => m.present.has(id))) return;
  m.securityGroup('main', 'Made from a description', openPorts(m));
}

function peering(m: TofuModule): void {
  m.resource('aws_vpc', 'peer', {
    cidr_block: '10.1.0.0/16',
    enable_dns_hostnames: true,
    tags: { Name: m.name('peer') },
  });
  m.present.add('vpc');
  m.need('vpc');
  m.resource('aws_vpc_peering_connection', 'main', {
    vpc_id: raw('aws_vpc.main.id'),
    peer_vpc_id: raw('aws_vpc.peer.id'),
    auto_accept: true,
  });
}

export const COMPUTE: readonly Component[] = [
  {
    id: 'vpc',
    names: /\bvpcs?\b(?! endpoint only)|\b(?:public|private) subnets?\b|\bnat gateways?\b|\binternet gateway\b/i,
    make: vpc,
  },
  { id: 'peering', names: /\bvpc peering\b|\bpeer(?:ing connection|ed vpcs?)\b/i, make: peering },
  { id: 'alb', names: /\balb\b|\bnlb\b|\belb\b|\bload[- ]balanc(?:er|ers|ed)\b/i, make: alb },
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
  { id: 'sg', names: /\bsecurity groups?\b/i, make: securityGroupOnly },
];
