/**
 * Writes src/planner/evaluate/generated/k8s-schema.json: every field of the built-in Kubernetes kinds with its type and whether it is
 * required, taken from the models of the official client (generated from the API's own OpenAPI description, Apache-2.0).
 * Run it after an update of @kubernetes/client-node: node --import tsx scripts/k8s-schema.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as models from '@kubernetes/client-node';

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

const gen = path.resolve('node_modules/@kubernetes/client-node/dist/gen/models');
const version =
  /OpenAPI spec version: (v[\d.]+)/.exec(readFileSync(path.join(gen, 'V1Container.d.ts'), 'utf8'))?.[1] ?? '';

/** Kinds by apiVersion: those that a person writes manifests of. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  v1: ['Namespace', 'Pod', 'Service', 'ConfigMap', 'Secret', 'ServiceAccount', 'PersistentVolume', 'PersistentVolumeClaim', 'ResourceQuota', 'LimitRange', 'ReplicationController', 'Endpoints', 'Node', 'Event', 'PodTemplate'],
  'apps/v1': ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ControllerRevision'],
  'batch/v1': ['Job', 'CronJob'],
  'autoscaling/v2': ['HorizontalPodAutoscaler'],
  'autoscaling/v1': ['HorizontalPodAutoscaler'],
  'policy/v1': ['PodDisruptionBudget'],
  'networking.k8s.io/v1': ['Ingress', 'IngressClass', 'NetworkPolicy', 'IPAddress', 'ServiceCIDR'],
  'rbac.authorization.k8s.io/v1': ['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
  'storage.k8s.io/v1': ['StorageClass', 'CSIDriver', 'VolumeAttachment', 'CSINode', 'CSIStorageCapacity'],
  'scheduling.k8s.io/v1': ['PriorityClass'],
  'node.k8s.io/v1': ['RuntimeClass'],
  'coordination.k8s.io/v1': ['Lease'],
  'discovery.k8s.io/v1': ['EndpointSlice'],
  'admissionregistration.k8s.io/v1': ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
  'apiextensions.k8s.io/v1': ['CustomResourceDefinition'],
  'apiregistration.k8s.io/v1': ['APIService'],
  'certificates.k8s.io/v1': ['CertificateSigningRequest'],
}; // prettier-ignore

const attributesOf = (model: string): readonly Attribute[] | undefined => {
  const found = (models as unknown as Record<string, { attributeTypeMap?: readonly Attribute[] } | undefined>)[model];
  return found?.attributeTypeMap;
};

function modelOf(apiVersion: string, kind: string): string {
  const v = (apiVersion.split('/').at(-1) ?? 'v1').replace(/^v/, 'V');
  return [`${v}${kind}`, `Core${v}${kind}`].find((name) => attributesOf(name) !== undefined) ?? '';
}

const found: Record<string, Record<string, string>> = {};

function collect(model: string): void {
  if (found[model] !== undefined) return;
  const attributes = attributesOf(model);
  if (attributes === undefined) return;
  const declared = readFileSync(path.join(gen, `${model}.d.ts`), 'utf8');
  const required = new Set([...declared.matchAll(/^\s{4}'([^']+)':/gm)].map((m) => m[1]));
  const fields: Record<string, string> = {};
  found[model] = fields;
  for (const { baseName, type, format } of attributes) {
    const name = /^'?([\w$]+)'?$/.exec(baseName)?.[1] ?? baseName;
    const own = format === 'int-or-string' || type === 'IntOrString' ? 'IntOrString' : type;
    fields[name] = `${own}${required.has(attributes.find((a) => a.baseName === baseName)?.baseName) ? '!' : ''}`;
    for (const inner of type.matchAll(/[A-Z]\w+/g)) collect(inner[0]);
  }
}

const kinds: Record<string, string> = {};
for (const [apiVersion, names] of Object.entries(KINDS)) {
  for (const kind of names) {
    const model = modelOf(apiVersion, kind);
    if (model === '') continue;
    kinds[`${apiVersion}/${kind}`] = model;
    collect(model);
  }
}
writeFileSync(
  'src/planner/evaluate/generated/k8s-schema.json',
  `${JSON.stringify({ version, kinds, models: found })}\n`,
);
console.log(`${Object.keys(kinds).length} kinds, ${Object.keys(found).length} models, Kubernetes ${version}`);
