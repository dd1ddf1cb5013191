/**
 * What a plan assumed, as fields that a person can change: copies, images, sizes, hosts, schedules, defaults of inputs. A change is made in
 * the files themselves, by code, so comments and everything else stay as they were shown.
 */
import { isCollection, isScalar, parseAllDocuments, parseDocument, type Document } from 'yaml';
import { failure } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { PlannedFile } from './plan.ts';

export interface Field {
  /** `k8s/40-web.yaml#0/spec/replicas`: file, document, path. */
  readonly id: string;
  /** For people: `Deployment web: replicas`. */
  readonly label: string;
  readonly value: string;
}

type Key = string | number;

/** Where values stand that people care about; `*` is every member of a list or object. */
const PLACES: readonly (readonly [kinds: RegExp, path: readonly string[], label: string, check: RegExp])[] = [
  [/^(?:Deployment|StatefulSet|ReplicaSet)$/, ['spec', 'replicas'], 'replicas', /^\d{1,4}$/],
  [/^(?:Deployment|StatefulSet|DaemonSet|ReplicaSet|Job)$/, ['spec', 'template', 'spec', 'containers', '*', 'image'], 'image', /^[\w.:/@-]+$/],
  [/^CronJob$/, ['spec', 'jobTemplate', 'spec', 'template', 'spec', 'containers', '*', 'image'], 'image', /^[\w.:/@-]+$/],
  [/^CronJob$/, ['spec', 'schedule'], 'schedule', /^(?:@\w+|(?:\S+\s+){4}\S+)$/],
  [/^(?:Deployment|StatefulSet|DaemonSet)$/, ['spec', 'template', 'spec', 'containers', '*', 'resources', 'limits', 'memory'], 'memory limit', /^\d+(?:Ki|Mi|Gi|Ti)$/],
  [/^(?:Deployment|StatefulSet|DaemonSet)$/, ['spec', 'template', 'spec', 'containers', '*', 'resources', 'limits', 'cpu'], 'CPU limit', /^\d+(?:\.\d+|m)?$/],
  [/^PersistentVolumeClaim$/, ['spec', 'resources', 'requests', 'storage'], 'storage', /^\d+(?:Ki|Mi|Gi|Ti)$/],
  [/^StatefulSet$/, ['spec', 'volumeClaimTemplates', '*', 'spec', 'resources', 'requests', 'storage'], 'storage', /^\d+(?:Ki|Mi|Gi|Ti)$/],
  [/^HorizontalPodAutoscaler$/, ['spec', 'minReplicas'], 'fewest copies', /^\d{1,4}$/],
  [/^HorizontalPodAutoscaler$/, ['spec', 'maxReplicas'], 'most copies', /^\d{1,4}$/],
  [/^$/, ['services', '*', 'image'], 'image', /^[\w.:/@-]+$/],
  [/^$/, ['inputs', '*', 'default'], 'default', /^.{0,500}$/],
]; // prettier-ignore

interface Spot extends Field {
  readonly file: string;
  readonly document: number;
  readonly path: readonly Key[];
  readonly check: RegExp;
}

export const fieldsOf = (files: readonly PlannedFile[]): Field[] =>
  spots(files).map(({ id, label, value }) => ({ id, label, value }));

/** @returns the files with the one value changed, or why it cannot be that */
export function changeField(files: readonly PlannedFile[], id: string, value: string): Result<PlannedFile[]> {
  const spot = spots(files).find((s) => s.id === id);
  if (spot === undefined) return err(failure('usage', `There is no field ${id}.`));
  if (!spot.check.test(value))
    return err(
      failure('usage', `${JSON.stringify(value)} cannot be the ${spot.label}.`, { next: `It is ${spot.value} now.` }),
    );
  return ok(files.map((file) => (file.path === spot.file ? { ...file, text: changed(file.text, spot, value) } : file)));
}

function changed(text: string, spot: Spot, value: string): string {
  const documents = documentsOf(text);
  const document = documents[spot.document];
  const node = document?.getIn(spot.path, true);
  if (!isScalar(node)) return text;
  node.value = typeof node.value === 'number' && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  delete node.source;
  return documents.map(String).join('');
}

const documentsOf = (text: string): Document[] =>
  /^---/m.test(text) ? parseAllDocuments(text) : [parseDocument(text)];

function spots(files: readonly PlannedFile[]): Spot[] {
  return files
    .filter((f) => /\.ya?ml$/.test(f.path) && !/(?:^|\/)templates\//.test(f.path))
    .flatMap((file) =>
      documentsOf(file.text).flatMap((document, index) =>
        document.errors.length > 0 ? [] : spotsIn(file.path, index, document),
      ),
    );
}

function spotsIn(file: string, index: number, document: Document): Spot[] {
  const kind = textAt(document, ['kind']);
  const name = textAt(document, ['metadata', 'name']);
  return PLACES.filter(([kinds]) => kinds.test(kind)).flatMap(([, pattern, label, check]) =>
    expand(document, pattern).flatMap((path): Spot[] => {
      const node = document.getIn(path, true);
      if (!isScalar(node) || (typeof node.value !== 'string' && typeof node.value !== 'number')) return [];
      const star = pattern.indexOf('*');
      const member = star < 0 ? undefined : memberName(document, path, star);
      const about =
        kind === '' ? (member ?? '') : `${kind} ${name}${member === undefined || member === name ? '' : `, ${member}`}`;
      return [
        {
          id: `${file}#${index}/${path.join('/')}`,
          label: `${about}: ${label}`,
          value: String(node.value),
          file,
          document: index,
          path,
          check,
        },
      ];
    }),
  );
}

function textAt(document: Document, path: readonly Key[]): string {
  const value: unknown = document.getIn(path);
  return typeof value === 'string' ? value : '';
}

/** What a member of a list or object is called: its `name`, or its key. */
function memberName(document: Document, path: readonly Key[], star: number): string | undefined {
  const key = path[star];
  if (typeof key === 'string') return key;
  const name =
    textAt(document, [...path.slice(0, star + 1), 'name']) ||
    textAt(document, [...path.slice(0, star + 1), 'metadata', 'name']);
  return name === '' ? undefined : name;
}

function expand(document: Document, pattern: readonly string[]): Key[][] {
  let paths: Key[][] = [[]];
  for (const part of pattern) {
    paths = paths.flatMap((path) => (part === '*' ? membersOf(document, path) : [[...path, part]]));
  }
  return paths.filter((path) => document.hasIn(path));
}

function membersOf(document: Document, path: readonly Key[]): Key[][] {
  const node = document.getIn(path, true);
  if (!isCollection(node)) return [];
  return node.items.map((item, index): Key[] => {
    const key = (item as { key?: unknown }).key;
    return [...path, isScalar(key) && typeof key.value === 'string' ? key.value : index];
  });
}
