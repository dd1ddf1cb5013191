/** Names and functions inside of `${{ }}`. */
import type { PlacedTask } from '../assembly.ts';
import type { WorkflowDocument } from '../document.ts';
import type { CompletionKind, Draft } from './complete.ts';
import type { Cursor } from './cursor.ts';
import { taskDocs } from './docs.ts';
import type { ExpressionAt } from './expression-at.ts';
import { FUNCTIONS, isUpstream, namesUnder, outputsOf, ROOT_DOCS, TASK_MEMBERS, type Named } from './names.ts';

/** `tasks["a-b"].outputs.im`: a chain of names that ends at the cursor. */
const CHAIN = /(?:^|[^\w.\])"'])((?:[A-Za-z_]\w*)(?:\.\w*|\[(?:"[^"]*"|'[^']*')\]|\[["']?[^"'\]]*$)*)$/;

export function completeExpression(document: WorkflowDocument, cursor: Cursor, expression: ExpressionAt): Draft[] {
  if (insideText(expression.before)) return [];
  const chain = CHAIN.exec(expression.before)?.[1] ?? '';
  const names = [...chain.matchAll(/\.?\??(\w*)(?:\[["']?([^"'\]]*)["']?\]?)?/g)]
    .flatMap((match) => (match[0] === '' ? [] : [match[1] ?? '', ...(match[2] === undefined ? [] : [match[2]])]))
    .filter((name, i) => i > 0 || name !== '');
  const context = { document, cursor };
  if (names.length <= 1 && !chain.includes('.') && !chain.includes('[')) return beginnings(context, chain.length);
  const last = names.at(-1) ?? '';
  const bracket = /\[["']?[^"'\]]*$/.exec(chain);
  const before = names.slice(0, -1);
  return members(context, before).map((named) => memberItem(named, context, last, bracket?.[0]));
}

interface Context {
  readonly document: WorkflowDocument;
  readonly cursor: Cursor;
}

interface Member extends Omit<Named, 'docs'> {
  readonly docs: string | (() => string);
  readonly kind: CompletionKind;
  readonly rank: number;
  readonly detail?: string;
}

/** An odd number of quotes stands before the cursor: it is inside of a text, unless that is a name in brackets. */
const insideText = (before: string): boolean => {
  const bare = before.replace(/\\./g, '').replace(/"[^"]*"|'[^']*'/g, '');
  return /["']/.test(bare) && !/\[["'][^"']*$/.test(bare);
};

function beginnings({ document, cursor }: Context, length: number): Draft[] {
  const { block, offset } = cursor;
  const range = block.range(offset - length, offset);
  const roots = Object.entries(ROOT_DOCS).map(([label, docs]): Draft => ({
    kind: 'variable',
    label,
    insert: `${label}.`,
    range,
    docs,
    rank: label === 'matrix' && namesUnder(document, 'matrix', cursor.task).length === 0 ? 3 : 1,
    again: true,
  }));
  const functions = FUNCTIONS.map((each): Draft => ({
    kind: 'function',
    label: each.name,
    insert: each.signature.endsWith('()') ? each.signature : `${each.name}($0)`,
    snippet: !each.signature.endsWith('()'),
    range,
    detail: each.signature,
    docs: each.docs,
    rank: 2,
  }));
  return [...roots, ...functions];
}

function members({ document, cursor }: Context, before: readonly string[]): Member[] {
  const [root, name, part] = before;
  if (root === undefined) return [];
  if (root !== 'tasks')
    return before.length > 1
      ? []
      : namesUnder(document, root, cursor.task).map((named) => ({ ...named, kind: 'variable', rank: 1 }));
  if (name === undefined) return tasks(document, cursor);
  if (part === undefined)
    return Object.entries(TASK_MEMBERS).map(([member, docs]) => ({ name: member, docs, kind: 'variable', rank: 1 }));
  const task = document.links.byName.get(name);
  if (part !== 'outputs' || before.length > 3 || task === undefined) return [];
  return outputsOf(task).map((named) => ({ ...named, kind: 'output', rank: 1 }));
}

/** Tasks whose outputs may be read here come first; the others say why not. */
function tasks(document: WorkflowDocument, cursor: Cursor): Member[] {
  const { assembly } = document;
  const own = cursor.task?.placed;
  const readable = own === undefined ? undefined : upstreamOf(document, own);
  return assembly.tasks.flatMap((task): Member[] => {
    const name = task.item.name?.value;
    if (name === undefined || (task === own && !cursor.path.includes('outputs'))) return [];
    const stage = task.stage < 0 ? 'finally' : (assembly.stages[task.stage]?.item.name ?? '');
    const fits = task === own || readable === undefined || readable(task);
    return [
      {
        name,
        kind: 'task',
        docs: () => taskDocs(task, stage),
        rank: fits ? 1 : 4,
        detail: fits ? `${task.item.type?.value ?? ''} in ${stage}` : 'not upstream: depend on it first',
      },
    ];
  });
}

/** By stages at once; the way over dependencies is looked for only in the task's own stage. */
function upstreamOf(document: WorkflowDocument, own: PlacedTask): (task: PlacedTask) => boolean {
  return (task) => (task.stage > own.stage && own.stage >= 0 ? false : isUpstream(document, own, task));
}

function memberItem(member: Member, { cursor }: Context, typed: string, bracket: string | undefined): Draft {
  const { block, offset } = cursor;
  const plain = /^[A-Za-z_]\w*$/.test(member.name);
  const common = {
    kind: member.kind,
    label: member.name,
    docs: member.docs,
    rank: member.rank,
    ...(member.detail === undefined ? {} : { detail: member.detail }),
  };
  if (bracket !== undefined) {
    const closed = /^["']?\]/.exec(block.text.slice(offset))?.[0].length ?? 0;
    const range = block.range(offset - bracket.length, offset + closed);
    return { ...common, insert: `["${member.name}"]`, range, filter: `["${member.name}"]` };
  }
  if (plain)
    return {
      ...common,
      insert: member.name,
      range: block.range(offset - typed.length, offset),
      again: member.kind === 'task' || member.name === 'outputs',
    };
  // A name with a minus needs brackets instead of the dot.
  return {
    ...common,
    insert: `["${member.name}"]`,
    range: block.range(offset - typed.length - 1, offset),
    filter: `.${member.name}`,
  };
}
