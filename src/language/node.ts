/** YAML as the language sees it: a tree with offsets, whatever parser made it. Offsets are UTF-16 units into the block's text. */
import type { Json, JsonObject } from '../core/json.ts';

interface Base {
  readonly start: number;
  readonly end: number;
  readonly anchor?: string;
}

export interface ScalarNode extends Base {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly style: 'plain' | 'single' | 'double' | 'block';
  /** As written, for plain scalars: `1.10` stays `1.10`. */
  readonly source: string;
}

export interface Entry {
  readonly key: ScalarNode;
  /** A value that is not written is a `null` of no width. */
  readonly value: Node;
}

export interface MapNode extends Base {
  readonly kind: 'map';
  readonly entries: readonly Entry[];
  readonly flow: boolean;
}

export interface SeqNode extends Base {
  readonly kind: 'seq';
  readonly items: readonly Node[];
  readonly flow: boolean;
}

export interface AliasNode extends Base {
  readonly kind: 'alias';
  readonly name: string;
}

export type Node = ScalarNode | MapNode | SeqNode | AliasNode;

/** Nothing is written, or `null` or `~` is. */
export const isEmpty = (node: Node | undefined): boolean =>
  node === undefined || (node.kind === 'scalar' && node.value === null);

export function find(map: MapNode, key: string): Entry | undefined {
  for (const entry of map.entries) if (textOf(entry.key) === key) return entry;
  return undefined;
}

/** A scalar as text, the way it is written. */
export const textOf = (node: ScalarNode): string =>
  typeof node.value === 'string' ? node.value : node.style === 'plain' ? node.source : String(node.value ?? '');

/** The text that a map has under a key; `undefined` where there is none, or no scalar. */
export function textUnder(map: MapNode | undefined, key: string): string | undefined {
  const value = map === undefined ? undefined : find(map, key)?.value;
  return value?.kind === 'scalar' ? textOf(value) : undefined;
}

/** The value of a tree without aliases (see `expand.ts`); of equal keys the last one counts. */
export function toJson(node: Node): Json {
  switch (node.kind) {
    case 'scalar':
      return typeof node.value === 'number' && !Number.isFinite(node.value) ? node.source : node.value;
    case 'seq':
      return node.items.map(toJson);
    case 'map':
      return toObject(node);
    case 'alias':
      return null;
  }
}

export function toObject(node: MapNode): JsonObject {
  const out: Record<string, Json> = {};
  for (const { key, value } of node.entries) {
    // `__proto__` as a plain assignment would set the prototype.
    Object.defineProperty(out, textOf(key), {
      value: toJson(value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return out;
}
