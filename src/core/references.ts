/** What an expression names, read off its syntax tree: `tasks.build.outputs.image`, `inputs.replicas`, `secrets["DB"]`. */
import type { ASTNode } from '@marcbachmann/cel-js';

export interface Segment {
  readonly name: string;
  /** Offsets into the expression. */
  readonly start: number;
  readonly end: number;
}

export interface Reference {
  /** The root and the names after it, up to the first that is computed: `['tasks', 'build', 'outputs', 'image']`. */
  readonly segments: readonly Segment[];
  readonly start: number;
  readonly end: number;
  /** Inside `has(…)` or behind `?`: it asks whether the value is there, so a missing one is no fault. */
  readonly guarded: boolean;
  /** More follows that only a run can know: an index that is computed, or a part of the value. */
  readonly open: boolean;
  /** A minus right behind, without blanks: `tasks.a-b` where `tasks["a-b"]` may be meant. `text` is what it may have been to be. */
  readonly minus?: { readonly name: string; readonly end: number };
}

const BINDING = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

export function referencesIn(tree: ASTNode): readonly Reference[] {
  const found: Reference[] = [];
  walk(tree, { locals: new Set(), guarded: false }, found);
  return found;
}

interface Scope {
  readonly locals: ReadonlySet<string>;
  readonly guarded: boolean;
}

function walk(node: ASTNode, scope: Scope, found: Reference[]): void {
  const path = pathOf(node);
  if (path !== undefined) {
    if (!scope.locals.has(path.segments[0]?.name ?? '')) {
      found.push({ ...path, start: node.start, end: node.end, guarded: scope.guarded || path.guarded });
    }
    for (const inner of path.computed) walk(inner, scope, found);
    return;
  }
  if (node.op === '-') walkMinus(node.args, scope, found);
  else for (const [child, inner] of children(node, scope)) walk(child, inner, found);
}

function walkMinus([left, right]: readonly [ASTNode, ASTNode], scope: Scope, found: Reference[]): void {
  const before = found.length;
  walk(left, scope, found);
  const name = firstName(right);
  const last = found[before];
  if (
    last !== undefined &&
    found.length === before + 1 &&
    name !== undefined &&
    last.end === left.end &&
    right.start === left.end + 1
  ) {
    found[before] = { ...last, minus: name };
    // What follows belongs to the same name; to call it unknown on its own would be noise.
    return;
  }
  walk(right, scope, found);
}

function firstName(node: ASTNode): { name: string; end: number } | undefined {
  let at: ASTNode = node;
  while (at.op === '.') at = at.args[0];
  return at.op === 'id' ? { name: at.args, end: at.end } : undefined;
}

interface Path {
  readonly segments: readonly Segment[];
  readonly open: boolean;
  readonly guarded: boolean;
  readonly computed: readonly ASTNode[];
}

function pathOf(node: ASTNode): Path | undefined {
  switch (node.op) {
    case 'id':
      return {
        segments: [{ name: node.args, start: node.start, end: node.end }],
        open: false,
        guarded: false,
        computed: [],
      };
    case '.':
    case '.?': {
      const inner = pathOf(node.args[0]);
      if (inner === undefined) return undefined;
      const guarded = inner.guarded || node.op === '.?';
      if (inner.open) return { ...inner, guarded };
      const name = node.args[1];
      return {
        ...inner,
        guarded,
        segments: [...inner.segments, { name, start: node.end - name.length, end: node.end }],
      };
    }
    case '[]':
    case '[?]': {
      const inner = pathOf(node.args[0]);
      if (inner === undefined) return undefined;
      const guarded = inner.guarded || node.op === '[?]';
      const key = node.args[1];
      if (inner.open || key.op !== 'value' || typeof key.args !== 'string') {
        return { ...inner, guarded, open: true, computed: [...inner.computed, key] };
      }
      return { ...inner, guarded, segments: [...inner.segments, { name: key.args, start: key.start, end: key.end }] };
    }
    default:
      return undefined;
  }
}

function children(node: ASTNode, scope: Scope): readonly (readonly [ASTNode, Scope])[] {
  const same = (nodes: readonly ASTNode[]): readonly (readonly [ASTNode, Scope])[] =>
    nodes.map((child) => [child, scope] as const);
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return same([node.args[0]]);
    case '!_':
    case '-_':
      return same([node.args]);
    case 'call': {
      const [name, args] = node.args;
      return name === 'has' ? args.map((child) => [child, { ...scope, guarded: true }] as const) : same(args);
    }
    case 'rcall': {
      const [name, receiver, args] = node.args;
      const [variable, ...rest] = args;
      if (!BINDING.has(name) || variable?.op !== 'id') return same([receiver, ...args]);
      const inner = { ...scope, locals: new Set([...scope.locals, variable.args]) };
      return [[receiver, scope] as const, ...rest.map((child) => [child, inner] as const)];
    }
    case 'list':
      return same(node.args);
    case 'map':
      return same(node.args.flat());
    default:
      return same(node.args);
  }
}
