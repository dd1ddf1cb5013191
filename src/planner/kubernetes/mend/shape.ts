/** What mending manifests needs everywhere: values of unknown shape, and notes on what was changed. */
import type { Draft, DraftObject } from '../model.ts';

/** Told of every change, in words for the account of a plan. */
export type Note = (text: string) => void;

export const isMap = (value: unknown): value is DraftObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const mapOf = (value: unknown): DraftObject => (isMap(value) ? value : {});
export const listOf = (value: unknown): DraftObject[] => (Array.isArray(value) ? value.filter(isMap) : []);
export const wordOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
export const drop = (value: object, key: string): void => void Reflect.deleteProperty(value, key);
export const copyOf = <T extends Draft | undefined>(value: T): T => structuredClone(value);

/** The template of a workload's pods; the pod itself where it is one. */
export function templateOf(object: DraftObject): DraftObject | undefined {
  if (object['kind'] === 'Pod') return object;
  const spec = mapOf(object['spec']);
  const template =
    object['kind'] === 'CronJob' ? mapOf(mapOf(spec['jobTemplate'])['spec'])['template'] : spec['template'];
  return isMap(template) ? template : undefined;
}

export const podSpecOf = (object: DraftObject): DraftObject | undefined => {
  const spec = templateOf(object)?.['spec'];
  return isMap(spec) ? spec : undefined;
};

export const podLabelsOf = (object: DraftObject): DraftObject =>
  mapOf(mapOf(templateOf(object)?.['metadata'])['labels']);

/** Containers of a pod, those that run first among them. */
export const allContainers = (spec: DraftObject | undefined): DraftObject[] => [
  ...listOf(spec?.['initContainers']),
  ...listOf(spec?.['containers']),
];

export const nameOf = (object: DraftObject): string => wordOf(mapOf(object['metadata'])['name']);
export const spaceOf = (object: DraftObject): string => wordOf(mapOf(object['metadata'])['namespace']);
export const titleOf = (object: DraftObject): string => `${wordOf(object['kind'])} ${nameOf(object)}`;
