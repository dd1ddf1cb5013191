/** What is said about several services at once: who waits for whom, who is on which network, what only a profile starts. */
import { argv } from '../kubernetes/program.ts';
import { isNameWord } from '../kubernetes/names.ts';
import { sentences, type Passage } from '../text.ts';
import { healthcheck, type Project, type Service } from './project.ts';

const NAME = String.raw`["'\x60]?([a-z][a-z0-9_-]*)["'\x60]?`;

const ROLES: readonly (readonly [RegExp, (s: Service) => boolean])[] = [
  [/^(?:db|database|data ?store)$/i, (s) => s.app?.role === 'database'],
  [/^(?:cache)$/i, (s) => s.app?.role === 'cache'],
  [/^(?:broker|queue)$/i, (s) => s.app?.role === 'queue' || s.app?.role === 'cache'],
  [/^(?:proxy|reverse proxy|load ?balancer)$/i, (s) => s.app?.role === 'proxy'],
  [/^(?:front ?-?end|ui|client|web)$/i, (s) => /front|web|ui|client/.test(s.name)],
  [/^(?:back ?-?end|api|server|app(?:lication)?)$/i, (s) => /back|api|server|app/.test(s.name)],
]; // prettier-ignore

/** The services that a stretch of text names, by name, component or role, in order. */
export function servicesIn(project: Project, text: string): Service[] {
  const found = new Map<Service, number>();
  for (const service of project.services) {
    const names = [service.name, ...(service.app === undefined ? [] : [service.app.names])].map((n) => n.replace(/\((?!\?)/g, '(?:')); // prettier-ignore
    const at = new RegExp(`(?<![\\w-])(?:${names.join('|')})(?![\\w-])`, 'i').exec(text)?.index;
    if (at !== undefined) found.set(service, at);
  }
  for (const match of text.matchAll(
    /(?<![\w-])(db|database|cache|broker|queue|proxy|reverse proxy|front ?-?end|ui|client|back ?-?end|api|server|app(?:lication)?)(?![\w-])/gi,
  )) {
    // prettier-ignore
    const role = ROLES.find(([word]) => word.test(match[1] ?? ''));
    const service = role === undefined ? undefined : project.services.find(role[1]);
    if (service !== undefined && !found.has(service)) found.set(service, match.index);
  }
  return [...found].sort((a, b) => a[1] - b[1]).map(([s]) => s);
}

/** "x depends on y", "waits until y is healthy", "after y has finished successfully". */
export function readDependencies(project: Project, text: Passage): void {
  for (const sentence of sentences(text)) {
    const verb =
      /\b(?:depend(?:s|ing)? on|wait(?:s|ing)?\s+(?:for|until|till)|starts? (?:only )?(?:after|once|when)|until|only after|needs? .{0,20}first)\b/i.exec(sentence.text); // prettier-ignore
    if (verb === null) continue;
    const before = sentence.text.slice(0, verb.index);
    // What stands in brackets describes a service, not the waiting.
    const rest = sentence.text.slice(verb.index + verb[0].length).replace(/\([^)]*\)/g, (b) => ' '.repeat(b.length));
    const one = servicesIn(project, before).at(-1) ?? subjectOf(project, sentence, verb.index);
    if (one === undefined) continue;
    let used = false;
    for (const clause of rest.split(/,\s*(?:and\s+)?(?=[\w-]+\s)|\band (?:until|for|on)\b|;/)) {
      const peers = servicesIn(project, clause).filter((s) => s !== one);
      // Only the first clause and those that say how it waits are about waiting.
      const how = /\b(?:healthy|ready|finish\w*|complet\w*|done|success\w*|started|up|exit\w*)\b/i.test(clause);
      if (used && !how) break;
      for (const peer of used ? peers.slice(0, 1) : peers) {
        one.dependsOn[peer.name] = { condition: conditionOf(clause, peer) };
        used = true;
      }
      if (!how && used) break;
    }
    if (used) {
      sentence.take(
        /\b(?:that |which )?(?:depend(?:s|ing)? on|wait(?:s|ing)?(?: for| until| till)?|starts? (?:only )?(?:after|once|when))\b/i,
      );
      sentence.takeAll(/\b(?:until|is|are|has|have|was) (?:been )?(?:healthy|ready|finished|completed|done|started|up)(?: successfully)?\b|\b(?:finished|completed) successfully\b|\bhealthy\b/gi); // prettier-ignore
    }
  }
}

/** "migrate must complete successfully before api starts": the other way round. */
export function readPrecedence(project: Project, text: Passage): void {
  for (const sentence of sentences(text)) {
    const match = /\b(?:complet\w*|finish\w*|succeed\w*|exit\w*|(?:is|are|be|become\w*) (?:healthy|ready|up|started)|starts?|runs?|comes? up)(?: (?:successfully|once|first))?\s+before\b/i.exec(sentence.text); // prettier-ignore
    if (match === null) continue;
    const first = servicesIn(project, sentence.text.slice(0, match.index).replace(/\([^)]*\)/g, (b) => ' '.repeat(b.length))).at(0); // prettier-ignore
    const rest = sentence.text.slice(match.index + match[0].length).split(/[,;]/)[0] ?? '';
    for (const later of servicesIn(project, rest))
      if (first !== undefined && later !== first) {
        later.dependsOn[first.name] = { condition: conditionOf(match[0], first) };
        sentence.slice(match.index).take(/^[^,;]*?\bbefore\b(?:[^,;]*?\bstarts?\b)?/i);
      }
  }
}

/** The service whose words an "it depends on" stands in. */
const subjectOf = (project: Project, sentence: Passage, at: number): Service | undefined =>
  project.services
    .filter((s) => s.entity?.passages.some((p) => p.at <= sentence.at + at && p.at + p.text.length >= sentence.at + at))
    .at(-1);

function conditionOf(clause: string, peer: Service): string {
  if (/\b(?:finish\w*|complet\w*|done|exit\w*|success\w*)\b/i.test(clause)) {
    peer.extra['restart'] = 'no';
    return 'service_completed_successfully';
  }
  if (/\bstarted\b/i.test(clause)) return 'service_started';
  // Who waits until it is healthy wants it to be asked, in the component's own way.
  if (/\bhealthy\b/i.test(clause) && peer.app !== undefined && peer.app.probe !== 'none')
    peer.extra['healthcheck'] ??= {};
  return healthcheck(peer) === undefined && peer.extra['healthcheck'] === undefined ? 'service_started' : 'service_healthy'; // prettier-ignore
}

/** "pgadmin and mailhog only in profile debug". */
export function readProfiles(project: Project, text: Passage): void {
  for (const sentence of sentences(text)) {
    for (const match of sentence.takeAll(
      new RegExp(
        String.raw`\b(?:only\s+)?(?:in|with|under|for|by|when|if)?\s*(?:the\s+)?(?:compose\s+)?profile\s+(?:called |named )?${NAME}|\b(?:in|with|under)\s+(?:the\s+)?${NAME}\s+profile\b`,
        'gi',
      ),
    )) {
      // prettier-ignore
      const profile = match[1] ?? match[2];
      if (profile === undefined || !(isNameWord(profile) || /^(?:dev|development|test|prod|production|staging|debug|tools)$/.test(profile))) continue; // prettier-ignore
      const before = sentence.text.slice(0, match.index).split(/[;:]/).at(-1) ?? '';
      // Up to the word before which another statement was made.
      const clause = before.split(/\b(?:always|while|whereas|but)\b/).at(-1) ?? before;
      const everyone = /\b(?:all|everything|both|each|every service|they|these)\b[^,;]*$/i.test(clause);
      for (const service of everyone ? project.services : servicesIn(project, clause))
        service.extra['profiles'] = [profile];
      sentence.take(/\b(?:all|everything|both)\b|\bis active\b|\bactive\b/i);
    }
  }
}

/** "backend gets MONGO_URL=…": variables of what the clause begins with, not of what was spoken of before. */
export function settingsOf(project: Project, text: Passage): void {
  for (const sentence of sentences(text)) {
    const subject = /^\s*(?:and\s+)?(?:the\s+)?([a-z][\w -]{1,24}?)\s+(?:gets?|receives?|has|takes|needs|uses)\b/i.exec(
      sentence.text,
    )?.[1];
    const owner = subject === undefined ? undefined : servicesIn(project, subject)[0];
    if (owner === undefined) continue;
    for (const [, name = '', value = ''] of sentence.text.matchAll(
      /\b([A-Z][A-Z0-9_]{1,})\s*=\s*["'`]?([^\s,;)"'`]+)/g,
    )) {
      const said = value.replace(/\.$/, '');
      for (const other of project.services)
        if (other !== owner && other.environment[name] === said)
          other.environment = Object.fromEntries(Object.entries(other.environment).filter(([n]) => n !== name));
      owner.environment[name] ??= said;
    }
  }
}

/** "a producer and a consumer with commands `a` and `b`": one each, in the order in which they were named. */
export function commandsInTurn(project: Project, text: Passage): void {
  const list = text.take(/\bcommands\s*:?\s*((?:[`"][^`"]+[`"](?:\s*,\s*(?:and\s+)?|\s+and\s+)?){2,})/i)?.[1];
  const commands = [...(list ?? '').matchAll(/[`"]([^`"]+)[`"]/g)].map((m) => m[1] ?? '');
  const own = project.services.filter((s) => s.app === undefined && s.build !== undefined);
  if (commands.length < 2 || own.length < commands.length) return;
  for (const [i, command] of commands.entries()) {
    const service = own[i];
    if (service !== undefined) service.extra['command'] = argv(command);
  }
}

/** A time zone is one for all. */
export function timeZone(project: Project): void {
  const zone = project.services.map((s) => s.environment['TZ']).find((z) => z !== undefined);
  if (zone !== undefined) for (const service of project.services) service.environment['TZ'] ??= zone;
}

export interface Network {
  external?: boolean;
  internal?: boolean;
  subnet?: string;
}

/** Networks by their own names, and who is on them; nothing where the text names none. */
export function readNetworks(project: Project, text: Passage): Map<string, Network> {
  const networks = new Map<string, Network>();
  declare(networks, text);
  if (networks.size === 0) return networks;
  const placed = new Set<Service>();
  for (const sentence of sentences(text)) join(project, networks, sentence, placed);
  for (const [name, network] of networks) {
    const kind = text.take(
      new RegExp(`(?<![\\w-])${name}(?![\\w-])(?: network)?[\\s(]*(?:must be|has to be|should be|is|being|as|marked|,)?\\s*(?:an? |the )?(internal|external)\\b`, 'i'), // prettier-ignore
    )?.[1];
    if (kind !== undefined) network[/^i/i.test(kind) ? 'internal' : 'external'] = true;
    text.takeAll(new RegExp(`(?<![\\w-])${name}(?![\\w-])`, 'gi'));
  }
  const open = [...networks].filter(([, n]) => n.external !== true).map(([name]) => name);
  for (const service of project.services) if (!placed.has(service)) service.networks = open.length === 0 ? [...networks.keys()] : open; // prettier-ignore
  return networks;
}

function declare(networks: Map<string, Network>, text: Passage): void {
  const list = String.raw`${NAME.replace('(', '(?:')}(?:\s*,\s*(?:and\s+)?${NAME.replace('(', '(?:')})*(?:\s*(?:,\s*)?and\s+${NAME.replace('(', '(?:')})`;
  for (const m of text.takeAll(new RegExp(String.raw`\bnetworks\s*(?:called|named|:)?\s*(${list})`, 'gi')))
    for (const name of (m[1] ?? '').split(/\s*,\s*(?:and\s+)?|\s+and\s+/)) networks.set(name.replace(/["'`]/g, ''), {});
  for (const m of text.takeAll(
    new RegExp(
      String.raw`\b((?:already |existing |external |internal |private |shared )*)networks?\s+(?:called |named )?${NAME}(?:\s+(?:with|on|in)\s+(?:the\s+)?subnet\s+([\d./]+))?|\b((?:already |existing |external )*)(?!(?:on|the|an?|in|one|to|own|same|existing|external|private|that|this|docker|compose|shared|common|separate|host|my|our|its)\s)${NAME}\s+network\b(?:\s+(?:with|on|in)\s+(?:the\s+)?subnet\s+([\d./]+))?`,
      'gi',
    ),
  )) {
    // prettier-ignore
    const name = (m[2] ?? m[5] ?? '').toLowerCase();
    const word = m[1] ?? m[4] ?? '';
    if (/^(?:the|a|an|and|or|on|in|with|to|for|of|is|are|it|that|no|mode|only|so|too|which|where|driver|stack|file|docker|compose|bridge|separate|isolated|host|aliases?|common|same|subnet|existing|already|external)$/.test(name)) continue; // prettier-ignore
    const known = networks.get(name) ?? {};
    networks.set(name, {
      ...known,
      ...(/exist|external/i.test(word) ? { external: true } : {}),
      ...(/internal/i.test(word) ? { internal: true } : {}),
      ...((m[3] ?? m[6]) === undefined ? {} : { subnet: m[3] ?? m[6] ?? '' }),
    });
  }
}

/** The network that an address is said to be on: the first one named after it. */
const nearest = (clause: string, ip: string, named: readonly string[]): string => {
  const after = clause.slice(clause.indexOf(ip));
  return named.find((n) => after.includes(n)) ?? named[0] ?? '';
};

/** "the db is only on back-tier", "front end talks to back end on network a, back end to mongo on network b". */
function join(project: Project, networks: Map<string, Network>, sentence: Passage, placed: Set<Service>): void {
  let last: Service[] = [];
  for (const clause of sentence.text.split(/,(?!\s*(?:and\s+)?(?:static|ip|subnet))|\bwhile\b|\bbut\b/)) {
    const named = [...networks.keys()].filter((n) => new RegExp(`(?<![\\w-])${n}(?![\\w-])`, 'i').test(clause));
    const here = servicesIn(project, clause).filter((s) => !named.includes(s.name) || new RegExp(`\\b${s.name}\\b.*\\b${s.name}\\b`, 'i').test(clause)); // prettier-ignore
    const about = here.length > 0 ? here : /\b(?:it|joined|attached|static|on)\b/i.test(clause) ? last : [];
    if (here.length > 0) last = here;
    if (named.length === 0 || /\bnetworks\s/i.test(clause)) continue;
    for (const service of about) {
      const ip = /\b(?:static |fixed )?(?:ip|address)\s*(?:of|=|:)?\s*(\d{1,3}(?:\.\d{1,3}){3})(?!\/)/i.exec(
        clause,
      )?.[1];
      const add = named.filter((n) => !service.networks.includes(n));
      service.networks.push(...add);
      if (ip !== undefined) service.addresses[nearest(clause, ip, named)] = ip;
      placed.add(service);
    }
  }
  for (const n of networks.values())
    if (n.subnet !== undefined) sentence.take(new RegExp(n.subnet.replace(/[./]/g, '\\$&')));
  sentence.takeAll(/\b(?:static |fixed )?(?:ip|address)\s*(?:of|=|:)?\s*\d{1,3}(?:\.\d{1,3}){3}(?!\/)/gi);
}
