/**
 * A workflow file that is being read or edited: a list of blocks, each read once and again only when it changes. Reading a file from
 * scratch and editing it take the same way, so that both always say the same.
 */
import type { Catalogue, WorkspaceFiles } from '../core/catalogue.ts';
import type { Diagnostic, Range } from '../core/diagnostic.ts';
import { assemble, type Assembly } from './assembly.ts';
import { Block } from './block.ts';
import { baseName, buildWorkflow } from './build.ts';
import { divide, staysOneTask } from './divide.ts';
import type { Anchors } from './expand.ts';
import { link, type Links } from './links.ts';
import { replaceTask } from './replace-task.ts';
import { blockAt, publish } from './publish.ts';
import { readBlock } from './read-block.ts';
import { finding, type Finding } from './report.ts';
import { checkStages } from './stage-checks.ts';
import { checkBarriers } from './barriers.ts';
import { Surroundings, type PastDurations, type Target, type Tools } from './surroundings.ts';
import { checkUses } from './use-checks.ts';
import type { Libraries } from './libraries.ts';
import type { ReadContext } from './task.ts';
import type { Workflow } from './workflow.ts';

export interface ReadOptions {
  /** Where the file lies; its base name is the workflow's name where it gives none. */
  readonly path: string;
  readonly catalogue: Catalogue;
  /** The folder that the workflow's paths start from; without it nothing is said about files. */
  readonly files?: WorkspaceFiles;
  /** Absolute path of that folder on the target. */
  readonly root?: string;
  /** Where the tasks will run; without it Linux is assumed, and nothing said about WSL. */
  readonly target?: Target;
  /** What was found on the target; without it nothing is said about tools. */
  readonly tools?: Tools;
  /** How long tasks took in earlier runs, by name; timeouts are taken where there are none. */
  readonly durations?: ReadonlyMap<string, PastDurations>;
}

/** One edit; without a range the text is the whole new text. */
export interface Change {
  readonly range?: Range;
  readonly text: string;
}

interface Whole {
  readonly links: Links;
  /** Of the blocks on their own, and over the file as a whole. */
  readonly local: readonly Finding[];
  readonly overall: readonly Finding[];
}

export class WorkflowDocument {
  #blocks: Block[];
  #binary: boolean;
  #options: ReadOptions;
  #context: ReadContext;
  #whole: Whole | undefined;
  /** What was edited since the whole was read: one task alone, or anything. */
  #touched: { readonly before: Block; readonly after: Block } | 'all' | undefined;
  #diagnostics: readonly Diagnostic[] | undefined;

  /** @param libraries those that the text needs; all of them where it is going to be edited */
  constructor(text: string, options: ReadOptions, libraries: Libraries) {
    this.#options = options;
    this.#context = contextOf(options, libraries);
    const clean = text.startsWith('\uFEFF') ? text.slice(1) : text;
    this.#binary = isBinary(clean);
    this.#blocks = this.#binary ? [new Block('prelude', clean, clean.split('\n').length)] : divide(clean);
  }

  get text(): string {
    return this.#blocks.map((block) => block.text).join('');
  }

  get blocks(): readonly Block[] {
    this.#read();
    return this.#blocks;
  }

  get assembly(): Assembly {
    return this.#read().links.assembly;
  }

  get links(): Links {
    return this.#read().links;
  }

  get options(): ReadOptions {
    return this.#options;
  }

  get diagnostics(): readonly Diagnostic[] {
    const { local, overall } = this.#read();
    return (this.#diagnostics ??= publish([...local, ...overall], this.#blocks));
  }

  /** What the file says; `undefined` where there is no task in it that could be read. */
  get workflow(): Workflow | undefined {
    return buildWorkflow(this.assembly, baseName(this.#options.path));
  }

  /** Applies edits in order, each to the text that the one before left. */
  update(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.range === undefined) this.#replaceAll(change.text);
      else this.#replace(change.range, change.text);
    }
    this.#diagnostics = undefined;
  }

  /** New facts about the surroundings (files came and went, a tool was installed): what asked for them is looked at again. */
  refresh(options: Partial<ReadOptions>): void {
    const { catalogue, target } = this.#options;
    this.#options = { ...this.#options, ...options };
    this.#context = contextOf(this.#options, this.#context);
    const same = catalogue === this.#options.catalogue && target?.os === this.#options.target?.os;
    for (const block of this.#blocks) if (!same || block.reading?.asks === true) block.reading = undefined;
    this.#touched = 'all';
    this.#diagnostics = undefined;
  }

  #replaceAll(text: string): void {
    this.#touched = 'all';
    const clean = text.startsWith('\uFEFF') ? text.slice(1) : text;
    this.#binary = isBinary(clean);
    const fresh = this.#binary ? [new Block('prelude', clean, clean.split('\n').length)] : divide(clean);
    this.#blocks = reuse(this.#blocks, fresh);
  }

  #replace(range: Range, text: string): void {
    placeBlocks(this.#blocks);
    const index = blockAt(range.start.line, this.#blocks);
    const block = this.#blocks[index];
    const start = block === undefined ? 0 : offsetIn(block, range.start);
    const last = index === this.#blocks.length - 1;
    if (block?.kind === 'task' && !text.includes('\0') && blockAt(range.end.line, this.#blocks) === index) {
      const changed = block.text.slice(0, start) + text + block.text.slice(Math.max(start, offsetIn(block, range.end)));
      const lineCount = staysOneTask(changed, block.indent, last);
      if (lineCount !== undefined) {
        const after = new Block('task', changed, lineCount, block.indent, block.expectedIndent);
        this.#blocks[index] = after;
        if (this.#touched === undefined) this.#touched = { before: block, after };
        else if (this.#touched !== 'all')
          this.#touched = this.#touched.after === block ? { before: this.#touched.before, after } : 'all';
        return;
      }
    }
    const whole = this.text;
    const from = absoluteOffset(this.#blocks, range.start);
    const to = Math.max(from, absoluteOffset(this.#blocks, range.end));
    this.#replaceAll(whole.slice(0, from) + text + whole.slice(to));
  }

  #read(): Whole {
    if (this.#whole !== undefined && this.#touched === undefined) return this.#whole;
    placeBlocks(this.#blocks);
    const local = this.#readBlocks().findings;
    const touched = this.#touched;
    this.#touched = undefined;
    if (
      this.#whole !== undefined &&
      touched !== undefined &&
      touched !== 'all' &&
      replaceTask(this.#whole.links, this.#whole.overall, touched.before, touched.after)
    ) {
      this.#whole = { ...this.#whole, local };
      return this.#whole;
    }
    const links = link(assemble(this.#blocks));
    const overall = links.findings;
    if (this.#binary) overall.push(binaryFinding(this.#blocks));
    else checkStages(links.assembly, this.#blocks, overall);
    checkUses(links, overall);
    checkBarriers(links, this.#options.durations, overall);
    this.#checkPlace(overall);
    this.#whole = { links, local, overall };
    return this.#whole;
  }

  /**
   * Reads a part of what is not read yet, from the beginning, so that a server of a large file can say what is wrong with the part that
   * a person looks at, and answer questions, before all is read.
   * @param most blocks that are read now
   * @returns whether no block is left to be read, but for one task that was edited
   */
  readSome(most: number): boolean {
    return (this.#whole !== undefined && this.#touched !== 'all') || this.#readBlocks(most).done;
  }

  /** What is wrong with the blocks that are read, each on its own: a part of `diagnostics`, which holds whatever the rest says. */
  get firstDiagnostics(): readonly Diagnostic[] {
    placeBlocks(this.#blocks);
    return publish(this.#readBlocks(0).findings, this.#blocks);
  }

  /** Reads the blocks that are new, or whose anchors above are. */
  #readBlocks(most = Infinity): { readonly findings: Finding[]; readonly done: boolean } {
    const findings: Finding[] = [];
    let above: Anchors = noAnchors;
    let left = most;
    for (const block of this.#blocks) {
      const kept = block.reading;
      const holds = kept !== undefined && (kept.above === above || (!kept.aliases && kept.anchors === undefined));
      if (!holds && left-- <= 0) return { findings, done: false };
      const reading = holds ? kept : readBlock(block, above, this.#context);
      // What stood on anchors that changed may now be another task in the same place.
      if (!holds && kept !== undefined) this.#touched = 'all';
      block.reading = reading;
      if (reading.findings.length > 0) for (const each of reading.findings) findings.push(each);
      above = reading.anchors ?? above;
    }
    return { findings, done: true };
  }

  /** A workspace on a Windows drive, seen from WSL. */
  #checkPlace(findings: Finding[]): void {
    const { root, target } = this.#options;
    const first = this.#blocks.find((block) => block.kind !== 'prelude');
    if (root === undefined || target?.wsl !== true || first === undefined || !/^\/mnt\/[a-z](?:\/|$)/.test(root))
      return;
    const word = /^[^\s:]+/.exec(first.text)?.[0] ?? '';
    findings.push(
      finding(
        'CODE062',
        { block: first, start: 0, end: Math.max(word.length, 1) },
        `the workspace lies on a Windows drive (${root}), which is slow from WSL; a folder such as ~/projects is many times faster`,
      ),
    );
  }
}

const noAnchors: Anchors = new Map();

const contextOf = (options: ReadOptions, { expressions, yaml }: Libraries): ReadContext => ({
  catalogue: options.catalogue,
  expressions,
  yaml,
  surroundings: new Surroundings({ files: options.files, target: options.target, tools: options.tools }),
});

/** The replacement character, and control characters that no text needs. */
const isOdd = (c: number): boolean => c === 0xfffd || c < 9 || (c > 13 && c < 32);

function isBinary(text: string): boolean {
  if (text.includes('\0')) return true;
  const head = text.slice(0, 4096);
  let odd = 0;
  for (let i = 0; i < head.length; i++) {
    const c = head.charCodeAt(i);
    if (isOdd(c)) odd++;
  }
  return odd > 8 && odd > head.length / 20;
}

function binaryFinding(blocks: readonly Block[]): Finding {
  const block = blocks[0] ?? new Block('prelude', '', 1);
  let at = 0;
  while (at < block.text.length && !isOdd(block.text.charCodeAt(at))) at++;
  return finding(
    'CODE073',
    { block, start: at, end: Math.min(at + 1, block.text.length) },
    'this is not a text file: it holds bytes that are no text',
  );
}

function placeBlocks(blocks: readonly Block[]): void {
  let line = 0;
  for (const block of blocks) {
    block.line = line;
    line += block.lineCount;
  }
}

/** Keeps the blocks at both ends that are the same as before, with what was read of them. */
function reuse(before: readonly Block[], fresh: Block[]): Block[] {
  const same = (a: Block | undefined, b: Block | undefined): a is Block =>
    a !== undefined &&
    b !== undefined &&
    a.kind === b.kind &&
    a.indent === b.indent &&
    a.expectedIndent === b.expectedIndent &&
    a.lineCount === b.lineCount &&
    a.text === b.text;
  let head = 0;
  for (let old = before[head]; same(old, fresh[head]); old = before[head]) fresh[head++] = old;
  for (let back = 1; fresh.length - back >= head && before.length - back >= head; back++) {
    const old = before[before.length - back];
    if (!same(old, fresh[fresh.length - back])) break;
    fresh[fresh.length - back] = old;
  }
  return fresh;
}

function offsetIn(block: Block, at: Range['start']): number {
  const starts = block.lineStarts;
  const line = at.line - block.line;
  const start = starts[line] ?? block.text.length;
  const end = starts[line + 1] === undefined ? block.text.length : (starts[line + 1] ?? 0) - 1;
  return Math.min(start + at.character, Math.max(end, start));
}

function absoluteOffset(blocks: readonly Block[], at: Range['start']): number {
  const index = blockAt(at.line, blocks);
  let offset = 0;
  for (let i = 0; i < index; i++) offset += blocks[i]?.text.length ?? 0;
  const block = blocks[index];
  return block === undefined ? offset : offset + offsetIn(block, at);
}
