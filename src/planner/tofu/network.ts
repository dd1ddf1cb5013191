/** The network that everything of a module stands in. */
import { nested, raw, type Raw } from './hcl.ts';
import type { TofuModule } from './module.ts';

export interface Network {
  readonly vpc: Raw;
  readonly publicSubnets: Raw;
  readonly privateSubnets: Raw;
}

export function networkOf(m: TofuModule): Network {
  if (!m.present.has('vpc')) return defaultNetwork(m);
  m.need('vpc');
  const vpc = raw('aws_vpc.main.id');
  if (m.subnets !== undefined) {
    const all = (addresses: readonly string[]): Raw => raw(`[${addresses.map((a) => `${a}.id`).join(', ')}]`);
    const { public: open, private: closed } = m.subnets;
    const reached = open.length > 0 ? open : closed;
    return { vpc, publicSubnets: all(reached), privateSubnets: all(closed.length > 0 ? closed : reached) };
  }
  const publicSubnets = raw('aws_subnet.public[*].id');
  const closed = m.parts.resources.has('aws_subnet.private');
  return { vpc, publicSubnets, privateSubnets: closed ? raw('aws_subnet.private[*].id') : publicSubnets };
}

function defaultNetwork(m: TofuModule): Network {
  m.data('aws_vpc', 'default', { default: true });
  m.data('aws_subnets', 'default', {
    filter: nested({ name: 'vpc-id', values: [raw('data.aws_vpc.default.id')] }),
  });
  m.assume("It uses the account's default network.");
  const subnets = raw('data.aws_subnets.default.ids');
  return { vpc: raw('data.aws_vpc.default.id'), publicSubnets: subnets, privateSubnets: subnets };
}
