/** Objects around workloads: routing, scaling, budgets, configuration, storage, limits. */
import { NUMBER, SIZE, numberOf, sizeOf } from '../grammar/quantities.ts';
import { Said, readPairs, readResources } from './attributes.ts';
import type { Passage } from '../text.ts';
import type { DraftObject, Entity, K8sObject, Workload } from './model.ts';
import { object } from './render.ts';
import { hpa, pdb } from './scaling.ts';
import { pvc, pv, storageClass } from './storage.ts';

export interface CompanionContext {
  readonly namespace: string | undefined;
  /** The whole description. */
  readonly text: Passage;
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
  const own = readHosts(said);
  // The address may be spoken of before the ingress is.
  const hosts = own.length > 0 ? own : readHosts(new Said([context.text]));
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
    said.take(/["'`]?\b([a-z0-9]+(?:-[a-z0-9]+)+)["'`]?\s+(?:cluster ?)?issuer\b/i)?.[1] ??
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

/** Amounts of clauses that each say whether they are requests or limits, before or after. */
function mergedAmounts(clauses: readonly Said['passages'][number][]): {
  requests: Record<string, string>;
  limits: Record<string, string>;
} {
  const all = { requests: {} as Record<string, string>, limits: {} as Record<string, string> };
  for (const clause of clauses) {
    const found = readResources(new Said([clause]));
    const request = /\brequest/i.test(clause.text);
    const limit = /\blimit/i.test(clause.text);
    const one = { ...found.requests, ...found.limits };
    if (request && !limit) Object.assign(all.requests, one);
    else if (limit && !request) Object.assign(all.limits, one);
    else {
      Object.assign(all.requests, found.requests);
      Object.assign(all.limits, found.limits);
    }
  }
  return all;
}

const quota: Reader = (entity, said, context) => {
  const hard: DraftObject = {};
  // "4 cpu and 8Gi memory requested": the word may come last.
  const last = said.passages.flatMap((p) =>
    p.split(/,\s*(?:and\s+)?(?=limit|request|not|no |at most|\d+ (?:pods|services|pvc|persistent|config|secret))/),
  );
  const amounts = mergedAmounts(last);
  const both = !/\brequests?\b|\blimits?\b/i.test(said.text);
  for (const [key, value] of Object.entries(amounts.requests))
    hard[both && key === 'cpu' ? 'requests.cpu' : `requests.${key}`] = value;
  for (const [key, value] of Object.entries(amounts.limits)) hard[`limits.${key}`] = value;
  const countable =
    'pods?|services?|config ?maps?|secrets?|persistent ?volume ?claims?|pvcs?|deployments?|jobs?|load ?balancers?|node ?ports?';
  for (const m of said.takeAll(
    /\b(?:no|zero|without(?: any)?)\s+(load ?balancers?|node ?ports?|pods?|services?|persistent volume claims?)\b/gi,
  )) {
    const word = (m[1] ?? '').toLowerCase().replace(/\s/g, '').replace(/s?$/, 's');
    hard[/^(?:load|node)/.test(word) ? `services.${word}` : word] = '0';
  }
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

/** "200m cpu and 256Mi as request and 500m/512Mi as limit": what the amounts are stands behind them. */
function limitsAfter(said: Said): DraftObject | undefined {
  const match = said.take(
    /([^.;]*?)\bas (?:the |a )?(?:default )?requests?\b([^.;]*?)\bas (?:the |a )?(?:default )?limits?\b/i,
  );
  if (match === undefined) return undefined;
  const amounts = (text = ''): Record<string, string> =>
    Object.fromEntries(
      [...text.matchAll(/(?<![\w.])(\d+(?:\.\d+)?)\s?(m\b|[KMGT]i?B?\b|cpus?\b|cores?\b)/gi)].map((m) =>
        /^(?:m|c)/.test(m[2] ?? '') && !/^M/.test(m[2] ?? '')
          ? ['cpu', `${m[1] ?? ''}${m[2] === 'm' ? 'm' : ''}`]
          : ['memory', sizeOf(m[1] ?? '1', m[2] ?? 'Mi')],
      ),
    );
  return { defaultRequest: amounts(match[1]), default: amounts(match[2]) };
}

/** Amounts in the order of the text, each under the word that leads to it: "default cpu limit 1, default request 500m, min 200m". */
const limitRange: Reader = (entity, said, context) => {
  const limit: DraftObject = {
    type:
      /\bpods?\b(?! )/i.test(said.text) && !/container/i.test(said.text)
        ? 'Pod'
        : /\bpersistent ?volume ?claims?|\bpvcs?\b/i.test(said.text)
          ? 'PersistentVolumeClaim'
          : 'Container',
  };
  const after = limitsAfter(said);
  if (after !== undefined)
    return object('LimitRange', entity.name ?? 'limits', context.namespace, {
      spec: { limits: [{ ...limit, ...after }] },
    });
  const only =
    /\bcpu\b/i.test(said.text) !== /\b(?:memory|mem|ram)\b/i.test(said.text)
      ? /\bcpu\b/i.test(said.text)
        ? 'cpu'
        : 'memory'
      : undefined;
  let mode = 'default';
  let subject = only ?? 'cpu';
  const words =
    /\b(default\s+(?:(?:cpu|memory|container)\s+)*requests?|requests?)\b|\b(max(?:imum)?|at most|no more than|up to)\b|\b(min(?:imum)?|at least)\b|\b(defaults?|limits?)\b|\b(cpu|memory|mem|ram|storage)\b|(?<![\w.])(\d+(?:\.\d+)?)\s?([KMGT]i?B?|m)?\b(?!\s*%)/gi;
  for (const m of said.takeAll(words)) {
    if (m[1] !== undefined) mode = 'defaultRequest';
    else if (m[2] !== undefined) mode = 'max';
    else if (m[3] !== undefined) mode = 'min';
    else if (m[4] !== undefined) mode = mode === 'max' || mode === 'min' ? mode : 'default';
    else if (m[5] !== undefined) subject = /^cpu/i.test(m[5]) ? 'cpu' : /^st/i.test(m[5]) ? 'storage' : 'memory';
    else if (m[6] !== undefined) {
      const unit = m[7] ?? '';
      // What follows the amount may say what it is of: "2 cpu", "1Gi memory".
      const named = /^\s*(?:of\s+)?(cpus?|cores?|memory|mem|ram)\b/i.exec(m.input.slice(m.index + m[0].length))?.[1];
      const kind =
        named !== undefined
          ? /^c/i.test(named)
            ? 'cpu'
            : 'memory'
          : /^[KMGT]/i.test(unit) && unit !== 'm'
            ? subject === 'cpu'
              ? 'memory'
              : subject
            : unit === 'm'
              ? 'cpu'
              : subject;
      limit[mode] = {
        ...(limit[mode] as DraftObject | undefined),
        [kind]: unit === '' || unit === 'm' ? `${m[6]}${unit}` : sizeOf(m[6], unit),
      };
    }
  }
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
