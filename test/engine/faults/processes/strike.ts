/** What strikes a run of real processes, at some event of its journal. */
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent } from '../../../../src/run/events.ts';
import type { RunLayout } from '../../../../src/run/layout.ts';
import type { RunHandle } from '../../../../src/engine/client.ts';
import { processesOf } from './judge.ts';

export const STRIKES = [
  'kill supervisor',
  'kill supervisor',
  'kill supervisor',
  'stop supervisor',
  'kill task',
  'kill host',
  'stop task',
  'kill watcher',
  'remove socket',
  'cancel',
  'cancel twice',
] as const;
export type Strike = (typeof STRIKES)[number] | 'fill disk';

export interface Struck {
  readonly runId: string;
  readonly layout: RunLayout;
  readonly root: string;
  readonly handle: RunHandle;
  /** The command line or the relay that started it. */
  readonly watcher: number | undefined;
  readonly events: readonly RunEvent[];
}

/** How long what is stopped stands still. */
const STOPPED_MS = 250;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** @returns whether there was something to strike */
export async function strike(what: Strike, struck: Struck): Promise<boolean> {
  const { runId, handle, layout, root, watcher, events } = struck;
  switch (what) {
    case 'kill supervisor':
      return signal(supervisorOf(layout), 'SIGKILL');
    case 'stop supervisor':
      return stopAWhile([supervisorOf(layout)]);
    case 'kill task': {
      const groups = groupsOf(events);
      return groups.map((group) => signal(-group, 'SIGKILL')).some(Boolean);
    }
    case 'kill host':
      return processesOf(runId)
        .filter((pid) => commandOf(pid).includes('__task-host'))
        .map((pid) => signal(pid, 'SIGKILL'))
        .some(Boolean);
    case 'stop task':
      return stopAWhile(processesOf(runId));
    case 'kill watcher':
      return signal(watcher, 'SIGKILL');
    case 'remove socket': {
      const address = controlOf(layout)?.address;
      if (address === undefined) return false;
      rmSync(address, { force: true });
      return true;
    }
    case 'cancel':
      return (await handle.cancel(false)).ok;
    case 'cancel twice':
      return (await Promise.all([handle.cancel(false), handle.cancel(true)])).some(({ ok }) => ok);
    case 'fill disk':
      return fill(join(root, 'ballast'));
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

/** Groups of the attempts that are under way. */
function groupsOf(events: readonly RunEvent[]): number[] {
  const groups = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'task.process') groups.set(event.task, event.group);
    if (event.type === 'task.finished' || event.type === 'task.retrying') groups.delete(event.task);
    if (event.type === 'run.resumed') groups.clear();
  }
  return [...groups.values()];
}

function controlOf(layout: RunLayout): { supervisor?: { pid: number }; address?: string } | undefined {
  try {
    return JSON.parse(readFileSync(layout.control, 'utf8')) as { supervisor?: { pid: number }; address?: string };
  } catch {
    return undefined;
  }
}

export const supervisorOf = (layout: RunLayout): number | undefined => controlOf(layout)?.supervisor?.pid;

function signal(pid: number | undefined, name: NodeJS.Signals): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, name);
    return true;
  } catch {
    return false; // it has ended
  }
}

async function stopAWhile(pids: readonly (number | undefined)[]): Promise<boolean> {
  const stopped = pids.filter((pid) => signal(pid, 'SIGSTOP'));
  await pause(STOPPED_MS);
  for (const pid of stopped) signal(pid, 'SIGCONT');
  return stopped.length > 0;
}

function fill(path: string): boolean {
  const file = openSync(path, 'a');
  try {
    for (let size = 65_536; size > 0;) {
      try {
        if (writeSync(file, Buffer.alloc(size)) < size) size >>= 1;
      } catch {
        size >>= 1;
      }
    }
    return true;
  } finally {
    closeSync(file);
  }
}

/** A small file system in memory, mounted on the folder; false where this user may not. */
export function mountSmall(folder: string, kib: number): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', folder], { stdio: 'ignore' }).status === 0;
}

export const unmount = (folder: string): void => void spawnSync('umount', ['-l', folder], { stdio: 'ignore' });
