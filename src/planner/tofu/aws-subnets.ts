/** Subnets that a description speaks of one by one, and their ways out. */
import { raw, nested } from './hcl.ts';
import type { TofuModule } from './module.ts';

interface SaidSubnet {
  readonly kind: 'public' | 'private';
  readonly cidr: string | undefined;
  readonly zone: string | undefined;
  readonly name: string | undefined;
}

/**
 * Subnets that are spoken of one by one: "a public subnet 10.0.1.0/24 in us-east-1a and a private subnet 10.0.2.0/24 in us-east-1b".
 * @returns nothing where they have neither ranges nor zones of their own
 */
export function saidSubnets(m: TofuModule): readonly SaidSubnet[] {
  const found: SaidSubnet[] = [];
  const text = m.text.text;
  // "two public and two private subnets over two zones": counted, not told one by one.
  if (/\b(?:\d|two|three|four)\s+(?:public|private)\b(?:\s+(?:subnets?|ones))?[^.;]{0,12}\b(?:and|,)\s*(?:\d|two|three|four)\s+(?:public|private|isolated)\b/i.test(text)) return []; // prettier-ignore
  const heads = [...text.matchAll(/\b(?:(public|private)\s+)?subnets?\b/gi)];
  let kind: SaidSubnet['kind'] = 'public';
  for (const [i, head] of heads.entries()) {
    const from = head.index + head[0].length;
    const rest = text.slice(from, heads[i + 1]?.index ?? text.length).split(/\.(?:\s|$)|\binternet gateway|\broute table|\bnat\b/i)[0] ?? ''; // prettier-ignore
    kind = head[1] === undefined ? kind : (head[1].toLowerCase() as SaidSubnet['kind']);
    const zones = [...rest.matchAll(/\b([a-z]{2}-[a-z]+-\d[a-f])\b/g)].map((z) => z[1] ?? '');
    const cidrs = [...rest.matchAll(/\b(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})\b/g)].map((c) => c[1] ?? '');
    const name = /^\s+(?:called |named )?["'`]?([a-z]+[-_][\w-]+)/i.exec(rest)?.[1];
    for (let n = 0; n < Math.max(cidrs.length, zones.length); n++)
      found.push({ kind, cidr: cidrs[n], zone: zones[n] ?? (zones.length === 1 ? zones[0] : undefined), name: cidrs.length > 1 ? undefined : name }); // prettier-ignore
  }
  for (const { zone } of found) if (zone !== undefined) m.take(new RegExp(`\\b${zone}\\b`));
  return found;
}

/** A block for each subnet that was spoken of. @returns what refers to those of a kind */
function subnetBlocks(m: TofuModule, said: readonly SaidSubnet[]): Record<SaidSubnet['kind'], string[]> {
  const made: Record<SaidSubnet['kind'], string[]> = { public: [], private: [] };
  for (const [i, { kind, cidr, zone, name }] of said.entries()) {
    const many = said.filter((s) => s.kind === kind).length > 1;
    const label = many ? `${kind}_${made[kind].length + 1}` : kind;
    made[kind].push(
      m.resource('aws_subnet', label, {
        vpc_id: raw('aws_vpc.main.id'),
        cidr_block: cidr ?? raw(`cidrsubnet(aws_vpc.main.cidr_block, 8, ${i})`),
        availability_zone: zone ?? raw(`data.aws_availability_zones.available.names[${i % 2}]`),
        ...(kind === 'public' ? { map_public_ip_on_launch: true } : {}),
        tags: { Name: name ?? `\${var.name}-${label.replace('_', '-')}` },
      }),
    );
  }
  return made;
}

/** Subnets, routes and associations as blocks of their own. @returns whether a private one has a way out by a NAT gateway */
export function literalSubnets(m: TofuModule, said: readonly SaidSubnet[]): void {
  const made = subnetBlocks(m, said);
  m.subnets = made;
  const nat = made.private.length > 0 && m.take(/\bnat(?: gateways?)?\b/i) !== undefined && made.public.length > 0;
  if (made.public.length > 0) {
    m.resource('aws_route_table', 'public', {
      vpc_id: raw('aws_vpc.main.id'),
      route: nested({ cidr_block: '0.0.0.0/0', gateway_id: raw('aws_internet_gateway.main.id') }),
      tags: { Name: m.name('public') },
    });
    m.take(/\b(?:public )?route tables?\b/i);
  }
  if (nat) {
    m.resource('aws_eip', 'nat', { domain: 'vpc', tags: { Name: m.name('nat') } });
    m.resource('aws_nat_gateway', 'main', {
      allocation_id: raw('aws_eip.nat.id'),
      subnet_id: raw(`${made.public[0] ?? ''}.id`),
      tags: { Name: m.name('nat') },
      depends_on: [raw('aws_internet_gateway.main')],
    });
  }
  if (made.private.length > 0)
    m.resource('aws_route_table', 'private', {
      vpc_id: raw('aws_vpc.main.id'),
      ...(nat ? { route: nested({ cidr_block: '0.0.0.0/0', nat_gateway_id: raw('aws_nat_gateway.main.id') }) } : {}),
      tags: { Name: m.name('private') },
    });
  for (const kind of ['public', 'private'] as const)
    for (const address of made[kind])
      m.resource('aws_route_table_association', address.split('.')[1] ?? kind, {
        subnet_id: raw(`${address}.id`),
        route_table_id: raw(`aws_route_table.${kind}.id`),
      });
}
