/** Further charts: operators, policies, backups, delivery and the like. What differs between them is where the usual wishes go. */
import { clean, hosts, ingress, persistence, resources, service, type Chart, type ChartWishes } from './charts.ts';

type Values = Record<string, unknown>;

/** The wishes at the top of the values, as most charts have them. */
const usual = (w: ChartWishes): Values =>
  clean({ replicaCount: w.replicas, persistence: persistence(w), service: service(w), ingress: hosts(w), resources: resources(w) }); // prettier-ignore
const replicas = (w: ChartWishes): Values => clean({ replicas: w.replicas, resources: resources(w) });

const from = (id: string, names: string, repository: string, namespace: string, values: Chart['values'] = usual, chart = id): Chart => ({ id, names, chart, repository, namespace, values }); // prettier-ignore
const oci = (id: string, names: string, chart: string, namespace: string, values: Chart['values'] = usual): Chart => ({ id, names, chart, namespace, values }); // prettier-ignore

export const MORE_CHARTS: readonly Chart[] = [
  from('promtail', 'promtail', 'https://grafana.github.io/helm-charts', 'logging', (w) => clean({ resources: resources(w), config: { clients: [{ url: 'http://loki:3100/loki/api/v1/push' }] } })),
  from('alloy', '(?:grafana )?alloy', 'https://grafana.github.io/helm-charts', 'monitoring', (w) => clean({ controller: clean({ replicas: w.replicas }) })),
  from('tempo', 'tempo', 'https://grafana.github.io/helm-charts', 'tracing', (w) => clean({ replicas: w.replicas, persistence: persistence(w), tempo: clean({ retention: w.retention, resources: resources(w) }) })),
  from('mimir-distributed', 'mimir(?:-distributed)?', 'https://grafana.github.io/helm-charts', 'monitoring', () => ({})),
  from('fluent-bit', 'fluent[- ]?bit', 'https://fluent.github.io/helm-charts', 'logging', (w) => clean({ resources: resources(w) })),
  from('fluentd', 'fluentd', 'https://fluent.github.io/helm-charts', 'logging', (w) => clean({ replicaCount: w.replicas, resources: resources(w) })),
  from('velero', 'velero', 'https://vmware-tanzu.github.io/helm-charts', 'velero', (w) => clean({ resources: resources(w) })),
  from('sealed-secrets', 'sealed[- ]secrets', 'https://bitnami-labs.github.io/sealed-secrets', 'kube-system', (w) => clean({ resources: resources(w) })),
  from('kyverno', 'kyverno', 'https://kyverno.github.io/kyverno', 'kyverno', (w) => clean({ admissionController: clean({ replicas: w.replicas }) })),
  from('gatekeeper', '(?:opa )?gatekeeper', 'https://open-policy-agent.github.io/gatekeeper/charts', 'gatekeeper-system', replicas),
  from('longhorn', 'longhorn', 'https://charts.longhorn.io', 'longhorn-system', (w) => clean({ persistence: clean({ defaultClassReplicaCount: w.replicas }), ingress: w.host === undefined ? undefined : { enabled: true, host: w.host } })),
  from('metallb', 'metal ?lb', 'https://metallb.github.io/metallb', 'metallb-system', () => ({})),
  from('cilium', 'cilium', 'https://helm.cilium.io', 'kube-system', (w) => clean({ operator: clean({ replicas: w.replicas }) })),
  from('istiod', 'istiod|istio', 'https://istio-release.storage.googleapis.com/charts', 'istio-system', (w) => clean({ pilot: clean({ replicaCount: w.replicas, resources: resources(w) }) })),
  from('consul', 'consul', 'https://helm.releases.hashicorp.com', 'consul', (w) => clean({ server: clean({ replicas: w.replicas, storage: w.size, storageClass: w.storageClass }) })),
  from('jenkins', 'jenkins', 'https://charts.jenkins.io', 'jenkins', (w) => clean({ controller: clean({ serviceType: w.serviceType, ingress: w.host === undefined ? undefined : { enabled: true, hostName: w.host }, resources: resources(w), admin: w.existingSecret === undefined ? undefined : { existingSecret: w.existingSecret } }), persistence: persistence(w) })),
  from('sonarqube', 'sonar ?qube', 'https://SonarSource.github.io/helm-chart-sonarqube', 'sonarqube', (w) => clean({ community: { enabled: true }, persistence: persistence(w), resources: resources(w), ingress: w.host === undefined ? undefined : { enabled: true, hosts: [{ name: w.host }] } })),
  from('nextcloud', 'next ?cloud', 'https://nextcloud.github.io/helm', 'nextcloud', (w) => clean({ replicaCount: w.replicas, nextcloud: clean({ host: w.host, existingSecret: w.existingSecret === undefined ? undefined : { enabled: true, secretName: w.existingSecret } }), persistence: persistence(w), ingress: w.host === undefined ? undefined : { enabled: true }, resources: resources(w) })),
  from('airflow', '(?:apache )?airflow', 'https://airflow.apache.org', 'airflow', (w) => clean({ workers: clean({ replicas: w.replicas, resources: resources(w) }) })),
  from('argo-workflows', 'argo[- ]workflows', 'https://argoproj.github.io/argo-helm', 'argo', (w) => clean({ server: clean({ serviceType: w.serviceType, ingress: hosts(w) }), controller: clean({ replicas: w.replicas }) })),
  from('argo-rollouts', 'argo[- ]rollouts', 'https://argoproj.github.io/argo-helm', 'argo-rollouts', (w) => clean({ controller: clean({ replicas: w.replicas }), dashboard: undefined })),
  from('crossplane', 'crossplane', 'https://charts.crossplane.io/stable', 'crossplane-system', replicas),
  from('cluster-autoscaler', 'cluster[- ]autoscaler', 'https://kubernetes.github.io/autoscaler', 'kube-system', (w) => clean({ replicaCount: w.replicas, resources: resources(w) })),
  from('kubernetes-dashboard', '(?:kubernetes|k8s)[- ]dashboard', 'https://kubernetes.github.io/dashboard', 'kubernetes-dashboard', () => ({})),
  from('prometheus-adapter', 'prometheus[- ]adapter', 'https://prometheus-community.github.io/helm-charts', 'monitoring', replicas),
  from('prometheus-blackbox-exporter', '(?:prometheus[- ])?blackbox[- ]exporter', 'https://prometheus-community.github.io/helm-charts', 'monitoring', replicas),
  from('cloudnative-pg', 'cloud ?native[- ]?pg|cnpg', 'https://cloudnative-pg.github.io/charts', 'cnpg-system', (w) => clean({ replicaCount: w.replicas, resources: resources(w) })),
  from('opensearch', 'open ?search', 'https://opensearch-project.github.io/helm-charts', 'search', (w) => clean({ replicas: w.replicas, persistence: persistence(w), resources: resources(w) })),
  from('kibana', 'kibana', 'https://helm.elastic.co', 'elastic', (w) => clean({ replicas: w.replicas, ingress: hosts(w), resources: resources(w), service: service(w) })),
  from('trivy-operator', 'trivy[- ]operator', 'https://aquasecurity.github.io/helm-charts', 'trivy-system', () => ({})),
  from('opencost', 'open ?cost', 'https://opencost.github.io/opencost-helm-chart', 'opencost', () => ({})),
  from('reloader', '(?:stakater )?reloader', 'https://stakater.github.io/stakater-charts', 'reloader', () => ({})),
  from('gitlab-runner', 'gitlab[- ]runner', 'https://charts.gitlab.io', 'gitlab-runner', (w) => clean({ replicas: w.replicas, resources: resources(w) })),
  from('oauth2-proxy', 'oauth2[- ]proxy', 'https://oauth2-proxy.github.io/manifests', 'oauth2-proxy', (w) => clean({ replicaCount: w.replicas, ingress: hosts(w), config: w.existingSecret === undefined ? undefined : { existingSecret: w.existingSecret } })),
  from('superset', '(?:apache )?superset', 'https://apache.github.io/superset', 'superset', (w) => clean({ replicaCount: w.replicas, ingress: hosts(w), resources: resources(w) })),
  from('haproxy-ingress', 'ha ?proxy[- ]ingress(?: controller)?', 'https://haproxy-ingress.github.io/charts', 'ingress', (w) => ({ controller: clean({ replicaCount: w.replicas, service: service(w) }) })),
  oci('podinfo', 'podinfo', 'oci://ghcr.io/stefanprodan/charts/podinfo', 'default'),
  oci('karpenter', 'karpenter', 'oci://public.ecr.aws/karpenter/karpenter', 'kube-system', replicas),
  oci('valkey', 'valkey', 'oci://registry-1.docker.io/bitnamicharts/valkey', 'default', (w) => clean({ architecture: (w.replicas ?? 1) > 1 ? 'replication' : 'standalone', primary: clean({ persistence: persistence(w), resources: resources(w) }), replica: w.replicas === undefined ? undefined : { replicaCount: w.replicas } })),
  oci('clickhouse', 'click ?house', 'oci://registry-1.docker.io/bitnamicharts/clickhouse', 'default'),
  oci('apache', 'apache(?: httpd?)?', 'oci://registry-1.docker.io/bitnamicharts/apache', 'default', (w) => clean({ replicaCount: w.replicas, service: service(w), ingress: ingress(w), resources: resources(w) })),
]; // prettier-ignore
