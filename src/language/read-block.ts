/** Reads one block: parses it, follows its aliases, and takes apart what kind of block it is. */
import type { Block } from './block.ts';
import { kindOf } from './check-value.ts';
import { checkHead } from './head.ts';
import { anchorsIn, expand, type Anchors } from './expand.ts';
import { isEmpty, textOf, type Entry, type MapNode, type Node } from './node.ts';
import type { BlockReading, Item } from './reading.ts';
import { Report, type Finding } from './report.ts';
import { nearest } from './suggest.ts';
import { readTask, type ReadContext } from './task.ts';
import { usesIn, type Use } from './uses.ts';
import { quickTreeOf } from './quick-tree.ts';
import { NAME, workflowSchema } from './vocabulary.ts';

const TOP_KEYS = Object.keys(workflowSchema.properties as Record<string, unknown>);
const SYNONYMS = workflowSchema['x-synonyms'] as Readonly<Record<string, string>>;
const isName = new RegExp(NAME);

/** @param above anchors that blocks above set */
export function readBlock(block: Block, above: Anchors, context: ReadContext): BlockReading {
  const report = new Report(block);
  const items: Item[] = [];
  context.surroundings.asked = false;
  if (block.kind === 'prelude') return reading(items, report, above, context);
  if (block.kind === 'rest') {
    const more = /^(?:---|\.\.\.)[^\n]*\n?([^]*)$/.exec(block.text)?.[1] ?? '';
    if (/^\s*[^\s#]/m.test(more) || /^---[ \t]+[^\s#]/.test(block.text))
      report.add(
        'CODE074',
        { start: 0, end: 3 },
        'a second document begins here; a file is one workflow, and this is not read',
      );
    return reading(items, report, above, context);
  }
  if (block.indent !== block.expectedIndent) tellIndent(block, report);
  const parsed = treeOf(report, context);
  if (parsed === undefined) return reading(items, report, above, context);
  const asks = /[&*]|<</.test(block.text) ? anchorsIn(parsed) : undefined;
  const simple = asks === undefined || (!asks.aliases && asks.anchors.size === 0);
  const expanded = simple ? { node: parsed, anchors: above } : expand(parsed, above, report);
  itemsOf(expanded.node, context, report, items);
  return simple
    ? reading(items, report, above, context)
    : {
        ...reading(items, report, above, context),
        aliases: asks.aliases,
        anchors: asks.anchors.size === 0 ? undefined : expanded.anchors,
      };
}

/** By the quick reader where the block is plain; the full parser says what is wrong with it where it is not. */
function treeOf(report: Report, { yaml }: ReadContext): Node | undefined {
  const quick = quickTreeOf(report.block);
  if (quick !== undefined) return quick;
  if (yaml === undefined) throw new Error('A text that is not plain is read without the full parser.');
  return yaml.parseBlock(report);
}

const reading = (items: readonly Item[], report: Report, above: Anchors, context: ReadContext): BlockReading => ({
  items,
  findings: withoutEchoes(report),
  anchors: undefined,
  aliases: false,
  above,
  asks: context.surroundings.asked,
});

/** What a fault of syntax brings in its train: kinds that do not fit on the same line, keys that were lost. */
const ECHOES: ReadonlySet<string> = new Set(['CODE003', 'CODE006', 'CODE032']);

function withoutEchoes({ block, findings }: Report): Finding[] {
  const broken = findings.filter(
    ({ code, severity, fixes }) =>
      code === 'CODE001' && severity === undefined && !fixes.some(({ title }) => title.startsWith('Write "')),
  );
  const noAlias = findings.some(({ code }) => code === 'CODE070' || code === 'CODE071');
  if (broken.length === 0) return noAlias ? findings.filter(({ code }) => code !== 'CODE034') : findings;
  const lines = new Set(broken.map(({ spot }) => block.position(spot.start).line));
  return findings.filter(
    ({ code, spot }) =>
      code !== 'CODE004' && code !== 'CODE034' && !(ECHOES.has(code) && lines.has(block.position(spot.start).line)),
  );
}

function tellIndent(block: Block, report: Report): void {
  const what = block.kind === 'task' ? 'tasks of a stage' : 'stages';
  const first = block.text.search(/\S/);
  const word = /^\S+/.exec(block.text.slice(first))?.[0] ?? '';
  report.add(
    'CODE001',
    { start: first, end: first + word.length },
    `the indentation does not fit: ${what} stand at column ${block.expectedIndent + 1}, like the first of them`,
    {
      fixes: [report.replace('Indent it like the others', { start: 0, end: first }, ' '.repeat(block.expectedIndent))],
    },
  );
}

function itemsOf(node: Node, context: ReadContext, report: Report, items: Item[]): void {
  switch (report.block.kind) {
    case 'whole':
    case 'section':
      if (node.kind === 'map') topLevel(node, context, report, items);
      else tellNoKey(node, report);
      return;
    case 'stage':
      if (node.kind === 'map') for (const entry of node.entries) stage(entry, context, report, items);
      else tellNoStage(node, report);
      return;
    case 'task':
      for (const item of node.kind === 'seq' ? node.items : [node]) items.push(readTask(item, context, report));
      return;
    case 'prelude':
    case 'rest':
      return;
  }
}

function tellNoKey(node: Node, report: Report): void {
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || !/^[\w-]+$/.test(node.value)) {
    if (isEmpty(node)) return;
    report.add(
      'CODE002',
      firstLine(node, report),
      `a workflow is a mapping with the key parallel_deployment, but this is ${kindOf(node)}`,
    );
    return;
  }
  const meant = nearest(node.value, TOP_KEYS, SYNONYMS);
  const fixes = [report.replace(`Write "${meant ?? node.value}:"`, node, `${meant ?? node.value}:`)];
  report.add(
    'CODE001',
    node,
    `"${node.value}" stands alone: a key is followed by a colon${meant === undefined || meant === node.value ? '' : `; did you mean ${meant}?`}`,
    { fixes },
  );
}

function firstLine(node: Node, report: Report): { start: number; end: number } {
  const line = report.block.text.slice(node.start, node.end).search(/\r?\n/);
  return { start: node.start, end: line < 0 ? node.end : node.start + line };
}

function tellNoStage(node: Node, report: Report): void {
  if (isEmpty(node)) return;
  const name = node.kind === 'scalar' ? textOf(node) : '';
  const fixes = isName.test(name) ? [report.replace(`Write "${name}:"`, { start: node.end, end: node.end }, ':')] : [];
  report.add(
    'CODE001',
    firstLine(node, report),
    isName.test(name)
      ? `"${name}" stands alone: a stage's name is followed by a colon`
      : 'a stage is a name, a colon and a list of tasks',
    { fixes },
  );
}

function topLevel(node: MapNode, context: ReadContext, report: Report, items: Item[]): void {
  checkHead(node, report, context);
  for (const entry of node.entries) {
    const name = textOf(entry.key);
    items.push({
      kind: 'key',
      name,
      at: entry.key,
      value: entry.value,
      uses: checkHeadUses(name, entry, context, report),
    });
    if (name === 'parallel_deployment') stages(entry, context, report, items);
    if (name === 'finally') tasksOf(entry.value, 'finally', context, report, items);
  }
}

function checkHeadUses(name: string, entry: Entry, context: ReadContext, report: Report): Use[] {
  const uses: Use[] = [];
  if (name === 'env') usesIn(entry.value, 'env', context.expressions, report, uses);
  return uses;
}

function stages(entry: Entry, context: ReadContext, report: Report, items: Item[]): void {
  const { value } = entry;
  if (isEmpty(value)) return;
  if (value.kind === 'map') {
    for (const inner of value.entries) stage(inner, context, report, items);
    return;
  }
  if (value.kind === 'seq') {
    for (const item of value.items) items.push(readTask(item, context, report));
    return;
  }
  report.add(
    'CODE006',
    value,
    `parallel_deployment takes stages, each with a list of tasks, but this is ${kindOf(value)}`,
  );
}

function stage(entry: Entry, context: ReadContext, report: Report, items: Item[]): void {
  const name = textOf(entry.key);
  if (!isName.test(name)) {
    const better = name.replaceAll(/[^A-Za-z0-9_-]+/g, '_').replace(/^(?=[^A-Za-z_])/, '_');
    const fixes = isName.test(better) ? [report.replace(`Write ${better}`, entry.key, better)] : [];
    report.add(
      'CODE007',
      entry.key,
      `"${name}" is no name for a stage: begin with a letter or _, go on with letters, digits, _ and -`,
      { fixes },
    );
  }
  const odd = !isEmpty(entry.value) && entry.value.kind !== 'seq';
  items.push({ kind: 'stage', name, at: entry.key, odd });
  if (odd && entry.value.kind === 'map' && entry.value.entries.some(({ key }) => textOf(key) === 'tasks')) {
    const inner = entry.value.entries.find(({ key }) => textOf(key) === 'tasks');
    if (inner !== undefined) {
      report.add('CODE003', inner.key, 'a stage is the list of its tasks itself, without the key tasks');
      tasksOf(inner.value, name, context, report, items);
    }
    return;
  }
  tasksOf(entry.value, name, context, report, items);
}

function tasksOf(value: Node, label: string, context: ReadContext, report: Report, items: Item[]): void {
  if (isEmpty(value)) return;
  if (value.kind === 'seq') {
    for (const item of value.items) items.push(readTask(item, context, report));
    return;
  }
  const looksLikeTask =
    value.kind === 'map' && value.entries.some(({ key }) => textOf(key) === 'task' || textOf(key) === 'type');
  const at = value.kind === 'map' ? (value.entries[0]?.key ?? value) : value;
  report.add(
    'CODE006',
    at,
    `${label} takes a list of tasks, but this is ${kindOf(value)}${looksLikeTask ? ': begin the task with "- "' : ''}`,
    {
      fixes: looksLikeTask ? [report.replace('Begin a list', { start: at.start, end: at.start }, '- ')] : [],
    },
  );
  if (looksLikeTask) items.push(readTask(value, context, report));
}
