/** Follows aliases and merge keys, within bounds: what an alias stands for is put in its place, with the alias's own place in the text. */
import { textOf, type AliasNode, type Entry, type MapNode, type Node } from './node.ts';
import type { Report, Span } from './report.ts';

/** Nodes that one alias may stand for, aliases inside it followed. */
const MOST_NODES = 10_000;
/** Nodes that all aliases of one block may stand for. */
const MOST_IN_BLOCK = 100_000;

/** The anchors that are known at a place: those before it, in the block itself and in blocks above. */
export type Anchors = ReadonlyMap<string, Node>;

/** What a tree offers and asks for. */
export function anchorsIn(node: Node | undefined): { anchors: Map<string, Node>; aliases: boolean } {
  const anchors = new Map<string, Node>();
  let aliases = false;
  const visit = (at: Node): void => {
    if (at.anchor !== undefined) anchors.set(at.anchor, at);
    if (at.kind === 'alias') aliases = true;
    else if (at.kind === 'seq') at.items.forEach(visit);
    else if (at.kind === 'map') {
      for (const { key, value } of at.entries) {
        if (textOf(key) === '<<') aliases = true;
        visit(key);
        visit(value);
      }
    }
  };
  if (node !== undefined) visit(node);
  return { anchors, aliases };
}

/** @returns the tree without aliases and merge keys, and all anchors known after it; what cannot be followed is told and becomes null */
export function expand(node: Node, above: Anchors, report: Report): { node: Node; anchors: Anchors } {
  const expansion = new Expansion(above, report);
  return { node: expansion.expand(node), anchors: expansion.known };
}

class Expansion {
  readonly known: Map<string, Node>;
  readonly #report: Report;
  readonly #open = new Set<string>();
  /** Expanded copies and their sizes, so that an alias of an alias is counted and not walked again. */
  readonly #sizes = new Map<Node, number>();
  #left = MOST_IN_BLOCK;
  #told = false;

  constructor(above: Anchors, report: Report) {
    this.known = new Map(above);
    this.#report = report;
  }

  expand(node: Node): Node {
    if (node.anchor === undefined) return this.#children(node);
    this.#open.add(node.anchor);
    const expanded = this.#children(node);
    this.#open.delete(node.anchor);
    this.known.set(node.anchor, expanded);
    return expanded;
  }

  #children(node: Node): Node {
    switch (node.kind) {
      case 'scalar':
        return node;
      case 'alias':
        return this.#follow(node);
      case 'seq':
        return { ...node, items: node.items.map((item) => this.expand(item)) };
      case 'map':
        return this.#map(node);
    }
  }

  #map(node: MapNode): Node {
    const entries: Entry[] = [];
    const merged: Entry[] = [];
    const own = new Set(node.entries.map(({ key }) => textOf(key)));
    for (const entry of node.entries) {
      const value = this.expand(entry.value);
      if (textOf(entry.key) !== '<<') entries.push({ key: entry.key, value });
      else
        merged.push(
          ...this.#merge(value, entry.value).filter(
            ({ key }) => !own.has(textOf(key)) && own.add(textOf(key)).size > 0,
          ),
        );
    }
    return { ...node, entries: [...entries, ...merged] };
  }

  #merge(value: Node, at: Span): readonly Entry[] {
    const maps = value.kind === 'seq' ? value.items : [value];
    return maps.flatMap((map) => {
      if (map.kind === 'map') return map.entries;
      if (!(map.kind === 'scalar' && map.value === null))
        this.#report.add('CODE006', at, '<< takes a mapping, or a list of mappings, that an alias stands for');
      return [];
    });
  }

  #follow(alias: AliasNode): Node {
    const nothing: Node = {
      kind: 'scalar',
      value: null,
      style: 'plain',
      source: '',
      start: alias.start,
      end: alias.end,
    };
    if (this.#open.has(alias.name)) {
      this.#report.add('CODE071', alias, `*${alias.name} stands inside of what it names, so it would never end`);
      return nothing;
    }
    const target = this.known.get(alias.name);
    if (target === undefined) {
      this.#report.add('CODE071', alias, `there is no anchor &${alias.name} before this place`);
      return nothing;
    }
    const size = this.#size(target);
    if (size > MOST_NODES || size > this.#left) {
      if (!this.#told)
        this.#report.add(
          'CODE070',
          alias,
          `*${alias.name} stands for too much: aliases of aliases multiply beyond all measure`,
        );
      this.#told = true;
      return nothing;
    }
    this.#left -= size;
    return moved(target, alias);
  }

  #size(node: Node): number {
    const known = this.#sizes.get(node);
    if (known !== undefined) return known;
    let size = 1;
    if (node.kind === 'seq') for (const item of node.items) size += this.#size(item);
    if (node.kind === 'map') for (const { value } of node.entries) size += 1 + this.#size(value);
    this.#sizes.set(node, size);
    return size;
  }
}

/** A copy whose every place is the alias's: a fault in it is shown where it is used. */
function moved(node: Node, at: Span): Node {
  const place = { start: at.start, end: at.end };
  switch (node.kind) {
    case 'scalar':
      return { ...node, ...place };
    case 'alias':
      return { kind: 'alias', name: node.name, ...place };
    case 'seq':
      return { kind: 'seq', flow: node.flow, items: node.items.map((item) => moved(item, at)), ...place };
    case 'map':
      return {
        kind: 'map',
        flow: node.flow,
        entries: node.entries.map(({ key, value }) => ({ key: { ...key, ...place }, value: moved(value, at) })),
        ...place,
      };
  }
}
