/**
 * Divides a file into blocks by indentation alone. In valid YAML each line that is indented no deeper than a collection's parent begins
 * something new, whatever came before, so this finds the tasks of a file in which a quote or a bracket is not closed, and one bad task
 * never hides the others.
 */
import { Block, type BlockKind } from './block.ts';

/** A line that means something: not blank, not a comment. */
interface Line {
  readonly start: number;
  readonly number: number;
  readonly indent: number;
  readonly content: string;
}

const KEY = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#&*!|>%@`{}[\],?:"'-][^#:]*?|-[^\s#:][^#:]*?)\s*:\s*(?:#.*)?$/;
const UNUSUAL_START = /^(?:[{[&*!?|>%]|-(?:\s|$))/;

/** Lines that mean something, in order. */
function significantLines(text: string): { lines: Line[]; count: number } {
  const lines: Line[] = [];
  let number = 0;
  for (let start = 0; start <= text.length; number++) {
    let end = text.indexOf('\n', start);
    if (end < 0) end = text.length;
    let at = start;
    let indent = 0;
    // YAML forbids tabs here, which is told later; counted as deep, they still show what the author meant to be inside what.
    for (let c = text.charCodeAt(at); at < end && (c === 32 || c === 9); c = text.charCodeAt(++at))
      indent += c === 9 ? 8 : 1;
    const first = text.charCodeAt(at);
    if (at < end && first !== 35 && !isBlank(text, at, end)) {
      const stop = text.charCodeAt(end - 1) === 13 ? end - 1 : end;
      lines.push({ start, number, indent, content: text.slice(at, stop) });
    }
    start = end + 1;
  }
  return { lines, count: number };
}

function isBlank(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const c = text.charCodeAt(at);
    if (c !== 32 && c !== 9 && c !== 13) return false;
  }
  return true;
}

const isDash = (line: Line): boolean =>
  line.content.charCodeAt(0) === 45 && (line.content.length === 1 || /\s/.test(line.content.charAt(1)));
/** A closing bracket on a line of its own, however little indented, belongs to what it closes. */
const closes = (line: Line): boolean => line.content.startsWith(']') || line.content.startsWith('}');
const isHead = (line: Line): boolean => line.content.length < 500 && KEY.test(line.content);

interface Start {
  readonly kind: BlockKind;
  readonly line: Line;
  readonly expected: number;
}

/** Divides a text (without byte-order mark) into blocks that put together are the text. */
export function divide(text: string): Block[] {
  const { lines, count } = significantLines(text);
  const begin = lines.findIndex((line) => !isMarker(line));
  const first = lines[begin];
  if (first === undefined) return [new Block('prelude', text, count)];
  const unusual =
    first.indent > 0 ||
    UNUSUAL_START.test(first.content) ||
    lines.slice(0, begin).some((line) => /^---\s+[^#\s]/.test(line.content));
  const endAt = lines.findIndex(
    (line, i) => i > begin && line.indent === 0 && /^(?:---|\.\.\.)(?:\s|$)/.test(line.content),
  );
  const read = endAt < 0 ? lines.slice(begin) : lines.slice(begin, endAt);
  const starts: Start[] = unusual ? [{ kind: 'whole', line: first, expected: first.indent }] : sections(read);
  const rest = lines[endAt];
  if (rest !== undefined) starts.push({ kind: 'rest', line: rest, expected: 0 });
  return cut(text, count, starts);
}

const isMarker = (line: Line): boolean =>
  line.indent === 0 && (line.content.startsWith('%') || /^---(?:\s|$)/.test(line.content));

function cut(text: string, count: number, starts: readonly Start[]): Block[] {
  const blocks: Block[] = [];
  const first = starts[0]?.line;
  if (first !== undefined && first.start > 0)
    blocks.push(new Block('prelude', text.slice(0, first.start), first.number));
  starts.forEach((start, i) => {
    const next = starts[i + 1]?.line;
    const slice = text.slice(start.line.start, next?.start ?? text.length);
    blocks.push(
      new Block(start.kind, slice, (next?.number ?? count) - start.line.number, start.line.indent, start.expected),
    );
  });
  return blocks;
}

/** Not by spreading: a call takes some hundred thousand arguments at most, and a file may have more tasks. */
function append(starts: Start[], more: readonly Start[]): void {
  for (const start of more) starts.push(start);
}

function sections(lines: readonly Line[]): Start[] {
  const starts: Start[] = [];
  for (let i = 0; i < lines.length;) {
    const line = lines[i];
    if (line === undefined) break;
    let next = i + 1;
    while (next < lines.length && !startsSection(lines[next])) next++;
    starts.push({ kind: 'section', line, expected: 0 });
    const body = lines.slice(i + 1, next);
    if (/^["']?parallel_deployment["']?\s*:/.test(line.content) && isHead(line)) append(starts, stages(body));
    else if (/^["']?finally["']?\s*:/.test(line.content) && isHead(line)) append(starts, tasks(body) ?? []);
    i = next;
  }
  return starts;
}

const startsSection = (line: Line | undefined): boolean => line?.indent === 0 && !isDash(line) && !closes(line);

/** The stages under `parallel_deployment:`; where they stand at another column than the first of them, that is told later. */
function stages(lines: readonly Line[]): Start[] {
  const starts: Start[] = [];
  const first = lines[0];
  if (first === undefined) return starts;
  if (isDash(first)) return tasks(lines) ?? [];
  const column = first.indent;
  for (let i = 0; i < lines.length;) {
    const line = lines[i];
    if (line === undefined) break;
    let next = i + 1;
    // Between a stage's column and that of its dashes nothing can stand: a line there is a stage that slipped to the right.
    const dash = lines[next];
    const limit = isHead(line) && dash !== undefined && isDash(dash) ? Math.max(column, dash.indent - 1) : column;
    while (next < lines.length && !startsStage(lines[next], limit)) next++;
    starts.push({ kind: 'stage', line, expected: column });
    if (isHead(line)) append(starts, tasks(lines.slice(i + 1, next)) ?? []);
    i = next;
  }
  return starts;
}

const startsStage = (line: Line | undefined, column: number): boolean =>
  line !== undefined && line.indent <= column && !isDash(line) && !closes(line);

/** The items of a list of tasks, or `undefined` where the lines are no list in block style. */
function tasks(lines: readonly Line[]): Start[] | undefined {
  const first = lines[0];
  if (first === undefined || !isDash(first)) return undefined;
  const column = first.indent;
  return lines
    .filter((line) => line.indent <= column && isDash(line))
    .map((line) => ({ kind: 'task' as const, line, expected: column }));
}

/**
 * Whether a task's block, its text changed, is still exactly one block with all around it as before.
 * @returns its number of lines, or `undefined` where the file has to be divided anew
 */
export function staysOneTask(text: string, indent: number, last: boolean): number | undefined {
  if (!last && !text.endsWith('\n')) return undefined;
  const { lines, count } = significantLines(text);
  const [first, ...others] = lines;
  if (first === undefined || first.number !== 0 || first.indent !== indent || !isDash(first)) return undefined;
  if (others.some((line) => line.indent <= indent && !closes(line))) return undefined;
  return last ? count : count - 1;
}
