/** The network that everything of a module stands in. */
import { nested, raw, type Raw } from './hcl.ts';
import type { TofuModule } from './module.ts';

export interface Network {
  readonly vpc: Raw;
  readonly publicSubnets: Raw;
  readonly privateSubnets: Raw;
  /** The range of the whole network. */
  cidr(): string;
}

const rangeOf = (m: TofuModule, vpc: Raw): string => {
  m.data('aws_vpc', 'given', { id: vpc });
  return 'data.aws_vpc.given.cidr_block';
};

/** Networks and subnets that the words give as variables, or by their ids. */
function givenNetwork(m: TofuModule): Network | undefined {
  const declared = [...m.declared()];
  const named = (pattern: RegExp): Raw | undefined => {
    const found = declared.find(([name]) => pattern.test(name));
    // One subnet is a list of one.
    return found !== undefined && /subnet_id$|subnet$/.test(found[0]) ? raw(`[${found[1].text}]`) : found?.[1];
  };
  const id = m.take(/\b(vpc-[0-9a-f]{4,17})\b/i)?.[1];
  const subnetIds = m.text.takeAll(/\b(subnet-[0-9a-f]{4,17})\b/gi).map((s) => s[1] ?? '');
  const variable = named(/(?:^|_)(?:vpc|network)(?:_id)?$/);
  const subnets = subnetIds.length > 0 ? raw(`[${subnetIds.map((s) => JSON.stringify(s)).join(', ')}]`) : undefined;
  const open = named(/public.*subnet|subnet.*public/);
  const closed = named(/private.*subnet|subnet.*private|(?:app|db|database|internal).*subnet/);
  const any = subnets ?? named(/subnet/);
  const all = open ?? closed ?? any;
  if (variable === undefined && id === undefined && all === undefined) return undefined;
  if (all === undefined) {
    const vpc = variable ?? raw(JSON.stringify(id));
    m.data('aws_subnets', 'given', { filter: nested({ name: 'vpc-id', values: [vpc] }) });
    const found = raw('data.aws_subnets.given.ids');
    return { vpc, publicSubnets: found, privateSubnets: found, cidr: () => rangeOf(m, vpc) };
  }
  const here = (): Raw => {
    m.data('aws_subnet', 'given', { id: raw(`${all.text}[0]`) });
    return raw('data.aws_subnet.given.vpc_id');
  };
  const vpc = variable ?? (id === undefined ? here() : raw(JSON.stringify(id)));
  return {
    vpc,
    cidr: () => rangeOf(m, vpc),
    publicSubnets: open ?? any ?? all,
    privateSubnets: closed ?? any ?? all,
  };
}

export function networkOf(m: TofuModule): Network {
  const given = m.present.has('vpc') ? undefined : givenNetwork(m);
  if (given !== undefined) return given;
  if (!m.present.has('vpc')) return defaultNetwork(m);
  m.need('vpc');
  const vpc = raw('aws_vpc.main.id');
  const own = (): string => 'aws_vpc.main.cidr_block';
  if (m.subnets !== undefined) {
    const all = (addresses: readonly string[]): Raw => raw(`[${addresses.map((a) => `${a}.id`).join(', ')}]`);
    const { public: open, private: closed } = m.subnets;
    const reached = open.length > 0 ? open : closed;
    return { vpc, publicSubnets: all(reached), privateSubnets: all(closed.length > 0 ? closed : reached), cidr: own }; // prettier-ignore
  }
  const publicSubnets = raw('aws_subnet.public[*].id');
  const closed = m.parts.resources.has('aws_subnet.private');
  return { vpc, publicSubnets, privateSubnets: closed ? raw('aws_subnet.private[*].id') : publicSubnets, cidr: own };
}

function defaultNetwork(m: TofuModule): Network {
  m.data('aws_vpc', 'default', { default: true });
  m.data('aws_subnets', 'default', {
    filter: nested({ name: 'vpc-id', values: [raw('data.aws_vpc.default.id')] }),
  });
  m.assume("It uses the account's default network.");
  const subnets = raw('data.aws_subnets.default.ids');
  return { vpc: raw('data.aws_vpc.default.id'), publicSubnets: subnets, privateSubnets: subnets, cidr: () => 'data.aws_vpc.default.cidr_block' }; // prettier-ignore
}

/**
 * Who may reach a store: the machines or services that the words let in, an address range, else the whole network.
 * @param words that name the store
 */
export function accessTo(m: TofuModule, words: string): { readonly from: string; readonly group?: true } {
  const range = m.take(new RegExp(`\\b(?:${words})\\b[^.;]{0,60}?\\b(?:only )?(?:from|to)\\s+(?:only\\s+)?(\\d{1,3}(?:\\.\\d{1,3}){3}\\/\\d{1,2})`, 'i'))?.[1]; // prettier-ignore
  if (range !== undefined) return { from: range };
  const given = m.take(/\bsecurity groups?\b[^.;]{0,24}?\bvar(?:iable)?[. ]\s*["'`]?([a-z]\w*)|\bvar\.([a-z]\w*(?:sg|security_group)\w*)/i); // prettier-ignore
  if (given !== undefined)
    return {
      from: m.variable(given[1] ?? given[2] ?? 'security_group_id', 'string', 'Security group that may connect.').text,
      group: true,
    };
  if (!m.has(/\b(?:only|just)\b[^.;]{0,30}\b(?:from|to|by)\b|\b(?:from|to|by)\b[^.;]{0,50}\b(?:only|alone)\b|\bsecurity groups? of\b/i)) return { from: m.network().cidr() }; // prettier-ignore
  const peers: readonly (readonly [string, string])[] = [['lambda', 'function'], ['ecs', 'service'], ['asg', 'instance'], ['ec2', 'instance']]; // prettier-ignore
  const peer = peers.find(([id]) => m.present.has(id) && m.namesOf(id) !== undefined);
  if (peer === undefined) return { from: m.network().cidr() };
  m.need(peer[0]);
  return { from: `aws_security_group.${peer[1]}.id`, group: true };
}
