/** From facts to manifests of current API versions, with the care that a good manifest shows: probes, limits, rights, labels. */
import type { App, Probe } from '../catalogue/index.ts';
import { kindInfo } from './kinds.ts';
import type { Claim, ContainerFacts, Draft, DraftObject, K8sObject, Port, ServiceWish, Workload } from './model.ts';
import { portsFor } from './services.ts';

/** An object with its usual head. */
export function object(
  kind: string,
  name: string,
  namespace: string | undefined,
  body: DraftObject,
  labels: Record<string, string> = {},
): K8sObject {
  const info = kindInfo(kind);
  const clusterWide = info?.clusterWide === true;
  return {
    apiVersion: info?.apiVersion ?? 'v1',
    kind: kind === 'IstioGateway' ? 'Gateway' : kind,
    metadata: {
      name,
      ...(namespace === undefined || clusterWide ? {} : { namespace }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
    },
    ...body,
  };
}

const managed = (workload: Workload): Record<string, string> => ({
  ...workload.labels,
  'app.kubernetes.io/name': workload.labels['app'] ?? workload.name,
  'app.kubernetes.io/managed-by': 'code-engine',
});

/** What a selector must match: the labels that tell this workload's pods from all others'. */
export const selectorOf = (workload: Workload): Record<string, string> => {
  const { labels } = workload;
  const keys = Object.keys(labels).filter((key) => key !== 'app');
  return keys.length > 0 && labels['app'] === workload.name && !keys.some((k) => /version|tier|track|component/.test(k))
    ? { app: workload.name }
    : { ...labels };
};

export function renderWorkload(workload: Workload): K8sObject {
  const { kind, name, namespace } = workload;
  const template = podTemplate(workload);
  if (kind === 'Pod')
    return annotated(object('Pod', name, namespace, { spec: template['spec'] }, managed(workload)), workload);
  const replicas = workload.replicas === undefined ? {} : { replicas: workload.replicas };
  if (kind === 'Job')
    return object('Job', name, namespace, { spec: { backoffLimit: 3, ...workload.spec, template } }, managed(workload));
  if (kind === 'CronJob') {
    const { job, ...cron } = workload.spec;
    return object(
      'CronJob',
      name,
      namespace,
      {
        spec: {
          ...cron,
          concurrencyPolicy: cron['concurrencyPolicy'] ?? 'Forbid',
          jobTemplate: { spec: { backoffLimit: 3, ...(job as DraftObject), template } },
        },
      },
      managed(workload),
    );
  }
  const selector = { matchLabels: selectorOf(workload) };
  const spec: DraftObject = {
    ...(kind === 'DaemonSet' ? {} : replicas),
    ...(kind === 'StatefulSet' ? { serviceName: headlessName(workload) } : {}),
    ...workload.spec,
    selector,
    template,
  };
  if (kind === 'StatefulSet' && workload.claims.length > 0)
    spec['volumeClaimTemplates'] = workload.claims.map((c) => ({ metadata: { name: c.name }, spec: claimSpec(c) }));
  return object(kind, name, namespace, { spec }, managed(workload));
}

function annotated(made: K8sObject, workload: Workload): K8sObject {
  if (Object.keys(workload.annotations).length > 0) made.metadata['annotations'] = { ...workload.annotations };
  return made;
}

const saidName = (workload: Workload): string | undefined =>
  typeof workload.spec['serviceName'] === 'string' ? workload.spec['serviceName'] : undefined;

/** The headless Service that gives a StatefulSet's pods their names. */
export const headlessName = (workload: Workload): string =>
  workload.services.find((s) => s.headless === true)?.name ??
  saidName(workload) ??
  (workload.services.some((s) => s.headless !== true) ? `${workload.name}-headless` : workload.name);

function podTemplate(workload: Workload): DraftObject {
  const { containers, initContainers, pod, claims, kind } = workload;
  const volumes: DraftObject[] = [...workload.volumes];
  if (kind !== 'StatefulSet')
    for (const claim of claims)
      volumes.push({ name: claim.name, persistentVolumeClaim: { claimName: claimName(workload, claim) } });
  const main = containers[0]?.app;
  const security = { ...podSecurity(main, containers), ...(pod['securityContext'] as DraftObject | undefined) };
  const known = containers.every((c) => c.app !== undefined);
  const spec: DraftObject = {
    ...pod,
    ...(pod['serviceAccountName'] === undefined && known && !workload.explicit
      ? { automountServiceAccountToken: false }
      : {}),
    securityContext: security,
    ...(initContainers.length === 0
      ? {}
      : { initContainers: initContainers.map((c) => renderContainer(c, 'none', security)) }),
    containers: containers.map((c) =>
      renderContainer(c, kind === 'Job' || kind === 'CronJob' ? 'none' : (c.app?.probe ?? 'port'), security),
    ),
    ...(volumes.length === 0 ? {} : { volumes }),
  };
  const annotations =
    Object.keys(workload.annotations).length === 0 ? {} : { annotations: { ...workload.annotations } };
  return { metadata: { labels: { ...workload.labels }, ...annotations }, spec };
}

/** The PersistentVolumeClaim of a Deployment or Pod. */
export const claimName = (workload: Workload, claim: Claim): string =>
  claim.name === 'data' ? `${workload.name}-data` : claim.name;

export const claimSpec = (claim: Claim): DraftObject => ({
  accessModes: [...claim.modes],
  ...(claim.storageClass === undefined ? {} : { storageClassName: claim.storageClass }),
  resources: { requests: { storage: claim.size } },
});

function podSecurity(app: App | undefined, containers: readonly ContainerFacts[]): DraftObject {
  const seccomp = { seccompProfile: { type: 'RuntimeDefault' } };
  const alone = containers.length === 1 && app?.uid !== undefined;
  return alone
    ? { runAsNonRoot: true, runAsUser: app.uid, runAsGroup: app.uid, fsGroup: app.uid, ...seccomp }
    : seccomp;
}

/** One container, with a request, a limit and the rights that it needs. */
export function renderContainer(container: ContainerFacts, probe: Probe | 'port', pod: DraftObject): DraftObject {
  const { app, fields, ports, build } = container;
  const { resources, securityContext, readinessProbe, livenessProbe, startupProbe, ...rest } = fields;
  const asked = (securityContext ?? {}) as DraftObject;
  const privileged = asked['privileged'] === true;
  const nonRoot = app?.uid !== undefined || pod['runAsNonRoot'] === true;
  const usual: DraftObject = privileged
    ? {}
    : {
        allowPrivilegeEscalation: false,
        ...(nonRoot || build === true || app?.caps !== undefined
          ? { capabilities: { drop: ['ALL'], ...(nonRoot || app?.caps === undefined ? {} : { add: [...app.caps] }) } }
          : {}),
      };
  const probes = { ...usualProbes(probe, ports), ...defined({ readinessProbe, livenessProbe, startupProbe }) };
  return {
    name: container.name,
    image: container.image,
    ...rest,
    ...(ports.length === 0
      ? {}
      : {
          ports: ports.map((p) => ({
            name: p.name.slice(0, 15),
            containerPort: p.port,
            ...(p.hostPort === undefined ? {} : { hostPort: p.hostPort }),
            ...(p.protocol === undefined ? {} : { protocol: p.protocol }),
          })),
        }),
    resources: usualResources(resources as DraftObject | undefined, app),
    ...probes,
    securityContext: { ...usual, ...asked },
  };
}

const defined = (fields: DraftObject): DraftObject =>
  Object.fromEntries(Object.entries(fields).filter(([, v]) => v !== undefined));

function usualProbes(probe: Probe | 'port', ports: readonly Port[]): DraftObject {
  const first = ports[0];
  const check = checkOf(probe, first);
  if (check === undefined) return {};
  return {
    readinessProbe: { ...check, periodSeconds: 10, timeoutSeconds: 3 },
    livenessProbe: { ...check, initialDelaySeconds: 30, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
  };
}

function checkOf(probe: Probe | 'port', first: Port | undefined): DraftObject | undefined {
  if (probe === 'none') return undefined;
  if (probe === 'port')
    return first === undefined || first.protocol === 'UDP' ? undefined : { tcpSocket: { port: first.name } };
  if ('exec' in probe) return { exec: { command: [...probe.exec] } };
  const own = 'http' in probe ? probe.port : probe.tcp;
  const port = own ?? first?.port ?? 80;
  // A port that was told to be another one takes the probe along.
  const target = first !== undefined && own !== undefined && !('http' in probe) ? first.port : port;
  return 'http' in probe ? { httpGet: { path: probe.http, port: target } } : { tcpSocket: { port: target } };
}

/** A request for everything, a limit for memory; what was asked for stays as it was asked. */
function usualResources(asked: DraftObject | undefined, app: App | undefined): DraftObject {
  const requests = { ...((asked?.['requests'] ?? {}) as Record<string, string>) };
  const limits = { ...((asked?.['limits'] ?? {}) as Record<string, string>) };
  if (Object.keys(requests).length > 0 || limits['cpu'] !== undefined || limits['memory'] !== undefined)
    return {
      ...(Object.keys(requests).length === 0 ? {} : { requests }),
      ...(Object.keys(limits).length === 0 ? {} : { limits }),
    };
  const memory = app?.memory ?? '128Mi';
  return { requests: { cpu: app?.cpu ?? '100m', memory, ...requests }, limits: { memory: twice(memory), ...limits } };
}

const twice = (size: string): string => size.replace(/^\d+/, (n) => String(Number(n) * 2));

export function renderService(
  wish: ServiceWish,
  workload: Workload | undefined,
  fallback: string,
  namespace: string | undefined,
): K8sObject {
  const name = wish.name ?? fallback;
  const labels = {
    ...(workload === undefined ? {} : { app: workload.labels['app'] ?? workload.name }),
    'app.kubernetes.io/managed-by': 'code-engine',
    ...wish.labels,
  };
  if (wish.type === 'ExternalName')
    return object(
      'Service',
      name,
      namespace,
      { spec: { type: 'ExternalName', externalName: wish.externalName ?? 'example.com' } },
      labels,
    );
  const ports = portsFor(wish, workload);
  const noted = (made: K8sObject): K8sObject => {
    if (wish.annotations !== undefined) made.metadata['annotations'] = { ...wish.annotations };
    return made;
  };
  const selector = wish.selector ?? (workload === undefined ? { app: name } : selectorOf(workload));
  return noted(
    object(
      'Service',
      name,
      wish.namespace ?? namespace,
      {
        spec: {
          type: wish.type ?? 'ClusterIP',
          ...(wish.headless === true ? { clusterIP: 'None' } : {}),
          ...(wish.sessionAffinity === true ? { sessionAffinity: 'ClientIP' } : {}),
          ...wish.fields,
          ...(wish.selectorless === true ? {} : { selector: { ...selector } }),
          ports: ports.map((p): Draft => ({
            name: (p.name ?? `port-${p.port}`).slice(0, 15),
            port: p.port,
            targetPort: p.target ?? p.port,
            ...(p.nodePort === undefined ? {} : { nodePort: p.nodePort }),
            protocol: p.protocol ?? 'TCP',
          })),
        },
      },
      labels,
    ),
  );
}
