/** Which requests go to which service: hosts, paths, backends and weights, as Ingresses and HTTPRoutes both need them. */
import { isNameWord } from './names.ts';

export interface Backend {
  readonly name: string;
  readonly port: number | undefined;
  readonly weight: number | undefined;
}

/** Requests of one kind. */
export interface Route {
  /** Only for this host; all hosts otherwise. */
  readonly host: string | undefined;
  readonly path: string;
  /** The path alone, not what lies below it. */
  readonly exact: boolean;
  readonly backends: readonly Backend[];
  /** The words about it. */
  readonly text: string;
}

const NAME = String.raw`["'\x60]?([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)["'\x60]?`;
const PORT = String.raw`(?:\s+services?)?\s*(?:,?\s*\(?\s*(?:both |each )?(?:on |at |with |its |and )*(?:the )?ports?\s*(?:number\s*)?[:=]?\s*|:\s?|\s+on\s+)(\d{2,5})\b`;
const NO_BACKEND =
  /^(?:port|ports|service|services|the|a|an|prefix|exact|path|paths|host|traffic|requests?|on|at|with|both|and|to|https?|tls|listener|gateway|weight|everything|else|rest|all|other|it|them|under|from|by|for|type|listens?|number|of|is|are)$/i;
const REST =
  /\b(?:everything else|anything else|(?:all )?the rest(?: of (?:the )?(?:traffic|requests|paths))?|all (?:the )?(?:other|remaining) (?:paths?|requests?|traffic)|(?:any )?other (?:paths?|requests?|traffic)|all else|the root(?: path)?|by default|otherwise|the default)\b/gi;
/** A path: not part of an address, an image, a label key or a range of addresses. */
const PATH = /(?<![\w./:@-])["'`]?(\/(?:[a-z0-9._~*-]+(?:\/[\w.*~-]+)*)?\/?)["'`]?(?=[\s,;)(."'`:]|->|=>|$)/gi;

/** Services with ports and weights, in the order of the text. */
export function backendsIn(text: string): Backend[] {
  const found = new Map<string, Backend & { at: number }>();
  const add = (name: string | undefined, port: string | undefined, at: number): void => {
    if (name === undefined || NO_BACKEND.test(name) || !/[a-z]/i.test(name) || !isName(name)) return;
    const known = found.get(name);
    if (known === undefined)
      found.set(name, { name, port: port === undefined ? undefined : Number(port), weight: undefined, at }); // prettier-ignore
    else if (known.port === undefined && port !== undefined) found.set(name, { ...known, port: Number(port) });
  };
  for (const m of text.matchAll(new RegExp(`(?<![\\w./-])${NAME}${PORT}`, 'gi'))) add(m[1], m[2], m.index);
  for (const m of text.matchAll(new RegExp(String.raw`\bservices?\s+(?:called |named )?${NAME}`, 'gi')))
    add(m[1], undefined, m.index);
  for (const m of text.matchAll(
    new RegExp(
      String.raw`(?:->|=>|\b(?:to|and|for|by|into)\s)\s*(?:the\s+)?(?:services?\s+)?${NAME}(?:\s+service)?(?=[\s,.;()]|$)`,
      'gi',
    ),
  ))
    if (/-|\d/.test(m[1] ?? '') || /\s+service$/.test(m[0]) || /(?:->|=>|\bto\s)/.test(m[0]))
      add(m[1], undefined, m.index);
  const all = [...found.values()].sort((a, b) => a.at - b.at);
  const shared =
    /\b(?:both|each|all)\b[^.;]{0,16}?\b(?:on )?(?:ports?\s*)?(\d{2,5})\b/i.exec(text)?.[1] ??
    (all.at(-1)?.port === undefined ? undefined : String(all.at(-1)?.port));
  const weights = weightsIn(
    text,
    all.map((b) => b.name),
  );
  return all
    .filter(
      (b) =>
        b.port !== undefined ||
        weights.has(b.name) ||
        all.length === 1 ||
        /-|\d/.test(b.name) ||
        new RegExp(`\\bservices?\\s+["'\`]?${b.name}\\b`, 'i').test(text) ||
        all.every((o) => o.port === undefined),
    ) // prettier-ignore
    .map((b) => ({
      name: b.name,
      port: b.port ?? (shared === undefined ? undefined : Number(shared)),
      weight: weights.get(b.name),
    }));
}

const isName = (word: string): boolean =>
  isNameWord(word) ||
  /^(?:web|api|stable|canary|blue|green|frontend|backend|test|default|internal|public|static|data|users?|accounts?|images?|role|node|service-\w+)$/.test(
    word,
  );

/** "80 to a and 20 to b", "90 % to a", "a (weight 90)", "90/10 to a and b", "weights 3 and 1". */
function weightsIn(text: string, names: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  const pair = /\b(\d{1,3})\s*(?:\/|:|-|and)\s*(\d{1,3})\s*%?\s*(?:between|to|for|over|across|split)\b/i.exec(text) ?? /\bweights?\s*(?:of\s+)?(\d{1,3})\s*(?:and|\/|:|,)\s*(\d{1,3})\b/i.exec(text) ?? /\bsplit\b[^.;\d]{0,40}?\b(\d{1,3})\s*(?:\/|:|-)\s*(\d{1,3})\b/i.exec(text); // prettier-ignore
  for (const name of names) {
    const word = `["'\`]?${name.replace(/[.]/g, '\\.')}(?![\\w-])["'\`]?`;
    const before = new RegExp(String.raw`\b(\d{1,3})\s?(?:%|percent)?\s*(?:of (?:the |all )?(?:traffic|requests|them|it)\s*)?(?:(?:should |must |is |are )?(?:go(?:es)?|sent|routed|directed)\s*)?(?:->|=>|to|for|on)\s+(?:the\s+)?(?:service\s+|version\s+)?${word}`, 'i').exec(text); // prettier-ignore
    const after = new RegExp(String.raw`${word}(?:\s+service)?(?:${PORT.replace(/\((?!\?)/g, '(?:')})?\s*[,)]?\s*(?:\(|,|with|has|having|gets|receives|at|takes)*\s*(?:an?\s+)?(?:weight(?:ed)?\s*(?:of|=|:)?\s*)?(\d{1,3})\s?(%|percent|\)|(?=[\s,.;]|$))`, 'i').exec(text); // prettier-ignore
    const weighted = after !== null && /weight|%|percent|gets|receives/i.test(after[0]);
    if (before?.[1] !== undefined && /%|percent/i.test(before[0])) found.set(name, Number(before[1]));
    else if (weighted) found.set(name, Number(after[1]));
    else if (before?.[1] !== undefined && !/\bport\s*$/.test(text.slice(0, before.index)))
      found.set(name, Number(before[1]));
  }
  if (found.size < names.length && pair?.[1] !== undefined && names.length === 2) {
    found.set(names[0] ?? '', Number(pair[1]));
    found.set(names[1] ?? '', Number(pair[2]));
  }
  if (
    found.size === 1 &&
    names.length === 2 &&
    [...found.values()][0] !== undefined &&
    /%|percent|\brest\b|\bremaining\b/i.test(text)
  ) {
    const rest = names.find((n) => !found.has(n)) ?? '';
    found.set(rest, 100 - ([...found.values()][0] ?? 0));
  }
  return found;
}

interface Mark {
  readonly at: number;
  readonly end: number;
  readonly host?: string;
  readonly path?: string;
}

/** @param hosts that the words name, in their order */
export function readRoutes(text: string, hosts: readonly string[]): Route[] {
  const marks = marksIn(text, hosts);
  const pathMarks = marks.filter((m) => m.path !== undefined);
  const perHost = hosts.length > 1 && hostsHaveBackends(text, marks);
  if (pathMarks.length === 0 && !perHost) return [];
  const first = backendsIn(text.slice(0, pathMarks[0]?.at ?? 0)).filter((b) => b.port !== undefined);
  // "service api on 8080 under /api": the service comes before its path.
  const before =
    !perHost && first.length > 0 && backendsIn(text.slice(pathMarks[0]?.end ?? 0, pathMarks[1]?.at)).length === 0;
  const routes: Route[] = [];
  let host: string | undefined;
  const kept = marks.filter((m) => m.path !== undefined || perHost);
  kept.forEach((mark, index) => {
    if (mark.host !== undefined) host = mark.host;
    const piece = before ? text.slice(kept[index - 1]?.end ?? 0, mark.at) : text.slice(mark.end, kept[index + 1]?.at);
    const backends = backendsIn(piece);
    if (mark.path === undefined && kept[index + 1]?.path !== undefined && backends.length === 0) return;
    if (backends.length === 0) return;
    routes.push({
      host: perHost ? host : undefined,
      path: mark.path ?? '/',
      exact:
        /\bexact/i.test(`${text.slice(Math.max(0, mark.at - 14), mark.at)}${piece.slice(0, 40)}`) &&
        !/\bprefix/i.test(piece.slice(0, 14)),
      backends,
      text: `${text.slice(mark.at, mark.end)}${piece}`,
    });
  });
  return routes.filter((r, i) => routes.findIndex((o) => o.host === r.host && o.path === r.path) === i);
}

function marksIn(text: string, hosts: readonly string[]): Mark[] {
  const marks: Mark[] = [];
  for (const host of hosts)
    for (const m of text.matchAll(
      new RegExp(String.raw`(?<![\w.-])${host.replace(/[.*]/g, '\\$&')}(\/[\w./-]*\w|\/)?(?![\w-])`, 'gi'),
    )) {
      marks.push({ at: m.index, end: m.index + host.length, host });
      if (m[1] !== undefined) marks.push({ at: m.index + host.length, end: m.index + m[0].length, path: m[1] });
    }
  for (const m of text.matchAll(PATH)) {
    const lead = text.slice(Math.max(0, m.index - 40), m.index);
    if (/\b(?:rewrit\w*|redirect\w*|replac\w*|strip\w*|target|probe|health\w*|GET|mount\w*|file)\b[^,;.]*$/i.test(lead))
      continue;
    if (marks.some((o) => m.index >= o.at && m.index < o.end)) continue;
    const path = (m[1] ?? '/').replace(/\*$/, '').replace(/(.)\/$/, '$1');
    marks.push({ at: m.index, end: m.index + m[0].length, path });
  }
  for (const m of text.matchAll(REST)) marks.push({ at: m.index, end: m.index + m[0].length, path: '/' });
  return marks.sort((a, b) => a.at - b.at);
}

/** "a.x.io to a:80 and b.x.io to b:81": each host is followed by its own service. */
function hostsHaveBackends(text: string, marks: readonly Mark[]): boolean {
  const hosts = marks.filter((m) => m.host !== undefined);
  return hosts.every((h, i) => backendsIn(text.slice(h.end, hosts[i + 1]?.at)).length > 0);
}
