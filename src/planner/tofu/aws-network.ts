/** Networks on AWS: VPCs with their subnets, routes and endpoints, peering, security groups. */
import type { Component } from './components.ts';
import { nested, raw, type Block, type Raw, type Value, type Body } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { namedGroups, toldSources } from './aws-firewalls.ts';
import { literalSubnets, saidSubnets } from './aws-subnets.ts';
import { numberOf } from './words.ts';
import { auditBucket } from './audit-bucket.ts';

/** As many subnets of each kind as the words count, spread over the zones. @returns how many are private */
function countedSubnets(m: TofuModule, main: string, cidrs: readonly { cidr: string; bits: number }[]): number {
  const rest = cidrs.filter((c) => c.cidr !== main && c.bits >= 20 && c.bits < 32).map((c) => c.cidr);
  const zones = Number(
    m
      .take(/\b(?:across|in|over|spanning)?\s*(two|three|four|2|3|4)\s+(?:availability )?(?:zones|azs)\b/i)?.[1]
      ?.replace(/two/i, '2')
      .replace(/three/i, '3')
      .replace(/four/i, '4') ?? 0,
  );
  const counted = (kind: string): number | undefined => {
    const n = m.take(
      new RegExp(
        `\\b(\\d|one|two|three|four|a|single)\\s+${kind}(?:\\s+(?:subnets?|ones)\\b|(?=\\s*(?:,|and\\b)))`,
        'i',
      ),
    )?.[1];
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
  const saidZones = [...new Set(m.text.takeAll(/\b([a-z]{2}-[a-z]+-\d[a-f])\b/g).map((z) => z[1] ?? ''))];
  const zone = raw(
    saidZones.length > 0
      ? `element(${JSON.stringify(saidZones).replaceAll(',', ', ')}, count.index)`
      : 'data.aws_availability_zones.available.names[count.index % length(data.aws_availability_zones.available.names)]',
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
      const each =
        m.take(
          /\bnat(?: gateways?)?[^.;,]{0,12}\b(?:per|in (?:each|every)|for (?:each|every))\s+(?:availability )?(?:zone|az|subnet)\b/i,
        ) !== undefined;
      const many = each ? { count: publics } : {};
      m.resource('aws_eip', 'nat', { ...many, domain: 'vpc', tags: { Name: m.name('nat') } });
      m.resource('aws_nat_gateway', 'main', {
        ...many,
        allocation_id: raw(each ? 'aws_eip.nat[count.index].id' : 'aws_eip.nat.id'),
        subnet_id: raw(`aws_subnet.public[${each ? 'count.index' : '0'}].id`),
        tags: { Name: m.name('nat') },
        depends_on: [raw('aws_internet_gateway.main')],
      });
    }
    const perZone =
      m.has(
        /\bnat(?: gateways?)?[^.;,]{0,12}\b(?:per|in (?:each|every)|for (?:each|every))\s+(?:availability )?(?:zone|az|subnet)\b/i,
      ) && nat;
    m.resource('aws_route_table', 'private', {
      ...(perZone ? { count: privates } : {}),
      vpc_id: raw('aws_vpc.main.id'),
      ...(nat
        ? {
            route: nested({
              cidr_block: '0.0.0.0/0',
              nat_gateway_id: raw(
                perZone
                  ? 'aws_nat_gateway.main[count.index % length(aws_nat_gateway.main)].id'
                  : 'aws_nat_gateway.main.id',
              ),
            }),
          }
        : {}),
      tags: { Name: m.name('private') },
    });
    m.resource('aws_route_table_association', 'private', {
      count: privates,
      subnet_id: raw('aws_subnet.private[count.index].id'),
      route_table_id: raw(`aws_route_table.private${perZone ? '[count.index]' : ''}.id`),
    });
  }
  return privates;
}

/** "lets in only 10.8.0.0/16 on 1024-65535 and denies 10.66.0.0/16": what a network ACL says, in its order. */
function aclRules(m: TofuModule): Block[] {
  const clause = /\b(?:network acls?|nacl)\b[^]*$/i.exec(m.text.text)?.[0] ?? '';
  const denied = [...clause.matchAll(/\b(?:den(?:y|ies)|block\w*|refus\w*)\b[^.;\d]{0,24}(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})/gi)].map((x) => x[1] ?? ''); // prettier-ignore
  const allowedIn = [...clause.matchAll(/\b(?:allow\w*|lets? in|accept\w*|permit\w*)\b[^.;\d]{0,24}(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})(?:[^.;\d]{0,16}(\d{1,5})(?:\s*-\s*(\d{1,5}))?)?/gi)]; // prettier-ignore
  const rule = (n: number, action: string, cidr: string, from = 0, to = from): Block =>
    nested({ rule_no: n, protocol: from === 0 ? '-1' : 'tcp', action, cidr_block: cidr, from_port: from, to_port: to });
  if (denied.length + allowedIn.length === 0) return [rule(100, 'allow', '0.0.0.0/0', 80), rule(110, 'allow', '0.0.0.0/0', 443), rule(120, 'allow', '0.0.0.0/0', 1024, 65_535)]; // prettier-ignore
  return [
    ...denied.map((cidr, i) => rule(50 + 10 * i, 'deny', cidr)),
    ...allowedIn.map((x, i) => rule(100 + 10 * i, 'allow', x[1] ?? '0.0.0.0/0', Number(x[2] ?? 0), Number(x[3] ?? x[2] ?? 0))), // prettier-ignore
  ];
}

function vpc(m: TofuModule): void {
  const cidrs = [...m.text.text.matchAll(/\b(\d{1,3}(?:\.\d{1,3}){3}\/(\d{1,2}))\b/g)].map((x) => ({
    cidr: x[1] ?? '',
    bits: Number(x[2]),
  }));
  for (const c of cidrs) m.take(new RegExp(c.cidr.replace(/[.]/g, '\\.')));
  const main =
    [...cidrs].filter((c) => c.bits > 0 && c.bits < 24).sort((a, b) => a.bits - b.bits)[0]?.cidr ?? '10.0.0.0/16';
  m.data('aws_availability_zones', 'available', { state: 'available' });
  m.resource('aws_vpc', 'main', {
    cidr_block: main,
    enable_dns_support: true,
    enable_dns_hostnames: true,
    tags: { Name: m.name('vpc', m.called('vpc')) },
  });
  m.resource('aws_internet_gateway', 'main', { vpc_id: raw('aws_vpc.main.id'), tags: { Name: m.name('internet') } });
  const said = saidSubnets(m);
  const privates = said.length > 0 ? said.filter((x) => x.kind === 'private').length : countedSubnets(m, main, cidrs);
  if (said.length > 0) literalSubnets(m, said);
  if (m.has(/\bflow logs?\b/i)) flowLogsOf(m, raw('aws_vpc.main.id'));
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
      subnet_ids: m.has(/\bprivate\b[^.;]{0,24}\b(?:acl|one|subnets?)\b|\bacl\b[^.;]{0,24}\bprivate\b/i) ? m.network().privateSubnets : m.network().publicSubnets, // prettier-ignore
      ingress: aclRules(m),
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

/** What goes through a network, written to a log group. */
function flowLogsOf(m: TofuModule, vpc: Raw): void {
  const traffic =
    m
      .take(/\b(?:rejected|reject|accepted|accept) traffic\b/i)?.[0]
      .slice(0, 6)
      .toUpperCase() ?? 'ALL';
  // There are two spans over which records are put together, of one minute and of ten.
  const interval = m.take(/\b(?:aggregat\w*|intervals?|records?)\b[^.;,\d]{0,30}?\b(?:(\d+|ten|one)[ -])?(minutes?|seconds?)\b/i); // prettier-ignore
  const often = interval !== undefined && (/^s/i.test(interval[2] ?? '') || !/^(?:10|ten)$/i.test(interval[1] ?? ''));
  const aggregated: Body = interval === undefined ? {} : { max_aggregation_interval: often ? 60 : 600 };
  m.take(/\bflow logs?\b/i);
  if (m.take(/\bflow logs?\b[^.;]{0,60}\b(?:s3|bucket)\b/i) !== undefined) {
    const bucket = auditBucket(m, 'flow', 'delivery.logs.amazonaws.com');
    return void m.resource('aws_flow_log', 'main', {
      vpc_id: vpc,
      traffic_type: traffic,
      log_destination_type: 's3',
      log_destination: raw(`${bucket}.arn`),
      ...aggregated,
    });
  }
  m.resource('aws_cloudwatch_log_group', 'flow', {
    name: m.take(/\b(?:log ?)?group\s+(?:called |named )?["'`]?(\/?[\w.-]+(?:[/-][\w.-]+)+)/i)?.[1] ?? m.name('flow'),
    retention_in_days: Math.round((m.seconds('(?:retention|kept|keep)') ?? 2_592_000) / 86_400),
  });
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
    vpc_id: vpc,
    traffic_type: traffic,
    log_destination: raw('aws_cloudwatch_log_group.flow.arn'),
    iam_role_arn: raw(`${role}.arn`),
    ...aggregated,
  });
}

/** Ports that the world or a named range may reach on a machine. */
export function openPorts(m: TofuModule): { port: number; from: string }[] {
  const named: readonly (readonly [RegExp, number])[] = [
    [/\bhttps\b|\b443\b/i, 443],
    [/\bhttp\b(?!s)|\bweb ?server\b|\b80\b|\bnginx\b|\bapache\b/i, 80],
    [/\bssh\b|\bbastion\b|\bjump (?:host|box)\b|\b22\b/i, 22],
    [/\brdp\b/i, 3389],
  ];
  const told = toldSources(m);
  const ports = new Set([...named.filter(([p]) => m.has(p)).map(([, port]) => port), ...told.keys()]);
  for (const x of m.text.text.matchAll(/\bports?\s+(\d{2,5})\b/gi)) ports.add(Number(x[1]));
  const range = m.take(/\b(?:from|for|to)\s+(?:only\s+)?(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})/i)?.[1];
  const variable = range === undefined ? m.variableFor('\\b(?:ssh|from|access|log ?in)\\b') : undefined;
  return [...ports].map((port) => {
    const source = told.get(port);
    if (source !== undefined) return { port, from: source };
    if (port !== 22 && port !== 3389) return { port, from: '0.0.0.0/0' };
    if (range !== undefined) return { port, from: range };
    const name = variable ?? 'admin_cidr';
    m.variable(name, 'string', 'Addresses that may log in; never the whole internet.', { default: '10.0.0.0/8' });
    m.assume(`Only var.${name} may log in; the internet cannot.`);
    return { port, from: `var.${name}` };
  });
}

function securityGroupOnly(m: TofuModule): void {
  if (namedGroups(m)) return;
  if (['ec2', 'asg', 'alb', 'ecs', 'rds', 'elasticache'].some((id) => m.present.has(id))) return;
  m.securityGroup('main', 'Made from a description', openPorts(m), m.called('security group'));
}

function peering(m: TofuModule): void {
  const ranges = [...m.text.text.matchAll(/\b(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})\b/g)].map((x) => x[1] ?? '');
  m.resource('aws_vpc', 'peer', {
    cidr_block: ranges[1] ?? '10.1.0.0/16',
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
  m.take(/\broutes?\b[^.;,]*\b(?:both|each) (?:directions?|ways|other)\b|\broutes?\b/i);
  const tables = ['public', 'private'].map((l) => `aws_route_table.${l}`).filter((a) => m.hasResource(a));
  for (const table of tables)
    m.resource('aws_route', `to_peer_${table.split('.')[1] ?? ''}`, {
      route_table_id: raw(`${table}.id`),
      destination_cidr_block: raw('aws_vpc.peer.cidr_block'),
      vpc_peering_connection_id: raw('aws_vpc_peering_connection.main.id'),
    });
  m.resource('aws_route', 'from_peer', {
    route_table_id: raw('aws_vpc.peer.main_route_table_id'),
    destination_cidr_block: raw('aws_vpc.main.cidr_block'),
    vpc_peering_connection_id: raw('aws_vpc_peering_connection.main.id'),
  });
}

/** Endpoints in a network that exists: gateways for S3 and DynamoDB, interfaces for anything else. */
function endpoints(m: TofuModule): void {
  const own = m.present.has('vpc') && !m.has(/\bexisting vpc\b/i);
  if (own) m.need('vpc');
  const vpc = own
    ? raw('aws_vpc.main.id')
    : m.variable(m.variableFor('\\bvpc\\b') ?? 'vpc_id', 'string', 'The network that exists.');
  const subnets = own
    ? m.network().privateSubnets
    : m.variable('subnet_ids', 'list(string)', 'Subnets for the endpoints.', { default: [] });
  const known = [
    's3',
    'dynamodb',
    'ssm',
    'ssmmessages',
    'ec2messages',
    'ecr.api',
    'ecr.dkr',
    'logs',
    'sqs',
    'sns',
    'kms',
    'secretsmanager',
    'sts',
    'lambda',
    'ec2',
    'monitoring',
    'events',
    'states',
  ];
  const spoken = (service: string): RegExp =>
    new RegExp(
      `(?<![\\w.])${service.replace('.', '[. ]?').replace('secretsmanager', 'secrets ?manager').replace('logs', '(?:cloudwatch )?logs').replace('dynamodb', 'dynamo ?db')}(?![\\w])`,
      'i',
    );
  const allowed = m.take(/\b(?:443|https)\b[^.;]{0,24}\bfrom\s+(?:only\s+)?(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})/i)?.[1];
  const group = allowed === undefined && !m.has(/\bsecurity group\b/i) ? undefined : m.securityGroup('endpoints', 'The endpoints', [{ port: 443, from: allowed ?? m.network().cidr() }]); // prettier-ignore
  const named = known.filter(
    (k) => m.has(spoken(k)) || (k.startsWith('ecr.') && m.has(/\becr\b(?![. ]?(?:api|dkr))/i)),
  );
  for (const service of named) {
    m.take(spoken(service));
    const gateway =
      (service === 's3' || service === 'dynamodb') &&
      !m.has(new RegExp(`interface endpoint[^.;,]{0,12}${service}`, 'i'));
    m.resource('aws_vpc_endpoint', service.replace('.', '_'), {
      vpc_id: vpc,
      service_name: `com.amazonaws.\${var.region}.${service}`,
      vpc_endpoint_type: gateway ? 'Gateway' : 'Interface',
      ...(gateway ? {} : { subnet_ids: subnets, private_dns_enabled: true, ...(group === undefined ? {} : { security_group_ids: [raw(`${group}.id`)] }) }), // prettier-ignore
    });
  }
}

/** Flow logs of a network that exists. */
function flowLogs(m: TofuModule): void {
  if (m.hasResource('aws_flow_log')) return;
  const vpc =
    m.present.has('vpc') && m.has(/\bnew vpc\b|\bsubnets?\b/i)
      ? (m.need('vpc'), raw('aws_vpc.main.id'))
      : m.variable(m.variableFor('\\bvpc\\b') ?? 'vpc_id', 'string', 'The network that exists.');
  flowLogsOf(m, vpc);
}

export const NETWORK: readonly Component[] = [
  {
    id: 'vpc',
    names: /\bvpcs?\b(?! endpoint only)|\b(?:public|private) subnets?\b|\bnat gateways?\b|\binternet gateway\b/i,
    make: vpc,
  },
  {
    id: 'endpoints',
    names: /\b(?:gateway|interface|vpc) endpoints?\b|\bendpoints?\s+(?:for|to)\s+(?=[A-Z]|s3\b|ecr\b|ssm\b|dynamo)/i,
    make: endpoints,
  },
  { id: 'flowlogs', names: /\bflow logs?\b/i, make: flowLogs },
  {
    id: 'peering',
    names:
      /\bvpc peering\b|\bpeer(?:ing|ed)?\b(?=[^.;]*\bvpc|[^.;]*\b(?:with|to) each other|\s+connection|\s+them)|\bvpcs?\b[^.;]*\bpeer\w*/i,
    make: peering,
  },
  { id: 'sg', names: /\bsecurity groups?\b/i, make: securityGroupOnly },
];
