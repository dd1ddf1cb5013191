/**
 * What the engine asks of the machine about processes, as one thing that is handed in: the fault harness (`test/engine/faults`) gives
 * one whose processes, deaths and boots are invented. Time needs no such door, since it is the same for all that runs.
 */
import type { ProcessIdentity } from '../core/process.ts';
import { makeCgroup } from './cgroups.ts';
import { host } from './host.ts';
import { endTree, identityOf, isAlive, type EndOptions, type Tree } from './processes.ts';
import { findBash } from './shell-pool.ts';
import { launch, type LaunchRequest, type Running } from './spawn.ts';

export interface Machine {
  /** The pid of the supervisor itself. */
  readonly pid: number;
  readonly bootId: string;
  launch(request: LaunchRequest): Running;
  /** @returns the pids that could not be ended */
  endTree(tree: Tree, options: EndOptions): Promise<number[]>;
  identityOf(pid: number): ProcessIdentity | undefined;
  isAlive(identity: ProcessIdentity): boolean;
  /** The bash for warm shells; `undefined` where every task gets a process of its own. */
  findBash(): string | undefined;
  makeCgroup(name: string): string | undefined;
}

export const thisMachine: Machine = {
  pid: process.pid,
  get bootId() {
    return host().bootId;
  },
  launch,
  endTree,
  identityOf,
  isAlive,
  findBash,
  makeCgroup,
};
