/** What is said about a Service. */
import { DURATION, secondsOf } from '../grammar/quantities.ts';
import type { Said } from './attributes.ts';
import { annotationsIn, readPairs } from './attributes.ts';
import { fillFields } from './fields.ts';
import type { DraftObject, ServiceWish, Workload } from './model.ts';

type PortWish = ServiceWish['ports'][number];

const TO = String.raw`\s*(?:->|=>|to|:|/|(?:\(|,)?\s*(?:and\s+|which\s+|that\s+)?(?:forward(?:s|ing|ed)?|rout(?:es|ing|ed)|map(?:s|ped|ping)?|point(?:s|ing)|target(?:s|ing)?)(?: it)?(?: to| at)?|and|,|with)\s*(?:the )?(?:container |pod |pods' |its )*(?:(?:target|container)[\s-]?)?(?:ports?)?\s*(?:of|is|=|:|on|number)?\s*`;

/** Address families, stickiness and what is published before it is ready. @returns whether a client stays with one pod */
function readBehaviour(said: Said, fields: DraftObject): boolean {
  let sticky = false;
  const stack = said.take(
    /\bdual[- ]?stack\b[^.;,]{0,16}\b(required?)\b|\b(?:prefer\w*\s+)?dual[- ]?stack\b(?: preferred)?/i,
  );
  if (stack !== undefined) fields['ipFamilyPolicy'] = stack[1] === undefined ? 'PreferDualStack' : 'RequireDualStack';
  if (
    said.take(
      /\b(?:session ?affinity|sticky(?: sessions?)?|client ?-?ip affinity|same (?:client|user)s? (?:always )?(?:to|goes to) the same pod)\b/i,
    )
  ) {
    sticky = true;
    const kept = said.take(
      new RegExp(
        `\\b(?:sticky|affinity|sessions?|client ?-?ip|time ?out)\\b[^.;\\d]{0,50}?(?:for|of|to|time ?out|=|:)\\s*(?:an?\\s+)?${DURATION}`,
        'i',
      ),
    );
    const hour = kept === undefined && said.take(/\bfor an (hour)\b/i) !== undefined;
    if (kept?.[1] !== undefined || hour)
      fields['sessionAffinityConfig'] = {
        clientIP: { timeoutSeconds: hour ? 3600 : secondsOf(kept?.[1] ?? '1', kept?.[2] ?? 's') },
      };
    said.take(/\b(?:by|on|per) client ?ip\b/i);
  }
  if (
    said.take(
      /\bpublish\w*\b[^.;,]{0,30}\bnot[ -]?ready\b|\bpublish\w*\b[^.;,]{0,40}\b(?:un|not (?:yet )?)ready\b|\b(?:not[ -]ready|unready) (?:addresses|pods)\b/i,
    )
  )
    fields['publishNotReadyAddresses'] = true;
  return sticky;
}

/** @param said the words about the service @param name its name where it has one */
export function readService(said: Said, name: string | undefined): ServiceWish {
  const wish: ServiceWish = { ...(name === undefined ? {} : { name }), ports: readServicePorts(said) };
  const only = wish.ports.length === 1 ? wish.ports[0] : undefined;
  const portName =
    only !== undefined && only.name === undefined
      ? said.take(/\bport[ -]?name\s*(?:is|of|=|:)?\s*["'`]?([a-z][a-z0-9-]{0,14})\b/i)?.[1]
      : undefined;
  if (only !== undefined && portName !== undefined) wish.ports = [{ ...only, name: portName }];
  const external = said.take(/\bexternal ?-?name\b(?:[^.;]*?\b([a-z0-9-]+(?:\.[a-z0-9-]+)+))?/i);
  if (external?.[1] !== undefined) return { ...wish, type: 'ExternalName', externalName: external[1] };
  const points = said.take(
    /\b(?:points?|pointing|alias(?:es)?|maps?|resolv\w+|refers?|stands) (?:simply )?(?:to|for)\s+(?:the\s+)?(?:(?:external\s+)?(?:dns name|host(?:name)?|domain|address)\s+)?["'`]?([a-z0-9-]+(?:\.[a-z0-9-]+){1,})\b/i,
  )?.[1];
  if (points !== undefined && !/^\d/.test(points))
    return { ...wish, ports: [], type: 'ExternalName', externalName: points };
  if (external !== undefined) return { ...wish, type: 'ExternalName', externalName: 'example.com' };
  if (said.take(/\bheadless\b|\bcluster ?ip:? ?none\b/i)) wish.headless = true;
  else if (said.take(/\bnode ?-?ports?\b/i)) wish.type = 'NodePort';
  else if (
    said.take(
      /\bload ?-?balancer\b|(?<![\w-])(?:public|external)(?:ly)?(?![\w-])|\bfrom (?:the )?(?:outside|internet)\b|\boutside the cluster\b/i,
    )
  )
    wish.type = 'LoadBalancer';
  else if (said.take(/\bcluster ?-?ip\b/i)) wish.type = 'ClusterIP';
  const selector = readPairs(
    said,
    String.raw`(?:select(?:s|or|ing)?(?: by| on)?(?: the)?(?: pods?)?(?: with)?(?: the)?(?: labell?(?:s|ed)?)?|target(?:s|ing) pods(?: with| labell?ed)?(?: labels?)?|for (?:the )?pods?(?: with| labell?ed)?(?: the)?(?: labels?)?|(?:in front of|for)(?= [\w./-]+\s*=)|matching(?: labels?)?)`,
  );
  if (Object.keys(selector).length > 0) wish.selector = selector;
  const annotations = annotationsIn(said);
  if (Object.keys(annotations).length > 0) wish.annotations = annotations;
  const fields: DraftObject = {};
  if (readBehaviour(said, fields)) wish.sessionAffinity = true;
  if (said.take(/\b(?:without|no|lacks?) (?:an? |any )?(?:pod )?selectors?\b|\bselector-?less\b/i))
    wish.selectorless = true;
  if (
    said.take(
      /\b(?:keep\w*|preserv\w+|retain\w*|sees?|knows?)\s+(?:the\s+)?(?:real\s+|original\s+)?(?:clients?'?s?\s+)?(?:real\s+|original\s+)?source[ -]?(?:ip|address)\w*|\b(?:keep\w*|preserv\w+|retain\w*)\s+(?:the\s+)?(?:real |original )?clients?'?s?\s+(?:ip|address)\w*/i,
    )
  )
    fields['externalTrafficPolicy'] = 'Local';
  fillFields(fields, 'V1ServiceSpec', said);
  const sources = said.take(
    /\b(?:only |just )?(?:reachable |accessible |allowed |open |access )?(?:from|to|for|source ranges?:?)\s+((?:\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}(?:\s*(?:,\s*and|,|and)\s*)?)+)/i,
  )?.[1];
  if (sources !== undefined) fields['loadBalancerSourceRanges'] = sources.match(/[\d.]+\/\d+/g) ?? [];
  if (Object.keys(fields).length > 0) wish.fields = fields;
  return wish;
}

/** "http on 80 (target 8080) and metrics on 9090": ports by name. */
function namedPorts(said: Said, add: (port: PortWish) => void): void {
  const one = String.raw`["'\x60]?([a-z][a-z0-9-]{0,14})["'\x60]?\s+(?:on|at|=|:)\s+(?:port\s+)?(\d{2,5})(?:\s*(?:\(|->|=>|,)?\s*(?:forward\w* |rout\w* )?(?:to |target(?: ?port)?:? ?)(?:port\s+)?(\d{2,5}|[a-z][a-z0-9-]*)\)?)?`;
  if (!said.has(new RegExp(`\\bports?\\s*:?\\s*${one}|${one}[^.;]{0,8}\\band\\s+${one}`, 'i'))) return;
  for (const m of said.takeAll(new RegExp(one, 'gi')))
    if (
      !/^(?:port|ports|listens?|exposed?|exposes|reachable|available|service|it|and|tcp|udp|balancer|public|cluster|serves?|answers?|internally)$/i.test(
        m[1] ?? '',
      )
    )
      add({
        name: (m[1] ?? '').toLowerCase(),
        port: Number(m[2]),
        ...(m[3] === undefined ? {} : { target: /^\d/.test(m[3]) ? Number(m[3]) : m[3] }),
      });
}

/** Ports that are only numbers: `port 80`, `on 8080`. */
const plainPorts = (said: Said): RegExpExecArray[] => [
  ...said.takeAll(
    /(?<!node ?)(?<!target ?-?)(?<!container )\bports?\s*(?:of|is|are|=|:|number)?\s*((?:\d{2,5}(?:\/(?:tcp|udp))?(?:\s*(?:,|and|&)\s*)?)+)/gi,
  ),
  ...said.takeAll(
    /\b(?:on|at|expos(?:es|ed|ing|e)(?: it)?(?: on)?)\s+:?((?:\d{2,5})(?:\/(?:tcp|udp))?)\b(?!\s*(?:%|Gi|Mi|replicas))/gi,
  ),
  ...said.takeAll(
    /(?:^\s*|\bservice\s+["'`]?[a-z][a-z0-9-]*["'`]?\s+)(?:with|for)\s+((?:\d{2,5}(?:\/(?:tcp|udp))?(?:\s*(?:,\s*and|,|and|&)\s*)?)+)(?!\s*(?:%|Gi|Mi|replicas))/gi,
  ),
];

/** "port 80 named http goes to target port 8080 on node port 30080, and port 443 …": each with what is said behind it. */
function portPieces(said: Said): PortWish[] {
  const found: PortWish[] = [];
  for (const passage of said.passages) {
    const { text } = passage;
    const marks = [
      ...text.matchAll(
        /(?<!(?:target|container|node|host|pods?'?)[ -]?)(?<!\bto )\b(?:(?:tcp|udp)\s+)?(?<!node)ports?\s*[:=]?\s*(\d{2,5})\b|(?:^|[,;(:]|\band\b|\bports?)\s*["'`]?([a-z][a-z-]{1,14})["'`]?\s*(?:\(|:\s*|\s)\s*(\d{2,5})(?=\s*(?:->|=>|to\b|\(|,|\))[^;.]{0,24}\d)/gi,
      ),
    ];
    marks.forEach((mark, i) => {
      const words = text.slice(mark.index, marks[i + 1]?.index);
      const port = mark[1] ?? mark[3] ?? '0';
      const rest = words.slice(mark[0].length);
      const name =
        mark[2] ??
        /\b(?:named|called|name:?|with (?:the )?name|as)\s+["'`]?([a-z][a-z0-9-]{0,14})/i.exec(words)?.[1] ??
        /^\s*\(\s*["'`]?([a-z][a-z0-9-]{0,14})["'`]?\s*[,)]/i.exec(rest)?.[1];
      const target =
        /\btarget[\s-]?port\s*(?:named |called |of|is|=|:)?\s*["'`]?(\d{2,5}|[a-z][a-z0-9-]*)/i.exec(rest)?.[1] ??
        /(?:->|=>|\bto\b|\bforward\w*|\bcontainer[\s-]?port|\bpods?'? port)\s*(?:the\s+)?(?:container |pod |pods' )*(?:port\s*)?(\d{2,5})\b/i.exec(
          rest,
        )?.[1];
      const node = /\bnode ?-?port\s*(?:of|is|=|:|number)?\s*(3[0-2]\d{3})\b/i.exec(rest)?.[1];
      const how = /\b(tcp|udp)\b/i.exec(words)?.[1];
      if (name === undefined && target === undefined && node === undefined && how === undefined) return;
      if (/^(?:port|ports|on|to|and|service|type|nodeport|targetport)$/i.test(name ?? '')) return;
      found.push({
        port: Number(port),
        ...(name === undefined ? {} : { name: name.toLowerCase() }),
        ...(target === undefined ? {} : { target: /^\d/.test(target) ? Number(target) : target }),
        ...(node === undefined ? {} : { nodePort: Number(node) }),
        ...protocol(how),
      });
    });
    if (found.length > 1)
      for (const m of marks) passage.ledger.use(passage.at + m.index, passage.at + m.index + m[0].length);
  }
  if (found.length > 1)
    said.takeAll(
      /\b(?:target|node|container)[\s-]?ports?\s*\d{2,5}|(?:->|=>|\bto)\s*\d{2,5}|\b(?:named|called)\s+["'`]?[a-z][a-z0-9-]{0,14}|\bshould go to\b/gi,
    );
  return found.filter((p, i) => found.findIndex((o) => o.port === p.port && o.nodePort === p.nodePort) === i);
}

/** "UDP 53", "exposing amqp 5672 and http 15672", "443 -> 8443": ports in lists. */
function listedPorts(said: Said, add: (port: PortWish) => void): void {
  for (const m of said.takeAll(
    new RegExp(String.raw`\b(udp|tcp)\s+(?:ports?\s+)?(\d{2,5})(?:${TO}(\d{2,5}))?\b`, 'gi'),
  ))
    add({ port: Number(m[2]), ...(m[3] === undefined ? {} : { target: Number(m[3]) }), ...protocol(m[1]) });
  for (const list of said.takeAll(
    /\b(?:expos\w+|publish\w+|with|ports?:?|on|for)\s+(?:the\s+)?(?:ports?:?\s+)?((?:["'`]?[a-z][a-z-]{1,14}["'`]?\s+(?:on\s+)?\d{2,5}(?:\s*(?:,\s*and|,|and)\s*(?=["'`]?[a-z][a-z-]{1,14}["'`]?\s+(?:on\s+)?\d)|(?=\b)))+)/gi,
  ))
    for (const m of (list[1] ?? '').matchAll(/([a-z][a-z-]{1,14})["'`]?\s+(?:on\s+)?(\d{2,5})/gi))
      if (
        !/^(?:ports?|node-?port|target-?port|on|for|and|to|container|tcp|udp|the|weight|value|timeout|replicas|with|at|user|group|type|load|balancer|service)$/i.test(
          m[1] ?? '',
        ) &&
        !/node|target/i.test(m[1] ?? '')
      )
        add({ name: (m[1] ?? '').toLowerCase(), port: Number(m[2]) });
  for (const m of said.takeAll(/(?<![\w:.])(\d{2,5})\s*(?:->|=>)\s*(\d{2,5})\b/g))
    add({ port: Number(m[1]), target: Number(m[2]) });
}

const nodePortOf = (said: Said): number =>
  Number(
    said.take(/\bnode ?-?port\s*(?:of|is|=|:|number|on)?\s*(3[0-2]\d{3})\b/i)?.[1] ??
      said.take(/\bon (?:every node'?s? |node )?(?:port )?(3[0-2]\d{3})\b/i)?.[1] ??
      0,
  );

const targetPortOf = (said: Said): number =>
  Number(
    said.take(/\b(?:target|container)[\s-]?port\s*(?:of|is|=|:)?\s*(\d{2,5})/i)?.[1] ??
      said.take(/\b(?:to|at) (?:port )?(\d{2,5}) (?:of|on|in) the (?:pods?|containers?)/i)?.[1] ??
      said.take(/\b(?:pods?|containers?) (?:all )?listen(?:s|ing)? (?:on|at) (?:port )?(\d{2,5})\b/i)?.[1] ??
      0,
  );

function readServicePorts(said: Said): PortWish[] {
  const ports: PortWish[] = [];
  const add = (port: PortWish): void => {
    if (port.port >= 0 && port.port < 65_536 && !ports.some((p) => p.port === port.port)) ports.push(port);
  };
  const both = said.take(
    /\bports?\s+(\d{2,5})\s*\(?\s*(?:both\s+|on\s+|for\s+|over\s+)?(?:tcp(?:\s+and\s+|\s*\/\s*|\s*\+\s*)udp|udp(?:\s+and\s+|\s*\/\s*|\s*\+\s*)tcp)\b/i,
  )?.[1];
  if (both !== undefined)
    return [
      { name: `tcp-${both}`, port: Number(both), target: Number(both) },
      { name: `udp-${both}`, port: Number(both), target: Number(both), protocol: 'UDP' },
    ];
  const pieces = portPieces(said);
  if (pieces.length > 1) return pieces;
  namedPorts(said, add);
  listedPorts(said, add);
  for (const m of said.takeAll(
    /(?<![\w.:/-])(?<!port |ports )(\d{2,5})\s+to\s+(?:target ?port\s+|port\s+)?(\d{2,5})(?![\d.])(?:\s*,?\s*(?:named|called|as|\()\s*["'`]?([a-z][a-z0-9-]{0,14})\)?)?(?!\s*(?:replicas|pods|copies|%))/gi,
  ))
    add({ port: Number(m[1]), target: Number(m[2]), ...(m[3] === undefined ? {} : { name: m[3] }) });
  const nodePort = nodePortOf(said);
  const node = nodePort === 0 ? {} : { nodePort };
  for (const match of said.takeAll(
    new RegExp(
      String.raw`\b(?:(?<!target |container |target-)ports?\s*(?:of|is|=|:|number)?\s*|on\s+|expos\w+\s+(?:it\s+)?(?:on\s+)?)(\d{2,5})(?:/(tcp|udp))?${TO}(\d{2,5})\b(?!\s*(?:%|Mi|Gi))`,
      'gi',
    ),
  )) {
    const joined =
      /\b(?:and|,)\s*$|^[^\d]*\d+\s*(?:and|,)\s*\d/i.test(match[0]) &&
      !/target|container|forward|rout|map/i.test(match[0]);
    add({ port: Number(match[1]), ...(joined ? {} : { target: Number(match[3]) }), ...node, ...protocol(match[2]) });
    if (joined) add({ port: Number(match[3]) });
  }
  for (const match of said.takeAll(/\b(\d{2,5}):(\d{2,5})\b/g))
    add({ port: Number(match[1]), target: Number(match[2]), ...node });
  const target = targetPortOf(said);
  const byName =
    target === 0
      ? said.take(/\btarget[\s-]?port\s*(?:named |called |of |is |=|:)?\s*["'`]?(?!\d|named|called|of\b|is\b|and\b|on\b)([a-z][a-z0-9-]{0,14})\b/i)?.[1] // prettier-ignore
      : undefined;
  const plain = plainPorts(said);
  for (const match of plain) {
    for (const one of (match[1] ?? '').matchAll(/(\d{2,5})(?:\/(tcp|udp))?/gi)) {
      if (Number(one[1]) === nodePort) continue;
      if (target === Number(one[1]) && ports.length > 0) continue;
      add({
        port: Number(one[1]),
        ...(ports.length > 0 ? {} : target !== 0 ? { target } : byName === undefined ? {} : { target: byName }),
        ...(ports.length === 0 ? node : {}),
        ...protocol(one[2]),
      });
    }
  }
  // Port 0: the one that the workload listens on.
  if (ports.length === 0 && (target !== 0 || nodePort !== 0))
    add({ port: target === 0 ? 0 : target, ...(target === 0 ? {} : { target }), ...node });
  return ports;
}

const protocol = (text: string | undefined): { protocol?: 'UDP' } =>
  text?.toLowerCase() === 'udp' ? { protocol: 'UDP' } : {};

/** The ports of a Service for a workload: those that were wished for, else all that its containers listen on. */
export function portsFor(wish: ServiceWish, workload: Workload | undefined): PortWish[] {
  const container = workload?.containers.flatMap((c) => c.ports) ?? [];
  if (wish.ports.length === 0)
    return container.map((p, i) => ({
      port: p.port,
      // No two ports of a Service have one name.
      name: container.slice(0, i).some((o) => o.name === p.name) ? `port-${p.port}` : p.name,
      target: container.slice(0, i).some((o) => o.name === p.name) ? p.port : p.name,
      ...(p.protocol === undefined ? {} : { protocol: p.protocol }),
    }));
  return wish.ports.map((wished, index) => {
    const p = wished.port === 0 ? { ...wished, port: container[0]?.port ?? 80 } : wished;
    const listening =
      container.find((c) => c.port === (p.target ?? p.port)) ??
      (p.target === undefined && wish.ports.length === 1 ? container[index] : undefined);
    return {
      ...p,
      name: p.name ?? listening?.name ?? `port-${p.port}`,
      target: typeof p.target === 'number' && p.target !== p.port ? p.target : (listening?.name ?? p.target ?? p.port),
      ...(listening?.protocol === undefined ? {} : { protocol: listening.protocol }),
    };
  });
}
