/** The text of a block to a tree, by `yaml`, with its syntax errors put in plain words and pinned to the word that is wrong. */
import {
  Lexer,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type YAMLError,
  type ParsedNode,
  type Scalar,
} from 'yaml';
import type { Entry, Node, ScalarNode } from './node.ts';
import type { Report, Span } from './report.ts';

const MAX_DEPTH = 100;
/** Errors of syntax that are told for one block: what comes after is mostly their echo. */
const MOST_ERRORS = 3;

/** @returns the block's tree, or `undefined` where there is nothing, or nothing that could be read */
export function parseBlock(report: Report): Node | undefined {
  const { text } = report.block;
  const deep = tooDeep(text);
  if (deep !== undefined) {
    report.add('CODE072', { start: deep, end: deep + 1 }, `this is nested more than ${MAX_DEPTH} deep`);
    return undefined;
  }
  try {
    return parse(report, text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    report.add('CODE072', firstWord(text), 'this is nested too deeply to be read');
    return undefined;
  }
}

/** The full parser, whatever the text. */
export function parse(report: Report, text: string, round = 0): Node | undefined {
  const document = parseDocument(text, {
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    keepSourceTokens: false,
  });
  const loose = round < 5 ? looseWord(document.errors, text) : undefined;
  if (loose !== undefined) {
    // A key that is being typed, without its colon, would swallow the line below: it is told, and the rest read without it.
    const word = text.slice(loose.start, loose.end);
    report.add('CODE001', loose, `"${word}" stands alone: a key is followed by a colon`, {
      fixes: [report.replace(`Write "${word}:"`, { start: loose.end, end: loose.end }, ':')],
    });
    return parse(
      report,
      text.slice(0, loose.start) + ' '.repeat(loose.end - loose.start) + text.slice(loose.end),
      round + 1,
    );
  }
  tell(report, document.errors, text);
  for (const warning of document.warnings) {
    if (warning.code === 'TAG_RESOLVE_FAILED')
      report.add('CODE001', spanOf(warning, text), 'this tag is not known here; leave it out', { severity: 'warning' });
  }
  return document.contents === null ? undefined : convert(document.contents);
}

function tell(report: Report, errors: readonly YAMLError[], text: string): void {
  const lines = new Set<number>();
  const nested = errors.some(({ code }) => code === 'BLOCK_AS_IMPLICIT_KEY');
  for (const error of errors) {
    if (nested && error.code === 'MULTILINE_IMPLICIT_KEY') continue;
    const span = openQuote(error, text) ?? openBracket(error, text) ?? secondColon(error, text) ?? spanOf(error, text);
    const line = report.block.position(span.start).line;
    if (lines.has(line) || lines.size >= MOST_ERRORS) continue;
    lines.add(line);
    report.add('CODE001', span, wording(error, text.slice(span.start, span.end)));
  }
}

/** A word on a line of its own where a key should be: `MULTILINE_IMPLICIT_KEY` with the next line, or no colon at all. */
function looseWord(errors: readonly YAMLError[], text: string): Span | undefined {
  for (const error of errors) {
    if (
      error.code !== 'MULTILINE_IMPLICIT_KEY' &&
      !(error.code === 'MISSING_CHAR' && /Implicit map keys/.test(error.message))
    )
      continue;
    const start = error.pos[0];
    const word = /^[A-Za-z_][\w-]*(?=[ \t]*(?:\r?\n|$|#))/.exec(text.slice(start, start + 200))?.[0];
    const lineStart = text.lastIndexOf('\n', start - 1) + 1;
    if (word !== undefined && text.slice(lineStart, start).trim() === '') return { start, end: start + word.length };
  }
  return undefined;
}

/** The quote that is never closed, up to the end of its line. */
function openQuote(error: YAMLError, text: string): Span | undefined {
  const quote = /Missing closing (["'])/.exec(error.message)?.[1];
  if (quote === undefined) return undefined;
  const start = text.lastIndexOf(quote, error.pos[0] - 1);
  if (start < 0) return undefined;
  const length = text.slice(start).search(/\r?\n|$/);
  return { start, end: start + Math.max(length, 1) };
}

/** The bracket that is never closed, up to the end of its line. */
function openBracket(error: YAMLError, text: string): Span | undefined {
  if (!/Flow (?:sequence|map)|expected flow/i.test(error.message) || !/BAD_INDENT|MISSING_CHAR/.test(error.code))
    return undefined;
  let closed = 0;
  for (let at = Math.min(error.pos[0], text.length - 1); at >= 0; at--) {
    const c = text.charAt(at);
    if (c === ']' || c === '}') closed++;
    else if ((c === '[' || c === '{') && closed-- === 0) {
      const length = text.slice(at).search(/\s*(?:\r?\n|$)/);
      return { start: at, end: at + Math.max(length, 1) };
    }
  }
  return undefined;
}

/** A mapping inside of a value: all of the line that has two colons, or what stands too deep on the next one. */
function secondColon(error: YAMLError, text: string): Span | undefined {
  if (error.code !== 'BLOCK_AS_IMPLICIT_KEY' || /sequence/.test(error.message)) return undefined;
  const start = error.pos[0];
  const line = /^[^\r\n]*/.exec(text.slice(start))?.[0].trimEnd() ?? '';
  if (/:\s/.test(line)) return { start, end: start + line.length };
  const next = /^[^\r\n]*\r?\n\s*([^\s:]+)/.exec(text.slice(start));
  if (next === null) return undefined;
  const word = next[1] ?? '';
  return { start: start + next[0].length - word.length, end: start + next[0].length };
}

function spanOf(error: YAMLError, text: string): Span {
  const limit = text.length;
  let start = Math.min(error.pos[0], limit);
  let end = Math.min(Math.max(error.pos[1], start), limit);
  const newline = text.slice(start, end).search(/\r?\n/);
  if (newline > 0) end = start + newline;
  // At the end of a line the mark goes to the last character that is there to be seen.
  while (start > 0 && /^\s*$/.test(text.slice(start, end)) && /[\r\n]|^$/.test(text.charAt(start))) start--;
  if (end <= start) end = Math.min(start + 1, limit);
  return { start, end };
}

function firstWord(text: string): Span {
  const match = /\S+/.exec(text);
  return match === null
    ? { start: 0, end: 0 }
    : { start: match.index, end: match.index + Math.min(match[0].length, 20) };
}

/** @param marked the text that the error is shown at */
function wording(error: YAMLError, marked: string): string {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return 'a tab is used for indentation; YAML wants spaces';
    case 'BAD_INDENT':
      return /Flow/.test(error.message) ? 'a bracket is not closed' : 'the indentation does not fit the lines above';
    case 'MISSING_CHAR':
      return missingCharacter(error.message);
    case 'MULTILINE_IMPLICIT_KEY':
      return 'a key must stand on one line, followed by a colon';
    case 'BLOCK_AS_IMPLICIT_KEY':
      return /sequence/.test(error.message)
        ? 'a list cannot begin here; does the line above miss its colon or its indentation?'
        : /:\s/.test(marked)
          ? 'a second colon on this line: put the value in quotes'
          : 'the indentation does not fit: this is deeper than the value above';
    case 'BAD_SCALAR_START': {
      const character = /reserved character (.)/.exec(error.message)?.[1] ?? 'this character';
      return `a plain value cannot begin with ${character}; put it in quotes`;
    }
    case 'BAD_DQ_ESCAPE':
      return 'this backslash sequence means nothing in double quotes; double the backslash or use single quotes';
    case 'UNEXPECTED_TOKEN':
      return 'this is not expected here';
    default:
      return error.message.charAt(0).toLowerCase() + error.message.slice(1);
  }
}

function missingCharacter(message: string): string {
  const quote = /Missing closing (.)quote/.exec(message)?.[1];
  if (quote !== undefined) return `the closing ${quote} is missing`;
  if (/Sequence item without/.test(message))
    return 'the indentation does not fit: keys of one task stand under each other';
  if (/Implicit map keys/.test(message)) return 'a key is followed by a colon';
  if (/expected.*[\]}]/i.test(message)) return 'a bracket is not closed';
  return message.charAt(0).toLowerCase() + message.slice(1);
}

/**
 * Nesting beyond all need, found before the parser recurses into it: it would run out of stack, and end the process where that happens
 * inside of a regular expression.
 */
export function tooDeep(text: string): number | undefined {
  let depth = 0;
  let dashes = 0;
  let lineStart = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 91 || c === 123) depth++;
    else if ((c === 93 || c === 125) && depth > 0) depth--;
    else if (c === 10) {
      dashes = 0;
      lineStart = i + 1;
    } else if ((c === 45 || c === 63) && text.charCodeAt(i + 1) === 32) dashes++;
    if (depth > MAX_DEPTH || dashes > MAX_DEPTH) return deepToken(text);
    if (i - lineStart > 10 * MAX_DEPTH && c !== 32 && text.slice(lineStart, i).trim() === '') return i;
  }
  return undefined;
}

/** The lexer's own marks: byte-order mark, document, flow end, scalar. */
const MARKS: ReadonlySet<string> = new Set(['\uFEFF', '\u0002', '\u0018', '\u001F']);

/** The same by the lexer's tokens, which know a bracket inside of a text from one that opens a list; asked only where it may matter. */
function deepToken(text: string): number | undefined {
  let depth = 0;
  let dashes = 0;
  let at = 0;
  for (const token of new Lexer().lex(text)) {
    if (token === '[' || token === '{') depth++;
    else if ((token === ']' || token === '}') && depth > 0) depth--;
    else if (token === '-' || token === '?') dashes++;
    else if (token.startsWith('\n') || token.startsWith('\r')) dashes = 0;
    if (depth > MAX_DEPTH || dashes > MAX_DEPTH) return Math.min(at, text.length - 1);
    // Marks of the lexer's own (a document begins, a scalar follows) are control characters that are not in the text.
    if (!MARKS.has(token)) at += token.length;
  }
  return undefined;
}

function convert(node: ParsedNode | null | undefined, depth = 0): Node {
  if (node === null || node === undefined)
    return { kind: 'scalar', value: null, style: 'plain', source: '', start: 0, end: 0 };
  if (depth > MAX_DEPTH) throw new RangeError('nested too deeply');
  const [start, end] = node.range;
  if (isAlias(node)) return { kind: 'alias', name: node.source, start, end };
  const anchor = node.anchor === undefined ? {} : { anchor: node.anchor };
  if (isScalar(node)) return { ...scalar(node), ...anchor };
  if (isSeq(node)) {
    const items = node.items.map((item) => convert(item, depth + 1));
    return {
      kind: 'seq',
      items,
      flow: node.flow === true,
      start,
      end: trimmedEnd(items.at(-1), end, node.flow),
      ...anchor,
    };
  }
  if (!isMap(node)) return { kind: 'scalar', value: null, style: 'plain', source: '', start, end };
  const entries: Entry[] = [];
  for (const pair of node.items) {
    const key = convert(pair.key, depth + 1);
    const value = pair.value === null ? undefined : convert(pair.value, depth + 1);
    const missing: ScalarNode = {
      kind: 'scalar',
      value: null,
      style: 'plain',
      source: '',
      start: key.end,
      end: key.end,
    };
    entries.push({ key: key.kind === 'scalar' ? key : oddKey(key), value: value ?? missing });
  }
  return {
    kind: 'map',
    entries,
    flow: node.flow === true,
    start,
    end: trimmedEnd(entries.at(-1)?.value, end, node.flow),
    ...anchor,
  };
}

/** A block collection ends where its last value does, not at the blank lines behind it. */
const trimmedEnd = (last: Node | undefined, end: number, flow: boolean | undefined): number =>
  flow === true || last === undefined ? end : Math.min(end, Math.max(last.end, last.start));

/** A list or a mapping as a key: nothing of the language has one, so it is an unknown key with the text it has. */
const oddKey = (key: Exclude<Node, ScalarNode>): ScalarNode => ({
  kind: 'scalar',
  value: key.kind === 'alias' ? `*${key.name}` : '?',
  style: 'double',
  source: '',
  start: key.start,
  end: key.end,
});

function scalar(node: Scalar.Parsed): ScalarNode {
  const [start, end] = node.range;
  const { source } = node;
  return {
    kind: 'scalar',
    value: valueOf(node.value, source),
    style: styleOf(node.type),
    source,
    start,
    end: Math.max(start, end),
  };
}

function valueOf(value: unknown, source: string): ScalarNode['value'] {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return Number(value);
    default:
      return value === null || value === undefined ? null : source;
  }
}

function styleOf(type: Scalar.Type | undefined): ScalarNode['style'] {
  switch (type) {
    case 'QUOTE_DOUBLE':
      return 'double';
    case 'QUOTE_SINGLE':
      return 'single';
    case 'BLOCK_FOLDED':
    case 'BLOCK_LITERAL':
      return 'block';
    default:
      return 'plain';
  }
}
