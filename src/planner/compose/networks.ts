/** Networks by their own names, and who is on them. */
import { sentences, type Passage } from '../text.ts';
import { aboutAt, servicesIn } from './cast.ts';
import type { Project, Service } from './project.ts';
import type { Scene } from './scene.ts';

export interface Network {
  external?: boolean;
  internal?: boolean;
  subnet?: string;
}

const NAME = String.raw`["'\x60]?([a-z][a-z0-9_-]*)["'\x60]?`;
const PLAIN = NAME.replace('(', '(?:');
const NOT_NAMES =
  /^(?:the|a|an|and|or|on|in|with|to|for|of|is|are|it|that|this|no|mode|only|so|too|which|where|driver|stack|file|docker|compose|bridge|separate|isolated|host|hosts?|aliases?|alias|common|same|subnet|existing|already|external|internal|private|own|one|two|both|they|between|at|from|each|access|traffic|named|called|but|must|has|have|together|apart|as|by|not|via|through|reach\w*|can|may|should|shared|our|my|its|another|other|all|public|default|whose|connection|using|also|while|do|does|network|names?)$/i;
const UNNAMED = NOT_NAMES.source.slice(1, -1);
const CLOSED =
  /\b(?:internal|isolated from (?:the )?(?:outside|internet|host)|no (?:way out|(?:internet|outside|external|outbound|egress)(?: access| traffic)?|route out|access to the (?:internet|outside)|egress)|without (?:(?:internet|outside|external) access|a way out|internet)|cannot reach (?:the )?(?:internet|outside)|can(?:'t| ?not) (?:get|go) out|cut off from)\b/i;

/** @returns nothing where the text names none */
export function readNetworks(project: Project, scene: Scene, text: Passage): Map<string, Network> {
  const networks = new Map<string, Network>();
  declare(networks, text);
  if (networks.size === 0) apart(project, scene, networks, text);
  if (networks.size === 0) ranged(project, scene, networks, text);
  if (networks.size === 0) return networks;
  if (project.services.some((s) => s.networks.length > 0)) return networks;
  const placed = new Set<Service>();
  let last: string[] = [];
  for (const sentence of sentences(text)) last = join({ project, scene, networks, text, placed }, sentence, last);
  for (const [name, network] of networks) describe(name, network, text);
  for (const name of networks.keys()) text.takeAll(new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'gi'));
  const open = [...networks].filter(([, n]) => n.external !== true).map(([name]) => name);
  for (const service of project.services)
    if (!placed.has(service)) service.networks = open.length === 0 ? [...networks.keys()] : open;
  return networks;
}

/** "back must be internal", "a network inside that has no way out". */
function describe(name: string, network: Network, text: Passage): void {
  for (const m of text.text.matchAll(new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'gi'))) {
    const rest = text.slice(m.index + m[0].length, m.index + m[0].length + 70);
    const clause = rest.slice(0, rest.text.search(/[;.](?:\s|$)|\n|$/));
    if (clause.take(/^["'`]?(?: network)?[\s(,]*(?:(?:which|that|must|has|to|be|should|is|being|as|marked|an?|the|with|and|have)\s+)*external\b/i)) network.external = true; // prettier-ignore
    const said = /^["'`]?(?: network)?[\s(,]*(?:(?:which|that|must|has|have|to|be|should|is|being|as|marked|an?|the|with|itself|and|completely)\s+)*/i.exec(clause.text)?.[0].length ?? 0; // prettier-ignore
    if (clause.slice(said).text.search(CLOSED) === 0) {
      network.internal = true;
      clause.take(CLOSED);
    }
  }
}

const SUBNET = String.raw`(?:,?\s*(?:(?:with|on|in|of)\s+)?(?:the\s+)?(?:subnet|range|cidr)\s*(?:of|is|=|:)?\s*(\d+\.\d+\.\d+\.\d+\/\d+))?`;

function declare(networks: Map<string, Network>, text: Passage): void {
  const list = String.raw`${PLAIN}(?:\s*,\s*(?:and\s+)?${PLAIN})*(?:\s*(?:,\s*)?and\s+${PLAIN})`;
  for (const m of text.takeAll(new RegExp(String.raw`\bnetworks\s*(?:(?:are )?(?:called|named)|:)?\s*(${list})`, 'gi')))
    for (const name of (m[1] ?? '').split(/\s*,\s*(?:and\s+)?|\s+and\s+/)) {
      const bare = name.replace(/["'`]/g, '').toLowerCase();
      if (!NOT_NAMES.test(bare)) networks.set(bare, {});
    }
  // "networks: public (web, api) and private (api, db)", "two networks, public and backplane".
  const item = String.raw`["'\x60]?[a-z][a-z0-9_-]*["'\x60]?(?:\s*\([^)]*\))?`;
  for (const m of text.takeAll(
    new RegExp(
      String.raw`\bnetworks\s*(?:called |named |are |[:,]|-)?\s*(${item}(?:\s*,\s*(?:and\s+)?${item})*\s*(?:,\s*)?and\s+${item})(?=\s*(?:[.;:,\n]|$))`,
      'gi',
    ),
  ))
    // prettier-ignore
    for (const name of (m[1] ?? '').replace(/\([^)]*\)/g, '').match(/[a-z][a-z0-9_-]*/gi) ?? [])
      if (!/^(?:and|the|a|between|which|that|for|with)$/i.test(name)) networks.set(name.toLowerCase(), {});
  // "two networks: outside (ui, api), inside (api, db)": what has its members in brackets is a name, whatever it means.
  for (const m of text.takeAll(/\bnetworks\b[^.;()\n]{0,12}?((?:[\s,:]+(?:and\s+)?["'`]?[a-z][a-z0-9_-]*["'`]?\s*\([^)]*\)){2,})/gi))
    for (const n of (m[1] ?? '').matchAll(/([a-z][a-z0-9_-]*)["'`]?\s*\(/gi)) networks.set((n[1] ?? '').toLowerCase(), {}); // prettier-ignore
  for (const m of text.takeAll(
    new RegExp(
      String.raw`\bnetworks?\b\s*:?\s*((?:(?:,\s*|and\s+|,\s*and\s+)?["'\x60]?[a-z][a-z0-9_-]*["'\x60]?\s+(?:between|for|connects|joins)\s+[^,.;]+)+)`,
      'gi',
    ),
  ))
    // prettier-ignore
    for (const n of (m[1] ?? '').matchAll(/["'`]?([a-z][a-z0-9_-]*)["'`]?\s+(?:between|for|connects|joins)\s/gi))
      if (!NOT_NAMES.test(n[1] ?? '')) networks.set((n[1] ?? '').toLowerCase(), {});
  const before = String.raw`\b((?:already |existing |external |internal |private |shared |docker |isolated |separate |common )*)`;
  for (const m of text.takeAll(
    new RegExp(
      String.raw`${before}networks?\s+(?:(?:which |that )?(?:is |are )?(?:called |named )|:\s*)?${NAME}${SUBNET}|${before}(?!${UNNAMED}\s)${NAME}\s+network\b${SUBNET}`,
      'gi',
    ),
  )) {
    const name = (m[2] ?? m[5] ?? '').toLowerCase();
    const word = m[1] ?? m[4] ?? '';
    // "on network internal with subnet …": a word that usually only describes.
    const plainly = m[2] !== undefined && /^(?:internal|private|public|default|shared)$/.test(name) && /^\s*(?:[,.;)]|$|with\b)/.test(text.text.slice(m.index + m[0].length)) || m[3] !== undefined; // prettier-ignore
    if (NOT_NAMES.test(name) && !plainly) continue;
    networks.set(name, {
      ...(networks.get(name) ?? {}),
      ...(/exist|external/i.test(word) ? { external: true } : {}),
      ...(/internal|isolated/i.test(word) ? { internal: true } : {}),
      ...((m[3] ?? m[6]) === undefined ? {} : { subnet: m[3] ?? m[6] ?? '' }),
    });
  }
  shared(networks, text);
  // "on that network and on `edge`", "on front and back": further ones beside one that is known.
  const names = (): string => [...networks.keys()].join('|') || '(?!)';
  for (const m of text.text.matchAll(
    new RegExp(
      String.raw`\b(?:on|in|joins?|to)\s+(?:(?:that|this|the same|the) network|(?:the\s+)?["'\x60]?(?:${names()})["'\x60]?(?: network)?)\s*(?:,|and|\+|&)\s*(?:(?:also|on|in|the|to)\s+)*["'\x60]([a-z][a-z0-9_-]*)["'\x60]|\bnetworks?\b[^.;\n]{0,60}?\b(?:and|also|on|in|joins?)\s+["\x60]([a-z][a-z0-9_-]*)["\x60](?!\s*[(:])`,
      'gi',
    ),
  )) {
    // prettier-ignore
    const name = m[1] ?? m[2] ?? '';
    if (name !== '' && !NOT_NAMES.test(name) && !networks.has(name)) networks.set(name, {});
  }
}

const APART = /\b(?:separate|different|distinct|isolated)\s+networks\b|\b(?:in|on|has|have|gets?)\s+(?:an?\s+|its\s+|their\s+)?(?:own\s+|separate\s+)?network\s+(?:of\s+(?:its|their)\s+own|each)\b|\beach\b[^.;,]{0,24}\bown network\b/i; // prettier-ignore

/** "Redis and the database live in separate networks, the application is in both": one each, and who is on all of them. */
function apart(project: Project, scene: Scene, networks: Map<string, Network>, text: Passage): void {
  const sentence = sentences(text).find((s) => s.has(APART));
  const match = sentence?.take(APART);
  if (sentence === undefined || match === undefined) return;
  const from = sentence.at - text.at;
  const clause = from + sentence.text.lastIndexOf(', ', match.index) + 1;
  const [near, all] = [servicesIn(project, scene, clause, from + match.index), servicesIn(project, scene, from, from + match.index)]; // prettier-ignore
  const alone = near.length > 1 ? near : all;
  if (alone.length < 2) return;
  const end = from + match.index + match[0].length;
  const both = sentence
    .slice(match.index + match[0].length)
    .take(/\b(?:in|on|to|joins?|sees?|reach\w*) (?:both|all)\b/i);
  const told = both === undefined ? [] : servicesIn(project, scene, end, end + both.index);
  const joined = told.length > 0 ? told : project.services.filter((s) => alone.some((o) => s.dependsOn[o.name] !== undefined)); // prettier-ignore
  for (const one of alone) {
    networks.set(`${one.name}-net`, {});
    for (const s of [one, ...joined]) if (!s.networks.includes(`${one.name}-net`)) s.networks.push(`${one.name}-net`);
  }
  const rest = project.services.filter((s) => s.networks.length === 0);
  if (rest.length === 0) return;
  networks.set('frontend', {});
  for (const s of [...rest, ...joined]) s.networks.push('frontend');
}

/** "own network 172.20.0.0/24": a range without a name, for all of them. */
function ranged(project: Project, scene: Scene, networks: Map<string, Network>, text: Passage): void {
  const subnet = text.take(/\b(?:networks?|subnet|range|cidr)\b[^.;\n/]{0,24}?\b(\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})\b/i)?.[1]; // prettier-ignore
  if (subnet === undefined) return;
  networks.set('net', { subnet });
  for (const s of project.services) s.networks = ['net'];
  for (const m of text.takeAll(new RegExp(ADDRESS.source, 'gi')))
    for (const s of aboutAt(project, scene, m.index)) s.addresses['net'] = m[1] ?? '';
}

/** "front and back share edge-net": what is shared is a network where the sentence, or the name itself, says so. */
function shared(networks: Map<string, Network>, text: Passage): void {
  for (const sentence of sentences(text))
    for (const m of sentence.text.matchAll(
      /\b(?:shar(?:e|es|ing)|meet(?: on| in)|(?:are|is|sit|live|talk)(?: together)? on)\s+(?:the\s+)?(["'`]?)([a-z][a-z0-9]*(?:[_-][a-z0-9]+)*)\1(?=\s*(?:[,.;]|$|and\b|with\b))/gi,
    )) {
      const name = (m[2] ?? '').toLowerCase();
      const said = /(?:^|[-_])net(?:work)?$/.test(name) || sentence.has(/\bnetworks?\s*:/i) || (sentence.has(/\bnetworks?\b/i) && /[-_]/.test(name)); // prettier-ignore
      if (said && !NOT_NAMES.test(name) && !networks.has(name)) networks.set(name, {});
    }
}

/** The network that an address is said to be on: the first one named after it. */
const nearest = (clause: string, ip: string, named: readonly string[]): string => {
  const after = clause.slice(clause.indexOf(ip));
  return named.find((n) => after.includes(n)) ?? named[0] ?? '';
};

const ADDRESS =
  /\b(?:static |fixed |ipv4 )*(?:ip|address)(?: address)?\s*(?:of|is|=|:)?\s*(\d{1,3}(?:\.\d{1,3}){3})(?!\/)/i;

/** What services are put on networks with. */
interface Joining {
  readonly project: Project;
  readonly scene: Scene;
  readonly networks: ReadonlyMap<string, Network>;
  readonly text: Passage;
  /** Services whose networks are told. */
  readonly placed: Set<Service>;
}

/** "client-side (frontend, backend) and server-side (backend, db)": who is on a network stands in brackets behind it. */
function bracketed({ project, scene, networks, text, placed }: Joining, sentence: Passage): boolean {
  let any = false;
  for (const m of sentence.text.matchAll(/(?<![\w-])["'`]?([a-z][a-z0-9_-]*)["'`]?\s*\([^)]*\)/gi)) {
    const name = (m[1] ?? '').toLowerCase();
    if (!networks.has(name)) continue;
    const at = sentence.at - text.at + m.index + m[0].indexOf('(');
    for (const s of servicesIn(project, scene, at, at + m[0].length - m[0].indexOf('('))) {
      if (!s.networks.includes(name)) s.networks.push(name);
      placed.add(s);
      any = true;
    }
  }
  return any;
}

/** "the db is only on back-tier", "front end talks to back end on network a, back end to mongo on network b". */
function join(joining: Joining, sentence: Passage, before: string[]): string[] {
  const { project, scene, networks, text, placed } = joining;
  let last = before;
  let from = 0;
  let former: Service[] = [];
  const borders = [...sentence.text.matchAll(/,(?!\s*(?:and\s+)?(?:static|ip|subnet))|\bwhile\b|\bbut\b|:\s|$/g)];
  if (bracketed(joining, sentence)) return last;
  for (const border of borders) {
    const clause = sentence.text.slice(from, border.index);
    const at = sentence.at - text.at + from;
    from = border.index + border[0].length;
    const said = [...networks.keys()]
      .map((n) => [n, clause.search(new RegExp(`(?<![\\w-])${n}(?![\\w-])`, 'i'))] as const)
      .filter(([, i]) => i >= 0)
      .sort((a, b) => a[1] - b[1])
      .map(([n]) => n);
    const again = /\b(?:same|that|this) network\b/i.test(clause) && last.length > 0 ? [last.at(-1) ?? ''] : [];
    const ordinal = /\b(?:the\s+)?(first|second|third|latter|former)(?:\s+(?:one|network|of (?:them|these)))?\b/i.exec(clause)?.[1]?.toLowerCase(); // prettier-ignore
    const place = ordinal === undefined ? -1 : ['first', 'second', 'third'].indexOf(ordinal === 'former' ? 'first' : ordinal === 'latter' ? 'second' : ordinal); // prettier-ignore
    const order = [...networks.keys()];
    const nth = said.length > 0 || place < 0 ? [] : order.slice(place, place + 1);
    const bothOf = said.length === 0 && order.length > 1 && /\b(?:on|in|joins?|to) (?:both|all)(?: (?:of (?:them|these)|networks|the networks))?\s*$/i.test(clause) ? order : []; // prettier-ignore
    const named = [...new Set([...again, ...said, ...nth, ...bothOf])];
    const here = servicesIn(project, scene, at, at + clause.length, bothOf.length === 0).filter((s) => !named.includes(s.name) || new RegExp(`\\b${s.name}\\b.*\\b${s.name}\\b`, 'i').test(clause)); // prettier-ignore
    const about = here.length > 0 ? here : aboutAt(project, scene, at + Math.max(0, clause.length - 1));
    if (named.length === 0 || /\bnetworks\s*:?\s+["'`]?[\w-]+["'`]?(?:,|\s+and)/i.test(clause)) {
      if (here.length > 0) former = here;
      continue;
    }
    last = named;
    // "db, api and web are on net": the list before the comma is meant, too.
    const listed = former.length > 0 && here.length > 0 && /^\s*(?:and\s+)?(?:the\s+)?["'`]?[\w-]+["'`]?\s+(?:and\s+(?:the\s+)?["'`]?[\w-]+["'`]?\s+)?(?:are|all|share|join|sit|live)\b/i.test(clause) ? former : []; // prettier-ignore
    for (const service of [...listed, ...about]) {
      const ip = ADDRESS.exec(clause)?.[1];
      service.networks.push(...named.filter((n) => !service.networks.includes(n)));
      if (ip !== undefined) service.addresses[nearest(clause, ip, named)] = ip;
      placed.add(service);
    }
    former = here;
  }
  for (const n of networks.values())
    if (n.subnet !== undefined) sentence.take(new RegExp(n.subnet.replace(/[./]/g, '\\$&')));
  sentence.takeAll(ADDRESS);
  return last;
}
