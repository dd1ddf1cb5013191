/** Kubernetes kinds: what people call them and the API version that is current for each. */

export type WorkloadKind = 'Pod' | 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'ReplicaSet' | 'Job' | 'CronJob';

export interface KindInfo {
  readonly kind: string;
  readonly apiVersion: string;
  /** A regular expression for the words that name it, singular and plural. */
  readonly names: string;
  readonly workload?: boolean;
  readonly clusterWide?: boolean;
}

export const KINDS: readonly KindInfo[] = [
  { kind: 'CronJob', apiVersion: 'batch/v1', names: 'cron ?-?jobs?', workload: true },
  { kind: 'StatefulSet', apiVersion: 'apps/v1', names: 'stateful ?-?sets?', workload: true },
  { kind: 'DaemonSet', apiVersion: 'apps/v1', names: 'daemon ?-?sets?', workload: true },
  { kind: 'ReplicaSet', apiVersion: 'apps/v1', names: '(?<!mongo )(?<!mongodb )replica ?sets?', workload: true },
  { kind: 'Deployment', apiVersion: 'apps/v1', names: 'deployments?', workload: true },
  { kind: 'Job', apiVersion: 'batch/v1', names: '(?:batch )?jobs?', workload: true },
  { kind: 'Pod', apiVersion: 'v1', names: 'pods?(?! (?:disruption|anti-?affinity|affinity|security|topology|management|template|selector|monitors?)\\b(?!-))', workload: true },
  { kind: 'ServiceAccount', apiVersion: 'v1', names: 'service ?-?accounts?' },
  { kind: 'ServiceMonitor', apiVersion: 'monitoring.coreos.com/v1', names: 'service ?monitors?' },
  { kind: 'PodMonitor', apiVersion: 'monitoring.coreos.com/v1', names: 'pod ?monitors?' },
  { kind: 'PrometheusRule', apiVersion: 'monitoring.coreos.com/v1', names: 'prometheus ?rules?' },
  { kind: 'ServiceEntry', apiVersion: 'networking.istio.io/v1', names: 'service ?entr(?:y|ies)' },
  { kind: 'VirtualService', apiVersion: 'networking.istio.io/v1', names: 'virtual ?services?' },
  { kind: 'DestinationRule', apiVersion: 'networking.istio.io/v1', names: 'destination ?rules?' },
  { kind: 'PeerAuthentication', apiVersion: 'security.istio.io/v1', names: 'peer ?authentications?' },
  { kind: 'AuthorizationPolicy', apiVersion: 'security.istio.io/v1', names: 'authori[sz]ation ?polic(?:y|ies)' },
  { kind: 'IstioGateway', apiVersion: 'networking.istio.io/v1', names: 'istio (?:ingress )?gateways?' },
  { kind: 'HTTPRoute', apiVersion: 'gateway.networking.k8s.io/v1', names: 'http ?-?routes?' },
  { kind: 'Gateway', apiVersion: 'gateway.networking.k8s.io/v1', names: 'gateway(?! api| ?class)s?' },
  { kind: 'IngressClass', apiVersion: 'networking.k8s.io/v1', names: 'ingress ?class(?:es)?', clusterWide: true },
  { kind: 'Ingress', apiVersion: 'networking.k8s.io/v1', names: 'ingress(?:es)?(?! (?:traffic|from|rule|to pods|polic|controller))' },
  { kind: 'NetworkPolicy', apiVersion: 'networking.k8s.io/v1', names: 'network ?-?polic(?:y|ies)' },
  { kind: 'Service', apiVersion: 'v1', names: 'services?(?! ?account)|svc|expose(?=s? (?:the )?(?:existing )?(?:deployment|stateful ?set|pod|daemon ?set|replica ?set)\\b)' },
  { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1', names: 'endpoint ?slices?' },
  { kind: 'Endpoints', apiVersion: 'v1', names: 'endpoints(?= (?:object|resource|called|named|or an?|that|which|point)\\b| \\d{1,3}\\.\\d)' },
  { kind: 'ConfigMap', apiVersion: 'v1', names: 'config ?-?maps?' },
  { kind: 'Secret', apiVersion: 'v1', names: 'secrets?' },
  { kind: 'PersistentVolumeClaim', apiVersion: 'v1', names: 'persistent ?volume ?claims?|(?<=\\b(?:a|the|and|one) )claim(?! (?:that|which|with|of|for|and|in|on|it|to|is|by|from|at)\\b)(?= [a-z][a-z0-9]* (?:takes|asks|requests|binds|with|of|uses|wants|needs|gets|has|for)\\b)|pvcs?|volume claims?(?! template)|claims?(?=\\s+(?:called |named )?[a-z0-9]+-[a-z0-9-]+)|claims?(?=\\s+(?:(?:called|named)\\s+["\\x27`]?[a-z]|["\\x27`][a-z]))' },
  { kind: 'PersistentVolume', apiVersion: 'v1', names: 'persistent ?volumes?|pvs?', clusterWide: true },
  { kind: 'StorageClass', apiVersion: 'storage.k8s.io/v1', names: 'storage ?class(?:es)?', clusterWide: true },
  { kind: 'VolumeSnapshot', apiVersion: 'snapshot.storage.k8s.io/v1', names: 'volume ?snapshots?' },
  { kind: 'ClusterRoleBinding', apiVersion: 'rbac.authorization.k8s.io/v1', names: 'cluster ?role ?bindings?', clusterWide: true },
  { kind: 'RoleBinding', apiVersion: 'rbac.authorization.k8s.io/v1', names: 'role ?bindings?' },
  { kind: 'ClusterRole', apiVersion: 'rbac.authorization.k8s.io/v1', names: 'cluster ?roles?', clusterWide: true },
  { kind: 'Role', apiVersion: 'rbac.authorization.k8s.io/v1', names: 'roles?(?!=)' },
  { kind: 'Namespace', apiVersion: 'v1', names: 'namespaces?', clusterWide: true },
  { kind: 'HorizontalPodAutoscaler', apiVersion: 'autoscaling/v2', names: 'horizontal ?pod ?auto-?scal(?:ers?|ing)|hpas?|auto-?scalers?|auto-?scal(?:ed?|es|ing)|scal(?:e|es|ing|ed)(?= (?:automatically |itself |it )?(?:from|between) \\d)' },
  { kind: 'PodDisruptionBudget', apiVersion: 'policy/v1', names: '(?:pod )?disruption ?budgets?|poddisruptionbudgets?|pdbs?' },
  { kind: 'ResourceQuota', apiVersion: 'v1', names: '(?:resource ?)?quotas?' },
  { kind: 'LimitRange', apiVersion: 'v1', names: 'limit ?-?ranges?' },
  { kind: 'PriorityClass', apiVersion: 'scheduling.k8s.io/v1', names: 'priority ?class(?:es)?', clusterWide: true },
  { kind: 'RuntimeClass', apiVersion: 'node.k8s.io/v1', names: 'runtime ?class(?:es)?', clusterWide: true },
  { kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1', names: 'custom ?resource ?definitions?|crds?(?=\\s+(?:called |named |for )?[a-z])', clusterWide: true },
  { kind: 'Application', apiVersion: 'argoproj.io/v1alpha1', names: 'argo ?-?cd (?:application|app)s?' },
  { kind: 'ClusterIssuer', apiVersion: 'cert-manager.io/v1', names: 'cluster ?issuers?', clusterWide: true },
  { kind: 'Issuer', apiVersion: 'cert-manager.io/v1', names: '(?:cert-manager )?issuers?' },
  { kind: 'Certificate', apiVersion: 'cert-manager.io/v1', names: 'cert-manager certificates?|certificates?(?= (?:resource|object|called|named))' },
]; // prettier-ignore

const byKind = new Map(KINDS.map((info) => [info.kind, info]));

export const kindInfo = (kind: string): KindInfo | undefined => byKind.get(kind);

const PATTERN = new RegExp(
  `(?<![\\w./=-])(?:${KINDS.map((info) => `(?<${info.kind}>${info.names})`).join('|')})(?![\\w/-]|\\.\\w)`,
  'gi',
);

export interface KindMention {
  readonly info: KindInfo;
  readonly start: number;
  readonly end: number;
  readonly plural: boolean;
}

export function findKinds(text: string): KindMention[] {
  const found: KindMention[] = [];
  for (const match of text.matchAll(PATTERN)) {
    const kind = Object.entries<string | undefined>(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0];
    const info = kind === undefined ? undefined : byKind.get(kind);
    if (info !== undefined)
      found.push({
        info,
        start: match.index,
        end: match.index + match[0].length,
        plural: /(?<!s)s$|ies$/i.test(match[0]),
      });
  }
  return found;
}

/** The kind that a word names, singular or plural, short or long. */
export function fullKind(word: string): string | undefined {
  const w = word
    .toLowerCase()
    .replace(/[\s-]/g, '')
    .replace(/^pvcs?$/, 'persistentvolumeclaim')
    .replace(/^hpas?$/, 'horizontalpodautoscaler')
    .replace(/polic(?:y|ies)$/, 'policy')
    .replace(/ingress(?:es)?$/, 'ingress')
    .replace(/(?<!s)s$/, '');
  return [
    'Deployment',
    'StatefulSet',
    'DaemonSet',
    'ReplicaSet',
    'Pod',
    'Service',
    'ConfigMap',
    'Secret',
    'CronJob',
    'Job',
    'Ingress',
    'PersistentVolumeClaim',
    'Namespace',
    'HorizontalPodAutoscaler',
    'NetworkPolicy',
  ].find((k) => k.toLowerCase() === w && kindInfo(k) !== undefined);
}
