/** Two states of an object as a diff for reading: fields that change, by their paths; secrets' values are never shown. */
import { stringify } from 'yaml';
import { sha256 } from '../../../core/hash.ts';
import { canonical, isObject } from '../../../core/json.ts';
import type { KubeObject } from './objects.ts';

export interface FieldChange {
  readonly path: string;
  readonly before: unknown;
  readonly after: unknown;
}

const VOLATILE = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp', 'selfLink'] as const;

/** An object without what the server keeps for itself: equal for equal intentions. */
export function essence(object: KubeObject): Record<string, unknown> {
  const { status: _status, ...rest } = object;
  const metadata: Record<string, unknown> = { ...object.metadata };
  for (const name of VOLATILE) metadata[name] = undefined;
  const annotations = { ...object.metadata.annotations };
  delete annotations['kubectl.kubernetes.io/last-applied-configuration'];
  metadata.annotations = Object.keys(annotations).length === 0 ? undefined : annotations;
  return { ...rest, metadata };
}

/** The fields that differ. Items of a list are paired by their names where all have one, else by their places. */
export function changesBetween(before: KubeObject | undefined, after: KubeObject | undefined): FieldChange[] {
  const changes: FieldChange[] = [];
  compare(
    '',
    before === undefined ? undefined : hidden(before),
    after === undefined ? undefined : hidden(after),
    changes,
  );
  return changes;
}

function hidden(object: KubeObject): Record<string, unknown> {
  const plain = essence(object);
  if (object.kind !== 'Secret' || object.apiVersion !== 'v1') return plain;
  return { ...plain, data: fingerprints(plain.data), stringData: fingerprints(plain.stringData) };
}

/** Equal values stay equal, so that a change shows; the value does not. */
function fingerprints(values: unknown): unknown {
  if (!isObject(values)) return undefined;
  const print = (value: unknown): string => `(hidden ${sha256(String(value)).slice(0, 8)})`;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, print(value)]));
}

function compare(path: string, before: unknown, after: unknown, into: FieldChange[]): void {
  if (canonical(before) === canonical(after)) return;
  if (isObject(before) && isObject(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])]) {
      compare(`${path}.${/[./]/.test(key) ? `[${key}]` : key}`.replace('.[', '['), before[key], after[key], into);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && compareItems(path, before, after, into)) return;
  into.push({ path: path.replace(/^\./, ''), before, after });
}

/** False where the two lists are of plain values: they are shown whole. */
function compareItems(
  path: string,
  before: readonly unknown[],
  after: readonly unknown[],
  into: FieldChange[],
): boolean {
  if (![...before, ...after].every(isObject)) return false;
  const named = [...before, ...after].every((item) => isObject(item) && typeof item.name === 'string');
  const index = (items: readonly unknown[]): Map<string, unknown> =>
    new Map(items.map((item, at) => [named && isObject(item) ? String(item.name) : String(at), item]));
  const [old, fresh] = [index(before), index(after)];
  for (const key of new Set([...old.keys(), ...fresh.keys()]))
    compare(`${path}[${key}]`, old.get(key), fresh.get(key), into);
  return true;
}

/** A whole object as YAML, indented. */
export const wholeLines = (object: KubeObject): string[] =>
  stringify(JSON.parse(canonical(hidden(object))), { lineWidth: 0 })
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`);

/** Lines such as `  ~ spec.replicas: 2 -> 3`. */
export function changeLines(changes: readonly FieldChange[]): string[] {
  return changes.map(({ path, before, after }) => {
    if (before === undefined) return `  + ${path}: ${shown(after)}`;
    if (after === undefined) return `  - ${path}: ${shown(before)}`;
    return `  ~ ${path}: ${shown(before)} -> ${shown(after)}`;
  });
}

function shown(value: unknown): string {
  const text = canonical(value);
  return text.length <= 200 ? text : `${text.slice(0, 200)}… (${text.length} characters)`;
}
