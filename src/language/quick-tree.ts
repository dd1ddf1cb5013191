/**
 * Reads the plain, common shape of a task or a head without the full parser: keys with one-line values, lists and mappings in brackets, nested
 * mappings and lists, texts under `|`. For anything else (quotes with escapes, folded texts, anchors, tags, errors) it gives up and `yaml`
 * takes over; where it answers, it answers exactly as `yaml` would (a property test holds the two against each other). It is some
 * fifteen times faster, which is what opening a file of ten thousand tasks costs.
 */
import type { Block } from './block.ts';
import type { Entry, MapNode, Node, ScalarNode, SeqNode } from './node.ts';

class GiveUp extends Error {}

interface Line {
  /** Offset of the first character that is no space. */
  readonly start: number;
  readonly end: number;
  readonly indent: number;
}

const UNSUPPORTED = /[\r\t\uFEFF\u0085\u2028\u2029\0]/;
const KEY = /[A-Za-z_][A-Za-z0-9_-]*(?=: |:$)/my;
const SPECIAL = /^(?:null|true|false|y|n|yes|no|on|off)$/i;
const SURE_TEXT = /^(?:[A-Za-z_/][^\n]*|\d+(?:ms|s|m|h|d))$/;
const SURE_INTEGER = /^(?:0|-?[1-9]\d{0,14})$/;
/** What is nested deeper is not the plain shape. */
const MAX_DEPTH = 20;
/** Words in brackets: nothing that could end them or mean something there. */
const FLOW_WORD = /[A-Za-z0-9_./+-](?:[A-Za-z0-9_./+@=-]|:(?=[A-Za-z0-9_./])| (?=[A-Za-z0-9_./+-]))*/y;

/** @returns the tree, or `undefined` where the text is not of the plain shape */
export function quickTree(text: string): Node | undefined {
  if (UNSUPPORTED.test(text)) return undefined;
  try {
    return new Reader(text).read();
  } catch (error) {
    if (error instanceof GiveUp) return undefined;
    throw error;
  }
}

/** The same of a block; a file whose shape is too unusual to divide is never plain. */
export const quickTreeOf = ({ kind, text }: Pick<Block, 'kind' | 'text'>): Node | undefined =>
  kind === 'whole' ? undefined : quickTree(text);

const giveUp = new GiveUp();

class Reader {
  readonly #text: string;
  readonly #lines: Line[] = [];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    for (let start = 0; start < text.length;) {
      let end = text.indexOf('\n', start);
      if (end < 0) end = text.length;
      let first = start;
      while (first < end && text.charCodeAt(first) === 32) first++;
      if (first < end && text.charCodeAt(first) !== 35) this.#lines.push({ start: first, end, indent: first - start });
      start = end + 1;
    }
  }

  read(): Node {
    const first = this.#lines[0];
    if (first === undefined) throw giveUp;
    const node = this.#block(first.indent);
    if (this.#at < this.#lines.length) throw giveUp;
    return node;
  }

  /** A mapping or a list whose lines all begin at this column. */
  #block(indent: number): Node {
    const line = this.#lines[this.#at];
    if (line?.indent !== indent || ++this.#depth > MAX_DEPTH) throw giveUp;
    const node = this.#isDash(line.start, line.end) ? this.#seq(indent) : this.#map(indent, line.start);
    this.#depth--;
    return node;
  }

  #isDash(start: number, end: number): boolean {
    return this.#text.charCodeAt(start) === 45 && (start + 1 === end || this.#text.charCodeAt(start + 1) === 32);
  }

  #seq(indent: number): SeqNode {
    const items: Node[] = [];
    const start = this.#lines[this.#at]?.start ?? 0;
    for (let line = this.#lines[this.#at]; line !== undefined && line.indent >= indent; line = this.#lines[this.#at]) {
      if (line.indent !== indent || !this.#isDash(line.start, line.end)) throw giveUp;
      let inner = line.start + 1;
      while (inner < line.end && this.#text.charCodeAt(inner) === 32) inner++;
      if (inner >= line.end || this.#text.charCodeAt(inner) === 35) throw giveUp;
      KEY.lastIndex = inner;
      if (KEY.test(this.#text)) items.push(this.#map(indent + inner - line.start, inner));
      else items.push(this.#leaf(inner, line, indent));
    }
    return { kind: 'seq', items, flow: false, start, end: endOf(items.at(-1), start) };
  }

  /** @param first where the first key stands: behind a dash, or at the beginning of its line */
  #map(indent: number, first: number): MapNode {
    const entries: Entry[] = [];
    let at = first;
    for (let line = this.#lines[this.#at]; line !== undefined; line = this.#lines[this.#at]) {
      if (entries.length > 0) {
        if (line.indent < indent) break;
        if (line.indent !== indent || this.#isDash(line.start, line.end)) throw giveUp;
        at = line.start;
      }
      entries.push(this.#entry(at, line, indent));
    }
    return { kind: 'map', entries, flow: false, start: first, end: endOf(entries.at(-1)?.value, first) };
  }

  #entry(at: number, line: Line, indent: number): Entry {
    KEY.lastIndex = at;
    if (!KEY.test(this.#text) || KEY.lastIndex > line.end) throw giveUp;
    const keyEnd = KEY.lastIndex;
    const source = this.#text.slice(at, keyEnd);
    if (SPECIAL.test(source)) throw giveUp;
    const key: ScalarNode = { kind: 'scalar', value: source, style: 'plain', source, start: at, end: keyEnd };
    let value = keyEnd + 1;
    while (value < line.end && this.#text.charCodeAt(value) === 32) value++;
    if (value < line.end && this.#text.charCodeAt(value) !== 35) return { key, value: this.#leaf(value, line, indent) };
    // Nothing on this line: a mapping or a list follows, deeper, or a list at the same column.
    this.#at++;
    const next = this.#lines[this.#at];
    // The head of a stage, whose tasks are blocks of their own.
    if (next === undefined) return { key, value: nothing(value) };
    // (A list at its key's own column, or no value between others, is for the full parser.)
    if (next.indent <= indent) throw giveUp;
    return { key, value: this.#block(next.indent) };
  }

  /** A value on one line; the line is done with after it. */
  #leaf(start: number, line: Line, indent: number): Node {
    const c = this.#text.charCodeAt(start);
    if (c === 124) return this.#literal(start, line, indent);
    const node =
      c === 91 || c === 123
        ? this.#flow(start)
        : c === 34 || c === 39
          ? this.#quoted(start, line.end)
          : this.#plain(start, line.end);
    let rest = node.end;
    while (rest < line.end && this.#text.charCodeAt(rest) === 32) rest++;
    if (rest < line.end && !(this.#text.charCodeAt(rest) === 35 && rest > node.end)) throw giveUp;
    if (node.end > line.end) throw giveUp;
    this.#at++;
    const next = this.#lines[this.#at];
    // Deeper lines below would belong to this value.
    if (next !== undefined && next.indent > indent) throw giveUp;
    return node;
  }

  /** A text under `|` or `|-`; the lines are done with that belong to it. */
  #literal(start: number, line: Line, indent: number): ScalarNode {
    const text = this.#text;
    const header = text.slice(start, line.end);
    if (header !== '|' && header !== '|-') throw giveUp;
    const lines: string[] = [];
    let count = 0;
    let depth = 0;
    let end = line.end;
    for (let at = line.end + 1; at < text.length;) {
      const newline = text.indexOf('\n', at);
      const stop = newline < 0 ? text.length : newline;
      let first = at;
      while (first < stop && text.charCodeAt(first) === 32) first++;
      if (stop > at) {
        // A line of blanks may be a part of the text or not, and a line that is indented less than the first one is a fault.
        if (first === stop) throw giveUp;
        if (depth === 0) depth = first - at;
        if (first - at < depth && first - at > indent) throw giveUp;
        if (first - at <= indent) break;
        count = lines.push(text.slice(at + depth, stop));
        end = Math.min(stop + 1, text.length);
      } else if (depth === 0) throw giveUp;
      else lines.push('');
      at = stop + 1;
    }
    if (count === 0) throw giveUp;
    this.#at++;
    for (let next = this.#lines[this.#at]; next !== undefined && next.start < end; next = this.#lines[this.#at])
      this.#at++;
    if ((this.#lines[this.#at]?.indent ?? 0) > indent) throw giveUp;
    lines.length = count;
    const value = `${lines.join('\n')}${header === '|' ? '\n' : ''}`;
    return { kind: 'scalar', value, style: 'block', source: value, start, end };
  }

  #plain(start: number, lineEnd: number): ScalarNode {
    let end = lineEnd;
    const comment = this.#text.indexOf(' #', start);
    if (comment >= 0 && comment < end) end = comment;
    while (end > start && this.#text.charCodeAt(end - 1) === 32) end--;
    const source = this.#text.slice(start, end);
    if (source.includes(': ') || source.endsWith(':')) throw giveUp;
    return this.#typed(source, start, end);
  }

  #typed(source: string, start: number, end: number): ScalarNode {
    if (SURE_INTEGER.test(source)) return { kind: 'scalar', value: Number(source), style: 'plain', source, start, end };
    if (source === 'true' || source === 'false')
      return { kind: 'scalar', value: source === 'true', style: 'plain', source, start, end };
    if (SPECIAL.test(source) || !SURE_TEXT.test(source)) throw giveUp;
    return { kind: 'scalar', value: source, style: 'plain', source, start, end };
  }

  #quoted(start: number, lineEnd: number): ScalarNode {
    const quote = this.#text.charAt(start);
    const close = this.#text.indexOf(quote, start + 1);
    if (close < 0 || close >= lineEnd || this.#text.charAt(close + 1) === quote) throw giveUp;
    const value = this.#text.slice(start + 1, close);
    if (quote === '"' && value.includes('\\')) throw giveUp;
    return { kind: 'scalar', value, style: quote === '"' ? 'double' : 'single', source: value, start, end: close + 1 };
  }

  #flow(start: number): Node {
    if (++this.#depth > MAX_DEPTH) throw giveUp;
    const node = this.#text.charCodeAt(start) === 91 ? this.#flowSeq(start) : this.#flowMap(start);
    this.#depth--;
    return node;
  }

  #skip(at: number): number {
    while (this.#text.charCodeAt(at) === 32) at++;
    return at;
  }

  #flowSeq(start: number): SeqNode {
    const items: Node[] = [];
    let at = this.#skip(start + 1);
    while (this.#text.charAt(at) !== ']') {
      const item = this.#flowValue(at);
      items.push(item);
      at = this.#comma(item.end, ']');
    }
    return { kind: 'seq', items, flow: true, start, end: at + 1 };
  }

  #flowMap(start: number): MapNode {
    const entries: Entry[] = [];
    let at = this.#skip(start + 1);
    while (this.#text.charAt(at) !== '}') {
      KEY.lastIndex = at;
      if (!KEY.test(this.#text)) throw giveUp;
      const source = this.#text.slice(at, KEY.lastIndex);
      if (SPECIAL.test(source)) throw giveUp;
      const key: ScalarNode = { kind: 'scalar', value: source, style: 'plain', source, start: at, end: KEY.lastIndex };
      if (this.#text.charAt(key.end + 1) !== ' ') throw giveUp;
      const value = this.#flowValue(this.#skip(key.end + 1));
      entries.push({ key, value });
      at = this.#comma(value.end, '}');
    }
    return { kind: 'map', entries, flow: true, start, end: at + 1 };
  }

  /** @returns where the next item begins, or where the closing bracket stands */
  #comma(end: number, close: string): number {
    const at = this.#skip(end);
    if (this.#text.charAt(at) === close) return at;
    if (this.#text.charAt(at) !== ',' || this.#text.charAt(at + 1) !== ' ') throw giveUp;
    return this.#skip(at + 1);
  }

  #flowValue(at: number): Node {
    const c = this.#text.charCodeAt(at);
    if (c === 91 || c === 123) return this.#flow(at);
    if (c === 34 || c === 39) {
      const newline = this.#text.indexOf('\n', at);
      return this.#quoted(at, newline < 0 ? this.#text.length : newline);
    }
    FLOW_WORD.lastIndex = at;
    if (!FLOW_WORD.test(this.#text)) throw giveUp;
    const end = FLOW_WORD.lastIndex;
    // A word must end where it seems to: at a comma, a bracket, or blanks before one of them.
    if (!',]}'.includes(this.#text.charAt(this.#skip(end)) || ' ')) throw giveUp;
    return this.#typed(this.#text.slice(at, end), at, end);
  }
}

const nothing = (at: number): ScalarNode => ({
  kind: 'scalar',
  value: null,
  style: 'plain',
  source: '',
  start: at,
  end: at,
});

const endOf = (last: Node | undefined, start: number): number =>
  last === undefined ? start : Math.max(last.end, last.start);
