/** Objects of other API groups: Istio, Gateway API, cert-manager, the Prometheus operator. */
import { NUMBER, numberOf } from '../grammar/quantities.ts';
import type { Said } from './attributes.ts';
import { readPairs } from './attributes.ts';
import type { CompanionContext } from './companions.ts';
import { gateway, httpRoute } from './gateway.ts';
import { readHosts } from './ingress.ts';
import type { Draft, DraftObject, Entity, K8sObject } from './model.ts';
import { isNameWord } from './names.ts';
import { object } from './render.ts';

type Reader = (entity: Entity, said: Said, context: CompanionContext) => K8sObject | undefined;

function targetHost(said: Said, context: CompanionContext, entity: Entity): string {
  const service = said.take(
    /\b(?:service|host)\s+(?:service\s+|the\s+)?["'`]?([a-z0-9][a-z0-9.-]*[a-z0-9])["'`]?/i,
  )?.[1];
  return service !== undefined && isNameWord(service)
    ? service
    : (entity.name ??
        /\bvirtual ?service\s+([a-z0-9][a-z0-9-]*)/i.exec(context.text.text)?.[1] ??
        context.workload?.name ??
        'web');
}

const weights = (said: Said): { subset: string; weight: number }[] => [
  ...said
    .takeAll(
      /(\d{1,3})\s?%\s*(?:of (?:the )?(?:traffic|requests)\s*)?(?:goes |go |is sent |sent )?(?:to|for)\s+(?:the\s+)?(?:subset\s+|version\s+)?["'`]?([a-z0-9][a-z0-9.-]*)/gi,
    )
    .map((m) => ({ subset: m[2] ?? '', weight: Number(m[1]) })),
  ...said
    .takeAll(
      /\b(?:subset\s+)?["'`]?(v\d[\w.]*|stable|canary|blue|green)["'`]?\s*(?:gets|receives|=|:|\(|with weight|at)\s*(\d{1,3})\s?%?/gi,
    )
    .map((m) => ({ subset: m[1] ?? '', weight: Number(m[2]) })),
];

/** "requests of the user jason (header end-user) go to subset v2", "the header x-canary: true goes to v2": before all others. */
function headerRule(said: Said, host: string): DraftObject | undefined {
  const name = String.raw`["'\x60]?([A-Za-z][\w-]*)["'\x60]?`;
  const to = String.raw`[^.;]{0,30}?\b(?:goes|go|to|sent|routed)\s+(?:to\s+)?(?:the\s+)?(?:subset\s+|version\s+)?["'\x60]?([a-z0-9][\w.-]*\w)`;
  const value = String.raw`["'\x60]?([\w.@-]*\w)["'\x60]?`;
  const behind = said.take(new RegExp(String.raw`\b(?:users?|value|clients?|of|from)\s+${value}\s*\((?:the\s+)?header\s+${name}\)${to}`, 'i')); // prettier-ignore
  const before = behind === undefined ? said.take(new RegExp(String.raw`\bheader\s+${name}\s*(?:=|:|is|equals|with(?: the)? value|set to)\s*${value}${to}`, 'i')) : undefined; // prettier-ignore
  const [header, wanted, subset] = behind === undefined ? [before?.[1], before?.[2], before?.[3]] : [behind[2], behind[1], behind[3]]; // prettier-ignore
  if (header === undefined || wanted === undefined || subset === undefined) return undefined;
  return {
    match: [{ headers: { [header.toLowerCase()]: { exact: wanted } } }],
    route: [{ destination: { host, subset } }],
  };
}

const virtualService: Reader = (entity, said, context) => {
  const split = weights(said);
  const host = targetHost(said, context, entity);
  const own = headerRule(said, host);
  if (split.length === 1 && (split[0]?.weight ?? 100) < 100)
    split.push({
      subset: /canary|v2|green/.test(split[0]?.subset ?? '') ? 'v1' : 'v2',
      weight: 100 - (split[0]?.weight ?? 0),
    });
  const route: Draft[] =
    split.length > 0
      ? split.map((s) => ({ destination: { host, subset: s.subset }, weight: s.weight }))
      : [{ destination: { host } }];
  const rest =
    own === undefined || split.length > 0
      ? undefined
      : said.take(
          /\b(?:everything else|anything else|the rest|all (?:the )?(?:others?|other requests|other traffic|rest))\b[^.;]{0,16}?\bto\s+(?:the\s+)?(?:subset\s+|version\s+)?["'`]?([a-z0-9][\w.-]*\w)/i,
        )?.[1];
  const timeout = said.take(/\btimeout\s*(?:of|=|:)?\s*(\d+)\s?(s|seconds?|ms)\b/i);
  const retries = said.take(/\b(\d+)\s+(?:retries|retry|attempts)/i)?.[1];
  const delay = said.take(/\b(?:delay|fault)\b[^.;\d]*(\d+)\s?(s|seconds?|ms)\b/i);
  const rule: DraftObject = {
    route: rest === undefined ? route : [{ destination: { host, subset: rest } }],
    ...(timeout === undefined ? {} : { timeout: `${timeout[1] ?? ''}${/^ms/.test(timeout[2] ?? '') ? 'ms' : 's'}` }),
    ...(retries === undefined ? {} : { retries: { attempts: Number(retries), perTryTimeout: '2s' } }),
    ...(delay === undefined
      ? {}
      : { fault: { delay: { percentage: { value: 100 }, fixedDelay: `${delay[1] ?? ''}s` } } }),
  };
  const hosts = readHosts(said);
  return object('VirtualService', entity.name ?? host, context.namespace, {
    spec: { hosts: hosts.length > 0 ? [...hosts] : [host], http: own === undefined ? [rule] : [own, rule] },
  });
};

const destinationRule: Reader = (entity, said, context) => {
  const host = targetHost(said, context, entity);
  const subsets = [
    ...new Set([...context.text.text.matchAll(/\b(v\d[\w.]*|stable|canary|blue|green)\b/gi)].map((m) => m[0])),
  ];
  const mtls = said.take(/\b(?:mutual|mtls|istio_mutual)\b/i);
  const outlier = said.take(/\boutlier|circuit ?break|consecutive (?:5xx )?errors/i);
  const policy: DraftObject = {
    ...(mtls === undefined ? {} : { tls: { mode: 'ISTIO_MUTUAL' } }),
    ...(outlier === undefined
      ? {}
      : {
          outlierDetection: {
            consecutive5xxErrors: Number(/(\d+)\s+(?:consecutive|errors)/i.exec(said.text)?.[1] ?? 5),
            interval: '30s',
            baseEjectionTime: '30s',
          },
        }),
  };
  return object('DestinationRule', entity.name ?? host, context.namespace, {
    spec: {
      host,
      ...(Object.keys(policy).length === 0 ? {} : { trafficPolicy: policy }),
      ...(subsets.length === 0 ? {} : { subsets: subsets.map((name) => ({ name, labels: { version: name } })) }),
    },
  });
};

const peerAuthentication: Reader = (entity, said, context) =>
  object('PeerAuthentication', entity.name ?? 'default', context.namespace, {
    spec: { mtls: { mode: said.take(/\bpermissive\b/i) === undefined ? 'STRICT' : 'PERMISSIVE' } },
  });

const authorizationPolicy: Reader = (entity, said, context) => {
  const labels = readPairs(said, '(?:labell?(?:s|ed)?|app|select\\w*)');
  const methods = said.takeAll(/\b(GET|POST|PUT|DELETE|PATCH|HEAD)\b/g).map((m) => m[1] ?? '');
  const accounts = said
    .takeAll(/\bservice ?account\s+["'`]?([a-z0-9][a-z0-9-]*)/gi)
    .map((m) => `cluster.local/ns/${context.namespace ?? 'default'}/sa/${m[1] ?? ''}`);
  const deny = said.take(/\bden(?:y|ies)\b/i) !== undefined && accounts.length === 0 && methods.length === 0;
  const rule: DraftObject = {
    ...(accounts.length === 0 ? {} : { from: [{ source: { principals: accounts } }] }),
    ...(methods.length === 0 ? {} : { to: [{ operation: { methods } }] }),
  };
  return object('AuthorizationPolicy', entity.name ?? (deny ? 'deny-all' : 'allow'), context.namespace, {
    spec: {
      ...(Object.keys(labels).length === 0 ? {} : { selector: { matchLabels: labels } }),
      ...(deny ? {} : { action: 'ALLOW', rules: [rule] }),
    },
  });
};

const istioGateway: Reader = (entity, said, context) => {
  const hosts = readHosts(said);
  const tls = said.take(/\btls\b|\bhttps\b/i);
  const credential = said.take(/\bsecret\s+["'`]?([a-z0-9][a-z0-9-]*)/i)?.[1];
  return object('IstioGateway', entity.name ?? 'gateway', context.namespace, {
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [
        {
          port:
            tls === undefined
              ? { number: 80, name: 'http', protocol: 'HTTP' }
              : { number: 443, name: 'https', protocol: 'HTTPS' },
          hosts: hosts.length > 0 ? [...hosts] : ['*'],
          ...(tls === undefined
            ? {}
            : { tls: { mode: 'SIMPLE', credentialName: credential ?? `${entity.name ?? 'gateway'}-tls` } }),
        },
      ],
    },
  });
};

const anyGateway: Reader = (entity, said, context) =>
  /\bistio (?:ingress )?gateway\b/i.test(context.text.text) ||
  (/\bistio\b/i.test(said.text) && !/\bclass|\bgateway api\b/i.test(context.text.text))
    ? istioGateway(entity, said, context)
    : gateway(entity, said, context);

const serviceMonitor: Reader = (entity, said, context) => {
  const labels = readPairs(said, '(?:labell?(?:s|ed)?|select\\w*|app|matching)');
  const interval = said.take(/\bevery\s+(\d+)\s?(s|seconds?|m|minutes?)\b|\binterval\s*(?:of|=|:)?\s*(\d+)\s?(s|m)/i);
  const port = said.take(/\bport\s+["'`]?([a-z][a-z0-9-]*)/i)?.[1];
  const path = said.take(/\s(\/[\w./-]+)/)?.[1];
  const key = entity.kind?.kind === 'PodMonitor' ? 'podMetricsEndpoints' : 'endpoints';
  return object(
    entity.kind?.kind ?? 'ServiceMonitor',
    entity.name ?? context.workload?.name ?? 'app',
    context.namespace,
    {
      spec: {
        selector: { matchLabels: Object.keys(labels).length > 0 ? labels : { app: context.workload?.name ?? 'app' } },
        [key]: [
          {
            port: port ?? context.workload?.containers[0]?.ports[0]?.name ?? 'http',
            ...(path === undefined ? {} : { path }),
            interval:
              interval === undefined
                ? '30s'
                : `${interval[1] ?? interval[3] ?? '30'}${(interval[2] ?? interval[4] ?? 's').charAt(0)}`,
          },
        ],
      },
    },
  );
};

const prometheusRule: Reader = (entity, said, context) => {
  const fewer = said.take(/\bfewer than (\d+) available\b/i)?.[1];
  const alert = said.take(/\balert\s+(?:called |named )?["'`]?([A-Z]\w+)/)?.[1] ?? (fewer === undefined ? 'TargetDown' : 'TooFewReplicas'); // prettier-ignore
  const wait = said.take(new RegExp(String.raw`\bfor\s+(${NUMBER})\s?(s|m|h|seconds?|minutes?|hours?)\b`, 'i'));
  const missing = `kube_deployment_status_replicas_available{deployment="${context.workload?.name ?? 'app'}"} < ${fewer ?? '1'}`;
  const expression = said.take(/`([^`]+)`|"([^"]+[<>=][^"]*)"/);
  return object('PrometheusRule', entity.name ?? 'rules', context.namespace, {
    spec: {
      groups: [
        {
          name: entity.name ?? 'rules',
          rules: [
            {
              alert,
              expr: expression?.[1] ?? expression?.[2] ?? (fewer === undefined ? 'up == 0' : missing),
              for: wait === undefined ? '5m' : `${numberOf(wait[1] ?? '5')}${(wait[2] ?? 'm').charAt(0)}`,
              labels: { severity: said.take(/\bcritical\b/i) === undefined ? 'warning' : 'critical' },
              annotations: { summary: `${alert} fires` },
            },
          ],
        },
      ],
    },
  });
};

const issuer: Reader = (entity, said, context) => {
  const kind = entity.kind?.kind ?? 'Issuer';
  const name = entity.name ?? 'letsencrypt';
  if (said.take(/\bself-?signed\b/i)) return object(kind, name, context.namespace, { spec: { selfSigned: {} } });
  const email = said.take(/\b([\w.+-]+@[\w-]+\.[\w.]+\w)\b/)?.[1];
  const server =
    said.take(/\bstaging\b/i) === undefined
      ? 'https://acme-v02.api.letsencrypt.org/directory'
      : 'https://acme-staging-v02.api.letsencrypt.org/directory';
  return object(kind, name, context.namespace, {
    spec: {
      acme: {
        server,
        ...(email === undefined ? {} : { email }),
        privateKeySecretRef: { name: `${name}-account` },
        solvers: [{ http01: { ingress: { ingressClassName: 'nginx' } } }],
      },
    },
  });
};

const certificate: Reader = (entity, said, context) => {
  const hosts = readHosts(said);
  const by = said.take(/\b(cluster ?)?issuer\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)/i);
  const secret = said.take(/\bsecret\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)/i)?.[1];
  const name = entity.name ?? (hosts[0] ?? 'web').split('.')[0] ?? 'web';
  return object('Certificate', name, context.namespace, {
    spec: {
      secretName: secret ?? `${name}-tls`,
      dnsNames: hosts.length > 0 ? [...hosts] : ['example.com'],
      issuerRef: {
        name: by?.[2] ?? 'letsencrypt',
        kind: by?.[1] === undefined && by !== undefined ? 'Issuer' : 'ClusterIssuer',
      },
    },
  });
};

/** An Argo CD Application: where from, where to, and whether it syncs by itself. */
const application: Reader = (entity, said, context) => {
  const repository =
    said.take(/\b(https?:\/\/[^\s,;"'`]+|git@[^\s,;"'`]+)/i)?.[1] ?? 'https://example.com/repository.git';
  const path = said.take(/\b(?:path|folder|directory)\s+["'`]?([\w./-]*\w)/i)?.[1] ?? '.';
  const revision = said.take(/\b(?:revision|branch|tag)\s+["'`]?([\w./-]*\w)/i)?.[1] ?? 'HEAD';
  const automated = said.take(/\bauto(?:matic(?:ally)?|-?sync\w*|mated)?\b|\bself-?heal\w*|\bprun\w*/i) !== undefined;
  const prune = /\bprun/i.test(said.text);
  return object('Application', entity.name ?? 'app', 'argocd', {
    spec: {
      project: 'default',
      source: { repoURL: repository, path, targetRevision: revision },
      destination: { server: 'https://kubernetes.default.svc', namespace: context.namespace ?? 'default' },
      syncPolicy: {
        ...(automated ? { automated: { prune, selfHeal: true } } : {}),
        syncOptions: ['CreateNamespace=true'],
      },
    },
  });
};

export const meshReaders: Readonly<Record<string, Reader>> = {
  VirtualService: virtualService,
  DestinationRule: destinationRule,
  PeerAuthentication: peerAuthentication,
  AuthorizationPolicy: authorizationPolicy,
  IstioGateway: istioGateway,
  Gateway: anyGateway,
  HTTPRoute: httpRoute,
  ServiceMonitor: serviceMonitor,
  PodMonitor: serviceMonitor,
  PrometheusRule: prometheusRule,
  Issuer: issuer,
  ClusterIssuer: issuer,
  Certificate: certificate,
  Application: application,
};
