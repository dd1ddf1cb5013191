/** The Gateway API: Gateways with their listeners, and HTTPRoutes with paths, headers, weights and filters. */
import type { Said } from './attributes.ts';
import type { CompanionContext, Reader } from './companions.ts';
import { readHosts } from './ingress.ts';
import type { Draft, DraftObject } from './model.ts';
import { isNameWord } from './names.ts';
import { object } from './render.ts';
import { backendsIn, readRoutes, type Backend } from './routes.ts';

/** "an HTTP listener on port 80 and an HTTPS listener on 443 for *.acme.dev": where each one's words begin. */
function listenerParts(text: string): { protocol: string; words: string }[] {
  const marks = [
    ...text.matchAll(
      /\b(https?|tls|tcp|udp)\b(?=[^.;]{0,24}?(?:\blistener|\bport\b|\bon\s+:?\d|\s\d{2,5}\b|\s*[(:]\s*\d))|\blisteners?\s+["'`]?[a-z][\w-]*["'`]?\s*(?=\()/gi,
    ),
  ];
  return marks.map((m, i) => ({
    protocol: (m[1] ?? 'http').toUpperCase(),
    words: text.slice(m.index, marks[i + 1]?.index),
  }));
}

const secretIn = (words: string): string | undefined =>
  /\b(?:secret|certificate)\s+(?:secret\s+)?(?:named |called |from (?:the )?(?:secret )?|in (?:the )?(?:secret )?|ref(?:erence)? )?["'`]?(?!secret\b|for\b|from\b|and\b|in\b|with\b)([a-z0-9][a-z0-9-]*)/i.exec(
    words,
  )?.[1] ?? /\b["'`]?([a-z0-9]+(?:-[a-z0-9]+)+)["'`]?\s+(?:certificate|secret)\b/i.exec(words)?.[1];

export const gateway: Reader = (entity, said, context) => {
  const className =
    said.take(
      /\b(?:gateway ?)?class(?:name)?\s*(?:(?:of|is|named|called)\b|=|:)?\s*["'`]?(?!name\b)([a-z0-9][a-z0-9-]*)/i,
    )?.[1] ??
    said.take(/["'`]?\b([a-z0-9][a-z0-9-]*)["'`]?\s+gateway ?class\b/i)?.[1] ??
    ['envoy', 'cilium', 'istio', 'traefik', 'kong', 'nginx'].find((c) =>
      new RegExp(`\\b${c}\\b`, 'i').test(said.text),
    ) ??
    'nginx';
  const hosts = readHosts(said);
  const parts = listenerParts(said.text);
  const from = said.take(/\b(?:routes?|attach\w*|allowed)\b[^.;]{0,30}?\b(?:from )?(all|any|every) namespaces?\b|\b(?:all|any) namespaces? (?:may|can)\b[^.;,]*/i) === undefined ? 'Same' : 'All'; // prettier-ignore
  const tls = /\btls\b|\bhttps\b/i.test(said.text);
  const plain = [{ protocol: tls ? 'HTTPS' : 'HTTP', words: said.text }];
  const listeners = (parts.length === 0 ? plain : parts).map((part, index, all): Draft => {
    const named = /\b(?:listener\s+)?(?:named|called)\s+["'`]?([a-z][\w-]*)/i.exec(part.words)?.[1];
    const port = Number(/\b(?:port\s*|on\s+:?|[(:]\s*|\s)(\d{2,5})\b/.exec(part.words)?.[1] ?? (part.protocol === 'HTTPS' ? 443 : 80)); // prettier-ignore
    const own = hosts.find((h) => part.words.includes(h)) ?? (all.length === 1 ? hosts[0] : undefined);
    const secret = secretIn(part.words) ?? secretIn(said.text);
    const secure = part.protocol === 'HTTPS' || part.protocol === 'TLS';
    const name = named ?? part.protocol.toLowerCase();
    return {
      name:
        all.slice(0, index).some((p) => p.protocol === part.protocol) && named === undefined ? `${name}-${port}` : name,
      port,
      protocol: part.protocol,
      ...(own === undefined ? {} : { hostname: own }),
      ...(secure
        ? {
            tls: {
              mode: /\bpassthrough\b/i.test(part.words) ? 'Passthrough' : 'Terminate',
              ...(/\bpassthrough\b/i.test(part.words)
                ? {}
                : { certificateRefs: [{ kind: 'Secret', name: secret ?? `${entity.name ?? 'gateway'}-tls` }] }),
            },
          }
        : {}),
      allowedRoutes: { namespaces: { from } },
    };
  });
  said.takeAll(/\b(?:https?|tls)?\s*listen(?:ers?|ing)\b[^.;,]*|\bcertificate(?: secret)?\s+["'`]?[a-z0-9-]+/gi);
  return object('Gateway', entity.name ?? 'gateway', context.namespace, {
    spec: { gatewayClassName: className, listeners },
  });
};

/** The Gateway that a route hangs on, with its namespace where that is another one. */
function parentOf(said: Said, context: CompanionContext): DraftObject {
  const named = said.take(
    /\b(?:(?:parent\s+)?gateway|parent(?: ?ref)?)\s+(?:named |called )?["'`]?(?!api\b|and\b|in\b|for\b|with\b)([a-z0-9][a-z0-9-]*)["'`]?(?:\s+(?:gateway\s+)?(?:\(?in|\(|from|of)\s*(?:the\s+)?(?:namespace\s+["'`]?([a-z0-9][a-z0-9-]*)["'`]?|["'`]?([a-z0-9][a-z0-9-]*)["'`]?\s+namespace))?/i,
  );
  const before = named === undefined ? said.take(/\b["'`]?([a-z0-9]+(?:-[a-z0-9]+)*)["'`]?\s+gateway\b(?:\s+in\s+(?:the\s+)?namespace\s+["'`]?([a-z0-9][a-z0-9-]*))?/i) : undefined; // prettier-ignore
  const word = named?.[1] ?? (before?.[1] !== undefined && isNameWord(before[1]) && !/^(?:its|same|above|http)$/.test(before[1]) ? before[1] : undefined); // prettier-ignore
  const made = context.made('Gateway').at(-1)?.metadata.name;
  const section = said.take(
    /\b(?:section|listener)\s+(?:name\s+|named |called )?["'`]?(?!on\b|for\b|of\b|and\b)([a-z][\w-]*)/i,
  )?.[1];
  const namespace = named?.[2] ?? named?.[3] ?? before?.[2];
  return {
    name: word ?? made ?? 'gateway',
    ...(namespace === undefined ? {} : { namespace }),
    ...(section === undefined ? {} : { sectionName: section }),
  };
}

/** Redirects, rewrites and headers. */
function filtersIn(text: string): DraftObject[] {
  const filters: DraftObject[] = [];
  if (/\bredirect/i.test(text)) {
    const code = /\b(30[12378])\b/.exec(text)?.[1];
    const host = /\bredirect\w*[^.;]{0,30}?\bto\s+(?:host(?:name)?\s+)?["'`]?([a-z0-9-]+(?:\.[a-z0-9-]+)+)/i.exec(
      text,
    )?.[1];
    const path = /\bredirect\w*[^.;]{0,30}?\bto\s+(?:path\s+)?["'`]?(\/[\w./-]*)/i.exec(text)?.[1];
    filters.push({
      type: 'RequestRedirect',
      requestRedirect: {
        ...(/\bhttps\b/i.test(text) ? { scheme: 'https' } : {}),
        ...(host === undefined ? {} : { hostname: host }),
        ...(path === undefined ? {} : { path: { type: 'ReplaceFullPath', replaceFullPath: path } }),
        statusCode: Number(code ?? (/\bpermanent/i.test(text) ? 301 : 302)),
      },
    });
  }
  const rewrite =
    /\b(?:rewrit\w+|strip\w*|replac\w+)\b[^.;]{0,40}?(?:\bto\s+|\bwith\s+|\bprefix\s+)["'`]?(\/[\w./-]*)/i.exec(
      text,
    )?.[1];
  if (rewrite !== undefined)
    filters.push({
      type: 'URLRewrite',
      urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: rewrite } },
    });
  for (const [verb, key] of [
    ['set', 'set'],
    ['add', 'add'],
  ] as const) {
    const header = new RegExp(String.raw`\b${verb}\w*\b[^.;]{0,30}?\b(request|response)? ?headers?\s+["'\x60]?([A-Za-z][\w-]*)["'\x60]?\s*(?:=|:|to|with(?: the)? value|of)\s*["'\x60]?([\w./-]*\w)`, 'i').exec(text); // prettier-ignore
    if (header?.[2] === undefined) continue;
    const response = /^response/i.test(header[1] ?? '');
    filters.push({
      type: response ? 'ResponseHeaderModifier' : 'RequestHeaderModifier',
      [response ? 'responseHeaderModifier' : 'requestHeaderModifier']: {
        [key]: [{ name: header[2], value: header[3] ?? '' }],
      },
    });
  }
  return filters;
}

/** "requests with the header env: canary", "only GET". */
function matchesIn(text: string): DraftObject {
  const found = /\b(?:add|set)s?\b/i.test(text)
    ? null
    : /\bheaders?\s+["'`]?([A-Za-z][\w-]*)["'`]?\s*(?:=|:|is|equals?|equal to|set to|with(?: the)? value|of)\s*["'`]?([\w./-]*\w)/i.exec(
        text,
      );
  const method = /\b(GET|POST|PUT|DELETE|PATCH|HEAD)\b/.exec(text)?.[1];
  return {
    ...(found === null ? {} : { headers: [{ type: 'Exact', name: found[1] ?? '', value: found[2] ?? '' }] }),
    ...(method === undefined ? {} : { method }),
  };
}

const refsOf = (backends: readonly Backend[], port: number): Draft[] =>
  backends.map((b) => ({
    name: b.name,
    port: b.port ?? port,
    ...(b.weight === undefined ? {} : { weight: b.weight }),
  }));

export const httpRoute: Reader = (entity, said, context) => {
  const hosts = readHosts(said);
  const parent = parentOf(said, context);
  const text = said.text.replace(/\b(?:gateway|parent(?: ?ref)?)\s+["'`]?[a-z0-9][a-z0-9-]*["'`]?/gi, 'gateway');
  const routes = readRoutes(text, hosts);
  const filters = filtersIn(said.text);
  const redirects = filters.some((f) => f['type'] === 'RequestRedirect');
  const backends = routes.length > 0 || redirects ? [] : backendsIn(withoutHead(text, entity.name));
  const port = context.workload?.containers[0]?.ports[0]?.port ?? 80;
  const rule = (path: string, exact: boolean, refs: readonly Backend[], words: string): DraftObject => {
    const own = filtersIn(words);
    return {
      matches: [{ path: { type: exact ? 'Exact' : 'PathPrefix', value: path }, ...matchesIn(words) }],
      ...(own.length === 0 ? {} : { filters: own }),
      ...(refs.length === 0 ? {} : { backendRefs: refsOf(refs, port) }),
    };
  };
  const single: Backend[] = backends.length > 0 ? backends : redirects ? [] : [{ name: context.workload?.name ?? 'web', port, weight: undefined }]; // prettier-ignore
  for (const passage of said.passages)
    for (const route of routes) {
      const at = passage.text.indexOf(route.text.trim());
      if (at >= 0) passage.ledger.use(passage.at + at, passage.at + at + route.text.trim().length);
    }
  said.takeAll(/\bredirect\w*\b[^.;,]*|\b\d{1,3} ?%[^.;,]*|\bweights?\b[^.;,]*/gi);
  return object('HTTPRoute', entity.name ?? 'route', context.namespace, {
    spec: {
      parentRefs: [parent],
      ...(hosts.length === 0 ? {} : { hostnames: [...hosts] }),
      rules:
        routes.length > 0 ? routes.map((r) => rule(r.path, r.exact, r.backends, r.text)) : byHeader(text, single, rule),
    },
  });
};

/** "requests with header x: y go to b" beside a split of the rest: rules of their own, before the one for all. */
function byHeader(
  text: string,
  all: readonly Backend[],
  rule: (path: string, exact: boolean, refs: readonly Backend[], words: string) => DraftObject,
): DraftObject[] {
  const clauses = text.split(
    /[.;](?=\s|$)|,\s+(?:and\s+)?(?=(?:requests?|traffic|those|calls?)\b[^.;,]{0,30}\bheaders?\b)/,
  );
  const headed = clauses.filter((c) => /\bheaders?\b/i.test(c) && !/\b(?:add|set)s?\b/i.test(c));
  const rest = clauses.filter((c) => !headed.includes(c)).join('; ');
  const plain = backendsIn(rest);
  if (headed.length === 0 || plain.length === 0) return [rule('/', false, all, text)];
  const port = all.find((b) => b.port !== undefined)?.port;
  return [
    ...headed.map((c) =>
      rule(
        '/',
        false,
        backendsIn(c).map((b) => ({ ...b, port: b.port ?? port, weight: undefined })),
        c,
      ),
    ),
    rule('/', false, plain, rest),
  ];
}

/** Its own name is no backend. */
const withoutHead = (text: string, name: string | undefined): string =>
  name === undefined
    ? text
    : text.replace(
        new RegExp(String.raw`\bhttp ?-?routes?\s+(?:named |called )?["'\x60]?${name}["'\x60]?`, 'i'),
        'route',
      );
