/** What of an interrupted run still lives: asked before a resume, so that a person can say what is to become of it. */
import { ok, type Result } from '../core/result.ts';
import type { OnAlive } from '../graph/plan.ts';
import { thisMachine } from '../platform/machine.ts';
import { layoutOf } from './place.ts';
import { readRun } from './client.ts';
import { readBefore } from './resume.ts';
import { loadRun } from './run-folder.ts';

export interface LivingAttempt {
  readonly task: string;
  readonly attempt: number;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** What the workflow says about it. */
  readonly policy: OnAlive | undefined;
}

/** Attempts whose first process is still the one that the dead supervisor wrote down. */
export function livingAttempts(workspace: string, runId: string): Result<LivingAttempt[]> {
  const read = readRun(workspace, runId);
  if (!read.ok) return read;
  const loaded = loadRun(layoutOf(workspace, runId), runId);
  if (!loaded.ok) return loaded;
  const { plan } = loaded.value;
  const { unseen } = readBefore(read.value.events, plan, runId);
  const policies = new Map(plan.tasks.map(({ id, onAlive }) => [id, onAlive]));
  return ok(
    unseen.flatMap(({ task, attempt, startedAt, leader }) =>
      leader !== undefined && thisMachine.isAlive(leader)
        ? [{ task, attempt, pid: leader.pid, startedAt, policy: policies.get(task) }]
        : [],
    ),
  );
}

/**
 * For one who is not asked and would lose nothing by waiting (a window that resumes): what lives is waited for, unless the workflow says
 * otherwise of any of it.
 */
export function gentlePolicy(workspace: string, runId: string): { readonly onAlive?: OnAlive } {
  const living = livingAttempts(workspace, runId);
  const adopt = living.ok && living.value.length > 0 && living.value.every(({ policy }) => policy !== 'end');
  return adopt ? { onAlive: 'adopt' } : {};
}
