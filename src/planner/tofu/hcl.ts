/** HCL written from data: attributes, nested blocks, references; formatted as `tofu fmt` does it. */

/** An expression, written as it stands. */
export class Raw {
  constructor(readonly text: string) {}
}
/** A nested block, `name { … }`, with its labels. */
export class Block {
  constructor(
    readonly body: Body,
    readonly labels: readonly string[] = [],
  ) {}
}

export type Value = string | number | boolean | Raw | readonly Value[] | { readonly [key: string]: Value | undefined };
export type Body = { readonly [key: string]: Value | Block | readonly Block[] | undefined };

export const raw = (text: string): Raw => new Raw(text);
export const nested = (body: Body): Block => new Block(body);

const isBlocks = (value: Body[string]): value is Block | readonly Block[] =>
  value instanceof Block || (Array.isArray(value) && value.length > 0 && value.every((v) => v instanceof Block));

/** @param head such as `resource "aws_s3_bucket" "main"` */
export const topLevel = (head: string, body: Body): string => `${head} {\n${lines(body, 1)}}\n`;

function lines(body: Body, depth: number): string {
  const pad = '  '.repeat(depth);
  const attributes = Object.entries(body).filter((e): e is [string, Value] => e[1] !== undefined && !isBlocks(e[1]));
  const blocks = Object.entries(body).filter(
    (e): e is [string, Block | readonly Block[]] => e[1] !== undefined && isBlocks(e[1]),
  );
  const out: string[] = [];
  // Neighbours of one line each are aligned, as the formatter does it.
  for (let i = 0; i < attributes.length;) {
    let end = i;
    while (end < attributes.length && !multiline((attributes[end] as [string, Value])[1])) end++;
    const group = attributes.slice(i, Math.max(end, i + 1));
    const width = Math.max(...group.map(([key]) => key.length));
    for (const [key, value] of group)
      out.push(`${pad}${multiline(value) ? key : key.padEnd(width)} = ${expression(value, depth)}\n`);
    i += group.length;
  }
  for (const [name, value] of blocks) {
    for (const block of value instanceof Block ? [value] : value)
      out.push(
        `${out.length === 0 ? '' : '\n'}${pad}${[name, ...block.labels.map((l) => JSON.stringify(l))].join(' ')} {\n${lines(block.body, depth + 1)}${pad}}\n`,
      );
  }
  return out.join('');
}

const multiline = (value: Value): boolean =>
  value instanceof Raw
    ? value.text.includes('\n')
    : Array.isArray(value)
      ? value.some((v) => typeof v === 'object' && !(v instanceof Raw))
      : typeof value === 'object' && Object.keys(value).length > 0;

export function expression(value: Value, depth: number): string {
  const pad = '  '.repeat(depth + 1);
  if (value instanceof Raw) return value.text.replace(/\n/g, `\n${'  '.repeat(depth)}`);
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map((v) => expression(v, depth + 1));
    return multiline(value)
      ? `[\n${items.map((i) => `${pad}${i},\n`).join('')}${'  '.repeat(depth)}]`
      : `[${items.join(', ')}]`;
  }
  const entries = Object.entries(value as { readonly [key: string]: Value | undefined }).filter(
    (e): e is [string, Value] => e[1] !== undefined,
  );
  if (entries.length === 0) return '{}';
  // Neighbours of one line each are aligned, as in the body of a block.
  const lined = entries.map(([key, v], i) => {
    if (multiline(v)) return `${pad}${keyText(key)} = ${expression(v, depth + 1)}\n`;
    let from = i;
    let to = i;
    while (from > 0 && !multiline((entries[from - 1] as [string, Value])[1])) from--;
    while (to + 1 < entries.length && !multiline((entries[to + 1] as [string, Value])[1])) to++;
    const width = Math.max(...entries.slice(from, to + 1).map(([k]) => keyText(k).length));
    return `${pad}${keyText(key).padEnd(width)} = ${expression(v, depth + 1)}\n`;
  });
  return `{\n${lined.join('')}${'  '.repeat(depth)}}`;
}

const keyText = (key: string): string => (/^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key));

/** A string; `${…}` in it stays an interpolation. */
function quoted(text: string): string {
  const escape = (part: string): string => part.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n');
  return `"${text
    .split(/(\$\{[^}]*\})/)
    .map((part) => (part.startsWith('${') ? part : escape(part)))
    .join('')}"`;
}
