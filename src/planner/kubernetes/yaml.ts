/** Manifests as YAML files that a person would have written: short, quoted only where needed, one object after the other. */
import { stringify } from 'yaml';
import type { K8sObject } from './model.ts';

/** @param objects of one file, separated by `---` */
export const toYaml = (objects: readonly unknown[]): string =>
  objects.map((o) => stringify(o, { lineWidth: 0, aliasDuplicateObjects: false, version: '1.1' })).join('---\n');

/** Objects by the files they belong in: what must be there first comes first. */
export function fileFor(object: K8sObject): string {
  switch (object.kind) {
    case 'Namespace':
      return '00-namespace.yaml';
    case 'ServiceAccount':
    case 'Role':
    case 'ClusterRole':
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      return '10-access.yaml';
    case 'ResourceQuota':
    case 'LimitRange':
    case 'PriorityClass':
    case 'StorageClass':
    case 'PersistentVolume':
    case 'RuntimeClass':
      return '05-limits.yaml';
    case 'ConfigMap':
    case 'Secret':
      return '20-config.yaml';
    case 'PersistentVolumeClaim':
      return '25-storage.yaml';
    case 'NetworkPolicy':
      return '30-network-policy.yaml';
    case 'Ingress':
    case 'Gateway':
    case 'HTTPRoute':
    case 'VirtualService':
    case 'DestinationRule':
      return '60-routing.yaml';
    default:
      return '';
  }
}
