/** Expressions in a tree: where they stand, whether they can be read, and what they name. */
import type * as Expressions from '../core/expressions.ts';
import type { Reference } from '../core/expressions.ts';
import { conditionOf, hasExpression, templateParts } from '../core/template.ts';
import { textOf, type Node, type ScalarNode } from './node.ts';
import type { Report, Span } from './report.ts';
import { listOf, nearest } from './suggest.ts';

/** The expression library, handed in: a file without expressions never loads it. */
export type ExpressionLibrary = typeof Expressions;

/** A name that an expression uses, with places in the block for each of its parts. */
export interface Use extends Span {
  readonly root: string;
  readonly names: readonly string[];
  /** Places of the root and of each name. */
  readonly spans: readonly Span[];
  readonly guarded: boolean;
  readonly minus?: { readonly name: string; readonly span: Span };
  /** The key of the task under which the expression stands: `with`, `when`, `outputs`. */
  readonly under: string;
}

/** Fixed members of the roots that the engine fills. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  run: ['id', 'attempt'],
  target: ['os', 'wsl', 'distro'],
};
const ROOT_SYNONYMS: Readonly<Record<string, string>> = {
  input: 'inputs',
  params: 'inputs',
  vars: 'env',
  environment: 'env',
  secret: 'secrets',
  needs: 'tasks',
  steps: 'tasks',
  jobs: 'tasks',
  task: 'tasks',
  github: 'run',
};

/** Where the characters of a scalar's value stand in the text. */
function placer(node: ScalarNode, report: Report): (offset: number, length: number) => Span {
  const { text } = report.block;
  const value = textOf(node);
  const direct = node.style === 'plain' ? node.start : node.style === 'block' ? -1 : node.start + 1;
  if (direct >= 0 && text.startsWith(value, direct))
    return (offset, length) => ({ start: direct + offset, end: direct + offset + length });
  // Folded, escaped or in a block: expressions are found again by counting them, which holds since none needs an escape.
  return (offset, length) => {
    const count = value.slice(0, offset + 3).split('${{').length - 1;
    let at = node.start - 1;
    for (let i = 0; i < count; i++) {
      const next = text.indexOf('${{', at + 1);
      if (next < 0 || next >= node.end) return node;
      at = next;
    }
    const open = value.lastIndexOf('${{', offset + 2);
    const start = count === 0 ? node.start : at + Math.max(0, offset - Math.max(open, 0));
    return text.startsWith(value.slice(offset, offset + length), start)
      ? { start, end: start + length }
      : {
          start: Math.min(at < 0 ? node.start : at, node.end),
          end: count === 0 ? node.end : Math.min(at + 3, node.end),
        };
  };
}

/** @param under the key that the tree stands under */
export function usesIn(
  node: Node,
  under: string,
  library: ExpressionLibrary | undefined,
  report: Report,
  uses: Use[],
): void {
  switch (node.kind) {
    case 'scalar':
      if (typeof node.value === 'string' && hasExpression(node.value))
        templateUses(node, node.value, under, library, report, uses);
      return;
    case 'seq':
      for (const item of node.items) usesIn(item, under, library, report, uses);
      return;
    case 'map':
      for (const { value } of node.entries) usesIn(value, under, library, report, uses);
      return;
    case 'alias':
      return;
  }
}

function templateUses(
  node: ScalarNode,
  value: string,
  under: string,
  library: ExpressionLibrary | undefined,
  report: Report,
  uses: Use[],
): void {
  const place = placer(node, report);
  for (const part of templateParts(value)) {
    if (part.kind !== 'expression') continue;
    if (!part.closed) {
      const at = place(part.start, 3);
      report.add('CODE040', at, 'the expression is not closed: }} is missing', { fixes: [] });
      continue;
    }
    expressionUses({ expression: part.text, offset: part.innerStart, place, under }, library, report, uses);
  }
}

/** A condition, which may stand without braces. @returns `false` for one that is plainly never true */
export function conditionUses(
  node: ScalarNode,
  library: ExpressionLibrary | undefined,
  report: Report,
  uses: Use[],
): boolean | undefined {
  if (typeof node.value !== 'string') return typeof node.value === 'boolean' ? node.value : undefined;
  const condition = conditionOf(node.value);
  if (condition === undefined) {
    const inner = node.value.replaceAll(/\$\{\{\s*|\s*\}\}/g, '');
    const fixes =
      node.style === 'block'
        ? []
        : [
            report.replace(
              'Write the condition without braces',
              node,
              inner.includes('"') ? `'${inner.replaceAll("'", "''")}'` : `"${inner}"`,
            ),
          ];
    report.add(
      'CODE040',
      node,
      'a condition is one expression: put the whole of it in ${{ }}, or leave the braces away',
      { fixes },
    );
    return undefined;
  }
  if (condition.expression === '') return undefined;
  const before = uses.length;
  expressionUses(
    { expression: condition.expression, offset: condition.offset, place: placer(node, report), under: 'when' },
    library,
    report,
    uses,
  );
  return uses.length === before ? constant(condition.expression, library) : undefined;
}

/** The value of a condition that names nothing: `false`, `1 > 2`. */
function constant(expression: string, library: ExpressionLibrary | undefined): boolean | undefined {
  if (library === undefined || /\b(?:success|failure|cancelled|always)\b/.test(expression)) return undefined;
  const value = library.evaluateCondition(expression, {});
  return value.ok ? value.value : undefined;
}

interface Placed {
  readonly expression: string;
  /** Of the expression in the scalar's value. */
  readonly offset: number;
  readonly place: (offset: number, length: number) => Span;
  readonly under: string;
}

function expressionUses(placed: Placed, library: ExpressionLibrary | undefined, report: Report, uses: Use[]): void {
  if (library === undefined) return;
  const at = (span: Span): Span => placed.place(placed.offset + span.start, span.end - span.start);
  const problem = library.checkExpression(placed.expression);
  if (problem?.kind === 'syntax') {
    const { length } = placed.expression;
    // At the end of the expression the mark goes to its last character.
    const last = placed.expression.trimEnd().length;
    const start = Math.min(problem.start, Math.max(last - 1, 0));
    report.add(
      'CODE040',
      at({ start, end: Math.min(Math.max(problem.end, start + 1), Math.max(last, start + 1), Math.max(length, 1)) }),
      problem.message,
    );
    return;
  }
  if (problem !== undefined) report.add('CODE042', at(problem), problem.message);
  for (const reference of library.referencesOf(placed.expression)) {
    const use = useOf(reference, at, placed.under);
    if (checkRoot(use, report, library)) uses.push(use);
  }
}

function useOf(reference: Reference, at: (span: Span) => Span, under: string): Use {
  const [root, ...names] = reference.segments;
  return {
    root: root?.name ?? '',
    names: names.map(({ name }) => name),
    spans: reference.segments.map(at),
    guarded: reference.guarded,
    under,
    ...at(reference),
    ...(reference.minus === undefined
      ? {}
      : { minus: { name: reference.minus.name, span: at({ start: reference.end, end: reference.minus.end }) } }),
  };
}

/** @returns whether the root is known, so that the rest can be looked at */
function checkRoot(use: Use, report: Report, library: ExpressionLibrary): boolean {
  const [rootSpan, memberSpan] = use.spans;
  if (rootSpan === undefined) return false;
  if (!(library.ROOTS as readonly string[]).includes(use.root)) {
    const meant = nearest(use.root, library.ROOTS, ROOT_SYNONYMS);
    const fixes = meant === undefined ? [] : [report.replace(`Write ${meant}`, rootSpan, meant)];
    const more =
      meant === undefined
        ? `expressions know ${listOf(library.ROOTS)}; texts stand in quotes`
        : `did you mean ${meant}?`;
    report.add('CODE041', rootSpan, `there is nothing named "${use.root}": ${more}`, { fixes });
    return false;
  }
  const members = MEMBERS[use.root];
  const [member] = use.names;
  if (members !== undefined && member !== undefined && memberSpan !== undefined && !members.includes(member)) {
    const meant = nearest(member, members);
    const fixes = meant === undefined ? [] : [report.replace(`Write ${meant}`, memberSpan, meant)];
    report.add('CODE041', memberSpan, `${use.root} has no "${member}"; it has ${listOf(members)}`, { fixes });
    return false;
  }
  return true;
}
