/** A few facts about a run that has ended, beside its journal, so that a list of many runs need not read every journal. A cache. */
import { readFileSync } from 'node:fs';
import { isObject, parseJson } from '../core/json.ts';
import type { Plan } from '../graph/plan.ts';
import { writeQuickly } from '../platform/files.ts';
import type { RunStatus } from '../run/events.ts';
import type { RunLayout } from '../run/layout.ts';

export interface RunSummary {
  readonly runId: string;
  readonly workflow: string;
  /** Absolute path of the workflow file. */
  readonly file: string;
  readonly status: RunStatus;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Undefined while it runs. */
  readonly durationMs?: number;
}

const summaryFile = (layout: RunLayout): string => `${layout.folder}/summary.json`;

/** @param ended as the last event tells it: a list and the run itself say the same */
export function writeSummary(
  layout: RunLayout,
  { workflow, file }: Plan,
  ended: Required<Pick<RunSummary, 'startedAt' | 'status' | 'durationMs'>>,
): void {
  writeQuickly(summaryFile(layout), JSON.stringify({ workflow, file, ...ended }));
}

export function readSummary(layout: RunLayout, runId: string): RunSummary | undefined {
  try {
    const value = parseJson(readFileSync(summaryFile(layout), 'utf8'));
    if (!isObject(value) || typeof value['status'] !== 'string' || typeof value['startedAt'] !== 'string')
      return undefined;
    return { ...(value as unknown as RunSummary), runId };
  } catch {
    return undefined;
  }
}
