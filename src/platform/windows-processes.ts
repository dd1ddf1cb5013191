/**
 * The processes of Windows, which has neither signals nor groups: who is whose child (the number stays with an orphan) and when each
 * began, asked from PowerShell, or from `wmic` where that is not there. Asking takes a fraction of a second, so an answer counts for a
 * moment, and a process that is gone is found so without asking.
 * https://learn.microsoft.com/windows/win32/cimwin32prov/win32-process
 */
import { spawnSync } from 'node:child_process';
import { errnoOf } from '../core/failure.ts';
import { decodeWslText } from './wsl-output.ts';

export interface WindowsProcess {
  readonly pid: number;
  readonly parent: number;
  /** When it began, in the words of whoever was asked; empty where nobody says. Comparable as text within one source. */
  readonly began: string;
}

interface Source {
  readonly program: string;
  readonly args: readonly string[];
  readonly parse: (line: string) => WindowsProcess | undefined;
}

/** Sortable: ticks of the same length. */
const SCRIPT =
  'Get-CimInstance Win32_Process | ForEach-Object { "$($_.ProcessId) $($_.ParentProcessId) $(if ($_.CreationDate) { $_.CreationDate.ToFileTimeUtc() })" }';

const row = (pid?: string, parent?: string, began = ''): WindowsProcess | undefined =>
  pid === undefined || parent === undefined ? undefined : { pid: Number(pid), parent: Number(parent), began };

const SOURCES: readonly Source[] = [
  {
    program: 'powershell.exe',
    args: ['-NoProfile', '-NonInteractive', '-Command', SCRIPT],
    parse(line) {
      const [, pid, parent, began] = /^(\d+) (\d+) ?(\d*)$/.exec(line.trim()) ?? [];
      return row(pid, parent, began);
    },
  },
  ...['CreationDate,ProcessId,ParentProcessId', 'ProcessId,ParentProcessId'].map((columns) => ({
    program: 'wmic.exe',
    args: ['process', 'get', columns],
    // Columns come in the order of the alphabet.
    parse(line: string): WindowsProcess | undefined {
      const [, began, parent, pid] = /^(\d{14}\.\d+[+-]\d+)?\s*(\d+)\s+(\d+)$/.exec(line.trim()) ?? [];
      return row(pid, parent, began);
    },
  })),
];

const FRESH_MS = 500;

let source: Source | undefined;
let last: { readonly atMs: number; readonly processes: ReadonlyMap<number, WindowsProcess> } | undefined;

/** @param fresh `true`: what was asked before does not count */
export function windowsProcesses(fresh = false): ReadonlyMap<number, WindowsProcess> {
  if (!fresh && last !== undefined && performance.now() - last.atMs < FRESH_MS) return last.processes;
  for (const each of source === undefined ? SOURCES : [source]) {
    const processes = ask(each);
    if (processes.size === 0) continue;
    source = each;
    last = { atMs: performance.now(), processes };
    return processes;
  }
  return new Map();
}

function ask({ program, args, parse }: Source): Map<number, WindowsProcess> {
  const { pid: asker, stdout, error } = spawnSync(program, [...args], { windowsHide: true, timeout: 20_000 });
  const found = new Map<number, WindowsProcess>();
  if (error !== undefined) return found;
  for (const line of decodeWslText(stdout).split('\n')) {
    const process = parse(line);
    // Who was asked (and what shows its console) is gone by now, and may have got the number of a process that somebody looks for.
    if (process !== undefined && process.pid !== asker && process.parent !== asker) found.set(process.pid, process);
  }
  return found;
}

/** When a living process began; `undefined` where there is no such process, empty where it is there and nobody says when it began. */
export function windowsBegan(pid: number): string | undefined {
  if (!exists(pid)) return undefined;
  return (windowsProcesses().get(pid) ?? windowsProcesses(true).get(pid))?.began;
}

/** A process with all that came from it, the process itself first. Its children are found also where it has ended. */
export function windowsTree(root: number): WindowsProcess[] {
  const processes = windowsProcesses(true);
  const found: WindowsProcess[] = [];
  const top = processes.get(root);
  if (top !== undefined) found.push(top);
  const open: { readonly pid: number; readonly began: string }[] = [top ?? { pid: root, began: '' }];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const child of processes.values()) {
      if (child.parent !== parent.pid || child.pid === process.pid || found.includes(child)) continue;
      // Older than its parent: the number of its real parent was given away again.
      if (child.began !== '' && parent.began !== '' && child.began < parent.began) continue;
      found.push(child);
      open.push(child);
    }
  }
  return found;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EPERM'; // somebody else's
  }
}
