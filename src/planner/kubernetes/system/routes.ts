/** Which requests from outside go to which service: hosts and paths as sentences name them, rendered as Ingresses. */
import { findImages } from '../images.ts';
import { Said } from '../attributes.ts';
import type { ClusterBuilder } from '../builder.ts';
import { ingress } from '../ingress.ts';
import { entityOf, type Workload } from '../model.ts';
import { wholeSentences } from './naming.ts';
import { isStore, type Part } from './part.ts';
import type { Parts } from './parts.ts';
import { HOST, plain } from './words.ts';

interface Route {
  readonly host: string;
  readonly path: string;
  readonly part: Part;
}

const PATH = /(?<![\w./:@-])["'`]?(\/(?:[a-z0-9._~*-]+(?:\/[\w.*~-]+)*)?)\/?["'`]?(?=[\s,;)(."'`:]|->|=>|$)/gi;
const REST =
  /\b(?:everything else|anything else|the rest|all (?:the )?other (?:paths?|requests?)|otherwise|the root)\b/gi;

/** What people reach: the front of the system. */
export function frontOf(parts: readonly Part[]): Part | undefined {
  const open = parts.filter((p) => !isStore(p) && p.of === undefined);
  return (
    open.find((p) =>
      /front|web|\bui\b|site|portal|gateway|store-?front/.test(`${p.entity.name ?? ''} ${p.words.join(' ')}`),
    ) ??
    open.find((p) => p.own || p.entity.app?.role === 'app') ??
    open[0]
  );
}

type Token = { readonly at: number; readonly end: number } & (
  { host: string; path: string } | { path: string } | { part: Part }
);

/** Hosts, paths and services of a sentence in their order. */
function tokensOf(parts: Parts, from: number, to: number): Token[] {
  const text = parts.text.text.slice(from, to);
  const images = findImages(text);
  const found: Token[] = [];
  for (const m of text.matchAll(new RegExp(HOST.source, 'gi'))) {
    const host = m[1] ?? '';
    if (images.some((i) => m.index < i.end && i.start < m.index + m[0].length)) continue;
    if (/\b(?:server|nfs|smtp|registry|endpoint|mail|from|issuer|push\w* to)\s+$/i.test(text.slice(0, m.index)))
      continue;
    const path = /^(\/[\w./-]*\w|\/)?/.exec(text.slice(m.index + m[0].length))?.[1];
    found.push({
      at: m.index,
      end: m.index + m[0].length + (path?.length ?? 0),
      host: host.toLowerCase(),
      path: path ?? '',
    });
  }
  const free = (at: number): boolean => !found.some((t) => at >= t.at && at < t.end);
  if (found.length === 0) return [];
  for (const m of text.matchAll(PATH))
    if (
      free(m.index) &&
      !/\b(?:health\w*|probe\w*|mount\w*|volumes?|folder|director\w+|stor(?:ed|es?)|kept|files?|data|command|run(?:s|ning)?)\b[^.;,)]{0,20}$/i.test(
        text.slice(0, m.index),
      )
    )
      found.push({ at: m.index, end: m.index + m[0].length, path: m[1] ?? '/' });
  for (const m of text.matchAll(REST)) found.push({ at: m.index, end: m.index + m[0].length, path: '/' });
  for (const s of parts.spoken)
    if (s.start >= from && s.start < to && free(s.start - from))
      found.push({ at: s.start - from, end: s.end - from, part: s.part });
  return found.sort((a, b) => a.at - b.at);
}

const GOES =
  /^[\s,:)]*(?:(?:only|is|are|should|must|shall|will|be|just|directly|requests?|traffic|over|with|https|tls|via|the|by|ingress|an?)[\s,]*)*(?:goes?|points?|pointing|leads?|routes?|routed|to|sends?|sent|serves?|shows?|opens?|->|=>|for|belongs to|:|=|is)(?![\w])/i;

/** "sonar.acme.io" beside SonarQube: the part whose name the address begins with. */
const called = (parts: readonly Part[], host: string): Part | undefined => {
  const label = host.split('.')[0] ?? '';
  const like = (word: string): boolean => word.length > 2 && label.length > 2 && (word.startsWith(label) || label.startsWith(word)); // prettier-ignore
  return parts.find((p) => !isStore(p) && p.of === undefined && [p.entity.name ?? '', ...p.words].some(like));
};

function routesOf(parts: Parts, from: number, to: number): Route[] {
  const tokens = tokensOf(parts, from, to);
  const text = parts.text.text.slice(from, to);
  const routes: Route[] = [];
  let host = tokens.find((t) => 'host' in t);
  const paths = tokens.filter((t) => 'path' in t && !('host' in t && t.path === ''));
  tokens.forEach((token, i) => {
    if ('host' in token) host = token;
    if (!('path' in token) || host === undefined || !('host' in host)) return;
    const next = tokens[i + 1];
    const before = tokens
      .slice(0, i)
      .reverse()
      .find((t): t is Token & { part: Part } => 'part' in t && !isStore(t.part));
    if ('host' in token && token.path === '') {
      // "host: / to a, /api to b": the paths say who.
      if (next !== undefined && 'path' in next && !('host' in next)) return;
      const named =
        next !== undefined && 'part' in next && GOES.test(text.slice(token.end, next.at)) ? next.part : undefined;
      const alike = before !== undefined && !/[,;]|\band\b/.test(text.slice(before.end, token.at)) ? undefined : called(parts.parts, token.host); // prettier-ignore
      const part = named !== undefined && !isStore(named) ? named : (alike ?? before?.part ?? frontOf(parts.parts));
      if (part !== undefined) routes.push({ host: token.host, path: '/', part });
      return;
    }
    const follows = next !== undefined && 'part' in next && /^[\s,:]*(?:(?:goes?|is|routes?|points?|to|->|=>|for|the|sent|routed|on|service|:|=)[\s,]*)*$/i.test(text.slice(token.end, next.at)); // prettier-ignore
    const part = follows && 'part' in next ? next.part : before?.part;
    if (part !== undefined && paths.length > 0)
      routes.push({ host: host.host, path: token.path === '' ? '/' : token.path, part });
  });
  return routes.filter((r, i) => routes.findIndex((o) => o.host === r.host && o.path === r.path) === i);
}

const NAME = String.raw`["'\x60]?([a-z0-9][a-z0-9-]*)`;
const CERTIFICATE = [
  new RegExp(String.raw`\b(?:certificate|cert|tls)\b[^.;]{0,40}?\bsecret\s+(?:called |named )?${NAME}`, 'i'),
  new RegExp(
    String.raw`\bsecret\s+(?:called |named )?${NAME}["'\x60]?\s+(?:holds|has|contains|for|with|as)\s+(?:the\s+)?(?:certificate|cert|tls)`,
    'i',
  ),
];

const LEADS = new RegExp(
  `(?:\\b(?:reachable|available|accessible|served|public\\w*|exposed|ingress|users?|people|comes? in|via|at|under|host|domain|url|goes?|points?|leads?)\\s+)*${HOST.source}`,
  'gi',
);

/** The routes of all sentences, whose words are understood. */
const allRoutes = (parts: Parts): Route[] =>
  wholeSentences(parts.text).flatMap((sentence) => {
    const own = routesOf(parts, sentence.at, sentence.at + sentence.text.length);
    if (own.length > 0) sentence.takeAll(LEADS);
    return own;
  });

/** Writes the Ingresses for all addresses that the description names. */
export function routeSystem(builder: ClusterBuilder, parts: Parts, front: (part: Part) => Workload | undefined): void {
  const { text } = parts;
  const routes = allRoutes(parts);
  const secret = CERTIFICATE.map((c) => text.take(c)?.[1]).find((s) => s !== undefined);
  const secure = /\bhttps\b|\btls\b|\bcert(?:ificate)?s?\b|\bcert-manager\b|\blet'?s ?encrypt\b/i.test(text.text);
  const className = text.take(
    /\b(?:ingress ?)?class\s*(?:of|is|=|:|named)?\s*["'`]?(?!name\b)([a-z0-9][a-z0-9-]*)|\b(traefik|nginx|haproxy) ingress\b/i,
  );
  const issuer = text.take(/\b(?:cluster ?)?issuer\s+(?:called |named |is )?["'`]?([a-z0-9][a-z0-9-]*)|\b([a-z0-9]+(?:-[a-z0-9]+)+)["'`]?\s+(?:cluster ?)?issuer\b/i); // prettier-ignore
  for (const host of new Set(routes.map((r) => r.host))) {
    const own = routes.filter((r) => r.host === host);
    const backends = own.flatMap((r) => {
      const workload = front(r.part);
      const service = workload?.services.find((s) => s.headless !== true);
      const port = service?.ports[0]?.port || workload?.containers[0]?.ports[0]?.port;
      return workload === undefined
        ? []
        : [{ workload, path: r.path, name: service?.name ?? workload.name, port: port ?? 80 }];
    });
    const first = backends[0];
    if (first === undefined) continue;
    const words = [
      `Ingress for host ${host}`,
      ...backends.map((b) => `path ${b.path} to service ${b.name} port ${b.port}`),
      ...(className === undefined ? [] : [`ingress class ${className[1] ?? className[2] ?? 'nginx'}`]),
      ...(issuer === undefined ? [] : [`cluster issuer ${issuer[1] ?? issuer[2] ?? ''}`]),
      ...(!secure ? [] : [secret === undefined ? 'with https' : `tls secret ${secret}`]),
    ].join('; ');
    if (secure && secret !== undefined) builder.refs.secrets.add(secret);
    const made = ingress(entityOf(-1, { name: first.workload.name, explicit: true }), new Said([plain(words, 0)]), {
      namespace: first.workload.namespace,
      text: plain(words, 0),
      services: builder.services,
      workload: first.workload,
      workloadNamed: (name) => [...builder.workloads.values()].find((w) => w.name === name),
      made: () => [],
      assume: (t) => builder.assume(t),
    });
    if (
      made !== undefined &&
      !builder.objects.some((o) => o.kind === 'Ingress' && o.metadata.name === made.metadata.name)
    )
      builder.objects.push(made);
    else if (made !== undefined)
      builder.objects.push({
        ...made,
        metadata: { ...made.metadata, name: `${made.metadata.name}-${host.split('.')[0] ?? '2'}` },
      });
  }
}
