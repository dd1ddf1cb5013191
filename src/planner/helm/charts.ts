/** Charts that are well kept and published as OCI artifacts or in a repository, and how the usual wishes are told to each. */

export interface ChartWishes {
  readonly replicas: number | undefined;
  /** `true` asked for, `false` refused, nothing said: the chart's own default. */
  readonly persistence: boolean | undefined;
  readonly size: string | undefined;
  readonly storageClass: string | undefined;
  readonly host: string | undefined;
  readonly tls: boolean;
  readonly serviceType: string | undefined;
  /** `Local` keeps the client's address. */
  readonly trafficPolicy: string | undefined;
  readonly metrics: boolean;
  readonly auth: boolean | undefined;
  /** Highly available. */
  readonly ha: boolean;
  /** Spread over several machines. */
  readonly distributed: boolean;
  /** How long data is kept, as the words say it: `10d`. */
  readonly retention: string | undefined;
  /** A secret that holds the passwords already. */
  readonly existingSecret: string | undefined;
  /** The key in it that holds the password. */
  readonly secretKey: string | undefined;
  /** Arguments of the program, as they are written. */
  readonly args: readonly string[];
  readonly database: string | undefined;
  readonly username: string | undefined;
  readonly resources: { readonly requests: Record<string, string>; readonly limits: Record<string, string> };
}

type Values = Record<string, unknown>;

export interface Chart {
  readonly id: string;
  readonly names: string;
  /** `oci://` reference, or the chart's name in `repository`. */
  readonly chart: string;
  readonly repository?: string;
  readonly namespace?: string;
  /** Words beside which a value stands, and where it goes: "provider aws". */
  readonly keys?: Readonly<Record<string, string>>;
  values(wishes: ChartWishes): Values;
}

export const clean = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).filter(
      ([, v]) => v !== undefined && !(typeof v === 'object' && v !== null && Object.keys(v).length === 0),
    ),
  );

export const persistence = (w: ChartWishes): Values | undefined =>
  w.persistence === undefined && w.size === undefined && w.storageClass === undefined
    ? undefined
    : clean({ enabled: w.persistence ?? true, size: w.size, storageClass: w.storageClass });

export const resources = (w: ChartWishes): Values | undefined => {
  const made = clean({ requests: w.resources.requests, limits: w.resources.limits });
  return Object.keys(made).length === 0 ? undefined : made;
};

export const ingress = (w: ChartWishes): Values | undefined =>
  w.host === undefined ? undefined : { enabled: true, hostname: w.host, ...(w.tls ? { tls: true } : {}) };

export const hosts = (w: ChartWishes): Values | undefined =>
  w.host === undefined
    ? undefined
    : {
        enabled: true,
        hosts: [w.host],
        ...(w.tls ? { tls: [{ hosts: [w.host], secretName: `${w.host.replaceAll('.', '-')}-tls` }] } : {}),
      };

const bitnami = (name: string): string => `oci://registry-1.docker.io/bitnamicharts/${name}`;
export const service = (w: ChartWishes): Values | undefined =>
  w.serviceType === undefined && w.trafficPolicy === undefined
    ? undefined
    : clean({ type: w.serviceType, externalTrafficPolicy: w.trafficPolicy });
/** Who may log in, and where the passwords are. */
const auth = (w: ChartWishes): Values | undefined => {
  const made = clean({ existingSecret: w.existingSecret, database: w.database, username: w.username });
  return Object.keys(made).length === 0 ? undefined : made;
};
/** Grafana's administrator, from a secret that exists. */
const adminOf = (w: ChartWishes): Values | undefined =>
  w.existingSecret === undefined
    ? undefined
    : { existingSecret: w.existingSecret, userKey: 'admin-user', passwordKey: 'admin-password' };
const metrics = (w: ChartWishes): Values | undefined => (w.metrics ? { enabled: true } : undefined);

/** A database with one primary, as most charts of the same maker lay it out. */
const primary = (name: string, names: string): Chart => ({
  id: name,
  names,
  chart: bitnami(name),
  values: (w) =>
    clean({
      architecture: (w.replicas ?? 1) > 1 || w.ha ? 'replication' : 'standalone',
      auth: auth(w),
      primary: clean({ persistence: persistence(w), resources: resources(w), service: service(w) }),
      ...((w.replicas ?? 1) > 1 || w.ha
        ? {
            [name === 'mysql' || name === 'mariadb' ? 'secondary' : 'readReplicas']: {
              replicaCount: Math.max(1, (w.replicas ?? 2) - 1),
              ...(persistence(w) === undefined ? {} : { persistence: persistence(w) }),
            },
          }
        : {}),
      metrics: metrics(w),
    }),
});

const flat = (name: string, names: string): Chart => ({
  id: name,
  names,
  chart: bitnami(name),
  values: (w) =>
    clean({
      replicaCount: w.replicas,
      auth: auth(w),
      persistence: persistence(w),
      resources: resources(w),
      ingress: ingress(w),
      service: service(w),
      metrics: metrics(w),
    }),
});

export const CHARTS: readonly Chart[] = [
  { id: 'redis', names: 'redis', chart: bitnami('redis'), values: (w) => clean({ architecture: (w.replicas ?? 1) > 1 ? 'replication' : 'standalone', auth: w.auth === undefined && w.existingSecret === undefined ? undefined : clean({ enabled: w.auth, existingSecret: w.existingSecret }), master: clean({ count: 1, persistence: persistence(w), resources: resources(w), service: service(w) }), ...((w.replicas ?? 1) > 1 ? { replica: clean({ replicaCount: (w.replicas ?? 2) - 1, persistence: persistence(w) }) } : {}), metrics: metrics(w) }) },
  primary('postgresql', 'postgres(?:ql)?'),
  primary('mysql', 'mysql'),
  primary('mariadb', 'maria ?db'),
  { id: 'mongodb', names: 'mongo(?:db)?', chart: bitnami('mongodb'), values: (w) => clean({ architecture: (w.replicas ?? 1) > 1 ? 'replicaset' : 'standalone', replicaCount: w.replicas, persistence: persistence(w), resources: resources(w), metrics: metrics(w) }) },
  { id: 'rabbitmq', names: 'rabbit ?mq', chart: bitnami('rabbitmq'), values: (w) => clean({ replicaCount: w.replicas, auth: clean({ username: w.username, existingPasswordSecret: w.existingSecret, existingSecretPasswordKey: w.existingSecret === undefined ? undefined : w.secretKey }), persistence: persistence(w), resources: resources(w), ingress: ingress(w), service: service(w), metrics: metrics(w) }) },
  flat('memcached', 'memcached'),
  flat('nginx', 'nginx(?! ingress|-ingress)'),
  flat('wordpress', 'wordpress'),
  { id: 'minio', names: 'min ?io', chart: bitnami('minio'), values: (w) => clean({ mode: w.distributed || (w.replicas ?? 1) > 1 ? 'distributed' : undefined, statefulset: clean({ replicaCount: w.replicas }), persistence: persistence(w), auth: auth(w), ingress: ingress(w), service: service(w), resources: resources(w), metrics: metrics(w) }) },
  flat('etcd', 'etcd'),
  flat('zookeeper', 'zookeeper'),
  flat('cassandra', 'cassandra'),
  flat('keycloak', 'keycloak'),
  flat('ghost', 'ghost'),
  { id: 'kafka', names: 'kafka', chart: bitnami('kafka'), values: (w) => clean({ controller: clean({ replicaCount: w.replicas, persistence: persistence(w), resources: resources(w) }), metrics: w.metrics ? { jmx: { enabled: true } } : undefined }) },
  { id: 'elasticsearch', names: 'elastic ?search', chart: 'elasticsearch', repository: 'https://helm.elastic.co', values: (w) => clean({ replicas: w.replicas, volumeClaimTemplate: w.size === undefined && w.persistence !== true ? undefined : { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: w.size ?? '30Gi' } } }, persistence: w.persistence === undefined ? undefined : { enabled: w.persistence }, resources: resources(w) }) },
  { id: 'kube-prometheus-stack', names: 'kube-prometheus-stack|prometheus (?:operator|stack)|prometheus (?:and|with) grafana', chart: 'oci://ghcr.io/prometheus-community/charts/kube-prometheus-stack', namespace: 'monitoring', values: (w) => clean({ prometheus: { prometheusSpec: clean({ replicas: w.replicas, retention: w.retention, ...(w.size === undefined && w.persistence !== true ? {} : { storageSpec: { volumeClaimTemplate: { spec: clean({ accessModes: ['ReadWriteOnce'], storageClassName: w.storageClass, resources: { requests: { storage: w.size ?? '50Gi' } } }) } } }) }) }, grafana: clean({ ingress: hosts(w), persistence: persistence(w), admin: adminOf(w) }) }) },
  { id: 'prometheus', names: 'prometheus', chart: 'oci://ghcr.io/prometheus-community/charts/prometheus', namespace: 'monitoring', values: (w) => clean({ server: clean({ replicaCount: w.replicas, retention: w.retention, persistentVolume: persistence(w), resources: resources(w), ingress: hosts(w) }) }) },
  { id: 'grafana', names: 'grafana', chart: 'grafana', repository: 'https://grafana.github.io/helm-charts', namespace: 'monitoring', values: (w) => clean({ replicas: w.replicas, persistence: persistence(w), ingress: hosts(w), service: service(w), resources: resources(w), admin: adminOf(w) }) },
  { id: 'loki', names: 'loki', chart: 'loki', repository: 'https://grafana.github.io/helm-charts', namespace: 'logging', values: (w) => clean({ deploymentMode: 'SingleBinary', loki: { auth_enabled: false, commonConfig: { replication_factor: 1 }, storage: { type: 'filesystem' }, useTestSchema: true }, singleBinary: clean({ replicas: w.replicas ?? 1, persistence: persistence(w) }), read: { replicas: 0 }, write: { replicas: 0 }, backend: { replicas: 0 } }) },
  { id: 'ingress-nginx', names: 'ingress[- ]nginx|nginx[- ]ingress(?: controller)?|ingress controller', chart: 'ingress-nginx', repository: 'https://kubernetes.github.io/ingress-nginx', namespace: 'ingress-nginx', keys: { 'ingress class': 'controller.ingressClassResource.name', 'default backend': 'defaultBackend.enabled' }, values: (w) => ({ controller: clean({ replicaCount: w.replicas, service: service(w), resources: resources(w), metrics: metrics(w) }) }) },
  { id: 'cert-manager', names: 'cert[- ]manager', chart: 'oci://quay.io/jetstack/charts/cert-manager', namespace: 'cert-manager', values: (w) => clean({ crds: { enabled: true }, replicaCount: w.replicas, resources: resources(w), prometheus: w.metrics ? { enabled: true } : undefined }) },
  { id: 'argo-cd', names: 'argo ?cd', chart: 'oci://ghcr.io/argoproj/argo-helm/argo-cd', namespace: 'argocd', values: (w) => clean({ ...(w.ha ? { 'redis-ha': { enabled: true }, controller: { replicas: 1 }, repoServer: { replicas: 2 }, applicationSet: { replicas: 2 } } : {}), server: clean({ replicas: w.replicas ?? (w.ha ? 2 : undefined), service: service(w), ingress: w.host === undefined ? undefined : { enabled: true, hostname: w.host, tls: w.tls } }) }) },
  { id: 'traefik', names: 'traefik', chart: 'oci://ghcr.io/traefik/helm/traefik', namespace: 'traefik', values: (w) => clean({ deployment: w.replicas === undefined ? undefined : { replicas: w.replicas }, service: service(w), resources: resources(w) }) },
  { id: 'nats', names: 'nats', chart: 'nats', repository: 'https://nats-io.github.io/k8s/helm/charts', values: (w) => ({ config: clean({ cluster: (w.replicas ?? 1) > 1 ? { enabled: true, replicas: w.replicas } : undefined, jetstream: w.persistence === true || w.size !== undefined ? { enabled: true, fileStore: { enabled: true, pvc: clean({ size: w.size ?? '10Gi', storageClassName: w.storageClass }) } } : undefined }) }) },
  { id: 'vault', names: 'vault|openbao', chart: 'oci://ghcr.io/openbao/charts/openbao', namespace: 'vault', values: (w) => clean({ server: clean({ ha: (w.replicas ?? 1) > 1 ? { enabled: true, replicas: w.replicas, raft: { enabled: true } } : undefined, dataStorage: persistence(w), ingress: hosts(w) }) }) },
  { id: 'jaeger', names: 'jaeger', chart: 'jaeger', repository: 'https://jaegertracing.github.io/helm-charts', namespace: 'tracing', values: (w) => clean({ allInOne: { enabled: true, resources: resources(w) }, storage: { type: 'memory' }, agent: { enabled: false }, collector: { enabled: false }, query: { enabled: false }, provisionDataStore: { cassandra: false } }) },
  { id: 'gitea', names: 'gitea', chart: 'oci://docker.gitea.com/charts/gitea', values: (w) => clean({ replicaCount: w.replicas, persistence: persistence(w), ingress: w.host === undefined ? undefined : { enabled: true, hosts: [{ host: w.host, paths: [{ path: '/', pathType: 'Prefix' }] }] } }) },
  { id: 'metrics-server', names: 'metrics[- ]server', chart: 'metrics-server', repository: 'https://kubernetes-sigs.github.io/metrics-server', namespace: 'kube-system', values: (w) => clean({ replicas: w.replicas, args: w.args.length === 0 ? undefined : [...w.args], resources: resources(w) }) },
  { id: 'external-dns', names: 'external[- ]dns', chart: 'external-dns', repository: 'https://kubernetes-sigs.github.io/external-dns', namespace: 'external-dns', keys: { provider: 'provider.name', policy: 'policy', source: 'sources' }, values: (w) => clean({ domainFilters: w.host === undefined ? undefined : [w.host], policy: 'upsert-only', resources: resources(w) }) },
  { id: 'falco', names: 'falco', chart: 'falco', repository: 'https://falcosecurity.github.io/charts', namespace: 'falco', values: (w) => clean({ driver: { kind: 'modern_ebpf' }, tty: true, resources: resources(w) }) },
  { id: 'keda', names: 'keda', chart: 'keda', repository: 'https://kedacore.github.io/charts', namespace: 'keda', values: (w) => clean({ operator: w.replicas === undefined ? undefined : { replicaCount: w.replicas }, prometheus: w.metrics ? { operator: { enabled: true } } : undefined }) },
  { id: 'external-secrets', names: 'external[- ]secrets', chart: 'external-secrets', repository: 'https://charts.external-secrets.io', namespace: 'external-secrets', values: (w) => clean({ replicaCount: w.replicas, installCRDs: true }) },
  { id: 'opentelemetry-collector', names: '(?:opentelemetry|otel)(?:[- ]collector)?', chart: 'oci://ghcr.io/open-telemetry/opentelemetry-helm-charts/opentelemetry-collector', namespace: 'observability', values: (w) => clean({ mode: 'deployment', image: { repository: 'otel/opentelemetry-collector-k8s' }, replicaCount: w.replicas, resources: resources(w) }) },
  { id: 'harbor', names: 'harbor', chart: 'harbor', repository: 'https://helm.goharbor.io', namespace: 'harbor', values: (w) => clean({ externalURL: w.host === undefined ? undefined : `https://${w.host}`, expose: w.host === undefined ? undefined : { type: 'ingress', ingress: { hosts: { core: w.host } } }, persistence: w.persistence === undefined ? undefined : { enabled: w.persistence } }) },
]; // prettier-ignore
