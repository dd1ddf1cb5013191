/** Where a name is declared and where it is used: tasks, stages, inputs, secrets, over `depends_on` and expressions. */
import type { Position, Range, TextEdit } from '../../core/diagnostic.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { spotOf, type Placed } from '../assembly.ts';
import type { WorkflowDocument } from '../document.ts';
import { textOf } from '../node.ts';
import type { KeyItem } from '../reading.ts';
import type { Span, Spot } from '../report.ts';
import type { Use } from '../uses.ts';
import { NAME } from '../vocabulary.ts';
import { placeOf } from './cursor.ts';

export type SymbolKind = 'task' | 'stage' | 'input' | 'secret' | 'env';

export interface NamedSymbol {
  readonly kind: SymbolKind;
  readonly name: string;
}

export interface Occurrence {
  readonly range: Range;
  readonly declares: boolean;
  /** The place in its block, quotes left away. */
  readonly spot: Spot;
}

const ROOT_KIND: Readonly<Record<string, SymbolKind>> = {
  tasks: 'task',
  inputs: 'input',
  secrets: 'secret',
  env: 'env',
};

/** Every place of every name, those in one block only where a block is given. */
function* places(
  document: WorkflowDocument,
  block?: Spot['block'],
): Generator<NamedSymbol & { spot: Spot; declares: boolean }> {
  const { assembly } = document;
  const here = (placed: Placed<unknown>): boolean => block === undefined || placed.block === block;
  for (const stage of assembly.stages)
    if (here(stage)) yield { kind: 'stage', name: stage.item.name, spot: spotOf(stage, stage.item.at), declares: true };
  for (const task of assembly.tasks) {
    if (!here(task)) continue;
    const { name, dependsOn, uses } = task.item;
    if (name !== undefined) yield { kind: 'task', name: name.value, spot: spotOf(task, name), declares: true };
    for (const word of dependsOn) yield { kind: 'task', name: word.value, spot: spotOf(task, word), declares: false };
    yield* usesOf(task, uses);
  }
  for (const key of assembly.keys) {
    if (!here(key)) continue;
    yield* usesOf(key, key.item.uses);
    yield* declared(key, key.item);
  }
}

function* usesOf(
  at: Placed<unknown>,
  uses: readonly Use[],
): Generator<NamedSymbol & { spot: Spot; declares: boolean }> {
  for (const use of uses) {
    const kind = ROOT_KIND[use.root];
    const [name] = use.names;
    const span = use.spans[1];
    if (kind !== undefined && name !== undefined && span !== undefined)
      yield { kind, name, spot: spotOf(at, span), declares: false };
  }
}

function* declared(
  at: Placed<unknown>,
  { name, value }: KeyItem,
): Generator<NamedSymbol & { spot: Spot; declares: boolean }> {
  if ((name === 'inputs' || name === 'env') && value.kind === 'map')
    for (const { key } of value.entries)
      yield { kind: name === 'env' ? 'env' : 'input', name: textOf(key), spot: spotOf(at, key), declares: true };
  if (name === 'secrets' && value.kind === 'seq')
    for (const item of value.items)
      if (item.kind === 'scalar') yield { kind: 'secret', name: textOf(item), spot: spotOf(at, item), declares: true };
}

/** The place without the quotes around it; `undefined` where the name stands somewhere else (behind an alias, say). */
function exact({ block, start, end }: Spot, name: string): Spot | undefined {
  const text = block.text.slice(start, end);
  if (text === name) return { block, start, end };
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  return quoted?.[2] === name ? { block, start: start + 1, end: end - 1 } : undefined;
}

export function symbolAt(
  document: WorkflowDocument,
  at: Position,
): (NamedSymbol & { readonly range: Range }) | undefined {
  const place = placeOf(document, at);
  if (place === undefined) return undefined;
  const covers = ({ start, end }: Span): boolean => start <= place.offset && place.offset <= end;
  for (const { kind, name, spot } of places(document, place.block)) {
    if (!covers(spot)) continue;
    const found = exact(spot, name);
    if (found !== undefined) return { kind, name, range: found.block.range(found.start, found.end) };
  }
  return undefined;
}

/** All places of one name, in the order of the file. */
export function occurrencesOf(document: WorkflowDocument, { kind, name }: NamedSymbol): Occurrence[] {
  const found: Occurrence[] = [];
  for (const each of places(document)) {
    if (each.kind !== kind || each.name !== name) continue;
    const spot = exact(each.spot, name);
    if (spot !== undefined)
      found.push({ spot, declares: each.declares, range: spot.block.range(spot.start, spot.end) });
  }
  const line = ({ range }: Occurrence): number => range.start.line * 10_000 + range.start.character;
  return found.sort((a, b) => line(a) - line(b));
}

export function definitionAt(document: WorkflowDocument, at: Position): Range[] {
  const symbol = symbolAt(document, at);
  return symbol === undefined
    ? []
    : occurrencesOf(document, symbol).flatMap(({ declares, range }) => (declares ? [range] : []));
}

export function referencesAt(document: WorkflowDocument, at: Position, withDeclaration: boolean): Range[] {
  const symbol = symbolAt(document, at);
  return symbol === undefined
    ? []
    : occurrencesOf(document, symbol).flatMap(({ declares, range }) => (declares && !withDeclaration ? [] : [range]));
}

const RENAMED: ReadonlySet<SymbolKind> = new Set(['task', 'stage', 'input', 'secret']);

/** What a rename would start from; a variable of the environment is used by programs that cannot be seen from here. */
export function renameable(document: WorkflowDocument, at: Position): Result<{ range: Range; name: string }, string> {
  const symbol = symbolAt(document, at);
  if (symbol === undefined) return err('Tasks, stages, inputs and secrets can be renamed; this is none of them.');
  if (!RENAMED.has(symbol.kind))
    return err('An environment variable is read by programs, too, which a rename could not follow.');
  if (!occurrencesOf(document, symbol).some(({ declares }) => declares))
    return err(`${symbol.name} is not declared in this file.`);
  return ok({ range: symbol.range, name: symbol.name });
}

/** @returns the edits, or why the name cannot be taken */
export function rename(document: WorkflowDocument, at: Position, newName: string): Result<TextEdit[], string> {
  const allowed = renameable(document, at);
  const symbol = symbolAt(document, at);
  if (!allowed.ok || symbol === undefined)
    return err(allowed.ok ? 'There is nothing to rename here.' : allowed.failure);
  const isName = symbol.kind === 'secret' ? /^[A-Za-z_][A-Za-z0-9_]*$/ : new RegExp(NAME);
  if (!isName.test(newName) || newName.length > 63)
    return err(
      'A name begins with a letter or _, goes on with letters, digits, _ and -, and has at most 63 characters.',
    );
  if (newName !== symbol.name && occurrencesOf(document, { ...symbol, name: newName }).some(({ declares }) => declares))
    return err(`There is a ${symbol.kind} ${newName} already.`);
  return ok(occurrencesOf(document, symbol).map((each) => editFor(each, newName)));
}

/** In an expression a name with a minus needs brackets instead of the dot. */
function editFor({ spot, range }: Occurrence, newName: string): TextEdit {
  const { block, start, end } = spot;
  const dotted = block.text.charAt(start - 1) === '.' && !/^[A-Za-z_]\w*$/.test(newName);
  if (!dotted) return { range, newText: newName };
  const optional = block.text.charAt(start) === '?' ? 1 : 0;
  const quote = quoteFor(block.text, start);
  return { range: block.range(start - 1, end + optional), newText: `[${quote}${newName}${quote}]` };
}

/** The other quote than the one that the expression's text is written in. */
function quoteFor(text: string, at: number): '"' | "'" {
  const line = text.slice(text.lastIndexOf('\n', at) + 1, at);
  const before = line.slice(0, Math.max(line.lastIndexOf('${{'), 0));
  return (before.match(/"/g)?.length ?? 0) % 2 === 1 ? "'" : '"';
}
