/** Networks beyond one VPC: gateways to other sites, hubs between networks, names within them. */
import { choice, flag, number, text } from './fields.ts';
import { nested, raw } from './hcl.ts';
import type { TofuModule } from './module.ts';
import { component, linked } from './rows.ts';
import type { Component } from './components.ts';

const RANGE = /\b(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})\b/g;

/** A VPN needs a network of the module's own, or one that is given by its id. */
function vpcId(m: TofuModule): ReturnType<typeof raw> | string {
  const given = m.take(/\b(vpc-[0-9a-f]{6,17})\b/i)?.[1];
  if (given !== undefined) return given;
  if (linked(m, 'vpc')) return raw('aws_vpc.main.id');
  return m.variable(m.variableFor('\\bvpc\\b') ?? 'vpc_id', 'string', 'The network that exists.');
}

function vpn(m: TofuModule): void {
  const address = m.take(/\b(?:customer gateway|peer|office|on-?prem\w*|remote)\b[^.;,/]{0,40}?(\d{1,3}(?:\.\d{1,3}){3})(?![/\d])/i)?.[1] ?? m.take(/(?<![\d./])(\d{1,3}(?:\.\d{1,3}){3})(?![/.\d])/)?.[1]; // prettier-ignore
  m.resource('aws_customer_gateway', 'main', {
    bgp_asn: m.take(/\b(?:bgp )?asn?\s*(?:of|=|:|number|is)?\s*(\d{1,10})/i)?.[1] ?? '65000',
    ip_address: address ?? m.variable('customer_ip', 'string', 'Address of the gateway on the other side.'),
    type: 'ipsec.1',
    tags: { Name: m.name('customer') },
  });
  const hub = linked(m, 'tgw');
  if (!hub)
    m.resource('aws_vpn_gateway', 'main', {
      vpc_id: vpcId(m),
      tags: { Name: m.name('vpn') },
    });
  const own = /\bvpc\b[^.;,]{0,24}?(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})/i.exec(m.text.text)?.[1];
  const statics = m.has(/\bstatic\b|\bon-?prem\w*\b|\broutes?\b/i)
    ? [...m.text.text.matchAll(RANGE)].map((r) => r[1] ?? '').filter((r) => r !== own && !r.endsWith('/32'))
    : [];
  m.take(/\bstatic rout\w+\b/i);
  m.resource('aws_vpn_connection', 'main', {
    customer_gateway_id: raw('aws_customer_gateway.main.id'),
    ...(hub ? { transit_gateway_id: raw('aws_ec2_transit_gateway.main.id') } : { vpn_gateway_id: raw('aws_vpn_gateway.main.id') }), // prettier-ignore
    type: raw('aws_customer_gateway.main.type'),
    static_routes_only: statics.length > 0 || m.has(/\bstatic\b/i),
  });
  for (const [i, range] of (hub ? [] : [...new Set(statics)]).entries())
    m.resource('aws_vpn_connection_route', i === 0 ? 'main' : `route_${i + 1}`, {
      destination_cidr_block: range,
      vpn_connection_id: raw('aws_vpn_connection.main.id'),
    });
  const tables = ['private', 'public'].map((l) => `aws_route_table.${l}`).filter((a) => m.hasResource(a));
  for (const table of hub ? [] : tables.slice(0, 1))
    m.resource('aws_vpn_gateway_route_propagation', 'main', {
      vpn_gateway_id: raw('aws_vpn_gateway.main.id'),
      route_table_id: raw(`${table}.id`),
    });
}

/** The networks that hang on a hub: the module's own, those with ranges, those given by ids. */
function attachments(m: TofuModule): void {
  const ids = [...new Set([...m.text.text.matchAll(/\bvpc-[0-9a-f]{6,17}\b/gi)].map((x) => x[0]))];
  const ranges = [...new Set([...m.text.text.matchAll(RANGE)].map((r) => r[1] ?? ''))].filter((r) => Number(r.split('/')[1]) < 24); // prettier-ignore
  const hub = raw('aws_ec2_transit_gateway.main.id');
  if (ids.length > 0) {
    const subnets = m.variable('subnet_ids', 'map(list(string))', 'Subnets of each network, by its id.');
    for (const [i, id] of ids.entries())
      m.resource('aws_ec2_transit_gateway_vpc_attachment', `network_${i + 1}`, { transit_gateway_id: hub, vpc_id: id, subnet_ids: raw(`${subnets.text}["${id}"]`) }); // prettier-ignore
    return;
  }
  if (ranges.length < 2) {
    m.present.add('vpc');
    m.need('vpc');
    m.resource('aws_ec2_transit_gateway_vpc_attachment', 'main', { transit_gateway_id: hub, vpc_id: raw('aws_vpc.main.id'), subnet_ids: m.network().privateSubnets }); // prettier-ignore
    return;
  }
  m.data('aws_availability_zones', 'available', { state: 'available' });
  for (const [i, range] of ranges.entries()) {
    const label = `network_${i + 1}`;
    m.resource('aws_vpc', label, { cidr_block: range, enable_dns_hostnames: true, tags: { Name: m.name(label.replace('_', '-')) } }); // prettier-ignore
    m.resource('aws_subnet', label, {
      count: 2,
      vpc_id: raw(`aws_vpc.${label}.id`),
      cidr_block: raw(`cidrsubnet(aws_vpc.${label}.cidr_block, 8, count.index)`),
      availability_zone: raw('data.aws_availability_zones.available.names[count.index]'),
    });
    m.resource('aws_ec2_transit_gateway_vpc_attachment', label, { transit_gateway_id: hub, vpc_id: raw(`aws_vpc.${label}.id`), subnet_ids: raw(`aws_subnet.${label}[*].id`) }); // prettier-ignore
    for (const [k, other] of ranges.entries())
      if (k !== i)
        m.resource('aws_route', `${label}_to_${k + 1}`, {
          route_table_id: raw(`aws_vpc.${label}.main_route_table_id`),
          destination_cidr_block: other,
          transit_gateway_id: hub,
          depends_on: [raw(`aws_ec2_transit_gateway_vpc_attachment.${label}`)],
        });
  }
}

function discovery(m: TofuModule): void {
  const zone = m.take(/\b(?:under|in|namespace|domain)\s+(?:called |named )?["'`]?((?:[a-z0-9-]+\.)+[a-z]+)\b/i)?.[1] ?? m.take(/\b((?:[a-z0-9-]+\.)+(?:local|internal))\b/i)?.[1]; // prettier-ignore
  m.resource('aws_service_discovery_private_dns_namespace', 'main', { name: zone ?? 'internal.local', vpc: m.network().vpc }); // prettier-ignore
  m.resource('aws_service_discovery_service', 'main', {
    name: m.called('service') ?? 'app',
    dns_config: nested({
      namespace_id: raw('aws_service_discovery_private_dns_namespace.main.id'),
      dns_records: nested({ ttl: 10, type: 'A' }),
      routing_policy: 'MULTIVALUE',
    }),
    health_check_custom_config: nested({}),
  });
}

export const HYBRID: readonly Component[] = [
  component({
    id: 'tgw', names: /\btransit gateways?\b|\btgw\b/i, type: 'aws_ec2_transit_gateway',
    body: (m) => ({ description: 'Made from a description.', dns_support: 'enable', tags: { Name: m.name('hub', m.called('transit gateway')) } }),
    fields: [number('amazon_side_asn', '(?:amazon side )?asn'), choice('auto_accept_shared_attachments', [['auto[- ]accept\\w*', 'enable']])],
    beside: attachments,
  }),
  { id: 'vpn', names: /\bsite-to-site\b|\bvpn (?:connection|gateway|tunnel)s?\b|\bcustomer gateways?\b|\bvirtual private gateways?\b/i, make: vpn },
  { id: 'discovery', names: /\bservice discovery\b|\bcloud ?map\b/i, make: discovery },
  component({
    id: 'accelerator', names: /\bglobal accelerators?\b/i, type: 'aws_globalaccelerator_accelerator', called: ['accelerator', 'name', 'edge'],
    body: () => ({ ip_address_type: 'IPV4', enabled: true }),
    beside: (m) => {
      const ports = [...new Set([...m.text.text.matchAll(/\b(80|443|\d{4,5})\b(?!\/)/g)].map((x) => Number(x[1])))];
      m.resource('aws_globalaccelerator_listener', 'main', { accelerator_arn: raw('aws_globalaccelerator_accelerator.main.id'), protocol: m.has(/\budp\b/i) ? 'UDP' : 'TCP', port_range: (ports.length === 0 ? [443] : ports).map((p) => nested({ from_port: p, to_port: p })) });
      if (linked(m, 'alb')) m.resource('aws_globalaccelerator_endpoint_group', 'main', { listener_arn: raw('aws_globalaccelerator_listener.main.id'), endpoint_configuration: nested({ endpoint_id: raw('aws_lb.main.arn'), weight: 100 }) });
    },
  }),
  component({
    id: 'fsx', names: /\bfsx\b/i, type: 'aws_fsx_lustre_file_system',
    body: (m) => ({ storage_capacity: 1200, subnet_ids: [raw(`${m.network().privateSubnets.text}[0]`)], deployment_type: 'SCRATCH_2' }),
    fields: [number('per_unit_storage_throughput', '(?:per unit )?throughput'), choice('deployment_type', [['persistent', 'PERSISTENT_2']])],
  }),
  component({
    id: 'clientvpn', names: /\bclient vpn\b/i, type: 'aws_ec2_client_vpn_endpoint',
    body: (m) => ({
      description: 'Made from a description.',
      server_certificate_arn: m.variable('server_certificate_arn', 'string', 'Certificate of the endpoint.'),
      client_cidr_block: /\b(?:clients?|client range)\b[^.;,]{0,24}?(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})/i.exec(m.text.text)?.[1] ?? '10.250.0.0/22',
      authentication_options: nested({ type: 'certificate-authentication', root_certificate_chain_arn: m.variable('client_root_certificate_arn', 'string', 'Root of the clients\' certificates.') }),
      connection_log_options: nested({ enabled: false }),
    }),
    fields: [flag('split_tunnel', 'split[- ]tunnel\\w*')],
  }),
  component({
    id: 'resolver', names: /\bresolver (?:endpoints?|rules?)\b|\b(?:inbound|outbound) resolver\b/i, type: 'aws_route53_resolver_endpoint', called: ['endpoint', 'name', 'resolver'],
    body: (m) => ({
      direction: m.has(/\binbound\b/i) ? 'INBOUND' : 'OUTBOUND',
      security_group_ids: [raw(`${m.securityGroup('resolver', 'Names', [{ port: 53, from: '10.0.0.0/8' }, { port: 53, from: '10.0.0.0/8', protocol: 'udp' }])}.id`)],
      ip_address: [0, 1].map((i) => nested({ subnet_id: raw(`${m.network().privateSubnets.text}[${i}]`) })),
    }),
  }),
  component({
    id: 'prefixlist', names: /\b(?:managed )?prefix lists?\b/i, type: 'aws_ec2_managed_prefix_list', called: ['prefix list', 'name', 'ranges'],
    body: (m) => {
      const ranges = [...new Set([...m.text.text.matchAll(RANGE)].map((r) => r[1] ?? ''))];
      return { address_family: 'IPv4', max_entries: Math.max(5, ranges.length), entry: ranges.map((cidr) => nested({ cidr })) };
    },
    fields: [number('max_entries', 'max(?:imum)? entries')],
  }),
  component({
    id: 'placement', names: /\bplacement groups?\b/i, type: 'aws_placement_group', called: ['placement group', 'name', 'placement'],
    body: () => ({ strategy: 'cluster' }),
    fields: [choice('strategy', [['spread', 'spread'], ['partition\\w*', 'partition'], ['cluster', 'cluster']])],
  }),
  component({
    id: 'lightsail', names: /\blightsail\b/i, type: 'aws_lightsail_instance', called: ['instance', 'name', 'server'],
    body: () => ({ availability_zone: raw('"${var.region}a"'), blueprint_id: 'amazon_linux_2023', bundle_id: 'nano_3_0' }),
    fields: [choice('blueprint_id', [['wordpress', 'wordpress'], ['ubuntu', 'ubuntu_24_04'], ['debian', 'debian_12'], ['node\\w*', 'nodejs']]), text('bundle_id', 'bundle', '[a-z]+_\\d_\\d')],
  }),
]; // prettier-ignore
