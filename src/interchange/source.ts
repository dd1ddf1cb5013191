/** Another tool's YAML: plain data, and the line of any part of it. */
import { LineCounter, isMap, isNode, isScalar, isSeq, parseAllDocuments, type Document } from 'yaml';
import { failure } from '../core/failure.ts';
import { isObject, type Json, type JsonObject } from '../core/json.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Path } from './report.ts';

export interface Source {
  readonly value: JsonObject;
  /** One-based; of the nearest part that is there. */
  lineOf(path: Path): number;
}

/** Every document of the text that is a mapping. A text that is no YAML is a failure with the line. @param name of the file, for messages */
export function readSources(text: string, name: string): Result<readonly Source[]> {
  const counter = new LineCounter();
  const documents = parseAllDocuments(text.replace(/^\uFEFF/, ''), { lineCounter: counter, prettyErrors: false });
  const sources: Source[] = [];
  for (const document of documents as Document.Parsed[]) {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line } = counter.linePos(error.pos[0]);
      return err(
        failure('invalid', `${name}:${line} is no YAML: ${error.message.slice(0, 200)}`, {
          next: 'Mend the file first.',
        }),
      );
    }
    const value = plain(document);
    if (!value.ok) return value;
    if (isObject(value.value)) sources.push({ value: value.value, lineOf: (path) => lineIn(document, counter, path) });
  }
  return ok(sources);
}

function plain(document: Document.Parsed): Result<Json> {
  try {
    return ok(document.toJS({ maxAliasCount: 1000 }) as Json);
  } catch (error) {
    return err(
      failure('invalid', `The file cannot be read: ${error instanceof Error ? error.message : String(error)}`),
    );
  }
}

function lineIn(document: Document.Parsed, counter: LineCounter, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    // The line of a key, and not of its value, which may begin below it.
    const key = isMap(parent)
      ? parent.items.find((pair) => isScalar(pair.key) && pair.key.value === last)?.key
      : undefined;
    const node = isSeq(parent) && typeof last === 'number' ? parent.items[last] : key;
    if (isNode(node) && node.range !== null && node.range !== undefined) return counter.linePos(node.range[0]).line;
  }
  const start = document.contents?.range[0];
  return start === undefined ? 1 : counter.linePos(start).line;
}

/** A value as a list: nothing is none, a single thing is one. */
export const listOf = (value: Json | undefined): readonly Json[] =>
  value === undefined || value === null ? [] : isList(value) ? value : [value];

export const isList = (value: unknown): value is readonly Json[] => Array.isArray(value);

/** Texts and numbers as texts; anything else is none. */
export const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;

export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

/** The mappings of a list. */
export const objectsOf = (value: Json | undefined): readonly JsonObject[] =>
  listOf(value).flatMap((item) => (isObject(item) ? [item] : []));
