/** Security groups that a description speaks of one by one: "web allows 443 from anywhere, app allows 8080 only from web". */
import { nested, raw, type Block } from './hcl.ts';
import type { TofuModule } from './module.ts';

const NAMED_PORTS: Readonly<Record<string, number>> = { https: 443, http: 80, ssh: 22, rdp: 3389, postgres: 5432, postgresql: 5432, mysql: 3306, redis: 6379 }; // prettier-ignore

const RULE =
  /\b["'`]?([a-z][\w-]*)["'`]?\s+(?:security group\s+|sg\s+)?(?:that\s+)?(?:only\s+)?(?:allow(?:s|ing)?|accepts?|opens?|lets? in|permits?|takes?|receives?|gets?|admits?|is open (?:on|for)|listens? on)\s+(?:only\s+)?(?:inbound |incoming |ingress |traffic |tcp |access |on |port |ports )*((?:\d{2,5}|https?|ssh|rdp|postgres(?:ql)?|mysql|redis)(?:\s*(?:,|and|\/)\s*(?:\d{2,5}|https?|ssh))*)\s*(?:\(\w+\)\s*)?(?:only\s+)?(?:from|for)\s+(?:only\s+)?(?:the\s+)?["'`]?(anywhere|everywhere|internet|world|everyone|[a-z][\w-]*|\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})/gi;

const SOURCE =
  /\b(?:ports?\s+)?(\d{2,5}|https?|ssh|rdp|postgres(?:ql)?|mysql|redis)(?:\s+is open|\s+open)?\s+(?:only\s+)?(?:from|to|for)\s+(?:only\s+)?(?:the\s+)?(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})/gi;

/** "443 from anywhere and 22 only from 198.51.100.0/24": the addresses that the words give to a port. */
export function toldSources(m: TofuModule): Map<number, string> {
  const told = new Map<number, string>();
  for (const [, port = '', from = ''] of m.text.takeAll(SOURCE))
    told.set(NAMED_PORTS[port.toLowerCase()] ?? Number(port), from);
  m.take(/\b(?:everything|all(?: traffic)?|anything) (?:is allowed )?out\b/i);
  return told;
}

interface Rule {
  readonly name: string;
  readonly ports: readonly number[];
  readonly from: string;
}

const MORE = /^\s*(?:,\s*(?:and\s+)?|\s+and\s+)(?:ports?\s+)?((?:\d{2,5}|https?|ssh|rdp|postgres(?:ql)?|mysql|redis)(?:\s*(?:,|and|\/)\s*(?:\d{2,5}|https?|ssh))*)\s+(?:only\s+)?(?:from|for)\s+(?:only\s+)?(?:the\s+)?["'`]?(anywhere|everywhere|internet|world|everyone|\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}|[a-z][\w-]*)/i; // prettier-ignore

const portsOf = (list: string): number[] =>
  list.split(/\s*(?:,|\band\b|\/)\s*/).map((p) => NAMED_PORTS[p.toLowerCase()] ?? Number(p));

function rulesOf(m: TofuModule): Rule[] {
  return [...m.text.text.matchAll(RULE)].flatMap((r) => {
    const name = (r[1] ?? '').toLowerCase();
    const rules: Rule[] = [{ name, ports: portsOf(r[2] ?? ''), from: (r[3] ?? '').toLowerCase() }];
    // "… and 22 from 203.0.113.5/32": of the same group.
    let rest = m.text.text.slice(r.index + r[0].length);
    for (let more = MORE.exec(rest); more !== null; more = MORE.exec(rest)) {
      rules.push({ name, ports: portsOf(more[1] ?? ''), from: (more[2] ?? '').toLowerCase() });
      rest = rest.slice(more[0].length);
    }
    return rules;
  });
}

/** @returns whether the words speak of several groups by name; they are made then */
export function namedGroups(m: TofuModule): boolean {
  const rules = rulesOf(m);
  const names = [...new Set(rules.map((r) => r.name))].filter(
    (n) => !/^(?:group|groups|that|which|it|and|also)$/.test(n),
  );
  if (names.length < 2) return false;
  m.text.takeAll(RULE);
  m.take(/\b(?:two|three|four|five|\d) security groups\b/i);
  const given = m.variableFor('\\bvpc\\b');
  const vpc = given === undefined ? m.network().vpc : m.variable(given, 'string', 'The network that exists.');
  const label = (name: string): string => name.replace(/\W+/g, '_');
  for (const name of names) {
    const ingress: Block[] = rules
      .filter((r) => r.name === name)
      .flatMap(({ ports, from }) =>
        ports.map((port) => {
          const source = names.includes(from)
            ? { security_groups: [raw(`aws_security_group.${label(from)}.id`)] }
            : { cidr_blocks: [/^\d/.test(from) ? from : '0.0.0.0/0'] };
          return nested({ description: `port ${port} from ${from}`, from_port: port, to_port: port, protocol: 'tcp', ...source }); // prettier-ignore
        }),
      );
    m.resource('aws_security_group', label(name), {
      name: `\${var.name}-${name}`,
      description: `What may reach ${name}`,
      vpc_id: vpc,
      ingress,
      egress: nested({ from_port: 0, to_port: 0, protocol: '-1', cidr_blocks: ['0.0.0.0/0'] }),
    });
  }
  return true;
}
