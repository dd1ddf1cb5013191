/**
 * Processes as the operating system knows them: an identity that survives pid reuse, and ending a whole tree.
 *
 * A tree is everything that an attempt started, wherever it went: the members of its process group, whatever carries its environment
 * marker (a process that moved to its own session still has the environment it was started with), whatever is in its control group if
 * there is one, and all descendants of these. The marker in `/proc/<pid>/environ` needs no privilege.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { pause } from '../core/pause.ts';
import type { ProcessIdentity } from '../core/process.ts';
import { host } from './host.ts';
import { windowsBegan, windowsTree } from './windows-processes.ts';

/** The environment variable that marks every process of an attempt; its value is unique to the attempt. */
export const MARKER = 'CODE_ATTEMPT_ID';

/** Who `pid` is right now, or `undefined` when there is no such process. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime, bootId: host().bootId };
}

/** Is this very process still there? A zombie is not: it has ended and only its parent has not looked yet. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identity.bootId === host().bootId && startTimeOf(identity.pid) === identity.startTime;
}

function startTimeOf(pid: number): string | undefined {
  switch (host().os) {
    case 'linux': {
      const stat = statOf(String(pid));
      return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : stat.startTime;
    }
    case 'macos': {
      const shown = spawnSync('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
      return shown === '' ? undefined : shown;
    }
    case 'windows':
      return windowsBegan(pid);
  }
}

interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly startTime: string;
}

/** `/proc/<pid>/stat`; the command's name may hold spaces and parentheses, so fields are counted from the last `)`. */
function statOf(pid: string): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', parent = '0', group = '0'] = fields;
    return { state, parent: Number(parent), group: Number(group), startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** What identifies the tree of one attempt. */
export interface Tree {
  /** The value of `MARKER` in its environment. */
  readonly marker: string;
  /** The process group that it started as. */
  readonly group?: number;
  /** Its control group's folder, where there is one. */
  readonly cgroup?: string;
  /** A process that is in the control group but not of the attempt: the warm shell itself. */
  readonly spare?: number;
}

export interface TreeMember {
  readonly pid: number;
  /** `D`: in an uninterruptible wait, which no signal ends. */
  readonly state: string;
}

/** The living members of a tree. On Linux from one walk over /proc; elsewhere from `ps`. */
export function membersOf(tree: Tree): TreeMember[] {
  switch (host().os) {
    case 'linux':
      return linuxMembers(tree);
    case 'macos':
      return groupMembers(tree);
    case 'windows':
      return tree.group === undefined ? [] : windowsTree(tree.group).map(({ pid }) => ({ pid, state: 'R' }));
  }
}

function linuxMembers(tree: Tree): TreeMember[] {
  const stats = new Map<number, Stat>();
  const roots = new Set<number>(cgroupMembers(tree.cgroup).filter((pid) => pid !== tree.spare));
  const marker = Buffer.from(`${MARKER}=${tree.marker}\0`);
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(name);
    if (stat === undefined || stat.state === 'Z' || stat.state === 'X') continue;
    const pid = Number(name);
    stats.set(pid, stat);
    if (stat.group === tree.group || hasMarker(name, marker)) roots.add(pid);
  }
  return withDescendants(roots, stats);
}

function withDescendants(roots: ReadonlySet<number>, stats: ReadonlyMap<number, Stat>): TreeMember[] {
  const children = new Map<number, number[]>();
  for (const [pid, stat] of stats) {
    const siblings = children.get(stat.parent);
    if (siblings === undefined) children.set(stat.parent, [pid]);
    else siblings.push(pid);
  }
  const found = new Set<number>();
  const open = [...roots];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (found.has(pid) || pid === process.pid) continue;
    found.add(pid);
    open.push(...(children.get(pid) ?? []));
  }
  return [...found].flatMap((pid) => {
    const stat = stats.get(pid);
    return stat === undefined ? [] : [{ pid, state: stat.state }];
  });
}

function hasMarker(pid: string, marker: Buffer): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`);
    const at = environment.indexOf(marker);
    return at === 0 || (at > 0 && environment[at - 1] === 0);
  } catch {
    return false; // another user's process, or gone
  }
}

function cgroupMembers(folder: string | undefined): number[] {
  if (folder === undefined) return [];
  try {
    return readFileSync(`${folder}/cgroup.procs`, 'latin1').split('\n').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** macOS shows no other process's environment, so there a tree is its group and the group's descendants. */
function groupMembers(tree: Tree): TreeMember[] {
  const { stdout } = spawnSync('/bin/ps', ['-axo', 'pid=,ppid=,pgid=,stat='], { encoding: 'utf8' });
  const stats = new Map<number, Stat>();
  const roots = new Set<number>();
  for (const line of stdout.split('\n')) {
    const [pid, parent, group, state] = line.trim().split(/\s+/);
    if (pid === undefined || state === undefined || state.startsWith('Z')) continue;
    stats.set(Number(pid), { state: state.charAt(0), parent: Number(parent), group: Number(group), startTime: '' });
    if (Number(group) === tree.group) roots.add(Number(pid));
  }
  return withDescendants(roots, stats);
}

/** Sends a signal to every member of a tree. @returns those that there were */
export function signalTree(tree: Tree, signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGCONT'): TreeMember[] {
  if (host().os === 'windows') return endWindowsTree(tree, signal);
  const members = membersOf(tree);
  signalAll(members, signal);
  return members;
}

function signalAll(members: readonly TreeMember[], signal: NodeJS.Signals): void {
  for (const { pid } of members) {
    try {
      process.kill(pid, signal);
    } catch {
      // gone between looking and signalling, or not ours to signal
    }
  }
}

/** Windows has no signals: `taskkill` asks windows to close; what is to end is ended one by one, parents first, so that none starts another. */
function endWindowsTree(tree: Tree, signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT' | 'SIGCONT'): TreeMember[] {
  if (signal === 'SIGCONT') return []; // nothing there is ever stopped by a signal
  const members = membersOf(tree);
  if (tree.group === undefined || members.length === 0) return members;
  if (signal !== 'SIGKILL') {
    // Not waited for: it may take its time over a window that asks a person something.
    const asking = spawn('taskkill.exe', ['/PID', String(tree.group), '/T'], { windowsHide: true, stdio: 'ignore' });
    asking.once('error', () => undefined);
    asking.unref();
    return members;
  }
  signalAll(members, 'SIGKILL');
  return members;
}

export interface EndOptions {
  /** Between asking and forcing. */
  readonly graceMs: number;
  /** Aborted: stop waiting and force. */
  readonly force?: AbortSignal;
  /** After force: how long to wait for what does not die before it is told as stuck. */
  readonly stuckMs?: number;
}

/**
 * Ends a tree: asks (SIGTERM, and SIGCONT for what is stopped), waits, forces (SIGKILL, again and again until nothing is left).
 * @returns the pids that survived even that (uninterruptible sleep), normally none
 */
export async function endTree(tree: Tree, { graceMs, force, stuckMs = 5000 }: EndOptions): Promise<number[]> {
  if (signalTree(tree, 'SIGTERM').length === 0) return [];
  signalTree(tree, 'SIGCONT');
  const askedAt = performance.now();
  let waitMs = 5;
  while (performance.now() - askedAt < graceMs && force?.aborted !== true) {
    await pause(Math.min(waitMs, graceMs), force);
    if (membersOf(tree).length === 0) return [];
    waitMs = Math.min(waitMs * 2, 100);
  }
  const forcedAt = performance.now();
  for (;;) {
    const left = signalTree(tree, 'SIGKILL');
    if (left.length === 0) return [];
    if (performance.now() - forcedAt > stuckMs) return left.map(({ pid }) => pid);
    await pause(20);
  }
}
