/** Colours for what stands in expressions: names, members, functions, texts, numbers. */
import type { Range } from '../../core/diagnostic.ts';
import { templateParts } from '../../core/template.ts';
import type { Block } from '../block.ts';
import type { WorkflowDocument } from '../document.ts';
import { find } from '../node.ts';
import { blockAt } from '../publish.ts';
import { ROOT_DOCS } from './names.ts';

export const TOKEN_TYPES = [
  'namespace',
  'property',
  'function',
  'string',
  'number',
  'operator',
  'keyword',
  'variable',
] as const;
export type TokenType = (typeof TOKEN_TYPES)[number];

export interface Token {
  readonly line: number;
  readonly character: number;
  readonly length: number;
  readonly type: TokenType;
}

/** @param range only lines that an editor shows; without it all of them */
export function tokens(document: WorkflowDocument, range?: Range): Token[] {
  const { blocks } = document;
  const from = range === undefined ? 0 : blockAt(range.start.line, blocks);
  const to = range === undefined ? blocks.length - 1 : blockAt(range.end.line, blocks);
  const found: Token[] = [];
  for (let i = from; i <= to; i++) {
    const block = blocks[i];
    if (block !== undefined && block.kind !== 'prelude' && block.kind !== 'rest') inBlock(block, found);
  }
  return found;
}

function inBlock(block: Block, found: Token[]): void {
  const stretches = [...templates(block), ...conditions(block)].sort((a, b) => a.start - b.start);
  for (const { start, end } of stretches) lex(block, start, end, found);
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

function templates(block: Block): Stretch[] {
  if (!block.text.includes('${{')) return [];
  return templateParts(block.text).flatMap((part) =>
    part.kind === 'expression' && part.closed && !isComment(block, part.start)
      ? [{ start: part.innerStart, end: part.innerStart + part.text.length }]
      : [],
  );
}

function isComment(block: Block, at: number): boolean {
  const line = block.text.slice(block.text.lastIndexOf('\n', at) + 1, at);
  return /(?:^|\s)#/.test(line.replace(/'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"/g, ''));
}

/** Conditions without braces. */
function conditions(block: Block): Stretch[] {
  return (block.reading?.items ?? []).flatMap((item) => {
    const when = item.kind === 'task' && item.node !== undefined ? find(item.node, 'when')?.value : undefined;
    if (when?.kind !== 'scalar' || typeof when.value !== 'string' || when.value.includes('${{')) return [];
    const quoted = when.style === 'single' || when.style === 'double' ? 1 : 0;
    const text = block.text.slice(when.start + quoted, when.end - quoted);
    // Behind an alias something else stands.
    return when.style === 'block' || text !== when.value
      ? []
      : [{ start: when.start + quoted, end: when.end - quoted }];
  });
}

const LEXER = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\d+(?:\.\d+)?|[A-Za-z_]\w*|&&|\|\||[=!<>]=|[-+*/%<>!?:]/g;

function lex(block: Block, start: number, end: number, found: Token[]): void {
  const text = block.text.slice(start, end);
  for (const match of text.matchAll(LEXER)) {
    const [word] = match;
    const { line, character } = block.position(start + match.index);
    found.push({ line, character, length: word.length, type: typeOf(word, text, match.index) });
  }
}

function typeOf(word: string, text: string, at: number): TokenType {
  if (/^["']/.test(word)) return text.charAt(at - 1) === '[' ? 'property' : 'string';
  if (/^\d/.test(word)) return 'number';
  if (!/^[A-Za-z_]/.test(word)) return 'operator';
  if (word === 'true' || word === 'false' || word === 'null' || word === 'in') return 'keyword';
  if (/^\s*\(/.test(text.slice(at + word.length))) return 'function';
  const before = text.charAt(at - 1);
  if (before === '.' || (before === '?' && text.charAt(at - 2) === '.')) return 'property';
  return Object.hasOwn(ROOT_DOCS, word) ? 'namespace' : 'variable';
}
