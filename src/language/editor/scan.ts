/**
 * Where a place in half-typed YAML stands, told by indentation, brackets and quotes alone: a parser would give up on exactly the lines
 * that somebody is writing. It reads one block up to the cursor, never the whole file.
 */

/** An item of a list, among the keys of a path. */
export const ITEM = '-';

/** A key or a dash that the lines after it may belong to. */
interface Frame {
  readonly column: number;
  /** `undefined` for an item. */
  readonly key: string | undefined;
  /** Keys of the same mapping, this one among them. */
  readonly siblings: Set<string>;
  /** Something stands behind the colon, so no lines may follow. */
  readonly filled: boolean;
}

interface FlowFrame {
  readonly kind: 'map' | 'seq';
  key: string | undefined;
  readonly siblings: Set<string>;
}

/**
 * - `start`: the beginning of a key, an item or a value on a line of its own.
 * - `value`: behind a colon or a comma.
 * - `text`: inside of a block of text (`run: |`), where YAML has no say.
 * - `comment`
 */
export type Role = 'start' | 'value' | 'text' | 'comment';

export interface Scanned {
  readonly role: Role;
  /** Keys and items from the block's beginning to what the cursor is in. */
  readonly path: readonly string[];
  /** Keys that the mapping has before the cursor. */
  readonly siblings: ReadonlySet<string>;
  /** What is written of the key or value, up to the cursor; quotes left away. */
  readonly typed: string;
  /** Column at which the keys of the mapping stand. */
  readonly column: number;
  /** In brackets. */
  readonly flow: boolean;
}

/** What stands above the block. */
export interface Above {
  readonly key: string;
  readonly column: number;
  readonly siblings?: ReadonlySet<string>;
}

const KEY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#&*!|>%@`{}[\],?:"'-][^#:]*?|-[^\s#:][^#:]*?)[ \t]*:(?=[ \t\r]|$)/;

/** @param text of the block up to the cursor */
export function scan(text: string, above: readonly Above[]): Scanned {
  const scanner = new Scanner(above);
  let start = 0;
  for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
    scanner.line(text.slice(start, end).replace(/\r$/, ''));
    start = end + 1;
  }
  return scanner.cursor(text.slice(start));
}

class Scanner {
  readonly #frames: Frame[];
  readonly #flow: FlowFrame[] = [];
  /** Column that the text of a block scalar is deeper than. */
  #scalar: number | undefined;
  #quote = '';
  #token = '';
  /** Column of the first key on the line, and the rest of the line behind keys and dashes. */
  #column = 0;
  #siblings = new Set<string>();
  /** A key and its colon stand on the line. */
  #opened = false;
  #comment = false;

  constructor(above: readonly Above[]) {
    this.#frames = above.map(({ key, column, siblings }) => ({
      column,
      key,
      siblings: new Set(siblings),
      filled: false,
    }));
  }

  line(line: string): void {
    const indent = line.length - line.trimStart().length;
    if (this.#scalar !== undefined) {
      if (indent > this.#scalar || line.trim() === '') return;
      this.#scalar = undefined;
    }
    if (this.#quote !== '' || this.#flow.length > 0) {
      this.#characters(line);
      return;
    }
    const content = line.trimStart();
    if (content === '' || content.startsWith('#')) return;
    this.#value(this.#structure(content, indent));
  }

  cursor(line: string): Scanned {
    const content = line.trimStart();
    const indent = line.length - content.length;
    if (this.#scalar !== undefined && indent > this.#scalar) return this.#result('text', content);
    this.#scalar = undefined;
    if (this.#quote !== '' || this.#flow.length > 0) {
      this.#characters(line);
      return this.#flowResult();
    }
    if (content.startsWith('#')) return this.#result('comment', content);
    const rest = this.#structure(content, indent);
    if (this.#opened && /^[|>]/.test(rest)) return this.#result('text', '');
    this.#characters(rest);
    if (this.#comment) return this.#result('comment', '');
    if (this.#flow.length > 0) return this.#flowResult();
    if (this.#opened) return this.#result('value', unquoted(rest));
    const top = this.#frames.at(-1);
    // The key above has its value: a line below it could only go on with that.
    return this.#result(top?.key !== undefined && top.filled ? 'comment' : 'start', unquoted(rest));
  }

  /** Takes dashes and a key off the line. @returns what stands behind them */
  #structure(content: string, indent: number): string {
    let column = indent;
    let rest = content;
    this.#opened = false;
    let siblings = this.#close(column, /^-(?:\s|$)/.test(rest));
    while (/^-(?:\s|$)/.test(rest)) {
      this.#frames.push({ column, key: undefined, siblings: new Set(), filled: false });
      const gap = /^-\s*/.exec(rest)?.[0].length ?? 1;
      column += gap;
      rest = rest.slice(gap);
      siblings = new Set();
    }
    this.#column = column;
    const match = KEY.exec(rest);
    if (match === null) {
      this.#siblings = siblings;
      return rest;
    }
    const key = unquoted(match[1] ?? '');
    siblings.add(key);
    const value = rest.slice(match[0].length).replace(/^[ \t]+/, '');
    const bare = value.replace(/^(?:[&!]\S*[ \t]*)+/, '').replace(/^#.*/, '');
    this.#frames.push({ column, key, siblings, filled: bare !== '' });
    this.#siblings = siblings;
    this.#opened = true;
    return bare;
  }

  /** Ends what is deeper than a column. @returns the keys of the mapping that goes on at it */
  #close(column: number, dash: boolean): Set<string> {
    let siblings = new Set<string>();
    for (let top = this.#frames.at(-1); top !== undefined; top = this.#frames.at(-1)) {
      if (top.column < column) break;
      // A list may stand at the column of its key.
      if (dash && top.column === column && top.key !== undefined) break;
      this.#frames.pop();
      siblings = top.column === column && top.key !== undefined ? top.siblings : new Set();
    }
    return siblings;
  }

  #value(rest: string): void {
    if (rest === '') return;
    if (/^[|>]/.test(rest)) {
      this.#scalar = this.#frames.at(-1)?.column ?? -1;
      return;
    }
    this.#characters(rest);
    this.#token = '';
  }

  /** Brackets, quotes and keys of flow style. */
  #characters(line: string): void {
    this.#comment = false;
    for (let i = 0; i < line.length; i++) {
      const c = line.charAt(i);
      if (this.#quote !== '') {
        if (c === '\\' && this.#quote === '"') this.#token += line.charAt(++i);
        else if (c === this.#quote) this.#quote = '';
        else this.#token += c;
      } else if (c === '#' && (i === 0 || /\s/.test(line.charAt(i - 1)))) {
        this.#comment = true;
        return;
      } else if ((c === '"' || c === "'") && this.#token.trim() === '') this.#quote = c;
      else if (this.#flow.length > 0 || this.#token.trim() === '') this.#punctuation(c, line.charAt(i + 1));
      else this.#token += c;
    }
  }

  #punctuation(c: string, next: string): void {
    const top = this.#flow.at(-1);
    if (c === '{' || c === '[') {
      this.#flow.push({ kind: c === '{' ? 'map' : 'seq', key: undefined, siblings: new Set() });
      this.#token = '';
    } else if (top !== undefined && (c === '}' || c === ']')) {
      this.#flow.pop();
      this.#token = '';
    } else if (top !== undefined && c === ',') {
      top.key = undefined;
      this.#token = '';
    } else if (top?.kind === 'map' && c === ':' && top.key === undefined && /^\s?$/.test(next)) {
      top.key = this.#token.trim();
      top.siblings.add(top.key);
      this.#token = '';
    } else this.#token += c;
  }

  #flowResult(): Scanned {
    const top = this.#flow.at(-1);
    if (top === undefined) return this.#result('value', this.#token.trim());
    if (this.#comment) return this.#result('comment', '');
    const inner = this.#flow.flatMap((frame) =>
      frame.kind === 'seq' ? [ITEM] : frame.key === undefined ? [] : [frame.key],
    );
    return {
      role: top.kind === 'map' && top.key === undefined ? 'start' : 'value',
      path: [...this.#path(), ...inner],
      siblings: top.siblings,
      typed: this.#token.trimStart(),
      column: this.#column,
      flow: true,
    };
  }

  #result(role: Role, typed: string): Scanned {
    return { role, path: this.#path(), siblings: this.#siblings, typed, column: this.#column, flow: false };
  }

  #path(): string[] {
    return this.#frames.map(({ key }) => key ?? ITEM);
  }
}

const unquoted = (text: string): string => {
  const quote = text.charAt(0);
  if (quote !== '"' && quote !== "'") return text;
  return text.length > 1 && text.endsWith(quote) ? text.slice(1, -1) : text.slice(1);
};
