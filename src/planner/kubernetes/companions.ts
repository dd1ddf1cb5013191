/** Objects around workloads: who reads which, and the smallest of them. */
import type { Said } from './attributes.ts';
import type { Passage } from '../text.ts';
import type { DraftObject, Entity, K8sObject, Workload } from './model.ts';
import { object } from './render.ts';
import { customResource } from './definitions.ts';
import { ingress } from './ingress.ts';
import { limitRange, quota } from './limits.ts';
import { hpa, pdb } from './scaling.ts';
import { pvc, pv, storageClass, volumeSnapshot } from './storage.ts';

export interface CompanionContext {
  readonly namespace: string | undefined;
  /** The whole description. */
  readonly text: Passage;
  /** The workload that it belongs to, if any. */
  readonly workload: Workload | undefined;
  /** Services that are spoken of as being there. */
  readonly services: readonly { readonly name: string; readonly port: number | undefined }[];
  workloadNamed(name: string): Workload | undefined;
  /** Objects of a kind that were made so far. */
  made(kind: string): readonly K8sObject[];
  assume(text: string): void;
}

export type Reader = (entity: Entity, said: Said, context: CompanionContext) => K8sObject | undefined;

const priority: Reader = (entity, said) => {
  const value = said.take(/\b(?:value|priority)\s*(?:of|is|=|:)?\s*(\d[\d_,]*)|\b(\d{3,})\b/i);
  return object('PriorityClass', entity.name ?? 'high-priority', undefined, {
    value: Number((value?.[1] ?? value?.[2] ?? '1000').replace(/[_,]/g, '')),
    globalDefault: said.take(/\bglobal ?default\b/i) !== undefined && !/\bnot\b[^.;]*default/i.test(said.text),
    ...(said.take(
      /\bnever preempt\w*|\bpreempt\w*(?: policy)?\s*(?:is|=|:|of)?\s*never\b|\bwithout preempt\w*|\bnon-?preempting\b/i,
    )
      ? { preemptionPolicy: 'Never' }
      : {}),
    description:
      said
        .take(/\bdescri(?:ption|bed(?: as)?)\s*(?:is|of|=|:)?\s*(?:"([^"]+)"|'([^']+)'|`([^`]+)`)/i)
        ?.slice(1)
        .find(Boolean) ?? 'Made from a description by code-engine.',
  });
};

/** Addresses behind a Service that selects no pods. */
const endpointSlice: Reader = (entity, said, context) => {
  const service = context.made('Service').at(-1);
  const name = entity.name ?? service?.metadata.name ?? 'external';
  const addresses = said.takeAll(/\b(\d{1,3}(?:\.\d{1,3}){3})\b/g).map((m) => m[1] ?? '');
  const port = said.take(/\d:(\d{2,5})\b/)?.[1] ?? said.take(/\bport\s*(\d{2,5})/i)?.[1] ?? portOf(service) ?? '80';
  if (addresses.length === 0) return undefined;
  const made = object('EndpointSlice', entity.name === undefined ? `${name}-1` : name, context.namespace, {
    addressType: 'IPv4',
    ports: [{ name: portName(service) ?? '', port: Number(port), protocol: 'TCP' }],
    endpoints: [{ addresses, conditions: { ready: true } }],
  });
  made.metadata['labels'] = { 'kubernetes.io/service-name': service?.metadata.name ?? name };
  return made;
};

const firstPort = (service: K8sObject | undefined): DraftObject | undefined =>
  ((service?.['spec'] as DraftObject | undefined)?.['ports'] as DraftObject[] | undefined)?.[0];
const portOf = (service: K8sObject | undefined): string | undefined => {
  const port = firstPort(service)?.['port'];
  return typeof port === 'number' ? String(port) : undefined;
};
const portName = (service: K8sObject | undefined): string | undefined => {
  const name = firstPort(service)?.['name'];
  return typeof name === 'string' ? name : undefined;
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
  VolumeSnapshot: volumeSnapshot,
  EndpointSlice: endpointSlice,
  Endpoints: endpointSlice,
  CustomResourceDefinition: customResource,
};
