/** Lines above the code: run it, preview it, how it went last; and hints inside of lines: what a bare task takes, how long it took last. */
import type { Range } from '../../core/diagnostic.ts';
import { formatDuration } from '../../core/duration.ts';
import { keyNamed, type PlacedTask } from '../assembly.ts';
import type { WorkflowDocument } from '../document.ts';
import { resolvedDefaults } from './defaults.ts';

export interface Lens {
  readonly range: Range;
  readonly title: string;
  /** Without one the lens only tells. */
  readonly command?: 'code.runWorkflow' | 'code.preview' | 'code.runOnlyThis';
  /** The task that the command is about. */
  readonly task?: string;
}

/** How the workflow's newest run ended. */
export interface LastRun {
  readonly status: string;
  readonly durationMs?: number;
}

/** More lenses than this hold the editor's thread for longer than a frame; the workflow's own are always there. */
const MOST_TASKS = 1000;

const WORDS: Readonly<Record<string, string>> = { timed_out: 'timed out' };

export function lenses(document: WorkflowDocument, last: LastRun | undefined): Lens[] {
  const { assembly } = document;
  const deployment = keyNamed(assembly, 'parallel_deployment');
  if (deployment === undefined || assembly.tasks.length === 0) return [];
  const range = deployment.block.range(deployment.item.at.start, deployment.item.at.end);
  const found: Lens[] = [{ range, title: '$(play) Run', command: 'code.runWorkflow' }];
  if (assembly.tasks.some(({ item }) => item.info?.preview === true))
    found.push({ range, title: 'Preview', command: 'code.preview' });
  if (last !== undefined) {
    const took = last.durationMs === undefined ? '' : ` in ${formatDuration(last.durationMs)}`;
    found.push({ range, title: `last run ${WORDS[last.status] ?? last.status}${took}` });
  }
  if (assembly.tasks.length > MOST_TASKS) return found;
  return [...found, ...assembly.tasks.flatMap((task) => taskLens(document, task) ?? [])];
}

function taskLens({ options }: WorkflowDocument, { block, item }: PlacedTask): Lens | undefined {
  const { name, info } = item;
  if (name === undefined || info === undefined) return undefined;
  const past = options.durations?.get(name.value);
  const median = past === undefined ? '' : ` (median ${formatDuration(past.medianMs)})`;
  const range = block.range(name.start, name.end);
  return { range, title: `$(play) Run only this${median}`, command: 'code.runOnlyThis', task: name.value };
}

export interface InlayHint {
  readonly position: Range['start'];
  readonly text: string;
  readonly tooltip: string;
}

/** @param range the lines that an editor shows */
export function inlayHints(document: WorkflowDocument, range: Range): InlayHint[] {
  const found: InlayHint[] = [];
  for (const task of document.assembly.tasks) {
    const { block, item } = task;
    if (block.line > range.end.line || block.line + block.lineCount < range.start.line) continue;
    const past = document.options.durations?.get(item.name?.value ?? '');
    if (item.name !== undefined && past !== undefined)
      found.push({
        position: block.position(item.name.end),
        text: formatDuration(past.lastMs),
        tooltip: `How long it took the last time that it succeeded; the median is ${formatDuration(past.medianMs)}.`,
      });
    if (item.type === undefined) continue;
    const defaults = resolvedDefaults(document, task);
    if (defaults.length === 0) continue;
    found.push({
      position: block.position(item.type.end),
      text: defaults.map(({ parameter, value }) => `${parameter}: ${shortened(value)}`).join(', '),
      tooltip: `Found by convention:\n\n${defaults.map(({ parameter, value }) => `- \`${parameter}\`: \`${value}\``).join('\n')}`,
    });
  }
  return found.filter(({ position }) => position.line >= range.start.line && position.line <= range.end.line);
}

const shortened = (value: string): string => (value.length > 40 ? `${value.slice(0, 39)}…` : value);
