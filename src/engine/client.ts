/** The engine as the command line and the relay see it: start a run, follow one, ask something of it, read what was. */
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { failureFrom } from '../core/failure.ts';
import { err, ok, type Result } from '../core/result.ts';
import type { Plan } from '../graph/plan.ts';
import type { RunEvent } from '../run/events.ts';
import { decodeJournal } from '../run/journal-format.ts';
import { isRunId } from '../run/layout.ts';
import { layoutOf, runsFolder } from './place.ts';
import { isRunning } from './live-run.ts';
import { loadRun, newerRun, noSuchRun } from './run-folder.ts';
import { readSummary, type RunSummary } from './summary.ts';

export { attachRun, isRunning, type RunHandle } from './live-run.ts';
export { launchRun, resumeRun, rollbackRun } from './launch.ts';
export { ownCommand, prepareSupervisor, type EngineCommand, type PreparedSupervisor } from './prepare.ts';
export type { RunSummary } from './summary.ts';
export type { RunOptions } from './options.ts';

/** All runs of a workspace, the newest first. */
export function listRuns(workspace: string): RunSummary[] {
  let names: string[];
  try {
    names = readdirSync(runsFolder(workspace));
  } catch {
    return [];
  }
  return names
    .filter(isRunId)
    .sort()
    .reverse()
    .flatMap((runId) => summaryFor(workspace, runId) ?? []);
}

export function summaryFor(workspace: string, runId: string): RunSummary | undefined {
  const layout = layoutOf(workspace, runId);
  const running = isRunning(workspace, runId);
  const written = running ? undefined : readSummary(layout, runId);
  if (written !== undefined) return written;
  const read = readRun(workspace, runId);
  if (!read.ok) return undefined;
  const { events } = read.value;
  const opened = events.find((event) => event.type === 'run.started');
  if (opened === undefined) return undefined;
  const last = events.findLast((event) => event.type === 'run.finished' || event.type === 'run.resumed');
  const ended = last?.type === 'run.finished' ? last : undefined;
  return {
    runId,
    workflow: opened.plan.workflow,
    file: opened.plan.file,
    status: running ? 'running' : (ended?.status ?? 'interrupted'),
    startedAt: opened.time,
    ...(running ? {} : { durationMs: ended?.durationMs ?? between(opened, events.at(-1) ?? opened) }),
  };
}

/** Milliseconds; the clock may have been set back. */
const between = (first: RunEvent, last: RunEvent): number =>
  Math.max(0, Date.parse(last.time) - Date.parse(first.time));

/** The number of the last event in a run's journal, read from its end; 0 where there is none. */
export function lastSeqOf(workspace: string, runId: string): number {
  const { journal } = layoutOf(workspace, runId);
  const size = statSync(journal, { throwIfNoEntry: false })?.size ?? 0;
  for (let length = Math.min(size, 65_536); length > 0; length = Math.min(size, length * 16)) {
    const buffer = Buffer.alloc(length);
    const file = openSync(journal, 'r');
    try {
      readSync(file, buffer, 0, length, size - length);
    } finally {
      closeSync(file);
    }
    const seq = decodeJournal(buffer).events.at(-1)?.seq;
    if (seq !== undefined || length === size) return seq ?? 0;
  }
  return 0;
}

/** A whole run: its events so far and whether a supervisor is at work on it. */
export function readRun(
  workspace: string,
  runId: string,
): Result<{ events: RunEvent[]; alive: boolean; damaged: readonly number[] }> {
  const layout = layoutOf(workspace, runId);
  if (!isRunId(runId)) return err(noSuchRun(runId));
  try {
    const { events, damaged, newer } = decodeJournal(readFileSync(layout.journal));
    if (newer !== undefined) return err(newerRun(layout.journal, newer));
    return ok({ events, damaged, alive: isRunning(workspace, runId) });
  } catch (error) {
    const why = failureFrom(error, `read the journal ${layout.journal}`);
    return err(why.kind === 'missing' ? noSuchRun(runId) : why);
  }
}

/** The plan of a run, frozen as it was. */
export function planOf(workspace: string, runId: string): Result<Plan> {
  const loaded = loadRun(layoutOf(workspace, runId), runId);
  return loaded.ok ? ok(loaded.value.plan) : loaded;
}
