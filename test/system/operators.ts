/** Controllers of the test bed (`scripts/testbed/operators.mjs`): whether the real ones run beside its cluster. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { isTestbed } from './cluster.ts';

const store = process.env.CODE_TESTBED ?? join(homedir(), '.cache', 'code-testbed');

export type Operator = 'flux' | 'argocd' | 'crossplane';

interface State {
  readonly processes: Readonly<Record<string, { readonly pid: number; readonly startTime: string }>>;
}

export function operatorRuns(name: Operator): boolean {
  const file = join(store, 'run', name, 'state.json');
  if (!isTestbed || !existsSync(file)) return false;
  const { processes } = JSON.parse(readFileSync(file, 'utf8')) as State;
  return Object.values(processes).every(({ pid, startTime }) => startedAt(pid) === startTime);
}

/** A number alone may belong to another process by now. */
function startedAt(pid: number): string | undefined {
  if (!existsSync(`/proc/${pid}/stat`)) return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

/** Skips the test or the whole block where the real controllers are not here. */
export function needOperator(test: Context, name: Operator): void {
  if (operatorRuns(name)) return;
  console.log(`      skipped: ${name} does not run here: node scripts/testbed/operators.mjs up ${name}`);
  test.skip();
}
