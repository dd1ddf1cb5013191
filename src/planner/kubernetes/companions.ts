/** Objects around workloads: routing, scaling, budgets, configuration, storage, limits. */
import { NUMBER, SIZE, numberOf, sizeOf } from '../grammar/quantities.ts';
import { Said, readPairs, readResources } from './attributes.ts';
import type { DraftObject, Entity, K8sObject, Workload } from './model.ts';
import { object } from './render.ts';
import { hpa, pdb } from './scaling.ts';
import { pvc, pv, storageClass } from './storage.ts';

export interface CompanionContext {
  readonly namespace: string | undefined;
  /** The whole description. */
  readonly whole: string;
  /** The workload that it belongs to, if any. */
  readonly workload: Workload | undefined;
  workloadNamed(name: string): Workload | undefined;
  /** Objects of a kind that were made so far. */
  made(kind: string): readonly K8sObject[];
  assume(text: string): void;
}

export type Reader = (entity: Entity, said: Said, context: CompanionContext) => K8sObject | undefined;

const HOST =
  /\b(?:host(?:name)?s?|domain|for|at|as|under|url)\s*(?:of|is|=|:|named)?\s*(?:https?:\/\/)?["'`]?((?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+)\b|\b((?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|local|example|internal|test|cloud|app|co|de|uk|eu))\b(?![/:])/i;

/** Host names in the words, none of them images or label keys. */
export function readHosts(said: Said): string[] {
  const hosts = new Set<string>();
  for (const match of said.takeAll(HOST)) {
    const host = match[1] ?? match[2] ?? '';
    if (/\.(?:io|dev)$/.test(host) && /^(?:gcr|quay|ghcr|docker|k8s|registry)\./.test(host)) continue;
    if (
      /\.(?:ya?ml|json|conf|txt|js|py|html?|svc|cluster\.local|tf|md)$/.test(host) ||
      /kubernetes\.io|k8s\.io/.test(host)
    )
      continue;
    hosts.add(host);
  }
  return [...hosts];
}

interface IngressPath {
  readonly path: string;
  readonly service: string;
  readonly port: number | undefined;
}

/** Which paths go to which services; one path to the workload's own service where the words name none. */
function readPaths(
  said: Said,
  context: CompanionContext,
  hosts: string[],
): { paths: IngressPath[]; port: number } | undefined {
  const paths: IngressPath[] = [];
  for (const m of said.takeAll(
    /(?<![\w./-])((?:[a-z0-9-]+\.)+[a-z]{2,})(\/[\w.-][\w./-]*)\s*(?:->|=>|to|goes to|routes? to)\s*(?:the\s+)?(?:service\s+)?["'`]?([a-z0-9][a-z0-9-]*)["'`]?(?:\s*(?::|on port|port|on)\s*(\d{2,5}))?/gi,
  )) {
    if (!hosts.includes(m[1] ?? '')) hosts.push(m[1] ?? '');
    paths.push({ path: m[2] ?? '/', service: m[3] ?? '', port: m[4] === undefined ? undefined : Number(m[4]) });
  }
  for (const m of said.takeAll(
    /(?:\bpath\s+)?(?<![\w.])(\/[\w./*-]*)\s*(?:->|=>|to|goes to|routes? to|\(|for|served by|:|is served by|go to)\s*(?:the\s+)?(?:service\s+)?["'`]?([a-z0-9][a-z0-9-]*)["'`]?(?:\s*service)?(?:\s*(?::|on port|port|on)\s*(\d{2,5}))?/gi,
  )) {
    if (/^(?:the|a|service|port|be|it|and)$/.test(m[2] ?? '')) continue;
    paths.push({
      path: (m[1] ?? '/').replace(/\*$/, '').replace(/(.)\/$/, '$1'),
      service: m[2] ?? '',
      port: m[3] === undefined ? undefined : Number(m[3]),
    });
  }
  const rest = said.take(
    /\b(?:everything else|anything else|the rest|all (?:the )?(?:other|remaining) (?:paths|requests|traffic)|all else|default(?: back-?end)?|otherwise)\s*(?:goes|is sent|is routed|routes?|go)?\s*(?:->|=>|to|is|:)?\s*(?:the\s+)?(?:service\s+)?["'`]?([a-z0-9][a-z0-9-]*)["'`]?(?:\s*service)?(?:\s*(?::|on port|port|on)\s*(\d{2,5}))?/i,
  );
  if (rest?.[1] !== undefined && !paths.some((p) => p.path === '/'))
    paths.push({ path: '/', service: rest[1], port: rest[2] === undefined ? undefined : Number(rest[2]) });
  const named =
    said.take(
      /\bservice\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)["'`]?(?:\s*(?:on |at )?(?::|port)\s*(\d{2,5})|:(\d{2,5}))?/i,
    ) ??
    said.take(
      /\b(?:to|for|in front of|routing to|pointing (?:to|at)|backed by)\s+(?:the )?["'`]?([a-z0-9]+(?:-[a-z0-9]+)+)["'`]?(?: service)?(?:[^.;\d]{0,14}(?:port |:)\s*(\d{2,5}))?()/i,
    );
  const port = Number(
    named?.[2] ??
      named?.[3] ??
      said.take(/\bport\s*(\d{2,5})/i)?.[1] ??
      context.workload?.services[0]?.ports[0]?.port ??
      context.workload?.containers[0]?.ports[0]?.port ??
      80,
  );
  if (paths.length === 0) {
    const path = said.take(/\bpath\s+["'`]?(\/[\w./-]*)/i)?.[1] ?? said.take(/\s(\/[a-z][\w./-]*)/i)?.[1] ?? '/';
    const service =
      named?.[1] !== undefined && !/^(?:on|at|with|and|port|for|the|in)$/.test(named[1])
        ? named[1]
        : (context.workload?.services[0]?.name ?? context.workload?.name);
    if (service === undefined) return undefined;
    paths.push({ path, service, port });
  }
  return { paths, port };
}

const ingress: Reader = (entity, said, context) => {
  const hosts = readHosts(said);
  const read = readPaths(said, context, hosts);
  if (read === undefined) return undefined;
  const { paths, port } = read;
  const kind = said.take(/\bexact\b/i) === undefined ? 'Prefix' : 'Exact';
  const http = {
    paths: paths.map((p) => ({
      path: p.path,
      pathType: kind,
      backend: {
        service: {
          name: p.service,
          port: { number: p.port ?? context.workloadNamed(p.service)?.containers[0]?.ports[0]?.port ?? port },
        },
      },
    })),
  };
  const className =
    said.take(/\b(?:ingress ?)?class(?:name)?\s*(?:of|is|=|:|named)?\s*["'`]?([a-z0-9][a-z0-9-]*)/i)?.[1] ??
    (said.take(/\btraefik\b/i) ? 'traefik' : said.take(/\bnginx\b/i) ? 'nginx' : undefined);
  if (className === undefined) context.assume('The ingress uses the class nginx.');
  const tlsSecret = said.take(/\b(?:tls|certificate)?\s*secret\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)/i)?.[1];
  const name = entity.name ?? context.workload?.name ?? 'web';
  const tls =
    said.take(/\btls\b|\bhttps\b|\bcertificate\b|\blet'?s ?encrypt\b|\bcert-manager\b/i) !== undefined ||
    tlsSecret !== undefined;
  const issuer =
    said.take(/\b(?:cluster ?)?issuer\s+(?:named |called )?["'`]?([a-z0-9][a-z0-9-]*)/i)?.[1] ??
    (/\blet'?s ?encrypt|cert-manager/i.test(said.text) ? 'letsencrypt' : undefined);
  const annotations: Record<string, string> = {
    ...readPairs(said, 'annotations?'),
    ...(issuer === undefined && tls && tlsSecret === undefined
      ? { 'cert-manager.io/cluster-issuer': 'letsencrypt' }
      : issuer === undefined
        ? {}
        : { 'cert-manager.io/cluster-issuer': issuer }),
  };
  if (tls && tlsSecret === undefined)
    context.assume(`cert-manager fills the secret ${name}-tls (cluster issuer ${issuer ?? 'letsencrypt'}).`);
  const rewrite = said.take(/\brewrit\w+[^.;]{0,20}?\s(\/[\w/$]*)/i)?.[1];
  if (rewrite !== undefined) annotations['nginx.ingress.kubernetes.io/rewrite-target'] = rewrite;
  const made = object('Ingress', name, context.namespace, {
    spec: {
      ingressClassName: className ?? 'nginx',
      ...(tls
        ? { tls: [{ ...(hosts.length === 0 ? {} : { hosts: [...hosts] }), secretName: tlsSecret ?? `${name}-tls` }] }
        : {}),
      rules: (hosts.length === 0 ? [undefined] : hosts).map((host) => ({
        ...(host === undefined ? {} : { host }),
        http,
      })),
    },
  });
  if (Object.keys(annotations).length > 0) made.metadata['annotations'] = annotations;
  return made;
};

const quota: Reader = (entity, said, context) => {
  const hard: DraftObject = {};
  const amounts = readResources(said);
  const both = !/\brequests?\b|\blimits?\b/i.test(said.text);
  for (const [key, value] of Object.entries(amounts.requests))
    hard[both && key === 'cpu' ? 'requests.cpu' : `requests.${key}`] = value;
  for (const [key, value] of Object.entries(amounts.limits)) hard[`limits.${key}`] = value;
  const countable =
    'pods?|services?|config ?maps?|secrets?|persistent ?volume ?claims?|pvcs?|deployments?|jobs?|load ?balancers?|node ?ports?';
  for (const m of said.takeAll(
    new RegExp(
      `\\b(${NUMBER})\\s+(?:running\\s+)?(${countable})\\b|\\b(${countable})\\s*(?:to|=|:|of)?\\s*(\\d+)\\b`,
      'gi',
    ),
  )) {
    const word = (m[2] ?? m[3] ?? '')
      .toLowerCase()
      .replace(/\s/g, '')
      .replace(/^pvcs?$/, 'persistentvolumeclaims')
      .replace(/s?$/, 's');
    const key =
      word === 'loadbalancers'
        ? 'services.loadbalancers'
        : word === 'nodeports'
          ? 'services.nodeports'
          : word === 'deployments'
            ? 'count/deployments.apps'
            : word === 'jobs'
              ? 'count/jobs.batch'
              : word;
    hard[key] = String(numberOf(m[1] ?? m[4] ?? '1'));
  }
  const storage = said.take(new RegExp(`${SIZE}\\s*(?:of\\s+)?(?:storage|disk)`, 'i'));
  if (storage?.[1] !== undefined) hard['requests.storage'] = sizeOf(storage[1], storage[2] ?? 'Gi');
  return object('ResourceQuota', entity.name ?? 'quota', context.namespace, { spec: { hard } });
};

const limitRange: Reader = (entity, said, context) => {
  const amounts = readResources(said);
  const limit: DraftObject = {
    type: /\bpods?\b(?! )/i.test(said.text) && !/container/i.test(said.text) ? 'Pod' : 'Container',
  };
  const parts = said.passages.flatMap((p) => p.split(/[,;]|\band\b(?! \d)/));
  const set = (key: string, values: Record<string, string>): void => {
    if (Object.keys(values).length > 0) limit[key] = { ...(limit[key] as DraftObject | undefined), ...values };
  };
  let mode = '';
  for (const part of parts) {
    const t = part.text;
    if (/default ?request|request/i.test(t)) mode = 'defaultRequest';
    else if (/\bmax(?:imum)?\b|at most|no more/i.test(t)) mode = 'max';
    else if (/\bmin(?:imum)?\b|at least/i.test(t)) mode = 'min';
    else if (/\bdefault|limit/i.test(t)) mode = 'default';
    const found = readResources(new Said([part]));
    set(mode === '' ? 'default' : mode, { ...found.requests, ...found.limits });
  }
  if (Object.keys(limit).length === 1)
    Object.assign(limit, { default: amounts.limits, defaultRequest: amounts.requests });
  return object('LimitRange', entity.name ?? 'limits', context.namespace, { spec: { limits: [limit] } });
};

const priority: Reader = (entity, said) => {
  const value = said.take(/\b(?:value|priority)\s*(?:of|is|=|:)?\s*(\d[\d_,]*)|\b(\d{3,})\b/i);
  return object('PriorityClass', entity.name ?? 'high-priority', undefined, {
    value: Number((value?.[1] ?? value?.[2] ?? '1000').replace(/[_,]/g, '')),
    globalDefault: said.take(/\bglobal ?default\b/i) !== undefined && !/\bnot\b[^.;]*default/i.test(said.text),
    ...(said.take(/\bnever preempt\w*|\bwithout preempt\w*|\bnon-?preempting\b/i) ? { preemptionPolicy: 'Never' } : {}),
    description: 'Made from a description by code-engine.',
  });
};

/** How each companion kind is read; ConfigMaps and Secrets are in `config.ts`, Services in `services.ts`. */
export const companionReaders: Readonly<Record<string, Reader>> = {
  Ingress: ingress,
  HorizontalPodAutoscaler: hpa,
  PodDisruptionBudget: pdb,
  PersistentVolumeClaim: pvc,
  PersistentVolume: pv,
  StorageClass: storageClass,
  ResourceQuota: quota,
  LimitRange: limitRange,
  PriorityClass: priority,
};
