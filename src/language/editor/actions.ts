/** What an editor offers to do at a place: mends that are known, silencing a diagnostic, moving tasks. */
import type { Diagnostic, Fix, Position, Range, TextEdit } from '../../core/diagnostic.ts';
import type { WorkflowDocument } from '../document.ts';
import { cursorAt } from './cursor.ts';
import { moves } from './move.ts';

export type ActionKind = 'quickfix' | 'refactor.move' | 'refactor.extract' | 'source.fixAll';

export interface Action {
  readonly kind: ActionKind;
  readonly title: string;
  readonly edits: readonly TextEdit[];
  /** What it mends. */
  readonly diagnostic?: Diagnostic;
  readonly preferred?: boolean;
  readonly command?: Fix['command'];
}

/** @param wanted asks by the beginning of a kind (`quickfix`, `refactor`); without it everything is offered but `source.fixAll` */
export function actionsAt(document: WorkflowDocument, range: Range, wanted?: readonly string[]): Action[] {
  const asks = (kind: ActionKind): boolean =>
    wanted === undefined
      ? kind !== 'source.fixAll'
      : wanted.some((want) => kind === want || kind.startsWith(`${want}.`));
  const actions: Action[] = [];
  if (asks('quickfix')) {
    const here = document.diagnostics.filter((diagnostic) => touches(diagnostic.range, range));
    actions.push(...here.flatMap(fixesOf));
    actions.push(...here.flatMap((diagnostic) => ignoreHere(document, diagnostic) ?? []));
  }
  if (asks('refactor.move') || asks('refactor.extract'))
    actions.push(...moves(document, range.start).filter(({ kind }) => asks(kind)));
  if (asks('source.fixAll')) actions.push(...fixAll(document));
  return actions;
}

function fixesOf(diagnostic: Diagnostic): Action[] {
  return diagnostic.fixes.map((fix) => ({
    kind: 'quickfix',
    title: fix.title,
    edits: fix.edits,
    diagnostic,
    ...(fix.preferred === undefined ? {} : { preferred: fix.preferred }),
    ...(fix.command === undefined ? {} : { command: fix.command }),
  }));
}

/** `# code-ignore CODE012` at the end of the line; a code is added to a comment of that kind that is there. */
function ignoreHere(document: WorkflowDocument, diagnostic: Diagnostic): Action | undefined {
  const { start } = diagnostic.range;
  const cursor = cursorAt(document, start);
  if (cursor === undefined || cursor.role === 'text') return undefined;
  const line = cursor.block.lineText(start.line);
  const end: Position = { line: start.line, character: line.trimEnd().length };
  // The line goes on below (a text in quotes, a bracket): a comment would be a part of it.
  const after = cursorAt(document, end);
  const title = `Ignore ${diagnostic.code} here`;
  const silenced = /(?:^|\s)#\s*code-ignore\b[:\s]*CODE\d{3}(?:\s*,\s*CODE\d{3})*/.exec(line);
  if (silenced !== null) {
    const at: Position = { line: start.line, character: silenced.index + silenced[0].length };
    return {
      kind: 'quickfix',
      title,
      diagnostic,
      edits: [{ range: { start: at, end: at }, newText: `, ${diagnostic.code}` }],
    };
  }
  const comment = `# code-ignore ${diagnostic.code}`;
  if (after?.role === 'comment' || opensText(line)) {
    const at: Position = { line: start.line, character: 0 };
    const indent = /^\s*/.exec(line)?.[0] ?? '';
    return {
      kind: 'quickfix',
      title,
      diagnostic,
      edits: [{ range: { start: at, end: at }, newText: `${indent}${comment}\n` }],
    };
  }
  return { kind: 'quickfix', title, diagnostic, edits: [{ range: { start: end, end }, newText: `  ${comment}` }] };
}

/** A quote is open at the end of the line, as far as the line itself shows. */
const opensText = (line: string): boolean => {
  const bare = line.replace(/'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"/g, '');
  return /(?:^|[\s:[{,-])["'][^"']*$/.test(bare);
};

/** Every mend that a person most likely wants, as far as they do not overlap. */
function fixAll(document: WorkflowDocument): Action[] {
  const edits: TextEdit[] = [];
  for (const { fixes } of document.diagnostics) {
    const fix = fixes.find(({ preferred }) => preferred === true);
    if (fix === undefined || fix.edits.length === 0) continue;
    if (fix.edits.every((edit) => edits.every((other) => !touches(edit.range, other.range)))) edits.push(...fix.edits);
  }
  return edits.length === 0 ? [] : [{ kind: 'source.fixAll', title: 'Mend everything that has one known mend', edits }];
}

const before = (a: Position, b: Position): boolean =>
  a.line < b.line || (a.line === b.line && a.character < b.character);

export const touches = (a: Range, b: Range): boolean => !before(a.end, b.start) && !before(b.end, a.start);
