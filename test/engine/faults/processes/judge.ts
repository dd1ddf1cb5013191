/** Judges a run of real processes by its ledger, its journal, its folder and the processes that are left. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJournal } from '../../../../src/run/journal-format.ts';
import { reduceAll } from '../../../../src/run/reduce.ts';
import type { RunLayout } from '../../../../src/run/layout.ts';
import { SECRET, type RealTask, type RealWorkflow } from './workflow.ts';

interface Mark {
  readonly what: string;
  readonly task: string;
  readonly attempt: number;
}

export function marksOf(ledger: string, runId: string): Mark[] {
  return ledger
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' '))
    .filter(([, run]) => run === runId)
    .map(([what = '', , task = '', attempt = '']) => ({ what, task, attempt: Number(attempt) }));
}

/** @returns what is wrong with a run that has succeeded in the end */
export function judge(workflow: RealWorkflow, layout: RunLayout, runId: string, ledger: string): string[] {
  const said: string[] = [];
  const bytes = readFileSync(layout.journal);
  const { events, damaged, tornBytes } = decodeJournal(bytes);
  if (damaged.length + tornBytes > 0) said.push(`the journal is damaged: ${damaged.join()} ${tornBytes}`);
  events.forEach(({ seq }, i) => {
    if (seq !== i + 1) said.push(`event ${i + 1} has the number ${seq}`);
  });
  const state = reduceAll(events);
  if (state.ignored > 0) said.push(`the fold ignores ${state.ignored} events`);
  if (state.status !== 'succeeded') said.push(`it ended ${state.status}: ${state.reason ?? ''}`);
  if (events.at(-1)?.type !== 'run.finished') said.push(`its last event is ${events.at(-1)?.type}`);
  const marks = marksOf(ledger, runId);
  for (const task of workflow.tasks) said.push(...judgeTask(task, events, marks));
  said.push(...judgeOrder(workflow, marks), ...judgeLocks(workflow.tasks, marks));
  if (workflow.hasSecret) for (const file of filesWith(layout.folder, SECRET)) said.push(`the secret is in ${file}`);
  return said;
}

/** It succeeded once, was begun once for each attempt, and never again after its success; its attempts were never side by side. */
function judgeTask(
  { name }: RealTask,
  events: ReturnType<typeof decodeJournal>['events'],
  marks: readonly Mark[],
): string[] {
  const said: string[] = [];
  const ends = events.flatMap((event) =>
    event.type === 'task.finished' && event.task === name && event.status === 'succeeded' ? [event.attempt] : [],
  );
  if (ends.length !== 1) said.push(`${name} succeeded ${ends.length} times`);
  const own = marks.filter(({ task }) => task === name);
  const begun = own.filter(({ what }) => what === 'begin').map(({ attempt }) => attempt);
  if (new Set(begun).size !== begun.length) said.push(`${name} began as ${begun.join()}`);
  for (const attempt of begun) if (attempt > (ends[0] ?? 0)) said.push(`${name} began as ${attempt} after its success`);
  if (!own.some(({ what, attempt }) => what === 'end' && attempt === ends[0]))
    said.push(`${name} never came to its end`);
  own.forEach(({ what, attempt }, i) => {
    if (what === 'end' && own.slice(0, i).some((other) => other.what === 'begin' && other.attempt > attempt))
      said.push(`attempt ${attempt} of ${name} went on beside a later one`);
  });
  return said;
}

function judgeOrder({ tasks, graph }: RealWorkflow, marks: readonly Mark[]): string[] {
  const said: string[] = [];
  for (const task of tasks) {
    const began = marks.findIndex(({ what, task: name }) => what === 'begin' && name === task.name);
    for (const other of tasks) {
      const needed = task.needs.includes(other.name);
      const barred = !(graph && task.needs.length > 0) && other.stage < task.stage && other.stage >= 0;
      if (!needed && !barred) continue;
      const ended = marks.findIndex(({ what, task: name }) => what === 'end' && name === other.name);
      if (began >= 0 && (ended < 0 || ended > began)) said.push(`${task.name} began before ${other.name} had ended`);
    }
  }
  return said;
}

/** Between the two marks of an attempt that came to its end, nobody else of the same lock began. */
function judgeLocks(tasks: readonly RealTask[], marks: readonly Mark[]): string[] {
  const said: string[] = [];
  const lockOf = new Map(tasks.map(({ name, lock }) => [name, lock]));
  marks.forEach(({ what, task, attempt }, from) => {
    const lock = lockOf.get(task);
    if (what !== 'begin' || lock === undefined) return;
    const to = marks.findIndex((mark) => mark.what === 'end' && mark.task === task && mark.attempt === attempt);
    for (const other of marks.slice(from + 1, Math.max(from + 1, to)))
      if (other.task !== task && lockOf.get(other.task) === lock)
        said.push(`${other.task} began while ${task} held ${lock}`);
  });
  return said;
}

export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .filter((file) => readFileSync(file).includes(text));
}

/** Processes that carry the mark of an attempt of this run. */
export function processesOf(runId: string): number[] {
  const mark = `CODE_ATTEMPT_ID=${runId}/`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          readFileSync(`/proc/${name}/environ`, 'latin1').includes(mark) &&
          !/^State:\s+Z/m.test(readFileSync(`/proc/${name}/status`, 'latin1'))
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}
