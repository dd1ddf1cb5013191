/** Manifests held against the Kubernetes API's own description: unknown fields, wrong types and missing fields are faults. */
import { kinds, models } from '../kubernetes/schema.ts';

export interface ManifestFault {
  /** Where in the object, such as `spec.template.spec.containers[0].image`. */
  readonly path: string;
  readonly message: string;
}

/** API groups whose versions are long gone; a person is told the current one. */
const REMOVED =
  /^(?:extensions\/v1beta1|apps\/v1beta[12]|batch\/v1beta1|policy\/v1beta1|networking\.k8s\.io\/v1beta1|autoscaling\/v2beta[12]|rbac\.authorization\.k8s\.io\/v1beta1|storage\.k8s\.io\/v1beta1)$/;

/**
 * Checks one object.
 * @returns faults; none for a well-formed object of a kind that is not built in (its schema is the cluster's)
 */
export function checkManifest(object: unknown): ManifestFault[] {
  if (!isRecord(object)) return [{ path: '', message: 'is no object' }];
  const apiVersion = object['apiVersion'];
  const kind = object['kind'];
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return [{ path: '', message: 'apiVersion and kind are missing' }];
  if (REMOVED.test(apiVersion)) return [{ path: 'apiVersion', message: `${apiVersion} is no longer served` }];
  const metadata = object['metadata'];
  if (!isRecord(metadata) || (typeof metadata['name'] !== 'string' && typeof metadata['generateName'] !== 'string'))
    return [{ path: 'metadata.name', message: 'is missing' }];
  const model = kinds[`${apiVersion}/${kind}`];
  if (model === undefined)
    return isBuiltIn(apiVersion)
      ? [{ path: 'kind', message: `there is no ${kind} in ${apiVersion}` }]
      : customFaults(object);
  const faults: ManifestFault[] = [];
  checkModel(object, model, '', faults);
  return faults;
}

const isBuiltIn = (apiVersion: string): boolean =>
  !apiVersion.includes('.') ||
  (/\.k8s\.io\//.test(apiVersion) &&
    Object.keys(kinds).some((k) => k.startsWith(`${apiVersion.split('/')[0] ?? ''}/`)));

const customFaults = (object: Record<string, unknown>): ManifestFault[] =>
  Object.keys(object).length > 3 ? [] : [{ path: '', message: 'has nothing besides its head' }];

function checkModel(value: unknown, model: string, at: string, faults: ManifestFault[]): void {
  if (!isRecord(value)) return void faults.push({ path: at, message: 'must be an object' });
  const fields = models[model] ?? {};
  for (const [key, inner] of Object.entries(value)) {
    const type = fields[key];
    const path = at === '' ? key : `${at}.${key}`;
    if (type === undefined) faults.push({ path, message: `unknown field${nearest(key, Object.keys(fields))}` });
    else if (inner === null || inner === undefined) faults.push({ path, message: 'is empty' });
    else checkType(inner, type.replace(/!$/, ''), path, faults);
  }
  for (const [key, type] of Object.entries(fields))
    if (type.endsWith('!') && value[key] === undefined)
      faults.push({ path: at === '' ? key : `${at}.${key}`, message: 'is missing' });
}

function checkType(value: unknown, type: string, path: string, faults: ManifestFault[]): void {
  const array = /^Array<(.+)>$/.exec(type)?.[1];
  if (array !== undefined) {
    if (!Array.isArray(value)) return void faults.push({ path, message: 'must be a list' });
    value.forEach((item, i) => checkType(item, array, `${path}[${i}]`, faults));
    return;
  }
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type)?.[1];
  if (map !== undefined) {
    if (!isRecord(value)) return void faults.push({ path, message: 'must be a map' });
    for (const [key, inner] of Object.entries(value)) {
      // Quantities (limits, requests, capacity) may be numbers too.
      if (
        map === 'string' &&
        typeof inner === 'number' &&
        /(?:limits|requests|capacity|hard|default|defaultRequest|max|min)$/.test(path)
      )
        continue;
      checkType(inner, map, `${path}.${key}`, faults);
    }
    return;
  }
  if (models[type] !== undefined) {
    checkModel(value, type, path, faults);
    return;
  }
  const wanted = PRIMITIVES[type];
  if (wanted !== undefined && !wanted.some((t) => typeof value === t))
    faults.push({ path, message: `must be a ${wanted.join(' or ')}` });
}

const PRIMITIVES: Readonly<Record<string, readonly string[]>> = {
  string: ['string'],
  number: ['number'],
  boolean: ['boolean'],
  IntOrString: ['string', 'number'],
  Date: ['string'],
};

function nearest(key: string, names: readonly string[]): string {
  const found =
    names.find((n) => n.toLowerCase() === key.toLowerCase()) ?? names.find((n) => n.startsWith(key.slice(0, 5)));
  return found === undefined ? '' : ` (did you mean ${found}?)`;
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
