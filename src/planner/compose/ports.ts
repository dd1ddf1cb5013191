/** Ports of a service as people say them: the host's side, the container's side, the address, the protocol. */
import type { Said } from '../kubernetes/attributes.ts';

export interface PortWord {
  readonly port: number;
  readonly target?: number;
  /** Several in a row: the last one. */
  readonly last?: number;
  /** The address of the host that it is bound to. */
  readonly address?: string;
  /** The caller's variable for it, with the number as its default. */
  readonly variable?: string;
  readonly protocols?: readonly string[];
  /** One of several that are told together: "ports 9200 and 5601". */
  readonly listed?: true;
  /** Where the program listens; whether that is published is not said. */
  readonly inside?: true;
}

const N = String.raw`(?<!\d)(\d{2,5})(?!\d)`;
const END = String.raw`(?![\d.:%]\d|\d|\s*(?:%|Gi|Mi|GB|MB|ms|seconds?|users?|rows?|days?|minutes?|hours?|x\b|replicas?|times|-?bit)\b)`;
const LOCAL = String.raw`(?:localhost|(?:the )?loopback(?: interface| address)?|127\.0\.0\.1|this machine|my machine|the local machine|local(?:ly)?)`;
const OUT = String.raw`(?:publish(?:ed|es|ing)?|expos(?:e|ed|es|ing)|reach(?:able|ed|es)?|open(?:ed|s)?|available|accessible|map(?:ped|s)?|forward(?:ed|s)?|bound|visible|served?|goes? out)`;
const LISTENS = String.raw`(?:listen(?:s|ing)?|binds?|answer(?:s|ing)?|internally|inside(?: it)?(?: listens)?|in the container)`;

interface Found {
  readonly ports: PortWord[];
  readonly add: (port: number, target?: number, more?: Partial<PortWord>) => void;
}

function collector(): Found {
  const ports: PortWord[] = [];
  return {
    ports,
    add: (port, target, more = {}) => {
      if (port <= 0 || port >= 65_536 || ports.some((p) => (p.port === port && (p.protocols?.[0] ?? 'tcp') === (more.protocols?.[0] ?? 'tcp')) || (p.target === port && target === undefined) || (p.last !== undefined && p.last === target))) return; // prettier-ignore
      ports.push({ port, ...(target === undefined ? {} : { target }), ...more });
    },
  };
}

const num = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
const protocol = (text: string | undefined): Partial<PortWord> => (text === undefined ? {} : /tcp.*udp|udp.*tcp/i.test(text) ? { protocols: ['tcp', 'udp'] } : /udp/i.test(text) ? { protocols: ['udp'] } : {}); // prettier-ignore

export function readPorts(said: Said): PortWord[] {
  const found = collector();
  const local = said.has(new RegExp(String.raw`\b(?:only|just|bound|binds?|published|reachable|publish\w*|listen\w*)\b[^.;,]{0,28}?\b(?:on|to|from|at|via|for)\s+${LOCAL}\b|\b${LOCAL}(?: |-)only\b|\bonly ${LOCAL}\b`, 'i')); // prettier-ignore
  variables(said, found);
  ranges(said, found);
  pairs(said, found);
  inside(said, found);
  lists(said, found);
  plain(said, found);
  inBrackets(said, found);
  const address = said.take(/\b(?:only|published|bound|binds?|listen\w*|reachable)\s+(?:only\s+)?(?:on|to|at|from)\s+(?:the (?:address|ip|interface)\s+)?(\d{1,3}(?:\.\d{1,3}){3})(?![\d.:/])/i)?.[1]; // prettier-ignore
  if (address !== undefined && !local) return found.ports.map((p) => (p.inside === true ? p : { ...p, address: p.address ?? address })); // prettier-ignore
  if (local) {
    said.take(new RegExp(String.raw`\b(?:only|just|bound|binds?)\b[^.;,]{0,28}?\b(?:on|to|from|at|via|for)\s+${LOCAL}\b|\b${LOCAL}(?: |-)only\b|\bonly ${LOCAL}\b`, 'i')); // prettier-ignore
    return found.ports.map((p) => (p.inside === true || p.address !== undefined ? p : { ...p, address: '127.0.0.1' }));
  }
  return found.ports;
}

/** "host port from PORT with default 8080 to container port 3000", "${PORT:-8080}:3000". */
function variables(said: Said, { add }: Found): void {
  for (const m of said.takeAll(
    /\bports?\s+(?:(?:is|comes|taken|set)\s+)*(?:from|by|via|in)\s+(?:the\s+)?(?:env(?:ironment)?\s+)?(?:variable\s+)?\$?\{?([A-Z][A-Z0-9_]+)\}?,?\s*\(?(?:with\s+)?(?:(?:the|a)\s+)?(?:default(?:s|ing)?(?:\s+(?:to|of|is|value))*|or|else)\s+(\d{2,5})\)?(?:\s*(?:to|->|for|onto|,)\s*(?:(?:the|container|container's|its)\s+)*(?:port\s+)?(\d{2,5}))?/gi,
  ))
    // prettier-ignore
    add(Number(m[2]), num(m[3]), { variable: m[1] ?? '' });
  for (const m of said.takeAll(/\$\{([A-Z][A-Z0-9_]+):-(\d{2,5})\}:(\d{2,5})/g)) add(Number(m[2]), Number(m[3]), { variable: m[1] ?? '' }); // prettier-ignore
}

/** "27015-27020/udp", "UDP 27015 to 27020": a row of them. */
function ranges(said: Said, { add }: Found): void {
  for (const m of said.takeAll(/(?<![\d.:/-])(?:\b(udp|tcp)\s+)?(?:ports?\s+)?(?<!\d)(\d{2,5})-(\d{2,5})(?::(\d{2,5})-(\d{2,5}))?(?:\/(udp|tcp))?(?![\d.-])(?:\s+(udp|tcp)\b)?/gi)) // prettier-ignore
    if (Number(m[3]) > Number(m[2])) add(Number(m[2]), num(m[4]), { last: Number(m[3]), ...protocol(m[6] ?? m[1] ?? m[7]) }); // prettier-ignore
  for (const m of said.takeAll(
    /\b(?:(udp|tcp)\s+(?:ports?\s+)?|ports\s+)(\d{2,5})\s+(?:to|through|up to)\s+(\d{2,5})(?:\s*\/?(udp|tcp))?\b(?!\s+(?:in|inside|on the host))/gi,
  ))
    // prettier-ignore
    if (Number(m[3]) > Number(m[2])) add(Number(m[2]), undefined, { last: Number(m[3]), ...protocol(m[1] ?? m[4]) });
}

/** Both sides are told. */
function pairs(said: Said, { add }: Found): void {
  for (const m of said.takeAll(/(?<!\/\/)\b(\d{1,3}(?:\.\d{1,3}){3}|localhost):(\d{2,5})(?:(?::|\s*(?:->|=>)\s*|\s+to\s+(?:container )?(?:port )?)(\d{2,5}))?(?:\/(udp|tcp))?\b(?![/.]\w)/g))
    add(Number(m[2]), num(m[3]), { address: m[1] === 'localhost' ? '127.0.0.1' : (m[1] ?? ''), ...protocol(m[4]) }); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:port\s+)?${N}(?:\s*(?::|->)\s*${N})?,?\s*(?:but\s+)?(?:is\s+)?(?:only\s+)?(?:published\s+|bound\s+|exposed\s+|reachable\s+|open\s+)?(?:only\s+)?(?:on|to|from|at|via)\s+(?:the\s+)?(?:localhost|loopback(?: interface)?|127\.0\.0\.1)\b`, 'gi'))) add(Number(m[1]), num(m[2]), { address: '127.0.0.1' }); // prettier-ignore
  for (const m of said.takeAll(/(?<!\b(?:user|uid|owner|gid)\s)(?<![\d.:/])(\d{2,5})\s*(?::|->|=>)\s*(\d{2,5})(?:\/(udp|tcp))?\b(?!\.\d)/g)) add(Number(m[1]), Number(m[2]), protocol(m[3])); // prettier-ignore
  const inner = String.raw`(?:container|target|internal|inside|inner)(?:'s)?(?: port)?`;
  for (const m of said.takeAll(new RegExp(String.raw`\b${N}(?: (?:on|of) (?:the |my |our )?host(?: side)?)?\s*[(,]\s*(?:${inner}|port|to|->|its|the|which is|from|mapped to|maps to|goes to)(?:\s+(?:is|:|port|on|the|container|its|own|to))*:?\s*${N}(?:\s+(?:inside|in the container|in it|internally))?\s*\)?`, 'gi'))) add(Number(m[1]), Number(m[2])); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`\b${N}(?: (?:on|of) (?:the |my |our )?host(?: side)?)?\s*[(,]?\s*(?:and |but |port )*${N}\s+(?:inside|in(?: the| its)? container|in it|internally|within)\b\s*\)?`, 'gi'))) add(Number(m[1]), Number(m[2])); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:container|target|internal|inner) port\s+${N}\s*(?:,|is|->|on|as|to|at|published|exposed|mapped|goes|reachable|behind)(?:\s+(?:is|on|as|to|at|the|host|host's|port|published|exposed|mapped|reachable|of))*\s+${N}\b`, 'gi'))) add(Number(m[2]), Number(m[1])); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:expos\w+|publish\w*|map\w*|port|forward\w*)\s+(?:(?:its|the|container|own|port|container's)\s+)*${N}\s+(?:(?:on|as|to|at|onto)\s+)(?:the\s+)?host(?:'s)?(?: port)?\s+${N}\b`, 'gi'))) add(Number(m[2]), Number(m[1])); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:host(?:'s)?\s+)?(?:port\s+)?${N}(?:\s+(?:(?:of|on) (?:the |my |our )?host|outside|externally))?\s*(?:,\s*)?(?:to|maps? to|mapped to|forwarded to|forwards? to|towards?|onto|goes to|leads to|for)\s*(?:(?:its|the|own|container|container's|internal|service|in)\s+)*(?:port\s+)?${N}\b${END}`, 'gi'))) add(Number(m[1]), Number(m[2])); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`(?<![\w.:/-])${N}\s+(?:of|in|inside) (?:the )?container\s+(?:(?:is|goes|comes|published|mapped|exposed)\s+)*(?:on|to|as|at)\s+(?:the\s+)?(?:host(?:'s)?\s+)?(?:port\s+)?${N}\b`, 'gi'))) add(Number(m[2]), Number(m[1])); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`(?<![\w.:/-])(?:(?:container |its |internal )?port\s+)?${N}\s+(?:is\s+)?(?:published|exposed|mapped|reachable|available|forwarded|bound|visible)\s+(?:on|as|to|at|under)\s+(?:(?:the|host|port|host's)\s+)*${N}\b${END}`, 'gi'))) add(Number(m[2]), Number(m[1])); // prettier-ignore
}

/** Where the program itself listens. */
function inside(said: Said, { add }: Found): void {
  for (const m of said.takeAll(new RegExp(String.raw`\b${LISTENS}\s+(?:(?:on|at|to|is|uses|for)\s+)?(?:(?:tcp|container|internal|its|the|http|requests?|traffic|own)\s+)*(?:ports?\s+)?:?${N}\b${END}`, 'gi'))) add(Number(m[1]), undefined, { inside: true }); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:container|internal|target|inner) port\s*(?:is|of|=|:)?\s*${N}\b`, 'gi'))) add(Number(m[1]), undefined, { inside: true }); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:port\s+)?${N}\s+(?:inside|in the container|internally)\b`, 'gi'))) add(Number(m[1]), undefined, { inside: true }); // prettier-ignore
}

/** "ports 80 and 443", "udp port 51820", "53/udp". */
function lists(said: Said, { add }: Found): void {
  for (const m of said.takeAll(
    /\b(udp|tcp)?\s*ports?\s*:?\s+((?:\d{2,5}(?!\d|\.\d|:)(?:\/(?:udp|tcp))?(?:\s*(?:,\s*and|,|and|&|\+|\/)\s*)?)+)(?:\s*\(?(tcp\s*(?:and|&|\/|\+|or)\s*udp|udp\s*(?:and|&|\/|\+)\s*tcp|udp|tcp)\b)?/gi,
  ))
    // prettier-ignore
    for (const n of (m[2] ?? '').matchAll(/(\d{2,5})(?:\/(udp|tcp))?/gi)) {
      const listed = (m[2] ?? '').trim() === n[0] ? {} : { listed: true as const };
      add(Number(n[1]), undefined, { ...listed, ...protocol(n[2] ?? m[1] ?? m[3]) });
    }
  // "ports 5000 tcp and udp, 5044 and 9600"
  for (const m of said.takeAll(
    /\bports?\b[^.;\n]{0,24}?\b(?:tcp|udp)\b,?((?:\s*(?:,\s*(?:and\s+)?|and\s+)\d{2,5}(?![\d.:]\d|\s*(?:%|[GM]i?B?\b)))+)/gi,
  ))
    for (const n of (m[1] ?? '').match(/\d{2,5}/g) ?? []) add(Number(n), undefined, { listed: true });
  // "publishes 80 and 443", "(5672 and 15672)"
  for (const m of said.takeAll(
    new RegExp(
      String.raw`(?:\b(?:on|at|${OUT}|takes?)\s+|\(\s*)(\d{2,5}(?:\s*(?:,\s*(?:and\s+)?|and|&|\+|\/)\s*\d{2,5})+)${END}(?!:\d)(?:\s*\)|(?!\s*\())`,
      'gi',
    ),
  ))
    for (const n of (m[1] ?? '').match(/\d{2,5}/g) ?? []) add(Number(n), undefined, { listed: true });
  for (const m of said.takeAll(
    /\b(udp|tcp)\s+(?:ports?\s+)?(\d{2,5}(?:\s*(?:,\s*(?:and\s+)?|and\s+|&\s*)\d{2,5}(?![\d.:]\d|\/))*)\b/gi,
  ))
    for (const n of (m[2] ?? '').match(/\d{2,5}/g) ?? []) add(Number(n), undefined, protocol(m[1]));
  for (const m of said.takeAll(/(?<![\w.:/-])(\d{2,5})\/(tcp|udp)\b/gi)) add(Number(m[1]), undefined, protocol(m[2]));
}

/** "(./shop, 8080)": a number of its own in a bracket. */
const inBrackets = (said: Said, { add }: Found): void => {
  for (const m of said.takeAll(/(?<![\w.:/-])(\d{3,5})(?=\s*[,)])(?<=\([^()]*(?:,\s*|\()\d+)/g)) add(Number(m[1]));
};

/** "on 8080", "published on 8080", "reachable at http://localhost:8080", "9092 open to the host". */
function plain(said: Said, { add }: Found): void {
  const both = said.has(/\b(?:tcp\s*(?:and|\/|&|\+)\s*udp|udp\s*(?:and|\/|&|\+)\s*tcp)\b/i)
    ? ['tcp', 'udp']
    : undefined;
  for (const m of said.takeAll(/\bhttps?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0):(\d{2,5})(?:\/(?!\w)|(?![\w/]))/gi)) add(Number(m[1])); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:host(?:'s)? port|host|on the host(?: at| as| under)?)\s*(?:is|of|=|:)?\s*${N}\b${END}`, 'gi'))) add(Number(m[1])); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`(?<![\w.:/-])${N}\s+(?:on|of) (?:the |my |our )?host\b`, 'gi'))) add(Number(m[1])); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`(?<![\w.:/-])${N}\s+(?:is\s+|are\s+|should be\s+|gets\s+)?(?:open(?:ed)?|published|exposed|reachable|visible|available)\b(?:\s+(?:to|on|from)\s+the\s+(?:host|outside))?`, 'gi'))) add(Number(m[1])); // prettier-ignore
  for (const m of said.takeAll(new RegExp(String.raw`\b(?:on|at|under|${OUT}(?:\s+(?:it\s+)?(?:on|at|as|under|to|via|only))*|(?<=\b(?:on|at) \d{2,5} )and|(?<=\b(?:on|at) \d{2,5},)|takes?|serves?(?: on)?|wants?)\s*(?:the host\s+)?:?${N}\b${END}(\s*\(?(?:for\s+)?(?:both\s+)?(?:tcp\s*(?:and|\/|&|\+)\s*udp|udp)\)?)?`, 'gi'))) // prettier-ignore
    add(Number(m[1]), undefined, m[2] === undefined ? (both !== undefined && Number(m[1]) === 53 ? { protocols: both } : {}) : protocol(m[2])); // prettier-ignore
}
