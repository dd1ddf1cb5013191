/** Moving a task to another stage, or into one of its own, where the order of the stages allows it. */
import type { Position, TextEdit } from '../../core/diagnostic.ts';
import type { PlacedStage, PlacedTask } from '../assembly.ts';
import type { WorkflowDocument } from '../document.ts';
import type { Action } from './actions.ts';
import { placeOf } from './cursor.ts';

/** Stages that are offered; a person who moves a task farther has the mouse. */
const MOST = 8;

export function moves(document: WorkflowDocument, at: Position): Action[] {
  const place = placeOf(document, at);
  if (place?.block.kind !== 'task') return [];
  const { assembly } = document;
  const task = assembly.tasks.find(({ block }) => block === place.block);
  if (task === undefined || task.stage < 0) return [];
  const name = task.item.name?.value ?? 'the task';
  const { earliest, latest } = boundsOf(document, task);
  const own = assembly.stages[task.stage];
  const actions: Action[] = assembly.stages
    .map((stage, number) => ({ stage, number }))
    .filter(
      ({ number, stage }) =>
        number !== task.stage && number >= earliest && number <= latest && stage.block.kind === 'stage',
    )
    .sort((a, b) => Math.abs(a.number - task.stage) - Math.abs(b.number - task.stage))
    .slice(0, MOST)
    .map(({ stage }) => ({
      kind: 'refactor.move',
      title: `Move ${name} to ${stage.item.name}`,
      edits: [removal(task), insertion(document, stage, task)],
    }));
  if (own !== undefined && own.tasks.length > 1 && own.block.kind === 'stage')
    actions.push(...extraction(document, task, own, earliest, latest, name));
  return actions;
}

/** Stages between which a task may stand: not before what it waits for or reads, not after what waits for it. */
function boundsOf(document: WorkflowDocument, task: PlacedTask): { earliest: number; latest: number } {
  const { assembly, links } = document;
  let earliest = 0;
  let latest = assembly.stages.length - 1;
  for (const need of links.needs.of(task.index)) earliest = Math.max(earliest, assembly.tasks[need]?.stage ?? 0);
  const reads = (item: PlacedTask['item'], name: string): boolean =>
    item.uses.some(({ root, names }) => root === 'tasks' && names[0] === name);
  for (const { root, names } of task.item.uses) {
    const stage = root === 'tasks' ? links.byName.get(names[0] ?? '')?.stage : undefined;
    if (stage !== undefined && names[0] !== task.item.name?.value) earliest = Math.max(earliest, stage);
  }
  const name = task.item.name?.value;
  if (name === undefined) return { earliest, latest };
  for (const other of assembly.tasks) {
    if (other === task || other.stage < 0) continue;
    if (other.item.dependsOn.some(({ value }) => value === name) || reads(other.item, name))
      latest = Math.min(latest, other.stage);
  }
  return { earliest, latest };
}

const removal = (task: PlacedTask): TextEdit => ({ range: task.block.range(0, task.block.text.length), newText: '' });

function insertion(document: WorkflowDocument, stage: PlacedStage, task: PlacedTask): TextEdit {
  const last = stage.tasks.at(-1)?.block ?? stage.block;
  const indent = stage.tasks[0]?.block.indent ?? stage.block.indent + 2;
  return insertAfter(last, taskText(task, indent), document);
}

/** Behind the last line of a block that says something. */
function insertAfter(block: PlacedStage['block'], text: string, document: WorkflowDocument): TextEdit {
  const end = block.text.trimEnd().length;
  const newline = document.blocks.some(({ text: each }) => each.includes('\r\n')) ? '\r\n' : '\n';
  return { range: block.range(end, end), newText: newline + text.trimEnd().replaceAll(/\r?\n/g, newline) };
}

/** The task's text at another column. */
function taskText({ block }: PlacedTask, indent: number): string {
  const by = indent - block.indent;
  if (by === 0) return block.text;
  return block.text
    .split('\n')
    .map((line) =>
      line.trim() === ''
        ? line
        : by > 0
          ? ' '.repeat(by) + line
          : line.slice(Math.min(-by, /^ */.exec(line)?.[0].length ?? 0)),
    )
    .join('\n');
}

function extraction(
  document: WorkflowDocument,
  task: PlacedTask,
  own: PlacedStage,
  earliest: number,
  latest: number,
  name: string,
): Action[] {
  const column = ' '.repeat(own.block.indent);
  const names = new Set(document.assembly.stages.map(({ item }) => item.name));
  let fresh = `${own.item.name}_${name}`;
  for (let i = 2; names.has(fresh); i++) fresh = `${own.item.name}_${name}_${i}`;
  const stage = `${column}${fresh}:\n${taskText(task, own.block.indent + 2)}`;
  const title = `Extract ${name} to a stage of its own`;
  const last = own.tasks.at(-1)?.block;
  // After its stage where nothing in it waits for the task, else before it.
  if (latest > task.stage || !isWaitedForInStage(document, task)) {
    const anchor = last === task.block ? own.tasks.at(-2)?.block : last;
    if (anchor === undefined) return [];
    return [{ kind: 'refactor.extract', title, edits: [removal(task), insertAfter(anchor, stage, document)] }];
  }
  if (
    earliest >= task.stage &&
    document.links.needs.of(task.index).some((i) => document.assembly.tasks[i]?.stage === task.stage)
  )
    return [];
  const at = own.block.range(0, 0);
  const newText = `${stage.trimEnd()}\n`;
  return [{ kind: 'refactor.extract', title, edits: [{ range: at, newText }, removal(task)] }];
}

function isWaitedForInStage({ assembly }: WorkflowDocument, task: PlacedTask): boolean {
  const name = task.item.name?.value;
  return (
    assembly.stages[task.stage]?.tasks.some(
      ({ item }) =>
        item.dependsOn.some(({ value }) => value === name) ||
        item.uses.some(({ root, names }) => root === 'tasks' && names[0] === name),
    ) === true
  );
}
