/** What is said about one thing, as fields of the API's Container and PodSpec. */
import { DURATION, NUMBER, numberOf, secondsOf } from '../grammar/quantities.ts';
import { Passage } from '../text.ts';
import { ofPod } from './itself.ts';
import type { Draft, Port } from './model.ts';

/** A passage with blanks for what a pattern finds; every other word stays where it was. */
export function blanked(passage: Passage, pattern: RegExp): Passage {
  const text = passage.text.replace(pattern, (m) => ' '.repeat(m.length));
  return text === passage.text ? passage : new Passage(text, passage.at, passage.ledger);
}

/** The words about one thing: several passages read as one. */
export class Said {
  constructor(readonly passages: readonly Passage[]) {}

  get text(): string {
    return this.passages.map((p) => p.text.trim()).join('; ');
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    for (const passage of this.passages) {
      const match = passage.take(pattern);
      if (match !== undefined) return match;
    }
    return undefined;
  }

  takeAll(pattern: RegExp): RegExpExecArray[] {
    return this.passages.flatMap((passage) => passage.takeAll(pattern));
  }

  has(pattern: RegExp): boolean {
    return this.passages.some((passage) => passage.has(pattern));
  }
}

/** Ports that something listens on, in the order named. */
export function readPorts(said: Said): Port[] {
  const ports = containerPorts(said);
  const host = said.take(
    /\bhost[\s-]?ports?\s*(?:of|is|=|:|on|number)?\s*(\d{2,5})(?:\s*(?:->|=>|to|mapped to|maps to|for|forwarded to|and|,)\s*(?:the\s+)?(?:container[\s-]?port|container|port)+\s*(\d{2,5}))?/i,
  );
  if (host?.[1] === undefined) return ports;
  const hostPort = Number(host[1]);
  const port = Number(host[2] ?? ports[0]?.port ?? hostPort);
  const own = ports.filter((p) => p.port !== hostPort || hostPort === port);
  return own.some((p) => p.port === port)
    ? own.map((p) => (p.port === port ? { ...p, hostPort } : p))
    : [{ name: `port-${port}`, port, hostPort }, ...own];
}

function containerPorts(said: Said): Port[] {
  const numbers = new Map<number, Port>();
  for (const list of said.takeAll(
    /\bports?:?\s+((?:[a-z][a-z-]{1,20}\s+\d{2,5}(?:\s*(?:,\s*and|,|and)\s*(?=[a-z][a-z-]{1,20}\s+\d)|(?=\b)))+)/gi,
  ))
    for (const m of (list[1] ?? '').matchAll(/([a-z][a-z-]{1,20})\s+(\d{2,5})/gi))
      if (!NO_PORT_NAME.test(m[1] ?? ''))
        numbers.set(Number(m[2]), {
          name: (m[1] ?? '').toLowerCase().slice(0, 15).replace(/-$/, ''),
          port: Number(m[2]),
        });
  if (numbers.size > 1) return [...numbers.values()];
  numbers.clear();
  const add = (text: string | undefined, protocol?: string): void => {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 1 || port > 65_535 || numbers.has(port)) return;
    numbers.set(port, {
      name: `port-${port}`,
      port,
      ...(protocol?.toUpperCase() === 'UDP' ? { protocol: 'UDP' as const } : {}),
    });
  };
  const container = said.takeAll(/\b(?:container|target)[\s-]?ports?\s*(?:of|is|=|:)?\s*(\d{1,5})(?:\/(tcp|udp))?/gi);
  for (const match of container) add(match[1], match[2]);
  if (numbers.size > 0) return [...numbers.values()];
  for (const match of said.takeAll(
    /(?<!host[\s-]?)\bports?\s*(?:of|is|are|=|:|number)?\s*((?:\d{2,5}(?!\d*\s?(?:m\b|[KMG]i?B?\b|%|cpu|replicas))(?:\/(?:tcp|udp))?(?:\s*(?:,\s*and|,|and|&)\s*|\s+(?=\d{2,5}\b))?)+)/gi,
  )) {
    for (const one of (match[1] ?? '').matchAll(/(\d{2,5})(?:\/(tcp|udp))?/gi)) add(one[1], one[2]);
  }
  for (const match of said.takeAll(
    /\b(?:listen(?:s|ing)?|serv(?:es|ing)|expos(?:es?|ed|ing)|publish(?:es|ed|ing)?|reachable|available|accessible|answers?)\b[^.;,\d]{0,40}?\bon\s+(?:(?:tcp|udp|localhost:|port)\s*)?(\d{2,5})\b(?!\s*(?:%|Gi|Mi|replicas))/gi,
  ))
    add(match[1]);
  for (const match of said.takeAll(/\b(?:expos(?:es?|ed|ing)|publish(?:es|ed|ing)?)\s+(\d{2,5})\b/gi)) add(match[1]);
  if (numbers.size === 0)
    for (const match of said.takeAll(/\bon\s+:?(\d{2,5})\b(?!\s*(?:%|Gi|Mi|[a-z-]*\s*replicas|nodes|pods|GPU))/gi))
      add(match[1]);
  for (const match of said.takeAll(/\bat\s+:?(\d{4,5})\b(?!\s*%|[:.]\d|\s*(?:rps|requests|m\b))/gi)) add(match[1]);
  return [...numbers.values()];
}

/** "7000 (intra-node), 9042 (cql)", "http on 8080 and metrics on 9090", "port 8080 named http": ports by name. */
export function namePorts(said: Said, ports: readonly Port[]): Port[] {
  const names = new Map<number, { name: string; udp: boolean }>();
  const add = (port: string | undefined, name: string | undefined): void => {
    const word = (name ?? '').toLowerCase();
    if (!/[a-z]/.test(word) || NO_PORT_NAME.test(word) || names.has(Number(port))) return;
    names.set(Number(port), { name: word.slice(0, 15), udp: false });
  };
  for (const m of said.text.matchAll(
    /(?<![\w.:/-])(\d{2,5})(?:\/(?:tcp|udp))?\s*(?:\(\s*(?:name[d:]?\s*)?["'`]?([a-z][a-z0-9-]{0,14})["'`]?\s*\)|,?\s+(?:named|called|as|with (?:the )?name)\s+["'`]?([a-z][a-z0-9-]{0,14})["'`]?)/gi,
  ))
    add(m[1], m[2] ?? m[3]);
  for (const m of said.text.matchAll(
    /(?:\bports?\s+|,\s*|\band\s+)["'`]?([a-z][a-z0-9-]{0,14})["'`]?\s*(?:\(|on |=|: ?)(?:port )?(\d{2,5})\b(?!\s*(?:%|Mi|Gi|m\b))/gi,
  ))
    add(m[2], m[1]);
  if (names.size === 0) return [...ports];
  const fresh = [...names].filter(([port]) => ports.length > 0 && !ports.some((p) => p.port === port));
  if (fresh.length > 0 || names.size > 0) said.takeAll(/(?<![\w.:/-])\d{2,5}\s*\(\s*[a-z][a-z0-9-]{0,14}\s*\)/gi);
  return [
    ...ports.map((p) => ({ ...p, name: names.get(p.port)?.name ?? p.name })),
    ...fresh
      .filter(([port]) => new RegExp(`\\b${port}\\s*\\(`).test(said.text))
      .map(([port, { name }]) => ({ name, port })),
  ];
}

const NO_PORT_NAME =
  /^(?:port|ports|listens?|exposed?|exposes|reachable|available|service|it|and|tcp|udp|balancer|public|cluster|serves?|answers?|internally|target|container|named|on|node|nodeport|at|for|default|optional|both|user|group|uid|gid|value|weight|timeout|runs?|running|replicas?|intra)$/i;

/** Environment variables: `NAME=value`, `NAME from config map x key y`, `NAME from the secret x`. */
export function readEnv(said: Said, refs: { configMaps: Set<string>; secrets: Set<string> }): Draft[] {
  const env = new Map<string, Draft>();
  const from = String.raw`([A-Z][A-Z0-9_]+)\s+(?:(?:is|are|comes?|taken|read|set|injected|populated|sourced)\s+)?(?:=\s*)?from\s+(?:(?:the|a)\s+)?(?:(?:key\s+["'\x60]?([\w.-]+)["'\x60]?\s+(?:of|in|from)\s+)?(?:the\s+)?(?:existing\s+)?)`;
  for (const match of said.takeAll(
    new RegExp(
      `${from}([Cc]onfig ?-?[Mm]ap|[Ss]ecret)\\s+(?:named |called )?["'\`]?([a-z0-9][a-z0-9.-]*[a-z0-9])["'\`]?(?:[,\\s(]+(?:with\\s+)?key\\s*[:=]?\\s*["'\`]?([\\w.-]+)|/([\\w.-]+))?`,
      'g',
    ),
  )) {
    const [, name = '', keyBefore, kind = '', object = '', keyAfter, keySlash] = match;
    const key = (keyBefore ?? keyAfter ?? keySlash ?? name).replace(/[.,]+$/, '');
    const secret = /^s/i.test(kind);
    (secret ? refs.secrets : refs.configMaps).add(object);
    const optional = /^[^;.]{0,12}\boptional\b/i.test(match.input.slice(match.index + match[0].length));
    env.set(name, { name, valueFrom: { [secret ? 'secretKeyRef' : 'configMapKeyRef']: { name: object, key, ...(optional ? { optional: true } : {}) } } }); // prettier-ignore
  }
  for (const match of said.takeAll(
    /\b(?:from|of|in)\s+(?:the\s+)?(config ?-?map|secret)\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9.-]*[a-z0-9])["'`]?\s*\(?\s*(?:with\s+)?(?:the\s+)?keys?\s+((?:["'`]?[\w.-]+["'`]?(?:\s*,\s*and\s+|\s*,\s*|\s+and\s+)?)+?)\)?\s+as\s+((?:[A-Z][A-Z0-9_]+(?:\s*,\s*and\s+|\s*,\s*|\s+and\s+)?)+)/g,
  )) {
    const secret = /^s/i.test(match[1] ?? '');
    const keys = (match[3] ?? '').split(/\s*(?:,\s*and\b|,|\band\b)\s*/).map((k) => k.replace(/["'`\s]/g, ''));
    (match[4]?.match(/[A-Z][A-Z0-9_]+/g) ?? []).forEach((name, i) => {
      (secret ? refs.secrets : refs.configMaps).add(match[2] ?? '');
      env.set(name, { name, valueFrom: { [secret ? 'secretKeyRef' : 'configMapKeyRef']: { name: match[2] ?? '', key: keys[i] ?? keys[0] ?? name } } }); // prettier-ignore
    });
  }
  for (const match of said.takeAll(
    /\b([A-Z][A-Z0-9_]{1,})\s*=\s*("[^"]*"|'[^']*'|`[^`]*`|[^\s,;)]+(?:,(?!\s|[A-Z][A-Z0-9_]*=)[^\s,;)]+)*)/g,
  )) {
    const name = match[1] ?? '';
    if (!env.has(name)) env.set(name, { name, value: (match[2] ?? '').replace(/^["'`]|["'`.]+$/g, '') });
  }
  for (const match of said.takeAll(
    /\b(?:env(?:ironment)?(?: variable)?s?|variable)\s+["'`]?([A-Za-z][A-Za-z0-9_]*)["'`]?\s*(?:=|:|set to|is|to|with value|of)\s*["'`]?([^\s,;"'`)]+)/gi,
  )) {
    const name = match[1] ?? '';
    if (!env.has(name) && !/^(?:from|and|the|with|variables?|is|set)$/i.test(name))
      env.set(name, { name, value: (match[2] ?? '').replace(/\.$/, '') });
  }
  for (const match of said.takeAll(
    /\b([A-Z][A-Z0-9]*_[A-Z0-9_]+|[A-Z]{3,})\s+(?:set to|is|to|equal to|with (?:the )?value)\s+["'`]?([^\s,;"'`)]+)/g,
  )) {
    const name = match[1] ?? '';
    if (!env.has(name) && !/^(?:CPU|RAM|TLS|HTTP|HTTPS|DNS|GPU|API|PVC|HPA|PDB)$/.test(name))
      env.set(name, { name, value: (match[2] ?? '').replace(/\.$/, '') });
  }
  for (const entry of ofPod(said)) env.set(entry.name, entry);
  return [...env.values()];
}

/** `envFrom` for "all keys of config map x as environment". */
export function readEnvFrom(said: Said, refs: { configMaps: Set<string>; secrets: Set<string> }): Draft[] {
  const found: Draft[] = [];
  const pattern =
    /\b(?:env(?:ironment)?(?: variables?)? from|envfrom|all (?:the |of the )?(?:keys|values|entries|secrets|variables|data|settings|contents) (?:of|from|in)|load(?:s|ed)? (?:its )?(?:env(?:ironment)?|config(?:uration)?) from)\s+(?:the\s+)?(config ?-?map|secret)\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9.-]*[a-z0-9])(?![^.;,]{0,20}\bfiles?\b)/gi;
  for (const match of said.takeAll(pattern)) {
    const secret = /^s/i.test(match[1] ?? '');
    (secret ? refs.secrets : refs.configMaps).add(match[2] ?? '');
    found.push({ [secret ? 'secretRef' : 'configMapRef']: { name: match[2] ?? '' } });
  }
  // "config map x as environment variables", "secret x is loaded into the environment"
  for (const match of said.takeAll(
    /\b(config ?-?map|secret)\s+(?:named |called )?["'`]?([a-z0-9]+(?:[.-][a-z0-9]+)*)["'`]?\s+(?:(?:is|are|gets?|should be|must be)\s+)?(?:(?:loaded|injected|exposed|used|available|provided|imported|passed|consumed|set|mounted)\s+)?(?:(?:as|into|in|through|via|to)\s+)(?:the\s+|its\s+|all\s+)*env(?:ironment)?(?: variables?| vars?)?\b/gi,
  )) {
    const secret = /^s/i.test(match[1] ?? '');
    const ref = { [secret ? 'secretRef' : 'configMapRef']: { name: match[2] ?? '' } };
    if (
      /^(?:is|are|as|and|the|with)$/.test(match[2] ?? '') ||
      found.some((f) => JSON.stringify(f) === JSON.stringify(ref))
    )
      continue;
    (secret ? refs.secrets : refs.configMaps).add(match[2] ?? '');
    found.push(ref);
  }
  const prefix =
    found.length === 1
      ? said.take(/\b(?:with|under|using) (?:the )?prefix\s+["'`]?([A-Za-z_][A-Za-z0-9_]*)/i)?.[1]
      : undefined;
  return prefix === undefined ? found : found.map((f) => ({ prefix, ...(f as Record<string, Draft>) }));
}

/** Annotations by their keys with a prefix: `example.com/key=value`, whatever the value holds. */
export function annotationsIn(said: Said): Record<string, string> {
  if (!said.has(/\bannotat/i)) return {};
  const found: Record<string, string> = {};
  for (const m of said.takeAll(
    /["'`]?\b([a-z0-9-]+(?:\.[a-z0-9-]+)+\/[A-Za-z][\w.-]*)["'`]?\s*(?:=|:\s?|\s(?:set )?to\s|\swith (?:the )?value\s)\s*(?:"([^"]*)"|'([^']*)'|([^\s,;"'`)]+))/g,
  ))
    found[m[1] ?? ''] = m[2] ?? m[3] ?? (m[4] ?? '').replace(/[.]$/, '');
  return found;
}

/** Labels or annotations as `key=value`, `key: value`. */
export function readPairs(said: Said, word: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  const pattern = new RegExp(
    String.raw`(?<![\w-])${word}\b(?:\s+(?:is|are|of|with|on the pods|set to))?[:\s]*((?:["'\x60]?[\w./-]+["'\x60]?\s*(?:=|:\s?)\s*["'\x60]?(?:https?:[^\s,;"'\x60]+|[\w./-]+)["'\x60]?(?:\s*(?:,|and|,\s*and|\s)\s*)?)+)`,
    'gi',
  );
  for (const match of said.takeAll(pattern)) {
    for (const pair of (match[1] ?? '').matchAll(
      /([\w./-]+)["'`]?\s*(?:=|:\s?)\s*["'`]?(https?:[^\s,;"'`]+|[\w./-]*[\w])/g,
    ))
      pairs[pair[1] ?? ''] = pair[2] ?? '';
  }
  return pairs;
}

export { DURATION, NUMBER, numberOf, secondsOf };
