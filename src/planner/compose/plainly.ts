/** Ways to say one thing that Compose wishes have, made one. */
import { findApps } from '../catalogue/index.ts';
import { numberOf } from '../grammar/quantities.ts';
import type { WorkspaceFacts } from '../context/facts.ts';
import { Ledger, Passage } from '../text.ts';

const REWRITES: readonly (readonly [RegExp, string | ((...m: string[]) => string)])[] = [
  [/\b(one|two|three|four|five|\d+) and a half (?=(?:giga|mega|gibi|mebi)bytes?\b|[GM]i?B\b|gigs?\b)/gi, (_m: string, n: string) => `${numberOf(n)}.5 `],
  [/\bhalf an? (?:gigabyte|gig|GB)\b/gi, '512 MB'],
  [/\b(?:a|one) (?:quarter|fourth) of (?:a|one) (?:cpu|core)\b/gi, '0.25 cpus'],
  [/\bdocker[- ]?(?:compsoe|compoes|comopse|copmose|compse|compos)\b/gi, 'docker compose'],
  [/\bpostgress(?:ql)?\b/gi, 'postgres'],
  [/\bport-?(?:no|nr|number)\.? (?=\d)/gi, 'port '],
  [/(?<=\d)\s*\(\s*(?:inside|in the container)\s*:\s*(\d+)\s*\)/gi, ' ($1 inside)'],
  [/\bdepends (only|just|solely) on\b/gi, 'depends on $1'],
  [/\b(front|client|browser)(,? and(?: the)?) (back|server) ?(end|side)s?\b/gi, '$1 $4$2 $3 $4'],
  [/\b(keeps? (?:its|their|all its) (?:data|state|files))( in [^\s,;.]+),\s*(?:and\s+)?((?:the )?[\w-]+) in (?=[\w`"])/gi, '$1$2, $3 $1 in '],
  [/\b([A-Z][A-Z0-9_]+) (?:is|set to|=) ([\w./:-]+) (?:for|on|in) ([a-z][\w-]*) and ([\w./:-]+) (?:for|on|in) ([a-z][\w-]*)(?=\s*[.,;]|$)/g, '$3 has $1=$2, $5 has $1=$4'],
  [/\bdepends on\b([^.;]*?),\s*([^.;,]*?)\s+(only|just) on\b/gi, 'depends on$1, $2 depends on $3'],
  [/\b(?:i\.e\.|e\.g\.|resp\.|incl\.|approx\.|ie\.?|eg\.?)(?=\s)/gi, ','],
]; // prettier-ignore

const LEAD = String.raw`(?:(?:which are |are |both )?(?:published|exposed|reachable|limited|listening|mounted|capped|set|running|started)\s+(?:on|at|to|with|by)|(?:listen|run|publish|have|get|use|take|are given)s?(?:\s+(?:on|at))?|with|on|from|at)(?:\s+(?:the\s+)?(?:ports?|hosts?|host ports?|profiles?|commands?|volumes?|memory limits?|images?))?`;
const TURN = new RegExp(String.raw`[,\s]\s*(${LEAD})\s+([^\s,;]+) and ([^\s,;]+?),?\s+respectively`, 'i');
const PAIR = /(?<![\w./-])([a-z][\w-]*)((?:\s*\([^)]*\))?) and (?:the\s+)?([a-z][\w-]*)(?![\w/])/i;
const NO_NAME =
  /^(?:two|both|services?|servers?|containers?|cpus?|memory|ports?|volumes?|data|compose|docker|here|there|it|them|on|with|from)$/i;

/** "red and green, published on 8101 and 8102 respectively": each its own. */
function eachItsOwn(sentence: string): string {
  const turn = TURN.exec(sentence);
  const pair = PAIR.exec(sentence.slice(0, turn?.index ?? 0));
  const [one, other] = [pair?.[1] ?? '', pair?.[3] ?? ''];
  if (turn === null || pair === null || NO_NAME.test(one) || NO_NAME.test(other)) return sentence;
  const rest = `${sentence.slice(0, turn.index)}${sentence.slice(turn.index + turn[0].length)}`.replace(
    /\s*\.?\s*$/,
    '',
  );
  const lead = (turn[1] ?? '').replace(/^(?:which are |are |both )/i, '').replace(/\b(port|host|profile|command|volume|image|memory limit)s\b/i, '$1'); // prettier-ignore
  return `${rest}. ${one} is ${lead} ${turn[2] ?? ''}. ${other} is ${lead} ${turn[3] ?? ''}.`;
}

/** "MariaDB or MySQL": the first of two that do the same. */
function firstOfTwo(text: string): string {
  if (!/\bor\b/i.test(text)) return text;
  let read = '';
  let from = 0;
  const apps = findApps(text);
  for (const [i, { app, start, end }] of apps.entries()) {
    const before = apps[i - 1];
    if (before?.app.role !== app.role || before.app.id === app.id || !/^ or (?:an? )?$/i.test(text.slice(before.end, start))) continue; // prettier-ignore
    read += text.slice(from, before.end);
    from = end;
  }
  return read + text.slice(from);
}

const OF_ALL = /,?\s*\b(?:all|both|each|everything)(?: of (?:them|these|it))?(?: (?:in|at|on|is|are|of))*(?: the)?(?: same)? version v?(\d+(?:\.\d+)*)(?=\s*[,.;)]?(?:\s|$))/i; // prettier-ignore

/** "Elasticsearch, Logstash and Kibana, all version 8.13.4": each that was named before. */
function oneVersion(text: string): string {
  const match = OF_ALL.exec(text);
  if (match === null) return text;
  const version = match[1] ?? '';
  let read = '';
  let from = 0;
  const seen = new Set<string>();
  for (const { app, end } of findApps(text.slice(0, match.index))) {
    if (seen.has(app.id)) continue;
    seen.add(app.id);
    const own = /^ v?\d[\d.]*(?![\w.])/.exec(text.slice(end))?.[0] ?? '';
    read += `${text.slice(from, end)} ${version}`;
    from = end + own.length;
  }
  return read + text.slice(from, match.index) + text.slice(match.index + match[0].length);
}

/** "proxy/nginx.conf", "web/": what lies in the workspace, as Compose writes it. */
function withDots(text: string, facts: WorkspaceFacts): string {
  const known = new Set(facts.files);
  for (const file of facts.files)
    for (let end = file.lastIndexOf('/'); end > 0; end = file.lastIndexOf('/', end - 1)) known.add(file.slice(0, end));
  return text.replace(/(?<![\w./:@~$=<>{-])(\w[\w.-]*(?:\/[\w.-]*\w)*)(\/?)(?![\w/@])/g, (all, path: string, slash: string) =>
    (slash !== '' || path.includes('/')) && known.has(path) ? `./${path}` : all); // prettier-ignore
}

export function plainly(text: Passage, facts: WorkspaceFacts): Passage {
  let read = withDots(oneVersion(firstOfTwo(text.text)), facts);
  for (const [pattern, to] of REWRITES) read = typeof to === 'string' ? read.replace(pattern, to) : read.replace(pattern, to); // prettier-ignore
  if (/\brespectively\b/i.test(read))
    read = read
      .split(/(?<=[.;])(?=\s)/)
      .map(eachItsOwn)
      .join('');
  return new Passage(read, 0, new Ledger(read));
}
