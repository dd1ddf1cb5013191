/** Manifests that a model wrote: held against the API's own description, one object once, secrets only by name. */
import { err, ok, type Result } from '../../core/result.ts';
import { readDocuments } from '../documents.ts';
import { checkManifest, isRecord } from '../evaluate/strict.ts';
import { kinds } from '../kubernetes/schema.ts';
import type { PlannedFile } from '../plan.ts';
import { dangerIn, isPlainSecret, PLACEHOLDER } from './danger.ts';
import type { Written, WrittenFile } from './written.ts';

/** @param others what code rendered already: no object may be in both */
export function readManifests(
  files: readonly WrittenFile[],
  others: readonly PlannedFile[],
  wish: string,
): Result<Written, string> {
  const known = new Set(others.filter((f) => f.path.startsWith('k8s/')).flatMap((f) => rendered(f.text).map(idOf)));
  const secrets = new Set<string>();
  const notes = new Set<string>();
  for (const { path, text } of files) {
    const read = readDocuments(text);
    if (!read.ok) return err(`${path}: ${read.failure}`);
    if (read.value.length === 0) return err(`${path}: holds no object`);
    for (const object of read.value) {
      const id = idOf(object);
      if (known.has(id)) return err(`${path}: ${id} is there already; it may be made once`);
      known.add(id);
      const fault = faultOf(object, wish);
      if (fault !== undefined) return err(`${path}: ${id}: ${fault}`);
      for (const name of placeholders(object)) secrets.add(name);
      if (!isBuiltIn(object)) notes.add(`${id} is of a kind that only the cluster can check.`);
    }
  }
  return ok({ secrets: [...secrets], notes: [...notes] });
}

/** What code wrote. */
function rendered(text: string): unknown[] {
  const read = readDocuments(text);
  return read.ok ? read.value : [];
}

function idOf(object: unknown): string {
  if (!isRecord(object)) return 'something';
  const { name, namespace } = isRecord(object['metadata']) ? object['metadata'] : {};
  const full = [namespace, name].filter((part) => typeof part === 'string').join('/');
  return `${String(object['kind'])} ${full}`;
}

const isBuiltIn = (object: unknown): boolean =>
  isRecord(object) && kinds[`${String(object['apiVersion'])}/${String(object['kind'])}`] !== undefined;

function faultOf(object: unknown, wish: string): string | undefined {
  const [fault] = checkManifest(object);
  if (fault !== undefined) return `${fault.path} ${fault.message}`;
  return dangerIn(object, wish) ?? secretFault(object);
}

/** A Secret names its values, and no container has one in plain words. */
function secretFault(object: unknown): string | undefined {
  if (!isRecord(object)) return undefined;
  if (object['kind'] === 'Secret') {
    if (isRecord(object['data']) && Object.keys(object['data']).length > 0)
      return 'data holds values; write stringData with ${NAME} for each, and a person is asked for them';
    for (const [key, value] of Object.entries(isRecord(object['stringData']) ? object['stringData'] : {}))
      if (!PLACEHOLDER.test(String(value)))
        return `stringData.${key} holds a value; write \${NAME}, such as \${DB_PASSWORD}`;
  }
  return plainSecret(object);
}

function plainSecret(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map(plainSecret).find((found) => found !== undefined);
  if (!isRecord(value)) return undefined;
  if (typeof value['name'] === 'string' && isPlainSecret(value['name'], value['value']))
    return `${value['name']} holds its value in plain words; take it from a Secret (valueFrom.secretKeyRef)`;
  return Object.values(value)
    .map(plainSecret)
    .find((found) => found !== undefined);
}

function placeholders(object: unknown): string[] {
  if (!isRecord(object) || object['kind'] !== 'Secret' || !isRecord(object['stringData'])) return [];
  return Object.values(object['stringData']).flatMap((value) => PLACEHOLDER.exec(String(value))?.[1] ?? []);
}
