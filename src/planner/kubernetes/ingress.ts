/** Ingresses: hosts, paths, certificates and what nginx is told by annotations. */
import { DURATION, secondsOf } from '../grammar/quantities.ts';
import { Said, readPairs } from './attributes.ts';
import type { CompanionContext, Reader } from './companions.ts';
import type { DraftObject } from './model.ts';
import { object } from './render.ts';
import { backendsIn, readRoutes, type Route } from './routes.ts';

const HOST =
  /\b(?:host(?:name)?s?|domain|for|at|as|under|url)\s*(?:of|is|=|:|named)?\s*(?:https?:\/\/)?["'`]?((?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+)\b|((?:\*\.)?\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|local|example|internal|test|cloud|app|co|de|uk|eu))\b(?![:])/i;

/** Host names in the words, none of them images or label keys. */
export function readHosts(said: Said): string[] {
  const hosts = new Set<string>();
  for (const match of said.takeAll(HOST)) {
    const host = match[1] ?? match[2] ?? '';
    const after = match.input.slice(match.index + match[0].length);
    // What a slash follows is an image's registry or a label's key, unless a path is meant.
    if (match[2] !== undefined && /^\/[\w.-]+(?:[:/]|$)/.test(after)) continue;
    if (/\.(?:io|dev)$/.test(host) && /^(?:gcr|quay|ghcr|docker|k8s|registry)\./.test(host)) continue;
    if (
      /\.(?:ya?ml|json|conf|txt|js|py|html?|svc|cluster\.local|tf|md)$/.test(host) ||
      /kubernetes\.io|k8s\.io/.test(host) ||
      /^\d+(?:\.\d+)+$/.test(host)
    )
      continue;
    hosts.add(host);
  }
  return [...hosts];
}

/** Of several ports the one that the words name, else one that speaks HTTP. */
function webPort(said: Said, context: CompanionContext): number | undefined {
  const ports = context.workload?.containers[0]?.ports ?? [];
  const named = ports.filter((p) => new RegExp(`\\b${p.name}\\b`, 'i').test(said.text));
  const plain = ports.filter((p) => !/grpc|metric|admin|debug|amqp|peer|jmx/i.test(p.name));
  return (named.length === 1 ? named[0] : (plain[0] ?? ports[0]))?.port;
}

/** One path to the workload's own service, where the words name none. */
function onlyRoute(said: Said, context: CompanionContext): { routes: Route[]; port: number } | undefined {
  const named =
    said.take(
      /\b(?:everything|all (?:the )?(?:traffic|requests|paths))\s+(?:goes\s+|is (?:sent|routed)\s+)?to\s+(?:the )?["'`]?([a-z0-9]+(?:-[a-z0-9]+)*):(\d{2,5})\b/i,
    ) ??
    said.take(
      /\bservice\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)["'`]?(?:\s*(?:on |at |with )?(?::|port)\s*(\d{2,5})|:(\d{2,5}))?/i,
    ) ??
    said.take(
      /\b(?:to|for|in front of|routing to|pointing (?:to|at)|backed by)\s+(?:the )?["'`]?([a-z0-9]+(?:-[a-z0-9]+)+)["'`]?(?: service)?(?:[^.;\d]{0,14}(?:port |:)\s*(\d{2,5}))?()/i,
    );
  const port = Number(
    named?.[2] ??
      named?.[3] ??
      said.take(/\bport\s*(\d{2,5})/i)?.[1] ??
      context.workload?.services[0]?.ports[0]?.port ??
      webPort(said, context) ??
      80,
  );
  const path = said.take(/\bpath\s+["'`]?(\/[\w./-]*)/i)?.[1] ?? said.take(/\s(\/[a-z][\w./-]*)/i)?.[1] ?? '/';
  const plain = backendsIn(said.text).find((b) => b.port !== undefined);
  const service =
    named?.[1] !== undefined && !/^(?:on|at|with|and|port|for|the|in)$/.test(named[1])
      ? named[1]
      : (context.workload?.services[0]?.name ?? context.workload?.name ?? plain?.name ?? context.services.at(-1)?.name);
  if (service === undefined) return undefined;
  const known = context.services.find((s) => s.name === service)?.port;
  const used = plain?.name === service ? (plain.port ?? known ?? port) : (known ?? port);
  return {
    routes: [
      { host: undefined, path, exact: false, backends: [{ name: service, port: used, weight: undefined }], text: '' },
    ],
    port: used,
  };
}

function defaultBackend(said: Said, port: number): DraftObject {
  const match = said.take(
    /\bdefault back-?end\b\s*(?:service\s*)?(?:is|=|:|to|of|goes to|pointing (?:to|at)|should be)?\s*(?:the\s+)?(?:existing\s+)?(?:service\s+)?["'`]?([a-z0-9][a-z0-9-]*)["'`]?(?:\s+service)?(?:\s*(?::|on port|port|on|\(port)\s*(\d{2,5}))?/i,
  );
  return match?.[1] === undefined
    ? {}
    : { defaultBackend: { service: { name: match[1], port: { number: Number(match[2] ?? port) } } } };
}

const NGINX = 'nginx.ingress.kubernetes.io';

/** What is said about the proxy's behaviour. */
function annotationsOf(said: Said): Record<string, string> {
  const found: Record<string, string> = {};
  // "foo.bar.com/foo to service1:4200" is a path with its backend.
  for (const m of said.takeAll(
    /["'`]?\b([a-z0-9-]+(?:\.[a-z0-9-]+)+\/[a-z][\w.-]*)["'`]?\s*(?:=|:\s?|\sset to\s|\s(?:is|to)\s(?!["'`]?[a-z][\w-]*:\d)|\swith (?:the )?value\s)\s*["'`]?([^\s,;"'`]+)/gi,
  ))
    // prettier-ignore
    found[m[1] ?? ''] = (m[2] ?? '').replace(/[.]$/, '');
  const set = (name: string, pattern: RegExp, value?: string): void => {
    const match = said.take(pattern);
    if (match !== undefined) found[`${NGINX}/${name}`] ??= value ?? (match[1] ?? match[2] ?? '').replace(/\s/g, '');
  };
  set('rewrite-target', /\brewrit\w+[^.;/]{0,30}?\s["'`]?(\/[\w/$]*)/i);
  set('proxy-body-size', /\b(?:body|upload|request)s?(?: ?body)? ?sizes?\s*(?:of|to|is|=|:|limit(?:ed)?|up to)*\s*(\d+\s?[kmg])b?\b|\b(?:uploads?|bod(?:y|ies)|requests?) (?:of )?(?:up to|at most|no larger than)\s+(\d+\s?[kmg])b?\b/i); // prettier-ignore
  set('force-ssl-redirect', /\b(?:forced?|always|permanent)\b[^.;,]{0,24}\b(?:https|ssl|tls|redirect)\b[^.;,]{0,16}|\bredirect\w*\b[^.;,]{0,30}\bhttps\b|\bssl[- ]redirect\b(?! (?:off|false|disabled))/i, 'true'); // prettier-ignore
  const time = said.take(
    new RegExp(`\\b(?:proxy )?(read|send|connect)[ -]time ?out\\s*(?:of|to|is|=|:)?\\s*${DURATION}`, 'i'),
  );
  if (time?.[2] !== undefined)
    found[`${NGINX}/proxy-${(time[1] ?? 'read').toLowerCase()}-timeout`] = String(secondsOf(time[2], time[3] ?? 's'));
  set(
    'limit-rps',
    /\b(\d+) (?:requests?|rps)(?: per second| \/ ?s|\/s)?\s*(?:per (?:client|ip)|rate limit|$)|\brate ?limit\w*\s*(?:of|to|=|:)?\s*(\d+)/i,
  );
  set('enable-cors', /\b(?:enable|with|allow)s? cors\b|\bcors (?:enabled|on|allowed)\b/i, 'true');
  set('affinity', /\b(?:sticky sessions?|cookie affinity|session affinity)\b/i, 'cookie');
  return found;
}

const RULELESS = /\b(?:no|without(?: any)?)\s+(?:host\s+|path\s+|other\s+)*rules?\b/i;

/** One rule for each host; one for all where none is named. */
const rulesFor = (hosts: readonly string[], pathsOf: (host: string | undefined) => DraftObject): DraftObject[] =>
  (hosts.length === 0 ? [undefined] : hosts).map((host) => ({
    ...(host === undefined ? {} : { host }),
    http: pathsOf(host),
  }));

export const ingress: Reader = (entity, said, context) => {
  const own = readHosts(said);
  // The address may be spoken of before the ingress is.
  const hosts = own.length > 0 ? own : readHosts(new Said([context.text]));
  const extra = annotationsOf(said);
  const text = said.text.replace(/\bdefault back-?end\b[^.;,]*/gi, '');
  const found = readRoutes(text, hosts);
  const only = onlyRoute(said, context);
  const fallback = defaultBackend(said, only?.port ?? 80);
  const hasRules = found.length > 0 || fallback['defaultBackend'] === undefined || said.take(RULELESS) === undefined;
  if (found.length === 0 && only === undefined) return undefined;
  const routes = found.length > 0 ? found : (only?.routes ?? []);
  for (const passage of said.passages) if (found.length > 0) markRoutes(passage, found);
  const everyExact = found.length === 0 && said.take(/\bexact\b/i) !== undefined;
  const pathsOf = (host: string | undefined): DraftObject => ({
    paths: routes
      .filter((r) => r.host === undefined || r.host === host)
      .flatMap((r) => {
        const backend = r.backends[0];
        if (backend === undefined) return [];
        const port =
          backend.port ?? context.workloadNamed(backend.name)?.containers[0]?.ports[0]?.port ?? only?.port ?? 80;
        return [
          {
            path: r.path,
            pathType: r.exact || everyExact ? 'Exact' : 'Prefix',
            backend: { service: { name: backend.name, port: { number: port } } },
          },
        ];
      }),
  });
  const className =
    said.take(
      /\b(?:ingress ?)?class(?:name)?\s*(?:(?:of|is|named|called)\b|=|:)?\s*["'`]?(?!name\b)([a-z0-9][a-z0-9-]*)/i,
    )?.[1] ??
    said.take(/["'`]?\b([a-z0-9][a-z0-9-]*)["'`]?\s+ingress ?class\b/i)?.[1] ??
    (said.take(/\btraefik\b/i) ? 'traefik' : said.take(/\bnginx\b/i) ? 'nginx' : undefined);
  if (className === undefined) context.assume('The ingress uses the class nginx.');
  const name = entity.name ?? context.workload?.name ?? 'web';
  const { tls, annotations } = certificate(said, name, context);
  Object.assign(annotations, extra);
  const made = object('Ingress', name, context.namespace, {
    spec: {
      ingressClassName: className ?? 'nginx',
      ...fallback,
      ...(tls === undefined
        ? {}
        : { tls: [{ ...(hosts.length === 0 ? {} : { hosts: [...hosts] }), secretName: tls }] }),
      ...(hasRules ? { rules: rulesFor(hosts, pathsOf) } : {}),
    },
  });
  if (Object.keys(annotations).length > 0) made.metadata['annotations'] = annotations;
  return made;
};

/** The words of the routes are understood. */
function markRoutes(passage: Said['passages'][number], routes: readonly Route[]): void {
  for (const route of routes) {
    const at = passage.text.indexOf(route.text.trim());
    if (at >= 0) passage.ledger.use(passage.at + at, passage.at + at + route.text.trim().length);
  }
}

/** The secret of the certificate, and who fills it. */
function certificate(
  said: Said,
  name: string,
  context: CompanionContext,
): { tls: string | undefined; annotations: Record<string, string> } {
  const secret =
    said.take(
      /\b(?:tls|certificate)?\s*secret(?: name)?\s+(?:named |called |is |=|: ?)?["'`]?([a-z0-9][a-z0-9-]*)/i,
    )?.[1] ?? said.take(/\b(?:tls|certificate)\s+(?:from|with|in|by|using)\s+["'`]?([a-z0-9]+(?:-[a-z0-9]+)+)/i)?.[1];
  const words = said.text.replace(/\bredirect\w*\b[^.;,]{0,30}\bhttps\b/gi, '');
  const wanted =
    secret !== undefined || /\btls\b|\bhttps\b|\bcertificate\b|\blet'?s ?encrypt\b|\bcert-manager\b/i.test(words);
  said.takeAll(/\b(?:tls|https|certificates?|cert-manager)\b/gi);
  const issuer =
    said.take(/["'`]?\b([a-z0-9]+(?:-[a-z0-9]+)+)["'`]?\s+(?:cluster ?)?issuer\b/i)?.[1] ??
    said.take(/\b(?:cluster[ -]?)?issuer\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)/i)?.[1] ??
    (/\blet'?s ?encrypt|cert-manager/i.test(said.text) ? 'letsencrypt' : undefined);
  const annotations = { ...readPairs(said, 'annotations?') };
  if (issuer !== undefined || (wanted && secret === undefined))
    annotations['cert-manager.io/cluster-issuer'] ??= issuer ?? 'letsencrypt';
  if (wanted && secret === undefined)
    context.assume(`cert-manager fills the secret ${name}-tls (cluster issuer ${issuer ?? 'letsencrypt'}).`);
  return { tls: wanted ? (secret ?? `${name}-tls`) : undefined, annotations };
}
