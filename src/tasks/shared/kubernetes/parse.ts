/**
 * Manifests as text: YAML or JSON, several documents to a file, every object with the place it was written at. Scalars are read as
 * kubectl reads them (YAML 1.1's booleans and octal numbers), so that `defaultMode: 0644` means what it has always meant; readings
 * that surprise (`name: n` is false) are told.
 */
import {
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  visit,
  type Document,
  type ScalarTag,
  type Tags,
  type ToJSOptions,
} from 'yaml';
import { isObject } from '../../../core/json.ts';
import { isKubeObject, textAt, type KubeObject } from './objects.ts';

export interface Place {
  /** As in the message: relative to the workflow's root. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export interface Manifest {
  readonly object: KubeObject;
  readonly place: Place;
  /** Where a field is written, by a path such as `spec.template.spec.containers[0].image`; the nearest parent where it is not. */
  locate(field: string): Place;
}

/** An object whose name the server makes, anew each time. */
export interface Template {
  readonly object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly generateName: string; readonly [field: string]: unknown };
    readonly [field: string]: unknown;
  };
  readonly place: Place;
}

export interface Problem {
  readonly place: Place;
  readonly message: string;
}

export interface Parsed {
  readonly manifests: readonly Manifest[];
  readonly templates: readonly Template[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Documents that are no Kubernetes objects at all (neither apiVersion nor kind). */
  readonly others: readonly Place[];
}

/** A bomb of aliases is an error, not a hang. */
const TO_JS: ToJSOptions = { maxAliasCount: 1000 };
/** kubectl's reader has neither base-60 numbers (`22:22` is a port mapping) nor dates, and a number has a digit: `path: .` is a text. */
const dropped = new Set([
  'tag:yaml.org,2002:timestamp',
  'tag:yaml.org,2002:set',
  'tag:yaml.org,2002:omap',
  'tag:yaml.org,2002:pairs',
]);
const asKubectl = (tags: Tags): Tags =>
  tags.flatMap((tag): Tags => {
    if (typeof tag === 'string') return [tag];
    if (dropped.has(tag.tag) || ('format' in tag && tag.format === 'TIME')) return [];
    const scalar = tag as ScalarTag; // Collections have no `test`.
    if (scalar.test?.test('.') !== true) return [tag];
    return [{ ...scalar, test: new RegExp(`^(?=.*[0-9])(?:${scalar.test.source})`) }];
  });

/** @param file the name for messages */
export function parseManifests(text: string, file: string): Parsed {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text.replace(/^\uFEFF/, ''), {
    version: '1.1',
    customTags: asKubectl,
    lineCounter: lines,
  });
  const result: Collected = {
    manifests: [],
    templates: [],
    problems: [],
    warnings: [],
    others: [],
  };
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  for (const document of Array.isArray(documents) ? documents : []) {
    const where = placeAt(document.contents?.range[0] ?? document.range[0]);
    if (document.errors.length > 0) {
      result.problems.push(
        ...document.errors.map((error) => ({ place: placeAt(error.pos[0]), message: firstLine(error.message) })),
      );
      continue;
    }
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) continue;
    read(document, where, placeAt, result);
  }
  return result;
}

type Collected = {
  manifests: Manifest[];
  templates: Template[];
  problems: Problem[];
  warnings: Problem[];
  others: Place[];
};

function read(document: Document.Parsed, place: Place, placeAt: (offset: number) => Place, into: Collected): void {
  let value: unknown;
  try {
    value = document.toJS(TO_JS);
  } catch (error) {
    into.problems.push({ place, message: firstLine(error instanceof Error ? error.message : String(error)) });
    return;
  }
  if (!isObject(value) || (value.apiVersion === undefined && value.kind === undefined)) {
    into.others.push(place);
    return;
  }
  into.warnings.push(...surprises(document, placeAt));
  const locator = (path: readonly (string | number)[]): Place => placeAt(offsetOf(document, path) ?? document.range[0]);
  const isList =
    textAt(value, 'kind')?.endsWith('List') === true &&
    Array.isArray(value.items) &&
    textAt(value, 'metadata', 'name') === undefined;
  const items: readonly (readonly [unknown, readonly (string | number)[]])[] = isList
    ? (value.items as readonly unknown[]).map((item, index) => [item, ['items', index]] as const)
    : [[value, []]];
  for (const [item, path] of items) {
    const template = templateOf(item);
    if (template !== undefined) {
      into.templates.push({ object: template, place: locator([...path, 'metadata', 'generateName']) });
      continue;
    }
    const problem = wrongShape(item);
    if (problem !== undefined)
      into.problems.push({ place: locator([...path, ...problem.at]), message: problem.message });
    else if (isKubeObject(item)) {
      into.manifests.push({
        object: item,
        place: locator(path),
        locate: (field) => locator([...path, ...pathOf(field)]),
      });
    }
  }
}

/** An object with `generateName` is no object yet, but a pattern for new ones. */
function templateOf(item: unknown): Template['object'] | undefined {
  const generateName = textAt(item, 'metadata', 'generateName');
  if (!isObject(item) || generateName === undefined || !isObject(item.metadata) || item.metadata.name !== undefined)
    return undefined;
  const { apiVersion, kind, metadata } = item;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  return { ...item, apiVersion, kind, metadata: { ...metadata, generateName } };
}

interface WrongShape {
  readonly at: readonly string[];
  readonly message: string;
}

const LABEL = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/;

/** What every object needs, whatever its kind; the rest is for the API server to judge. */
function wrongShape(item: unknown): WrongShape | undefined {
  if (!isObject(item)) return { at: [], message: 'this is no object' };
  if (typeof item.apiVersion !== 'string') return { at: ['apiVersion'], message: 'apiVersion is missing, or no text' };
  if (typeof item.kind !== 'string' || item.kind === '')
    return { at: ['kind'], message: 'kind is missing, or no text' };
  const { metadata } = item;
  if (!isObject(metadata)) return { at: ['metadata'], message: `${item.kind} has no metadata` };
  if (metadata.name === undefined || metadata.name === null)
    return { at: ['metadata'], message: `${item.kind} has no metadata.name` };
  if (typeof metadata.name !== 'string') {
    const read = JSON.stringify(metadata.name);
    return { at: ['metadata', 'name'], message: `metadata.name is read as ${read}, not as text: put it in quotes` };
  }
  if (metadata.namespace !== undefined && metadata.namespace !== null && typeof metadata.namespace !== 'string') {
    return { at: ['metadata', 'namespace'], message: 'metadata.namespace is no text: put it in quotes' };
  }
  if (typeof metadata.namespace === 'string' && !LABEL.test(metadata.namespace)) {
    return {
      at: ['metadata', 'namespace'],
      message: `"${metadata.namespace}" is no name for a namespace: lower case letters, digits and -`,
    };
  }
  return wrongLabels(metadata);
}

function wrongLabels(metadata: Record<string, unknown>): WrongShape | undefined {
  for (const field of ['labels', 'annotations'] as const) {
    const map = metadata[field];
    if (map === undefined || map === null) continue;
    if (!isObject(map)) return { at: ['metadata', field], message: `metadata.${field} is a map of texts` };
    for (const [name, value] of Object.entries(map)) {
      if (typeof value === 'string') continue;
      return {
        at: ['metadata', field, name],
        message: `metadata.${field}.${name} is read as ${JSON.stringify(value)}, not as text: put it in quotes`,
      };
    }
  }
  return undefined;
}

/** Plain words that YAML 1.1 reads as booleans and nobody means so. */
function surprises(document: Document.Parsed, placeAt: (offset: number) => Place): Problem[] {
  const found: Problem[] = [];
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'boolean' || node.source === undefined || /^(true|false)$/i.test(node.source)) return;
      const message = `"${node.source}" is read as ${String(node.value)}: put it in quotes where the text is meant`;
      found.push({ place: placeAt(node.range?.[0] ?? 0), message });
    },
  });
  return found;
}

/** `spec.containers[0].image` and `metadata.labels[a.b/c]`, as the API server writes paths. */
export function pathOf(field: string): (string | number)[] {
  const path: (string | number)[] = [];
  for (const [, index, key, plain] of field.matchAll(/\[(\d+)\]|\[([^\]]*)\]|([^.[\]]+)/g)) {
    if (index !== undefined) path.push(Number(index));
    else path.push((key ?? plain ?? '').replace(/^"|"$/g, ''));
  }
  return path;
}

/** The offset of the key of the last part that is there. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number | undefined {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0];
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (pair === undefined || !isScalar(pair.key)) break;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      const range = isMap(node) || isSeq(node) || isScalar(node) ? node.range : undefined;
      offset = range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

export const placeText = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;

const firstLine = (text: string): string => (text.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
